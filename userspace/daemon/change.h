/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the policy in force: one after the other, each whole or not at all */
#ifndef BAILIWICK_DAEMON_CHANGE_H
#define BAILIWICK_DAEMON_CHANGE_H

#include <bailiwick/genl.h>

#include "daemon/controller.h"
#include "daemon/report.h"
#include "daemon/signatures.h"
#include "daemon/stage.h"
#include "daemon/takeback.h"

#define CHANGES_WAITING_MAX 64

enum change_kind {
	CHANGE_START,		/* what was stored comes into force again */
	CHANGE_REFRESH,		/* time passed, or users and groups changed */
	CHANGE_APPLY,		/* other policy files */
	CHANGE_ASSIGN,
	CHANGE_REVOKE,
	CHANGE_QUARANTINE,	/* no rights for a subject, whatever the policy */
	CHANGE_RELEASE,		/* the end of that */
	CHANGE_REMAINS,		/* nothing: look again at what running processes hold */
};

/**
 * struct change_result - how it went; all valid during the callback
 * @exit:	exit code for the command
 * @message:	one line, or NULL
 * @diagnostics: what the compiler printed
 * @version:	policy version in force when it was done
 * @report:	what it took back from running processes; NULL when nothing was switched
 * @times:	when what was done, the sweep's beside the report
 */
struct change_result {
	int exit;
	const char *message;
	const char *diagnostics;
	uint64_t version;
	struct report *report;
	struct report_times times;
};

typedef void change_done_fn(void *context, const struct change_result *result);

/**
 * struct change - what is asked for
 * @sources:	CHANGE_APPLY: the new files, owned
 * @image:	CHANGE_APPLY, CHANGE_START: made elsewhere, in place of @sources; owned
 * @signatures:	of @image, or of @lift
 * @confirm_within: CHANGE_APPLY: seconds, 0 for none
 * @subject:	CHANGE_ASSIGN, CHANGE_REVOKE, CHANGE_QUARANTINE, CHANGE_RELEASE; owned
 * @who:	what the kernel knows @subject by: CHANGE_QUARANTINE, CHANGE_RELEASE
 * @lift:	CHANGE_RELEASE: the bytes that @signatures are of; empty without
 * @role:	owned; NULL in CHANGE_REVOKE is every role
 * @until:	seconds since the epoch, 0 without end
 * @json:	diagnostics as JSON lines
 * @kill:	end the processes that hold what cannot be taken back
 * @done:	called once unless forgotten; may be NULL
 */
struct change {
	enum change_kind kind;
	struct state_person by;
	struct source_set sources;
	struct image *image;
	struct signatures signatures;
	uint32_t confirm_within;
	char *subject;
	char *role;
	struct bailiwick_quarantine who;
	struct buffer lift;
	int64_t until;
	bool json;
	bool kill;
	change_done_fn *done;
	void *context;
	/* private */
	struct change *next;
	struct changes *queue;
	uint64_t version;
	char *stage;
	bool urgent;		/* between urgent_begin() and urgent_end() */
	bool asked;		/* the host names of new sources were looked up */
	int output;
	struct report_times times;
	char *message, *compiled;	/* of the result, while running processes are looked at */
};

/** change_new() - an empty change of that kind, or NULL */
struct change *change_new(enum change_kind kind);

/** change_free() - NULL is fine; returns NULL */
struct change *change_free(struct change *change);
DEFINE_CLEANUP(struct change *, change_free);

/** change_write_state() - inside a transaction; 0, 1 when it has no object, or a negative errno */
int change_write_state(struct controller *controller, const struct change *change);

/**
 * change_write() - begin a transaction and write everything about a change into it
 *
 * Return: 0, with the transaction open; or a negative errno, with it taken back.
 */
int change_write(struct controller *controller, const struct change *change,
		 const struct image *image, struct buffer *why);

/**
 * change_sources_lost() - was a policy in force whose sources are gone?
 *
 * The state was damaged and set aside then: compiling nothing would free everybody.
 */
bool change_sources_lost(const struct controller *controller, const struct change *change);

/**
 * change_image() - the image of a change that must not wait for a compiler
 *
 * Somebody loses all he has.  The sources say the same when next something is compiled.
 * Return: 0; 1 when only the compiler can tell; or a negative errno.
 */
int change_image(const struct controller *controller, const struct change *change,
		 struct image **ret);

/** changes_new() - the queue, or NULL */
struct changes *changes_new(struct controller *controller);

/** changes_free() - stop what runs, forget what waits; NULL is fine; returns NULL */
struct changes *changes_free(struct changes *changes);

/** changes_find() - how running processes are looked at; the default: not at all */
void changes_find(struct changes *changes, finder_fn *find, void *context);

/** changes_submit() - take it over and do it when its turn comes; 0, or -EBUSY with it freed */
int changes_submit(struct changes *changes, struct change *change);

/** changes_forget() - whoever gave @context is gone: nobody is called back for it */
void changes_forget(struct changes *changes, void *context);

/** changes_sweeping() - is what running processes hold being looked at? */
bool changes_sweeping(const struct changes *changes);

/** changes_running() - what is being done now, for people; NULL when nothing is */
const char *changes_running(const struct changes *changes);

#endif
