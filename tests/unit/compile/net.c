// SPDX-License-Identifier: Apache-2.0
/* Networks of many rules, against looking at every rule */
#include "compiled.h"

#include "base/cidr.h"

#define NETWORKS 60

static uint64_t seed = 7;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

struct network_made {
	struct cidr net;
	uint32_t transport, first, last, role;
	bool bind;
};

static const char *const transports[] = { "tcp", "udp", "sctp" };

static void make(struct network_made *n, struct buffer *yaml)
{
	char text[CIDR_TEXT_MAX];

	snprintf(text, sizeof(text), any(2) ? "10.%u.0.0/%u" : "fd00:%u::/%u", any(4), 12 + any(5));
	/* The network such a text means, whatever its host bits. */
	cidr_parse(text, &n->net);
	cidr_format(&n->net, text);
	n->transport = any(3);
	n->first = 1 + any(20);
	n->last = n->first + any(5);
	n->role = any(3);
	n->bind = any(3) == 0;
	buffer_printf(yaml, "      - %s: {to: [\"%s\"], %s: [%u-%u]}\n",
		      n->bind ? "bind" : "connect", text, transports[n->transport], n->first,
		      n->last);
}

static bool expected(const struct network_made *made, uint32_t roles, uint32_t transport,
		     const struct cidr *address, uint32_t port, bool bind)
{
	for (int i = 0; i < NETWORKS; i++)
		if (roles >> made[i].role & 1 && made[i].bind == bind &&
		    made[i].transport == transport && port >= made[i].first &&
		    port <= made[i].last && cidr_contains(&made[i].net, address))
			return true;
	return false;
}

static void the_matrix_says_what_the_rules_say(void **state)
{
	static const struct {
		const char *name;
		uint32_t roles;
	} rows[] = { { "r0", 1 }, { "r1", 2 }, { "r2", 4 }, { "r0+r2", 5 }, { "none", 0 } };
	struct network_made made[NETWORKS];
	struct buffer yaml = { 0 }, part[3] = { { 0 } };
	struct image *image;
	uint32_t yes = 0;

	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		struct buffer one = { 0 };

		make(&made[i], &one);
		buffer_append_text(&part[made[i].role], one.data);
		buffer_done(&one);
	}
	buffer_append_text(&yaml, "roles:\n");
	for (int i = 0; i < 3; i++)
		buffer_printf(&yaml, "  r%d:\n    network:\n%s", i, part[i].data);
	buffer_append_text(&yaml, "assignments: [{subject: \"user:1\", role: r0}, "
			   "{subject: \"user:1\", role: r2}]\n");
	image = compiled(yaml.data);
	for (int i = 0; i < 20000; i++) {
		uint32_t transport = any(3), port = any(26), row = any(5);
		bool bind = any(2);
		char text[60];
		struct cidr address;
		struct decide_endpoint e = { .transport = transport, .port = (uint16_t)port };
		bool want, have;

		snprintf(text, sizeof(text), any(2) ? "10.%u.%u.1" : "fd00:%u:%u::1", any(5), any(3));
		assert_int_equal(cidr_parse(text, &address), CIDR_FINE);
		memcpy(e.address, address.bytes, 16);
		e.ipv6 = address.family == 6;
		want = expected(made, rows[row].roles, transport, &address, port, bind);
		have = !decide_network(image->view, image_find_row(image, rows[row].name), bind ?
			BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN | BAILIWICK_NETOP_ACCEPT |
			BAILIWICK_NETOP_SERVE :
			BAILIWICK_NETOP_CONNECT | BAILIWICK_NETOP_SEND | BAILIWICK_NETOP_RECEIVE, &e);
		if (want != have)
			fail_msg("%s %s %s:%u row %s", bind ? "bind" : "connect",
				 transports[transport], text, port, rows[row].name);
		yes += want;
	}
	assert_true(yes > 500);
	image_close(image);
	buffer_done(&yaml);
	for (int i = 0; i < 3; i++)
		buffer_done(&part[i]);
}

static void equal_answers_share_a_class(void **state)
{
	struct image *image = compiled(
		"networks:\n"
		"  a: {to: [10.0.0.0/8], tcp: [1]}\n"
		"  b: {to: [192.168.0.0/16], tcp: [1]}\n"
		"  unused: {to: [172.16.0.0/12], tcp: [9]}\n"
		"roles: {r: {network: [{connect: [a, b]}]}}\n");

	(void)state;
	/* 10/8 and 192.168/16 have the same answers; nobody speaks of 172.16/12. */
	assert_int_equal(image->header->address_classes, 2);
	assert_int_equal(image->header->port_classes, 2);
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_matrix_says_what_the_rules_say),
		cmocka_unit_test(equal_answers_share_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
