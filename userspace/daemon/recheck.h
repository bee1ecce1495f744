/* SPDX-License-Identifier: Apache-2.0 */
/* Open files are judged again only while something open is still to be taken back */
#ifndef BAILIWICK_DAEMON_RECHECK_H
#define BAILIWICK_DAEMON_RECHECK_H

#include "daemon/controller.h"

/*
 * The hook on every use of an open file is attached before an image is switched in,
 * and when a task became another subject by itself.  Then all that is open is looked
 * through, and again, until two looks in a row found nothing forbidden; then it is
 * taken off.  It stays while a grant has an end, which must hold with the controller
 * dead, and while a look fails or cannot tell.  Once a minute all is looked through
 * anyway: a file that moved to another path makes no task another subject.
 */
struct recheck;

/** recheck_start() - from now on; the hook stays as it is until something is known */
int recheck_start(struct controller *controller, struct recheck **ret);

/** recheck_stop() - look no more; the hook stays as it is; NULL is fine; returns NULL */
struct recheck *recheck_stop(struct recheck *recheck);

/** recheck_begin() - attach now: @why is a sentence for people; 0 or a negative errno */
int recheck_begin(struct recheck *recheck, const char *reason, struct buffer *why);

/** recheck_notice() - attach if the kernel asked for it since the last call */
void recheck_notice(struct recheck *recheck);

/** recheck_tick() - every second: renew the promise that this controller looks */
void recheck_tick(struct recheck *recheck);

/** recheck_yield() - somebody else looks at all that is open: this look is over; NULL is fine */
void recheck_yield(struct recheck *recheck);

/** recheck_text() - why it is attached, or is not, for people */
const char *recheck_text(const struct recheck *recheck);

#endif
