// SPDX-License-Identifier: Apache-2.0
/* Claims that do not hold, and what is said about them */
#include "compiled.h"

static void claims_that_hold_say_nothing(void **state)
{
	struct image *image = compiled(
		"roles:\n  r:\n"
		"    files: [{allow: [read], on: [/a/**]}]\n"
		"    network: [{connect: [{to: [10.0.0.0/8], tcp: [22]}]}, {bind: {tcp: [80]}}]\n"
		"    capabilities: [kill]\n"
		"    claims:\n"
		"      - can: read /a/b\n"
		"      - cannot: write /a/b\n"
		"      - can: connect tcp 10.1.1.1:22\n"
		"      - cannot: connect tcp 11.1.1.1:22\n"
		"      - can: bind tcp 0.0.0.0:80\n"
		"      - cannot: bind tcp 0.0.0.0:81\n"
		"      - can: capability kill\n"
		"      - cannot: capability chown\n");

	(void)state;
	image_close(image);
}

static void a_failed_claim_names_what_decided(void **state)
{
	const char *text = refused(
		"classes: {c: {grade: public, paths: [/a/**]}}\n"	/* 2 */
		"roles:\n"						/* 3 */
		"  r:\n"						/* 4 */
		"    files:\n"						/* 5 */
		"      - {allow: [read, write], on: [c]}\n"		/* 6 */
		"      - {deny: [write], on: [/a/x]}\n"			/* 7 */
		"    families: [unix]\n"				/* 8 */
		"    claims:\n"						/* 9 */
		"      - cannot: read /a/b\n"				/* 10 */
		"      - can: write /a/x\n"				/* 11 */
		"      - can: read /z\n"				/* 12 */
		"      - can: connect tcp 10.0.0.1:1\n"			/* 13 */
		"      - can: capability kill\n");			/* 14 */

	(void)state;
	assert_non_null(strstr(text, ":10:"));
	assert_non_null(strstr(text, "does not hold: the policy allows it"));
	assert_non_null(strstr(text, "allowed by this rule of role 'r' for /a/**, class c"));
	assert_non_null(strstr(text, ":6:"));
	assert_non_null(strstr(text, ":11:"));
	assert_non_null(strstr(text, "denied by this rule of role 'r' for /a/x"));
	assert_non_null(strstr(text, ":7:"));
	assert_non_null(strstr(text, ":12:"));
	assert_non_null(strstr(text, "no rule of the role allows it"));
	assert_non_null(strstr(text, ":13:"));
	assert_non_null(strstr(text, "does not have the address family"));
	assert_non_null(strstr(text, ":14:"));
	assert_non_null(strstr(text, "does not have the capability"));
}

static void a_disabled_role_allows_and_says_so(void **state)
{
	const char *text = refused("roles: {r: {mode: disabled, claims: [{cannot: read /x}]}}\n");

	(void)state;
	assert_non_null(strstr(text, "because the role is disabled"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_that_hold_say_nothing),
		cmocka_unit_test(a_failed_claim_names_what_decided),
		cmocka_unit_test(a_disabled_role_allows_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
