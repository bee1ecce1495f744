// SPDX-License-Identifier: Apache-2.0
/* Laying sections out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "image/writer.h"

static void lays_sections_out_in_order(void **state)
{
	struct image_writer writer = { .header = { .version = 7 } };
	struct image_bytes bytes = { 0 };
	const struct bailiwick_image_header *h;
	uint32_t cell = 5, end = sizeof(*h);

	(void)state;
	assert_int_equal(image_writer_add(&writer, BAILIWICK_SECTION_NET_CELL, "abc", 3), 0);
	assert_int_equal(image_writer_add(&writer, BAILIWICK_SECTION_CELL, &cell, 4), 0);
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	h = (const void *)bytes.data;
	assert_memory_equal(h->magic, BAILIWICK_IMAGE_MAGIC, 8);
	assert_int_equal(h->abi, BAILIWICK_ABI);
	assert_int_equal(h->image_size, bytes.size);
	assert_int_equal(h->version, 7);
	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++) {
		assert_int_equal(h->section[i].offset % 8, 0);
		assert_true(h->section[i].offset >= end && h->section[i].offset < end + 8);
		end = h->section[i].offset + h->section[i].size;
	}
	assert_int_equal(h->section[BAILIWICK_SECTION_NET_CELL].count, 3);
	assert_int_equal(h->section[BAILIWICK_SECTION_CELL].count, 1);
	assert_int_equal(end, bytes.size);
	image_bytes_done(&bytes);
	image_writer_done(&writer);
}

static void keeps_each_string_once(void **state)
{
	struct image_writer writer = { .header = { .version = 1 } };
	uint32_t a, b;

	(void)state;
	assert_int_equal(image_writer_string(&writer, NULL), 0);
	assert_int_equal(image_writer_string(&writer, ""), 0);
	a = image_writer_string(&writer, "alpha");
	b = image_writer_string(&writer, "beta");
	assert_int_equal(a, 1);
	assert_int_equal(b, 7);
	assert_int_equal(image_writer_string(&writer, "alpha"), a);
	assert_string_equal(writer.section[BAILIWICK_SECTION_STRINGS].data + b, "beta");
	image_writer_done(&writer);
}

static void digest_leaves_its_own_place_out(void **state)
{
	struct image_writer writer = { .header = { .version = 1 } };
	uint8_t first[SHA256_SIZE], second[SHA256_SIZE];
	struct image_bytes bytes = { 0 };
	struct bailiwick_image_header *h;

	(void)state;
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	h = (void *)bytes.data;
	assert_int_equal(image_digest(bytes.data, bytes.size, first), 0);
	assert_memory_equal(first, h->digest, SHA256_SIZE);
	h->digest[0] ^= 1;
	assert_int_equal(image_digest(bytes.data, bytes.size, second), 0);
	assert_memory_equal(first, second, SHA256_SIZE);
	h->version = 2;
	assert_int_equal(image_digest(bytes.data, bytes.size, second), 0);
	assert_memory_not_equal(first, second, SHA256_SIZE);
	assert_int_equal(image_digest(bytes.data, 10, second), -EBADMSG);
	image_bytes_done(&bytes);
	image_writer_done(&writer);
}

static void knows_the_size_of_every_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++)
		assert_int_not_equal(image_record_size(i), 0);
	assert_int_equal(image_record_size(BAILIWICK_SECTION_COUNT), 0);
	assert_int_equal(image_record_size(BAILIWICK_SECTION_ROW), sizeof(struct bailiwick_row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lays_sections_out_in_order),
		cmocka_unit_test(keeps_each_string_once),
		cmocka_unit_test(digest_leaves_its_own_place_out),
		cmocka_unit_test(knows_the_size_of_every_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
