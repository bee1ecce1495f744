/* SPDX-License-Identifier: Apache-2.0 */
/* What is NOT ENFORCED, and why: nothing degrades in silence */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/gap.h"

#define HOOKS_PER_FEATURE 3
#define HOOKS_INSTEAD 2

/*
 * What people are promised, and the hooks without which the promise is not
 * kept.  Words of the language where it has them.
 */
static const struct {
	const char *what;
	const char *hook[HOOKS_PER_FEATURE];
} features[] = {
	{ "open files after a policy change", { "file_permission" } },
	{ "map-exec", { "mmap_file", "file_mprotect" } },
	{ "files: lock", { "file_lock" } },
	{ "files: ioctl", { "file_ioctl" } },
	{ "files: stat", { "inode_getattr" } },
	{ "descriptors received from others", { "file_receive" } },
	{ "files: the target of a symbolic link", { "inode_readlink" } },
	{ "files: watching by inotify and fanotify", { "path_notify" } },
	{ "network: accept", { "socket_accept" } },
	{ "network: receive", { "socket_recvmsg" } },
	{ "unix sockets: datagrams", { "unix_may_send" } },
	{ "unix sockets: connect", { "unix_stream_connect" } },
	{ "ptrace of other roles", { "ptrace_access_check", "ptrace_traceme" } },
	{ "signals to other roles", { "task_kill" } },
	{ "limits and priorities of other roles", { "task_setrlimit", "task_setscheduler", "task_setnice" } },
	{ "privileges: bpf", { "bpf" } },
	{ "protection of Bailiwick's maps and programs", { "bpf_map", "bpf_prog" } },
	{ "privileges: perf", { "perf_event_open" } },
	{ "privileges: module", { "capable", "kernel_module_request" } },
	{ "privileges: userns", { "userns_create" } },
	{ "privileges: io-uring", { "inode_init_security_anon", "uring_cmd" } },
	{ "privileges: keyring", { "key_alloc", "key_permission" } },
	{ "privileges: kernel-memory, trace", { "locked_down" } },
	{ "privileges: mount", { "sb_mount", "move_mount", "sb_umount" } },
	{ "privileges: syslog", { "syslog" } },
	{ "privileges: quota", { "quotactl" } },
	{ "capabilities", { "capable" } },
};

/*
 * Hooks that came after 6.1, and what the kernels before ask for the same: an access
 * control list was an extended attribute, a truncated file had a path.
 */
static const struct {
	const char *hook;
	const char *instead[HOOKS_INSTEAD];
	const char *words;
} covered[] = {
	{ "file_truncate", { "path_truncate", "inode_setattr" }, "path_truncate and inode_setattr" },
	{ "inode_set_acl", { "inode_setxattr" }, "inode_setxattr" },
	{ "inode_get_acl", { "inode_getxattr" }, "inode_getxattr" },
	{ "inode_remove_acl", { "inode_removexattr" }, "inode_removexattr" },
};

int gaps_add(struct gaps *gaps, const char *what, const char *why)
{
	struct enforcement_gap *grown;
	char *what_copy, *why_copy;

	for (size_t i = 0; i < gaps->count; i++)
		if (!strcmp(gaps->gap[i].what, what))
			return 0;
	grown = reallocarray(gaps->gap, gaps->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	gaps->gap = grown;
	what_copy = strdup(what);
	why_copy = strdup(why);
	if (!what_copy || !why_copy) {
		free(what_copy);
		free(why_copy);
		return -ENOMEM;
	}
	grown[gaps->count++] = (struct enforcement_gap) { what_copy, why_copy };
	return 0;
}

static bool is_attached(const char *const *hooks, size_t hook_count, const char *hook)
{
	for (size_t i = 0; i < hook_count; i++)
		if (!strcmp(hooks[i], hook))
			return true;
	return false;
}

const char *gap_covered_by(const char *const *hooks, size_t hook_count, const char *hook)
{
	for (size_t i = 0; i < sizeof(covered) / sizeof(covered[0]); i++) {
		if (strcmp(covered[i].hook, hook))
			continue;
		for (size_t j = 0; j < HOOKS_INSTEAD && covered[i].instead[j]; j++)
			if (!is_attached(hooks, hook_count, covered[i].instead[j]))
				return NULL;
		return covered[i].words;
	}
	return NULL;
}

int gaps_add_features(struct gaps *gaps, const char *const *hooks, size_t hook_count)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		for (size_t j = 0; j < HOOKS_PER_FEATURE && features[i].hook[j]; j++) {
			char why[96];
			int err;

			if (is_attached(hooks, hook_count, features[i].hook[j]))
				continue;
			snprintf(why, sizeof(why), "no program is attached to the hook %s",
				 features[i].hook[j]);
			err = gaps_add(gaps, features[i].what, why);
			if (err)
				return err;
		}
	return 0;
}

void gaps_done(struct gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++) {
		free((char *)gaps->gap[i].what);
		free((char *)gaps->gap[i].why);
	}
	free(gaps->gap);
	*gaps = (struct gaps) {};
}
