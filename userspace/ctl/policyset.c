/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files read, checked and compiled by this program itself */
#include "ctl/policyset.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/arena.h"
#include "ctl/output.h"
#include "ctl/resolve.h"

void policyset_done(struct policyset *set)
{
	image_bytes_done(&set->image);
	set->policy = policy_free(set->policy);
	set->diag = diag_free(set->diag);
}

/* The exit code of the three kinds of answer that loading and compiling give */
static int code_of(int answer)
{
	if (answer > 0)
		return EX_DATAERR;
	if (answer == -ENOMEM)
		return out_of_memory();
	if (answer < 0) {
		complain("cannot read the policy: %s", strerror(-answer));
		return EX_OSERR;
	}
	return 0;
}

int policyset_load(struct policyset *set, const char *stage, char *const *paths, size_t n)
{
	set->diag = diag_new();
	if (!set->diag)
		return out_of_memory();
	if (stage)
		return code_of(policy_load_staged(stage, paths, n, set->diag, &set->policy));
	return code_of(policy_load(paths, n, set->diag, &set->policy));
}

int policyset_load_nothing(struct policyset *set)
{
	set->diag = diag_new();
	set->policy = calloc(1, sizeof(*set->policy));
	if (!set->diag || !set->policy)
		return out_of_memory();
	/* All zero is a policy without roles whose defaults are `unconfined`. */
	set->policy->arena = arena_new();
	return set->policy->arena ? 0 : out_of_memory();
}

static int user_of(void *data, const char *name, uint32_t *ret_uid)
{
	(void)data;
	return resolve_user(name, ret_uid);
}

struct member_list {
	uint32_t *uids;
	size_t count;
	size_t capacity;
};

static int add_member(void *context, uint32_t uid)
{
	struct member_list *list = context;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 16;
		uint32_t *uids = reallocarray(list->uids, capacity, sizeof(*uids));

		if (!uids)
			return -ENOMEM;
		list->uids = uids;
		list->capacity = capacity;
	}
	list->uids[list->count++] = uid;
	return 0;
}

static int members_of(void *data, const char *name, const uint32_t *gid, uint32_t **ret_uids,
		      size_t *ret_count)
{
	struct member_list list = { 0 };
	uint32_t id = gid ? *gid : 0;
	int answer = gid ? RESOLVE_FINE : resolve_group(name, &id);

	(void)data;
	if (answer == RESOLVE_FINE)
		answer = resolve_members(id, add_member, &list);
	if (answer) {
		free(list.uids);
		return answer;
	}
	*ret_uids = list.uids;
	*ret_count = list.count;
	return 0;
}

int policyset_build(struct policyset *set, struct compile_options *options)
{
	static const struct compile_resolver resolver = { .user = user_of, .group = members_of };

	options->resolver = &resolver;
	return code_of(policy_compile(set->policy, options, set->diag, &set->cost, &set->image));
}

int policyset_build_local(struct policyset *set, bool strict_users)
{
	struct compile_options options = {
		.version = 1,
		.created = (uint64_t)time(NULL),
		.strict_users = strict_users,
	};

	return policyset_build(set, &options);
}

void policyset_report(const struct policyset *set, bool json)
{
	if (set->diag)
		diag_print(set->diag, stderr, json ? DIAG_JSON : diag_form_for(stderr));
}

size_t policyset_rules(const struct policyset *set)
{
	size_t rules = 0, i, j;

	for (i = 0; i < set->policy->role_count; i++) {
		const struct role *role = set->policy->roles[i];

		/* Included rules were counted where they stand. */
		for (j = 0; j < role->file_count; j++)
			rules += role->files[j]->origin == role;
		for (j = 0; j < role->network_count; j++)
			rules += role->network[j]->origin == role;
	}
	return rules;
}
