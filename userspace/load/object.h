/* SPDX-License-Identifier: Apache-2.0 */
/* The eBPF programs: loaded, attached, pinned */
#ifndef BAILIWICK_LOAD_OBJECT_H
#define BAILIWICK_LOAD_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "load/loaded.h"
#include "load/symbol.h"

/**
 * struct object_options - what must be known before the load
 * @slot_size:	bytes, a power of two between BAILIWICK_SLOT_MIN and _MAX
 * @ring_size:	bytes, a power of two, at least a page
 */
struct object_options {
	uint32_t slot_size;
	uint32_t ring_size;
};

/**
 * object_load() - load and attach every program this kernel has a hook for
 * @pins:	directory to pin maps and links under; it appears whole or not at all
 * @why:	on failure, a sentence for people is appended
 *
 * No policy is in force then, every hook lets pass.  Return: 0, or a negative
 * errno with nothing loaded, attached or pinned.
 */
int object_load(const struct object_options *options, const char *pins, struct loaded *ret,
		struct buffer *why);

/* Return non-zero to stop; it is what object_hooks() returns then */
typedef int object_hook_fn(void *context, const char *hook, bool in_kernel);

/**
 * object_hooks() - every hook the programs want, and whether this kernel has it
 *
 * Return: 0, the callback's answer, -ENOENT when the kernel does not describe
 * its types, or another negative errno.
 */
int object_hooks(object_hook_fn *callback, void *context);

/**
 * object_symbols() - the kernel symbols whose addresses the programs need
 *
 * Return: how many names were filled in, or a negative errno; -E2BIG for more than @max.
 */
int object_symbols(struct symbol *ret, size_t max);

/** object_can_make_ring() - make a ring buffer and throw it away; 0 or a negative errno */
int object_can_make_ring(void);

/** object_can_make_task_storage() - the same with task storage */
int object_can_make_task_storage(void);

#endif
