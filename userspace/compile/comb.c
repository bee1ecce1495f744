/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse edges laid into each other: one look per byte */
#include "compile/comb.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define FREE UINT32_MAX

/* Places tried for the edges of one state before they go behind all others */
#define TRIES_MAX 200

/* A byte class is below 256, so a base plus a class stays below this many slots more. */
#define MARGIN 256

/**
 * struct comb - slots, some taken
 * @slots:	@size of them; those from @used on are all free
 * @next_free:	for a free slot: the next free one; a list in ascending order
 * @prev_free:	and the one before; slot 0 is the list's head and never used
 */
struct comb {
	struct bailiwick_edge *slots;
	uint32_t *next_free, *prev_free;
	size_t size;
	size_t used;
};

static void comb_done(struct comb *comb)
{
	free(comb->slots);
	free(comb->next_free);
	free(comb->prev_free);
}

static int comb_grow(struct comb *comb, size_t need)
{
	size_t size = comb->size ? comb->size : 4096;
	struct bailiwick_edge *slots;
	uint32_t *next, *prev;

	if (need <= comb->size)
		return 0;
	while (size < need)
		size *= 2;
	slots = reallocarray(comb->slots, size, sizeof(*slots));
	if (slots)
		comb->slots = slots;
	next = reallocarray(comb->next_free, size, sizeof(*next));
	if (next)
		comb->next_free = next;
	prev = reallocarray(comb->prev_free, size, sizeof(*prev));
	if (prev)
		comb->prev_free = prev;
	if (!slots || !next || !prev)
		return -ENOMEM;
	for (size_t i = comb->size; i < size; i++) {
		comb->slots[i] = (struct bailiwick_edge){ FREE, 0 };
		comb->next_free[i] = (uint32_t)i + 1;
		comb->prev_free[i] = (uint32_t)i - 1;
	}
	comb->size = size;
	return 0;
}

static void take(struct comb *comb, size_t slot, uint32_t state, uint32_t to)
{
	comb->slots[slot] = (struct bailiwick_edge){ state, to };
	comb->next_free[comb->prev_free[slot]] = comb->next_free[slot];
	if (comb->next_free[slot] < comb->size)
		comb->prev_free[comb->next_free[slot]] = comb->prev_free[slot];
	if (slot >= comb->used)
		comb->used = slot + 1;
}

static bool fits(const struct comb *comb, size_t base, const struct dfa_edge *edges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (comb->slots[base + edges[i].class].check != FREE)
			return false;
	return true;
}

/* A base at which all edges of a state fall on free slots. */
static int place(struct comb *comb, uint32_t state, const struct dfa_edge *edges, size_t count,
		 uint32_t *ret_base)
{
	size_t slot, base = 0;
	size_t tries = 0;
	int r = comb_grow(comb, comb->used + 2 * MARGIN);

	if (r < 0)
		return r;
	for (slot = comb->next_free[0]; slot < comb->used; slot = comb->next_free[slot]) {
		if (slot < edges[0].class)
			continue;
		base = slot - edges[0].class;
		if (fits(comb, base, edges, count))
			break;
		if (++tries == TRIES_MAX) {
			slot = comb->used;
			break;
		}
	}
	if (slot >= comb->used)
		base = comb->used > edges[0].class ? comb->used - edges[0].class : 1;
	while (!fits(comb, base, edges, count))
		base++;
	for (size_t i = 0; i < count; i++)
		take(comb, base + edges[i].class, state, edges[i].to);
	*ret_base = (uint32_t)base;
	return 0;
}

/* States by number of edges, the largest first: they find no room later. */
static uint32_t *by_edges(const struct dfa *dfa)
{
	uint32_t *order = calloc(dfa->state_count, sizeof(*order));
	size_t start[258] = { 0 };

	if (!order)
		return NULL;
	for (size_t i = 0; i < dfa->state_count; i++)
		start[257 - (dfa->states[i + 1].first_edge - dfa->states[i].first_edge)]++;
	for (size_t i = 1; i < 258; i++)
		start[i] += start[i - 1];
	for (size_t i = dfa->state_count; i-- > 0;)
		order[--start[257 - (dfa->states[i + 1].first_edge - dfa->states[i].first_edge)]] =
			(uint32_t)i;
	return order;
}

static int place_all(struct comb *comb, const struct dfa *dfa, struct bailiwick_state *states)
{
	_cleanup_free_ uint32_t *order = by_edges(dfa);
	int r = order ? comb_grow(comb, 1) : -ENOMEM;

	for (size_t i = 0; i < dfa->state_count && !r; i++) {
		const struct dfa_state *s = &dfa->states[order[i]];
		uint32_t count = s[1].first_edge - s[0].first_edge;

		states[order[i]].fallback = s->fallback;
		states[order[i]].label = s->outcome;
		if (count)
			r = place(comb, order[i], dfa->edges + s->first_edge, count,
				  &states[order[i]].base);
	}
	return r;
}

int comb_write(const struct dfa *dfa, struct image_writer *writer)
{
	_cleanup_(comb_done) struct comb comb = { 0 };
	_cleanup_free_ struct bailiwick_state *states =
		calloc(dfa->state_count + 1, sizeof(*states));
	size_t count = dfa->state_count < 2 ? 2 : dfa->state_count;
	int r = states ? place_all(&comb, dfa, states) : -ENOMEM;

	if (r < 0)
		return r;
	writer->header.states = (uint32_t)count;
	writer->header.start_state = dfa->start;
	r = image_writer_add(writer, BAILIWICK_SECTION_STATE, states, count * sizeof(*states));
	if (!r)
		r = image_writer_add(writer, BAILIWICK_SECTION_COMB, comb.slots,
				     comb.used * sizeof(*comb.slots));
	return r;
}
