// SPDX-License-Identifier: Apache-2.0
/* Classes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bailiwick/vocab.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/model/fixture.h"

static void all_of_a_class(void **state)
{
	const struct class *class;
	struct fixture f;

	(void)state;
	load_good(&f, "classes:\n"
		      "  data: {grade: restricted, protect: true, paths: [/srv/a, '/srv/b/**']}\n"
		      "  other: {paths: /x}\n");
	assert_int_equal(f.policy->class_count, 2);
	class = f.policy->classes[0];
	assert_string_equal(class->name, "data");
	assert_int_equal(class->grade, BAILIWICK_GRADE_RESTRICTED);
	assert_true(class->protect);
	assert_int_equal(class->path_count, 2);
	assert_string_equal(class->paths[1].text, "/srv/b/**");
	assert_int_equal(class->at.line, 3);
	assert_int_equal(class->at.column, 3);
	assert_int_equal(class->at.length, 4);
	assert_string_equal(class->at.source->name, "p");
	assert_int_equal(class->paths[0].at.column, 52);
	/* in quotes the place is the text's, not the quotation mark's */
	assert_int_equal(class->paths[1].at.column, 61);
	class = f.policy->classes[1];
	assert_int_equal(class->grade, BAILIWICK_GRADE_INTERNAL);
	assert_false(class->protect);
	done(&f);
}

static void mistakes(void **state)
{
	(void)state;
	load_bad("classes: {a: {grade: public}}\n", "p:2:11: error: class 'a' has no 'paths'");
	load_bad("classes: {a: {paths: []}}\n", "p:2:22: error: 'paths' is empty");
	load_bad("classes: {a: {paths: [/x//y]}}\n", "p:2:25: error: bad pattern: '//'");
	load_bad("classes: {a: {paths: \"/x\\u002f/y\"}}\n", "p:2:23: error: bad pattern: '//'");
	load_bad("classes: {a: {paths: /x, protect: 1}}\n", "p:2:35: error: 'protect' is true or");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_class),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
