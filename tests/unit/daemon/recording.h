/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder with a journal of its own, and denials out of a ring that is none */
#ifndef TESTS_DAEMON_RECORDING_H
#define TESTS_DAEMON_RECORDING_H

#include "base/message.h"
#include "daemon/recorder.h"
#include "journal/reader.h"
#include "tests/unit/event/record.h"

static char directory[64];
static struct recorder *recorder;
static struct image *image;
static struct record r;
static struct journal_options sizes;

static const char policy[] =
	"roles:\n  clerk:\n    files:\n      - {allow: [read], on: [/srv/**]}\n"
	"assignments:\n  - {subject: \"user:alice\", role: clerk}\n";

static inline void reopen(void)
{
	struct buffer notes = { 0 };

	recorder = recorder_close(recorder);
	assert_int_equal(recorder_open(directory, &sizes, "/nonexistent", &notes, &recorder), 0);
	assert_int_equal(notes.size, 0);
	buffer_done(&notes);
	image = compiled(policy);
	recorder_image(recorder, image, 0);
}

static inline int set_up(void **state)
{
	(void)state;
	sizes = (struct journal_options){ 0 };
	strcpy(directory, "/tmp/recorder-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	reopen();
	recorder_restart(recorder);
	return 0;
}

static inline int tear_down(void **state)
{
	char command[128];

	(void)state;
	recorder = recorder_close(recorder);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* A denial with this number comes out of the ring */
static inline void denial(uint64_t sequence, const char *row)
{
	record_begin(&r, image, row, BAILIWICK_OP_WRITE);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_WRITE);
	r.d.event.sequence = sequence;
	assert_int_equal(recorder_record(recorder, &r, r.d.event.size), 0);
}

/* Kinds in the journal with their counts: "denial 1|lost 3|" */
static inline const char *kinds(void)
{
	static char all[4096];
	struct journal_reader *reader;
	struct segment_record record;
	size_t at = 0;

	all[0] = 0;
	assert_int_equal(journal_reader_new(directory, &reader), 0);
	while (journal_read(reader, &record) == JOURNAL_RECORD) {
		struct message *m = NULL;
		int64_t count = 0;

		assert_int_equal(message_parse(record.payload, record.payload_size, &m), 0);
		assert_true(message_integer(m, "count", &count));
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s %d|",
				       message_string(m, "kind"), (int)count);
		message_free(m);
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	return all;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
