/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers: real ones, and one that behaves as badly as it is told */
#ifndef TESTS_SINK_PEER_H
#define TESTS_SINK_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/daemon/sinking.h"

/* A free port of the loopback: nobody else takes it between now and its use */
static inline int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static inline bool answers(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int r = connect(fd, (struct sockaddr *)&address, sizeof(address));

	close(fd);
	return r == 0;
}

static inline void wait_until_it_answers(int port)
{
	double end = seconds() + LONG;

	while (!answers(port))
		if (seconds() > end)
			fail_msg("nobody listens on port %d", port);
		else
			usleep(20000);
}

static inline void shell(const char *format, ...)
{
	char command[2048];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof(command), format, values);
	va_end(values);
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* ca.pem, and PEER.pem and PEER.key signed by it, for localhost or another name */
static inline void make_certificates(const char *ca, const char *peer, const char *name)
{
	shell("cd %s && { [ -e %s.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s "
	      "-keyout %s.key -out %s.pem; } >/dev/null 2>&1", directory, ca, ca, ca, ca);
	shell("cd %s && { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%s -keyout %s.key -out %s.csr && "
	      "printf 'subjectAltName=DNS:%s' >%s.ext && openssl x509 -req -in %s.csr -CA %s.pem "
	      "-CAkey %s.key -CAcreateserial -days 2 -extfile %s.ext -out %s.pem; } >/dev/null 2>&1",
	      directory, name, peer, peer, name, peer, peer, ca, ca, peer, peer);
	shell("chmod 644 %s/*.pem %s/*.key", directory, directory);
}

static inline pid_t spawn(char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static inline void end(pid_t pid, int signal_)
{
	kill(pid, signal_);
	waitpid(pid, NULL, 0);
}

enum manners {
	SILENT,			/* takes connections and says nothing */
	GARBAGE,		/* answers what is no answer */
	RUDE,			/* closes after a few bytes */
	DEAF,			/* closes at once */
};

/* A peer that behaves like that until it is ended */
static inline pid_t bad_peer(int port, enum manners manners)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	pid_t pid;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		char bytes[30];

		if (manners == GARBAGE && write(client, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) > 0)
			usleep(300000);
		if (manners == RUDE && read(client, bytes, sizeof(bytes)) < 0)
			_exit(1);
		if (manners != SILENT)
			close(client);
	}
}

#endif
