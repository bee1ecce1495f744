/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* ABI version and limits: what image, programs, module and controller must agree on. */
#ifndef BAILIWICK_ABI_H
#define BAILIWICK_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* In the image header, in the programs' read-only data and in the module's status. */
#define BAILIWICK_ABI 2

/*
 * Limits.  Each is named in the message of whoever refuses to pass it.  The
 * upper bound of a slot is what array maps can be created with on 6.1 and 6.12.
 */
#define BAILIWICK_SLOT_MIN (1u << 20)     /* bytes; a slot is a power of two */
#define BAILIWICK_SLOT_MAX (1u << 28)
#define BAILIWICK_SLOTS 2
#define BAILIWICK_ROWS_MAX 4096
#define BAILIWICK_LABELS_MAX 65536
#define BAILIWICK_STATES_MAX 8000000u
#define BAILIWICK_CELLS_MAX (1u << 24)    /* rows x labels */
#define BAILIWICK_PROBES_MAX 16           /* slots looked at in a hash section */
#define BAILIWICK_NAME_MAX 255            /* bytes of one path component */
#define BAILIWICK_DEPTH_MAX 2048          /* components walked to classify an object */
#define BAILIWICK_PATH_MAX 4096           /* bytes of a path kept in an event */
#define BAILIWICK_MOUNT_DEPTH_MAX 32      /* filesystems mounted on each other */
#define BAILIWICK_HARDLINKS_MAX 64        /* names of one file that are looked at */
#define BAILIWICK_CGROUP_DEPTH_MAX 32

/* By what the programs know that a label they remember still holds; the loader says. */
enum bailiwick_remember {
	BAILIWICK_REMEMBER_NOT,		/* nothing tells: none is remembered */
	BAILIWICK_REMEMBER_BY_RENAMES,	/* any rename may be one of a directory */
	BAILIWICK_REMEMBER_BY_MOVES,	/* moves of directories are counted */
};

/* Sum-of-fields and literal-size asserts: no padding, the same size in every build. */
#define BAILIWICK_ASSERT(name, condition) _Static_assert(condition, name)

#endif
