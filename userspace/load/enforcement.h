/* SPDX-License-Identifier: Apache-2.0 */
/* What is enforced on this machine: programs, slots, counters, with or without the module */
#ifndef BAILIWICK_LOAD_ENFORCEMENT_H
#define BAILIWICK_LOAD_ENFORCEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bailiwick/event.h>

#include "base/buffer.h"
#include "load/trust.h"

#define ENFORCEMENT_PINS "/sys/fs/bpf/bailiwick"
#define ENFORCEMENT_SLOT_SIZE (8u << 20)
#define ENFORCEMENT_RING_SIZE (4u << 20)
#define ENFORCEMENT_DIGEST_SIZE 32

struct enforcement;

/**
 * struct enforcement_options - sizes, used only where nothing is loaded yet
 * @slot_size:	bytes of one policy slot, a power of two between
 *		BAILIWICK_SLOT_MIN and BAILIWICK_SLOT_MAX; 0 for the default
 * @ring_size:	bytes of the event ring, a power of two; 0 for the default
 * @no_module:	write the slots from here even where the module could hold them
 */
struct enforcement_options {
	uint32_t slot_size;
	uint32_t ring_size;
	bool no_module;
};

enum enforcement_origin {
	ENFORCEMENT_FRESH,	/* programs attached now; no policy is in force yet */
	ENFORCEMENT_TAKEN_OVER,	/* found what an earlier controller left, policy and all */
};

/** struct enforcement_gap - a hook or another thing that is NOT ENFORCED here, and why */
struct enforcement_gap {
	const char *what;
	const char *why;
};

/**
 * struct enforcement_status - what is in force
 * @abi:	of the loaded programs, BAILIWICK_ABI
 * @version:	policy version in force, 0 while none is
 * @epoch:	rises with every switch
 * @slot_size:	bytes; a larger image is refused
 * @active:	slot in force
 * @module:	the module is loaded
 * @held:	only the module can write the slots, and it keeps the programs attached
 * @sealed:	the module refuses to let go until reboot
 * @trust:	what the module goes by when it takes a policy
 * @hooks:	names of the attached hooks, owned by the enforcement, as are @gaps
 */
struct enforcement_status {
	uint32_t abi;
	uint64_t version;
	uint64_t epoch;
	uint8_t digest[ENFORCEMENT_DIGEST_SIZE];
	uint32_t slot_size;
	uint32_t active;
	bool module;
	bool held;
	bool sealed;
	struct trust_status trust;
	const char *const *hooks;
	size_t hook_count;
	const struct enforcement_gap *gaps;
	size_t gap_count;
};

/**
 * enforcement_open() - take over what is loaded, or load it
 * @why:	on failure, a sentence for people is appended
 *
 * Return: an enum enforcement_origin, or a negative errno: -EPERM without
 * privilege, -EPROTONOSUPPORT when what is loaded has another ABI, -EEXIST when
 * what an earlier controller left is not whole, -EOPNOTSUPP when this kernel
 * cannot enforce.  *ret is set on success; free it with enforcement_close().
 */
int enforcement_open(const struct enforcement_options *options, struct enforcement **ret,
		     struct buffer *why);

/** enforcement_close() - forget it here; what is in force stays in force */
void enforcement_close(struct enforcement *enforcement);

/**
 * enforcement_switch() - make an image the policy in force, whole or not at all
 * @image:	memfd sealed against writing, shrinking and growing
 * @terms:	NULL for none; without the module nobody could keep a time
 * @why:	on failure, a sentence for people is appended
 *
 * Return: 0, or a negative errno as BAILIWICK_CMD_SWITCH gives it, with the old
 * policy still in force.
 */
int enforcement_switch(struct enforcement *enforcement, int image, const struct terms *terms,
		       struct buffer *why);

/** enforcement_rollback() - the other slot again, if it holds @version (-ESTALE otherwise) */
int enforcement_rollback(struct enforcement *enforcement, uint64_t version, struct buffer *why);

/** enforcement_release() - end enforcement: detach, unpin, let the module let go; -EBUSY when sealed */
int enforcement_release(struct enforcement *enforcement, struct buffer *why);

/** enforcement_status() - ask module and maps; lists stay valid until the next call or close */
int enforcement_status(struct enforcement *enforcement, struct enforcement_status *ret);

/** enforcement_add_gap() - list one more thing as NOT ENFORCED; texts are copied */
int enforcement_add_gap(struct enforcement *enforcement, const char *what, const char *why);

/**
 * enforcement_peek() - status while no controller runs; changes nothing
 *
 * Return: 0, 1 when nothing is loaded, or a negative errno.  *ret_enforcement
 * keeps the lists, close it.
 */
int enforcement_peek(struct enforcement **ret_enforcement, struct enforcement_status *ret);

/* @record is unchecked, valid during the call.  Return: 0, or a negative errno to stop after it */
typedef int enforcement_event_fn(void *context, const void *record, size_t size);

/** enforcement_events_fd() - readable when records wait; owned by the enforcement */
int enforcement_events_fd(const struct enforcement *enforcement);

/**
 * enforcement_events_consume() - all records that wait, oldest first
 *
 * A new controller goes on where the last one stopped.  Return: the number of
 * records, or the callback's negative errno.
 */
int enforcement_events_consume(struct enforcement *enforcement, enforcement_event_fn *callback,
			       void *context);
/** enforcement_events_fill() - bytes of the ring that wait for a consumer, and its size */
int enforcement_events_fill(const struct enforcement *e, uint64_t *ret_used, uint64_t *ret_size);
int enforcement_totals(const struct enforcement *enforcement, struct bailiwick_totals *ret);

/* Return non-zero to stop; it is what enforcement_counts() returns then */
typedef int enforcement_count_fn(void *context, const struct bailiwick_count_key *key,
				 uint64_t count);

/** enforcement_counts() - every exact denial counter */
int enforcement_counts(const struct enforcement *enforcement, enforcement_count_fn *callback,
		       void *context);

#endif
