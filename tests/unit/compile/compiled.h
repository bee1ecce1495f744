/* SPDX-License-Identifier: Apache-2.0 */
/* A policy text compiled for a test, with two users and two groups that do not change */
#ifndef TESTS_UNIT_COMPILE_COMPILED_H
#define TESTS_UNIT_COMPILE_COMPILED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compile/compile.h"
#include "image/question.h"
#include "image/reader.h"

#define ALICE 1000
#define BOB 1001
#define NOW 1700000000

static int compiled_user(void *data, const char *name, uint32_t *ret_uid)
{
	(void)data;
	if (strcmp(name, "alice") != 0 && strcmp(name, "bob") != 0)
		return 1;
	*ret_uid = name[0] == 'a' ? ALICE : BOB;
	return 0;
}

/* "staff" is both, "empty" nobody. */
static int compiled_group(void *data, const char *name, const uint32_t *gid,
			  uint32_t **ret_uids, size_t *ret_count)
{
	(void)data;
	(void)gid;
	if (strcmp(name, "staff") != 0 && strcmp(name, "empty") != 0)
		return 1;
	*ret_uids = calloc(2, sizeof(**ret_uids));
	(*ret_uids)[0] = ALICE;
	(*ret_uids)[1] = BOB;
	*ret_count = name[0] == 's' ? 2 : 0;
	return 0;
}

static const struct compile_resolver compiled_resolver = {
	.user = compiled_user, .group = compiled_group,
};

/* The image of a policy text; NULL when mistakes were reported, which are then in @messages. */
__attribute__((unused))
static struct image *compiled_with(const char *yaml, struct compile_options *options,
				   char *messages, size_t size)
{
	char path[] = "/tmp/compiled-XXXXXX.yaml", *paths[] = { path };
	FILE *out = fdopen(mkstemps(path, 5), "w");
	FILE *text = messages ? fmemopen(messages, size, "w") : NULL;
	struct image_bytes bytes = { 0 };
	struct diag *diag = diag_new();
	struct image *image = NULL;
	struct policy *policy = NULL;
	const char *why = NULL;
	int r;

	assert_non_null(out);
	fprintf(out, "version: 1\n%s", yaml);
	fclose(out);
	r = policy_load(paths, 1, diag, &policy);
	unlink(path);
	options->version = options->version ? options->version : 1;
	options->created = NOW;
	options->resolver = &compiled_resolver;
	if (!r)
		r = policy_compile(policy, options, diag, NULL, &bytes);
	diag_print(diag, text ? text : stderr, DIAG_PLAIN);
	if (text)
		fclose(text);
	assert_true(r >= 0);
	if (!r)
		assert_int_equal(image_open_bytes(bytes.data, bytes.size, &image, &why), 0);
	image_bytes_done(&bytes);
	policy_free(policy);
	diag_free(diag);
	return image;
}

/* The image of a policy text that is right. */
__attribute__((unused))
static struct image *compiled(const char *yaml)
{
	struct compile_options options = { 0 };
	struct image *image = compiled_with(yaml, &options, NULL, 0);

	assert_non_null(image);
	return image;
}

/* The messages about a policy text that is wrong. */
__attribute__((unused))
static const char *refused(const char *yaml)
{
	static char messages[16384];
	struct compile_options options = { .strict_users = true };

	memset(messages, 0, sizeof(messages));
	assert_null(compiled_with(yaml, &options, messages, sizeof(messages) - 1));
	return messages;
}

/* Is this allowed to a row, named by its roles? */
__attribute__((unused))
static bool allowed(const struct image *image, const char *row, const char *action,
		    const char *object)
{
	uint32_t number = image_find_row(image, row);
	struct question question;
	struct answer answer;
	const char *why = NULL;

	assert_int_not_equal(number, ~0u);
	assert_int_equal(question_parse(action, object, &question, &why), 0);
	question_ask(image, number, &question, &answer);
	return answer.allowed;
}

#endif
