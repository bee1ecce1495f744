/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of load/sockdiag.h: real sockets in a network namespace of the test's own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/sockdiag.h"

static struct sockdiag *diag;
static int listener = -1, client = -1, server = -1;

static int bring_loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), r = ioctl(fd, SIOCSIFFLAGS, &request);

	close(fd);
	return r;
}

/* false, and said so, where this machine cannot be asked */
static bool possible(void)
{
	static int answer = -1;
	struct sockdiag_socket nobody = { .family = AF_INET, .protocol = IPPROTO_TCP,
					  .local = { 127, 0, 0, 1 }, .local_port = 9, .peer_port = 9,
					  .cookie = SOCKDIAG_ANY_COOKIE };
	int r;

	if (answer >= 0)
		return answer;
	answer = 0;
	if (unshare(CLONE_NEWNET) < 0 || bring_loopback_up() < 0) {
		print_message("no network namespace of its own: not tried\n");
		return false;
	}
	r = sockdiag_open(-1, &diag);
	if (r == 0)
		r = sockdiag_destroy(diag, &nobody);
	if (r != -ENOENT)
		print_message("this kernel does not end sockets (%s): not tried\n", strerror(-r));
	answer = r == -ENOENT;
	return answer;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int tear_down(void **state)
{
	(void)state;
	shut(&listener);
	shut(&client);
	shut(&server);
	return 0;
}

/* A connection; an IPv6 client reaches an IPv4 server by its mapped address */
static void establish(int client_family)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(any);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&any, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&any, &size), 0);
	client = socket(client_family, SOCK_STREAM, 0);
	mapped.sin6_port = any.sin_port;
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
	if (client_family == AF_INET)
		assert_int_equal(connect(client, (struct sockaddr *)&any, sizeof(any)), 0);
	else
		assert_int_equal(connect(client, (struct sockaddr *)&mapped, sizeof(mapped)), 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
}

static struct sockdiag_socket found;

static int find_port(void *context, const struct sockdiag_socket *socket)
{
	const uint16_t *port = context;

	if (socket->local_port != port[0] || socket->peer_port != port[1])
		return 0;
	found = *socket;
	return 1;
}

static uint16_t port_of(int fd, bool peer)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a;
	socklen_t size = sizeof(a);

	assert_int_equal((peer ? getpeername : getsockname)(fd, &a.any, &size), 0);
	return ntohs(a.any.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
}

static void find_socket(int fd, int family)
{
	uint16_t ports[2] = { port_of(fd, false), fd == listener ? 0 : port_of(fd, true) };

	assert_int_equal(sockdiag_list(diag, family, IPPROTO_TCP, find_port, ports), 1);
}

static void a_connection_is_reset(void **state)
{
	char byte;

	(void)state;
	if (!possible())
		skip();
	establish(AF_INET);
	find_socket(client, AF_INET);
	assert_int_equal(found.peer[0], 127);
	assert_int_equal(sockdiag_destroy(diag, &found), 0);
	assert_int_equal(send(client, "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, ECONNABORTED);
	assert_int_equal(recv(server, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_int_equal(sockdiag_destroy(diag, &found), -ENOENT);
}

static void a_mapped_peer_is_found(void **state)
{
	char byte;

	(void)state;
	if (!possible())
		skip();
	establish(AF_INET6);
	find_socket(client, AF_INET6);
	assert_int_equal(found.peer[12], 127);
	assert_int_equal(sockdiag_destroy(diag, &found), 0);
	assert_int_equal(recv(server, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
}

static void a_cookie_spares_a_successor(void **state)
{
	(void)state;
	if (!possible())
		skip();
	establish(AF_INET);
	find_socket(client, AF_INET);
	found.cookie++;
	assert_int_equal(sockdiag_destroy(diag, &found), -ENOENT);
	assert_int_equal(send(client, "x", 1, MSG_NOSIGNAL), 1);
	found.cookie = SOCKDIAG_ANY_COOKIE;
	assert_int_equal(sockdiag_destroy(diag, &found), 0);
	assert_int_equal(send(client, "x", 1, MSG_NOSIGNAL), -1);
}

static void a_listener_stops(void **state)
{
	struct pollfd waiting = { .events = POLLIN };
	int late = -1;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)state;
	if (!possible())
		skip();
	establish(AF_INET);
	address.sin_port = htons(port_of(listener, false));
	find_socket(listener, AF_INET);
	assert_int_equal(found.state, TCP_LISTEN);
	assert_int_equal(sockdiag_destroy(diag, &found), 0);
	waiting.fd = listener;
	assert_int_equal(poll(&waiting, 1, 1000), 1);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	late = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof(address)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(late);
	/* what it accepted before is another socket */
	assert_int_equal(send(server, "x", 1, MSG_NOSIGNAL), 1);
}

static void another_namespace_is_reached(void **state)
{
	int here, there;
	struct sockdiag *other = NULL;
	char byte;

	(void)state;
	if (!possible())
		skip();
	establish(AF_INET);
	find_socket(client, AF_INET);
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sockdiag_open(-1, &other), 0);
	assert_int_equal(sockdiag_destroy(other, &found), -ENOENT);
	other = sockdiag_close(other);
	assert_int_equal(sockdiag_open(here, &other), 0);
	assert_int_equal(sockdiag_destroy(other, &found), 0);
	sockdiag_close(other);
	assert_int_equal(recv(server, &byte, 1, 0), -1);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	close(here);
	close(there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_connection_is_reset, tear_down),
		cmocka_unit_test_teardown(a_mapped_peer_is_found, tear_down),
		cmocka_unit_test_teardown(a_cookie_spares_a_successor, tear_down),
		cmocka_unit_test_teardown(a_listener_stops, tear_down),
		cmocka_unit_test_teardown(another_namespace_is_reached, tear_down),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sockdiag_close(diag);
	return failed;
}
