// SPDX-License-Identifier: Apache-2.0
/* Network rules */
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

static void one_rule_per_network(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "networks: {a: {to: any, tcp: 1}, b: {tcp: 0}}\n"
		      "roles:\n"
		      "  r:\n"
		      "    network:\n"
		      "      - connect: [a, {to: 10.0.0.1, udp: [53]}]\n"
		      "      - {bind: b, connect: a}\n");
	role = f.policy->roles[0];
	assert_int_equal(role->network_count, 4);
	assert_int_equal(role->network[0]->operation, NETWORK_CONNECT);
	assert_ptr_equal(role->network[0]->network, f.policy->networks[0]);
	assert_int_equal(role->network[0]->at.line, 6);
	assert_int_equal(role->network[0]->at.column, 19);
	assert_null(role->network[1]->network->name);
	assert_int_equal(role->network[1]->network->ports[0].low, 53);
	assert_int_equal(role->network[2]->operation, NETWORK_BIND);
	assert_ptr_equal(role->network[2]->network, f.policy->networks[1]);
	assert_int_equal(role->network[2]->network->peer_count, 0);
	assert_int_equal(role->network[3]->operation, NETWORK_CONNECT);
	assert_ptr_equal(role->network[3]->origin, role);
	/* what is written inline is no network of the policy */
	assert_int_equal(f.policy->network_count, 2);
	done(&f);
}

static void a_connection_goes_somewhere(void **state)
{
	(void)state;
	load_bad("networks: {b: {tcp: 80}}\nroles: {r: {network: [{connect: b}]}}\n",
		 "p:3:33: error: a network to connect to has 'to'");
	load_bad("roles: {r: {network: [{connect: {tcp: 80}}]}}\n", "has 'to'");
	load_bad("networks: {b: {to: any, tcp: [5, 0]}}\nroles: {r: {network: [{connect: b}]}}\n",
		 "p:2:34: note: port 0 is named here");
	load_bad("roles: {r: {network: [{connect: c}]}}\n", "unknown network 'c'");
	load_bad("roles: {r: {network: [{}]}}\n", "has connect, bind, listen");
	load_bad("roles: {r: {network: [{send: {tcp: 80}}]}}\n", "a network to send to has 'to'");
	load_bad("roles: {r: {network: [{listen: {to: db.example, tcp: 80}}]}}\n",
		 "'listen' wants addresses of this machine");
	/* a mistake in the network is told once */
	load_bad("roles: {r: {network: [{connect: {to: [], tcp: 80}}]}}\n", "'to' is empty");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rule_per_network),
		cmocka_unit_test(a_connection_goes_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
