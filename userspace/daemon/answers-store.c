// SPDX-License-Identifier: Apache-2.0
/* Answers for host names over the end of a controller, and for people */
#include "daemon/answers-store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/message.h"
#include "base/readfile.h"
#include "base/timestamp.h"
#include "base/writeall.h"

#define FILE_MAX (16u << 20)

static void add_list(const struct cidr *list, size_t count, struct buffer *out)
{
	char text[CIDR_TEXT_MAX];

	buffer_append_byte(out, '[');
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s\"%s\"", i ? "," : "", cidr_format(&list[i], text));
	buffer_append_byte(out, ']');
}

static void save_family(const struct host_answer *answer, int family, int64_t offset,
			struct buffer *out)
{
	const struct answer_family *f = &answer->family[family];

	if (!f->count)
		return;
	buffer_append_text(out, "{\"name\":");
	escape_json(out, answer->name, strlen(answer->name));
	buffer_printf(out, ",\"family\":%d,\"asked\":%" PRId64 ",\"expires\":%" PRId64 ",\"until\":%"
		      PRId64 ",\"addresses\":", family ? 6 : 4, f->asked + offset,
		      f->expires + offset, f->until + offset);
	add_list(f->addresses, f->count, out);
	buffer_append_text(out, "}\n");
}

int answers_save(const struct answers *answers, const char *path, int64_t now, int64_t wall)
{
	_cleanup_free_ char *fresh = NULL;
	_cleanup_(buffer_done) struct buffer out = { 0 };
	_cleanup_close_ int fd = -1;
	int r;

	for (size_t i = 0; i < answers->count; i++)
		for (int k = 0; answers->list[i]->in_force && k < 2; k++)
			save_family(answers->list[i], k, wall - now, &out);
	if (out.failed || asprintf(&fresh, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = writeall(fd, out.data ? out.data : "", out.size);
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	return r;
}

static bool read_list(const struct message *line, struct answer_family *f)
{
	size_t count = message_count(line, "addresses");
	char path[32];

	if (!count || count > ANSWER_ADDRESSES_MAX)
		return false;
	for (f->count = 0; f->count < count; f->count++) {
		const char *text;

		snprintf(path, sizeof(path), "addresses.%zu", f->count);
		text = message_string(line, path);
		if (!text || strchr(text, '/') || cidr_parse(text, &f->addresses[f->count]))
			return false;
	}
	return true;
}

/* 0, or 1 when it makes no sense */
static int load_line(struct answers *answers, const struct message *line, int64_t now, int64_t wall)
{
	const char *name = message_string(line, "name");
	int64_t family, most = (int64_t)(answers->limits.ttl_most + answers->limits.grace);
	struct answer_family f = { .tried = true, .last = ANSWER_FOUND };
	char checked[HOSTNAME_MAX];
	struct host_answer *answer;

	if (!name || hostname_check(name, checked, NULL) || strcmp(name, checked) != 0 ||
	    !message_integer(line, "family", &family) || (family != 4 && family != 6) ||
	    !message_integer(line, "asked", &f.asked) ||
	    !message_integer(line, "expires", &f.expires) ||
	    !message_integer(line, "until", &f.until) || !read_list(line, &f))
		return 1;
	/* a clock that was set back must not lengthen anything */
	if (f.asked > wall || f.until <= wall || f.expires < f.asked || f.until < f.expires ||
	    f.until - f.asked > most)
		return 0;
	answer = answers_add(answers, name, now);
	if (!answer)
		return 1;
	f.asked -= wall - now;
	f.expires -= wall - now;
	f.until -= wall - now;
	answer->family[family == 6] = f;
	return 0;
}

int answers_load(struct answers *answers, const char *path, int64_t now, int64_t wall)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int wrong = 0, r = readfile(path, FILE_MAX, &text, &size);
	char *rest = text, *next;

	if (r == -ENOENT)
		return 0;
	if (r != READFILE_FINE)
		return r < 0 ? r : 1;
	while (rest && *rest) {
		_cleanup_(message_freep) struct message *line = NULL;

		next = strchr(rest, '\n');
		if (message_parse(rest, next ? (size_t)(next - rest) : strlen(rest), &line))
			wrong++;
		else
			wrong += load_line(answers, line, now, wall);
		rest = next ? next + 1 : NULL;
	}
	return wrong;
}

static void describe_refused(const struct host_answer *answer, struct buffer *out)
{
	struct cidr list[2 * ANSWER_REFUSED_MAX];
	size_t count = 0;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < answer->refused_count[k]; i++)
			list[count++] = answer->refused[k][i];
	if (!count)
		return;
	buffer_append_text(out, ",\"refused\":");
	add_list(list, count, out);
}

/* Of two families the one that is older, and the one that ends first */
static void describe_times(const struct host_answer *answer, int64_t now, int64_t wall,
			   struct buffer *out)
{
	int64_t asked = INT64_MAX, expires = INT64_MAX, until = INT64_MAX;
	char text[TIMESTAMP_TEXT_MAX];

	for (int k = 0; k < 2; k++) {
		const struct answer_family *f = &answer->family[k];

		if (!f->count)
			continue;
		asked = f->asked < asked ? f->asked : asked;
		expires = f->expires < expires ? f->expires : expires;
		until = f->until < until ? f->until : until;
	}
	if (asked == INT64_MAX)
		return;
	buffer_printf(out, ",\"age\":%" PRId64, now - asked);
	buffer_printf(out, ",\"expires\":\"%s\"", timestamp_format(expires + wall - now, text));
	buffer_printf(out, ",\"kept_until\":\"%s\"", timestamp_format(until + wall - now, text));
}

void answers_describe(const struct answers *answers, int64_t now, int64_t wall, struct buffer *out)
{
	static const char *const states[] = {
		[ANSWER_UNASKED] = "unasked", [ANSWER_FRESH] = "fresh", [ANSWER_KEPT] = "kept",
		[ANSWER_NONE] = "unresolved",
	};
	struct cidr list[2 * ANSWER_ADDRESSES_MAX];
	bool first = true;

	buffer_append_byte(out, '[');
	for (size_t i = 0; i < answers->count; i++) {
		const struct host_answer *a = answers->list[i];
		const char *problem = answer_problem(a);

		if (!a->in_force)
			continue;
		buffer_append_text(out, first ? "{\"name\":" : ",{\"name\":");
		first = false;
		escape_json(out, a->name, strlen(a->name));
		buffer_printf(out, ",\"state\":\"%s\",\"addresses\":", states[answer_state(a)]);
		add_list(list, answer_addresses(a, list), out);
		describe_times(a, now, wall, out);
		describe_refused(a, out);
		if (problem) {
			buffer_append_text(out, ",\"problem\":");
			escape_json(out, problem, strlen(problem));
		}
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}
