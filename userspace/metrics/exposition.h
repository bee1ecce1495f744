/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format: families of numbers, each with what it means */
#ifndef BAILIWICK_METRICS_EXPOSITION_H
#define BAILIWICK_METRICS_EXPOSITION_H

#include <stdint.h>

#include "base/buffer.h"

enum exposition_type {
	EXPOSITION_COUNTER,	/* only ever rises; its name ends in _total */
	EXPOSITION_GAUGE,
};

/** struct exposition_label - one label of a number; @value is anybody's text, NULL is "" */
struct exposition_label {
	const char *name;
	const char *value;
};

/* Labels of one number at most */
#define EXPOSITION_LABELS 4

/** exposition_family() - begin a family; its numbers follow, and nothing else's */
void exposition_family(struct buffer *out, const char *name, enum exposition_type type,
		       const char *help);

/**
 * exposition_number() - one number of the family begun last
 * @labels:	ended by one without a name; NULL for none
 *
 * Values of labels are shown as people see them (base/escape.h), so that no
 * byte of a name can end the line or act on the terminal of who reads the file.
 */
void exposition_number(struct buffer *out, const char *name, const struct exposition_label *labels,
		       uint64_t value);

#endif
