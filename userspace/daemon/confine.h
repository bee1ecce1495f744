/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiling child may do: almost nothing */
#ifndef BAILIWICK_DAEMON_CONFINE_H
#define BAILIWICK_DAEMON_CONFINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The system user the child becomes; `nobody` where it does not exist */
#define CONFINE_USER "bailiwick"

/**
 * struct confinement - limits of a child
 * @uid:	it becomes; root's is refused
 * @gid:	it becomes: never one that the control socket listens to
 * @cpu_seconds:	of processor time; 0 for no limit
 * @memory:	bytes of address space
 * @file_size:	bytes of any file it writes
 * @network:	it may speak IPv4 and IPv6
 * @serve:	it may accept connections on a socket it was given
 * @keep_root:	it stays root, without one capability: what root's files allow their owner
 */
struct confinement {
	uid_t uid;
	gid_t gid;
	uint64_t cpu_seconds;
	uint64_t memory;
	uint64_t file_size;
	bool network;
	bool serve;
	bool keep_root;
};

/** confine_who() - the ids of CONFINE_USER from a passwd file, nobody's otherwise */
void confine_who(const char *passwd, uid_t *ret_uid, gid_t *ret_gid);

/**
 * confine_self() - give up everything, in the child before exec
 *
 * Limits, ids, groups, no_new_privs, death with the parent, and a seccomp filter that
 * kills on what a compiler never does: network, ptrace, mounts, bpf, modules,
 * namespaces, keys, clocks, reboot.  When not root the ids stay.
 *
 * Return: 0 or a negative errno; the caller must not go on after an error.
 */
int confine_self(const struct confinement *confinement);

#endif
