/* SPDX-License-Identifier: Apache-2.0 */
/* The hook self-test against real programs and a real policy */
#include "load/canary.h"
#include "load/enforcement.h"
#include "rig.h"

/* usage: canary IMAGE [CANARY-PROGRAM]: version 2 or later of any compiled policy */

static struct buffer why;

static int file_memfd(const char *path)
{
	char bytes[1 << 16];
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n;

	need(from, path);
	need(to, "cannot make a memfd");
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			need(-1, "cannot fill a memfd");
	need(fcntl(to, F_ADD_SEALS, ALL_SEALS), "cannot seal a memfd");
	close(from);
	return to;
}

static void show(const struct canary_report *report)
{
	static const char *const words[] = { "denied", "NOT DENIED", "not tested" };

	for (size_t i = 0; i < report->count; i++)
		printf("#   %-22s %-10s %s\n", report->finding[i].hook,
		       words[report->finding[i].result], report->finding[i].text);
}

static size_t count(const struct canary_report *report, enum canary_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < report->count; i++)
		n += report->finding[i].result == result;
	return n;
}

/* Before a policy is in force every hook lets pass: the canary has to say so. */
static void test_without_policy(struct enforcement *enforcement, const char *program)
{
	struct canary_report report;

	is(canary_run(enforcement, program, &report), 0, "the canary runs without a policy");
	ok(!canary_passed(&report), "and does not call that enforced");
	is((int)count(&report, CANARY_DENIED), 0, "no hook denied anything");
}

static void test_policy(struct enforcement *enforcement, const char *program)
{
	struct enforcement_status status;
	struct canary_report report;

	need(enforcement_status(enforcement, &status), "no status");
	if (!ok(!canary_run(enforcement, program, &report), "the canary runs"))
		return;
	show(&report);
	ok(report.count == status.hook_count, "every attached hook has a finding");
	is((int)count(&report, CANARY_NOT_DENIED), 0, "no hook lets the canary through");
	ok(count(&report, CANARY_DENIED) > status.hook_count / 2,
	   "most hooks are tested: %zu of %zu", count(&report, CANARY_DENIED),
	   status.hook_count);
	ok(canary_passed(&report), "the report says so");
	ok(access(CANARY_DIRECTORY "/allowed", F_OK) < 0, "it leaves nothing behind");
}

int main(int argc, char **argv)
{
	const char *program = argc > 2 ? argv[2] : NULL;
	struct enforcement_options options = {};
	struct enforcement *enforcement;
	struct canary_report report;
	int image;

	if (argc < 2) {
		printf("Bail out! usage: canary IMAGE [CANARY-PROGRAM]\n");
		return 2;
	}
	if (!ok(enforcement_open(&options, &enforcement, &why) == ENFORCEMENT_FRESH,
		"the programs load")) {
		printf("#   %s\n", why.data);
		return finish();
	}
	test_without_policy(enforcement, program);
	image = file_memfd(argv[1]);
	if (!ok(!enforcement_switch(enforcement, image, NULL, &why), "the policy is in force"))
		printf("#   %s\n", why.data);
	test_policy(enforcement, program);
	test_policy(enforcement, program);
	is(canary_run(enforcement, "/nonexistent/canary", &report), -ENOENT,
	   "a canary that is not installed");
	is(enforcement_release(enforcement, &why), 0, "released");
	enforcement_close(enforcement);
	buffer_done(&why);
	return finish();
}
