// SPDX-License-Identifier: Apache-2.0
/* The sections of bailiwickd.conf that say where events are sent on to */
#include "daemon/sinkconfig.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/suggest.h"
#include "event/event.h"

enum want { WANT_TYPE, WANT_FORMAT, WANT_SEVERITY, WANT_TEXT, WANT_PATH, WANT_YES, WANT_NUMBER };

struct sink_key {
	const char *name;
	enum want want;
	size_t offset;			/* in struct sink_options */
	uint64_t least, most;		/* of a number */
};

#define AT(field) offsetof(struct sink_options, field)
static const struct sink_key keys[] = {
	{ "TYPE", WANT_TYPE, 0, 0, 0 },
	{ "FORMAT", WANT_FORMAT, 0, 0, 0 },
	{ "SEVERITY", WANT_SEVERITY, 0, 0, 0 },
	{ "FILE", WANT_PATH, AT(file), 0, 0 },
	{ "ADDRESS", WANT_TEXT, AT(address), 0, 0 },
	{ "TLS", WANT_YES, AT(tls), 0, 0 },
	{ "CA", WANT_PATH, AT(ca), 0, 0 },
	{ "CERTIFICATE", WANT_PATH, AT(certificate), 0, 0 },
	{ "KEY", WANT_PATH, AT(key), 0, 0 },
	{ "SERVER_NAME", WANT_TEXT, AT(server_name), 0, 0 },
	{ "SUBJECT", WANT_TEXT, AT(subject), 0, 0 },
	{ "USER", WANT_TEXT, AT(user), 0, 0 },
	{ "PASSWORD", WANT_PATH, AT(password), 0, 0 },
	{ "NKEY", WANT_TEXT, AT(nkey), 0, 0 },
	{ "SEED", WANT_PATH, AT(seed), 0, 0 },
	{ "MAX_SIZE", WANT_NUMBER, AT(max_size), 0, (uint64_t)1 << 50 },
	{ "KEEP", WANT_NUMBER, AT(keep), 0, 1000 },
	{ "TIMEOUT", WANT_NUMBER, AT(timeout), 1, 600 },
	{ "RETRY_MAX", WANT_NUMBER, AT(retry_max), 1, 3600 },
};
#define KEY_COUNT (sizeof(keys) / sizeof(*keys))

/* Which type wants or takes which key; a key that does nothing is a mistake, not a wish */
static bool takes(enum sink_type type, const char *key)
{
	static const char *const words[SINK_TYPE_COUNT] = {
		[SINK_FILE] = " TYPE FORMAT SEVERITY FILE MAX_SIZE KEEP RETRY_MAX ",
		[SINK_SYSLOG] = " TYPE FORMAT SEVERITY ADDRESS TLS CA CERTIFICATE KEY SERVER_NAME TIMEOUT "
				"RETRY_MAX ",
		[SINK_RELP] = " TYPE FORMAT SEVERITY ADDRESS TLS CA CERTIFICATE KEY SERVER_NAME TIMEOUT "
			      "RETRY_MAX ",
		[SINK_NATS] = " TYPE FORMAT SEVERITY ADDRESS TLS CA CERTIFICATE KEY SERVER_NAME SUBJECT "
			      "USER PASSWORD NKEY SEED TIMEOUT RETRY_MAX ",
		[SINK_JOURNALD] = " TYPE SEVERITY FILE RETRY_MAX ",
	};
	char word[32];

	snprintf(word, sizeof(word), " %s ", key);
	return strstr(words[type], word) != NULL;
}

static bool is_name(const char *text)
{
	size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return size && size <= SINK_NAME_MAX && !text[size];
}

static void start_with_defaults(struct sink_options *sink, const char *name, int line)
{
	memset(sink, 0, sizeof(*sink));
	strcpy(sink->name, name);
	sink->line = line;
	sink->type = SINK_TYPE_COUNT;
	sink->keep = 5;
	sink->timeout = 10;
	sink->retry_max = 60;
}

int sinkconfig_begin(struct config *config, char *line, int number, struct buffer *why)
{
	struct sink_options *more;
	size_t size = strlen(line);
	char *name = line + strlen("[sink ");

	if (strncmp(line, "[sink ", 6) || line[size - 1] != ']') {
		buffer_append_text(why, "a section begins with [sink NAME]\n");
		return 1;
	}
	line[size - 1] = 0;
	if (!is_name(name)) {
		buffer_printf(why, "the name of a sink is made of a-z, 0-9 and '-', at most %d\n",
			      SINK_NAME_MAX);
		return 1;
	}
	for (size_t i = 0; i < config->sink_count; i++)
		if (strcmp(config->sinks[i].name, name) == 0) {
			buffer_printf(why, "the sink %s is there already, in line %d\n", name,
				      config->sinks[i].line);
			return 1;
		}
	more = config->sink_count < SINKS_MAX ?
	       reallocarray(config->sinks, config->sink_count + 1, sizeof(*more)) : NULL;
	if (!more) {
		buffer_printf(why, "no more than %d sinks\n", SINKS_MAX);
		return 1;
	}
	config->sinks = more;
	start_with_defaults(&more[config->sink_count++], name, number);
	return 0;
}

static const struct sink_key *find_key(const char *name, const char **ret_near)
{
	struct suggest near;

	suggest_init(&near, name);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return keys + i;
		suggest_offer(&near, keys[i].name);
	}
	*ret_near = near.best;
	return NULL;
}

/* A word of a vocabulary; what is allowed is said by the caller's text */
static int set_word(int number, const char *key, const char *allowed, struct buffer *why)
{
	if (number < 0)
		buffer_printf(why, "%s is one of %s\n", key, allowed);
	return number < 0;
}

static int set_text(const struct sink_key *key, char *field, const char *value, struct buffer *why)
{
	size_t size = strlen(value);

	if (!size || size >= SINK_TEXT_MAX) {
		buffer_printf(why, "%s wants between 1 and %d bytes\n", key->name, SINK_TEXT_MAX - 1);
		return 1;
	}
	if (key->want == WANT_PATH && *value != '/') {
		buffer_printf(why, "%s wants an absolute path\n", key->name);
		return 1;
	}
	for (size_t i = 0; i < size; i++)
		if (iscntrl((unsigned char)value[i]) || (key->want == WANT_TEXT && value[i] == ' ')) {
			buffer_printf(why, "%s has a byte that cannot be meant\n", key->name);
			return 1;
		}
	memcpy(field, value, size + 1);
	return 0;
}

static int set_number(const struct sink_key *key, uint64_t *field, const char *value,
		      struct buffer *why)
{
	uint64_t number;

	if (!config_parse_number(value, &number) || number < key->least || number > key->most) {
		buffer_printf(why, "%s wants a number between %" PRIu64 " and %" PRIu64 "\n", key->name,
			      key->least, key->most);
		return 1;
	}
	*field = number;
	return 0;
}

int sinkconfig_set(struct sink_options *sink, const char *name, const char *value,
		   struct buffer *why)
{
	const char *near = NULL;
	const struct sink_key *key = find_key(name, &near);
	char *field;
	int number;

	if (!key)
		return config_unknown_key(name, near, why);
	if (key->want == WANT_TYPE && sink->type != SINK_TYPE_COUNT) {
		buffer_append_text(why, "TYPE is said already\n");
		return 1;
	}
	if (key->want != WANT_TYPE && sink->type == SINK_TYPE_COUNT) {
		buffer_append_text(why, "TYPE comes first in a section\n");
		return 1;
	}
	if (key->want != WANT_TYPE && !takes(sink->type, name)) {
		buffer_printf(why, "%s means nothing to a sink of type %s\n", name,
			      sink_type_text(sink->type));
		return 1;
	}
	field = (char *)sink + key->offset;
	switch (key->want) {
	case WANT_TYPE:
		number = sink_type_parse(value);
		if (number >= 0)
			sink->type = (enum sink_type)number;
		if (number == SINK_SYSLOG || number == SINK_RELP)
			sink->format = SINK_FORMAT_TEXT;
		return set_word(number, name, "file, syslog, relp, nats, journald", why);
	case WANT_FORMAT:
		number = sink_format_parse(value);
		if (number >= 0)
			sink->format = (enum sink_format)number;
		return set_word(number, name, "json, ocsf, cef, text", why);
	case WANT_SEVERITY:
		number = event_severity_parse(value);
		sink->severity = number < 0 ? 0 : (uint64_t)number;
		return set_word(number, name, "ordinary, serious, special", why);
	case WANT_YES:
		number = strcmp(value, "yes") == 0 ? 1 : strcmp(value, "no") == 0 ? 0 : -1;
		*(bool *)field = number > 0;
		return set_word(number, name, "yes, no", why);
	case WANT_NUMBER:
		return set_number(key, (uint64_t *)field, value, why);
	default:
		return set_text(key, field, value, why);
	}
}

static int missing(const struct sink_options *sink, const char *name, const char *key,
		   struct buffer *why)
{
	buffer_printf(why, "%s:%d: the sink %s needs %s\n", name, sink->line, sink->name, key);
	return 1;
}

static int check_nats(const struct sink_options *sink, const char *name, struct buffer *why)
{
	int mistakes = 0;

	if (!*sink->subject || strpbrk(sink->subject, "*>"))
		mistakes += missing(sink, name, "SUBJECT, one without wildcards", why);
	if (!*sink->user != !*sink->password)
		mistakes += missing(sink, name, "both USER and PASSWORD, or none", why);
	if (!*sink->nkey != !*sink->seed)
		mistakes += missing(sink, name, "both NKEY and SEED, or none", why);
	if (*sink->user && *sink->nkey)
		mistakes += missing(sink, name, "either USER or NKEY", why);
	if (*sink->password && !sink->tls)
		mistakes += missing(sink, name, "TLS=yes: a PASSWORD would be readable on its way", why);
	return mistakes;
}

static int check_one(const struct sink_options *sink, const char *name, struct buffer *why)
{
	int mistakes = 0;

	if (sink->type == SINK_TYPE_COUNT)
		return missing(sink, name, "TYPE", why);
	if (sink->type == SINK_FILE && !*sink->file)
		mistakes += missing(sink, name, "FILE", why);
	if (takes(sink->type, "ADDRESS") && !*sink->address)
		mistakes += missing(sink, name, "ADDRESS", why);
	if (sink->tls && !*sink->ca)
		mistakes += missing(sink, name, "CA: without it nobody knows who answers", why);
	if (!sink->tls && (*sink->ca || *sink->certificate || *sink->key || *sink->server_name))
		mistakes += missing(sink, name, "TLS=yes for what it says about certificates", why);
	if (!*sink->certificate != !*sink->key)
		mistakes += missing(sink, name, "both CERTIFICATE and KEY, or none", why);
	if (sink->type == SINK_NATS)
		mistakes += check_nats(sink, name, why);
	return mistakes;
}

int sinkconfig_check(const struct config *config, const char *name, struct buffer *why)
{
	int mistakes = 0;

	for (size_t i = 0; i < config->sink_count; i++)
		mistakes += check_one(&config->sinks[i], name, why);
	return mistakes;
}
