/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in quarantine, as the controller says with the image in force */
#ifndef BAILIWICK_CTL_BARRED_H
#define BAILIWICK_CTL_BARRED_H

#include "base/buffer.h"
#include "base/message.h"
#include "model/subject.h"

#define BARRED_NOT (-1)

/*
 * @answer is the final frame of `image`; NULL is an answer in which nobody is.  All of
 * them return the entry's number in it, or BARRED_NOT.
 *
 * barred_user() - the person of that uid
 * barred_unit() - the unit of that name, or a slice that it is in: by its name, or as
 *	this machine has it now
 * barred_program() - the program of that canonical path
 */
int barred_user(const struct message *answer, uint32_t uid);
int barred_unit(const struct message *answer, const char *name);
int barred_program(const struct message *answer, const char *path, size_t size);

/** barred_subject() - the first entry that names the subject; roles and groups are in none */
int barred_subject(const struct message *answer, const struct subject *subject);

/** barred_name() - borrowed: what `bailiwick release` calls it */
const char *barred_name(const struct message *answer, int entry);

/** barred_text() - add "user:alice since …, by uid 0", for people */
void barred_text(struct buffer *out, const struct message *answer, int entry);

/** barred_json() - add {"subject", "since", "uid", "loginuid"}, or null of BARRED_NOT */
void barred_json(struct buffer *out, const struct message *answer, int entry);

#endif
