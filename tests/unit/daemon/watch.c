// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/watch.h: who people are, as a number that changes with them */
#include <grp.h>
#include <pwd.h>

#include "daemon/watch.h"
#include "tests/unit/compile/compiled.h"

static uint64_t fingerprint(const char *assignments)
{
	char text[256];
	struct image *image;
	uint64_t hash;

	snprintf(text, sizeof(text), "roles:\n  clerk: {}\nassignments:\n%s", assignments);
	image = compiled(text);
	hash = watch_fingerprint(image);
	image_close(image);
	return hash;
}

static void the_same_people_give_the_same_number(void **state)
{
	static const char one[] = "  - {subject: \"user:alice\", role: clerk}\n";
	static const char two[] = "  - {subject: \"user:bob\", role: clerk}\n";
	static const char group[] = "  - {subject: \"group:staff\", role: clerk}\n";

	(void)state;
	assert_true(fingerprint(one) == fingerprint(one));
	assert_true(fingerprint(one) != fingerprint(two));
	assert_true(fingerprint(group) == fingerprint(group));
	assert_true(fingerprint(group) != fingerprint(one));
}

static void stopping_nothing_is_fine(void **state)
{
	(void)state;
	assert_null(watch_stop(NULL));
	watch_rearm(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_people_give_the_same_number),
		cmocka_unit_test(stopping_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
