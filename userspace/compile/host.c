/* SPDX-License-Identifier: Apache-2.0 */
/* Host names: what they stand for in this compilation */
#include "compile/host.h"

#include <stdlib.h>
#include <string.h>

#include "compile/lower.h"

/* Names told one by one; of the others only their number */
#define TOLD_MAX 10

static int compare_name(const void *name, const void *answer)
{
	return strcmp(name, ((const struct compile_answer *)answer)->name);
}

static const struct compile_answer *find_answer(const struct compile_options *options,
						const char *name)
{
	if (!options->answer_count)
		return NULL;
	return bsearch(name, options->answers, options->answer_count, sizeof(*options->answers),
		       compare_name);
}

size_t host_nets(const struct compile_options *options, const struct peer *peer,
		 const struct cidr **ret)
{
	const struct compile_answer *answer;

	*ret = &peer->net;
	if (!peer->host)
		return 1;
	answer = find_answer(options, peer->host);
	if (!answer)
		return 0;
	*ret = answer->addresses;
	return answer->count;
}

static void tell(struct lowering *l, const struct host_use *use, const char *problem)
{
	if (l->options->hosts == COMPILE_HOSTS_NEEDED) {
		diag_error(l->diag, &use->at, "'%s' has no address: %s", use->name, problem);
		diag_note(l->diag, NULL, "names are absolute, search domains are not tried");
	} else if (l->options->hosts == COMPILE_HOSTS_KEPT) {
		diag_warning(l->diag, &use->at, "'%s' has no address and names nobody: %s",
			     use->name, problem);
	} else {
		diag_remark(l->diag, &use->at, "the controller looks '%s' up when the policy is "
			    "applied; it was not looked up here", use->name);
	}
}

static bool told_before(const struct policy *policy, const struct host_use *use)
{
	const struct host_use *other;

	for (other = policy->hosts; other != use; other = other->next)
		if (!strcmp(other->name, use->name))
			return true;
	return false;
}

int hosts_check(struct lowering *l)
{
	const struct host_use *use;
	size_t count = 0;

	for (use = l->policy->hosts; use; use = use->next) {
		const struct compile_answer *answer = find_answer(l->options, use->name);

		if ((answer && answer->count) || told_before(l->policy, use))
			continue;
		if (count++ < TOLD_MAX)
			tell(l, use, answer && answer->problem ? answer->problem : "not looked up yet");
	}
	if (count > TOLD_MAX)
		diag_note(l->diag, NULL, "and %zu more host names", count - TOLD_MAX);
	return count && l->options->hosts == COMPILE_HOSTS_NEEDED;
}
