/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of the policy decided: found from the path, with a matcher of its own */
#ifndef BAILIWICK_IMAGE_EXPLAIN_H
#define BAILIWICK_IMAGE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/reader.h"

/* Lines kept in one explanation; more are only counted */
#define EXPLAIN_MAX 8

/**
 * struct explain_line - one rule that matched; all strings belong to the image
 * @deny:	a deny rule
 * @role:	name of the role it is in
 * @pattern:	file rules: the pattern that matched; "" otherwise
 * @class_name:	the class it was written as, or ""
 * @network:	network rules: name of the network, "" when written in place
 * @host:	network rules: the host name whose address matched, or ""
 * @message:	what the policy wants the user told, or ""
 * @reason:	the organisation's reference, or ""
 * @severity:	BAILIWICK_SEVERITY_*, ~0 when the rule says nothing
 * @file:	where it stands
 * @line:	1-based
 * @rule:	index into SECTION_RULE or SECTION_NET_RULE
 */
struct explain_line {
	bool deny;
	const char *role;
	const char *pattern;
	const char *class_name;
	const char *network;
	const char *host;
	const char *message;
	const char *reason;
	uint32_t severity;
	const char *file;
	uint32_t line;
	uint32_t rule;
};

/**
 * struct explanation - why a row may or may not
 * @count:	lines used
 * @more:	lines that matched but did not fit
 * @lines:	the deciding rules: denying ones when something asked for is
 *		denied by a rule, otherwise allowing ones
 *
 * No line and a denial: no rule of the row's roles allows it.
 */
struct explanation {
	size_t count;
	size_t more;
	struct explain_line lines[EXPLAIN_MAX];
};

/**
 * explain_file() - rules of a row that speak about these rights on this path
 * @path:	canonical path; "/" or "" is the root directory
 * @rights:	rights in question; for a denial the denied ones
 *
 * A row without roles (unconfined, none, the canary) has no rules.
 * Return: 0, or -ENOMEM.
 */
int explain_file(const struct image *image, uint32_t row, const char *path, size_t size,
		 uint32_t rights, struct explanation *ret);

/** explain_network() - rules of a row that allow any of these operations there */
int explain_network(const struct image *image, uint32_t row, uint32_t operations,
		    const struct decide_endpoint *endpoint, struct explanation *ret);

/**
 * explain_host() - rules of a row that allow any of these operations to a host name
 * @endpoint:	transport and port alone
 */
int explain_host(const struct image *image, uint32_t row, uint32_t operations, const char *host,
		 const struct decide_endpoint *endpoint, struct explanation *ret);

/**
 * explain_path_class() - the highest-graded class a path belongs to
 *
 * Return: index into SECTION_CLASS, 0 for none.
 */
uint32_t explain_path_class(const struct image *image, const char *path, size_t size);

#endif
