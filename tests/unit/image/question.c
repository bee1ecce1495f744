// SPDX-License-Identifier: Apache-2.0
/* Questions, as people write them, and their answers */
#include "../compile/compiled.h"

static const char policy[] =
	"networks:\n"
	"  db: {to: [10.20.0.0/16, \"fd20::/32\"], tcp: [5432, 6432-6440]}\n"
	"  dns: {to: [any], udp: [53], tcp: [53]}\n"
	"roles:\n"
	"  r:\n"
	"    files: [{allow: [read, connect], on: [/srv/**, /run/x.sock]}]\n"
	"    network: [{connect: [db, dns]}, {bind: {tcp: [8080]}}, {bind: {udp: [0]}}]\n"
	"    capabilities: [net_bind_service]\n"
	"    privileges: [syslog]\n"
	"  unixonly: {families: [unix], network: [{connect: [dns]}]}\n"
	"  guest: {}\n"
	"defaults: {users: guest, units: unconfined}\n"
	"assignments:\n"
	"  - {subject: \"user:alice\", role: r}\n"
	"  - {subject: \"group:empty\", role: unixonly}\n"
	"  - {subject: \"unit:x.service\", role: r}\n"
	"  - {subject: \"exe:/usr/sbin/x\", role: r}\n";

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

static void answers_about_the_network(void **state)
{
	static const struct {
		const char *action, *object;
		bool allowed;
	} list[] = {
		{ "connect", "tcp 10.20.0.9:5432", true },
		{ "connect", "tcp 10.20.255.255:6440", true },
		{ "connect", "tcp 10.20.0.9:6441", false },
		{ "connect", "tcp 10.21.0.9:5432", false },
		{ "connect", "udp 10.20.0.9:5432", false },
		{ "connect", "tcp [fd20::1]:5432", true },
		{ "connect", "tcp [fd21::1]:5432", false },
		{ "connect", "udp 192.0.2.1:53", true },
		{ "connect", "udp [2001:db8::1]:53", true },
		/* An IPv4 address in IPv6 clothes is the IPv4 address. */
		{ "connect", "tcp [::ffff:10.20.0.9]:5432", true },
		{ "connect", "tcp [::ffff:10.21.0.9]:5432", false },
		{ "send", "udp 192.0.2.1:53", true },
		{ "receive", "udp 192.0.2.1:53", true },
		{ "bind", "tcp 8080", true },
		{ "bind", "tcp 0.0.0.0:8080", true },
		{ "bind", "tcp [::]:8080", true },
		{ "listen", "tcp 127.0.0.1:8080", true },
		{ "bind", "tcp 8081", false },
		{ "bind", "udp 0", true },
		{ "bind", "tcp 0", false },
		/* Binding a port gives nothing towards peers that have it. */
		{ "connect", "tcp 192.0.2.1:8080", false },
		{ "send", "tcp 192.0.2.1:8080", false },
		{ "bind", "tcp 53", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (allowed(image, "r", list[i].action, list[i].object) != list[i].allowed)
			fail_msg("%s %s is not %d", list[i].action, list[i].object, list[i].allowed);
	assert_false(allowed(image, "unixonly", "connect", "udp 192.0.2.1:53"));
	assert_true(allowed(image, "unconfined", "connect", "tcp 192.0.2.1:1"));
	assert_false(allowed(image, "none", "connect", "udp 192.0.2.1:53"));
}

static void answers_about_the_rest(void **state)
{
	(void)state;
	assert_true(allowed(image, "r", "read", "/srv/a/b"));
	assert_true(allowed(image, "r", "read", "/srv//a/"));
	assert_false(allowed(image, "r", "read", "/"));
	assert_true(allowed(image, "r", "connect", "/run/x.sock"));
	assert_true(allowed(image, "r", "capability", "net_bind_service"));
	assert_false(allowed(image, "r", "capability", "chown"));
	assert_true(allowed(image, "r", "privilege", "syslog"));
	assert_false(allowed(image, "r", "privilege", "bpf"));
	assert_true(allowed(image, "r", "family", "inet6"));
	assert_false(allowed(image, "r", "family", "netlink"));
}

static void refuses_what_is_no_question(void **state)
{
	static const char *const list[][2] = {
		{ "eat", "/x" }, { "read", "x" }, { "connect", "tcp" }, { "connect", "tcp 1.2.3.4" },
		{ "connect", "icmp 1.2.3.4:1" }, { "connect", "tcp 1.2.3.4:65536" },
		{ "connect", "tcp 1.2.3.4:" }, { "connect", "tcp ::1:22" }, { "connect", "tcp :22" },
		{ "connect", "tcp [::1:22" }, { "connect", "tcp 10.0.0.0/8:22" }, { "connect", "" },
		{ "capability", "fly" }, { "bind", "tcp x" }, { "connect", "tcp *.example.org:1" },
	};
	struct question question;

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		const char *why = NULL;

		if (question_parse(list[i][0], list[i][1], &question, &why) != 1 || !why)
			fail_msg("%s %s was taken for a question", list[i][0], list[i][1]);
	}
}

static void a_name_too_long_is_unknown(void **state)
{
	char path[400];

	(void)state;
	memset(path, 'a', sizeof(path));
	memcpy(path, "/srv/", 5);
	assert_int_equal(question_label(image, path, 5 + 256), BAILIWICK_LABEL_UNKNOWN);
	assert_int_not_equal(question_label(image, path, 5 + 255), BAILIWICK_LABEL_UNKNOWN);
	assert_int_equal(question_label(image, "srv", 3), BAILIWICK_LABEL_UNKNOWN);
}

static int lookup(const char *name, uint32_t *ret_uid)
{
	return compiled_user(NULL, name, ret_uid);
}

static void finds_the_row_of_a_subject(void **state)
{
	static const struct {
		const char *subject, *row;
		enum question_source source;
	} list[] = {
		{ "user:alice", "r", QUESTION_FROM_BINDING },
		{ "user:1000", "r", QUESTION_FROM_BINDING },
		{ "user:bob", "guest", QUESTION_FROM_DEFAULT },
		{ "user:4711", "guest", QUESTION_FROM_DEFAULT },
		{ "group:empty", "unixonly", QUESTION_FROM_BINDING },
		{ "group:other", "guest", QUESTION_FROM_DEFAULT },
		{ "unit:x.service", "r", QUESTION_FROM_BINDING },
		{ "unit:y.service", "unconfined", QUESTION_FROM_DEFAULT },
		{ "exe:/usr/sbin/x", "r", QUESTION_FROM_BINDING },
		{ "exe:/usr/sbin/y", "unconfined", QUESTION_FROM_DEFAULT },
		{ "role:guest", "guest", QUESTION_FROM_NAME },
		{ "role:none", "none", QUESTION_FROM_NAME },
	};
	enum question_source source;
	const char *why = NULL;
	uint32_t row;

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		assert_int_equal(question_subject(image, list[i].subject, lookup, &row, &source,
						  &why), 0);
		assert_string_equal(image_row_name(image, row), list[i].row);
		assert_int_equal(source, list[i].source);
	}
	assert_int_equal(question_subject(image, "user:carol", lookup, &row, NULL, &why), 1);
	assert_int_equal(question_subject(image, "alice", lookup, &row, NULL, &why), 1);
	assert_int_equal(question_subject(image, "role:nobody", lookup, &row, NULL, &why), 1);
	assert_int_equal(question_subject(image, "pet:x", lookup, &row, NULL, &why), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_about_the_network),
		cmocka_unit_test(answers_about_the_rest),
		cmocka_unit_test(refuses_what_is_no_question),
		cmocka_unit_test(a_name_too_long_is_unknown),
		cmocka_unit_test(finds_the_row_of_a_subject),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
