/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds which roles: assignments become bindings */
#include "compile/holder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash64.h"
#include "base/suggest.h"
#include "compile/accounts.h"
#include "compile/array.h"
#include "compile/lower.h"
#include "compile/table.h"
#include "model/pattern.h"
#include "model/subject.h"

void holders_done(struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		role_set_done(&holders->list[i].roles);
	free(holders->list);
	free(holders->grants);
	strmap_done(&holders->by_key);
	*holders = (struct holders){ 0 };
}

static int find_holder(struct lowering *l, enum subject_kind kind, uint32_t id, const char *name,
		       size_t *ret)
{
	struct holders *h = &l->holders;
	char *key = arena_alloc(l->arena, strlen(name ? name : "") + 16);
	uintptr_t known;
	int r;

	if (!key)
		return -ENOMEM;
	if (kind == SUBJECT_USER)
		sprintf(key, "uid:%u", id);
	else
		sprintf(key, "%s:%s", subject_kind_name(kind), name);
	known = (uintptr_t)strmap_get(&h->by_key, key);
	*ret = known - 1;
	if (known)
		return 0;
	r = array_grow(&h->list, h->count, &h->capacity, sizeof(*h->list));
	if (r < 0 || strmap_put(&h->by_key, key, (void *)(h->count + 1)))
		return -ENOMEM;
	h->list[h->count] = (struct holder){ .kind = kind, .id = id, .name = name };
	*ret = h->count++;
	return 0;
}

static int give(struct lowering *l, size_t holder, const struct grant *grant)
{
	struct holder *h = &l->holders.list[holder];

	if (grant->ended || grant->role.kind == ROLE_NONE) {
		h->confined = true;
		return 0;
	}
	if (grant->until && (!h->until || grant->until < h->until))
		h->until = grant->until;
	h->free |= grant->role.kind == ROLE_UNCONFINED;
	return role_set_add(&h->roles, &grant->role);
}

/* Nobody of that name: a mistake or a warning; the grant then binds nobody. */
static int unknown(struct lowering *l, struct grant *grant)
{
	const char *kind = subject_kind_name(grant->kind);
	const struct location *at = grant->outside ? NULL : &grant->at;
	int r;

	if (l->options->strict_users && !grant->ended)
		return diag_error(l->diag, at, "there is no %s '%s' on this system", kind,
				  grant->name);
	diag_warning(l->diag, at, "there is no %s '%s' on this system", kind, grant->name);
	r = find_holder(l, SUBJECT_GROUP, 0, grant->name, &grant->holder);
	return r ? r : give(l, grant->holder, grant);
}

static const struct compile_resolver *resolver(const struct lowering *l)
{
	return l->options->resolver ? l->options->resolver : &accounts;
}

static int grant_user(struct lowering *l, struct grant *grant)
{
	uint32_t uid = grant->id;
	int r = 0;

	if (!grant->numeric)
		r = resolver(l)->user(resolver(l)->data, grant->name, &uid);
	if (r)
		return r < 0 ? r : unknown(l, grant);
	r = find_holder(l, SUBJECT_USER, uid, grant->name, &grant->holder);
	return r ? r : give(l, grant->holder, grant);
}

static int grant_group(struct lowering *l, struct grant *grant)
{
	_cleanup_free_ uint32_t *uids = NULL;
	size_t count = 0, holder;
	int r;

	r = resolver(l)->group(resolver(l)->data, grant->name, grant->numeric ? &grant->id : NULL,
			       &uids, &count);
	if (r)
		return r < 0 ? r : unknown(l, grant);
	for (size_t i = 0; i < count && !r; i++) {
		r = find_holder(l, SUBJECT_USER, uids[i], NULL, &holder);
		if (!r)
			r = give(l, holder, grant);
	}
	if (!r)
		r = find_holder(l, SUBJECT_GROUP, 0, grant->name, &grant->holder);
	return r ? r : give(l, grant->holder, grant);
}

/* Programs are patterns: what a task without a role enters stands in the label. */
static int grant_program(struct lowering *l, struct grant *grant)
{
	struct pattern_use use = { .kind = USE_EXE, .number = PATTERN_NO_ROLE };
	struct pattern_mistake wrong;
	int r;

	if (pattern_check(grant->name, &wrong))
		return diag_error(l->diag, grant->outside ? NULL : &grant->at,
				  "exe:%s: bad pattern: %s", grant->name, wrong.text);
	r = find_holder(l, SUBJECT_EXE, 0, grant->name, &grant->holder);
	if (!r)
		r = give(l, grant->holder, grant);
	if (r || (grant->role.kind == ROLE_UNCONFINED && !grant->ended))
		return r;
	if (!grant->ended && grant->role.kind == ROLE_NAMED)
		use.number = grant->role.role->index;
	return patterns_add(&l->patterns, grant->name, &grant->at, &use);
}

static int resolve(struct lowering *l, struct grant *grant)
{
	int r;

	switch (grant->kind) {
	case SUBJECT_USER:
		return grant_user(l, grant);
	case SUBJECT_GROUP:
		return grant_group(l, grant);
	case SUBJECT_EXE:
		return grant_program(l, grant);
	case SUBJECT_UNIT:
		break;
	}
	r = find_holder(l, SUBJECT_UNIT, 0, grant->name, &grant->holder);
	return r ? r : give(l, grant->holder, grant);
}

static int add_grant(struct lowering *l, const struct grant *grant)
{
	struct holders *h = &l->holders;
	int r = array_grow(&h->grants, h->grant_count, &h->grant_capacity, sizeof(*h->grants));

	if (r < 0)
		return r;
	h->grants[h->grant_count] = *grant;
	return resolve(l, &h->grants[h->grant_count++]);
}

static const char *role_name(const struct role_ref *role)
{
	return role->kind == ROLE_NAMED ? role->role->name :
	       role->kind == ROLE_NONE ? "none" : "unconfined";
}

/* Was this assignment of the policy taken back from outside? */
static bool is_dropped(const struct lowering *l, const struct grant *grant)
{
	for (size_t i = 0; i < l->options->dropped_count; i++) {
		const struct compile_assignment *d = &l->options->dropped[i];
		struct subject_mistake mistake;
		struct subject subject;

		if (!subject_parse(d->subject, &subject, &mistake) &&
		    subject.kind == grant->kind && !strcmp(subject.name, grant->name) &&
		    (!d->role || !strcmp(d->role, role_name(&grant->role))))
			return true;
	}
	return false;
}

static int collect_policy(struct lowering *l)
{
	int r = 0, mistakes = 0;

	for (size_t i = 0; i < l->policy->assignment_count && r >= 0; i++) {
		const struct assignment *a = &l->policy->assignments[i];
		struct grant grant = {
			.at = a->at, .kind = a->kind, .numeric = a->numeric, .id = a->id,
			.name = a->name, .role = a->role,
			.until = a->expires ? (uint64_t)a->until : 0,
		};

		grant.ended = (grant.until && grant.until <= l->options->created) ||
			      is_dropped(l, &grant);
		r = add_grant(l, &grant);
		mistakes |= r > 0;
	}
	return r < 0 ? r : mistakes;
}

static int report_role(struct lowering *l, const char *subject, const char *role)
{
	struct suggest suggest;
	size_t i;

	suggest_init(&suggest, role);
	for (i = 0; i < l->policy->role_count; i++)
		suggest_offer(&suggest, l->policy->roles[i]->name);
	diag_error(l->diag, NULL, "'%s' is assigned role '%s', which this policy does not have",
		   subject, role);
	if (suggest.best)
		diag_note(l->diag, NULL, "did you mean '%s'?", suggest.best);
	return 1;
}

/* @role NULL: the subject lost its role. */
static int collect_outside(struct lowering *l, const char *text, const char *role, int64_t until)
{
	struct grant grant = { .outside = true, .until = until > 0 ? (uint64_t)until : 0 };
	struct subject_mistake mistake;
	struct subject subject;

	if (subject_parse(text, &subject, &mistake))
		return diag_error(l->diag, NULL, "'%s' is no subject: %s", text, mistake.text);
	grant.kind = subject.kind;
	grant.numeric = subject.numeric;
	grant.id = subject.id;
	grant.name = arena_text(l->arena, subject.name, strlen(subject.name));
	if (!grant.name)
		return -ENOMEM;
	grant.ended = !role || (grant.until && grant.until <= l->options->created);
	grant.role.kind = !role || !strcmp(role, "none") ? ROLE_NONE :
			  !strcmp(role, "unconfined") ? ROLE_UNCONFINED : ROLE_NAMED;
	if (grant.role.kind == ROLE_NAMED)
		grant.role.role = policy_find_role(l->policy, role);
	if (grant.role.kind == ROLE_NAMED && !grant.role.role)
		return report_role(l, text, role);
	return add_grant(l, &grant);
}

int holders_collect(struct lowering *l)
{
	const struct compile_options *o = l->options;
	int r = collect_policy(l), mistakes = r > 0;

	for (size_t i = 0; i < o->extra_count && r >= 0; i++) {
		r = collect_outside(l, o->extra[i].subject, o->extra[i].role ? o->extra[i].role :
				    "none", o->extra[i].until);
		mistakes |= r > 0;
	}
	for (size_t i = 0; i < o->revoked_count && r >= 0; i++) {
		r = collect_outside(l, o->revoked[i], NULL, 0);
		mistakes |= r > 0;
	}
	return r < 0 ? r : mistakes;
}

int holders_find_rows(struct lowering *l)
{
	int r = 0;

	for (size_t i = 0; i < l->holders.count && !r; i++) {
		struct holder *h = &l->holders.list[i];

		r = rows_find(&l->rows, &h->roles, h->free && !h->confined ?
			      BAILIWICK_ROW_UNCONFINED : BAILIWICK_ROW_NONE, &h->row);
	}
	if (r == -E2BIG)
		return diag_error(l->diag, NULL, "more sets of roles that are held together than "
				  "rows (BAILIWICK_ROWS_MAX, %d)", BAILIWICK_ROWS_MAX);
	return r;
}

static uint32_t kind_number(enum subject_kind kind)
{
	static const uint32_t number[] = {
		[SUBJECT_USER] = BAILIWICK_SUBJECT_USER,
		[SUBJECT_GROUP] = BAILIWICK_SUBJECT_GROUP,
		[SUBJECT_UNIT] = BAILIWICK_SUBJECT_UNIT,
		[SUBJECT_EXE] = BAILIWICK_SUBJECT_EXE,
	};

	return number[kind];
}

static int write_subjects(struct lowering *l)
{
	int r = 0;

	for (size_t i = 0; i < l->holders.grant_count && !r; i++) {
		const struct grant *grant = &l->holders.grants[i];
		struct bailiwick_subject record = {
			.kind = kind_number(grant->kind),
			.name = image_writer_string(&l->writer, grant->name),
			.role = image_writer_string(&l->writer, grant->ended ? "none" :
						    role_name(&grant->role)),
			.row = l->holders.list[grant->holder].row,
			.until = grant->until,
		};

		r = image_writer_add(&l->writer, BAILIWICK_SECTION_SUBJECT, &record,
				     sizeof(record));
	}
	return r;
}

static struct bailiwick_binding bind(struct lowering *l, uint32_t kind, uint64_t id, uint32_t row,
				     const char *name)
{
	return (struct bailiwick_binding){
		.kind = kind,
		.row = row,
		.id = id,
		.name = image_writer_string(&l->writer, name),
		.name_size = name ? (uint32_t)strlen(name) : 0,
	};
}

/* Bindings of all holders that the kernel looks up, and of every row a task may enter. */
static size_t list_bindings(struct lowering *l, struct bailiwick_binding *list)
{
	size_t count = 0;

	for (size_t i = 0; i < l->holders.count; i++) {
		const struct holder *h = &l->holders.list[i];

		if (h->kind == SUBJECT_USER)
			list[count] = bind(l, BAILIWICK_SUBJECT_USER, h->id, h->row, h->name);
		else if (h->kind == SUBJECT_UNIT)
			list[count] = bind(l, BAILIWICK_SUBJECT_UNIT,
					   hash64(h->name, strlen(h->name)), h->row, h->name);
		else
			continue;
		list[count++].until = h->until;
	}
	for (uint32_t row = BAILIWICK_ROW_NONE; row < l->rows.count; row++) {
		const char *name = l->rows.rows[row].name;

		list[count++] = bind(l, BAILIWICK_SUBJECT_ROLE, hash64(name, strlen(name)), row,
				     name);
	}
	return count;
}

int holders_write(struct lowering *l)
{
	size_t most = l->holders.count + l->rows.count, count;
	_cleanup_free_ struct bailiwick_binding *list = calloc(most, sizeof(*list));
	_cleanup_free_ struct bailiwick_binding *table = NULL;
	_cleanup_free_ uint32_t *home = calloc(most, sizeof(*home));
	_cleanup_free_ uint32_t *slot = calloc(most, sizeof(*slot));
	uint32_t slots;
	int r;

	if (!list || !home || !slot)
		return -ENOMEM;
	count = list_bindings(l, list);
	for (size_t i = 0; i < count; i++)
		home[i] = bailiwick_hash(list[i].kind, list[i].id);
	r = table_place(home, count, slot, &slots);
	if (r == -E2BIG)
		return diag_error(l->diag, NULL, "more subjects than an image can bind");
	table = calloc(slots, sizeof(*table));
	if (r < 0 || !table)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		table[slot[i]] = list[i];
	r = image_writer_add(&l->writer, BAILIWICK_SECTION_BINDING, table, slots * sizeof(*table));
	return r ? r : write_subjects(l);
}
