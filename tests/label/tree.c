// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Trees of the kernel's own structures, and what the labelling code says of them */
#include "object.bpf.h"
#include "place.bpf.h"
#include "sequence.bpf.h"

#include "tree.h"

void *calloc(unsigned long count, unsigned long size);
void free(void *memory);
unsigned long strlen(const char *text);
void *memcpy(void *to, const void *from, unsigned long size);

/* What the kernel's symbols stand for. */
struct user_namespace init_user_ns;
struct task_struct init_task;
static struct user_namespace other_user_ns;
static struct nsproxy proxy;
static struct mnt_namespace home[1], elsewhere[1];

/* Beside what is remembered in the kernel, which is nothing here (known.bpf.c). */
__u64 walk_moves(void)
{
	return moves_now();
}

/* Everything that was made, to be freed in one go. */
struct made {
	struct made *next;
	unsigned long long memory[];
};
static struct made *everything;

static void *make(unsigned long size)
{
	struct made *m = calloc(1, sizeof(*m) + size);

	m->next = everything;
	everything = m;
	return m->memory;
}

/* With room for a name that is longer than it should be. */
static char *make_text(const char *text, unsigned long size)
{
	char *copy = make(size + 2 * BW_NAME_SIZE);

	memcpy(copy, text, size);
	return copy;
}

static void list_init(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static void list_append(struct list_head *head, struct list_head *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

void tree_reset(void)
{
	while (everything) {
		struct made *next = everything->next;

		free(everything);
		everything = next;
	}
	init_task.nsproxy = &proxy;
	proxy.mnt_ns = home;
	home->root = NULL;
}

struct super_block *tree_filesystem(const char *type, unsigned int flags)
{
	struct super_block *sb = make(sizeof(*sb));

	sb->s_type = make(sizeof(*sb->s_type));
	sb->s_type->name = make_text(type, strlen(type));
	sb->s_flags = flags & TREE_KERNEL ? 1ul << 22 : 0;
	sb->s_user_ns = flags & TREE_UNTRUSTED ? &other_user_ns : &init_user_ns;
	list_init(&sb->s_mounts);
	sb->s_root = make(sizeof(*sb->s_root));
	sb->s_root->d_parent = sb->s_root;
	sb->s_root->d_sb = sb;
	tree_break_name(sb->s_root, 1, "/");
	return sb;
}

struct dentry *tree_root(const struct super_block *sb)
{
	return sb->s_root;
}

struct dentry *tree_make(struct dentry *parent, const char *name)
{
	struct dentry *dentry = make(sizeof(*dentry));

	dentry->d_sb = parent->d_sb;
	tree_move(dentry, parent, name);
	return dentry;
}

void tree_move(struct dentry *dentry, struct dentry *parent, const char *name)
{
	dentry->d_parent = parent;
	if (name)
		tree_break_name(dentry, strlen(name), name);
}

void tree_compare(struct dentry *dentry)
{
	dentry->d_flags |= 2;		/* DCACHE_OP_COMPARE */
}

void tree_encode(struct super_block *sb)
{
	sb->s_encoding = make(1);
}

void tree_fold(struct dentry *directory)
{
	directory->d_inode = make(sizeof(*directory->d_inode));
	directory->d_inode->i_flags = 1u << 15;		/* S_CASEFOLD */
}

struct mount *tree_mount(struct dentry *shown, struct mount *parent, struct dentry *on, int at_home)
{
	struct mount *mount = make(sizeof(*mount));

	mount->mnt.mnt_root = shown;
	mount->mnt.mnt_sb = shown->d_sb;
	mount->mnt_parent = parent ? parent : mount;
	mount->mnt_mountpoint = on ? on : shown;
	mount->mnt_ns = at_home ? home : elsewhere;
	if (!parent && at_home && !home->root)
		home->root = mount;
	list_init(&mount->mnt_mounts);
	if (parent)
		list_append(&parent->mnt_mounts, &mount->mnt_child);
	list_append(&shown->d_sb->s_mounts, &mount->mnt_instance);
	return mount;
}

void tree_mount_move(struct mount *mount, struct dentry *on)
{
	mount->mnt_mountpoint = on;
}

void tree_mount_share(struct mount *mount)
{
	mount->mnt.mnt_flags |= 0x1000;
}

void tree_break_parent(struct dentry *dentry)
{
	dentry->d_parent = NULL;
}

void tree_break_super(struct dentry *dentry)
{
	dentry->d_sb = NULL;
}

void tree_break_name(struct dentry *dentry, unsigned int size, const char *name)
{
	dentry->d_name.len = size;
	dentry->d_name.name = (const unsigned char *)(name ? make_text(name, strlen(name)) : NULL);
}

void tree_break_home(void)
{
	proxy.mnt_ns = NULL;
}

/* The room stays claimed between questions about the same walk. */
static __u32 room = SCRATCH_NONE;

static struct bw_scratch *begin(void)
{
	if (room != SCRATCH_NONE)
		scratch_release(room);
	room = scratch_claim();
	return scratch_at(room);
}

void tree_label(const struct dentry *dentry, unsigned long long word, struct seen *ret)
{
	struct bw_scratch *s = begin();

	*ret = (struct seen){.label = object_label(room, word, (__u64)dentry, 0, 0)};
	if (!s)
		return;
	ret->end = s->end;
	ret->reason = s->reason;
	ret->depth = s->depth;
	ret->walked = s->walked;
}

int tree_label_below(const struct dentry *dentry, unsigned long long word, struct seen *ret)
{
	struct bw_scratch *s = begin();
	__u64 above;

	if (!s || dentry->d_parent == dentry)
		return 0;
	object_label(room, word, (__u64)dentry->d_parent, 0, 0);
	if (s->end != WALK_PATH || s->partial || s->depth >= BAILIWICK_DEPTH_MAX)
		return 0;
	above = OBJECT_ASK_BELOW | (__u64)s->depth << 32 | s->state;
	*ret = (struct seen){.label = object_label(room, word, (__u64)dentry, s->moves, above)};
	ret->end = s->end;
	ret->reason = s->reason;
	ret->depth = s->depth;
	ret->walked = s->walked;
	ret->below = s->below;
	return 1;
}

unsigned int tree_lacks_below(unsigned long long word, unsigned int row, unsigned int rights)
{
	return subtree_lacks(room, word, row, rights, 0);
}

const char *tree_words(const struct dentry *dentry, unsigned int *ret_size, unsigned int *ret_cut)
{
	struct bw_scratch *s = begin();

	object_path(room, (__u64)dentry);
	if (!s)
		return NULL;
	*ret_size = BAILIWICK_PATH_MAX - s->path_at;
	*ret_cut = s->path_cut;
	return (const char *)s->path + s->path_at;
}

struct dentry *tree_top(const struct dentry *dentry)
{
	return (struct dentry *)place_top((__u64)dentry);
}

int tree_never(const struct super_block *sb)
{
	return place_never((__u64)sb);
}

int tree_lost(struct mount *mount)
{
	return place_lost((__u64)&mount->mnt);
}

int bw_super_free(struct super_block *sb);

void tree_free(struct super_block *sb)
{
	bw_super_free(sb);
}

unsigned int tree_claim_all(void)
{
	__u32 claimed[64], count = 0;

	while (count < 64 && (claimed[count] = scratch_claim()) != SCRATCH_NONE)
		count++;
	for (__u32 i = 0; i < count; i++)
		scratch_release(claimed[i]);
	return count;
}

unsigned int tree_scratch_size(void)
{
	room = SCRATCH_NONE;		/* rooms are made anew */
	return sizeof(struct bw_scratch);
}

const char *tree_pseudo_type(unsigned int i)
{
	return i < WALK_PREFIXES && walk_type[i][0] ? walk_type[i] : NULL;
}

const char *tree_pseudo_prefix(unsigned int i)
{
	return walk_prefix[i];
}
