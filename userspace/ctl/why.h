/* SPDX-License-Identifier: Apache-2.0 */
/* Why a denial was one: the lines of the policy, who may, and what would allow it */
#ifndef BAILIWICK_CTL_WHY_H
#define BAILIWICK_CTL_WHY_H

#include "base/message.h"
#include "image/reader.h"

/**
 * struct why - where explanations come from
 * @socket:	the controller's
 * @image:	in force when it was asked for last; owned
 * @asked:	policy version of an event it was asked for
 * @answer:	what came with @image, for barred.h; owned
 * @answered:	second of CLOCK_MONOTONIC it came in
 */
struct why {
	const char *socket;
	struct image *image;
	uint64_t asked;
	struct message *answer;
	int64_t answered;
};

/**
 * why_text() - add what is behind a denial, indented, for people
 * @frame:	with the event in "record"; of another kind nothing is added
 *
 * Return: 0, or an exit code after complaining.
 */
int why_text(struct why *why, const struct message *frame, struct buffer *out);

/** why_json() - the same as one JSON object: {"lines", "who_may", "quarantine", "to_allow", …} */
int why_json(struct why *why, const struct message *frame, struct buffer *out);

/** why_done() - free it */
void why_done(struct why *why);

#endif
