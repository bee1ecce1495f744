// SPDX-License-Identifier: Apache-2.0
/* The syntax of subjects */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/subject.h"

static void reads_the_kinds(void **state)
{
	struct subject_mistake mistake;
	struct subject subject;

	(void)state;
	assert_int_equal(subject_parse("user:alice", &subject, &mistake), 0);
	assert_int_equal(subject.kind, SUBJECT_USER);
	assert_string_equal(subject.name, "alice");
	assert_false(subject.numeric);
	assert_int_equal(subject_parse("group:4294967294", &subject, &mistake), 0);
	assert_int_equal(subject.kind, SUBJECT_GROUP);
	assert_true(subject.numeric);
	assert_true(subject.id == 4294967294u);
	assert_int_equal(subject_parse("user:alice@example.org", &subject, &mistake), 0);
	assert_int_equal(subject_parse("user:EXAMPLE\\alice", &subject, &mistake), 0);
	assert_int_equal(subject_parse("unit:getty@tty1.service", &subject, &mistake), 0);
	assert_int_equal(subject.kind, SUBJECT_UNIT);
	assert_int_equal(subject_parse("exe:/a:b", &subject, &mistake), 0);
	assert_int_equal(subject.kind, SUBJECT_EXE);
	assert_string_equal(subject.name, "/a:b");
	assert_string_equal(subject_kind_name(SUBJECT_UNIT), "unit");
}

static void bad(const char *text, const char *meant)
{
	struct subject_mistake mistake;
	struct subject subject = { 0 };

	assert_int_equal(subject_parse(text, &subject, &mistake), 1);
	assert_non_null(mistake.text);
	assert_string_equal(mistake.meant, meant);
	assert_null(subject.name);
}

static void says_what_was_meant(void **state)
{
	char text[400];

	(void)state;
	bad("alice", "user:alice");
	bad("nginx.service", "unit:nginx.service");
	bad("/usr/bin/x", "exe:/usr/bin/x");
	bad("usr:alice", "user:alice");
	bad("grp:staff", "");
	bad("elsewhere:x", "");
	bad(":x", "");
	bad("", "user:");
	bad("user:", "");
	bad("user:4294967295", "");
	bad("user:99999999999999999999999", "");
	bad("user:a b", "");
	bad("user:a\n", "");
	bad("user:-a", "");
	bad("unit:nginx", "unit:nginx.service");
	bad("unit:nginx.servce", "unit:nginx.service");
	bad("unit:x.timer", "");
	bad("unit:.service", "");
	bad("unit:a/b.service", "");
	memset(text, 'a', sizeof(text));
	memcpy(text, "user:", 5);
	text[399] = '\0';
	bad(text, "");
	/* a very long word without a kind must not overflow the suggestion */
	memset(text, 'a', 5);
	assert_int_equal(subject_parse(text, &(struct subject){ 0 },
				       &(struct subject_mistake){ 0 }), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_kinds),
		cmocka_unit_test(says_what_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
