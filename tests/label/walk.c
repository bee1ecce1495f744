// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The label of one object at a time: where it is, what is broken, what moves meanwhile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy.h"
#include "tree.h"

/*
 * The programs' own files, compiled for the host, walk trees made of the kernel's
 * own structures.  An object's label must be the one its path has, and its words
 * that path.
 *
 *	/            root, ext4       /srv/a/b/c     files of it
 *	/mnt         data, btrfs      /mnt/sub/deep  files of that
 */
static const char policy[] =
	"roles:\n"
	"  walker:\n"
	"    files:\n"
	"      - {allow: [read], on: [\"/srv/**\"]}\n"
	"      - {allow: [write], on: [\"/srv/a/*\"]}\n"
	"      - {allow: [exec], on: [\"/mnt/*\"]}\n"
	"      - {allow: [link], on: [\"/mnt/sub/**\"]}\n"
	"      - {allow: [delete], on: [\"/**/[!a]\"]}\n"
	"      - {allow: [create], on: [/proc, \"/proc/*\", \"/sys/**\", \"/dev/pts/*\"]}\n"
	"  mover:\n"
	"    files:\n"
	"      - {allow: [rename], on: [\"/srv/**\", \"/mnt/**\"]}\n"
	"      - {deny: [rename], on: [\"/srv/*/kept\", \"/srv/b/**/kept\"]}\n"
	"assignments: [{subject: \"user:1000\", role: walker}, {subject: \"user:1001\", role: mover}]\n";

static struct {
	struct image *image;
	struct super_block *root, *data;
	struct mount *root_mount, *data_mount;
	struct dentry *srv, *a, *b, *c, *mnt, *sub, *deep;
} t;

static int begin(void **state)
{
	(void)state;
	tree_reset();
	host_reset();
	t.image = policy_in_slot(policy);
	assert_non_null(t.image);
	t.root = tree_filesystem("ext4", 0);
	t.root_mount = tree_mount(tree_root(t.root), NULL, NULL, 1);
	t.srv = tree_make(tree_root(t.root), "srv");
	t.a = tree_make(t.srv, "a");
	t.b = tree_make(t.a, "b");
	t.c = tree_make(t.b, "c");
	t.mnt = tree_make(tree_root(t.root), "mnt");
	t.data = tree_filesystem("btrfs", 0);
	t.data_mount = tree_mount(tree_root(t.data), t.root_mount, t.mnt, 1);
	t.sub = tree_make(tree_root(t.data), "sub");
	t.deep = tree_make(t.sub, "deep");
	return 0;
}

static int end(void **state)
{
	(void)state;
	image_close(t.image);
	return 0;
}

static uint32_t label_of_path(const char *path)
{
	return question_label(t.image, path, strlen(path));
}

/* The object is found, under this path. */
static void is_at(const struct dentry *dentry, const char *path)
{
	unsigned int size, cut;
	const char *words;
	struct seen seen;

	tree_label(dentry, 0, &seen);
	assert_int_equal(seen.end, SEEN_PATH);
	assert_int_equal(seen.reason, BAILIWICK_REASON_NONE);
	assert_int_equal(seen.label, label_of_path(path));
	words = tree_words(dentry, &size, &cut);
	assert_int_equal(cut, 0);
	assert_int_equal(size, strlen(path));
	assert_memory_equal(words, path, size);
}

/* It is not, for this reason. */
static void is_lost(const struct dentry *dentry, uint32_t reason)
{
	struct seen seen;

	tree_label(dentry, 0, &seen);
	assert_int_equal(seen.end, SEEN_UNKNOWN);
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNKNOWN);
	assert_int_equal(seen.reason, reason);
}

/* The paths of these tests have different labels, or a wrong path would not show. */
static void labels_differ(void **state)
{
	static const char *const paths[] = {
		"/srv", "/srv/a", "/srv/a/b", "/mnt", "/mnt/sub", "/mnt/sub/deep", "/proc", "/sys",
	};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < i; k++)
			if (!(i == 1 && k == 0) && !(i == 5 && k == 4))
				assert_int_not_equal(label_of_path(paths[i]), label_of_path(paths[k]));
}

static void plain_paths(void **state)
{
	(void)state;
	is_at(tree_root(t.root), "/");
	is_at(t.srv, "/srv");
	is_at(t.a, "/srv/a");
	is_at(t.c, "/srv/a/b/c");
	is_at(tree_make(t.c, "\x01 \xff\n*"), "/srv/a/b/c/\x01 \xff\n*");
}

/* Of which only a part is mounted may hold any path: then all there is is what it may hold. */
static void where_a_filesystem_reaches(void **state)
{
	struct super_block *parts = tree_filesystem("btrfs", 0), *nowhere = tree_filesystem("tmpfs", 0);
	struct dentry *part = tree_make(tree_root(parts), "part");

	(void)state;
	assert_ptr_equal(tree_top(t.deep), tree_root(t.data));
	assert_ptr_equal(tree_top(t.c), tree_root(t.root));
	tree_mount(part, t.root_mount, t.b, 1);
	is_at(tree_make(part, "x"), "/srv/a/b/x");
	assert_ptr_equal(tree_top(part), tree_root(t.root));
	assert_ptr_equal(tree_top(tree_root(nowhere)), tree_root(t.root));
	host_room_count = 0;
	assert_null(tree_top(t.deep));
}

static void mounted_filesystems(void **state)
{
	struct super_block *third = tree_filesystem("xfs", 0);

	(void)state;
	is_at(tree_root(t.data), "/mnt");
	is_at(t.deep, "/mnt/sub/deep");
	/* What a mount hides keeps its path. */
	is_at(tree_make(t.mnt, "hidden"), "/mnt/hidden");
	tree_mount(tree_root(third), t.data_mount, t.sub, 1);
	is_at(tree_make(tree_root(third), "x"), "/mnt/sub/x");
}

static void second_names(void **state)
{
	struct super_block *lost = tree_filesystem("tmpfs", 0);

	(void)state;
	tree_mount(tree_root(t.data), t.root_mount, t.c, 1);	/* mounted once more */
	tree_mount(t.sub, t.root_mount, t.b, 1);		/* a bind mount */
	tree_mount(t.a, t.root_mount, t.mnt, 0);		/* in another namespace */
	is_at(t.deep, "/mnt/sub/deep");
	is_at(t.c, "/srv/a/b/c");
	/* Only elsewhere: no place here, whatever that namespace calls it. */
	tree_mount(tree_root(lost), t.root_mount, t.b, 0);
	is_lost(tree_make(tree_root(lost), "x"), BAILIWICK_REASON_NO_MOUNT);
}

/* A filesystem of which only directories are mounted, as subvolumes are. */
static void partial_mounts(void **state)
{
	struct super_block *pool = tree_filesystem("btrfs", 0);
	struct dentry *home = tree_make(tree_root(pool), "@home");
	struct dentry *inner = tree_make(home, "inner"), *file = tree_make(inner, "file");
	struct dentry *other = tree_make(tree_root(pool), "@other");

	(void)state;
	tree_mount(inner, t.root_mount, t.b, 0);		/* not here: does not count */
	is_lost(file, BAILIWICK_REASON_NO_MOUNT);
	tree_mount(home, t.root_mount, t.a, 1);
	is_at(home, "/srv/a");
	is_at(file, "/srv/a/inner/file");
	tree_mount(inner, t.root_mount, t.mnt, 1);		/* the first one that shows it counts */
	is_at(file, "/srv/a/inner/file");
	is_lost(other, BAILIWICK_REASON_NO_MOUNT);
	is_lost(tree_root(pool), BAILIWICK_REASON_NO_MOUNT);
	tree_mount(tree_root(pool), t.root_mount, t.c, 1);	/* the whole of it comes first */
	is_at(file, "/srv/a/b/c/@home/inner/file");
	is_at(other, "/srv/a/b/c/@other");
}

static void pseudo_filesystems(void **state)
{
	char path[64];
	unsigned int i;

	(void)state;
	for (i = 0; tree_pseudo_type(i); i++) {
		struct super_block *sb = tree_filesystem(tree_pseudo_type(i), TREE_UNTRUSTED);

		tree_mount(tree_root(sb), t.root_mount, t.b, i % 2);
		is_at(tree_root(sb), tree_pseudo_prefix(i));
		snprintf(path, sizeof(path), "%s/1", tree_pseudo_prefix(i));
		is_at(tree_make(tree_root(sb), "1"), path);
	}
	assert_true(i > 15);
	/* What is mounted in one has its path from there. */
	{
		struct super_block *sb = tree_filesystem("sysfs", 0), *in = tree_filesystem("ext4", 0);
		struct dentry *fs = tree_make(tree_root(sb), "fs");

		tree_mount(tree_root(in), t.root_mount, fs, 1);
		is_at(tree_make(tree_root(in), "x"), "/sys/fs/x");
	}
	/* A type that only begins like one. */
	is_lost(tree_root(tree_filesystem("proc2", 0)), BAILIWICK_REASON_NO_MOUNT);
	is_lost(tree_root(tree_filesystem("devtmpfs-and-more", 0)), BAILIWICK_REASON_NO_MOUNT);
}

static void nameless_objects(void **state)
{
	struct super_block *pipes = tree_filesystem("pipefs", TREE_KERNEL), *on;
	struct dentry *pipe = tree_make(tree_root(pipes), "pipe:[7]");
	unsigned int size, cut;
	const char *words;
	struct seen seen;

	(void)state;
	tree_label(pipe, 0, &seen);
	assert_int_equal(seen.end, SEEN_ANON);
	assert_int_equal(seen.label, BAILIWICK_LABEL_ANON);
	words = tree_words(pipe, &size, &cut);
	assert_int_equal(cut, 0);
	assert_memory_equal(words, "pipefs:/pipe:[7]", size);
	/* The longest type there is room for. */
	pipe = tree_make(tree_root(tree_filesystem("a-long-type-name-here", TREE_KERNEL)), "x");
	words = tree_words(pipe, &size, &cut);
	assert_memory_equal(words, "a-long-type-nam:/x", size);
	/* Mounted in one: there is no place to go on from. */
	on = tree_filesystem("ext4", 0);
	tree_mount(tree_root(on), t.root_mount, tree_root(pipes), 1);
	is_lost(tree_root(on), BAILIWICK_REASON_NO_MOUNT);
}

static void untrusted_filesystems(void **state)
{
	struct super_block *fuse = tree_filesystem("fuse", TREE_UNTRUSTED), *on;
	struct dentry *file = tree_make(tree_root(fuse), "srv");
	unsigned int size, cut;
	struct seen seen;

	(void)state;
	tree_mount(tree_root(fuse), t.root_mount, t.mnt, 1);
	tree_label(file, 0, &seen);
	assert_int_equal(seen.end, SEEN_UNTRUSTED);
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNTRUSTED);
	assert_int_equal(seen.reason, BAILIWICK_REASON_UNTRUSTED);
	tree_words(file, &size, &cut);
	assert_int_equal(cut, 1);
	/* And what is mounted in one. */
	on = tree_filesystem("ext4", 0);
	tree_mount(tree_root(on), t.root_mount, file, 1);
	tree_label(tree_root(on), 0, &seen);
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNTRUSTED);
}

static void bad_names(void **state)
{
	char name[257];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	{
		char path[300];

		snprintf(path, sizeof(path), "/srv/%s", name);
		is_at(tree_make(t.srv, name), path);
	}
	name[255] = 'n';
	name[256] = 0;
	is_lost(tree_make(t.srv, name), BAILIWICK_REASON_BAD_NAME);
	tree_break_name(t.b, 0, "");
	is_lost(t.c, BAILIWICK_REASON_BAD_NAME);
	tree_break_name(t.b, 0xffffffff, "x");
	is_lost(t.c, BAILIWICK_REASON_BAD_NAME);
	tree_break_name(t.b, 1, NULL);
	is_lost(t.c, BAILIWICK_REASON_BAD_NAME);
	tree_break_name(t.b, 1, "b");
	is_at(t.c, "/srv/a/b/c");
	tree_break_parent(t.b);
	is_lost(t.c, BAILIWICK_REASON_BAD_NAME);
}

static void broken_trees(void **state)
{
	(void)state;
	tree_break_super(t.c);
	is_lost(t.c, BAILIWICK_REASON_NO_MOUNT);
	tree_mount_move(t.data_mount, t.c);		/* its mountpoint has no filesystem */
	is_lost(t.deep, BAILIWICK_REASON_NO_MOUNT);
	tree_break_home();
	is_lost(t.a, BAILIWICK_REASON_NO_MOUNT);
}

static void too_deep(void **state)
{
	struct dentry *at = t.a;
	struct mount *mount = t.root_mount;
	struct dentry *on = t.mnt;
	struct super_block *sb = t.root;
	struct seen seen;

	(void)state;
	for (int i = 2; i < BAILIWICK_DEPTH_MAX; i++)
		at = tree_make(at, "d");
	tree_label(at, 0, &seen);
	assert_int_equal(seen.depth, BAILIWICK_DEPTH_MAX);
	assert_int_equal(seen.end, SEEN_PATH);
	assert_int_equal(seen.label, label_of_path("/srv/a/d/d/d"));
	is_lost(tree_make(at, "d"), BAILIWICK_REASON_TOO_DEEP);
	/* Filesystems mounted on each other: the root and 31 more, not one more. */
	for (int i = 1; i <= BAILIWICK_MOUNT_DEPTH_MAX; i++) {
		sb = tree_filesystem("ext4", 0);
		mount = tree_mount(tree_root(sb), mount, on, 1);
		on = tree_make(tree_root(sb), "m");
		tree_label(on, 0, &seen);
		assert_int_equal(seen.end, i < BAILIWICK_MOUNT_DEPTH_MAX ? SEEN_PATH : SEEN_UNKNOWN);
	}
	is_lost(on, BAILIWICK_REASON_TOO_DEEP);
	/* A mount below itself. */
	tree_mount_move(t.data_mount, t.sub);
	is_lost(t.deep, BAILIWICK_REASON_TOO_DEEP);
}

/* A path that does not fit has no front. */
static void long_words(void **state)
{
	struct dentry *at = t.srv;
	unsigned int size, cut;
	const char *words;
	char name[201];

	(void)state;
	memset(name, 'w', 200);
	name[200] = 0;
	for (int i = 0; i < 25; i++)
		at = tree_make(at, name);
	words = tree_words(at, &size, &cut);
	assert_int_equal(cut, 1);
	assert_in_range(size, 4096 - 201, 4095);
	assert_memory_equal(words + size - 200, name, 200);
	tree_break_name(at, 300, "short");		/* never more than a name's worth is read */
	tree_words(at, &size, &cut);
	assert_in_range(size, 1, 4095);
}

/* --- what moves meanwhile ------------------------------------------------- */

static struct {
	unsigned int *counter;
	unsigned int odd_for, reads;
	const void *at;
	bool done;
} moving;

/* A writer is inside for so many looks at the counter. */
static void writer_inside(const void *from)
{
	if (from != moving.counter)
		return;
	*moving.counter = moving.reads < moving.odd_for ? 3 : 6;
	moving.reads++;
}

static void waits_for_a_writer(void **state)
{
	unsigned int *const counters[] = { &rename_lock, &mount_lock };

	(void)state;
	for (int i = 0; i < 2; i++) {
		moving.counter = counters[i];
		moving.reads = 0;
		moving.odd_for = 100;
		host_on_read = writer_inside;
		is_at(t.c, "/srv/a/b/c");
		assert_true(moving.reads > 100);
		moving.odd_for = UINT32_MAX;	/* it never leaves */
		host_loop_most = 200;
		is_lost(t.c, BAILIWICK_REASON_BUSY);
		host_loop_most = UINT32_MAX;
		host_on_read = NULL;
		*counters[i] = 2;
	}
}

/* When the walk reads there, a directory moves, once. */
static void moves_at(const void *from)
{
	if (from != moving.at || moving.done)
		return;
	moving.done = true;
	rename_lock += 2;
	tree_move(t.b, tree_root(t.root), "moved");
}

static void walks_again_after_a_move(void **state)
{
	struct seen seen;

	(void)state;
	/* Between the object and its root: half of either path was seen. */
	moving.done = false;
	moving.at = (const char *)t.srv;
	for (size_t offset = 0; !moving.done && offset < 256; offset += 8) {
		moving.at = (const char *)t.srv + offset;
		host_on_read = moves_at;
		tree_label(t.c, 0, &seen);
	}
	host_on_read = NULL;
	assert_true(moving.done);
	assert_int_equal(seen.label, label_of_path("/moved/c"));
	is_at(t.c, "/moved/c");
}

static void mount_moves_at(const void *from)
{
	if (from != moving.at || moving.done)
		return;
	moving.done = true;
	mount_lock += 2;
	tree_mount_move(t.data_mount, t.c);
}

static void walks_again_after_a_mount(void **state)
{
	struct seen seen;

	(void)state;
	moving.done = false;
	for (size_t offset = 0; !moving.done && offset < 256; offset += 8) {
		moving.at = (const char *)t.mnt + offset;
		host_on_read = mount_moves_at;
		tree_label(t.deep, 0, &seen);
	}
	host_on_read = NULL;
	assert_true(moving.done);
	assert_int_equal(seen.label, label_of_path("/srv/a/b/c/sub/deep"));
	is_at(t.deep, "/srv/a/b/c/sub/deep");
}

/* Something moves during every walk. */
static void always_moves(const void *from)
{
	if (from == &rename_lock)
		rename_lock += 2;
}

static void gives_up_when_it_never_settles(void **state)
{
	(void)state;
	host_on_read = always_moves;
	is_lost(t.c, BAILIWICK_REASON_BUSY);
}

/* --- below a directory ---------------------------------------------------- */

static uint32_t lacks_below(const struct dentry *directory, uint32_t row)
{
	struct seen seen;

	tree_label(directory, 0, &seen);
	return tree_lacks_below(0, row, BAILIWICK_RIGHT_RENAME);
}

static void what_may_lie_below(void **state)
{
	uint32_t mover = image_find_row(t.image, "mover"), walker = image_find_row(t.image, "walker");

	(void)state;
	assert_int_equal(lacks_below(tree_root(t.data), mover), 0);
	assert_int_equal(lacks_below(t.sub, mover), 0);
	assert_int_equal(lacks_below(t.srv, mover), 1 + label_of_path("/srv/x/kept"));
	assert_int_equal(lacks_below(t.a, mover), 1 + label_of_path("/srv/a/kept"));
	assert_int_equal(lacks_below(t.b, mover), 0);	/* two names below: no rule says so */
	assert_int_not_equal(lacks_below(tree_make(tree_make(t.srv, "b"), "q"), mover), 0);
	assert_int_not_equal(lacks_below(t.mnt, walker), 0);
	assert_int_not_equal(lacks_below(tree_root(t.root), mover), 0);
}

/* A path that ends in '/' or has two of them is nobody's: what it would have does not count. */
static void only_names_lie_below(void **state)
{
	struct image *image = policy_in_slot("roles: {m: {files: [{allow: [rename], on: [/srv, "
					     "\"/srv/?**\"]}]}}\n"
					     "assignments: [{subject: \"user:1\", role: m}]\n");

	(void)state;
	assert_non_null(image);
	assert_int_equal(lacks_below(t.srv, image_find_row(image, "m")), 0);
	image_close(image);
}

/* A directory that may be renamed, with nothing said of what lies in it. */
static void what_nobody_names_lies_below(void **state)
{
	static const char *const alike[] = {
		"roles: {m: {files: [{allow: [rename], on: [/srv, \"/mnt\"]}]}}\n",
		"roles: {m: {files: [{allow: [rename], on: [\"/srv/**\"]}, "
		"{deny: [rename], on: [\"/srv/?**\"]}]}}\n",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char text[256];
		struct image *image;

		snprintf(text, sizeof(text), "%sassignments: [{subject: \"user:1\", role: m}]\n", alike[i]);
		image = policy_in_slot(text);
		assert_non_null(image);
		assert_int_equal(lacks_below(t.srv, image_find_row(image, "m")),
				 1 + BAILIWICK_LABEL_UNMATCHED);
		image_close(image);
	}
}

static void too_much_below(void **state)
{
	char text[4096] = "roles: {m: {files: [{allow: [rename], on: [\"/srv/**\"]}, "
		"{allow: [read], on: [\"/srv/a";
	struct image *image;
	uint32_t row;

	(void)state;
	for (int i = 0; i < 600; i++)
		strcat(text, i % 5 ? "xyz" + i % 3 : "/q");
	strcat(text, "\"]}]}}\nassignments: [{subject: \"user:1\", role: m}]\n");
	image = policy_in_slot(text);
	assert_non_null(image);
	row = image_find_row(image, "m");
	assert_int_equal(lacks_below(t.srv, row), 1 + BAILIWICK_LABEL_UNKNOWN);
	image_close(image);
}

/* --- what there is no room for -------------------------------------------- */

static void nothing_to_work_with(void **state)
{
	unsigned int size, cut;
	struct seen seen;

	(void)state;
	assert_int_equal(tree_claim_all(), 4);
	assert_int_equal(tree_claim_all(), 4);	/* given back */
	host_slot_count = 0;
	tree_label(t.c, 0, &seen);
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNKNOWN);
	assert_int_equal(tree_lacks_below(0, 0, 1), 1 + BAILIWICK_LABEL_UNKNOWN);
	host_slot_count = 2;
	tree_label(t.c, 1, &seen);		/* an empty slot: no state, no label */
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNKNOWN);
	host_room_count = 0;
	tree_label(t.c, 0, &seen);
	assert_int_equal(seen.label, BAILIWICK_LABEL_UNKNOWN);
	assert_int_equal(tree_lacks_below(0, 0, 1), 1 + BAILIWICK_LABEL_UNKNOWN);
	assert_null(tree_words(t.c, &size, &cut));
}

/* --- filesystems without a place ------------------------------------------ */

static void lost_places(void **state)
{
	struct super_block *private = tree_filesystem("tmpfs", 0), *shared = tree_filesystem("tmpfs", 0);
	struct mount *mount = tree_mount(tree_root(private), t.root_mount, t.b, 0);

	(void)state;
	assert_true(tree_never(private));
	assert_int_equal(tree_lost(mount), 0);		/* another namespace's business */
	assert_true(tree_never(private));
	mount = tree_mount(tree_root(shared), t.root_mount, t.c, 0);
	tree_mount_share(mount);
	assert_int_equal(tree_lost(mount), 0);
	assert_false(tree_never(shared));
	assert_true(tree_never(private));
	assert_int_equal(tree_lost(t.data_mount), 0);
	assert_false(tree_never(t.data));
	tree_free(t.data);			/* the address may come again */
	assert_true(tree_never(t.data));
	/* What is mounted below goes along, and nothing says what. */
	assert_int_equal(tree_lost(t.root_mount), 0);
	assert_false(tree_never(private));
}

static void lost_places_have_a_limit(void **state)
{
	(void)state;
	host_lost_room = 0;
	assert_int_equal(tree_lost(t.data_mount), 1);
	assert_int_equal(tree_lost(t.root_mount), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(labels_differ),
		CASE(plain_paths),
		CASE(mounted_filesystems),
		CASE(where_a_filesystem_reaches),
		CASE(second_names),
		CASE(partial_mounts),
		CASE(pseudo_filesystems),
		CASE(nameless_objects),
		CASE(untrusted_filesystems),
		CASE(bad_names),
		CASE(broken_trees),
		CASE(too_deep),
		CASE(long_words),
		CASE(waits_for_a_writer),
		CASE(walks_again_after_a_move),
		CASE(walks_again_after_a_mount),
		CASE(gives_up_when_it_never_settles),
		CASE(what_may_lie_below),
		CASE(only_names_lie_below),
		CASE(what_nobody_names_lies_below),
		CASE(too_much_below),
		CASE(nothing_to_work_with),
		CASE(lost_places),
		CASE(lost_places_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
