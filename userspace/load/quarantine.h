/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that have no rights, whatever policy is in force */
#ifndef BAILIWICK_LOAD_QUARANTINE_H
#define BAILIWICK_LOAD_QUARANTINE_H

#include <bailiwick/genl.h>

#include "base/buffer.h"
#include "load/loaded.h"

/*
 * As the module's QUARANTINE and LIFT where it does not hold the maps, with the
 * same errors; nobody signs there.
 */
int quarantine_add(const struct loaded *loaded, const struct bailiwick_quarantine *wanted,
		   struct buffer *why);
int quarantine_lift(const struct loaded *loaded, const struct bailiwick_lift *lift,
		    struct buffer *why);

/** quarantine_find() - index of the same subject, BAILIWICK_QUARANTINES_MAX when there is none */
uint32_t quarantine_find(const struct bailiwick_control *control,
			 const struct bailiwick_quarantine *wanted);

/** quarantine_write_lift() - the bytes that two sign; 0 or a negative errno */
int quarantine_write_lift(const struct bailiwick_quarantine *entry, const char *name,
			  struct buffer *out);

struct enforcement;
struct terms;
struct iovec;

/*
 * Of what is in force here; on failure a sentence for people is appended to @why.
 *
 * enforcement_quarantine() - from now on, for all who run already too; -EEXIST when
 *	it is in quarantine
 * enforcement_mark() - and for who sleeps now, whatever becomes of it; see open_mark()
 * enforcement_lift() - with the signatures of @terms, which count once keys are in
 * enforcement_quarantines() - all of them, with the rest of the control word
 */
int enforcement_quarantine(struct enforcement *enforcement,
			   const struct bailiwick_quarantine *wanted, const char *name,
			   struct buffer *why);
int enforcement_lift(struct enforcement *enforcement, const struct iovec *lift,
		     const struct terms *terms, struct buffer *why);
int enforcement_mark(const struct enforcement *enforcement);
int enforcement_quarantines(const struct enforcement *enforcement, struct bailiwick_control *ret);

#endif
