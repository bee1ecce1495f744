/* SPDX-License-Identifier: Apache-2.0 */
/* The programs before they meet a kernel: hooks, sizes, what libbpf has to say */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../userspace/load/object.c"

static struct bailiwick_bpf *skeleton;

static int opened(void **state)
{
	(void)state;
	skeleton = bailiwick_bpf__open();
	return skeleton ? 0 : -1;
}

static int closed(void **state)
{
	(void)state;
	bailiwick_bpf__destroy(skeleton);
	return 0;
}

static void sizes_reach_the_programs(void **state)
{
	const struct object_options options = { .slot_size = 1 << 21, .ring_size = 1 << 16 };

	(void)state;
	assert_int_equal(set_sizes(skeleton, &options), 0);
	assert_int_equal(skeleton->rodata->bw_abi, BAILIWICK_ABI);
	assert_int_equal(skeleton->rodata->bw_image_mask8, (1 << 21) - 1);
	assert_int_equal(skeleton->rodata->bw_image_mask32, (1 << 21) - 4);
	assert_int_equal(skeleton->rodata->bw_image_mask64, (1 << 21) - 8);
	assert_int_equal(skeleton->rodata->bw_scratch_mask + 1,
			 bpf_map__max_entries(skeleton->maps.bw_scratch));
	assert_int_equal(bpf_map__value_size(skeleton->maps.bw_slots), 1 << 21);
	assert_int_equal(bpf_map__map_flags(skeleton->maps.bw_slots), BPF_F_RDONLY_PROG);
	assert_int_equal(bpf_map__map_flags(skeleton->maps.bw_control), BPF_F_RDONLY_PROG);
	assert_int_equal(bpf_map__max_entries(skeleton->maps.bw_events), 1 << 16);
}

static void scratch_is_a_power_of_two_and_enough(void **state)
{
	const uint32_t entries = scratch_entries();

	(void)state;
	assert_int_equal(entries & (entries - 1), 0);
	assert_true(entries >= 4u * (uint32_t)libbpf_num_possible_cpus());
}

/* The module holds so many links, and a pin is named after each hook. */
static void every_program_has_one_hook_of_its_own(void **state)
{
	struct bpf_program *program, *other;
	size_t count = 0;

	(void)state;
	bpf_object__for_each_program(program, skeleton->obj) {
		const char *hook = program_hook(program);

		if (is_iterator(program))
			continue;	/* neither attached nor pinned by a hook */
		count++;
		assert_true(strlen(hook) > 0 && strlen(hook) < LOADED_HOOK_MAX);
		assert_null(strchr(hook, '/'));
		assert_null(strchr(hook, '.'));
		bpf_object__for_each_program(other, skeleton->obj)
			assert_true(other == program || strcmp(hook, program_hook(other)));
	}
	assert_true(count > 0 && count <= BAILIWICK_LINKS_MAX);
}

static void every_map_is_found_by_its_name(void **state)
{
	struct bpf_map *map, *other;
	size_t known = 0;

	(void)state;
	bpf_object__for_each_map(map, skeleton->obj) {
		assert_null(strchr(loaded_pin_name(bpf_map__name(map)), '.'));
		for (size_t i = 0; i < LOADED_MAP_COUNT; i++)
			known += !strcmp(loaded_pin_name(bpf_map__name(map)), loaded_map_name(i));
		bpf_object__for_each_map(other, skeleton->obj)
			assert_true(other == map || strcmp(bpf_map__name(map), bpf_map__name(other)));
	}
	assert_int_equal(known, LOADED_MAP_COUNT);
}

static bool is_wanted(const struct symbol *symbols, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(symbols[i].name, name))
			return true;
	return false;
}

static void the_symbols_of_the_walk_are_wanted(void **state)
{
	struct symbol symbols[64];
	const int count = object_symbols(symbols, 64);

	(void)state;
	assert_true(count > 0);
	assert_true(is_wanted(symbols, count, "rename_lock"));
	assert_true(is_wanted(symbols, count, "mount_lock"));
	assert_true(is_wanted(symbols, count, "init_task"));
	assert_false(is_wanted(symbols, count, ""));
	for (int i = 0; i < count; i++)
		assert_true(!symbols[i].found && !symbols[i].address);
	assert_int_equal(object_symbols(symbols, 1), -E2BIG);
}

__attribute__((format(printf, 2, 3)))
static void tell(enum libbpf_print_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	listen_to(level, format, args);
	va_end(args);
}

static void the_last_words_are_kept(void **state)
{
	struct buffer why = {};

	(void)state;
	said.size = 0;
	tell(LIBBPF_INFO, "not this");
	for (int i = 0; i < 1000; i++)
		tell(LIBBPF_WARN, "line %d of many that say why\n", i);
	tell(LIBBPF_WARN, "%01000d", 7);
	tell(LIBBPF_WARN, "the end\x1b[0m");
	assert_true(said.size <= sizeof(said.text));
	assert_int_equal(explain(&why, "loading", -EINVAL), -EINVAL);
	assert_non_null(strstr(why.data, "loading: "));
	assert_non_null(strstr(why.data, "the end\\x1b[0m"));
	assert_null(strstr(why.data, "not this"));
	assert_null(strchr(why.data, 0x1b));
	buffer_done(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sizes_reach_the_programs, opened, closed),
		cmocka_unit_test(scratch_is_a_power_of_two_and_enough),
		cmocka_unit_test_setup_teardown(every_program_has_one_hook_of_its_own, opened,
						closed),
		cmocka_unit_test_setup_teardown(every_map_is_found_by_its_name, opened, closed),
		cmocka_unit_test(the_symbols_of_the_walk_are_wanted),
		cmocka_unit_test(the_last_words_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
