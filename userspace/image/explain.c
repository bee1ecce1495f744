/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of the policy decided: found from the path, with a matcher of its own */
#include "image/explain.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "image/glob.h"
#include "image/question.h"

/* Roles of a row share the rules they include: each line once. */
static bool is_there(const struct explanation *e, const struct explain_line *line)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->lines[i].line == line->line && e->lines[i].file == line->file &&
		    e->lines[i].pattern == line->pattern && e->lines[i].network == line->network)
			return true;
	return false;
}

static void keep(struct explanation *e, const struct explain_line *line)
{
	if (is_there(e, line))
		return;
	if (e->count < EXPLAIN_MAX)
		e->lines[e->count++] = *line;
	else
		e->more++;
}

static void keep_rule(const struct image *image, const struct bailiwick_role *role, uint32_t index,
		      struct explanation *ret)
{
	const struct bailiwick_rule *rule = image_rule(image, index);
	const struct bailiwick_class *class = image_class(image, rule->class_index);
	const struct explain_line line = {
		.deny = rule->deny,
		.role = image_string(image, role->name),
		.pattern = image_string(image, rule->pattern),
		.class_name = class ? image_string(image, class->name) : "",
		.network = "",
		.host = "",
		.message = image_string(image, rule->message),
		.reason = image_string(image, rule->reason),
		.severity = rule->severity,
		.file = image_string(image, rule->file),
		.line = rule->line,
		.rule = index,
	};

	keep(ret, &line);
}

/* Most patterns differ before their first special character: look there first. */
static bool can_match(const char *pattern, const char *path, size_t size)
{
	size_t plain = strcspn(pattern, "*?[{\\"), n;

	if (!pattern[plain])		/* an exact path, or "/" */
		return plain == size ? !memcmp(pattern, path, size) : plain == 1 && !size;
	n = plain < size ? plain : size;
	return !memcmp(pattern, path, n);
}

static int explain_role(const struct image *image, uint32_t index, const char *path, size_t size,
			uint32_t rights, bool deny, struct explanation *ret)
{
	const struct bailiwick_role *role = image_role(image, index);

	for (uint32_t i = 0; role && i < role->rule_count; i++) {
		const struct bailiwick_rule *rule = image_rule(image, role->first_rule + i);
		const char *pattern;
		int r;

		if (!rule || rule->deny != deny || !(rule->rights & rights))
			continue;
		pattern = image_string(image, rule->pattern);
		if (!can_match(pattern, path, size))
			continue;
		r = glob_match(pattern, path, size);
		if (r == -ENOMEM)
			return r;
		if (r == 1)
			keep_rule(image, role, role->first_rule + i, ret);
	}
	return 0;
}

static int explain_row(const struct image *image, uint32_t row, const char *path, size_t size,
		       uint32_t rights, bool deny, struct explanation *ret)
{
	int r = 0;

	*ret = (struct explanation){ 0 };
	for (uint32_t i = 0; !r; i++) {
		uint32_t role = image_row_role(image, row, i);

		if (role == ~0u)
			break;
		r = explain_role(image, role, path, size, rights, deny, ret);
	}
	return r;
}

int explain_file(const struct image *image, uint32_t row, const char *path, size_t size,
		 uint32_t rights, struct explanation *ret)
{
	int r;

	if (size == 1 && *path == '/')
		size = 0;
	r = explain_row(image, row, path, size, rights, true, ret);
	return r || ret->count ? r : explain_row(image, row, path, size, rights, false, ret);
}

static bool prefix_holds(const struct bailiwick_prefix *prefix, const struct decide_endpoint *e)
{
	uint32_t bytes = prefix->bits / 8, rest = prefix->bits % 8;

	if (prefix->family != (e->ipv6 ? AF_INET6 : AF_INET) ||
	    memcmp(prefix->address, e->address, bytes) != 0)
		return false;
	return !rest || !((prefix->address[bytes] ^ e->address[bytes]) >> (8 - rest));
}

/* The element of `to:` that holds the address, or with @host the one that is this name */
static const struct bailiwick_prefix *find_prefix(const struct image *image,
						  const struct bailiwick_network *network,
						  const struct decide_endpoint *e, const char *host)
{
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, NULL);

	prefix += network->first_prefix;
	for (uint32_t i = 0; i < network->prefix_count; i++)
		if (host ? !prefix[i].family && !strcmp(image_string(image, prefix[i].host), host) :
			   prefix_holds(&prefix[i], e))
			return &prefix[i];
	return NULL;
}

static bool port_holds(const struct image *image, const struct bailiwick_network *network,
		       const struct decide_endpoint *e)
{
	const struct bailiwick_ports *ports = image_records(image, BAILIWICK_SECTION_PORTS, NULL);

	ports += network->first_ports;
	for (uint32_t i = 0; i < network->ports_count; i++)
		if (ports[i].transport == e->transport && e->port >= ports[i].first &&
		    e->port <= ports[i].last)
			return true;
	return false;
}

/* What is asked about: an address, or with @host a name */
struct net_asked {
	uint32_t operations;
	struct decide_endpoint endpoint;
	const char *host;
};

static void explain_net_rule(const struct image *image, const struct bailiwick_role *role,
			     uint32_t index, const struct net_asked *asked,
			     struct explanation *ret)
{
	const struct bailiwick_network *networks =
		image_records(image, BAILIWICK_SECTION_NETWORK, NULL);
	const struct bailiwick_net_rule *rules =
		image_records(image, BAILIWICK_SECTION_NET_RULE, NULL);
	const struct bailiwick_net_rule *rule = &rules[index];
	const struct bailiwick_network *network = &networks[rule->network];
	const struct bailiwick_prefix *prefix =
		find_prefix(image, network, &asked->endpoint, asked->host);
	struct explain_line line = {
		.role = image_string(image, role->name),
		.pattern = "",
		.class_name = "",
		.network = image_string(image, network->name),
		.message = "",
		.reason = "",
		.severity = ~0u,
		.file = image_string(image, rule->file),
		.line = rule->line,
		.rule = index,
	};
	/* Who serves a port accepts at it from every address. */
	bool whoever = rule->operations & BAILIWICK_NETOP_SERVE && !asked->host &&
		       asked->operations & BAILIWICK_NETOP_ACCEPT;

	if (!(rule->operations & asked->operations) || (!prefix && !whoever) ||
	    !port_holds(image, network, &asked->endpoint))
		return;
	line.host = prefix ? image_string(image, prefix->host) : "";
	keep(ret, &line);
}

static int explain_net(const struct image *image, uint32_t row, const struct net_asked *asked,
		       struct explanation *ret)
{
	*ret = (struct explanation){ 0 };
	for (uint32_t i = 0;; i++) {
		const struct bailiwick_role *role = image_role(image, image_row_role(image, row, i));

		if (!role)
			return 0;
		for (uint32_t k = 0; k < role->net_rule_count; k++)
			explain_net_rule(image, role, role->first_net_rule + k, asked, ret);
	}
}

int explain_network(const struct image *image, uint32_t row, uint32_t operations,
		    const struct decide_endpoint *endpoint, struct explanation *ret)
{
	struct net_asked asked = { .operations = operations, .endpoint = *endpoint };

	endpoint_unmap(&asked.endpoint);
	return explain_net(image, row, &asked, ret);
}

int explain_host(const struct image *image, uint32_t row, uint32_t operations, const char *host,
		 const struct decide_endpoint *endpoint, struct explanation *ret)
{
	struct net_asked asked = {
		.operations = operations, .endpoint = *endpoint, .host = host,
	};

	return explain_net(image, row, &asked, ret);
}

uint32_t explain_path_class(const struct image *image, const char *path, size_t size)
{
	const struct bailiwick_label *label = image_label(image, question_label(image, path, size));

	return label ? label->class_index : 0;
}
