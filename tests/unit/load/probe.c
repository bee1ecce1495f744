/* SPDX-License-Identifier: Apache-2.0 */
/* Probes say something whatever the machine, and judge what they found */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../userspace/load/probe.c"

static void words_of_a_list_are_whole(void **state)
{
	(void)state;
	assert_true(list_has("lockdown,capability,bpf\n", "bpf"));
	assert_true(list_has("bpf,capability", "bpf"));
	assert_true(list_has("bpf", "bpf"));
	assert_false(list_has("capability,bpfx,ebpf", "bpf"));
	assert_true(list_has("ebpf,bpf", "bpf"));
	assert_false(list_has("", "bpf"));
}

static void every_finding_is_complete(void **state)
{
	struct probe_report report;

	(void)state;
	assert_int_equal(probe_run(&report), 0);
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		const struct probe_finding *finding = &report.finding[i];

		assert_non_null(finding->name);
		assert_true(strlen(finding->text) > 0 && strlen(finding->text) < PROBE_TEXT_MAX);
		assert_true(strlen(finding->remedy) < PROBE_TEXT_MAX);
		/* Who is told "no" is told what to do. */
		assert_true(finding->answer == PROBE_YES || finding->remedy[0]);
		for (const char *c = finding->text; *c; c++)
			assert_true((unsigned char)*c >= ' ' && (unsigned char)*c < 0x7f);
	}
}

static void one_required_no_is_enough(void **state)
{
	struct probe_report report = {};

	(void)state;
	for (size_t i = 0; i < PROBE_COUNT; i++)
		report.finding[i].answer = PROBE_NO;
	assert_true(probe_can_enforce(&report));
	report.finding[3].required = true;
	assert_false(probe_can_enforce(&report));
	report.finding[3].answer = PROBE_PARTLY;
	assert_true(probe_can_enforce(&report));
}

static struct wanted wanted;

static struct probe_finding hooks_found(void)
{
	struct probe_finding finding = {};

	judge_hooks(&finding, &wanted);
	return finding;
}

static void hooks_are_counted(void **state)
{
	struct probe_finding finding;

	(void)state;
	wanted = (struct wanted) {};
	assert_int_equal(note_hook(&wanted, "task_kill", false), 0);
	assert_int_equal(hooks_found().answer, PROBE_NO);
	assert_int_equal(note_hook(&wanted, "file_open", true), 0);
	finding = hooks_found();
	assert_int_equal(finding.answer, PROBE_PARTLY);
	assert_string_equal(finding.text, "1 of 2 hooks; this kernel does not have: task_kill");
	wanted.count[false] = 0;
	assert_int_equal(hooks_found().answer, PROBE_YES);
	assert_string_equal(hooks_found().text, "all 1 hooks");
}

static void a_covered_hook_is_no_gap(void **state)
{
	struct probe_finding finding;

	(void)state;
	wanted = (struct wanted) {};
	assert_int_equal(note_hook(&wanted, "inode_set_acl", false), 0);
	assert_int_equal(note_hook(&wanted, "file_open", true), 0);
	assert_int_equal(hooks_found().answer, PROBE_PARTLY);
	assert_int_equal(note_hook(&wanted, "inode_setxattr", true), 0);
	finding = hooks_found();
	assert_int_equal(finding.answer, PROBE_YES);
	assert_non_null(strstr(finding.text, "inode_set_acl by inode_setxattr"));
	assert_string_equal(finding.remedy, "");
}

static void too_many_hooks_are_an_error(void **state)
{
	(void)state;
	wanted.count[true] = WANTED_MAX;
	assert_int_equal(note_hook(&wanted, "file_open", true), -E2BIG);
}

static void hidden_addresses_are_a_no(void **state)
{
	struct symbol symbols[] = {
		{ "rename_lock", true, 0xffffffff81000000 }, { "mount_lock", true, 0x10 },
	};
	struct probe_finding finding = {};

	(void)state;
	judge_symbols(&finding, symbols, 2, 2);
	assert_int_equal(finding.answer, PROBE_YES);
	symbols[1].address = 0;
	judge_symbols(&finding, symbols, 2, 2);
	assert_int_equal(finding.answer, PROBE_NO);
	assert_non_null(strstr(finding.text, "kernel.kptr_restrict is 2"));
	assert_non_null(strstr(finding.text, "mount_lock"));
	assert_non_null(strstr(finding.remedy, "sysctl -w kernel.kptr_restrict=1"));
	judge_symbols(&finding, symbols, 2, 1);
	assert_int_equal(finding.answer, PROBE_NO);
	assert_non_null(strstr(finding.remedy, "CAP_SYSLOG"));
}

static void a_missing_symbol_is_a_no_of_its_own(void **state)
{
	struct symbol symbols[] = { { "rename_lock", true, 0 }, { "mount_lock", false, 0 } };
	struct probe_finding finding = {};

	(void)state;
	judge_symbols(&finding, symbols, 2, 2);
	assert_int_equal(finding.answer, PROBE_NO);
	assert_non_null(strstr(finding.text, "does not list its symbol mount_lock"));
	assert_non_null(strstr(finding.remedy, "CONFIG_KALLSYMS_ALL"));
}

static void without_addresses_nothing_can_be_enforced(void **state)
{
	(void)state;
	assert_true(probes[PROBE_SYMBOLS].required);
}

static void a_long_text_is_cut(void **state)
{
	struct probe_finding finding = {};

	(void)state;
	found(&finding, PROBE_NO, "%0*d", 2 * PROBE_TEXT_MAX, 1);
	assert_int_equal(strlen(finding.text), PROBE_TEXT_MAX - 1);
	assert_int_equal(finding.answer, PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_list_are_whole),
		cmocka_unit_test(every_finding_is_complete),
		cmocka_unit_test(one_required_no_is_enough),
		cmocka_unit_test(hooks_are_counted),
		cmocka_unit_test(a_covered_hook_is_no_gap),
		cmocka_unit_test(too_many_hooks_are_an_error),
		cmocka_unit_test(hidden_addresses_are_a_no),
		cmocka_unit_test(a_missing_symbol_is_a_no_of_its_own),
		cmocka_unit_test(without_addresses_nothing_can_be_enforced),
		cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
