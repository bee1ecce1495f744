/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation against every right: it works where its rights are held, and only there. */
#ifndef MATRIX_H
#define MATRIX_H

#include <bailiwick/vocab.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 * One variant per right R of the vocabulary.  An operation that needs the set N:
 *
 *   /srv/bw/no-R/    all rights allowed, R denied     works if R is not in N
 *   /srv/bw/only-R/  R allowed, the default denies    works if N is nothing but R
 *
 * So an operation that forgets one of its rights works in a no-R it should not,
 * and one that asks for a right it does not need fails in a no-R it should not.
 */
struct operation {
	unsigned int needs;				/* BAILIWICK_RIGHT_* */
	unsigned int or_else;				/* does as well; 0 nothing does */
	void (*prepare)(const char *directory);		/* by unconfined root */
	act_fn *act;					/* act->path: the directory */
	/* The effect, as an outsider sees it: not what the system call said. */
	bool (*happened)(const char *directory, const struct act *act);
};

static bool matrix_holds(const struct operation *operation, unsigned int rights)
{
	return !(operation->needs & ~rights) ||
	       (operation->or_else && !(operation->or_else & ~rights));
}

#define R(name) BAILIWICK_RIGHT_##name

FIXTURE(right)
{
	struct actor *clerk;
};

FIXTURE_VARIANT(right)
{
	unsigned int bit;
	const char *name;
};

#define MATRIX_VARIANT(id, text) \
	FIXTURE_VARIANT_ADD(right, id) { .bit = BAILIWICK_RIGHT_##id, .name = text };
BAILIWICK_RIGHTS(MATRIX_VARIANT)

FIXTURE_SETUP(right)
{
	scene_directory(SCENE "/no-%s", variant->name);
	scene_directory(SCENE "/only-%s", variant->name);
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
}

FIXTURE_TEARDOWN(right)
{
	actor_stop(self->clerk);
}

static void matrix_try(struct __test_metadata *_metadata, struct actor *clerk,
		       const struct operation *operation, const char *kind, const char *right,
		       bool allowed)
{
	struct act act = { 0 };
	char directory[128];
	bool happened;

	snprintf(directory, sizeof(directory), SCENE "/%s-%s", kind, right);
	operation->prepare(directory);
	path_set(&act, "%s", directory);
	actor_do(clerk, operation->act, &act);
	happened = operation->happened(directory, &act);
	EXPECT_EQ(allowed, happened) {
		TH_LOG("in %s: %s (%ld)", directory,
		       happened ? "it happened" : "it did not happen", act.result);
	}
	if (!allowed)
		EXPECT_EQ(-EACCES, act.result);
}

/* `allow: [read]` brings stat and lock with it, and a write may also append. */
static unsigned int matrix_allowed(unsigned int right)
{
	switch (right) {
	case R(READ):
		return right | R(STAT) | R(LOCK);
	case R(WRITE):
		return right | R(APPEND);
	}
	return right;
}

/* Who may not write may not append either. */
static unsigned int matrix_denied(unsigned int right)
{
	return right == R(WRITE) ? right | R(APPEND) : right;
}

static void matrix_both(struct __test_metadata *_metadata, struct actor *clerk,
			const struct operation *operation, const FIXTURE_VARIANT(right) *variant)
{
	matrix_try(_metadata, clerk, operation, "no", variant->name,
		   matrix_holds(operation, ~matrix_denied(variant->bit)));
	matrix_try(_metadata, clerk, operation, "only", variant->name,
		   matrix_holds(operation, matrix_allowed(variant->bit)));
}

/* NAME OF THE TEST, then .needs = …, .or_else = … and the three functions */
#define MATRIX_TEST(test, ...)                                                 \
	TEST_F(right, test)                                                    \
	{                                                                      \
		const struct operation operation = { __VA_ARGS__ };            \
									       \
		matrix_both(_metadata, self->clerk, &operation, variant);      \
	}

#endif
