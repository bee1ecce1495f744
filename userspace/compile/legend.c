/* SPDX-License-Identifier: Apache-2.0 */
/* The sections for people: roles, rules, networks and classes, with their places */
#include "compile/legend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "compile/array.h"
#include "compile/host.h"
#include "compile/lower.h"
#include "compile/net.h"

/* Networks met so far, in the order in which they are written. */
struct written {
	const struct network **list;
	size_t count, capacity;
	uint32_t prefixes, ports;
};

static void written_done(struct written *written)
{
	free(written->list);
}

static uint32_t file_of(struct lowering *l, const struct location *at)
{
	return image_writer_string(&l->writer, at->source ? at->source->name : NULL);
}

static int write_classes(struct lowering *l)
{
	struct bailiwick_class record = { 0 };
	int r = image_writer_add(&l->writer, BAILIWICK_SECTION_CLASS, &record, sizeof(record));

	for (size_t i = 0; i < l->policy->class_count && !r; i++) {
		const struct class *class = l->policy->classes[i];

		record = (struct bailiwick_class){
			.name = image_writer_string(&l->writer, class->name),
			.grade = class->grade,
			.protect = class->protect,
			.severity = class->severity_given ? class->severity + 1u : 0,
		};
		r = image_writer_add(&l->writer, BAILIWICK_SECTION_CLASS, &record, sizeof(record));
	}
	return r;
}

static int write_rule(struct lowering *l, const struct file_rule *rule, const char *pattern,
		      const struct class *class, uint32_t *count)
{
	struct bailiwick_rule record = {
		.deny = rule->deny,
		.rights = rule->rights,
		.pattern = image_writer_string(&l->writer, pattern),
		.severity = rule->severity_given ? rule->severity : ~0u,
		.message = image_writer_string(&l->writer, rule->message),
		.reason = image_writer_string(&l->writer, rule->reason),
		.file = file_of(l, &rule->at),
		.line = rule->at.line,
	};

	if (record.rights & BAILIWICK_RIGHT_WRITE)
		record.rights |= BAILIWICK_RIGHT_APPEND;
	for (uint32_t i = 0; class && i < l->policy->class_count; i++)
		if (l->policy->classes[i] == class)
			record.class_index = i + 1;
	++*count;
	return image_writer_add(&l->writer, BAILIWICK_SECTION_RULE, &record, sizeof(record));
}

static int write_rules(struct lowering *l, const struct role *role, uint32_t *count)
{
	int r = 0;

	for (size_t i = 0; i < role->file_count && !r; i++) {
		const struct file_rule *rule = role->files[i];

		for (size_t k = 0; k < rule->on_count && !r; k++) {
			const struct target *on = &rule->on[k];

			if (on->pattern)
				r = write_rule(l, rule, on->pattern->text, NULL, count);
			for (size_t p = 0; on->class && p < on->class->path_count && !r; p++)
				r = write_rule(l, rule, on->class->paths[p].text, on->class, count);
		}
	}
	return r;
}

static int write_prefix(struct lowering *l, const struct cidr *cidr, const char *host)
{
	struct bailiwick_prefix record = {
		.family = cidr->family == 4 ? AF_INET : cidr->family == 6 ? AF_INET6 : 0,
		.bits = cidr->prefix,
		.host = image_writer_string(&l->writer, host),
	};

	memcpy(record.address, cidr->bytes, sizeof(record.address));
	return image_writer_add(&l->writer, BAILIWICK_SECTION_PREFIX, &record, sizeof(record));
}

/* A host name stands before its addresses, also when it has none */
static int write_prefixes(struct lowering *l, const struct network *network, uint32_t *count)
{
	static const struct cidr any[] = { { .family = 4 }, { .family = 6 } }, none;
	int r = 0;

	*count = 0;
	for (size_t i = 0; !network->peer_count && i < 2 && !r; i++, ++*count)
		r = write_prefix(l, &any[i], NULL);	/* ports alone: any address */
	for (size_t i = 0; i < network->peer_count && !r; i++) {
		const struct peer *peer = &network->peers[i];
		const struct cidr *cidr;
		size_t nets = host_nets(l->options, peer, &cidr);

		if (peer->host) {
			r = write_prefix(l, &none, peer->host);
			++*count;
		}
		for (; nets && !r; nets--, cidr++, ++*count)
			r = write_prefix(l, cidr, peer->host);
	}
	return r;
}

static int write_network(struct lowering *l, struct written *written, const struct network *network)
{
	struct bailiwick_network record = {
		.name = image_writer_string(&l->writer, network->name),
		.first_prefix = written->prefixes,
		.first_ports = written->ports,
		.ports_count = (uint32_t)network->port_count,
	};
	int r = write_prefixes(l, network, &record.prefix_count);

	written->prefixes += record.prefix_count;
	written->ports += record.ports_count;
	for (size_t i = 0; i < network->port_count && !r; i++) {
		struct bailiwick_ports ports = {
			.transport = net_transport(network->ports[i].protocol),
			.first = network->ports[i].low,
			.last = network->ports[i].high,
		};

		r = image_writer_add(&l->writer, BAILIWICK_SECTION_PORTS, &ports, sizeof(ports));
	}
	return r ? r : image_writer_add(&l->writer, BAILIWICK_SECTION_NETWORK, &record,
					sizeof(record));
}

/* The index of a network in the image; it is written when it is first met. */
static int network_index(struct lowering *l, struct written *written, const struct network *network,
			 uint32_t *ret)
{
	int r;

	for (*ret = 0; *ret < written->count; ++*ret)
		if (written->list[*ret] == network)
			return 0;
	r = array_grow(&written->list, written->count, &written->capacity, sizeof(*written->list));
	if (r < 0)
		return r;
	written->list[written->count++] = network;
	return write_network(l, written, network);
}

static int write_net_rules(struct lowering *l, struct written *written, const struct role *role)
{
	int r = 0;

	for (size_t i = 0; i < role->network_count && !r; i++) {
		const struct network_rule *rule = role->network[i];
		struct bailiwick_net_rule record = {
			.operations = net_operations(rule),
			.file = file_of(l, &rule->at),
			.line = rule->at.line,
		};

		r = network_index(l, written, rule->network, &record.network);
		if (!r)
			r = image_writer_add(&l->writer, BAILIWICK_SECTION_NET_RULE, &record,
					     sizeof(record));
	}
	return r;
}

int legend_write(struct lowering *l)
{
	_cleanup_(written_done) struct written written = { 0 };
	uint32_t rules = 0, net_rules = 0, unused;
	int r = write_classes(l);

	for (size_t i = 0; i < l->policy->network_count && !r; i++)
		r = network_index(l, &written, l->policy->networks[i], &unused);
	for (size_t i = 0; i < l->policy->role_count && !r; i++) {
		const struct role *role = l->policy->roles[i];
		struct bailiwick_role record = {
			.name = image_writer_string(&l->writer, role->name),
			.mode = role->mode,
			.first_rule = rules,
			.first_net_rule = net_rules,
			.net_rule_count = (uint32_t)role->network_count,
			.file = file_of(l, &role->at),
			.line = role->at.line,
		};

		r = write_rules(l, role, &rules);
		if (!r)
			r = write_net_rules(l, &written, role);
		record.rule_count = rules - record.first_rule;
		net_rules += record.net_rule_count;
		if (!r)
			r = image_writer_add(&l->writer, BAILIWICK_SECTION_ROLE, &record,
					     sizeof(record));
	}
	return r;
}
