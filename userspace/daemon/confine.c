// SPDX-License-Identifier: Apache-2.0
/* What a compiling child may do: almost nothing */
#include "daemon/confine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define NOBODY 65534
#define OPEN_FILES 256

/* No compiler needs them; names that a kernel or library does not know are skipped */
static const char *const forbidden[] = {
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
	"mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
	"mount_setattr", "pivot_root", "chroot", "bpf", "perf_event_open", "init_module",
	"finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon",
	"swapoff", "quotactl", "quotactl_fd", "acct", "add_key", "request_key", "keyctl", "unshare",
	"setns", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "iopl", "ioperm",
	"syslog", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
	"name_to_handle_at", "open_by_handle_at", "fanotify_init", "sethostname", "setdomainname",
	"personality", "modify_ldt", "vhangup", "lookup_dcookie", "mknod", "mknodat", "listen",
	"accept", "accept4",
};

void confine_who(const char *passwd, uid_t *ret_uid, gid_t *ret_gid)
{
	_cleanup_fclose_ FILE *file = fopen(passwd, "re");
	struct passwd *user;

	*ret_uid = NOBODY;
	*ret_gid = NOBODY;
	while (file && (user = fgetpwent(file))) {
		if (strcmp(user->pw_name, CONFINE_USER) != 0 || user->pw_uid == 0)
			continue;
		/* its group may read over the control socket: the child keeps none */
		*ret_uid = user->pw_uid;
		return;
	}
}

static int limit(int what, uint64_t value)
{
	struct rlimit wanted = { .rlim_cur = value, .rlim_max = value }, old;

	if (getrlimit(what, &old) < 0)
		return -errno;
	if (old.rlim_max != RLIM_INFINITY && wanted.rlim_max > old.rlim_max)
		wanted.rlim_cur = wanted.rlim_max = old.rlim_max;
	return setrlimit(what, &wanted) < 0 ? -errno : 0;
}

static int set_limits(const struct confinement *c)
{
	int r = limit(RLIMIT_CPU, c->cpu_seconds);

	if (r == 0 && c->memory)
		r = limit(RLIMIT_AS, c->memory);
	if (r == 0)
		r = limit(RLIMIT_FSIZE, c->file_size);
	if (r == 0)
		r = limit(RLIMIT_NOFILE, OPEN_FILES);
	if (r == 0)
		r = limit(RLIMIT_CORE, 0);
	return r;
}

static int become(const struct confinement *c)
{
	if (geteuid() != 0)
		return 0;
	if (c->uid == 0 || c->gid == 0)
		return -EINVAL;
	if (setgroups(0, NULL) < 0 || setresgid(c->gid, c->gid, c->gid) < 0 ||
	    setresuid(c->uid, c->uid, c->uid) < 0)
		return -errno;
	return 0;
}

static int add_rules(scmp_filter_ctx filter)
{
	/* local sockets are how name services are asked; every other family is a way out */
	static const struct scmp_arg_cmp not_local = { .arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX };
	static const int sockets[] = { SCMP_SYS(socket), SCMP_SYS(socketpair) };
	int r;

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		int number = seccomp_syscall_resolve_name(forbidden[i]);

		if (number == __NR_SCMP_ERROR)
			continue;
		r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, number, 0);
		if (r < 0 && r != -EDOM)
			return r;
	}
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++) {
		r = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, sockets[i], 1, &not_local);
		if (r < 0)
			return r;
	}
	return 0;
}

static int filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!filter)
		return -ENOMEM;
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = add_rules(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int confine_self(const struct confinement *confinement)
{
	int r = set_limits(confinement);

	if (r == 0)
		r = become(confinement);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	/* after the change of ids, which clears it */
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = -errno;
	return r < 0 ? r : filter_calls();
}
