// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/metrics.h: what the controller has, as Prometheus takes it */
#include "daemon/metrics.h"
#include "tests/unit/event/record.h"
#include "tests/unit/metrics/promtool.h"

static char directory[64];
static struct controller controller;

static const char policy[] =
	"roles:\n  clerk:\n    files:\n      - {allow: [read], on: [/srv/**]}\n"
	"assignments:\n  - {subject: \"user:alice\", role: clerk}\n";

static int set_up(void **state)
{
	struct buffer notes = { 0 };

	(void)state;
	strcpy(directory, "/tmp/metrics-XXXXXX");
	memset(&controller, 0, sizeof(controller));
	config_init(&controller.config);
	if (!mkdtemp(directory) ||
	    recorder_open(directory, NULL, "/nonexistent", &notes, &controller.recorder) < 0)
		return -1;
	buffer_done(&notes);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	controller.recorder = recorder_close(controller.recorder);
	config_done(&controller.config);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void has(const struct buffer *text, const char *line)
{
	if (!strstr(text->data, line))
		fail_msg("no %s in:\n%s", line, text->data);
}

static void deny(const struct image *image, uint64_t sequence, uint32_t operation, const char *path)
{
	struct record r;

	record_begin(&r, image, "clerk", operation);
	record_path(&r, image, path, BAILIWICK_RIGHT_WRITE);
	r.d.event.sequence = sequence;
	assert_int_equal(recorder_record(controller.recorder, &r, r.d.event.size), 0);
}

static void without_enforcement_it_says_so(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(metrics_gather(&controller, &out), 0);
	has(&out, "bailiwick_state{state=\"failed\"} 1\n");
	has(&out, "bailiwick_policy_version 0\n");
	has(&out, "bailiwick_self_test_passed 0\n");
	assert_promtool("metrics", &out);
	buffer_done(&out);
}

static void denials_losses_and_the_self_test_are_told(void **state)
{
	struct image *image = compiled(policy);
	struct buffer out = { 0 };

	(void)state;
	recorder_restart(controller.recorder);
	recorder_image(controller.recorder, image, 0);
	deny(image, 1, BAILIWICK_OP_WRITE, "/srv/a");
	deny(image, 2, BAILIWICK_OP_WRITE, "/srv/b");
	deny(image, 6, BAILIWICK_OP_EXEC, "/srv/c");
	recorder_settle(controller.recorder, 6);
	controller.tested = true;
	controller.canary.count = 3;
	controller.canary.finding[0].result = CANARY_DENIED;
	controller.canary.finding[1].result = CANARY_NOT_TESTED;
	controller.canary.finding[2].result = CANARY_NOT_DENIED;
	assert_int_equal(metrics_gather(&controller, &out), 0);
	has(&out, "bailiwick_denials_total{severity=\"ordinary\",verdict=\"denied\",role=\"clerk\"} 2\n");
	has(&out, "bailiwick_denials_total{severity=\"serious\",verdict=\"denied\",role=\"clerk\"} 1\n");
	has(&out, "bailiwick_lost_records_total 3\n");
	has(&out, "bailiwick_recorded_events_total 4\n");
	has(&out, "bailiwick_journal_last_record 4\n");
	has(&out, "bailiwick_journal_limit_bytes 1073741824\n");
	has(&out, "bailiwick_self_test_denied_hooks 1\n");
	has(&out, "bailiwick_self_test_untried_hooks 1\n");
	has(&out, "bailiwick_self_test_failed_hooks 1\n");
	has(&out, "bailiwick_self_test_passed 0\n");
	has(&out, "bailiwick_not_enforced 1\n");
	controller.canary.count = 2;
	buffer_clear(&out);
	assert_int_equal(metrics_gather(&controller, &out), 0);
	has(&out, "bailiwick_self_test_passed 1\n");
	assert_promtool("metrics", &out);
	buffer_done(&out);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(without_enforcement_it_says_so),
		TEST(denials_losses_and_the_self_test_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
