/* SPDX-License-Identifier: Apache-2.0 */
/* A policy while it is built: what the files of this folder share */
#ifndef BAILIWICK_MODEL_BUILD_H
#define BAILIWICK_MODEL_BUILD_H

#include "base/arena.h"
#include "base/strmap.h"
#include "diag/diag.h"
#include "model/limits.h"
#include "model/policy.h"
#include "parse/doc.h"

/*
 * How the functions of this folder answer: 0 means go on, also when a mistake
 * was reported (all mistakes are wanted, and a policy with mistakes is thrown
 * away at the end); a negative errno ends everything. What a mistake leaves
 * unset is NULL or zero, so later steps look before they follow a pointer.
 */

/** struct draft - a name that was declared, and where its body is */
struct draft {
	const struct doc *doc;
	const struct node *key;
	const struct node *body;	/* may be NODE_NULL, which was reported then */
	char *name;			/* lives as long as the policy */
	void *thing;			/* struct class, network or role */
};

/** struct drafts - all of one kind, by name and in order */
struct drafts {
	struct strmap by_name;		/* to struct draft; pointers stay valid */
	struct draft **list;
	size_t count;
	size_t capacity;
};

/**
 * struct role_draft - what a role says itself, before includes are folded in
 * @stated_families:	families: was written
 * @visit:	stamp of the last walk over includes that came by
 */
struct role_draft {
	struct role *role;
	struct file_rule *files;
	size_t file_count;
	struct network_rule *network;
	size_t network_count;
	struct transition *exec;
	size_t exec_count;
	bool stated_families;
	uint64_t families;
	uint64_t capabilities;
	uint64_t privileges;
	uint32_t visit;
	uint8_t state;
};

/**
 * struct build - the whole state
 * @doc:	the document whose nodes are looked at
 * @docs:	all documents, in order
 * @role_drafts:	parallel to policy->roles
 * @rule_count:	file rules so far, against RULES_MAX
 * @errors_before:	mistakes the diag had when the building began
 * @host_count:	host names so far, against HOSTS_MAX
 * @flat_count:	the same with includes folded in, against FLAT_RULES_MAX
 */
struct build {
	struct policy *policy;
	struct arena *arena;
	struct diag *diag;
	const struct doc *doc;
	struct doc **docs;
	size_t doc_count;
	struct drafts classes;
	struct drafts networks;
	struct drafts roles;
	struct role_draft *role_drafts;
	size_t rule_count;
	size_t flat_count;
	size_t host_count;
	struct host_use *last_host;
	size_t errors_before;
};

/* model/declare.c: names first, so that bodies can refer to each other */
int declare_all(struct build *build);
void drafts_done(struct drafts *drafts);

/* model/class.c, model/network.c: the bodies of what was declared */
int build_classes(struct build *build);
int build_networks(struct build *build);

/** build_network_body() - fill a network from {to: …, tcp: …}, named or inline */
int build_network_body(struct build *build, const struct node *body, struct network *network);

/** take_host() - an element of `to:` that is no address: a host name, model/host.c */
int take_host(struct build *build, const struct node *node, struct peer *ret);

/* model/role.c: bodies of roles; model/include.c: what they include */
int build_roles(struct build *build);
int resolve_includes(struct build *build);

/* model/filerule.c, model/netrule.c, model/claim.c: parts of a role's body */
int take_files(struct build *build, void *role_draft, const struct node *node);
int take_network(struct build *build, void *role_draft, const struct node *node);
int take_claims(struct build *build, void *role_draft, const struct node *node);

/* model/assignment.c: who holds which role */
int build_defaults(struct build *build);
int build_assignments(struct build *build);

/** build_role_ref() - a role's name, or unconfined, or none */
int build_role_ref(struct build *build, const struct node *node, struct role_ref *ret);

/** build_pattern() - a path pattern; mistakes in it are reported, ret->text is NULL then */
int build_pattern(struct build *build, const struct node *node, size_t skip, struct pattern *ret);

/** build_object_pattern() - the same, or one of abstract names of local sockets: '@' first */
int build_object_pattern(struct build *build, const struct node *node, struct pattern *ret);

#endif
