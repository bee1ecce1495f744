// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/names.h: without a program to look names up, and without enforcement */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../compile/compiled.h"

#include "daemon/change.h"
#include "daemon/names.h"

static struct controller controller;
static char directory[64], path[96];
static int calls;

static int set_up(void **unused)
{
	struct buffer notes = { 0 };
	char file[128];
	sigset_t blocked;

	(void)unused;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	memset(&controller, 0, sizeof(controller));
	calls = 0;
	config_init(&controller.config);
	controller.confinement = (struct confinement){
		.uid = 65534, .gid = 65534, .cpu_seconds = 20, .file_size = 1 << 20,
	};
	strcpy(directory, "/tmp/names-XXXXXX");
	if (!mkdtemp(directory) || sd_event_new(&controller.loop) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/names", directory);
	snprintf(file, sizeof(file), "%s/state.db", directory);
	assert_int_equal(state_open(file, &controller.state, &notes), 0);
	snprintf(file, sizeof(file), "%s/journal", directory);
	assert_int_equal(recorder_open(file, NULL, "/etc/passwd", &notes, &controller.recorder), 0);
	controller.changes = changes_new(&controller);
	return 0;
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	changes_free(controller.changes);
	names_stop(controller.names);
	recorder_close(controller.recorder);
	state_close(controller.state);
	free(controller.problem);
	sd_event_unref(controller.loop);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static const char *told(void)
{
	static char text[1024];
	struct buffer out = { 0 };

	assert_int_equal(names_write(controller.names, &out), 0);
	snprintf(text, sizeof(text), "%s", out.data ? out.data : "");
	buffer_done(&out);
	return text;
}

static void done(void *context)
{
	assert_ptr_equal(context, &controller);
	calls++;
}

static void nothing_is_known_without_names(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	names_follow(NULL);
	names_forget(NULL);
	assert_int_equal(names_write(NULL, &out), 0);
	assert_int_equal(out.size, 0);
	names_describe(NULL, &out);
	assert_string_equal(out.data, "[]");
	buffer_done(&out);
}

static void what_was_kept_is_told_at_once(void **state)
{
	FILE *file = fopen(path, "w");
	long long now = time(NULL);

	(void)state;
	fprintf(file, "{\"name\":\"db.example\",\"family\":4,\"asked\":%lld,\"expires\":%lld,"
		"\"until\":%lld,\"addresses\":[\"192.0.2.1\"]}\n", now - 60, now - 10, now + 600);
	fclose(file);
	assert_int_equal(names_start(&controller, path, &controller.names), 0);
	assert_string_equal(told(), "{\"name\":\"db.example\",\"addresses\":[\"192.0.2.1\"]}\n");
}

static void lines_nobody_asked_for_are_refused(void **state)
{
	static const char *const lines[] = {
		"{\"name\":\"db.example\",\"family\":4,\"outcome\":\"found\",\"ttl\":9,"
		"\"addresses\":[\"192.0.2.1\"]}",
		"[]", "nonsense", "{}",
	};

	(void)state;
	assert_int_equal(names_start(&controller, path, &controller.names), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(names_take(controller.names, lines[i], strlen(lines[i])), 1);
	assert_string_equal(told(), "");
}

/* The program is not installed here: that is a failure with a name, and an end */
static void a_look_up_that_cannot_be_is_a_failure(void **state)
{
	struct compile_options options = { 0 };
	static char messages[4096];
	struct image *image = compiled_with("roles: {r: {network: [{connect: {to: db.example, tcp: 1}}]}}\n",
					    &options, messages, sizeof(messages) - 1);

	(void)state;
	if (access(CONTROLLER_COMPILER, X_OK) == 0) {
		print_message("the program is installed: it may find names\n");
		image_close(image);
		skip();
	}
	assert_int_equal(names_start(&controller, path, &controller.names), 0);
	names_ask(controller.names, image, done, &controller);
	assert_int_equal(calls, 0);
	assert_non_null(strstr(told(), "not looked up yet"));
	for (int i = 0; i < 100 && !calls; i++)
		sd_event_run(controller.loop, 100000);
	assert_int_equal(calls, 1);
	assert_non_null(strstr(told(), "\"problem\":\"it could not be looked up"));
	/* nobody follows it: it is not asked again */
	sd_event_run(controller.loop, 3000000);
	assert_int_equal(calls, 1);
	image_close(image);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_known_without_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_kept_is_told_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_nobody_asked_for_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_look_up_that_cannot_be_is_a_failure, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
