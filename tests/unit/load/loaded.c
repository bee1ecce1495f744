/* SPDX-License-Identifier: Apache-2.0 */
/* Pins that are not there, not whole, or not ours */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../userspace/load/loaded.c"

static char top[] = "/tmp/pinsXXXXXX";
static struct buffer why;

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s%s", top, *name ? "/" : "", name);
	return path;
}

static int fresh(void **state)
{
	(void)state;
	buffer_clear(&why);
	assert_non_null(mkdtemp(strcpy(top, "/tmp/pinsXXXXXX")));
	return 0;
}

static int gone(void **state)
{
	(void)state;
	loaded_unpin(top);
	return access(top, F_OK) < 0 ? 0 : -1;
}

static void touch(const char *name)
{
	int fd = open(at(name), O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void nothing_is_an_answer(void **state)
{
	struct loaded loaded;

	(void)state;
	assert_int_equal(loaded_open("/nonexistent/pins", &loaded, &why), 1);
	assert_int_equal(why.size, 0);
}

static void an_empty_directory_is_not_whole(void **state)
{
	struct loaded loaded;

	(void)state;
	assert_int_equal(loaded_open(top, &loaded, &why), -EEXIST);
	assert_non_null(strstr(why.data, "bw_slots is missing"));
}

static void files_are_no_pins(void **state)
{
	struct loaded loaded;
	int err;

	(void)state;
	assert_int_equal(mkdir(at("maps"), 0700), 0);
	touch("maps/bw_slots");
	err = loaded_open(top, &loaded, &why);
	assert_true(err < 0 && err != -EEXIST);
	assert_non_null(strstr(why.data, "maps/bw_slots"));
}

static void unpinning_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("maps"), 0700), 0);
	assert_int_equal(mkdir(at("links"), 0700), 0);
	touch("maps/bw_slots");
	touch("maps/rodata");
	touch("links/file_open");
	assert_int_equal(loaded_unpin(top), 0);
	assert_int_equal(access(top, F_OK), -1);
	assert_int_equal(loaded_unpin(top), 0);
}

/* A directory of somebody else's below ours is not removed with force. */
static void what_is_not_ours_stays(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("maps"), 0700), 0);
	assert_int_equal(mkdir(at("maps/strange"), 0700), 0);
	assert_true(loaded_unpin(top) < 0);
	assert_int_equal(rmdir(at("maps/strange")), 0);
}

static void shapes_are_compared(void **state)
{
	struct bpf_map_info slots = {
		.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 1 << 20,
		.max_entries = BAILIWICK_SLOTS,
	};
	struct bpf_map_info counts = {
		.type = BPF_MAP_TYPE_HASH, .key_size = sizeof(struct bailiwick_count_key),
		.value_size = 8, .max_entries = 1,
	};

	(void)state;
	assert_true(fits(&slots, LOADED_SLOTS));
	slots.value_size = 1 << 24;
	assert_true(fits(&slots, LOADED_SLOTS));
	slots.max_entries = 3;
	assert_false(fits(&slots, LOADED_SLOTS));
	slots.max_entries = 2;
	slots.type = BPF_MAP_TYPE_HASH;
	assert_false(fits(&slots, LOADED_SLOTS));

	assert_true(fits(&counts, LOADED_COUNTS));
	counts.key_size++;
	assert_false(fits(&counts, LOADED_COUNTS));
	counts.key_size--;
	counts.value_size = 4;
	assert_false(fits(&counts, LOADED_COUNTS));
}

static void nothing_loaded_can_be_closed(void **state)
{
	struct loaded loaded;

	(void)state;
	loaded_init(&loaded);
	assert_int_equal(loaded_events_fd(&loaded), -1);
	assert_int_equal(loaded_events_consume(&loaded, NULL, NULL), -EBADF);
	loaded_done(&loaded);
	loaded_done(&loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_an_answer),
		cmocka_unit_test_setup_teardown(an_empty_directory_is_not_whole, fresh, gone),
		cmocka_unit_test_setup_teardown(files_are_no_pins, fresh, gone),
		cmocka_unit_test_setup_teardown(unpinning_leaves_nothing, fresh, gone),
		cmocka_unit_test_setup_teardown(what_is_not_ours_stays, fresh, gone),
		cmocka_unit_test(shapes_are_compared),
		cmocka_unit_test(nothing_loaded_can_be_closed),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_done(&why);
	return failed;
}
