// SPDX-License-Identifier: GPL-2.0-only
/* Subjects that have no rights, whatever image is in force. */
#include <linux/random.h>
#include <linux/string.h>

#include "quarantine.h"
#include "slot.h"

/* Guarded by bw_lock; of the entries in force.  The programs need no names. */
static char names[BAILIWICK_QUARANTINES_MAX][BAILIWICK_QUARANTINE_NAME_MAX + 1];

static bool is_in_force(const struct bailiwick_control *control, u32 i)
{
	return control->quarantined >> i & 1;
}

static bool same_subject(const struct bailiwick_quarantine *a,
			 const struct bailiwick_quarantine *b)
{
	return a->kind == b->kind && a->number == b->number && a->id == b->id;
}

static bool is_kind(u32 kind)
{
	return kind == BAILIWICK_SUBJECT_USER || kind == BAILIWICK_SUBJECT_UNIT ||
	       kind == BAILIWICK_SUBJECT_EXE || kind == BAILIWICK_SUBJECT_TREE;
}

/* BAILIWICK_QUARANTINES_MAX when there is none. */
static u32 find_subject(const struct bailiwick_control *control,
			const struct bailiwick_quarantine *wanted)
{
	u32 i;

	for (i = 0; i < BAILIWICK_QUARANTINES_MAX; i++)
		if (is_in_force(control, i) && same_subject(&control->quarantine[i], wanted))
			break;
	return i;
}

/* An entry is written before its bit is set, and its bit before the new epoch begins. */
static void set(struct bailiwick_control *control, u32 i, bool in_force)
{
	const u32 kind = control->quarantine[i].kind;
	const u64 bit = 1ull << i;
	u64 all = control->quarantined;

	all = in_force ? all | bit : all & ~bit;
	if (kind == BAILIWICK_SUBJECT_TREE)
		WRITE_ONCE(control->quarantined_trees, control->quarantined_trees ^ bit);
	if (kind == BAILIWICK_SUBJECT_EXE)
		WRITE_ONCE(control->quarantined_programs, control->quarantined_programs ^ bit);
	smp_store_release(&control->quarantined, all);
	bw_slot_renew();
}

int bw_quarantine_add(const struct bailiwick_quarantine *wanted, const char *name,
		      const char **why)
{
	struct bailiwick_control *control = bw_slot_control();
	u32 i;

	lockdep_assert_held(&bw_lock);
	if (!is_kind(wanted->kind)) {
		*why = "no such kind of subject can be in quarantine";
		return -EINVAL;
	}
	if (find_subject(control, wanted) < BAILIWICK_QUARANTINES_MAX) {
		*why = "it is in quarantine already";
		return -EEXIST;
	}
	if (!~control->quarantined) {
		*why = "more subjects than the module holds in quarantine";
		return -ENOSPC;
	}
	i = ffz(control->quarantined);
	control->quarantine[i] = *wanted;
	control->quarantine[i].nonce = get_random_u64();
	control->quarantine[i].since = control->word;
	strscpy(names[i], name, sizeof(names[i]));
	set(control, i, true);
	return 0;
}

/* The name is behind it, in @bytes. */
static bool read_lift(const struct bw_bytes *bytes, struct bailiwick_lift *ret)
{
	if (bytes->size < sizeof(*ret))
		return false;
	memcpy(ret, bytes->data, sizeof(*ret));
	return !memcmp(ret->magic, BAILIWICK_LIFT_MAGIC, sizeof(ret->magic)) &&
	       !ret->reserved && ret->name_size == bytes->size - sizeof(*ret);
}

/* What was signed says subject and name as they were taken in, and the nonce of then. */
static bool is_of(const struct bailiwick_lift *lift, const u8 *name, u32 i)
{
	return lift->nonce == bw_slot_control()->quarantine[i].nonce &&
	       lift->name_size == strlen(names[i]) && !memcmp(name, names[i], lift->name_size);
}

int bw_quarantine_lift(const struct bw_bytes *bytes, const struct bw_bytes signatures[BW_GROUPS],
		       const char **why)
{
	struct bailiwick_control *control = bw_slot_control();
	struct bailiwick_quarantine wanted;
	struct bailiwick_lift lift;
	int people;
	u32 i;

	lockdep_assert_held(&bw_lock);
	if (!read_lift(bytes, &lift)) {
		*why = "these bytes do not say which quarantine to lift";
		return -EBADMSG;
	}
	people = bw_trust_people(bytes, signatures, why);
	if (people < 0)
		return people;
	if (bw_trust_filled() && people < BW_GROUPS) {
		*why = "a quarantine is lifted by two: an author and an approver sign";
		return -ENOKEY;
	}
	wanted = (struct bailiwick_quarantine) {
		.kind = lift.kind, .number = lift.number, .id = lift.id,
	};
	i = find_subject(control, &wanted);
	if (i == BAILIWICK_QUARANTINES_MAX || !is_of(&lift, bytes->data + sizeof(lift), i)) {
		*why = "there is no such quarantine, or it began anew since that was signed";
		return -ESTALE;
	}
	set(control, i, false);
	return 0;
}
