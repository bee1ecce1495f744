// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/request-events.c: the last ones of those asked for */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/change.h"
#include "daemon/server.h"

#define SOCKET "/var/lib/bailiwick/test.sock"

static struct controller controller;
static int64_t searched;		/* what the last search said it had come to, 0 nothing */

/* The controller's directories on a disk that nobody else sees */
static bool own_directories(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/var/lib", "tmpfs", 0, NULL) == 0 && mkdir(CONTROLLER_STATE, 0755) == 0;
}

/* The request's events as their messages, blanks between */
static const char *ask(const char *json)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	uint32_t size = (uint32_t)strlen(json);
	static char all[4096];
	size_t at = 0;

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(write(fd, &size, sizeof(size)), sizeof(size));
	assert_int_equal(write(fd, json, size), size);
	while (sd_event_run(controller.loop, 20000) > 0)
		;
	all[0] = 0;
	searched = 0;
	for (;;) {
		struct message *message = NULL;
		const char *text;

		assert_int_equal(message_receive(fd, &message), MESSAGE_FINE);
		if (message_boolean(message, "done")) {
			text = message_string(message, "message");
			if (text)
				snprintf(all, sizeof(all), "%s", text);
			message_free(message);
			close(fd);
			return all;
		}
		if (!message_has(message, "record")) {
			assert_true(message_integer(message, "searched", &searched));
			message_free(message);
			continue;
		}
		text = message_string(message, "record.message");
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s ", text ? text : "?");
		message_free(message);
	}
}

/* A controller with @count events, every hundredth the module's */
static void begin(int count)
{
	struct buffer notes = { 0 };
	int fd;

	if (!own_directories()) {
		print_message("# a controller's directories: needs root\n");
		skip();
	}
	signal(SIGPIPE, SIG_IGN);
	assert_true(sd_event_new(&controller.loop) >= 0);
	assert_int_equal(state_open(CONTROLLER_STATE "/state.db", &controller.state, &notes), 0);
	assert_int_equal(recorder_open(CONTROLLER_JOURNAL, &(struct journal_options){ .segment_size = 3000 },
				       "/etc/passwd", &notes, &controller.recorder), 0);
	controller.changes = changes_new(&controller);
	fd = server_listen(SOCKET);
	assert_true(fd >= 0);
	assert_int_equal(server_start(&controller, fd, &controller.server), 0);
	for (int i = 1; i <= count; i++) {
		char text[16];
		struct event event = { .kind = i % 100 ? EVENT_CANARY : EVENT_MODULE, .message = text };

		snprintf(text, sizeof(text), "%d", i);
		recorder_event(controller.recorder, &event);
	}
}

static void end(void)
{
	server_stop(controller.server);
	changes_free(controller.changes);
	recorder_close(controller.recorder);
	state_close(controller.state);
	sd_event_unref(controller.loop);
}

static void a_limit_counts_what_passes_the_filter(void **state)
{
	(void)state;
	begin(1000);
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":3}"), "998 999 1000 ");
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":3,\"kind\":\"module\"}"), "800 900 1000 ");
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":50,\"kind\":\"module\"}"),
			    "100 200 300 400 500 600 700 800 900 1000 ");
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":10,\"kind\":\"module\"}"),
			    "100 200 300 400 500 600 700 800 900 1000 ");
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":3,\"kind\":\"lost\"}"), "");
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":3,\"until\":1}"), "");
	assert_non_null(strstr(ask("{\"verb\":\"events\",\"limit\":100001,\"kind\":\"lost\"}"), "at most"));
	assert_non_null(strstr(ask("{\"verb\":\"events\",\"path\":\"x\"}"), "pattern"));
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":1}"), "1000 ");
	assert_int_equal(searched, 0);
	end();
}

/*
 * Whoever waits would give up: what passes no filter is much, and brings no record; nor
 * does what passes while the last of them are looked for.
 */
static void a_long_search_is_heard_of(void **state)
{
	(void)state;
	begin(9000);
	assert_string_equal(ask("{\"verb\":\"events\",\"kind\":\"lost\"}"), "");
	assert_in_range(searched, 8700, 9000);
	assert_string_equal(ask("{\"verb\":\"events\",\"kind\":\"lost\",\"limit\":3}"), "");
	assert_in_range(searched, 8700, 9000);
	assert_string_equal(ask("{\"verb\":\"events\",\"until\":1}"), "");
	assert_in_range(searched, 8700, 9000);
	assert_string_equal(ask("{\"verb\":\"events\",\"kind\":\"canary\",\"limit\":1}"), "8999 ");
	assert_in_range(searched, 8700, 9000);
	assert_string_equal(ask("{\"verb\":\"events\",\"limit\":1}"), "9000 ");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_counts_what_passes_the_filter),
		cmocka_unit_test(a_long_search_is_heard_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
