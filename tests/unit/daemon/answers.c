// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/answers.h: what is believed of DNS, and for how long */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/answers.h"

static struct answers answers;
static struct host_answer *db;
static struct cidr own;

static int set_up(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.limits = (struct answers_limits){ .grace = 100, .ttl_least = 10, .ttl_most = 1000 };
	db = answers_add(&answers, "db.example", 0);
	db->in_force = true;
	cidr_parse("192.0.2.200", &own);
	return db ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	answers_done(&answers);
	return 0;
}

/* @text: addresses with blanks between */
static void found(int family, const char *text, uint64_t ttl, int64_t now)
{
	struct cidr list[ANSWER_ADDRESSES_MAX];
	char copy[2048], *rest = copy, *word;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")))
		cidr_parse(word, &list[count++]);
	answer_take(&answers, db, family, ANSWER_FOUND, NULL, ttl, list, count, &own, 1, now);
}

static void not_found(int family, enum answer_outcome outcome, int64_t now)
{
	answer_take(&answers, db, family, outcome, outcome == ANSWER_FAILED ? "trouble" : "no", 0, NULL,
		    0, &own, 1, now);
}

static const char *have(void)
{
	static char all[4096];
	struct cidr list[2 * ANSWER_ADDRESSES_MAX];
	size_t count = answer_addresses(db, list);
	char text[CIDR_TEXT_MAX];

	all[0] = 0;
	for (size_t i = 0; i < count; i++) {
		strcat(all, i ? " " : "");
		strcat(all, cidr_format(&list[i], text));
	}
	return all;
}

static void an_answer_and_its_time(void **state)
{
	(void)state;
	assert_int_equal(answer_state(db), ANSWER_UNASKED);
	assert_string_equal(answer_problem(db), "not looked up yet");
	assert_int_equal(answers_next(&answers), 0);
	found(0, "192.0.2.9 192.0.2.1 192.0.2.9", 50, 1000);
	found(1, "2001:db8::1", 80, 1000);
	answer_schedule(db, 1000);
	assert_string_equal(have(), "192.0.2.1 192.0.2.9 2001:db8::1");
	assert_int_equal(answer_state(db), ANSWER_FRESH);
	assert_null(answer_problem(db));
	/* before the first of them expires */
	assert_int_equal(db->next, 1040);
	assert_int_equal(answers_next(&answers), 1040);
	assert_int_equal(db->family[0].expires, 1050);
	assert_int_equal(db->family[0].until, 1150);
}

static void ttls_have_limits(void **state)
{
	(void)state;
	found(0, "192.0.2.1", 0, 1000);
	assert_int_equal(db->family[0].expires, 1010);
	found(0, "192.0.2.1", UINT64_MAX, 1000);
	assert_int_equal(db->family[0].expires, 2000);
	answers.limits.ttl_least = 1;
	found(0, "192.0.2.1", 0, 1000);
	answer_schedule(db, 1000);
	assert_true(db->next > 1000);		/* never in a circle */
}

static void trouble_has_a_grace(void **state)
{
	(void)state;
	found(0, "192.0.2.1", 50, 1000);
	not_found(1, ANSWER_ABSENT, 1000);
	answer_schedule(db, 1000);
	assert_int_equal(answer_state(db), ANSWER_FRESH);
	not_found(0, ANSWER_FAILED, 1040);
	not_found(1, ANSWER_FAILED, 1040);
	answer_schedule(db, 1040);
	assert_int_equal(answer_state(db), ANSWER_KEPT);
	assert_string_equal(answer_problem(db), "trouble");
	assert_int_equal(db->next, 1042);
	for (int i = 0; i < 20; i++)
		answer_schedule(db, 1100);
	assert_int_equal(db->next, 1160);
	assert_int_equal(answers_next(&answers), 1150);
	answers_expire(&answers, 1149);
	assert_string_equal(have(), "192.0.2.1");
	answers_expire(&answers, 1150);
	assert_string_equal(have(), "");
	assert_int_equal(answer_state(db), ANSWER_NONE);
	found(0, "192.0.2.2", 50, 1200);
	answer_schedule(db, 1200);
	assert_int_equal(answer_state(db), ANSWER_FRESH);
	assert_int_equal(db->failures, 0);
}

static void a_no_has_none(void **state)
{
	(void)state;
	found(0, "192.0.2.1", 50, 1000);
	not_found(0, ANSWER_ABSENT, 1040);
	assert_int_equal(db->family[0].until, 1050);
	/* trouble after it gives no time back */
	not_found(0, ANSWER_FAILED, 1041);
	assert_int_equal(db->family[0].until, 1050);
	answers_expire(&answers, 1050);
	assert_string_equal(have(), "");
	/* and within the grace it ends at once */
	found(0, "192.0.2.1", 50, 1000);
	not_found(0, ANSWER_FAILED, 1060);
	not_found(0, ANSWER_ABSENT, 1070);
	answers_expire(&answers, 1070);
	assert_string_equal(have(), "");
}

static void one_family_in_trouble_keeps_its_own(void **state)
{
	(void)state;
	found(0, "192.0.2.1", 50, 1000);
	found(1, "2001:db8::1", 50, 1000);
	found(0, "192.0.2.2", 50, 1040);
	not_found(1, ANSWER_FAILED, 1040);
	assert_string_equal(have(), "192.0.2.2 2001:db8::1");
	assert_int_equal(answer_state(db), ANSWER_KEPT);
	answers_expire(&answers, 1150);
	assert_string_equal(have(), "192.0.2.2");
	/* a family that never had any is no trouble */
	assert_int_equal(answer_state(db), ANSWER_FRESH);
}

static const char *why(const char *text)
{
	struct cidr address;

	assert_int_equal(cidr_parse(text, &address), 0);
	return answer_refuse(&address, &own, 1);
}

static void addresses_that_lead_home(void **state)
{
	static const char *const bad[] = {
		"127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1",
		"239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "febf::1", "ff02::1",
		"::ffff:127.0.0.1", "::127.0.0.1", "192.0.2.200", "::ffff:192.0.2.200",
	};
	static const char *const good[] = {
		"126.255.255.255", "128.0.0.1", "1.0.0.0", "10.0.0.1", "192.168.1.1", "169.253.1.1",
		"223.255.255.255", "2001:db8::1", "fd20::1", "fec0::1", "192.0.2.201",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!why(bad[i]))
			fail_msg("%s was believed", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (why(good[i]))
			fail_msg("%s was refused", good[i]);
	assert_string_equal(why("192.0.2.200"), "this machine itself");
}

static void what_is_refused_is_known(void **state)
{
	struct cidr mapped = { 6, 128, { [10] = 0xff, 0xff, 127, 0, 0, 1 } };

	(void)state;
	found(0, "127.0.0.1 192.0.2.1 192.0.2.200", 50, 1000);
	assert_string_equal(have(), "192.0.2.1");
	assert_int_equal(db->refused_count[0], 2);
	/* loopback in IPv6 clothes */
	answer_take(&answers, db, 1, ANSWER_FOUND, NULL, 50, &mapped, 1, &own, 1, 1000);
	assert_string_equal(have(), "192.0.2.1");
	assert_int_equal(db->refused_count[1], 1);
	/* nothing but such: as if there were no address, and no grace */
	found(0, "127.0.0.1", 50, 1010);
	assert_string_equal(have(), "192.0.2.1");
	assert_int_equal(db->family[0].until, 1050);
	assert_string_equal(answer_problem(db), "none of its addresses is believed");
	answers_expire(&answers, 1050);
	assert_string_equal(have(), "");
}

static void what_the_compiler_is_told(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	found(0, "192.0.2.2 192.0.2.1", 50, 1000);
	assert_non_null(answers_add(&answers, "gone.example", 0));
	assert_int_equal(answers_write(&answers, &out), 0);
	assert_string_equal(out.data,
		"{\"name\":\"db.example\",\"addresses\":[\"192.0.2.1\",\"192.0.2.2\"]}\n"
		"{\"name\":\"gone.example\",\"problem\":\"not looked up yet\",\"addresses\":[]}\n");
	buffer_done(&out);
	answers_drop(&answers, "db.example");
	assert_null(answers_find(&answers, "db.example"));
	assert_non_null(answers_find(&answers, "gone.example"));
}

static void names_have_a_limit(void **state)
{
	char name[32];

	(void)state;
	for (int i = 1; i < 2 * ANSWERS_MAX; i++) {
		snprintf(name, sizeof(name), "h%d.example", i);
		assert_non_null(answers_add(&answers, name, 0));
	}
	assert_null(answers_add(&answers, "more.example", 0));
	assert_non_null(answers_add(&answers, "h7.example", 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_and_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ttls_have_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trouble_has_a_grace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_no_has_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_family_in_trouble_keeps_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses_that_lead_home, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_refused_is_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_the_compiler_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_have_a_limit, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
