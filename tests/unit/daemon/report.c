/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/report.h: what is told of a sweep, and how */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <bailiwick/vocab.h>

#include "base/message.h"
#include "daemon/report.h"
#include "lines.h"

static struct report_item item(enum report_what what, enum report_fate fate)
{
	return (struct report_item){
		.what = what, .fate = fate, .pid = 42, .uid = 1002, .start = 7, .comm = "cat",
		.fd = -1, .how = "destroyed",
	};
}

static struct buffer out;

static const char *written(const struct report_item *i)
{
	buffer_clear(&out);
	assert_int_equal(report_write_item(i, &out), 0);
	return out.data;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&out);
	return 0;
}

static void a_file_has_its_path_and_rights(void **state)
{
	struct report_item i = item(REPORT_FILE, REPORT_CUT);

	(void)state;
	i.fd = 3;
	i.path = "/a\"b\xff!";
	i.path_size = 6;
	i.rights = BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE;
	assert_string_equal(written(&i), "{\"fate\":\"cut\",\"what\":\"file\",\"pid\":42,\"uid\":1002,"
			    "\"comm\":\"cat\",\"fd\":3,\"path\":\"/a\\\"b\\ufffd!\","
			    "\"path_escaped\":\"%2f%61%22%62%ff%21\",\"rights\":[\"read\",\"write\"],"
			    "\"how\":\"destroyed\"}");
}

static void a_mapping_has_its_range(void **state)
{
	struct report_item i = item(REPORT_MAPPING, REPORT_KEPT);

	(void)state;
	i.path = "/lib/x";
	i.path_size = 6;
	i.from = 0x7f0000000000;
	i.to = 0x7f0000001000;
	i.protection = PROT_READ | PROT_EXEC;
	assert_non_null(strstr(written(&i), "\"path\":\"/lib/x\",\"start\":\"0x7f0000000000\",\"end\":"
			       "\"0x7f0000001000\",\"protection\":\"r-x\""));
}

static void a_connection_has_both_ends(void **state)
{
	struct report_item i = item(REPORT_CONNECTION, REPORT_CUT);

	(void)state;
	i.socket = (struct sockdiag_socket){ .family = AF_INET, .protocol = IPPROTO_TCP,
		.local = { 10, 0, 0, 1 }, .local_port = 4711, .peer = { 10, 0, 0, 9 }, .peer_port = 22 };
	assert_non_null(strstr(written(&i), "\"proto\":\"tcp\",\"local\":\"10.0.0.1\",\"local_port\":4711,"
			       "\"peer\":\"10.0.0.9\",\"peer_port\":22"));
	i.socket = (struct sockdiag_socket){ .family = AF_INET6, .protocol = IPPROTO_UDP,
		.local = { [15] = 1 }, .local_port = 53 };
	assert_non_null(strstr(written(&i), "\"proto\":\"udp\",\"local\":\"::1\",\"local_port\":53,\"how\""));
	/* ::ffff:10.0.0.9 is IPv4 traffic and shown as that */
	i.socket.peer_port = 22;
	memcpy(i.socket.peer, (uint8_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9 }, 16);
	assert_non_null(strstr(written(&i), "\"peer\":\"10.0.0.9\""));
}

static void lines_come_back_as_they_went(void **state)
{
	struct report *report = report_new();
	struct report_item i = item(REPORT_FILE, REPORT_CUT);
	struct buffer line = { 0 };
	uint64_t at = 0;
	int count = 0;

	(void)state;
	for (int n = 0; n < 5000; n++) {
		i.pid = (uint32_t)n;
		report_add(report, &i);
	}
	report_flush(report);
	while (next_line(report, &at, &line) == 1) {
		struct message *message = NULL;
		int64_t pid = -1;

		assert_int_equal(message_parse(line.data, line.size, &message), 0);
		assert_true(message_integer(message, "pid", &pid));
		assert_int_equal(pid, count++);
		message_free(message);
		buffer_clear(&line);
	}
	assert_int_equal(count, 5000);
	assert_int_equal(report_totals(report)->count[REPORT_CUT][REPORT_FILE], 5000);
	assert_int_equal(report_totals(report)->unlisted, 0);
	buffer_done(&line);
	report_unref(report);
}

static void what_is_too_much_is_counted(void **state)
{
	static char path[60000];
	struct report *report = report_new();
	struct report_item i = item(REPORT_FILE, REPORT_CUT);
	struct buffer line = { 0 };
	uint64_t at = 0, lines = 0;

	(void)state;
	memset(path, 'x', sizeof(path));
	i.path = path;
	i.path_size = sizeof(path);
	for (int n = 0; n < 1200; n++)
		report_add(report, &i);
	report_flush(report);
	while (next_line(report, &at, &line) == 1) {
		buffer_clear(&line);
		lines++;
	}
	assert_true(at <= REPORT_LINES_MAX + 2 * sizeof(path));
	assert_true(report_totals(report)->unlisted > 0);
	assert_int_equal(lines + report_totals(report)->unlisted, 1200);
	buffer_done(&line);
	report_unref(report);
}

static void totals_in_words_and_in_json(void **state)
{
	struct report_totals totals = { .complete = true, .microseconds = 5 };
	struct buffer text = { 0 };

	(void)state;
	report_describe(&totals, &text);
	assert_string_equal(text.data, "no running process held what it may no longer");
	buffer_clear(&text);
	totals.count[REPORT_CUT][REPORT_CONNECTION] = 2;
	totals.count[REPORT_CUT][REPORT_FILE] = 12;
	totals.count[REPORT_KEPT][REPORT_MAPPING] = 3;
	totals.count[REPORT_ENDED][REPORT_PROCESS] = 1;
	totals.holders = 1;
	snprintf(totals.problem, sizeof(totals.problem), "it broke off");
	report_describe(&totals, &text);
	assert_string_equal(text.data, "cut 12 open files, 2 connections; kept 3 mapped files in 1 process; "
			    "ended 1 processes; it broke off");
	buffer_clear(&text);
	report_write_totals(&totals, &text);
	assert_string_equal(text.data, "{\"cut\":{\"file\":12,\"connection\":2},\"kept\":{\"mapping\":3},"
			    "\"ended\":{\"process\":1},\"holders\":1,\"unlisted\":0,\"microseconds\":5,"
			    "\"complete\":true,\"problem\":\"it broke off\"}");
	assert_int_equal(report_fate_total(&totals, REPORT_CUT), 14);
	assert_int_equal(report_fate_total(&totals, REPORT_ENDED), 0);
	buffer_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_its_path_and_rights),
		cmocka_unit_test(a_mapping_has_its_range),
		cmocka_unit_test(a_connection_has_both_ends),
		cmocka_unit_test(lines_come_back_as_they_went),
		cmocka_unit_test(what_is_too_much_is_counted),
		cmocka_unit_test(totals_in_words_and_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
