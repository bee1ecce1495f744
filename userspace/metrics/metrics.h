/* SPDX-License-Identifier: Apache-2.0 */
/* Every number Bailiwick tells a monitoring system, and how it is written */
#ifndef BAILIWICK_METRICS_METRICS_H
#define BAILIWICK_METRICS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/** struct metrics_denials - one count of denials; strings are borrowed */
struct metrics_denials {
	const char *severity;
	const char *verdict;
	const char *role;
	uint64_t count;
};

/** struct metrics_counted - the kernel's own count of an operation */
struct metrics_counted {
	const char *operation;
	const char *verdict;
	uint64_t count;
};

/** struct metrics_sink - one sink; @last_delivery is in seconds since the epoch, 0 for none yet */
struct metrics_sink {
	const char *name;
	const char *type;
	bool up;
	uint64_t lag;
	uint64_t delivered;
	uint64_t dead;
	uint64_t missed;
	int64_t last_delivery;
};

/**
 * struct metrics - a moment; times are seconds since the epoch, 0 where there is none
 * @state:	"enforcing", "unconfined" or "failed"
 * @passed:	every hook that can be tried denied its canary
 * @hooks_failed: hooks that did not
 * @not_enforced: things this machine cannot enforce, the failed hooks among them
 * @recorded:	of this controller, as are @lost and @unwritten
 * @ring_size:	bytes; 0 when the ring cannot be measured
 */
struct metrics {
	const char *version;
	const char *state;
	int64_t now;
	int64_t started;
	uint64_t policy_version;
	int64_t policy_since;
	uint64_t image_size, slot_size;
	uint64_t rows;
	bool module_present, module_held, sealed;
	bool tested, passed;
	uint64_t hooks_attached, hooks_denied, hooks_failed, hooks_untried;
	uint64_t not_enforced;
	uint64_t kernel_denials, self_test_denials, ring_full, counters_full;
	uint64_t ring_used, ring_size;
	uint64_t recorded, lost, unwritten;
	bool journal_problem;
	uint64_t journal_records, journal_durable, journal_bytes, journal_limit;
	const struct metrics_denials *denials;
	size_t denial_count;
	const struct metrics_counted *counted;
	size_t counted_count;
	const struct metrics_sink *sinks;
	size_t sink_count;
};

/** metrics_write() - all of them in Prometheus' text format; 0 or -ENOMEM */
int metrics_write(const struct metrics *metrics, struct buffer *out);

#endif
