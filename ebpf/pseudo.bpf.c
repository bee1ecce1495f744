// SPDX-License-Identifier: GPL-2.0-only
/* Pseudo filesystems: what they show is the kernel's, so their prefix is fixed. */
#include "walk.bpf.h"

#define WALK_PSEUDO(X) \
	X("proc", "/proc") \
	X("sysfs", "/sys") \
	X("devtmpfs", "/dev") \
	X("devpts", "/dev/pts") \
	X("cgroup2", "/sys/fs/cgroup") \
	X("bpf", "/sys/fs/bpf") \
	X("debugfs", "/sys/kernel/debug") \
	X("tracefs", "/sys/kernel/tracing") \
	X("securityfs", "/sys/kernel/security") \
	X("configfs", "/sys/kernel/config") \
	X("mqueue", "/dev/mqueue") \
	X("pstore", "/sys/fs/pstore") \
	X("efivarfs", "/sys/firmware/efi/efivars") \
	X("fusectl", "/sys/fs/fuse/connections") \
	X("binfmt_misc", "/proc/sys/fs/binfmt_misc") \
	X("selinuxfs", "/sys/fs/selinux") \
	X("smackfs", "/sys/fs/smackfs") \
	X("resctrl", "/sys/fs/resctrl") \
	X("rpc_pipefs", "/run/rpc_pipefs") \
	X("nfsd", "/proc/fs/nfsd") \
	X("xenfs", "/proc/xen")

#define WALK_X_TYPE(type, prefix) type,
#define WALK_X_PREFIX(type, prefix) prefix,
const char walk_type[WALK_PREFIXES][WALK_TYPE_SIZE] = {WALK_PSEUDO(WALK_X_TYPE)};
const char walk_prefix[WALK_PREFIXES][WALK_PREFIX_SIZE] = {WALK_PSEUDO(WALK_X_PREFIX)};
