/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes the slots, who holds the links: every way of beginning and ending */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cmocka.h>

#include "load/direct.h"
#include "load/enforcement.h"
#include "load/gap.h"
#include "load/genl.h"
#include "load/loaded.h"
#include "load/object.h"
#include "load/probe.h"

/* The machine: what is there, what refuses, what was done. */
static struct {
	bool module, adopted, pinned, sealed;
	int load_fails, adopt_fails;
	uint64_t word;
	bool hook_missing, covering, findable, writable, torn;
	unsigned int lacking;	/* bits of enum probe_id */
	unsigned int loads, adoptions, unpins, switches, direct_switches;
} machine;

static int fake_genl_open(struct genl **ret)
{
	if (!machine.module)
		return 1;
	*ret = (struct genl *)&machine;
	return 0;
}

static struct genl *fake_genl_close(struct genl *genl)
{
	(void)genl;
	return NULL;
}

static int fake_genl_status(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	(void)genl;
	(void)why;
	*ret = (struct genl_module) {
		.flags = machine.adopted ? BAILIWICK_MODULE_ADOPTED : 0,
		.epoch = machine.adopted ? 7 : 0,
		.version = machine.adopted ? 70 : 0,
		.held = machine.adopted,
	};
	return 0;
}

static int fake_genl_adopt(struct genl *genl, int slots, int control, const int *links,
			   size_t link_count, const int *programs, size_t program_count,
			   struct genl_module *ret, struct buffer *why)
{
	(void)programs;
	(void)program_count;
	assert_int_equal(slots, 100 + LOADED_SLOTS);
	assert_int_equal(control, 100 + LOADED_CONTROL);
	assert_int_equal(link_count, 1);
	assert_int_equal(links[0], 200);
	machine.adoptions++;
	if (machine.adopt_fails)
		return machine.adopt_fails;
	machine.adopted = true;
	return fake_genl_status(genl, ret, why);
}

static int fake_genl_switch(struct genl *genl, int image, const struct terms *terms,
			    struct genl_module *ret, struct buffer *why)
{
	(void)image;
	(void)terms;
	machine.switches++;
	return fake_genl_status(genl, ret, why);
}

static int fake_genl_release(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	if (machine.sealed)
		return -EBUSY;
	machine.adopted = false;
	return fake_genl_status(genl, ret, why);
}

static void fill(struct loaded *loaded)
{
	loaded_init(loaded);
	for (int i = 0; i < LOADED_MAP_COUNT; i++)
		loaded->map[i] = 100 + i;
	strcpy(loaded->link[0].hook, "file_open");
	loaded->link[0].fd = 200;
	loaded->link_count = 1;
	if (machine.covering) {
		strcpy(loaded->link[1].hook, "inode_setxattr");
		loaded->link[1].fd = 201;
		loaded->link_count = 2;
	}
	loaded->abi = BAILIWICK_ABI;
}

static int fake_loaded_open(const char *pins, struct loaded *ret, struct buffer *why)
{
	(void)pins;
	(void)why;
	if (machine.torn)
		return -EEXIST;
	if (!machine.pinned)
		return 1;
	fill(ret);
	return 0;
}

static int fake_object_load(const struct object_options *options, const char *pins,
			    struct loaded *ret, struct buffer *why)
{
	(void)pins;
	(void)why;
	machine.loads++;
	if (machine.load_fails)
		return machine.load_fails;
	assert_true(options->slot_size && options->ring_size);
	machine.pinned = true;
	fill(ret);
	return 0;
}

static int fake_object_hooks(object_hook_fn *callback, void *context)
{
	int err = callback(context, "file_open", true);

	return err || !machine.hook_missing ? err : callback(context, "inode_set_acl", false);
}

static void fake_recheck_find(struct loaded *loaded)
{
	(void)loaded;
}

static int fake_loaded_find(struct loaded *ret, struct buffer *why)
{
	(void)why;
	if (!machine.findable)
		return 1;
	fill(ret);
	return 0;
}

static int fake_loaded_pin(const struct loaded *loaded, const char *pins, struct buffer *why)
{
	(void)loaded;
	(void)pins;
	(void)why;
	machine.pinned = true;
	return 0;
}

static int fake_write_control(const struct loaded *loaded, const struct bailiwick_control *control)
{
	(void)loaded;
	(void)control;
	return machine.writable ? 0 : -EPERM;
}

static void fake_loaded_done(struct loaded *loaded)
{
	loaded_init(loaded);
}

static int fake_loaded_unpin(const char *pins)
{
	(void)pins;
	machine.unpins++;
	machine.pinned = false;
	return 0;
}

static int fake_read_control(const struct loaded *loaded, struct bailiwick_control *ret)
{
	(void)loaded;
	*ret = (struct bailiwick_control) { .word = machine.word };
	return 0;
}

static int fake_events_open(struct loaded *loaded)
{
	(void)loaded;
	return 0;
}

static int fake_direct_switch(struct direct *direct, const struct loaded *loaded, int image,
			      struct buffer *why)
{
	(void)direct;
	(void)loaded;
	(void)image;
	(void)why;
	machine.direct_switches++;
	return 0;
}

static int fake_direct_status(struct direct *direct, const struct loaded *loaded,
			      struct enforcement_status *ret)
{
	(void)direct;
	(void)loaded;
	ret->version = 30;
	return 0;
}

static int fake_statfs(const char *path, struct statfs *fs)
{
	(void)path;
	fs->f_type = BPF_FS_MAGIC;
	return 0;
}

static int fake_probe_run(struct probe_report *ret)
{
	for (size_t i = 0; i < PROBE_COUNT; i++)
		ret->finding[i] = (struct probe_finding) {
			.answer = (machine.lacking >> i) & 1 ? PROBE_NO : PROBE_YES,
			.required = i != PROBE_MODULE, .text = "it lacks this", .remedy = "do that",
		};
	return 0;
}

#define probe_run fake_probe_run
#define statfs(path, fs) fake_statfs(path, fs)
#define genl_open fake_genl_open
#define genl_close fake_genl_close
#define genl_status fake_genl_status
#define genl_adopt fake_genl_adopt
#define genl_switch fake_genl_switch
#define genl_release fake_genl_release
#define loaded_open fake_loaded_open
#define loaded_done fake_loaded_done
#define loaded_unpin fake_loaded_unpin
#define loaded_read_control fake_read_control
#define loaded_write_control fake_write_control
#define loaded_find fake_loaded_find
#define recheck_find fake_recheck_find
#define loaded_pin fake_loaded_pin
#define loaded_events_open fake_events_open
#define object_load fake_object_load
#define object_hooks fake_object_hooks
#define direct_switch fake_direct_switch
#define direct_status fake_direct_status
#include "../../../userspace/load/enforcement.c"

static struct buffer why;
static struct enforcement *enforcement;
static struct enforcement_status status;

static int fresh(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	buffer_clear(&why);
	enforcement = NULL;
	return 0;
}

static int closed(void **state)
{
	(void)state;
	enforcement_close(enforcement);
	return 0;
}

static int begin(struct enforcement_options options)
{
	int origin = enforcement_open(&options, &enforcement, &why);

	if (origin >= 0)
		assert_int_equal(enforcement_status(enforcement, &status), 0);
	return origin;
}

static bool lists(const char *what)
{
	for (size_t i = 0; i < status.gap_count; i++)
		if (strstr(status.gaps[i].what, what))
			return true;
	return false;
}

static void a_module_that_is_free_takes_a_fresh_load(void **state)
{
	(void)state;
	machine.module = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
	assert_int_equal(machine.adoptions, 1);
	assert_true(status.held && status.module && !status.sealed);
	assert_int_equal(status.version, 70);
	assert_false(lists("policy slots"));
	assert_int_equal(enforcement_switch(enforcement, 5, NULL, &why), 0);
	assert_int_equal(machine.switches, 1);
	assert_int_equal(machine.direct_switches, 0);
}

static void without_a_module_the_slots_are_written_here(void **state)
{
	(void)state;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
	assert_false(status.held || status.module);
	assert_int_equal(status.version, 30);
	assert_true(lists("policy slots"));
	assert_int_equal(enforcement_switch(enforcement, 5, NULL, &why), 0);
	assert_int_equal(machine.direct_switches, 1);
	assert_int_equal(enforcement_lifecycle_fd(enforcement), -1);
}

static void a_module_may_be_left_out(void **state)
{
	(void)state;
	machine.module = true;
	assert_int_equal(begin((struct enforcement_options) { .no_module = true }),
			 ENFORCEMENT_FRESH);
	assert_int_equal(machine.adoptions, 0);
	assert_true(status.module && !status.held);
	assert_true(lists("policy slots"));
}

static void what_is_held_is_taken_over_as_it_is(void **state)
{
	(void)state;
	machine.module = machine.adopted = machine.pinned = true;
	machine.word = 3;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
	assert_int_equal(machine.adoptions, 0);
	assert_int_equal(machine.loads, 0);
	assert_true(status.held);
}

/* The controller died between pinning and adopting. */
static void an_unfinished_start_is_finished(void **state)
{
	(void)state;
	machine.module = machine.pinned = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
	assert_int_equal(machine.adoptions, 1);
	assert_true(status.held);
}

/* Loaded without the module; the module came later and cannot vouch for it. */
static void a_policy_in_force_is_not_offered(void **state)
{
	(void)state;
	machine.module = machine.pinned = true;
	machine.word = 3;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
	assert_int_equal(machine.adoptions, 0);
	assert_false(status.held);
	assert_true(lists("policy slots"));
}

static void a_refused_adoption_leaves_nothing(void **state)
{
	(void)state;
	machine.module = true;
	machine.adopt_fails = -EINVAL;
	assert_int_equal(begin((struct enforcement_options) {}), -EINVAL);
	assert_false(machine.pinned);
	assert_null(enforcement);
}

/* One that never asks the programs, or in which they would deny everything. */
static void an_unfit_kernel_is_refused(void **state)
{
	(void)state;
	machine.lacking = 1u << PROBE_SYMBOLS;
	assert_int_equal(begin((struct enforcement_options) {}), -EOPNOTSUPP);
	assert_string_equal(why.data, "it lacks this; what to do: do that");
	buffer_clear(&why);
	machine.lacking |= 1u << PROBE_LSM;
	assert_int_equal(begin((struct enforcement_options) {}), -EOPNOTSUPP);
	assert_string_equal(why.data, "it lacks this; what to do: do that. "
				      "it lacks this; what to do: do that");
	assert_int_equal(machine.loads, 0);
}

static void what_is_only_useful_may_lack(void **state)
{
	(void)state;
	machine.lacking = 1u << PROBE_MODULE;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
}

static void what_is_loaded_needs_no_fit_kernel(void **state)
{
	(void)state;
	machine.lacking = 1u << PROBE_SYMBOLS;
	machine.pinned = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
}

static void a_failed_load_is_passed_on(void **state)
{
	(void)state;
	machine.load_fails = -EACCES;
	assert_int_equal(begin((struct enforcement_options) {}), -EACCES);
	assert_int_equal(machine.adoptions, 0);
}

static void lost_pins_are_no_fresh_start(void **state)
{
	(void)state;
	machine.module = machine.adopted = true;
	assert_int_equal(begin((struct enforcement_options) {}), -EEXIST);
	assert_int_equal(machine.loads, 0);
	assert_true(why.size > 0);
}

static void lost_pins_are_made_again(void **state)
{
	(void)state;
	machine.module = machine.adopted = machine.findable = true;
	machine.word = 7 << 1 | 1;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
	assert_true(machine.pinned && status.held);
	assert_int_equal(machine.loads + machine.adoptions, 0);
}

static void torn_pins_are_made_whole_where_the_module_vouches(void **state)
{
	(void)state;
	machine.torn = machine.findable = true;
	machine.word = 7 << 1;
	assert_int_equal(begin((struct enforcement_options) {}), -EEXIST);
	machine.module = machine.adopted = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_TAKEN_OVER);
	assert_int_equal(machine.unpins, 1);
	assert_int_equal(machine.loads, 0);
}

/* Programs and maps that only look like what the module holds. */
static void counterfeits_are_not_taken(void **state)
{
	(void)state;
	machine.module = machine.adopted = machine.findable = true;
	machine.word = 8 << 1;
	assert_int_equal(begin((struct enforcement_options) {}), -EEXIST);
	machine.word = 7 << 1;
	machine.writable = true;
	assert_int_equal(begin((struct enforcement_options) {}), -EEXIST);
	assert_false(machine.pinned);
	assert_non_null(strstr(why.data, "reboot"));
}

static void strange_slot_sizes_are_refused(void **state)
{
	static const uint32_t sizes[] = {
		1, BAILIWICK_SLOT_MIN / 2, BAILIWICK_SLOT_MIN + 1, 3u << 20, BAILIWICK_SLOT_MAX * 2,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(begin((struct enforcement_options) { .slot_size = sizes[i] }),
				 -EINVAL);
	assert_int_equal(machine.loads, 0);
}

static void missing_hooks_are_listed(void **state)
{
	(void)state;
	machine.hook_missing = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
	assert_int_equal(status.hook_count, 1);
	assert_string_equal(status.hooks[0], "file_open");
	assert_true(lists("hook inode_set_acl"));
	assert_false(lists("hook file_open"));
	assert_int_equal(enforcement_add_gap(enforcement, "a test of mine", "because"), 0);
	assert_int_equal(enforcement_status(enforcement, &status), 0);
	assert_true(lists("a test of mine"));
}

static void what_another_hook_covers_is_not_listed(void **state)
{
	(void)state;
	machine.hook_missing = machine.covering = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
	assert_false(lists("hook inode_set_acl"));
}

static void a_seal_keeps_everything(void **state)
{
	(void)state;
	machine.module = machine.sealed = true;
	assert_int_equal(begin((struct enforcement_options) {}), ENFORCEMENT_FRESH);
	assert_int_equal(enforcement_release(enforcement, &why), -EBUSY);
	assert_int_equal(machine.unpins, 0);
	assert_true(machine.pinned && machine.adopted);
	machine.sealed = false;
	assert_int_equal(enforcement_release(enforcement, &why), 0);
	assert_false(machine.pinned || machine.adopted);
}

static void a_look_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(enforcement_peek(&enforcement, &status), 1);
	machine.pinned = true;
	assert_int_equal(enforcement_peek(&enforcement, &status), 0);
	assert_int_equal(status.hook_count, 1);
	assert_int_equal(machine.loads + machine.adoptions + machine.unpins, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, closed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_module_that_is_free_takes_a_fresh_load),
		TEST(without_a_module_the_slots_are_written_here),
		TEST(a_module_may_be_left_out),
		TEST(what_is_held_is_taken_over_as_it_is),
		TEST(an_unfinished_start_is_finished),
		TEST(a_policy_in_force_is_not_offered),
		TEST(a_refused_adoption_leaves_nothing),
		TEST(an_unfit_kernel_is_refused),
		TEST(what_is_only_useful_may_lack),
		TEST(what_is_loaded_needs_no_fit_kernel),
		TEST(a_failed_load_is_passed_on),
		TEST(lost_pins_are_no_fresh_start),
		TEST(lost_pins_are_made_again),
		TEST(torn_pins_are_made_whole_where_the_module_vouches),
		TEST(counterfeits_are_not_taken),
		TEST(strange_slot_sizes_are_refused),
		TEST(missing_hooks_are_listed),
		TEST(what_another_hook_covers_is_not_listed),
		TEST(a_seal_keeps_everything),
		TEST(a_look_changes_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_done(&why);
	return failed;
}
