/* SPDX-License-Identifier: Apache-2.0 */
/* Switching without the module, over maps that are memory */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "image/writer.h"
#include "load/loaded.h"

#define SLOT 65536u

/* The maps, and what was written to them in which order. */
static struct {
	uint8_t slot[2][SLOT];
	struct bailiwick_control control;
	unsigned int control_writes;
	bool slot_in_force_written;
	bool write_fails;
} maps;

static int fake_read_control(const struct loaded *loaded, struct bailiwick_control *ret)
{
	(void)loaded;
	*ret = maps.control;
	return 0;
}

static int fake_write_control(const struct loaded *loaded, const struct bailiwick_control *control)
{
	(void)loaded;
	maps.control = *control;
	maps.control_writes++;
	return 0;
}

static int fake_read_slot(const struct loaded *loaded, uint32_t slot, void *bytes)
{
	(void)loaded;
	memcpy(bytes, maps.slot[slot], SLOT);
	return 0;
}

static int fake_write_slot(const struct loaded *loaded, uint32_t slot, const void *bytes)
{
	(void)loaded;
	if (maps.write_fails)
		return -EPERM;
	if (maps.control.word && (maps.control.word & 1) == slot)
		maps.slot_in_force_written = true;
	memcpy(maps.slot[slot], bytes, SLOT);
	return 0;
}

#define loaded_read_control fake_read_control
#define loaded_write_control fake_write_control
#define loaded_read_slot fake_read_slot
#define loaded_write_slot fake_write_slot
#include "../../../userspace/load/direct.c"

static struct direct direct;
static struct buffer why;
static const struct loaded loaded = { .slot_size = SLOT };

static int fresh(void **state)
{
	(void)state;
	memset(&maps, 0, sizeof(maps));
	memset(maps.slot, 0xee, sizeof(maps.slot));
	direct = (struct direct) {};
	buffer_clear(&why);
	return 0;
}

static void put(struct image_writer *writer, enum bailiwick_section_id id, const void *record,
		size_t size, size_t count)
{
	while (count--)
		assert_int_equal(image_writer_add(writer, id, record, size), 0);
}

/* The built-in rows and labels alone. */
static struct image_bytes make_image(uint64_t version, bool protects)
{
	static const uint64_t zeros[8];
	const struct bailiwick_label label = { .flags = protects ? BAILIWICK_LABEL_PROTECTED : 0 };
	const uint32_t cell = protects ? BAILIWICK_CELL_PROTECTED : 0, ones = ~0u;
	struct bailiwick_trie_node node;
	struct image_writer writer = { .header = {
		.version = version, .rows = BAILIWICK_ROW_FIRST, .labels = BAILIWICK_LABEL_FIRST,
		.byte_classes = 1, .states = 2, .start_state = 1,
		.address_classes = 1, .port_classes = 1,
	} };
	struct image_bytes bytes;

	for (size_t i = 0; i < 16; i++)
		node.slot[i] = BAILIWICK_TRIE_LEAF;
	put(&writer, BAILIWICK_SECTION_BYTE_CLASS, zeros, 1, 256);
	put(&writer, BAILIWICK_SECTION_STATE, zeros, sizeof(struct bailiwick_state), 2);
	put(&writer, BAILIWICK_SECTION_LABEL, &label, sizeof(label), BAILIWICK_LABEL_FIRST);
	put(&writer, BAILIWICK_SECTION_CELL, &cell, 4,
	    BAILIWICK_ROW_FIRST * BAILIWICK_LABEL_FIRST);
	put(&writer, BAILIWICK_SECTION_ROW, zeros, sizeof(struct bailiwick_row),
	    BAILIWICK_ROW_FIRST);
	put(&writer, BAILIWICK_SECTION_BINDING, zeros, sizeof(struct bailiwick_binding), 1);
	put(&writer, BAILIWICK_SECTION_TRANSITION, zeros, sizeof(struct bailiwick_transition), 1);
	put(&writer, BAILIWICK_SECTION_DOMINANCE, &ones, 4, 1);
	put(&writer, BAILIWICK_SECTION_TRIE, &node, sizeof(node), 1);
	put(&writer, BAILIWICK_SECTION_NET_CELL, zeros, 1, BAILIWICK_ROW_FIRST);
	put(&writer, BAILIWICK_SECTION_CLASS, zeros, sizeof(struct bailiwick_class), 1);
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	image_writer_done(&writer);
	return bytes;
}

static int switch_bytes(const void *data, size_t size, int seals)
{
	int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING), err;

	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	err = direct_switch(&direct, &loaded, fd, &why);
	close(fd);
	return err;
}

static int switch_to(uint64_t version, bool protects)
{
	struct image_bytes bytes = make_image(version, protects);
	int err = switch_bytes(bytes.data, bytes.size, SEALS);

	image_bytes_done(&bytes);
	return err;
}

static void versions_take_turns(void **state)
{
	struct enforcement_status status = {};

	(void)state;
	assert_int_equal(switch_to(1, false), 0);
	assert_int_equal(maps.control.word, 1 << 1 | 0);
	assert_int_equal(switch_to(2, false), 0);
	assert_int_equal(maps.control.word, 2 << 1 | 1);
	assert_int_equal(switch_to(9, false), 0);
	assert_int_equal(maps.control.word, 3 << 1 | 0);
	assert_false(maps.slot_in_force_written);

	assert_int_equal(direct_status(&direct, &loaded, &status), 0);
	assert_int_equal(status.epoch, 3);
	assert_int_equal(status.version, 9);
	assert_int_equal(status.active, 0);
}

static void the_slot_holds_the_image_and_zeros(void **state)
{
	struct image_bytes bytes = make_image(1, false);

	(void)state;
	assert_int_equal(switch_to(1, false), 0);
	assert_memory_equal(maps.slot[0], bytes.data, bytes.size);
	for (size_t i = bytes.size; i < SLOT; i++)
		assert_int_equal(maps.slot[0][i], 0);
	image_bytes_done(&bytes);
}

static void old_versions_are_refused(void **state)
{
	(void)state;
	assert_int_equal(switch_to(5, false), 0);
	assert_int_equal(switch_to(5, false), -ESTALE);
	assert_int_equal(switch_to(4, false), -ESTALE);
	assert_int_equal(maps.control.word, 1 << 1);
	assert_true(why.size > 0);
}

/* Another controller before this one: what is in force is read, not remembered. */
static void a_policy_that_was_there_is_known(void **state)
{
	(void)state;
	assert_int_equal(switch_to(5, false), 0);
	direct = (struct direct) {};
	assert_int_equal(switch_to(5, false), -ESTALE);
	assert_int_equal(switch_to(6, false), 0);
}

static void bad_images_change_nothing(void **state)
{
	struct image_bytes bytes = make_image(1, false);
	static const char large[SLOT + 1];

	(void)state;
	assert_int_equal(switch_bytes(bytes.data, bytes.size, 0), -EPERM);
	assert_int_equal(switch_bytes(bytes.data, bytes.size, SEALS & ~F_SEAL_GROW), -EPERM);
	assert_int_equal(switch_bytes(large, sizeof(large), SEALS), -EFBIG);
	assert_int_equal(switch_bytes("", 0, SEALS), -EBADMSG);
	assert_int_equal(switch_bytes(bytes.data, bytes.size - 1, SEALS), -EBADMSG);
	((struct bailiwick_image_header *)bytes.data)->digest[3] ^= 1;
	assert_int_equal(switch_bytes(bytes.data, bytes.size, SEALS), -EKEYREJECTED);
	((struct bailiwick_image_header *)bytes.data)->abi = BAILIWICK_ABI + 1;
	assert_int_equal(switch_bytes(bytes.data, bytes.size, SEALS), -EPROTONOSUPPORT);
	assert_int_equal(direct_switch(&direct, &loaded, -1, &why), -EBADF);
	assert_int_equal(maps.control_writes, 0);
	assert_int_equal(maps.slot[0][0], 0xee);
	image_bytes_done(&bytes);
}

static void a_slot_that_cannot_be_written_stays_out_of_force(void **state)
{
	(void)state;
	maps.write_fails = true;
	assert_int_equal(switch_to(1, false), -EPERM);
	assert_int_equal(maps.control_writes, 0);
}

static void protection_is_announced_before_the_flip(void **state)
{
	const struct bailiwick_control before = { .word = 4, .sealed = 0, .protects = 0 };

	assert_int_equal(flip(&loaded, &before, 1, 1), 0);
	assert_int_equal(maps.control_writes, 2);
	assert_int_equal(maps.control.protects, 1);
	assert_int_equal(maps.control.word, 3 << 1 | 1);

	fresh(state);
	assert_int_equal(switch_to(1, true), 0);
	assert_int_equal(maps.control.protects, 1);
	assert_int_equal(switch_to(2, false), 0);
	assert_int_equal(maps.control.protects, 0);
}

static void rollback_needs_the_version_that_is_there(void **state)
{
	(void)state;
	assert_int_equal(direct_rollback(&direct, &loaded, 1, &why), -ESTALE);
	assert_int_equal(switch_to(1, false), 0);
	assert_int_equal(direct_rollback(&direct, &loaded, 1, &why), -ESTALE);
	assert_int_equal(switch_to(2, true), 0);
	assert_int_equal(direct_rollback(&direct, &loaded, 2, &why), -ESTALE);
	maps.slot[0][300] ^= 1;		/* somebody wrote there */
	assert_int_equal(direct_rollback(&direct, &loaded, 1, &why), -ESTALE);
	maps.slot[0][300] ^= 1;
	assert_int_equal(direct_rollback(&direct, &loaded, 1, &why), 0);
	assert_int_equal(maps.control.word, 3 << 1 | 0);
	assert_int_equal(maps.control.protects, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(versions_take_turns, fresh),
		cmocka_unit_test_setup(the_slot_holds_the_image_and_zeros, fresh),
		cmocka_unit_test_setup(old_versions_are_refused, fresh),
		cmocka_unit_test_setup(a_policy_that_was_there_is_known, fresh),
		cmocka_unit_test_setup(bad_images_change_nothing, fresh),
		cmocka_unit_test_setup(a_slot_that_cannot_be_written_stays_out_of_force, fresh),
		cmocka_unit_test_setup(protection_is_announced_before_the_flip, fresh),
		cmocka_unit_test_setup(rollback_needs_the_version_that_is_there, fresh),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_done(&why);
	return failed;
}
