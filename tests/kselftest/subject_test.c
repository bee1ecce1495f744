// SPDX-License-Identifier: Apache-2.0
/* Who is asking: login uid, uid, group, unit, program, and what changes them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

#define CGROUP "/sys/fs/cgroup"
#define UNIT "bw-clerk.service"		/* bound to the role clerk */
#define KEEPER_UNIT "bw-keeper.service"	/* bound to the role keeper */

static bool reads(struct actor *actor, const char *path, const char *content)
{
	struct act act = { .flags = O_RDONLY };

	path_set(&act, "%s", path);
	actor_do(actor, act_read, &act);
	return strstr(act.text, content);
}

#define READS_PLAIN(actor) reads(actor, SCENE "/all/plain", PLAIN)
#define READS_SECRET(actor) reads(actor, SECRET, MARKER)
#define READS_VAULT(actor) reads(actor, VAULT, MARKER)

/* --- who holds what -------------------------------------------------------------------- */

/*
 *   login   uid     cgroup                          all  secret  vault
 *   FREE    root                                    yes  yes     no     unconfined
 *   -       root                                    yes  yes     no     the tests themselves
 *   CLERK   root                                    yes  no      no
 *   KEEPER  root                                    no   no      yes
 *   -       CLERK                                   yes  no      no     no login uid: real uid
 *   CLERK   KEEPER                                  yes  no      no     the login uid stays
 *   FREE    KEEPER                                  yes  yes     no     an unbound one too
 *   MEMBER  root                                    yes  no      no     through a group
 *   AUDITED root                                    yes  yes     no     told of, not held back
 *   -       root    system.slice/bw-clerk           yes  no      no
 *   -       root    system.slice/bw-clerk/inner     yes  no      no     nearest bound one
 *   KEEPER  root    system.slice/bw-clerk           yes  no      no     the unit comes first
 */
FIXTURE(subject)
{
	struct actor *actor;
};

FIXTURE_VARIANT(subject)
{
	struct subject subject;
	bool plain, secret, vault;
};

#define SUBJECT(id, ...) FIXTURE_VARIANT_ADD(subject, id) { __VA_ARGS__ }

SUBJECT(free, .subject = { .login = FREE }, .plain = true, .secret = true);
SUBJECT(nobody, .subject = { }, .plain = true, .secret = true);
SUBJECT(clerk, .subject = { .login = CLERK }, .plain = true);
SUBJECT(keeper, .subject = { .login = KEEPER }, .vault = true);
SUBJECT(clerk_by_uid, .subject = { .uid = CLERK }, .plain = true);
SUBJECT(keeper_by_uid, .subject = { .uid = KEEPER }, .vault = true);
SUBJECT(clerk_as_keeper, .subject = { .login = CLERK, .uid = KEEPER }, .plain = true);
SUBJECT(free_as_keeper, .subject = { .login = FREE, .uid = KEEPER }, .plain = true, .secret = true);
SUBJECT(group_member, .subject = { .login = MEMBER }, .plain = true);
SUBJECT(audited, .subject = { .login = AUDITED }, .plain = true, .secret = true);
SUBJECT(unit, .subject = { .unit = UNIT }, .plain = true);
SUBJECT(below_the_unit, .subject = { .unit = UNIT "/inner" }, .plain = true);
SUBJECT(keeper_in_the_unit, .subject = { .login = KEEPER, .unit = UNIT }, .plain = true);
SUBJECT(keeper_unit, .subject = { .unit = KEEPER_UNIT }, .vault = true);
SUBJECT(other_unit, .subject = { .unit = "bw-other.service" }, .plain = true, .secret = true);

FIXTURE_SETUP(subject)
{
	scene_all();
	scene_directory(CGROUP "/system.slice/" UNIT "/inner");
	scene_directory(CGROUP "/system.slice/" KEEPER_UNIT);
	scene_directory(CGROUP "/system.slice/bw-other.service");
	self->actor = actor_start(&variant->subject);
}

FIXTURE_TEARDOWN(subject)
{
	actor_stop(self->actor);
}

static void expect_same(struct __test_metadata *_metadata, struct actor *actor,
			const FIXTURE_VARIANT(subject) *variant)
{
	EXPECT_EQ(variant->plain, READS_PLAIN(actor));
	EXPECT_EQ(variant->secret, READS_SECRET(actor));
	EXPECT_EQ(variant->vault, READS_VAULT(actor));
}

TEST_F(subject, itself)
{
	expect_same(_metadata, self->actor, variant);
}

/* act->path is read by a descendant; its text and errno come back. */
static long in_child(struct act *act)
{
	int out[2], status;
	long result;
	pid_t pid;

	if (pipe(out))
		return -errno;
	memset(act->text, 0, sizeof(act->text));	/* the descendant's too: it is shared */
	pid = fork();
	if (!pid) {
		pid_t grandchild = fork();

		if (grandchild > 0) {
			waitpid(grandchild, &status, 0);
			_exit(0);
		}
		setsid();
		result = grandchild < 0 ? -errno : act_read(act);
		if (result <= 0)
			snprintf(act->text, sizeof(act->text), "ended with %ld", result);
		_exit(write(out[1], act->text, strlen(act->text)) < 0);
	}
	close(out[1]);
	if (read(out[0], act->text, sizeof(act->text) - 1) < 0)
		return -errno;
	close(out[0]);
	waitpid(pid, &status, 0);
	return 0;
}

static void *thread_reads(void *act)
{
	return (void *)act_read(act);
}

static long in_thread(struct act *act)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, thread_reads, act))
		return -EAGAIN;
	pthread_join(thread, &result);
	return (long)result;
}

static bool reads_by(struct actor *actor, act_fn *fn, const char *path)
{
	struct act act = { .flags = O_RDONLY };

	path_set(&act, "%s", path);
	actor_do(actor, fn, &act);
	if (strstr(act.text, "may-see"))
		return true;
	printf("# %s: %.60s\n", path, act.text);
	return false;
}

TEST_F(subject, descendants)
{
	EXPECT_EQ(variant->plain, reads_by(self->actor, in_child, SCENE "/all/plain"));
	EXPECT_EQ(variant->secret, reads_by(self->actor, in_child, SECRET));
	EXPECT_EQ(variant->vault, reads_by(self->actor, in_child, VAULT));
}

TEST_F(subject, threads)
{
	EXPECT_EQ(variant->plain, reads_by(self->actor, in_thread, SCENE "/all/plain"));
	EXPECT_EQ(variant->secret, reads_by(self->actor, in_thread, SECRET));
	EXPECT_EQ(variant->vault, reads_by(self->actor, in_thread, VAULT));
}

/* --- choosing one's own role -------------------------------------------------------------- */

static long write_to(struct act *act)
{
	int fd = open(act->path, O_WRONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = write(fd, act->other, strlen(act->other)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

/*
 *   CLERK, bound by …    writes                                must not become
 *   login uid            /proc/self/loginuid = KEEPER, FREE    KEEPER, unconfined
 *   uid                  the same, while none is set
 *   unit                 cgroup.procs of another unit
 */
FIXTURE(choice)
{
	struct actor *actor;
	struct act act;
};

FIXTURE_VARIANT(choice)
{
	struct subject subject;
};

FIXTURE_VARIANT_ADD(choice, login) { .subject = { .login = CLERK } };
FIXTURE_VARIANT_ADD(choice, uid) { .subject = { .uid = CLERK } };
FIXTURE_VARIANT_ADD(choice, unit) { .subject = { .unit = UNIT } };

FIXTURE_SETUP(choice)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(CGROUP "/system.slice/" UNIT);
	scene_directory(CGROUP "/system.slice/" KEEPER_UNIT);
	self->actor = actor_start(&variant->subject);
	ASSERT_TRUE(READS_PLAIN(self->actor));
}

FIXTURE_TEARDOWN(choice)
{
	EXPECT_TRUE(READS_PLAIN(self->actor));
	EXPECT_FALSE(READS_SECRET(self->actor));
	EXPECT_FALSE(READS_VAULT(self->actor));
	actor_stop(self->actor);
}

TEST_F(choice, login_uid)
{
	static const uid_t wanted[] = { FREE, KEEPER, -1 };

	path_set(&self->act, "/proc/self/loginuid");
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		other_set(&self->act, "%u", wanted[i]);
		actor_do(self->actor, write_to, &self->act);
		EXPECT_FALSE(READS_SECRET(self->actor));
		EXPECT_FALSE(READS_VAULT(self->actor));
	}
}

TEST_F(choice, cgroup)
{
	other_set(&self->act, "%d", actor_pid(self->actor));
	path_set(&self->act, CGROUP "/cgroup.procs");
	actor_do(self->actor, write_to, &self->act);
	path_set(&self->act, CGROUP "/system.slice/" KEEPER_UNIT "/cgroup.procs");
	actor_do(self->actor, write_to, &self->act);
}

static long change_uid(struct act *act)
{
	return setresuid(act->number, act->number, act->number) ? -errno : 0;
}

TEST_F(choice, other_uid)
{
	self->act.number = KEEPER;
	actor_do(self->actor, change_uid, &self->act);
	self->act.number = FREE;
	actor_do(self->actor, change_uid, &self->act);
}

/* A child born into another cgroup: no file of that cgroup is opened for it. */
static long born_elsewhere(struct act *act)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd = open(act->other, O_PATH | O_DIRECTORY | O_CLOEXEC), status;
	pid_t pid;

	if (fd < 0)
		return -errno;
	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(act_read(act) > 0 ? 1 : 0);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

TEST_F(choice, born_into_another_cgroup)
{
	path_set(&self->act, SECRET);
	self->act.flags = O_RDONLY;
	other_set(&self->act, CGROUP);
	EXPECT_NE(1, actor_do(self->actor, born_elsewhere, &self->act));
	other_set(&self->act, CGROUP "/system.slice/" KEEPER_UNIT);
	path_set(&self->act, VAULT);
	EXPECT_NE(1, actor_do(self->actor, born_elsewhere, &self->act));
}

/* A cgroup anybody can make below a delegated one is not the unit of that name. */
TEST(unit_name_in_a_delegated_cgroup)
{
	const char *fake = "user.slice/user-1100.slice/user@1100.service/app.slice/" KEEPER_UNIT;
	struct actor *actor;
	struct act act = { 0 };

	scene_all();
	scene_directory(CGROUP "/%s", fake);
	actor = actor_start(&(struct subject){ .login = FREE });
	path_set(&act, CGROUP "/%s/cgroup.procs", fake);
	other_set(&act, "%d", actor_pid(actor));
	ASSERT_EQ(0, actor_do(actor, write_to, &act));
	EXPECT_FALSE(READS_VAULT(actor));
	actor_stop(actor);
}

/* --- changes from outside, while it runs ---------------------------------------------------- */

TEST(moved_into_a_unit_while_running)
{
	struct actor *actor;
	struct act act = { 0 };

	scene_all();
	scene_directory(CGROUP "/system.slice/" UNIT);
	actor = actor_start(&(struct subject){ .login = 0 });
	EXPECT_TRUE(READS_SECRET(actor));
	path_set(&act, CGROUP "/system.slice/" UNIT "/cgroup.procs");
	other_set(&act, "%d", actor_pid(actor));
	ASSERT_EQ(0, act_here(write_to, &act));
	EXPECT_FALSE(READS_SECRET(actor));
	EXPECT_TRUE(READS_PLAIN(actor));
	actor_stop(actor);
}

TEST(login_while_running)
{
	struct actor *actor;
	struct act act = { 0 };

	scene_all();
	actor = actor_start(&(struct subject){ .login = 0 });
	EXPECT_TRUE(READS_SECRET(actor));
	path_set(&act, "/proc/self/loginuid");
	other_set(&act, "%u", CLERK);
	ASSERT_EQ(0, actor_do(actor, write_to, &act));
	EXPECT_FALSE(READS_SECRET(actor));
	EXPECT_TRUE(READS_PLAIN(actor));
	actor_stop(actor);
}

TEST(uid_while_running)
{
	struct actor *actor;
	struct act act = { .number = CLERK };

	scene_all();
	actor = actor_start(&(struct subject){ .login = 0 });
	EXPECT_TRUE(READS_SECRET(actor));
	ASSERT_EQ(0, actor_do(actor, change_uid, &act));
	EXPECT_FALSE(READS_SECRET(actor));
	EXPECT_TRUE(READS_PLAIN(actor));
	actor_stop(actor);
}

/* Two running people; what one is given or loses is not the other's. */
TEST(assignments_do_not_mix)
{
	struct actor *mover, *second;

	scene_all();
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	ASSERT_TRUE(role_assign(SECOND, "keeper"));
	mover = actor_start(&(struct subject){ .login = MOVER });
	second = actor_start(&(struct subject){ .login = SECOND });
	EXPECT_TRUE(READS_PLAIN(mover) && !READS_VAULT(mover));
	EXPECT_TRUE(!READS_PLAIN(second) && READS_VAULT(second));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_TRUE(!READS_PLAIN(mover) && !READS_VAULT(mover));
	EXPECT_TRUE(!READS_PLAIN(second) && READS_VAULT(second));
	ASSERT_TRUE(role_revoke(SECOND));
	EXPECT_TRUE(!READS_PLAIN(second) && !READS_VAULT(second));
	actor_stop(mover);
	actor_stop(second);
}

/*
 *   reader   allow read on fold/          writer   allow write on fold/
 *                                                  deny  read  on fold/closed/
 *   FOLDED = both:   fold/file          read, write
 *                    fold/closed/file   write: the deny of one beats the allow of the other
 */
TEST(several_roles_are_one)
{
	struct actor *actor;
	struct act act = { .flags = O_WRONLY };

	scene_directory(SCENE "/fold/closed");
	scene_file(PLAIN, SCENE "/fold/file");
	scene_file(MARKER, SCENE "/fold/closed/file");
	actor = actor_start(&(struct subject){ .login = FOLDED });
	EXPECT_TRUE(reads(actor, SCENE "/fold/file", PLAIN));
	EXPECT_FALSE(reads(actor, SCENE "/fold/closed/file", MARKER));
	path_set(&act, SCENE "/fold/file");
	EXPECT_LE(0, actor_do(actor, act_open, &act));
	path_set(&act, SCENE "/fold/closed/file");
	EXPECT_LE(0, actor_do(actor, act_open, &act));
	path_set(&act, SECRET);
	EXPECT_EQ(-EACCES, actor_do(actor, act_open, &act));
	actor_stop(actor);
}

TEST_HARNESS_MAIN
