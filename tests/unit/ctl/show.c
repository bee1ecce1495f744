/* SPDX-License-Identifier: Apache-2.0 */
/* The sources in force, as they were applied */
#include "program.h"

static const char text[] = "version: 1\n# a\tb\nroles: {}\n";

static void sources(int connection)
{
	struct message *request = next_request(connection), *final = NULL;
	int fd = memfd_create("sources", MFD_CLOEXEC);

	EXPECT(!strcmp(message_string(request, "verb"), "sources"));
	message_free(request);
	EXPECT(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	send_json(connection, "{\"record\":{\"file\":\"/etc/a.yaml\",\"size\":11}}");
	send_json(connection, "{\"record\":{\"file\":\"/etc/b.yaml\",\"size\":16}}");
	EXPECT(message_parse("{\"done\":true,\"exit\":0,\"version\":9}", 34, &final) == 0);
	EXPECT(message_add_fd(final, fd) == 0);
	EXPECT(message_send(connection, final) == 0);
	message_free(final);
}

static void sources_and_assignments(int connection)
{
	static int turn;

	if (turn++ % 2 == 0) {
		sources(connection);
		return;
	}
	message_free(next_request(connection));
	send_json(connection, "{\"record\":{\"subject\":\"user:alice\",\"role\":\"clerk\","
		  "\"until\":1767200400,\"origin\":\"command\"}}");
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void shows_files_byte_for_byte(void **state)
{
	static struct run run;
	pid_t pid = start_controller(sources_and_assignments, 4);

	(void)state;
	RUN(&run, "policy", "show");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "# policy version 9\n"
			    "# --- /etc/a.yaml\nversion: 1\n"
			    "# --- /etc/b.yaml\n# a\tb\nroles: {}\n"
			    "# --- assignments in force\n"
			    "#   user:alice -> clerk until 2025-12-31T17:00:00Z  (by command)\n");
	RUN(&run, "policy", "show", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "{\"version\":9,\"files\":["
			    "{\"file\":\"/etc/a.yaml\",\"text\":\"version: 1\\n\"},"
			    "{\"file\":\"/etc/b.yaml\",\"text\":\"# a\\tb\\nroles: {}\\n\"}],"
			    "\"assignments\":[{\"subject\":\"user:alice\",\"role\":\"clerk\","
			    "\"until\":1767200400,\"origin\":\"command\"}]}\n");
}

static void too_little(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"record\":{\"file\":\"/etc/a.yaml\",\"size\":11}}");
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":9}");
}

static void a_list_without_its_contents_is_refused(void **state)
{
	static struct run run;
	pid_t pid = start_controller(too_little, 1);

	(void)state;
	RUN(&run, "policy", "show");
	finish_controller(pid);
	assert_int_equal(run.code, 76);
	assert_string_equal(run.out, "");
}

static void good_image(int connection)
{
	message_free(next_request(connection));
	send_image(connection);
}

static void shows_the_image(void **state)
{
	struct message *answer = NULL;
	static struct run run;
	pid_t pid;

	(void)state;
	make_image("version: 1\nroles: {clerk: {files: [{allow: read, on: /etc/hosts}]}}\n");
	pid = start_controller(good_image, 2);
	RUN(&run, "policy", "show", "--image");
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "clerk");
	assert_contains(run.out, "/etc/hosts");
	RUN(&run, "policy", "show", "--image", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_int_equal(message_parse(run.out, strlen(run.out), &answer), 0);
	message_free(answer);
}

static void rubbish_image(int connection)
{
	struct message *request = next_request(connection), *final = NULL;
	int fd = memfd_create("image", MFD_CLOEXEC);

	EXPECT(!strcmp(message_string(request, "verb"), "image"));
	message_free(request);
	EXPECT(write(fd, text, sizeof(text)) == (ssize_t)sizeof(text));
	EXPECT(message_parse("{\"done\":true,\"exit\":0}", 22, &final) == 0);
	EXPECT(message_add_fd(final, fd) == 0);
	EXPECT(message_send(connection, final) == 0);
	message_free(final);
}

static void an_image_is_checked_before_it_is_shown(void **state)
{
	static struct run run;
	pid_t pid = start_controller(rubbish_image, 1);

	(void)state;
	RUN(&run, "policy", "show", "--image");
	finish_controller(pid);
	assert_int_equal(run.code, 70);
	assert_string_equal(run.out, "");
}

static void nothing_applied(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":0}");
}

static void a_machine_without_a_policy_says_so(void **state)
{
	static struct run run;
	pid_t pid = start_controller(nothing_applied, 2);

	(void)state;
	RUN(&run, "policy", "show");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "# no policy has been applied\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_without_a_policy_says_so),
		cmocka_unit_test(shows_files_byte_for_byte),
		cmocka_unit_test(a_list_without_its_contents_is_refused),
		cmocka_unit_test(shows_the_image),
		cmocka_unit_test(an_image_is_checked_before_it_is_shown),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
