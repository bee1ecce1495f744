/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the controller's answers, as text for people */
#ifndef BAILIWICK_CTL_FIELD_H
#define BAILIWICK_CTL_FIELD_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/message.h"

/** field_number() - an integer, 0 when it is missing */
int64_t field_number(const struct message *message, const char *path);

/** field_add_text() - a string, escaped for people; "-" when it is missing */
void field_add_text(struct buffer *out, const struct message *message, const char *path);

/** field_add_time() - a time that came as text or as seconds; "-" when it is missing */
void field_add_time(struct buffer *out, const struct message *message, const char *path);

/** field_add_json() - the value as JSON, null when it is missing */
void field_add_json(struct buffer *out, const struct message *message, const char *path);

/** field_print_lines() - a text of several lines on stderr, each escaped */
void field_print_lines(const struct message *message, const char *path);

#endif
