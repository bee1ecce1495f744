/* SPDX-License-Identifier: Apache-2.0 */
/* The built bailiwick as its users meet it: run it, and play the controller for it */
#ifndef TESTS_UNIT_CTL_PROGRAM_H
#define TESTS_UNIT_CTL_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"

/* What a run left: exit code (-1 for a signal), and the streams, terminated */
struct run {
	int code;
	char out[1 << 16];
	char err[1 << 16];
};

/* A directory of the test's own, removed at its end */
static char here[64];
static char socket_path[96];

static inline int program_setup(void **state)
{
	(void)state;
	snprintf(here, sizeof(here), "/tmp/bailiwick-ctl-XXXXXX");
	if (!mkdtemp(here))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/ctl.sock", here);
	return 0;
}

static inline int program_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", here);
	return system(command);
}

/* A file below `here`; returns its path, valid until the next call but three */
static inline const char *make_file(const char *name, const char *text)
{
	static char paths[4][256];
	static int turn;
	char *path = paths[turn++ % 4];
	FILE *file;

	snprintf(path, sizeof(paths[0]), "%s/%s", here, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline size_t read_stream(int fd, char *text, size_t room)
{
	size_t size = 0;
	ssize_t got;

	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	while (size < room - 1 && (got = read(fd, text + size, room - 1 - size)) > 0)
		size += (size_t)got;
	text[size] = '\0';
	return size;
}

static inline const char *program_path(void)
{
	const char *path = getenv("BAILIWICK");

	return path ? path : "build/bailiwick";
}

/* Start the program with words up to a NULL; its streams go to two files */
static inline pid_t start_program(const char *const *words, int out, int err)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	alarm(60);
	execv(program_path(), (char *const *)words);
	_exit(127);
}

/* RUN(&run, "status", "--json"): the socket is the test's own */
#define RUN(run, ...) \
	run_program(run, (const char *[]){ "bailiwick", "--socket", socket_path, __VA_ARGS__, NULL })

static inline void run_program(struct run *run, const char *const *words)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	int status;
	pid_t pid = start_program(words, out, err);

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	run->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_stream(out, run->out, sizeof(run->out));
	read_stream(err, run->err, sizeof(run->err));
	close(out);
	close(err);
}

static inline void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" should not be in:\n%s", part, text);
}

/* --- the controller's side ------------------------------------------------ */

/* Answers one connection: reads requests, sends frames. Runs in a child. */
typedef void controller_fn(int connection);

static inline int listen_here(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	unlink(socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* A child that answers @connections connections with @answer, then ends */
static inline pid_t start_controller(controller_fn *answer, int connections)
{
	int fd = listen_here();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid) {
		close(fd);
		return pid;
	}
	alarm(60);
	while (connections--) {
		int connection = accept(fd, NULL, NULL);

		answer(connection);
		close(connection);
	}
	_exit(0);
}

/* Its exit code must be 0: an assertion that failed inside ends it otherwise */
static inline void finish_controller(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Inside a controller: what is expected, or the child ends badly */
#define EXPECT(condition)								\
	do {										\
		if (!(condition)) {							\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
			_exit(1);							\
		}									\
	} while (0)

static inline struct message *next_request(int connection)
{
	struct message *request = NULL;

	EXPECT(message_receive(connection, &request) == MESSAGE_FINE);
	return request;
}

static inline void send_json(int connection, const char *json)
{
	struct message *message = NULL;

	EXPECT(message_parse(json, strlen(json), &message) == 0);
	EXPECT(message_send(connection, message) == 0);
	message_free(message);
}

/* Who is in quarantine: a JSON array, or NULL where the controller says nothing of it */
static const char *in_quarantine;

/* A final frame with the image that compile wrote to `here`/image */
static inline void send_image(int connection)
{
	struct message *final = NULL;
	char path[96];

	snprintf(path, sizeof(path), "%s/image", here);
	EXPECT(message_parse("{\"done\":true,\"exit\":0}", 22, &final) == 0);
	if (in_quarantine)
		EXPECT(message_set_json(final, "quarantine", in_quarantine, strlen(in_quarantine)) == 0);
	EXPECT(message_add_fd(final, open(path, O_RDONLY | O_CLOEXEC)) == 0);
	EXPECT(message_send(connection, final) == 0);
	message_free(final);
}

/* Compile a policy text to `here`/image */
static inline void make_image(const char *policy)
{
	static struct run run;
	char path[96];

	snprintf(path, sizeof(path), "%s/image", here);
	RUN(&run, "compile", "--policy-version", "3", "--output", path, make_file("p.yaml", policy));
	if (run.code)
		fail_msg("compile: %d\n%s", run.code, run.err);
}

#endif
