/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a report, one after the other, as a command reads them */
#ifndef TESTS_UNIT_DAEMON_LINES_H
#define TESTS_UNIT_DAEMON_LINES_H

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "daemon/report.h"

/* 1 and the line at *at added to @line, 0 at the end; half a line is none */
static inline int next_line(struct report *report, uint64_t *at, struct buffer *line)
{
	_cleanup_close_ int fd = report_file(report);
	char piece[4096];
	ssize_t n;

	while ((n = pread(fd, piece, sizeof(piece), (off_t)*at)) > 0) {
		const char *end = memchr(piece, '\n', (size_t)n);
		size_t size = end ? (size_t)(end - piece) : (size_t)n;

		buffer_append(line, piece, size);
		*at += size + (end != NULL);
		if (end)
			return 1;
	}
	buffer_clear(line);
	return 0;
}

#endif
