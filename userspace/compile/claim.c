/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: what the policy says must come out so, asked of the image */
#include "compile/claim.h"

#include <string.h>

#include "compile/net.h"
#include "image/explain.h"
#include "image/host.h"
#include "image/question.h"

static const uint32_t operations[] = {
	[NETWORK_CONNECT] = BAILIWICK_NETOP_CONNECT,
	[NETWORK_BIND] = BAILIWICK_NETOP_BIND,
	[NETWORK_LISTEN] = BAILIWICK_NETOP_LISTEN,
	[NETWORK_ACCEPT] = BAILIWICK_NETOP_ACCEPT,
	[NETWORK_SEND] = BAILIWICK_NETOP_SEND,
	[NETWORK_RECEIVE] = BAILIWICK_NETOP_RECEIVE,
};

static struct question question_of(const struct claim *claim)
{
	struct question q = { .kind = QUESTION_FILE };

	switch (claim->kind) {
	case CLAIM_FILE:
		q.asked = 1u << claim->right;
		q.path = claim->path;
		q.path_size = strlen(claim->path);
		return q;
	case CLAIM_CAPABILITY:
		q.kind = QUESTION_CAPABILITY;
		q.number = claim->capability;
		return q;
	case CLAIM_NETWORK:
		break;
	}
	q.kind = QUESTION_NETWORK;
	q.asked = operations[claim->operation];
	q.endpoint.transport = net_transport(claim->protocol);
	q.endpoint.port = claim->port;
	q.endpoint.ipv6 = claim->address.family == 6;
	memcpy(q.endpoint.address, claim->address.bytes, sizeof(q.endpoint.address));
	return q;
}

/* The place of a line of the image in the sources it was made from. */
static struct location place_of(const struct policy *policy, const struct explain_line *line)
{
	struct location at = { .line = line->line, .column = 1, .length = 1 };
	size_t size;

	for (size_t i = 0; i < policy->source_count; i++) {
		const char *text;

		if (strcmp(policy->sources[i]->name, line->file) != 0)
			continue;
		at.source = policy->sources[i];
		text = source_line(at.source, line->line, &size);
		at.column += (uint32_t)strspn(text, " -");
	}
	return at;
}

static void note_line(const struct policy *policy, struct diag *diag,
		      const struct explain_line *line)
{
	struct location at = place_of(policy, line);

	if (*line->pattern)
		diag_note(diag, at.source ? &at : NULL, "%s by this rule of role '%s' for %s%s%s",
			  line->deny ? "denied" : "allowed", line->role, line->pattern,
			  *line->class_name ? ", class " : "", line->class_name);
	else
		diag_note(diag, at.source ? &at : NULL, "allowed by this rule of role '%s'%s%s",
			  line->role, *line->host ? " for the host " : "", line->host);
}

static int note_decision(const struct policy *policy, const struct image *image, uint32_t row,
			 const struct question *q, const struct answer *a, struct diag *diag)
{
	struct explanation why = { 0 };
	int r = 0;

	if (q->kind == QUESTION_FILE)
		r = explain_file(image, row, q->path, q->path_size, q->asked, &why);
	else if (q->kind == QUESTION_NETWORK && a->reason != BAILIWICK_REASON_FAMILY)
		r = explain_network(image, row, q->asked, &q->endpoint, &why);
	if (r < 0)
		return r;
	for (size_t i = 0; i < why.count; i++)
		note_line(policy, diag, &why.lines[i]);
	if (a->allowed && a->mode == BAILIWICK_MODE_DISABLED)
		diag_note(diag, NULL, "allowed because the role is disabled");
	else if (a->allowed && !why.count)
		diag_note(diag, NULL, "allowed to every role");
	else if (a->reason == BAILIWICK_REASON_FAMILY)
		diag_note(diag, NULL, "denied because the role does not have the address family");
	else if (!a->allowed && !why.count)
		diag_note(diag, NULL, q->kind == QUESTION_CAPABILITY ?
			  "denied because the role does not have the capability" :
			  "denied because no rule of the role allows it");
	return 0;
}

/* A name that a rule of the row allows with this operation and port; NULL when there is none */
static const char *find_host(const struct image *image, uint32_t row, const struct question *q)
{
	struct explanation why;
	const char *name;
	uint32_t at = 0;

	while ((name = host_next(image, &at)))
		if (!explain_host(image, row, q->asked, name, &q->endpoint, &why) && why.count)
			return name;
	return NULL;
}

/* The name that made a claim about an address fail, or may make it come true; NULL: none did */
static const char *blame_host(const struct image *image, uint32_t row, const struct question *q,
			      const struct answer *a)
{
	struct explanation why;

	if (q->kind != QUESTION_NETWORK || a->reason == BAILIWICK_REASON_FAMILY)
		return NULL;
	if (!a->allowed)
		return find_host(image, row, q);
	if (explain_network(image, row, q->asked, &q->endpoint, &why))
		return NULL;
	for (size_t i = 0; i < why.count; i++)
		if (!*why.lines[i].host)
			return NULL;
	return why.count ? why.lines[0].host : NULL;
}

static int check_claim(const struct policy *policy, const struct image *image, uint32_t row,
		       const struct claim *claim, enum compile_hosts hosts, struct diag *diag)
{
	struct question q = question_of(claim);
	const char *host = NULL;
	struct answer a;
	int r;

	question_ask(image, row, &q, &a);
	if (a.allowed == claim->can)
		return 0;
	if (hosts != COMPILE_HOSTS_NEEDED)
		host = blame_host(image, row, &q, &a);
	if (host && hosts == COMPILE_HOSTS_UNASKED)
		return diag_remark(diag, &claim->at, "this claim hangs on the addresses of '%s': it is "
				   "judged when the policy is applied", host);
	/* what DNS says later must not keep an image from being made */
	if (host)
		return diag_warning(diag, &claim->at, "this claim does not hold now, because of the "
				    "addresses of '%s'", host);
	diag_error(diag, &claim->at, "this claim does not hold: the policy %s it",
		   a.allowed ? "allows" : "denies");
	r = note_decision(policy, image, row, &q, &a, diag);
	return r < 0 ? r : 1;
}

int claims_check(const struct policy *policy, const struct image *image, enum compile_hosts hosts,
		 struct diag *diag)
{
	int failed = 0;

	for (size_t i = 0; i < policy->role_count; i++) {
		const struct role *role = policy->roles[i];

		for (size_t k = 0; k < role->claim_count; k++) {
			int r = check_claim(policy, image, BAILIWICK_ROW_FIRST + role->index,
					    &role->claims[k], hosts, diag);

			if (r < 0)
				return r;
			failed |= r;
		}
	}
	return failed;
}
