// SPDX-License-Identifier: Apache-2.0
/* Whole policies against an evaluator that looks at every rule */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile/compile.h"
#include "image/explain.h"
#include "image/glob.h"
#include "image/question.h"
#include "random.h"

/*
 * usage: matrix [default|full|COUNT [SEED]]
 * Each round writes a random policy with roles, includes, classes, denies and
 * transitions, compiles it, and asks about random rows, paths and rights. The
 * evaluator knows nothing of rows, labels or states: it reads the rules.
 */
#define ROLES 6
#define QUESTIONS 100

static const char *const patterns[] = {
	"/a", "/a/**", "/a/b", "/a/b/**", "/a/*", "/a/**/c", "/**", "/*/b", "/b/**", "/b/{a,c}",
	"/b/[!a]", "/c**", "/a/b/c", "/**/b/**", "/", "/b/a?",
};
static const char *const names[] = { "a", "b", "c", "aa", "bc" };
static const char *const rights[] = {
	"read", "write", "append", "exec", "list", "stat", "delete", "lock",
};

static void write_targets(FILE *out)
{
	uint32_t n = 1 + any(3);

	fputs("[", out);
	while (n--) {
		if (any(5))
			fprintf(out, "\"%s\"", patterns[any(COUNT(patterns))]);
		else
			fprintf(out, "c%u", any(2));
		fputs(n ? ", " : "]", out);
	}
}

static void write_role(FILE *out, uint32_t role)
{
	static const char *const modes[] = { "enforce", "enforce", "audit", "learn", "disabled" };
	uint32_t n = any(5);

	fprintf(out, "  r%u:\n    mode: %s\n", role, modes[any(5)]);
	if (role && !any(2))
		fprintf(out, "    include: [r%u]\n", any(role));
	fprintf(out, "    files:%s\n", n ? "" : " []");
	while (n--) {
		fprintf(out, "      - {%s: [%s, %s], on: ", any(4) ? "allow" : "deny",
			rights[any(COUNT(rights) / 2)], rights[COUNT(rights) / 2 + any(COUNT(rights) / 2)]);
		write_targets(out);
		fputs("}\n", out);
	}
	if (!any(2))
		fprintf(out, "    exec: {\"%s\": r%u}\n", patterns[any(COUNT(patterns))], any(ROLES));
}

/* User 1000 + i holds the roles of the bits of held[i]. */
static void write_policy(FILE *out, uint32_t held[4])
{
	fprintf(out, "version: 1\nclasses:\n"
		"  c0: {grade: public, paths: [\"%s\"]}\n"
		"  c1: {grade: restricted, protect: %s, paths: [\"%s\", \"%s\"]}\nroles:\n",
		patterns[any(COUNT(patterns))], any(2) ? "true" : "false",
		patterns[any(6)], patterns[8 + any(4)]);
	for (uint32_t i = 0; i < ROLES; i++)
		write_role(out, i);
	fputs("assignments:\n", out);
	for (uint32_t i = 0; i < 4; i++) {
		held[i] = 1 + any((1 << ROLES) - 1);
		for (uint32_t role = 0; role < ROLES; role++)
			if (held[i] >> role & 1)
				fprintf(out, "  - {subject: \"user:%u\", role: r%u}\n", 1000 + i, role);
	}
}

static void random_path(char *path)
{
	uint32_t n = any(5);

	*path = 0;
	while (n--) {
		strcat(path, "/");
		strcat(path, names[any(COUNT(names))]);
	}
}

static bool matches(const char *pattern, const char *path)
{
	return glob_match(pattern, path, strlen(path)) == 1;
}

static bool in_class(const struct class *class, const char *path)
{
	for (size_t i = 0; i < class->path_count; i++)
		if (matches(class->paths[i].text, path))
			return true;
	return false;
}

static bool is_target(const struct file_rule *rule, const char *path)
{
	for (size_t i = 0; i < rule->on_count; i++)
		if (rule->on[i].pattern ? matches(rule->on[i].pattern->text, path) :
		    in_class(rule->on[i].class, path))
			return true;
	return false;
}

static bool is_protected(const struct policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i]->protect && in_class(policy->classes[i], path))
			return true;
	return false;
}

/* May whoever holds these roles do this? Rules as they stand, deny beats allow. */
static bool expected(const struct policy *policy, uint32_t held, const char *path, uint32_t right)
{
	uint32_t allow = 0, deny = 0;
	bool disabled = true;

	for (uint32_t i = 0; i < policy->role_count; i++) {
		const struct role *role = policy->roles[i];

		if (!(held >> i & 1))
			continue;
		disabled &= role->mode == BAILIWICK_MODE_DISABLED;
		for (size_t k = 0; k < role->file_count; k++) {
			uint32_t these = role->files[k]->rights;

			if (these & BAILIWICK_RIGHT_WRITE)
				these |= BAILIWICK_RIGHT_APPEND;
			if (!is_target(role->files[k], path))
				continue;
			*(role->files[k]->deny ? &deny : &allow) |= these;
		}
	}
	if (disabled && !is_protected(policy, path))
		return true;
	return allow & ~deny & right;
}

/* The roles entered by running a path; 0 when the row stays. */
static uint32_t expected_target(const struct policy *policy, uint32_t held, const char *path)
{
	uint32_t target = 0;

	for (uint32_t i = 0; i < policy->role_count; i++) {
		const struct role *role = policy->roles[i];

		for (size_t k = 0; held >> i & 1 && k < role->exec_count; k++)
			if (matches(role->exec[k]->program.text, path))
				target |= 1u << role->exec[k]->to.role->index;
	}
	return target;
}

static uint32_t roles_of(const struct image *image, uint32_t row)
{
	uint32_t held = 0, role;

	for (uint32_t i = 0; (role = image_row_role(image, row, i)) != ~0u; i++)
		held |= 1u << role;
	return held;
}

struct tally {
	uint64_t questions, yes, entered;
};

static int ask(const struct policy *policy, const struct image *image, uint32_t held, uint32_t row,
	       struct tally *tally)
{
	uint32_t bit = any(BAILIWICK_RIGHT_COUNT), label, entered, target;
	struct question q = { .asked = 1u << bit };
	struct explanation why;
	struct answer a;
	char path[40];
	bool want;

	random_path(path);
	q.path = path;
	q.path_size = strlen(path);
	question_ask(image, row, &q, &a);
	want = row ? expected(policy, held, path, q.asked) : !is_protected(policy, path);
	label = question_label(image, path, q.path_size);
	entered = row ? decide_transition(image->view, row, label) : 0;
	target = expected_target(policy, held, path);
	tally->questions++;
	tally->yes += want;
	tally->entered += target != 0;
	/* The line given as the reason is of the right kind, wherever rules decide. */
	explain_file(image, row, path, q.path_size, q.asked, &why);
	if (a.allowed == want && (target ? roles_of(image, entered) == target : entered == row) &&
	    (!row || a.mode == BAILIWICK_MODE_DISABLED ||
	     (a.allowed ? why.count && !why.lines[0].deny : !why.count || why.lines[0].deny)))
		return 0;
	printf("not ok - row %s path '%s' right %s: %d, expected %d; enters %s, expected %x\n",
	       image_row_name(image, row), path, rights[bit % COUNT(rights)], a.allowed, want,
	       image_row_name(image, entered), target);
	return 1;
}

static int one_round(struct tally *tally)
{
	char path[] = "/tmp/matrix-XXXXXX.yaml", *paths[] = { path };
	struct compile_options options = { .version = 1, .created = 1 };
	FILE *out = fdopen(mkstemps(path, 5), "w");
	struct image_bytes bytes = { 0 };
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	struct image *image = NULL;
	const char *why;
	uint32_t held[4];
	int r;

	write_policy(out, held);
	fclose(out);
	r = policy_load(paths, 1, diag, &policy);
	if (!r)
		r = policy_compile(policy, &options, diag, NULL, &bytes);
	if (!r)
		r = image_open_bytes(bytes.data, bytes.size, &image, &why);
	if (r > 0 && !policy)
		r = 0;		/* two patterns or targets alike: the model refuses, fine */
	else if (r)
		diag_print(diag, stdout, DIAG_PLAIN);
	for (int i = 0; image && !r && i < QUESTIONS; i++) {
		uint32_t who = any(5);
		const struct decide_subject s = { .login_uid = 1000 + who };
		uint32_t row = who < 4 ? decide_subject_row(image->view, &s) : 0;

		r = ask(policy, image, who < 4 ? held[who] : 0, row, tally);
	}
	if (!r)
		unlink(path);
	else
		printf("# the policy is %s\n", path);
	image_close(image);
	image_bytes_done(&bytes);
	policy_free(policy);
	diag_free(diag);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t count = random_begin(argc, argv, 100000, 2000000);
	struct tally tally = { 0 };
	bool good;

	for (uint64_t round = 0; tally.questions < count && round < count; round++)
		if (one_round(&tally))
			return 1;
	good = tally.questions >= count && tally.yes > count / 20 && tally.entered > count / 100;
	printf("%s 1 - image and rules agree on %llu questions, %llu allowed, %llu entered a role\n"
	       "1..1\n", good ? "ok" : "not ok", (unsigned long long)tally.questions,
	       (unsigned long long)tally.yes, (unsigned long long)tally.entered);
	return !good;
}
