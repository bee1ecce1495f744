// SPDX-License-Identifier: GPL-2.0-only
/* The two policy slots and the word that says which one is in force. */
#include <linux/bpf.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_trace.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <bailiwick/genl.h>

#include "clock.h"
#include "narrow.h"
#include "slot.h"
#include "trust.h"

DEFINE_MUTEX(bw_lock);

/* What the module itself put into a slot; version 0 is nothing. */
struct content {
	u64 version;
	u8 digest[32];
	bool protects;
	bool trusted;		/* signed by both groups, or only takes away from what was */
};

/* Guarded by bw_lock.  Both maps or none. */
static struct {
	struct bpf_map *slots;
	struct bpf_map *control;
	struct content content[BAILIWICK_SLOTS];
	u64 switches;
	u64 floor;		/* highest version that was taken for good */
	s64 ahead;		/* of the wall clock before boot time, seconds, at most */
	bool sealed;
} own;

/*
 * Who may still read what the last flip took out of force.  Asked for at the flip, so
 * that the next switch, which overwrites it, mostly finds them gone: a crowd that keeps
 * the kernel's threads from running must not be able to put off what takes its rights.
 */
static struct {
	struct rcu_head head;
	struct completion left;		/* the sleepable ones */
	unsigned long cookie;		/* the others */
	bool asked;
	bool once_more;			/* a flip came while the first was waited for */
} readers;

static u64 boot_seconds(void)
{
	return ktime_divns(ktime_get_boottime(), NSEC_PER_SEC);
}

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
	if (READ_ONCE(is->word) || READ_ONCE(is->quarantined)) {
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

static void readers_left(struct rcu_head *head)
{
	complete_all(&readers.left);
}

static void ask_readers(void)
{
	readers.cookie = start_poll_synchronize_rcu();
	readers.once_more = readers.asked && !completion_done(&readers.left);
	if (readers.once_more)
		return;
	init_completion(&readers.left);
	readers.asked = true;
	call_rcu_tasks_trace(&readers.head, readers_left);
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
	ask_readers();
}

/*
 * Seconds since 1970 by a clock that nobody turns back: boot time, which also goes
 * on in suspend, and the furthest the wall clock was ever seen ahead of it.
 */
static u64 now(void)
{
	own.ahead = max(own.ahead, ktime_get_real_seconds() - (s64)boot_seconds());
	return own.ahead + boot_seconds();
}

/*
 * Whoever holds a grant that is over holds nothing of it: the row `none`, in place,
 * so no image has to come from anywhere.  True when there was one.
 */
static bool end_grants(u32 slot)
{
	struct bailiwick_image_header *image = array_value(own.slots, slot);
	const struct bailiwick_section *section = &image->section[BAILIWICK_SECTION_BINDING];
	struct bailiwick_binding *all = (void *)image + section->offset;
	const u64 time = now();
	u64 next = U64_MAX;
	bool ended = false;
	u32 i;

	for (i = 0; i < section->count; i++) {
		if (!all[i].until || all[i].row == BAILIWICK_ROW_NONE)
			continue;
		if (all[i].until > time) {
			next = min(next, all[i].until - time);
			continue;
		}
		WRITE_ONCE(all[i].row, BAILIWICK_ROW_NONE);
		ended = true;
	}
	bw_clock_look_again(next == U64_MAX ? 0 : next);
	return ended;
}

/* The same slot in a new epoch: who runs is asked again who he is. */
bool bw_slot_end_grants(void)
{
	u32 active;

	lockdep_assert_held(&bw_lock);
	if (!own.slots || !control()->word)
		return false;
	active = word_slot(control()->word);
	if (!end_grants(active))
		return false;
	flip(active);
	return true;
}

struct bailiwick_control *bw_slot_control(void)
{
	lockdep_assert_held(&bw_lock);
	return control();
}

/* While no policy is in force nobody is asked: there is no epoch to begin. */
void bw_slot_renew(void)
{
	if (control()->word)
		flip(word_slot(control()->word));
}

/* After this no program, sleepable or not, still reads the slot out of force. */
static void wait_for_readers(void)
{
	if (!readers.asked)
		return;			/* nothing was ever in force */
	cond_synchronize_rcu(readers.cookie);
	wait_for_completion(&readers.left);
	if (readers.once_more)
		synchronize_rcu_tasks_trace();
	readers.once_more = false;
}

void bw_slot_exit(void)
{
	if (readers.asked)
		rcu_barrier_tasks_trace();
}

void bw_slot_set_floor(u64 version)
{
	lockdep_assert_held(&bw_lock);
	own.floor = version;
}

/* Once keys are in, what nobody had to sign sets no mark: it could be the highest there is. */
static void raise_floor(u32 slot)
{
	if (!bw_trust_filled() || own.content[slot].trusted)
		own.floor = max(own.floor, own.content[slot].version);
}

/* After a boot the policy that was in force comes back under its own version. */
static int version_check(u64 version, int people, u32 active, const char **why)
{
	const bool first = people == BW_GROUPS && !own.content[active].trusted;

	if (version <= own.content[active].version && !first) {
		*why = "the image is not newer than the policy in force";
		return -ESTALE;
	}
	if (version < own.floor || (control()->word && version == own.floor)) {
		*why = "the image is older than a policy that was in force before";
		return -ESTALE;
	}
	return 0;
}

/*
 * Narrowing takes one, widening two.  While no policy is in force every hook lets
 * pass, so there is nothing that an image could widen; it cannot be sealed, though.
 */
static int people_check(const struct bw_image *image, int people, u32 active,
			bool *ret_trusted, const char **why)
{
	bool narrows = false;

	*ret_trusted = people == BW_GROUPS;
	if (people == BW_GROUPS || !bw_trust_filled() || !control()->word)
		return 0;
	if (people)
		narrows = bw_narrows(array_value(own.slots, active), image->header);
	if (!narrows) {
		*why = people ? "one has signed an image that does more than take rights away: two must" :
				"nobody has signed the image";
		return -ENOKEY;
	}
	*ret_trusted = own.content[active].trusted;
	return 0;
}

static int wait_check(u32 within, const char **why)
{
	if (bw_clock_left()) {
		*why = "the policy in force waits to be confirmed";
		return -EBUSY;
	}
	if (within && !control()->word) {
		*why = "there is no policy to come back to";
		return -ESTALE;
	}
	return 0;
}

static void fill(u32 slot, const struct bw_image *image, bool trusted)
{
	void *to = array_value(own.slots, slot);

	own.content[slot].version = 0;
	wait_for_readers();
	memcpy(to, image->header, image->size);
	memset(to + image->size, 0, own.slots->value_size - image->size);
	own.content[slot].version = image->header->version;
	own.content[slot].protects = image->protects;
	own.content[slot].trusted = trusted;
	memcpy(own.content[slot].digest, image->header->digest,
	       sizeof(own.content[slot].digest));
}

int bw_slot_switch(const struct bw_image *image, int people, u32 within, const char **why)
{
	u32 slot, active;
	bool trusted;
	int err;

	lockdep_assert_held(&bw_lock);
	active = word_slot(control()->word);
	err = version_check(image->header->version, people, active, why);
	if (!err)
		err = wait_check(within, why);
	if (!err)
		err = people_check(image, people, active, &trusted, why);
	if (err)
		return err;

	/* The first policy goes into slot 0: there is none in force beside it. */
	slot = control()->word ? !active : 0;
	fill(slot, image, trusted);
	/* No clock is right that is behind the image's: a boot with an old one gains nothing. */
	own.ahead = max(own.ahead, (s64)image->header->created - (s64)boot_seconds());
	end_grants(slot);
	flip(slot);
	if (within)
		bw_clock_wait(within);
	else
		raise_floor(slot);
	return 0;
}

int bw_slot_confirm(u64 version, const char **why)
{
	lockdep_assert_held(&bw_lock);
	if (!bw_clock_left() || own.content[word_slot(control()->word)].version != version) {
		*why = "that version does not wait to be confirmed";
		return -ESTALE;
	}
	bw_clock_confirm();
	raise_floor(word_slot(control()->word));
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
	/* What was taken for good is only left for something newer. */
	if (bw_trust_filled() && !bw_clock_left()) {
		*why = "the policy in force is confirmed: an older one does not come back";
		return -ENOKEY;
	}
	bw_clock_confirm();
	end_grants(slot);
	flip(slot);
	return 0;
}

void bw_slot_time_up(void)
{
	u32 slot;

	lockdep_assert_held(&bw_lock);
	slot = !word_slot(control()->word);
	end_grants(slot);
	flip(slot);
}

int bw_slot_seal(const char **why)
{
	lockdep_assert_held(&bw_lock);
	if (!bw_trust_filled()) {
		*why = "no keys are in: no policy could ever be changed again";
		return -ENOKEY;
	}
	if (!control()->word || !own.content[word_slot(control()->word)].trusted) {
		*why = "the policy in force is not signed by both groups";
		return -ENOKEY;
	}
	if (bw_clock_left()) {
		*why = "the policy in force waits to be confirmed";
		return -EBUSY;
	}
	own.sealed = true;
	WRITE_ONCE(control()->sealed, 1);
	return 0;
}

bool bw_slot_sealed(void)
{
	lockdep_assert_held(&bw_lock);
	return own.sealed;
}

void bw_slot_release(void)
{
	lockdep_assert_held(&bw_lock);
	bw_clock_confirm();
	bw_clock_look_again(0);
	/* Versions count for who has keys; without, a machine may begin again. */
	if (!bw_trust_filled())
		own.floor = 0;
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
	ret->floor = own.floor;
	ret->sealed = own.sealed;
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
	ret->trusted = active->trusted;
	memcpy(ret->digest, active->digest, sizeof(ret->digest));
}

#ifdef DEBUG
#include "selftest/slot.c"
#endif
