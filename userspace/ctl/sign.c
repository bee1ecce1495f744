/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy sign: one person's signature over an image */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <bailiwick/genl.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "image/reader.h"
#include "image/sign.h"

struct sign {
	struct arguments common;
	enum sign_group group;
	const char *key;
	const char *certificate;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct sign *sign = state->input;

	switch (key) {
	case 'a':
		sign->group = sign_group_find(arg);
		if (sign->group == SIGN_GROUP_COUNT)
			argp_error(state, "'%s' is no group: there are author and approver", arg);
		return 0;
	case 'k':
		sign->key = arg;
		return 0;
	case 'c':
		sign->certificate = arg;
		return 0;
	case ARGP_KEY_END:
		if (sign->group == SIGN_GROUP_COUNT || !sign->key)
			argp_error(state, "--as and --key must be given");
		return arguments_parse(&sign->common, key, arg, state);
	default:
		return arguments_parse(&sign->common, key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "as", 'a', "GROUP", 0, "author or approver", 0 },
	{ "key", 'k', "KEY", 0, "A key file (FILE.key of keygen), or a PKCS#11 URI", 0 },
	{ "certificate", 'c', "FILE", 0, "Its certificate (FILE.pem beside FILE.key)", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "IMAGE",
	.doc = "Sign an image, or what `release --write` wrote: a detached CMS signature (RSA, SHA-256) in IMAGE.author.p7s or "
	       "IMAGE.approver.p7s. A policy needs one of each, by two people with two keys.",
};

/* FILE.pem of FILE.key */
static char *certificate_of(const struct sign *sign)
{
	size_t size = strlen(sign->key);
	char *path;

	if (sign->certificate)
		return strdup(sign->certificate);
	if (strncmp(sign->key, "pkcs11:", 7) == 0 || size < 5 || strcmp(sign->key + size - 4, ".key") != 0)
		return NULL;
	return asprintf(&path, "%.*s.pem", (int)(size - 4), sign->key) < 0 ? NULL : path;
}

static int write_signature(const char *image, enum sign_group group, const struct buffer *bytes)
{
	_cleanup_free_ char *path = NULL, *fresh = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&path, "%s.%s.p7s", image, sign_group_name(group)) < 0 ||
	    asprintf(&fresh, "%s.new", path) < 0)
		return out_of_memory();
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	r = fd < 0 ? -errno : writeall(fd, bytes->data, bytes->size);
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	if (r < 0) {
		complain("%s: %s", path, strerror(-r));
		return EX_CANTCREAT;
	}
	printf("%s\n", path);
	return 0;
}

/* What lifts a quarantine instead of an image; who signs is told whose */
static bool read_lift(const char *path, char **ret, size_t *ret_size)
{
	struct bailiwick_lift lift;
	char name[BAILIWICK_QUARANTINE_NAME_MAX + 1] = "";
	struct buffer shown = { 0 };

	if (readfile(path, BAILIWICK_LIFT_MAX, ret, ret_size) != READFILE_FINE ||
	    *ret_size < sizeof(lift))
		return false;
	memcpy(&lift, *ret, sizeof(lift));
	if (memcmp(lift.magic, BAILIWICK_LIFT_MAGIC, sizeof(lift.magic)) || lift.reserved ||
	    lift.name_size != *ret_size - sizeof(lift) || lift.name_size >= sizeof(name))
		return false;
	memcpy(name, *ret + sizeof(lift), lift.name_size);
	buffer_add_shown(&shown, name);
	note("you sign that the quarantine of %s is lifted (number %" PRIu32 ", id %016" PRIx64 ")",
	     shown.data ? shown.data : "", lift.number, (uint64_t)lift.id);
	buffer_done(&shown);
	return true;
}

int verb_policy_sign(const struct invocation *invocation)
{
	struct sign sign = { .common = { .least = 1, .most = 1 }, .group = SIGN_GROUP_COUNT };
	_cleanup_(image_closep) struct image *image = NULL;
	_cleanup_free_ char *certificate = NULL, *lift = NULL;
	size_t size;
	struct buffer bytes = { 0 }, why = { 0 };
	const char *path, *wrong = NULL;
	int r, code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &sign);
	path = sign.common.words[0];
	certificate = certificate_of(&sign);
	if (!certificate) {
		complain("--certificate must be given for this key");
		return EX_USAGE;
	}
	if (read_lift(path, &lift, &size)) {
		r = sign_make(sign.key, certificate, lift, size, &bytes, &why);
	} else {
		/* nobody signs what no kernel would take */
		r = image_open(path, &image, &wrong);
		if (r) {
			complain("%s: %s", path, wrong ? wrong : r < 0 ? strerror(-r) :
				 "not a regular file");
			return r == -ENOENT ? EX_NOINPUT : EX_DATAERR;
		}
		r = sign_make(sign.key, certificate, image->bytes, image->header->image_size, &bytes,
			      &why);
	}
	code = r < 0 ? out_of_memory() : r ? EX_NOPERM : write_signature(path, sign.group, &bytes);
	if (r > 0)
		complain("%s", why.data ? why.data : "");
	buffer_done(&bytes);
	buffer_done(&why);
	return code;
}
