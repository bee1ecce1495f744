/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What is open and forbidden to its holder: the records of the task iterators. */
#ifndef BAILIWICK_OPEN_H
#define BAILIWICK_OPEN_H

#include "abi.h"
#include "vocab.h"

enum bailiwick_open_kind {
	BAILIWICK_OPEN_NONE,
	BAILIWICK_OPEN_FILE,		/* a descriptor of a file, directory, device */
	BAILIWICK_OPEN_MAPPING,		/* pages of a file */
	BAILIWICK_OPEN_SOCKET,		/* a descriptor of a socket */
	BAILIWICK_OPEN_THREAD,		/* a thread that is another subject than its process, or a
					 * process that has its table in common with another */
	BAILIWICK_OPEN_RING,		/* a ring of io_uring that keeps files in no table */
	BAILIWICK_OPEN_DISK,		/* a descriptor of a block device: it may come into use */
};

/* One thing somebody holds and may not use any more; `path_size` bytes follow. */
struct bailiwick_open {
	__u32 size;			/* bytes of the whole record, the path included */
	__u16 kind;			/* enum bailiwick_open_kind */
	__u16 path_size;		/* FILE, MAPPING: canonical path; SOCKET: of a unix peer */
	__u64 inode;			/* FILE, MAPPING: of the file; SOCKET: as in /proc/net */
	__u64 start;			/* MAPPING: first and last address + 1 */
	__u64 end;
	__u64 cookie;			/* SOCKET: as in SO_COOKIE */
	__u64 begun;			/* when the process began, ns since boot: tells it from a successor */
	__u32 pid;			/* thread group, init namespace */
	__u32 tid;			/* whose table it was found in */
	__u32 fd;			/* FILE, SOCKET */
	__u32 row;			/* of the holder, in the image in force */
	__u32 label;			/* FILE, MAPPING */
	__u32 denied;			/* BAILIWICK_RIGHT_* missing; SOCKET: BAILIWICK_NETOP_* */
	__u32 device;			/* FILE, MAPPING: s_dev */
	__u32 flags;			/* BAILIWICK_OPEN_* below */
	__u32 login_uid;
	__u32 uid;
	__u32 netns;			/* SOCKET: inode number of its network namespace */
	__u16 family;			/* SOCKET: AF_* */
	__u16 protocol;			/* SOCKET: IPPROTO_* */
	__u16 local_port;		/* SOCKET: host order */
	__u16 peer_port;
	__u32 state;			/* SOCKET: TCP_* state */
	__u8 local[16];			/* SOCKET: network order; IPv4 in the first four */
	__u8 peer[16];
	__u8 comm[16];
};
BAILIWICK_ASSERT("bailiwick_open", sizeof(struct bailiwick_open) ==
		 4 + 2 * 2 + 5 * 8 + 11 * 4 + 4 * 2 + 4 + 3 * 16);
BAILIWICK_ASSERT("bailiwick_open", sizeof(struct bailiwick_open) == 152);

#define BAILIWICK_OPEN_PATH_CUT 1u	/* the path's front is missing */
#define BAILIWICK_OPEN_EXECUTED 2u	/* MAPPING: pages of the program it runs, or of its loader */
#define BAILIWICK_OPEN_LISTENS 4u	/* SOCKET: a listening one */
#define BAILIWICK_OPEN_MAP_READ 8u	/* MAPPING: as its pages may be used */
#define BAILIWICK_OPEN_MAP_WRITE 16u
#define BAILIWICK_OPEN_MAP_EXEC 32u

#endif
