/* SPDX-License-Identifier: Apache-2.0 */
/* What a change took back from running processes, for people and as JSON */
#ifndef BAILIWICK_CTL_REPORT_H
#define BAILIWICK_CTL_REPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/message.h"
#include "base/strmap.h"

#define REPORT_KILL \
	{ "kill", 'k', NULL, 0, "End the processes that hold what cannot be taken back", 0 }

/**
 * struct report - the lines of an answer; all-zero is empty
 * @json:	keep them as they are
 *
 * The rest is private.
 */
struct report {
	bool json;
	struct buffer list[3];		/* JSON objects with commas between them */
	struct report_line *lines;	/* alike ones are one line */
	size_t count, room;
	struct strmap keys;
	bool failed;
};

/** report_done() - free it and make it empty */
void report_done(struct report *report);

/** report_read() - the lines that came with the last frame; 0 or an exit code */
int report_read(struct report *report, struct message *final);

/** report_show() - the whole as text; nothing when the controller gave no report */
void report_show(const struct report *report, const struct message *final, struct buffer *out);

/** report_show_json() - ,"report":{…} behind other members; nothing without a report */
void report_show_json(const struct report *report, const struct message *final, struct buffer *out);

#endif
