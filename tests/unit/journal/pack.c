// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/pack.h: there and back, and frames that lie */
#include "journal/pack.h"
#include "tests/unit/journal/scene.h"

#define SIZE (3u << 20)

static char *plain;
static int from, to;

static int set_up(void **state)
{
	char path[128];

	if (scene_set_up(state) < 0)
		return -1;
	plain = malloc(SIZE);
	srandom(3);
	for (size_t i = 0; i < SIZE; i++)
		plain[i] = (char)(random() % 7 + 'a');
	snprintf(path, sizeof(path), "%s/plain", directory);
	put_file(path, plain, SIZE);
	from = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "%s/packed", directory);
	to = open(path, O_RDWR | O_CREAT, 0600);
	return from < 0 || to < 0;
}

static int tear_down(void **state)
{
	free(plain);
	close(from);
	close(to);
	return scene_tear_down(state);
}

static int pack_all(size_t step)
{
	struct pack *pack;
	int r, steps = 0;

	assert_int_equal(pack_new(from, to, &pack), 0);
	while ((r = pack_step(pack, step)) == 0)
		steps++;
	assert_int_equal(r, 1);
	pack_free(pack);
	return steps;
}

static void there_and_back_in_pieces(void **state)
{
	static char piece[UNPACK_MOST];
	struct unpack *unpack;
	struct stat st;

	(void)state;
	assert_true(pack_all(256 << 10) >= 11);
	assert_int_equal(fstat(to, &st), 0);
	assert_true(st.st_size < SIZE / 2);
	assert_int_equal(unpack_new(to, &unpack), 0);
	for (off_t at = 0; at < SIZE; at += 70001) {
		size_t want = (size_t)random() % UNPACK_MOST;
		size_t left = SIZE - (size_t)at;

		assert_int_equal(unpack_read(unpack, piece, want, at), want < left ? want : left);
		assert_memory_equal(piece, plain + at, want < left ? want : left);
	}
	assert_int_equal(unpack_read(unpack, piece, 10, SIZE), 0);
	assert_int_equal(unpack_read(unpack, piece, 10, SIZE + 100), 0);
	assert_int_equal(unpack_read(unpack, piece, 10, 5), 10);	/* back */
	assert_memory_equal(piece, plain + 5, 10);
	assert_int_equal(unpack_read(unpack, piece, 10, SIZE - 20), 10);	/* and far ahead */
	assert_memory_equal(piece, plain + SIZE - 20, 10);
	assert_int_equal(unpack_read(unpack, piece, UNPACK_MOST + 1, 0), -EINVAL);
	unpack_free(unpack);
}

static ssize_t read_to_the_end(void)
{
	static char piece[65536];
	struct unpack *unpack;
	ssize_t n, all = 0;

	assert_int_equal(unpack_new(to, &unpack), 0);
	while ((n = unpack_read(unpack, piece, sizeof(piece), all)) > 0)
		all += n;
	unpack_free(unpack);
	return n < 0 ? n : all;
}

static void a_frame_that_is_not_whole_is_refused(void **state)
{
	struct stat st;

	(void)state;
	pack_all(SIZE);
	assert_int_equal(read_to_the_end(), SIZE);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(pwrite(to, "x", 1, st.st_size), 1);	/* something behind it */
	assert_int_equal(read_to_the_end(), -EBADMSG);
	assert_int_equal(ftruncate(to, st.st_size - 1), 0);
	assert_int_equal(read_to_the_end(), -EBADMSG);
	assert_int_equal(ftruncate(to, 0), 0);
	assert_int_equal(read_to_the_end(), -EBADMSG);
	assert_int_equal(pwrite(to, "no frame at all", 15, 0), 15);
	assert_int_equal(read_to_the_end(), -EBADMSG);
}

int main(void)
{
#define PACKED(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		PACKED(there_and_back_in_pieces),
		PACKED(a_frame_that_is_not_whole_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
