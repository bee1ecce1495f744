/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller does for the module's keys, its time to confirm and its seal */
#ifndef BAILIWICK_DAEMON_TRUST_H
#define BAILIWICK_DAEMON_TRUST_H

#include "daemon/change.h"

#define TRUST_DIRECTORY "trusted.d"		/* in the configuration */

/**
 * trust_start() - give the module the certificates of both groups, where there are any
 *
 * Trouble is the controller's problem, told and shown; the machine goes on without keys.
 */
void trust_start(struct controller *controller);

/** trust_seal() - seal, and tell; 0 or a negative errno with a sentence in @why */
int trust_seal(struct controller *controller, struct buffer *why);

/** trust_wait() - @image is in force and waits; the sources and signatures move from @change */
int trust_wait(struct controller *controller, struct change *change, const struct image *image,
	       uint64_t before);

/** trust_confirm() - it stays: state, image and signatures are written, the module is told */
int trust_confirm(struct controller *controller, struct buffer *why);

/** trust_rollback() - it goes now */
int trust_rollback(struct controller *controller, struct buffer *why);

/** trust_gone() - the module let another version come back; true when it was this one that went */
bool trust_gone(struct controller *controller, uint64_t version);

/** trust_done() - forget it */
void trust_done(struct controller *controller);

#endif
