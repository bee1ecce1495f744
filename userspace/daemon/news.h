/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller did, told to journal and history */
#ifndef BAILIWICK_DAEMON_NEWS_H
#define BAILIWICK_DAEMON_NEWS_H

#include "daemon/change.h"
#include "daemon/peer.h"

/** news_history() - a change that is about to succeed, into the open transaction; 0 or errno */
int news_history(struct controller *controller, const struct change *change,
		 const struct image *image);

/** news_done() - a change that came into force; @old is the image before, or NULL */
void news_done(struct controller *controller, const struct change *change,
	       const struct image *old, const struct image *image);

/** news_quarantine() - a subject lost every right, or has again what the policy says */
void news_quarantine(struct controller *controller, const struct change *change);

/** news_refused() - a change that did not; also into the history, where it can be written */
void news_refused(struct controller *controller, const struct change *change, const char *why,
		  const char *diagnostics);

/** news_taken_back() - what a change took back from running processes, if there was anything */
void news_taken_back(struct controller *controller, const struct change *change,
		     struct report *report);

/** news_start() - this controller runs from now on */
void news_start(struct controller *controller);

/** news_stop() - and no longer */
void news_stop(struct controller *controller);

/** news_access_refused() - a peer without rights asked for @verb, @count times */
void news_access_refused(struct controller *controller, const struct peer *peer, const char *verb,
			 uint64_t count);

/** news_host() - something became of a host name of the policy */
void news_host(struct controller *controller, const char *name, bool serious, const char *what);

/** news_module() - the module said that something changed */
void news_module(struct controller *controller, const char *what, bool serious);

#endif
