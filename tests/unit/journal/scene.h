/* SPDX-License-Identifier: Apache-2.0 */
/* A journal in a directory of its own, and what can be done to its files */
#ifndef TESTS_JOURNAL_SCENE_H
#define TESTS_JOURNAL_SCENE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/readfile.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/segment.h"
#include "journal/verify.h"

#define UNUSED __attribute__((unused))
#define TEST(f) cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

static char directory[64];
static struct buffer notes;
static struct buffer told;		/* what the last verification found, a line each */
static struct verify_report report;

static inline int scene_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline int scene_set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/journal-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static inline int scene_tear_down(void **state)
{
	(void)state;
	buffer_done(&notes);
	buffer_done(&told);
	return nftw(directory, scene_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct journal *reopen(const struct journal_options *options)
{
	struct journal *journal = NULL;

	buffer_clear(&notes);
	assert_int_equal(journal_open(directory, options, NULL, NULL, &notes, &journal), 0);
	return journal;
}

static inline int append_as(struct journal *journal, const char *text, uint64_t source,
			    unsigned int flags)
{
	struct journal_entry entry = { .time = 5, .source = source, .flags = flags, .data = text,
				       .size = strlen(text) };

	return journal_append(journal, &entry);
}

static inline int append(struct journal *journal, const char *text, uint64_t source)
{
	return append_as(journal, text, source, 0);
}

/* The end of a process that was killed: nothing is synced, nothing is told */
static inline void drop(const struct journal_options *options, const char *const *texts, size_t n)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct journal *journal = reopen(options);

		for (size_t i = 0; i < n; i++)
			append(journal, texts[i], 0);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static inline void path_of(uint64_t first, char path[128])
{
	char name[SEGMENT_NAME_MAX];

	snprintf(path, 128, "%s/%s", directory, segment_name(first, name));
	if (access(path, F_OK) < 0)
		snprintf(path, 128, "%s/%s", directory, segment_packed_name(first, name));
}

static inline off_t size_of(uint64_t first)
{
	struct stat st;
	char path[128];

	path_of(first, path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static inline void flip_in(const char *path, off_t at, int bit)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte = (char)(byte ^ (1 << bit));
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static inline void flip(uint64_t first, off_t at)
{
	char path[128];

	path_of(first, path);
	flip_in(path, at, 0);
}

/* A file's bytes, to put them back later */
struct kept {
	char path[128];
	char *data;
	size_t size;
};

static inline struct kept keep_file(const char *path)
{
	struct kept kept;

	snprintf(kept.path, sizeof(kept.path), "%s", path);
	assert_int_equal(readfile(path, 1 << 20, &kept.data, &kept.size), READFILE_FINE);
	return kept;
}

static inline void put_file(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static inline void put_back(struct kept *kept)
{
	put_file(kept->path, kept->data, kept->size);
}

static inline const char *head_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/head", directory);
	return path;
}

/* Texts of all records in order, '|' between; '!' where damage was passed */
static inline const char *contents(void)
{
	static char all[65536];
	struct segment_record record;
	struct journal_reader *reader;
	size_t at = 0;
	int r;

	all[0] = 0;
	assert_int_equal(journal_reader_new(directory, &reader), 0);
	while ((r = journal_read(reader, &record)) != JOURNAL_END) {
		assert_true(r >= 0);
		if (r == JOURNAL_DAMAGED) {
			at += (size_t)snprintf(all + at, sizeof(all) - at, "!|");
			continue;
		}
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s|", record.payload);
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	return all;
}

static inline void take_finding(void *context, const struct verify_finding *finding)
{
	(void)context;
	buffer_printf(&told, "%d %s@%llu %llu-%llu: %s\n", finding->what, finding->segment,
		      (unsigned long long)finding->offset, (unsigned long long)finding->record,
		      (unsigned long long)finding->until, finding->text);
}

/* Findings; @head is "N:HASH" or NULL */
static inline uint64_t verify(const char *head)
{
	struct verify_anchor anchor;

	buffer_clear(&told);
	buffer_append_text(&told, "");
	if (head)
		assert_int_equal(head_parse(head, &anchor.last, anchor.hash), 0);
	assert_int_equal(verify_journal(directory, head ? &anchor : NULL, take_finding, NULL, &report),
			 0);
	return report.findings;
}

#endif
