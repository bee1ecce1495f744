/* SPDX-License-Identifier: Apache-2.0 */
/* Whose denials found no room in the ring */
#ifndef BAILIWICK_LOAD_SHARE_H
#define BAILIWICK_LOAD_SHARE_H

#include <bailiwick/event.h>

#include "load/loaded.h"

#define SHARE_DEBTS 16

/** struct share_debt - denials of one subject that the journal does not tell of yet */
struct share_debt {
	uint64_t key;			/* BAILIWICK_SHARE_* */
	uint64_t count;
	char unit[BAILIWICK_SHARE_UNIT_MAX];	/* terminated; empty unless @key is a unit's */
};

/** struct share_debts - the largest first; @others are of those beyond the list */
struct share_debts {
	struct share_debt list[SHARE_DEBTS];
	size_t count;
	uint64_t others;
};

/**
 * shares_take() - whose denials the next so many that are told as lost were
 * @most:	what is taken in all; the rest stays for the next time
 *
 * Counts as told from now on.  Where the subjects were more than the programs keep
 * apart, less than @most is known.  Return: 0 or a negative errno; then nothing is known.
 */
int shares_take(const struct loaded *loaded, uint64_t most, struct share_debts *ret);

struct enforcement;

/** enforcement_refused() - the same of what is enforced */
int enforcement_refused(const struct enforcement *enforcement, uint64_t most,
			struct share_debts *ret);

#endif
