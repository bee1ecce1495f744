/* SPDX-License-Identifier: Apache-2.0 */
/* What rules speak about: path patterns, classes, networks */
#ifndef BAILIWICK_MODEL_OBJECT_H
#define BAILIWICK_MODEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cidr.h"
#include "diag/source.h"

/*
 * Every number below that has a vocabulary (rights, families, capabilities,
 * privileges, grades, modes, severities) uses the values of
 * <bailiwick/vocab.h>: the position in the list, for families and capabilities
 * the kernel's number. A mask has bit (1 << value) set for each value named.
 * All strings are NUL-terminated, hold no NUL inside and are valid UTF-8.
 * Everything is owned by struct policy and dies with policy_free().
 */

/** struct pattern - a path pattern whose syntax was checked, or an exact path */
struct pattern {
	struct location at;
	char *text;
};

/** struct class - objects that are named together */
struct class {
	struct location at;		/* of the name */
	char *name;
	uint8_t grade;			/* vocab.h grade; internal when none is given */
	bool protect;			/* closed to every row that is not granted it */
	bool severity_given;
	uint8_t severity;		/* vocab.h severity of denials, when given */
	struct pattern *paths;
	size_t path_count;		/* at least 1 */
};

/** struct port_range - ports of one protocol, both ends included */
struct port_range {
	struct location at;
	uint8_t protocol;		/* IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP */
	uint16_t low;
	uint16_t high;			/* 0..0 in a bind: the kernel chooses */
};

/** struct peer - an element of `to:`; words are expanded, two peers for `any` */
struct peer {
	struct location at;		/* of the word or address as written */
	struct cidr net;
	const char *host;		/* a host name, as hostname_check() wants it; @net is zero then */
};

/**
 * struct network - a set of addresses times a set of ports
 *
 * @peers is empty when no `to` was written: such a network is for bind alone
 * and means any local address.
 */
struct network {
	struct location at;		/* of the name; of the mapping if inline */
	char *name;			/* NULL for one written inline */
	struct peer *peers;
	size_t peer_count;
	struct port_range *ports;
	size_t port_count;		/* at least 1 */
};

#endif
