/* SPDX-License-Identifier: Apache-2.0 */
/* Sending events on: a process, a cursor and a dead-letter file for each sink */
#ifndef BAILIWICK_DAEMON_SINKS_H
#define BAILIWICK_DAEMON_SINKS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/config.h"
#include "daemon/recorder.h"

struct sinks;

/**
 * struct sinks_setting - what they work with; all borrowed
 * @program:	bailiwickd
 * @nats_program: what runs for sinks of that type
 * @configuration: directory the sinks' processes read theirs from
 * @journal:	directory
 * @state:	directory of cursors and dead letters, made when missing
 */
struct sinks_setting {
	sd_event *loop;
	const struct config *config;
	struct recorder *recorder;
	const char *program;
	const char *nats_program;
	const char *configuration;
	const char *journal;
	const char *state;
};

/**
 * sinks_start() - start a process for each sink of the configuration
 *
 * One that cannot be started is tried again later; nothing waits for any.
 *
 * Return: 0 or a negative errno.
 */
int sinks_start(const struct sinks_setting *setting, struct sinks **ret);

/** sinks_stop() - end them, cursors written; NULL is fine; returns NULL */
struct sinks *sinks_stop(struct sinks *sinks);

/** sinks_pump() - more of the journal is on disk: go on; NULL is fine */
void sinks_pump(struct sinks *sinks);

/** sinks_tick() - once a second: cursors to disk; NULL is fine */
void sinks_tick(struct sinks *sinks);

/**
 * struct sink_status - how one is doing
 * @next:	every event before this number is delivered (or kept aside)
 * @lag:	events on disk and not delivered
 * @delivered:	since the controller started
 * @dead:	put into the dead-letter file since then
 * @missed:	deleted by a limit, or damaged, before they could be delivered
 * @last_delivery: seconds since the epoch, 0 for none yet
 * @error:	the last one since then, "" when there was none
 * @last_error:	its time, 0 when there was none
 * @recovered:	something was delivered after it
 */
struct sink_status {
	const struct sink_options *options;
	bool up;
	uint64_t next;
	uint64_t lag;
	uint64_t delivered;
	uint64_t dead;
	uint64_t missed;
	int64_t last_delivery;
	const char *error;
	int64_t last_error;
	bool recovered;
};

/** sinks_status() - of sink @index; false when there is none; NULL is fine */
bool sinks_status(const struct sinks *sinks, size_t index, struct sink_status *ret);

#endif
