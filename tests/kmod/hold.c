/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives whom: module, programs and a controller killed in the middle */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "rig.h"

static int remove_module(void)
{
	return syscall(SYS_delete_module, "bailiwick", O_NONBLOCK) < 0 ? -errno : 0;
}

/* A controller: holds everything it made only through its descriptors. */
static void be_controller(int ready)
{
	struct image_bytes image = make_image(9, 0);
	struct genl_module status;
	struct genl *genl;
	int link = make_link();

	if (genl_open(&genl) ||
	    genl_adopt(genl, make_slots(), make_control(), &link, 1, NULL, 0, &status, NULL) ||
	    genl_switch(genl, make_memfd(image.data, image.size, ALL_SEALS), NULL, &status, NULL))
		_exit(1);
	if (write(ready, "r", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

static void kill_controller(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	need(pipe(ready), "no pipe");
	pid = fork();
	if (pid == 0)
		be_controller(ready[1]);
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "a controller adopted and switched");
	close(ready[0]);
	ok(is_enforced(), "its program refuses");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	struct genl_module status;
	struct genl *genl;

	ok(!is_enforced(), "nothing refuses before");
	kill_controller();
	usleep(500000);
	ok(is_enforced(), "the program still refuses after SIGKILL to the controller");

	need(genl_open(&genl) ? -1 : 0, "the module is not loaded");
	is(genl_status(genl, &status, NULL), 0, "a new controller is answered");
	ok(status.held == 1 && status.version == 9 && status.epoch == 1,
	   "and finds the policy in force");
	is(remove_module(), -EWOULDBLOCK, "rmmod is refused while the module holds");
	ok(is_enforced(), "the program still refuses after rmmod was refused");

	is(genl_release(genl, &status, NULL), 0, "RELEASE");
	ok(ends_soon(), "the program is gone with the last reference");
	genl_close(genl);
	is(remove_module(), 0, "rmmod works after RELEASE");
	is(genl_open(&genl), 1, "the family is gone with the module");
	return finish();
}
