/* SPDX-License-Identifier: Apache-2.0 */
/* The canary: attempts what its role forbids, once per hook, and says how it ended */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "load/canary-tests.h"

/*
 * Static and single-threaded: its role opens no library.  Its user is root, so
 * what refuses is not the file mode.  Attempts are chosen so that one that goes
 * through does no harm.
 *
 * An attempt returns 0 when it went through, the errno when not, and SKIP when
 * its preparation failed, which is no answer about the hook.
 */
#define SKIP (-1)
#define ONE_PROCESS 1	/* IOPRIO_WHO_PROCESS, which the C library does not name */

static int moved = -1;	/* opened while permitted, renamed to where it is not */
static int connected = -1, listening = -1;	/* handed over by the judge */

static void say(const char *what, const char *hook, int number)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "%s %s %d\n", what, hook, number);

	if (write(CANARY_SOCKET, line, (size_t)n) != n || read(CANARY_SOCKET, line, 1) != 1)
		_exit(3);
}

static int ended(int result)
{
	return result < 0 ? errno : 0;
}

static int ended_fd(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int open_allowed(void)
{
	return open("allowed/file", O_RDWR | O_CLOEXEC);
}

/* --- files ---------------------------------------------------------------- */

static int attempt_file_open(void)
{
	return ended_fd(open("forbidden/file", O_RDONLY | O_CLOEXEC));
}

static int twin_file_open(void)
{
	return ended_fd(open_allowed());
}

static int attempt_file_permission(void)
{
	char byte;

	return moved < 0 ? SKIP : ended((int)pread(moved, &byte, 1, 0));
}

static int twin_file_permission(void)
{
	int fd = open_allowed(), err;
	char byte;

	err = ended((int)pread(fd, &byte, 1, 0));
	close(fd);
	return err;
}

static int map(int prot)
{
	int fd = open_allowed(), err = 0;
	void *at;

	if (fd < 0)
		return SKIP;
	at = mmap(NULL, 4096, prot, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		err = errno;
	else
		munmap(at, 4096);
	close(fd);
	return err;
}

static int attempt_mmap_file(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static int twin_mmap_file(void)
{
	return map(PROT_READ);
}

static int attempt_file_mprotect(void)
{
	int fd = open_allowed(), err;
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	if (at == MAP_FAILED)
		return SKIP;
	err = ended(mprotect(at, 4096, PROT_READ | PROT_EXEC));
	munmap(at, 4096);
	return err;
}

static int attempt_file_ioctl(void)
{
	int fd = open_allowed(), flags, err;

	if (fd < 0)
		return SKIP;
	err = ended(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	close(fd);
	return err;
}

static int attempt_file_lock(void)
{
	return moved < 0 ? SKIP : ended(flock(moved, LOCK_SH | LOCK_NB));
}

static int twin_file_lock(void)
{
	int fd = open_allowed(), err = ended(flock(fd, LOCK_SH | LOCK_NB));

	close(fd);
	return err;
}

static int attempt_file_truncate(void)
{
	return moved < 0 ? SKIP : ended(ftruncate(moved, 1));
}

static int attempt_path_truncate(void)
{
	return ended(truncate("forbidden/file", 1));
}

static int twin_path_truncate(void)
{
	return ended(truncate("allowed/short", 1));
}

/* What the judge sent before this program started: 0, an errno, or SKIP. */
static int receive(int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {};
	char byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *got;

	if (recvmsg(CANARY_SOCKET, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return SKIP;
	got = CMSG_FIRSTHDR(&message);
	if (!got || got->cmsg_type != SCM_RIGHTS)
		return message.msg_flags & MSG_CTRUNC ? EACCES : SKIP;
	if (got->cmsg_len != CMSG_LEN(count * sizeof(int)))
		return EACCES;
	memcpy(fds, CMSG_DATA(got), count * sizeof(int));
	return 0;
}

static int attempt_file_receive(void)
{
	int fd, err = receive(&fd, 1);

	if (!err)
		close(fd);
	return err;
}

static int attempt_inode_getattr(void)
{
	struct stat st;

	return ended(stat("forbidden/file", &st));
}

static int twin_inode_getattr(void)
{
	struct stat st;

	return ended(stat("allowed/file", &st));
}

static int attempt_inode_readlink(void)
{
	char target[64];

	return ended((int)readlink("forbidden/symlink", target, sizeof(target)));
}

static int attempt_inode_get_acl(void)
{
	char list[64];

	return ended((int)getxattr("forbidden/file", "system.posix_acl_access", list,
				   sizeof(list)));
}

static int attempt_path_notify(void)
{
	int fd = inotify_init1(IN_CLOEXEC), err;

	if (fd < 0)
		return SKIP;
	err = ended(inotify_add_watch(fd, "forbidden", IN_CREATE));
	close(fd);
	return err;
}

static int attempt_inode_setattr(void)
{
	return ended(chmod("allowed/file", 0600));
}

static int attempt_inode_setxattr(void)
{
	return ended(setxattr("allowed/file", "user.canary", "1", 1, 0));
}

static int attempt_inode_getxattr(void)
{
	char value[8];

	return ended((int)getxattr("forbidden/file", "user.canary", value, sizeof(value)));
}

static int attempt_inode_listxattr(void)
{
	char names[256];

	return ended((int)listxattr("forbidden/file", names, sizeof(names)));
}

static int attempt_inode_removexattr(void)
{
	return ended(removexattr("allowed/file", "user.canary"));
}

/* The list a mode of 0600 says already. */
static int attempt_inode_set_acl(void)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, rights;
			uint32_t id;
		} entry[3];
	} list = { 2, { { 0x01, 6, ~0u }, { 0x04, 0, ~0u }, { 0x20, 0, ~0u } } };

	return ended(setxattr("allowed/file", "system.posix_acl_access", &list, sizeof(list), 0));
}

static int attempt_inode_remove_acl(void)
{
	return ended(removexattr("allowed/file", "system.posix_acl_access"));
}

/* --- the tree --------------------------------------------------------------- */

static int attempt_inode_create(void)
{
	return ended_fd(open("allowed/created", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int attempt_inode_mkdir(void)
{
	return ended(mkdir("allowed/created-dir", 0700));
}

static int attempt_inode_mknod(void)
{
	return ended(mknod("allowed/created-fifo", S_IFIFO | 0600, 0));
}

static int attempt_inode_symlink(void)
{
	return ended(symlink("file", "allowed/created-symlink"));
}

static int attempt_inode_link(void)
{
	return ended(link("allowed/file", "allowed/created-link"));
}

static int attempt_inode_unlink(void)
{
	return ended(unlink("allowed/unlinked"));
}

static int attempt_inode_rmdir(void)
{
	return ended(rmdir("allowed/removed"));
}

static int attempt_inode_rename(void)
{
	return ended(rename("allowed/short", "allowed/renamed"));
}

static int attempt_sb_mount(void)
{
	return ended(mount("none", "allowed/removed", "no-such-filesystem", 0, NULL));
}

/* --- programs and processes -------------------------------------------------- */

/* In a child: it may be replaced by a program, or killed where there is no 32-bit door. */
static int in_child(int (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return SKIP;
	if (pid == 0)
		_exit(attempt());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 255)
		return SKIP;
	return WEXITSTATUS(status);
}

#ifdef __x86_64__
/* The 32-bit system call, from a 64-bit program: ioctl is 54, FS_IOC32_GETFLAGS. */
static int compat_ioctl(void)
{
	int fd = open_allowed();
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54L), "b"((long)fd), "c"(0x80046601L), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result < 0 ? -(int)result : 0;
}

static int attempt_file_ioctl_compat(void)
{
	return in_child(compat_ioctl);
}
#else
static int attempt_file_ioctl_compat(void)
{
	return SKIP;
}
#endif

static int run_true(void)
{
	char *const argv[] = { "true", NULL };
	char *const envp[] = { NULL };

	execve("/bin/true", argv, envp);
	return errno;
}

static int attempt_bprm_check_security(void)
{
	return in_child(run_true);
}

/* Changing the root to the root: needs the capability and changes nothing. */
static int attempt_capable(void)
{
	return ended(chroot("/"));
}

static int attempt_ptrace_access_check(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)4096, 1 };

	return ended((int)process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

/* A signal that is ignored unless asked for; 0 and SIGCONT are free to all. */
static int attempt_task_kill(void)
{
	return ended(kill(getppid(), SIGURG));
}

/* Those that change the parent: into what it is, should nobody refuse. */
static int attempt_task_setrlimit(void)
{
	struct rlimit now;

	if (prlimit(getppid(), RLIMIT_CORE, NULL, &now) < 0)
		return SKIP;
	return ended(prlimit(getppid(), RLIMIT_CORE, &now, NULL));
}

static int attempt_task_setscheduler(void)
{
	cpu_set_t now;

	if (sched_getaffinity(getppid(), sizeof(now), &now) < 0)
		return SKIP;
	return ended(sched_setaffinity(getppid(), sizeof(now), &now));
}

static int attempt_task_setnice(void)
{
	return ended(setpriority(PRIO_PROCESS, (id_t)getppid(),
				 getpriority(PRIO_PROCESS, (id_t)getppid())));
}

static int attempt_task_setioprio(void)
{
	long now = syscall(SYS_ioprio_get, ONE_PROCESS, getppid());

	return now < 0 ? SKIP : ended((int)syscall(SYS_ioprio_set, ONE_PROCESS, getppid(), now));
}

static int new_user_namespace(void)
{
	return ended(unshare(CLONE_NEWUSER));
}

static int attempt_userns_create(void)
{
	return in_child(new_user_namespace);
}

static int attempt_bpf(void)
{
	union bpf_attr attr = {};

	return ended((int)syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)));
}

static int attempt_perf_event_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
	};

	return ended_fd((int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int attempt_syslog(void)
{
	const int size_of_buffer = 10;

	return ended((int)syscall(SYS_syslog, size_of_buffer, NULL, 0));
}

/* Writing out what is written out: no filesystem is named, nothing changes. */
static int attempt_quotactl(void)
{
	return ended((int)syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL));
}

/* Neither a time nor a zone to set. */
static int attempt_settime(void)
{
	return ended((int)syscall(SYS_settimeofday, NULL, NULL));
}

/* A key in this process's own keyring, which ends with it. */
static int attempt_key_alloc(void)
{
	const int process_keyring = -2;

	return ended((int)syscall(SYS_add_key, "user", "canary", "1", 1, process_keyring));
}

static int attempt_inode_init_security_anon(void)
{
	struct io_uring_params params = {};

	return ended_fd((int)syscall(SYS_io_uring_setup, 1, &params));
}

/* --- sockets ------------------------------------------------------------------ */

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int with_inet(int type, int (*attempt)(int fd))
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return SKIP;
	err = attempt(fd);
	close(fd);
	return err;
}

static int do_bind(int fd)
{
	struct sockaddr_in to = loopback(0);

	return ended(bind(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int do_listen(int fd)
{
	return ended(listen(fd, 1));
}

static int do_connect(int fd)
{
	struct sockaddr_in to = loopback(9);

	return ended(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int do_send(int fd)
{
	struct sockaddr_in to = loopback(9);

	return ended((int)sendto(fd, "", 0, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int attempt_socket_create(void)
{
	return ended_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int twin_socket_create(void)
{
	return ended_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int attempt_socket_bind(void)
{
	return with_inet(SOCK_STREAM, do_bind);
}

static int attempt_socket_listen(void)
{
	return with_inet(SOCK_STREAM, do_listen);
}

static int attempt_socket_connect(void)
{
	return with_inet(SOCK_STREAM, do_connect);
}

static int attempt_socket_sendmsg(void)
{
	return with_inet(SOCK_DGRAM, do_send);
}

static int attempt_socket_accept(void)
{
	return listening < 0 ? SKIP : ended_fd(accept4(listening, NULL, NULL, SOCK_NONBLOCK));
}

static int attempt_socket_recvmsg(void)
{
	char byte;

	return connected < 0 ? SKIP : ended((int)recv(connected, &byte, 1, MSG_DONTWAIT));
}

static int attempt_unix_stream_connect(void)
{
	const struct sockaddr_un to = { AF_UNIX, "forbidden/stream" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return SKIP;
	err = ended(connect(fd, (const struct sockaddr *)&to, sizeof(to)));
	close(fd);
	return err;
}

static int attempt_unix_may_send(void)
{
	const struct sockaddr_un to = { AF_UNIX, "forbidden/datagram" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return SKIP;
	err = ended((int)sendto(fd, "", 0, 0, (const struct sockaddr *)&to, sizeof(to)));
	close(fd);
	return err;
}

/* --- all of them ---------------------------------------------------------------- */

#define ROW(hook, operation, shared) { #hook, attempt_##hook },
static const struct {
	const char *hook;
	int (*attempt)(void);
} tests[CANARY_TEST_COUNT] = { CANARY_TESTS(ROW) };

static const struct {
	const char *hook;
	int (*twin)(void);
} twins[] = {
	{ "file_open", twin_file_open },
	{ "file_permission", twin_file_permission },
	{ "mmap_file", twin_mmap_file },
	{ "file_lock", twin_file_lock },
	{ "path_truncate", twin_path_truncate },
	{ "inode_getattr", twin_inode_getattr },
	{ "socket_create", twin_socket_create },
};

static void run_test(size_t i)
{
	int result = tests[i].attempt();

	if (result == SKIP)
		say("skip", tests[i].hook, errno);
	else
		say("test", tests[i].hook, result);
}

/* In the order in which it waits on the socket, before any answer is read there. */
static void take_what_waits(void)
{
	int refused, sockets[2];

	refused = attempt_file_receive();
	if (!receive(sockets, 2)) {
		connected = sockets[0];
		listening = sockets[1];
	}
	say(refused == SKIP ? "skip" : "test", "file_receive", refused == SKIP ? 0 : refused);
	moved = open("allowed/moved", O_RDWR | O_CLOEXEC);
	say("move", "-", moved < 0 ? errno : 0);
}

int main(void)
{
	take_what_waits();
	for (size_t i = 0; i < CANARY_TEST_COUNT; i++)
		if (i != CANARY_TEST_file_receive)
			run_test(i);
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		say("twin", twins[i].hook, twins[i].twin());
	say("done", "-", 0);
	return 0;
}
