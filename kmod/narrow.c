// SPDX-License-Identifier: GPL-2.0-only
/* Does an image only take rights away from subjects of another, or give what one may? */
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "narrow.h"

typedef const struct bailiwick_image_header image_header;

static const void *records(image_header *image, u32 section)
{
	return (const u8 *)image + image->section[section].offset;
}

static u32 count(image_header *image, u32 section)
{
	return image->section[section].count;
}

/* From `rows` to `flags` the header says how to read the sections and whom defaults bind. */
static bool same_frame(image_header *old, image_header *new)
{
	const size_t from = offsetof(struct bailiwick_image_header, rows);
	const size_t to = offsetof(struct bailiwick_image_header, digest);

	return !memcmp((const u8 *)old + from, (const u8 *)new + from, to - from);
}

static bool same_bytes(image_header *old, image_header *new)
{
	static const u8 sections[] = {
		BAILIWICK_SECTION_BYTE_CLASS, BAILIWICK_SECTION_STATE, BAILIWICK_SECTION_COMB,
		BAILIWICK_SECTION_CELL, BAILIWICK_SECTION_TRANSITION,
		BAILIWICK_SECTION_DOMINANCE, BAILIWICK_SECTION_TRIE, BAILIWICK_SECTION_NET_CELL,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		const u32 size = old->section[sections[i]].size;

		if (new->section[sections[i]].size != size ||
		    memcmp(records(old, sections[i]), records(new, sections[i]), size))
			return false;
		cond_resched();
	}
	return true;
}

/* But for their strings, which are for people and move when a subject's name goes. */
static bool same_labels(image_header *old, image_header *new)
{
	const struct bailiwick_label *a = records(old, BAILIWICK_SECTION_LABEL);
	const struct bailiwick_label *b = records(new, BAILIWICK_SECTION_LABEL);
	u32 i;

	for (i = 0; i < count(old, BAILIWICK_SECTION_LABEL); i++)
		if (memcmp(&a[i], &b[i], offsetof(struct bailiwick_label, example)))
			return false;
	return true;
}

static bool same_rows(image_header *old, image_header *new)
{
	const struct bailiwick_row *a = records(old, BAILIWICK_SECTION_ROW);
	const struct bailiwick_row *b = records(new, BAILIWICK_SECTION_ROW);
	u32 i;

	for (i = 0; i < count(old, BAILIWICK_SECTION_ROW); i++)
		if (memcmp(&a[i], &b[i], offsetof(struct bailiwick_row, name)))
			return false;
	return true;
}

static const struct bailiwick_binding *binding_find(image_header *image,
						    const struct bailiwick_binding *like)
{
	const struct bailiwick_binding *all = records(image, BAILIWICK_SECTION_BINDING);
	const u32 mask = count(image, BAILIWICK_SECTION_BINDING) - 1;
	const u32 home = bailiwick_hash(like->kind, like->id);
	u32 i;

	for (i = 0; i < BAILIWICK_PROBES_MAX; i++) {
		const struct bailiwick_binding *b = &all[(home + i) & mask];

		if (b->kind == like->kind && b->id == like->id)
			return b;
		if (b->kind == BAILIWICK_SUBJECT_NONE)
			break;
	}
	return NULL;
}

static u32 bindings(image_header *image)
{
	const struct bailiwick_binding *all = records(image, BAILIWICK_SECTION_BINDING);
	u32 i, n = 0;

	for (i = 0; i < count(image, BAILIWICK_SECTION_BINDING); i++)
		n += all[i].kind != BAILIWICK_SUBJECT_NONE;
	return n;
}

/* What two have signed says that one is enough to give these roles to anybody. */
static bool one_gives(image_header *image, u32 row)
{
	const struct bailiwick_row *rows = records(image, BAILIWICK_SECTION_ROW);

	return rows[row].flags & BAILIWICK_ROW_ONE_APPROVAL;
}

static bool dominates(image_header *image, u32 row, u32 other)
{
	const u32 *words = records(image, BAILIWICK_SECTION_DOMINANCE);
	const struct bailiwick_row *rows = records(image, BAILIWICK_SECTION_ROW);
	const u32 bit = row * image->rows + other;

	return words[bit / 32] >> (bit % 32) & 1 && !(rows[other].flags & ~rows[row].flags);
}

static bool same_name(image_header *old, const struct bailiwick_binding *a,
		      image_header *new, const struct bailiwick_binding *b)
{
	const char *x = (const char *)records(old, BAILIWICK_SECTION_STRINGS) + a->name;
	const char *y = (const char *)records(new, BAILIWICK_SECTION_STRINGS) + b->name;

	return a->name_size == b->name_size && !memcmp(x, y, a->name_size);
}

/* A grant that had an end keeps it, or an earlier one; or nothing of it is left. */
static bool ends_no_later(const struct bailiwick_binding *old,
			  const struct bailiwick_binding *new)
{
	return !old->until || (new->until && new->until <= old->until) ||
	       new->row == BAILIWICK_ROW_NONE;
}

bool bw_narrows(image_header *old, image_header *new)
{
	const struct bailiwick_binding *all = records(new, BAILIWICK_SECTION_BINDING), *was;
	u32 i, kept = 0;

	if (!same_frame(old, new) || !same_bytes(old, new) || !same_labels(old, new) ||
	    !same_rows(old, new))
		return false;
	for (i = 0; i < count(new, BAILIWICK_SECTION_BINDING); i++) {
		if (all[i].kind == BAILIWICK_SUBJECT_NONE)
			continue;
		was = binding_find(old, &all[i]);
		if (was && !same_name(old, was, new, &all[i]))
			return false;
		kept += was != NULL;
		if (one_gives(old, all[i].row))
			continue;
		if (!was || !dominates(old, was->row, all[i].row) || !ends_no_later(was, &all[i]))
			return false;
	}
	/* No subject is bound twice: as many found as there were are all of them. */
	return kept == bindings(old);
}
