// SPDX-License-Identifier: Apache-2.0
/* A policy set: files in, a resolved policy out */
#include "model/policy.h"

#include <bailiwick/vocab.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/build.h"
#include "model/fileset.h"

struct policy *policy_free(struct policy *policy)
{
	size_t i;

	if (!policy)
		return NULL;
	for (i = 0; i < policy->source_count; i++)
		source_free(policy->sources[i]);
	free(policy->sources);
	arena_free(policy->arena);
	free(policy);
	return NULL;
}

const struct role *policy_find_role(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->role_count; i++)
		if (!strcmp(policy->roles[i]->name, name))
			return policy->roles[i];
	return NULL;
}

static int gather_files(const char *stage, char *const *paths, size_t n, struct diag *diag,
			struct fileset *set)
{
	size_t i;
	int r = 0;

	if (!n)
		return diag_error(diag, NULL, "no policy file given");
	for (i = 0; i < n; i++) {
		int one = stage ? fileset_add_file(set, paths[i], diag) :
				  fileset_add(set, paths[i], diag);

		if (one < 0)
			return one;
		r = r ? r : one;
	}
	return r;
}

/* Read and parse one file; the policy takes the source, the build the document */
static int read_file(struct build *build, const char *stage, const char *path)
{
	_cleanup_free_ char *staged = NULL;
	struct source *source = NULL;
	int r;

	if (stage && asprintf(&staged, "%s/%s", stage, path) < 0)
		return -ENOMEM;
	r = doc_open_named(stage ? staged : path, path, build->diag, &source);
	if (r)
		return r;
	build->policy->sources[build->policy->source_count++] = source;
	r = doc_parse(source, build->diag, &build->docs[build->doc_count]);
	if (!r)
		build->doc_count++;
	return r;
}

/* All files are read, also behind one with mistakes */
static int read_files(struct build *build, const char *stage, const struct fileset *set)
{
	size_t i;
	int r = 0;

	build->policy->sources = calloc(set->count + 1, sizeof(struct source *));
	build->docs = calloc(set->count + 1, sizeof(struct doc *));
	if (!build->policy->sources || !build->docs)
		return -ENOMEM;
	for (i = 0; i < set->count; i++) {
		int one = read_file(build, stage, set->paths[i]);

		if (one < 0)
			return one;
		r = r ? r : one;
	}
	return r;
}

static bool sees_disks(const struct assignment *a)
{
	return a->kind == SUBJECT_UNIT && !strcmp(a->name, "systemd-udevd.service") &&
	       a->role.kind == ROLE_NAMED &&
	       a->role.role->privileges & BAILIWICK_PRIVILEGE_RAW_DEVICE;
}

/* What is closed without a role while a class is protected, and most machines need */
static int warn_of_disks(struct build *build)
{
	const struct policy *policy = build->policy;
	size_t class = 0, i;

	while (class < policy->class_count && !policy->classes[class]->protect)
		class++;
	for (i = 0; i < policy->assignment_count; i++)
		if (sees_disks(&policy->assignments[i]))
			return 0;
	if (class == policy->class_count)
		return 0;
	diag_warning(build->diag, &policy->classes[class]->at, "class '%s' is protected, and "
		     "systemd-udevd has no role with the privilege raw-device: it will not find out "
		     "what is on disks in use", policy->classes[class]->name);
	diag_note(build->diag, NULL, "services/udev.yaml gives it one");
	return 0;
}

/* Names first, then what they mean, then how it fits together */
static int build_all(struct build *build)
{
	static int (*const steps[])(struct build *build) = {
		declare_all, build_classes, build_networks, build_roles,
		resolve_includes, build_defaults, build_assignments, warn_of_disks,
	};
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !r; i++)
		r = steps[i](build);
	return r;
}

static void build_done(struct build *build)
{
	size_t i;

	for (i = 0; i < build->doc_count; i++)
		doc_free(build->docs[i]);
	free(build->docs);
	drafts_done(&build->classes);
	drafts_done(&build->networks);
	drafts_done(&build->roles);
}

static struct policy *policy_new(void)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->arena = arena_new();
	return policy->arena ? policy : policy_free(policy);
}

int policy_load_staged(const char *stage, char *const *paths, size_t n, struct diag *diag,
		       struct policy **ret)
{
	_cleanup_(fileset_done) struct fileset set = { 0 };
	struct build build = { .diag = diag, .errors_before = diag_errors(diag) };
	int r;

	build.policy = policy_new();
	if (!build.policy)
		return -ENOMEM;
	build.arena = build.policy->arena;
	r = gather_files(stage, paths, n, diag, &set);
	if (!r)
		r = read_files(&build, stage, &set);
	if (!r)
		r = build_all(&build);
	if (!r && diag_errors(diag) != build.errors_before)
		r = 1;
	build_done(&build);
	if (r)
		policy_free(build.policy);
	else
		*ret = build.policy;
	return r;
}

int policy_load(char *const *paths, size_t n, struct diag *diag, struct policy **ret)
{
	return policy_load_staged(NULL, paths, n, diag, ret);
}
