// SPDX-License-Identifier: GPL-2.0-only
/* The two policy slots and the word that says which one is in force. */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_trace.h>
#include <linux/string.h>

#include <bailiwick/genl.h>

#include "slot.h"

DEFINE_MUTEX(bw_lock);

/* What the module itself put into a slot; version 0 is nothing. */
struct content {
	u64 version;
	u8 digest[32];
	bool protects;
};

/* Guarded by bw_lock.  Both maps or none. */
static struct {
	struct bpf_map *slots;
	struct bpf_map *control;
	struct content content[BAILIWICK_SLOTS];
	u64 switches;
} own;

static void *array_value(struct bpf_map *map, u32 index)
{
	struct bpf_array *array = container_of(map, struct bpf_array, map);

	return array->value + (u64)array->elem_size * index;
}

static struct bailiwick_control *control(void)
{
	return array_value(own.control, 0);
}

/* epoch << 1 | slot */
static u64 word_next(u64 word, u32 slot)
{
	return ((word >> 1) + 1) << 1 | slot;
}

static u32 word_slot(u64 word)
{
	return word & 1;
}

static bool is_array(const struct bpf_map *map, u32 entries)
{
	return map->map_type == BPF_MAP_TYPE_ARRAY && map->key_size == 4 &&
	       map->max_entries == entries && map->map_flags == BPF_F_RDONLY_PROG;
}

static bool is_slots(const struct bpf_map *map)
{
	return is_array(map, BAILIWICK_SLOTS) && is_power_of_2(map->value_size) &&
	       map->value_size >= BAILIWICK_SLOT_MIN &&
	       map->value_size <= BAILIWICK_SLOT_MAX;
}

static bool is_control(const struct bpf_map *map)
{
	return is_array(map, 1) && map->value_size == sizeof(struct bailiwick_control);
}

/*
 * BPF_F_RDONLY is no property of a map: it binds the descriptor that creating the
 * map returned, and another one, by id or by pin, can write.  A frozen map refuses every bpf(2) writer,
 * whatever the descriptor.  The verifier takes frozen BPF_F_RDONLY_PROG maps of
 * one entry for constants, so programs that read them must be loaded before.
 */
static int map_freeze(struct bpf_map *map)
{
	int err = 0;

	mutex_lock(&map->freeze_mutex);
	if (atomic64_read(&map->writecnt))
		err = -EINVAL;
	else
		WRITE_ONCE(map->frozen, true);
	mutex_unlock(&map->freeze_mutex);
	return err;
}

static int maps_take(struct bpf_map *slots, struct bpf_map *control, const char **why)
{
	const struct bailiwick_control *is = array_value(control, 0);

	if (!is_slots(slots)) {
		*why = "the slots map has another type, size or flags";
		return -EINVAL;
	}
	if (!is_control(control)) {
		*why = "the control map has another type, size or flags";
		return -EINVAL;
	}
	if (map_freeze(slots) || map_freeze(control)) {
		*why = "a map is mapped for writing";
		return -EINVAL;
	}
	/* After the freeze, so that nobody can change the answer. */
	if (READ_ONCE(is->word)) {
		*why = "a policy that did not come through the module is in force";
		return -EINVAL;
	}
	return 0;
}

int bw_slot_adopt(u32 slots_fd, u32 control_fd, const char **why)
{
	struct bpf_map *slots, *control;
	int err;

	lockdep_assert_held(&bw_lock);
	slots = bpf_map_get(slots_fd);
	if (IS_ERR(slots)) {
		*why = "the slots descriptor is no BPF map";
		return PTR_ERR(slots);
	}
	control = bpf_map_get(control_fd);
	if (IS_ERR(control)) {
		*why = "the control descriptor is no BPF map";
		bpf_map_put(slots);
		return PTR_ERR(control);
	}
	err = maps_take(slots, control, why);
	if (err) {
		bpf_map_put(control);
		bpf_map_put(slots);
		return err;
	}
	own.slots = slots;
	own.control = control;
	memset(own.content, 0, sizeof(own.content));
	return 0;
}

bool bw_slot_adopted(void)
{
	lockdep_assert_held(&bw_lock);
	return own.slots;
}

u32 bw_slot_size(void)
{
	lockdep_assert_held(&bw_lock);
	return own.slots ? own.slots->value_size : 0;
}

/*
 * Epochs rise with every flip and never return, so a task's cached row of an
 * older policy can never be taken for one of this policy.  `protects` may only
 * be set too long, never too short: programs skip work while it is 0.
 */
static void flip(u32 slot)
{
	struct bailiwick_control *c = control();

	if (own.content[slot].protects)
		WRITE_ONCE(c->protects, 1);
	smp_store_release(&c->word, word_next(c->word, slot));
	own.switches++;
	if (!own.content[slot].protects)
		WRITE_ONCE(c->protects, 0);
}

/* After this no program, sleepable or not, still reads the slot out of force. */
static void wait_for_readers(void)
{
	synchronize_rcu();
	synchronize_rcu_tasks_trace();
}

int bw_slot_switch(const struct bw_image *image, const char **why)
{
	u32 slot, active;
	void *to;

	lockdep_assert_held(&bw_lock);
	active = word_slot(control()->word);
	if (image->header->version <= own.content[active].version) {
		*why = "the image is not newer than the policy in force";
		return -ESTALE;
	}

	/* The first policy goes into slot 0: there is none in force beside it. */
	slot = control()->word ? !active : 0;
	own.content[slot].version = 0;
	wait_for_readers();
	to = array_value(own.slots, slot);
	memcpy(to, image->header, image->size);
	memset(to + image->size, 0, own.slots->value_size - image->size);

	own.content[slot].version = image->header->version;
	own.content[slot].protects = image->protects;
	memcpy(own.content[slot].digest, image->header->digest,
	       sizeof(own.content[slot].digest));
	flip(slot);
	return 0;
}

int bw_slot_rollback(u64 version, const char **why)
{
	u32 slot;

	lockdep_assert_held(&bw_lock);
	slot = !word_slot(control()->word);
	if (!control()->word || !version || own.content[slot].version != version) {
		*why = "the other slot does not hold that version";
		return -ESTALE;
	}
	flip(slot);
	return 0;
}

void bw_slot_release(void)
{
	lockdep_assert_held(&bw_lock);
	bpf_map_put(own.control);
	bpf_map_put(own.slots);
	own.slots = NULL;
	own.control = NULL;
}

void bw_slot_status(struct bw_slot_status *ret)
{
	const struct content *active;
	u64 word;

	lockdep_assert_held(&bw_lock);
	memset(ret, 0, sizeof(*ret));
	ret->switches = own.switches;
	if (!own.slots)
		return;
	ret->slot_size = own.slots->value_size;
	word = control()->word;
	if (!word)
		return;
	active = &own.content[word_slot(word)];
	ret->active = word_slot(word);
	ret->epoch = word >> 1;
	ret->version = active->version;
	memcpy(ret->digest, active->digest, sizeof(ret->digest));
}

#ifdef DEBUG
#include "selftest/slot.c"
#endif
