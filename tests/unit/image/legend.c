// SPDX-License-Identifier: Apache-2.0
/* Every field of the sections for people, out of range in turn */
#include "../compile/compiled.h"

#include "image/legend.h"

static const char policy[] =
	"classes: {c: {grade: restricted, paths: [/c/**]}}\n"
	"roles:\n"
	"  a: {files: [{allow: [read], on: [c]}], network: [{connect: [{to: [any], tcp: [1]}]}]}\n"
	"assignments: [{subject: \"user:alice\", role: a}]\n";

static void change(enum bailiwick_section_id id, size_t field, uint32_t value, bool fine)
{
	struct image *image = compiled(policy);
	uint32_t at = image->header->section[id].offset + (uint32_t)field;

	assert_null(legend_check(image->bytes));
	memcpy(image->bytes + at, &value, sizeof(value));
	if (!legend_check(image->bytes) != fine)
		fail_msg("section %d field %zu value %u", id, field, value);
	image_close(image);
}

#define BAD(ID, record, field, value) \
	change(BAILIWICK_SECTION_##ID, offsetof(struct bailiwick_##record, field), value, false)
#define FINE(ID, record, field, value) \
	change(BAILIWICK_SECTION_##ID, offsetof(struct bailiwick_##record, field), value, true)

static void out_of_range_is_refused(void **state)
{
	(void)state;
	BAD(ROLE, role, name, 1u << 30);
	BAD(ROLE, role, file, 1u << 30);
	BAD(ROLE, role, mode, BAILIWICK_MODE_COUNT);
	BAD(ROLE, role, first_rule, ~0u);
	BAD(ROLE, role, rule_count, 9);
	BAD(ROLE, role, net_rule_count, 9);
	BAD(RULE, rule, deny, 2);
	BAD(RULE, rule, rights, ~0u);
	BAD(RULE, rule, pattern, ~0u);
	BAD(RULE, rule, class_index, 2);
	BAD(RULE, rule, severity, BAILIWICK_SEVERITY_COUNT);
	FINE(RULE, rule, severity, BAILIWICK_SEVERITY_SPECIAL);
	FINE(RULE, rule, line, 4711);
	BAD(RULE, rule, reserved, 1);
	BAD(NETWORK, network, name, ~0u);
	BAD(NETWORK, network, prefix_count, 3);
	BAD(NETWORK, network, ports_count, ~0u);
	BAD(PREFIX, prefix, family, 1);
	BAD(PREFIX, prefix, bits, 33);
	BAD(PORTS, ports, transport, BAILIWICK_TRANSPORT_COUNT);
	BAD(PORTS, ports, first, 2);		/* and last 0 */
	BAD(NET_RULE, net_rule, network, 1);
	BAD(NET_RULE, net_rule, operations, ~0u);
	BAD(CLASS, class, grade, BAILIWICK_GRADE_COUNT);
	BAD(CLASS, class, protect, 2);
	BAD(CLASS, class, severity, BAILIWICK_SEVERITY_COUNT + 1);
	FINE(CLASS, class, severity, BAILIWICK_SEVERITY_COUNT);
	BAD(SUBJECT, subject, kind, BAILIWICK_SUBJECT_COUNT);
	BAD(SUBJECT, subject, kind, 0);
	BAD(SUBJECT, subject, row, 99);
	BAD(SUBJECT, subject, role, ~0u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(out_of_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
