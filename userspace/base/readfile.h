/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file into memory, with a bound, never hanging on what is no file */
#ifndef BAILIWICK_BASE_READFILE_H
#define BAILIWICK_BASE_READFILE_H

#include <stddef.h>

/* Positive answers of readfile(): there is something, but not what is wanted */
enum readfile_answer {
	READFILE_FINE,
	READFILE_DIRECTORY,
	READFILE_NOT_REGULAR,	/* a fifo, socket or device */
	READFILE_TOO_LARGE,	/* more than @max bytes */
};

/**
 * readfile() - read a regular file
 * @path:	opened without waiting, so a fifo cannot hang the caller
 * @max:	bytes accepted
 * @ret:	the bytes and a NUL behind them; free() them
 * @ret_size:	bytes before that NUL; may be 0
 *
 * The size is counted while reading: files that grow, or that say 0 as those
 * in /proc do, are bounded too.
 *
 * Return: an enum readfile_answer, or a negative errno (-ENOENT, -EACCES,
 * -ENOMEM, …). *ret is set for READFILE_FINE only.
 */
int readfile(const char *path, size_t max, char **ret, size_t *ret_size);

/** readfile_at() - as readfile(), with @path relative to an open directory */
int readfile_at(int dir, const char *path, size_t max, char **ret, size_t *ret_size);

#endif
