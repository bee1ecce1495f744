// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Random trees of filesystems, mounts and files: every label against the path it should have */
#include <stdbool.h>

#include "policy.h"
#include "tests/decide/random.h"
#include "tree.h"

/*
 * usage: trees [default|full|COUNT [SEED]]
 * The model beside the kernel's structures is lists and indices, and its paths are
 * texts made by the rules of docs/DESIGN.md section 4; nothing of it is the programs'.
 */
#define FILES 160
#define FILESYSTEMS 10
#define MOUNTS 24
#define PATH 16384

struct file {
	struct dentry *dentry;
	int parent;			/* -1 for a root */
	int filesystem;
	bool compared, folds;		/* its name, the names in it */
	char name[256];
};

struct filesystem {
	struct super_block *sb;
	const char *prefix;		/* of a pseudo filesystem */
	unsigned int flags;
	bool encoded;
	int root;
};

struct mounted {
	struct mount *mount;
	int filesystem, shown, parent, on;	/* parent -1: the namespace's root */
	bool home;
};

static struct file files[FILES];
static struct filesystem filesystems[FILESYSTEMS];
static struct mounted mounts[MOUNTS];
static int file_count, filesystem_count, mount_count;
static struct image *image;

/* Rights on patterns of short names: every label is a set of those, the right to rename one. */
static struct image *random_policy(void)
{
	static const char *const names[] = {
		"a", "b", "c", "*", "?", "**", "?**", "*a", "a**", "[!a]", "{a,b}", "ab", "proc", "sys",
	};
	static const char *const rights[] = { "rename", "rename", "rename", "read", "write", "exec" };
	char text[4096] = "roles:\n  r:\n    files:\n      - {allow: [rename], on: [\"/**\"]}\n";
	size_t size = strlen(text);

	if (any(2))		/* nothing that is not said */
		size = strlen(strcpy(text, "roles:\n  r:\n    files:\n"));
	for (uint32_t n = 3 + any(8); n--;) {
		size += (size_t)sprintf(text + size, "      - {%s: [%s], on: [\"", any(3) ? "allow" : "deny",
					PICK(rights));
		for (uint32_t depth = 1 + any(4); depth--;)
			size += (size_t)sprintf(text + size, "/%s", PICK(names));
		size += (size_t)sprintf(text + size, "\"]}\n");
	}
	sprintf(text + size, "assignments: [{subject: \"user:1000\", role: r}]\n");
	return policy_in_slot(text);
}

static void random_name(char *name)
{
	uint32_t size = any(20) ? 1 + any(2) : 1 + any(255);

	for (uint32_t i = 0; i < size; i++) {
		name[i] = any(12) ? (char)('a' + any(3)) : (char)(1 + any(255));
		if (name[i] == '/')
			name[i] = 'a';
	}
	name[size] = 0;
}

static void make_file(void)
{
	struct file *f = &files[file_count];

	if (file_count == FILES)
		return;
	f->parent = (int)any((uint32_t)file_count);
	f->filesystem = files[f->parent].filesystem;
	random_name(f->name);
	f->dentry = tree_make(files[f->parent].dentry, f->name);
	f->compared = !any(16);
	f->folds = !any(2);
	if (f->compared)
		tree_compare(f->dentry);
	if (f->folds)
		tree_fold(f->dentry);
	file_count++;
}

static void make_filesystem(bool plain)
{
	static const char *const types[] = { "ext4", "btrfs", "tmpfs", "xfs", "overlay", "9p" };
	struct filesystem *fs = &filesystems[filesystem_count];
	uint32_t pseudo = any(16);

	if (filesystem_count == FILESYSTEMS || file_count == FILES)
		return;
	*fs = (struct filesystem){ .root = file_count };
	if (!plain && !any(4))
		fs->prefix = tree_pseudo_prefix(pseudo);
	if (!plain && !any(8))
		fs->flags = any(2) ? TREE_KERNEL : TREE_UNTRUSTED;
	fs->sb = tree_filesystem(fs->prefix ? tree_pseudo_type(pseudo) : PICK(types), fs->flags);
	fs->encoded = !any(2);
	if (fs->encoded)
		tree_encode(fs->sb);
	files[file_count++] = (struct file){ .dentry = tree_root(fs->sb), .parent = -1,
					     .filesystem = filesystem_count, .name = "/" };
	filesystem_count++;
}

/* A file of a filesystem; its root mostly. */
static int some_of(int filesystem, uint32_t root_in)
{
	int file;

	if (any(root_in))
		return filesystems[filesystem].root;
	do
		file = (int)any((uint32_t)file_count);
	while (files[file].filesystem != filesystem);
	return file;
}

static void make_mount(void)
{
	struct mounted *m = &mounts[mount_count];
	int on = (int)any((uint32_t)file_count), parent = (int)any((uint32_t)mount_count + 1) - 1;

	if (mount_count == MOUNTS)
		return;
	*m = (struct mounted){ .on = on, .parent = parent, .home = any(5) || !mount_count };
	m->filesystem = mount_count ? (int)any((uint32_t)filesystem_count) : 0;
	m->shown = some_of(m->filesystem, mount_count ? 3 : 8);
	if (!mount_count || (m->parent < 0 && any(10)))
		m->parent = mount_count ? 0 : -1;
	m->mount = tree_mount(files[m->shown].dentry, m->parent < 0 ? NULL : mounts[m->parent].mount,
			      m->parent < 0 ? NULL : files[m->on].dentry, m->home);
	mount_count++;
}

static bool is_above(int above, int file)
{
	for (; file >= 0; file = files[file].parent)
		if (file == above)
			return true;
	return false;
}

static void move_file(void)
{
	int file = (int)any((uint32_t)file_count), to = some_of(files[file].filesystem, 2);

	if (files[file].parent < 0 || is_above(file, to))
		return;
	files[file].parent = to;
	random_name(files[file].name);
	rename_lock += 2;
	tree_move(files[file].dentry, files[to].dentry, files[file].name);
}

/* Where the path of a file begins: the first mount of all of its filesystem, or of what is above. */
static int place_of(int file)
{
	int filesystem = files[file].filesystem;

	for (int i = 0; i < mount_count; i++)
		if (mounts[i].home && mounts[i].shown == filesystems[filesystem].root)
			return i;
	for (int i = 0; i < mount_count; i++)
		if (mounts[i].home && mounts[i].filesystem == filesystem &&
		    is_above(mounts[i].shown, file))
			return i;
	return -1;
}

static uint32_t state_of(const char *path)
{
	struct decide_automaton a;
	uint32_t state = automaton_start(image->view);

	automaton_open(image->view, &a);
	while (*path)
		state = automaton_next(image->view, &a, state, (uint8_t)*path++);
	return state;
}

/* Where any name below a directory in this state leads, when it is one state; DIFFERS else. */
static uint32_t state_of_any(uint32_t state)
{
	struct decide_automaton a;
	uint32_t only;

	automaton_open(image->view, &a);
	state = automaton_next(image->view, &a, state, '/');
	only = automaton_next(image->view, &a, state, 1);
	for (uint32_t byte = 1; byte < 256; byte++)
		if (byte != '/' && (automaton_next(image->view, &a, state, (uint8_t)byte) != only ||
				    automaton_next(image->view, &a, only, (uint8_t)byte) != only))
			return SEEN_DIFFERS;
	return only;
}

static bool has_spellings(int file)
{
	const struct file *f = &files[file];

	return f->compared && (!filesystems[f->filesystem].encoded || files[f->parent].folds);
}

/* false: one of the names has other spellings, which lead elsewhere. */
static bool add_names(char *path, int from, int file)
{
	if (file == from || files[file].parent < 0)
		return true;
	if (!add_names(path, from, files[file].parent) ||
	    (has_spellings(file) && state_of_any(state_of(path)) == SEEN_DIFFERS))
		return false;
	strcat(path, "/");
	strcat(path, files[file].name);
	return true;
}

/* The canonical path; how looking for it ends, as walk.bpf.h calls it. */
static int path_of(int file, char *path, int left_behind)
{
	const struct filesystem *fs = &filesystems[files[file].filesystem];
	int place, end = SEEN_PATH;

	if (!left_behind)
		*path = 0;
	if (fs->prefix) {
		strcpy(path, fs->prefix);
		return add_names(path, fs->root, file) ? SEEN_PATH : SEEN_UNKNOWN;
	}
	if (fs->flags)
		return fs->flags == TREE_UNTRUSTED ? SEEN_UNTRUSTED :
		       left_behind ? SEEN_UNKNOWN : SEEN_ANON;
	place = left_behind < BAILIWICK_MOUNT_DEPTH_MAX ? place_of(file) : -1;
	if (place < 0)
		return SEEN_UNKNOWN;
	if (mounts[place].parent >= 0)
		end = path_of(mounts[place].on, path, left_behind + 1);
	if (end == SEEN_PATH && !add_names(path, mounts[place].shown, file))
		return SEEN_UNKNOWN;
	return end;
}

/* May the policy name something below this state on which the row lacks the right? */
static bool lacks_below(uint32_t state, uint32_t row, uint32_t right)
{
	static bool seen[2][65536];
	static uint32_t queue[2 * 65536];
	struct decide_automaton a;
	uint32_t head = 0, tail = 0;

	memset(seen, 0, sizeof(seen));
	automaton_open(image->view, &a);
	state = automaton_next(image->view, &a, state, '/');
	queue[tail++] = state << 1 | 1;
	seen[1][state] = true;
	while (head < tail) {
		bool behind_slash = queue[head] & 1;

		state = queue[head++] >> 1;
		if (!behind_slash && decide_denied(decide_cell(image->view, row,
				automaton_label(image->view, &a, state)), right))
			return true;
		for (uint32_t byte = 1; byte < 256; byte++) {
			uint32_t next = automaton_next(image->view, &a, state, (uint8_t)byte);

			if ((byte == '/' && behind_slash) || seen[byte == '/'][next])
				continue;
			seen[byte == '/'][next] = true;
			queue[tail++] = next << 1 | (byte == '/');
		}
	}
	return false;
}

static uint32_t state_of_parent(const char *path)
{
	char parent[PATH];

	strcpy(parent, path);
	*strrchr(parent, '/') = 0;
	return state_of(parent);
}

struct tally {
	uint64_t asked, ends[4], lacking, below, alike;
};

static bool differs(int file, const char *what, const char *path, const struct seen *seen)
{
	printf("not ok 1 - file %d of '%s': %s; label %u end %u reason %u\n", file, path, what,
	       seen->label, seen->end, seen->reason);
	return false;
}

static bool ask(int file, struct tally *t)
{
	static const uint32_t labels[] = {
		0, BAILIWICK_LABEL_ANON, BAILIWICK_LABEL_UNTRUSTED, BAILIWICK_LABEL_UNKNOWN,
	};
	static char path[PATH];
	uint32_t row = image_find_row(image, "r"), label, beside;
	unsigned int size, cut;
	const char *words;
	struct seen seen, below;
	int end = path_of(file, path, 0);

	t->asked++;
	t->ends[end]++;
	label = end == SEEN_PATH ? question_label(image, path, strlen(path)) : labels[end];
	tree_label(files[file].dentry, 0, &seen);
	if ((int)seen.end != end || seen.label != label)
		return differs(file, "another label", path, &seen);
	if (end != SEEN_PATH)
		return true;
	if (!any(8)) {
		bool lacks = tree_lacks_below(0, row, BAILIWICK_RIGHT_RENAME);

		t->lacking += lacks;
		if (lacks != lacks_below(state_of(path), row, BAILIWICK_RIGHT_RENAME))
			return differs(file, lacks ? "lacks below" : "lacks nothing below", path, &seen);
	}
	words = tree_words(files[file].dentry, &size, &cut);
	if (!*path)
		strcpy(path, "/");
	if (!cut && (size != strlen(path) || memcmp(words, path, size)))
		return differs(file, "other words", path, &seen);
	if (tree_label_below(files[file].dentry, 0, &below)) {
		t->below++;
		if (below.walked || below.end != seen.end || below.label != seen.label ||
		    below.depth != seen.depth)
			return differs(file, "another label by its directory", path, &below);
		beside = state_of_any(state_of_parent(path));
		t->alike += beside != SEEN_DIFFERS;
		if (below.below != (beside == SEEN_DIFFERS ? SEEN_DIFFERS : beside + 1))
			return differs(file, "other names beside it", path, &below);
	}
	return true;
}

static bool one_round(struct tally *t)
{
	bool fine = true;

	tree_reset();
	file_count = filesystem_count = mount_count = 0;
	make_filesystem(true);
	make_mount();
	for (int step = 0; step < 300 && fine; step++) {
		uint32_t what = any(20);

		if (what < 9)
			make_file();
		else if (what < 11)
			make_filesystem(false);
		else if (what < 14)
			make_mount();
		else if (what < 16)
			move_file();
		else
			fine = ask((int)any((uint32_t)file_count), t);
	}
	for (int i = 0; i < file_count && fine; i++)
		fine = ask(i, t);
	return fine;
}

int main(int argc, char **argv)
{
	uint64_t count = random_begin(argc, argv, 100000, 2000000), begun = seed;
	struct tally t = { 0 };
	bool good = true;

	host_reset();
	while (good && t.asked < count) {
		uint64_t at = seed;

		image = random_policy();
		good = image && one_round(&t) && one_round(&t);
		image = image_close(image);
		if (good)
			continue;
		printf("# again: trees 1 %llu\n1..1\n", (unsigned long long)at);
		return 1;
	}
	for (int i = 0; i < 4; i++)
		good &= t.ends[i] > t.asked / 500;
	good &= t.lacking > t.asked / 500;
	good &= t.below > t.asked / 4;
	good &= t.alike > t.asked / 500 && t.below - t.alike > t.asked / 500;
	printf("%s 1 - %llu labels are those of their paths: %llu with one, %llu nameless, %llu "
	       "untrusted, %llu without a place; %llu lack something below (seed %llu)\n1..1\n",
	       good ? "ok" : "not ok", (unsigned long long)t.asked, (unsigned long long)t.ends[0],
	       (unsigned long long)t.ends[1], (unsigned long long)t.ends[2],
	       (unsigned long long)t.ends[3], (unsigned long long)t.lacking,
	       (unsigned long long)begun);
	return !good;
}
