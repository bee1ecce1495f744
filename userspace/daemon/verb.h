/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked over the control socket */
#ifndef BAILIWICK_DAEMON_VERB_H
#define BAILIWICK_DAEMON_VERB_H

#include "daemon/change.h"
#include "daemon/server.h"

/* Answers by queueing frames; client_final() ends it, now or later */
typedef void request_fn(struct client *client, struct message *request);

/**
 * struct request_verb - an entry of the table
 * @name:	as in the request
 * @changes:	needs uid 0
 * @run:	does it
 */
struct request_verb {
	const char *name;
	bool changes;
	request_fn *run;
};

/** request_verb_find() - the verb of that name, or NULL */
const struct request_verb *request_verb_find(const char *name);

request_fn request_status, request_apply, request_assign, request_revoke, request_remains, request_image,
	request_events, request_assignments, request_sources, request_log, request_confirm,
	request_rollback, request_seal, request_quarantine, request_release, request_lift;

/* For the verbs that change: a change as asked for, its bytes, and its turn. */
struct change *change_asked(struct client *client, enum change_kind kind,
			    const struct message *request);
void change_put(struct client *client, struct change *change);

/** change_take_lift() - what lifts a quarantine, with signatures; NULL, or what is wrong */
const char *change_take_lift(struct message *request, struct change *change);

#endif
