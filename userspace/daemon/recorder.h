/* SPDX-License-Identifier: Apache-2.0 */
/* From ring records and the controller's own news to journal records */
#ifndef BAILIWICK_DAEMON_RECORDER_H
#define BAILIWICK_DAEMON_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/burst.h"
#include "event/event.h"
#include "event/tally.h"
#include "image/reader.h"
#include "journal/journal.h"
#include "load/share.h"

struct recorder;

/**
 * struct recorder_totals - since this controller started
 * @recorded:	records in the journal
 * @lost:	numbers the kernel gave that never came
 * @unwritten:	events the journal could not take, ever
 * @problem:	errno of the journal at present, 0 when it takes what it is given
 */
struct recorder_totals {
	uint64_t recorded;
	uint64_t lost;
	uint64_t unwritten;
	int problem;
};

/**
 * recorder_open() - open journal and names
 * @directory:	of the journal
 * @passwd:	file with user names
 * @notes:	what was found wrong in the journal, a line each; recorded already
 *
 * Return: 0 or a negative errno.
 */
int recorder_open(const char *directory, const struct journal_options *options,
		  const char *passwd, struct buffer *notes, struct recorder **ret);

/** recorder_close() - NULL is fine; returns NULL */
struct recorder *recorder_close(struct recorder *recorder);
DEFINE_CLEANUP(struct recorder *, recorder_close);

/** recorder_watch() - tell bursts of denials beyond these limits as findings; 0 or -ENOMEM */
int recorder_watch(struct recorder *recorder, const struct burst_limits *limits);

/**
 * recorder_refused_fn - whose denials the next so many that are told as lost were
 *
 * Return: as shares_take().
 */
typedef int recorder_refused_fn(void *context, uint64_t most, struct share_debts *ret);

/** recorder_ask() - who knows that; without it a loss is told without names */
void recorder_ask(struct recorder *recorder, recorder_refused_fn *refused, void *context);

/** recorder_restart() - the kernel's numbers begin anew with what comes next */
void recorder_restart(struct recorder *recorder);

/**
 * recorder_resume() - the kernel's numbers go on
 * @given:	the last one it gave; a journal that tells of higher ones tells of an earlier
 *		loading, and they begin anew
 */
void recorder_resume(struct recorder *recorder, uint64_t given);

/**
 * recorder_image() - an image is about to come into force
 * @image:	the recorder's from now on; the last few are kept
 * @in_force:	version that is, and that is kept in any case
 */
void recorder_image(struct recorder *recorder, struct image *image, uint64_t in_force);

/** recorder_find_image() - borrowed, by policy version; NULL when it is not kept */
const struct image *recorder_find_image(const struct recorder *recorder, uint64_t version);

/** recorder_seal() - what `sealed` says from now on */
void recorder_seal(struct recorder *recorder, bool sealed);

/**
 * recorder_fold() - the hook self-test is running: denials of its own row are counted, not told
 * @on:		false ends it
 *
 * Return: the denials folded since it began.
 */
uint64_t recorder_fold(struct recorder *recorder, bool on);

/**
 * recorder_record() - take one ring record; an enforcement_event_fn
 *
 * When it returns, the record is in the journal (killing the process loses
 * nothing any more) or counted as unwritten.  Return: 0, always.
 */
int recorder_record(void *recorder, const void *record, size_t size);

/** recorder_event() - take news of the controller; journal, sequence, host, time and sealed are set here */
void recorder_event(struct recorder *recorder, struct event *event);

/** recorder_settle() - no number up to @sequence can come any more: tell what was lost */
void recorder_settle(struct recorder *recorder, uint64_t sequence);

/** recorder_sync() - make the journal survive the machine */
void recorder_sync(struct recorder *recorder);

/** recorder_tend() - a bounded piece of what is needed now and then: findings, limits, packing */
void recorder_tend(struct recorder *recorder);

/** recorder_refresh() - read user names and host name again, where they changed */
void recorder_refresh(struct recorder *recorder);

/** recorder_totals() - counts */
void recorder_totals(const struct recorder *recorder, struct recorder_totals *ret);

/** recorder_tally() - denials taken since this controller started, by severity and role */
const struct tally *recorder_tally(const struct recorder *recorder);

/** recorder_journal() - for its numbers */
const struct journal *recorder_journal(const struct recorder *recorder);

/** recorder_host() - name of this machine */
const char *recorder_host(const struct recorder *recorder);

#endif
