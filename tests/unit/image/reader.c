// SPDX-License-Identifier: Apache-2.0
/* Opening images that are right, and refusing all others */
#include "../compile/compiled.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/writeall.h"
#include "image/writer.h"

static const char policy[] =
	"classes: {c: {grade: restricted, paths: [/c/**]}}\n"
	"roles:\n"
	"  a: {files: [{allow: [read], on: [c, /x]}], network: [{connect: [{to: [any], tcp: [1]}]}]}\n"
	"  b: {files: [{deny: [read], on: [/x]}]}\n"
	"assignments:\n"
	"  - {subject: \"user:alice\", role: a}\n"
	"  - {subject: \"user:alice\", role: b}\n";

static struct image *image;

static int setup(void **state)
{
	(void)state;
	image = compiled(policy);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	image = image_close(image);
	return 0;
}

static void opens_what_it_wrote(void **state)
{
	struct image *again = NULL;
	const char *why = "";
	int fd = image_memfd(image);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			 F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
	assert_int_equal(image_open_fd(fd, &again, &why), 0);
	assert_null(why);
	assert_int_equal(again->view.size, image->view.size);
	assert_memory_equal(again->bytes, image->bytes, image->view.size);
	image_close(again);
	close(fd);
}

static void opens_files_and_says_why_not(void **state)
{
	char path[] = "/tmp/image-XXXXXX";
	struct image *again = NULL;
	const char *why = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(image_open(path, &again, &why), -EBADMSG);
	assert_string_equal(why, "shorter than a header");
	assert_int_equal(writeall(fd, image->bytes, image->view.size), 0);
	assert_int_equal(image_open(path, &again, &why), 0);
	image_close(again);
	assert_int_equal(ftruncate(fd, (off_t)BAILIWICK_SLOT_MAX + 1), 0);
	assert_int_equal(image_open(path, &again, &why), -EFBIG);
	assert_int_equal(image_open_fd(fd, &again, &why), -EFBIG);
	assert_int_equal(image_open("/tmp", &again, &why), -EBADMSG);
	assert_int_equal(image_open("/nonexistent/x", &again, &why), -ENOENT);
	close(fd);
	unlink(path);
}

static int open_changed(size_t offset, uint8_t flip, const char **why)
{
	uint8_t *copy = malloc(image->view.size);
	struct image *again = NULL;
	int r;

	memcpy(copy, image->bytes, image->view.size);
	copy[offset] ^= flip;
	r = image_open_bytes(copy, image->view.size, &again, why);
	free(copy);
	image_close(again);
	return r;
}

static void refuses_changed_foreign_and_cut(void **state)
{
	struct image *again = NULL;
	const char *why;

	(void)state;
	assert_int_equal(open_changed(0, 1, &why), -EBADMSG);
	assert_string_equal(why, "not a policy image");
	assert_int_equal(open_changed(offsetof(struct bailiwick_image_header, abi), 2, &why),
			 -EPROTONOSUPPORT);
	assert_int_equal(open_changed(offsetof(struct bailiwick_image_header, digest), 1, &why),
			 -EKEYREJECTED);
	assert_int_equal(open_changed(offsetof(struct bailiwick_image_header, version), 2, &why),
			 -EKEYREJECTED);
	assert_string_equal(why, "digest is wrong");
	for (uint32_t size = 0; size < image->view.size; size += 97)
		assert_int_equal(image_open_bytes(image->bytes, size, &again, &why), -EBADMSG);
}

/* With its digest made right again, a changed image is judged by what it says. */
static void assert_inconsistent(size_t offset, uint32_t value, const char *expected)
{
	uint8_t *copy = malloc(image->view.size);
	struct image *again = NULL;
	const char *why = NULL;

	memcpy(copy, image->bytes, image->view.size);
	memcpy(copy + offset, &value, sizeof(value));
	assert_int_equal(image_digest(copy, image->view.size, copy +
			 offsetof(struct bailiwick_image_header, digest)), 0);
	assert_int_equal(image_open_bytes(copy, image->view.size, &again, &why), -EBADMSG);
	assert_string_equal(why, expected);
	free(copy);
}

#define SECTION(id) image->header->section[BAILIWICK_SECTION_##id].offset
#define HEADER(field) offsetof(struct bailiwick_image_header, field)

static void refuses_what_contradicts_itself(void **state)
{
	(void)state;
	assert_inconsistent(HEADER(start_state), 1u << 20, "start state out of range");
	assert_inconsistent(HEADER(rows), 4097, "number of rows out of range");
	assert_inconsistent(HEADER(flags), 1, "unknown header flags");
	assert_inconsistent(HEADER(default_user_row), 99, "default row out of range");
	assert_inconsistent(HEADER(section[BAILIWICK_SECTION_COMB].reserved), 1,
			    "reserved word of a section is not zero");
	assert_inconsistent(HEADER(section[BAILIWICK_SECTION_COMB].offset), 464,
			    "a section does not follow the one before it");
	assert_inconsistent(SECTION(STATE) + 4, ~0u, "fallback of a state out of range");
	assert_inconsistent(SECTION(STATE) + 8, 4000, "label of a state out of range");
	assert_inconsistent(SECTION(COMB) + 12, ~0u, "target of an edge out of range");
	assert_inconsistent(SECTION(CELL), 1u << 20, "unknown bits in a cell");
	assert_inconsistent(SECTION(CELL), BAILIWICK_CELL_PROTECTED,
			    "cell and label disagree on protection");
	assert_inconsistent(SECTION(DOMINANCE), 0, "a row does not dominate itself");
	assert_inconsistent(SECTION(TRIE), 0, "child of a trie node out of range");
	assert_inconsistent(SECTION(TRIE), BAILIWICK_TRIE_LEAF | 99, "class of a trie out of range");
	assert_inconsistent(SECTION(NET_CELL), ~0u, "unknown bits in a network cell");
	assert_inconsistent(SECTION(STRINGS), 'x', "strings do not start and end with NUL");
	assert_inconsistent(SECTION(RULE), 2, "unknown bits of a rule");
	assert_inconsistent(SECTION(ROLE), ~0u, "string of a role out of range");
}

static void a_binding_must_be_findable(void **state)
{
	const struct bailiwick_section *s = &image->header->section[BAILIWICK_SECTION_BINDING];
	const struct bailiwick_binding *b = (const void *)(image->bytes + s->offset);
	uint32_t i;

	(void)state;
	for (i = 0; b[i].kind != BAILIWICK_SUBJECT_USER; i++)
		;
	/* The same uid in a slot its hash does not lead to. */
	assert_inconsistent(s->offset + i * sizeof(*b) + offsetof(struct bailiwick_binding, row),
			    99, "row of a binding out of range");
	assert_inconsistent(s->offset + i * sizeof(*b) + offsetof(struct bailiwick_binding, kind),
			    BAILIWICK_SUBJECT_EXE, "unknown kind of a binding");
}

static void finds_rows_roles_and_strings(void **state)
{
	uint32_t row = image_find_row(image, "a+b");

	(void)state;
	assert_int_equal(row, 5);
	assert_string_equal(image_row_name(image, row), "a+b");
	assert_int_equal(image_row_role(image, row, 0), 0);
	assert_int_equal(image_row_role(image, row, 1), 1);
	assert_int_equal(image_row_role(image, row, 2), ~0u);
	assert_int_equal(image_row_role(image, 99, 0), ~0u);
	assert_int_equal(image_find_row(image, "nobody"), ~0u);
	assert_string_equal(image_row_name(image, 99), "");
	assert_string_equal(image_string(image, 0), "");
	assert_string_equal(image_string(image, ~0u), "");
	assert_null(image_role(image, 2));
	assert_null(image_row(image, 6));
	assert_non_null(image_class(image, 1));
	assert_int_equal(image_protects(image), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_wrote),
		cmocka_unit_test(opens_files_and_says_why_not),
		cmocka_unit_test(refuses_changed_foreign_and_cut),
		cmocka_unit_test(refuses_what_contradicts_itself),
		cmocka_unit_test(a_binding_must_be_findable),
		cmocka_unit_test(finds_rows_roles_and_strings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
