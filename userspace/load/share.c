/* SPDX-License-Identifier: Apache-2.0 */
/* Whose denials found no room in the ring */
#include "load/share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"

#define SHARES_MOST 8192	/* more than the programs keep apart */
#define BATCH 1024		/* more than one bucket of the map holds */

/* A subject, what it is owed, and what is told of it once it is paid */
struct owed {
	struct share_debt debt;
	uint64_t told;
};

/* Told is what was; a share that begins anew begins at nothing */
static uint64_t told_of(const struct loaded *loaded, uint64_t key, uint64_t refused)
{
	uint64_t told = 0;

	if (bpf_map_lookup_elem(loaded->map[LOADED_SHARES_TOLD], &key, &told) < 0)
		return 0;
	return told > refused ? 0 : told;
}

static void add(const struct loaded *loaded, uint64_t key, const struct bailiwick_share *share,
		struct owed *list, size_t *n)
{
	uint64_t told = share->refused ? told_of(loaded, key, share->refused) : 0;
	struct owed *one = &list[*n];

	if (share->refused == told || *n == SHARES_MOST)
		return;
	memset(one, 0, sizeof(*one));
	one->debt.key = key;
	one->debt.count = share->refused - told;
	one->told = told;
	if (key & BAILIWICK_SHARE_UNIT)
		memcpy(one->debt.unit, share->unit, sizeof(share->unit) - 1);
	(*n)++;
}

static int read_all(const struct loaded *loaded, struct owed *list, size_t *n)
{
	_cleanup_free_ struct bailiwick_share *shares = calloc(BATCH, sizeof(*shares));
	_cleanup_free_ uint64_t *keys = calloc(BATCH, sizeof(*keys));
	uint32_t position, *from = NULL;
	bool last = false;

	if (!shares || !keys)
		return -ENOMEM;
	while (!last) {
		uint32_t got = BATCH;

		last = bpf_map_lookup_batch(loaded->map[LOADED_SHARES], from, &position, keys, shares,
					    &got, NULL) < 0;
		if (last && errno != ENOENT)
			return -errno;
		from = &position;
		for (uint32_t i = 0; i < got; i++)
			add(loaded, keys[i], &shares[i], list, n);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct owed *x = a, *y = b;

	return (y->debt.count > x->debt.count) - (y->debt.count < x->debt.count);
}

/* Before it is told: who is killed in between has told too little, not the same twice */
static bool pay(const struct loaded *loaded, const struct owed *one, uint64_t count)
{
	uint64_t told = one->told + count;

	return bpf_map_update_elem(loaded->map[LOADED_SHARES_TOLD], &one->debt.key, &told,
				   BPF_ANY) == 0;
}

int shares_take(const struct loaded *loaded, uint64_t most, struct share_debts *ret)
{
	_cleanup_free_ struct owed *list = calloc(SHARES_MOST, sizeof(*list));
	size_t n = 0;
	int r = list ? read_all(loaded, list, &n) : -ENOMEM;

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n && most; i++) {
		struct share_debt debt = list[i].debt;

		if (debt.count > most)
			debt.count = most;
		if (!pay(loaded, &list[i], debt.count))
			continue;
		most -= debt.count;
		if (ret->count < SHARE_DEBTS)
			ret->list[ret->count++] = debt;
		else
			ret->others += debt.count;
	}
	return 0;
}
