/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The kernel around the labelling code, on the host: helpers, counters, maps */
#ifndef TESTS_LABEL_HOST_H
#define TESTS_LABEL_HOST_H

/* Plain types only: on one side of this header stands vmlinux.h, on the other libc. */

/* The two counters of walk.bpf.h. */
extern unsigned int rename_lock, mount_lock;

/*
 * Called before each read of kernel memory, so that a test can move things while
 * a walk is under way.
 */
typedef void host_read_fn(const void *from);
extern host_read_fn *host_on_read;

/* Entries bw_lost still takes. */
extern unsigned int host_lost_room;

/* Memory at @bad cannot be read. */
extern const void *host_bad;

/* The slots and rooms; a size of 0 makes a look-up fail. */
#define HOST_SLOT (1u << 20)
extern unsigned char host_slots[2][HOST_SLOT];
extern unsigned int host_slot_count, host_room_count;

/* No loop goes on for longer: what waits would wait for hours. */
extern unsigned int host_loop_most;

/* Everything as it is at the beginning. */
void host_reset(void);

#endif
