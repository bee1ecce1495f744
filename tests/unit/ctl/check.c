/* SPDX-License-Identifier: Apache-2.0 */
/* policy check: what it says about good policies and bad ones */
#include "program.h"

#define GOOD \
	"version: 1\n" \
	"roles:\n" \
	"  clerk:\n" \
	"    files:\n" \
	"      - {allow: [read, list], on: [/etc/**]}\n" \
	"      - {deny: [read], on: [/etc/shadow]}\n" \
	"    network:\n" \
	"      - connect: {to: [10.0.0.0/8], tcp: [5432]}\n" \
	"    claims:\n" \
	"      - can: read /etc/hosts\n" \
	"      - cannot: read /etc/shadow\n" \
	"      - cannot: connect tcp 10.0.0.1:22\n"

static void a_good_policy_is_summed_up_in_a_line(void **state)
{
	const char *path = make_file("good.yaml", GOOD);
	static struct run run;

	(void)state;
	RUN(&run, "policy", "check", path);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.err, "");
	assert_contains(run.out, "good: 1 role, 3 rules; ");
	assert_ptr_equal(strchr(run.out, '\n'), run.out + strlen(run.out) - 1);
}

static void json_gives_the_numbers(void **state)
{
	const char *path = make_file("good.yaml", GOOD);
	struct message *answer = NULL;
	static struct run run;
	int64_t number = 0;

	(void)state;
	/* options may stand behind the paths */
	RUN(&run, "policy", "check", path, "--json");
	assert_int_equal(run.code, 0);
	assert_int_equal(message_parse(run.out, strlen(run.out), &answer), 0);
	assert_true(message_boolean(answer, "ok"));
	assert_true(message_integer(answer, "rules", &number));
	assert_int_equal(number, 3);
	assert_true(message_integer(answer, "size", &number));
	assert_true(number > 464);
	message_free(answer);
}

static void mistakes_have_a_place(void **state)
{
	const char *path = make_file("bad.yaml",
				     "version: 1\nroles:\n  clerk:\n    filse: []\n    mode: enforc\n");
	struct message *answer = NULL;
	static struct run run;
	char *end;

	(void)state;
	RUN(&run, "policy", "check", path);
	assert_int_equal(run.code, 65);
	assert_string_equal(run.out, "");
	assert_contains(run.err, "bad.yaml:4:5");
	assert_contains(run.err, "bad.yaml:5:11");
	assert_contains(run.err, "    filse: []");
	assert_contains(run.err, "^");
	assert_contains(run.err, "files");
	RUN(&run, "policy", "check", "--json", path);
	assert_int_equal(run.code, 65);
	assert_contains(run.out, "\"ok\":false,\"errors\":2");
	end = strchr(run.err, '\n');
	assert_non_null(end);
	assert_int_equal(message_parse(run.err, (size_t)(end - run.err), &answer), 0);
	message_free(answer);
}

static void a_broken_claim_is_a_mistake(void **state)
{
	const char *path = make_file("claim.yaml",
				     "version: 1\nroles:\n  clerk:\n    claims:\n      - can: read /etc/hosts\n");
	static struct run run;

	(void)state;
	RUN(&run, "policy", "check", path);
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "claim.yaml:5:");
}

static void unknown_users_are_warnings_unless_asked(void **state)
{
	const char *path = make_file("who.yaml", "version: 1\nroles: {clerk: {}}\nassignments:\n"
				     "  - {subject: \"user:no-such-user-here\", role: clerk}\n");
	static struct run run;

	(void)state;
	RUN(&run, "policy", "check", path);
	assert_int_equal(run.code, 0);
	assert_contains(run.err, "no-such-user-here");
	assert_contains(run.out, "; 1 warning\n");
	RUN(&run, "policy", "check", "--strict-users", path);
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "no-such-user-here");
}

static void what_cannot_be_read_is_a_mistake(void **state)
{
	static struct run run;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/not-there.yaml", here);
	RUN(&run, "policy", "check", path);
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "not-there.yaml");
	RUN(&run, "policy", "check", "/dev/zero");
	assert_int_equal(run.code, 65);
	RUN(&run, "policy", "check", make_file("empty.yaml", ""));
	assert_int_equal(run.code, 65);
	RUN(&run, "policy", "check");
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_policy_is_summed_up_in_a_line),
		cmocka_unit_test(json_gives_the_numbers),
		cmocka_unit_test(mistakes_have_a_place),
		cmocka_unit_test(a_broken_claim_is_a_mistake),
		cmocka_unit_test(unknown_users_are_warnings_unless_asked),
		cmocka_unit_test(what_cannot_be_read_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
