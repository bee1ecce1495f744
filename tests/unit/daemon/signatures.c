/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of an image are kept under its digest, and found for no other */
#include "daemon/signatures.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char parent[] = "/tmp/signaturesXXXXXX";
static char directory[64];

static struct bailiwick_image_header headers[2] = { { .digest = { 1 } }, { .digest = { 2 } } };
static const struct image one = { .header = &headers[0] }, other = { .header = &headers[1] };

static struct signatures make(const char *author, const char *approver)
{
	struct signatures signatures = { 0 };

	buffer_append_text(&signatures.by[SIGN_AUTHOR], author);
	buffer_append_text(&signatures.by[SIGN_APPROVER], approver);
	return signatures;
}

static void assert_found(const struct image *image, const char *author, const char *approver)
{
	struct signatures found = { 0 };

	assert_int_equal(signatures_load(image, directory, &found), 0);
	assert_int_equal(found.by[SIGN_AUTHOR].size, strlen(author));
	assert_memory_equal(found.by[SIGN_AUTHOR].data, author, strlen(author));
	assert_int_equal(found.by[SIGN_APPROVER].size, strlen(approver));
	assert_true(!*approver || !memcmp(found.by[SIGN_APPROVER].data, approver, strlen(approver)));
	signatures_done(&found);
}

static void nothing_is_found_where_nothing_is(void **state)
{
	struct signatures found = { 0 };

	(void)state;
	assert_int_equal(signatures_load(&one, directory, &found), 1);
	assert_false(signatures_any(&found));
}

static void each_image_has_its_own(void **state)
{
	struct signatures first = make("by an author", "by an approver"), second = make("again", "");
	struct stat st;

	(void)state;
	assert_true(signatures_any(&first));
	assert_int_equal(signatures_store(&first, &one, directory), 0);
	assert_int_equal(signatures_store(&second, &other, directory), 0);
	assert_int_equal(stat(directory, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_found(&one, "by an author", "by an approver");
	assert_found(&other, "again", "");
	signatures_done(&first);
	signatures_done(&second);
}

static void a_sweep_leaves_those_of_one_image(void **state)
{
	struct signatures found = { 0 };

	(void)state;
	signatures_sweep(&other, directory);
	assert_int_equal(signatures_load(&one, directory, &found), 1);
	assert_found(&other, "again", "");
}

static void terms_say_who_signed(void **state)
{
	struct signatures signatures = make("", "by an approver");
	struct terms terms = signatures_terms(&signatures);

	(void)state;
	assert_int_equal(terms.signature[SIGN_AUTHOR].iov_len, 0);
	assert_int_equal(terms.signature[SIGN_APPROVER].iov_len, strlen("by an approver"));
	assert_int_equal(terms.confirm_within, 0);
	signatures_done(&signatures);
	assert_false(signatures_any(&signatures));
}

static void a_link_in_place_of_the_directory_is_refused(void **state)
{
	struct signatures found = { 0 };
	char link[80];

	(void)state;
	snprintf(link, sizeof(link), "%s/link", parent);
	assert_int_equal(symlink(directory, link), 0);
	assert_true(signatures_load(&other, link, &found) < 0);
	unlink(link);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(parent))
		return -1;
	snprintf(directory, sizeof(directory), "%s/signed", parent);
	return 0;
}

static int teardown(void **state)
{
	static const struct bailiwick_image_header third = { .digest = { 3 } };
	const struct image nobody = { .header = &third };

	(void)state;
	signatures_sweep(&nobody, directory);
	return rmdir(directory) || rmdir(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(each_image_has_its_own),
		cmocka_unit_test(a_sweep_leaves_those_of_one_image),
		cmocka_unit_test(terms_say_who_signed),
		cmocka_unit_test(a_link_in_place_of_the_directory_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
