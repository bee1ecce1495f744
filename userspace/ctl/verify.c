/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy verify: is an image signed by both groups, with two keys? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "image/reader.h"
#include "image/sign.h"

#define TRUSTED "/etc/bailiwick/trusted.d"

struct verify {
	struct arguments common;
	const char *trusted;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct verify *verify = state->input;

	if (key != 't')
		return arguments_parse(&verify->common, key, arg, state);
	verify->trusted = arg;
	return 0;
}

static const struct argp_option options[] = {
	{ "trusted", 't', "DIR", 0, "Certificates in DIR/author and DIR/approver (" TRUSTED ")", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "IMAGE",
	.doc = "Is IMAGE signed in IMAGE.author.p7s by an author and in IMAGE.approver.p7s by an "
	       "approver, with two different keys, over exactly these bytes? Nothing is asked of the "
	       "controller or the kernel.\vExit: 0 yes, 1 no (each reason on stderr), 65 no image, 78 "
	       "the certificates cannot be used.",
};

/* 0, 1 when it does not count (said), or an exit code */
static int check(const struct image *image, const char *path, const struct trusted *trusted,
		 enum sign_group group, uint8_t key[SHA256_SIZE])
{
	_cleanup_free_ char *name = NULL, *bytes = NULL;
	struct buffer why = { 0 };
	char text[SHA256_TEXT_SIZE];
	size_t size;
	int r;

	if (asprintf(&name, "%s.%s.p7s", path, sign_group_name(group)) < 0)
		return out_of_memory();
	r = readfile(name, SIGN_SIZE_MAX, &bytes, &size);
	if (r) {
		complain("%s: %s", name, r < 0 ? strerror(-r) : "is no signature file");
		return 1;
	}
	r = sign_check(trusted, group, image->bytes, image->header->image_size, bytes, size, key, &why);
	if (r > 0)
		complain("%s: %s", name, why.data ? why.data : "");
	else if (r == 0)
		printf("%s: good, key %.16s…\n", sign_group_name(group), sha256_format(key, text));
	buffer_done(&why);
	return r < 0 ? out_of_memory() : r;
}

static int check_both(const struct image *image, const char *path, const struct trusted *trusted)
{
	uint8_t keys[SIGN_GROUP_COUNT][SHA256_SIZE];
	int one = check(image, path, trusted, SIGN_AUTHOR, keys[SIGN_AUTHOR]);
	int two = check(image, path, trusted, SIGN_APPROVER, keys[SIGN_APPROVER]);

	if (one || two)
		return one > two ? one : two;
	if (memcmp(keys[0], keys[1], SHA256_SIZE) != 0)
		return 0;
	complain("both signatures are by the same key: that is one person");
	return 1;
}

int verb_policy_verify(const struct invocation *invocation)
{
	struct verify verify = { .common = { .least = 1, .most = 1 }, .trusted = TRUSTED };
	_cleanup_(trusted_freep) struct trusted *trusted = NULL;
	_cleanup_(image_closep) struct image *image = NULL;
	struct buffer why = { 0 };
	const char *path, *wrong = NULL;
	int r;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &verify);
	path = verify.common.words[0];
	r = image_open(path, &image, &wrong);
	if (r) {
		complain("%s: %s", path, wrong ? wrong : r < 0 ? strerror(-r) : "not a regular file");
		return r == -ENOENT ? EX_NOINPUT : EX_DATAERR;
	}
	r = trusted_load(verify.trusted, &trusted, &why);
	if (r < 0)
		return out_of_memory();
	if (r > 0)
		complain("%s", why.data ? why.data : "");
	buffer_done(&why);
	return r ? EX_CONFIG : check_both(image, path, trusted);
}
