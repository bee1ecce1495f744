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

static __always_inline struct bw_repeat *entry_of(const struct bw_kind *k)
{
	/* Without the addresses: the verifier reckons with pointers only to add to them. */
	__u64 mix = k->thread ^ k->object[2] ^ k->object[3] << 16 ^
		    (__u64)k->operation << 48 ^ (__u64)k->number << 40;
	/* The highest bits of the product alone depend on all of `mix`. */
	__u32 at = (mix * HASH >> (64 - BW_REPEATS_BITS)) & (BW_REPEATS - 1);

	return bpf_map_lookup_elem(&bw_repeats, &at);
}

static __always_inline int is_current(const struct bw_repeat *r)
{
	return bpf_jiffies64() - r->since < REPEAT_WINDOW;
}

/* 1 + verdict when it is counted. */
static __always_inline int count_repeat(const struct bw_kind *k)
{
	const __u64 *mine = (const __u64 *)k, *told;
	struct bw_repeat *r = entry_of(k);
	__u32 verdict, i;
	__u64 turn;

	if (!r)
		return 0;
	turn = *(volatile __u64 *)&r->turn;
	if (turn & REPEAT_WRITTEN || !is_current(r))
		return 0;
	told = (const __u64 *)&r->kind;
	for (i = 0; i < BW_KIND_WORDS; i++)
		if (mine[i] != told[i])
			return 0;
	verdict = r->verdict;
	if (__sync_val_compare_and_swap(&r->turn, turn, turn + 1) != turn)
		return 0;
	return 1 + verdict;
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
	counted = count_repeat(&k);
	if (counted)
		emit_count(k.row, k.label, k.operation, counted - 1);
	return counted;
}

BW_ONCE int repeat_counts(struct question *q, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	return q && s && kind_of(repeat_kind(s), q) && count_repeat(repeat_kind(s));
}

BW_ONCE int repeat_counts_kind(__u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	return s && count_repeat(repeat_kind(s));
}

/* Keep kind and record, so that repeats are counted there. */
static __always_inline void begin(struct bw_scratch *s, __u32 verdict)
{
	__u32 size = ((struct bailiwick_denial *)s->record)->event.size;
	struct bw_repeat *r = entry_of(repeat_kind(s));
	__u64 turn;

	if (!r || size >= BW_REPEAT_SIZE - sizeof(r->head))
		return;
	if (r->since && (is_current(r) || repeat_free(r)))
		return;
	turn = *(volatile __u64 *)&r->turn;
	if (turn & REPEAT_COUNT || !repeat_take(r, turn))
		return;
	r->kind = *repeat_kind(s);
	r->share = s->share;
	r->verdict = verdict;
	r->size = sizeof(r->head) + size;
	bpf_probe_read_kernel(r->record, BOUNDED(size, BW_REPEAT_SIZE - 1), s->record);
	r->since = bpf_jiffies64();
	repeat_give_back(r, turn);
	if (sweep_arm())
		repeat_free(r);
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
