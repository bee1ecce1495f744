// SPDX-License-Identifier: Apache-2.0
/* Host names of an image: what they stand for, and questions about them */
#include "../compile/compiled.h"

#include "image/explain.h"
#include "image/host.h"

static struct image *image;

static int set_up(void **state)
{
	static struct cidr addresses[2];
	static const struct compile_answer answers[] = {
		{ .name = "db.example", .addresses = addresses, .count = 2 },
		{ .name = "half.example", .addresses = addresses, .count = 2 },
	};
	struct compile_options options = {
		.answers = answers, .answer_count = 2, .hosts = COMPILE_HOSTS_KEPT,
	};
	static char messages[4096];

	(void)state;
	cidr_parse("192.0.2.1", &addresses[0]);
	cidr_parse("2001:db8::1", &addresses[1]);
	image = compiled_with("networks:\n"
			      "  db: {to: [db.example, gone.example], tcp: 5432}\n"
			      "  other: {to: [half.example, db.example], udp: 7}\n"
			      "  never: {to: half.example, udp: 8}\n"
			      "roles:\n"
			      "  clerk: {network: [{connect: db}]}\n"
			      "  guard: {families: [inet], network: [{connect: [db, other]}]}\n",
			      &options, messages, sizeof(messages) - 1);
	return image ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	image_close(image);
	return 0;
}

static void names_and_addresses(void **state)
{
	static const char *const expected[] = { "db.example", "gone.example", "half.example",
						"db.example", "half.example" };
	struct cidr found[HOST_ADDRESSES_MAX];
	char text[CIDR_TEXT_MAX];
	uint32_t at = 0;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(host_next(image, &at), expected[i]);
	assert_null(host_next(image, &at));
	assert_int_equal(host_addresses(image, "db.example", found), 2);
	assert_string_equal(cidr_format(&found[0], text), "192.0.2.1");
	assert_string_equal(cidr_format(&found[1], text), "2001:db8::1");
	assert_int_equal(host_addresses(image, "gone.example", found), 0);
	assert_int_equal(host_addresses(image, "unknown.example", found), -1);
}

static bool can(const char *role, const char *object, struct cidr *address)
{
	uint32_t row = image_find_row(image, role);
	struct question q;
	struct answer a;
	const char *why;

	assert_int_equal(question_parse("connect", object, &q, &why), 0);
	assert_string_not_equal(q.host, "");
	assert_int_equal(host_ask(image, row, q.host, &q, &a, address), 0);
	assert_int_equal(!a.allowed, a.denied != 0);
	return a.allowed;
}

static void questions_about_a_name(void **state)
{
	struct cidr address;
	struct question q;
	struct answer a;
	const char *why;

	(void)state;
	assert_true(can("clerk", "tcp db.example:5432", &address));
	assert_int_equal(address.family, 6);
	assert_false(can("clerk", "tcp db.example:22", &address));
	assert_int_equal(address.family, 4);
	/* one of its addresses is denied: the name is */
	assert_false(can("guard", "tcp DB.example.:5432", &address));
	assert_int_equal(address.family, 6);
	/* no address: what the rules say */
	assert_true(can("clerk", "tcp gone.example:5432", &address));
	assert_int_equal(address.family, 0);
	assert_false(can("clerk", "tcp gone.example:22", &address));
	assert_int_equal(question_parse("connect", "tcp no.example:1", &q, &why), 0);
	assert_int_equal(host_ask(image, 3, q.host, &q, &a, &address), 1);
	assert_int_equal(question_parse("bind", "tcp db.example:1", &q, &why), 1);
	assert_int_equal(question_parse("connect", "tcp [db.example]:1", &q, &why), 1);
	assert_int_equal(question_parse("connect", "tcp localhost:1", &q, &why), 1);
}

static void lines_say_the_name(void **state)
{
	struct explanation why;
	struct question q;
	const char *text;

	(void)state;
	assert_int_equal(question_parse("connect", "udp 192.0.2.1:7", &q, &text), 0);
	assert_int_equal(explain_network(image, image_find_row(image, "guard"), q.asked, &q.endpoint,
					 &why), 0);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.lines[0].host, "half.example");
	assert_int_equal(explain_host(image, image_find_row(image, "guard"), q.asked, "db.example",
				      &q.endpoint, &why), 0);
	assert_int_equal(why.count, 1);
	assert_string_equal(why.lines[0].host, "db.example");
	assert_string_equal(why.lines[0].network, "other");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_addresses),
		cmocka_unit_test(questions_about_a_name),
		cmocka_unit_test(lines_say_the_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
