// SPDX-License-Identifier: Apache-2.0
/* Claims: what must come out so when the policy is asked */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/suggest.h"
#include "model/build.h"
#include "model/expect.h"
#include "model/pattern.h"

static const struct word protocols[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP },
};

/**
 * struct reading - a claim's text while it is read
 * @at:	byte that comes next
 */
struct reading {
	struct build *build;
	const struct node *node;
	struct claim *claim;
	size_t at;
};

/* Report at a part of the text */
static int wrong(struct reading *reading, size_t from, size_t length, const char *text)
{
	struct location at = place_part(reading->build, reading->node, from, length);

	diag_error(reading->build->diag, &at, "%s", text);
	return 0;
}

/* The next word, NUL-terminated in @ret; its length is cut to what fits */
static size_t next_word(struct reading *reading, char ret[32])
{
	const char *text = reading->node->text + reading->at;
	size_t length = strcspn(text, " "), kept = length < 31 ? length : 31;

	memcpy(ret, text, kept);
	ret[kept] = '\0';
	reading->at += length;
	reading->at += strspn(text + length, " ");
	return length;
}

static int read_path(struct reading *reading)
{
	const char *path = reading->node->text + reading->at;
	struct pattern_mistake bad;

	if (!*path)
		return wrong(reading, 0, reading->at, "a claim names an absolute path");
	if (pattern_check_path(path, &bad))
		return wrong(reading, reading->at + bad.offset, bad.length, bad.text);
	reading->claim->path = arena_text(reading->build->arena, path, strlen(path));
	return reading->claim->path ? 0 : -ENOMEM;
}

static int read_port(struct reading *reading, const char *text)
{
	size_t digits = strspn(text, "0123456789"), i;
	uint32_t port = 0;

	for (i = 0; i < digits && port <= UINT16_MAX; i++)
		port = port * 10 + (uint32_t)(text[i] - '0');
	if (!digits || text[digits] || port > UINT16_MAX)
		return wrong(reading, reading->at, strlen(reading->node->text) - reading->at,
			     "a claim about the network ends with one port");
	reading->claim->port = (uint16_t)port;
	return 0;
}

/* ADDRESS:PORT, [ADDRESS]:PORT for IPv6 */
static int read_endpoint(struct reading *reading)
{
	const char *text = reading->node->text + reading->at, *colon = strrchr(text, ':');
	char address[CIDR_TEXT_MAX];
	size_t length = colon ? (size_t)(colon - text) : 0;
	bool bracket = text[0] == '[';

	if (!colon || !length || length >= sizeof(address) || bracket != (text[length - 1] == ']'))
		return wrong(reading, reading->at, strlen(text),
			     "write ADDRESS:PORT, for IPv6 [ADDRESS]:PORT");
	memcpy(address, text + bracket, length - 2 * bracket);
	address[length - 2 * bracket] = '\0';
	if (strchr(address, '/') || cidr_parse(address, &reading->claim->address))
		return wrong(reading, reading->at, length, "this is not an IPv4 or IPv6 address");
	if (!bracket && strchr(address, ':'))
		return wrong(reading, reading->at, strlen(text), "write [ADDRESS]:PORT for IPv6");
	return read_port(reading, colon + 1);
}

static const struct word operations[] = {
	{ "connect", NETWORK_CONNECT }, { "bind", NETWORK_BIND }, { "listen", NETWORK_LISTEN },
	{ "accept", NETWORK_ACCEPT }, { "send", NETWORK_SEND }, { "receive", NETWORK_RECEIVE },
};

static const struct word *find_operation(const char *text)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].text, text))
			return &operations[i];
	return NULL;
}

static int read_network(struct reading *reading, enum network_operation operation)
{
	size_t start = reading->at, i;
	char word[32];

	reading->claim->kind = CLAIM_NETWORK;
	reading->claim->operation = operation;
	next_word(reading, word);
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!strcmp(protocols[i].text, word))
			reading->claim->protocol = (uint8_t)protocols[i].value;
	if (!reading->claim->protocol)
		return wrong(reading, start, strlen(word), "a claim about the network names tcp, "
			     "udp or sctp");
	return read_endpoint(reading);
}

static int read_capability(struct reading *reading)
{
	size_t start = reading->at;
	const struct word *found;
	char word[32];

	reading->claim->kind = CLAIM_CAPABILITY;
	next_word(reading, word);
	found = vocabulary_find(&vocabulary_capabilities, word);
	if (!found || reading->node->text[reading->at]) {
		wrong(reading, start, strlen(reading->node->text) - start, "unknown capability");
		did_you_mean(reading->build, vocabulary_suggest(&vocabulary_capabilities, word));
		return 0;
	}
	reading->claim->capability = (uint8_t)found->value;
	return 0;
}

static int report_action(struct reading *reading, const char *word, size_t length)
{
	const char *meant = vocabulary_suggest(&vocabulary_rights, word);
	struct suggest suggest;

	wrong(reading, 0, length, "a claim starts with a right, connect, bind or capability");
	if (!meant) {
		suggest_init(&suggest, word);
		suggest_offer(&suggest, "bind");
		suggest_offer(&suggest, "capability");
		meant = suggest.best;
	}
	did_you_mean(reading->build, meant);
	return 0;
}

static int read_claim(struct reading *reading)
{
	const struct word *right;
	char word[32];
	size_t length = next_word(reading, word);
	const struct word *operation = find_operation(word);
	char first = reading->node->text[reading->at];

	/* connect to a path or an abstract name is a right on a unix socket */
	if (operation && first != '/' && first != '@')
		return read_network(reading, (enum network_operation)operation->value);
	if (!strcmp(word, "capability"))
		return read_capability(reading);
	right = vocabulary_find(&vocabulary_rights, word);
	if (!right)
		return report_action(reading, word, length);
	reading->claim->kind = CLAIM_FILE;
	reading->claim->right = (uint8_t)right->value;
	return read_path(reading);
}

static int take_text(struct build *build, struct claim *claim, const struct node *node)
{
	const char *text = expect_text(build, node, "a claim");
	struct reading reading = { .build = build, .node = node, .claim = claim };

	if (!text)
		return 0;
	claim->at = place(build, node);
	claim->text = arena_text(build->arena, text, strlen(text));
	return claim->text ? read_claim(&reading) : -ENOMEM;
}

static int take_can(struct build *build, void *thing, const struct node *node)
{
	struct claim *claim = thing;

	claim->can = true;
	return take_text(build, claim, node);
}

static int take_cannot(struct build *build, void *thing, const struct node *node)
{
	return take_text(build, thing, node);
}

int take_claims(struct build *build, void *role_draft, const struct node *node)
{
	static const struct key keys[] = {
		{ "can", take_can },
		{ "cannot", take_cannot },
	};
	struct elements elements = expect_list(build, node, "'claims'");
	struct role_draft *draft = role_draft;
	struct claim *claims;
	size_t i;
	int r = 0;

	claims = arena_array(build->arena, elements.count, sizeof(*claims));
	if (!claims)
		return -ENOMEM;
	for (i = 0; i < elements.count && !r; i++) {
		const struct node *item = &elements.items[i];

		if (item->kind == NODE_MAPPING && item->count != 1)
			r = mistake(build, item, "a claim is either 'can' or 'cannot', one each");
		else
			r = expect_mapping(build, item, "a claim", keys,
					   sizeof(keys) / sizeof(keys[0]), &claims[i]);
	}
	draft->role->claims = claims;
	draft->role->claim_count = elements.count;
	return r;
}
