// SPDX-License-Identifier: Apache-2.0
/* Roles entered by running a program. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 *   program            bound by                          role       reads
 *   bin/payload        nothing                           the caller's
 *   exe/bound          exe: in the policy                archivist  /srv/bw/archive
 *   exe/teller         exe: in the policy                keeper     the vault, which is protected
 *   bin/switch         exec: of the role switcher alone  archivist  /srv/bw/archive
 */
#define ARCHIVE SCENE "/archive/file"
#define TELLER SCENE "/exe/teller"

FIXTURE(program)
{
	struct act act;
};

FIXTURE_SETUP(program)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(SCENE "/archive");
	scene_file(PLAIN, ARCHIVE);
	scene_directory(SCENE "/bin");
	scene_directory(SCENE "/exe");
	scene_program("payload", SCENE "/bin/payload");
	scene_program("payload", SCENE "/bin/switch");
	scene_program("payload", SCENE "/exe/bound");
	scene_program("payload", TELLER);
}

FIXTURE_TEARDOWN(program)
{
}

static bool run_reads(uid_t login, const char *program, const char *name)
{
	struct act act = { 0 };

	path_set(&act, "%s", program);
	other_set(&act, "%s", name);
	act_as(login, act_run, &act);
	return strstr(act.text, "may-see");
}

#define PAYLOAD SCENE "/bin/payload"
#define SWITCH SCENE "/bin/switch"
#define BOUND SCENE "/exe/bound"

TEST_F(program, without_a_transition)
{
	EXPECT_TRUE(run_reads(FREE, PAYLOAD, SECRET));
	EXPECT_TRUE(run_reads(CLERK, PAYLOAD, SCENE "/all/plain"));
	EXPECT_FALSE(run_reads(CLERK, PAYLOAD, SECRET));
	EXPECT_FALSE(run_reads(CLERK, PAYLOAD, ARCHIVE));
}

TEST_F(program, bound_takes_in_who_has_no_role)
{
	EXPECT_TRUE(run_reads(FREE, BOUND, ARCHIVE));
	EXPECT_FALSE(run_reads(FREE, BOUND, SECRET));
	EXPECT_FALSE(run_reads(FREE, BOUND, VAULT));
	/* no login uid at all, as a service */
	EXPECT_TRUE(run_reads(0, BOUND, ARCHIVE));
	EXPECT_FALSE(run_reads(0, BOUND, SECRET));
}

TEST_F(program, bound_does_not_take_who_has_one)
{
	EXPECT_TRUE(run_reads(CLERK, BOUND, SCENE "/all/plain"));
	EXPECT_FALSE(run_reads(CLERK, BOUND, ARCHIVE));
}

TEST_F(program, by_another_name)
{
	scene_gone(SCENE "/all/link");
	ASSERT_EQ(0, symlink(BOUND, SCENE "/all/link"));
	EXPECT_FALSE(run_reads(FREE, SCENE "/all/link", SECRET));
	scene_gone(SCENE "/all/link");
	scene_directory(SCENE "/all/mount");
	ASSERT_EQ(0, mount(SCENE "/exe", SCENE "/all/mount", NULL, MS_BIND, NULL));
	EXPECT_FALSE(run_reads(FREE, SCENE "/all/mount/bound", SECRET));
	EXPECT_TRUE(run_reads(FREE, SCENE "/all/mount/bound", ARCHIVE));
	umount2(SCENE "/all/mount", MNT_DETACH);
}

TEST_F(program, children_of_a_bound_one)
{
	EXPECT_FALSE(run_reads(FREE, BOUND, "run " PAYLOAD " " SECRET));
	EXPECT_TRUE(run_reads(FREE, BOUND, "run " PAYLOAD " " ARCHIVE));
}

TEST_F(program, switched_by_its_role)
{
	EXPECT_TRUE(run_reads(SWITCHER, PAYLOAD, SCENE "/all/plain"));
	EXPECT_FALSE(run_reads(SWITCHER, PAYLOAD, ARCHIVE));
	EXPECT_TRUE(run_reads(SWITCHER, SWITCH, ARCHIVE));
	EXPECT_FALSE(run_reads(SWITCHER, SWITCH, SCENE "/all/plain"));
}

TEST_F(program, switched_by_no_other_role)
{
	EXPECT_FALSE(run_reads(CLERK, SWITCH, ARCHIVE));
	EXPECT_TRUE(run_reads(FREE, SWITCH, SECRET));
}

TEST_F(program, children_of_a_switched_one)
{
	EXPECT_TRUE(run_reads(SWITCHER, SWITCH, "run " PAYLOAD " " ARCHIVE));
	EXPECT_FALSE(run_reads(SWITCHER, SWITCH, "run " PAYLOAD " " SCENE "/all/plain"));
}

/* A script is run by its interpreter: what counts is what the processor runs. */
TEST_F(program, script_with_a_bound_interpreter)
{
	scene_script("#!" BOUND " " SECRET "\n", SCENE "/bin/script");
	EXPECT_FALSE(run_reads(FREE, SCENE "/bin/script", ""));
	scene_script("#!" BOUND " " ARCHIVE "\n", SCENE "/bin/script");
	EXPECT_TRUE(run_reads(FREE, SCENE "/bin/script", ""));
}

/* --- whose role it is: the file's at that path, and nobody's who left it ------------- */

/* What is granted by a program is granted to who runs that file by its name there. */
TEST_F(program, what_it_is_granted_goes_with_no_copy)
{
	scene_gone(SCENE "/bin/copy");
	ASSERT_EQ(0, run_command("cp %s %s/bin/copy", TELLER, SCENE));
	EXPECT_TRUE(run_reads(FREE, TELLER, VAULT));
	EXPECT_FALSE(run_reads(FREE, SCENE "/bin/copy", VAULT));
	EXPECT_TRUE(run_reads(FREE, SCENE "/bin/copy", SECRET));
}

/* By another name of the same file: that name has no role, and the file's name is not asked. */
TEST_F(program, what_it_is_granted_goes_with_no_hard_link)
{
	scene_gone(SCENE "/bin/linked");
	ASSERT_EQ(0, link(TELLER, SCENE "/bin/linked"));
	EXPECT_FALSE(run_reads(FREE, SCENE "/bin/linked", VAULT));
	EXPECT_TRUE(run_reads(FREE, TELLER, VAULT));
	scene_gone(SCENE "/bin/linked");
}

TEST_F(program, what_it_is_granted_goes_with_a_script_it_runs)
{
	scene_script("#!" TELLER " " VAULT "\n", SCENE "/bin/script");
	EXPECT_TRUE(run_reads(FREE, SCENE "/bin/script", ""));
	/* a script that stands at the name brings its role to what runs it, as exec: does */
	scene_gone(TELLER);
	scene_script("#!" PAYLOAD " " VAULT "\n", TELLER);
	EXPECT_TRUE(run_reads(FREE, TELLER, ""));
	scene_gone(TELLER);
}

/*
 * Whoever runs another program keeps the role, its limits as its rights (LANGUAGE.md): he
 * had none and would be unconfined without it.  It ends with the process.
 */
TEST_F(program, what_it_is_granted_stays_after_another_program)
{
	EXPECT_TRUE(run_reads(FREE, TELLER, "run " PAYLOAD " " VAULT));
	EXPECT_FALSE(run_reads(FREE, TELLER, "run " PAYLOAD " " SECRET));
	EXPECT_FALSE(run_reads(FREE, PAYLOAD, VAULT));
	EXPECT_FALSE(run_reads(FREE, PAYLOAD, "run " PAYLOAD " " VAULT));
}

/* --- what the new role inherits ------------------------------------------------------ */

/* path: program; descriptor, number: keep it open over the exec? */
static long run_holding(struct act *act)
{
	int fd = open(SCENE "/all/plain", O_RDONLY | (act->number ? 0 : O_CLOEXEC));
	long result;

	if (fd < 0)
		return -errno;
	result = act_run(act);
	close(fd);
	return result;
}

TEST_F(program, refused_with_a_forbidden_descriptor)
{
	path_set(&self->act, SWITCH);
	self->act.number = 1;
	EXPECT_EQ(-EACCES, act_as(SWITCHER, run_holding, &self->act));
	EXPECT_STREQ("", self->act.text);
}

TEST_F(program, allowed_when_it_closes_on_exec)
{
	path_set(&self->act, SWITCH);
	EXPECT_EQ(0, act_as(SWITCHER, run_holding, &self->act));
	EXPECT_STREQ("ran\n", self->act.text);
}

TEST_F(program, descriptor_does_not_matter_without_a_change)
{
	path_set(&self->act, PAYLOAD);
	self->act.number = 1;
	EXPECT_EQ(0, act_as(SWITCHER, run_holding, &self->act));
	EXPECT_STREQ("ran\n", self->act.text);
}

/* --- while policies come and go -------------------------------------------------------- */

struct served {
	pid_t pid;
	int in, out;
};

static bool run_on(pid_t pid, int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	return !sched_setaffinity(pid, sizeof(set), &set);
}

/* Asks who it is on that processor, before it becomes another on the one it came from. */
static void ask_on(int processor, int back)
{
	if (!run_on(0, processor))
		abort();
	for (int i = 0; i < 4; i++)
		close(open(SECRET, O_RDONLY | O_CLOEXEC));
	if (!run_on(0, back))
		abort();
}

/* @above: the program whose child it is, NULL for none */
static void serve_below(struct served *served, const char *above, const char *program,
			bool elsewhere)
{
	int in[2], out[2];
	char ran;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		abort();
	served->pid = fork();
	if (!served->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		if (elsewhere)
			ask_on(0, 1);
		if (above)
			execl(above, above, "fork", program, "serve", NULL);
		execl(program, program, "serve", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	served->in = in[1];
	served->out = out[0];
	for (size_t left = above ? 2 : 1; left;) {
		if (read(served->out, &ran, 1) != 1)
			abort();
		left -= ran == '\n';
	}
}

static void serve(struct served *served, const char *program, bool elsewhere)
{
	serve_below(served, NULL, program, elsewhere);
}

static bool serves(struct served *served, const char *name)
{
	char text[512] = "";

	if (write(served->in, name, strlen(name)) < 0 ||
	    read(served->out, text, sizeof(text) - 1) < 0)
		return false;
	return strstr(text, "may-see");
}

TEST_F(program, role_survives_a_new_policy)
{
	struct served bound;

	serve(&bound, BOUND, false);
	EXPECT_TRUE(serves(&bound, ARCHIVE));
	EXPECT_FALSE(serves(&bound, SECRET));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_TRUE(serves(&bound, ARCHIVE));
	EXPECT_FALSE(serves(&bound, SECRET));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_TRUE(serves(&bound, ARCHIVE));
	EXPECT_FALSE(serves(&bound, SECRET));
	kill(bound.pid, SIGKILL);
	waitpid(bound.pid, NULL, 0);
}

/* It runs a program that brings no role, and is asked who it is only then. */
TEST_F(program, role_of_a_child_survives_a_new_policy)
{
	struct served child;

	serve_below(&child, BOUND, PAYLOAD, false);
	EXPECT_FALSE(serves(&child, SECRET));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_FALSE(serves(&child, SECRET));
	EXPECT_TRUE(serves(&child, ARCHIVE));
	ASSERT_TRUE(role_revoke(MOVER));
	close(child.in);
	waitpid(child.pid, NULL, 0);
}

/* Who it was when it last ran on a processor says nothing of who it is when it comes back. */
TEST_F(program, role_is_the_same_on_every_processor)
{
	ASSERT_TRUE(run_on(0, 1));	/* this process asks nothing on the other one meanwhile */
	for (int i = 0; i < 20; i++) {
		struct served bound;

		serve(&bound, BOUND, true);
		ASSERT_TRUE(run_on(bound.pid, 0));
		EXPECT_FALSE(serves(&bound, SECRET));
		EXPECT_TRUE(serves(&bound, ARCHIVE));
		kill(bound.pid, SIGKILL);
		waitpid(bound.pid, NULL, 0);
	}
}

/* The file is gone, or another stands at its name: who runs it is who he was. */
TEST_F(program, role_survives_a_replaced_program)
{
	struct served teller, next;

	serve(&teller, TELLER, false);
	EXPECT_TRUE(serves(&teller, VAULT));
	ASSERT_EQ(0, unlink(TELLER));
	EXPECT_TRUE(serves(&teller, VAULT));
	EXPECT_FALSE(serves(&teller, SECRET));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_TRUE(serves(&teller, VAULT));
	EXPECT_FALSE(serves(&teller, SECRET));
	scene_program("payload", TELLER);
	serve(&next, TELLER, false);
	EXPECT_TRUE(serves(&next, VAULT));
	EXPECT_FALSE(serves(&next, SECRET));
	ASSERT_TRUE(role_revoke(MOVER));
	kill(teller.pid, SIGKILL);
	waitpid(teller.pid, NULL, 0);
	kill(next.pid, SIGKILL);
	waitpid(next.pid, NULL, 0);
}

/* A process that ran before it was bound keeps running unconfined: exec binds, not the file. */
TEST_F(program, unbound_stays_as_it_is)
{
	struct served free;

	serve(&free, PAYLOAD, false);
	EXPECT_TRUE(serves(&free, SECRET));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_TRUE(serves(&free, SECRET));
	EXPECT_FALSE(serves(&free, VAULT));
	kill(free.pid, SIGKILL);
	waitpid(free.pid, NULL, 0);
	ASSERT_TRUE(role_revoke(MOVER));
}

/* --- under a tracer --------------------------------------------------------------------- */

/*
 * 0 when the program ran, else why it did not.  The tracer asked nothing since it became
 * who it is: what was known of it before must not count.
 */
static long run_traced(struct act *act)
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		if (act->number && ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(255);
		execl(act->path, act->path, NULL);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	if (!WIFSTOPPED(status))
		return -WEXITSTATUS(status);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	return 0;
}

/* Its tracer would hold what it becomes, and is nobody who may. */
TEST_F(program, switched_under_a_tracer)
{
	path_set(&self->act, SWITCH);
	EXPECT_EQ(0, act_as(SWITCHER, run_traced, &self->act));
	self->act.number = 1;
	EXPECT_EQ(-EACCES, act_as(SWITCHER, run_traced, &self->act));
	path_set(&self->act, PAYLOAD);
	EXPECT_EQ(0, act_as(SWITCHER, run_traced, &self->act));
}

TEST_HARNESS_MAIN
