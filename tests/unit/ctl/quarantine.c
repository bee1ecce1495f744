/* SPDX-License-Identifier: Apache-2.0 */
/* What quarantine and release ask of the controller, and what they refuse to ask */
#include "program.h"

#define DONE "{\"done\":true,\"exit\":0,\"version\":4,\"digest\":\"00\"}"

static const char *expected;

static void take(int connection)
{
	struct message *request = next_request(connection);
	int64_t uid = -1;

	EXPECT(!strcmp(message_string(request, "verb"), "quarantine"));
	EXPECT(!strcmp(message_string(request, "subject"), expected));
	EXPECT(message_has(request, "uid") == !strncmp(expected, "user:", 5));
	EXPECT(!message_has(request, "uid") || (message_integer(request, "uid", &uid) && uid == 0));
	message_free(request);
	send_json(connection, DONE);
}

static void give(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!strcmp(message_string(request, "verb"), "release"));
	EXPECT(!strcmp(message_string(request, "subject"), "user:nobody-here"));
	EXPECT(!message_has(request, "uid"));
	message_free(request);
	send_json(connection, DONE);
}

static void refuse(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":77,\"message\":\"by two\"}");
}

static void asks_for(const char *typed, const char *sent)
{
	static struct run run;
	pid_t pid;

	expected = sent;
	pid = start_controller(take, 1);
	RUN(&run, "quarantine", typed);
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "has no rights until");
}

static void every_kind(void **state)
{
	char real[PATH_MAX], link[128], typed[160], sent[PATH_MAX + 8];

	(void)state;
	asks_for("user:root", "user:root");
	asks_for("user:0", "user:0");
	asks_for("unit:nginx.service", "unit:nginx.service");
	asks_for("pid:4711", "pid:4711");
	/* by the one name of what is run */
	assert_non_null(realpath("/proc/self/exe", real));
	snprintf(link, sizeof(link), "%s/link", here);
	assert_int_equal(symlink(real, link), 0);
	snprintf(typed, sizeof(typed), "exe:%s", link);
	snprintf(sent, sizeof(sent), "exe:%s", real);
	asks_for(typed, sent);
}

static void mistakes(void **state)
{
	static const struct {
		const char *subject;
		int code;
		const char *says;
	} table[] = {
		{ "root", 64, "user:root" },
		{ "group:root", 64, "one by one" },
		{ "pid:", 64, "number of a process" },
		{ "pid:0", 64, "number of a process" },
		{ "pid:-1", 64, "number of a process" },
		{ "pid:1x", 64, "number of a process" },
		{ "pid:99999999999", 64, "number of a process" },
		{ "unit:nginx", 64, "nginx.service" },
		{ "user:nobody-here", 67, "there is no user" },
		{ "exe:nginx", 64, "" },
		{ "exe:/usr/bin/*", 64, "one program at a time" },
		{ "exe:/nowhere/at/all", 66, "No such file" },
		{ "exe:/usr", 66, "regular file" },
	};
	static struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		RUN(&run, "quarantine", table[i].subject);
		assert_int_equal(run.code, table[i].code);
		assert_contains(run.err, table[i].says);
	}
	RUN(&run, "quarantine");
	assert_int_equal(run.code, 64);
	RUN(&run, "release", "user:root", "--write", "a", "--signed", "b");
	assert_int_equal(run.code, 64);
	RUN(&run, "quarantine", "user:root");
	assert_int_equal(run.code, 69);
}

static void release_takes_who_is_gone(void **state)
{
	static struct run run;
	pid_t pid = start_controller(give, 1);

	(void)state;
	RUN(&run, "release", "user:nobody-here");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "what the policy says");
	pid = start_controller(refuse, 1);
	RUN(&run, "release", "user:root");
	finish_controller(pid);
	assert_int_equal(run.code, 77);
	assert_contains(run.err, "by two");
	assert_contains(run.err, "--write FILE");
}

/* --- signatures -------------------------------------------------------------------- */

static const char bytes[] = "what is signed";

static void hand_out(int connection)
{
	struct message *request = next_request(connection), *final = message_new();
	int fd = memfd_create("lift", MFD_CLOEXEC);

	EXPECT(!strcmp(message_string(request, "verb"), "lift"));
	message_free(request);
	EXPECT(write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	message_set_boolean(final, "done", true);
	message_set_integer(final, "exit", 0);
	message_add_fd(final, fd);
	EXPECT(message_send(connection, final) == 0);
	message_free(final);
}

static void take_signed(int connection)
{
	struct message *request = next_request(connection);
	char got[64] = "";
	int fd = message_take_fd(request, 0);

	EXPECT(message_count(request, "signatures") == 1);
	EXPECT(!strcmp(message_string(request, "signatures.0"), "approver"));
	EXPECT(fd >= 0 && pread(fd, got, sizeof(got), 0) == sizeof(bytes));
	EXPECT(!memcmp(got, bytes, sizeof(bytes)));
	close(fd);
	message_free(request);
	send_json(connection, DONE);
}

static void what_two_sign(void **state)
{
	static struct run run;
	char file[128], signature[160];
	pid_t pid = start_controller(hand_out, 1);

	(void)state;
	snprintf(file, sizeof(file), "%s/lift", here);
	RUN(&run, "release", "user:root", "--write", file);
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	RUN(&run, "release", "user:root", "--signed", file);
	assert_int_equal(run.code, 77);
	snprintf(signature, sizeof(signature), "lift.approver.p7s");
	make_file(signature, "signature");
	pid = start_controller(take_signed, 1);
	RUN(&run, "release", "user:root", "--signed", file);
	finish_controller(pid);
	assert_int_equal(run.code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(release_takes_who_is_gone),
		cmocka_unit_test(what_two_sign),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
