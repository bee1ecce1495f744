/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's own assignments, handed to the compiler as a file */
#include "ctl/assignments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

void assignments_done(struct assignments *assignments)
{
	size_t i;

	for (i = 0; i < assignments->line_count; i++)
		message_free(assignments->lines[i]);
	free(assignments->lines);
	free(assignments->given);
	free(assignments->dropped);
	free(assignments->held);
	memset(assignments, 0, sizeof(*assignments));
}

/* One line; 0, or 1 when it says something else */
static int take_line(struct assignments *all, const struct message *line)
{
	const char *role = message_string(line, "role");
	const char *drop = message_string(line, "drop");
	const char *hold = message_string(line, "hold");
	struct compile_assignment one = { .subject = message_string(line, "subject") };

	if (!one.subject || !!role + !!drop + !!hold != 1)
		return 1;
	if (message_has(line, "until") && !message_integer(line, "until", &one.until))
		return 1;
	if (one.until < 0 || (hold && strcmp(hold, "none")))
		return 1;
	if (hold) {
		all->held[all->held_count++] = one.subject;
	} else if (drop) {
		one.role = *drop ? drop : NULL;
		all->dropped[all->dropped_count++] = one;
	} else {
		one.role = role;
		all->given[all->given_count++] = one;
	}
	return 0;
}

static int make_room(struct assignments *all, const char *text, size_t size)
{
	size_t lines = 1, i;

	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	all->given = calloc(lines, sizeof(*all->given));
	all->dropped = calloc(lines, sizeof(*all->dropped));
	all->held = calloc(lines, sizeof(*all->held));
	all->lines = calloc(lines, sizeof(*all->lines));
	return all->given && all->dropped && all->held && all->lines ? 0 : -ENOMEM;
}

int assignments_parse(const char *text, size_t size, struct assignments *ret)
{
	struct assignments all = { 0 };
	const char *at = text, *end = text + size;
	int number = 0, answer = make_room(&all, text, size);

	while (!answer && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		number++;
		if (length) {
			answer = message_parse(at, length, &all.lines[all.line_count]);
			if (!answer) {
				all.line_count++;
				answer = take_line(&all, all.lines[all.line_count - 1]);
			}
			if (answer && answer != -ENOMEM)
				answer = number;
		}
		at += length + 1;
	}
	if (answer) {
		assignments_done(&all);
		return answer;
	}
	*ret = all;
	return 0;
}
