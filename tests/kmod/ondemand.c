/* SPDX-License-Identifier: Apache-2.0 */
/* The one link that comes and goes: who may have it held and let go of, and what stays */
#include <sys/wait.h>

#include "rig.h"

static struct genl *genl;
static struct genl_module status;
static struct buffer sentence;		/* of the last refusal */

static void refused(int err, int expected, const char *because, const char *what)
{
	const char *said = sentence.size ? sentence.data : "nothing";

	if (!ok(err == expected && strstr(said, because), "%s", what))
		printf("#   got %d (%s) and \"%s\", expected %d and \"%s\"\n", err,
		       strerror(-err), said, expected, because);
}

static int do_hold(int link)
{
	buffer_clear(&sentence);
	return genl_hold(genl, link, &status, &sentence);
}

static int do_let_go(void)
{
	buffer_clear(&sentence);
	return genl_let_go(genl, &status, &sentence);
}

static int do_adopt(int link, const int *programs, size_t count)
{
	buffer_clear(&sentence);
	return genl_adopt(genl, make_slots(), make_control(), &link, 1, programs, count, &status,
			  &sentence);
}

/* Root's own socket, which was open before its holder lost every right. */
static int let_go_as_nobody(void)
{
	pid_t pid = fork();
	int result;

	if (pid == 0) {
		if (setuid(65534))
			_exit(0);
		_exit(-genl_let_go(genl, &status, NULL));
	}
	waitpid(pid, &result, 0);
	return WIFEXITED(result) ? -WEXITSTATUS(result) : -EINTR;
}

static void test_programs(int link, int program)
{
	int many[BAILIWICK_PROGRAMS_MAX + 1], map = make_slots();

	for (size_t i = 0; i <= BAILIWICK_PROGRAMS_MAX; i++)
		many[i] = program;
	refused(do_adopt(link, many, BAILIWICK_PROGRAMS_MAX + 1), -E2BIG, "more links or programs",
		"ADOPT of too many programs");
	refused(do_adopt(link, &map, 1), -EINVAL, "program descriptor",
		"a map in place of a program");
	refused(do_adopt(link, &link, 1), -EINVAL, "program descriptor",
		"a link in place of a program");
	genl_status(genl, &status, NULL);
	ok(!status.flags && !status.held, "nothing is held after refusals");
	close(map);
}

/* Two links are held: one for good, of another hook, and one that comes and goes. */
static void test_hold(int always, int link)
{
	int map = make_slots();

	refused(do_let_go(), -ENOENT, "no link", "LET_GO of nothing");
	refused(do_hold(map), -EINVAL, "no BPF link", "HOLD of a map");
	refused(do_hold(-1), -EBADF, "no BPF link", "HOLD of nothing");
	refused(do_hold(always), -EINVAL, "comes and goes", "HOLD of a link of another program");
	close(map);

	refused(do_hold(link), 0, "", "HOLD");
	ok(status.held == 2 && status.flags & BAILIWICK_MODULE_ON_DEMAND, "what it answers");
	refused(do_hold(link), -EEXIST, "already", "HOLD twice");
	close(link);
	usleep(300000);
	ok(is_enforced(), "the program refuses without a descriptor of its link");
	is(let_go_as_nobody(), -EPERM, "nobody else has the module let go");
	ok(is_enforced(), "and the program still refuses");
}

static void test_let_go(int program)
{
	refused(do_let_go(), 0, "", "LET_GO");
	ok(status.held == 1 && !(status.flags & BAILIWICK_MODULE_ON_DEMAND),
	   "the other link is held still");
	ok(ends_soon(), "the program refuses no more");
	refused(do_let_go(), -ENOENT, "no link", "LET_GO twice lets go of no other link");
	genl_status(genl, &status, NULL);
	ok(status.held == 1, "which is held still");

	is(do_hold(attach(program)), 0, "HOLD of a new link of the same program");
	ok(is_enforced(), "it refuses again");
}

int main(void)
{
	const int program = make_program("task_setioprio"), other = make_program("task_getioprio");
	const int always = attach(other), link = attach(program);

	need(genl_open(&genl) ? -1 : 0, "the module is not loaded");
	test_programs(always, program);
	is(do_adopt(always, &program, 1), 0, "ADOPT with a program");
	ok(status.flags == BAILIWICK_MODULE_ADOPTED && status.held == 1,
	   "its link is not held yet");
	test_hold(always, link);
	test_let_go(program);
	is(genl_release(genl, &status, NULL), 0, "RELEASE");
	ok(!status.flags && !status.held, "takes both links");
	buffer_done(&sentence);
	genl_close(genl);
	return finish();
}
