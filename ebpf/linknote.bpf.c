// SPDX-License-Identifier: GPL-2.0-only
/* What is remembered of the names of a file with several hard links. */
#include "alias.bpf.h"
#include "links.bpf.h"

/* Several tasks may add at once; nothing is taken out, so none undoes another's. */
static __always_inline void add_label(struct bw_names *names, __u32 label)
{
	__u32 j, had;

	for (j = 0; j < BW_NAMES_LABELS; j++) {
		had = __sync_val_compare_and_swap(&names->label[j], 0, label + 1);
		if (!had || had == label + 1)
			return;
	}
	names->flags |= NAMES_MANY;
}

/* The element of s->names_key for this image; NULL: there is no room, which is remembered. */
static __always_inline struct bw_names *names_open(struct bw_scratch *s, __u64 word)
{
	struct bw_names *names = bpf_map_lookup_elem(&bw_names, &s->names_key);
	struct bw_links_state *state;

	if (names && names->word == word)
		return names;
	__builtin_memset(&s->fresh, 0, sizeof(s->fresh));
	s->fresh.word = word;
	bpf_map_update_elem(&bw_names, &s->names_key, &s->fresh, names ? BPF_EXIST : BPF_NOEXIST);
	names = bpf_map_lookup_elem(&bw_names, &s->names_key);
	if (names && names->word == word)
		return names;
	state = links_state();
	if (state)
		state->full = word;
	return NULL;
}

static __always_inline void note_pair(struct bw_scratch *s, __u32 room, __u64 word, __u64 dentry,
				      __u64 name)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);
	struct bw_links_state *told = links_state();
	__u32 own, other, several;
	struct bw_names *names;
	int below;

	if (!inode)
		return;
	several = READ_U32(inode, struct inode, i_nlink) > 1;
	below = alias_is_below(inode);
	own = object_label(room, word, dentry, 0, 0);
	other = object_label(room, word, name, 0, 0);
	key_of(&s->names_key, inode);
	if (!several && !below)	/* what is remembered is of names that are gone */
		bpf_map_delete_elem(&bw_names, &s->names_key);
	if (own == other && !bpf_map_lookup_elem(&bw_names, &s->names_key))
		return;
	if (below && told)	/* it is copied now, and gets another number */
		__sync_fetch_and_add(&told->crossed, 1);
	names = names_open(s, word);
	if (!names)
		return;
	add_label(names, own);
	add_label(names, other);
	/* Two at once, and the other one's name is there already. */
	if (!several && READ_U32(inode, struct inode, i_nlink) > 1)
		names->flags |= NAMES_UNSEEN;
}

BW_ONCE int links_pair(struct question *q, __u64 name)
{
	__u32 room = scratch_claim();
	struct bw_scratch *s = scratch_at(room);

	if (q && s)
		note_pair(s, room, q->who.word, q->dentry, name);
	scratch_release(room);
	return 0;
}

/* All labels of the names in memory, into s->gathered; how many. */
static __always_inline __u32 gather(struct bw_scratch *s, __u32 room, __u64 word)
{
	__u32 i;

	__builtin_memset(&s->gathered, 0, sizeof(s->gathered));
	for (i = 0; i < BW_NAMES_MAX; i++) {
		if (i >= s->names)
			break;
		add_label(&s->gathered, object_label(room, word, s->alias[i], 0, 0));
	}
	return !!s->gathered.label[0] + !!s->gathered.label[1];
}

static __always_inline void merge(struct bw_names *names, const struct bw_names *found, int all)
{
	__u32 j;

	for (j = 0; j < BW_NAMES_LABELS; j++)
		if (found->label[j])
			add_label(names, found->label[j] - 1);
	names->flags |= found->flags;
	if (all)
		names->flags &= ~NAMES_UNSEEN;
	else
		names->flags |= NAMES_UNSEEN;
}

/*
 * One name of a file that an overlay shows from below.  The controller asks for one name
 * after another, so what differs does so from the one before; 1 when it does.
 */
static __always_inline int differs_from_last(struct bw_links_state *told,
					     const struct bw_scratch *s, __u64 word, __u32 *before)
{
	__u32 label = s->gathered.label[0];
	int same = told->word == word && told->last.inode == s->names_key.inode &&
		   told->last.device == s->names_key.device;

	*before = told->label;
	told->last = s->names_key;
	told->word = word;
	told->label = label;
	return same && label && *before && *before != label;
}

BW_ONCE int links_note(struct question *q)
{
	__u32 room = scratch_claim(), labels, before = 0;
	struct bw_scratch *s = scratch_at(room);
	struct bw_links_state *told = links_state();
	struct bw_names *names;
	int all = 0;

	if (!q || !s || !told)
		goto out;
	all = names_find(room, q->dentry);
	labels = gather(s, room, q->who.word);
	if (alias_is_below(READ_PTR(q->dentry, struct dentry, d_inode))) {
		all = 1;
		if (differs_from_last(told, s, q->who.word, &before)) {
			add_label(&s->gathered, before - 1);
			labels = 2;
		}
	}
	names = bpf_map_lookup_elem(&bw_names, &s->names_key);
	if (all && labels < 2 && (!names || names->word != q->who.word))
		goto out;
	names = names_open(s, q->who.word);
	if (names)
		merge(names, &s->gathered, all);
out:
	scratch_release(room);
	return !all;
}

BW_ONCE int links_noted(__u64 dentry)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);
	__u32 room = scratch_claim();
	struct bw_scratch *s = scratch_at(room);
	int noted = 1;

	if (s) {
		key_of(&s->names_key, inode);
		noted = bpf_map_lookup_elem(&bw_names, &s->names_key) != NULL;
	}
	scratch_release(room);
	return noted;
}

/* The automaton is the smallest there is: in one state the same names lead to the same labels. */
BW_ONCE int links_directory(struct question *q, __u64 name)
{
	__u32 room = scratch_claim(), state = 0, end = WALK_UNKNOWN;
	struct bw_scratch *s = scratch_at(room);
	struct bw_links_state *told = links_state();

	if (q && s) {
		object_label(room, q->who.word, q->dentry, 0, 0);
		state = s->state;
		end = s->end;
		object_label(room, q->who.word, name, 0, 0);
	}
	if (told && (!s || end != WALK_PATH || s->end != WALK_PATH || state != s->state))
		__sync_fetch_and_add(&told->crossed, 1);
	scratch_release(room);
	return 0;
}
