// SPDX-License-Identifier: Apache-2.0
/* Host names in `to:` */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/limits.h"
#include "tests/unit/model/fixture.h"

static void host_names_have_no_address_yet(void **state)
{
	const struct network *network;
	const struct host_use *use;
	struct fixture f;

	(void)state;
	load_good(&f, "networks:\n"
		      "  a: {to: [10.0.0.1, DB.Example., any], tcp: 1}\n"
		      "roles:\n"
		      "  r: {network: [{connect: [a, {to: db.example, tcp: 2}]}]}\n");
	network = f.policy->networks[0];
	assert_int_equal(network->peer_count, 4);
	assert_null(network->peers[0].host);
	assert_string_equal(network->peers[1].host, "db.example");
	assert_int_equal(network->peers[1].net.family, 0);
	assert_null(network->peers[2].host);
	use = f.policy->hosts;
	assert_string_equal(use->name, "db.example");
	assert_int_equal(use->at.line, 3);
	assert_int_equal(use->at.column, 22);
	assert_int_equal(use->next->at.line, 5);
	assert_null(use->next->next);
	done(&f);
}

static void names_that_are_none(void **state)
{
	(void)state;
	load_bad("networks: {a: {to: b\303\274cher.example, tcp: 1}}\n", "did you mean 'xn--bcher-kva.example'?");
	load_bad("networks: {a: {to: '*.example', tcp: 1}}\n", "no wildcards");
	load_bad("networks: {a: {to: localhost, tcp: 1}}\n", "did you mean 'loopback'?");
	load_bad("networks: {a: {to: 0x7f.1, tcp: 1}}\n", "the last part of a name is no number");
	load_bad("networks: {a: {to: db.example/24, tcp: 1}}\n", "a host name has no prefix");
	load_bad("networks: {a: {to: 'db.example:80', tcp: 1}}\n", "ports stand under tcp, udp or sctp");
	load_bad("networks: {a: {to: b, tcp: 1}, b: {to: any, tcp: 1}}\n", "'b' is a network");
	load_bad("roles: {r: {network: [{bind: {to: db.example, tcp: 1}}]}}\n",
		 "'bind' wants addresses of this machine");
}

static void there_is_a_limit(void **state)
{
	size_t size = 64 + 16 * (HOSTS_MAX + 1);
	char *text = malloc(size), *at = text;
	struct fixture f;

	(void)state;
	at += sprintf(at, "networks: {a: {tcp: 1, to: [h0.example");
	for (int i = 1; i < HOSTS_MAX; i++)
		at += sprintf(at, ", h%d.example", i);
	strcpy(at, "]}}\n");
	load_good(&f, text);
	done(&f);
	strcpy(at, ", h.example]}}\n");
	load_bad(text, "(HOSTS_MAX)");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names_have_no_address_yet),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
