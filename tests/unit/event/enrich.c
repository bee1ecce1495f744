// SPDX-License-Identifier: Apache-2.0
/* Tests of event/enrich.h: numbers into words */
#include "event/enrich.h"
#include "tests/unit/event/record.h"

static struct image *image;
static struct record r;
static struct enrichment room;
static struct event event;

static const char policy[] =
	"classes:\n  {ledger: {grade: confidential, paths: [/srv/ledger/**]}, notes: {severity: serious, paths: [/srv/notes/**]}}\n"
	"roles:\n"
	"  clerk:\n"
	"    files:\n"
	"      - {allow: [read], on: [/srv/**]}\n"
	"      - {deny: [read], on: [ledger], message: Ask the ledger team, reason: FIN-12}\n"
	"      - {deny: [exec], on: [/srv/trap], severity: ordinary}\n"
	"assignments:\n"
	"  - {subject: \"user:alice\", role: clerk}\n";

static int set_up(void **state)
{
	(void)state;
	image = compiled(policy);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	image_close(image);
	return 0;
}

static void enrich(const struct image *with)
{
	assert_int_equal(enrich_denial(record_decoded(&r), with, NULL, 5, &room, &event), 0);
}

static void assert_bytes(const struct event_bytes *bytes, const char *text)
{
	assert_int_equal(bytes->size, strlen(text));
	assert_memory_equal(bytes->data, text, bytes->size);
}

static void the_policy_says_how_bad_it_is(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_EXEC);
	record_path(&r, image, "/srv/other", BAILIWICK_RIGHT_EXEC);
	enrich(image);
	assert_int_equal(event.severity, BAILIWICK_SEVERITY_SERIOUS);
	record_path(&r, image, "/srv/trap", BAILIWICK_RIGHT_EXEC);
	enrich(image);
	assert_int_equal(event.severity, BAILIWICK_SEVERITY_ORDINARY);
	record_begin(&r, image, "clerk", BAILIWICK_OP_WRITE);
	record_path(&r, image, "/srv/notes/a", BAILIWICK_RIGHT_WRITE);
	enrich(image);
	assert_int_equal(event.severity, BAILIWICK_SEVERITY_SERIOUS);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_WRITE);
	enrich(image);
	assert_int_equal(event.severity, BAILIWICK_SEVERITY_ORDINARY);
}

static void a_denying_line_is_named(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	record_path(&r, image, "/srv/ledger/2025", BAILIWICK_RIGHT_READ);
	enrich(image);
	assert_int_equal(event.kind, EVENT_DENIAL);
	assert_string_equal(event.role, "clerk");
	assert_string_equal(event.operation, "read");
	assert_string_equal(event.verdict, "denied");
	assert_string_equal(event.reason, "policy");
	assert_string_equal(event.object.class_name, "ledger");
	assert_string_equal(event.object.grade, "confidential");
	assert_int_equal(event.object.rights, BAILIWICK_RIGHT_READ);
	assert_bytes(&event.object.path, "/srv/ledger/2025");
	assert_non_null(strstr(event.rule.file, "compiled"));
	assert_int_equal(event.rule.line, 8);
	assert_string_equal(event.rule.message, "Ask the ledger team");
	assert_string_equal(event.rule.reason, "FIN-12");
	assert_true(event.time == 1000000005);
	assert_true(event.policy_version == image->header->version);
}

static void who_it_was(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	record_path(&r, image, "/etc/x", BAILIWICK_RIGHT_READ);
	record_strings(&r, "/etc/x", "/usr/bin/cat", "session-1.scope");
	enrich(image);
	/* no passwd file at hand: the binding knows the name */
	assert_string_equal(event.subject.user, "alice");
	assert_int_equal(event.subject.login_uid, ALICE);
	assert_int_equal(event.subject.pid, 42);
	assert_bytes(&event.subject.comm, "cat");
	assert_bytes(&event.subject.exe, "/usr/bin/cat");
	assert_bytes(&event.subject.unit, "session-1.scope");
	r.d.login_uid = UINT32_MAX;
	r.d.uid = 77;
	enrich(image);
	assert_null(event.subject.user);
}

static void what_no_line_allows_points_to_the_role(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_WRITE);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_WRITE);
	enrich(image);
	assert_int_equal(event.rule.line, 5);
	assert_non_null(strstr(event.message, "no line of this role"));
	assert_null(event.object.class_name);
}

static void another_name_decided(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_READ);
	r.d.reason = BAILIWICK_REASON_OTHER_NAME;
	enrich(image);
	assert_string_equal(event.reason, "other-name");
	assert_non_null(strstr(event.message, "another hard link of the file decided"));
	r.d.reason = BAILIWICK_REASON_NAMES_UNKNOWN;
	enrich(image);
	assert_string_equal(event.reason, "names-unknown");
	assert_non_null(strstr(event.message, "not all hard links of the file are known"));
	r.d.reason = BAILIWICK_REASON_POLICY;
}

static void a_quarantine_decided(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_EXEC);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_EXEC);
	r.d.reason = BAILIWICK_REASON_QUARANTINE;
	enrich(image);
	assert_string_equal(event.reason, "quarantine");
	assert_non_null(strstr(event.message, "`bailiwick release`"));
	record_begin(&r, image, "none", BAILIWICK_OP_EXEC);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_EXEC);
	r.d.reason = BAILIWICK_REASON_IN_QUARANTINE;
	enrich(image);
	assert_string_equal(event.reason, "subject-in-quarantine");
	assert_string_equal(event.role, "none");
	assert_non_null(strstr(event.message, "`bailiwick release`"));
	r.d.reason = BAILIWICK_REASON_POLICY;
}

static void addresses(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_NET_CONNECT);
	record_peer(&r, "2001:db8::1", 443, IPPROTO_TCP);
	enrich(image);
	assert_int_equal(event.object.kind, EVENT_OBJECT_ADDRESS);
	assert_string_equal(event.object.protocol, "tcp");
	assert_string_equal(event.object.address, "2001:db8::1");
	assert_int_equal(event.object.port, 443);
	r.d.protocol = 99;
	r.d.family = 40;
	enrich(image);
	assert_string_equal(event.object.protocol, "99");
	assert_string_equal(event.object.address, "family 40");
}

static void numbers_that_have_names(void **state)
{
	static const struct {
		uint32_t operation, number;
		const char *what, *name;
	} cases[] = {
		{ BAILIWICK_OP_CAPABILITY, 21, "capability", "sys_admin" },
		{ BAILIWICK_OP_CAPABILITY, 63, "capability", "63" },
		{ BAILIWICK_OP_PRIVILEGE, BAILIWICK_PRIVILEGE_MODULE_BIT, "privilege", "module" },
		{ BAILIWICK_OP_PRIVILEGE, 4000, "privilege", "4000" },
		{ BAILIWICK_OP_SOCKET, 17, "family", "packet" },
		{ BAILIWICK_OP_SOCKET, 500, "family", "500" },
		{ BAILIWICK_OP_SIGNAL, 0, "role", "unconfined" },
		{ BAILIWICK_OP_SIGNAL, 1, "role", "none" },
		{ BAILIWICK_OP_LIMIT, 1, "role", "none" },
		{ BAILIWICK_OP_PTRACE, 1, "role", "none" },
		{ BAILIWICK_OP_PTRACE, 5000, "role", "5000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		record_begin(&r, image, "clerk", cases[i].operation);
		r.d.number = cases[i].number;
		enrich(image);
		assert_int_equal(event.object.kind, EVENT_OBJECT_NAMED);
		assert_string_equal(event.object.what, cases[i].what);
		assert_bytes(&event.object.name, cases[i].name);
	}
}

static void a_chosen_group_names_no_role(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_TRANSITION);
	enrich(image);
	assert_int_equal(event.object.kind, EVENT_OBJECT_NONE);
	assert_null(event.object.what);
	record_path(&r, image, "/srv/a", 0);
	r.d.number = 1;
	enrich(image);
	assert_int_equal(event.object.kind, EVENT_OBJECT_PATH);
	assert_bytes(&event.object.name, "none");
}

static void without_its_image_a_denial_is_still_told(void **state)
{
	(void)state;
	record_begin(&r, NULL, NULL, BAILIWICK_OP_READ);
	record_path(&r, NULL, "/srv/ledger/2025", BAILIWICK_RIGHT_READ);
	enrich(NULL);
	assert_string_equal(event.role, "row 7");
	assert_bytes(&event.object.path, "/srv/ledger/2025");
	assert_null(event.rule.file);
	assert_non_null(event.message);
}

static void indices_of_another_image_do_no_harm(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	record_path(&r, image, "/srv/ledger/2025", BAILIWICK_RIGHT_READ);
	r.d.row = 4000000;
	r.d.label = 4000000;
	enrich(image);
	assert_string_equal(event.role, "row 4000000");
	assert_null(event.object.class_name);
}

static void the_root_directory_is_a_slash(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_LIST);
	record_path(&r, image, "", BAILIWICK_RIGHT_LIST);
	enrich(image);
	assert_bytes(&event.object.path, "/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denying_line_is_named),
		cmocka_unit_test(the_policy_says_how_bad_it_is),
		cmocka_unit_test(who_it_was),
		cmocka_unit_test(what_no_line_allows_points_to_the_role),
		cmocka_unit_test(another_name_decided),
		cmocka_unit_test(a_quarantine_decided),
		cmocka_unit_test(addresses),
		cmocka_unit_test(numbers_that_have_names),
		cmocka_unit_test(a_chosen_group_names_no_role),
		cmocka_unit_test(without_its_image_a_denial_is_still_told),
		cmocka_unit_test(indices_of_another_image_do_no_harm),
		cmocka_unit_test(the_root_directory_is_a_slash),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
