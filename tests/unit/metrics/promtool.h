/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' own opinion of a text */
#ifndef TESTS_UNIT_METRICS_PROMTOOL_H
#define TESTS_UNIT_METRICS_PROMTOOL_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/writeall.h"

/* promtool check WHAT with the text; its exit code, what it says goes to standard error */
static inline int promtool(const char *what, const struct buffer *text)
{
	const char *built = getenv("BAILIWICK");
	const char *slash = built ? strrchr(built, '/') : NULL;
	char program[512];
	int fd = memfd_create("text", 0), status;
	char file[32];
	pid_t pid;

	assert_true(fd >= 0);
	assert_int_equal(writeall(fd, text->data, text->size), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(file, sizeof(file), "/dev/fd/%d", fd);
	snprintf(program, sizeof(program), "%.*s/promtool", slash ? (int)(slash - built) : 5,
		 slash ? built : "build");
	pid = fork();
	if (pid == 0) {
		dup2(fd, STDIN_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(program, "promtool", "check", what,
		      strcmp(what, "metrics") ? file : NULL, NULL);
		fprintf(stderr, "%s is missing: make build/promtool\n", program);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void assert_promtool(const char *what, const struct buffer *text)
{
	if (promtool(what, text))
		fail_msg("promtool check %s refuses:\n%s", what, text->data);
}

#endif
