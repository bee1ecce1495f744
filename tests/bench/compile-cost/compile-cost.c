// SPDX-License-Identifier: Apache-2.0
/* What compiling costs: image size, states, time and memory for so many file rules */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compile/compile.h"

/*
 * usage: compile-cost [RULES…]
 * The policy is one an organisation could have: departments with projects, home
 * directories, applications with logs and configuration, programs, and rules of
 * every tenth kind that deny. Fifty roles share a base.
 */
#define ROLES 50

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_rule(FILE *out, unsigned i)
{
	switch (i % 10) {
	case 0:
	case 1:
		fprintf(out, "      - {allow: [read, list], on: [/srv/dept%u/project%u/**]}\n",
			i % 37, i);
		break;
	case 2:
	case 3:
		fprintf(out, "      - {allow: [read, write, create, list], on: "
			"[\"/home/user%u/{docs,mail}/*.txt\"]}\n", i);
		break;
	case 4:
		fprintf(out, "      - {allow: [append, create], on: [/var/log/app%u/*.log]}\n", i);
		break;
	case 5:
	case 6:
		fprintf(out, "      - {allow: [exec, map-exec, read], on: "
			"[/opt/tool%u/bin/prog-%x]}\n", i % 500, i * 7919);
		break;
	case 7:
		fprintf(out, "      - {allow: [read], on: [\"/etc/app%u/conf.d/[a-z]*.conf\"]}\n", i);
		break;
	case 8:
		fprintf(out, "      - {allow: [read, list], on: [/var/www/site%u/**/public/**]}\n", i);
		break;
	case 9:
		fprintf(out, "      - {deny: [write, delete], on: [/srv/dept%u/project%u/archive/**]}\n",
			(i - 9) % 37, i - 9);
		break;
	}
}

static void write_policy(FILE *out, unsigned rules)
{
	unsigned done = 0;

	fprintf(out, "version: 1\nroles:\n  base:\n    files:\n"
		"      - {allow: [read, list], on: [/usr/**, /etc/**]}\n"
		"      - {deny: [read], on: [/home/**/.ssh/**]}\n");
	for (unsigned role = 0; role < ROLES; role++) {
		fprintf(out, "  role%u:\n    include: [base]\n    files:\n"
			"      - {allow: [read], on: [/srv/common/**]}\n", role);
		for (; done < (unsigned long long)rules * (role + 1) / ROLES; done++)
			write_rule(out, done);
	}
}

static int measure(const char *path, unsigned rules)
{
	struct compile_options options = { .version = 1, .created = 1 };
	struct diag *diag = diag_new();
	struct image_bytes bytes = { 0 };
	struct compile_cost cost = { 0 };
	struct policy *policy = NULL;
	char *paths[] = { (char *)path };
	struct rusage usage;
	double start = now(), loaded;
	long before;
	int r;

	r = policy_load(paths, 1, diag, &policy);
	loaded = now();
	getrusage(RUSAGE_SELF, &usage);
	before = usage.ru_maxrss;
	if (!r)
		r = policy_compile(policy, &options, diag, &cost, &bytes);
	getrusage(RUSAGE_SELF, &usage);
	diag_print(diag, stderr, DIAG_PLAIN);
	printf("%7u %9u %9u %7u %5u %10u %8.3f %8.3f %8.1f %8.1f\n", rules, cost.states_before,
	       cost.states, cost.labels, cost.rows, bytes.size, loaded - start, now() - loaded,
	       (double)before / 1024, (double)usage.ru_maxrss / 1024);
	fflush(stdout);
	return r != 0;
}

/* Each size in a process of its own, so that peaks of memory do not add up. */
static int run(unsigned rules)
{
	char path[] = "/tmp/compile-cost-XXXXXX.yaml";
	int fd = mkstemps(path, 5), status = 1;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	pid_t child;

	if (!out) {
		perror("compile-cost");
		return 1;
	}
	write_policy(out, rules);
	if (fclose(out) == 0) {
		child = fork();
		if (!child)
			_exit(measure(path, rules));
		if (child > 0)
			waitpid(child, &status, 0);
	}
	unlink(path);
	return status;
}

int main(int argc, char **argv)
{
	static const unsigned usual[] = { 100, 10000, 100000 };
	int r = 0;

	printf("  rules    before    states  labels  rows      bytes   load s compile s  load MB  peak MB\n");
	fflush(stdout);
	for (int i = 1; i < argc; i++)
		r |= run((unsigned)strtoul(argv[i], NULL, 10));
	for (size_t i = 0; argc < 2 && i < 3; i++)
		r |= run(usual[i]);
	return r != 0;
}
