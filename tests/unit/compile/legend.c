// SPDX-License-Identifier: Apache-2.0
/* What an image says to people */
#include "compiled.h"

#include <sys/socket.h>

static const char policy[] =
	"classes:\n"						/* 2 */
	"  c: {grade: confidential, protect: true, paths: [/c/1, /c/2]}\n" /* 3 */
	"networks:\n"						/* 4 */
	"  unused: {to: [10.0.0.0/8], tcp: [1]}\n"		/* 5 */
	"  used: {to: [\"fd00::/8\", 10.0.0.1], udp: [5-6]}\n"	/* 6 */
	"roles:\n"						/* 7 */
	"  base:\n"						/* 8 */
	"    files: [{allow: [write], on: [/w]}]\n"		/* 9 */
	"  r:\n"						/* 10 */
	"    include: [base]\n"					/* 11 */
	"    mode: learn\n"					/* 12 */
	"    files:\n"						/* 13 */
	"      - {deny: [read], on: [c], severity: special, message: No, reason: X-1}\n" /* 14 */
	"    network:\n"					/* 15 */
	"      - connect: [used]\n"				/* 16 */
	"      - bind: {tcp: [80]}\n";				/* 17 */

static void rules_have_their_places(void **state)
{
	struct image *image = compiled(policy);
	const struct bailiwick_role *base = image_role(image, 0), *r = image_role(image, 1);
	const struct bailiwick_rule *rule;

	(void)state;
	assert_string_equal(image_string(image, r->name), "r");
	assert_int_equal(r->mode, BAILIWICK_MODE_LEARN);
	assert_int_equal(r->line, 10);
	assert_int_equal(base->rule_count, 1);
	/* A class stands as each of its patterns; what is included follows. */
	assert_int_equal(r->rule_count, 3);
	rule = image_rule(image, r->first_rule + 1);
	assert_int_equal(rule->deny, 1);
	assert_int_equal(rule->line, 14);
	assert_string_equal(image_string(image, rule->pattern), "/c/2");
	assert_string_equal(image_string(image, rule->message), "No");
	assert_string_equal(image_string(image, rule->reason), "X-1");
	assert_int_equal(rule->severity, BAILIWICK_SEVERITY_SPECIAL);
	assert_int_equal(rule->class_index, 1);
	assert_string_equal(image_string(image, image_class(image, 1)->name), "c");
	assert_int_equal(image_class(image, 1)->grade, BAILIWICK_GRADE_CONFIDENTIAL);
	assert_int_equal(image_class(image, 1)->protect, 1);
	rule = image_rule(image, r->first_rule + 2);
	assert_int_equal(rule->line, 9);
	assert_int_equal(rule->severity, ~0u);
	assert_int_equal(rule->rights, BAILIWICK_RIGHT_WRITE | BAILIWICK_RIGHT_APPEND);
	assert_int_equal(image_class(image, 0)->name, 0);
	image_close(image);
}

static void networks_are_written_once(void **state)
{
	struct image *image = compiled(policy);
	const struct bailiwick_role *r = image_role(image, 1);
	uint32_t networks, rules;
	const struct bailiwick_network *n = image_records(image, BAILIWICK_SECTION_NETWORK, &networks);
	const struct bailiwick_net_rule *rule =
		image_records(image, BAILIWICK_SECTION_NET_RULE, &rules);
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, NULL);
	const struct bailiwick_ports *ports = image_records(image, BAILIWICK_SECTION_PORTS, NULL);

	(void)state;
	assert_int_equal(networks, 3);
	assert_int_equal(rules, 2);
	assert_int_equal(r->net_rule_count, 2);
	rule += r->first_net_rule;
	assert_int_equal(rule[0].line, 16);
	assert_string_equal(image_string(image, n[rule[0].network].name), "used");
	prefix += n[rule[0].network].first_prefix;
	assert_int_equal(n[rule[0].network].prefix_count, 2);
	assert_int_equal(prefix[0].family, AF_INET6);
	assert_int_equal(prefix[0].bits, 8);
	assert_int_equal(prefix[1].family, AF_INET);
	assert_int_equal(prefix[1].bits, 32);
	ports += n[rule[0].network].first_ports;
	assert_int_equal(ports->transport, BAILIWICK_TRANSPORT_UDP);
	assert_int_equal(ports->first, 5);
	assert_int_equal(ports->last, 6);
	/* Written in place, without addresses: no name, any address. */
	assert_int_equal(n[rule[1].network].name, 0);
	assert_int_equal(n[rule[1].network].prefix_count, 2);
	assert_int_equal(rule[1].operations, BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN |
			 BAILIWICK_NETOP_ACCEPT | BAILIWICK_NETOP_SERVE);
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_have_their_places),
		cmocka_unit_test(networks_are_written_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
