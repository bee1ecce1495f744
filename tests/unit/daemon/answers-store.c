// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/answers-store.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/answers-store.h"

#define WALL 1700000000

static const struct answers_limits limits = { .grace = 100, .ttl_least = 10, .ttl_most = 1000 };
static char path[64];

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/answers-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void fill(struct answers *answers)
{
	struct host_answer *a = answers_add(answers, "db.example", 0);
	struct cidr list[2];

	answers->limits = limits;
	a->in_force = true;
	cidr_parse("192.0.2.1", &list[0]);
	cidr_parse("127.0.0.1", &list[1]);
	answer_take(answers, a, 0, ANSWER_FOUND, NULL, 50, list, 2, NULL, 0, 1000);
	cidr_parse("2001:db8::1", &list[0]);
	answer_take(answers, a, 1, ANSWER_FOUND, NULL, 60, list, 1, NULL, 0, 1000);
	/* a candidate that never came into force is not kept */
	a = answers_add(answers, "other.example", 0);
	answer_take(answers, a, 1, ANSWER_FOUND, NULL, 60, list, 1, NULL, 0, 1000);
}

static void what_was_known_is_known_again(void **state)
{
	struct answers a = { 0 }, b = { .limits = limits };
	struct host_answer *db;

	(void)state;
	fill(&a);
	assert_int_equal(answers_save(&a, path, 1000, WALL), 0);
	/* another boot: the clock that counts from it is younger */
	assert_int_equal(answers_load(&b, path, 5, WALL + 20), 0);
	assert_int_equal(b.count, 1);
	db = answers_find(&b, "db.example");
	assert_int_equal(db->family[0].asked, -15);
	assert_int_equal(db->family[0].expires, 35);
	assert_int_equal(db->family[0].until, 135);
	assert_int_equal(db->family[1].count, 1);
	assert_int_equal(db->next, 5);
	answers_done(&b);
	/* later than one family may be kept, then later than both */
	assert_int_equal(answers_load(&b, path, 5, WALL + 155), 0);
	assert_int_equal(b.list[0]->family[0].count, 0);
	assert_int_equal(b.list[0]->family[1].count, 1);
	answers_done(&b);
	assert_int_equal(answers_load(&b, path, 5, WALL + 160), 0);
	assert_int_equal(b.count, 0);
	/* a clock that was set back */
	assert_int_equal(answers_load(&b, path, 5, WALL - 1), 0);
	assert_int_equal(b.count, 0);
	answers_done(&a);
}

static int load(const char *text)
{
	struct answers b = { .limits = limits };
	FILE *file = fopen(path, "w");
	int r;

	fputs(text, file);
	fclose(file);
	r = answers_load(&b, path, 5, WALL + 20);
	for (size_t i = 0; i < b.count; i++)
		for (int k = 0; k < 2; k++)
			assert_true(b.list[i]->family[k].until <= 5 + 1100);
	r = r * 100 + (int)b.count;
	answers_done(&b);
	return r;
}

#define LINE(name, times, list) "{\"name\":\"" name "\",\"family\":4," times ",\"addresses\":" list "}\n"
#define TIMES "\"asked\":1700000000,\"expires\":1700000050,\"until\":1700000150"

static void what_makes_no_sense_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(load(LINE("a.test", TIMES, "[\"192.0.2.1\"]")), 1);
	assert_int_equal(load("nonsense\n\n" LINE("a.test", TIMES, "[\"192.0.2.1\"]")), 201);
	assert_int_equal(load(LINE("A.test", TIMES, "[\"192.0.2.1\"]")), 100);
	assert_int_equal(load(LINE("a.test", TIMES, "[]")), 100);
	assert_int_equal(load(LINE("a.test", TIMES, "[\"192.0.2.0/24\"]")), 100);
	assert_int_equal(load(LINE("a.test", TIMES, "[7]")), 100);
	/* kept longer than anything may be */
	assert_int_equal(load(LINE("a.test", "\"asked\":1700000000,\"expires\":1700000050,"
				   "\"until\":9000000000", "[\"192.0.2.1\"]")), 0);
	assert_int_equal(answers_load(&(struct answers){ 0 }, "/nonexistent/names", 0, 0), 0);
}

static void what_status_shows(void **state)
{
	struct answers a = { 0 };
	struct buffer out = { 0 };

	(void)state;
	fill(&a);
	answers_describe(&a, 1007, WALL, &out);
	assert_string_equal(out.data,
		"[{\"name\":\"db.example\",\"state\":\"fresh\",\"addresses\":[\"192.0.2.1\",\"2001:db8::1\"],"
		"\"age\":7,\"expires\":\"2023-11-14T22:14:03Z\",\"kept_until\":\"2023-11-14T22:15:43Z\","
		"\"refused\":[\"127.0.0.1\"]}]");
	buffer_clear(&out);
	for (int k = 0; k < 2; k++)
		answer_take(&a, a.list[0], k, ANSWER_FAILED, "trouble", 0, NULL, 0, NULL, 0, 1050);
	answers_expire(&a, 2000);
	answers_describe(&a, 2000, WALL, &out);
	assert_string_equal(out.data, "[{\"name\":\"db.example\",\"state\":\"unresolved\",\"addresses\":[],"
			    "\"refused\":[\"127.0.0.1\"],\"problem\":\"trouble\"}]");
	buffer_done(&out);
	answers_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_known_is_known_again),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(what_status_shows),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
