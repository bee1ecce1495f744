// SPDX-License-Identifier: Apache-2.0
/* Tests of image/sign.h: what counts as one person's signature, and what does not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/readfile.h"
#include "image/sign.h"

#define DATA "these bytes and no others"

static char directory[] = "/tmp/sign-XXXXXX";
static struct buffer why;

/* Run a shell command there */
static int run(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", directory, command);
	return system(line);
}

static void write_to(const char *name, const struct buffer *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
	fclose(file);
	chmod(path, mode);
}

static int make_key(const char *name)
{
	struct buffer key = { 0 }, certificate = { 0 };
	char path[64];
	int r = sign_generate(name, 2048, &key, &certificate, &why);

	snprintf(path, sizeof(path), "%s.key", name);
	write_to(path, &key, 0600);
	snprintf(path, sizeof(path), "%s.pem", name);
	write_to(path, &certificate, 0644);
	buffer_done(&key);
	buffer_done(&certificate);
	return r;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || run("mkdir -p t/author t/approver && printf '%s' '" DATA "' >data"))
		return -1;
	if (make_key("ann") || make_key("bob") || make_key("eve"))
		return -1;
	/* kinds of keys the kernel does not verify */
	return run("cp ann.pem t/author && cp bob.pem t/approver && "
		   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ec "
		   "-keyout ec.key -out ec.pem && "
		   "openssl req -x509 -newkey rsa:1024 -nodes -subj /CN=short -keyout short.key -out short.pem "
		   "&& chmod 600 ec.key short.key");
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	buffer_done(&why);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static const char *in_there(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", directory, name);
	return path;
}

static struct trusted *trust(void)
{
	struct trusted *trusted = NULL;
	char path[128];

	buffer_clear(&why);
	if (trusted_load(in_there("t", path), &trusted, &why))
		fail_msg("%s", why.data);
	return trusted;
}

static int make(const char *key, const char *certificate, struct buffer *ret)
{
	char one[128], two[128];

	buffer_clear(&why);
	return sign_make(in_there(key, one), in_there(certificate, two), DATA, strlen(DATA), ret, &why);
}

static void says(const char *text)
{
	if (!why.data || !strstr(why.data, text))
		fail_msg("no '%s' in: %s", text, why.data ? why.data : "");
}

static int check(enum sign_group group, const char *data, const void *bytes, size_t size,
		 uint8_t key[SHA256_SIZE])
{
	struct trusted *trusted = trust();
	int r = sign_check(trusted, group, data, strlen(data), bytes, size, key, &why);

	trusted_free(trusted);
	return r;
}

static void two_people_two_keys(void **state)
{
	struct buffer one = { 0 }, two = { 0 };
	uint8_t ann[SHA256_SIZE], bob[SHA256_SIZE];

	(void)state;
	assert_int_equal(make("ann.key", "ann.pem", &one), 0);
	assert_int_equal(make("bob.key", "bob.pem", &two), 0);
	assert_int_equal(check(SIGN_AUTHOR, DATA, one.data, one.size, ann), 0);
	assert_int_equal(check(SIGN_APPROVER, DATA, two.data, two.size, bob), 0);
	assert_memory_not_equal(ann, bob, sizeof(ann));
	/* one cannot stand for the other, and bytes are these bytes */
	assert_int_equal(check(SIGN_APPROVER, DATA, one.data, one.size, ann), 1);
	says("signed by nobody of the group approver, but by one of the group author");
	assert_int_equal(check(SIGN_AUTHOR, DATA ".", one.data, one.size, ann), 1);
	says("not of these bytes");
	buffer_done(&one);
	buffer_done(&two);
}

static void every_changed_byte_is_seen(void **state)
{
	struct trusted *trusted = trust();
	struct buffer one = { 0 };
	uint8_t key[SHA256_SIZE];
	int good = 0;

	(void)state;
	assert_int_equal(make("ann.key", "ann.pem", &one), 0);
	for (size_t i = 0; i < one.size; i++) {
		buffer_clear(&why);
		one.data[i] ^= 0x11;
		good += sign_check(trusted, SIGN_AUTHOR, DATA, strlen(DATA), one.data, one.size, key,
				   &why) == 0;
		one.data[i] ^= 0x11;
		buffer_clear(&why);
		assert_int_equal(sign_check(trusted, SIGN_AUTHOR, DATA, strlen(DATA), one.data, i, key,
					    &why), 1);
	}
	/* three sign nothing: two version numbers and the empty parameters of RSA */
	assert_true(good <= 3);
	buffer_append_byte(&one, 0);
	assert_int_equal(sign_check(trusted, SIGN_AUTHOR, DATA, strlen(DATA), one.data, one.size, key,
				    &why), 1);
	trusted_free(trusted);
	buffer_done(&one);
}

/* What `openssl cms -sign` makes with these options */
static int check_openssl(const char *options)
{
	char command[512], path[128], *bytes;
	uint8_t key[SHA256_SIZE];
	size_t size;
	int r;

	snprintf(command, sizeof(command), "openssl cms -sign -in data -outform DER -out sig %s", options);
	assert_int_equal(run(command), 0);
	assert_int_equal(readfile(in_there("sig", path), SIGN_SIZE_MAX, &bytes, &size), 0);
	r = check(SIGN_AUTHOR, DATA, bytes, size, key);
	free(bytes);
	return r;
}

#define ANN "-signer ann.pem -inkey ann.key "

static void signatures_of_other_programs(void **state)
{
	(void)state;
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts " ANN), 0);
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts -keyid " ANN), 0);
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts " ANN "-signer bob.pem "
				       "-inkey bob.key"), 1);
	says("several signers does not count");
	assert_int_equal(check_openssl("-binary -md sha256 -noattr " ANN), 1);
	says("-nocerts");
	assert_int_equal(check_openssl("-binary -md sha256 -nocerts " ANN), 1);
	says("-noattr");
	assert_int_equal(check_openssl("-binary -md sha512 -noattr -nocerts " ANN), 1);
	says("not SHA-256");
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts -nodetach " ANN), 1);
	says("detached");
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts " ANN
				       "-keyopt rsa_padding_mode:pss"), 1);
	says("PKCS#1");
	assert_int_equal(check_openssl("-binary -md sha256 -noattr -nocerts -signer eve.pem "
				       "-inkey eve.key"), 1);
	says("signed by nobody of the group author");
}

static void keys_that_cannot_sign(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(make("ec.key", "ec.pem", &out), 1);
	says("not RSA");
	assert_int_equal(make("short.key", "short.pem", &out), 1);
	says("shorter than 2048");
	assert_int_equal(make("ann.key", "bob.pem", &out), 1);
	says("certificate of another key");
	assert_int_equal(make("ann.pem", "ann.pem", &out), 1);
	says("others may read this key");
	assert_int_equal(run("cp ann.key wide.key && chmod 640 wide.key"), 0);
	assert_int_equal(make("wide.key", "ann.pem", &out), 1);
	says("chmod 600");
	assert_int_equal(make("missing.key", "ann.pem", &out), 1);
	says("No such file");
	assert_int_equal(run("cp data junk.key && chmod 600 junk.key"), 0);
	assert_int_equal(make("junk.key", "ann.pem", &out), 1);
	says("no private key in PEM");
	buffer_clear(&why);
	assert_int_equal(sign_make("pkcs11:token=none", "/dev/null", DATA, 5, &out, &why), 1);
	says("PKCS#11");
	assert_int_equal(out.size, 0);
	assert_int_equal(sign_generate("x", 1024, &out, &out, &why), 1);
	assert_int_equal(sign_generate("x", 8192, &out, &out, &why), 1);
}

static int load(void)
{
	struct trusted *trusted = NULL;
	char path[128];
	int r;

	buffer_clear(&why);
	r = trusted_load(in_there("t", path), &trusted, &why);
	trusted_free(trusted);
	return r;
}

static void whom_to_trust(void **state)
{
	struct trusted *trusted = trust();

	(void)state;
	assert_int_equal(trusted_count(trusted, SIGN_AUTHOR), 1);
	assert_int_equal(trusted_count(trusted, SIGN_APPROVER), 1);
	trusted_free(trusted);
	/* the same key in both groups, even in another certificate */
	assert_int_equal(run("openssl req -x509 -new -key ann.key -subj /CN=other -out t/approver/ann2.pem"),
			 0);
	assert_int_equal(load(), 1);
	says("counts for neither");
	run("rm t/approver/ann2.pem; cp ec.pem t/author");
	assert_int_equal(load(), 1);
	says("not RSA");
	run("rm t/author/ec.pem; cp short.pem t/author");
	assert_int_equal(load(), 1);
	says("shorter than 2048");
	run("rm t/author/short.pem; cp data t/author/junk.pem; cp data t/author/README");
	assert_int_equal(load(), 1);
	says("no certificate in PEM");
	run("rm t/author/junk.pem");
	assert_int_equal(load(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_people_two_keys),
		cmocka_unit_test(every_changed_byte_is_seen),
		cmocka_unit_test(signatures_of_other_programs),
		cmocka_unit_test(keys_that_cannot_sign),
		cmocka_unit_test(whom_to_trust),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
