// SPDX-License-Identifier: Apache-2.0
/* Host names in `to:` */
#include <errno.h>
#include <string.h>

#include "base/hostname.h"
#include "base/suggest.h"
#include "model/build.h"
#include "model/expect.h"

static void report(struct build *build, const struct node *node, const char *text, size_t offset,
		   const char *more)
{
	struct location at = place_part(build, node, offset, 1);

	diag_error(build->diag, &at, "'%s' is neither an address nor a host name: %s", node->text,
		   text);
	diag_note(build->diag, NULL, "%s", more ? more :
		  "'to' takes addresses, CIDRs, any, loopback and host names");
}

static void report_letters(struct build *build, const struct node *node)
{
	char ascii[HOSTNAME_MAX];

	mistake(build, node, "'%s' has letters that DNS does not know", node->text);
	if (hostname_ascii(node->text, ascii))
		did_you_mean(build, ascii);
	else
		diag_note(build->diag, NULL, "write its ASCII form, the one with xn--");
}

static void report_host(struct build *build, const struct node *node, enum hostname_mistake wrong,
			size_t offset)
{
	switch (wrong) {
	case HOSTNAME_NOT_ASCII:
		report_letters(build, node);
		return;
	case HOSTNAME_WILDCARD:
		report(build, node, "no wildcards", offset, "a host name stands for the addresses DNS "
		       "gives for it, and DNS lists no names; name each host, or write a CIDR");
		return;
	case HOSTNAME_NUMBER:
		report(build, node, "the last part of a name is no number", offset,
		       "write an IPv4 address as four decimal numbers");
		return;
	case HOSTNAME_LOCAL:
		mistake(build, node, "'%s' is this machine", node->text);
		did_you_mean(build, "loopback");
		return;
	case HOSTNAME_TOO_LONG:
		report(build, node, "longer than 253 bytes", offset, NULL);
		return;
	case HOSTNAME_LABEL_TOO_LONG:
		report(build, node, "a part longer than 63 bytes", offset, NULL);
		return;
	case HOSTNAME_HYPHEN:
		report(build, node, "a part begins or ends with '-'", offset, NULL);
		return;
	case HOSTNAME_EMPTY_LABEL:
		report(build, node, "an empty part", offset, NULL);
		return;
	default:
		report(build, node, "this character is not allowed", offset,
		       node->text[offset] == '/' ? "a host name has no prefix" : NULL);
	}
}

/* One word may be another thing that was meant */
static bool check_word(struct build *build, const struct node *node, const char *name)
{
	struct location at = place(build, node);
	struct suggest suggest;

	if (strchr(name, '.'))
		return true;
	if (strmap_get(&build->networks.by_name, node->text)) {
		mistake(build, node, "'%s' is a network of this policy, not an address", node->text);
		diag_note(build->diag, NULL, "networks are not nested: name both in the rule");
		return false;
	}
	diag_warning(build->diag, &at, "'%s' is taken for a host name as it stands: search domains "
		     "are not tried", node->text);
	suggest_init(&suggest, name);
	suggest_offer(&suggest, "any");
	suggest_offer(&suggest, "loopback");
	if (suggest.best)
		did_you_mean(build, suggest.best);
	return true;
}

static int remember(struct build *build, const struct node *node, const char *name)
{
	struct host_use *use = arena_alloc(build->arena, sizeof(*use));

	if (!use)
		return -ENOMEM;
	*use = (struct host_use){ .at = place(build, node), .name = name };
	if (build->last_host)
		build->last_host->next = use;
	else
		build->policy->hosts = use;
	build->last_host = use;
	return 0;
}

int take_host(struct build *build, const struct node *node, struct peer *ret)
{
	char name[HOSTNAME_MAX];
	size_t offset;
	enum hostname_mistake wrong = hostname_check(node->text, name, &offset);

	if (wrong) {
		report_host(build, node, wrong, offset);
		return 0;
	}
	if (!check_word(build, node, name))
		return 0;
	if (build->host_count++ == HOSTS_MAX)
		return mistake(build, node, "more than %d host names (HOSTS_MAX)", HOSTS_MAX);
	if (build->host_count > HOSTS_MAX)
		return 0;
	ret->at = place(build, node);
	ret->host = arena_text(build->arena, name, strlen(name));
	return ret->host ? remember(build, node, ret->host) : -ENOMEM;
}
