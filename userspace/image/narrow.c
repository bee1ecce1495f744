/* SPDX-License-Identifier: Apache-2.0 */
/* The image in which one subject has nothing left, made without the compiler */
#include "image/narrow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strmap.h"
#include "image/writer.h"

struct taking {
	const struct image *image;
	uint32_t kind;
	const char *name;
	const char *role;
	uint32_t row;			/* the subject is bound to */
	struct strmap bindings;
};

static bool is_subject(const struct taking *t, const struct bailiwick_subject *s)
{
	return s->kind == t->kind && strcmp(image_string(t->image, s->name), t->name) == 0;
}

/*
 * Bindings by name, as their number + 1.  The name that was first written for it stands
 * there: who came in by a group has none, and neither has the second name of one person.
 */
static int find_names(struct taking *t)
{
	uint32_t count;
	const struct bailiwick_binding *all =
		image_records(t->image, BAILIWICK_SECTION_BINDING, &count);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		const char *name = image_string(t->image, all[i].name);

		if (all[i].kind == t->kind && *name && !strmap_get(&t->bindings, name) &&
		    strmap_put(&t->bindings, name, (void *)((uintptr_t)i + 1)))
			r = -ENOMEM;
	}
	return r;
}

/* Somebody of another name; may that be the same person? */
static bool may_be_subject(const struct taking *t, const struct bailiwick_subject *s)
{
	if (t->kind != BAILIWICK_SUBJECT_USER || s->kind == BAILIWICK_SUBJECT_UNIT ||
	    s->kind == BAILIWICK_SUBJECT_EXE)
		return false;
	return s->kind == BAILIWICK_SUBJECT_GROUP ||
	       !strmap_get(&t->bindings, image_string(t->image, s->name));
}

/* May the row have this role by another line than those that are taken back? */
static bool held_otherwise(const struct taking *t, const char *role)
{
	uint32_t count;
	const struct bailiwick_subject *s = image_records(t->image, BAILIWICK_SECTION_SUBJECT, &count);
	bool written = false;

	for (uint32_t i = 0; i < count; i++) {
		if (is_subject(t, s + i))
			written |= strcmp(image_string(t->image, s[i].role), role) == 0;
		else if (strcmp(image_string(t->image, s[i].role), role) == 0 &&
			 may_be_subject(t, s + i))
			return true;
	}
	return !written;
}

static bool is_built_in(const char *role)
{
	return strcmp(role, "none") == 0 || strcmp(role, "unconfined") == 0;
}

/* "unconfined" beside a role means more than its row says. */
static bool is_free(const struct taking *t)
{
	uint32_t count;
	const struct bailiwick_subject *s = image_records(t->image, BAILIWICK_SECTION_SUBJECT, &count);

	for (uint32_t i = 0; i < count; i++)
		if (strcmp(image_string(t->image, s[i].role), "unconfined") == 0 &&
		    (is_subject(t, s + i) || may_be_subject(t, s + i)))
			return true;
	return false;
}

static bool nothing_remains(const struct taking *t)
{
	const struct bailiwick_row *row = image_row(t->image, t->row);

	if (!row || !row->role_count || is_free(t))
		return false;
	for (uint32_t i = 0; i < row->role_count; i++) {
		const struct bailiwick_role *role =
			image_role(t->image, image_row_role(t->image, t->row, i));
		const char *name = role ? image_string(t->image, role->name) : "";

		if (!*name || is_built_in(name) || (t->role && strcmp(t->role, name) != 0) ||
		    held_otherwise(t, name))
			return false;
	}
	return true;
}

/* The lines for people: nothing of what was given is left. */
static void take_lines(const struct taking *t, uint8_t *bytes, uint32_t none)
{
	const struct bailiwick_section *section =
		&t->image->header->section[BAILIWICK_SECTION_SUBJECT];
	struct bailiwick_subject *s = (void *)(bytes + section->offset);

	for (uint32_t i = 0; i < section->count; i++) {
		if (!is_subject(t, s + i))
			continue;
		s[i].role = none;
		s[i].row = BAILIWICK_ROW_NONE;
		s[i].until = 0;
	}
}

static int take(struct taking *t, uint8_t *bytes, uint32_t none)
{
	const struct bailiwick_image_header *header = t->image->header;
	uintptr_t at = (uintptr_t)strmap_get(&t->bindings, t->name);
	struct bailiwick_binding *binding =
		(void *)(bytes + header->section[BAILIWICK_SECTION_BINDING].offset);

	if (!at)
		return 1;
	binding += at - 1;
	t->row = binding->row;
	if (!nothing_remains(t))
		return 1;
	binding->row = BAILIWICK_ROW_NONE;
	binding->until = 0;
	take_lines(t, bytes, none);
	return 0;
}

int image_take(const struct image *image, uint32_t kind, const char *name, const char *role,
	       uint64_t version, uint64_t created, struct image **ret)
{
	const uint32_t none = image_row(image, BAILIWICK_ROW_NONE)->name;
	struct taking t = { .image = image, .kind = kind, .name = name, .role = role };
	_cleanup_free_ uint8_t *bytes = malloc(image->view.size);
	struct bailiwick_image_header *header = (void *)bytes;
	int r;

	if (!bytes)
		return -ENOMEM;
	if (strcmp(image_string(image, none), "none") != 0 ||
	    (kind != BAILIWICK_SUBJECT_USER && kind != BAILIWICK_SUBJECT_UNIT))
		return 1;
	memcpy(bytes, image->view.bytes, image->view.size);
	r = find_names(&t);
	if (r == 0)
		r = take(&t, bytes, none);
	strmap_done(&t.bindings);
	if (r)
		return r;
	header->version = version;
	header->created = created;
	r = image_digest(bytes, image->view.size, header->digest);
	return r < 0 ? r : image_open_bytes(bytes, image->view.size, ret, NULL);
}
