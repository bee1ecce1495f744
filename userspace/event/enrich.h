/* SPDX-License-Identifier: Apache-2.0 */
/* A denial's numbers turned into what people know: roles, classes, lines, names */
#ifndef BAILIWICK_EVENT_ENRICH_H
#define BAILIWICK_EVENT_ENRICH_H

#include "event/cache.h"
#include "event/decode.h"
#include "event/event.h"
#include "event/names.h"

/**
 * struct enrichment - what an event's strings live in, besides denial and image
 * @cache:		of explanations, borrowed, may be NULL; set before the call
 * @explanation:	the deciding lines
 * @number:		a number that has no name, as text
 */
struct enrichment {
	struct explain_cache *cache;
	struct explanation explanation;
	char number[32];
	char role[32];
};

/**
 * enrich_denial() - fill an event from a denial
 * @image:	of the denial's policy version; NULL when it is gone: then roles,
 *		classes and lines stay unknown, and the message says so
 * @names:	may be NULL
 * @clock:	CLOCK_REALTIME minus CLOCK_BOOTTIME, ns
 * @room:	lives as long as @ret
 * @ret:	all members but journal, sequence, host and sealed are set
 *
 * Return: 0 or -ENOMEM.
 */
int enrich_denial(const struct denial *denial, const struct image *image,
		  const struct names *names, uint64_t clock, struct enrichment *room,
		  struct event *ret);

#endif
