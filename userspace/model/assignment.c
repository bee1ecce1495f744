// SPDX-License-Identifier: Apache-2.0
/* Assignments and defaults: who holds which role */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/strmap.h"
#include "base/timestamp.h"
#include "model/build.h"
#include "model/expect.h"
#include "model/subject.h"

/* A default may be said once in a whole set */
static int take_default(struct build *build, struct role_ref *ref, const struct node *node)
{
	int r;

	if (ref->at.source) {
		r = mistake(build, node, "this default is set twice");
		diag_note(build->diag, &ref->at, "first set here");
		return r;
	}
	return build_role_ref(build, node, ref);
}

static int take_users(struct build *build, void *unused, const struct node *node)
{
	(void)unused;
	return take_default(build, &build->policy->default_users, node);
}

static int take_units(struct build *build, void *unused, const struct node *node)
{
	(void)unused;
	return take_default(build, &build->policy->default_units, node);
}

int build_defaults(struct build *build)
{
	static const struct key keys[] = {
		{ "users", take_users },
		{ "units", take_units },
	};
	const struct node *node;
	size_t i;
	int r = 0;

	for (i = 0; i < build->doc_count && !r; i++) {
		build->doc = build->docs[i];
		node = find_value(&build->doc->root, "defaults");
		if (node && node->kind != NODE_NULL)
			r = expect_mapping(build, node, "'defaults'", keys,
					   sizeof(keys) / sizeof(keys[0]), NULL);
	}
	return r;
}

static int take_subject(struct build *build, void *thing, const struct node *node)
{
	const char *text = expect_text(build, node, "a subject");
	struct assignment *assignment = thing;
	struct subject_mistake wrong;
	struct subject subject;
	int r;

	if (!text)
		return 0;
	assignment->at = place(build, node);
	if (subject_parse(text, &subject, &wrong)) {
		r = mistake(build, node, "bad subject '%s': %s", text, wrong.text);
		did_you_mean(build, wrong.meant[0] ? wrong.meant : NULL);
		return r;
	}
	assignment->kind = subject.kind;
	assignment->numeric = subject.numeric;
	assignment->id = subject.id;
	assignment->name = arena_text(build->arena, subject.name, strlen(subject.name));
	if (!assignment->name)
		return -ENOMEM;
	if (subject.kind != SUBJECT_EXE)
		return 0;
	return build_pattern(build, node, (size_t)(subject.name - text), &assignment->program);
}

static int take_role(struct build *build, void *thing, const struct node *node)
{
	struct assignment *assignment = thing;

	return build_role_ref(build, node, &assignment->role);
}

static int take_until(struct build *build, void *thing, const struct node *node)
{
	const char *text = expect_text(build, node, "'until'");
	struct assignment *assignment = thing;
	struct location at;
	int r;

	if (!text)
		return 0;
	if (timestamp_parse(text, &assignment->until) < 0) {
		r = mistake(build, node, "'%s' is not a date with time and zone", text);
		diag_note(build->diag, NULL, "write it like 2026-12-31T18:00:00Z or "
			  "2026-12-31T18:00:00+01:00");
		return r;
	}
	assignment->expires = true;
	if (assignment->until <= (int64_t)time(NULL)) {
		at = place(build, node);
		diag_warning(build->diag, &at, "this assignment has ended already");
	}
	return 0;
}

static int take_assignment(struct build *build, const struct node *node,
			   struct assignment *assignment)
{
	static const struct key keys[] = {
		{ "subject", take_subject },
		{ "role", take_role },
		{ "until", take_until },
	};
	size_t errors = diag_errors(build->diag);
	int r;

	r = expect_mapping(build, node, "an assignment", keys, sizeof(keys) / sizeof(keys[0]),
			   assignment);
	if (r || !still_clean(build, errors))
		return r;
	if (!find_value(node, "subject"))
		r = mistake(build, node, "an assignment has a 'subject'");
	if (!r && !find_value(node, "role"))
		r = mistake(build, node, "an assignment has a 'role'");
	return r;
}

/* The list of assignments of a document; NULL when there is none */
static const struct node *assignments_of(const struct doc *doc)
{
	const struct node *node = find_value(&doc->root, "assignments");

	return node && node->kind != NODE_NULL ? node : NULL;
}

static int take_all(struct build *build)
{
	struct policy *policy = build->policy;
	size_t i, j;
	int r = 0;

	for (i = 0; i < build->doc_count && !r; i++) {
		const struct node *node = assignments_of(build->docs[i]);
		struct elements list;

		if (!node)
			continue;
		build->doc = build->docs[i];
		list = expect_list(build, node, "'assignments'");
		for (j = 0; j < list.count && !r; j++) {
			if (policy->assignment_count == ASSIGNMENTS_MAX)
				return mistake(build, &list.items[j], "more than %d assignments "
					       "(ASSIGNMENTS_MAX)", ASSIGNMENTS_MAX);
			r = take_assignment(build, &list.items[j],
					    &policy->assignments[policy->assignment_count++]);
		}
	}
	return r;
}

/* What two assignments of one subject cannot both say */
static bool compare_two(struct build *build, const struct assignment *one,
			const struct assignment *other)
{
	if (one->role.kind == other->role.kind && one->role.role == other->role.role) {
		diag_error(build->diag, &one->at, "'%s:%s' has this role already",
			   subject_kind_name(one->kind), one->name);
		diag_note(build->diag, &other->at, "first assigned here");
		return false;
	}
	if (one->role.kind == ROLE_UNCONFINED || other->role.kind == ROLE_UNCONFINED) {
		diag_error(build->diag, &one->at, "'%s:%s' is unconfined and has a role: "
			   "it can only be one of them",
			   subject_kind_name(one->kind), one->name);
		diag_note(build->diag, &other->at, "also assigned here");
		return false;
	}
	return true;
}

/*
 * Compare each assignment with the others of its subject. @next chains them;
 * duplicates stay out of the chain, so it is never longer than there are roles.
 */
static int compare_all(struct build *build, size_t *next, struct strmap *seen)
{
	struct assignment *list = build->policy->assignments, *first;
	size_t i, at;
	char *key;

	for (i = 0; i < build->policy->assignment_count; i++) {
		bool fine = true;

		if (!list[i].name || !list[i].role.at.source ||
		    (list[i].role.kind == ROLE_NAMED && !list[i].role.role))
			continue;
		key = arena_alloc(build->arena, strlen(list[i].name) + 16);
		if (!key)
			return -ENOMEM;
		sprintf(key, "%s:%s", subject_kind_name(list[i].kind), list[i].name);
		first = strmap_put(seen, key, &list[i]);
		if ((void *)first == seen)
			return -ENOMEM;
		if (!first)
			continue;
		for (at = (size_t)(first - list); fine; at = next[at] - 1) {
			fine = compare_two(build, &list[i], &list[at]);
			if (!next[at])
				break;
		}
		if (fine)
			next[at] = i + 1;
	}
	return 0;
}

int build_assignments(struct build *build)
{
	struct policy *policy = build->policy;
	_cleanup_(strmap_done) struct strmap seen = { 0 };
	_cleanup_free_ size_t *next = NULL;
	size_t count = 0, i;
	int r;

	for (i = 0; i < build->doc_count; i++) {
		const struct node *node = assignments_of(build->docs[i]);

		count += node && node->kind == NODE_LIST ? node->count : 0;
	}
	policy->assignments = arena_array(build->arena, count, sizeof(*policy->assignments));
	next = calloc(count + 1, sizeof(*next));
	if (!policy->assignments || !next)
		return -ENOMEM;
	r = take_all(build);
	return r ? r : compare_all(build, next, &seen);
}
