// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/subjects.h */
#include "daemon/subjects.h"
#include "tests/unit/compile/compiled.h"

static struct image *image;
static struct state *state;
static char path[] = "/tmp/subjects-XXXXXX";

static int set_up(void **unused)
{
	struct buffer why = { 0 };
	char file[64];

	(void)unused;
	if (!mkdtemp(path))
		return -1;
	snprintf(file, sizeof(file), "%s/state.db", path);
	image = compiled("roles:\n  clerk: {}\n  web: {}\nassignments:\n"
			 "  - {subject: \"user:alice\", role: clerk, until: 2030-01-01T00:00:00Z}\n"
			 "  - {subject: \"user:bob\", role: clerk, until: 2029-01-01T00:00:00Z}\n"
			 "  - {subject: \"unit:x.service\", role: web}\n");
	return state_open(file, &state, &why);
}

static int tear_down(void **unused)
{
	char command[64];

	(void)unused;
	image_close(image);
	state_close(state);
	snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command);
}

static void which_texts_are_subjects(void **unused)
{
	static const char *const good[] = { "user:alice", "user:1000", "group:staff",
					    "unit:nginx.service", "exe:/usr/sbin/nginx" };
	static const char *const bad[] = { "", "alice", "user:", ":x", "users:x", "exe:nginx",
					   "user:a\nb", "none:x", "role:x", "user:a\x7f" };

	(void)unused;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_null(subject_check(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(subject_check(bad[i]));
}

static void who_holds_what(void **unused)
{
	(void)unused;
	assert_true(subjects_hold(image, "user:alice", "clerk"));
	assert_true(subjects_hold(image, "user:alice", NULL));
	assert_false(subjects_hold(image, "user:alice", "web"));
	assert_false(subjects_hold(image, "group:alice", NULL));
}

static void the_next_end(void **unused)
{
	(void)unused;
	assert_int_equal(subjects_next_end(image, NOW), 1861920000);
	assert_int_equal(subjects_next_end(image, 1861920000), 1893456000);
	assert_int_equal(subjects_next_end(image, 1893456000), 0);
}

static void what_the_compiler_is_told(void **unused)
{
	struct state_assignment a = { .subject = "user:\"q\"", .role = "clerk", .until = 50 };
	struct buffer out = { 0 };

	(void)unused;
	assert_int_equal(state_assign(state, &a), 0);
	a.subject = "user:old";
	a.until = 10;
	assert_int_equal(state_assign(state, &a), 0);
	a.subject = "user:dropped";
	a.role = "";
	a.until = 0;
	assert_int_equal(state_drop(state, &a), 0);
	assert_int_equal(subjects_remember(image, state), 0);
	assert_int_equal(subjects_write(state, 10, &out), 0);
	assert_string_equal(out.data,
		"{\"subject\":\"unit:bailiwick.service\",\"role\":\"unconfined\"}\n"
		"{\"subject\":\"user:\\\"q\\\"\",\"role\":\"clerk\",\"until\":50}\n"
		"{\"subject\":\"user:dropped\",\"drop\":\"\"}\n"
		"{\"subject\":\"unit:x.service\",\"hold\":\"none\"}\n"
		"{\"subject\":\"user:alice\",\"hold\":\"none\"}\n"
		"{\"subject\":\"user:bob\",\"hold\":\"none\"}\n");
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_texts_are_subjects),
		cmocka_unit_test(who_holds_what),
		cmocka_unit_test(the_next_end),
		cmocka_unit_test(what_the_compiler_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
