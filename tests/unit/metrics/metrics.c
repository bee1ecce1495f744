// SPDX-License-Identifier: Apache-2.0
/* Tests of metrics/metrics.h: what Prometheus takes, and what the dashboard asks for */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/message.h"
#include "base/readfile.h"
#include "metrics/metrics.h"
#include "tests/unit/metrics/promtool.h"

#define DASHBOARD "userspace/metrics/grafana.json"

static const struct metrics_denials denials[] = {
	{ "ordinary", "denied", "clerk", 41 },
	{ "serious", "denied", "backup+clerk", 2 },
	{ "special", "audited", "a\"b\\c\nd\033[2J\xff", 1 },
};
static const struct metrics_counted counted[] = {
	{ "read", "denied", 40 }, { "net-connect", "audited", 4 },
};
static const struct metrics_sink sinks[] = {
	{ "local", "file", true, 0, 44, 0, 0, 1767225600 },
	{ "siem", "syslog", false, 44, 0, 1, 3, 0 },
};
static const struct metrics full = {
	.version = "0.1.0", .state = "enforcing", .now = 1767225660, .started = 1767225000,
	.policy_version = 7, .policy_since = 1767225001, .image_size = 4096, .slot_size = 8 << 20, .rows = 5,
	.module_present = true, .module_held = true, .sealed = true, .tested = true, .passed = true,
	.hooks_attached = 60, .hooks_denied = 50, .hooks_failed = 0, .hooks_untried = 10,
	.not_enforced = 1, .kernel_denials = 44, .self_test_denials = 55, .ring_full = 1,
	.counters_full = 2, .ring_used = 512, .ring_size = 4 << 20, .recorded = 45, .lost = 3,
	.unwritten = 4, .journal_problem = true, .journal_records = 90, .journal_durable = 88,
	.journal_bytes = 10000, .journal_limit = 1 << 30,
	.denials = denials, .denial_count = 3, .counted = counted, .counted_count = 2,
	.sinks = sinks, .sink_count = 2,
};

static void has(const char *text, const char *line)
{
	struct buffer all = { 0 };

	buffer_printf(&all, "\n%s\n", line);
	if (!strstr(text, all.data))
		fail_msg("no line %s in:\n%s", line, text);
	buffer_done(&all);
}

static void every_number_is_told_and_prometheus_takes_it(void **state)
{
	static const char *const lines[] = {
		"bailiwick_build_info{version=\"0.1.0\"} 1",
		"bailiwick_state{state=\"enforcing\"} 1", "bailiwick_state{state=\"failed\"} 0",
		"bailiwick_controller_start_time_seconds 1767225000",
		"bailiwick_policy_version 7", "bailiwick_policy_switch_time_seconds 1767225001",
		"bailiwick_policy_image_bytes 4096", "bailiwick_policy_slot_bytes 8388608",
		"bailiwick_policy_rows 5", "bailiwick_sealed 1", "bailiwick_module_held 1",
		"bailiwick_hooks_attached 60", "bailiwick_not_enforced 1", "bailiwick_self_test_passed 1",
		"bailiwick_self_test_denied_hooks 50", "bailiwick_self_test_failed_hooks 0",
		"bailiwick_self_test_untried_hooks 10",
		"bailiwick_denials_total{severity=\"ordinary\",verdict=\"denied\",role=\"clerk\"} 41",
		"bailiwick_denials_total{severity=\"serious\",verdict=\"denied\",role=\"backup+clerk\"} 2",
		"bailiwick_denials_total{severity=\"special\",verdict=\"audited\","
		"role=\"a\\\"b\\\\c<U+000A>d<U+001B>[2J<FF>\"} 1",
		"bailiwick_kernel_denials_total{operation=\"net-connect\",verdict=\"audited\"} 4",
		"bailiwick_kernel_all_denials_total 44", "bailiwick_self_test_denials_total 55",
		"bailiwick_lost_records_total 3", "bailiwick_ring_full_total 1",
		"bailiwick_counters_full_total 2", "bailiwick_unwritten_events_total 4",
		"bailiwick_ring_used_bytes 512", "bailiwick_ring_size_bytes 4194304",
		"bailiwick_recorded_events_total 45", "bailiwick_journal_last_record 90",
		"bailiwick_journal_durable_record 88", "bailiwick_journal_used_bytes 10000",
		"bailiwick_journal_limit_bytes 1073741824", "bailiwick_journal_problem 1",
		"bailiwick_sink_up{sink=\"siem\",type=\"syslog\"} 0",
		"bailiwick_sink_lag_events{sink=\"siem\",type=\"syslog\"} 44",
		"bailiwick_sink_delivered_events_total{sink=\"local\",type=\"file\"} 44",
		"bailiwick_sink_dead_letters_total{sink=\"siem\",type=\"syslog\"} 1",
		"bailiwick_sink_missed_events_total{sink=\"siem\",type=\"syslog\"} 3",
		"bailiwick_sink_last_delivery_time_seconds{sink=\"local\",type=\"file\"} 1767225600",
		"bailiwick_sink_since_delivery_seconds{sink=\"local\",type=\"file\"} 60",
	};
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(metrics_write(&full, &out), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		has(out.data, lines[i]);
	/* no delivery yet: no moment, and no time since */
	assert_null(strstr(out.data, "last_delivery_time_seconds{sink=\"siem\""));
	assert_null(strstr(out.data, "since_delivery_seconds{sink=\"siem\""));
	assert_promtool("metrics", &out);
	buffer_done(&out);
}

static void of_nothing_there_is_little_to_tell(void **state)
{
	const struct metrics nothing = { .state = "failed" };
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(metrics_write(&nothing, &out), 0);
	has(out.data, "bailiwick_state{state=\"failed\"} 1");
	has(out.data, "bailiwick_sealed 0");
	assert_null(strstr(out.data, "bailiwick_ring_size_bytes "));
	assert_null(strstr(out.data, "start_time_seconds"));
	assert_promtool("metrics", &out);
	buffer_done(&out);
}

/* --- the dashboard --------------------------------------------------------------- */

#define WORD "abcdefghijklmnopqrstuvwxyz_0123456789"

/* A name with this sample, and where it has labels, with each of them */
static bool told(const char *text, const char *name, size_t size)
{
	for (const char *at = text; (at = strstr(at, "\n")) && *++at;)
		if (!strncmp(at, name, size) && (at[size] == ' ' || at[size] == '{'))
			return true;
	return false;
}

static bool label_told(const char *text, const char *name, size_t size, const char *label,
		       size_t label_size)
{
	for (const char *at = text; (at = strstr(at, "\n")) && *++at;) {
		const char *end = strchrnul(at, '\n');

		if (strncmp(at, name, size) || at[size] != '{')
			continue;
		for (const char *l = at + size; l < end; l++)
			if ((*l == '{' || *l == ',') && !strncmp(l + 1, label, label_size) &&
			    l[1 + label_size] == '=')
				return true;
	}
	return false;
}

/* Prometheus itself adds the instance */
static void check_labels(const char *text, const char *name, size_t size, const char *selector)
{
	for (const char *at = selector + 1; *at && *at != '}';) {
		size_t label = strspn(at, WORD);

		if (strncmp(at, "instance", label) && !label_told(text, name, size, at, label))
			fail_msg("%.*s has no label %.*s", (int)size, name, (int)label, at);
		at += label;
		at = strchr(at, '"');
		assert_non_null(at);
		at = strchr(at + 1, '"') + 1;
		at += strspn(at, ", ");
	}
}

static unsigned int check_names(const char *text, const char *expression)
{
	unsigned int names = 0;

	for (const char *at = expression; (at = strstr(at, "bailiwick_")); names++) {
		size_t size = strspn(at, WORD);

		if (!told(text, at, size))
			fail_msg("nothing tells %.*s", (int)size, at);
		if (at[size] == '{')
			check_labels(text, at, size, at + size);
		at += size;
	}
	return names;
}

/* Grafana fills its variables in before Prometheus sees them */
static void add_rule(struct buffer *rules, unsigned int number, const char *expression)
{
	static const char *const variables[][2] = {
		{ "$__rate_interval", "5m" }, { "$__range", "6h" }, { "$instance", ".*" },
	};

	buffer_printf(rules, "  - record: rule_%u\n    expr: |\n      ", number);
	while (*expression) {
		size_t i = 0;

		while (i < 3 && strncmp(expression, variables[i][0], strlen(variables[i][0])))
			i++;
		if (i < 3) {
			buffer_append_text(rules, variables[i][1]);
			expression += strlen(variables[i][0]);
		} else {
			buffer_append_byte(rules, *expression++);
		}
	}
	buffer_append_byte(rules, '\n');
}

static void all_the_dashboard_asks_for_is_told(void **state)
{
	struct buffer out = { 0 }, rules = { 0 };
	struct message *dashboard = NULL;
	unsigned int names = 0, queries = 0;
	char *json = NULL, path[64];
	const char *expression;
	size_t size;

	(void)state;
	assert_int_equal(metrics_write(&full, &out), 0);
	assert_int_equal(readfile(DASHBOARD, 1 << 20, &json, &size), READFILE_FINE);
	assert_int_equal(message_parse(json, size, &dashboard), 0);
	buffer_append_text(&rules, "groups:\n- name: dashboard\n  rules:\n");
	assert_true(message_count(dashboard, "panels") > 10);
	for (size_t p = 0; p < message_count(dashboard, "panels"); p++) {
		snprintf(path, sizeof(path), "panels.%zu.targets", p);
		assert_true(message_count(dashboard, path) > 0);
		for (size_t t = 0; snprintf(path, sizeof(path), "panels.%zu.targets.%zu.expr", p, t),
		     (expression = message_string(dashboard, path)); t++) {
			unsigned int found = check_names(out.data, expression);

			assert_true(found > 0);
			names += found;
			add_rule(&rules, queries++, expression);
		}
	}
	assert_int_equal(check_names(out.data, message_string(dashboard,
							      "templating.list.1.definition")), 1);
	assert_true(queries > 20 && names >= queries);
	assert_promtool("rules", &rules);
	message_free(dashboard);
	free(json);
	buffer_done(&out);
	buffer_done(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_told_and_prometheus_takes_it),
		cmocka_unit_test(of_nothing_there_is_little_to_tell),
		cmocka_unit_test(all_the_dashboard_asks_for_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
