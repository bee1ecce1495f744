// SPDX-License-Identifier: Apache-2.0
/* bailiwickd.conf: KEY=VALUE lines */
#include "daemon/config.h"

#include <bailiwick/abi.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/readfile.h"
#include "base/suggest.h"
#include "base/timestamp.h"
#include "daemon/loopback.h"
#include "daemon/sinkconfig.h"

#define FILE_MAX (64u << 10)
#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)
#define YEAR (366ull * 24 * 3600)

struct key {
	const char *name;
	size_t offset;			/* in struct config */
	uint64_t least, most, standard;
	bool power;			/* must be a power of two */
	enum { NUMBER, SECONDS, MILLISECONDS, PATH, LOOPBACK } unit;
};

#define AT(field) offsetof(struct config, field)
static const struct key keys[] = {
	{ "SLOT_SIZE", AT(slot_size), BAILIWICK_SLOT_MIN, BAILIWICK_SLOT_MAX, MIB(8), true, NUMBER },
	{ "RING_SIZE", AT(ring_size), KIB(64), MIB(256), MIB(4), true, NUMBER },
	{ "JOURNAL_SEGMENT_SIZE", AT(journal_segment_size), MIB(1), GIB(4), MIB(64), false, NUMBER },
	{ "JOURNAL_MAX_SIZE", AT(journal_max_size), MIB(2), GIB(4096), GIB(1), false, NUMBER },
	{ "JOURNAL_MAX_AGE", AT(journal_max_age), 0, 100 * YEAR, 0, false, SECONDS },
	{ "JOURNAL_SYNC", AT(journal_sync), 0, 60000, 1000, false, MILLISECONDS },
	{ "COMPILE_SECONDS", AT(compile_seconds), 1, 3600, 300, false, NUMBER },
	{ "NAMES_GRACE", AT(names_grace), 0, 7 * 86400, 3600, false, SECONDS },
	{ "NAMES_TTL_LEAST", AT(names_ttl_least), 1, 3600, 30, false, SECONDS },
	{ "NAMES_TTL_MOST", AT(names_ttl_most), 60, 7 * 86400, 86400, false, SECONDS },
	{ "FINDING_ORDINARY", AT(finding_ordinary), 0, UINT32_MAX, 50, false, NUMBER },
	{ "FINDING_SERIOUS", AT(finding_serious), 0, UINT32_MAX, 10, false, NUMBER },
	{ "FINDING_SPECIAL", AT(finding_special), 0, UINT32_MAX, 10, false, NUMBER },
	{ "FINDING_WINDOW", AT(finding_window), 1, 86400, 60, false, SECONDS },
	{ "METRICS_EVERY", AT(metrics_every), 1, 3600, 15, false, SECONDS },
	{ "METRICS_FILE", AT(metrics_file), 0, 0, 0, false, PATH },
	{ "METRICS_ADDRESS", AT(metrics_address), 0, 0, 0, false, LOOPBACK },
	{ "SEAL_AT_START", AT(seal_at_start), 0, 1, 0, false, NUMBER },
	{ "COMPILE_MEMORY", AT(compile_memory), MIB(64), GIB(256), GIB(4), false, NUMBER },
};
#define KEY_COUNT (sizeof(keys) / sizeof(*keys))

static uint64_t *value_of(struct config *config, const struct key *key)
{
	return (uint64_t *)((char *)config + key->offset);
}

static bool is_text(const struct key *key)
{
	return key->unit == PATH || key->unit == LOOPBACK;
}

static char *text_of(struct config *config, const struct key *key)
{
	return (char *)config + key->offset;
}

void config_init(struct config *config)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (is_text(keys + i))
			*text_of(config, keys + i) = 0;
		else
			*value_of(config, keys + i) = keys[i].standard;
	config->sinks = NULL;
	config->sink_count = 0;
}

void config_done(struct config *config)
{
	free(config->sinks);
	config->sinks = NULL;
	config->sink_count = 0;
}

/* A number, with K, M or G behind it for powers of 1024 */
bool config_parse_number(const char *text, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (*ret > UINT64_MAX >> shift)
		return false;
	*ret <<= shift;
	return true;
}

static const char *const wants[] = {
	[NUMBER] = "a number, with K, M or G for powers of 1024",
	[SECONDS] = "a time like 90d or 12h, or 0",
	[MILLISECONDS] = "a number of milliseconds, with \"ms\" behind it",
	[PATH] = "an absolute path",
	[LOOPBACK] = "an address of this machine alone, like 127.0.0.1:9740 or [::1]:9740",
};

static bool parse_value(const struct key *key, char *text, uint64_t *ret)
{
	size_t size = strlen(text);
	int64_t seconds;

	if (key->unit == MILLISECONDS && (size < 3 || strcmp(text + size - 2, "ms")))
		return false;
	if (key->unit == MILLISECONDS)
		text[size - 2] = 0;
	if (key->unit != SECONDS)
		return config_parse_number(text, ret);
	if (strcmp(text, "0") && duration_parse(text, &seconds) < 0)
		return false;
	*ret = strcmp(text, "0") ? (uint64_t)seconds : 0;
	return true;
}

/* 0 or 1, having said what is wrong */
static int set_text(struct config *config, const struct key *key, const char *text,
		    struct buffer *why)
{
	size_t size = strlen(text);
	bool fine = size < CONFIG_TEXT_MAX;

	for (size_t i = 0; fine && i < size; i++)
		fine = !iscntrl((unsigned char)text[i]);
	if (fine && key->unit == PATH)
		fine = *text == '/' && text[size - 1] != '/';
	if (fine && key->unit == LOOPBACK)
		fine = loopback_parse(text, NULL) > 0;
	if (fine)
		memcpy(text_of(config, key), text, size + 1);
	else
		buffer_printf(why, "%s wants %s\n", key->name, wants[key->unit]);
	return !fine;
}

static const struct key *find_key(const char *name, const char **ret_near)
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

static char *trim(char *text)
{
	size_t size;

	while (isspace((unsigned char)*text))
		text++;
	size = strlen(text);
	while (size && isspace((unsigned char)text[size - 1]))
		text[--size] = 0;
	return text;
}

int config_unknown_key(const char *name, const char *near, struct buffer *why)
{
	buffer_append_text(why, "unknown key ");
	escape_ascii(why, name, strlen(name));
	if (near)
		buffer_printf(why, ", did you mean %s?", near);
	buffer_append_byte(why, '\n');
	return 1;
}

/* One line: 0 or 1, having said after "NAME:LINE: " what is wrong */
static int parse_line(struct config *config, char *line, int number, struct buffer *why)
{
	const char *near = NULL;
	const struct key *key;
	char *equals, *name;
	uint64_t value;

	if (*line == '[')
		return sinkconfig_begin(config, line, number, why);
	equals = strchr(line, '=');
	if (!equals) {
		buffer_append_text(why, "a line is KEY=VALUE or begins with '#'\n");
		return 1;
	}
	*equals = 0;
	name = trim(line);
	if (config->sink_count)
		return sinkconfig_set(&config->sinks[config->sink_count - 1], name, trim(equals + 1), why);
	key = find_key(name, &near);
	if (!key)
		return config_unknown_key(name, near, why);
	if (is_text(key))
		return set_text(config, key, trim(equals + 1), why);
	if (!parse_value(key, trim(equals + 1), &value)) {
		buffer_printf(why, "%s wants %s\n", name, wants[key->unit]);
		return 1;
	}
	if (value < key->least || value > key->most) {
		buffer_printf(why, "%s must lie between %" PRIu64 " and %" PRIu64 "\n", name,
			      key->least, key->most);
		return 1;
	}
	if (key->power && value & (value - 1)) {
		buffer_printf(why, "%s must be a power of two\n", name);
		return 1;
	}
	*value_of(config, key) = value;
	return 0;
}

int config_parse(struct config *config, const char *name, const char *text, size_t size,
		 struct buffer *why)
{
	_cleanup_free_ char *copy = NULL;
	int mistakes = 0, number = 0;
	char *rest, *line;

	if (memchr(text, 0, size)) {
		buffer_printf(why, "%s: contains a NUL byte\n", name);
		return 1;
	}
	copy = strndup(text, size);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while ((line = strsep(&rest, "\n"))) {
		struct buffer problem = { 0 };

		number++;
		line = trim(line);
		if (!*line || *line == '#')
			continue;
		if (parse_line(config, line, number, &problem)) {
			mistakes++;
			buffer_printf(why, "%s:%d: %s", name, number,
				      problem.data ? problem.data : "\n");
		}
		buffer_done(&problem);
	}
	return mistakes + sinkconfig_check(config, name, why);
}

int config_load(struct config *config, const char *directory, struct buffer *why)
{
	_cleanup_free_ char *text = NULL, *name = NULL;
	size_t size;
	int r;

	config_init(config);
	if (asprintf(&name, "%s/" CONFIG_FILE, directory) < 0)
		return -ENOMEM;
	r = readfile(name, FILE_MAX, &text, &size);
	if (r == -ENOENT)
		return 0;
	if (r == READFILE_FINE)
		return config_parse(config, name, text, size, why);
	buffer_printf(why, "%s: %s\n", name, r < 0 ? strerror(-r) :
		      r == READFILE_TOO_LARGE ? "larger than 64 KiB" : "not a regular file");
	return r < 0 ? r : -EINVAL;
}
