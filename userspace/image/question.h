/* SPDX-License-Identifier: Apache-2.0 */
/* Would this subject be allowed this? Asked of an image, answered by ebpf/decide.h */
#ifndef BAILIWICK_IMAGE_QUESTION_H
#define BAILIWICK_IMAGE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hostname.h"
#include "image/reader.h"

enum question_kind {
	QUESTION_FILE,
	QUESTION_NETWORK,
	QUESTION_CAPABILITY,
	QUESTION_PRIVILEGE,
	QUESTION_FAMILY,
};

/**
 * struct question - an action and its object
 * @asked:	QUESTION_FILE: mask of rights; QUESTION_NETWORK: mask of operations
 * @path:	QUESTION_FILE: canonical path, borrowed; "/" is the root directory
 * @path_size:	bytes of @path
 * @endpoint:	QUESTION_NETWORK: the peer, or the local end of bind, listen, accept
 * @host:	QUESTION_NETWORK: a name in the address's place, for host_ask(); or ""
 * @number:	the others: capability, privilege bit, address family
 */
struct question {
	enum question_kind kind;
	uint32_t asked;
	const char *path;
	size_t path_size;
	struct decide_endpoint endpoint;
	char host[HOSTNAME_MAX];
	uint32_t number;
};

/**
 * struct answer - what the kernel would say
 * @allowed:	the row holds all that was asked (whatever the row's mode)
 * @denied:	the part of question.asked it does not hold; 1 for the others
 * @row:	row that was asked about
 * @label:	QUESTION_FILE: label of the path
 * @reason:	BAILIWICK_REASON_*; NONE when allowed
 * @severity:	BAILIWICK_SEVERITY_* of a denial
 * @mode:	BAILIWICK_MODE_* of the row: only `enforce` stops what is not allowed
 */
struct answer {
	bool allowed;
	uint32_t denied;
	uint32_t row;
	uint32_t label;
	uint32_t reason;
	uint32_t severity;
	uint32_t mode;
};

/** question_label() - label of a canonical path; a path without a leading '/' is UNKNOWN */
uint32_t question_label(const struct image *image, const char *path, size_t size);

/** question_ask() - the answer for a row; always gives one */
void question_ask(const struct image *image, uint32_t row, const struct question *question,
		  struct answer *ret);

/**
 * question_parse() - read "read /etc/passwd", "connect tcp 10.0.0.1:22", …
 * @action:	a file right; connect, bind, listen, accept, send or receive with
 *		"PROTOCOL ADDRESS:PORT" ("[ADDRESS]:PORT" for IPv6, for bind a port
 *		alone); capability, privilege or family with a name
 * @object:	starts with '/' for files; borrowed by @ret
 * @ret_why:	what is wrong with it, a static sentence
 *
 * Return: 0, or 1 when it is no question.
 */
int question_parse(const char *action, const char *object, struct question *ret,
		   const char **ret_why);

/* Where the row of a subject came from. */
enum question_source {
	QUESTION_FROM_BINDING,		/* the subject is bound itself */
	QUESTION_FROM_DEFAULT,		/* nothing names it: the policy's defaults */
	QUESTION_FROM_NAME,		/* a role was asked about by name */
};

/* Looks a user name up; 0 and *ret_uid, or a positive number when there is none. */
typedef int question_user_fn(const char *name, uint32_t *ret_uid);

/**
 * question_subject() - the row of "user:NAME", "user:UID", "unit:NAME",
 * "exe:PATH", "group:NAME" (as the assignments say) or "role:NAME[+NAME]"
 * @lookup:	for user names; NULL for the system's users
 * @ret_source:	may be NULL
 *
 * Return: 0, or 1 with *ret_why set when it is no subject or is not known.
 */
int question_subject(const struct image *image, const char *subject, question_user_fn *lookup,
		     uint32_t *ret_row, enum question_source *ret_source, const char **ret_why);

/** question_unit_row() - row of the unit of that name; ~0 when it is not bound */
uint32_t question_unit_row(const struct image *image, const char *unit);

#endif
