/* SPDX-License-Identifier: Apache-2.0 */
/* How far a stream of events is read, so that nothing is missed or told twice */
#ifndef BAILIWICK_CTL_PLACE_H
#define BAILIWICK_CTL_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"

/* Seconds asked for again after a break: clocks of kernel and journal differ a little */
#define PLACE_OVERLAP 120

/**
 * struct place - the last event taken
 * @sequence:	its journal number, -1 before the first
 * @journal:	front of its id: which journal the number belongs to
 * @time:	seconds since the epoch
 */
struct place {
	int64_t sequence;
	char journal[64];
	int64_t time;
};

/** place_init() - before the first */
void place_init(struct place *place);

/**
 * place_take() - a frame came
 *
 * Return: true when its event is new; also for one that has no number.
 */
bool place_take(struct place *place, const struct message *frame);

#endif
