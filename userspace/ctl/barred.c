/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in quarantine, as the controller says with the image in force */
#include "ctl/barred.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/resolve.h"

#define CGROUPS "/sys/fs/cgroup"
#define SLICES_DEEP 32
#define MEMBER_MAX 64

/* "quarantine.ENTRY.KEY" */
static const char *member(char path[MEMBER_MAX], int entry, const char *key)
{
	snprintf(path, MEMBER_MAX, "quarantine.%d.%s", entry, key);
	return path;
}

static uint64_t id_of(const struct message *answer, int entry)
{
	char path[MEMBER_MAX];
	const char *text = message_string(answer, member(path, entry, "id"));

	return text ? strtoull(text, NULL, 16) : 0;
}

static bool is_kind(const struct message *answer, int entry, const char *kind)
{
	char path[MEMBER_MAX];
	const char *text = message_string(answer, member(path, entry, "kind"));

	return text && !strcmp(text, kind);
}

/* @kind: a word of BAILIWICK_SUBJECTS() */
static int find(const struct message *answer, const char *kind, uint32_t number, uint64_t id)
{
	int count = answer ? (int)message_count(answer, "quarantine") : 0;
	char path[MEMBER_MAX];

	for (int i = 0; i < count; i++)
		if (is_kind(answer, i, kind) && id_of(answer, i) == id &&
		    field_number(answer, member(path, i, "number")) == number)
			return i;
	return BARRED_NOT;
}

int barred_user(const struct message *answer, uint32_t uid)
{
	return find(answer, "user", uid, 0);
}

int barred_program(const struct message *answer, const char *path, size_t size)
{
	return find(answer, "exe", 0, hash64(path, size));
}

/* --- units ------------------------------------------------------------------------ */

static int find_unit(const struct message *answer, const char *name, size_t size)
{
	return find(answer, "unit", 0, hash64(name, size));
}

static bool is_slice(const char *name)
{
	size_t size = strlen(name);

	return size > 6 && !strcmp(name + size - 6, ".slice");
}

/* "a-b.slice" is in "a.slice" */
static int find_slice_above(const struct message *answer, const char *name)
{
	char above[NAME_MAX + 1];
	int found = BARRED_NOT;

	for (const char *dash = strchr(name, '-'); dash && found == BARRED_NOT;
	     dash = strchr(dash + 1, '-')) {
		int size = snprintf(above, sizeof(above), "%.*s.slice", (int)(dash - name), name);

		if (size > 6 && (size_t)size < sizeof(above))
			found = find_unit(answer, above, (size_t)size);
	}
	return found;
}

/* Which of the slices down to the unit is in quarantine; only slices hold units */
static int find_running(const struct message *answer, const char *directory, const char *name,
			int above, int depth)
{
	DIR *all = depth < SLICES_DEEP ? opendir(directory) : NULL;
	int found = BARRED_NOT;
	struct dirent *entry;
	char path[PATH_MAX];

	while (all && found == BARRED_NOT && (entry = readdir(all))) {
		int in = above;

		if (!strcmp(entry->d_name, name))
			found = above;
		if (!is_slice(entry->d_name) || (size_t)snprintf(path, sizeof(path), "%s/%s", directory,
								 entry->d_name) >= sizeof(path))
			continue;
		if (in == BARRED_NOT)
			in = find_unit(answer, entry->d_name, strlen(entry->d_name));
		if (found == BARRED_NOT)
			found = find_running(answer, path, name, in, depth + 1);
	}
	if (all)
		closedir(all);
	return found;
}

int barred_unit(const struct message *answer, const char *name)
{
	int found = find_unit(answer, name, strlen(name));

	if (found == BARRED_NOT && is_slice(name))
		found = find_slice_above(answer, name);
	if (found == BARRED_NOT && answer && message_count(answer, "quarantine"))
		found = find_running(answer, CGROUPS, name, BARRED_NOT, 0);
	return found;
}

/* --- all of them -------------------------------------------------------------------- */

int barred_subject(const struct message *answer, const struct subject *subject)
{
	uint32_t uid;

	switch (subject->kind) {
	case SUBJECT_USER:
		if (subject->numeric)
			return barred_user(answer, subject->id);
		return resolve_user(subject->name, &uid) == RESOLVE_FINE ? barred_user(answer, uid) :
									   BARRED_NOT;
	case SUBJECT_UNIT:
		return barred_unit(answer, subject->name);
	case SUBJECT_EXE:
		return barred_program(answer, subject->name, strlen(subject->name));
	default:
		return BARRED_NOT;
	}
}

const char *barred_name(const struct message *answer, int entry)
{
	char path[MEMBER_MAX];

	return message_string(answer, member(path, entry, "subject"));
}

void barred_text(struct buffer *out, const struct message *answer, int entry)
{
	char path[MEMBER_MAX];

	buffer_add_shown(out, barred_name(answer, entry));
	if (!message_has(answer, member(path, entry, "since")))
		return;
	buffer_append_text(out, " since ");
	field_add_text(out, answer, path);
	buffer_printf(out, ", by uid %lld", (long long)field_number(answer, member(path, entry, "uid")));
	if (message_has(answer, member(path, entry, "loginuid")))
		buffer_printf(out, " (login uid %lld)", (long long)field_number(answer, path));
}

void barred_json(struct buffer *out, const struct message *answer, int entry)
{
	static const char *const keys[] = { "since", "uid", "loginuid" };
	char path[MEMBER_MAX];

	if (entry == BARRED_NOT) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_text(out, "{\"subject\":");
	field_add_json(out, answer, member(path, entry, "subject"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		buffer_printf(out, ",\"%s\":", keys[i]);
		field_add_json(out, answer, member(path, entry, keys[i]));
	}
	buffer_append_byte(out, '}');
}
