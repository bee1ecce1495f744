// SPDX-License-Identifier: GPL-2.0-only
/* Denials that were just told: the same again is counted, and told once with its count. */
#include "repeat.bpf.h"

#define HASH 0x9e3779b97f4a7c15ull

static __always_inline void kind_of_subject(struct bw_kind *k, const struct question *q)
{
	struct task_struct *task = bpf_get_current_task_btf();

	k->thread = (__u64)task->tgid << 32 | (__u32)task->pid;
	k->program = task->self_exec_id;
	k->word = q->who.word;
	k->cgroup = q->who.cgroup;
	k->uid = q->who.uid;
	k->login_uid = q->who.login_uid;
	k->row = q->who.row;
	k->number = q->number;
	k->rights = q->rights;
	k->family = q->family;
	k->protocol = q->protocol;
}

/* 0 when nothing says whether the next object is the same. */
static __always_inline int kind_of(struct bw_kind *k, const struct question *q)
{
	__u64 inode;

	if (q->object == BAILIWICK_OBJECT_NAME || q->who.row == BAILIWICK_ROW_CANARY)
		return 0;
	__builtin_memset(k, 0, sizeof(*k));
	kind_of_subject(k, q);
	k->label = q->label;
	k->operation = q->operation;
	k->denied = q->denied;
	k->reason = q->reason;
	if (q->object == BAILIWICK_OBJECT_PATH) {
		k->object[0] = q->dentry;
		k->object[1] = READ_PTR(q->dentry, struct dentry, d_parent);
		k->object[2] = READ_PTR(q->dentry, struct dentry, d_name.hash_len);
		inode = READ_PTR(q->dentry, struct dentry, d_inode);
		k->object[3] = inode ? READ_PTR(inode, struct inode, i_ino) : 0;
	} else if (q->object == BAILIWICK_OBJECT_ADDRESS) {
		__builtin_memcpy(k->object, q->endpoint.address, sizeof(q->endpoint.address));
		k->object[2] = (__u64)q->endpoint.transport << 32 | q->endpoint.port;
		k->object[3] = q->endpoint.ipv6;
	}
	return 1;
}

/* Where a kind may be kept: BW_REPEAT_PLACES numbers of BW_REPEATS_BITS, above the lowest bits. */
static __always_inline __u64 places_of(const struct bw_kind *k)
{
	/* Without the addresses: the verifier reckons with pointers only to add to them. */
	__u64 mix = k->thread ^ k->object[2] ^ k->object[3] << 16 ^
		    (__u64)k->operation << 48 ^ (__u64)k->number << 40;

	/* Only the upper bits of a product depend on most of what went into it. */
	mix *= HASH;
	mix ^= mix >> 32;
	return mix * HASH;
}

static __always_inline struct bw_repeat *entry_at(__u64 places, __u32 place)
{
	__u32 at = (places >> (BW_REPEATS_LOWEST + BW_REPEATS_BITS * place)) & (BW_REPEATS - 1);

	return bpf_map_lookup_elem(&bw_repeats, &at);
}

static __always_inline int is_current(const struct bw_repeat *r)
{
	return bpf_jiffies64() - r->since < REPEAT_WINDOW;
}

/* 1 + verdict when it is counted there. */
static __always_inline int count_at(struct bw_repeat *r, const struct bw_kind *k)
{
	const __u64 *mine = (const __u64 *)k, *told = (const __u64 *)&r->kind;
	__u64 turn = *(volatile __u64 *)&r->turn;
	__u32 verdict, i;

	if (turn & REPEAT_WRITTEN || !is_current(r))
		return 0;
	for (i = 0; i < BW_KIND_WORDS; i++)
		if (mine[i] != told[i])
			return 0;
	verdict = r->verdict;
	if (__sync_val_compare_and_swap(&r->turn, turn, turn + 1) != turn)
		return 0;
	return 1 + verdict;
}

BW_ONCE int repeat_counted(const struct bw_kind *k)
{
	__u64 places = k ? places_of(k) : 0;
	int counted = 0;

	for (__u32 i = 0; k && !counted && i < BW_REPEAT_PLACES; i++) {
		struct bw_repeat *r = entry_at(places, i);

		counted = r ? count_at(r, k) : 0;
	}
	return counted;
}

BW_SHARED int repeat_of_known(struct question *q, struct dentry *dentry, __u32 cell)
{
	struct inode *inode = dentry->d_inode;
	struct bw_kind k;
	int counted;

	__builtin_memset(&k, 0, sizeof(k));
	kind_of_subject(&k, q);
	k.label = q->label;
	k.denied = decide_denied(cell, q->rights);
	k.operation = q->operation ?: emit_operation(k.denied);
	k.reason = emit_reason(k.row, q->label, cell);
	k.object[0] = (__u64)dentry;
	k.object[1] = (__u64)dentry->d_parent;
	k.object[2] = name_key(dentry);
	k.object[3] = inode->i_ino;
	counted = repeat_counted(&k);
	if (counted)
		emit_count(k.row, k.label, k.operation, counted - 1);
	return counted;
}

BW_ONCE int repeat_counts(struct question *q, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	return q && s && kind_of(repeat_kind(s), q) && repeat_counted(repeat_kind(s));
}

BW_ONCE int repeat_counts_kind(__u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	return s && repeat_counted(repeat_kind(s));
}

/* Keep kind and record there, so that repeats are counted; 0 when another's is kept there. */
static __always_inline int begin_at(struct bw_repeat *r, struct bw_scratch *s, __u32 size,
				    __u32 verdict)
{
	__u64 turn;

	if (r->since && (is_current(r) || repeat_free(r)))
		return 0;
	turn = *(volatile __u64 *)&r->turn;
	if (turn & REPEAT_COUNT || !repeat_take(r, turn))
		return 0;
	r->kind = *repeat_kind(s);
	r->share = s->share;
	r->verdict = verdict;
	r->size = sizeof(r->head) + size;
	bpf_probe_read_kernel(r->record, BOUNDED(size, BW_REPEAT_SIZE - 1), s->record);
	r->since = bpf_jiffies64();
	repeat_give_back(r, turn);
	if (sweep_arm())
		repeat_free(r);
	return 1;
}

static __always_inline void begin(struct bw_scratch *s, __u32 verdict)
{
	__u32 size = ((struct bailiwick_denial *)s->record)->event.size;
	__u64 places = places_of(repeat_kind(s));

	if (size >= BW_REPEAT_SIZE - sizeof(struct bailiwick_repeats))
		return;
	for (__u32 i = 0; i < BW_REPEAT_PLACES; i++) {
		struct bw_repeat *r = entry_at(places, i);

		if (r && begin_at(r, s, size, verdict))
			return;
	}
}

BW_ONCE int repeat_begin(struct question *q, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	if (q && s && kind_of(repeat_kind(s), q))
		begin(s, q->verdict);
	return 0;
}

BW_ONCE int repeat_begin_kind(__u32 room, __u32 verdict)
{
	struct bw_scratch *s = scratch_at(room);

	if (s)
		begin(s, verdict);
	return 0;
}
