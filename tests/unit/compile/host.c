// SPDX-License-Identifier: Apache-2.0
/* Host names: what they stand for in a compilation */
#include "compiled.h"

#include "base/cidr.h"
#include "image/host.h"

#define POLICY									\
	"networks:\n"								\
	"  db: {to: [db.example, 10.20.0.0/16], tcp: 5432}\n"			\
	"roles:\n"								\
	"  clerk: {network: [{connect: [db, {to: mail.example, tcp: 25}]}]}\n"

static struct cidr addresses[3];
static struct compile_answer answers[] = {
	{ .name = "db.example", .addresses = addresses, .count = 2 },
	{ .name = "mail.example", .problem = "there is no such name" },
	{ .name = "unused.example", .addresses = addresses + 2, .count = 1 },
};

static struct image *with(enum compile_hosts hosts, size_t count, const char **ret_messages)
{
	static char messages[8192];
	struct compile_options options = { .answers = answers, .answer_count = count, .hosts = hosts };

	cidr_parse("192.0.2.1", &addresses[0]);
	cidr_parse("2001:db8::1", &addresses[1]);
	cidr_parse("192.0.2.99", &addresses[2]);
	memset(messages, 0, sizeof(messages));
	*ret_messages = messages;
	return compiled_with(POLICY, &options, messages, sizeof(messages) - 1);
}

static void a_name_is_its_addresses_and_nothing_else(void **state)
{
	const char *messages;
	struct image *image = with(COMPILE_HOSTS_KEPT, 3, &messages);

	(void)state;
	assert_non_null(image);
	assert_true(allowed(image, "clerk", "connect", "tcp 192.0.2.1:5432"));
	assert_true(allowed(image, "clerk", "connect", "tcp [2001:db8::1]:5432"));
	assert_true(allowed(image, "clerk", "connect", "tcp 10.20.1.2:5432"));
	assert_false(allowed(image, "clerk", "connect", "tcp 192.0.2.1:25"));
	assert_false(allowed(image, "clerk", "connect", "tcp 192.0.2.2:5432"));
	assert_false(allowed(image, "clerk", "connect", "tcp 192.0.2.99:5432"));
	assert_false(allowed(image, "clerk", "connect", "tcp [2001:db8::2]:5432"));
	/* a name without addresses is nobody, not everybody */
	assert_false(allowed(image, "clerk", "connect", "tcp 0.0.0.0:25"));
	assert_false(allowed(image, "clerk", "connect", "tcp [::]:25"));
	assert_false(allowed(image, "clerk", "connect", "tcp 192.0.2.1:25"));
	assert_non_null(strstr(messages, "warning: 'mail.example' has no address and names nobody: "
				"there is no such name"));
	image_close(image);
}

static void a_name_that_is_needed(void **state)
{
	const char *messages;

	(void)state;
	assert_null(with(COMPILE_HOSTS_NEEDED, 3, &messages));
	assert_non_null(strstr(messages, ":5:41: error: 'mail.example' has no address: there is no such "
				"name\n"));
	assert_null(strstr(messages, "db.example' has"));
	assert_null(with(COMPILE_HOSTS_NEEDED, 0, &messages));
	assert_non_null(strstr(messages, "'db.example' has no address: not looked up yet"));
	answers[1].addresses = addresses;
	answers[1].count = 1;
	image_close(with(COMPILE_HOSTS_NEEDED, 3, &messages));
	assert_string_equal(messages, "");
	answers[1].count = 0;
}

static void without_answers_there_are_remarks(void **state)
{
	const char *messages;
	struct image *image = with(COMPILE_HOSTS_UNASKED, 0, &messages);

	(void)state;
	assert_non_null(image);
	assert_non_null(strstr(messages, ":3:13: note: the controller looks 'db.example' up"));
	assert_null(strstr(messages, "error"));
	assert_false(allowed(image, "clerk", "connect", "tcp 192.0.2.1:5432"));
	assert_true(allowed(image, "clerk", "connect", "tcp 10.20.1.2:5432"));
	image_close(image);
}

static void load_once(const char *path, struct policy **ret, struct diag *diag)
{
	char *paths[] = { (char *)path };
	FILE *out = fopen(path, "w");

	fputs("version: 1\n" POLICY, out);
	fclose(out);
	assert_int_equal(policy_load(paths, 1, diag, ret), 0);
	unlink(path);
}

static void the_same_answers_make_the_same_bytes(void **state)
{
	struct compile_options options = {
		.version = 1, .created = NOW, .resolver = &compiled_resolver, .answers = answers,
		.answer_count = 3, .hosts = COMPILE_HOSTS_KEPT,
	};
	struct diag *diag = diag_new();
	struct image_bytes first = { 0 }, second = { 0 };
	struct policy *policy = NULL, *again = NULL;

	(void)state;
	load_once("/tmp/host-same.yaml", &policy, diag);
	load_once("/tmp/host-same.yaml", &again, diag);
	assert_int_equal(policy_compile(policy, &options, diag, NULL, &first), 0);
	assert_int_equal(policy_compile(again, &options, diag, NULL, &second), 0);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	image_bytes_done(&first);
	image_bytes_done(&second);
	policy_free(policy);
	policy_free(again);
	diag_free(diag);
}

static void images_are_told_apart_by_their_addresses(void **state)
{
	const char *messages;
	struct image *a = with(COMPILE_HOSTS_KEPT, 3, &messages);
	struct image *b = with(COMPILE_HOSTS_KEPT, 3, &messages);

	(void)state;
	assert_true(host_same(a, b));
	image_close(b);
	b = with(COMPILE_HOSTS_KEPT, 0, &messages);
	assert_false(host_same(a, b));
	image_close(a);
	image_close(b);
}

static const char *claim(const char *text, enum compile_hosts hosts, size_t count)
{
	static char messages[8192];
	struct compile_options options = { .answers = answers, .answer_count = count, .hosts = hosts };
	char yaml[1024];

	memset(messages, 0, sizeof(messages));
	snprintf(yaml, sizeof(yaml), "roles:\n  r:\n    network: [{connect: [{to: db.example, tcp: 1}]}]\n"
		 "    claims: [%s]\n", text);
	image_close(compiled_with(yaml, &options, messages, sizeof(messages) - 1));
	return messages;
}

static void claims_that_hang_on_a_name(void **state)
{
	(void)state;
	assert_non_null(strstr(claim("can: connect tcp 192.0.2.7:1", COMPILE_HOSTS_UNASKED, 0),
			       "note: this claim hangs on the addresses of 'db.example'"));
	assert_non_null(strstr(claim("can: connect tcp 192.0.2.7:1", COMPILE_HOSTS_KEPT, 3), "warning: this"));
	assert_non_null(strstr(claim("can: connect tcp 192.0.2.7:1", COMPILE_HOSTS_NEEDED, 3), "error: this"));
	assert_string_equal(claim("can: connect tcp 192.0.2.1:1", COMPILE_HOSTS_NEEDED, 3), "");
	/* no name has this port */
	assert_non_null(strstr(claim("can: connect tcp 192.0.2.1:2", COMPILE_HOSTS_UNASKED, 0), "error: this"));
	assert_non_null(strstr(claim("cannot: connect tcp 192.0.2.1:1", COMPILE_HOSTS_NEEDED, 3),
			       "allowed by this rule of role 'r' for the host db.example"));
	assert_non_null(strstr(claim("cannot: connect tcp 192.0.2.1:1", COMPILE_HOSTS_KEPT, 3), "warning: this"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_its_addresses_and_nothing_else),
		cmocka_unit_test(a_name_that_is_needed),
		cmocka_unit_test(without_answers_there_are_remarks),
		cmocka_unit_test(the_same_answers_make_the_same_bytes),
		cmocka_unit_test(images_are_told_apart_by_their_addresses),
		cmocka_unit_test(claims_that_hang_on_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
