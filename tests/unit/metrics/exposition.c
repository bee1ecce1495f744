// SPDX-License-Identifier: Apache-2.0
/* Tests of metrics/exposition.h: no name ends a line or acts on a terminal */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "metrics/exposition.h"
#include "tests/unit/metrics/promtool.h"

static void a_family_and_its_numbers(void **state)
{
	const struct exposition_label labels[] = { { "sink", "siem" }, { "type", "syslog" }, { NULL, NULL } };
	struct buffer out = { 0 };

	(void)state;
	exposition_family(&out, "x_total", EXPOSITION_COUNTER, "What it \\ means\nin two lines.");
	exposition_number(&out, "x_total", labels, 7);
	exposition_number(&out, "x_total", NULL, UINT64_MAX);
	assert_string_equal(out.data, "# HELP x_total What it \\\\ means\\nin two lines.\n"
			    "# TYPE x_total counter\n"
			    "x_total{sink=\"siem\",type=\"syslog\"} 7\n"
			    "x_total 18446744073709551615\n");
	buffer_done(&out);
}

static void names_are_harmless(void **state)
{
	static const struct {
		const char *name;
		const char *shown;
	} cases[] = {
		{ "a\"b", "a\\\"b" },
		{ "a\\b", "a\\\\b" },
		{ "a\nx_total 9", "a<U+000A>x_total 9" },
		{ "\033]0;title\a\033[2J", "<U+001B>]0;title<U+0007><U+001B>[2J" },
		{ "\xff\xfe", "<FF><FE>" },
		{ "\xe2\x80\xae" "fdp.exe", "<U+202E>fdp.exe" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "", "" },
		{ NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct exposition_label labels[] = { { "role", cases[i].name }, { NULL, NULL } };
		struct buffer out = { 0 }, want = { 0 };

		exposition_family(&out, "x_total", EXPOSITION_COUNTER, "Help.");
		exposition_number(&out, "x_total", labels, 1);
		buffer_printf(&want, "# HELP x_total Help.\n# TYPE x_total counter\nx_total{role=\"%s\"} 1\n",
			      cases[i].shown);
		assert_string_equal(out.data, want.data);
		assert_promtool("metrics", &out);
		buffer_done(&out);
		buffer_done(&want);
	}
}

/* The judge must be one: what breaks the format is refused. */
static void the_judge_refuses_what_is_wrong(void **state)
{
	static const char *const wrong[] = {
		"# HELP x_total Help.\n# TYPE x_total counter\nx_total{role=\"a\"b\"} 1\n",
		"# HELP x_total Help.\n# TYPE x_total counter\nx_total{role=\"a\nb\"} 1\n",
		"# HELP x Help.\n# TYPE x counter\nx 1\n",
		"# TYPE x_total counter\nx_total 1\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct buffer text = { 0 };

		buffer_append_text(&text, wrong[i]);
		if (promtool("metrics", &text) == 0)
			fail_msg("promtool takes:\n%s", wrong[i]);
		buffer_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_and_its_numbers),
		cmocka_unit_test(names_are_harmless),
		cmocka_unit_test(the_judge_refuses_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
