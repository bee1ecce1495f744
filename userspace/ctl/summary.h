/* SPDX-License-Identifier: Apache-2.0 */
/* Many events in a few lines: how many, how fast, of whom, about what */
#ifndef BAILIWICK_CTL_SUMMARY_H
#define BAILIWICK_CTL_SUMMARY_H

#include <stdint.h>

#include <bailiwick/vocab.h>

#include "base/buffer.h"
#include "base/message.h"
#include "ctl/rank.h"

enum summary_by { SUMMARY_ROLE, SUMMARY_SUBJECT, SUMMARY_OPERATION, SUMMARY_OBJECT, SUMMARY_BY_COUNT };

/**
 * struct summary - all-zero bytes are an empty one
 * @denials:	with the repeats that events only count
 * @events:	that told of them
 * @other:	events of other kinds
 * @lost:	records that never came, as those say
 * @first:	ns since the epoch, of denials, as @last
 * @before:	@denials at the last summary_mark()
 * @host:	of the last event
 */
struct summary {
	uint64_t denials;
	uint64_t events;
	uint64_t other;
	uint64_t lost;
	uint64_t severity[BAILIWICK_SEVERITY_COUNT];
	uint64_t stopped;		/* of the denials, those with verdict "denied" */
	uint64_t first, last;
	uint64_t before;
	char *host;
	struct rank by[SUMMARY_BY_COUNT];
};

/** summary_add() - count the event of a frame; 0 or -ENOMEM */
int summary_add(struct summary *summary, const struct message *frame);

/** summary_mark() - a moment passed: rates count from now on */
void summary_mark(struct summary *summary);

/** summary_title() - "ROLE", "SUBJECT", … */
const char *summary_title(enum summary_by by);

/** summary_text() - the whole for people, @most names of each kind */
void summary_text(struct summary *summary, size_t most, struct buffer *out);

/**
 * summary_json() - the same as one JSON object, without a line break
 * @seconds:	since summary_mark(), for "now"; 0 leaves it out
 */
void summary_json(struct summary *summary, size_t most, double seconds, struct buffer *out);

/** summary_done() - free it and make it empty */
void summary_done(struct summary *summary);

#endif
