/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: paths whose answers are the same for every row share one */
#include "compile/label.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/array.h"
#include "compile/lower.h"
#include "compile/own.h"

#define RIGHT(name) ((uint32_t)BAILIWICK_RIGHT_##name)

#define DEV_NULL_RIGHTS (RIGHT(READ) | RIGHT(WRITE) | RIGHT(APPEND) | RIGHT(STAT) | RIGHT(LOCK))
#define CANARY_RIGHTS (RIGHT(READ) | RIGHT(WRITE) | RIGHT(STAT) | RIGHT(LIST) | RIGHT(LOCK))
#define CANARY_PROGRAM_RIGHTS \
	(RIGHT(READ) | RIGHT(EXEC) | RIGHT(MAP_EXEC) | RIGHT(STAT) | RIGHT(LOCK))

#define SERIOUS ((uint32_t)BAILIWICK_SEVERITY_SERIOUS << BAILIWICK_CELL_SEVERITY_SHIFT)

/* What is said about one row, or one role, on the present accept set. */
struct saying {
	uint32_t allow;
	uint32_t deny;
	uint32_t severity;	/* of a deny rule, ~0 when none says one */
	uint32_t stamp;		/* valid when equal to labeller.stamp */
};

/**
 * struct labeller - labels under construction
 * @rows_of:	per role: rows whose origins it is among, from rows_first[role] on
 * @row, @role:	sayings; @touched: rows with a valid one
 * @kinds:	bit per enum use_kind met in the accept set
 * @fact:	the label under construction, as struct labels keeps it
 */
struct labeller {
	struct lowering *l;
	uint32_t *rows_first, *rows_of;
	struct saying *row, *role;
	uint32_t *touched, *touched_roles;
	size_t touched_count, touched_role_count;
	uint32_t stamp;
	uint32_t kinds;
	uint32_t class_index;
	bool protected_;
	uint32_t *fact;
	size_t fact_count;
};

void labels_done(struct labels *labels)
{
	interner_done(&labels->facts);
	free(labels->examples);
	free(labels->of_accept);
	*labels = (struct labels){ 0 };
}

uint32_t labels_base_cell(const struct lowering *l, uint32_t row, bool protected_)
{
	if (protected_)
		return BAILIWICK_CELL_PROTECTED | SERIOUS;
	return row_is_free(&l->rows, row) ? BAILIWICK_CELL_RIGHTS : 0;
}

static bool holds_role(const struct row *row, uint32_t role)
{
	for (size_t i = 0; i < row->role_count; i++)
		if (row->roles[i] == role)
			return true;
	return false;
}

/*
 * The row entered by running an object of an accept set: from @from by exec:, or
 * from no role (@from is BAILIWICK_ROW_UNCONFINED) by exe:. 0 when there is none.
 */
static int entered_row(struct lowering *l, uint32_t accept, uint32_t from, uint32_t *ret)
{
	_cleanup_(role_set_done) struct role_set set = { 0 };
	size_t count;
	const uint32_t *patterns = interner_get(&l->dfa.accepts, accept, &count);
	enum use_kind kind = from ? USE_TRANSITION : USE_EXE;
	bool any = false, canary = false;
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t u = l->patterns.entries[patterns[i]].first_use;

		for (; u != PATTERN_USE_NONE && !r; u = l->patterns.uses[u].next) {
			const struct pattern_use *use = &l->patterns.uses[u];
			struct role_ref ref = { .kind = ROLE_NAMED };

			canary |= use->kind == USE_CANARY_PROGRAM && !from;
			if (use->kind != kind ||
			    (from && !holds_role(&l->rows.rows[from], use->origin)))
				continue;
			any = true;
			if (use->number == PATTERN_NO_ROLE)
				continue;
			ref.role = l->policy->roles[use->number];
			r = role_set_add(&set, &ref);
		}
	}
	*ret = 0;
	if (r < 0 || canary || !any) {
		*ret = canary ? BAILIWICK_ROW_CANARY : 0;
		return r;
	}
	r = rows_find(&l->rows, &set, BAILIWICK_ROW_NONE, ret);
	if (r == -E2BIG)
		return diag_error(l->diag, &(struct location){ 0 }, "more sets of roles that are "
				  "held together than rows (BAILIWICK_ROWS_MAX, %d)",
				  BAILIWICK_ROWS_MAX);
	return r;
}

static bool set_has(const struct lowering *l, uint32_t accept, enum use_kind kind)
{
	size_t count;
	const uint32_t *patterns = interner_get(&l->dfa.accepts, accept, &count);

	for (size_t i = 0; i < count; i++)
		for (uint32_t u = l->patterns.entries[patterns[i]].first_use;
		     u != PATTERN_USE_NONE; u = l->patterns.uses[u].next)
			if (l->patterns.uses[u].kind == kind)
				return true;
	return false;
}

int labels_find_rows(struct lowering *l)
{
	_cleanup_free_ uint32_t *sets = calloc(l->dfa.accepts.count, sizeof(*sets));
	uint32_t row, entered;
	size_t count = 0;
	int r = 0;

	if (!sets)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->dfa.accepts.count && !r; i++) {
		if (set_has(l, i, USE_TRANSITION))
			sets[count++] = i;
		if (set_has(l, i, USE_EXE))
			r = entered_row(l, i, BAILIWICK_ROW_UNCONFINED, &entered);
	}
	/* A row made here may have transitions of its own: the end moves. */
	for (row = BAILIWICK_ROW_FIRST; row < l->rows.count; row++)
		for (size_t i = 0; i < count && !r; i++)
			r = entered_row(l, sets[i], row, &entered);
	return r;
}

static void say(struct labeller *b, struct saying *s, uint32_t allow, uint32_t deny,
		uint32_t severity)
{
	if (s->stamp != b->stamp)
		*s = (struct saying){ 0, 0, ~0u, b->stamp };
	s->allow |= allow;
	s->deny |= deny;
	if (severity != ~0u && (s->severity == ~0u || severity > s->severity))
		s->severity = severity;
}

static struct saying *touch(struct labeller *b, uint32_t row)
{
	if (b->row[row].stamp != b->stamp)
		b->touched[b->touched_count++] = row;
	say(b, &b->row[row], 0, 0, ~0u);
	return &b->row[row];
}

static void use_class(struct labeller *b, uint32_t number)
{
	const struct class *class = b->l->policy->classes[number];
	const struct class *have = b->class_index ? b->l->policy->classes[b->class_index - 1] : NULL;

	b->protected_ |= class->protect;
	if (!have || class->grade > have->grade ||
	    (class->grade == have->grade &&
	     (class->protect > have->protect ||
	      (class->protect == have->protect && number + 1 < b->class_index))))
		b->class_index = number + 1;
}

static void use_pattern(struct labeller *b, uint32_t pattern)
{
	const struct patterns *p = &b->l->patterns;

	for (uint32_t u = p->entries[pattern].first_use; u != PATTERN_USE_NONE;
	     u = p->uses[u].next) {
		const struct pattern_use *use = &p->uses[u];

		b->kinds |= 1u << use->kind;
		if (use->kind == USE_CLASS) {
			use_class(b, use->number);
		} else if (use->kind == USE_RULE) {
			if (b->role[use->origin].stamp != b->stamp)
				b->touched_roles[b->touched_role_count++] = use->origin;
			say(b, &b->role[use->origin], use->allow, use->deny, use->severity);
		}
	}
}

/* What roles say reaches all rows that hold them, and the built-ins say theirs. */
static void spread(struct labeller *b)
{
	for (size_t i = 0; i < b->touched_role_count; i++) {
		uint32_t role = b->touched_roles[i];
		const struct saying *s = &b->role[role];

		for (uint32_t k = b->rows_first[role]; k < b->rows_first[role + 1]; k++)
			say(b, touch(b, b->rows_of[k]), s->allow, s->deny, s->severity);
	}
	if (b->kinds & (1u << USE_DEV_NULL | 1u << USE_TRANSITION))
		for (uint32_t row = BAILIWICK_ROW_NONE; row < b->l->rows.count; row++)
			if (row != BAILIWICK_ROW_CANARY)
				say(b, touch(b, row), b->kinds & 1u << USE_DEV_NULL ?
				    DEV_NULL_RIGHTS : 0, 0, ~0u);
	if (b->kinds & 1u << USE_OWN)
		for (uint32_t row = 0; row < b->l->rows.count; row++)
			if (row_is_free(&b->l->rows, row))
				touch(b, row);
	if (b->kinds & 1u << USE_CANARY_ALLOWED)
		touch(b, BAILIWICK_ROW_CANARY)->allow = CANARY_RIGHTS;
	if (b->kinds & 1u << USE_CANARY_PROGRAM)
		touch(b, BAILIWICK_ROW_CANARY)->allow = CANARY_PROGRAM_RIGHTS;
}

static uint32_t cell_of(const struct labeller *b, uint32_t row)
{
	const struct saying *s = &b->row[row];
	uint32_t severity = b->protected_ ? BAILIWICK_SEVERITY_SERIOUS : BAILIWICK_SEVERITY_ORDINARY;
	uint32_t rights = s->allow & ~s->deny & BAILIWICK_CELL_RIGHTS;

	if (b->kinds & 1u << USE_CANARY_ALLOWED && row != BAILIWICK_ROW_CANARY)
		rights = 0;
	if (row_is_free(&b->l->rows, row) && !b->protected_)
		return b->kinds & 1u << USE_OWN ? OWN_RIGHTS | SERIOUS : BAILIWICK_CELL_RIGHTS;
	if (s->severity != ~0u)
		severity = s->severity;
	return rights | severity << BAILIWICK_CELL_SEVERITY_SHIFT |
		(b->protected_ ? BAILIWICK_CELL_PROTECTED : 0);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The present accept set as a fact; *ret_plain when it is the answer of no pattern at all. */
static int state_fact(struct labeller *b, uint32_t accept, bool *ret_plain)
{
	uint32_t exe_row = 0;
	int r = 0;

	if (b->kinds & (1u << USE_EXE | 1u << USE_CANARY_PROGRAM))
		r = entered_row(b->l, accept, BAILIWICK_ROW_UNCONFINED, &exe_row);
	b->fact[0] = b->protected_ ? BAILIWICK_LABEL_PROTECTED : 0;
	b->fact[1] = b->class_index;
	b->fact[2] = exe_row;
	b->fact_count = 3;
	qsort(b->touched, b->touched_count, sizeof(*b->touched), compare);
	for (size_t i = 0; i < b->touched_count && !r; i++) {
		uint32_t row = b->touched[i], cell = cell_of(b, row), target = 0;

		if (b->kinds & 1u << USE_TRANSITION && row >= BAILIWICK_ROW_FIRST)
			r = entered_row(b->l, accept, row, &target);
		if (target)
			cell |= BAILIWICK_CELL_TRANSITION;
		if (cell == labels_base_cell(b->l, row, b->protected_))
			continue;
		b->fact[b->fact_count++] = row;
		b->fact[b->fact_count++] = cell;
		b->fact[b->fact_count++] = target;
	}
	*ret_plain = b->fact_count == 3 && !b->fact[0] && !b->fact[1] && !exe_row;
	return r;
}

static int too_many(struct lowering *l)
{
	return diag_error(l->diag, &(struct location){ 0 }, "more kinds of objects than an image may "
			  "have: at most %d labels (BAILIWICK_LABELS_MAX) and %u rows times labels "
			  "(BAILIWICK_CELLS_MAX)", BAILIWICK_LABELS_MAX, BAILIWICK_CELLS_MAX);
}

static int add_label(struct labeller *b, uint32_t example, uint32_t *ret)
{
	struct labels *labels = &b->l->labels;
	size_t before = labels->facts.count;
	uint32_t index;
	int r = interner_add(&labels->facts, b->fact, b->fact_count, &index);

	if (r < 0)
		return r == -E2BIG ? too_many(b->l) : r;
	*ret = BAILIWICK_LABEL_FIRST + index;
	if (labels->facts.count == before)
		return 0;
	if (*ret >= BAILIWICK_LABELS_MAX ||
	    (uint64_t)(*ret + 1) * b->l->rows.count > BAILIWICK_CELLS_MAX)
		return too_many(b->l);
	r = array_grow(&labels->examples, index, &labels->example_capacity,
		       sizeof(*labels->examples));
	if (!r)
		labels->examples[index] = example;
	return r;
}

/* For people: the pattern that says most, of equally long ones the first. */
static uint32_t most_telling(const struct lowering *l, const uint32_t *patterns, size_t count)
{
	uint32_t best = 0;

	for (size_t i = 0; i < count; i++)
		if (!i || strlen(l->patterns.entries[patterns[i]].text) >
			  strlen(l->patterns.entries[best].text))
			best = patterns[i];
	return best;
}

static int label_accept(struct labeller *b, uint32_t accept, uint32_t *ret)
{
	size_t count;
	const uint32_t *patterns = interner_get(&b->l->dfa.accepts, accept, &count);
	bool plain;
	int r;

	b->stamp++;
	b->touched_count = b->touched_role_count = 0;
	b->kinds = 0;
	b->class_index = 0;
	b->protected_ = false;
	for (size_t i = 0; i < count; i++)
		use_pattern(b, patterns[i]);
	spread(b);
	r = state_fact(b, accept, &plain);
	*ret = BAILIWICK_LABEL_UNMATCHED;
	b->l->labels.protects |= b->protected_;
	if (r || plain)
		return r;
	patterns = interner_get(&b->l->dfa.accepts, accept, &count);
	return add_label(b, most_telling(b->l, patterns, count), ret);
}

/* rows_of: who holds a role, by counting. */
static int invert_origins(struct labeller *b)
{
	const struct rows *rows = &b->l->rows;
	size_t roles = b->l->policy->role_count, total = 0;

	for (size_t i = 0; i < rows->count; i++)
		total += rows->rows[i].origin_count;
	b->rows_first = calloc(roles + 2, sizeof(*b->rows_first));
	b->rows_of = calloc(total + 1, sizeof(*b->rows_of));
	if (!b->rows_first || !b->rows_of)
		return -ENOMEM;
	for (size_t i = 0; i < rows->count; i++)
		for (size_t k = 0; k < rows->rows[i].origin_count; k++)
			b->rows_first[rows->rows[i].origins[k] + 2]++;
	for (size_t i = 2; i < roles + 2; i++)
		b->rows_first[i] += b->rows_first[i - 1];
	for (uint32_t i = 0; i < rows->count; i++)
		for (size_t k = 0; k < rows->rows[i].origin_count; k++)
			b->rows_of[b->rows_first[rows->rows[i].origins[k] + 1]++] = i;
	return 0;
}

static void labeller_done(struct labeller *b)
{
	free(b->rows_first);
	free(b->rows_of);
	free(b->row);
	free(b->role);
	free(b->touched);
	free(b->touched_roles);
	free(b->fact);
}

int labels_build(struct lowering *l)
{
	size_t roles = l->policy->role_count + 1;
	_cleanup_(labeller_done) struct labeller b = {
		.l = l,
		.row = calloc(l->rows.count, sizeof(*b.row)),
		.role = calloc(roles, sizeof(*b.role)),
		.touched = calloc(l->rows.count, sizeof(*b.touched)),
		.touched_roles = calloc(roles, sizeof(*b.touched_roles)),
		.fact = calloc(3 * l->rows.count + 3, sizeof(*b.fact)),
	};
	int r = invert_origins(&b);

	l->labels.of_accept = calloc(l->dfa.accepts.count, sizeof(*l->labels.of_accept));
	if (r < 0 || !b.row || !b.role || !b.touched || !b.touched_roles || !b.fact ||
	    !l->labels.of_accept)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->dfa.accepts.count && !r; i++)
		r = label_accept(&b, i, &l->labels.of_accept[i]);
	for (size_t i = 0; i < l->dfa.state_count && !r; i++)
		l->dfa.states[i].outcome = l->labels.of_accept[l->dfa.states[i].outcome];
	return r;
}
