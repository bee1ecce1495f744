/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that have no rights, whatever policy is in force */
#include "load/quarantine.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static bool in_force(const struct bailiwick_control *control, uint32_t i)
{
	return control->quarantined >> i & 1;
}

uint32_t quarantine_find(const struct bailiwick_control *control,
			 const struct bailiwick_quarantine *wanted)
{
	uint32_t i;

	for (i = 0; i < BAILIWICK_QUARANTINES_MAX; i++) {
		const struct bailiwick_quarantine *entry = &control->quarantine[i];

		if (in_force(control, i) && entry->kind == wanted->kind &&
		    entry->number == wanted->number && entry->id == wanted->id)
			break;
	}
	return i;
}

/* The entry stands there before the epoch in which it counts begins. */
static int write_both(const struct loaded *loaded, struct bailiwick_control *control, uint32_t i)
{
	const uint64_t bit = 1ull << i;
	int err;

	control->quarantined ^= bit;
	if (control->quarantine[i].kind == BAILIWICK_SUBJECT_TREE)
		control->quarantined_trees ^= bit;
	if (control->quarantine[i].kind == BAILIWICK_SUBJECT_EXE)
		control->quarantined_programs ^= bit;
	err = loaded_write_control(loaded, control);
	if (err || !control->word)
		return err;
	control->word += 2;
	return loaded_write_control(loaded, control);
}

int quarantine_add(const struct loaded *loaded, const struct bailiwick_quarantine *wanted,
		   struct buffer *why)
{
	struct bailiwick_control control;
	int err = loaded_read_control(loaded, &control);
	uint32_t i = 0;

	if (err)
		return err;
	if (quarantine_find(&control, wanted) < BAILIWICK_QUARANTINES_MAX) {
		buffer_append_text(why, "it is in quarantine already");
		return -EEXIST;
	}
	while (i < BAILIWICK_QUARANTINES_MAX && in_force(&control, i))
		i++;
	if (i == BAILIWICK_QUARANTINES_MAX) {
		buffer_printf(why, "%d subjects are in quarantine: more cannot be",
			      BAILIWICK_QUARANTINES_MAX);
		return -ENOSPC;
	}
	control.quarantine[i] = *wanted;
	control.quarantine[i].since = control.word;
	if (getrandom(&control.quarantine[i].nonce, sizeof(control.quarantine[i].nonce), 0) < 0)
		return -errno;
	return write_both(loaded, &control, i);
}

int quarantine_lift(const struct loaded *loaded, const struct bailiwick_lift *lift,
		    struct buffer *why)
{
	const struct bailiwick_quarantine wanted = {
		.kind = lift->kind, .number = lift->number, .id = lift->id,
	};
	struct bailiwick_control control;
	int err = loaded_read_control(loaded, &control);
	uint32_t i;

	if (err)
		return err;
	i = quarantine_find(&control, &wanted);
	if (i == BAILIWICK_QUARANTINES_MAX || control.quarantine[i].nonce != lift->nonce) {
		buffer_append_text(why, "there is no such quarantine, or it began anew since that was "
				   "written");
		return -ESTALE;
	}
	return write_both(loaded, &control, i);
}

int quarantine_write_lift(const struct bailiwick_quarantine *entry, const char *name,
			  struct buffer *out)
{
	struct bailiwick_lift lift = {
		.kind = entry->kind,
		.number = entry->number,
		.id = entry->id,
		.nonce = entry->nonce,
		.name_size = (uint32_t)strlen(name),
	};
	int err;

	memcpy(lift.magic, BAILIWICK_LIFT_MAGIC, sizeof(lift.magic));
	err = buffer_append(out, &lift, sizeof(lift));
	return err ? err : buffer_append(out, name, lift.name_size);
}
