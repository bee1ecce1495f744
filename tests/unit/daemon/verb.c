// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/verb.h: who may what */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/verb.h"

static void what_changes_is_for_root(void **state)
{
	static const char *const changes[] = { "apply", "assign", "revoke", "remains" };
	static const char *const reads[] = { "status", "image", "events", "assignments", "sources",
					     "log" };

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		assert_true(request_verb_find(changes[i])->changes);
	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++)
		assert_false(request_verb_find(reads[i])->changes);
}

static void other_words_are_no_verbs(void **state)
{
	(void)state;
	assert_null(request_verb_find(""));
	assert_null(request_verb_find("Apply"));
	assert_null(request_verb_find("apply "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_is_for_root),
		cmocka_unit_test(other_words_are_no_verbs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
