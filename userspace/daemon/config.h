/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwickd.conf: KEY=VALUE lines */
#ifndef BAILIWICK_DAEMON_CONFIG_H
#define BAILIWICK_DAEMON_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sink/sink.h"

#define CONFIG_DIRECTORY "/etc/bailiwick"
#define CONFIG_FILE "bailiwickd.conf"
#define CONFIG_TEXT_MAX 512

/**
 * struct config - what may be set
 * @slot_size:		bytes of a policy slot, used when nothing is loaded yet
 * @ring_size:		bytes of the event ring, as above
 * @journal_segment_size: bytes after which a new segment of the journal begins
 * @journal_max_size:	bytes of the whole journal; the oldest go first
 * @journal_max_age:	seconds; what is older goes, too; 0 for no limit
 * @journal_sync:	milliseconds; how long a record may wait for the disk
 * @compile_seconds:	time a compilation may take
 * @compile_memory:	address space it may use, bytes
 * @names_grace:	seconds the last answer for a host name counts beyond its TTL
 * @names_ttl_least:	seconds an answer counts at least
 * @names_ttl_most:	seconds an answer counts at most
 * @finding_ordinary: denials of one subject within @finding_window that make a finding, 0 for
 *		never; as the next two for those grades
 * @finding_window: seconds
 * @metrics_every: seconds between two writings of @metrics_file
 * @metrics_file: where monitoring reads numbers; "" for nowhere
 * @metrics_address: loopback address and port to serve them at; "" for none
 * @seal_at_start:	1: seal the module as soon as a signed policy is in force
 * @sinks:		where events are sent on to; owned, config_done()
 */
struct config {
	uint64_t slot_size;
	uint64_t ring_size;
	uint64_t journal_segment_size;
	uint64_t journal_max_size;
	uint64_t journal_max_age;
	uint64_t journal_sync;
	uint64_t compile_seconds;
	uint64_t compile_memory;
	uint64_t names_grace;
	uint64_t names_ttl_least;
	uint64_t names_ttl_most;
	uint64_t finding_ordinary;
	uint64_t finding_serious;
	uint64_t finding_special;
	uint64_t finding_window;
	uint64_t metrics_every;
	char metrics_file[CONFIG_TEXT_MAX];
	char metrics_address[CONFIG_TEXT_MAX];
	uint64_t seal_at_start;
	struct sink_options *sinks;
	size_t sink_count;
};

/** config_init() - the defaults */
void config_init(struct config *config);

/** config_done() - free it */
void config_done(struct config *config);

/**
 * config_parse() - read the text of a configuration file over what is set
 * @name:	of the file, for messages
 * @why:	each mistake is appended as a line "NAME:LINE: …"
 *
 * Return: 0, or the number of mistakes; *config is then not to be used.
 */
int config_parse(struct config *config, const char *name, const char *text, size_t size,
		 struct buffer *why);

/**
 * config_load() - the defaults and DIRECTORY/bailiwickd.conf over them
 *
 * A file that is missing is fine.  Return: 0, a positive number of mistakes, or
 * a negative errno; *why says more.
 */
int config_load(struct config *config, const char *directory, struct buffer *why);

#endif
