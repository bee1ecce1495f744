/* SPDX-License-Identifier: Apache-2.0 */
/* A policy from a text, for the tests of this folder */
#ifndef BAILIWICK_TEST_MODEL_FIXTURE_H
#define BAILIWICK_TEST_MODEL_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag/diag.h"
#include "model/policy.h"

/**
 * struct fixture - what came of a text
 * @policy:	NULL when there were mistakes
 * @messages:	as printed; "p" is the name of the file
 */
struct fixture {
	struct policy *policy;
	struct diag *diag;
	char *messages;
	int answer;
};

/* Load "version: 1" and the text behind it */
static inline void load(struct fixture *f, const char *text)
{
	char dir[] = "/tmp/model-XXXXXX", path[64], *name = (char *)"p";
	FILE *file, *stream;
	size_t size;

	memset(f, 0, sizeof(*f));
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/p", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "version: 1\n%s", text);
	fclose(file);
	f->diag = diag_new();
	f->answer = policy_load_staged(dir, &name, 1, f->diag, &f->policy);
	unlink(path);
	rmdir(dir);
	assert_int_equal(f->answer, diag_errors(f->diag) ? 1 : 0);
	assert_int_equal(f->answer == 0, f->policy != NULL);
	stream = open_memstream(&f->messages, &size);
	diag_print(f->diag, stream, DIAG_PLAIN);
	fclose(stream);
}

static inline void done(struct fixture *f)
{
	policy_free(f->policy);
	diag_free(f->diag);
	free(f->messages);
}

/* Load a text without mistakes */
static inline const struct policy *load_good(struct fixture *f, const char *text)
{
	load(f, text);
	if (f->answer)
		fail_msg("%s", f->messages);
	return f->policy;
}

/* Load a text with mistakes, of which one line is @expected */
static inline void load_bad(const char *text, const char *expected)
{
	struct fixture f;

	load(&f, text);
	if (!f.answer || !strstr(f.messages, expected))
		fail_msg("%s\nexpected: %s", f.messages, expected);
	done(&f);
}

#endif
