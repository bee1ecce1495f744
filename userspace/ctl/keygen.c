/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick keygen: a key for signing policies, and its certificate */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "image/sign.h"

#define BITS 3072
#define NAME_MAX_BYTES 60	/* of a certificate's name */

struct keygen {
	struct arguments common;
	int bits;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct keygen *keygen = state->input;
	char *end;

	if (key != 'b')
		return arguments_parse(&keygen->common, key, arg, state);
	keygen->bits = (int)strtol(arg, &end, 10);
	if (*end || keygen->bits < SIGN_BITS_LEAST || keygen->bits > SIGN_BITS_MOST)
		argp_error(state, "a key has %d to %d bits", SIGN_BITS_LEAST, SIGN_BITS_MOST);
	return 0;
}

static const struct argp_option options[] = {
	{ "bits", 'b', "N", 0, "2048 to 4096 (3072)", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "FILE",
	.doc = "Make an RSA key for signing policies, in FILE.key, which only you can read, and its "
	       "certificate in FILE.pem, for the administrator's trusted.d/author or "
	       "trusted.d/approver. Nothing is overwritten.\vThe key has no pass phrase: keep it "
	       "where only you are, or in a PKCS#11 token.",
};

static int write_new(const char *path, mode_t mode, const struct buffer *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int r = fd < 0 ? -errno : writeall(fd, text->data, text->size);

	if (r == 0)
		return 0;
	complain("%s: %s", path, strerror(-r));
	return EX_CANTCREAT;
}

static int write_both(const char *file, const struct buffer *key, const struct buffer *certificate)
{
	_cleanup_free_ char *secret = NULL, *open_to_all = NULL;
	int code;

	if (asprintf(&secret, "%s.key", file) < 0 || asprintf(&open_to_all, "%s.pem", file) < 0)
		return out_of_memory();
	code = write_new(secret, 0600, key);
	if (code)
		return code;
	code = write_new(open_to_all, 0644, certificate);
	if (code)
		unlink(secret);
	return code;
}

int verb_keygen(const struct invocation *invocation)
{
	struct keygen keygen = { .common = { .least = 1, .most = 1 }, .bits = BITS };
	struct buffer key = { 0 }, certificate = { 0 }, why = { 0 };
	char name[NAME_MAX_BYTES + 1];
	const char *file;
	int r, code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &keygen);
	file = keygen.common.words[0];
	snprintf(name, sizeof(name), "%s", strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
	if (!*name) {
		complain("'%s' names no file", file);
		return EX_USAGE;
	}
	r = sign_generate(name, keygen.bits - keygen.bits % 256, &key, &certificate, &why);
	code = r < 0 ? out_of_memory() : r ? EX_SOFTWARE : write_both(file, &key, &certificate);
	if (r > 0)
		complain("%s", why.data ? why.data : "");
	if (!code)
		printf("%s.key: keep it to yourself\n%s.pem: for trusted.d/author or trusted.d/approver\n",
		       file, file);
	if (key.data)
		explicit_bzero(key.data, key.size);
	buffer_done(&key);
	buffer_done(&certificate);
	buffer_done(&why);
	return code;
}
