// SPDX-License-Identifier: Apache-2.0
/* Making, removing and moving objects; what a move may not do to a label. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "matrix.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4
#endif

static long rename_with(const char *from, const char *to, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags) ? -errno : 0;
}

/* --- one directory, every right --------------------------------------------- */

static void empty(const char *directory)
{
	scene_gone("%s/new", directory);
	scene_file(PLAIN, "%s/file", directory);
	scene_file("second", "%s/second", directory);
	scene_directory("%s/directory", directory);
}

static bool appeared(const char *directory, const struct act *act)
{
	return scene_there("%s/new", directory);
}

static bool file_went(const char *directory, const struct act *act)
{
	return !scene_there("%s/file", directory);
}

static bool directory_went(const char *directory, const struct act *act)
{
	return !scene_there("%s/directory", directory);
}

static bool second_replaced(const char *directory, const struct act *act)
{
	return scene_holds(PLAIN, "%s/second", directory);
}

#define BELOW(buffer, name)                                                    \
	char buffer[600];                                                      \
	snprintf(buffer, sizeof(buffer), "%s/%s", act->path, name)

static long make_directory(struct act *act)
{
	BELOW(new, "new");
	return mkdir(new, 0755) ? -errno : 0;
}

static long make_fifo(struct act *act)
{
	BELOW(new, "new");
	return mknod(new, S_IFIFO | 0644, 0) ? -errno : 0;
}

static long make_regular(struct act *act)
{
	BELOW(new, "new");
	return mknod(new, S_IFREG | 0644, 0) ? -errno : 0;
}

static long make_socket(struct act *act)
{
	BELOW(new, "new");
	return mknod(new, S_IFSOCK | 0644, 0) ? -errno : 0;
}

static long make_symlink(struct act *act)
{
	BELOW(new, "new");
	return symlink("/etc/passwd", new) ? -errno : 0;
}

static long make_link(struct act *act)
{
	BELOW(new, "new");
	BELOW(file, "file");
	return link(file, new) ? -errno : 0;
}

static long remove_file(struct act *act)
{
	BELOW(file, "file");
	return unlink(file) ? -errno : 0;
}

static long remove_directory(struct act *act)
{
	BELOW(directory, "directory");
	return rmdir(directory) ? -errno : 0;
}

static long rename_file(struct act *act)
{
	BELOW(file, "file");
	BELOW(new, "new");
	return rename_with(file, new, 0);
}

static long rename_directory(struct act *act)
{
	BELOW(directory, "directory");
	BELOW(new, "new");
	return rename_with(directory, new, RENAME_NOREPLACE);
}

static long exchange(struct act *act)
{
	BELOW(file, "file");
	BELOW(second, "second");
	return rename_with(file, second, RENAME_EXCHANGE);
}

static long replace(struct act *act)
{
	BELOW(file, "file");
	BELOW(second, "second");
	return rename_with(file, second, 0);
}

MATRIX_TEST(mkdir, R(CREATE), 0, empty, make_directory, appeared)
MATRIX_TEST(mknod_fifo, R(CREATE), 0, empty, make_fifo, appeared)
MATRIX_TEST(mknod_regular, R(CREATE), 0, empty, make_regular, appeared)
MATRIX_TEST(mknod_socket, R(CREATE), 0, empty, make_socket, appeared)
MATRIX_TEST(symlink, R(CREATE), 0, empty, make_symlink, appeared)
MATRIX_TEST(link, R(LINK) | R(CREATE), 0, empty, make_link, appeared)
MATRIX_TEST(unlink, R(DELETE), 0, empty, remove_file, file_went)
MATRIX_TEST(rmdir, R(DELETE), 0, empty, remove_directory, directory_went)
MATRIX_TEST(rename, R(RENAME) | R(CREATE), 0, empty, rename_file, appeared)
MATRIX_TEST(rename_directory, R(RENAME) | R(CREATE), 0, empty, rename_directory, appeared)
MATRIX_TEST(rename_exchange, R(RENAME) | R(CREATE) | R(DELETE), 0, empty, exchange, second_replaced)
MATRIX_TEST(rename_replacing, R(RENAME) | R(CREATE) | R(DELETE), 0, empty, replace, second_replaced)

/* --- between two places -------------------------------------------------------- */

/*
 *   CLERK                      from          to
 *     inside                   all    ─────▶ all           works
 *     out_of_the_secret        secret ──╳──▶ all           the secret would become readable
 *     into_the_secret          all    ──╳──▶ secret        no right there
 *     onto_read_only           all    ──╳──▶ only-read     no right there
 *   FREE
 *     out_of_the_vault         vault  ──╳──▶ all           protected, from root too
 *     into_the_vault           all    ──╳──▶ vault         a file of the attacker's making
 */
FIXTURE(border)
{
	struct actor *actor;
	struct act act;
};

FIXTURE_VARIANT(border)
{
	uid_t login;
	const char *from, *to;
	bool works;
};

FIXTURE_VARIANT_ADD(border, inside) {
	.login = CLERK, .from = SCENE "/all/plain", .to = SCENE "/all/other", .works = true };
FIXTURE_VARIANT_ADD(border, out_of_the_secret) {
	.login = CLERK, .from = SECRET, .to = SCENE "/all/other" };
FIXTURE_VARIANT_ADD(border, into_the_secret) {
	.login = CLERK, .from = SCENE "/all/plain", .to = SCENE "/secret/other" };
FIXTURE_VARIANT_ADD(border, onto_read_only) {
	.login = CLERK, .from = SCENE "/all/plain", .to = SCENE "/only-read/other" };
FIXTURE_VARIANT_ADD(border, out_of_the_vault) {
	.login = FREE, .from = VAULT, .to = SCENE "/all/other" };
FIXTURE_VARIANT_ADD(border, into_the_vault) {
	.login = FREE, .from = SCENE "/all/plain", .to = SCENE "/vault/other" };

FIXTURE_SETUP(border)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(SCENE "/only-read");
	if (variant->to != strstr(variant->to, SCENE "/vault/"))
		scene_gone("%s", variant->to);
	self->actor = actor_start(&(struct subject){ .login = variant->login });
	path_set(&self->act, "%s", variant->from);
	other_set(&self->act, "%s", variant->to);
}

FIXTURE_TEARDOWN(border)
{
	actor_stop(self->actor);
	if (strncmp(variant->to, VAULT, strlen(SCENE "/vault/")))
		scene_gone("%s", variant->to);
	if (variant->from != strstr(variant->from, SCENE "/vault/"))
		scene_all();
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

static long act_rename(struct act *act) { return rename_with(act->path, act->other, 0); }
static long act_whiteout(struct act *act) { return rename_with(act->path, act->other, RENAME_WHITEOUT); }
static long act_exchange(struct act *act) { return rename_with(act->path, act->other, RENAME_EXCHANGE); }
static long act_link(struct act *act) { return link(act->path, act->other) ? -errno : 0; }

static long act_link_descriptor(struct act *act)
{
	char proc[64];
	int fd = open(act->path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, AT_FDCWD, act->other, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

static long act_there(struct act *act)
{
	struct stat st;

	return lstat(act->other, &st) ? -errno : 0;
}

/* Where nobody but the keeper can look, the keeper looks. */
static bool target_there(struct act *act)
{
	struct act look = *act;

	return act_as(KEEPER, act_there, &look) == 0 || scene_there("%s", act->other);
}

#define BORDER_TRY(act_name)                                                   \
	do {                                                                   \
		actor_do(self->actor, act_name, &self->act);                   \
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);     \
		EXPECT_EQ(variant->works, target_there(&self->act));           \
	} while (0)

TEST_F(border, rename) { BORDER_TRY(act_rename); }
TEST_F(border, link) { BORDER_TRY(act_link); }
TEST_F(border, link_by_descriptor) { BORDER_TRY(act_link_descriptor); }

TEST_F(border, whiteout)
{
	if (variant->works)
		SKIP(return, "a whiteout is a device node: not the clerk's to make");
	EXPECT_GT(0, actor_do(self->actor, act_whiteout, &self->act));
	EXPECT_FALSE(target_there(&self->act));
}

TEST_F(border, exchange)
{
	const char *victim = variant->to;

	if (!strncmp(victim, SCENE "/vault/", strlen(SCENE "/vault/")))
		other_set(&self->act, VAULT);
	else
		scene_file("other side", "%s", victim);
	actor_do(self->actor, act_exchange, &self->act);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
	if (strcmp(self->act.other, VAULT))
		EXPECT_EQ(!variant->works, scene_holds("other side", "%s", victim));
}

/* --- what happens to the directory above ------------------------------------------ */

/*
 *   /srv/bw/above/            unprotected           /srv/bw/desk/        all rights
 *   └── vault/  protected                           └── outer/           all rights
 *       └── marker                                      └── archive/     denied: write, delete, …
 *
 *   mv above elsewhere: the vault would have        mv outer elsewhere: the archive would
 *   a path no class names                           have a path no deny names
 */
FIXTURE(above)
{
	struct actor *clerk;
	struct act act;
};

FIXTURE_SETUP(above)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_gone(SCENE "/desk/moved");
	scene_directory(SCENE "/desk/outer/archive");
	scene_file(PLAIN, SCENE "/desk/outer/archive/file");
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
}

FIXTURE_TEARDOWN(above)
{
	actor_stop(self->clerk);
}

static long overwrite(struct act *act)
{
	int fd = open(act->path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, "changed", 7) != 7)
		return -errno;
	close(fd);
	return 0;
}

TEST_F(above, archive_cannot_be_written)
{
	path_set(&self->act, SCENE "/desk/outer/archive/file");
	EXPECT_EQ(-EACCES, actor_do(self->clerk, overwrite, &self->act));
	self->act.flags = O_RDONLY;
	EXPECT_LT(0, actor_do(self->clerk, act_read, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
}

TEST_F(above, archive_itself_moved)
{
	path_set(&self->act, SCENE "/desk/outer/archive");
	other_set(&self->act, SCENE "/desk/moved");
	EXPECT_EQ(-EACCES, actor_do(self->clerk, act_rename, &self->act));
	EXPECT_TRUE(scene_holds(PLAIN, SCENE "/desk/outer/archive/file"));
}

TEST_F(above, directory_above_the_archive_moved)
{
	path_set(&self->act, SCENE "/desk/outer");
	other_set(&self->act, SCENE "/desk/moved");
	actor_do(self->clerk, act_rename, &self->act);
	path_set(&self->act, SCENE "/desk/moved/archive/file");
	actor_do(self->clerk, overwrite, &self->act);
	EXPECT_TRUE(scene_holds(PLAIN, SCENE "/desk/outer/archive/file") ||
		    scene_holds(PLAIN, SCENE "/desk/moved/archive/file"));
	if (scene_there(SCENE "/desk/moved"))
		rename(SCENE "/desk/moved", SCENE "/desk/outer");
}

static void move_and_read(struct __test_metadata *_metadata, const char *from, const char *to,
			  const char *marker)
{
	struct act act = { .flags = O_RDONLY };
	int moved = rename(from, to);

	path_set(&act, "%s", marker);
	act_here(act_read, &act);
	EXPECT_EQ(NULL, strstr(act.text, MARKER));
	act_as(CLERK, act_read, &act);
	EXPECT_EQ(NULL, strstr(act.text, MARKER));
	if (!moved)
		EXPECT_EQ(0, rename(to, from));
}

TEST_F(above, vault_itself_moved_by_unconfined_root)
{
	path_set(&self->act, SCENE "/above/vault");
	other_set(&self->act, SCENE "/all/vault");
	EXPECT_EQ(-EACCES, act_here(act_rename, &self->act));
	EXPECT_TRUE(scene_vault_intact(SCENE "/above/vault/marker"));
}

TEST_F(above, directory_above_the_vault_moved)
{
	move_and_read(_metadata, SCENE "/above", SCENE "/below", SCENE "/below/vault/marker");
	EXPECT_TRUE(scene_vault_intact(SCENE "/above/vault/marker"));
}

TEST_F(above, directory_above_the_vault_moved_into_a_readable_one)
{
	move_and_read(_metadata, SCENE "/above", SCENE "/all/above",
		      SCENE "/all/above/vault/marker");
	EXPECT_TRUE(scene_vault_intact(SCENE "/above/vault/marker"));
}

TEST_F(above, whole_scene_moved)
{
	move_and_read(_metadata, SCENE, SCENE "-moved", SCENE "-moved/vault/marker");
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

TEST_F(above, directory_above_exchanged)
{
	struct act act = { .flags = O_RDONLY };

	scene_directory(SCENE "/decoy/vault");
	path_set(&self->act, SCENE "/above");
	other_set(&self->act, SCENE "/decoy");
	act_here(act_exchange, &self->act);
	path_set(&act, SCENE "/decoy/vault/marker");
	act_here(act_read, &act);
	EXPECT_EQ(NULL, strstr(act.text, MARKER));
	if (!self->act.result)
		EXPECT_EQ(0, act_here(act_exchange, &self->act));
	EXPECT_TRUE(scene_vault_intact(SCENE "/above/vault/marker"));
}

/* What is remembered about a directory ends with its move: both ways, same inodes. */
TEST_F(above, label_follows_a_move)
{
	struct act *act = &self->act;

	scene_gone(SCENE "/all/moving");
	scene_directory(SCENE "/secret/moving/deep");
	scene_file(PLAIN, SCENE "/secret/moving/deep/file");
	act->flags = O_RDONLY;
	for (int round = 0; round < 3; round++) {
		path_set(act, SCENE "/secret/moving/deep/file");
		EXPECT_EQ(-EACCES, actor_do(self->clerk, act_read, act));
		ASSERT_EQ(0, rename(SCENE "/secret/moving", SCENE "/all/moving"));
		path_set(act, SCENE "/all/moving/deep/file");
		EXPECT_LT(0, actor_do(self->clerk, act_read, act));
		EXPECT_STREQ(PLAIN, act->text);
		ASSERT_EQ(0, rename(SCENE "/all/moving", SCENE "/secret/moving"));
	}
}

TEST_F(above, label_follows_a_file)
{
	struct act *act = &self->act;

	scene_gone(SCENE "/all/moving");
	scene_file(PLAIN, SCENE "/secret/moving-file");
	act->flags = O_RDONLY;
	for (int round = 0; round < 3; round++) {
		path_set(act, SCENE "/secret/moving-file");
		EXPECT_EQ(-EACCES, actor_do(self->clerk, act_read, act));
		ASSERT_EQ(0, rename(SCENE "/secret/moving-file", SCENE "/all/moving"));
		path_set(act, SCENE "/all/moving");
		EXPECT_LT(0, actor_do(self->clerk, act_read, act));
		ASSERT_EQ(0, rename(SCENE "/all/moving", SCENE "/secret/moving-file"));
	}
}

/* --- unconfined root against the vault ---------------------------------------------- */

/*
 *   root, no role, every capability ──╳──▶ /srv/bw/vault/  (only KEEPER)
 */
FIXTURE(vault)
{
	struct act act;
};

FIXTURE_SETUP(vault)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	path_set(&self->act, SCENE "/vault");
}

FIXTURE_TEARDOWN(vault)
{
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

static long remove_marker(struct act *act)
{
	return unlink(VAULT) ? -errno : 0;
}

static long cover(struct act *act)
{
	return mount("tmpfs", act->path, "tmpfs", 0, NULL) ? -errno : 0;
}

static long make_device(struct act *act)
{
	BELOW(new, "new");
	return mknod(new, S_IFBLK | 0600, makedev(254, 0)) ? -errno : 0;
}

TEST_F(vault, create) { EXPECT_EQ(-EACCES, act_here(make_directory, &self->act)); }
TEST_F(vault, create_fifo) { EXPECT_EQ(-EACCES, act_here(make_fifo, &self->act)); }
TEST_F(vault, create_symlink) { EXPECT_EQ(-EACCES, act_here(make_symlink, &self->act)); }
TEST_F(vault, create_device) { EXPECT_EQ(-EACCES, act_here(make_device, &self->act)); }
TEST_F(vault, unlink) { EXPECT_EQ(-EACCES, act_here(remove_marker, &self->act)); }

TEST_F(vault, covered_by_a_mount)
{
	int covered = act_here(cover, &self->act);

	EXPECT_EQ(-EACCES, covered);
	if (!covered)
		umount(SCENE "/vault");
}

/* The clerk may not make a node that is a door to the disk, nor open one. */
TEST_F(vault, device_node_by_the_clerk)
{
	scene_gone(SCENE "/all/new");
	path_set(&self->act, SCENE "/all");
	EXPECT_GT(0, act_as(CLERK, make_device, &self->act));
	EXPECT_FALSE(scene_there(SCENE "/all/new"));
}

/* --- in an overlay ------------------------------------------------------------------------- */

/*
 *   /srv/bw/all/merged     CLERK may do everything
 *   /srv/bw/secret/upper   CLERK may do nothing; what is made above lies here
 */
FIXTURE(overlay)
{
	struct act act;
};

FIXTURE_SETUP(overlay)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(SCENE "/all/merged");
	scene_directory(SCENE "/all/lower");
	scene_directory(SCENE "/secret/upper");
	scene_directory(SCENE "/secret/work");
	rmdir(SCENE "/secret/upper/new");
	if (mount("overlay", SCENE "/all/merged", "overlay", 0, "lowerdir=" SCENE "/all/lower,"
		  "upperdir=" SCENE "/secret/upper,workdir=" SCENE "/secret/work"))
		SKIP(return, "no overlay here: %s", strerror(errno));
}

FIXTURE_TEARDOWN(overlay)
{
	umount2(SCENE "/all/merged", MNT_DETACH);
}

static long make_in_overlay(struct act *act)
{
	return mkdir(act->path, 0755) ? -errno : 0;
}

/* The work below is the overlay's, with its mounter's rights; not the clerk's own. */
TEST_F(overlay, created)
{
	path_set(&self->act, SCENE "/secret/upper/new");
	EXPECT_EQ(-EACCES, act_as(CLERK, make_in_overlay, &self->act));
	path_set(&self->act, SCENE "/all/merged/new");
	EXPECT_EQ(0, act_as(CLERK, make_in_overlay, &self->act));
	EXPECT_TRUE(scene_there(SCENE "/secret/upper/new"));
}

TEST_HARNESS_MAIN
