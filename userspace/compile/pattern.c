/* SPDX-License-Identifier: Apache-2.0 */
/* Every pattern of a policy once, and what it is used for */
#include "compile/pattern.h"

#include <errno.h>
#include <stdlib.h>

#include "compile/array.h"
#include "compile/lower.h"
#include "compile/own.h"

static const struct location nowhere;

void patterns_done(struct patterns *patterns)
{
	free(patterns->entries);
	free(patterns->uses);
	strmap_done(&patterns->by_text);
	*patterns = (struct patterns){ 0 };
}

static int find(struct patterns *p, const char *text, const struct location *at, uint32_t *ret)
{
	uintptr_t known = (uintptr_t)strmap_get(&p->by_text, text);
	int r;

	if (known) {
		*ret = (uint32_t)known - 1;
		return 0;
	}
	r = array_grow(&p->entries, p->count, &p->capacity, sizeof(*p->entries));
	if (r < 0)
		return r;
	if (strmap_put(&p->by_text, text, (void *)(p->count + 1)))
		return -ENOMEM;
	p->entries[p->count] = (struct pattern_entry){ text, *at, PATTERN_USE_NONE };
	*ret = (uint32_t)p->count++;
	return 0;
}

/* Rules of one role on one pattern are one use: deny beats allow in any order. */
static bool join(struct patterns *p, uint32_t first, const struct pattern_use *use)
{
	struct pattern_use *have;

	if (first == PATTERN_USE_NONE || use->kind != USE_RULE)
		return false;
	have = &p->uses[first];
	if (have->kind != USE_RULE || have->origin != use->origin)
		return false;
	have->allow |= use->allow;
	have->deny |= use->deny;
	if (have->severity == ~0u || (use->severity != ~0u && use->severity > have->severity))
		have->severity = use->severity;
	return true;
}

int patterns_add(struct patterns *patterns, const char *text, const struct location *at,
		 const struct pattern_use *use)
{
	uint32_t entry;
	int r = find(patterns, text, at, &entry);

	if (r < 0 || join(patterns, patterns->entries[entry].first_use, use))
		return r;
	r = array_grow(&patterns->uses, patterns->use_count, &patterns->use_capacity,
		       sizeof(*patterns->uses));
	if (r < 0)
		return r;
	patterns->uses[patterns->use_count] = *use;
	patterns->uses[patterns->use_count].next = patterns->entries[entry].first_use;
	patterns->entries[entry].first_use = (uint32_t)patterns->use_count++;
	return 0;
}

static int add_classes(struct lowering *l)
{
	int r = 0;

	for (uint32_t i = 0; i < l->policy->class_count; i++) {
		const struct class *class = l->policy->classes[i];
		struct pattern_use use = { .kind = USE_CLASS, .number = i };

		for (size_t k = 0; k < class->path_count && !r; k++)
			r = patterns_add(&l->patterns, class->paths[k].text, &class->paths[k].at,
					 &use);
	}
	return r;
}

/* A write may also append, so whoever may not write may not append either. */
static uint32_t with_append(uint32_t rights)
{
	return rights & BAILIWICK_RIGHT_WRITE ? rights | BAILIWICK_RIGHT_APPEND : rights;
}

static int add_rule(struct lowering *l, const struct file_rule *rule)
{
	uint32_t rights = with_append(rule->rights);
	struct pattern_use use = {
		.kind = USE_RULE,
		.origin = rule->origin->index,
		.allow = rule->deny ? 0 : rights,
		.deny = rule->deny ? rights : 0,
		.severity = rule->deny && rule->severity_given ? rule->severity : ~0u,
	};
	int r = 0;

	for (size_t i = 0; i < rule->on_count && !r; i++) {
		const struct target *on = &rule->on[i];

		if (on->pattern)
			r = patterns_add(&l->patterns, on->pattern->text, &on->at, &use);
		for (size_t k = 0; on->class && k < on->class->path_count && !r; k++)
			r = patterns_add(&l->patterns, on->class->paths[k].text,
					 &on->class->paths[k].at, &use);
	}
	return r;
}

static int add_transition(struct lowering *l, const struct role *role, const struct transition *t)
{
	struct pattern_use use = {
		.kind = USE_TRANSITION,
		.origin = role->index,
		.number = t->to.kind == ROLE_NAMED ? t->to.role->index : PATTERN_NO_ROLE,
	};

	if (t->to.kind == ROLE_UNCONFINED)	/* reported where it is written, not where included */
		return t->origin != role ? 1 :
		       diag_error(l->diag, &t->to.at,
				  "running a program cannot lead out of all confinement");
	return patterns_add(&l->patterns, t->program.text, &t->program.at, &use);
}

/*
 * The rules a role has itself: those it includes are said by others. Transitions
 * are taken with what is included, because a role's own replace those.
 */
static int add_role(struct lowering *l, const struct role *role)
{
	int r = 0;

	for (size_t i = 0; i < role->file_count && !r; i++)
		if (role->files[i]->origin == role)
			r = add_rule(l, role->files[i]);
	for (size_t i = 0; i < role->exec_count && r >= 0; i++)
		r |= add_transition(l, role, role->exec[i]);
	return r;
}

static int add_builtin(struct lowering *l)
{
	static const struct {
		const char *text;
		enum use_kind kind;
	} builtin[] = {
		{ "/dev/null", USE_DEV_NULL },
		{ CANARY_ALLOWED, USE_CANARY_ALLOWED },
		{ CANARY_PROGRAM, USE_CANARY_PROGRAM },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(builtin) / sizeof(*builtin) && !r; i++) {
		struct pattern_use use = { .kind = builtin[i].kind };

		r = patterns_add(&l->patterns, builtin[i].text, &nowhere, &use);
	}
	return r;
}

static bool protects(const struct policy *policy)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i]->protect)
			return true;
	return false;
}

static int add_own(struct lowering *l)
{
	struct pattern_use use = { .kind = USE_OWN };
	int r = 0;

	for (size_t i = 0; i < own_pattern_count && !r && protects(l->policy); i++)
		r = patterns_add(&l->patterns, own_patterns[i], &nowhere, &use);
	return r;
}

int patterns_collect(struct lowering *l)
{
	int r = add_builtin(l), mistakes = 0;

	if (!r)
		r = add_own(l);
	if (!r)
		r = add_classes(l);
	for (size_t i = 0; i < l->policy->role_count && r >= 0; i++) {
		r = add_role(l, l->policy->roles[i]);
		mistakes |= r > 0;
	}
	return r < 0 ? r : mistakes;
}

struct adding {
	struct lowering *lowering;
	uint32_t pattern;
};

static int add_tokens(void *data, const token_t *tokens, size_t count)
{
	struct adding *adding = data;

	return nfa_add(&adding->lowering->nfa, tokens, count, adding->pattern);
}

static int too_large(struct lowering *l, const struct location *at, const char *what)
{
	return diag_error(l->diag, at, "%s", what);
}

static int add_pattern(struct lowering *l, uint32_t pattern)
{
	const struct pattern_entry *entry = &l->patterns.entries[pattern];
	struct adding adding = { l, pattern };
	int r = tokens_each(entry->text, false, &l->alphabet, add_tokens, &adding);

	if (r == -E2BIG)
		return too_large(l, &entry->at, "this pattern is too large: more than 4096 "
				 "alternatives, 60000 different sets or 64 million tokens in all");
	if (r == -EINVAL)
		return too_large(l, &entry->at, "this is no pattern");
	return r;
}

int patterns_build(struct lowering *l)
{
	int r = nfa_init(&l->nfa), mistakes = 0;

	for (uint32_t i = 0; i < l->patterns.count && r >= 0; i++) {
		r = add_pattern(l, i);
		mistakes |= r > 0;
	}
	if (r < 0 || mistakes)
		return r < 0 ? r : mistakes;
	alphabet_build(&l->alphabet);
	r = dfa_build(&l->nfa, &l->alphabet, BAILIWICK_STATES_MAX, &l->dfa);
	if (r == -E2BIG)
		return too_large(l, &nowhere, "the patterns need more states than an image may have "
				 "(BAILIWICK_STATES_MAX, 8000000) or than can be told apart "
				 "(DFA_MEMBERS_MAX); patterns with several '*' that overlap "
				 "multiply");
	return r;
}
