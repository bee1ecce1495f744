/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the kernel's own symbols, as far as the kernel shows them */
#include "load/symbol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* "ffffffff81000000 T name", and behind a symbol of a module "\t[module]" */
static void take_line(char *line, struct symbol *symbols, size_t count)
{
	uint64_t address;
	char *end;

	address = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return;
	end += 3;
	end[strcspn(end, "\n")] = 0;
	if (strchr(end, '\t'))
		return;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(symbols[i].name, end)) {
			symbols[i].found = true;
			symbols[i].address = address;
		}
}

int symbols_read(const char *path, struct symbol *symbols, size_t count)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;

	if (!file)
		return -errno;
	for (size_t i = 0; i < count; i++) {
		symbols[i].found = false;
		symbols[i].address = 0;
	}
	while (getline(&line, &room, file) >= 0)
		take_line(line, symbols, count);
	return ferror(file) ? -EIO : 0;
}
