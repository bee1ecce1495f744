/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Trees of the kernel's own structures, and what the labelling code says of them */
#ifndef TESTS_LABEL_TREE_H
#define TESTS_LABEL_TREE_H

/* Plain types only: on one side of this header stands vmlinux.h, on the other libc. */
struct dentry;
struct super_block;
struct mount;

enum tree_flags {
	TREE_KERNEL = 1,	/* only the kernel mounts it: a pipe, a socket */
	TREE_UNTRUSTED = 2,	/* mounted from a user namespace */
};

/* The initial namespace and init's, empty again; frees every tree. */
void tree_reset(void);

/* A filesystem of a type, with its root directory. */
struct super_block *tree_filesystem(const char *type, unsigned int flags);
struct dentry *tree_root(const struct super_block *sb);

struct dentry *tree_make(struct dentry *parent, const char *name);
void tree_move(struct dentry *dentry, struct dentry *parent, const char *name);

/* Names of it are compared by the filesystem; in one with an encoding, where the directory says so. */
void tree_compare(struct dentry *dentry);
void tree_encode(struct super_block *sb);
void tree_fold(struct dentry *directory);

/*
 * A mount of what is below @shown, on @on of the mount @parent; NULL for the
 * root of the namespace. It comes last among those of its filesystem. @home: in
 * the initial namespace.
 */
struct mount *tree_mount(struct dentry *shown, struct mount *parent, struct dentry *on, int home);
void tree_mount_move(struct mount *mount, struct dentry *on);
void tree_mount_share(struct mount *mount);

/* What a test breaks. */
void tree_break_parent(struct dentry *dentry);
void tree_break_super(struct dentry *dentry);
void tree_break_name(struct dentry *dentry, unsigned int size, const char *name);	/* or NULL */
void tree_break_home(void);

/** struct seen - what object_label() left behind */
struct seen {
	unsigned int label;
	unsigned int end;		/* enum walk_end */
	unsigned int reason;
	unsigned int depth;
	unsigned int walked;		/* 0: by what was known of its directory */
	unsigned int below;		/* tree_label_below(): 1 + the state of all names beside it */
};

/* As walk.bpf.h has them. */
enum { SEEN_PATH, SEEN_ANON, SEEN_UNTRUSTED, SEEN_UNKNOWN };

/* Asks about the image in slot @word & 1. */
void tree_label(const struct dentry *dentry, unsigned long long word, struct seen *ret);

/*
 * The same by what is known of the dentry's directory, which is asked about first;
 * 0 where nothing known of a directory may be gone on from.
 */
int tree_label_below(const struct dentry *dentry, unsigned long long word, struct seen *ret);

/* The names beside it do not lead to one state. */
#define SEEN_DIFFERS 0xffffffffu

/* Right after tree_label(). */
unsigned int tree_lacks_below(unsigned long long word, unsigned int row, unsigned int rights);

/* The path in words; as long as nothing else is asked. *ret_cut: its front is missing. */
const char *tree_words(const struct dentry *dentry, unsigned int *ret_size, unsigned int *ret_cut);

/* place.bpf.c */
struct dentry *tree_top(const struct dentry *dentry);
int tree_never(const struct super_block *sb);
int tree_lost(struct mount *mount);
void tree_free(struct super_block *sb);

/* scratch.bpf.c: claims all rooms; returns how many there were, then gives them back. */
unsigned int tree_claim_all(void);
unsigned int tree_scratch_size(void);

/* The i-th pseudo filesystem; NULL behind the last. */
const char *tree_pseudo_type(unsigned int i);
const char *tree_pseudo_prefix(unsigned int i);

#endif
