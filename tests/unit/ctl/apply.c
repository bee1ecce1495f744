/* SPDX-License-Identifier: Apache-2.0 */
/* What policy apply sends: what was checked, and nothing when it is bad */
#include "program.h"

#define POLICY "version: 1\nroles:\n  clerk:\n    files:\n      - {allow: [read], on: [/etc/hosts]}\n"

static void take_policy(int connection)
{
	struct message *request = next_request(connection);
	char text[512] = "";
	int64_t size = 0;
	int fd = message_take_fd(request, 0);

	EXPECT(!strcmp(message_string(request, "verb"), "apply"));
	EXPECT(message_count(request, "files") == 1);
	EXPECT(message_string(request, "files.0")[0] == '/');
	EXPECT(strstr(message_string(request, "files.0"), "/good.yaml"));
	EXPECT(message_integer(request, "sizes.0", &size) && size == (int64_t)strlen(POLICY));
	EXPECT(fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) == size);
	EXPECT(!strcmp(text, POLICY));
	message_free(request);
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":3,\"digest\":\"00ff\","
		  "\"diagnostics\":\"good.yaml:3:3: warning: odd\\n\"}");
}

static void refuse_policy(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":65,\"message\":\"the policy has mistakes\","
		  "\"diagnostics\":\"assignments: error: no role\\n\"}");
}

static void sends_the_sources(void **state)
{
	const char *path = make_file("good.yaml", POLICY);
	static struct run run;
	pid_t pid = start_controller(take_policy, 2);

	(void)state;
	RUN(&run, "policy", "apply", path);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "version 3");
	assert_contains(run.err, "warning: odd");
	RUN(&run, "policy", "apply", path, "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "{\"applied\":true,\"version\":3,\"digest\":\"00ff\"}\n");
}

static void a_refusal_is_told(void **state)
{
	const char *path = make_file("good.yaml", POLICY);
	static struct run run;
	pid_t pid = start_controller(refuse_policy, 1);

	(void)state;
	RUN(&run, "policy", "apply", path);
	finish_controller(pid);
	assert_int_equal(run.code, 65);
	assert_string_equal(run.out, "");
	assert_contains(run.err, "the policy has mistakes");
	assert_contains(run.err, "error: no role");
}

static void bad_policy_is_not_sent(void **state)
{
	const char *path = make_file("bad.yaml", "version: 1\nrols: {}\n");
	static struct run run;

	(void)state;
	/* nobody listens: 69 would mean that it was tried */
	unlink(socket_path);
	RUN(&run, "policy", "apply", path);
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "bad.yaml:2:1");
	assert_contains(run.err, "nothing was applied");
	RUN(&run, "policy", "apply");
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_the_sources),
		cmocka_unit_test(a_refusal_is_told),
		cmocka_unit_test(bad_policy_is_not_sent),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
