/* SPDX-License-Identifier: Apache-2.0 */
/* What a change took back from running processes, for people and as JSON */
#include "ctl/report.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "ctl/field.h"
#include "ctl/output.h"

#define R "record."
#define KEYS_MAX 4096		/* different lines that are told apart */
#define LINES_MAX 20		/* of one fate shown to people */
#define NAMED 3			/* processes named on a line */

/* Fates as the controller names them, and their titles */
static const struct {
	const char *name;
	const char *title;
} fates[] = {
	{ "cut", "taken back" },
	{ "kept", "not taken back" },
	{ "ended", "ended" },
};

#define FATES (sizeof(fates) / sizeof(fates[0]))

struct report_line {
	char *key;
	size_t fate;
	size_t count;
	size_t processes;
	int64_t last;			/* pid counted last */
	struct buffer names;
};

void report_done(struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->lines[i].key);
		buffer_done(&report->lines[i].names);
	}
	free(report->lines);
	strmap_done(&report->keys);
	for (size_t i = 0; i < FATES; i++)
		buffer_done(&report->list[i]);
	*report = (struct report){ 0 };
}

/* --- a record ------------------------------------------------------------------- */

static void add_end(struct buffer *out, const struct message *m, const char *address, const char *port)
{
	bool ipv6 = strchr(message_string(m, address) ?: "", ':') != NULL;

	buffer_append_text(out, ipv6 ? "[" : "");
	field_add_text(out, m, address);
	buffer_printf(out, "%s:%lld", ipv6 ? "]" : "", (long long)field_number(m, port));
}

/* What stands on the line, without the processes: alike records have the same */
static void add_subject(struct buffer *out, const struct message *m)
{
	field_add_text(out, m, R "what");
	if (message_has(m, R "path")) {
		buffer_append_byte(out, ' ');
		field_add_text(out, m, R "path");
	}
	if (message_has(m, R "protection")) {
		buffer_append_byte(out, ' ');
		field_add_text(out, m, R "protection");
	}
	if (message_has(m, R "proto")) {
		buffer_append_byte(out, ' ');
		field_add_text(out, m, R "proto");
		if (message_has(m, R "peer")) {
			buffer_append_text(out, " with ");
			add_end(out, m, R "peer", R "peer_port");
		} else {
			buffer_append_text(out, " at ");
			add_end(out, m, R "local", R "local_port");
		}
	}
	if (message_has(m, R "how")) {
		buffer_append_text(out, ": ");
		field_add_text(out, m, R "how");
	}
}

static struct report_line *find_line(struct report *report, size_t fate, const char *key)
{
	struct report_line *line;
	size_t at = (size_t)strmap_get(&report->keys, key);

	if (at)
		return report->lines + at - 1;
	if (report->count >= KEYS_MAX)
		return NULL;
	if (report->count == report->room) {
		size_t room = report->room ? report->room * 2 : 32;
		struct report_line *more = reallocarray(report->lines, room, sizeof(*more));

		if (!more)
			return NULL;
		report->lines = more;
		report->room = room;
	}
	line = report->lines + report->count;
	*line = (struct report_line){ .key = strdup(key), .fate = fate, .last = -1 };
	if (!line->key)
		return NULL;
	if (strmap_put(&report->keys, line->key, (void *)(++report->count)))
		report->failed = true;
	return line;
}

static void count_record(struct report *report, size_t fate, const struct message *m)
{
	int64_t pid = field_number(m, R "pid");
	struct buffer key = { 0 };
	struct report_line *line;

	buffer_printf(&key, "%zu ", fate);
	add_subject(&key, m);
	line = key.failed ? NULL : find_line(report, fate, key.data);
	buffer_done(&key);
	if (!line)
		return;
	line->count++;
	if (line->last == pid)
		return;
	line->last = pid;
	if (line->processes++ >= NAMED)
		return;
	buffer_append_text(&line->names, line->names.size ? ", " : "");
	field_add_text(&line->names, m, R "comm");
	buffer_printf(&line->names, "[%lld] uid %lld", (long long)pid,
		      (long long)field_number(m, R "uid"));
}

static void take_line(struct report *report, const char *line, size_t size)
{
	_cleanup_(message_freep) struct message *message = NULL;
	struct buffer record = { 0 };

	for (size_t i = 0; i < FATES; i++) {
		char begin[24];

		snprintf(begin, sizeof(begin), "{\"fate\":\"%s\"", fates[i].name);
		if (size < strlen(begin) || memcmp(line, begin, strlen(begin)) != 0)
			continue;
		if (report->json) {
			buffer_append_text(&report->list[i], report->list[i].size ? "," : "");
			buffer_append(&report->list[i], line, size);
			report->failed |= report->list[i].failed;
			return;
		}
		buffer_append_text(&record, "{\"record\":");
		buffer_append(&record, line, size);
		buffer_append_byte(&record, '}');
		if (!record.failed && message_parse(record.data, record.size, &message) == 0)
			count_record(report, i, message);
		buffer_done(&record);
		return;
	}
}

int report_read(struct report *report, struct message *final)
{
	_cleanup_close_ int fd = message_take_fd(final, 0);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0 || !st.st_size)
		return 0;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return out_of_memory();
	for (char *at = bytes, *end; (end = memchr(at, '\n', (size_t)(bytes + st.st_size - at)));
	     at = end + 1)
		take_line(report, at, (size_t)(end - at));
	munmap(bytes, (size_t)st.st_size);
	return report->failed ? out_of_memory() : 0;
}

/* --- the whole -------------------------------------------------------------------- */

static int64_t total_of(const struct message *final, const char *fate)
{
	char path[32], member[96];
	int64_t total = 0;
	const char *what;

	snprintf(path, sizeof(path), "report.%s", fate);
	for (size_t i = 0; (what = message_key(final, path, i)); i++) {
		snprintf(member, sizeof(member), "%s.%s", path, what);
		total += field_number(final, member);
	}
	return total;
}

static void show_line(const struct report_line *line, struct buffer *out)
{
	buffer_append_text(out, "    ");
	if (line->count > 1)
		buffer_printf(out, "%zu × ", line->count);
	buffer_append_text(out, strchr(line->key, ' ') + 1);
	buffer_append_text(out, "\n        ");
	buffer_append(out, line->names.data ?: "", line->names.size);
	if (line->processes > NAMED)
		buffer_printf(out, " and %zu more processes", line->processes - NAMED);
	buffer_append_byte(out, '\n');
}

static void show_fate(const struct report *report, const struct message *final, size_t fate,
		      struct buffer *out)
{
	int64_t total = total_of(final, fates[fate].name), shown = 0;
	int lines = 0;

	if (!total)
		return;
	buffer_printf(out, "  %s: %" PRId64 "\n", fates[fate].title, total);
	for (size_t i = 0; i < report->count && lines < LINES_MAX; i++) {
		if (report->lines[i].fate != fate)
			continue;
		show_line(report->lines + i, out);
		shown += (int64_t)report->lines[i].count;
		lines++;
	}
	if (shown < total)
		buffer_printf(out, "    and %" PRId64 " more; --json lists them\n", total - shown);
}

void report_show(const struct report *report, const struct message *final, struct buffer *out)
{
	int64_t holders = field_number(final, "report.holders");

	if (!message_has(final, "report"))
		return;
	for (size_t i = 0; i < FATES; i++)
		show_fate(report, final, i, out);
	if (message_has(final, "report.problem")) {
		buffer_append_text(out, "  ");
		field_add_text(out, final, "report.problem");
		buffer_append_byte(out, '\n');
	}
	if (holders)
		buffer_printf(out, "  `bailiwick revoke --kill` ends the %s that still hold%s what "
			      "could not be taken back\n", holders == 1 ? "process" : "processes",
			      holders == 1 ? "s" : "");
}

void report_show_json(const struct report *report, const struct message *final, struct buffer *out)
{
	if (!message_has(final, "report"))
		return;
	buffer_append_text(out, ",\"report\":{\"totals\":");
	field_add_json(out, final, "report");
	for (size_t i = 0; i < FATES; i++) {
		buffer_printf(out, ",\"%s\":[", fates[i].name);
		buffer_append(out, report->list[i].data ?: "", report->list[i].size);
		buffer_append_byte(out, ']');
	}
	buffer_append_byte(out, '}');
	if (!message_has(final, "times"))
		return;
	buffer_append_text(out, ",\"times\":");
	field_add_json(out, final, "times");
}
