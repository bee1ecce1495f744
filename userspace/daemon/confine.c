// SPDX-License-Identifier: Apache-2.0
/* What a compiling child may do: almost nothing */
#include "daemon/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/capability.h>
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
	int r = c->cpu_seconds ? limit(RLIMIT_CPU, c->cpu_seconds) : 0;

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

/* Root without a capability owns root's files, and may do nothing else that root may */
static int drop_capabilities(void)
{
	cap_t none = cap_init();
	int r = 0;

	if (!none)
		return -ENOMEM;
	if (setgroups(0, NULL) < 0 || prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0 ||
	    cap_set_proc(none) < 0)
		r = -errno;
	cap_free(none);
	return r;
}

static int become(const struct confinement *c)
{
	if (geteuid() != 0)
		return 0;
	if (c->keep_root)
		return drop_capabilities();
	if (c->uid == 0 || c->gid == 0)
		return -EINVAL;
	if (setgroups(0, NULL) < 0 || setresgid(c->gid, c->gid, c->gid) < 0 ||
	    setresuid(c->uid, c->uid, c->uid) < 0)
		return -errno;
	return 0;
}

/* Local sockets are how name services are asked; every other family is a way out */
static int allow_families(scmp_filter_ctx filter, bool network)
{
	static const int sockets[] = { SCMP_SYS(socket), SCMP_SYS(socketpair) };
	struct scmp_arg_cmp no = { .arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX };
	int r = 0;

	if (network) {
		/* netlink: the resolver asks the kernel which addresses this machine has */
		no = (struct scmp_arg_cmp){ .arg = 0, .op = SCMP_CMP_GT, .datum_a = AF_NETLINK };
		for (int family = AF_INET + 1; family < AF_NETLINK && r == 0; family++) {
			struct scmp_arg_cmp this = { .arg = 0, .op = SCMP_CMP_EQ,
						     .datum_a = (scmp_datum_t)family };

			if (family != AF_INET6)
				r = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket),
							   1, &this);
		}
	}
	for (size_t i = 0; r == 0 && i < sizeof(sockets) / sizeof(*sockets); i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, sockets[i], 1, &no);
	return r;
}

static bool is_accept(const char *name)
{
	return strncmp(name, "accept", strlen("accept")) == 0;
}

static int add_rules(scmp_filter_ctx filter, const struct confinement *c)
{
	int r;

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		int number = seccomp_syscall_resolve_name(forbidden[i]);

		if (number == __NR_SCMP_ERROR || (c->serve && is_accept(forbidden[i])))
			continue;
		r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, number, 0);
		if (r < 0 && r != -EDOM)
			return r;
	}
	return allow_families(filter, c->network);
}

static int filter_calls(const struct confinement *c)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!filter)
		return -ENOMEM;
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = add_rules(filter, c);
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
	return r < 0 ? r : filter_calls(confinement);
}
