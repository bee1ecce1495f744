// SPDX-License-Identifier: Apache-2.0
/* Includes: roles with everything they include folded in */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "model/build.h"
#include "model/expect.h"

/* What a role may open when nobody says anything about families */
#define DEFAULT_FAMILIES ((UINT64_C(1) << AF_UNIX) | (UINT64_C(1) << AF_INET) | \
			  (UINT64_C(1) << AF_INET6))

/* Notes that show the links of a cycle; longer ones show its beginning */
#define CYCLE_NOTES_MAX 6

enum visit_state {
	UNSEEN,
	ON_PATH,	/* being followed: meeting it again is a cycle */
	DONE,
};

/**
 * struct walk - the roles reached from one role, each once
 * @list:	in the order they are folded in, the role itself first
 */
struct walk {
	struct role_draft **list;
	size_t count;
	uint32_t stamp;
};

static void report_cycle(struct build *build, const struct inclusion **path, size_t depth,
			 const struct role *again)
{
	_cleanup_(buffer_done) struct buffer text = { 0 };
	size_t start = depth - 1, i;

	/* Back to where the path first came to this role */
	while (start > 0 && path[start - 1]->role != again)
		start--;
	buffer_append_text(&text, again->name);
	for (i = start; i < depth && i < start + CYCLE_NOTES_MAX; i++)
		buffer_printf(&text, " -> %s", path[i]->role->name);
	if (i < depth)
		buffer_printf(&text, " -> ... -> %s", path[depth - 1]->role->name);
	diag_error(build->diag, &path[depth - 1]->at, "role '%s' includes itself: %s",
		   again->name, text.failed ? "" : text.data);
	for (i = start; i + 1 < depth && i < start + CYCLE_NOTES_MAX; i++)
		diag_note(build->diag, &path[i]->at, "'%s' is included here",
			  path[i]->role->name);
}

/*
 * Follow the includes of one role. Not recursive: a chain may be as long as
 * there are roles. @next remembers, per role on the path, which include is next.
 */
static void follow(struct build *build, uint32_t first, const struct inclusion **path,
		   uint32_t *stack, size_t *next)
{
	struct role_draft *drafts = build->role_drafts;
	size_t depth = 1;

	stack[0] = first;
	next[0] = 0;
	drafts[first].state = ON_PATH;
	while (depth) {
		const struct role *role = drafts[stack[depth - 1]].role;
		const struct inclusion *inclusion;
		struct role_draft *target;

		if (next[depth - 1] == role->include_count) {
			drafts[role->index].state = DONE;
			depth--;
			continue;
		}
		inclusion = &role->includes[next[depth - 1]++];
		target = &drafts[inclusion->role->index];
		path[depth - 1] = inclusion;
		if (target->state == ON_PATH) {
			report_cycle(build, path, depth, inclusion->role);
		} else if (target->state == UNSEEN) {
			target->state = ON_PATH;
			stack[depth] = inclusion->role->index;
			next[depth] = 0;
			depth++;
		}
	}
}

static int find_cycles(struct build *build)
{
	size_t count = build->policy->role_count, i;
	_cleanup_free_ const struct inclusion **path = calloc(count + 1, sizeof(*path));
	_cleanup_free_ uint32_t *stack = calloc(count + 1, sizeof(*stack));
	_cleanup_free_ size_t *next = calloc(count + 1, sizeof(*next));

	if (!path || !stack || !next)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		if (build->role_drafts[i].state == UNSEEN)
			follow(build, (uint32_t)i, path, stack, next);
	return 0;
}

/* All roles reached from @draft, depth first, the role itself first; no cycles are left */
static void reach(struct build *build, struct walk *walk, struct role_draft *draft,
		  uint32_t *stack)
{
	size_t depth = 0, i;

	walk->count = 0;
	walk->stamp++;
	stack[depth++] = draft->role->index;
	draft->visit = walk->stamp;
	while (depth) {
		struct role_draft *here = &build->role_drafts[stack[--depth]];

		walk->list[walk->count++] = here;
		/* The last pushed comes first, so push them backwards */
		for (i = here->role->include_count; i > 0; i--) {
			uint32_t index = here->role->includes[i - 1].role->index;

			if (build->role_drafts[index].visit == walk->stamp)
				continue;
			build->role_drafts[index].visit = walk->stamp;
			stack[depth++] = index;
		}
	}
}

static int fold_rules(struct build *build, struct role *role, const struct walk *walk)
{
	size_t files = 0, network = 0, i, j;

	for (i = 0; i < walk->count; i++) {
		files += walk->list[i]->file_count;
		network += walk->list[i]->network_count;
	}
	build->flat_count += files;
	if (files > ROLE_RULES_MAX || build->flat_count > FLAT_RULES_MAX) {
		diag_error(build->diag, &role->at, "the includes give role '%s' %zu file rules; "
			   "at most %d (ROLE_RULES_MAX), %d over all roles (FLAT_RULES_MAX)",
			   role->name, files, ROLE_RULES_MAX, FLAT_RULES_MAX);
		return 0;
	}
	role->files = arena_array(build->arena, files, sizeof(struct file_rule *));
	role->network = arena_array(build->arena, network, sizeof(struct network_rule *));
	if (!role->files || !role->network)
		return -ENOMEM;
	for (i = 0; i < walk->count; i++) {
		for (j = 0; j < walk->list[i]->file_count; j++)
			role->files[role->file_count++] = &walk->list[i]->files[j];
		for (j = 0; j < walk->list[i]->network_count; j++)
			role->network[role->network_count++] = &walk->list[i]->network[j];
	}
	return 0;
}

static bool same_role(const struct role_ref *a, const struct role_ref *b)
{
	return a->kind == b->kind && a->role == b->role;
}

/* The role's own transition wins; two roles it includes must agree */
static int add_transition(struct build *build, struct role *role, struct strmap *seen,
			  struct transition *transition)
{
	struct transition *other;

	if (!transition->program.text)
		return 0;
	other = strmap_put(seen, transition->program.text, transition);
	if ((void *)other == seen)
		return -ENOMEM;
	if (!other) {
		role->exec[role->exec_count++] = transition;
		return 0;
	}
	if (other->origin == role || same_role(&other->to, &transition->to))
		return 0;
	diag_error(build->diag, &role->at, "roles that '%s' includes disagree on where '%s' leads",
		   role->name, transition->program.text);
	diag_note(build->diag, &other->to.at, "what '%s' says", other->origin->name);
	diag_note(build->diag, &transition->to.at, "what '%s' says", transition->origin->name);
	diag_note(build->diag, NULL, "say it in '%s' itself", role->name);
	return 0;
}

static int fold_exec(struct build *build, struct role *role, const struct walk *walk)
{
	_cleanup_(strmap_done) struct strmap seen = { 0 };
	size_t count = 0, i, j;
	int r = 0;

	for (i = 0; i < walk->count; i++)
		count += walk->list[i]->exec_count;
	role->exec = arena_array(build->arena, count, sizeof(struct transition *));
	if (!role->exec)
		return -ENOMEM;
	for (i = 0; i < walk->count; i++)
		for (j = 0; j < walk->list[i]->exec_count && !r; j++)
			r = add_transition(build, role, &seen, &walk->list[i]->exec[j]);
	return r;
}

/* Rules about IP traffic that no socket could ever be opened for */
static void check_families(struct build *build, const struct role *role)
{
	uint64_t ip = (UINT64_C(1) << AF_INET) | (UINT64_C(1) << AF_INET6);

	if (!role->network_count || (role->families & ip))
		return;
	diag_warning(build->diag, &role->network[0]->at, "role '%s' has network rules but neither "
		     "inet nor inet6 among its families", role->name);
}

static int fold(struct build *build, struct role *role, const struct walk *walk)
{
	bool stated = false;
	size_t i;
	int r;

	for (i = 0; i < walk->count; i++) {
		const struct role_draft *draft = walk->list[i];

		stated = stated || draft->stated_families;
		role->families |= draft->families;
		role->capabilities |= draft->capabilities;
		role->privileges |= draft->privileges;
	}
	if (!stated)
		role->families = DEFAULT_FAMILIES;
	r = fold_rules(build, role, walk);
	if (!r)
		r = fold_exec(build, role, walk);
	if (!r)
		check_families(build, role);
	return r;
}

int resolve_includes(struct build *build)
{
	size_t count = build->policy->role_count, i;
	_cleanup_free_ struct role_draft **list = calloc(count + 1, sizeof(struct role_draft *));
	_cleanup_free_ uint32_t *stack = calloc(count + 1, sizeof(*stack));
	struct walk walk = { .list = list };
	int r;

	if (!list || !stack)
		return -ENOMEM;
	r = find_cycles(build);
	/* Folding what has mistakes would only repeat them */
	if (r < 0 || diag_errors(build->diag) != build->errors_before)
		return r;
	for (i = 0; i < count && !r; i++) {
		reach(build, &walk, &build->role_drafts[i], stack);
		r = fold(build, build->policy->roles[i], &walk);
	}
	return r;
}
