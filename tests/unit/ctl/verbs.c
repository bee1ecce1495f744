/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs are found by one word or two, and nearly written ones are recognised */
#include "program.h"

#include "ctl/verb.h"

/* The names alone: what runs them is each program's */
#define LISTED(id, name, summary) { name, summary, NULL, false },
#define HIDDEN(id, name, summary) { name, summary, NULL, true },

const struct verb verbs[] = { VERBS(LISTED, LISTED, HIDDEN) };
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

static void expect_verb(const char *one, const char *two, const char *name, size_t used)
{
	char *words[] = { (char *)one, (char *)two, NULL };
	size_t have;
	const struct verb *verb = verb_find(words, two ? 2 : 1, &have);

	assert_int_equal(have, used);
	if (name)
		assert_string_equal(verb->name, name);
	else
		assert_null(verb);
}

static void finds_verbs(void **state)
{
	(void)state;
	expect_verb("status", NULL, "status", 1);
	expect_verb("status", "--json", "status", 1);
	expect_verb("policy", "check", "policy check", 2);
	expect_verb("policy", "chekc", NULL, 1);
	expect_verb("policy", NULL, NULL, 1);
	expect_verb("polic", "check", NULL, 0);
	expect_verb("check", NULL, NULL, 0);
	expect_verb("", NULL, NULL, 0);
}

static void expect_suggestion(const char *one, const char *two, const char *name)
{
	char *words[] = { (char *)one, (char *)two, NULL };
	const char *have = verb_suggest(words, two ? 2 : 1);

	if (name)
		assert_string_equal(have, name);
	else
		assert_null(have);
}

static void suggests_verbs(void **state)
{
	(void)state;
	expect_suggestion("stauts", NULL, "status");
	expect_suggestion("policy", "chekc", "policy check");
	expect_suggestion("polciy", "apply", "policy apply");
	expect_suggestion("check", NULL, "policy check");
	expect_suggestion("evnets", "-f", "events");
	expect_suggestion("frobnicate", NULL, NULL);
	expect_suggestion("compil", NULL, "compile");
	/* what other parts call is no advice for people */
	expect_suggestion("looku", NULL, NULL);
}

static void every_verb_has_help(void **state)
{
	static struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < verb_count; i++) {
		char name[64], *blank;

		snprintf(name, sizeof(name), "%s", verbs[i].name);
		blank = strchr(name, ' ');
		if (blank)
			*blank = '\0';
		if (blank)
			RUN(&run, name, blank + 1, "--help");
		else
			RUN(&run, name, "--help");
		assert_int_equal(run.code, 0);
		assert_string_equal(run.err, "");
		assert_true(strlen(run.out) > 40);
	}
}

static void listed_are_the_verbs_for_people(void **state)
{
	static struct run run;
	size_t i;

	(void)state;
	RUN(&run, "help");
	assert_int_equal(run.code, 0);
	for (i = 0; i < verb_count; i++) {
		char line[80];

		snprintf(line, sizeof(line), "\n  %s ", verbs[i].name);
		if (verbs[i].internal)
			assert_lacks(run.out, line);
		else
			assert_contains(run.out, line);
	}
}

static void mistakes_are_usage_errors(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "stauts");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "did you mean 'status'?");
	RUN(&run, "policy");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "check, apply, confirm, rollback, show, log");
	RUN(&run, "imprison", "user:root");
	assert_int_equal(run.code, 64);
	RUN(&run, "status", "--nonsense");
	assert_int_equal(run.code, 64);
	RUN(&run, "status", "word");
	assert_int_equal(run.code, 64);
	RUN(&run, "assign", "user:root");
	assert_int_equal(run.code, 64);
	run_program(&run, (const char *[]){ "bailiwick", NULL });
	assert_int_equal(run.code, 64);
	assert_string_equal(run.out, "");
	RUN(&run, "st\033[2Jatus");
	assert_int_equal(run.code, 64);
	assert_lacks(run.err, "\033");
}

static void says_its_version(void **state)
{
	static struct run one, two;

	(void)state;
	RUN(&one, "version");
	RUN(&two, "--version");
	assert_int_equal(one.code, 0);
	assert_string_equal(one.out, two.out);
	assert_string_equal(one.out, "bailiwick " BAILIWICK_VERSION "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_verbs),
		cmocka_unit_test(suggests_verbs),
		cmocka_unit_test(every_verb_has_help),
		cmocka_unit_test(listed_are_the_verbs_for_people),
		cmocka_unit_test(mistakes_are_usage_errors),
		cmocka_unit_test(says_its_version),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
