/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of subjects: user:, group:, unit:, exe: */
#ifndef BAILIWICK_MODEL_SUBJECT_H
#define BAILIWICK_MODEL_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/policy.h"

/**
 * struct subject - a subject that was read
 * @kind:	what the word before the ':' says
 * @numeric:	a number stands behind the ':', it is in @id
 * @name:	what stands behind the ':', inside the text that was read
 */
struct subject {
	enum subject_kind kind;
	bool numeric;
	uint32_t id;
	const char *name;
};

/**
 * struct subject_mistake - what is wrong with a subject
 * @text:	for people; a static string
 * @meant:	what was probably meant, or empty
 */
struct subject_mistake {
	const char *text;
	char meant[300];
};

/**
 * subject_parse() - read "user:alice", "group:100", "unit:nginx.service", "exe:/usr/bin/x"
 *
 * The pattern of exe: is not looked at here, and whether the user exists
 * neither.
 *
 * Return: 0, or 1 with *mistake set.
 */
int subject_parse(const char *text, struct subject *ret, struct subject_mistake *mistake);

/** subject_kind_name() - "user", "group", "unit" or "exe" */
const char *subject_kind_name(enum subject_kind kind);

#endif
