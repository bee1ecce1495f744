/* SPDX-License-Identifier: Apache-2.0 */
/* A subject as people type it, and whether this machine knows it */
#include "ctl/who.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/suggest.h"
#include "ctl/output.h"
#include "ctl/resolve.h"
#include "model/pattern.h"

/* Names tried for a suggestion: a directory service may hold very many */
#define SUGGEST_FROM_MAX 20000

/* The program of an exe: subject, a pattern like those of the policy */
static int check_program(const char *text, const struct subject *subject)
{
	struct pattern_mistake mistake;

	if (subject->kind != SUBJECT_EXE || !pattern_check(subject->name, &mistake))
		return 0;
	complain("'%s': %s", text, mistake.text);
	if (mistake.hint)
		note("%s", mistake.hint);
	return EX_USAGE;
}

int who_parse(const char *text, struct subject *ret)
{
	struct subject_mistake mistake;

	if (!subject_parse(text, ret, &mistake))
		return check_program(text, ret);
	complain("'%s': %s", text, mistake.text);
	if (mistake.meant[0])
		note("did you mean '%s'?", mistake.meant);
	return EX_USAGE;
}

/* The next name of the name service's list, or NULL at its end */
static const char *next_name(enum subject_kind kind)
{
	struct passwd *user;
	struct group *group;

	if (kind == SUBJECT_USER) {
		user = getpwent();
		return user ? user->pw_name : NULL;
	}
	group = getgrent();
	return group ? group->gr_name : NULL;
}

static char *nearest_name(const struct subject *subject)
{
	_cleanup_free_ char *best = NULL;
	struct suggest suggest;
	const char *name;
	int left = SUGGEST_FROM_MAX;

	suggest_init(&suggest, subject->name);
	while (left-- && (name = next_name(subject->kind))) {
		suggest_offer(&suggest, name);
		if (suggest.best != name)
			continue;
		/* What was offered lives until the next name is read. */
		free(best);
		best = strdup(name);
		suggest.best = best;
	}
	endpwent();
	endgrent();
	return TAKE_PTR(best);
}

int who_require(const struct subject *subject)
{
	_cleanup_free_ char *nearest = NULL;
	uint32_t id;
	int answer;

	if (subject->numeric)
		return 0;
	if (subject->kind == SUBJECT_USER)
		answer = resolve_user(subject->name, &id);
	else if (subject->kind == SUBJECT_GROUP)
		answer = resolve_group(subject->name, &id);
	else
		return 0;
	if (answer == RESOLVE_FINE)
		return 0;
	if (answer < 0) {
		complain("cannot look up '%s': %s", subject->name, strerror(-answer));
		return EX_OSERR;
	}
	complain("there is no %s '%s' on this machine", subject_kind_name(subject->kind),
		 subject->name);
	nearest = nearest_name(subject);
	if (nearest)
		note("did you mean '%s:%s'?", subject_kind_name(subject->kind), nearest);
	return EX_NOUSER;
}
