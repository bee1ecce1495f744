// SPDX-License-Identifier: Apache-2.0
/* Tests of state/state.h */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "state/state.h"

static char directory[64], path[96];
static struct state *state;
static struct buffer why, told;

static struct state *open_state(void)
{
	struct state *opened = NULL;

	buffer_clear(&why);
	assert_int_equal(state_open(path, &opened, &why), 0);
	return opened;
}

static int set_up(void **unused)
{
	(void)unused;
	strcpy(directory, "/tmp/state-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/state.db", directory);
	state = open_state();
	return 0;
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	state = state_close(state);
	buffer_done(&why);
	buffer_done(&told);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static int tell_assignment(void *context, const struct state_assignment *a)
{
	(void)context;
	return buffer_printf(&told, "%s=%s until %lld by %u;", a->subject, a->role,
			     (long long)a->until, a->by.uid);
}

static const char *assignments(void)
{
	buffer_clear(&told);
	assert_int_equal(state_assignments(state, tell_assignment, NULL), 0);
	return told.data ? told.data : "";
}

static const char *dropped(void)
{
	buffer_clear(&told);
	assert_int_equal(state_dropped(state, tell_assignment, NULL), 0);
	return told.data ? told.data : "";
}

static void assign(const char *subject, const char *role, int64_t until)
{
	struct state_assignment a = { .subject = subject, .role = role, .until = until,
				      .by.uid = 7 };

	assert_int_equal(state_assign(state, &a), 0);
}

static void assignments_come_and_go(void **unused)
{
	size_t count;

	(void)unused;
	assert_string_equal(assignments(), "");
	assign("user:alice", "clerk", 0);
	assign("user:alice", "backup", 50);
	assign("user:alice", "clerk", 60);
	assign("unit:'; DROP TABLE bound;--.service", "web", 0);
	assert_string_equal(assignments(),
			    "unit:'; DROP TABLE bound;--.service=web until 0 by 7;"
			    "user:alice=backup until 50 by 7;user:alice=clerk until 60 by 7;");
	assert_int_equal(state_revoke(state, "user:alice", "nothing", &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(state_revoke(state, "user:alice", NULL, &count), 0);
	assert_int_equal(count, 2);
}

static void what_ended_is_removed(void **unused)
{
	int64_t next;

	(void)unused;
	assign("user:a", "r", 50);
	assign("user:b", "r", 60);
	assign("user:c", "r", 0);
	assert_int_equal(state_next_end(state, &next), 0);
	assert_int_equal(next, 50);
	assert_int_equal(state_expire(state, 50), 0);
	assert_string_equal(assignments(), "user:b=r until 60 by 7;user:c=r until 0 by 7;");
	assert_int_equal(state_expire(state, 1000), 0);
	assert_int_equal(state_next_end(state, &next), 0);
	assert_int_equal(next, 0);
}

static void a_drop_lasts_until_it_is_given_again(void **unused)
{
	struct state_assignment a = { .subject = "user:alice", .role = "clerk" };

	(void)unused;
	assert_int_equal(state_drop(state, &a), 0);
	a.role = "";
	assert_int_equal(state_drop(state, &a), 0);
	assign("user:alice", "clerk", 0);
	assert_string_equal(dropped(), "user:alice= until 0 by 0;");
}

static int count_subject(void *context, const char *subject)
{
	(void)subject;
	++*(int *)context;
	return 0;
}

static void subjects_are_remembered_once(void **unused)
{
	int count = 0;

	(void)unused;
	assert_int_equal(state_bind(state, "user:alice"), 0);
	assert_int_equal(state_bind(state, "user:alice"), 0);
	assert_int_equal(state_bind(state, "group:staff"), 0);
	assert_int_equal(state_bound(state, count_subject, &count), 0);
	assert_int_equal(count, 2);
}

static int tell_source(void *context, const struct state_source *source)
{
	(void)context;
	return buffer_printf(&told, "%s:%zu:%02x;", source->name, source->size,
			     source->size ? (unsigned char)source->text[source->size - 1] : 0);
}

static void sources_keep_order_and_bytes(void **unused)
{
	struct state_source first[] = { { "/z.yaml", "a\0\xff", 3 }, { "/a.yaml", "", 0 } };
	struct state_source second[] = { { "/b.yaml", "x", 1 } };
	uint64_t version = 99;

	(void)unused;
	assert_int_equal(state_sources(state, tell_source, NULL, &version), 0);
	assert_int_equal(version, 0);
	assert_int_equal(state_set_sources(state, 4, first, 2), 0);
	assert_int_equal(state_sources(state, tell_source, NULL, &version), 0);
	assert_string_equal(told.data, "/z.yaml:3:ff;/a.yaml:0:00;");
	assert_int_equal(version, 4);
	buffer_clear(&told);
	assert_int_equal(state_set_sources(state, 5, second, 1), 0);
	assert_int_equal(state_sources(state, tell_source, NULL, &version), 0);
	assert_string_equal(told.data, "/b.yaml:1:78;");
}

static void a_change_is_whole_or_not_at_all(void **unused)
{
	uint64_t version = 0;

	(void)unused;
	assert_int_equal(state_begin(state), 0);
	assign("user:a", "r", 0);
	assert_int_equal(state_raise_version(state, 9), 0);
	state_rollback(state);
	assert_string_equal(assignments(), "");
	assert_int_equal(state_begin(state), 0);
	assign("user:a", "r", 0);
	assert_int_equal(state_raise_version(state, 9), 0);
	assert_int_equal(state_commit(state), 0);
	state_rollback(state);	/* nothing is open: does nothing */
	state_close(state);
	state = open_state();
	assert_string_equal(assignments(), "user:a=r until 0 by 7;");
	assert_int_equal(state_version(state, &version), 0);
	assert_int_equal(version, 9);
	assert_int_equal(state_raise_version(state, 3), 0);
	assert_int_equal(state_version(state, &version), 0);
	assert_int_equal(version, 9);
}

static void closing_takes_back_what_is_open(void **unused)
{
	(void)unused;
	assert_int_equal(state_begin(state), 0);
	assign("user:a", "r", 0);
	state_close(state);
	state = open_state();
	assert_string_equal(assignments(), "");
}

static int tell_change(void *context, const struct state_change *change)
{
	(void)context;
	return buffer_printf(&told, "%llu %s %s %02x;", (unsigned long long)change->version,
			     change->change, change->outcome, change->digest[31]);
}

static void history_is_oldest_first_and_bounded(void **unused)
{
	struct state_change change = { .change = "assigned", .detail = "d", .outcome = "done" };

	(void)unused;
	for (change.version = 1; change.version <= 4; change.version++) {
		change.digest[31] = (uint8_t)change.version;
		assert_int_equal(state_record(state, &change), 0);
	}
	assert_int_equal(state_history(state, 2, tell_change, NULL), 0);
	assert_string_equal(told.data, "3 assigned done 03;4 assigned done 04;");
}

static int stop(void *context, const struct state_assignment *a)
{
	(void)context;
	(void)a;
	return 42;
}

static void a_callback_can_stop(void **unused)
{
	(void)unused;
	assign("user:a", "r", 0);
	assert_int_equal(state_assignments(state, stop, NULL), 42);
}

static void damage_is_found_when_opening(void **unused)
{
	struct state *opened = NULL;
	struct stat st;
	char byte;
	int fd;

	(void)unused;
	for (int i = 0; i < 500; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "user:u%d", i);
		assign(subject, "clerk", 0);
	}
	state = state_close(state);
	fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	/* the header of a page in the middle: its number of cells */
	assert_true(st.st_size > 3 * 4096);
	for (off_t at = 4096; at < st.st_size; at += 4096) {
		assert_int_equal(pread(fd, &byte, 1, at + 3), 1);
		byte ^= 0x40;
		assert_int_equal(pwrite(fd, &byte, 1, at + 3), 1);
	}
	close(fd);
	buffer_clear(&why);
	assert_int_equal(state_open(path, &opened, &why), -EBADMSG);
	assert_null(opened);
	assert_non_null(strstr(why.data, path));
	fd = open(path, O_RDWR | O_TRUNC);
	assert_int_equal(write(fd, "this is no database, but long enough to be one", 46), 46);
	close(fd);
	assert_int_equal(state_open(path, &opened, &why), -EBADMSG);
}

static void a_newer_layout_is_refused(void **unused)
{
	struct state *opened = NULL;
	unsigned char version[4] = { 0, 0, 0, 200 };
	int fd;

	(void)unused;
	state = state_close(state);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, version, 4, 60), 4);	/* user_version, big-endian */
	close(fd);
	buffer_clear(&why);
	assert_int_equal(state_open(path, &opened, &why), -EPROTONOSUPPORT);
	assert_non_null(strstr(why.data, "200"));
}

static void a_directory_that_is_missing_is_told(void **unused)
{
	struct state *opened = NULL;

	(void)unused;
	buffer_clear(&why);
	assert_true(state_open("/nonexistent/state.db", &opened, &why) < 0);
	assert_non_null(strstr(why.data, "/nonexistent/state.db"));
}

static void nobody_else_may_read_it(void **unused)
{
	struct stat st;

	(void)unused;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(assignments_come_and_go),
		TEST(what_ended_is_removed),
		TEST(a_drop_lasts_until_it_is_given_again),
		TEST(subjects_are_remembered_once),
		TEST(sources_keep_order_and_bytes),
		TEST(a_change_is_whole_or_not_at_all),
		TEST(closing_takes_back_what_is_open),
		TEST(history_is_oldest_first_and_bounded),
		TEST(a_callback_can_stop),
		TEST(damage_is_found_when_opening),
		TEST(a_newer_layout_is_refused),
		TEST(a_directory_that_is_missing_is_told),
		TEST(nobody_else_may_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
