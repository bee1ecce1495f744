// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/ocsf.c: each class has what OCSF 1.8.0 requires of it */
#include "tests/unit/sink/hostile.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_has_what_it_needs),
		cmocka_unit_test(verdicts_have_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
