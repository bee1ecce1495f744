// SPDX-License-Identifier: Apache-2.0
/* Roles: what they say themselves */
#include <bailiwick/vocab.h>
#include <errno.h>
#include <string.h>

#include "base/suggest.h"
#include "model/build.h"
#include "model/expect.h"

static void suggest_role(struct build *build, const char *text, bool built_in)
{
	struct suggest suggest;
	size_t i;

	suggest_init(&suggest, text);
	for (i = 0; i < build->roles.count && diag_keeps(build->diag); i++)
		suggest_offer(&suggest, build->roles.list[i]->name);
	if (built_in) {
		suggest_offer(&suggest, "unconfined");
		suggest_offer(&suggest, "none");
	}
	did_you_mean(build, suggest.best);
}

int build_role_ref(struct build *build, const struct node *node, struct role_ref *ret)
{
	const char *text = expect_text(build, node, "a role");
	struct draft *draft;
	int r;

	if (!text)
		return 0;
	ret->at = place(build, node);
	ret->kind = ROLE_NAMED;
	if (!strcmp(text, "unconfined")) {
		ret->kind = ROLE_UNCONFINED;
		return 0;
	}
	if (!strcmp(text, "none")) {
		ret->kind = ROLE_NONE;
		return 0;
	}
	if (!strcmp(text, "canary"))
		return mistake(build, node, "'canary' is a role of Bailiwick's own");
	draft = strmap_get(&build->roles.by_name, text);
	if (!draft) {
		r = mistake(build, node, "unknown role '%s'", text);
		suggest_role(build, text, true);
		return r;
	}
	ret->role = draft->thing;
	return 0;
}

static int take_mode(struct build *build, void *thing, const struct node *node)
{
	const struct word *word = expect_word(build, node, &vocabulary_modes);
	struct role_draft *draft = thing;

	if (word)
		draft->role->mode = (uint8_t)word->value;
	return 0;
}

static int take_inclusion(struct build *build, struct role *role, const struct node *node)
{
	const char *text = expect_text(build, node, "an element of 'include'");
	struct draft *draft;
	size_t i;
	int r;

	if (!text)
		return 0;
	draft = strmap_get(&build->roles.by_name, text);
	if (!draft) {
		if (!strcmp(text, "none") || !strcmp(text, "unconfined") ||
		    !strcmp(text, "canary"))
			return mistake(build, node, "'%s' holds no rules to include", text);
		r = mistake(build, node, "unknown role '%s'", text);
		suggest_role(build, text, false);
		return r;
	}
	for (i = 0; i < role->include_count; i++) {
		if (role->includes[i].role != draft->thing)
			continue;
		r = mistake(build, node, "'%s' is included twice", text);
		diag_note(build->diag, &role->includes[i].at, "first included here");
		return r;
	}
	role->includes[role->include_count++] = (struct inclusion){
		.at = place(build, node), .role = draft->thing,
	};
	return 0;
}

static int take_include(struct build *build, void *thing, const struct node *node)
{
	struct elements elements = expect_elements(node);
	struct role_draft *draft = thing;
	size_t i;
	int r = 0;

	if (elements.count > INCLUDES_MAX)
		return mistake(build, node, "a role includes at most %d roles (INCLUDES_MAX)",
			       INCLUDES_MAX);
	draft->role->includes = arena_array(build->arena, elements.count,
					    sizeof(*draft->role->includes));
	if (!draft->role->includes)
		return -ENOMEM;
	for (i = 0; i < elements.count && !r; i++)
		r = take_inclusion(build, draft->role, &elements.items[i]);
	return r;
}

static int take_families(struct build *build, void *thing, const struct node *node)
{
	struct role_draft *draft = thing;

	draft->stated_families = true;
	return expect_mask(build, node, &vocabulary_families, 0, &draft->families);
}

static int take_capabilities(struct build *build, void *thing, const struct node *node)
{
	struct role_draft *draft = thing;
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < vocabulary_capabilities.count; i++)
		all |= UINT64_C(1) << vocabulary_capabilities.words[i].value;
	return expect_mask(build, node, &vocabulary_capabilities, all, &draft->capabilities);
}

static int take_privileges(struct build *build, void *thing, const struct node *node)
{
	struct role_draft *draft = thing;

	return expect_mask(build, node, &vocabulary_privileges, 0, &draft->privileges);
}

static int take_descriptors(struct build *build, void *thing, const struct node *node)
{
	const char *text = expect_text(build, node, "'descriptors'");
	struct role_draft *draft = thing;
	struct suggest suggest;
	int r;

	if (!text)
		return 0;
	draft->role->descriptors_trusted = !strcmp(text, "trust");
	if (!strcmp(text, "trust") || !strcmp(text, "check"))
		return 0;
	r = mistake(build, node, "'descriptors' is check or trust, this is '%s'", text);
	suggest_init(&suggest, text);
	suggest_offer(&suggest, "check");
	suggest_offer(&suggest, "trust");
	did_you_mean(build, suggest.best);
	return r;
}

/* How many sign an image that gives the role and changes nothing else */
static int take_approvals(struct build *build, void *thing, const struct node *node)
{
	const char *text = expect_text(build, node, "'approvals'");
	struct role_draft *draft = thing;

	if (!text)
		return 0;
	draft->role->one_approval = !strcmp(text, "1");
	if (!strcmp(text, "1") || !strcmp(text, "2"))
		return 0;
	return mistake(build, node, "'approvals' is 1 or 2, this is '%s'", text);
}

static int take_exec(struct build *build, void *thing, const struct node *node)
{
	struct role_draft *draft = thing;
	size_t i;
	int r = 0;

	if (node->kind != NODE_MAPPING)
		return mistake(build, node, "'exec' is a mapping from a program to a role, "
			       "this is %s", node_kind_name(node));
	draft->exec = arena_array(build->arena, node->count, sizeof(*draft->exec));
	if (!draft->exec)
		return -ENOMEM;
	for (i = 0; i < node->count && !r; i++) {
		const struct node *key = &node->items[2 * i], *value = key + 1;
		struct transition *transition = &draft->exec[draft->exec_count++];

		transition->at = place(build, key);
		transition->origin = draft->role;
		r = build_pattern(build, key, 0, &transition->program);
		if (!r && value->kind == NODE_NULL)
			r = mistake(build, key, "'%s' has no role to change to", key->text);
		else if (!r)
			r = build_role_ref(build, value, &transition->to);
	}
	return r;
}

static int build_role(struct build *build, const struct draft *draft, struct role_draft *mine)
{
	static const struct key keys[] = {
		{ "mode", take_mode },
		{ "include", take_include },
		{ "files", take_files },
		{ "network", take_network },
		{ "families", take_families },
		{ "capabilities", take_capabilities },
		{ "privileges", take_privileges },
		{ "descriptors", take_descriptors },
		{ "approvals", take_approvals },
		{ "exec", take_exec },
		{ "claims", take_claims },
	};

	build->doc = draft->doc;
	mine->role = draft->thing;
	mine->role->at = place(build, draft->key);
	mine->role->name = draft->name;
	mine->role->mode = BAILIWICK_MODE_ENFORCE;
	if (draft->body->kind == NODE_NULL)
		return 0;
	return expect_mapping(build, draft->body, "a role", keys, sizeof(keys) / sizeof(keys[0]),
			      mine);
}

int build_roles(struct build *build)
{
	struct policy *policy = build->policy;
	size_t i;
	int r = 0;

	policy->role_count = build->roles.count;
	policy->roles = arena_array(build->arena, policy->role_count, sizeof(struct role *));
	build->role_drafts = arena_array(build->arena, policy->role_count,
					 sizeof(*build->role_drafts));
	if (!policy->roles || !build->role_drafts)
		return -ENOMEM;
	for (i = 0; i < policy->role_count; i++) {
		policy->roles[i] = build->roles.list[i]->thing;
		policy->roles[i]->index = (uint32_t)i;
	}
	for (i = 0; i < policy->role_count && !r; i++)
		r = build_role(build, build->roles.list[i], &build->role_drafts[i]);
	return r;
}
