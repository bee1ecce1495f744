/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/takeback.h: sockets of real processes are ended, and nobody else's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/takeback.h"
#include "lines.h"

/* A process of its own network namespace, which holds what the tests made before */
static pid_t holder;
static struct report *report;

static int loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), r = ioctl(fd, SIOCSIFFLAGS, &request);

	close(fd);
	return r;
}

static int set_up(void **state)
{
	(void)state;
	report = report_new();
	holder = 0;
	return report ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (holder > 0) {
		kill(holder, SIGKILL);
		waitpid(holder, NULL, 0);
	}
	report_unref(report);
	return 0;
}

static bool possible(void)
{
	static int answer = -1;

	if (answer < 0) {
		answer = unshare(CLONE_NEWNET) == 0 && loopback_up() == 0;
		if (!answer)
			print_message("no network namespace of its own: not tried\n");
	}
	return answer;
}

static void keep_in_child(void)
{
	holder = fork();
	if (holder == 0) {
		alarm(60);
		for (;;)
			pause();
	}
}

static int server_on(uint16_t port, struct sockaddr_in *address, int reuse)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &reuse, sizeof(reuse));
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static struct finding finding_of(enum report_what what, int fd)
{
	struct finding f = { .item = { .what = what, .pid = (uint32_t)holder, .fd = fd,
				       .comm = "holder" } };
	struct sockaddr_in local = { 0 }, peer = { 0 };
	socklen_t size = sizeof(local);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	f.inode = st.st_ino;
	getsockname(fd, (struct sockaddr *)&local, &size);
	size = sizeof(peer);
	getpeername(fd, (struct sockaddr *)&peer, &size);
	f.item.socket = (struct sockdiag_socket){
		.family = AF_INET,
		.protocol = what == REPORT_DATAGRAM ? IPPROTO_UDP : IPPROTO_TCP,
		.local_port = ntohs(local.sin_port),
		.peer_port = ntohs(peer.sin_port),
	};
	size = sizeof(f.item.socket.cookie);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &f.item.socket.cookie, &size), 0);
	memcpy(f.item.socket.local, &local.sin_addr, 4);
	memcpy(f.item.socket.peer, &peer.sin_addr, 4);
	return f;
}

struct found {
	struct finding finding[8];
	size_t count;
	const struct finding *more;
	size_t more_count;
};

static ino_t here(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static int give(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	struct found *f = context;

	for (size_t i = 0; i < f->count; i++)
		if (kinds & (f->finding[i].item.what == REPORT_MAPPING ? FIND_MAPPINGS : FIND_SOCKETS))
			found(found_context, f->finding + i);
	for (size_t i = 0; kinds & FIND_SOCKETS && i < f->more_count; i++)
		found(found_context, f->more + i);
	return 0;
}

static uint64_t count(enum report_fate fate, enum report_what what)
{
	return report_totals(report)->count[fate][what];
}

/* Every line of the report says by what means */
static void assert_how(const char *how)
{
	struct buffer line = { 0 };
	uint64_t at = 0;
	int lines = 0;

	for (; next_line(report, &at, &line) == 1; lines++) {
		assert_non_null(strstr(line.data, how));
		buffer_clear(&line);
	}
	assert_true(lines > 0);
	buffer_done(&line);
}

static void a_connection_is_cut_once_for_all_who_hold_it(void **state)
{
	struct found found = { .count = 2 };
	struct sockaddr_in address;
	int listener, client, server;
	char byte;

	(void)state;
	if (!possible())
		skip();
	listener = server_on(0, &address, 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	server = accept(listener, NULL, NULL);
	keep_in_child();
	found.finding[0] = found.finding[1] = finding_of(REPORT_CONNECTION, client);
	found.finding[1].item.pid = (uint32_t)getpid();
	close(client);		/* the child has it */
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_CUT, REPORT_CONNECTION), 2);
	assert_how("\"how\":\"destroyed\"");
	assert_int_equal(recv(server, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_true(report_totals(report)->complete);
	close(server);
	close(listener);
}

/* More than one message to the kernel holds, among them one that is gone */
static void a_crowd_of_connections_is_cut(void **state)
{
	enum { CROWD = SOCKDIAG_BATCH + 20 };
	static struct finding all[CROWD];
	struct found found = { .more = all, .more_count = CROWD };
	int listener, client[CROWD], server[CROWD];
	struct sockaddr_in address;
	char byte;

	(void)state;
	if (!possible())
		skip();
	listener = server_on(0, &address, 0);
	for (int i = 0; i < CROWD; i++) {
		client[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(client[i], (struct sockaddr *)&address, sizeof(address)), 0);
		server[i] = accept(listener, NULL, NULL);
		all[i] = finding_of(REPORT_CONNECTION, client[i]);
		all[i].netns = here();
		all[i].item.pid = (uint32_t)getpid();
	}
	all[3].item.socket.cookie++;
	all[3].inode += 1000000;
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_CUT, REPORT_CONNECTION), CROWD);
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(recv(server[i], &byte, 1, MSG_DONTWAIT), -1);
		assert_int_equal(errno, i == 3 ? EAGAIN : ECONNRESET);
		close(client[i]);
		close(server[i]);
	}
	close(listener);
}

/* The kernel finds one of several listeners by the peer's hash: not this one, perhaps */
static void the_right_one_of_several_listeners_stops(void **state)
{
	struct found found = { 0 };
	struct sockaddr_in address;
	int mine[3], others[3];

	(void)state;
	if (!possible())
		skip();
	others[0] = server_on(0, &address, 1);
	for (int i = 0; i < 3; i++)
		mine[i] = server_on(ntohs(address.sin_port), &address, 1);
	for (int i = 1; i < 3; i++)
		others[i] = server_on(ntohs(address.sin_port), &address, 1);
	keep_in_child();
	for (int i = 0; i < 3; i++)
		found.finding[found.count++] = finding_of(REPORT_LISTENER, mine[i]);
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_CUT, REPORT_LISTENER), 3);
	for (int i = 0; i < 3; i++) {
		int on = -1;
		socklen_t size = sizeof(on);

		assert_int_equal(getsockopt(mine[i], SOL_SOCKET, SO_ACCEPTCONN, &on, &size), 0);
		assert_int_equal(on, 0);
		assert_int_equal(getsockopt(others[i], SOL_SOCKET, SO_ACCEPTCONN, &on, &size), 0);
		assert_int_equal(on, 1);
		close(mine[i]);
		close(others[i]);
	}
}

static void a_descriptor_that_is_another_now_is_left(void **state)
{
	struct found found = { .count = 1 };
	struct sockaddr_in address;
	int listener, on = 0;
	socklen_t size = sizeof(on);

	(void)state;
	if (!possible())
		skip();
	listener = server_on(0, &address, 0);
	keep_in_child();
	found.finding[0] = finding_of(REPORT_LISTENER, listener);
	found.finding[0].inode++;
	found.finding[0].item.socket.cookie++;
	takeback_run(give, &found, false, report);
	assert_int_equal(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &on, &size), 0);
	assert_int_equal(on, 1);
	close(listener);
}

static void a_datagram_socket_loses_its_peer(void **state)
{
	struct found found = { .count = 1 };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd;

	(void)state;
	if (!possible())
		skip();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
	keep_in_child();
	found.finding[0] = finding_of(REPORT_DATAGRAM, fd);
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_CUT, REPORT_DATAGRAM), 1);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&address, &size), -1);
	close(fd);
}

static void await_another_netns(pid_t pid, ino_t old)
{
	char path[64];
	struct stat st = { .st_ino = old };

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	for (int i = 0; st.st_ino == old && i < 6000; i++) {
		usleep(10000);
		assert_int_equal(stat(path, &st), 0);
	}
	assert_true(st.st_ino != old);
}

static void a_socket_lives_where_it_was_made(void **state)
{
	struct found found = { .count = 1 };
	struct sockaddr_in address;
	int listener, on = -1;
	socklen_t size = sizeof(on);
	struct stat st;

	(void)state;
	if (!possible())
		skip();
	listener = server_on(0, &address, 0);
	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	holder = fork();
	if (holder == 0) {
		alarm(60);
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	found.finding[0] = finding_of(REPORT_LISTENER, listener);
	found.finding[0].netns = st.st_ino;
	await_another_netns(holder, st.st_ino);
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_CUT, REPORT_LISTENER), 1);
	assert_how("\"how\":\"destroyed\"");
	assert_int_equal(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &on, &size), 0);
	assert_int_equal(on, 0);
	close(listener);
}

static void mapped_pages_are_kept_and_their_holder_is_counted_once(void **state)
{
	struct found found = { .count = 3 };

	(void)state;
	for (int i = 0; i < 3; i++)
		found.finding[i] = (struct finding){ .item = { .what = REPORT_MAPPING,
			.pid = 0x7ffffff0, .fd = -1, .start = 5, .from = (uint64_t)i << 12,
			.path = "/x", .path_size = 2 } };
	takeback_run(give, &found, false, report);
	assert_int_equal(count(REPORT_KEPT, REPORT_MAPPING), 3);
	assert_int_equal(report_totals(report)->holders, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_connection_is_cut_once_for_all_who_hold_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_crowd_of_connections_is_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_right_one_of_several_listeners_stops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_descriptor_that_is_another_now_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_datagram_socket_loses_its_peer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_socket_lives_where_it_was_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mapped_pages_are_kept_and_their_holder_is_counted_once,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
