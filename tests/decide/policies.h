/* SPDX-License-Identifier: Apache-2.0 */
/* Whole random policies: everything the language has that reaches the kernel */
#ifndef TESTS_DECIDE_POLICIES_H
#define TESTS_DECIDE_POLICIES_H

#include <stdbool.h>
#include <stdio.h>

#include <bailiwick/vocab.h>

#include "generate.h"
#include "model/pattern.h"

#define RANDOM_ROLES 8
#define RANDOM_PATTERNS 96
#define RANDOM_PREFIXES 16
#define RANDOM_PORTS 16

/**
 * struct random_policy - what was written, so that questions can be about it
 * @below:	every pattern starts with it; empty for a policy that is never in
 *		force, which may then also protect, have defaults and bind programs
 * @prefixes:	network addresses named, IPv4 in the first four bytes
 */
struct random_policy {
	const char *below;
	char *patterns[RANDOM_PATTERNS];
	uint32_t pattern_count;
	uint8_t prefixes[RANDOM_PREFIXES][16];
	uint32_t prefix_count;
	uint16_t ports[RANDOM_PORTS];
	uint32_t port_count;
	uint32_t roles;
};

#define NAME_WORD(id, text) text,
#define NAME_NUMBERED(id, text, number) text,
static const char *const right_names[] = { BAILIWICK_RIGHTS(NAME_WORD) };
static const char *const privilege_names[] = { BAILIWICK_PRIVILEGES(NAME_WORD) };
static const char *const capability_names[] = { BAILIWICK_CAPABILITIES(NAME_NUMBERED) };
static const char *const family_names[] = { BAILIWICK_FAMILIES(NAME_NUMBERED) };

static void simple_pattern(char *text)
{
	static const char *const names[] = {
		"a", "b", "c", "ab", "*", "**", "a*", "?", "[ab]", "{a,b}", "[!a]", "*.b", "{a,b/c}",
	};
	uint32_t n = 1 + any(4);

	*text = 0;
	while (n--) {
		add(text, "/");
		add(text, PICK(names));
	}
}

/* Wild patterns multiply into states: at most two stars, and short. */
static bool is_tame(const char *text)
{
	struct pattern_mistake mistake;
	size_t stars = 0, size = strlen(text);

	for (size_t i = 0; i < size; i++) {
		stars += text[i] == '*' || text[i] == '?';
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return stars <= 3 && size < 120 && !pattern_check(text, &mistake);
}

/* One more pattern; quoted for YAML. */
static void write_pattern(struct random_policy *p, FILE *out)
{
	char text[TEXT], wild[TEXT];

	if (p->pattern_count && (p->pattern_count == RANDOM_PATTERNS || !any(3))) {
		strcpy(text, p->patterns[any(p->pattern_count)]);
	} else {
		do {
			if (any(3))
				simple_pattern(wild);
			else
				random_pattern(wild);
			snprintf(text, sizeof(text), "%s%.*s", p->below, TEXT - 64, wild);
		} while (!is_tame(text));
		p->patterns[p->pattern_count++] = strdup(text);
	}
	fputc('"', out);
	for (const char *c = text; *c; c++)
		fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	fputc('"', out);
}

static void write_patterns(struct random_policy *p, FILE *out, uint32_t most)
{
	uint32_t n = 1 + any(most);

	fputc('[', out);
	while (n--) {
		write_pattern(p, out);
		fputs(n ? ", " : "]", out);
	}
}

/* Each name with the same chance; an empty list is one too. */
static void write_some(FILE *out, const char *const *names, uint32_t count, uint32_t one_in)
{
	bool some = false;

	fputc('[', out);
	for (uint32_t i = 0; i < count; i++) {
		if (any(one_in))
			continue;
		fprintf(out, "%s%s", some ? ", " : "", names[i]);
		some = true;
	}
	fputs("]\n", out);
}

static void write_prefix(struct random_policy *p, FILE *out)
{
	bool ipv6 = any(2);
	uint32_t bytes = ipv6 ? 16 : 4, bits = any(bytes * 8 + 1);
	uint8_t address[16] = { 0 };

	for (uint32_t i = 0; i < bytes; i++)
		address[i] = any(2) ? (uint8_t)any(256) : (uint8_t)(any(2) * 10);
	if (p->prefix_count && any(2))		/* inside of another, at times */
		memcpy(address, p->prefixes[any(p->prefix_count)], bytes);
	for (uint32_t bit = bits; bit < bytes * 8; bit++)
		address[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	if (p->prefix_count < RANDOM_PREFIXES)
		memcpy(p->prefixes[p->prefix_count++], address, sizeof(address));
	if (!ipv6) {
		fprintf(out, "%u.%u.%u.%u/%u", address[0], address[1], address[2], address[3], bits);
		return;
	}
	fputc('"', out);
	for (uint32_t i = 0; i < 16; i += 2)
		fprintf(out, "%s%x", i ? ":" : "", address[i] << 8 | address[i + 1]);
	fprintf(out, "/%u\"", bits);
}

static void write_ports(struct random_policy *p, FILE *out)
{
	uint32_t first = any(65536), last = any(3) ? first : first + any(65536 - first);

	if (p->port_count + 2 <= RANDOM_PORTS) {
		p->ports[p->port_count++] = (uint16_t)first;
		p->ports[p->port_count++] = (uint16_t)last;
	}
	fprintf(out, last > first ? "[\"%u-%u\"]" : "[%u]", first, last);
}

static void write_network(struct random_policy *p, FILE *out)
{
	static const char *const transports[] = { "tcp", "udp", "sctp" };
	uint32_t n = 1 + any(3), kept = any(3);

	fputs("{to: [", out);
	while (n--) {
		write_prefix(p, out);
		fputs(n ? ", " : "]", out);
	}
	for (uint32_t i = 0; i < 3; i++)
		if (i == kept || !any(3)) {
			fprintf(out, ", %s: ", transports[i]);
			write_ports(p, out);
		}
	fputs("}", out);
}

static void write_files(struct random_policy *p, FILE *out)
{
	for (uint32_t n = any(5); n--;) {
		fprintf(out, "      - {%s: [%s, %s], on: ", any(4) ? "allow" : "deny", PICK(right_names),
			PICK(right_names));
		write_patterns(p, out, 3);
		fprintf(out, "%s}\n", "");
	}
	if (!any(2))
		fprintf(out, "      - {%s: [read], on: [c%u]}\n", any(3) ? "allow" : "deny", any(2));
	if (!any(3))
		fprintf(out, "      - {deny: [write], on: [c%u], severity: special}\n", any(2));
}

static void write_role(struct random_policy *p, FILE *out, uint32_t role)
{
	static const char *const modes[] = { "enforce", "enforce", "audit", "learn", "disabled" };

	fprintf(out, "  r%u:\n    mode: %s\n    descriptors: %s\n", role, PICK(modes),
		any(3) ? "check" : "trust");
	if (role && any(2))
		fprintf(out, "    include: [r%u]\n", any(role));
	fputs("    files:\n      - {allow: [read], on: [c0]}\n", out);
	write_files(p, out);
	if (any(3))
		fprintf(out, "    network:\n      - connect: [n%u]\n      - bind: [n%u]\n", any(4), any(4));
	if (any(2)) {
		fputs("    families: ", out);
		write_some(out, family_names, COUNT(family_names), 4);
	}
	fputs("    capabilities: ", out);
	write_some(out, capability_names, COUNT(capability_names), 3);
	fputs("    privileges: ", out);
	write_some(out, privilege_names, COUNT(privilege_names), 4);
	if (any(2)) {
		fputs("    exec: {", out);
		write_pattern(p, out);
		fprintf(out, ": r%u}\n", any(p->roles));
	}
}

/* Users from 1000 on, units u0.service and on, programs. */
static void write_assignments(struct random_policy *p, FILE *out)
{
	fputs("assignments:\n", out);
	for (uint32_t i = 0; i < 12; i++)
		for (uint32_t role = 0; role < p->roles; role++)
			if (!any(4))
				fprintf(out, i % 2 ? "  - {subject: \"user:%u\", role: r%u}\n" :
					"  - {subject: \"unit:u%u.service\", role: r%u}\n",
					i % 2 ? 1000 + i : i, role);
	for (uint32_t n = *p->below ? 0 : any(3); n--;) {
		fputs("  - {subject: 'exe:", out);
		fprintf(out, "/prog%u/*', role: r%u}\n", n, any(p->roles));
	}
	fputs("  - {subject: \"user:1999\", role: r0}\n", out);
}

/* Some are mistaken (two patterns alike, disagreeing transitions): the model says so. */
static void random_policy_write(struct random_policy *p, FILE *out)
{
	p->roles = 2 + any(RANDOM_ROLES - 1);
	fputs("version: 1\nclasses:\n", out);
	for (uint32_t i = 0; i < 2; i++) {
		fprintf(out, "  c%u:\n    grade: %s\n    protect: %s\n    paths: ", i,
			any(2) ? "public" : "restricted", any(2) || *p->below ? "false" : "true");
		write_patterns(p, out, 3);
		fputc('\n', out);
	}
	fputs("networks:\n", out);
	for (uint32_t i = 0; i < 4; i++) {
		fprintf(out, "  n%u: ", i);
		write_network(p, out);
		fputc('\n', out);
	}
	fputs("roles:\n", out);
	for (uint32_t i = 0; i < p->roles; i++)
		write_role(p, out, i);
	if (!*p->below)
		fprintf(out, "defaults: {users: r%u, units: %s}\n", any(p->roles),
			any(2) ? "unconfined" : "r1");
	write_assignments(p, out);
}

static void random_policy_done(struct random_policy *p)
{
	for (uint32_t i = 0; i < p->pattern_count; i++)
		free(p->patterns[i]);
	*p = (struct random_policy){ .below = "" };
}

#endif
