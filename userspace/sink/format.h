/* SPDX-License-Identifier: Apache-2.0 */
/* The formats: one event as one line */
#ifndef BAILIWICK_SINK_FORMAT_H
#define BAILIWICK_SINK_FORMAT_H

#include "sink/sink.h"

/* All of them as sink_write(). */

/** format_json() - as the journal has it, and "chain": the journal's hash at this record */
int format_json(const struct sink_record *record, struct buffer *out);

/** format_ocsf() - the Open Cybersecurity Schema Framework, 1.8.0 */
int format_ocsf(const struct sink_record *record, struct buffer *out);

/** format_cef() - ArcSight's Common Event Format */
int format_cef(const struct sink_record *record, struct buffer *out);

/** format_rfc5424() - a syslog message around @format, without framing */
int format_rfc5424(enum sink_format format, const struct sink_record *record, struct buffer *out);

/** format_json_line() - JSON as it is, but nothing in it that a terminal would obey; as above */
int format_json_line(struct buffer *out, const char *json, size_t size);

#endif
