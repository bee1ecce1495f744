// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/ocsf.c: each class has what OCSF 1.8.0 requires of it */
#include <bailiwick/vocab.h>

#include "tests/unit/sink/schema.h"

static struct message *converted(const char *json)
{
	struct sink_record record = { .time = 1767225600123456789u, .json = json, .json_size = strlen(json) };
	struct message *event = NULL;
	struct buffer out = { 0 };

	assert_int_equal(format_ocsf(&record, &out), 0);
	if (message_parse(out.data, out.size, &event) < 0)
		fail_msg("%s", out.data);
	buffer_done(&out);
	return event;
}

static int64_t number(const struct message *event, const char *path)
{
	int64_t value = -1;

	if (!message_integer(event, path, &value))
		fail_msg("%s is no number", path);
	return value;
}

#define SUBJECT "\"subject\":{\"user\":\"alice\",\"loginuid\":1000,\"uid\":0,\"pid\":7,\"comm\":\"cat\"," \
		"\"exe\":\"/bin/cat\"}"
#define DENIAL "{\"id\":\"a-1\",\"seq\":1,\"host\":\"h\",\"kind\":\"denial\",\"verdict\":\"denied\",\"count\":2," \
	       "\"severity\":\"serious\",\"role\":\"clerk\"," SUBJECT ","

struct expected {
	const char *json;
	int class, activity, severity;
	const char *required;		/* beside what all have, blanks between */
};

static const struct expected cases[] = {
	{ DENIAL "\"operation\":\"write\",\"object\":{\"path\":\"/srv/a\"}}", 1001, 3, 4,
	  "actor.process.file.name actor.user.uid file.name file.path file.type_id action_id disposition_id" },
	{ DENIAL "\"operation\":\"lock\",\"object\":{\"path\":\"/\"}}", 1001, 99, 4, "file.name activity_name" },
	{ DENIAL "\"operation\":\"net-connect\",\"object\":{\"proto\":\"tcp\",\"address\":\"::1\",\"port\":22}}",
	  4001, 1, 4, "dst_endpoint.ip dst_endpoint.port connection_info.direction_id" },
	{ DENIAL "\"operation\":\"net-bind\",\"object\":{\"proto\":\"tcp\",\"address\":\"::1\",\"port\":22}}",
	  4001, 7, 4, "src_endpoint.ip" },
	{ DENIAL "\"operation\":\"ptrace\",\"object\":null}", 1007, 3, 4, "process.name process.pid" },
	{ DENIAL "\"operation\":\"capability\",\"object\":{\"capability\":\"x\"}}", 1007, 99, 4,
	  "process.name activity_name" },
	{ "{\"id\":\"a-2\",\"kind\":\"assigned\",\"severity\":\"ordinary\",\"object\":{\"subject\":\"user:bob\","
	  "\"role\":\"clerk\"},\"subject\":null}", 3005, 1, 1, "privileges.0 user.name actor.app_name" },
	{ "{\"id\":\"a-2\",\"kind\":\"revoked\",\"severity\":\"ordinary\",\"object\":null}", 3005, 2, 1,
	  "privileges.0 user.name" },
	{ "{\"id\":\"a-3\",\"kind\":\"lost\",\"severity\":\"serious\",\"count\":5,\"message\":\"m\"}", 2004, 1, 4,
	  "finding_info.title finding_info.uid" },
	{ "{\"id\":\"a-4\",\"kind\":\"policy-applied\",\"severity\":\"ordinary\"}", 5019, 1, 1, "device.hostname" },
};

static void every_class_has_what_it_needs(void **state)
{
	static const char *const always[] = {
		"metadata.version", "metadata.uid", "metadata.product.name", "metadata.product.vendor_name",
		"device.hostname", "device.type_id", "actor", "unmapped.chain", "time",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct expected *c = &cases[i];
		struct message *event = converted(c->json);
		char *words = strdup(c->required), *rest = words, *word;

		assert_int_equal(number(event, "class_uid"), c->class);
		assert_int_equal(number(event, "category_uid"), c->class / 1000);
		assert_int_equal(number(event, "activity_id"), c->activity);
		assert_int_equal(number(event, "type_uid"), c->class * 100 + c->activity);
		assert_int_equal(number(event, "severity_id"), c->severity);
		assert_int_equal(number(event, "time"), 1767225600123);
		for (size_t j = 0; j < sizeof(always) / sizeof(*always); j++)
			if (!message_has(event, always[j]))
				fail_msg("%s: no %s", c->json, always[j]);
		while ((word = strsep(&rest, " ")))
			if (!message_has(event, word))
				fail_msg("%s: no %s", c->json, word);
		free(words);
		message_free(event);
	}
}

static void verdicts_have_their_numbers(void **state)
{
	struct message *event = converted(DENIAL "\"operation\":\"read\",\"object\":{\"path\":\"/a\"}}");

	(void)state;
	assert_int_equal(number(event, "action_id"), 2);
	assert_int_equal(number(event, "disposition_id"), 2);
	message_free(event);
	event = converted("{\"kind\":\"denial\",\"verdict\":\"audited\",\"severity\":\"special\"}");
	assert_int_equal(number(event, "action_id"), 3);
	assert_int_equal(number(event, "disposition_id"), 17);
	assert_int_equal(number(event, "severity_id"), 5);
	message_free(event);
}

/* --- against the schema ---------------------------------------------------------- */

static json_t *schema;

static int read_schema(void **state)
{
	json_error_t error;

	(void)state;
	schema = json_load_file("tests/unit/sink/ocsf-1.8.0.json", 0, &error);
	if (!schema)
		fprintf(stderr, "line %d: %s\n", error.line, error.text);
	return schema ? 0 : -1;
}

static int forget_schema(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

static json_t *as_ocsf(const struct event *event)
{
	struct buffer json = { 0 }, out = { 0 };
	struct sink_record record = { .sequence = 42, .time = 1767225600123456789u };
	json_t *answer;

	event_write_json(event, &json);
	record.json = json.data;
	record.json_size = json.size;
	assert_int_equal(format_ocsf(&record, &out), 0);
	answer = json_loadb(out.data, out.size, 0, NULL);
	if (!answer)
		fail_msg("%s", out.data);
	buffer_done(&json);
	buffer_done(&out);
	return answer;
}

static void assert_fits(const struct event *event)
{
	json_t *ocsf = as_ocsf(event);
	struct verdict v = check_event(schema, ocsf);

	if (*v.text)
		fail_msg("%s %s: %s: %s", event_kind_text(event->kind), event->operation ? event->operation : "",
			 v.text, json_dumps(ocsf, 0));
	json_decref(ocsf);
}

#define X_TEXT(id, text) text,
static const char *const operations[] = { BAILIWICK_OPERATIONS(X_TEXT) NULL };

static const struct event_object objects[] = {
	{ .kind = EVENT_OBJECT_NONE },
	{ .kind = EVENT_OBJECT_PATH, .path = { "/srv/a", 6 }, .class_name = "c", .grade = "internal", .rights = 3 },
	{ .kind = EVENT_OBJECT_PATH, .path = { "/", 1 } },
	{ .kind = EVENT_OBJECT_PATH, .path = { "", 0 }, .path_cut = true },
	{ .kind = EVENT_OBJECT_ADDRESS, .protocol = "tcp", .address = "192.0.2.1", .port = 65535 },
	{ .kind = EVENT_OBJECT_ADDRESS, .protocol = "udp", .address = "2001:db8::1" },
	{ .kind = EVENT_OBJECT_NAMED, .what = "capability", .name = { "sys_admin", 9 } },
	{ .kind = EVENT_OBJECT_GRANT, .name = { "user:bob", 8 }, .role = "clerk" },
	{ .kind = EVENT_OBJECT_GRANT, .name = { "user:bob", 8 } },
};

static const struct event_subject subjects[] = {
	{ .known = false },
	{ .known = true, .user = "alice", .login_uid = 1000, .uid = 0, .gid = 0, .pid = 7, .tid = 7,
	  .comm = { "cat", 3 }, .exe = { "/bin/cat", 8 }, .unit = { "/x", 2 } },
	{ .known = true, .login_uid = ~0u, .uid = ~0u, .gid = ~0u, .pid = ~0u, .tid = ~0u },
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Every kind, with every operation, subject and object, whether it happens or not */
static void every_event_fits_the_schema(void **state)
{
	size_t n = COUNT(operations) * COUNT(subjects) * COUNT(objects) * 2;

	(void)state;
	for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
		for (size_t i = 0; i < n; i++) {
			bool rich = i % 2;
			struct event event = {
				.kind = (enum event_kind)kind, .journal = "0123456789abcdef", .sequence = 42,
				.time = 1767225600123456789u, .host = rich ? "host" : NULL,
				.verdict = rich ? "denied" : kind == EVENT_DENIAL ? "learned" : NULL,
				.role = rich ? "clerk" : NULL, .severity = (uint32_t)(i % 3), .count = i % 5,
				.policy_version = 7, .message = rich ? "told" : NULL,
				.operation = operations[i / 2 % COUNT(operations)],
				.subject = subjects[i / 2 / COUNT(operations) % COUNT(subjects)],
				.object = objects[i / 2 / COUNT(operations) / COUNT(subjects)],
				.rule = { .file = rich ? "a.yaml" : NULL, .line = 3 },
			};

			assert_fits(&event);
		}
}

static void hostile_events_fit_the_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(i < HOSTILE_COUNT ? hostile_texts[i] : NULL);
		struct buffer out = { 0 };
		struct verdict v;
		json_t *ocsf;

		assert_int_equal(format_ocsf(&h.record, &out), 0);
		ocsf = json_loadb(out.data, out.size, 0, NULL);
		assert_non_null(ocsf);
		v = check_event(schema, ocsf);
		if (*v.text)
			fail_msg("%s: %s", v.text, out.data);
		json_decref(ocsf);
		buffer_done(&out);
		hostile_done(&h);
	}
}

/* The check itself: each of these is one mistake */
static void the_schema_finds_mistakes(void **state)
{
	static const struct { const char *path, *value, *says; } mistakes[] = {
		{ "severity_id", "7", "severity_id: not in the enumeration" },
		{ "severity_id", "\"3\"", "severity_id: integer!" },
		{ "activity_id", "15", "no such activity" },
		{ "activity_id", "99", "another activity without a name" },
		{ "category_uid", "2", "another category's" },
		{ "type_uid", "100100", "type_uid is not" },
		{ "time", "null", "time: long!" },
		{ "surprise", "1", "surprise: no such attribute" },
		{ "metadata", "{}", "missing" },
		{ "file", "{\"name\":\"a\"}", "file.type_id: missing" },
		{ "file", "{\"name\":\"a\",\"type_id\":9}", "file.type_id: not in the enumeration" },
		{ "actor", "{}", "actor: none of those" },
		{ "class_uid", "1", "no such class" },
	};
	struct event event = { .kind = EVENT_DENIAL, .verdict = "denied", .operation = "read",
			       .subject = subjects[1], .object = objects[1] };

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		json_t *ocsf = as_ocsf(&event);
		struct verdict v;

		assert_string_equal(check_event(schema, ocsf).text, "");
		json_object_set_new(ocsf, mistakes[i].path, json_loads(mistakes[i].value, JSON_DECODE_ANY, NULL));
		v = check_event(schema, ocsf);
		if (!strstr(v.text, mistakes[i].says))
			fail_msg("%s, not: %s", v.text, mistakes[i].says);
		json_decref(ocsf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_has_what_it_needs),
		cmocka_unit_test(verdicts_have_their_numbers),
		cmocka_unit_test(every_event_fits_the_schema),
		cmocka_unit_test(hostile_events_fit_the_schema),
		cmocka_unit_test(the_schema_finds_mistakes),
	};

	return cmocka_run_group_tests(tests, read_schema, forget_schema);
}
