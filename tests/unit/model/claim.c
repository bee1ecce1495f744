// SPDX-License-Identifier: Apache-2.0
/* Claims */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bailiwick/vocab.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/model/fixture.h"

static void every_kind(void **state)
{
	const struct claim *claims;
	char buf[CIDR_TEXT_MAX];
	struct fixture f;

	(void)state;
	load_good(&f, "roles:\n"
		      "  r:\n"
		      "    claims:\n"
		      "      - can: read /srv/a b*\n"
		      "      - cannot: connect tcp 10.0.0.9:22\n"
		      "      - can: bind udp [fd20::1]:0\n"
		      "      - can: capability net_admin\n"
		      "      - cannot: connect /run/socket\n"
		      "      - can: connect sctp [::ffff:10.0.0.9]:65535\n");
	assert_int_equal(f.policy->roles[0]->claim_count, 6);
	claims = f.policy->roles[0]->claims;
	assert_true(claims[0].can);
	assert_int_equal(claims[0].kind, CLAIM_FILE);
	assert_int_equal(claims[0].right, BAILIWICK_RIGHT_READ_BIT);
	assert_string_equal(claims[0].path, "/srv/a b*");
	assert_string_equal(claims[0].text, "read /srv/a b*");
	assert_int_equal(claims[0].at.line, 5);
	assert_int_equal(claims[0].at.column, 14);
	assert_false(claims[1].can);
	assert_int_equal(claims[1].kind, CLAIM_NETWORK);
	assert_int_equal(claims[1].operation, NETWORK_CONNECT);
	assert_int_equal(claims[1].protocol, IPPROTO_TCP);
	assert_int_equal(claims[1].port, 22);
	assert_string_equal(cidr_format(&claims[1].address, buf), "10.0.0.9");
	assert_int_equal(claims[2].kind, CLAIM_NETWORK);
	assert_int_equal(claims[2].operation, NETWORK_BIND);
	assert_int_equal(claims[2].protocol, IPPROTO_UDP);
	assert_int_equal(claims[2].port, 0);
	assert_string_equal(cidr_format(&claims[2].address, buf), "fd20::1");
	assert_int_equal(claims[3].kind, CLAIM_CAPABILITY);
	assert_int_equal(claims[3].capability, 12);
	assert_int_equal(claims[4].kind, CLAIM_FILE);
	assert_int_equal(claims[4].right, BAILIWICK_RIGHT_UNIX_CONNECT_BIT);
	assert_int_equal(claims[5].address.family, 4);
	assert_int_equal(claims[5].port, 65535);
	done(&f);
}

static void bad(const char *claim, const char *expected)
{
	char text[400];

	snprintf(text, sizeof(text), "roles:\n  r:\n    claims:\n      - can: %s\n", claim);
	load_bad(text, expected);
}

static void mistakes(void **state)
{
	(void)state;
	bad("\"\"", "p:5:15: error: a claim starts with");
	bad("fly /", "p:5:14: error: a claim starts with");
	bad("read a", "p:5:19: error: a path is absolute");
	bad("read /a//b", "p:5:21: error: '//'");
	bad("read", "error: a claim names an absolute path");
	bad("connect", "error: a claim about the network names");
	bad("connect tcp", "error: write ADDRESS:PORT");
	bad("connect tcp :80", "error: write ADDRESS:PORT");
	bad("connect tcp []:80", "error: this is not an IPv4 or IPv6 address");
	bad("connect tcp [1.2.3.4:80", "error: write ADDRESS:PORT");
	bad("connect tcp fd20::1:80", "error: write [ADDRESS]:PORT");
	bad("connect tcp 10.0.0.0/8:80", "error: this is not");
	bad("'connect tcp 10.0.0.1:'", "error: a claim about the network ends with one port");
	bad("connect tcp 10.0.0.1:80-90", "ends with one port");
	bad("connect tcp 10.0.0.1:65536", "ends with one port");
	bad("connect tcp 10.0.0.1:4294967376", "ends with one port");
	bad("capability CAP_CHOWN", "did you mean 'chown'?");
	bad("capability aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "unknown capability");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
