/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/forbidden.h: records of the kernel, read as what a report is about */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "daemon/forbidden.h"

static int fake_scan(const struct enforcement *enforcement, unsigned int kinds, open_fn *callback,
		     void *context);
#define enforcement_scan fake_scan
#include "../../../userspace/daemon/forbidden.c"

static struct finding finding;

/* One connection, whose holder has the row that @enforcement points to */
static int fake_scan(const struct enforcement *enforcement, unsigned int kinds, open_fn *callback,
		     void *context)
{
	const struct bailiwick_open item = {
		.kind = BAILIWICK_OPEN_SOCKET, .family = AF_INET, .protocol = IPPROTO_TCP,
		.peer_port = 22, .row = *(const uint32_t *)(const void *)enforcement,
	};

	assert_int_equal(kinds, OPEN_SOCKETS);
	return callback(context, &item, "");
}

static const struct finding *find(const struct bailiwick_open *item, const char *path)
{
	forbidden_finding(item, path, &finding);
	return &finding;
}

static void who_it_is(void **state)
{
	struct bailiwick_open item = { .kind = BAILIWICK_OPEN_FILE, .pid = 7, .tid = 8, .uid = 9,
				       .begun = 10, .fd = 3, .denied = 5, .comm = "0123456789abcdef" };

	(void)state;
	find(&item, "/a/b");
	assert_int_equal(finding.item.what, REPORT_FILE);
	assert_int_equal(finding.item.pid, 7);
	assert_int_equal(finding.item.uid, 9);
	assert_int_equal(finding.item.start, 10);
	assert_int_equal(finding.item.fd, 3);
	assert_int_equal(finding.item.rights, 5);
	assert_int_equal(finding.item.path_size, 4);
	assert_memory_equal(finding.item.comm, "0123456789abcdef", 16);
	assert_null(find(&item, "")->item.path);
	/* what this version does not know is open all the same */
	item.kind = 99;
	assert_int_equal(find(&item, "")->item.what, REPORT_FILE);
	item.kind = BAILIWICK_OPEN_THREAD;
	assert_int_equal(find(&item, "")->item.what, REPORT_THREAD);
	assert_int_equal(finding.item.fd, -1);
}

static void a_mapping(void **state)
{
	struct bailiwick_open item = { .kind = BAILIWICK_OPEN_MAPPING, .start = 0x1000, .end = 0x3000,
				       .flags = BAILIWICK_OPEN_MAP_READ | BAILIWICK_OPEN_MAP_EXEC };

	(void)state;
	find(&item, "/lib/x");
	assert_int_equal(finding.item.what, REPORT_MAPPING);
	assert_int_equal(finding.item.from, 0x1000);
	assert_int_equal(finding.item.to, 0x3000);
	assert_int_equal(finding.item.protection, PROT_READ | PROT_EXEC);
	assert_int_equal(finding.item.fd, -1);
}

static enum report_what kind_of(uint16_t family, uint16_t protocol, uint16_t peer, uint32_t flags)
{
	struct bailiwick_open item = { .kind = BAILIWICK_OPEN_SOCKET, .family = family,
				       .protocol = protocol, .peer_port = peer, .flags = flags };

	return find(&item, "")->item.what;
}

static void kinds_of_sockets(void **state)
{
	(void)state;
	assert_int_equal(kind_of(AF_INET, IPPROTO_TCP, 22, 0), REPORT_CONNECTION);
	assert_int_equal(kind_of(AF_INET6, IPPROTO_MPTCP, 22, 0), REPORT_CONNECTION);
	assert_int_equal(kind_of(AF_INET6, IPPROTO_TCP, 0, BAILIWICK_OPEN_LISTENS), REPORT_LISTENER);
	assert_int_equal(kind_of(AF_INET, IPPROTO_TCP, 0, 0), REPORT_SOCKET);
	assert_int_equal(kind_of(AF_INET, IPPROTO_UDP, 53, 0), REPORT_DATAGRAM);
	assert_int_equal(kind_of(AF_INET, IPPROTO_UDPLITE, 53, 0), REPORT_DATAGRAM);
	assert_int_equal(kind_of(AF_INET, IPPROTO_UDP, 0, 0), REPORT_SOCKET);
	assert_int_equal(kind_of(AF_INET, IPPROTO_ICMP, 8, 0), REPORT_SOCKET);
	assert_int_equal(kind_of(AF_UNIX, 0, 0, 0), REPORT_SOCKET);
}

static void ends_of_a_socket(void **state)
{
	struct bailiwick_open item = { .kind = BAILIWICK_OPEN_SOCKET, .family = AF_INET,
		.protocol = IPPROTO_TCP, .local = { 10, 0, 0, 1 }, .peer = { 10, 0, 0, 2 },
		.local_port = 4711, .peer_port = 22, .cookie = 77, .inode = 88, .netns = 99, .fd = 5 };

	(void)state;
	find(&item, "");
	assert_int_equal(finding.netns, 99);
	assert_int_equal(finding.inode, 88);
	assert_int_equal(finding.item.socket.cookie, 77);
	assert_int_equal(finding.item.socket.local_port, 4711);
	assert_int_equal(finding.item.socket.peer_port, 22);
	assert_int_equal(finding.item.socket.peer[3], 2);
	assert_int_equal(finding.item.fd, 5);
	item.family = AF_UNIX;
	assert_int_equal(find(&item, "/run/x")->item.socket.family, 0);
}

static int count(void *context, const struct finding *found)
{
	(void)found;
	++*(int *)context;
	return 0;
}

/* Its connection must live until it was refused to it, and is nobody's loss */
static void the_self_test_is_left_alone(void **state)
{
	uint32_t canary = BAILIWICK_ROW_CANARY, other = BAILIWICK_ROW_CANARY + 1;
	int found = 0;

	(void)state;
	assert_int_equal(forbidden_find(&other, FIND_SOCKETS, count, &found), 0);
	assert_int_equal(found, 1);
	assert_int_equal(forbidden_find(&canary, FIND_SOCKETS, count, &found), 0);
	assert_int_equal(found, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_it_is),
		cmocka_unit_test(a_mapping),
		cmocka_unit_test(kinds_of_sockets),
		cmocka_unit_test(ends_of_a_socket),
		cmocka_unit_test(the_self_test_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
