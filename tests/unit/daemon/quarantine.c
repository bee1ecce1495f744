/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/quarantine.h: whom it spares, what it is called by, what comes back after a boot */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/hash64.h"
#include "load/quarantine.h"
#include "state/quarantine.h"

static struct bailiwick_quarantine put[8];
static char names[8][64];
static size_t count;
static int answer;

static int fake_quarantine(struct enforcement *enforcement, const struct bailiwick_quarantine *wanted,
			   const char *name, struct buffer *why)
{
	(void)enforcement;
	buffer_append_text(why, answer ? "no" : "");
	put[count] = *wanted;
	snprintf(names[count++], sizeof(names[0]), "%s", name);
	return answer;
}

static int fake_mark(const struct enforcement *enforcement)
{
	(void)enforcement;
	return 0;
}

static struct bailiwick_control in_kernel;

static int fake_quarantines(const struct enforcement *enforcement, struct bailiwick_control *ret)
{
	(void)enforcement;
	*ret = in_kernel;
	return 0;
}

#define enforcement_quarantines fake_quarantines
#define enforcement_quarantine fake_quarantine
#define enforcement_mark fake_mark
#include "daemon/quarantine.c"

/* --- a machine in a directory ---------------------------------------------------------- */

static char root[64];

static void write_text(uint32_t pid, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u", root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%u/%s", root, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void add(uint32_t pid, uint32_t parent, const char *login, const char *cgroup, const char *exe)
{
	char text[256], path[160];

	snprintf(text, sizeof(text), "%u (a) b) S %u 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 %u 9 9\n",
		 pid, parent, pid * 10);
	write_text(pid, "stat", text);
	write_text(pid, "loginuid", login);
	write_text(pid, "status", "Name:\ta\nUid:\t0\t0\t0\t0\n");
	snprintf(text, sizeof(text), "1:name=x:/\n0::%s\n", cgroup);
	write_text(pid, "cgroup", text);
	snprintf(path, sizeof(path), "%s/%u/exe", root, pid);
	assert_int_equal(symlink(exe, path), 0);
}

#define UNSET "4294967295"

static int make_machine(void **state)
{
	uint32_t self = (uint32_t)getpid();

	(void)state;
	snprintf(root, sizeof(root), "/tmp/bailiwick-proc-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	add(1, 0, UNSET, "/init.scope", "/sbin/init");
	add(2, 0, UNSET, "/", "none");
	add(3, 2, UNSET, "/", "none");
	add(10, 1, UNSET, "/system.slice/ssh.service", "/usr/sbin/sshd");
	add(11, 10, "1000", "/user.slice/session-1.scope", "/usr/bin/bash");
	add(12, 11, "1000", "/user.slice/session-1.scope", "/usr/bin/bailiwick");
	add(20, 1, "1001", "/user.slice/session-2.scope", "/usr/bin/vim");
	add(self, 1, UNSET, "/system.slice/bailiwick.service", "/usr/sbin/bailiwickd");
	return 0;
}

static int remove_machine(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static struct bailiwick_quarantine user(uint32_t uid)
{
	return (struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_USER, .number = uid };
}

static struct bailiwick_quarantine tree(uint32_t pid)
{
	return (struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_TREE, .number = pid };
}

static struct bailiwick_quarantine named(uint32_t kind, const char *name)
{
	return (struct bailiwick_quarantine){ .kind = kind, .id = hash64(name, strlen(name)) };
}

static void expect_spared(struct bailiwick_quarantine who, const char *whom)
{
	struct buffer why = { 0 };

	assert_int_equal(quarantine_spared(root, &who, "it", 12, &why), whom != NULL);
	if (whom)
		assert_non_null(strstr(why.data, whom));
	buffer_done(&why);
}

static void who_must_stay_stays(void **state)
{
	(void)state;
	expect_spared(user(0), "init");
	expect_spared(user(1000), "you");
	expect_spared(user(1001), NULL);
	expect_spared(tree(1), "init");
	expect_spared(tree((uint32_t)getpid()), "the controller");
	expect_spared(tree(12), "you");
	expect_spared(tree(11), "you");
	expect_spared(tree(10), "you");
	expect_spared(tree(20), NULL);
	expect_spared(tree(2), "kernel");
	expect_spared(tree(3), "kernel");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "init.scope"), "init");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "bailiwick.service"), "the controller");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "system.slice"), "the controller");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "user.slice"), "you");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "session-1.scope"), "you");
	expect_spared(named(BAILIWICK_SUBJECT_UNIT, "session-2.scope"), NULL);
	expect_spared(named(BAILIWICK_SUBJECT_EXE, "/sbin/init"), "init");
	expect_spared(named(BAILIWICK_SUBJECT_EXE, "/usr/sbin/bailiwickd"), "the controller");
	expect_spared(named(BAILIWICK_SUBJECT_EXE, "/usr/bin/bailiwick"), "you");
	expect_spared(named(BAILIWICK_SUBJECT_EXE, "/usr/bin/bash"), "you");
	expect_spared(named(BAILIWICK_SUBJECT_EXE, "/usr/bin/vim"), NULL);
}

/* --- names ---------------------------------------------------------------------------------- */

static void subjects_are_read(void **state)
{
	static const char *const bad[] = {
		"", "alice", "user:", "group:x", "pid:", "pid:0", "pid:x", "pid:99999999999", "pid:-1",
		"pid:2147483646", "unit:a/b", "exe:bash", "exe:", "none:x", "user:a\nb",
	};
	struct bailiwick_quarantine who;
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(quarantine_read(bad[i], 7, &who));
	assert_non_null(quarantine_read("user:gone", UINT32_MAX, &who));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	memcpy(text, "unit:", 5);
	assert_non_null(quarantine_read(text, 7, &who));
	assert_null(quarantine_read("user:alice", 7, &who));
	assert_int_equal(who.kind, BAILIWICK_SUBJECT_USER);
	assert_int_equal(who.number, 7);
	assert_null(quarantine_read("unit:x.service", UINT32_MAX, &who));
	assert_int_equal(who.id, hash64("x.service", 9));
	assert_null(quarantine_read("exe:/bin/x", UINT32_MAX, &who));
	assert_int_equal(who.id, hash64("/bin/x", 6));
	snprintf(text, sizeof(text), "pid:%d", (int)getpid());
	assert_null(quarantine_read(text, UINT32_MAX, &who));
	assert_int_equal(who.number, getpid());
	assert_int_not_equal(who.id, 0);
}

/* --- the state ------------------------------------------------------------------------------ */

static struct controller controller;

static int open_state(void **state)
{
	struct buffer why = { 0 };

	(void)state;
	count = 0;
	answer = 0;
	assert_int_equal(state_open(":memory:", &controller.state, &why), 0);
	buffer_done(&why);
	return 0;
}

static int close_state(void **state)
{
	(void)state;
	controller.state = state_close(controller.state);
	return 0;
}

static void remember(const char *subject, uint32_t kind, uint32_t number, uint64_t id, const char *boot)
{
	const struct state_quarantine q = { .subject = subject, .kind = kind, .number = number,
					    .id = id, .boot = boot, .time = number };

	assert_int_equal(state_quarantine(controller.state, &q), 0);
}

static void all_come_back_after_a_boot(void **state)
{
	char boot[64];

	(void)state;
	remember("user:alice", BAILIWICK_SUBJECT_USER, 1001, 0, "");
	remember("exe:/x", BAILIWICK_SUBJECT_EXE, 0, 1ull << 63, "");
	remember("pid:5", BAILIWICK_SUBJECT_TREE, 5, 9, boot_id(boot));
	remember("pid:6", BAILIWICK_SUBJECT_TREE, 6, 9, "another boot");
	quarantine_start(&controller);
	assert_int_equal(count, 3);
	assert_string_equal(names[0], "exe:/x");
	assert_true(put[0].id == 1ull << 63);
	assert_string_equal(names[1], "pid:5");
	assert_string_equal(names[2], "user:alice");
	assert_int_equal(put[2].number, 1001);
	/* a controller that was started again finds them in the kernel */
	count = 0;
	answer = -EEXIST;
	quarantine_start(&controller);
	assert_int_equal(count, 3);
	assert_null(controller.problem);
	/* one that cannot is told of, and the others come */
	count = 0;
	answer = -EIO;
	quarantine_start(&controller);
	assert_int_equal(count, 3);
	assert_non_null(controller.problem);
	controller_problem(&controller, NULL);
}

static void it_is_found_as_it_was_put_in(void **state)
{
	struct bailiwick_quarantine who = user(1001);
	char *name = NULL;

	(void)state;
	remember("user:alice", BAILIWICK_SUBJECT_USER, 1001, 0, "");
	quarantine_find_stored(controller.state, "user:1001", &who, &name);
	assert_string_equal(name, "user:alice");
	free(name);
	/* the user is gone: by the name */
	who = (struct bailiwick_quarantine){ 0 };
	quarantine_find_stored(controller.state, "user:alice", &who, &name);
	assert_string_equal(name, "user:alice");
	assert_int_equal(who.number, 1001);
	free(name);
	who = user(1002);
	quarantine_find_stored(controller.state, "user:bob", &who, &name);
	assert_string_equal(name, "user:bob");
	assert_int_equal(who.number, 1002);
	free(name);
	assert_int_equal(state_release(controller.state, "user:alice"), 0);
	quarantine_start(&controller);
	assert_int_equal(count, 0);
}

static void described_as(bool whole, const char *wanted)
{
	struct buffer out = { 0 };

	quarantine_describe(&controller, whole, &out);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal(out.data, wanted);
	buffer_done(&out);
}

/* The kernel's word counts: who is in the state alone is in none, whose name was lost is */
static void who_is_in_it_is_told(void **state)
{
	struct state_quarantine q = { .subject = "user:alice", .kind = BAILIWICK_SUBJECT_USER,
				      .number = 1001, .boot = "", .time = 1767225600,
				      .by = { .uid = 0, .login_uid = 1000, .pid = 5 } };

	(void)state;
	controller.enforcement = (struct enforcement *)&in_kernel;
	memset(&in_kernel, 0, sizeof(in_kernel));
	assert_int_equal(state_quarantine(controller.state, &q), 0);
	described_as(true, "[]");
	in_kernel.quarantine[3] = user(1001);
	in_kernel.quarantine[5] = (struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_EXE, .id = 17 };
	in_kernel.quarantined = 1 << 3 | 1 << 5;
	described_as(false, "[\"user:alice\",\"unknown:4/0/0000000000000011\"]");
	described_as(true, "[{\"subject\":\"user:alice\",\"kind\":\"user\",\"number\":1001,"
		     "\"id\":\"0000000000000000\",\"since\":\"2026-01-01T00:00:00Z\",\"uid\":0,\"loginuid\":1000},"
		     "{\"subject\":\"unknown:4/0/0000000000000011\",\"kind\":\"exe\",\"number\":0,"
		     "\"id\":\"0000000000000011\"}]");
	q.by.login_uid = UINT32_MAX;
	assert_int_equal(state_quarantine(controller.state, &q), 0);
	in_kernel.quarantined = 1 << 3;
	described_as(true, "[{\"subject\":\"user:alice\",\"kind\":\"user\",\"number\":1001,"
		     "\"id\":\"0000000000000000\",\"since\":\"2026-01-01T00:00:00Z\",\"uid\":0,\"loginuid\":null}]");
	controller.enforcement = NULL;
}

static void what_was_signed_is_about_one(void **state)
{
	const struct bailiwick_quarantine alice = user(1001), bob = user(1002);
	struct buffer lift = { 0 };

	(void)state;
	assert_false(is_about(&lift, &alice));
	assert_int_equal(quarantine_write_lift(&alice, "user:alice", &lift), 0);
	assert_true(is_about(&lift, &alice));
	assert_false(is_about(&lift, &bob));
	buffer_done(&lift);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_must_stay_stays, make_machine, remove_machine),
		cmocka_unit_test(subjects_are_read),
		cmocka_unit_test(what_was_signed_is_about_one),
		cmocka_unit_test_setup_teardown(all_come_back_after_a_boot, open_state, close_state),
		cmocka_unit_test_setup_teardown(who_is_in_it_is_told, open_state, close_state),
		cmocka_unit_test_setup_teardown(it_is_found_as_it_was_put_in, open_state, close_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
