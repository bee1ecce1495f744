/* SPDX-License-Identifier: Apache-2.0 */
/* The canary: attempts what its role forbids, once per hook, and says how it ended */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
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
#include <sys/mman.h>
#include <sys/mount.h>
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

static int moved = -1;	/* opened while permitted, renamed to where it is not */

static void say(const char *what, const char *hook, int number)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "%s %s %d\n", what, hook, number);

	if (write(CANARY_SOCKET, line, (size_t)n) != n)
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

/* The judge sent a descriptor of a forbidden file before this program started. */
static int attempt_file_receive(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	char byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *got;
	int fd;

	if (recvmsg(CANARY_SOCKET, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return SKIP;
	got = CMSG_FIRSTHDR(&message);
	if (!got || got->cmsg_type != SCM_RIGHTS)
		return message.msg_flags & MSG_CTRUNC ? EACCES : SKIP;
	memcpy(&fd, CMSG_DATA(got), sizeof(fd));
	close(fd);
	return 0;
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
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
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

static void prepare_moved(void)
{
	char byte;

	moved = open("allowed/moved", O_RDWR | O_CLOEXEC);
	say("move", "-", moved < 0 ? errno : 0);
	if (read(CANARY_SOCKET, &byte, 1) != 1)
		_exit(3);
}

int main(void)
{
	int received;

	/* First in the socket's queue, so it has to be read first. */
	received = attempt_file_receive();
	prepare_moved();
	for (size_t i = 0; i < CANARY_TEST_COUNT; i++) {
		int result = i == CANARY_TEST_file_receive ? received : tests[i].attempt();

		if (result == SKIP)
			say("skip", tests[i].hook, errno);
		else
			say("test", tests[i].hook, result);
	}
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		say("twin", twins[i].hook, twins[i].twin());
	say("done", "-", 0);
	return 0;
}
