// SPDX-License-Identifier: Apache-2.0
/* What is remembered about an object never outlives what it was found from. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

#define TREE "stir-%d/outer/inner"

/*
 *   /srv/bw/all/stir-N/outer/inner/file         CLERK reads it, always
 *   /srv/bw/secret/stir-N/outer/inner/file      CLERK does not, ever
 *
 * whichever of the two files that is just now, and whatever was exchanged between
 * the two trees to get it there: files, directories, mounts.
 */
static const char *const levels[] = {
	"stir-%d", "stir-%d/outer", TREE, TREE "/file",
};

static const char *tree_path(char path[512], const char *place, const char *level, int tree)
{
	char tail[256];

	snprintf(tail, sizeof(tail), level, tree);
	snprintf(path, 512, SCENE "/%s/%s", place, tail);
	return path;
}

static void tree_make(int tree)
{
	scene_all();
	scene_directory(SCENE "/all/" TREE, tree);
	scene_directory(SCENE "/secret/" TREE, tree);
	scene_file("one", SCENE "/all/" TREE "/file", tree);
	scene_file("other", SCENE "/secret/" TREE "/file", tree);
}

/*
 * How many of the answers were wrong; asked of the clerk, in one of the two places.  What
 * is closed does not open: reading is asked for once more while anything is taken back.
 */
static int wrong_at(struct actor *clerk, const char *place, const char *level, int tree)
{
	struct act act = { .flags = O_RDONLY };
	bool closed = strcmp(place, "all");
	long result;

	tree_path(act.path, place, level, tree);
	result = actor_do(clerk, act_open, &act);
	if (result >= 0) {
		struct act end = act;

		if (!closed)
			result = actor_do(clerk, act_read_descriptor, &act);
		actor_do(clerk, act_close, &end);
		if (!closed && result > 0)
			return 0;
	} else if (closed && result == -EACCES) {
		return 0;
	}
	printf("# %s: %ld\n", act.path, result);
	return 1;
}

static int wrong(struct actor *clerk, int tree)
{
	return wrong_at(clerk, "all", TREE "/file", tree) +
	       wrong_at(clerk, "secret", TREE "/file", tree);
}

static int exchange(int tree, int level)
{
	char one[512], other[512];

	return syscall(SYS_renameat2, AT_FDCWD, tree_path(one, "all", levels[level], tree),
		       AT_FDCWD, tree_path(other, "secret", levels[level], tree),
		       RENAME_EXCHANGE);
}

/* The same in three renames, each to a name that was free. */
static int rotate(int tree, int level)
{
	char one[512], other[512], third[528];

	tree_path(one, "all", levels[level], tree);
	tree_path(other, "secret", levels[level], tree);
	snprintf(third, sizeof(third), "%s.third", one);
	return rename(one, third) || rename(other, one) || rename(third, other);
}

/* The file the clerk reads has a second name where he reads nothing. */
static int open_at(struct actor *clerk, int tree)
{
	struct act act = { .flags = O_RDONLY };

	tree_path(act.path, "all", TREE "/file", tree);
	if (actor_do(clerk, act_read, &act) == -EACCES)
		return 0;
	printf("# %s: %ld with another name\n", act.path, act.result);
	return 1;
}

/* Two names of one inode, asked for in turn: neither gives more than the other. */
static int link_between(struct actor *clerk, int tree, bool forget)
{
	char one[512], other[512];
	int errors = 0;

	tree_path(one, "all", TREE "/file", tree);
	tree_path(other, "secret", TREE "/side", tree);
	unlink(other);
	if (link(one, other))
		return 1;
	for (int i = 0; i < 3; i++) {
		errors += wrong_at(clerk, "secret", TREE "/side", tree);
		if (forget)
			run_command("echo 2 >/proc/sys/vm/drop_caches");
		errors += open_at(clerk, tree);
	}
	errors += !!unlink(other);
	return errors + wrong_at(clerk, "all", TREE "/file", tree);
}

/* A file system that is at one place, then at both, then at the other alone. */
static int mount_between(struct actor *clerk, int tree)
{
	char one[512], other[512], file[528];
	int errors = 0, fd;

	tree_path(one, "all", TREE "/mount", tree);
	tree_path(other, "secret", TREE "/mount", tree);
	mkdir(one, 0755);
	mkdir(other, 0755);
	snprintf(file, sizeof(file), "%s/file", one);
	if (mount("remember", one, "tmpfs", 0, NULL))
		return 1;
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "x", 1) != 1)
		errors++;
	close(fd);
	errors += wrong_at(clerk, "all", TREE "/mount/file", tree);
	errors += !!mount(one, other, NULL, MS_BIND, NULL);
	errors += wrong_at(clerk, "all", TREE "/mount/file", tree);
	errors += !!umount2(one, MNT_DETACH);
	errors += wrong_at(clerk, "secret", TREE "/mount/file", tree);
	errors += !!umount2(other, MNT_DETACH);
	return errors + !!rmdir(one) + !!rmdir(other);
}

FIXTURE(remember)
{
	struct actor *clerk;
};

FIXTURE_SETUP(remember)
{
	tree_make(0);
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	ASSERT_EQ(0, wrong(self->clerk, 0));
}

FIXTURE_TEARDOWN(remember)
{
	actor_stop(self->clerk);
}

FIXTURE_VARIANT(remember)
{
	int level;
};

FIXTURE_VARIANT_ADD(remember, tree) { .level = 0 };
FIXTURE_VARIANT_ADD(remember, outer) { .level = 1 };
FIXTURE_VARIANT_ADD(remember, inner) { .level = 2 };
FIXTURE_VARIANT_ADD(remember, file) { .level = 3 };

TEST_F(remember, exchanged)
{
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, exchange(0, variant->level));
		EXPECT_EQ(0, wrong(self->clerk, 0));
	}
}

TEST_F(remember, renamed)
{
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, rotate(0, variant->level));
		EXPECT_EQ(0, wrong(self->clerk, 0));
	}
}

/* Nothing of it is in memory any more when it is asked for again. */
TEST_F(remember, dropped)
{
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, exchange(0, variant->level));
		ASSERT_EQ(0, run_command("echo 2 >/proc/sys/vm/drop_caches"));
		EXPECT_EQ(0, wrong(self->clerk, 0));
	}
}

TEST_F(remember, linked)
{
	EXPECT_EQ(0, link_between(self->clerk, 0, false));
	EXPECT_EQ(0, link_between(self->clerk, 0, true));
}

TEST_F(remember, mounted)
{
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, mount_between(self->clerk, 0));
		ASSERT_EQ(0, exchange(0, variant->level));
	}
}

/* In another image the same number is another label's. */
TEST(another_policy)
{
	struct act act = { .flags = O_RDONLY };
	struct actor *clerk;

	tree_make(0);
	clerk = actor_start(&(struct subject){ .login = CLERK });
	EXPECT_EQ(0, wrong(clerk, 0));
	ASSERT_EQ(0, run_command("sed 's,/srv/bw/all/,/srv/bw/elsewhere/,' policy.yaml "
				 ">/tmp/another.yaml && bailiwick policy apply /tmp/another.yaml"));
	tree_path(act.path, "all", TREE "/file", 0);
	EXPECT_EQ(-EACCES, actor_do(clerk, act_open, &act));
	EXPECT_EQ(0, wrong_at(clerk, "secret", TREE "/file", 0));
	ASSERT_EQ(0, run_command("bailiwick policy apply policy.yaml"));
	EXPECT_EQ(0, wrong(clerk, 0));
	actor_stop(clerk);
}

/* --- all of it at once, on all processors ----------------------------------------------- */

#define STIRRERS 3
#define SECONDS 10

struct tally {
	long rounds, errors;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int stir_once(struct actor *clerk, int tree)
{
	int errors;

	switch (rand() % 8) {
	case 0:
		return link_between(clerk, tree, false);
	case 1:
		return mount_between(clerk, tree);
	case 2:
	case 3:
		errors = rotate(tree, rand() % ARRAY_SIZE(levels));
		break;
	default:
		errors = exchange(tree, rand() % ARRAY_SIZE(levels));
	}
	return !!errors + wrong(clerk, tree);
}

static pid_t stir(int tree, struct tally *tally)
{
	double end = now() + SECONDS;
	pid_t pid = fork();
	struct actor *clerk;

	if (pid)
		return pid;
	srand(tree);
	clerk = actor_start(&(struct subject){ .login = CLERK });
	while (now() < end) {
		tally->errors += stir_once(clerk, tree);
		tally->rounds++;
	}
	actor_stop(clerk);
	_exit(0);
}

/* Meanwhile one process renames as fast as it can, another changes the policy. */
static pid_t storm(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	mkdir("/tmp/storm-a", 0755);
	for (;;) {
		rename("/tmp/storm-a", "/tmp/storm-b");
		rename("/tmp/storm-b", "/tmp/storm-a");
	}
}

TEST(stress)
{
	struct tally *tally = mmap(NULL, sizeof(*tally) * STIRRERS, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double end = now() + SECONDS;
	pid_t pids[STIRRERS], noise;
	int switches = 0;

	ASSERT_NE(MAP_FAILED, tally);
	for (int i = 0; i < STIRRERS; i++)
		tree_make(i + 1);
	noise = storm();
	for (int i = 0; i < STIRRERS; i++)
		pids[i] = stir(i + 1, &tally[i]);
	while (now() < end) {
		EXPECT_TRUE(role_assign(SECOND, switches++ % 2 ? "clerk" : "keeper"));
		run_command("echo 2 >/proc/sys/vm/drop_caches");
	}
	for (int i = 0; i < STIRRERS; i++) {
		int status;

		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
		TH_LOG("tree %d: %ld rounds, %ld wrong answers", i + 1, tally[i].rounds,
		       tally[i].errors);
		EXPECT_LT(20, tally[i].rounds);
		EXPECT_EQ(0, tally[i].errors);
	}
	EXPECT_LT(0, switches);
	EXPECT_TRUE(role_revoke(SECOND));
	kill(noise, SIGKILL);
	waitpid(noise, NULL, 0);
}

TEST_HARNESS_MAIN
