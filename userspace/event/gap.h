/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers: which never came */
#ifndef BAILIWICK_EVENT_GAP_H
#define BAILIWICK_EVENT_GAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A number is given before its record gets its place in the ring, so records of
 * two processors can arrive the other way round.  A number is lost when the
 * window has moved past it, or when nothing older can be on its way any more.
 */
#define GAP_WINDOW 8192u

/*
 * So many of them stay open when the window is full and has to move: it moves in
 * large steps, since each that loses something is a record in the journal.
 */
#define GAP_KEPT (GAP_WINDOW / 2)

/**
 * struct gap - what has come so far
 * @next:	lowest number that is neither seen nor given up
 * @top:	highest number seen
 * @seen:	bit n % GAP_WINDOW: number n in next..next + GAP_WINDOW - 1 was seen
 * @lost:	numbers given up, ever
 */
struct gap {
	uint64_t next;
	uint64_t top;
	uint64_t seen[GAP_WINDOW / 64];
	uint64_t lost;
};

/** struct gap_range - numbers @first..@last hold @count lost ones; @count 0 is none */
struct gap_range {
	uint64_t first;
	uint64_t last;
	uint64_t count;
};

/** gap_init() - nothing seen; the first number expected is @next */
void gap_init(struct gap *gap, uint64_t next);

/**
 * gap_seen() - a record with this number came
 * @ret_lost:	numbers given up because the window moved
 *
 * Return: true when it is new, false when it came before or was given up.
 */
bool gap_seen(struct gap *gap, uint64_t number, struct gap_range *ret_lost);

/** gap_settle() - nothing up to @number can come any more: give up what is missing */
void gap_settle(struct gap *gap, uint64_t number, struct gap_range *ret_lost);

#endif
