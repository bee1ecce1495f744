// SPDX-License-Identifier: Apache-2.0
/* The line that decided */
#include "../compile/compiled.h"

#include "image/explain.h"

/* Line 1 is "version: 1". */
static const char policy[] =
	"classes:\n"							/* 2 */
	"  low: {grade: public, paths: [/c/**]}\n"			/* 3 */
	"  high: {grade: restricted, paths: [/c/h/**]}\n"		/* 4 */
	"roles:\n"							/* 5 */
	"  base:\n"							/* 6 */
	"    files:\n"							/* 7 */
	"      - {allow: [read, write], on: [/etc/**]}\n"		/* 8 */
	"  r:\n"							/* 9 */
	"    include: [base]\n"						/* 10 */
	"    files:\n"							/* 11 */
	"      - {allow: [read], on: [low]}\n"				/* 12 */
	"      - {deny: [write], on: [/etc/shadow], severity: special,\n" /* 13 */
	"         message: Not that one, reason: SEC-1}\n"		/* 14 */
	"      - {deny: [write], on: [\"/etc/sha*\"]}\n"		/* 15 */
	"    network:\n"						/* 16 */
	"      - connect: {to: [10.0.0.0/9, \"fd00::/13\"], tcp: [1-3]}\n" /* 17 */
	"assignments:\n"
	"  - {subject: \"user:alice\", role: r}\n"
	"  - {subject: \"user:alice\", role: base}\n";

static struct image *image;

static int setup(void **state)
{
	(void)state;
	image = compiled(policy);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	image = image_close(image);
	return 0;
}

static struct explanation explained(const char *row, const char *path, uint32_t rights)
{
	struct explanation why;

	assert_int_equal(explain_file(image, image_find_row(image, row), path, strlen(path), rights,
				      &why), 0);
	return why;
}

static void names_the_denying_rules(void **state)
{
	struct explanation why = explained("r", "/etc/shadow", BAILIWICK_RIGHT_WRITE);

	(void)state;
	assert_int_equal(why.count, 2);
	assert_true(why.lines[0].deny);
	assert_int_equal(why.lines[0].line, 13);
	assert_string_equal(why.lines[0].role, "r");
	assert_string_equal(why.lines[0].pattern, "/etc/shadow");
	assert_string_equal(why.lines[0].message, "Not that one");
	assert_string_equal(why.lines[0].reason, "SEC-1");
	assert_int_equal(why.lines[0].severity, BAILIWICK_SEVERITY_SPECIAL);
	assert_int_equal(why.lines[1].line, 15);
	assert_int_equal(why.lines[1].severity, ~0u);
}

static void names_the_allowing_rules_once(void **state)
{
	struct explanation why = explained("r", "/etc/passwd", BAILIWICK_RIGHT_WRITE);

	(void)state;
	assert_int_equal(why.count, 1);
	assert_false(why.lines[0].deny);
	assert_int_equal(why.lines[0].line, 8);
	/* Both roles of the row have the rule. */
	why = explained("base+r", "/etc/passwd", BAILIWICK_RIGHT_READ);
	assert_int_equal(why.count, 1);
	why = explained("r", "/c/x", BAILIWICK_RIGHT_STAT);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.lines[0].class_name, "low");
}

static void no_rule_means_no_line(void **state)
{
	(void)state;
	assert_int_equal(explained("r", "/usr", BAILIWICK_RIGHT_READ).count, 0);
	assert_int_equal(explained("r", "/", BAILIWICK_RIGHT_READ).count, 0);
	assert_int_equal(explained("none", "/etc/passwd", BAILIWICK_RIGHT_READ).count, 0);
	assert_int_equal(explained("unconfined", "/etc/passwd", BAILIWICK_RIGHT_READ).count, 0);
}

static size_t peers(const char *peer)
{
	struct explanation why;
	struct question q;
	const char *text = NULL;

	assert_int_equal(question_parse("connect", peer, &q, &text), 0);
	assert_int_equal(explain_network(image, image_find_row(image, "r"), q.asked, &q.endpoint,
					 &why), 0);
	if (why.count)
		assert_int_equal(why.lines[0].line, 17);
	return why.count;
}

static void names_network_rules(void **state)
{
	(void)state;
	assert_int_equal(peers("tcp 10.127.0.1:2"), 1);
	assert_int_equal(peers("tcp 10.128.0.1:2"), 0);
	assert_int_equal(peers("tcp 10.0.0.1:4"), 0);
	assert_int_equal(peers("udp 10.0.0.1:2"), 0);
	assert_int_equal(peers("tcp [fd07:ffff::1]:1"), 1);
	assert_int_equal(peers("tcp [fd08::1]:1"), 0);
	assert_int_equal(peers("tcp [::ffff:10.0.0.1]:1"), 1);
}

static void the_highest_class_counts(void **state)
{
	(void)state;
	assert_string_equal(image_string(image, image_class(image,
		explain_path_class(image, "/c/h/x", 6))->name), "high");
	assert_string_equal(image_string(image, image_class(image,
		explain_path_class(image, "/c/x", 4))->name), "low");
	assert_int_equal(explain_path_class(image, "/d", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_denying_rules),
		cmocka_unit_test(names_the_allowing_rules_once),
		cmocka_unit_test(no_rule_means_no_line),
		cmocka_unit_test(names_network_rules),
		cmocka_unit_test(the_highest_class_counts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
