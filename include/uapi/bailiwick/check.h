/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Is this block of bytes an image?  The same answer in module, controller and fuzzer. */
#ifndef BAILIWICK_CHECK_H
#define BAILIWICK_CHECK_H

#include <linux/errno.h>

#include "image.h"

/*
 * A checked image cannot lead ebpf/decide.h out of its bytes: every index that
 * the kernel follows is in bounds, tries have no cycle, hash chains are as long
 * as a look-up is willing to walk.  Unknown bits and kinds are refused, and so
 * is everything that has two spellings: gaps, bytes behind the end, reserved
 * words that are not zero.  The digest is not looked at.
 *
 * The sections for people are only held to their sizes here: whoever shows them
 * checks what they say.
 *
 * No allocation, no recursion; the time is linear in the image.  The module
 * defines BAILIWICK_CHECK_PAUSE() to let others run during a large image.
 */
#ifndef BAILIWICK_CHECK_PAUSE
#define BAILIWICK_CHECK_PAUSE() ((void)0)
#endif

struct bailiwick_check {
	const __u8 *bytes;		/* aligned to 8 */
	const struct bailiwick_image_header *header;
};

#define bailiwick_check_at(c, id) \
	((const void *)((c)->bytes + (c)->header->section[id].offset))
#define bailiwick_check_count(c, id) ((c)->header->section[id].count)

/* Declares `name`, the records of a section, and `name_count`. */
#define BAILIWICK_CHECK_RECORDS(c, id, type, name)                              \
	const struct type *name = bailiwick_check_at(c, BAILIWICK_SECTION_##id); \
	__u32 name##_count = bailiwick_check_count(c, BAILIWICK_SECTION_##id)

/* Bytes of one record of a section. */
static inline __u32 bailiwick_check_record(__u32 id)
{
	static const __u8 size[BAILIWICK_SECTION_COUNT] = {
		[BAILIWICK_SECTION_BYTE_CLASS] = 1,
		[BAILIWICK_SECTION_STATE] = sizeof(struct bailiwick_state),
		[BAILIWICK_SECTION_COMB] = sizeof(struct bailiwick_edge),
		[BAILIWICK_SECTION_LABEL] = sizeof(struct bailiwick_label),
		[BAILIWICK_SECTION_CELL] = 4,
		[BAILIWICK_SECTION_ROW] = sizeof(struct bailiwick_row),
		[BAILIWICK_SECTION_BINDING] = sizeof(struct bailiwick_binding),
		[BAILIWICK_SECTION_TRANSITION] = sizeof(struct bailiwick_transition),
		[BAILIWICK_SECTION_DOMINANCE] = 4,
		[BAILIWICK_SECTION_TRIE] = sizeof(struct bailiwick_trie_node),
		[BAILIWICK_SECTION_NET_CELL] = 1,
		[BAILIWICK_SECTION_ROLE] = sizeof(struct bailiwick_role),
		[BAILIWICK_SECTION_ROW_ROLE] = 4,
		[BAILIWICK_SECTION_RULE] = sizeof(struct bailiwick_rule),
		[BAILIWICK_SECTION_NETWORK] = sizeof(struct bailiwick_network),
		[BAILIWICK_SECTION_PREFIX] = sizeof(struct bailiwick_prefix),
		[BAILIWICK_SECTION_PORTS] = sizeof(struct bailiwick_ports),
		[BAILIWICK_SECTION_NET_RULE] = sizeof(struct bailiwick_net_rule),
		[BAILIWICK_SECTION_CLASS] = sizeof(struct bailiwick_class),
		[BAILIWICK_SECTION_SUBJECT] = sizeof(struct bailiwick_subject),
		[BAILIWICK_SECTION_STRINGS] = 1,
	};

	return id < BAILIWICK_SECTION_COUNT ? size[id] : 0;
}

static inline const char *bailiwick_check_header(const struct bailiwick_image_header *h)
{
	if (!h->version)
		return "policy version 0";
	if (h->rows < BAILIWICK_ROW_FIRST || h->rows > BAILIWICK_ROWS_MAX)
		return "number of rows out of range";
	if (h->labels < BAILIWICK_LABEL_FIRST || h->labels > BAILIWICK_LABELS_MAX)
		return "number of labels out of range";
	if (h->rows * h->labels > BAILIWICK_CELLS_MAX)
		return "access matrix too large";
	if (!h->byte_classes || h->byte_classes > 256)
		return "number of byte classes out of range";
	if (h->states < 2 || h->states > BAILIWICK_STATES_MAX)
		return "number of states out of range";
	if (h->start_state >= h->states)
		return "start state out of range";
	if (!h->address_classes || !h->port_classes)
		return "no address class or no port class";
	if (h->default_user_row >= h->rows || h->default_unit_row >= h->rows)
		return "default row out of range";
	return h->flags ? "unknown header flags" : 0;
}

/* Sections follow each other, padded with zeros to 8 bytes, up to the image's end. */
static inline const char *bailiwick_check_sections(const struct bailiwick_check *c)
{
	__u32 end = sizeof(struct bailiwick_image_header), id;

	for (id = 0; id < BAILIWICK_SECTION_COUNT; id++) {
		const struct bailiwick_section *s = &c->header->section[id];

		if (s->reserved)
			return "reserved word of a section is not zero";
		while (end % 8) {
			if (end >= c->header->image_size || c->bytes[end])
				return "padding between sections is not zero";
			end++;
		}
		if (s->offset != end)
			return "a section does not follow the one before it";
		if (s->size > c->header->image_size - end)
			return "a section ends behind the image";
		if ((__u64)s->count * bailiwick_check_record(id) != s->size)
			return "size of a section does not fit its records";
		end += s->size;
	}
	return end != c->header->image_size ? "bytes behind the last section" : 0;
}

/* Sections whose number of records follows from the header. */
static inline const char *bailiwick_check_counts(const struct bailiwick_check *c)
{
	const struct bailiwick_image_header *h = c->header;
	__u64 cells = (__u64)h->rows * h->address_classes;
	const __u8 *text = bailiwick_check_at(c, BAILIWICK_SECTION_STRINGS);
	__u32 text_size = bailiwick_check_count(c, BAILIWICK_SECTION_STRINGS);

	if (!text_size || text[0] || text[text_size - 1])
		return "strings do not start and end with NUL";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_BYTE_CLASS) != 256)
		return "byte classes are not 256";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_STATE) != h->states)
		return "states differ from the header";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_LABEL) != h->labels)
		return "labels differ from the header";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_CELL) != h->rows * h->labels)
		return "cells are not rows times labels";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_ROW) != h->rows)
		return "rows differ from the header";
	if (bailiwick_check_count(c, BAILIWICK_SECTION_DOMINANCE) != (h->rows * h->rows + 31) / 32)
		return "dominance is not rows times rows";
	if (cells > BAILIWICK_SLOT_MAX || cells * h->port_classes !=
	    bailiwick_check_count(c, BAILIWICK_SECTION_NET_CELL))
		return "network cells are not rows times address classes times port classes";
	return 0;
}

static inline const char *bailiwick_check_automaton(const struct bailiwick_check *c)
{
	BAILIWICK_CHECK_RECORDS(c, STATE, bailiwick_state, states);
	BAILIWICK_CHECK_RECORDS(c, COMB, bailiwick_edge, edges);
	const __u8 *classes = bailiwick_check_at(c, BAILIWICK_SECTION_BYTE_CLASS);
	__u32 i;

	for (i = 0; i < 256; i++)
		if (classes[i] >= c->header->byte_classes)
			return "byte class out of range";
	BAILIWICK_CHECK_PAUSE();
	for (i = 0; i < states_count; i++) {
		if (states[i].base > edges_count)
			return "base of a state out of range";
		if (states[i].fallback >= states_count)
			return "fallback of a state out of range";
		if (states[i].label >= c->header->labels)
			return "label of a state out of range";
	}
	BAILIWICK_CHECK_PAUSE();
	for (i = 0; i < edges_count; i++) {
		if (edges[i].check >= states_count && edges[i].check != ~0u)
			return "owner of an edge out of range";
		if (edges[i].next >= states_count)
			return "target of an edge out of range";
	}
	return 0;
}

static inline const char *bailiwick_check_matrix(const struct bailiwick_check *c)
{
	const __u32 known = BAILIWICK_CELL_RIGHTS | BAILIWICK_CELL_TRANSITION |
		BAILIWICK_CELL_PROTECTED | 3u << BAILIWICK_CELL_SEVERITY_SHIFT;
	BAILIWICK_CHECK_RECORDS(c, LABEL, bailiwick_label, labels);
	const __u32 *cells = bailiwick_check_at(c, BAILIWICK_SECTION_CELL);
	__u32 row, i;

	for (i = 0; i < labels_count; i++) {
		if (labels[i].flags & ~BAILIWICK_LABEL_PROTECTED)
			return "unknown flags of a label";
		if (labels[i].class_index >= bailiwick_check_count(c, BAILIWICK_SECTION_CLASS))
			return "class of a label out of range";
		if (labels[i].exe_row >= c->header->rows)
			return "row of a label out of range";
		if (labels[i].example >= bailiwick_check_count(c, BAILIWICK_SECTION_STRINGS))
			return "string of a label out of range";
	}
	for (row = 0; row < c->header->rows; row++) {
		BAILIWICK_CHECK_PAUSE();
		for (i = 0; i < labels_count; i++, cells++) {
			if (*cells & ~known || *cells >> BAILIWICK_CELL_SEVERITY_SHIFT >=
			    BAILIWICK_SEVERITY_COUNT)
				return "unknown bits in a cell";
			if (!(*cells & BAILIWICK_CELL_PROTECTED) !=
			    !(labels[i].flags & BAILIWICK_LABEL_PROTECTED))
				return "cell and label disagree on protection";
		}
	}
	return 0;
}

static inline const char *bailiwick_check_rows(const struct bailiwick_check *c)
{
	BAILIWICK_CHECK_RECORDS(c, ROW, bailiwick_row, rows);
	const __u32 *dominance = bailiwick_check_at(c, BAILIWICK_SECTION_DOMINANCE);
	const __u32 *roles = bailiwick_check_at(c, BAILIWICK_SECTION_ROW_ROLE);
	__u32 roles_count = bailiwick_check_count(c, BAILIWICK_SECTION_ROW_ROLE);
	__u32 i;

	for (i = 0; i < rows_count; i++) {
		__u32 bit = i * rows_count + i;

		if (!(dominance[bit / 32] >> (bit % 32) & 1))
			return "a row does not dominate itself";
		if (rows[i].privileges & ~(__u32)BAILIWICK_PRIVILEGES_ALL)
			return "unknown privileges of a row";
		if (rows[i].mode >= BAILIWICK_MODE_COUNT)
			return "unknown mode of a row";
		if (rows[i].flags & ~BAILIWICK_ROW_FLAGS)
			return "unknown flags of a row";
		if (rows[i].name >= bailiwick_check_count(c, BAILIWICK_SECTION_STRINGS))
			return "name of a row out of range";
		if ((__u64)rows[i].first_role + rows[i].role_count > roles_count)
			return "roles of a row out of range";
	}
	for (i = 0; i < roles_count; i++)
		if (roles[i] >= bailiwick_check_count(c, BAILIWICK_SECTION_ROLE))
			return "role of a row out of range";
	return 0;
}

static inline const char *bailiwick_check_binding(const struct bailiwick_check *c,
						  const struct bailiwick_binding *all, __u32 slot)
{
	const struct bailiwick_binding *b = &all[slot];
	__u32 mask = bailiwick_check_count(c, BAILIWICK_SECTION_BINDING) - 1;
	__u32 strings = bailiwick_check_count(c, BAILIWICK_SECTION_STRINGS);
	const __u8 *text = bailiwick_check_at(c, BAILIWICK_SECTION_STRINGS);
	__u32 home = bailiwick_hash(b->kind, b->id) & mask, i;

	if (b->kind == BAILIWICK_SUBJECT_NONE)
		return b->row || b->id || b->until || b->name || b->name_size ?
			"an empty binding is not zero" : 0;
	if (b->kind != BAILIWICK_SUBJECT_USER && b->kind != BAILIWICK_SUBJECT_UNIT &&
	    b->kind != BAILIWICK_SUBJECT_ROLE)
		return "unknown kind of a binding";
	if (b->row >= c->header->rows)
		return "row of a binding out of range";
	if (b->name >= strings || b->name_size >= strings - b->name || text[b->name + b->name_size])
		return "name of a binding out of range";
	if (b->kind == BAILIWICK_SUBJECT_UNIT && !b->name_size)
		return "a unit without a name";
	for (i = 0; i < BAILIWICK_PROBES_MAX; i++) {
		const struct bailiwick_binding *o = &all[(home + i) & mask];

		if (o == b)
			return 0;
		if (o->kind == BAILIWICK_SUBJECT_NONE)
			break;
		if (o->kind == b->kind && o->id == b->id)
			return "a subject is bound twice";
	}
	return "a binding cannot be found from its home slot";
}

static inline const char *bailiwick_check_transition(const struct bailiwick_check *c,
						     const struct bailiwick_transition *all,
						     __u32 slot)
{
	const struct bailiwick_transition *t = &all[slot];
	__u32 mask = bailiwick_check_count(c, BAILIWICK_SECTION_TRANSITION) - 1;
	const __u32 *cells = bailiwick_check_at(c, BAILIWICK_SECTION_CELL);
	__u32 home = bailiwick_hash(t->row, t->label) & mask, i;

	if (t->reserved || (!t->target && (t->row || t->label)))
		return "reserved word of a transition is not zero";
	if (!t->target)
		return 0;
	if (t->row >= c->header->rows || t->target >= c->header->rows ||
	    t->label >= c->header->labels)
		return "row or label of a transition out of range";
	if (!(cells[t->row * c->header->labels + t->label] & BAILIWICK_CELL_TRANSITION))
		return "a transition without the mark in its cell";
	for (i = 0; i < BAILIWICK_PROBES_MAX; i++) {
		const struct bailiwick_transition *o = &all[(home + i) & mask];

		if (o == t)
			return 0;
		if (!o->target)
			break;
		if (o->row == t->row && o->label == t->label)
			return "two transitions for one row and label";
	}
	return "a transition cannot be found from its home slot";
}

static inline const char *bailiwick_check_tables(const struct bailiwick_check *c)
{
	BAILIWICK_CHECK_RECORDS(c, BINDING, bailiwick_binding, bindings);
	BAILIWICK_CHECK_RECORDS(c, TRANSITION, bailiwick_transition, transitions);
	const char *why = 0;
	__u32 i;

	if (!bindings_count || bindings_count & (bindings_count - 1) ||
	    !transitions_count || transitions_count & (transitions_count - 1))
		return "slots of a hash section are no power of two";
	BAILIWICK_CHECK_PAUSE();
	for (i = 0; i < bindings_count && !why; i++)
		why = bailiwick_check_binding(c, bindings, i);
	for (i = 0; i < transitions_count && !why; i++)
		why = bailiwick_check_transition(c, transitions, i);
	return why;
}

static inline const char *bailiwick_check_net(const struct bailiwick_check *c)
{
	const struct bailiwick_image_header *h = c->header;
	BAILIWICK_CHECK_RECORDS(c, TRIE, bailiwick_trie_node, nodes);
	const __u8 *cells = bailiwick_check_at(c, BAILIWICK_SECTION_NET_CELL);
	__u32 cell_count = bailiwick_check_count(c, BAILIWICK_SECTION_NET_CELL);
	__u32 most = h->address_classes > h->port_classes ? h->address_classes : h->port_classes;
	__u32 i, k;

	if (h->trie4_root >= nodes_count || h->trie6_root >= nodes_count)
		return "root of an address trie out of range";
	for (i = 0; i < BAILIWICK_TRANSPORT_COUNT; i++)
		if (h->port_root[i] >= nodes_count)
			return "root of a port trie out of range";
	BAILIWICK_CHECK_PAUSE();
	for (i = 0; i < nodes_count; i++) {
		for (k = 0; k < 16; k++) {
			__u32 slot = nodes[i].slot[k];

			if (slot & BAILIWICK_TRIE_LEAF) {
				if ((slot & ~BAILIWICK_TRIE_LEAF) >= most)
					return "class of a trie out of range";
			} else if (slot <= i || slot >= nodes_count) {
				return "child of a trie node out of range";
			}
		}
	}
	BAILIWICK_CHECK_PAUSE();
	for (i = 0; i < cell_count; i++)
		if (cells[i] & ~BAILIWICK_NETOPS_ALL)
			return "unknown bits in a network cell";
	return 0;
}

static inline const char *bailiwick_check_all(const struct bailiwick_check *c)
{
	const char *why = bailiwick_check_header(c->header);

	why = why ? why : bailiwick_check_sections(c);
	why = why ? why : bailiwick_check_counts(c);
	why = why ? why : bailiwick_check_automaton(c);
	why = why ? why : bailiwick_check_matrix(c);
	why = why ? why : bailiwick_check_rows(c);
	why = why ? why : bailiwick_check_tables(c);
	return why ? why : bailiwick_check_net(c);
}

/*
 * 0, or a negative errno with a static sentence in *why: -EINVAL for bytes that
 * are not aligned to 8, -EPROTONOSUPPORT for a foreign ABI, -EBADMSG for all else.
 */
static inline int bailiwick_image_check(const void *bytes, __u32 size, const char **why)
{
	struct bailiwick_check c = { bytes, bytes };
	const char *magic = BAILIWICK_IMAGE_MAGIC;
	__u32 i;

	*why = "bytes are not aligned";
	if ((unsigned long)bytes % 8)
		return -EINVAL;
	*why = "shorter than a header";
	if (size < sizeof(*c.header))
		return -EBADMSG;
	*why = "not a policy image";
	for (i = 0; i < sizeof(c.header->magic); i++)
		if (c.header->magic[i] != (__u8)magic[i])
			return -EBADMSG;
	*why = "made for another version of Bailiwick";
	if (c.header->abi != BAILIWICK_ABI)
		return -EPROTONOSUPPORT;
	*why = "size differs from the header";
	if (c.header->header_size != sizeof(*c.header) || c.header->image_size != size ||
	    size > BAILIWICK_SLOT_MAX)
		return -EBADMSG;
	*why = bailiwick_check_all(&c);
	return *why ? -EBADMSG : 0;
}

#endif
