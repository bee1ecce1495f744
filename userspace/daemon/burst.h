/* SPDX-License-Identifier: Apache-2.0 */
/* Many denials of one subject in a short time become one finding */
#ifndef BAILIWICK_DAEMON_BURST_H
#define BAILIWICK_DAEMON_BURST_H

#include <stdint.h>

#include <bailiwick/vocab.h>

#include "base/cleanup.h"
#include "event/event.h"

/* Subjects watched at once; with more the oldest window ends early */
#define BURST_SUBJECTS 256u
/* Different attempts of one that are listed; further ones are counted together */
#define BURST_LIST 16u
/* Bytes of an object's name that are kept */
#define BURST_OBJECT_MAX 512u

/**
 * struct burst_limits - when it is one
 * @count:	denials of each severity, 0 for never
 * @window:	ns
 */
struct burst_limits {
	uint64_t count[BAILIWICK_SEVERITY_COUNT];
	uint64_t window;
};

/** burst_fn - a finding is to be told; it is valid during the call */
typedef void burst_fn(void *context, struct event *finding);

struct bursts;

/** bursts_new() - none yet, or NULL without memory */
struct bursts *bursts_new(const struct burst_limits *limits, burst_fn *tell, void *context);

/** bursts_free() - without telling anything; NULL is fine; returns NULL */
struct bursts *bursts_free(struct bursts *bursts);
DEFINE_CLEANUP(struct bursts *, bursts_free);

/**
 * bursts_add() - one event of the journal; what is no denial is ignored
 * @now:	CLOCK_MONOTONIC, ns
 */
void bursts_add(struct bursts *bursts, const struct event *event, uint64_t now);

/** bursts_end() - tell those whose window is over by @now; UINT64_MAX for all */
void bursts_end(struct bursts *bursts, uint64_t now);

#endif
