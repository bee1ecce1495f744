/* SPDX-License-Identifier: Apache-2.0 */
/* Switching without the module: the same rules, kept by the controller itself */
#ifndef BAILIWICK_LOAD_DIRECT_H
#define BAILIWICK_LOAD_DIRECT_H

#include <stdint.h>

#include "base/buffer.h"
#include "load/enforcement.h"
#include "load/loaded.h"

/**
 * struct direct - what is known of the policy in force, read again when the word changed
 *
 * All-zero bytes know nothing, which is right while no policy is in force.
 */
struct direct {
	uint64_t word;		/* bailiwick_control.word of which the rest is true */
	uint64_t version;
	uint8_t digest[ENFORCEMENT_DIGEST_SIZE];
};

/*
 * As the module's SWITCH, ROLLBACK and STATUS, with the same errors.  A root
 * that does not go through the controller can write the slots too: whoever
 * shows the status says "unsealed".
 */
int direct_switch(struct direct *direct, const struct loaded *loaded, int image,
		  struct buffer *why);
int direct_rollback(struct direct *direct, const struct loaded *loaded, uint64_t version,
		    struct buffer *why);

/** direct_status() - fill epoch, version, digest and active of @ret */
int direct_status(struct direct *direct, const struct loaded *loaded,
		  struct enforcement_status *ret);

#endif
