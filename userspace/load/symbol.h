/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the kernel's own symbols, as far as the kernel shows them */
#ifndef BAILIWICK_LOAD_SYMBOL_H
#define BAILIWICK_LOAD_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_FILE "/proc/kallsyms"
#define SYMBOL_NAME_MAX 64

/**
 * struct symbol - one that is looked for
 * @found:	the kernel has it
 * @address:	0 where the kernel hides it from this process
 */
struct symbol {
	char name[SYMBOL_NAME_MAX];
	bool found;
	uint64_t address;
};

/**
 * symbols_read() - fill in what @path says
 * @path:	SYMBOL_FILE, or a file of its form
 *
 * Return: 0 or a negative errno.
 */
int symbols_read(const char *path, struct symbol *symbols, size_t count);

#endif
