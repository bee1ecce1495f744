/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the access matrix: sets of roles that some subject holds together */
#include "compile/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <bailiwick/image.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "compile/array.h"

int role_set_add(struct role_set *set, const struct role_ref *ref)
{
	int r;

	if (ref->kind != ROLE_NAMED)
		return 0;
	r = array_grow(&set->roles, set->count, &set->capacity, sizeof(*set->roles));
	if (!r)
		set->roles[set->count++] = ref->role->index;
	return r;
}

void role_set_done(struct role_set *set)
{
	free(set->roles);
	*set = (struct role_set){ 0 };
}

void rows_done(struct rows *rows)
{
	interner_done(&rows->sets);
	free(rows->rows);
	*rows = (struct rows){ 0 };
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "backup+clerk" */
static const char *join_names(struct rows *rows, const uint32_t *roles, size_t count)
{
	_cleanup_free_ const char **names = calloc(count, sizeof(*names));
	size_t size = 0;
	char *text, *at;

	if (!names)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		names[i] = rows->policy->roles[roles[i]]->name;
		size += strlen(names[i]) + 1;
	}
	qsort(names, count, sizeof(*names), compare_names);
	text = at = arena_alloc(rows->arena, size);
	for (size_t i = 0; text && i < count; i++) {
		if (i)
			*at++ = '+';
		at = stpcpy(at, names[i]);
	}
	return text;
}

static void mark_includes(const struct role *role, uint8_t *marked)
{
	if (marked[role->index])
		return;
	marked[role->index] = 1;
	for (size_t i = 0; i < role->include_count; i++)
		mark_includes(role->includes[i].role, marked);
}

static int find_origins(struct rows *rows, struct row *row)
{
	size_t role_count = rows->policy->role_count, n = 0;
	_cleanup_free_ uint8_t *marked = calloc(role_count + 1, 1);
	uint32_t *origins;

	if (!marked)
		return -ENOMEM;
	for (size_t i = 0; i < row->role_count; i++)
		mark_includes(rows->policy->roles[row->roles[i]], marked);
	for (size_t i = 0; i < role_count; i++)
		row->origin_count += marked[i];
	origins = arena_array(rows->arena, row->origin_count, sizeof(*origins));
	if (!origins)
		return -ENOMEM;
	for (uint32_t i = 0; i < role_count; i++)
		if (marked[i])
			origins[n++] = i;
	row->origins = origins;
	return 0;
}

/* The union of what the roles hold, and the strictest of their modes. */
static int fold(struct rows *rows, const uint32_t *roles, size_t count, struct row *row)
{
	uint32_t *copy = arena_array(rows->arena, count, sizeof(*copy));

	*row = (struct row){ .mode = BAILIWICK_MODE_COUNT, .trusts_descriptors = true,
			     .one_approval = true };
	if (!copy)
		return -ENOMEM;
	memcpy(copy, roles, count * sizeof(*copy));
	row->roles = copy;
	row->role_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct role *role = rows->policy->roles[roles[i]];

		row->capabilities |= role->capabilities;
		row->families |= role->families;
		row->privileges |= (uint32_t)role->privileges;
		row->trusts_descriptors &= role->descriptors_trusted;
		row->one_approval &= role->one_approval;
		if (role->mode < row->mode)
			row->mode = role->mode;
	}
	if (row->mode == BAILIWICK_MODE_DISABLED) {
		row->capabilities = row->families = ~UINT64_C(0);
		row->privileges = BAILIWICK_PRIVILEGES_ALL;
	}
	row->name = join_names(rows, roles, count);
	return row->name ? find_origins(rows, row) : -ENOMEM;
}

static int add_row(struct rows *rows, const struct row *row)
{
	int r = array_grow(&rows->rows, rows->count, &rows->capacity, sizeof(*rows->rows));

	if (!r)
		rows->rows[rows->count++] = *row;
	return r;
}

/* The three rows that stand for no role of the policy, as sets no subject can have. */
static int add_builtin(struct rows *rows)
{
	static const struct row builtin[BAILIWICK_ROW_FIRST] = {
		[BAILIWICK_ROW_UNCONFINED] = {
			.name = "unconfined",
			.capabilities = ~UINT64_C(0),
			.families = ~UINT64_C(0),
			.privileges = BAILIWICK_PRIVILEGES_ALL,
			.trusts_descriptors = true,
		},
		[BAILIWICK_ROW_NONE] = { .name = "none" },
		[BAILIWICK_ROW_CANARY] = {
			.name = "canary",
			.families = UINT64_C(1) << AF_UNIX | UINT64_C(1) << AF_INET,
		},
	};
	int r = 0;

	for (uint32_t i = 0; i < BAILIWICK_ROW_FIRST && !r; i++) {
		uint32_t mark = UINT32_MAX - i, at;

		r = interner_add(&rows->sets, &mark, 1, &at);
		if (!r)
			r = add_row(rows, &builtin[i]);
	}
	return r;
}

int rows_init(struct rows *rows, const struct policy *policy, struct arena *arena)
{
	int r;

	*rows = (struct rows){ .policy = policy, .arena = arena };
	r = add_builtin(rows);
	for (uint32_t i = 0; i < policy->role_count && !r; i++) {
		uint32_t roles[1] = { i };
		struct role_set set = { roles, 1, 1 };
		uint32_t row;

		r = rows_find(rows, &set, BAILIWICK_ROW_NONE, &row);
	}
	return r;
}

int rows_find(struct rows *rows, struct role_set *set, uint32_t empty, uint32_t *ret)
{
	size_t count = 0;
	struct row row;
	int r;

	if (set->count)	/* qsort() takes no NULL, not even for nothing */
		qsort(set->roles, set->count, sizeof(*set->roles), compare);
	for (size_t i = 0; i < set->count; i++)
		if (!i || set->roles[i] != set->roles[i - 1])
			set->roles[count++] = set->roles[i];
	set->count = count;
	*ret = empty;
	if (!count)
		return 0;
	r = interner_add(&rows->sets, set->roles, count, ret);
	if (r < 0 || *ret < rows->count)
		return r;
	if (*ret >= BAILIWICK_ROWS_MAX)
		return -E2BIG;
	r = fold(rows, set->roles, count, &row);
	return r ? r : add_row(rows, &row);
}

uint32_t rows_of_ref(const struct role_ref *ref)
{
	if (ref->kind == ROLE_NAMED)
		return BAILIWICK_ROW_FIRST + ref->role->index;
	return ref->kind == ROLE_NONE ? BAILIWICK_ROW_NONE : BAILIWICK_ROW_UNCONFINED;
}

bool row_is_free(const struct rows *rows, uint32_t row)
{
	return row == BAILIWICK_ROW_UNCONFINED || rows->rows[row].mode == BAILIWICK_MODE_DISABLED;
}
