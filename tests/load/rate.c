// SPDX-License-Identifier: Apache-2.0
/* Records from the ring's form to the journal on disk, as fast as one processor does it */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/recorder.h"
#include "tests/unit/event/record.h"

static const char policy[] =
	"roles:\n  clerk:\n    files:\n      - {allow: [read], on: [/srv/**]}\n"
	"assignments:\n  - {subject: \"user:alice\", role: clerk}\n";

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As the loop does: a sync when one is due, what is packed and deleted once a second */
static void take(struct recorder *recorder, const struct record *r, double *tended)
{
	int64_t due;

	recorder_record(recorder, r, r->d.event.size);
	due = journal_sync_due(recorder_journal(recorder));
	if (due >= 0 && (double)due / 1e9 <= seconds(CLOCK_MONOTONIC))
		recorder_sync(recorder);
	if (seconds(CLOCK_MONOTONIC) - *tended > 1) {
		recorder_tend(recorder);
		*tended = seconds(CLOCK_MONOTONIC);
	}
}

int main(int argc, char **argv)
{
	const struct journal_options options = {
		.segment_size = 64u << 20, .total_size = 1u << 30, .sync_delay = 1000000000,
	};
	struct recorder *recorder;
	struct recorder_totals totals;
	struct buffer notes = { 0 };
	struct rusage usage;
	struct record r;
	struct image *image = compiled(policy);
	unsigned long records;
	double begun, spent, processor, tended;
	char path[64];

	if (argc != 3) {
		fprintf(stderr, "usage: rate RECORDS DIRECTORY\n");
		return 64;
	}
	records = strtoul(argv[1], NULL, 10);
	if (recorder_open(argv[2], &options, "/etc/passwd", &notes, &recorder) < 0) {
		fprintf(stderr, "rate: no journal in %s\n", argv[2]);
		return 1;
	}
	recorder_image(recorder, image, 0);
	recorder_restart(recorder);
	begun = tended = seconds(CLOCK_MONOTONIC);
	processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned long i = 1; i <= records; i++) {
		record_begin(&r, image, "clerk", BAILIWICK_OP_WRITE);
		snprintf(path, sizeof(path), "/srv/load/%lu", i % 2000);
		record_path(&r, image, path, BAILIWICK_RIGHT_WRITE);
		r.d.event.sequence = i;
		take(recorder, &r, &tended);
	}
	recorder_sync(recorder);
	spent = seconds(CLOCK_MONOTONIC) - begun;
	processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
	recorder_totals(recorder, &totals);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"records\":%lu,\"recorded\":%llu,\"seconds\":%.2f,\"per_second\":%.0f,\"processor\":%.2f,"
	       "\"bytes\":%llu,\"kilobytes\":%ld}\n", records, (unsigned long long)totals.recorded, spent,
	       (double)records / spent, processor,
	       (unsigned long long)journal_bytes(recorder_journal(recorder)), usage.ru_maxrss);
	recorder_close(recorder);
	buffer_done(&notes);
	return totals.recorded < records;
}
