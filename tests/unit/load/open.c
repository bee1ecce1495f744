// SPDX-License-Identifier: Apache-2.0
/* Records of the task iterators: cut, joined, wrong */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load/open.h"

struct seen {
	unsigned int count;
	int stop;
	struct bailiwick_open item;
	char path[64];
};

static int see(void *context, const struct bailiwick_open *item, const char *path)
{
	struct seen *seen = context;

	seen->count++;
	seen->item = *item;
	strncpy(seen->path, path, sizeof(seen->path) - 1);
	return seen->stop;
}

static size_t put(char *to, uint32_t pid, const char *path)
{
	struct bailiwick_open item = {
		.size = (uint32_t)(sizeof(item) + strlen(path)),
		.kind = BAILIWICK_OPEN_FILE,
		.path_size = (uint16_t)strlen(path),
		.pid = pid,
		.fd = 7,
	};

	memcpy(to, &item, sizeof(item));
	memcpy(to + sizeof(item), path, strlen(path));
	return item.size;
}

static void test_whole_and_cut(void **state)
{
	char bytes[1024];
	struct seen seen = { 0 };
	size_t size = put(bytes, 1, "/a"), all = size + put(bytes + size, 2, "");
	int err;

	(void)state;
	for (size_t have = 0; have < size; have++) {
		assert_int_equal(open_records(bytes, have, see, &seen, &err), 0);
		assert_int_equal(err, 0);
	}
	assert_int_equal(seen.count, 0);
	assert_int_equal(open_records(bytes, all - 1, see, &seen, &err), size);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.item.pid, 1);
	assert_string_equal(seen.path, "/a");
	assert_int_equal(open_records(bytes, all, see, &seen, &err), all);
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.path, "");
}

static void test_callback_stops(void **state)
{
	char bytes[1024];
	struct seen seen = { .stop = 5 };
	size_t size = put(bytes, 1, "/a"), all = size + put(bytes + size, 2, "/b");
	int err;

	(void)state;
	assert_int_equal(open_records(bytes, all, see, &seen, &err), size);
	assert_int_equal(err, 5);
	assert_int_equal(seen.count, 1);
}

static void test_sizes_that_lie(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 143, 145, 147, 5000, UINT32_MAX };
	char bytes[8192];
	struct seen seen = { 0 };
	int err;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(bytes, 0, sizeof(bytes));
		put(bytes, 1, "/a");
		memcpy(bytes, &sizes[i], sizeof(sizes[i]));
		assert_int_equal(open_records(bytes, sizeof(bytes), see, &seen, &err), 0);
		assert_int_equal(err, -EBADMSG);
	}
	assert_int_equal(seen.count, 0);
}

static void test_programs_missing(void **state)
{
	struct loaded loaded;
	struct seen seen = { 0 };

	(void)state;
	loaded_init(&loaded);
	assert_int_equal(open_scan(&loaded, OPEN_ALL, see, &seen), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_and_cut),
		cmocka_unit_test(test_callback_stops),
		cmocka_unit_test(test_sizes_that_lie),
		cmocka_unit_test(test_programs_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
