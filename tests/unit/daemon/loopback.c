// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/loopback.h: nothing another machine could reach */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/loopback.h"

static void what_is_loopback(void **state)
{
	struct sockaddr_storage address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

	(void)state;
	assert_int_equal(loopback_parse("127.0.0.1:9740", &address), sizeof(*v4));
	assert_int_equal(v4->sin_family, AF_INET);
	assert_int_equal(ntohs(v4->sin_port), 9740);
	assert_int_equal(loopback_parse("127.255.255.254:1", NULL), sizeof(*v4));
	assert_int_equal(loopback_parse("[::1]:65535", &address), sizeof(*v6));
	assert_int_equal(v6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(v6->sin6_port), 65535);
}

static void what_is_not(void **state)
{
	static const char *const bad[] = {
		"", ":", "9740", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1",
		"127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:1x", "0.0.0.0:9740", "10.0.0.1:9740",
		"128.0.0.1:9740", "[::]:9740", "[::1]", "::1:9740", "[::2]:9740",
		"[::ffff:127.0.0.1]:9740", "[127.0.0.1]:9740", "localhost:9740", "[fe80::1]:9740",
		"[]:1", "127.1:9740",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:9740",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (loopback_parse(bad[i], NULL))
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(loopback_listen("0.0.0.0:9740"), -EINVAL);
}

static void a_socket_waits_there_once(void **state)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	char text[32];
	int probe = socket(AF_INET, SOCK_STREAM, 0), fd;

	(void)state;
	/* a port that is free right now */
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
	close(probe);
	snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(address.sin_port));
	fd = loopback_listen(text);
	assert_true(fd >= 0);
	probe = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(probe, (struct sockaddr *)&address, sizeof(address)), 0);
	close(probe);
	assert_int_equal(loopback_listen(text), -EADDRINUSE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_loopback),
		cmocka_unit_test(what_is_not),
		cmocka_unit_test(a_socket_waits_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
