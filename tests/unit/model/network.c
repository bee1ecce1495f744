// SPDX-License-Identifier: Apache-2.0
/* Networks */
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

static void check_peer(const struct peer *peer, const char *text)
{
	char buf[CIDR_TEXT_MAX];

	assert_string_equal(cidr_format(&peer->net, buf), text);
}

static void check_ports(const struct port_range *ports, uint8_t protocol, int low, int high)
{
	assert_int_equal(ports->protocol, protocol);
	assert_int_equal(ports->low, low);
	assert_int_equal(ports->high, high);
}

static void words_are_expanded(void **state)
{
	const struct network *network;
	struct fixture f;

	(void)state;
	load_good(&f, "networks:\n"
		      "  a: {to: [10.0.0.0/8, any, loopback, '::ffff:10.0.0.1'], tcp: 1}\n"
		      "  b: {udp: any}\n");
	network = f.policy->networks[0];
	assert_int_equal(network->peer_count, 6);
	check_peer(&network->peers[0], "10.0.0.0/8");
	check_peer(&network->peers[1], "0.0.0.0/0");
	check_peer(&network->peers[2], "::/0");
	check_peer(&network->peers[3], "127.0.0.0/8");
	check_peer(&network->peers[4], "::1");
	check_peer(&network->peers[5], "10.0.0.1");
	assert_int_equal(network->peers[2].at.column, 24);
	network = f.policy->networks[1];
	assert_int_equal(network->peer_count, 0);
	assert_string_equal(network->name, "b");
	check_ports(&network->ports[0], IPPROTO_UDP, 0, 65535);
	done(&f);
}

static void ports_of_all_protocols(void **state)
{
	const struct network *network;
	struct fixture f;

	(void)state;
	load_good(&f, "networks:\n  a: {udp: 53, tcp: [80, 8000-8099, 0], sctp: [65535]}\n");
	network = f.policy->networks[0];
	assert_int_equal(network->port_count, 5);
	check_ports(&network->ports[0], IPPROTO_UDP, 53, 53);
	check_ports(&network->ports[1], IPPROTO_TCP, 80, 80);
	check_ports(&network->ports[2], IPPROTO_TCP, 8000, 8099);
	check_ports(&network->ports[3], IPPROTO_TCP, 0, 0);
	check_ports(&network->ports[4], IPPROTO_SCTP, 65535, 65535);
	done(&f);
}

static void nothing_never_means_everything(void **state)
{
	(void)state;
	load_bad("networks: {a: {to: [], tcp: 1}}\n", "error: 'to' is empty");
	load_bad("networks: {a: {to: , tcp: 1}}\n", "error: 'to' has no value");
	load_bad("networks: {a: {to: any}}\n", "error: a network without ports");
	load_bad("networks: {a: {to: any, tcp: []}}\n", "error: 'tcp' is empty");
	load_bad("networks: {a: {to: any, tcp: }}\n", "error: 'tcp' has no value");
	load_bad("networks: {a: {to: ['']   , tcp: 1}}\n", "error: '' is neither an address nor a host name");
	load_bad("networks: {a: {to: any, tcp: ['']}}\n", "error: '' is not a port");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_expanded),
		cmocka_unit_test(ports_of_all_protocols),
		cmocka_unit_test(nothing_never_means_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
