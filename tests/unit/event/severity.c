// SPDX-License-Identifier: Apache-2.0
/* Tests of event/severity.h */
#include "event/severity.h"
#include "tests/unit/event/record.h"

static struct image *image;
static struct record r;

static const char policy[] =
	"classes:\n  secret: {grade: restricted, protect: true, paths: [/srv/secret/**]}\n"
	"  vault: {severity: special, paths: [/srv/vault/**]}\n"
	"  decoy: {severity: ordinary, protect: true, paths: [/srv/decoy/**]}\n"
	"networks:\n  near: {to: [loopback], tcp: [80]}\n"
	"roles:\n"
	"  clerk:\n    files:\n      - {allow: [read], on: [/srv/**]}\n"
	"      - {deny: [write], on: [/srv/kept/**], severity: special}\n"
	"  web:\n    network:\n      - bind: {tcp: [8080]}\n"
	"  local:\n    network:\n      - connect: [near]\n"
	"assignments:\n"
	"  - {subject: \"user:alice\", role: clerk}\n"
	"  - {subject: \"unit:web.service\", role: web}\n"
	"  - {subject: \"unit:local.service\", role: local}\n";

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

static uint32_t severity(void)
{
	return severity_of(record_decoded(&r), image, SEVERITY_UNSAID);
}

static void a_user_out_of_bounds_is_ordinary(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_WRITE);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_WRITE);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_begin(&r, image, "clerk", BAILIWICK_OP_CAPABILITY);
	r.d.number = 10;	/* net_bind_service */
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_begin(&r, image, "clerk", BAILIWICK_OP_NET_CONNECT);
	record_peer(&r, "127.0.0.1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_peer(&r, "::1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_peer(&r, "::ffff:127.3.2.1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
}

static void a_threat_to_the_system_is_serious(void **state)
{
	static const uint32_t operations[] = {
		BAILIWICK_OP_EXEC, BAILIWICK_OP_MAP_EXEC, BAILIWICK_OP_PTRACE,
		BAILIWICK_OP_PRIVILEGE, BAILIWICK_OP_MOUNT, BAILIWICK_OP_TRANSITION,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		record_begin(&r, image, "clerk", operations[i]);
		assert_int_equal(severity(), BAILIWICK_SEVERITY_SERIOUS);
	}
	record_begin(&r, image, "clerk", BAILIWICK_OP_CAPABILITY);
	r.d.number = 16;	/* sys_module */
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SERIOUS);
	r.d.number = 200;
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	record_path(&r, image, "/srv/secret/a", BAILIWICK_RIGHT_READ);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SERIOUS);
	record_path(&r, image, "/srv/a", BAILIWICK_RIGHT_READ);
	r.d.reason = BAILIWICK_REASON_PROTECTED;
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SERIOUS);
}

static void from_outside_is_special(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_NET_CONNECT);
	record_peer(&r, "192.0.2.1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SPECIAL);
	record_peer(&r, "2001:db8::1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SPECIAL);
	record_peer(&r, "::ffff:192.0.2.1", 80, IPPROTO_TCP);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SPECIAL);
	/* an own address is no peer */
	r.d.operation = BAILIWICK_OP_NET_BIND;
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
}

static void a_service_that_serves_is_special_in_all_it_does(void **state)
{
	(void)state;
	record_begin(&r, image, "web", BAILIWICK_OP_READ);
	record_path(&r, image, "/etc/shadow", BAILIWICK_RIGHT_READ);
	record_strings(&r, "/etc/shadow", "/usr/sbin/nginx", "web.service");
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SPECIAL);
	/* the role alone does not make a service: somebody holds it by hand */
	record_strings(&r, "/etc/shadow", "/usr/sbin/nginx", "user-1000.slice");
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	record_begin(&r, image, "local", BAILIWICK_OP_READ);
	record_strings(&r, "", "", "local.service");
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
}

static void the_policys_word_is_final(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_WRITE);
	record_path(&r, image, "/srv/vault/a", BAILIWICK_RIGHT_WRITE);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SPECIAL);
	assert_int_equal(severity_of(record_decoded(&r), image, BAILIWICK_SEVERITY_ORDINARY),
			 BAILIWICK_SEVERITY_ORDINARY);
	/* both ways: running a program of a class that says ordinary */
	record_path(&r, image, "/srv/decoy/a", BAILIWICK_RIGHT_WRITE);
	r.d.operation = BAILIWICK_OP_EXEC;
	r.d.severity = BAILIWICK_SEVERITY_SERIOUS;
	assert_int_equal(severity(), BAILIWICK_SEVERITY_ORDINARY);
	assert_int_equal(severity_of(record_decoded(&r), image, BAILIWICK_SEVERITY_SPECIAL),
			 BAILIWICK_SEVERITY_SPECIAL);
	/* about no file a class says nothing */
	record_begin(&r, image, "clerk", BAILIWICK_OP_PTRACE);
	assert_int_equal(severity(), BAILIWICK_SEVERITY_SERIOUS);
}

static void without_an_image_the_record_speaks(void **state)
{
	(void)state;
	record_begin(&r, NULL, NULL, BAILIWICK_OP_READ);
	record_path(&r, NULL, "/srv/secret/a", BAILIWICK_RIGHT_READ);
	record_strings(&r, "/srv/secret/a", "", "web.service");
	assert_int_equal(severity_of(record_decoded(&r), NULL, SEVERITY_UNSAID), BAILIWICK_SEVERITY_ORDINARY);
	r.d.reason = BAILIWICK_REASON_PROTECTED;
	assert_int_equal(severity_of(record_decoded(&r), NULL, SEVERITY_UNSAID), BAILIWICK_SEVERITY_SERIOUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_out_of_bounds_is_ordinary),
		cmocka_unit_test(a_threat_to_the_system_is_serious),
		cmocka_unit_test(from_outside_is_special),
		cmocka_unit_test(a_service_that_serves_is_special_in_all_it_does),
		cmocka_unit_test(the_policys_word_is_final),
		cmocka_unit_test(without_an_image_the_record_speaks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
