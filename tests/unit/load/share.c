// SPDX-License-Identifier: Apache-2.0
/* Tests of load/share.h, over maps that the test plays */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/bpf.h>

#define SHARES 3000

static int fake_batch(int fd, void *in, void *out, void *keys, void *values, uint32_t *count,
		      const struct bpf_map_batch_opts *opts);
static int fake_lookup(int fd, const void *key, void *value);
static int fake_update(int fd, const void *key, const void *value, uint64_t flags);
#define bpf_map_lookup_batch fake_batch
#define bpf_map_lookup_elem fake_lookup
#define bpf_map_update_elem fake_update
#include "../../../userspace/load/share.c"

static uint64_t keys_of[SHARES], told[SHARES];
static struct bailiwick_share shares[SHARES];
static size_t share_count;
static uint64_t full;		/* key that what is told finds no room for */

static size_t find(uint64_t key)
{
	size_t i = 0;

	while (i < share_count && keys_of[i] != key)
		i++;
	assert_true(i < share_count);
	return i;
}

static int fake_batch(int fd, void *in, void *out, void *keys, void *values, uint32_t *count,
		      const struct bpf_map_batch_opts *opts)
{
	uint32_t at = in ? *(uint32_t *)in : 0, n = *count;

	(void)opts;
	assert_int_equal(fd, 1);
	if (n > share_count - at)
		n = (uint32_t)(share_count - at);
	memcpy(keys, keys_of + at, n * sizeof(*keys_of));
	memcpy(values, shares + at, n * sizeof(*shares));
	*count = n;
	*(uint32_t *)out = at + n;
	if (at + n < share_count)
		return 0;
	errno = ENOENT;
	return -1;
}

static int fake_lookup(int fd, const void *key, void *value)
{
	size_t i = find(*(const uint64_t *)key);

	assert_int_equal(fd, 2);
	if (!told[i])
		return -1;
	memcpy(value, &told[i], sizeof(told[i]));
	return 0;
}

static int fake_update(int fd, const void *key, const void *value, uint64_t flags)
{
	size_t i = find(*(const uint64_t *)key);

	(void)flags;
	assert_int_equal(fd, 2);
	if (keys_of[i] == full)
		return -1;
	memcpy(&told[i], value, sizeof(told[i]));
	return 0;
}

static struct loaded loaded;
static struct share_debts debts;

static int fresh(void **state)
{
	(void)state;
	memset(shares, 0, sizeof(shares));
	memset(told, 0, sizeof(told));
	share_count = 0;
	full = 0;
	loaded.map[LOADED_SHARES] = 1;
	loaded.map[LOADED_SHARES_TOLD] = 2;
	return 0;
}

static void refuse(uint64_t key, uint64_t refused)
{
	keys_of[share_count] = key;
	shares[share_count].refused = refused;
	if (key & BAILIWICK_SHARE_UNIT)
		memset(shares[share_count].unit, 'x', sizeof(shares[share_count].unit));
	share_count++;
}

static void take(uint64_t most)
{
	assert_int_equal(shares_take(&loaded, most, &debts), 0);
}

static void each_is_told_once(void **state)
{
	(void)state;
	refuse(BAILIWICK_SHARE_LOGIN | 1001, 10);
	refuse(BAILIWICK_SHARE_UID | 5, 0);
	refuse(BAILIWICK_SHARE_UNIT | 7, 30);
	take(100);
	assert_int_equal(debts.count, 2);
	assert_true(debts.list[0].key == (BAILIWICK_SHARE_UNIT | 7));
	assert_int_equal(debts.list[0].count, 30);
	assert_int_equal(strlen(debts.list[0].unit), BAILIWICK_SHARE_UNIT_MAX - 1);
	assert_int_equal(debts.list[1].count, 10);
	assert_string_equal(debts.list[1].unit, "");
	take(100);
	assert_int_equal(debts.count, 0);
	shares[0].refused = 12;
	take(100);
	assert_int_equal(debts.count, 1);
	assert_int_equal(debts.list[0].count, 2);
}

/* The programs are ahead of what the journal tells */
static void no_more_than_is_told_as_lost(void **state)
{
	(void)state;
	refuse(BAILIWICK_SHARE_LOGIN | 1, 10);
	refuse(BAILIWICK_SHARE_LOGIN | 2, 30);
	take(35);
	assert_int_equal(debts.list[0].count, 30);
	assert_int_equal(debts.list[1].count, 5);
	take(35);
	assert_int_equal(debts.count, 1);
	assert_int_equal(debts.list[0].count, 5);
}

/* What was forgotten for another's sake begins at nothing again */
static void one_that_begins_anew(void **state)
{
	(void)state;
	refuse(BAILIWICK_SHARE_LOGIN | 1, 10);
	take(100);
	shares[0].refused = 3;
	take(100);
	assert_int_equal(debts.count, 1);
	assert_int_equal(debts.list[0].count, 3);
	take(100);
	assert_int_equal(debts.count, 0);
}

static void more_than_a_list_holds(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= SHARES; i++)
		refuse(BAILIWICK_SHARE_UID | i, i);
	take(UINT64_MAX);
	assert_int_equal(debts.count, SHARE_DEBTS);
	assert_int_equal(debts.list[0].count, SHARES);
	assert_int_equal(debts.list[SHARE_DEBTS - 1].count, SHARES - SHARE_DEBTS + 1);
	assert_int_equal(debts.others, (SHARES - SHARE_DEBTS) * (SHARES - SHARE_DEBTS + 1) / 2);
	take(UINT64_MAX);
	assert_int_equal(debts.count + debts.others, 0);
}

/* Rather not named than named twice */
static void what_cannot_be_noted_is_not_told(void **state)
{
	(void)state;
	refuse(BAILIWICK_SHARE_LOGIN | 1, 10);
	refuse(BAILIWICK_SHARE_LOGIN | 2, 5);
	full = BAILIWICK_SHARE_LOGIN | 1;
	take(12);
	assert_int_equal(debts.count, 1);
	assert_true(debts.list[0].key == (BAILIWICK_SHARE_LOGIN | 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_is_told_once, fresh),
		cmocka_unit_test_setup(no_more_than_is_told_as_lost, fresh),
		cmocka_unit_test_setup(one_that_begins_anew, fresh),
		cmocka_unit_test_setup(more_than_a_list_holds, fresh),
		cmocka_unit_test_setup(what_cannot_be_noted_is_not_told, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
