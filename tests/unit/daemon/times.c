/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/times.h: what was done when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/times.h"

static void times_count_from_the_request(void **state)
{
	struct report_times times = { .at = { [REPORT_TIME_ARRIVED] = 5000000,
					      [REPORT_TIME_SWITCHED] = 9000000,
					      [REPORT_TIME_SWEEP] = 4000000 } };
	struct buffer text = { 0 };

	(void)state;
	report_write_times(&times, &text);
	assert_string_equal(text.data, "{\"arrived\":5000000,\"switched\":4000}");
	report_mark(&times, REPORT_TIME_WHOLE);
	assert_true(times.at[REPORT_TIME_WHOLE] > 0);
	buffer_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_count_from_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
