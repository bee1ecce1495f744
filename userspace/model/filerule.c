// SPDX-License-Identifier: Apache-2.0
/* The file rules of a role */
#include <bailiwick/vocab.h>
#include <errno.h>
#include <string.h>

#include "base/suggest.h"
#include "model/build.h"
#include "model/expect.h"

static int take_rights(struct build *build, struct file_rule *rule, const struct node *node)
{
	uint64_t mask = 0;
	int r;

	if (!expect_nonempty(build, node, expect_elements(node), rule->deny ? "'deny'" : "'allow'"))
		return 0;
	r = expect_mask(build, node, &vocabulary_rights, 0, &mask);
	rule->rights = (uint32_t)mask;
	if (!rule->deny && (rule->rights & BAILIWICK_RIGHT_READ))
		rule->rights |= BAILIWICK_RIGHT_STAT | BAILIWICK_RIGHT_LOCK;
	return r;
}

static int take_allow(struct build *build, void *thing, const struct node *node)
{
	return take_rights(build, thing, node);
}

static int take_deny(struct build *build, void *thing, const struct node *node)
{
	struct file_rule *rule = thing;

	rule->deny = true;
	return take_rights(build, rule, node);
}

/* A word in `on:` that is neither a path nor a class */
static int report_target(struct build *build, const struct node *node)
{
	struct suggest suggest;
	size_t i;
	int r;

	if (strpbrk(node->text, "/*?{[") || node->text[0] == '~') {
		r = mistake(build, node, "'%s' is neither a class nor an absolute path pattern",
			    node->text);
		diag_note(build->diag, NULL, "a pattern starts with '/'");
		return r;
	}
	r = mistake(build, node, "unknown class '%s'", node->text);
	suggest_init(&suggest, node->text);
	for (i = 0; i < build->classes.count && diag_keeps(build->diag); i++)
		suggest_offer(&suggest, build->classes.list[i]->name);
	did_you_mean(build, suggest.best);
	return r;
}

static int take_target(struct build *build, const struct node *node, struct target *target)
{
	const char *text = expect_text(build, node, "an element of 'on'");
	struct pattern *pattern;
	struct draft *draft;
	int r;

	if (!text)
		return 0;
	target->at = place(build, node);
	if (text[0] != '/' && text[0] != '@') {
		draft = strmap_get(&build->classes.by_name, text);
		if (!draft)
			return report_target(build, node);
		target->class = draft->thing;
		return 0;
	}
	pattern = arena_alloc(build->arena, sizeof(*pattern));
	if (!pattern)
		return -ENOMEM;
	r = build_object_pattern(build, node, pattern);
	if (pattern->text)
		target->pattern = pattern;
	return r;
}

static int take_on(struct build *build, void *thing, const struct node *node)
{
	struct elements elements = expect_elements(node);
	struct file_rule *rule = thing;
	size_t i;
	int r = 0;

	if (!expect_nonempty(build, node, elements, "'on'"))
		return 0;
	rule->on = arena_array(build->arena, elements.count, sizeof(*rule->on));
	if (!rule->on)
		return -ENOMEM;
	rule->on_count = elements.count;
	for (i = 0; i < elements.count && !r; i++)
		r = take_target(build, &elements.items[i], &rule->on[i]);
	return r;
}

static int take_severity(struct build *build, void *thing, const struct node *node)
{
	const struct word *word = expect_word(build, node, &vocabulary_severities);
	struct file_rule *rule = thing;

	if (!word)
		return 0;
	rule->severity_given = true;
	rule->severity = (uint8_t)word->value;
	return 0;
}

static int take_message(struct build *build, void *thing, const struct node *node)
{
	struct file_rule *rule = thing;

	return expect_copy(build, node, "'message'", MESSAGE_LENGTH_MAX, "MESSAGE_LENGTH_MAX",
			   &rule->message);
}

static int take_reason(struct build *build, void *thing, const struct node *node)
{
	struct file_rule *rule = thing;

	return expect_copy(build, node, "'reason'", REASON_LENGTH_MAX, "REASON_LENGTH_MAX",
			   &rule->reason);
}

/* Exactly one of allow and deny, and something they are about */
static int check_whole(struct build *build, const struct node *node, struct file_rule *rule)
{
	const struct node *allow = find_value(node, "allow"), *deny = find_value(node, "deny");
	int r = 0;

	if (allow && deny)
		r = mistake(build, deny - 1, "a rule either allows or denies");
	else if (!allow && !deny)
		r = mistake(build, node, "a file rule has 'allow' or 'deny'");
	else
		rule->at = place(build, (allow ? allow : deny) - 1);
	if (!r && !find_value(node, "on")) {
		r = mistake(build, node, "a file rule says on what");
		diag_note(build->diag, NULL, "add 'on' with patterns or names of classes");
	}
	return r;
}

static int take_rule(struct build *build, const struct node *node, struct file_rule *rule)
{
	static const struct key keys[] = {
		{ "allow", take_allow },
		{ "deny", take_deny },
		{ "on", take_on },
		{ "severity", take_severity },
		{ "message", take_message },
		{ "reason", take_reason },
	};
	size_t errors = diag_errors(build->diag);
	int r;

	if (build->rule_count++ == RULES_MAX)
		return mistake(build, node, "more than %d file rules in a policy (RULES_MAX)",
			       RULES_MAX);
	r = expect_mapping(build, node, "a file rule", keys, sizeof(keys) / sizeof(keys[0]), rule);
	/* What seems to be missing may be there with a typing error */
	if (r || !still_clean(build, errors))
		return r;
	return check_whole(build, node, rule);
}

int take_files(struct build *build, void *role_draft, const struct node *node)
{
	struct elements elements = expect_list(build, node, "'files'");
	struct role_draft *draft = role_draft;
	size_t i;
	int r = 0;

	draft->files = arena_array(build->arena, elements.count, sizeof(*draft->files));
	if (!draft->files)
		return -ENOMEM;
	draft->file_count = elements.count;
	for (i = 0; i < elements.count && !r; i++) {
		draft->files[i].origin = draft->role;
		r = take_rule(build, &elements.items[i], &draft->files[i]);
	}
	return r;
}
