// SPDX-License-Identifier: Apache-2.0
/* The subjects an image binds, and what the compiler is told about them */
#include "daemon/subjects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "daemon/controller.h"

#define X_TEXT(id, text) text,
static const char *const kinds[] = { BAILIWICK_SUBJECTS(X_TEXT) };

char *subject_text(const struct image *image, const struct bailiwick_subject *subject,
		   char text[SUBJECT_TEXT_MAX])
{
	const char *kind = subject->kind < BAILIWICK_SUBJECT_COUNT ? kinds[subject->kind] : "none";

	snprintf(text, SUBJECT_TEXT_MAX, "%s:%s", kind, image_string(image, subject->name));
	return text;
}

const char *subject_check(const char *subject)
{
	const char *name = strchr(subject, ':');
	size_t size = name ? (size_t)(name - subject) : 0;

	if (!name || !name[1])
		return "a subject is user:NAME, group:NAME, unit:NAME or exe:PATH";
	if (strlen(subject) >= SUBJECT_TEXT_MAX)
		return "the subject's name is too long";
	for (const char *c = subject; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "the subject's name holds control characters";
	for (uint32_t i = BAILIWICK_SUBJECT_USER; i <= BAILIWICK_SUBJECT_EXE; i++)
		if (strlen(kinds[i]) == size && strncmp(kinds[i], subject, size) == 0)
			return i == BAILIWICK_SUBJECT_EXE && name[1] != '/' ?
			       "exe: wants an absolute path" : NULL;
	return "a subject is user:NAME, group:NAME, unit:NAME or exe:PATH";
}

bool subjects_hold(const struct image *image, const char *subject, const char *role)
{
	char text[SUBJECT_TEXT_MAX];
	uint32_t count;
	const struct bailiwick_subject *subjects =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);

	for (uint32_t i = 0; i < count; i++) {
		const char *held = image_string(image, subjects[i].role);

		if (strcmp(subject_text(image, subjects + i, text), subject) == 0 &&
		    (role ? strcmp(held, role) == 0 : strcmp(held, "none") != 0))
			return true;
	}
	return false;
}

int subjects_remember(const struct image *image, struct state *state)
{
	char text[SUBJECT_TEXT_MAX];
	uint32_t count;
	const struct bailiwick_subject *subjects =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		/* who was never confined loses nothing by being unconfined again */
		if (strcmp(image_string(image, subjects[i].role), "unconfined") == 0)
			continue;
		if (subjects[i].kind < BAILIWICK_SUBJECT_USER ||
		    subjects[i].kind > BAILIWICK_SUBJECT_EXE)
			continue;
		r = state_bind(state, subject_text(image, subjects + i, text));
	}
	return r;
}

int64_t subjects_next_end(const struct image *image, int64_t now)
{
	uint32_t count;
	const struct bailiwick_subject *subjects =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);
	int64_t next = 0;

	for (uint32_t i = 0; i < count; i++) {
		int64_t until = (int64_t)subjects[i].until;

		if (until > now && (!next || until < next))
			next = until;
	}
	return next;
}

struct lines {
	struct buffer *out;
	int64_t now;
	const char *member;
};

static void quoted(struct buffer *out, const char *text)
{
	escape_json(out, text, strlen(text));
}

static int write_assignment(void *context, const struct state_assignment *a)
{
	struct lines *lines = context;

	if (a->until && a->until <= lines->now)
		return 0;
	buffer_append_text(lines->out, "{\"subject\":");
	quoted(lines->out, a->subject);
	buffer_printf(lines->out, ",\"%s\":", lines->member);
	quoted(lines->out, a->role);
	if (a->until)
		buffer_printf(lines->out, ",\"until\":%" PRId64, a->until);
	return buffer_append_text(lines->out, "}\n");
}

static int write_hold(void *context, const char *subject)
{
	struct lines *lines = context;

	buffer_append_text(lines->out, "{\"subject\":");
	quoted(lines->out, subject);
	return buffer_append_text(lines->out, ",\"hold\":\"none\"}\n");
}

int subjects_write(struct state *state, int64_t now, struct buffer *out)
{
	struct lines lines = { .out = out, .now = now, .member = "role" };
	int r;

	/* the controller and its compiler: no policy may lock out who could change it */
	buffer_append_text(out, "{\"subject\":\"unit:" CONTROLLER_UNIT "\",\"role\":\"unconfined\"}\n");
	r = state_assignments(state, write_assignment, &lines);

	lines.member = "drop";
	if (r == 0)
		r = state_dropped(state, write_assignment, &lines);
	return r ? r : state_bound(state, write_hold, &lines);
}
