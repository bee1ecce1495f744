/* SPDX-License-Identifier: Apache-2.0 */
/* One event as a sentence: who tried what, and why it was refused */
#ifndef BAILIWICK_EVENT_SENTENCE_H
#define BAILIWICK_EVENT_SENTENCE_H

#include "base/buffer.h"
#include "event/event.h"

/**
 * event_write_text() - one line for people, without its line break
 *
 * Time, severity, what became of it, then the sentence.  Names from strangers are
 * escaped, and quoted where they could be taken for words of the sentence.
 *
 * Return: 0 or -ENOMEM.
 */
int event_write_text(const struct event *event, struct buffer *out);

/** event_operation_words() - what BAILIWICK_OPERATIONS text @operation means, NULL for none of them */
const char *event_operation_words(const char *operation);

/** event_reason_words() - the same of BAILIWICK_REASONS; "" where the rule says it all */
const char *event_reason_words(const char *reason);

#endif
