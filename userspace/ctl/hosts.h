/* SPDX-License-Identifier: Apache-2.0 */
/* What host names stand for, handed to the compiler as a file */
#ifndef BAILIWICK_CTL_HOSTS_H
#define BAILIWICK_CTL_HOSTS_H

#include <stddef.h>

#include "compile/compile.h"

/** struct hosts - what the file said, in the order the compiler wants */
struct hosts {
	struct compile_answer *answers;
	size_t count;
};

/** hosts_done() - free what it holds */
void hosts_done(struct hosts *hosts);

/**
 * hosts_parse() - read JSON lines
 *
 *	{"name": "db.example", "addresses": ["10.0.0.1", "fd20::1"]}
 *	{"name": "old.example", "problem": "there is no such name"}
 *
 * Return: 0; positive, the number of the first line that is wrong; -ENOMEM.
 */
int hosts_parse(const char *text, size_t size, struct hosts *ret);

#endif
