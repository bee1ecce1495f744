/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations of denials: what they say is what the policy does, their advice what it takes */
#include "program.h"

/* @extra stands where the advice would be written */
#define POLICY(extra) \
	"version: 1\n" \
	"classes:\n" \
	"  books: {grade: restricted, protect: true, paths: [/srv/books/**]}\n" \
	"roles:\n" \
	"  clerk: {files: [{allow: [read, write], on: books}]}\n" \
	"  web:\n" \
	"    capabilities: [chown]\n" \
	extra \
	"  strict:\n" \
	"    files:\n" \
	"      - {allow: [read, write], on: [/srv/**]}\n" \
	"      - {deny: [write], on: [/srv/old/**], message: Closed, reason: FIN-1}\n" \
	"assignments:\n" \
	"  - {subject: \"user:0\", role: clerk}\n"

static struct run run;
static char event[6000];

static void serve(int connection)
{
	struct message *request = next_request(connection);
	const char *verb = message_string(request, "verb");

	if (!strcmp(verb, "image")) {
		send_image(connection);
	} else {
		EXPECT(!strcmp(verb, "events"));
		send_json(connection, event);
		send_json(connection, "{\"done\":true,\"exit\":0}");
	}
	message_free(request);
}

static const char *event_reason = "policy";

static void make_event(const char *operation, const char *role, const char *object, int version)
{
	assert_true(snprintf(event, sizeof(event),
		"{\"record\":{\"id\":\"aaaaaaaa-7\",\"seq\":7,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\","
		"\"verdict\":\"denied\",\"operation\":\"%s\",\"role\":\"%s\",\"subject\":{\"uid\":33},\"object\":%s,"
		"\"rule\":{\"file\":\"p.yaml\",\"line\":6},\"severity\":\"serious\",\"policy_version\":%d,\"count\":1,"
		"\"reason\":\"%s\"},\"text\":\"THE SENTENCE\"}", operation, role, object, version,
		event_reason) <
		(int)sizeof(event));
}

/* Two conversations: the event, then the image */
static void explain(const char *operation, const char *role, const char *object, int version)
{
	pid_t pid;

	make_event(operation, role, object, version);
	make_image(POLICY(""));
	pid = start_controller(serve, 2);
	RUN(&run, "explain", "aaaaaaaa-7");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_int_equal(strncmp(run.out, "THE SENTENCE\n", 13), 0);
}

static void a_denying_line_is_named(void **state)
{
	(void)state;
	explain("write", "strict", "{\"path\":\"/srv/old/a\",\"rights\":[\"write\"]}", 3);
	assert_contains(run.out, "    rule: p.yaml:6, policy version 3\n");
	assert_contains(run.out, "p.yaml:11: deny in role strict, on /srv/old/**: Closed (FIN-1)\n");
	assert_contains(run.out, "    may: unconfined\n");
	assert_contains(run.out, "to allow it: take it out of what ");
	assert_contains(run.out, "p.yaml:11 denies: a deny beats every allow\n");
}

/* What the role may by this path did not decide */
static void another_name_decided(void **state)
{
	(void)state;
	event_reason = "other-name";
	explain("write", "strict", "{\"path\":\"/srv/books/a\",\"rights\":[\"write\"]}", 3);
	event_reason = "policy";
	assert_contains(run.out, "    rule: p.yaml:6, other-name (the file has another hard link, by "
			"which it is closed), policy version 3\n");
	assert_contains(run.out, "    to allow it: allow it at every name of the file (find -samefile ");
	assert_null(strstr(run.out, "in role strict: files"));
}

#define IN(subject, kind, number) "{\"subject\":\"" subject "\",\"kind\":\"" kind "\",\"number\":" number "," \
	"\"id\":\"0\",\"since\":\"2026-03-01T10:00:00Z\",\"uid\":0,\"loginuid\":null}"

/* No line of the policy decided, and none would help */
static void a_quarantine_is_lifted_and_no_rule_written(void **state)
{
	static const char *const object = "{\"path\":\"/srv/books/a\",\"rights\":[\"read\"]}";

	(void)state;
	event_reason = "subject-in-quarantine";
	in_quarantine = "[" IN("pid:9", "pid", "9") "," IN("user:www", "user", "33") "]";
	explain("read", "none", object, 3);
	assert_contains(run.out, "subject-in-quarantine (the subject is in quarantine: it has no rights)");
	assert_contains(run.out, "    to allow it: `bailiwick release user:www`; in quarantine is user:www since "
			"2026-03-01T10:00:00Z, by uid 0\n");
	assert_lacks(run.out, "assign it a role");
	/* found in it by what it is no more */
	in_quarantine = "[" IN("pid:9", "pid", "9") "]";
	explain("read", "none", object, 3);
	assert_contains(run.out, "    to allow it: `bailiwick release` what it was in once, of these in force: "
			"pid:9 since ");
	in_quarantine = "[]";
	explain("read", "none", object, 3);
	assert_contains(run.out, "    to allow it: nothing more: that quarantine was lifted\n");
	event_reason = "quarantine";
	in_quarantine = "[{\"subject\":\"exe:/bin/x\",\"kind\":\"exe\",\"number\":0,\"id\":\"28ff78c0a7d93d7c\"}]";
	explain("exec", "web", "{\"path\":\"/bin/x\",\"rights\":[\"exec\"]}", 3);
	assert_contains(run.out, "    to allow it: `bailiwick release exe:/bin/x`; in quarantine is exe:/bin/x\n");
	event_reason = "policy";
	in_quarantine = NULL;
}

/* What is advised, written into the role, makes the question be answered with yes */
static const struct {
	const char *operation, *object;
	const char *advice;
	const char *can[2];
} cases[] = {
	{ "read", "{\"path\":\"/etc/shadow\",\"rights\":[\"read\"]}",
	  "files: [{allow: [read], on: [\"/etc/shadow\"]}]", { "read", "/etc/shadow" } },
	{ "write", "{\"path\":\"/a b/*[x]\\\\\\\"{y},#\",\"rights\":[\"write\"]}",
	  "files: [{allow: [write], on: [\"/a b/\\\\*\\\\[x\\\\]\\\\\\\\\\\"\\\\{y\\\\}\\\\,#\"]}]",
	  { "write", "/a b/*[x]\\\"{y},#" } },
	{ "read", "{\"path\":\"/srv/books/a\",\"rights\":[\"read\",\"list\"]}",
	  "files: [{allow: [read, list], on: [books]}]", { "read", "/srv/books/a" } },
	{ "net-connect", "{\"proto\":\"tcp\",\"address\":\"10.0.0.1\",\"port\":443}",
	  "network: [{connect: {to: [\"10.0.0.1\"], tcp: [443]}}]", { "connect", "tcp 10.0.0.1:443" } },
	{ "net-send", "{\"proto\":\"udp\",\"address\":\"fd00::1\",\"port\":53}",
	  "network: [{connect: {to: [\"fd00::1\"], udp: [53]}}]", { "send", "udp [fd00::1]:53" } },
	{ "net-bind", "{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":80}",
	  "network: [{bind: {to: [\"0.0.0.0\"], tcp: [80]}}]", { "bind", "tcp 0.0.0.0:80" } },
	{ "net-listen", "{\"proto\":\"tcp\",\"address\":\"::\",\"port\":80}",
	  "network: [{bind: {to: [\"::\"], tcp: [80]}}]", { "listen", "tcp [::]:80" } },
	{ "net-accept", "{\"proto\":\"tcp\",\"address\":\"::\",\"port\":80}",
	  "network: [{bind: {to: [\"::\"], tcp: [80]}}]", { "accept", "tcp [::]:80" } },
	{ "net-accept", "{\"proto\":\"tcp\",\"address\":\"10.0.0.1\",\"port\":80,\"comes\":true}",
	  "network: [{accept: {to: [\"10.0.0.1\"], tcp: [80]}}]", { "accept", "tcp 10.0.0.1:80" } },
	{ "capability", "{\"capability\":\"net_raw\"}", "capabilities: [net_raw]",
	  { "capability", "net_raw" } },
	{ "privilege", "{\"privilege\":\"mount\"}", "privileges: [mount]", { "privilege", "mount" } },
	{ "socket", "{\"family\":\"packet\"}", "families: [packet]", { "family", "packet" } },
};

static void what_is_advised_is_what_it_takes(void **state)
{
	char text[600], policy[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		explain(cases[i].operation, "web", cases[i].object, 3);
		snprintf(text, sizeof(text), "    to allow it: in role web: %s\n", cases[i].advice);
		assert_contains(run.out, text);
		/* the role has one line of each kind at most */
		snprintf(policy, sizeof(policy), POLICY("    %s\n"), cases[i].advice);
		if (!strncmp(cases[i].advice, "capabilities", 12)) {
			char *line = strstr(policy, "    capabilities: [chown]\n");

			memset(line, ' ', strlen("    capabilities: [chown]"));
		}
		RUN(&run, "can", "role:web", cases[i].can[0], cases[i].can[1], "--policy",
		    make_file("new.yaml", policy));
		if (run.code)
			fail_msg("%s: %d\n%s%s", cases[i].advice, run.code, run.out, run.err);
		RUN(&run, "can", "role:web", cases[i].can[0], cases[i].can[1], "--policy",
		    make_file("old.yaml", POLICY("")));
		assert_int_equal(run.code, 1);
	}
}

static void who_may_is_listed(void **state)
{
	(void)state;
	explain("read", "web", "{\"path\":\"/srv/books/a\",\"rights\":[\"read\"]}", 3);
	assert_contains(run.out, "    may: clerk, strict\n");
	explain("capability", "strict", "{\"capability\":\"chown\"}", 3);
	assert_contains(run.out, "    may: web, unconfined\n");
	explain("read", "none", "{\"path\":\"/etc/x\",\"rights\":[\"read\"]}", 3);
	assert_contains(run.out, "    to allow it: assign it a role that may\n");
}

static void an_older_policy_is_told_from_the_one_in_force(void **state)
{
	(void)state;
	explain("write", "strict", "{\"path\":\"/srv/new/a\",\"rights\":[\"write\"]}", 2);
	assert_contains(run.out, "policy version 2 (what follows is of version 3, in force now)\n");
	assert_contains(run.out, "    to allow it: nothing more: the policy in force allows it\n");
	explain("write", "gone", "{\"path\":\"/srv/new/a\",\"rights\":[\"write\"]}", 2);
	assert_contains(run.out, "the policy in force has no such role\n");
}

static void what_no_right_opens_is_said(void **state)
{
	(void)state;
	explain("transition", "web", "{\"path\":\"/usr/bin/x\",\"role\":\"clerk\"}", 3);
	assert_contains(run.out, "to allow it: in role web: exec: {\"/usr/bin/x\": clerk}\n");
	explain("ptrace", "web", "{\"role\":\"clerk\"}", 3);
	assert_contains(run.out, "give web what clerk holds\n");
}

/* Whatever the event says: no byte of it acts, and nothing of it is believed */
static void events_that_mislead_are_harmless(void **state)
{
	static const char *const objects[] = {
		"null", "{}", "{\"path\":\"\"}", "{\"path\":\"relative\"}", "{\"path\":7}",
		"{\"path\":\"/\\u001b[2J\\u202e\",\"rights\":[\"read\"]}",
		"{\"path\":\"/x\",\"path_escaped\":\"%2f%ff%1b%00\",\"rights\":[\"read\"]}",
		"{\"path\":\"/x\",\"path_escaped\":\"%\",\"rights\":[\"nothing\"]}",
		"{\"path\":\"/x\",\"path_cut\":true,\"rights\":[\"read\"]}",
		"{\"proto\":\"\\u001b[2J\",\"address\":\"evil\",\"port\":99999}",
		"{\"capability\":\"\\u001b[2J\"}", "{\"privilege\":\"no\"}", "{\"family\":\"999\"}",
	};
	static const char *const operations[] = { "read", "net-connect", "capability", "\\u001b[2J", "dance",
						  "transition", "signal", "limit" };

	(void)state;
	for (size_t o = 0; o < sizeof(operations) / sizeof(*operations); o++)
		for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
			explain(operations[o], "web", objects[i], 3);
			assert_lacks(run.out, "\033");
			assert_lacks(run.out, "\xe2\x80\xae");
		}
}

static void programs_get_it_as_a_member(void **state)
{
	pid_t pid;

	(void)state;
	make_event("read", "web", "{\"path\":\"/srv/books/a\",\"rights\":[\"read\"]}", 3);
	make_image(POLICY(""));
	pid = start_controller(serve, 2);
	RUN(&run, "events", "--explain", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, ",\"explanation\":{\"policy_version\":3,\"role_known\":true,\"allowed_now\":false,"
			"\"lines\":[],\"who_may\":[\"clerk\",\"strict\"],\"quarantine\":null,\"to_allow\":[\"in role web: files: "
			"[{allow: [read], on: [books]}]\"]}}\n");
}

static void of_what_is_no_denial_there_is_nothing_to_explain(void **state)
{
	pid_t pid;

	(void)state;
	snprintf(event, sizeof(event), "{\"record\":{\"id\":\"aaaaaaaa-7\",\"seq\":7,\"kind\":\"lost\",\"count\":3},"
		 "\"text\":\"LOST\"}");
	pid = start_controller(serve, 2);
	RUN(&run, "events", "--explain");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "LOST\n");
	RUN(&run, "events", "--explain", "--json");
	finish_controller(pid);
	assert_contains(run.out, "\"explanation\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denying_line_is_named),
		cmocka_unit_test(another_name_decided),
		cmocka_unit_test(a_quarantine_is_lifted_and_no_rule_written),
		cmocka_unit_test(what_is_advised_is_what_it_takes),
		cmocka_unit_test(who_may_is_listed),
		cmocka_unit_test(an_older_policy_is_told_from_the_one_in_force),
		cmocka_unit_test(what_no_right_opens_is_said),
		cmocka_unit_test(events_that_mislead_are_harmless),
		cmocka_unit_test(programs_get_it_as_a_member),
		cmocka_unit_test(of_what_is_no_denial_there_is_nothing_to_explain),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
