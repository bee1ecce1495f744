// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/server.h: what arrives on the control socket, and what is answered */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <string.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/change.h"
#include "daemon/server.h"
#include "journal/reader.h"
#include "load/unmediated.h"

static char directory[64], path[96];
static struct controller controller;

static int set_up(void **unused)
{
	struct buffer notes = { 0 };
	char file[128];
	int fd;

	sigset_t children;

	(void)unused;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	memset(&controller, 0, sizeof(controller));
	strcpy(directory, "/tmp/server-XXXXXX");
	if (!mkdtemp(directory) || chmod(directory, 0755) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ctl.sock", directory);
	snprintf(file, sizeof(file), "%s/state.db", directory);
	assert_true(sd_event_new(&controller.loop) >= 0);
	assert_int_equal(state_open(file, &controller.state, &notes), 0);
	snprintf(file, sizeof(file), "%s/journal", directory);
	assert_int_equal(recorder_open(file, NULL, "/etc/passwd", &notes, &controller.recorder), 0);
	controller.changes = changes_new(&controller);
	fd = server_listen(path);
	assert_true(fd >= 0);
	return server_start(&controller, fd, &controller.server);
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	server_stop(controller.server);
	changes_free(controller.changes);
	recorder_close(controller.recorder);
	state_close(controller.state);
	free(controller.problem);
	sd_event_unref(controller.loop);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static int connect_to(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : fd;
}

/* Let the server work until nothing has happened for a while */
static void turn(void)
{
	while (sd_event_run(controller.loop, 20000) > 0)
		;
}

static void say(int fd, const char *json)
{
	uint32_t size = (uint32_t)strlen(json);

	assert_int_equal(write(fd, &size, sizeof(size)), sizeof(size));
	assert_int_equal(write(fd, json, size), size);
	turn();
}

/* The next frame; the caller frees it */
static struct message *hear(int fd)
{
	struct message *message = NULL;
	struct timeval patience = { .tv_sec = 5 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(message_receive(fd, &message), MESSAGE_FINE);
	return message;
}

static void assert_final(int fd, int code, const char *text)
{
	struct message *message = hear(fd);
	int64_t exit = -1;

	assert_true(message_boolean(message, "done"));
	assert_true(message_integer(message, "exit", &exit));
	assert_int_equal(exit, code);
	if (text)
		assert_non_null(strstr(message_string(message, "message"), text));
	message_free(message);
}

static void assert_closed(int fd)
{
	struct message *message = NULL;

	assert_int_equal(message_receive(fd, &message), MESSAGE_END);
}

static void a_connection_carries_several_requests(void **unused)
{
	struct message *message;
	int fd = connect_to();

	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: the server answers root alone\n");
		close(fd);
		skip();
	}
	say(fd, "{\"verb\":\"status\"}");
	message = hear(fd);
	assert_string_equal(message_string(message, "record.state"), "failed");
	assert_true(message_has(message, "record.not_enforced"));
	assert_int_equal(message_count(message, "record.not_mediated"), unmediated_count);
	message_free(message);
	assert_final(fd, 0, NULL);
	say(fd, "{\"verb\":\"log\"}");
	assert_final(fd, 0, NULL);
	say(fd, "{\"verb\":\"assignments\"}");
	assert_final(fd, 0, NULL);
	say(fd, "{\"verb\":\"image\"}");
	assert_final(fd, 69, "no policy image");
	close(fd);
	turn();
}

static void requests_that_are_wrong(void **unused)
{
	static const struct {
		const char *json;
		const char *text;
	} cases[] = {
		{ "{}", "verb" },
		{ "{\"verb\":5}", "verb" },
		{ "{\"verb\":\"reboot\\u001b[2J\"}", "unknown verb reboot\\x1b[2J" },
		{ "{\"verb\":\"apply\"}", "files" },
		{ "{\"verb\":\"apply\",\"files\":[\"/a\"],\"sizes\":[1]}", "memfd" },
		{ "{\"verb\":\"apply\",\"files\":[\"/a\"],\"sizes\":[]}", "sizes" },
		{ "{\"verb\":\"apply\",\"files\":[\"/a\"],\"sizes\":[-1]}", "64 MiB" },
		{ "{\"verb\":\"apply\",\"files\":[\"/a\"],\"sizes\":[99999999999]}", "64 MiB" },
		{ "{\"verb\":\"apply\",\"confirm_within\":0}", "confirm_within" },
		{ "{\"verb\":\"apply\",\"confirm_within\":28801}", "confirm_within" },
		{ "{\"verb\":\"apply\",\"image\":true}", "one signature or two" },
		{ "{\"verb\":\"apply\",\"image\":true,\"signatures\":[\"nobody\"]}", "author and approver" },
		{ "{\"verb\":\"apply\",\"image\":true,\"signatures\":[\"author\"]}", "memfd" },
		{ "{\"verb\":\"assign\"}", "subject" },
		{ "{\"verb\":\"assign\",\"subject\":\"alice\",\"role\":\"x\"}", "user:NAME" },
		{ "{\"verb\":\"assign\",\"subject\":\"user:a\",\"role\":\"\"}", "name of a role" },
		{ "{\"verb\":\"assign\",\"subject\":\"user:a\",\"role\":\"x\",\"until\":1}", "passed" },
		{ "{\"verb\":\"assign\",\"subject\":\"user:a\",\"role\":\"x\",\"until\":\"x\"}", "epoch" },
		{ "{\"verb\":\"revoke\"}", "subject" },
		{ "{\"verb\":\"events\",\"severity\":\"dreadful\"}", "severity" },
		{ "{\"verb\":\"events\",\"id\":\"nonsense\"}", "id" },
	};
	int fd = connect_to();

	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: the server answers root alone\n");
		close(fd);
		skip();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		say(fd, cases[i].json);
		assert_final(fd, 64, cases[i].text);
	}
	/* nothing of this left a trace */
	say(fd, "{\"verb\":\"log\"}");
	assert_final(fd, 0, NULL);
	close(fd);
}

static void what_enforces_nothing_changes_nothing(void **unused)
{
	struct message *message;
	int fd = connect_to();

	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: the server answers root alone\n");
		close(fd);
		skip();
	}
	say(fd, "{\"verb\":\"assign\",\"subject\":\"user:a\",\"role\":\"x\"}");
	assert_final(fd, 69, "does not enforce");
	say(fd, "{\"verb\":\"assignments\"}");
	assert_final(fd, 0, NULL);
	say(fd, "{\"verb\":\"log\"}");
	message = hear(fd);
	assert_string_equal(message_string(message, "record.change"), "policy-refused");
	message_free(message);
	assert_final(fd, 0, NULL);
	close(fd);
}

static void frames_that_are_wrong_end_the_connection(void **unused)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {
		{ "\x02\0\0\0[]", 6, "JSON object" },
		{ "\x04\0\0\0{\"a\"", 8, "JSON object" },
		{ "\xff\xff\xff\xff{}", 6, "1 MiB" },
		{ "GET / HTTP/1.0\r\n\r\n", 18, "1 MiB" },
		{ "\0\0\0\0", 4, "JSON object" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int fd = connect_to();

		assert_int_equal(write(fd, cases[i].bytes, cases[i].size), cases[i].size);
		turn();
		assert_final(fd, 64, cases[i].text);
		close(fd);
		turn();
	}
}

static void a_message_cut_in_half_is_answered(void **unused)
{
	int fd = connect_to();

	(void)unused;
	assert_int_equal(write(fd, "\x20\0\0\0{\"verb\":\"st", 15), 15);
	shutdown(fd, SHUT_WR);
	turn();
	assert_final(fd, 64, "middle of a message");
	assert_closed(fd);
	close(fd);
}

static void a_request_that_never_ends_is_given_up(void **unused)
{
	int fd = connect_to();

	(void)unused;
	assert_int_equal(write(fd, "\x20\0\0\0{", 5), 5);
	turn();
	for (int second = 0; second < 31; second++)
		server_tick(controller.server);
	turn();
	assert_final(fd, 64, "in time");
	assert_closed(fd);
	close(fd);
}

/* What a process of another user hears: the exit code of the final frame */
static int ask_as(uid_t uid, gid_t gid, const char *json)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct message *message = NULL;
		uint32_t size = (uint32_t)strlen(json);
		int64_t code = 1;
		int fd;

		if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
			_exit(99);
		fd = connect_to();
		if (fd < 0 || write(fd, &size, 4) != 4 || write(fd, json, size) != (ssize_t)size)
			_exit(98);
		do {
			message_free(message);
			message = NULL;
			if (message_receive(fd, &message) != MESSAGE_FINE)
				_exit(97);
		} while (!message_boolean(message, "done"));
		message_integer(message, "exit", &code);
		_exit((int)code);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		sd_event_run(controller.loop, 20000);
	return WEXITSTATUS(status);
}

static uint64_t records(void)
{
	struct recorder_totals totals;

	recorder_totals(controller.recorder, &totals);
	return totals.recorded;
}

static void strangers_are_refused_and_that_is_recorded(void **unused)
{
	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: cannot become another user\n");
		skip();
	}
	assert_int_equal(ask_as(65534, 65534, "{\"verb\":\"status\"}"), 77);
	assert_int_equal(records(), 1);
	/* the next ones of this second are counted, told at its end */
	assert_int_equal(ask_as(65534, 65534, "{\"verb\":\"nonsense\"}"), 77);
	assert_int_equal(ask_as(65534, 65534, "{\"verb\":\"apply\"}"), 77);
	assert_int_equal(records(), 1);
	server_tick(controller.server);
	assert_int_equal(records(), 2);
	assert_int_equal(ask_as(0, 0, "{\"verb\":\"status\"}"), 0);
}

static void a_slow_peer_holds_nobody_up(void **unused)
{
	int slow = connect_to(), fd;
	char request[] = "{\"verb\":\"log\",\"limit\":1000}";
	struct state_change change = { .change = "assigned", .outcome = "done" };
	char *detail = calloc(1, 4096);

	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: the server answers root alone\n");
		skip();
	}
	memset(detail, 'x', 4095);
	change.detail = detail;
	state_begin(controller.state);
	for (int i = 0; i < 500; i++)
		assert_int_equal(state_record(controller.state, &change), 0);
	state_commit(controller.state);
	say(slow, request);		/* two megabytes it does not read */
	fd = connect_to();
	say(fd, "{\"verb\":\"assignments\"}");
	assert_final(fd, 0, NULL);
	close(fd);
	for (int i = 0; i < 500; i++) {
		turn();
		message_free(hear(slow));
	}
	assert_final(slow, 0, NULL);
	close(slow);
	free(detail);
}

/* --- what running processes hold ---------------------------------------------------- */

static int find_many(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	const int *count = context;
	struct finding finding = { .item = { .what = REPORT_FILE, .pid = 0x7ffffff0, .fd = 3,
					     .comm = "cat", .path = "/srv/x", .path_size = 6 } };
	int r = 0;

	if (kinds & FIND_SOCKETS)
		return 0;
	for (int i = 0; r == 0 && i < *count; i++)
		r = found(found_context, &finding);
	finding.item.what = REPORT_MAPPING;
	return r ? r : found(found_context, &finding);
}

static void assert_in_journal(const char *text)
{
	struct journal_reader *reader;
	struct segment_record record;
	char journal[128];
	bool found = false;

	snprintf(journal, sizeof(journal), "%s/journal", directory);
	assert_int_equal(journal_reader_new(journal, &reader), 0);
	assert_int_equal(journal_reader_seek(reader, 0, 0), 0);
	while (journal_read(reader, &record) == JOURNAL_RECORD) {
		found |= memmem(record.payload, record.payload_size, "\"taken-back\"", 12) &&
			 memmem(record.payload, record.payload_size, text, strlen(text));
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	assert_true(found);
}

/* Lines of the file that comes with the last frame, and that nobody can change it */
static void count_lines(struct message *message, int *files, int *mappings)
{
	int fd = message_take_fd(message, 0);
	FILE *lines = fdopen(fd, "re");
	char line[1024];

	assert_non_null(lines);
	assert_int_equal(write(fd, "x", 1), -1);
	while (fgets(line, sizeof(line), lines)) {
		*files += strstr(line, "\"what\":\"file\"") != NULL;
		*mappings += strstr(line, "\"what\":\"mapping\"") != NULL;
	}
	fclose(lines);
}

static void what_is_left_comes_as_a_file(void **unused)
{
	static int count = 9000;
	int fd = connect_to(), files = 0, mappings = 0;
	int64_t number = 0;
	struct message_reader reader = { 0 };
	struct message *message = NULL;

	(void)unused;
	if (geteuid() != 0) {
		print_message("not root: the server answers root alone\n");
		close(fd);
		skip();
	}
	say(fd, "{\"verb\":\"remains\"}");
	assert_final(fd, 69, "does not enforce");
	changes_find(controller.changes, find_many, &count);
	say(fd, "{\"verb\":\"remains\"}");
	for (int idle = 0; idle < 500 && !message; ) {
		int r = message_reader_read(&reader, fd, &message);

		if (r == MESSAGE_WAIT)
			idle += sd_event_run(controller.loop, 20000) == 0;
		else
			assert_int_equal(r, MESSAGE_FINE);
	}
	assert_non_null(message);
	assert_true(message_boolean(message, "done"));
	count_lines(message, &files, &mappings);
	assert_int_equal(files, count);
	assert_int_equal(mappings, 1);
	assert_true(message_integer(message, "exit", &number));
	assert_int_equal(number, 0);
	assert_true(message_integer(message, "report.cut.file", &number));
	assert_int_equal(number, count);
	assert_true(message_integer(message, "report.holders", &number));
	assert_int_equal(number, 1);
	assert_true(message_boolean(message, "report.complete"));
	assert_true(message_integer(message, "times.arrived", &number));
	assert_true(message_integer(message, "times.whole", &number));
	message_free(message);
	assert_in_journal("cut 9000 open files; kept 1 mapped files in 1 process");
	close(fd);
	turn();
}

static void who_leaves_meanwhile_is_forgotten(void **unused)
{
	static int count = 1;
	int fd = connect_to();

	(void)unused;
	changes_find(controller.changes, find_many, &count);
	say(fd, "{\"verb\":\"remains\"}");
	close(fd);
	turn();
	turn();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_connection_carries_several_requests),
		TEST(requests_that_are_wrong),
		TEST(what_enforces_nothing_changes_nothing),
		TEST(frames_that_are_wrong_end_the_connection),
		TEST(a_message_cut_in_half_is_answered),
		TEST(a_request_that_never_ends_is_given_up),
		TEST(strangers_are_refused_and_that_is_recorded),
		TEST(a_slow_peer_holds_nobody_up),
		cmocka_unit_test_setup_teardown(what_is_left_comes_as_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_leaves_meanwhile_is_forgotten, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
