// SPDX-License-Identifier: Apache-2.0
/* Tests of event/cache.h: the same answers, faster */
#include "event/cache.h"
#include "tests/unit/compile/compiled.h"

static const char policy[] =
	"roles:\n  clerk:\n    files:\n"
	"      - {allow: [read, write], on: [/srv/**]}\n"
	"      - {deny: [write], on: [\"/srv/kept/**\"], message: kept}\n"
	"  other:\n    files:\n      - {allow: [write], on: [/srv/**]}\n";

static void assert_same(const struct explanation *a, const struct explanation *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(a->lines[i].line, b->lines[i].line);
		assert_int_equal(a->lines[i].deny, b->lines[i].deny);
		assert_ptr_equal(a->lines[i].message, b->lines[i].message);
	}
}

static void answers_are_those_of_the_matcher(void **state)
{
	struct explain_cache *cache = explain_cache_new();
	struct image *image = compiled(policy);
	static const char *const rows[] = { "clerk", "other" };
	struct explanation cached, plain;
	char path[64];

	(void)state;
	/* more paths than entries, every one three times */
	for (int i = 0; i < 3000; i++) {
		uint32_t row = image_find_row(image, rows[i % 2]);
		uint32_t rights = i % 3 ? BAILIWICK_RIGHT_WRITE : BAILIWICK_RIGHT_READ;
		int size = snprintf(path, sizeof(path), i % 5 ? "/srv/%d" : "/srv/kept/%d", i % 1000);

		assert_int_equal(explain_cached(cache, image, row, path, (size_t)size, rights,
						&cached), 0);
		assert_int_equal(explain_file(image, row, path, (size_t)size, rights, &plain), 0);
		assert_same(&cached, &plain);
	}
	image_close(image);
	explain_cache_free(cache);
}

static void a_forgotten_image_is_not_looked_at(void **state)
{
	struct explain_cache *cache = explain_cache_new();
	struct image *image = compiled(policy), *again;
	struct explanation first, second;
	uint32_t row = image_find_row(image, "clerk");

	(void)state;
	assert_int_equal(explain_cached(cache, image, row, "/srv/kept/a", 11,
					BAILIWICK_RIGHT_WRITE, &first), 0);
	again = compiled(policy);
	assert_int_equal(explain_cached(cache, again, row, "/srv/kept/a", 11,
					BAILIWICK_RIGHT_WRITE, &second), 0);
	assert_ptr_not_equal(first.lines[0].message, second.lines[0].message);
	explain_cache_forget(cache);
	image_close(image);
	image_close(again);
	image = compiled(policy);
	assert_int_equal(explain_cached(cache, image, row, "/srv/kept/a", 11,
					BAILIWICK_RIGHT_WRITE, &first), 0);
	assert_string_equal(first.lines[0].message, "kept");
	image_close(image);
	explain_cache_free(cache);
}

static void long_paths_and_no_cache(void **state)
{
	struct explain_cache *cache = explain_cache_new();
	struct image *image = compiled(policy);
	struct explanation explanation;
	char path[4000] = "/srv/kept/";

	(void)state;
	memset(path + 10, 'a', sizeof(path) - 11);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(explain_cached(i ? cache : NULL, image,
						image_find_row(image, "clerk"), path, strlen(path),
						BAILIWICK_RIGHT_WRITE, &explanation), 0);
		assert_true(explanation.count == 1 && explanation.lines[0].deny);
	}
	image_close(image);
	explain_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_the_matcher),
		cmocka_unit_test(a_forgotten_image_is_not_looked_at),
		cmocka_unit_test(long_paths_and_no_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
