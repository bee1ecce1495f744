/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest automaton that answers the same */
#include "compile/minimise.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * Partition refinement. All states of a block had the same signature (outcome,
 * and the blocks its edges lead to) when the block was last looked at. When a
 * block is split, its largest part keeps the number, so only the states of the
 * smaller parts change theirs, and only states that lead to those are looked at
 * again: of the others in a block one speaks for all. Each change at least
 * halves a state's block, so there are few.
 *
 * A signature is two hashes of 64 bits of the whole transition function: the
 * fallback's block, and the edges whose block differs from it.
 */
struct signature {
	uint64_t low, high;
};

/* A state that is looked at; @speaks for all of its block that are not. */
struct candidate {
	uint32_t block;
	uint32_t state : 31;
	uint32_t speaks : 1;
	struct signature signature;
};

/**
 * struct partition - states in blocks
 * @order:	states, block by block
 * @place:	state -> its index in @order
 * @block:	state -> block
 * @first:	block -> its start in @order; @size: block -> its states
 * @touched:	states to look at in this round, each once (@in_touched)
 * @seen:	block -> states of it that are touched
 * @changed:	states whose block changed in this round
 * @into_first: state -> start of its predecessors in @into
 */
struct partition {
	const struct dfa *dfa;
	uint32_t *order, *place, *block, *first, *size;
	uint32_t block_count;
	uint32_t *touched, *seen;
	uint8_t *in_touched;
	size_t touched_count;
	uint32_t *changed;
	size_t changed_count;
	uint32_t *into_first, *into;
	struct candidate *candidates;
};

static void partition_done(struct partition *p)
{
	free(p->order);
	free(p->place);
	free(p->block);
	free(p->first);
	free(p->size);
	free(p->touched);
	free(p->seen);
	free(p->in_touched);
	free(p->changed);
	free(p->into_first);
	free(p->into);
	free(p->candidates);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 29;
}

static struct signature sign(const struct partition *p, uint32_t state)
{
	const struct dfa_state *s = &p->dfa->states[state];
	uint64_t fallback = p->block[s->fallback];
	struct signature sig = {
		mix(mix(1, s->outcome), fallback),
		mix(mix(UINT64_C(0x9e3779b97f4a7c15), fallback), s->outcome),
	};

	for (uint32_t e = s[0].first_edge; e < s[1].first_edge; e++) {
		uint64_t to = p->block[p->dfa->edges[e].to];

		if (to == fallback)
			continue;
		to = to << 8 | p->dfa->edges[e].class;
		sig.low = mix(sig.low, to);
		sig.high = mix(sig.high, ~to * UINT64_C(0xc4ceb9fe1a85ec53));
	}
	return sig;
}

static bool same(const struct signature *a, const struct signature *b)
{
	return a->low == b->low && a->high == b->high;
}

static int compare(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	if (a->signature.low != b->signature.low)
		return a->signature.low < b->signature.low ? -1 : 1;
	if (a->signature.high != b->signature.high)
		return a->signature.high < b->signature.high ? -1 : 1;
	return a->state < b->state ? -1 : a->state > b->state;
}

static int partition_init(struct partition *p, const struct dfa *dfa)
{
	size_t n = dfa->state_count, edges = dfa->edge_count + n;

	*p = (struct partition){ .dfa = dfa };
	p->order = calloc(n, sizeof(uint32_t));
	p->place = calloc(n, sizeof(uint32_t));
	p->block = calloc(n, sizeof(uint32_t));
	p->first = calloc(n + 1, sizeof(uint32_t));
	p->size = calloc(n + 1, sizeof(uint32_t));
	p->touched = calloc(n, sizeof(uint32_t));
	p->seen = calloc(n + 1, sizeof(uint32_t));
	p->in_touched = calloc(n, 1);
	p->changed = calloc(n, sizeof(uint32_t));
	p->into_first = calloc(n + 2, sizeof(uint32_t));
	p->into = calloc(edges, sizeof(uint32_t));
	p->candidates = calloc(n, sizeof(*p->candidates));
	if (!p->order || !p->place || !p->block || !p->first || !p->size || !p->touched ||
	    !p->seen || !p->in_touched || !p->changed || !p->into_first || !p->into || !p->candidates)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		p->order[i] = i;
		p->place[i] = i;
		p->touched[i] = i;
		p->in_touched[i] = 1;
	}
	p->size[0] = (uint32_t)n;
	p->block_count = 1;
	p->touched_count = n;
	return 0;
}

/* Who leads to whom, by counting: first how many, then where. */
static void collect_predecessors(struct partition *p)
{
	const struct dfa *dfa = p->dfa;
	size_t n = dfa->state_count;

	for (size_t i = 0; i < n; i++)
		p->into_first[dfa->states[i].fallback + 2]++;
	for (size_t i = 0; i < dfa->edge_count; i++)
		p->into_first[dfa->edges[i].to + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		p->into_first[i] += p->into_first[i - 1];
	for (uint32_t i = 0; i < n; i++) {
		p->into[p->into_first[dfa->states[i].fallback + 1]++] = i;
		for (uint32_t e = dfa->states[i].first_edge; e < dfa->states[i + 1].first_edge; e++)
			p->into[p->into_first[dfa->edges[e].to + 1]++] = i;
	}
}

/* Swap a state to the front part of its block, which has @done states so far. */
static void pull(struct partition *p, uint32_t state, uint32_t done)
{
	uint32_t to = p->first[p->block[state]] + done, from = p->place[state];
	uint32_t other = p->order[to];

	p->order[from] = other;
	p->place[other] = from;
	p->order[to] = state;
	p->place[state] = to;
}

/* The states order[start, start + count) become a block of their own. */
static void split_off(struct partition *p, uint32_t start, uint32_t count)
{
	uint32_t block = p->block_count++;

	p->first[block] = start;
	p->size[block] = count;
	for (uint32_t i = start; i < start + count; i++) {
		p->block[p->order[i]] = block;
		p->changed[p->changed_count++] = p->order[i];
	}
}

/* The number of candidates from c[0] on with its block and signature. */
static size_t group_size(const struct candidate *c, size_t left)
{
	size_t n = 1;

	while (n < left && c[n].block == c[0].block && same(&c[n].signature, &c[0].signature))
		n++;
	return n;
}

static bool group_speaks(const struct candidate *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].speaks)
			return true;
	return false;
}

/*
 * Split one block; @c are its touched states, sorted by signature. Groups go to
 * the front one by one; the group of the one that speaks stays behind with those
 * it speaks for.
 */
static void split_block(struct partition *p, const struct candidate *c, size_t count)
{
	uint32_t block = c[0].block, first = p->first[block], size = p->size[block];
	uint32_t done = 0, most = 0, keep = first, start = first;

	for (size_t i = 0, n; i < count; i += n) {
		n = group_size(c + i, count - i);
		if (group_speaks(c + i, n))
			continue;
		if (n > most) {
			most = (uint32_t)n;
			keep = first + done;
		}
		for (size_t k = i; k < i + n; k++)
			pull(p, c[k].state, done++);
	}
	if (size - done >= most) {
		most = size - done;
		keep = first + done;
	}
	for (size_t i = 0, n; i < count; i += n) {
		n = group_size(c + i, count - i);
		if (group_speaks(c + i, n))
			continue;
		if (start != keep)
			split_off(p, start, (uint32_t)n);
		start += (uint32_t)n;
	}
	if (start != keep && start < first + size)
		split_off(p, start, first + size - start);
	p->first[block] = keep;
	p->size[block] = most;
}

/* One state of each touched block that has others, to speak for them. */
static size_t add_speakers(struct partition *p, size_t count)
{
	size_t touched = count;

	for (size_t i = 0; i < touched; i++)
		p->seen[p->candidates[i].block]++;
	for (size_t i = 0; i < touched; i++) {
		uint32_t block = p->candidates[i].block, at = p->first[block];

		if (p->seen[block] && p->seen[block] < p->size[block]) {
			while (p->in_touched[p->order[at]])
				at++;
			p->candidates[count++] = (struct candidate){
				.block = block, .state = p->order[at], .speaks = 1,
			};
		}
		p->seen[block] = 0;
	}
	return count;
}

static void refine(struct partition *p)
{
	struct candidate *c = p->candidates;
	size_t count = p->touched_count;

	for (size_t i = 0; i < count; i++)
		c[i] = (struct candidate){
			.block = p->block[p->touched[i]], .state = p->touched[i],
		};
	count = add_speakers(p, count);
	for (size_t i = 0; i < count; i++) {
		c[i].signature = sign(p, c[i].state);
		p->in_touched[c[i].state] = 0;
	}
	qsort(c, count, sizeof(*c), compare);
	p->changed_count = 0;
	for (size_t i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count && c[i + n].block == c[i].block;)
			n++;
		split_block(p, c + i, n);
	}
	p->touched_count = 0;
	for (size_t i = 0; i < p->changed_count; i++) {
		uint32_t state = p->changed[i];

		for (uint32_t k = p->into_first[state]; k < p->into_first[state + 1]; k++) {
			uint32_t from = p->into[k];

			if (!p->in_touched[from])
				p->touched[p->touched_count++] = from;
			p->in_touched[from] = 1;
		}
	}
}

/**
 * struct rebuild - the new automaton
 * @number:	block -> new state; UINT32_MAX until it is met
 * @queue:	new state -> an old state of it
 */
struct rebuild {
	const struct partition *partition;
	uint32_t *number;
	uint32_t *queue;
	size_t met;
	struct dfa dfa;
};

static uint32_t meet(struct rebuild *b, uint32_t old)
{
	uint32_t block = b->partition->block[old];

	if (b->number[block] == UINT32_MAX) {
		b->number[block] = (uint32_t)b->met;
		b->queue[b->met++] = old;
	}
	return b->number[block];
}

static void copy_state(struct rebuild *b, uint32_t state)
{
	const struct dfa *from = b->partition->dfa;
	uint32_t old = b->queue[state];
	struct dfa_state *s = &b->dfa.states[state];

	s->first_edge = (uint32_t)b->dfa.edge_count;
	s->outcome = from->states[old].outcome;
	s->fallback = meet(b, from->states[old].fallback);
	for (uint32_t e = from->states[old].first_edge; e < from->states[old + 1].first_edge; e++) {
		uint32_t to = meet(b, from->edges[e].to);

		if (to != s->fallback)
			b->dfa.edges[b->dfa.edge_count++] =
				(struct dfa_edge){ to, from->edges[e].class };
	}
}

/* Blocks become states, numbered in the order they are met, the dead one first. */
static int rebuild(const struct partition *p, struct dfa *dfa)
{
	struct rebuild b = { .partition = p };
	_cleanup_free_ uint32_t *number = calloc(p->block_count, sizeof(*number));
	_cleanup_free_ uint32_t *queue = calloc(p->block_count, sizeof(*queue));

	b.number = number;
	b.queue = queue;
	b.dfa.states = calloc((size_t)p->block_count + 1, sizeof(*b.dfa.states));
	b.dfa.edges = calloc(dfa->edge_count + 1, sizeof(*b.dfa.edges));
	if (!number || !queue || !b.dfa.states || !b.dfa.edges) {
		free(b.dfa.states);
		free(b.dfa.edges);
		return -ENOMEM;
	}
	memset(number, 0xff, p->block_count * sizeof(*number));
	meet(&b, 0);
	b.dfa.start = meet(&b, dfa->start);
	for (uint32_t i = 0; i < b.met; i++)
		copy_state(&b, i);
	b.dfa.state_count = b.met;
	b.dfa.states[b.met].first_edge = (uint32_t)b.dfa.edge_count;
	free(dfa->states);
	free(dfa->edges);
	b.dfa.accepts = dfa->accepts;
	*dfa = b.dfa;
	return 0;
}

int dfa_minimise(struct dfa *dfa)
{
	struct partition p;
	int r = partition_init(&p, dfa);

	if (!r) {
		collect_predecessors(&p);
		while (p.touched_count)
			refine(&p);
		r = rebuild(&p, dfa);
	}
	partition_done(&p);
	return r;
}
