/* SPDX-License-Identifier: Apache-2.0 */
/* Rows, labels, cells, transitions and dominance: the access matrix of an image */
#include "compile/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash64.h"
#include "compile/array.h"
#include "compile/lower.h"
#include "compile/table.h"

#define RIGHT(name) ((uint32_t)BAILIWICK_RIGHT_##name)

/* What every confined row holds on objects without a path of their own. */
#define ANON_RIGHTS (RIGHT(READ) | RIGHT(WRITE) | RIGHT(APPEND) | RIGHT(SETATTR) | RIGHT(IOCTL) | \
		     RIGHT(LOCK) | RIGHT(STAT) | RIGHT(UNIX_CONNECT))
#define ANON_RIGHTS_OF_NONE (RIGHT(READ) | RIGHT(WRITE) | RIGHT(APPEND) | RIGHT(STAT) | \
			     RIGHT(LOCK) | RIGHT(IOCTL))
#define TTY_RIGHTS (RIGHT(READ) | RIGHT(WRITE) | RIGHT(APPEND) | RIGHT(IOCTL) | RIGHT(STAT) | \
		    RIGHT(LOCK))

/* A row's rights on a label every image has. */
static uint32_t builtin_cell(const struct lowering *l, uint32_t row, uint32_t label)
{
	bool free_row = row_is_free(&l->rows, row);

	switch (label) {
	case BAILIWICK_LABEL_ANON:
		return free_row ? BAILIWICK_CELL_RIGHTS :
		       row == BAILIWICK_ROW_NONE ? ANON_RIGHTS_OF_NONE : ANON_RIGHTS;
	case BAILIWICK_LABEL_TTY:
		return free_row ? BAILIWICK_CELL_RIGHTS :
		       row == BAILIWICK_ROW_CANARY ? 0 : TTY_RIGHTS;
	case BAILIWICK_LABEL_UNKNOWN:
		/* What cannot be classified could be a protected object. */
		return free_row && !l->labels.protects ? BAILIWICK_CELL_RIGHTS : 0;
	}
	return free_row ? BAILIWICK_CELL_RIGHTS : 0;
}

/* The cells of one label, a column of the matrix. */
static int fill_column(struct lowering *l, uint32_t label, size_t labels)
{
	struct transitions *t = &l->transitions;
	size_t count;
	const uint32_t *fact = interner_get(&l->labels.facts, label - BAILIWICK_LABEL_FIRST, &count);
	bool protected_ = fact[0] & BAILIWICK_LABEL_PROTECTED;
	int r = 0;

	for (uint32_t row = 0; row < l->rows.count; row++)
		l->cells[row * labels + label] = labels_base_cell(l, row, protected_);
	for (size_t i = 3; i < count && !r; i += 3) {
		l->cells[fact[i] * labels + label] = fact[i + 1];
		if (!fact[i + 2])
			continue;
		r = array_grow(&t->list, t->count, &t->capacity, sizeof(*t->list));
		if (!r)
			t->list[t->count++] = (struct bailiwick_transition){
				.row = fact[i], .label = label, .target = fact[i + 2],
			};
	}
	return r;
}

static int write_labels(struct lowering *l)
{
	struct bailiwick_label record = { 0 };
	int r = 0;

	for (uint32_t i = 0; i < BAILIWICK_LABEL_FIRST && !r; i++)
		r = image_writer_add(&l->writer, BAILIWICK_SECTION_LABEL, &record, sizeof(record));
	for (uint32_t i = 0; i < l->labels.facts.count && !r; i++) {
		size_t count;
		const uint32_t *fact = interner_get(&l->labels.facts, i, &count);
		const char *example = l->patterns.entries[l->labels.examples[i]].text;

		record = (struct bailiwick_label){
			.flags = fact[0],
			.class_index = fact[1],
			.exe_row = fact[2],
			.example = image_writer_string(&l->writer, example),
		};
		r = image_writer_add(&l->writer, BAILIWICK_SECTION_LABEL, &record, sizeof(record));
	}
	return r;
}

static int write_transitions(struct lowering *l)
{
	const struct transitions *t = &l->transitions;
	_cleanup_free_ uint32_t *home = calloc(t->count + 1, sizeof(*home));
	_cleanup_free_ uint32_t *slot = calloc(t->count + 1, sizeof(*slot));
	_cleanup_free_ struct bailiwick_transition *table = NULL;
	uint32_t slots;
	int r;

	if (!home || !slot)
		return -ENOMEM;
	for (size_t i = 0; i < t->count; i++)
		home[i] = bailiwick_hash(t->list[i].row, t->list[i].label);
	r = table_place(home, t->count, slot, &slots);
	if (r < 0)
		return r;
	table = calloc(slots, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < t->count; i++)
		table[slot[i]] = t->list[i];
	return image_writer_add(&l->writer, BAILIWICK_SECTION_TRANSITION, table,
				slots * sizeof(*table));
}

int matrix_write(struct lowering *l)
{
	size_t labels = BAILIWICK_LABEL_FIRST + l->labels.facts.count;
	int r = write_labels(l);

	l->cells = calloc(l->rows.count * labels, sizeof(*l->cells));
	if (!l->cells)
		return -ENOMEM;
	for (uint32_t row = 0; row < l->rows.count; row++)
		for (uint32_t i = 0; i < BAILIWICK_LABEL_FIRST; i++)
			l->cells[row * labels + i] = builtin_cell(l, row, i);
	for (uint32_t i = BAILIWICK_LABEL_FIRST; i < labels && !r; i++)
		r = fill_column(l, i, labels);
	l->writer.header.labels = (uint32_t)labels;
	l->writer.header.rows = (uint32_t)l->rows.count;
	if (!r)
		r = image_writer_add(&l->writer, BAILIWICK_SECTION_CELL, l->cells,
				     l->rows.count * labels * sizeof(*l->cells));
	return r ? r : write_transitions(l);
}

int matrix_write_rows(struct lowering *l)
{
	uint32_t first = 0;
	int r = 0;

	for (size_t i = 0; i < l->rows.count && !r; i++) {
		const struct row *row = &l->rows.rows[i];
		struct bailiwick_row record = {
			.capabilities = row->capabilities,
			.families = row->families,
			.key = hash64(row->name, strlen(row->name)),
			.privileges = row->privileges,
			.mode = row->mode,
			.flags = (row->trusts_descriptors ? BAILIWICK_ROW_TRUST_DESCRIPTORS : 0) |
				 (row->one_approval ? BAILIWICK_ROW_ONE_APPROVAL : 0),
			.name = image_writer_string(&l->writer, row->name),
			.first_role = first,
			.role_count = (uint32_t)row->role_count,
		};

		first += record.role_count;
		r = image_writer_add(&l->writer, BAILIWICK_SECTION_ROW, &record, sizeof(record));
		if (!r && row->role_count)
			r = image_writer_add(&l->writer, BAILIWICK_SECTION_ROW_ROLE, row->roles,
					     row->role_count * sizeof(*row->roles));
	}
	return r;
}

/* How little a row is held to its rights: the policy's order of modes. */
static uint32_t freedom(const struct lowering *l, uint32_t row)
{
	return row == BAILIWICK_ROW_UNCONFINED ? BAILIWICK_MODE_DISABLED : l->rows.rows[row].mode;
}

/*
 * Most rows hold rights on few labels: for those the labels are listed, so that
 * thousands of rows can be compared with each other.
 */
struct holdings {
	uint32_t **labels;	/* per row, or NULL for a row with rights on many */
	uint32_t *count;
	size_t rows;
};

static void holdings_done(struct holdings *h)
{
	for (size_t i = 0; h->labels && i < h->rows; i++)
		free(h->labels[i]);
	free(h->labels);
	free(h->count);
}

static int holdings_list(struct holdings *h, const struct lowering *l)
{
	size_t labels = l->writer.header.labels;

	h->rows = l->rows.count;
	h->labels = calloc(h->rows, sizeof(*h->labels));
	h->count = calloc(h->rows, sizeof(*h->count));
	if (!h->labels || !h->count)
		return -ENOMEM;
	for (size_t row = 0; row < h->rows; row++) {
		const uint32_t *cells = l->cells + row * labels;
		uint32_t n = 0;

		for (size_t i = 0; i < labels; i++)
			h->count[row] += (cells[i] & BAILIWICK_CELL_RIGHTS) != 0;
		if (h->count[row] > labels / 4)
			continue;
		h->labels[row] = calloc(h->count[row] + 1, sizeof(uint32_t));
		if (!h->labels[row])
			return -ENOMEM;
		for (uint32_t i = 0; i < labels; i++)
			if (cells[i] & BAILIWICK_CELL_RIGHTS)
				h->labels[row][n++] = i;
	}
	return 0;
}

static bool cells_dominate(const struct lowering *l, const struct holdings *h, uint32_t row,
			   uint32_t other)
{
	size_t labels = l->writer.header.labels, count = labels;
	const uint32_t *a = l->cells + row * labels, *b = l->cells + other * labels;
	const uint32_t *list = h->labels[other];

	if (list)
		count = h->count[other];
	for (size_t i = 0; i < count; i++) {
		size_t at = list ? list[i] : i;

		if (b[at] & ~a[at] & BAILIWICK_CELL_RIGHTS)
			return false;
	}
	return true;
}

/* Entering another role is a right too: the same door leads to the same role. */
static bool transitions_dominate(const struct lowering *l, uint32_t row, uint32_t other)
{
	const struct bailiwick_transition *t = l->transitions.list, *mine;
	const struct bailiwick_transition *end = t + l->transitions.count;

	for (; t < end; t++) {
		if (t->row != other)
			continue;
		for (mine = l->transitions.list; mine < end; mine++)
			if (mine->row == row && mine->label == t->label)
				break;
		if (mine == end || mine->target != t->target)
			return false;
	}
	return true;
}

static bool dominates(const struct lowering *l, const struct holdings *h, uint32_t row,
		      uint32_t other)
{
	const struct row *a = &l->rows.rows[row], *b = &l->rows.rows[other];
	const uint8_t *net = l->net_cells + row * l->net_row_size;
	const uint8_t *other_net = l->net_cells + other * l->net_row_size;

	if (b->capabilities & ~a->capabilities || b->families & ~a->families ||
	    b->privileges & ~a->privileges || freedom(l, row) < freedom(l, other))
		return false;
	for (size_t i = 0; i < l->net_row_size; i++)
		if (other_net[i] & ~net[i])
			return false;
	return cells_dominate(l, h, row, other) &&
	       (row_is_free(&l->rows, row) || transitions_dominate(l, row, other));
}

int matrix_write_dominance(struct lowering *l)
{
	size_t rows = l->rows.count, words = (rows * rows + 31) / 32;
	_cleanup_free_ uint32_t *bits = calloc(words, sizeof(*bits));
	_cleanup_(holdings_done) struct holdings holdings = { 0 };

	if (!bits || holdings_list(&holdings, l) < 0)
		return -ENOMEM;
	for (uint32_t row = 0; row < rows; row++) {
		for (uint32_t other = 0; other < rows; other++) {
			size_t bit = row * rows + other;

			if (row == other || dominates(l, &holdings, row, other))
				bits[bit / 32] |= 1u << bit % 32;
		}
	}
	return image_writer_add(&l->writer, BAILIWICK_SECTION_DOMINANCE, bits,
				words * sizeof(*bits));
}
