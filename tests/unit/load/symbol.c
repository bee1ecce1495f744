/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of symbols, as a kernel lists them */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "load/symbol.h"

static char path[] = "/tmp/symbols-XXXXXX";

static void write_list(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int made(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int removed(void **state)
{
	(void)state;
	return unlink(path);
}

static void addresses_are_read(void **state)
{
	struct symbol symbols[] = { { .name = "rename_lock" }, { .name = "mount_lock" },
				    { .name = "gone" } };

	(void)state;
	write_list("ffffffff81000000 T _text\n"
		   "ffffffff82001080 D rename_lock\n"
		   "ffffffff82001081 D rename_lock_not\n"
		   "ffffffff82001100 D mount_lock\n");
	assert_int_equal(symbols_read(path, symbols, 3), 0);
	assert_true(symbols[0].found && symbols[0].address == 0xffffffff82001080);
	assert_true(symbols[1].found && symbols[1].address == 0xffffffff82001100);
	assert_false(symbols[2].found);
}

static void hidden_is_found_without_an_address(void **state)
{
	struct symbol symbol = { .name = "rename_lock", .address = 7 };

	(void)state;
	write_list("0000000000000000 D rename_lock\n");
	assert_int_equal(symbols_read(path, &symbol, 1), 0);
	assert_true(symbol.found);
	assert_int_equal(symbol.address, 0);
}

static void a_module_has_no_say(void **state)
{
	struct symbol symbol = { .name = "rename_lock" };

	(void)state;
	write_list("ffffffffc0001000 D rename_lock\t[evil]\n");
	assert_int_equal(symbols_read(path, &symbol, 1), 0);
	assert_false(symbol.found);
}

static void other_lines_are_passed_over(void **state)
{
	struct symbol symbol = { .name = "rename_lock", .found = true };

	(void)state;
	write_list("\n rename_lock\nD rename_lock\nffff\nffff D\nffff Drename_lock\nffff D rename_lock x");
	assert_int_equal(symbols_read(path, &symbol, 1), 0);
	assert_false(symbol.found);
	assert_int_equal(symbols_read("/nonexistent/list", &symbol, 1), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(hidden_is_found_without_an_address),
		cmocka_unit_test(a_module_has_no_say),
		cmocka_unit_test(other_lines_are_passed_over),
	};

	return cmocka_run_group_tests(tests, made, removed);
}
