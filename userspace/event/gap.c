// SPDX-License-Identifier: Apache-2.0
/* Sequence numbers: which never came */
#include "event/gap.h"

#include <string.h>

static bool test(const struct gap *gap, uint64_t number)
{
	return gap->seen[number % GAP_WINDOW / 64] >> (number % 64) & 1;
}

static void set(struct gap *gap, uint64_t number, bool value)
{
	uint64_t bit = UINT64_C(1) << (number % 64);

	if (value)
		gap->seen[number % GAP_WINDOW / 64] |= bit;
	else
		gap->seen[number % GAP_WINDOW / 64] &= ~bit;
}

void gap_init(struct gap *gap, uint64_t next)
{
	memset(gap, 0, sizeof(*gap));
	gap->next = next;
	gap->top = next ? next - 1 : 0;
}

static void give_up(struct gap *gap, uint64_t first, uint64_t last, struct gap_range *lost)
{
	if (!lost->count)
		lost->first = first;
	lost->last = last;
	lost->count += last - first + 1;
	gap->lost += last - first + 1;
}

/* Move to @next; a jump past the whole window needs no look at its bits */
static void advance(struct gap *gap, uint64_t next, struct gap_range *lost)
{
	while (gap->next < next && gap->next <= gap->top) {
		if (!test(gap, gap->next))
			give_up(gap, gap->next, gap->next, lost);
		set(gap, gap->next, false);
		gap->next++;
	}
	if (gap->next < next) {
		give_up(gap, gap->next, next - 1, lost);
		gap->next = next;
	}
}

static void pass_seen(struct gap *gap)
{
	while (gap->next <= gap->top && test(gap, gap->next)) {
		set(gap, gap->next, false);
		gap->next++;
	}
}

bool gap_seen(struct gap *gap, uint64_t number, struct gap_range *ret_lost)
{
	memset(ret_lost, 0, sizeof(*ret_lost));
	if (number < gap->next)
		return false;
	if (number - gap->next >= GAP_WINDOW)
		advance(gap, number - GAP_KEPT + 1, ret_lost);
	if (test(gap, number))
		return false;
	set(gap, number, true);
	if (number > gap->top)
		gap->top = number;
	pass_seen(gap);
	return true;
}

void gap_settle(struct gap *gap, uint64_t number, struct gap_range *ret_lost)
{
	memset(ret_lost, 0, sizeof(*ret_lost));
	if (number >= gap->next)
		advance(gap, number + 1, ret_lost);
	if (gap->top < gap->next)
		gap->top = gap->next - 1;
	pass_seen(gap);
}
