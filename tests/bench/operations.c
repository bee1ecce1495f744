// SPDX-License-Identifier: Apache-2.0
/* Instructions per operation, as JSON lines: run it in the machine with --icount. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "operations.h"

enum { ROUNDS = 15, WARM_ROUNDS = 2, ROUNDS_MAX = 255, PERSON = 4241 };

struct settings {
	const char *condition;
	const char *login_uid;		/* NULL: none is set */
	const char *profile;
	const char *only;		/* the operations whose name begins so */
	const char *kernel;
	bool landlock, list;
	unsigned int rounds;
	unsigned int settle;		/* seconds between the confinement and the first round */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What earlier rounds left to softirqs, kernel threads and the controller is done meanwhile. */
static void rest(unsigned int milliseconds)
{
	struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

/* One of the machine's instructions is one nanosecond there (icount shift=0). */
static int measure_round(const struct operation *operation, uint64_t *ret)
{
	uint64_t start;
	unsigned int i;

	rest(operation->rest ?: 12);
	start = now();
	for (i = 0; i < operation->times; i++)
		if (operation->once())
			return -1;
	*ret = now() - start;
	return 0;
}

static int measure(const struct operation *operation, unsigned int rounds, double *ret_least,
		   double *ret_mean)
{
	uint64_t spent, least = UINT64_MAX, sum = 0;
	unsigned int i;

	if (operation->prepare && operation->prepare())
		return -1;
	for (i = 0; i < WARM_ROUNDS + rounds; i++) {
		if (measure_round(operation, &spent))
			return -1;
		if (i < WARM_ROUNDS)
			continue;
		sum += spent;
		/* The smallest round is the one nothing else fell into. */
		if (spent < least)
			least = spent;
	}
	*ret_least = (double)least / operation->times;
	*ret_mean = (double)sum / operation->times / rounds;
	return 0;
}

/* Names of conditions and operations are ours and need no escaping. */
static void report(const struct operation *operation, const struct settings *settings)
{
	double least, mean;

	printf("{\"kernel\":\"%s\",\"condition\":\"%s\",\"operation\":\"%s\",", settings->kernel,
	       settings->condition, operation->name);
	fflush(stdout);
	if (measure(operation, settings->rounds, &least, &mean))
		printf("\"error\":\"%s\"}\n", strerror(errno));
	else
		printf("\"times\":%u,\"least\":%.1f,\"mean\":%.1f}\n",
		       (settings->rounds + WARM_ROUNDS) * operation->times, least, mean);
	fflush(stdout);
}

static void report_all(const struct operation *operation, const struct settings *settings)
{
	const char *only = settings->only;

	for (; operation->name; operation++) {
		if (only && strncmp(operation->name, only, strlen(only)))
			continue;
		if (settings->list)
			puts(operation->name);
		else
			report(operation, settings);
	}
}

/*
 * From root to an ordinary person, then into the confinement.  The login uid
 * comes after the uid, which has no role: a Bailiwick role begins with it, and
 * may neither change its uid nor write here.
 */
static void become(const struct settings *settings)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	if (setgroups(0, NULL) || setresgid(PERSON, PERSON, PERSON) ||
	    setresuid(PERSON, PERSON, PERSON))
		err(1, "uid %d", PERSON);
	if (settings->login_uid &&
	    (fd < 0 ||
	     write(fd, settings->login_uid, strlen(settings->login_uid)) < 0))
		err(1, "login uid %s", settings->login_uid);
	close(fd);
	if (settings->profile && confine_apparmor(settings->profile))
		err(1, "profile %s", settings->profile);
	if (settings->landlock && confine_landlock())
		err(1, "Landlock");
}

static void read_arguments(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{"login", required_argument, NULL, 'l'},
		{"apparmor", required_argument, NULL, 'a'},
		{"landlock", no_argument, NULL, 'L'},
		{"policy-denies", no_argument, NULL, 'd'},
		{"list", no_argument, NULL, 'n'},
		{"rounds", required_argument, NULL, 'r'},
		{"settle", required_argument, NULL, 's'},
		{"only", required_argument, NULL, 'o'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'l': settings->login_uid = optarg; break;
		case 'a': settings->profile = optarg; break;
		case 'L': settings->landlock = true; break;
		case 'd': denied_path = BENCH_OUTSIDE; break;
		case 'n': settings->list = true; break;
		case 'r': settings->rounds = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 's': settings->settle = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'o': settings->only = optarg; break;
		default: exit(64);
		}
	}
	if (optind + 1 != argc || settings->rounds < 1 || settings->rounds > ROUNDS_MAX)
		errx(64, "usage: operations [--login UID] [--apparmor PROFILE] [--landlock]\n"
		     "\t[--policy-denies] [--rounds 1..%d] [--settle SECONDS] [--only PREFIX]\n"
		     "\t[--list] CONDITION",
		     ROUNDS_MAX);
	settings->condition = argv[optind];
}

int main(int argc, char **argv)
{
	struct settings settings = {.rounds = ROUNDS};
	struct utsname system;

	read_arguments(argc, argv, &settings);
	if (uname(&system))
		err(1, "uname");
	settings.kernel = system.release;
	if (!settings.list) {
		become(&settings);
		sleep(settings.settle);
	}
	report_all(file_operations, &settings);
	report_all(process_operations, &settings);
	report_all(socket_operations, &settings);
	return 0;
}
