/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A policy text put in slot 0, for what the labelling code says about it */
#ifndef TESTS_LABEL_POLICY_H
#define TESTS_LABEL_POLICY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile/compile.h"
#include "image/question.h"
#include "image/reader.h"

#include "host.h"

/* NULL, with the reason on standard error, for a policy that is none. */
static struct image *policy_in_slot(const char *text)
{
	char path[] = "/tmp/label-XXXXXX.yaml", *paths[] = { path };
	struct compile_options options = { .version = 1, .created = 1 };
	FILE *out = fdopen(mkstemps(path, 5), "w");
	struct image_bytes bytes = { 0 };
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	struct image *image = NULL;
	const char *why = NULL;
	int r;

	fprintf(out, "version: 1\n%s", text);
	fclose(out);
	r = policy_load(paths, 1, diag, &policy);
	if (!r)
		r = policy_compile(policy, &options, diag, NULL, &bytes);
	if (!r)
		r = image_open_bytes(bytes.data, bytes.size, &image, &why);
	if (!r)
		memcpy(host_slots[0], bytes.data, bytes.size);
	else
		diag_print(diag, stderr, DIAG_PLAIN);
	unlink(path);
	image_bytes_done(&bytes);
	policy_free(policy);
	diag_free(diag);
	return image;
}

#endif
