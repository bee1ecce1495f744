// SPDX-License-Identifier: Apache-2.0
/* Quarantine: a subject has no rights, at once, and gets out of it in no way. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

#define CGROUP "/sys/fs/cgroup/system.slice/"
#define UNIT "bw-clerk.service"		/* bound to the role clerk */
#define OTHER_UNIT "bw-other.service"	/* bound to none */
#define PROGRAM SCENE "/bin/suspect"

static bool quarantine(const char *subject)
{
	return !run_command("bailiwick quarantine %s", subject);
}

static bool release(const char *subject)
{
	return !run_command("bailiwick release %s", subject);
}

static bool reads_file(struct actor *actor, const char *name)
{
	struct act act = { .flags = O_RDONLY };

	path_set(&act, "%s", name);
	actor_do(actor, act_read, &act);
	return strstr(act.text, PLAIN);
}

static bool reads(struct actor *actor)
{
	return reads_file(actor, SCENE "/all/plain");
}

static void make_scene(void)
{
	scene_all();
	scene_file(PLAIN, SCENE "/all/plain");
	scene_directory(CGROUP UNIT "/inner");
	scene_directory(CGROUP OTHER_UNIT);
	scene_directory(SCENE "/bin");
	scene_program("payload", PROGRAM);
	scene_program("payload", SCENE "/bin/payload");
}

/* --- what each kind of subject loses ------------------------------------------------ */

/*
 *   who                           in quarantine by
 *   FREE, no role                 user, pid
 *   CLERK, a role                 user
 *   AUDITED, a watched role       user
 *   uid of FREE, no login         user
 *   root in a unit, with a role   unit, of below it too
 *   root in a unit without        unit
 *
 * MEMBER, whom nothing names, goes on.
 */
FIXTURE(quarantine)
{
	struct actor *actor, *twin;
	char subject[64];
	int open;
};

FIXTURE_VARIANT(quarantine)
{
	struct subject who;
	const char *subject;	/* NULL: the process */
};

#define WHO(id, ...) FIXTURE_VARIANT_ADD(quarantine, id) { __VA_ARGS__ }

WHO(free, .who = { .login = FREE }, .subject = "user:1100");
WHO(clerk, .who = { .login = CLERK }, .subject = "user:1101");
WHO(audited, .who = { .login = AUDITED }, .subject = "user:1110");
WHO(by_uid, .who = { .uid = FREE }, .subject = "user:1100");
WHO(unit, .who = { .unit = UNIT }, .subject = "unit:" UNIT);
WHO(below_the_unit, .who = { .unit = UNIT "/inner" }, .subject = "unit:" UNIT);
WHO(other_unit, .who = { .unit = OTHER_UNIT }, .subject = "unit:" OTHER_UNIT);
WHO(tree, .who = { .login = FREE }, .subject = NULL);

FIXTURE_SETUP(quarantine)
{
	struct act act = { .path = SCENE "/all/plain", .flags = O_RDONLY };

	make_scene();
	self->actor = actor_start(&variant->who);
	self->twin = actor_start(&(struct subject){ .login = MEMBER });
	if (variant->subject)
		snprintf(self->subject, sizeof(self->subject), "%s", variant->subject);
	else
		snprintf(self->subject, sizeof(self->subject), "pid:%d", actor_pid(self->actor));
	actor_do(self->actor, act_open, &act);
	self->open = act.descriptor;
	ASSERT_TRUE(reads(self->actor));
	ASSERT_TRUE(quarantine(self->subject));
}

FIXTURE_TEARDOWN(quarantine)
{
	release(self->subject);
	actor_stop(self->actor);
	actor_stop(self->twin);
}

TEST_F(quarantine, takes_all_and_gives_it_back)
{
	struct act act = { .descriptor = self->open };

	EXPECT_FALSE(reads(self->actor));
	EXPECT_EQ(-EACCES, actor_do(self->actor, act_read_descriptor, &act));
	EXPECT_TRUE(reads(self->twin));
	ASSERT_TRUE(release(self->subject));
	EXPECT_TRUE(reads(self->actor));
	EXPECT_LT(0, actor_do(self->actor, act_read_descriptor, &act));
}

/* The operator looks at it, stops it, ends it; and it ends by itself. */
static long act_end(struct act *act)
{
	(void)act;
	_exit(7);
}

TEST_F(quarantine, can_be_looked_at_and_ended)
{
	pid_t pid = actor_pid(self->actor);
	struct act act = { .flags = O_RDONLY };

	path_set(&act, "/proc/%d/status", pid);
	EXPECT_LT(0, act_here(act_read, &act));
	path_set(&act, "/proc/%d/maps", pid);
	EXPECT_LT(0, act_here(act_read, &act));
	EXPECT_EQ(0, kill(pid, SIGSTOP));
	EXPECT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(-ECHILD, actor_do(self->actor, act_read, &act));
	self->actor = actor_start(&(struct subject){ .login = FREE });
	if (variant->who.login == FREE && variant->subject)
		EXPECT_FALSE(reads(self->actor));
	EXPECT_EQ(-ECHILD, actor_do(self->actor, act_end, &act));
}

/* --- ways out --------------------------------------------------------------------------- */

/* A grandchild in a session of its own reads; what it found comes back in act->number. */
static long in_new_session(struct act *act)
{
	int *found = mmap(NULL, sizeof(*found), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid = fork();

	if (!pid) {
		pid_t grandchild;

		setsid();
		grandchild = fork();
		if (!grandchild) {
			struct act own = *act;

			*found = act_read(&own) > 0 && strstr(own.text, PLAIN) ? 1 : 2;
			_exit(0);
		}
		waitpid(grandchild, &status, 0);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return *found;
}

static void *thread_reads(void *act)
{
	return (void *)(act_read(act) > 0 ? 1l : 2l);
}

static long in_thread(struct act *act)
{
	pthread_t thread;
	void *found = NULL;

	if (pthread_create(&thread, NULL, thread_reads, act))
		return -EAGAIN;
	pthread_join(thread, &found);
	return (long)found;
}

/* As another person, by every number there is, whatever the calls answer. */
static long as_another(struct act *act)
{
	char text[16];
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	snprintf(text, sizeof(text), "%d", MEMBER);
	if (fd >= 0 && write(fd, text, strlen(text)) > 0)
		act->number |= 4;
	if (fd >= 0)
		close(fd);
	if (setresgid(MEMBER, MEMBER, MEMBER) | setresuid(MEMBER, MEMBER, MEMBER))
		act->number |= 8;
	return act_read(act) > 0 ? 1 : 2;
}

/* Another program, which would bring a role or leave one behind. */
static long runs_another(struct act *act)
{
	path_set(act, SCENE "/bin/payload");
	other_set(act, SCENE "/all/plain");
	return act_run(act) >= 0 && strstr(act->text, "ran") ? 1 : 2;
}

static long way(struct actor *actor, act_fn *fn)
{
	struct act act = { .flags = O_RDONLY };

	path_set(&act, SCENE "/all/plain");
	return actor_do(actor, fn, &act);
}

TEST_F(quarantine, no_way_out)
{
	EXPECT_EQ(2, way(self->actor, in_new_session));
	EXPECT_EQ(2, way(self->actor, in_thread));
	EXPECT_EQ(2, way(self->actor, runs_another));
	EXPECT_EQ(2, way(self->actor, as_another));
	EXPECT_FALSE(reads(self->actor));
	EXPECT_EQ(1, way(self->twin, in_new_session));
	EXPECT_EQ(1, way(self->twin, in_thread));
}

static void move(pid_t pid, const char *unit)
{
	char text[16], path[128];
	int fd;

	snprintf(path, sizeof(path), CGROUP "%s/cgroup.procs", unit);
	snprintf(text, sizeof(text), "%d", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (write(fd, text, strlen(text)) < 0)
		perror("# cannot move it");
	close(fd);
}

/* It slept since before the quarantine; by a new unit, it is still who it was. */
TEST_F(quarantine, a_new_unit_is_no_way_out)
{
	move(actor_pid(self->actor), variant->who.unit ? "" : OTHER_UNIT);
	EXPECT_FALSE(reads(self->actor));
}

/* --- who sleeps while it changes --------------------------------------------------------- */

/* Shared with a child that asks nothing until it is woken. */
struct sleeper {
	_Atomic int wake, found, pid;
};

static struct sleeper *sleeper_make(void)
{
	return mmap(NULL, sizeof(struct sleeper), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static void sleeper_run(struct sleeper *sleeper, void (*first)(void))
{
	struct act act = { .path = SCENE "/all/plain", .flags = O_RDONLY };

	atomic_store(&sleeper->pid, getpid());
	while (!atomic_load(&sleeper->wake))
		pause_shortly();
	if (first)
		first();
	atomic_store(&sleeper->found, act_read(&act) > 0 ? 1 : 2);
	_exit(0);
}

static bool sleeper_wakes_and_reads(struct sleeper *sleeper)
{
	atomic_store(&sleeper->wake, 1);
	while (!atomic_load(&sleeper->found))
		pause_shortly();
	return atomic_load(&sleeper->found) == 1;
}

static void root_again(void)
{
	/* allowed to whom one of the three is root: no capability is asked for */
	if (setresuid(0, 0, 0))
		_exit(3);
}

/* Its real uid is in quarantine, its effective one is root: it takes that one back. */
TEST(a_setuid_program_stays_in)
{
	struct sleeper *sleeper = sleeper_make();

	make_scene();
	if (!fork()) {
		if (setresuid(FREE, 0, 0))
			_exit(3);
		sleeper_run(sleeper, root_again);
	}
	while (!atomic_load(&sleeper->pid))
		pause_shortly();
	ASSERT_TRUE(quarantine("user:1100"));
	EXPECT_FALSE(sleeper_wakes_and_reads(sleeper));
	EXPECT_TRUE(release("user:1100"));
}

/*
 *   actor ──▶ child ──▶ sleeper         quarantine pid:actor
 *               ✗                       the child is killed: the sleeper is init's now
 */
TEST(an_orphan_of_the_tree_stays_in)
{
	struct sleeper *sleeper = sleeper_make();
	pid_t top, *child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char subject[32];

	make_scene();
	top = fork();
	if (!top) {
		pid_t middle = fork();

		if (!middle && !fork())
			sleeper_run(sleeper, NULL);
		if (middle)
			*child = middle;	/* both share it: one writes */
		for (;;)
			pause();
	}
	while (!atomic_load(&sleeper->pid) || !*(volatile pid_t *)child)
		pause_shortly();
	snprintf(subject, sizeof(subject), "pid:%d", top);
	ASSERT_TRUE(quarantine(subject));
	kill(*child, SIGKILL);
	kill(top, SIGKILL);
	waitpid(top, NULL, 0);
	EXPECT_FALSE(sleeper_wakes_and_reads(sleeper));
	/* the process is gone, its quarantine is not: others of the tree may live */
	EXPECT_TRUE(release(subject));
}

static struct sleeper *born;

static long act_bear(struct act *act)
{
	pid_t pid = fork();

	(void)act;
	if (!pid)
		sleeper_run(born, NULL);
	return pid < 0 ? -errno : 0;
}

/*
 *   actor, in quarantine ──▶ sleeper     born in it, asks nothing, is orphaned
 *
 * It has its parent's row as well, which ends with the epoch.
 */
TEST(a_child_born_in_it_stays_in)
{
	struct act act = { .path = SCENE "/all/plain" };
	struct actor *actor;
	char subject[32];

	make_scene();
	born = sleeper_make();
	actor = actor_start(&(struct subject){ .login = FREE });
	snprintf(subject, sizeof(subject), "pid:%d", actor_pid(actor));
	ASSERT_TRUE(quarantine(subject));
	ASSERT_EQ(0, actor_do(actor, act_bear, &act));
	while (!atomic_load(&born->pid))
		pause_shortly();
	actor_stop(actor);
	EXPECT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_FALSE(sleeper_wakes_and_reads(born));
	EXPECT_TRUE(role_revoke(MOVER));
	EXPECT_TRUE(release(subject));
}

/*
 *   top, in quarantine ──▶ child         top has asked nothing since, and is gone
 *
 * The controller has everybody marked right after; tests/mutants keeps it from that.
 */
TEST(a_child_born_before_anything_is_asked_stays_in)
{
	struct sleeper *sleeper = sleeper_make();
	char subject[32];
	pid_t top;

	make_scene();
	top = fork();
	if (!top) {
		const pid_t self = getpid();

		while (!atomic_load(&sleeper->wake))
			pause_shortly();
		if (fork())
			_exit(0);
		while (getppid() == self)
			pause_shortly();
		sleeper_run(sleeper, NULL);
	}
	snprintf(subject, sizeof(subject), "pid:%d", top);
	ASSERT_TRUE(quarantine(subject));
	EXPECT_FALSE(sleeper_wakes_and_reads(sleeper));
	waitpid(top, NULL, 0);
	EXPECT_TRUE(release(subject));
}

/* The end of the one is not that of the other, and it is an end while others last. */
TEST(one_person_is_lifted)
{
	struct actor *one, *other;

	make_scene();
	one = actor_start(&(struct subject){ .login = FREE });
	other = actor_start(&(struct subject){ .login = MEMBER });
	ASSERT_TRUE(quarantine("user:1100"));
	ASSERT_TRUE(quarantine("user:1109"));
	EXPECT_FALSE(reads(one));
	EXPECT_FALSE(reads(other));
	ASSERT_TRUE(release("user:1100"));
	EXPECT_TRUE(reads(one));
	EXPECT_FALSE(reads(other));
	EXPECT_TRUE(release("user:1109"));
	EXPECT_TRUE(reads(other));
	actor_stop(one);
	actor_stop(other);
}

TEST(one_tree_is_lifted)
{
	struct actor *one, *other;
	char subjects[2][32];

	make_scene();
	one = actor_start(&(struct subject){ .login = FREE });
	other = actor_start(&(struct subject){ .login = FREE });
	snprintf(subjects[0], sizeof(subjects[0]), "pid:%d", actor_pid(one));
	snprintf(subjects[1], sizeof(subjects[1]), "pid:%d", actor_pid(other));
	ASSERT_TRUE(quarantine(subjects[0]));
	ASSERT_TRUE(quarantine(subjects[1]));
	EXPECT_FALSE(reads(one));
	EXPECT_FALSE(reads(other));
	ASSERT_TRUE(release(subjects[0]));
	EXPECT_TRUE(reads(one));
	EXPECT_FALSE(reads(other));
	EXPECT_TRUE(release(subjects[1]));
	EXPECT_TRUE(reads(other));
	actor_stop(one);
	actor_stop(other);
}

/* --- who is spared ------------------------------------------------------------------------- */

/* The command refuses what names them; an entry may come to name them later, by its unit. */
static long act_signal(struct act *act)
{
	return kill((pid_t)act->number, SIGURG) ? -errno : 0;	/* nobody handles it */
}

/* A role reaches who holds nothing that it lacks: whom has `none`, but nobody without a role. */
TEST(init_is_spared)
{
	struct act init = { .number = 1 }, twin = { 0 };
	struct actor *clerk, *in_unit;

	make_scene();
	clerk = actor_start(&(struct subject){ .login = CLERK });
	in_unit = actor_start(&(struct subject){ .unit = OTHER_UNIT });
	twin.number = actor_pid(in_unit);
	EXPECT_EQ(-EPERM, actor_do(clerk, act_signal, &twin));
	ASSERT_TRUE(quarantine("unit:" OTHER_UNIT));
	move(1, OTHER_UNIT);
	EXPECT_EQ(0, actor_do(clerk, act_signal, &twin));
	EXPECT_EQ(-EPERM, actor_do(clerk, act_signal, &init));
	move(1, "..");
	EXPECT_TRUE(release("unit:" OTHER_UNIT));
	actor_stop(clerk);
	actor_stop(in_unit);
}

static pid_t controller_pid(void)
{
	FILE *from = popen("bailiwick status --json | jq .controller.pid", "r");
	int pid = 0;

	if (!from || fscanf(from, "%d", &pid) != 1)
		perror("# no controller");
	if (from)
		pclose(from);
	return pid;
}

/* It opens what /proc says of a process. */
TEST(the_controller_is_spared)
{
	const pid_t pid = controller_pid();
	struct actor *actor;
	char subject[32];

	make_scene();
	actor = actor_start(&(struct subject){ .login = FREE });
	snprintf(subject, sizeof(subject), "pid:%d", actor_pid(actor));
	ASSERT_LT(1, pid);
	ASSERT_TRUE(quarantine("unit:" OTHER_UNIT));
	move(pid, OTHER_UNIT);
	EXPECT_TRUE(quarantine(subject));
	EXPECT_FALSE(reads(actor));
	EXPECT_TRUE(release(subject));
	move(pid, "..");
	EXPECT_TRUE(release("unit:" OTHER_UNIT));
	actor_stop(actor);
}

/* --- programs ------------------------------------------------------------------------------ */

static FILE *start(const char *program, FILE **to, pid_t *pid)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return NULL;
	*pid = fork();
	if (!*pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(program, program, "serve", NULL);
		_exit(126);
	}
	close(in[0]);
	close(out[1]);
	*to = fdopen(in[1], "w");
	return fdopen(out[0], "r");
}

static bool answers(FILE *from, FILE *to)
{
	char line[128] = "";

	fputs(SCENE "/all/plain", to);
	fflush(to);
	return fgets(line, sizeof(line), from) && strstr(line, PLAIN);
}

/* The program that runs has nothing any more, nobody runs it, and others run. */
TEST(a_program)
{
	struct act act = { .path = PROGRAM };
	char line[128];
	FILE *from, *to;
	pid_t pid;

	make_scene();
	scene_file(PLAIN "\n", SCENE "/all/plain");
	signal(SIGPIPE, SIG_IGN);
	from = start(PROGRAM, &to, &pid);
	ASSERT_NE(NULL, from);
	ASSERT_NE(NULL, fgets(line, sizeof(line), from));
	ASSERT_TRUE(answers(from, to));
	ASSERT_TRUE(quarantine("exe:" PROGRAM));
	EXPECT_FALSE(answers(from, to));
	EXPECT_EQ(-EACCES, act_here(act_run, &act));
	path_set(&act, SCENE "/bin/payload");
	EXPECT_EQ(0, act_here(act_run, &act));
	/* whose role is only watched, too */
	path_set(&act, PROGRAM);
	EXPECT_EQ(-EACCES, act_as(AUDITED, act_run, &act));
	ASSERT_TRUE(release("exe:" PROGRAM));
	path_set(&act, PROGRAM);
	EXPECT_EQ(0, act_here(act_run, &act));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- what is told ----------------------------------------------------------------------------- */

/* The role of who has none is `none` all the same: why he has none is the reason. */
TEST(a_denial_says_so)
{
	struct actor *actor;
	char name[64];

	make_scene();
	/* of this run: the journal has those of others */
	snprintf(name, sizeof(name), SCENE "/all/told-%d-%ld", getpid(), (long)time(NULL));
	scene_file(PLAIN, "%s", name);
	actor = actor_start(&(struct subject){ .login = FREE });
	ASSERT_TRUE(quarantine("user:1100"));
	EXPECT_FALSE(reads_file(actor, name));
	EXPECT_EQ(0, run_command("for i in 1 2 3 4 5 6 7 8 9 10; do "
				 "bailiwick events --kind denial --path %s --json | grep "
				 "'\"role\":\"none\".*\"loginuid\":1100.*\"subject-in-quarantine\"' && exit 0; "
				 "sleep 0.5; done; exit 1", name));
	unlink(name);
	EXPECT_TRUE(release("user:1100"));
	actor_stop(actor);
}

/* --- it lasts -------------------------------------------------------------------------------- */

/* A new policy does not end it, nor does another role. */
TEST(another_role_does_not_end_it)
{
	struct actor *actor;

	make_scene();
	actor = actor_start(&(struct subject){ .login = MOVER });
	ASSERT_TRUE(quarantine("user:1106"));
	EXPECT_FALSE(reads(actor));
	EXPECT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_FALSE(reads(actor));
	EXPECT_TRUE(role_revoke(MOVER));
	EXPECT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_TRUE(release("user:1106"));
	EXPECT_TRUE(reads(actor));
	EXPECT_TRUE(role_revoke(MOVER));
	actor_stop(actor);
}

/* One slot is used again: who was in its first quarantine is not in the second. */
TEST(a_second_quarantine_is_another)
{
	struct actor *one, *other;

	make_scene();
	one = actor_start(&(struct subject){ .login = FREE });
	other = actor_start(&(struct subject){ .login = MEMBER });
	ASSERT_TRUE(quarantine("user:1100"));
	EXPECT_FALSE(reads(one));
	ASSERT_TRUE(release("user:1100"));
	ASSERT_TRUE(quarantine("user:1109"));
	EXPECT_TRUE(reads(one));
	EXPECT_FALSE(reads(other));
	EXPECT_TRUE(release("user:1109"));
	actor_stop(one);
	actor_stop(other);
}

TEST_HARNESS_MAIN
