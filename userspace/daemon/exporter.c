// SPDX-License-Identifier: Apache-2.0
/* Numbers for monitoring: a file that is replaced, and a process that serves them */
#include "daemon/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/message.h"
#include "base/writeall.h"
#include "daemon/child.h"
#include "daemon/controller.h"
#include "daemon/loopback.h"
#include "metrics/ask.h"
#include "sink/backoff.h"

#define SECOND 1000000u			/* microseconds */
#define RETRY_MOST_MS 60000u
#define FOR_EVER (100ull * 366 * 24 * 3600)	/* seconds the program may run */

/**
 * struct exporter - @numbers are what was asked for last, and when
 * @said:	errno of the file that was said last
 */
struct exporter {
	struct exporter_setting setting;
	struct confinement confinement;
	sd_event_source *timer, *io, *again;
	struct child *child;
	struct backoff backoff;
	int listener;
	int feed;
	int numbers;
	uint64_t numbers_time;
	int said;
};

/* --- the file --------------------------------------------------------------- */

/* Written beside it, under a name no collector reads, and renamed: whole or not at all */
static int replace(const char *path, const struct buffer *text)
{
	_cleanup_free_ char *beside = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&beside, "%s.new", path) < 0)
		return -ENOMEM;
	/* the directory may be another user's: what lies there already is not written to */
	if (unlink(beside) < 0 && errno != ENOENT)
		return -errno;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = writeall(fd, text->data, text->size);
	if (r == 0 && (fchmod(fd, 0644) < 0 || rename(beside, path) < 0))
		r = -errno;
	if (r < 0)
		unlink(beside);
	return r;
}

static void write_file(struct exporter *exporter)
{
	const char *path = exporter->setting.config->metrics_file;
	struct buffer text = { 0 };
	int r = exporter->setting.gather(exporter->setting.context, &text);

	if (r == 0)
		r = replace(path, &text);
	buffer_done(&text);
	if (r != exporter->said && r < 0)
		controller_say(LOG_WARNING, "%s cannot be written: %s", path, strerror(-r));
	else if (r != exporter->said)
		controller_say(LOG_NOTICE, "%s is written again", path);
	exporter->said = r;
}

static int on_timer(sd_event_source *source, uint64_t now, void *context)
{
	struct exporter *exporter = context;

	write_file(exporter);
	return sd_event_source_set_time(source, now + exporter->setting.config->metrics_every * SECOND);
}

static int start_file(struct exporter *exporter)
{
	sd_event *loop = exporter->setting.loop;
	int r;

	if (!*exporter->setting.config->metrics_file)
		return 0;
	r = sd_event_add_time_relative(loop, &exporter->timer, CLOCK_MONOTONIC, 0, SECOND / 10, on_timer,
				       exporter);
	if (r >= 0)
		r = sd_event_source_set_enabled(exporter->timer, SD_EVENT_ON);
	/* enforcement's events come first */
	return r < 0 ? r : sd_event_source_set_priority(exporter->timer, SD_EVENT_PRIORITY_IDLE);
}

/* --- the process -------------------------------------------------------------- */

static int start_program(struct exporter *exporter);

/* Numbers of this second; a sealed file, so that the process cannot change what the next one reads */
static int numbers(struct exporter *exporter)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	_cleanup_close_ int fd = -1;
	struct buffer text = { 0 };
	uint64_t now = 0;
	int r;

	sd_event_now(exporter->setting.loop, CLOCK_MONOTONIC, &now);
	if (exporter->numbers >= 0 && now < exporter->numbers_time + SECOND)
		return exporter->numbers;
	fd = memfd_create("bailiwick-metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	r = fd < 0 ? -errno : exporter->setting.gather(exporter->setting.context, &text);
	if (r == 0)
		r = writeall(fd, text.data, text.size);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		r = -errno;
	buffer_done(&text);
	if (r < 0)
		return r;
	if (exporter->numbers >= 0)
		close(exporter->numbers);
	exporter->numbers = TAKE_FD(fd);
	exporter->numbers_time = now;
	return exporter->numbers;
}

static void forget_program(struct exporter *exporter)
{
	exporter->io = sd_event_source_disable_unref(exporter->io);
	if (exporter->feed >= 0)
		close(exporter->feed);
	exporter->feed = -1;
}

/* A process that asks and does not read is left to itself; one byte is one question */
static int on_question(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct exporter *exporter = context;
	const char answer = METRICS_NUMBERS;
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
	int file;

	(void)source;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	file = n == 1 ? numbers(exporter) : -EPIPE;
	if (file < 0 || message_send_some(fd, &answer, 1, &file, 1) != 1)
		forget_program(exporter);	/* it ends when its socket does */
	else
		backoff_done(&exporter->backoff);
	return 0;
}

static int on_again(sd_event_source *source, uint64_t now, void *context)
{
	struct exporter *exporter = context;

	(void)source;
	(void)now;
	exporter->again = sd_event_source_disable_unref(exporter->again);
	return start_program(exporter);
}

static int try_again(struct exporter *exporter)
{
	uint64_t ms = backoff_next(&exporter->backoff, RETRY_MOST_MS);
	int r = sd_event_add_time_relative(exporter->setting.loop, &exporter->again, CLOCK_MONOTONIC,
					   ms * 1000, SECOND / 10, on_again, exporter);

	return r < 0 ? r : 0;
}

static void on_end(void *context, const struct child_result *result)
{
	struct exporter *exporter = context;
	size_t size = result->err->data ? strcspn(result->err->data, "\n") : 0;

	exporter->child = NULL;
	forget_program(exporter);
	if (result->how)
		controller_say(LOG_WARNING, "the program that serves the metrics ended: %s", result->how);
	else
		controller_say(LOG_WARNING, "the program that serves the metrics ended (%d): %.*s",
			       result->exit, (int)size, size ? result->err->data : "");
	try_again(exporter);
}

static int launch(struct exporter *exporter, int feed)
{
	char *argv[] = { (char *)exporter->setting.program, NULL };
	struct child_options options = {
		.path = exporter->setting.program,
		.argv = argv,
		.confinement = &exporter->confinement,
		.fd = feed,
		.seconds = FOR_EVER,
	};

	return child_start(exporter->setting.loop, &options, on_end, exporter, &exporter->child);
}

static int start_program(struct exporter *exporter)
{
	const char *address = exporter->setting.config->metrics_address;
	const char first = METRICS_LISTEN;
	int pair[2] = { -1, -1 }, r = 0;

	if (exporter->listener < 0)
		exporter->listener = r = loopback_listen(address);
	if (r >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		r = -errno;
	if (r >= 0) {
		exporter->feed = pair[0];
		r = fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 ? -errno :
		    (int)message_send_some(pair[0], &first, 1, &exporter->listener, 1);
	}
	if (r >= 0)
		r = launch(exporter, pair[1]);
	if (pair[1] >= 0)
		close(pair[1]);
	if (r >= 0)
		r = sd_event_add_io(exporter->setting.loop, &exporter->io, exporter->feed, EPOLLIN,
				    on_question, exporter);
	if (r >= 0)
		return sd_event_source_set_priority(exporter->io, SD_EVENT_PRIORITY_IDLE);
	controller_say(LOG_WARNING, "the metrics cannot be served at %s: %s", address, strerror(-r));
	exporter->child = child_stop(exporter->child);
	forget_program(exporter);
	return try_again(exporter);
}

/* --- both ---------------------------------------------------------------------- */

int exporter_start(const struct exporter_setting *setting, struct exporter **ret)
{
	const struct config *config = setting->config;
	struct exporter *exporter;
	int r;

	*ret = NULL;
	if (!*config->metrics_file && !*config->metrics_address)
		return 0;
	exporter = calloc(1, sizeof(*exporter));
	if (!exporter)
		return -ENOMEM;
	exporter->setting = *setting;
	exporter->confinement = *setting->confinement;
	exporter->confinement.serve = true;
	exporter->listener = exporter->feed = exporter->numbers = -1;
	r = start_file(exporter);
	if (r >= 0 && *config->metrics_address)
		r = start_program(exporter);
	if (r < 0)
		exporter_stop(exporter);
	else
		*ret = exporter;
	return r < 0 ? r : 0;
}

struct exporter *exporter_stop(struct exporter *exporter)
{
	if (!exporter)
		return NULL;
	if (*exporter->setting.config->metrics_file)
		unlink(exporter->setting.config->metrics_file);
	sd_event_source_disable_unref(exporter->timer);
	sd_event_source_disable_unref(exporter->again);
	forget_program(exporter);
	child_stop(exporter->child);
	if (exporter->listener >= 0)
		close(exporter->listener);
	if (exporter->numbers >= 0)
		close(exporter->numbers);
	free(exporter);
	return NULL;
}
