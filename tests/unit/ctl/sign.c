// SPDX-License-Identifier: Apache-2.0
/* keygen, policy sign, policy verify: from a key to two signatures */
#include "program.h"

#include <fcntl.h>
#include <sys/stat.h>

static char image[128], ann[128], bob[128], ann_key[136], bob_key[136], trusted[128];

/* In the test's directory */
static void shell(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd '%s' && { %s; }", here, command);
	assert_int_equal(system(line), 0);
}

static void make_all(void)
{
	static struct run run;
	struct stat st;

	snprintf(image, sizeof(image), "%s/img", here);
	snprintf(ann, sizeof(ann), "%s/ann", here);
	snprintf(bob, sizeof(bob), "%s/bob", here);
	snprintf(ann_key, sizeof(ann_key), "%s.key", ann);
	snprintf(bob_key, sizeof(bob_key), "%s.key", bob);
	snprintf(trusted, sizeof(trusted), "%s/trusted", here);
	shell("rm -rf img* ann.* bob.* trusted && mkdir -p trusted/author trusted/approver");
	RUN(&run, "keygen", "--bits", "2048", ann);
	assert_int_equal(run.code, 0);
	RUN(&run, "keygen", "--bits", "2048", bob);
	assert_int_equal(run.code, 0);
	assert_int_equal(stat(ann_key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	shell("cp ann.pem trusted/author && cp bob.pem trusted/approver");
	RUN(&run, "compile", "--policy-version", "3", "--output", image);
	assert_int_equal(run.code, 0);
}

static void two_people_make_it_count(void **state)
{
	static struct run run;

	(void)state;
	make_all();
	RUN(&run, "policy", "verify", "--trusted", trusted, image);
	assert_int_equal(run.code, 1);
	assert_contains(run.err, "img.author.p7s: No such file");
	RUN(&run, "policy", "sign", "--as", "author", "--key", ann_key, image);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "img.author.p7s");
	RUN(&run, "policy", "verify", "--trusted", trusted, image);
	assert_int_equal(run.code, 1);
	assert_contains(run.err, "img.approver.p7s: No such file");
	/* the author signs once more, for the other */
	RUN(&run, "policy", "sign", "--as", "approver", "--key", ann_key, image);
	assert_int_equal(run.code, 0);
	RUN(&run, "policy", "verify", "--trusted", trusted, image);
	assert_int_equal(run.code, 1);
	assert_contains(run.err, "signed by nobody of the group approver, but by one of the group author");
	RUN(&run, "policy", "sign", "--as", "approver", "--key", bob_key, image);
	RUN(&run, "policy", "verify", "--trusted", trusted, image);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "author: good, key ");
	assert_contains(run.out, "approver: good, key ");
	shell("cp ann.pem trusted/approver");
	RUN(&run, "policy", "verify", "--trusted", trusted, image);
	assert_int_equal(run.code, 78);
	assert_contains(run.err, "counts for neither");
}

static void what_cannot_be_signed(void **state)
{
	static struct run run;

	(void)state;
	make_all();
	RUN(&run, "policy", "sign", "--as", "owner", "--key", ann_key, image);
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "there are author and approver");
	RUN(&run, "policy", "sign", "--as", "author", image);
	assert_int_equal(run.code, 64);
	RUN(&run, "policy", "sign", "--as", "author", "--key", ann, image);
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "--certificate must be given");
	chmod(ann_key, 0644);
	RUN(&run, "policy", "sign", "--as", "author", "--key", ann_key, image);
	assert_int_equal(run.code, 77);
	assert_contains(run.err, "others may read this key");
	RUN(&run, "policy", "sign", "--as", "author", "--key", bob_key, bob_key);
	assert_int_equal(run.code, 65);
	RUN(&run, "keygen", ann);
	assert_int_equal(run.code, 73);
	assert_contains(run.err, "File exists");
	RUN(&run, "keygen", "--bits", "1024", ann);
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_people_make_it_count),
		cmocka_unit_test(what_cannot_be_signed),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
