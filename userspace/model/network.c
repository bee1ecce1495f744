// SPDX-License-Identifier: Apache-2.0
/* Networks: addresses and ports */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "model/build.h"
#include "model/expect.h"

/**
 * struct address_word - a word that stands for addresses
 * @nets:	what it is expanded to
 */
static const struct address_word {
	const char *text;
	struct cidr nets[2];
} address_words[] = {
	{ "any", { { .family = 4 }, { .family = 6 } } },
	{ "loopback", { { .family = 4, .prefix = 8, .bytes = { 127 } },
			{ .family = 6, .prefix = 128, .bytes = { [15] = 1 } } } },
};

static const struct address_word *find_address_word(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(address_words) / sizeof(address_words[0]); i++)
		if (!strcmp(address_words[i].text, text))
			return &address_words[i];
	return NULL;
}

static int report_address(struct build *build, const struct node *node, enum cidr_mistake wrong,
			  const struct cidr *net)
{
	char buf[CIDR_TEXT_MAX];
	const char *colon;
	int r;

	switch (wrong) {
	case CIDR_BAD_ADDRESS:
		r = mistake(build, node, "'%s' is not an IPv4 or IPv6 address", node->text);
		colon = strchr(node->text, ':');
		if (colon && !strchr(colon + 1, ':'))
			diag_note(build->diag, NULL, "ports stand under tcp, udp or sctp");
		return r;
	case CIDR_BAD_PREFIX:
		return mistake(build, node, "a '/' is followed by the number of bits that count");
	case CIDR_PREFIX_TOO_LONG:
		return mistake(build, node, "the prefix is longer than the address "
			       "(32 bits for IPv4, 128 for IPv6)");
	case CIDR_MAPPED_PREFIX:
		return mistake(build, node, "an IPv4-mapped address with a prefix shorter than 96 "
			       "names more than IPv4 addresses");
	default:
		r = mistake(build, node, "'%s' has bits behind its prefix", node->text);
		did_you_mean(build, cidr_format(net, buf));
		return r;
	}
}

static int take_peer(struct build *build, struct network *network, const struct node *node)
{
	const char *text = expect_text(build, node, "an address");
	const struct address_word *word = text ? find_address_word(text) : NULL;
	enum cidr_mistake wrong;
	struct cidr net;
	size_t i;

	if (!text)
		return 0;
	if (!word) {
		wrong = cidr_parse(text, &net);
		if (wrong == CIDR_NOT_AN_ADDRESS)
			return take_host(build, node, &network->peers[network->peer_count++]);
		if (wrong)
			return report_address(build, node, wrong, &net);
		network->peers[network->peer_count++] =
			(struct peer){ .at = place(build, node), .net = net };
		return 0;
	}
	for (i = 0; i < 2; i++)
		network->peers[network->peer_count++] =
			(struct peer){ .at = place(build, node), .net = word->nets[i] };
	return 0;
}

static int take_to(struct build *build, void *thing, const struct node *node)
{
	struct elements elements = expect_elements(node);
	struct network *network = thing;
	size_t i;
	int r = 0;

	/* An empty list must not become the "any local address" of a missing one */
	if (!expect_nonempty(build, node, elements, "'to'"))
		return 0;
	network->peers = arena_array(build->arena, 2 * elements.count, sizeof(*network->peers));
	if (!network->peers)
		return -ENOMEM;
	for (i = 0; i < elements.count && !r; i++)
		r = take_peer(build, network, &elements.items[i]);
	return r;
}

/* A port number at *@at; -1 if there is none, 65536 for everything that is too large */
static int32_t read_port(const char **at)
{
	int32_t port = 0;

	if (**at < '0' || **at > '9')
		return -1;
	for (; **at >= '0' && **at <= '9'; (*at)++)
		port = port > UINT16_MAX ? port : port * 10 + (**at - '0');
	return port > UINT16_MAX ? UINT16_MAX + 1 : port;
}

/* Read "80", "6432-6440" or "any"; reports and returns false for anything else */
static bool parse_ports(struct build *build, const struct node *node, const char *text,
			struct port_range *ret)
{
	const char *at = text;
	int32_t low, high;

	if (!strcmp(text, "any")) {
		ret->high = UINT16_MAX;
		return true;
	}
	low = high = read_port(&at);
	if (low >= 0 && *at == '-') {
		at++;
		high = read_port(&at);
	}
	if (low < 0 || high < 0 || *at) {
		mistake(build, node, "'%s' is not a port: write a number, a range like 6432-6440, "
			"or any", text);
		return false;
	}
	if (low > UINT16_MAX || high > UINT16_MAX) {
		mistake(build, node, "ports end at 65535");
		return false;
	}
	if (low > high) {
		mistake(build, node, "the range goes backwards");
		diag_note(build->diag, NULL, "did you mean '%d-%d'?", high, low);
		return false;
	}
	ret->low = (uint16_t)low;
	ret->high = (uint16_t)high;
	return true;
}

static int take_ports(struct build *build, struct network *network, const struct node *node,
		      const char *what, uint8_t protocol)
{
	struct elements elements = expect_elements(node);
	struct port_range *ports;
	const char *text;
	size_t i;

	if (!expect_nonempty(build, node, elements, what))
		return 0;
	/* What another protocol gave so far is carried along */
	ports = arena_array(build->arena, network->port_count + elements.count, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	if (network->port_count)
		memcpy(ports, network->ports, network->port_count * sizeof(*ports));
	network->ports = ports;
	for (i = 0; i < elements.count; i++) {
		struct port_range range = { .protocol = protocol };

		text = expect_text(build, &elements.items[i], "a port");
		if (!text || !parse_ports(build, &elements.items[i], text, &range))
			continue;
		range.at = place(build, &elements.items[i]);
		network->ports[network->port_count++] = range;
	}
	return 0;
}

static int take_tcp(struct build *build, void *thing, const struct node *node)
{
	return take_ports(build, thing, node, "'tcp'", IPPROTO_TCP);
}

static int take_udp(struct build *build, void *thing, const struct node *node)
{
	return take_ports(build, thing, node, "'udp'", IPPROTO_UDP);
}

static int take_sctp(struct build *build, void *thing, const struct node *node)
{
	return take_ports(build, thing, node, "'sctp'", IPPROTO_SCTP);
}

int build_network_body(struct build *build, const struct node *body, struct network *network)
{
	static const struct key keys[] = {
		{ "to", take_to },
		{ "tcp", take_tcp },
		{ "udp", take_udp },
		{ "sctp", take_sctp },
	};
	size_t errors = diag_errors(build->diag);
	int r;

	r = expect_mapping(build, body, "a network", keys, sizeof(keys) / sizeof(keys[0]),
			   network);
	if (r || !still_clean(build, errors))
		return r;
	if (find_value(body, "tcp") || find_value(body, "udp") || find_value(body, "sctp"))
		return 0;
	r = mistake(build, body, "a network without ports names no traffic");
	diag_note(build->diag, NULL, "add tcp, udp or sctp with the ports, or any");
	return r;
}

int build_networks(struct build *build)
{
	struct policy *policy = build->policy;
	size_t i;
	int r = 0;

	policy->network_count = build->networks.count;
	policy->networks = arena_array(build->arena, policy->network_count,
				       sizeof(struct network *));
	if (!policy->networks)
		return -ENOMEM;
	for (i = 0; i < policy->network_count && !r; i++) {
		struct draft *draft = build->networks.list[i];
		struct network *network = draft->thing;

		build->doc = draft->doc;
		policy->networks[i] = network;
		network->at = place(build, draft->key);
		network->name = draft->name;
		if (draft->body->kind != NODE_NULL)
			r = build_network_body(build, draft->body, network);
	}
	return r;
}
