// SPDX-License-Identifier: Apache-2.0
/* The network rules of a role */
#include <errno.h>
#include <stdint.h>

#include "base/suggest.h"
#include "model/build.h"
#include "model/expect.h"

static const struct draft *find_network(struct build *build, const struct node *node)
{
	const struct draft *draft = strmap_get(&build->networks.by_name, node->text);
	struct suggest suggest;
	size_t i;

	if (draft)
		return draft;
	mistake(build, node, "unknown network '%s'", node->text);
	suggest_init(&suggest, node->text);
	for (i = 0; i < build->networks.count && diag_keeps(build->diag); i++)
		suggest_offer(&suggest, build->networks.list[i]->name);
	if (suggest.best)
		did_you_mean(build, suggest.best);
	else
		diag_note(build->diag, NULL, "define it under 'networks', or write it here: "
			  "{to: [...], tcp: [...]}");
	return NULL;
}

/* The words of a rule, and what stands where a network goes with one */
static const struct {
	const char *key;
	bool outward;			/* the network is where somebody else is to be reached */
	bool local;			/* its addresses are this machine's */
} operations[] = {
	[NETWORK_CONNECT] = { "'connect'", .outward = true },
	[NETWORK_BIND] = { "'bind'", .local = true },
	[NETWORK_LISTEN] = { "'listen'", .local = true },
	[NETWORK_ACCEPT] = { "'accept'", .outward = false },
	[NETWORK_SEND] = { "'send'", .outward = true },
	[NETWORK_RECEIVE] = { "'receive'", .outward = false },
};

/* A connection goes somewhere, and to a port that exists */
static int check_outward(struct build *build, const struct node *node,
			 const struct node *body, const struct network *network,
			 enum network_operation operation)
{
	size_t i;
	int r;

	if (body->kind == NODE_MAPPING && !find_value(body, "to")) {
		r = mistake(build, node, operation == NETWORK_SEND ?
			    "a network to send to has 'to'" :
			    "a network to connect to has 'to'");
		if (network->name)
			diag_note(build->diag, &network->at, "defined here");
		diag_note(build->diag, NULL, "write 'to: [any]' for any address");
		return r;
	}
	for (i = 0; i < network->port_count; i++) {
		const struct port_range *ports = &network->ports[i];

		if (ports->low || ports->high == UINT16_MAX)
			continue;
		r = mistake(build, node, "port 0 is for bind alone: nothing listens on it");
		if (network->name)
			diag_note(build->diag, &ports->at, "port 0 is named here");
		return r;
	}
	return 0;
}

/* DNS must not say where this machine listens */
static void check_local(struct build *build, const struct node *node,
			const struct network *network, enum network_operation operation)
{
	for (size_t i = 0; i < network->peer_count; i++) {
		if (!network->peers[i].host)
			continue;
		mistake(build, node, "%s wants addresses of this machine, '%s' is a host name",
			operations[operation].key, network->peers[i].host);
		if (network->name)
			diag_note(build->diag, &network->peers[i].at, "named here");
		return;
	}
}

static int add_rule(struct build *build, struct role_draft *draft, const struct node *node,
		    enum network_operation operation)
{
	const struct draft *named;
	const struct node *body = node;
	struct network *network;
	int r = 0;

	if (node->kind == NODE_SCALAR) {
		named = find_network(build, node);
		if (!named)
			return 0;
		network = named->thing;
		body = named->body;
	} else {
		network = arena_alloc(build->arena, sizeof(*network));
		if (!network)
			return -ENOMEM;
		network->at = place(build, node);
		r = build_network_body(build, node, network);
	}
	if (!r && operations[operation].outward)
		r = check_outward(build, node, body, network, operation);
	else if (!r && operations[operation].local)
		check_local(build, node, network, operation);
	draft->network[draft->network_count++] = (struct network_rule){
		.at = place(build, node),
		.origin = draft->role,
		.operation = operation,
		.network = network,
	};
	return r;
}

static int take_operation(struct build *build, struct role_draft *draft, const struct node *node,
			  enum network_operation operation)
{
	struct elements elements = expect_elements(node);
	size_t i;
	int r = 0;

	if (!expect_nonempty(build, node, elements, operations[operation].key))
		return 0;
	for (i = 0; i < elements.count && !r; i++)
		r = add_rule(build, draft, &elements.items[i], operation);
	return r;
}

static int take_connect(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_CONNECT);
}

static int take_bind(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_BIND);
}

static int take_listen(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_LISTEN);
}

static int take_accept(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_ACCEPT);
}

static int take_send(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_SEND);
}

static int take_receive(struct build *build, void *thing, const struct node *node)
{
	return take_operation(build, thing, node, NETWORK_RECEIVE);
}

/* At most so many networks are named in these rules */
static size_t count_networks(struct elements rules)
{
	const struct node *value;
	size_t count = 0, i, j;

	for (i = 0; i < rules.count; i++) {
		const struct node *rule = &rules.items[i];

		for (j = 0; rule->kind == NODE_MAPPING && j < rule->count; j++) {
			value = &rule->items[2 * j + 1];
			count += expect_elements(value).count;
		}
	}
	return count;
}

int take_network(struct build *build, void *role_draft, const struct node *node)
{
	static const struct key keys[] = {
		{ "connect", take_connect },
		{ "bind", take_bind },
		{ "listen", take_listen },
		{ "accept", take_accept },
		{ "send", take_send },
		{ "receive", take_receive },
	};
	struct elements rules = expect_list(build, node, "'network'");
	struct role_draft *draft = role_draft;
	size_t i;
	int r = 0;

	draft->network = arena_array(build->arena, count_networks(rules),
				     sizeof(*draft->network));
	if (!draft->network)
		return -ENOMEM;
	for (i = 0; i < rules.count && !r; i++) {
		if (rules.items[i].kind == NODE_MAPPING && !rules.items[i].count)
			r = mistake(build, &rules.items[i],
				    "a network rule has connect, bind, listen, accept, send or "
				    "receive");
		else
			r = expect_mapping(build, &rules.items[i], "a network rule", keys,
					   sizeof(keys) / sizeof(keys[0]), draft);
	}
	return r;
}
