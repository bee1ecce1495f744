// SPDX-License-Identifier: Apache-2.0
/* The syntax of subjects */
#include "model/subject.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "model/limits.h"

static const char *const kinds[] = {
	[SUBJECT_USER] = "user",
	[SUBJECT_GROUP] = "group",
	[SUBJECT_UNIT] = "unit",
	[SUBJECT_EXE] = "exe",
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Units that hold processes, and so can hold a role */
static const char *const unit_suffixes[] = {
	".service", ".scope", ".slice", ".socket", ".mount", ".swap",
};

#define SUFFIX_COUNT (sizeof(unit_suffixes) / sizeof(unit_suffixes[0]))

const char *subject_kind_name(enum subject_kind kind)
{
	return kinds[kind];
}

static int wrong(struct subject_mistake *mistake, const char *text)
{
	mistake->text = text;
	return 1;
}

static void mean(struct subject_mistake *mistake, const char *kind, const char *name,
		 const char *suffix)
{
	snprintf(mistake->meant, sizeof(mistake->meant), "%s:%s%s", kind, name, suffix);
}

/* "alice" alone, or a kind that does not exist */
static int unknown_kind(const char *text, const char *colon, struct subject_mistake *mistake)
{
	struct suggest suggest;
	char word[16];
	size_t i, length = colon ? (size_t)(colon - text) : 0;

	if (!colon) {
		mean(mistake, strchr(text, '/') ? "exe" : strchr(text, '.') ? "unit" : "user",
		     text, "");
		return wrong(mistake, "a subject says what it is: user:, group:, unit: or exe:");
	}
	if (length < sizeof(word)) {
		memcpy(word, text, length);
		word[length] = '\0';
		suggest_init(&suggest, word);
		for (i = 0; i < KIND_COUNT; i++)
			suggest_offer(&suggest, kinds[i]);
		if (suggest.best)
			mean(mistake, suggest.best, colon + 1, "");
	}
	return wrong(mistake, "unknown kind of subject: there are user:, group:, unit: and exe:");
}

/* Numbers are ids; the largest one means "no id" to the kernel */
static int parse_id(const char *name, struct subject *subject, struct subject_mistake *mistake)
{
	uint64_t id = 0;

	for (; *name && id <= UINT32_MAX; name++)
		id = id * 10 + (uint64_t)(*name - '0');
	if (id >= UINT32_MAX)
		return wrong(mistake, "ids end at 4294967294");
	subject->numeric = true;
	subject->id = (uint32_t)id;
	return 0;
}

/* Names come from directories too, so only what would break a record is refused */
static int parse_account(const char *name, struct subject *subject,
			 struct subject_mistake *mistake)
{
	const char *c;

	if (strspn(name, "0123456789") == strlen(name))
		return parse_id(name, subject, mistake);
	if (name[0] == '-')
		return wrong(mistake, "a name does not start with '-'");
	for (c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr(":/,", *c))
			return wrong(mistake, "a name holds no blanks, control characters, "
				     "':', '/' or ','");
	return 0;
}

static int parse_unit(const char *name, struct subject_mistake *mistake)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789:_.\\@-";
	static const char *const empty[] = { ".timer", ".target", ".path", ".device",
					     ".automount" };
	const char *dot = strrchr(name, '.');
	struct suggest suggest;
	size_t i;

	if (strspn(name, allowed) != strlen(name))
		return wrong(mistake, "a unit's name holds letters, digits and :_.\\@- alone");
	if (dot == name)
		return wrong(mistake, "a unit has a name before its type");
	for (i = 0; dot && i < SUFFIX_COUNT; i++)
		if (!strcmp(dot, unit_suffixes[i]))
			return 0;
	for (i = 0; dot && i < sizeof(empty) / sizeof(empty[0]); i++)
		if (!strcmp(dot, empty[i]))
			return wrong(mistake, "units of this type hold no processes");
	suggest_init(&suggest, dot ? dot : "");
	for (i = 0; i < SUFFIX_COUNT; i++)
		suggest_offer(&suggest, unit_suffixes[i]);
	if (suggest.best)
		snprintf(mistake->meant, sizeof(mistake->meant), "unit:%.*s%s",
			 (int)(dot - name), name, suggest.best);
	else
		mean(mistake, "unit", name, ".service");
	return wrong(mistake, "a unit's name ends with .service, .scope, .slice, .socket, "
		     ".mount or .swap");
}

int subject_parse(const char *text, struct subject *ret, struct subject_mistake *mistake)
{
	const char *colon = strchr(text, ':');
	struct subject subject = { 0 };
	size_t i;
	int r = 0;

	*mistake = (struct subject_mistake){ 0 };
	for (i = 0; colon && i < KIND_COUNT; i++)
		if (strlen(kinds[i]) == (size_t)(colon - text) &&
		    !memcmp(kinds[i], text, (size_t)(colon - text)))
			break;
	if (!colon || i == KIND_COUNT)
		return unknown_kind(text, colon, mistake);
	subject.kind = (enum subject_kind)i;
	subject.name = colon + 1;
	if (!*subject.name)
		return wrong(mistake, "nothing stands behind the ':'");
	if (subject.kind != SUBJECT_EXE && strlen(subject.name) > SUBJECT_LENGTH_MAX)
		return wrong(mistake, "longer than 255 bytes (SUBJECT_LENGTH_MAX)");
	if (subject.kind == SUBJECT_UNIT)
		r = parse_unit(subject.name, mistake);
	else if (subject.kind != SUBJECT_EXE)
		r = parse_account(subject.name, &subject, mistake);
	if (!r)
		*ret = subject;
	return r;
}
