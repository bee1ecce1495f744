// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/confine.h: each thing a compiler never does, tried in a confined child */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/confine.h"

static struct confinement limits = {
	.uid = 65534, .gid = 65534, .cpu_seconds = 5, .file_size = 1 << 20,
};

#define FINE 7

/* Run @attempt confined; the status of waitpid(2) */
static int confined(void (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (confine_self(&limits) < 0)
			_exit(99);
		attempt();
		_exit(FINE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_killed(void (*attempt)(void))
{
	int status = confined(attempt);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void assert_fine(void (*attempt)(void))
{
	int status = confined(attempt);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

static void internet(void) { socket(AF_INET, SOCK_STREAM, 0); }
static void internet6(void) { socket(AF_INET6, SOCK_DGRAM, 0); }
static void netlink(void) { socket(AF_NETLINK, SOCK_RAW, 0); }
static void trace(void) { ptrace(PTRACE_TRACEME, 0, 0, 0); }
static void do_mount(void) { mount("none", "/mnt", "tmpfs", 0, NULL); }
static void do_bpf(void) { syscall(SYS_bpf, 0, NULL, 0); }
static void module(void) { syscall(SYS_init_module, NULL, 0, ""); }
static void namespace(void) { syscall(SYS_unshare, 0x10000000); }
static void ring(void) { syscall(SYS_io_uring_setup, 1, NULL); }
static void keys(void) { syscall(SYS_keyctl, 0, 0, 0, 0, 0); }

static void what_no_compiler_does_kills(void **state)
{
	(void)state;
	assert_killed(internet);
	assert_killed(internet6);
	assert_killed(netlink);
	assert_killed(trace);
	assert_killed(do_mount);
	assert_killed(do_bpf);
	assert_killed(module);
	assert_killed(namespace);
	assert_killed(ring);
	assert_killed(keys);
}

static void local(void) { socket(AF_UNIX, SOCK_STREAM, 0); }
static void packet(void) { socket(AF_PACKET, SOCK_RAW, 0); }
static void vsock(void) { socket(AF_VSOCK, SOCK_STREAM, 0); }
static void negative(void) { socket(-1, SOCK_STREAM, 0); }

static void the_look_up_may_use_the_network_and_no_more(void **state)
{
	(void)state;
	limits.network = true;
	assert_fine(internet);
	assert_fine(internet6);
	assert_fine(local);
	assert_killed(packet);
	assert_killed(vsock);
	assert_killed(negative);
	assert_killed(do_bpf);
	limits.network = false;
}

static void take_connection(void) { accept4(-1, NULL, NULL, 0); accept(-1, NULL, NULL); }
static void listen_itself(void) { listen(-1, 1); }

static void who_serves_takes_connections_and_no_more(void **state)
{
	(void)state;
	assert_killed(take_connection);
	limits.serve = true;
	assert_fine(take_connection);
	assert_killed(listen_itself);
	assert_killed(internet);
	assert_killed(do_bpf);
	limits.serve = false;
}

static void ordinary_work(void)
{
	FILE *file = fopen("/etc/passwd", "r");

	if (!file || socket(AF_UNIX, SOCK_STREAM, 0) < 0 || !malloc(1 << 20))
		_exit(1);
	fclose(file);
}

static void no_rights_left(void)
{
	struct rlimit limit;
	FILE *file = tmpfile();
	char byte = 0;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		_exit(1);
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max != 0)
		_exit(2);
	if (getuid() == 0 || geteuid() == 0 || getgroups(0, NULL) != 0)
		_exit(3);
	if (setuid(0) == 0)
		_exit(4);
	signal(SIGXFSZ, SIG_IGN);
	if (file && pwrite(fileno(file), &byte, 1, 2 << 20) >= 0)
		_exit(5);
}

static void ordinary_work_goes_on(void **state)
{
	(void)state;
	assert_fine(ordinary_work);
}

static void nothing_is_left_to_gain(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("not root: giving up ids cannot be tried\n");
		skip();
	}
	assert_fine(no_rights_left);
}

static void roots_ids_are_refused(void **state)
{
	struct confinement root = limits;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: becoming root cannot be refused\n");
		skip();
	}
	root.uid = 0;
	pid = fork();
	if (pid == 0)
		_exit(confine_self(&root) == -EINVAL ? FINE : 1);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), FINE);
}

static void its_user_comes_from_the_file(void **state)
{
	char path[] = "/tmp/confine-XXXXXX";
	int fd = mkstemp(path);
	uid_t uid;
	gid_t gid;

	(void)state;
	assert_true(fd >= 0);
	dprintf(fd, "root:x:0:0::/:/bin/sh\nbailiwick:x:990:990::/:/bin/sh\n");
	confine_who(path, &uid, &gid);
	assert_int_equal(uid, 990);
	assert_int_equal(gid, 65534);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "bailiwick:x:0:0::/:/bin/sh\n", 27, 0), 27);
	confine_who(path, &uid, &gid);
	assert_int_equal(uid, 65534);
	close(fd);
	unlink(path);
	confine_who(path, &uid, &gid);
	assert_int_equal(uid, 65534);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_compiler_does_kills),
		cmocka_unit_test(the_look_up_may_use_the_network_and_no_more),
		cmocka_unit_test(who_serves_takes_connections_and_no_more),
		cmocka_unit_test(ordinary_work_goes_on),
		cmocka_unit_test(nothing_is_left_to_gain),
		cmocka_unit_test(roots_ids_are_refused),
		cmocka_unit_test(its_user_comes_from_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
