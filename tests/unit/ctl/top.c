/* SPDX-License-Identifier: Apache-2.0 */
/* top: in batches, and on a real terminal (tmux) that strangers' names must not act on */
#include "denial.h"

#include <sys/stat.h>

#define ALICE "{\"user\":\"alice\",\"loginuid\":1000,\"uid\":1000}"
#define SHADOW "{\"path\":\"/etc/shadow\"}"
#define PATIENCE 30		/* seconds until what is drawn must be there */

static struct run run;

static void history(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!strcmp(message_string(request, "verb"), "events"));
	EXPECT(!message_boolean(request, "follow"));
	message_free(request);
	send_denial(connection, 1, "ordinary", ALICE, SHADOW, 5);
	send_denial(connection, 2, "serious", "{\"uid\":33,\"unit\":\"nginx.service\"}",
		    "{\"proto\":\"tcp\",\"address\":\"fd00::1\",\"port\":22}", 2);
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void one_picture_without_a_terminal(void **state)
{
	pid_t pid = start_controller(history, 2);

	(void)state;
	RUN(&run, "top", "-b", "-n", "1");
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "7 denials in 2 events\n");
	assert_contains(run.out, "   COUNT      %  ROLE\n       7  100.0  web\n");
	assert_contains(run.out, "   COUNT      %  SUBJECT\n       5   71.4  alice\n       2   28.6  nginx.service\n");
	assert_contains(run.out, "   COUNT      %  OBJECT\n       5   71.4  /etc/shadow\n       2   28.6  tcp [fd00::1]:22\n");
	RUN(&run, "top", "--json", "-n", "1");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "{\"denials\":7,");
	assert_contains(run.out, "\"subject\":[{\"name\":\"alice\",\"count\":5,\"at_least\":5},");
}

/* History, then a stream that repeats it and goes on until the other side has had enough */
static void history_and_stream(int connection)
{
	static int round;
	char rest;

	if (round++ == 0) {
		history(connection);
		return;
	}
	message_free(next_request(connection));
	for (int i = 1; i <= 2; i++)
		send_denial(connection, i, "ordinary", ALICE, SHADOW, 5);
	send_denial(connection, 3, "special", ALICE, SHADOW, 1000);
	while (recv(connection, &rest, 1, 0) > 0)
		;
}

static void what_comes_is_counted_once(void **state)
{
	pid_t pid = start_controller(history_and_stream, 2);

	(void)state;
	/* the second picture comes after a second: time enough for three frames */
	RUN(&run, "top", "-b", "-n", "2", "-d", "1");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "\n\n1007 denials in 3 events\n");
	assert_contains(run.out, "    1005   99.8  alice\n");
}

static void without_a_terminal_it_says_what_to_do(void **state)
{
	(void)state;
	RUN(&run, "top");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "this is none");
	assert_contains(run.err, "top -b -n 1");
	assert_string_equal(run.out, "");
}

static void a_controller_that_is_away_is_said(void **state)
{
	(void)state;
	unlink(socket_path);
	RUN(&run, "top", "-b", "-n", "1");
	assert_int_equal(run.code, 69);
}

/* --- on a terminal -------------------------------------------------------------------- */

static char screen[1 << 16];

/* A command for the test's own tmux; what it prints is in `screen` */
static int tmux(const char *arguments)
{
	char command[1400];
	FILE *out;

	snprintf(command, sizeof(command), "TERM=xterm tmux -u -S %s/tmux -f /dev/null %s 2>&1", here, arguments);
	out = popen(command, "r");
	assert_non_null(out);
	screen[fread(screen, 1, sizeof(screen) - 1, out)] = '\0';
	return pclose(out);
}

static bool shows(const char *text)
{
	tmux("capture-pane -p -t t");
	return strstr(screen, text) != NULL;
}

static void wait_for(const char *text)
{
	time_t end = time(NULL) + PATIENCE;

	while (!shows(text)) {
		if (time(NULL) > end)
			fail_msg("\"%s\" does not appear in:\n%s", text, screen);
		usleep(50000);
	}
}

/* On a screen of its own, with a shell behind it that says how it ended */
static void open_top(const char *size)
{
	char *path = realpath(program_path(), NULL), command[1000];

	assert_non_null(path);
	snprintf(command, sizeof(command), "new-session -d -s t -x %s \"sh -c 'trap : INT; echo BEFORE; %s --socket %s "
		 "top -d 0.2; echo ENDED \\$?; stty -a | grep -o -- \\\"[-]*icanon\\\"; exec cat'\"",
		 size, path, socket_path);
	free(path);
	if (tmux(command))
		fail_msg("tmux: %s", screen);
}

static void close_top(void)
{
	tmux("kill-server");
}

static size_t widest(void)
{
	size_t most = 0;

	for (const char *line = screen; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t size = strcspn(line, "\n");

		if (size > most)
			most = size;
	}
	return most;
}

static void it_draws_resizes_and_gives_the_terminal_back(void **state)
{
	pid_t pid = start_controller(history_and_stream, 2);
	time_t end = time(NULL) + PATIENCE;

	(void)state;
	open_top("100 -y 30");
	wait_for("    1005 ");
	assert_true(shows("bailiwick top - h  1007 denials since "));
	assert_contains(screen, "5 ordinary, 2 serious, 1000 special  [q]uit [c]lear");
	assert_contains(screen, "   COUNT      /s  ROLE");
	assert_contains(screen, "   COUNT      /s  SUBJECT");
	assert_contains(screen, "   COUNT      /s  OBJECT");
	assert_contains(screen, "tcp [fd00::1]:22");
	assert_lacks(screen, "BEFORE");
	tmux("set -g window-size manual");
	tmux("resize-window -t t -x 44 -y 12");
	do {
		wait_for("bailiwick top");
		assert_true(time(NULL) < end);
	} while (widest() > 46);		/* an ellipsis is three bytes */
	assert_true(shows("…"));
	assert_contains(screen, "   COUNT      /s  OBJECT");
	tmux("send-keys -t t c");
	wait_for(" 0 denials");
	tmux("send-keys -t t q");
	wait_for("ENDED 0");
	wait_for("icanon");
	assert_lacks(screen, "-icanon");
	assert_contains(screen, "BEFORE");
	close_top();
	finish_controller(pid);
}

static void interrupted_it_gives_the_terminal_back_too(void **state)
{
	pid_t pid = start_controller(history_and_stream, 2);

	(void)state;
	open_top("80 -y 24");
	wait_for("    1005 ");
	tmux("send-keys -t t C-c");
	wait_for("ENDED 0");
	wait_for("icanon");
	assert_lacks(screen, "-icanon");
	assert_contains(screen, "BEFORE");
	close_top();
	finish_controller(pid);
}

#define LONG 4000

/* Names as bad as they can be: none may move the cursor, retitle, ring, or break a line */
static void evil(int connection)
{
	static char name[LONG + 32], object[LONG + 64];
	static int round;
	char rest;

	message_free(next_request(connection));
	if (round++ == 0) {
		send_denial(connection, 1, "serious",
			    "{\"user\":\"\\u001b]0;TITLE\\u0007\\u001b[31mred\\u001b[2J\",\"loginuid\":7,\"uid\":7}",
			    "{\"path\":\"/x\\u001b[10;10HMOVED\\r\\n\\b\\u009b2J\\u202eesrever\\ufffd\"}", 300);
		memset(name, 'w', LONG);
		snprintf(object, sizeof(object), "{\"path\":\"/%s\"}", name);
		send_denial(connection, 2, "serious", "{\"uid\":8}", object, 200);
		for (size_t i = 0; i + 3 <= LONG; i += 3)
			memcpy(name + i, "\xe6\xbc\xa2", 3);	/* two columns each */
		name[LONG / 3 * 3] = '\0';
		snprintf(object, sizeof(object), "{\"path\":\"/%s\"}", name);
		send_denial(connection, 3, "serious", "{\"uid\":9}", object, 100);
		send_json(connection, "{\"done\":true,\"exit\":0}");
	} else {
		while (recv(connection, &rest, 1, 0) > 0)
			;
	}
}

static void evil_names_do_nothing(void **state)
{
	pid_t pid = start_controller(evil, 2);

	(void)state;
	open_top("90 -y 26");
	wait_for("     100 ");
	assert_true(shows("<U+001B>]0;TITLE<U+0007><U+001B>[31mred<U+001B>[2J"));
	assert_contains(screen, "/x<U+001B>[10;10HMOVED<U+000D><U+000A><U+0008>");
	assert_contains(screen, "wwwwwwww…\n");
	assert_contains(screen, "漢漢漢");
	assert_contains(screen, "   COUNT      /s  OBJECT");
	/* each in one line, none in another's: the picture is as many lines as the terminal */
	assert_int_equal(strncmp(screen, "bailiwick top - h  600 denials", 30), 0);
	tmux("display-message -p -t t '#{pane_title}'");
	assert_lacks(screen, "TITLE");
	tmux("send-keys -t t q");
	wait_for("ENDED 0");
	close_top();
	finish_controller(pid);
}

static int kill_tmux(void **state)
{
	(void)state;
	close_top();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_picture_without_a_terminal),
		cmocka_unit_test(what_comes_is_counted_once),
		cmocka_unit_test(without_a_terminal_it_says_what_to_do),
		cmocka_unit_test(a_controller_that_is_away_is_said),
		cmocka_unit_test_teardown(it_draws_resizes_and_gives_the_terminal_back, kill_tmux),
		cmocka_unit_test_teardown(interrupted_it_gives_the_terminal_back_too, kill_tmux),
		cmocka_unit_test_teardown(evil_names_do_nothing, kill_tmux),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
