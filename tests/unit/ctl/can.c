/* SPDX-License-Identifier: Apache-2.0 */
/* can: the answer, the line that says so, the exit code */
#include "base/hash64.h"
#include "program.h"

#define POLICY \
	"version: 1\n" \
	"classes:\n" \
	"  books: {grade: restricted, protect: true, paths: [/srv/books/**]}\n" \
	"roles:\n" \
	"  clerk:\n" \
	"    files:\n" \
	"      - {allow: [read, write], on: books}\n" \
	"      - {deny: [write], on: [/srv/books/old/**], severity: serious,\n" \
	"         message: Closed books, reason: FIN-1}\n" \
	"    network:\n" \
	"      - connect: {to: [10.0.0.0/8], tcp: [5432]}\n" \
	"    capabilities: [net_bind_service]\n" \
	"    privileges: [mount]\n" \
	"  guard: {mode: audit}\n" \
	"assignments:\n" \
	"  - {subject: \"user:0\", role: clerk}\n" \
	"  - {subject: \"unit:x.service\", role: guard}\n"

static struct run run;

static void ask(const char *subject, const char *action, const char *object, int code)
{
	RUN(&run, "can", subject, action, object, "--policy", make_file("p.yaml", POLICY));
	if (run.code != code)
		fail_msg("%s %s %s: exit %d, not %d\n%s%s", subject, action, object, run.code, code,
			 run.out, run.err);
}

static void yes_names_the_line(void **state)
{
	(void)state;
	ask("role:clerk", "read", "/srv/books/a", 0);
	assert_int_equal(strncmp(run.out, "yes: ", 5), 0);
	assert_contains(run.out, "p.yaml:7: allow on /srv/books/** of class books (role clerk)");
	assert_contains(run.out, "class books (restricted, protected)");
}

static void no_names_the_line_and_its_message(void **state)
{
	(void)state;
	ask("role:clerk", "write", "/srv/books/old/a", 1);
	assert_int_equal(strncmp(run.out, "no: ", 4), 0);
	assert_contains(run.out, "p.yaml:8: deny on /srv/books/old/**");
	assert_contains(run.out, "Closed books");
	assert_contains(run.out, "FIN-1");
	assert_contains(run.out, "serious");
}

static void no_rule_is_a_reason_too(void **state)
{
	(void)state;
	ask("role:clerk", "read", "/etc/shadow", 1);
	assert_contains(run.out, "no rule of its roles allows it");
	assert_contains(run.out, "p.yaml:5: role clerk");
}

static void subjects_come_from_the_assignments(void **state)
{
	(void)state;
	ask("user:root", "read", "/srv/books/a", 0);
	assert_contains(run.out, "row clerk");
	ask("user:54321", "read", "/etc/passwd", 0);
	assert_contains(run.out, "by default");
	assert_contains(run.out, "unconfined");
	/* protected classes are closed to the unconfined too */
	ask("user:54321", "read", "/srv/books/a", 1);
	assert_contains(run.out, "protected");
	ask("role:none", "read", "/etc/passwd", 1);
}

static void network_capabilities_and_doors(void **state)
{
	(void)state;
	ask("role:clerk", "connect", "tcp 10.1.2.3:5432", 0);
	assert_contains(run.out, "p.yaml:11: allow");
	ask("role:clerk", "connect", "tcp 10.1.2.3:22", 1);
	ask("role:clerk", "connect", "tcp [::ffff:10.1.2.3]:5432", 0);
	ask("role:clerk", "bind", "tcp 0.0.0.0:80", 1);
	ask("role:clerk", "capability", "net_bind_service", 0);
	ask("role:clerk", "capability", "sys_admin", 1);
	ask("role:clerk", "privilege", "mount", 0);
	ask("role:clerk", "privilege", "bpf", 1);
	/* the peer may come as two words */
	RUN(&run, "can", "role:clerk", "connect", "tcp", "10.1.2.3:5432", "-p",
	    make_file("p.yaml", POLICY));
	assert_int_equal(run.code, 0);
}

static void a_mode_that_lets_pass_is_said(void **state)
{
	(void)state;
	ask("unit:x.service", "read", "/etc/passwd", 1);
	assert_contains(run.out, "NOT ENFORCED: mode audit lets it pass");
}

static void json_says_the_same(void **state)
{
	struct message *answer = NULL;
	int64_t line = 0;

	(void)state;
	RUN(&run, "can", "--json", "role:clerk", "write", "/srv/books/old/a", "-p",
	    make_file("p.yaml", POLICY));
	assert_int_equal(run.code, 1);
	assert_int_equal(message_parse(run.out, strlen(run.out), &answer), 0);
	assert_true(message_has(answer, "allowed"));
	assert_false(message_boolean(answer, "allowed"));
	assert_string_equal(message_string(answer, "rules.0.reason"), "FIN-1");
	assert_true(message_integer(answer, "rules.0.line", &line));
	assert_int_equal(line, 8);
	assert_string_equal(message_string(answer, "class.grade"), "restricted");
	assert_string_equal(message_string(answer, "severity"), "serious");
	message_free(answer);
}

static void give_image(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!strcmp(message_string(request, "verb"), "image"));
	message_free(request);
	send_image(connection);
}

/* Of the policy in force the path is what this machine sees: without symbolic links. */
static void the_policy_in_force_is_asked_by_canonical_path(void **state)
{
	char link[128], real[128], policy[512];
	pid_t pid;

	(void)state;
	make_file("real", "");
	snprintf(real, sizeof(real), "%s/real", here);
	snprintf(link, sizeof(link), "%s/link", here);
	assert_int_equal(symlink("real", link), 0);
	snprintf(policy, sizeof(policy), "version: 1\nroles: {clerk: {files: [{allow: [read], "
		 "on: %s}, {allow: [delete, create], on: [%s, %s/new]}]}}\n", real, link, here);
	make_image(policy);
	pid = start_controller(give_image, 5);
	RUN(&run, "can", "role:clerk", "read", link);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "which is ");
	RUN(&run, "can", "role:clerk", "read", real);
	assert_int_equal(run.code, 0);
	/* these rights are about the name itself */
	RUN(&run, "can", "role:clerk", "delete", link);
	assert_int_equal(run.code, 0);
	RUN(&run, "can", "role:clerk", "delete", real);
	assert_int_equal(run.code, 1);
	snprintf(link, sizeof(link), "%s/new", here);
	RUN(&run, "can", "role:clerk", "create", link);
	finish_controller(pid);
	assert_int_equal(run.code, 0);
}

/* --- quarantine ----------------------------------------------------------------------- */

static void ask_in_force(const char *subject, const char *action, const char *object, int code)
{
	pid_t pid = start_controller(give_image, 1);

	RUN(&run, "can", subject, action, object);
	finish_controller(pid);
	if (run.code != code)
		fail_msg("%s %s %s: exit %d, not %d\n%s%s", subject, action, object, run.code, code,
			 run.out, run.err);
}

/* What it is known by, not what it was called */
static void put_in(const char *subject, const char *kind, uint32_t number, const char *name)
{
	static char text[400];

	snprintf(text, sizeof(text), "[{\"subject\":\"pid:7\",\"kind\":\"pid\",\"number\":7,\"id\":\"0\"},"
		 "{\"subject\":\"%s\",\"kind\":\"%s\",\"number\":%u,\"id\":\"%016llx\","
		 "\"since\":\"2026-03-01T10:20:30Z\",\"uid\":0,\"loginuid\":1000}]", subject, kind, number,
		 name ? (unsigned long long)hash64(name, strlen(name)) : 0ull);
	in_quarantine = text;
}

static void who_is_in_quarantine_may_not(void **state)
{
	struct message *answer = NULL;
	pid_t pid;

	(void)state;
	make_image(POLICY);
	put_in("user:root", "user", 0, NULL);
	ask_in_force("user:0", "read", "/srv/books/a", 1);
	assert_contains(run.out, "no: user:0 (row none) read /srv/books/a\n  it is in quarantine: user:root "
			"since 2026-03-01T10:20:30Z, by uid 0 (login uid 1000)\n  until `bailiwick "
			"release` it has no rights; its row would be clerk\n");
	assert_contains(run.out, "(subject-in-quarantine)");
	ask_in_force("user:root", "connect", "tcp 10.0.0.1:5432", 1);
	ask_in_force("user:root", "capability", "net_bind_service", 1);
	/* of whom no rule is about, too, watched or not; and nobody else */
	ask_in_force("user:1", "read", "/etc/passwd", 0);
	ask_in_force("role:clerk", "read", "/srv/books/a", 0);
	put_in("user:bin", "user", 2, NULL);
	ask_in_force("user:2", "read", "/etc/passwd", 1);
	assert_contains(run.out, "its row would be unconfined");
	put_in("unit:x.service", "unit", 0, "x.service");
	ask_in_force("unit:x.service", "read", "/etc/passwd", 1);
	assert_lacks(run.out, "NOT ENFORCED");
	ask_in_force("unit:y.service", "read", "/etc/passwd", 0);
	put_in("unit:a.slice", "unit", 0, "a.slice");
	ask_in_force("unit:a-b-c.slice", "read", "/etc/passwd", 1);
	ask_in_force("unit:ab-c.slice", "read", "/etc/passwd", 0);
	put_in("exe:/bin/x", "exe", 0, "/bin/x");
	ask_in_force("exe:/bin/x", "read", "/etc/passwd", 1);
	ask_in_force("exe:/bin/y", "read", "/etc/passwd", 0);
	/* files of a policy know nothing of it */
	put_in("user:root", "user", 0, NULL);
	ask("user:root", "read", "/srv/books/a", 0);
	pid = start_controller(give_image, 1);
	RUN(&run, "can", "--json", "user:root", "read", "/srv/books/a");
	finish_controller(pid);
	assert_int_equal(run.code, 1);
	assert_int_equal(message_parse(run.out, strlen(run.out), &answer), 0);
	assert_string_equal(message_string(answer, "reason"), "subject-in-quarantine");
	assert_string_equal(message_string(answer, "quarantine.subject"), "user:root");
	assert_string_equal(message_string(answer, "quarantine.since"), "2026-03-01T10:20:30Z");
	message_free(answer);
	in_quarantine = NULL;
}

/* Whatever a role says, and one that is only watched */
static void nobody_runs_a_program_in_quarantine(void **state)
{
	char program[128];

	(void)state;
	snprintf(program, sizeof(program), "%s", make_file("suspect", ""));
	make_image(POLICY);
	put_in("exe:/suspect", "exe", 0, program);
	ask_in_force("user:1", "exec", program, 1);
	assert_contains(run.out, "nobody runs it, it is in quarantine: exe:/suspect since ");
	assert_contains(run.out, "a denial is serious (quarantine)");
	ask_in_force("unit:x.service", "exec", program, 1);
	assert_lacks(run.out, "NOT ENFORCED");
	ask_in_force("user:1", "read", program, 0);
	in_quarantine = "[]";
	ask_in_force("user:1", "exec", program, 0);
	in_quarantine = NULL;
}

static void questions_that_make_no_sense(void **state)
{
	(void)state;
	ask("role:clerk", "reed", "/etc/passwd", 64);
	ask("role:clerk", "read", "relative", 64);
	ask("role:clerk", "connect", "tcp 10.0.0.1", 64);
	ask("role:clerk", "capability", "everything", 64);
	ask("clerk", "read", "/etc/passwd", 64);
	ask("role:clrek", "read", "/etc/passwd", 65);
	assert_contains(run.err, "did you mean 'role:clerk'?");
	ask("user:no-such-user-here", "read", "/etc/passwd", 67);
	RUN(&run, "can", "role:clerk", "read", "/x", "-p", make_file("bad.yaml", "version: 2\n"));
	assert_int_equal(run.code, 65);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yes_names_the_line),
		cmocka_unit_test(no_names_the_line_and_its_message),
		cmocka_unit_test(no_rule_is_a_reason_too),
		cmocka_unit_test(subjects_come_from_the_assignments),
		cmocka_unit_test(network_capabilities_and_doors),
		cmocka_unit_test(a_mode_that_lets_pass_is_said),
		cmocka_unit_test(json_says_the_same),
		cmocka_unit_test(the_policy_in_force_is_asked_by_canonical_path),
		cmocka_unit_test(who_is_in_quarantine_may_not),
		cmocka_unit_test(nobody_runs_a_program_in_quarantine),
		cmocka_unit_test(questions_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
