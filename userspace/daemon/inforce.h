/* SPDX-License-Identifier: Apache-2.0 */
/* The image in force: switching, testing, rolling back, keeping it on disk */
#ifndef BAILIWICK_DAEMON_INFORCE_H
#define BAILIWICK_DAEMON_INFORCE_H

#include "daemon/controller.h"
#include "daemon/report.h"
#include "daemon/signatures.h"

/**
 * inforce_switch() - make an image the policy in force, or change nothing
 * @image:	the recorder's from now on, whatever is returned
 * @terms:	NULL for none
 * @times:	READY and SWITCHED; NULL for nobody
 * @why:	on failure, a sentence for people
 *
 * Where the module has keys it is not taken for good: it waits until inforce_confirm().
 * Return: 0 or a negative errno.
 */
int inforce_switch(struct controller *controller, struct image *image, const struct terms *terms,
		   struct report_times *times, struct buffer *why);

/**
 * inforce_prove() - after the switch every hook must deny its canary
 * @before:	version that is switched in again where one does not, 0 for none
 *
 * Return: 0 or a negative errno.
 */
int inforce_prove(struct controller *controller, uint64_t before, struct buffer *why);

/** inforce_confirm() - a policy that waits for nothing but this stays; 0 or a negative errno */
int inforce_confirm(struct controller *controller, struct buffer *why);

/** inforce_back() - the policy that was in force before version @version, after all */
int inforce_back(struct controller *controller, uint64_t version, struct buffer *why);

/** inforce_test() - run the hook self-test; -EILSEQ unless every hook denied its canary */
int inforce_test(struct controller *controller, struct buffer *why);

/** inforce_store() - keep the bytes of the image in force in @path, atomically */
int inforce_store(const struct image *image, const char *path);

/** inforce_keep() - the image and its signatures for the next start, each whole or not at all */
int inforce_keep(const struct image *image, const struct signatures *signatures);

/**
 * inforce_stored() - the image of the last start, where nothing can be compiled
 * @why:	what came of it is added
 *
 * A machine must not stay open for that.  Return: whether it is in force.
 */
bool inforce_stored(struct controller *controller, struct buffer *why);

/** inforce_same() - do two images decide alike? (all that the kernel reads is the same) */
bool inforce_same(const struct image *a, const struct image *b);

#endif
