/* SPDX-License-Identifier: Apache-2.0 */
/* A resolved policy lowered to an image */
#ifndef BAILIWICK_COMPILE_COMPILE_H
#define BAILIWICK_COMPILE_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag/diag.h"
#include "image/writer.h"
#include "model/policy.h"

/**
 * struct compile_resolver - how names of people become numbers
 * @user:	uid of a user; 0, a positive number when there is none, or a negative errno
 * @group:	uids of a group's members, those whose primary group it is too; @gid is
 *		set when the policy names the group by number, @name is that number then.
 *		*ret_uids is freed with free(). Returns as @user.
 * @data:	handed to both
 */
struct compile_resolver {
	int (*user)(void *data, const char *name, uint32_t *ret_uid);
	int (*group)(void *data, const char *name, const uint32_t *gid,
		     uint32_t **ret_uids, size_t *ret_count);
	void *data;
};

/**
 * struct compile_assignment - an assignment from outside the policy files
 * @subject:	"user:alice", "group:staff", "unit:x.service", "exe:/usr/bin/x"
 * @role:	a role of the policy, "none" or "unconfined"
 * @until:	seconds since the epoch, 0 without end
 */
struct compile_assignment {
	const char *subject;
	const char *role;
	int64_t until;
};

/**
 * struct compile_answer - what is known of a host name
 * @name:	as hostname_check() wants it; answers stand in the order of strcmp()
 * @addresses:	full prefixes in the order of cidr_compare(), none twice
 * @problem:	why there are none, for people; NULL when there are
 */
struct compile_answer {
	const char *name;
	const struct cidr *addresses;
	size_t count;
	const char *problem;
};

/* What a host name without addresses is; its `to:` names nobody in any case */
enum compile_hosts {
	COMPILE_HOSTS_UNASKED,		/* a remark: nobody looks names up here */
	COMPILE_HOSTS_KEPT,		/* a warning: the policy is in force already */
	COMPILE_HOSTS_NEEDED,		/* a mistake */
};

/**
 * struct compile_options - all that the policy itself does not say
 * @version:	of the image; not 0
 * @created:	now, seconds since the epoch; assignments whose `until` is not later
 *		have ended: they give nothing, but their subject stays confined
 * @resolver:	NULL for the system's users and groups
 * @extra:	further assignments
 * @revoked:	subjects that must hold `none` when nothing else binds them
 * @dropped:	assignments of the policy that no longer count (revoked by the
 *		controller); @until is not looked at, a NULL role is every role.
 *		Their subjects must hold `none` when nothing else binds them.
 * @answers:	of host names
 * @hosts:	whether a name may be without, and how claims that hang on names are judged
 * @strict_users: unknown users and groups are mistakes, otherwise warnings
 */
struct compile_options {
	uint64_t version;
	uint64_t created;
	const struct compile_resolver *resolver;
	const struct compile_assignment *extra;
	size_t extra_count;
	const char *const *revoked;
	size_t revoked_count;
	const struct compile_assignment *dropped;
	size_t dropped_count;
	const struct compile_answer *answers;
	size_t answer_count;
	enum compile_hosts hosts;
	bool strict_users;
};

/** struct compile_cost - what a compilation was about, for measurements */
struct compile_cost {
	uint32_t patterns;
	uint32_t nfa_nodes;
	uint32_t states_before;		/* before minimising */
	uint32_t states;
	uint32_t labels;
	uint32_t rows;
};

/**
 * policy_compile() - lower a policy and check its claims
 * @cost:	may be NULL
 * @ret:	the image; free it with image_bytes_done(); set only when 0 is returned
 *
 * Several roles on one subject are folded into one row: the union of what they
 * allow minus the union of what they deny, the strictest mode. `unconfined`
 * beside another role gives nothing.
 *
 * Return: 0; a positive number when mistakes were reported (a failed claim, a
 * limit that was passed, an unknown user); a negative errno on trouble.
 */
int policy_compile(const struct policy *policy, const struct compile_options *options,
		   struct diag *diag, struct compile_cost *cost, struct image_bytes *ret);

#endif
