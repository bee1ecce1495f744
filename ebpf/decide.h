/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Image x question -> verdict.  Pure C, the same file in the kernel programs and on the host. */
#ifndef BAILIWICK_DECIDE_H
#define BAILIWICK_DECIDE_H

#include <bailiwick/image.h>

/*
 * Before including this file define `image_t`, a handle on the bytes of one
 * image, and
 *
 *	__u8  image_load8(image_t image, __u32 offset);
 *	__u32 image_load32(image_t image, __u32 offset);
 *	__u64 image_load64(image_t image, __u32 offset);
 *
 * An offset outside the image must be harmless; what such a load returns does
 * not matter for safety of memory, and a checked image never asks for one.
 * Nothing here trusts that the image was checked: every index is bounded, and
 * an index out of bounds grants nothing.
 */
#define DECIDE_INLINE static inline __attribute__((always_inline, unused))

#define DECIDE_HEADER(image, field) \
	image_load32(image, __builtin_offsetof(struct bailiwick_image_header, field))
#define DECIDE_SECTION(image, id) \
	DECIDE_HEADER(image, section[BAILIWICK_SECTION_##id].offset)
#define DECIDE_COUNT(image, id) \
	DECIDE_HEADER(image, section[BAILIWICK_SECTION_##id].count)
#define DECIDE_FIELD(type, field) ((__u32)__builtin_offsetof(struct type, field))

/* --- objects: the path automaton ------------------------------------- */

/* Offsets an automaton run needs, loaded once per run. */
struct decide_automaton {
	__u32 classes;
	__u32 states;
	__u32 comb;
	__u32 state_count;
	__u32 edge_count;
};

DECIDE_INLINE void automaton_open(image_t image, struct decide_automaton *a)
{
	a->classes = DECIDE_SECTION(image, BYTE_CLASS);
	a->states = DECIDE_SECTION(image, STATE);
	a->comb = DECIDE_SECTION(image, COMB);
	a->state_count = DECIDE_COUNT(image, STATE);
	a->edge_count = DECIDE_COUNT(image, COMB);
}

/* State before the first byte of a canonical path; the root directory is "". */
DECIDE_INLINE __u32 automaton_start(image_t image)
{
	return DECIDE_HEADER(image, start_state);
}

/* One byte.  A state out of range is the dead state. */
DECIDE_INLINE __u32 automaton_next(image_t image, const struct decide_automaton *a,
				   __u32 state, __u8 byte)
{
	__u32 record, edge;

	if (state >= a->state_count)
		return BAILIWICK_STATE_DEAD;
	record = a->states + state * (__u32)sizeof(struct bailiwick_state);
	edge = image_load32(image, record + DECIDE_FIELD(bailiwick_state, base)) +
	       image_load8(image, a->classes + byte);
	if (edge < a->edge_count) {
		__u32 at = a->comb + edge * (__u32)sizeof(struct bailiwick_edge);

		if (image_load32(image, at + DECIDE_FIELD(bailiwick_edge, check)) == state)
			return image_load32(image, at + DECIDE_FIELD(bailiwick_edge, next));
	}
	return image_load32(image, record + DECIDE_FIELD(bailiwick_state, fallback));
}

/* "/name" below the directory whose path ended in `state`; size <= 255 bytes. */
DECIDE_INLINE __u32 automaton_child(image_t image, const struct decide_automaton *a,
				    __u32 state, const __u8 *name, __u32 size)
{
	__u32 i;

	state = automaton_next(image, a, state, '/');
	for (i = 0; i < BAILIWICK_NAME_MAX; i++) {
		if (i >= size)
			break;
		state = automaton_next(image, a, state, name[i]);
	}
	return state;
}

/* Label of the object whose path ended in `state`. */
DECIDE_INLINE __u32 automaton_label(image_t image, const struct decide_automaton *a, __u32 state)
{
	if (state >= a->state_count)
		return BAILIWICK_LABEL_UNKNOWN;
	return image_load32(image, a->states + state * (__u32)sizeof(struct bailiwick_state) +
			    DECIDE_FIELD(bailiwick_state, label));
}

/* --- files: row x label ------------------------------------------------ */

/* The cell of the access matrix, 0 (no right at all) for indices out of range. */
DECIDE_INLINE __u32 decide_cell(image_t image, __u32 row, __u32 label)
{
	__u32 labels = DECIDE_HEADER(image, labels);

	if (row >= DECIDE_HEADER(image, rows) || label >= labels)
		return 0;
	return image_load32(image, DECIDE_SECTION(image, CELL) + (row * labels + label) * 4);
}

/* Rights out of `rights` the cell does not hold; 0 is "allowed". */
DECIDE_INLINE __u32 decide_denied(__u32 cell, __u32 rights)
{
	return rights & ~(cell & BAILIWICK_CELL_RIGHTS);
}

DECIDE_INLINE __u32 decide_severity(__u32 cell)
{
	return (cell >> BAILIWICK_CELL_SEVERITY_SHIFT) & 3;
}

/* Row entered when `row` runs a program of this label; `row` itself when it stays. */
DECIDE_INLINE __u32 decide_transition(image_t image, __u32 row, __u32 label)
{
	__u32 mask = DECIDE_COUNT(image, TRANSITION) - 1;
	__u32 home = bailiwick_hash(row, label);
	__u32 at = DECIDE_SECTION(image, TRANSITION);
	__u32 i;

	for (i = 0; i < BAILIWICK_PROBES_MAX; i++) {
		__u32 slot = at + ((home + i) & mask) * (__u32)sizeof(struct bailiwick_transition);
		__u32 target = image_load32(image, slot + DECIDE_FIELD(bailiwick_transition, target));

		if (!target)
			break;
		if (image_load32(image, slot + DECIDE_FIELD(bailiwick_transition, row)) == row &&
		    image_load32(image, slot + DECIDE_FIELD(bailiwick_transition, label)) == label)
			return target;
	}
	return row;
}

/* Row a task without a role enters by running a program of this label; 0 none. */
DECIDE_INLINE __u32 decide_exe_row(image_t image, __u32 label)
{
	if (label >= DECIDE_HEADER(image, labels))
		return 0;
	return image_load32(image, DECIDE_SECTION(image, LABEL) +
			    label * (__u32)sizeof(struct bailiwick_label) +
			    DECIDE_FIELD(bailiwick_label, exe_row));
}

/* --- rows -------------------------------------------------------------- */

#define DECIDE_ROW(image, row, field) \
	(DECIDE_SECTION(image, ROW) + (row) * (__u32)sizeof(struct bailiwick_row) + \
	 DECIDE_FIELD(bailiwick_row, field))

/* All three: 1 allowed, 0 denied; numbers out of range are denied. */
DECIDE_INLINE int decide_capability(image_t image, __u32 row, __u32 number)
{
	if (row >= DECIDE_HEADER(image, rows) || number > 63)
		return 0;
	return (image_load64(image, DECIDE_ROW(image, row, capabilities)) >> number) & 1;
}

DECIDE_INLINE int decide_family(image_t image, __u32 row, __u32 number)
{
	if (row >= DECIDE_HEADER(image, rows) || number > 63)
		return 0;
	return (image_load64(image, DECIDE_ROW(image, row, families)) >> number) & 1;
}

DECIDE_INLINE int decide_privilege(image_t image, __u32 row, __u32 bit)
{
	if (row >= DECIDE_HEADER(image, rows) || bit > 31)
		return 0;
	return (image_load32(image, DECIDE_ROW(image, row, privileges)) >> bit) & 1;
}

DECIDE_INLINE __u32 decide_mode(image_t image, __u32 row)
{
	if (row >= DECIDE_HEADER(image, rows))
		return BAILIWICK_MODE_ENFORCE;
	return image_load32(image, DECIDE_ROW(image, row, mode));
}

DECIDE_INLINE __u32 decide_row_flags(image_t image, __u32 row)
{
	if (row >= DECIDE_HEADER(image, rows))
		return 0;
	return image_load32(image, DECIDE_ROW(image, row, flags));
}

/* Stable key of a row, for a task that keeps it across policy switches. */
DECIDE_INLINE __u64 decide_row_key(image_t image, __u32 row)
{
	if (row >= DECIDE_HEADER(image, rows))
		return 0;
	return image_load64(image, DECIDE_ROW(image, row, key));
}

/* 1 when `row` holds everything `other` holds. */
DECIDE_INLINE int decide_dominates(image_t image, __u32 row, __u32 other)
{
	__u32 rows = DECIDE_HEADER(image, rows);
	__u32 bit = row * rows + other;

	if (row >= rows || other >= rows)
		return 0;
	return (image_load32(image, DECIDE_SECTION(image, DOMINANCE) + (bit / 32) * 4) >>
		(bit % 32)) & 1;
}

/* --- subjects ---------------------------------------------------------- */

/*
 * Offset of the binding of (kind, id), 0 when there is none.  A unit's name must
 * still be compared by the caller, a uid or a row key needs no more.
 */
DECIDE_INLINE __u32 binding_find(image_t image, __u32 kind, __u64 id)
{
	__u32 mask = DECIDE_COUNT(image, BINDING) - 1;
	__u32 home = bailiwick_hash(kind, id);
	__u32 at = DECIDE_SECTION(image, BINDING);
	__u32 i;

	for (i = 0; i < BAILIWICK_PROBES_MAX; i++) {
		__u32 slot = at + ((home + i) & mask) * (__u32)sizeof(struct bailiwick_binding);
		__u32 have = image_load32(image, slot + DECIDE_FIELD(bailiwick_binding, kind));

		if (have == BAILIWICK_SUBJECT_NONE)
			break;
		if (have == kind &&
		    image_load64(image, slot + DECIDE_FIELD(bailiwick_binding, id)) == id)
			return slot;
	}
	return 0;
}

DECIDE_INLINE __u32 binding_row(image_t image, __u32 binding)
{
	return image_load32(image, binding + DECIDE_FIELD(bailiwick_binding, row));
}

#define DECIDE_ID_UNSET 0xffffffffu	/* login uid of a process nobody logged in for */

struct decide_subject {
	__u64 entered;		/* row key of a role entered by exec, 0 none */
	__u32 unit_binding;	/* offset of the nearest bound unit's binding, 0 none */
	__u32 login_uid;
	__u32 uid;		/* real uid */
};

/* The row of a subject, in the order entered, unit, person, default. */
DECIDE_INLINE __u32 decide_subject_row(image_t image, const struct decide_subject *s)
{
	__u32 binding, person;

	if (s->entered) {
		binding = binding_find(image, BAILIWICK_SUBJECT_ROLE, s->entered);
		/* The role is gone: that takes rights away, it never frees. */
		return binding ? binding_row(image, binding) : BAILIWICK_ROW_NONE;
	}
	if (s->unit_binding)
		return binding_row(image, s->unit_binding);
	person = s->login_uid != DECIDE_ID_UNSET ? s->login_uid : s->uid;
	binding = binding_find(image, BAILIWICK_SUBJECT_USER, person);
	if (binding)
		return binding_row(image, binding);
	if (s->login_uid != DECIDE_ID_UNSET)
		return DECIDE_HEADER(image, default_user_row);
	return DECIDE_HEADER(image, default_unit_row);
}

/* --- network ----------------------------------------------------------- */

/* Class of `nibbles` half-bytes of key, high half first. */
DECIDE_INLINE __u32 trie_class(image_t image, __u32 root, const __u8 *key, __u32 nibbles)
{
	__u32 nodes = DECIDE_COUNT(image, TRIE);
	__u32 at = DECIDE_SECTION(image, TRIE);
	__u32 node = root, i;

	for (i = 0; i < 32; i++) {
		__u32 nibble, slot;

		if (i >= nibbles || node >= nodes)
			break;
		nibble = i & 1 ? key[(i >> 1) & 15] & 15 : key[(i >> 1) & 15] >> 4;
		slot = image_load32(image, at + node * (__u32)sizeof(struct bailiwick_trie_node) +
				    nibble * 4);
		if (slot & BAILIWICK_TRIE_LEAF)
			return slot & ~BAILIWICK_TRIE_LEAF;
		node = slot;
	}
	return 0;
}

struct decide_endpoint {
	__u8 address[16];	/* network order; IPv4 in the first four */
	__u32 ipv6;		/* 0 for IPv4 */
	__u32 transport;	/* enum bailiwick_transport, or COUNT for one without ports */
	__u16 port;		/* host order */
	__u16 reserved;
};

/* ::ffff:a.b.c.d is a.b.c.d (RFC 4291 section 2.5.5.2): one peer, one answer. */
DECIDE_INLINE void endpoint_unmap(struct decide_endpoint *e)
{
	__u32 i, zero = 0;

	if (!e->ipv6)
		return;
	for (i = 0; i < 10; i++)
		zero |= e->address[i];
	if (zero || e->address[10] != 0xff || e->address[11] != 0xff)
		return;
	for (i = 0; i < 4; i++)
		e->address[i] = e->address[12 + i];
	for (i = 4; i < 16; i++)
		e->address[i] = 0;
	e->ipv6 = 0;
}

/* Network operations (BAILIWICK_NETOP_*) out of `operations` that are denied; 0 is "allowed". */
DECIDE_INLINE __u32 decide_network(image_t image, __u32 row, __u32 operations,
				   const struct decide_endpoint *e)
{
	__u32 address_classes = DECIDE_HEADER(image, address_classes);
	__u32 port_classes = DECIDE_HEADER(image, port_classes);
	__u32 address, port = 0, root;
	__u8 key[2];

	if (row == BAILIWICK_ROW_UNCONFINED)
		return 0;
	if (row >= DECIDE_HEADER(image, rows))
		return operations;
	if (e->transport >= BAILIWICK_TRANSPORT_COUNT)
		return operations;
	root = image_load32(image, DECIDE_FIELD(bailiwick_image_header, port_root) +
			    e->transport * 4);
	key[0] = e->port >> 8;
	key[1] = e->port & 255;
	port = trie_class(image, root, key, 4);
	if (e->ipv6)
		address = trie_class(image, DECIDE_HEADER(image, trie6_root), e->address, 32);
	else
		address = trie_class(image, DECIDE_HEADER(image, trie4_root), e->address, 8);
	if (address >= address_classes || port >= port_classes)
		return operations;
	return operations & ~(__u32)image_load8(image, DECIDE_SECTION(image, NET_CELL) +
		(row * address_classes + address) * port_classes + port);
}

#endif
