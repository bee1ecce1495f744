// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/journald.c: fields that stay fields, and a catalogue that is complete */
#include <endian.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/readfile.h"
#include "tests/unit/sink/hostile.h"
#include "tests/unit/sink/peer.h"

static char path[64];

static int listen_as_journald(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(path, sizeof(path), "/tmp/journald-%d", (int)getpid());
	unlink(path);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The fields of a datagram as the protocol has it: "NAME=value;" each */
static const char *parse(const char *data, size_t size)
{
	static char all[1 << 17];
	size_t at = 0, n = 0;

	while (at < size) {
		const char *end = memchr(data + at, '\n', size - at);
		const char *equals = memchr(data + at, '=', (size_t)(end - data) - at);
		uint64_t length;

		assert_non_null(end);
		if (equals) {
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s;", (int)(end - data - (long)at),
					      data + at);
			at = (size_t)(end - data) + 1;
			continue;
		}
		memcpy(&length, end + 1, 8);
		length = le64toh(length);
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s=%.*s;", (int)(end - data - (long)at),
				      data + at, (int)length, end + 9);
		at = (size_t)(end + 9 - data) + length;
		assert_int_equal(data[at++], '\n');
	}
	return all;
}

static void fields_are_what_we_say(void **state)
{
	struct sink_options options = { 0 };
	struct buffer why = { 0 };
	static char got[1 << 17];
	int fd = listen_as_journald();
	void *journald;

	(void)state;
	strcpy(options.file, path);
	assert_int_equal(sink_journald.prepare(&options, &journald, &why), 0);
	assert_int_equal(sink_journald.open(journald, &why), 0);
	for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(i < HOSTILE_COUNT ? hostile_texts[i] : NULL);
		const char *all;
		ssize_t n;

		assert_int_equal(sink_journald.send(journald, &h.record, &why), 0);
		n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
		assert_true(n > 0);
		all = parse(got, (size_t)n);
		assert_harmless(all, strlen(all), "journald");
		assert_non_null(strstr(all, "PRIORITY=3;SYSLOG_IDENTIFIER=bailiwick;MESSAGE_ID="
				       "b1a17b1c4b0b4e6c9f00000000000000;BAILIWICK_CHAIN=abab"));
		assert_non_null(strstr(all, ";BAILIWICK_ID=01234567-42;"));
		hostile_done(&h);
	}
	close(fd);
	unlink(path);
	{
		struct hostile h = hostile_event("x");

		assert_true(sink_journald.send(journald, &h.record, &why) < 0);
		hostile_done(&h);
	}
	sink_journald.close(journald);
	assert_int_equal(sink_journald.open(journald, &why), -ENOENT);
	sink_journald.free(journald);
	buffer_done(&why);
}

#define UNIT "\"unit\":\"systemd-journald.service\""
#define EXE "\"exe\":\"/usr/lib/systemd/systemd-journald\""

/* What journald is denied because it was sent something, and what is none of that */
static void an_echo_is_not_sent(void **state)
{
	static const char *const sent[] = {
		"{\"kind\":\"denial\",\"operation\":\"ptrace\",\"subject\":{\"unit\":\"cron.service\"," EXE "}}",
		"{\"kind\":\"denial\",\"operation\":\"read\",\"subject\":{" UNIT "," EXE "}}",
		"{\"kind\":\"denial\",\"operation\":\"ptrace\",\"subject\":{" EXE "}}",
		"{\"kind\":\"denial\",\"operation\":\"ptrace\",\"subject\":{" UNIT ",\"exe\":\"/tmp/gdb\"}}",
		"{\"kind\":\"finding\",\"operation\":\"ptrace\",\"subject\":{" UNIT "," EXE "}}",
	};
	static const char echo[] = "{\"kind\":\"denial\",\"operation\":\"ptrace\",\"subject\":"
				   "{" UNIT "," EXE "}}";
	struct sink_record record = { .text = "", .json = echo, .json_size = sizeof(echo) - 1 };
	struct sink_options options = { 0 };
	struct buffer why = { 0 };
	static char got[4096];
	int fd = listen_as_journald();
	void *journald;

	(void)state;
	strcpy(options.file, path);
	assert_int_equal(sink_journald.prepare(&options, &journald, &why), 0);
	assert_int_equal(sink_journald.open(journald, &why), 0);
	assert_int_equal(sink_journald.send(journald, &record, &why), 0);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
	for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
		record.json = sent[i];
		record.json_size = strlen(sent[i]);
		assert_int_equal(sink_journald.send(journald, &record, &why), 0);
		assert_true(recv(fd, got, sizeof(got), MSG_DONTWAIT) > 0);
	}
	sink_journald.close(journald);
	sink_journald.free(journald);
	buffer_done(&why);
	close(fd);
	unlink(path);
}

static void every_kind_is_in_the_catalogue(void **state)
{
	char *text, line[64];
	size_t size;

	(void)state;
	assert_int_equal(readfile("userspace/sink/bailiwick.catalog", 1 << 20, &text, &size), READFILE_FINE);
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		snprintf(line, sizeof(line), "\n-- b1a17b1c4b0b4e6c9f00000000000%03x\nSubject: ", i);
		if (!strstr(text, line))
			fail_msg("%s", line);
	}
	free(text);
}

/* --- a real one ------------------------------------------------------------------- */

/*
 * In a mount namespace of its own: its /run is a directory of the test's, so it never
 * meets this machine's journal, and its catalogue is ours alone.
 *
 *   DIRECTORY/run -> /run    DIRECTORY/log -> /var/log    DIRECTORY/{source,database} -> catalogue
 */
#define INSIDE "exec unshare -m sh -ec 'cd %s; for d in run:/run log:/var/log source:/usr/lib/systemd/catalog " \
	"database:/var/lib/systemd/catalog; do mount --bind ${d%%%%:*} ${d#*:}; done; %s'"

static pid_t real_journald(void)
{
	char command[1024];
	pid_t pid;

	shell("cd %s && mkdir -p run/systemd/journal run/systemd/journald.conf.d log source database && "
	      "printf '[Journal]\\nStorage=volatile\\nAudit=no\\nReadKMsg=no\\nForwardToSyslog=no\\n"
	      "RateLimitBurst=0\\n' >run/systemd/journald.conf.d/test.conf", directory);
	shell("cp userspace/sink/bailiwick.catalog %s/source/", directory);
	snprintf(command, sizeof(command), INSIDE, directory, "exec /lib/systemd/systemd-journald");
	pid = spawn((char *[]){ "sh", "-c", command, NULL });
	for (double until = seconds() + LONG; seconds() < until; usleep(20000)) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0), r;

		snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/systemd/journal/socket", directory);
		r = connect(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
		if (r == 0)
			return pid;
	}
	fail_msg("no journald: %s", command);
	return -1;
}

static void end_journald(pid_t pid)
{
	/* the shell became unshare, which became journald */
	end(pid, SIGTERM);
	shell("rm -f %s/run/systemd/journal/socket", directory);
}

static int lines_of(const char *text)
{
	int n = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

/* What it has, as JSON lines, once there are so many */
static char *journal_has(int entries)
{
	for (double until = seconds() + LONG;;) {
		char *text;

		shell("journalctl -q --no-pager -D %s/run/log/journal -t bailiwick -o json >%s/entries", directory,
		      directory);
		text = slurp("entries");
		if (lines_of(text) >= entries || seconds() > until)
			return text;
		free(text);
		run_for(0.1);
	}
}

static bool may_mount(void **state)
{
	(void)state;
	return system("unshare -m mount -t tmpfs none /mnt 2>/dev/null") == 0;
}

static void a_real_one_has_every_event(void **state)
{
	char *text;
	pid_t pid;

	if (!may_mount(state))
		skip();
	start_recorder(NULL);
	configure("[sink journal]\nTYPE=journald\nFILE=@/run/systemd/journal/socket\nRETRY_MAX=1\n");
	record(200);
	start_sinks();
	for (double until = seconds() + LONG; !*status_of(0).error && seconds() < until;)
		run_for(0.02);
	assert_non_null(strstr(status_of(0).error, "No such file or directory"));
	pid = real_journald();
	assert_true(run_until_delivered(0));
	assert_true(status_of(0).recovered);
	text = journal_has(200);
	assert_each(text, 1, 200, 1, 1);
	assert_non_null(strstr(text, "\"BAILIWICK_KIND\":\"module\""));
	free(text);
	end_journald(pid);
	record(50);
	pid = real_journald();
	assert_true(run_until_delivered(0));
	text = journal_has(250);
	assert_each(text, 1, 250, 1, 1);
	free(text);
	end_journald(pid);
}

static struct message *entry(const char *text, size_t number)
{
	struct message *message = NULL;

	while (number--)
		text = strchr(text, '\n') + 1;
	assert_int_equal(message_parse(text, strcspn(text, "\n"), &message), 0);
	return message;
}

/* Bytes of a stranger make no field, no second entry, and nothing that is not text */
static void a_real_one_has_what_we_meant(void **state)
{
	struct sink_options options = { 0 };
	struct buffer why = { 0 };
	void *journald;
	char *text;
	pid_t pid;

	if (!may_mount(state))
		skip();
	pid = real_journald();
	snprintf(options.file, sizeof(options.file), "%s/run/systemd/journal/socket", directory);
	assert_int_equal(sink_journald.prepare(&options, &journald, &why), 0);
	assert_int_equal(sink_journald.open(journald, &why), 0);
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(hostile_texts[i]);

		assert_int_equal(sink_journald.send(journald, &h.record, &why), 0);
		hostile_done(&h);
	}
	sink_journald.free(journald);
	assert_true(sd_event_new(&loop) >= 0);
	text = journal_has((int)HOSTILE_COUNT);
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		struct message *message = entry(text, i);
		const char *shown = message_string(message, "BAILIWICK_PATH");

		/* what is no UTF-8 journalctl would give as numbers */
		assert_non_null(message_string(message, "MESSAGE"));
		assert_non_null(shown);
		assert_harmless(shown, strlen(shown), "journald");
		assert_string_equal(message_string(message, "BAILIWICK_ID"), "01234567-42");
		assert_string_equal(message_string(message, "MESSAGE_ID"), "b1a17b1c4b0b4e6c9f00000000000000");
		assert_string_equal(message_string(message, "PRIORITY"), "3");
		assert_false(message_has(message, "injected"));
		message_free(message);
	}
	assert_int_equal(lines_of(text), HOSTILE_COUNT);
	free(text);
	loop = sd_event_unref(loop);
	/* with the catalogue of this tree alone */
	shell(INSIDE, directory, "journalctl --update-catalog; "
	      "journalctl -q --no-pager -D run/log/journal -t bailiwick -x -n 1 >explained");
	text = slurp("explained");
	if (!strstr(text, "Subject: A denial") || !strstr(text, "Defined-By: Bailiwick"))
		fail_msg("%s", text);
	free(text);
	end_journald(pid);
	buffer_done(&why);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sinking_set_up, sinking_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_what_we_say),
		cmocka_unit_test(an_echo_is_not_sent),
		cmocka_unit_test(every_kind_is_in_the_catalogue),
		TEST(a_real_one_has_every_event),
		TEST(a_real_one_has_what_we_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
