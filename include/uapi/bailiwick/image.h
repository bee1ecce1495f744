/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The flat policy image: header, sections, records. */
#ifndef BAILIWICK_IMAGE_H
#define BAILIWICK_IMAGE_H

#include "abi.h"
#include "vocab.h"

/*
 * One block of position-independent little-endian bytes.  Sections are 8-byte
 * aligned, lie behind the header, do not overlap and stand in the order of the
 * enum.  Strings are offsets into the STRINGS section, NUL-terminated; offset 0
 * is the empty string and means "none".  All-zero bytes are no image.
 */
#define BAILIWICK_IMAGE_MAGIC "BWIMAGE1"

enum bailiwick_section_id {
	BAILIWICK_SECTION_BYTE_CLASS,	/* __u8[256]: byte -> byte class */
	BAILIWICK_SECTION_STATE,	/* struct bailiwick_state[] */
	BAILIWICK_SECTION_COMB,		/* struct bailiwick_edge[] */
	BAILIWICK_SECTION_LABEL,	/* struct bailiwick_label[] */
	BAILIWICK_SECTION_CELL,		/* __u32[rows][labels] */
	BAILIWICK_SECTION_ROW,		/* struct bailiwick_row[] */
	BAILIWICK_SECTION_BINDING,	/* struct bailiwick_binding[], a hash table */
	BAILIWICK_SECTION_TRANSITION,	/* struct bailiwick_transition[], a hash table */
	BAILIWICK_SECTION_DOMINANCE,	/* __u32 words; bit row * rows + other: row >= other */
	BAILIWICK_SECTION_TRIE,		/* struct bailiwick_trie_node[] */
	BAILIWICK_SECTION_NET_CELL,	/* __u8[rows][address classes][port classes] */
	/* From here on for people: the kernel never reads these. */
	BAILIWICK_SECTION_ROLE,		/* struct bailiwick_role[] */
	BAILIWICK_SECTION_ROW_ROLE,	/* __u32[]: role indices, a run per row */
	BAILIWICK_SECTION_RULE,		/* struct bailiwick_rule[], a run per role */
	BAILIWICK_SECTION_NETWORK,	/* struct bailiwick_network[] */
	BAILIWICK_SECTION_PREFIX,	/* struct bailiwick_prefix[], a run per network */
	BAILIWICK_SECTION_PORTS,	/* struct bailiwick_ports[], a run per network */
	BAILIWICK_SECTION_NET_RULE,	/* struct bailiwick_net_rule[], a run per role */
	BAILIWICK_SECTION_CLASS,	/* struct bailiwick_class[]; index 0 is "no class" */
	BAILIWICK_SECTION_SUBJECT,	/* struct bailiwick_subject[]: bindings as written */
	BAILIWICK_SECTION_STRINGS,	/* bytes */
	BAILIWICK_SECTION_COUNT
};

struct bailiwick_section {
	__u32 offset;			/* bytes from the start of the image */
	__u32 size;			/* bytes */
	__u32 count;			/* records */
	__u32 reserved;
};
BAILIWICK_ASSERT("bailiwick_section", sizeof(struct bailiwick_section) == 16);

/* Protocols that have ports; index of header.port_root. */
enum bailiwick_transport {
	BAILIWICK_TRANSPORT_TCP,	/* and MPTCP */
	BAILIWICK_TRANSPORT_UDP,	/* and UDP-Lite */
	BAILIWICK_TRANSPORT_SCTP,
	BAILIWICK_TRANSPORT_COUNT
};

struct bailiwick_image_header {
	__u8 magic[8];
	__u32 abi;			/* BAILIWICK_ABI */
	__u32 header_size;		/* sizeof this */
	__u64 version;			/* policy version, rises with every image, never 0 */
	__u64 created;			/* seconds since the epoch */
	__u32 image_size;		/* bytes, header included */
	__u32 rows;			/* >= BAILIWICK_ROW_FIRST */
	__u32 labels;			/* >= BAILIWICK_LABEL_FIRST */
	__u32 byte_classes;		/* 1..256 */
	__u32 states;			/* >= 2: dead and start */
	__u32 start_state;		/* before the first byte of a path */
	__u32 address_classes;		/* >= 1; 0 is "no network names it" */
	__u32 port_classes;		/* >= 1; 0 is "no network names it" */
	__u32 default_user_row;		/* a person no binding names */
	__u32 default_unit_row;		/* a process without login uid no binding names */
	__u32 trie4_root;		/* nodes of SECTION_TRIE */
	__u32 trie6_root;
	__u32 port_root[3];		/* by enum bailiwick_transport */
	__u32 flags;			/* none defined */
	__u8 digest[32];		/* SHA-256 of the image with these 32 bytes zero */
	struct bailiwick_section section[BAILIWICK_SECTION_COUNT];
};
BAILIWICK_ASSERT("bailiwick_image_header",
	sizeof(struct bailiwick_image_header) == 8 + 2 * 4 + 2 * 8 + 16 * 4 + 32 +
	BAILIWICK_SECTION_COUNT * 16);
BAILIWICK_ASSERT("bailiwick_image_header", sizeof(struct bailiwick_image_header) == 464);

/*
 * Path automaton.  From state s the byte class c leads to comb[s.base + c].next
 * where comb[s.base + c].check == s, and to s.fallback otherwise.  It reads the
 * canonical path without its trailing slash: the root directory is the empty
 * string, a child appends "/name".
 */
#define BAILIWICK_STATE_DEAD 0		/* no pattern can match any more */
struct bailiwick_state {
	__u32 base;			/* index into the comb */
	__u32 fallback;			/* state */
	__u32 label;			/* of the object whose path ends here */
};
BAILIWICK_ASSERT("bailiwick_state", sizeof(struct bailiwick_state) == 12);

struct bailiwick_edge {
	__u32 check;			/* state that owns this edge; ~0 is free */
	__u32 next;			/* state */
};
BAILIWICK_ASSERT("bailiwick_edge", sizeof(struct bailiwick_edge) == 8);

/* Labels every image has. */
#define BAILIWICK_LABEL_UNMATCHED 0	/* no pattern names the object */
#define BAILIWICK_LABEL_ANON 1		/* pipes, sockets, memfds, anonymous inodes */
#define BAILIWICK_LABEL_UNTRUSTED 2	/* mounted from a non-initial user namespace */
#define BAILIWICK_LABEL_UNKNOWN 3	/* could not be classified: open to row 0 only while
					 * no class is protected */
#define BAILIWICK_LABEL_TTY 4		/* the caller's own controlling terminal */
#define BAILIWICK_LABEL_FIRST 5

#define BAILIWICK_LABEL_PROTECTED 1u	/* flags: a protected class holds it */

struct bailiwick_label {
	__u32 flags;
	__u32 class_index;		/* highest-graded class, 0 for none */
	__u32 exe_row;			/* row a task without role enters by running it; 0 none */
	__u32 example;			/* string: a pattern that leads here, for people */
};
BAILIWICK_ASSERT("bailiwick_label", sizeof(struct bailiwick_label) == 16);

/* Access-matrix cell: rights in the low bits, what a denial is in the high ones. */
#define BAILIWICK_CELL_RIGHTS 0x0001ffffu
#define BAILIWICK_CELL_TRANSITION 0x04000000u	/* SECTION_TRANSITION has (row, label) */
#define BAILIWICK_CELL_PROTECTED 0x08000000u	/* the label is protected */
#define BAILIWICK_CELL_SEVERITY_SHIFT 28	/* 2 bits: BAILIWICK_SEVERITY_* */
BAILIWICK_ASSERT("rights fit a cell", BAILIWICK_RIGHTS_ALL == BAILIWICK_CELL_RIGHTS);

/* Rows every image has. */
#define BAILIWICK_ROW_UNCONFINED 0	/* everything but protected labels */
#define BAILIWICK_ROW_NONE 1		/* the built-in role `none` */
#define BAILIWICK_ROW_CANARY 2		/* the hook self-test */
#define BAILIWICK_ROW_FIRST 3

#define BAILIWICK_ROW_TRUST_DESCRIPTORS 1u	/* flags: `descriptors: trust` */
#define BAILIWICK_ROW_ONE_APPROVAL 2u		/* `approvals: 1` of all its roles: one gives it */
#define BAILIWICK_ROW_FLAGS 3u

struct bailiwick_row {
	__u64 capabilities;		/* bit per capability number */
	__u64 families;			/* bit per AF_ number */
	__u64 key;			/* stable: FNV-1a of the sorted role names, '+' between */
	__u32 privileges;		/* BAILIWICK_PRIVILEGE_* */
	__u32 mode;			/* BAILIWICK_MODE_* */
	__u32 flags;
	__u32 name;			/* string: role names joined by '+' */
	__u32 first_role;		/* run in SECTION_ROW_ROLE */
	__u32 role_count;
};
BAILIWICK_ASSERT("bailiwick_row", sizeof(struct bailiwick_row) == 3 * 8 + 6 * 4);
BAILIWICK_ASSERT("bailiwick_row", sizeof(struct bailiwick_row) == 48);

/*
 * Hash table, a power of two of slots (count >= 1), linear probing from
 * bailiwick_hash(kind, id); at most BAILIWICK_PROBES_MAX slots are looked at.
 * USER: id is the uid.  UNIT: id is FNV-1a of the unit name and `name` is that
 * name.  ROLE: id is a row key.  kind NONE is an empty slot.
 */
struct bailiwick_binding {
	__u32 kind;			/* BAILIWICK_SUBJECT_* */
	__u32 row;
	__u64 id;
	__u64 until;			/* seconds since the epoch, 0 without end */
	__u32 name;			/* string */
	__u32 name_size;		/* bytes without the NUL */
};
BAILIWICK_ASSERT("bailiwick_binding", sizeof(struct bailiwick_binding) == 2 * 4 + 2 * 8 + 2 * 4);
BAILIWICK_ASSERT("bailiwick_binding", sizeof(struct bailiwick_binding) == 32);

/* Same kind of table over bailiwick_hash(row, label); target 0 is an empty slot. */
struct bailiwick_transition {
	__u32 row;
	__u32 label;
	__u32 target;			/* row entered by running the program */
	__u32 reserved;
};
BAILIWICK_ASSERT("bailiwick_transition", sizeof(struct bailiwick_transition) == 16);

/*
 * Longest prefix by nibbles, high nibble first, leaves pushed down.  A slot with
 * BAILIWICK_TRIE_LEAF set holds a class, otherwise the index of a child node.
 */
#define BAILIWICK_TRIE_LEAF 0x80000000u
struct bailiwick_trie_node {
	__u32 slot[16];
};
BAILIWICK_ASSERT("bailiwick_trie_node", sizeof(struct bailiwick_trie_node) == 64);

/* For people: what explains a decision. */
struct bailiwick_role {
	__u32 name;
	__u32 mode;
	__u32 first_rule;
	__u32 rule_count;
	__u32 first_net_rule;
	__u32 net_rule_count;
	__u32 file;			/* where the role is defined */
	__u32 line;
};
BAILIWICK_ASSERT("bailiwick_role", sizeof(struct bailiwick_role) == 32);

struct bailiwick_rule {
	__u32 deny;			/* 0 allow, 1 deny */
	__u32 rights;
	__u32 pattern;			/* string; a class stands here as each of its patterns */
	__u32 class_index;		/* the class it was written as, 0 for a plain pattern */
	__u32 severity;			/* BAILIWICK_SEVERITY_*, ~0 when not said */
	__u32 message;
	__u32 reason;
	__u32 file;
	__u32 line;
	__u32 reserved;
};
BAILIWICK_ASSERT("bailiwick_rule", sizeof(struct bailiwick_rule) == 40);

struct bailiwick_network {
	__u32 name;			/* empty for one written in place */
	__u32 first_prefix;
	__u32 prefix_count;
	__u32 first_ports;
	__u32 ports_count;
	__u32 reserved;
};
BAILIWICK_ASSERT("bailiwick_network", sizeof(struct bailiwick_network) == 24);

struct bailiwick_prefix {
	__u8 address[16];		/* network order; IPv4 in the first four */
	__u16 family;			/* AF_INET, AF_INET6; 0 for a host name, which matches nothing */
	__u16 bits;
	__u32 host;			/* string: the name it was resolved from, or stands for */
};
BAILIWICK_ASSERT("bailiwick_prefix", sizeof(struct bailiwick_prefix) == 16 + 2 * 2 + 4);
BAILIWICK_ASSERT("bailiwick_prefix", sizeof(struct bailiwick_prefix) == 24);

struct bailiwick_ports {
	__u32 transport;		/* enum bailiwick_transport */
	__u16 first;
	__u16 last;
};
BAILIWICK_ASSERT("bailiwick_ports", sizeof(struct bailiwick_ports) == 8);

struct bailiwick_net_rule {
	__u32 operations;		/* BAILIWICK_NETOP_* */
	__u32 network;			/* index */
	__u32 file;
	__u32 line;
};
BAILIWICK_ASSERT("bailiwick_net_rule", sizeof(struct bailiwick_net_rule) == 16);

struct bailiwick_class {
	__u32 name;
	__u32 grade;			/* BAILIWICK_GRADE_* */
	__u32 protect;			/* 0 or 1 */
	__u32 severity;			/* of its denials: 1 + BAILIWICK_SEVERITY_*, 0 when not said */
};
BAILIWICK_ASSERT("bailiwick_class", sizeof(struct bailiwick_class) == 16);

/* One line of `assignments`, after merging the policy's and the controller's. */
struct bailiwick_subject {
	__u32 kind;			/* BAILIWICK_SUBJECT_* */
	__u32 name;			/* string as written, without the prefix */
	__u32 role;			/* string */
	__u32 row;			/* row the subject ends in */
	__u64 until;
};
BAILIWICK_ASSERT("bailiwick_subject", sizeof(struct bailiwick_subject) == 24);

/* Home slot of a key in a hash section of 2^n slots (mask = slots - 1). */
static inline __u32 bailiwick_hash(__u64 a, __u64 b)
{
	__u64 h = (a + 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;

	h = (h ^ (h >> 31) ^ b) * 0x94d049bb133111ebull;
	return (__u32)(h ^ (h >> 29));
}

#endif
