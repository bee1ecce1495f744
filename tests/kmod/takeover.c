/* SPDX-License-Identifier: Apache-2.0 */
/* Loading, pinning and taking over, with the module and without it */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "load/enforcement.h"
#include "load/loaded.h"
#include "rig.h"

static struct buffer why;

static int open_enforcement(int no_module, struct enforcement **ret)
{
	const struct enforcement_options options = {
		.slot_size = SLOT_SIZE,
		.ring_size = 1 << 16,
		.no_module = no_module,
	};
	int err;

	buffer_clear(&why);
	*ret = NULL;
	err = enforcement_open(&options, ret, &why);
	if (err < 0)
		printf("#   %d: %s\n", err, why.size ? why.data : "nothing said");
	return err;
}

/* Where it has to work for anything else to make sense. */
static void must_open(int no_module, struct enforcement **ret, int origin, const char *what)
{
	is(open_enforcement(no_module, ret), origin, what);
	if (!*ret)
		exit(finish());
}

static int switch_to(struct enforcement *enforcement, uint64_t version)
{
	struct image_bytes bytes = make_image(version, version % 2);
	int fd = make_memfd(bytes.data, bytes.size, ALL_SEALS), err;

	buffer_clear(&why);
	err = enforcement_switch(enforcement, fd, NULL, &why);
	close(fd);
	image_bytes_done(&bytes);
	return err;
}

static int has(struct enforcement *enforcement, uint64_t epoch, uint64_t version)
{
	struct enforcement_status status;

	return !enforcement_status(enforcement, &status) && status.epoch == epoch &&
	       status.version == version && status.abi == BAILIWICK_ABI &&
	       status.slot_size == SLOT_SIZE && status.hook_count > 0;
}

static int lists_gap(struct enforcement *enforcement, const char *what)
{
	struct enforcement_status status;

	need(enforcement_status(enforcement, &status), "no status");
	for (size_t i = 0; i < status.gap_count; i++)
		if (strstr(status.gaps[i].what, what))
			return 1;
	return 0;
}

static int is_private_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700;
}

static void test_pins(void)
{
	ok(is_private_directory(ENFORCEMENT_PINS), "the pins are root's alone");
	ok(is_private_directory(ENFORCEMENT_PINS "/maps"), "the maps among them");
	ok(is_private_directory(ENFORCEMENT_PINS "/links"), "the links among them");
	ok(access(ENFORCEMENT_PINS "-new", F_OK) < 0, "nothing half made is left");
}

/* A controller that is killed: whatever it held is closed by the kernel. */
static void killed_controller(int no_module, uint64_t version)
{
	struct enforcement *enforcement;
	int ready[2];
	char byte;
	pid_t pid;

	need(pipe(ready), "no pipe");
	pid = fork();
	if (pid == 0) {
		if (open_enforcement(no_module, &enforcement) < 0 ||
		    switch_to(enforcement, version) || write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "a controller switches to version %d", (int)version);
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_refusals(struct enforcement *enforcement)
{
	struct image_bytes bytes = make_image(100, 0);
	char *large = calloc(1, SLOT_SIZE + 1);
	int fd;

	fd = make_memfd(bytes.data, bytes.size, F_SEAL_WRITE);
	is(enforcement_switch(enforcement, fd, NULL, &why), -EPERM, "a memfd that is not sealed");
	close(fd);
	fd = make_memfd(large, SLOT_SIZE + 1, ALL_SEALS);
	is(enforcement_switch(enforcement, fd, NULL, &why), -EFBIG, "larger than a slot");
	close(fd);
	fd = make_memfd(bytes.data, bytes.size - 8, ALL_SEALS);
	is(enforcement_switch(enforcement, fd, NULL, &why), -EBADMSG, "cut");
	close(fd);
	((struct bailiwick_image_header *)bytes.data)->digest[0] ^= 1;
	fd = make_memfd(bytes.data, bytes.size, ALL_SEALS);
	is(enforcement_switch(enforcement, fd, NULL, &why), -EKEYREJECTED, "a wrong digest");
	close(fd);
	((struct bailiwick_image_header *)bytes.data)->abi++;
	redigest(&bytes);
	fd = make_memfd(bytes.data, bytes.size, ALL_SEALS);
	is(enforcement_switch(enforcement, fd, NULL, &why), -EPROTONOSUPPORT, "a foreign ABI");
	close(fd);
	ok(has(enforcement, 3, 5), "version 5 stays in force");
	free(large);
	image_bytes_done(&bytes);
}

static void test_life(int no_module)
{
	struct enforcement *enforcement;
	struct enforcement_status status;
	struct bailiwick_totals totals;

	must_open(no_module, &enforcement, ENFORCEMENT_FRESH, "loads afresh");
	ok(has(enforcement, 0, 0), "no policy is in force at first");
	need(enforcement_status(enforcement, &status), "no status");
	is(status.held, !no_module, "the module holds it, where there is one");
	is(lists_gap(enforcement, "policy slots"), no_module, "what is not protected is listed");
	test_pins();
	is(enforcement_totals(enforcement, &totals), 0, "totals can be read");
	ok(enforcement_events_fd(enforcement) >= 0, "events can be waited for");
	enforcement_close(enforcement);

	killed_controller(no_module, 5);
	must_open(no_module, &enforcement, ENFORCEMENT_TAKEN_OVER,
		  "a new controller takes over after SIGKILL");
	ok(has(enforcement, 1, 5), "and finds version 5 in force");
	is(switch_to(enforcement, 5), -ESTALE, "version 5 again");
	is(switch_to(enforcement, 6), 0, "version 6");
	ok(has(enforcement, 2, 6), "is in force");
	is(enforcement_rollback(enforcement, 4, &why), -ESTALE, "back to version 4");
	is(enforcement_rollback(enforcement, 5, &why), 0, "back to version 5");
	ok(has(enforcement, 3, 5), "is in force again");
	test_refusals(enforcement);
	enforcement_close(enforcement);
}

/* Who has it open can still end it. */
static void torn_for_good(struct enforcement *enforcement)
{
	struct enforcement *second;

	is(open_enforcement(1, &second), -EEXIST, "a pin is gone, and nobody vouches");
	ok(why.data && strstr(why.data, "bw_events"), "it is named");
	is(enforcement_release(enforcement, &why), 0, "its owner can still release it");
	enforcement_close(enforcement);
}

static void end(void)
{
	struct enforcement *enforcement, *second;
	struct enforcement_status status;

	must_open(0, &enforcement, ENFORCEMENT_TAKEN_OVER, "taken over");
	is(enforcement_peek(&second, &status), 0, "others can look");
	ok(status.version == 5, "and see version 5");
	enforcement_close(second);
	is(enforcement_release(enforcement, &why), 0, "released");
	ok(access(ENFORCEMENT_PINS, F_OK) < 0, "no pin is left");
	enforcement_close(enforcement);
	is(enforcement_peek(&second, &status), 1, "nothing is loaded any more");
}

/* The module vouches for what is found by number; without it nobody does. */
static void test_torn_pins(int no_module)
{
	struct enforcement *enforcement;
	struct enforcement_status before, after;

	must_open(no_module, &enforcement, ENFORCEMENT_TAKEN_OVER, "taken over");
	need(enforcement_status(enforcement, &before), "no status");
	need(unlink(ENFORCEMENT_PINS "/maps/bw_events"), "cannot unpin");
	if (no_module) {
		torn_for_good(enforcement);
		return;
	}
	enforcement_close(enforcement);
	must_open(0, &enforcement, ENFORCEMENT_TAKEN_OVER, "a pin is gone: all is found again");
	ok(access(ENFORCEMENT_PINS "/maps/bw_events", F_OK) == 0, "and pinned again");
	enforcement_close(enforcement);

	need(loaded_unpin(ENFORCEMENT_PINS), "cannot unpin");
	must_open(0, &enforcement, ENFORCEMENT_TAKEN_OVER, "all pins are gone: all is found again");
	need(enforcement_status(enforcement, &after), "no status");
	ok(after.held && after.hook_count == before.hook_count, "every hook of it");
	ok(has(enforcement, 3, 5), "with version 5 in force");
	test_pins();
	enforcement_close(enforcement);
	end();
}

int main(void)
{
	struct genl *genl;

	need(genl_open(&genl) ? -1 : 0, "the module is not loaded");
	genl_close(genl);
	for (int no_module = 0; no_module < 2; no_module++) {
		printf("# %s\n", no_module ? "without the module" : "with the module");
		test_life(no_module);
		test_torn_pins(no_module);
	}
	buffer_done(&why);
	return finish();
}
