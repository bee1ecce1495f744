/* SPDX-License-Identifier: Apache-2.0 */
/* The sections for people, held to what they claim */
#include "image/legend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct legend {
	const uint8_t *bytes;
	const struct bailiwick_section *section;
};

#define RECORDS(l, ID) ((const void *)((l)->bytes + (l)->section[BAILIWICK_SECTION_##ID].offset))
#define COUNT(l, ID) ((l)->section[BAILIWICK_SECTION_##ID].count)

static bool text_fits(const struct legend *l, uint32_t offset)
{
	return offset < COUNT(l, STRINGS);
}

static bool run_fits(uint32_t first, uint32_t count, uint32_t records)
{
	return (uint64_t)first + count <= records;
}

static const char *check_roles(const struct legend *l)
{
	const struct bailiwick_role *role = RECORDS(l, ROLE);

	for (uint32_t i = 0; i < COUNT(l, ROLE); i++, role++) {
		if (!text_fits(l, role->name) || !text_fits(l, role->file))
			return "string of a role out of range";
		if (role->mode >= BAILIWICK_MODE_COUNT)
			return "unknown mode of a role";
		if (!run_fits(role->first_rule, role->rule_count, COUNT(l, RULE)))
			return "rules of a role out of range";
		if (!run_fits(role->first_net_rule, role->net_rule_count, COUNT(l, NET_RULE)))
			return "network rules of a role out of range";
	}
	return NULL;
}

static const char *check_rules(const struct legend *l)
{
	const struct bailiwick_rule *rule = RECORDS(l, RULE);

	for (uint32_t i = 0; i < COUNT(l, RULE); i++, rule++) {
		if (!text_fits(l, rule->pattern) || !text_fits(l, rule->message) ||
		    !text_fits(l, rule->reason) || !text_fits(l, rule->file))
			return "string of a rule out of range";
		if (rule->deny > 1 || rule->rights & ~(uint32_t)BAILIWICK_RIGHTS_ALL ||
		    rule->reserved)
			return "unknown bits of a rule";
		if (rule->severity >= BAILIWICK_SEVERITY_COUNT && rule->severity != ~0u)
			return "unknown severity of a rule";
		if (rule->class_index >= COUNT(l, CLASS))
			return "class of a rule out of range";
	}
	return NULL;
}

static const char *check_networks(const struct legend *l)
{
	const struct bailiwick_network *network = RECORDS(l, NETWORK);
	const struct bailiwick_prefix *prefix = RECORDS(l, PREFIX);
	const struct bailiwick_ports *ports = RECORDS(l, PORTS);
	const struct bailiwick_net_rule *rule = RECORDS(l, NET_RULE);

	for (uint32_t i = 0; i < COUNT(l, NETWORK); i++, network++) {
		if (!text_fits(l, network->name) || network->reserved)
			return "string of a network out of range";
		if (!run_fits(network->first_prefix, network->prefix_count, COUNT(l, PREFIX)) ||
		    !run_fits(network->first_ports, network->ports_count, COUNT(l, PORTS)))
			return "prefixes or ports of a network out of range";
	}
	for (uint32_t i = 0; i < COUNT(l, PREFIX); i++, prefix++)
		if (!text_fits(l, prefix->host) ||
		    (!(prefix->family == AF_INET && prefix->bits <= 32) &&
		     !(prefix->family == AF_INET6 && prefix->bits <= 128) &&
		     !(!prefix->family && !prefix->bits && prefix->host)))
			return "a prefix that is none";
	for (uint32_t i = 0; i < COUNT(l, PORTS); i++, ports++)
		if (ports->transport >= BAILIWICK_TRANSPORT_COUNT || ports->first > ports->last)
			return "ports that are none";
	for (uint32_t i = 0; i < COUNT(l, NET_RULE); i++, rule++)
		if (rule->operations & ~(uint32_t)BAILIWICK_NETOPS_ALL ||
		    rule->network >= COUNT(l, NETWORK) || !text_fits(l, rule->file))
			return "a network rule out of range";
	return NULL;
}

static const char *check_names(const struct legend *l, uint32_t rows)
{
	const struct bailiwick_class *class = RECORDS(l, CLASS);
	const struct bailiwick_subject *subject = RECORDS(l, SUBJECT);

	if (!COUNT(l, CLASS))
		return "no class for objects without class";
	for (uint32_t i = 0; i < COUNT(l, CLASS); i++, class++)
		if (!text_fits(l, class->name) || class->grade >= BAILIWICK_GRADE_COUNT ||
		    class->protect > 1 || class->severity > BAILIWICK_SEVERITY_COUNT)
			return "a class out of range";
	for (uint32_t i = 0; i < COUNT(l, SUBJECT); i++, subject++)
		if (subject->kind == BAILIWICK_SUBJECT_NONE ||
		    subject->kind >= BAILIWICK_SUBJECT_COUNT || !text_fits(l, subject->name) ||
		    !text_fits(l, subject->role) || subject->row >= rows)
			return "a subject out of range";
	return NULL;
}

const char *legend_check(const void *bytes)
{
	const struct bailiwick_image_header *header = bytes;
	const struct legend l = { bytes, header->section };
	const char *why = check_roles(&l);

	why = why ? why : check_rules(&l);
	why = why ? why : check_networks(&l);
	return why ? why : check_names(&l, header->rows);
}
