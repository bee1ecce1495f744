// SPDX-License-Identifier: Apache-2.0
/* The words of the language that have a number in the image */
#include "model/vocabulary.h"

#include <bailiwick/vocab.h>
#include <string.h>
#include <strings.h>

#include "base/suggest.h"

#define X_RIGHT(id, text) { text, BAILIWICK_RIGHT_##id##_BIT },
#define X_PRIVILEGE(id, text) { text, BAILIWICK_PRIVILEGE_##id##_BIT },
#define X_GRADE(id, text) { text, BAILIWICK_GRADE_##id },
#define X_MODE(id, text) { text, BAILIWICK_MODE_##id },
#define X_SEVERITY(id, text) { text, BAILIWICK_SEVERITY_##id },
#define X_NUMBERED(id, text, number) { text, number },

static const struct word rights[] = { BAILIWICK_RIGHTS(X_RIGHT) };
static const struct word families[] = { BAILIWICK_FAMILIES(X_NUMBERED) };
static const struct word capabilities[] = { BAILIWICK_CAPABILITIES(X_NUMBERED) };
static const struct word privileges[] = { BAILIWICK_PRIVILEGES(X_PRIVILEGE) };
static const struct word grades[] = { BAILIWICK_GRADES(X_GRADE) };
static const struct word modes[] = { BAILIWICK_MODES(X_MODE) };
static const struct word severities[] = { BAILIWICK_SEVERITIES(X_SEVERITY) };

static const struct misnomer no_misnomers[] = { { NULL, NULL } };

static const struct misnomer right_misnomers[] = {
	{ "execute", "exec" }, { "run", "exec" }, { "x", "exec" },
	{ "r", "read" }, { "open", "read" }, { "w", "write" }, { "truncate", "write" },
	{ "unlink", "delete" }, { "remove", "delete" }, { "rmdir", "delete" },
	{ "mkdir", "create" }, { "mknod", "create" }, { "symlink", "create" },
	{ "chmod", "setattr" }, { "chown", "setattr" }, { "utime", "setattr" },
	{ "readdir", "list" }, { "getattr", "stat" }, { "mmap", "map-exec" },
	{ "hardlink", "link" }, { "move", "rename" }, { NULL, NULL },
};

static const struct misnomer family_misnomers[] = {
	{ "ipv4", "inet" }, { "ip", "inet" }, { "ipv6", "inet6" }, { "ip6", "inet6" },
	{ "local", "unix" }, { "route", "netlink" }, { NULL, NULL },
};

static const struct misnomer mode_misnomers[] = {
	{ "enforcing", "enforce" }, { "permissive", "audit" }, { "complain", "audit" },
	{ "log", "audit" }, { "off", "disabled" }, { "false", "disabled" },
	{ "on", "enforce" }, { "true", "enforce" }, { NULL, NULL },
};

static const struct misnomer severity_misnomers[] = {
	{ "low", "ordinary" }, { "high", "serious" }, { "critical", "serious" },
	{ "warning", "ordinary" }, { NULL, NULL },
};

static const struct misnomer grade_misnomers[] = {
	{ "secret", "restricted" }, { "private", "confidential" }, { NULL, NULL },
};

#define VOCABULARY(name, is_what, before, wrong)		\
	const struct vocabulary vocabulary_##name = {		\
		.what = is_what,				\
		.prefix = before,				\
		.words = name,					\
		.count = sizeof(name) / sizeof(name[0]),	\
		.misnomers = wrong,				\
	}

VOCABULARY(rights, "right", NULL, right_misnomers);
VOCABULARY(families, "address family", "af_", family_misnomers);
VOCABULARY(capabilities, "capability", "cap_", no_misnomers);
VOCABULARY(privileges, "privilege", NULL, no_misnomers);
VOCABULARY(grades, "grade", NULL, grade_misnomers);
VOCABULARY(modes, "mode", NULL, mode_misnomers);
VOCABULARY(severities, "severity", NULL, severity_misnomers);

const struct word *vocabulary_find(const struct vocabulary *vocabulary, const char *text)
{
	size_t i;

	for (i = 0; i < vocabulary->count; i++)
		if (!strcmp(vocabulary->words[i].text, text))
			return &vocabulary->words[i];
	return NULL;
}

const char *vocabulary_name(const struct vocabulary *vocabulary, unsigned int value)
{
	size_t i;

	for (i = 0; i < vocabulary->count; i++)
		if (vocabulary->words[i].value == value)
			return vocabulary->words[i].text;
	return NULL;
}

const char *vocabulary_suggest(const struct vocabulary *vocabulary, const char *text)
{
	const char *prefix = vocabulary->prefix;
	const struct misnomer *misnomer;
	struct suggest suggest;
	size_t i;

	if (prefix && !strncasecmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	for (misnomer = vocabulary->misnomers; misnomer->text; misnomer++)
		if (!strcasecmp(misnomer->text, text))
			return misnomer->meant;
	suggest_init(&suggest, text);
	for (i = 0; i < vocabulary->count; i++)
		suggest_offer(&suggest, vocabulary->words[i].text);
	return suggest.best;
}
