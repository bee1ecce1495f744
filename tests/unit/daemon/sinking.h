/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder, a configuration, and the real processes of its sinks */
#ifndef TESTS_DAEMON_SINKING_H
#define TESTS_DAEMON_SINKING_H

#include <fcntl.h>
#include <libgen.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/message.h"
#include "base/readfile.h"
#include "daemon/sinks.h"

/* Seconds after which something that was to happen will not: a busy machine takes its time */
#define LONG 60

static char directory[64];
static char program[512], nats_program[512], configuration[80], journal_directory[80], state_directory[80];
static struct config config;
static struct recorder *recorder;
static struct sinks *sinks;
static sd_event *loop;
static unsigned int recorded;

static inline int sinking_set_up(void **state)
{
	char *built = strdup(getenv("BAILIWICK") ? getenv("BAILIWICK") : "build/bailiwick");
	char here[256];

	(void)state;
	recorded = 0;
	strcpy(directory, "/tmp/sinking-XXXXXX");
	if (!mkdtemp(directory) || !getcwd(here, sizeof(here)))
		return -1;
	/* a sink's process is nobody, and reads its configuration before */
	chmod(directory, 0755);
	snprintf(program, sizeof(program), "%s%s%.200s/bailiwickd", *built == '/' ? "" : here,
		 *built == '/' ? "" : "/", dirname(built));
	snprintf(nats_program, sizeof(nats_program), "%.*ssink-nats", (int)(strlen(program) - strlen("bailiwickd")),
		 program);
	free(built);
	snprintf(configuration, sizeof(configuration), "%s/etc", directory);
	snprintf(journal_directory, sizeof(journal_directory), "%s/journal", directory);
	snprintf(state_directory, sizeof(state_directory), "%s/sink", directory);
	return mkdir(configuration, 0755);
}

static inline void start_recorder(const struct journal_options *options)
{
	struct buffer notes = { 0 };

	assert_int_equal(recorder_open(journal_directory, options, "/nonexistent", &notes, &recorder), 0);
	buffer_done(&notes);
}

/* `@' stands for the test's directory */
static inline void configure(const char *text)
{
	struct buffer all = { 0 }, why = { 0 };
	char path[128];
	int fd;

	for (; *text; text++)
		if (*text == '@')
			buffer_append_text(&all, directory);
		else
			buffer_append_byte(&all, *text);
	snprintf(path, sizeof(path), "%s/bailiwickd.conf", configuration);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, all.data, all.size), (ssize_t)all.size);
	close(fd);
	buffer_done(&all);
	config_done(&config);
	if (config_load(&config, configuration, &why) != 0)
		fail_msg("%s", why.data);
}

static inline void start_sinks(void)
{
	struct sinks_setting setting;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	assert_true(sd_event_new(&loop) >= 0);
	setting = (struct sinks_setting){
		.loop = loop, .config = &config, .recorder = recorder, .program = program, .nats_program = nats_program,
		.configuration = configuration, .journal = journal_directory,
		.state = state_directory,
	};
	assert_int_equal(sinks_start(&setting, &sinks), 0);
}

static inline void stop_sinks(void)
{
	sinks = sinks_stop(sinks);
	loop = sd_event_unref(loop);
}

static inline int sinking_tear_down(void **state)
{
	char command[128];

	(void)state;
	if (sinks)
		stop_sinks();
	recorder = recorder_close(recorder);
	config_done(&config);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* Events with a name of their own */
static inline void record(unsigned int n)
{
	while (n--) {
		char text[64];
		struct event event = { .kind = EVENT_MODULE, .message = text };

		snprintf(text, sizeof(text), "event number %u", ++recorded);
		recorder_event(recorder, &event);
	}
	recorder_sync(recorder);
	sinks_pump(sinks);
}

static inline double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline struct sink_status status_of(size_t index)
{
	struct sink_status status;

	assert_true(sinks_status(sinks, index, &status));
	return status;
}

/* Run the loop until a sink has nothing waiting; false when it never has */
static inline bool run_until_delivered(size_t index)
{
	double end = seconds() + LONG;

	while (status_of(index).lag && seconds() < end)
		assert_true(sd_event_run(loop, 50000) >= 0);
	return status_of(index).lag == 0;
}

static inline void run_for(double time)
{
	double end = seconds() + time;

	while (seconds() < end)
		assert_true(sd_event_run(loop, 20000) >= 0);
}

static inline char *slurp(const char *name)
{
	char path[256], *data;
	size_t size;

	snprintf(path, sizeof(path), "%s%s%s", *name == '/' ? "" : directory, *name == '/' ? "" : "/",
		 name);
	return readfile(path, 64 << 20, &data, &size) == READFILE_FINE ? data : strdup("");
}

/* How often each event stands in a text: all at least @least and at most @most times */
static inline void assert_each(const char *text, unsigned int from, unsigned int to, int least, int most)
{
	unsigned int *seen = calloc(to + 2, sizeof(*seen));

	for (const char *at = text; (at = strstr(at, "event number ")); at++) {
		unsigned int n = (unsigned int)atoi(at + 13);

		if (n <= to)
			seen[n]++;
	}
	for (unsigned int i = from; i <= to; i++)
		if ((int)seen[i] < least || (int)seen[i] > most)
			fail_msg("event %u is there %u times", i, seen[i]);
	free(seen);
}

#endif
