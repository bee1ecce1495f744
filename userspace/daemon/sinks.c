// SPDX-License-Identifier: Apache-2.0
/* Sending events on: a process, a cursor and a dead-letter file for each sink */
#include "daemon/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "base/writeall.h"
#include "daemon/cursor.h"
#include "daemon/sinkchild.h"
#include "event/read.h"
#include "event/sentence.h"
#include "journal/reader.h"
#include "sink/backoff.h"
#include "sink/feed.h"

#define TURN_RECORDS 64			/* read for one sink before others get their turn */
#define READ_BYTES 65536
#define REPORTS_MAX (FEED_REPORT_MAX + READ_BYTES)
#define ERROR_MAX 300
#define NO_PROGRAM 127			/* exit code of execv() that failed, and of the loader */
#define LAST_WORDS 100			/* reads of what a process said before its end */

struct one {
	struct sinks *sinks;
	const struct sink_options *options;
	pid_t pid;			/* 0 while there is none */
	int feed;
	sd_event_source *io, *ended, *again;
	struct backoff backoff;
	struct journal_reader *reader;
	struct cursor cursor;
	uint64_t next;			/* not delivered yet */
	uint64_t sent;			/* the next to be handed to the process */
	struct buffer out, in;
	size_t out_done;
	struct sink_status status;
	char error[ERROR_MAX];
};

struct sinks {
	struct sinks_setting setting;
	int state;
	size_t count;
	struct one one[];
};

static const char *identity(const struct one *one)
{
	return journal_identity(recorder_journal(one->sinks->setting.recorder));
}

/* Kept after the next delivery: who looks now and then must see a peer that flaps */
static void say_error(struct one *one, const char *text, size_t size)
{
	if (size >= ERROR_MAX)
		size = ERROR_MAX - 1;
	memcpy(one->error, text, size);
	one->error[size] = 0;
	one->status.last_error = time(NULL);
	one->status.recovered = false;
}

/* --- what the process tells ------------------------------------------------ */

/* It will never be delivered: kept aside, with the reason, for good */
static void bury(struct one *one, const struct feed_report *report, const char *text)
{
	const char *end = memchr(text, 0, report->size);
	struct buffer line = { 0 };
	char name[SINK_NAME_MAX + 8];
	_cleanup_close_ int fd = -1;

	one->status.dead++;
	if (!end)
		return;
	snprintf(name, sizeof(name), "%s.dead", one->options->name);
	fd = openat(one->sinks->state, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	buffer_printf(&line, "# %" PRIu64 " %s\n", report->sequence, text);
	buffer_append(&line, end + 1, report->size - (size_t)(end + 1 - text));
	buffer_append_byte(&line, '\n');
	if (fd < 0 || line.failed || writeall(fd, line.data, line.size) < 0 || fdatasync(fd) < 0)
		say_error(one, "the dead-letter file cannot be written", 38);
	buffer_done(&line);
}

static void take_report(struct one *one, const struct feed_report *report, const char *text)
{
	switch (report->kind) {
	case FEED_UP:
		one->status.up = true;
		break;
	case FEED_TROUBLE:
		one->status.up = false;
		say_error(one, text, report->size);
		break;
	case FEED_DELIVERED:
		if (report->sequence < one->next || report->sequence >= one->sent)
			break;		/* it was not given that one */
		one->next = report->sequence + 1;
		one->status.delivered += report->count;
		one->status.last_delivery = time(NULL);
		one->status.recovered = one->error[0] != 0;
		backoff_done(&one->backoff);
		break;
	default:
		bury(one, report, text);
		break;
	}
}

static int take_reports(struct one *one)
{
	char block[READ_BYTES];
	struct feed_report report;
	const char *text;
	ssize_t n = recv(one->feed, block, sizeof(block), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	if (buffer_append(&one->in, block, (size_t)n) < 0 || one->in.size > REPORTS_MAX)
		return -ENOMEM;
	while ((n = feed_take_report(&one->in, &report, &text)) > 0) {
		take_report(one, &report, text);
		one->in.size -= (size_t)n;
		memmove(one->in.data, one->in.data + n, one->in.size);
	}
	return n < 0 ? (int)n : 0;
}

/* --- what the process is given ---------------------------------------------- */

/* A limit deleted them, or they are damaged: the journal and the sink shall know */
static void tell_missed(struct one *one, uint64_t until)
{
	char text[160];
	struct event event = {
		.kind = EVENT_LOST,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.count = until - one->sent,
		.message = text,
	};

	snprintf(text, sizeof(text), "records %" PRIu64 " to %" PRIu64 " left the journal before the sink %s "
		 "could deliver them", one->sent, until - 1, one->options->name);
	one->status.missed += until - one->sent;
	if (one->next == one->sent)
		one->next = until;
	one->sent = until;
	recorder_event(one->sinks->setting.recorder, &event);
}

static void add_record(struct one *one, const struct segment_record *record)
{
	struct sink_record out = {
		.sequence = record->header.sequence, .time = record->header.time,
		.json = record->payload, .json_size = record->payload_size,
	};
	struct buffer text = { 0 };
	struct message *event = NULL;
	struct event view;

	memcpy(out.hash, record->hash, sizeof(out.hash));
	if (message_parse(record->payload, record->payload_size, &event) == 0) {
		event_read(event, &view);
		event_write_text(&view, &text);
	}
	out.text = text.data ? text.data : "";
	out.text_size = text.size;
	feed_add_record(&one->out, &out);
	message_free(event);
	buffer_done(&text);
}

/* More for the process; 1 when there may be still more, 0 at the end of what is on disk */
static int fill(struct one *one)
{
	const struct journal *journal = recorder_journal(one->sinks->setting.recorder);
	struct segment_record record;

	for (int i = 0; i < TURN_RECORDS && one->out.size < READ_BYTES; i++) {
		int r;

		if (one->sent >= journal_durable(journal))
			return 0;
		r = journal_read(one->reader, &record);
		if (r == JOURNAL_DAMAGED)
			continue;	/* the next record's number tells what was passed */
		if (r != JOURNAL_RECORD)
			return r < 0 ? r : 0;
		if (record.header.sequence > one->sent)
			tell_missed(one, record.header.sequence);
		if (record.header.sequence == one->sent) {
			if (record.header.kind == JOURNAL_KIND_EVENT)
				add_record(one, &record);
			one->sent++;
		}
		segment_record_done(&record);
	}
	return one->out.failed ? -ENOMEM : 1;
}

static int give(struct one *one)
{
	ssize_t n;
	int r = 1;

	if (one->out_done == one->out.size) {
		buffer_clear(&one->out);
		one->out_done = 0;
		r = fill(one);
		if (r < 0)
			return r;
	}
	if (one->out_done < one->out.size) {
		n = send(one->feed, one->out.data + one->out_done, one->out.size - one->out_done,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		one->out_done += n > 0 ? (size_t)n : 0;
		r = 1;
	}
	return sd_event_source_set_io_events(one->io, r ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* --- the process ------------------------------------------------------------ */

static int start(struct one *one);

static int on_again(sd_event_source *source, uint64_t now, void *context)
{
	struct one *one = context;

	(void)source;
	(void)now;
	one->again = sd_event_source_unref(one->again);
	start(one);
	return 0;
}

/* What it has not said to be delivered is given to its successor */
static void end(struct one *one)
{
	one->io = sd_event_source_disable_unref(one->io);
	one->ended = sd_event_source_disable_unref(one->ended);
	if (one->feed >= 0)
		close(one->feed);
	one->feed = -1;
	if (one->pid > 0) {
		kill(one->pid, SIGKILL);
		waitpid(one->pid, NULL, 0);
	}
	one->pid = 0;
	one->reader = journal_reader_free(one->reader);
	buffer_done(&one->out);
	buffer_done(&one->in);
	one->out_done = 0;
	one->status.up = false;
}

static void start_later(struct one *one)
{
	uint64_t ms = backoff_next(&one->backoff, one->options->retry_max * 1000);

	end(one);
	if (!one->again)
		sd_event_add_time_relative(one->sinks->setting.loop, &one->again, CLOCK_MONOTONIC,
					   ms * 1000, 10000, on_again, one);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct one *one = context;
	int r = 0;

	(void)source;
	(void)fd;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		r = take_reports(one);
	if (r == 0 && events & EPOLLOUT)
		r = give(one);
	if (r == -EPIPE || r == -ECONNRESET)
		return sd_event_source_set_enabled(one->io, SD_EVENT_OFF);	/* on_ended() is next */
	if (r < 0) {
		say_error(one, strerror(-r), strlen(strerror(-r)));
		start_later(one);
	}
	return 0;
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct one *one = context;
	char text[ERROR_MAX] = "its process ended";
	bool killed = info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED;

	(void)source;
	one->pid = 0;		/* reaped */
	for (int i = 0; i < LAST_WORDS && take_reports(one) == 0; i++)
		;
	if (info->si_code == CLD_EXITED && info->si_status == NO_PROGRAM)
		snprintf(text, sizeof(text), "its program cannot be started%s",
			 one->options->type == SINK_NATS ? ": is libnats3.4 installed?" : "");
	if (killed)
		snprintf(text, sizeof(text), "its process was ended by signal %d", info->si_status);
	/* what it said itself explains more than its end */
	if (killed || !one->error[0] || one->status.recovered)
		say_error(one, text, strlen(text));
	start_later(one);
	return 0;
}

static void __attribute__((noreturn)) become_sink(const struct one *one, int feed)
{
	const struct sinks_setting *setting = &one->sinks->setting;
	char name[SINK_NAME_MAX + 1];
	char *own[] = { "bailiwickd", "--sink", name, "--config", (char *)setting->configuration, NULL };
	char *nats[] = { "sink-nats", name, (char *)setting->configuration, NULL };
	sigset_t none;

	strcpy(name, one->options->name);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (feed == SINKCHILD_FEED)
		fcntl(feed, F_SETFD, 0);
	else
		dup2(feed, SINKCHILD_FEED);
	if (one->options->type == SINK_NATS)
		execv(setting->nats_program, nats);
	else
		execv(setting->program, own);
	_exit(NO_PROGRAM);
}

static int fork_sink(struct one *one)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	one->pid = fork();
	if (one->pid == 0)
		become_sink(one, pair[1]);
	close(pair[1]);
	one->feed = pair[0];
	if (one->pid > 0)
		return 0;
	one->pid = 0;
	return -errno;
}

static int start(struct one *one)
{
	sd_event *loop = one->sinks->setting.loop;
	int r;

	one->sent = one->next;
	r = journal_reader_new(one->sinks->setting.journal, &one->reader);
	if (r == 0)
		r = journal_reader_seek(one->reader, 0, one->next);
	if (r == 0)
		r = fork_sink(one);
	if (r >= 0)
		r = sd_event_add_child(loop, &one->ended, one->pid, WEXITED, on_ended, one);
	if (r >= 0)
		r = sd_event_add_io(loop, &one->io, one->feed, EPOLLIN | EPOLLOUT, on_io, one);
	/* enforcement's events come first */
	if (r >= 0)
		r = sd_event_source_set_priority(one->io, SD_EVENT_PRIORITY_IDLE);
	if (r < 0) {
		say_error(one, strerror(-r), strlen(strerror(-r)));
		start_later(one);
	}
	return r;
}

/* --- all of them ------------------------------------------------------------ */

static int open_cursor(struct one *one)
{
	uint64_t last = journal_next(recorder_journal(one->sinks->setting.recorder));
	char name[SINK_NAME_MAX + 8];
	int r;

	snprintf(name, sizeof(name), "%s.cursor", one->options->name);
	r = cursor_open(&one->cursor, one->sinks->state, name, identity(one), &one->next);
	if (r > 0 || one->next > last) {
		one->next = 1;
		say_error(one, "its cursor cannot be believed: all events are sent again", 56);
	}
	return r < 0 ? r : 0;
}

int sinks_start(const struct sinks_setting *setting, struct sinks **ret)
{
	size_t n = setting->config->sink_count;
	struct sinks *sinks = calloc(1, sizeof(*sinks) + n * sizeof(struct one));
	int r = 0;

	if (!sinks)
		return -ENOMEM;
	sinks->setting = *setting;
	if (mkdir(setting->state, 0700) < 0 && errno != EEXIST)
		r = -errno;
	sinks->state = open(setting->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sinks->state < 0)
		r = -errno;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct one *one = &sinks->one[i];

		sinks->count = i + 1;
		one->sinks = sinks;
		one->options = &setting->config->sinks[i];
		one->feed = one->cursor.fd = -1;
		r = open_cursor(one);
		if (r == 0)
			start(one);
	}
	if (r < 0) {
		sinks_stop(sinks);
		return r;
	}
	*ret = sinks;
	return 0;
}

struct sinks *sinks_stop(struct sinks *sinks)
{
	if (!sinks)
		return NULL;
	sinks_tick(sinks);
	for (size_t i = 0; i < sinks->count; i++) {
		sinks->one[i].again = sd_event_source_disable_unref(sinks->one[i].again);
		end(&sinks->one[i]);
		cursor_close(&sinks->one[i].cursor);
	}
	if (sinks->state >= 0)
		close(sinks->state);
	free(sinks);
	return NULL;
}

void sinks_pump(struct sinks *sinks)
{
	for (size_t i = 0; sinks && i < sinks->count; i++) {
		struct one *one = &sinks->one[i];

		int on = SD_EVENT_OFF;

		if (one->io)
			sd_event_source_get_enabled(one->io, &on);
		if (on != SD_EVENT_OFF && one->sent < journal_durable(recorder_journal(sinks->setting.recorder)))
			sd_event_source_set_io_events(one->io, EPOLLIN | EPOLLOUT);
	}
}

void sinks_tick(struct sinks *sinks)
{
	for (size_t i = 0; sinks && i < sinks->count; i++) {
		struct one *one = &sinks->one[i];
		int r = one->next > 1 ? cursor_save(&one->cursor, identity(one), one->next) : 0;

		if (r < 0)
			say_error(one, "its cursor cannot be saved", 26);
	}
}

bool sinks_status(const struct sinks *sinks, size_t index, struct sink_status *ret)
{
	const struct one *one;
	uint64_t durable;

	if (!sinks || index >= sinks->count)
		return false;
	one = &sinks->one[index];
	durable = journal_durable(recorder_journal(sinks->setting.recorder));
	*ret = one->status;
	ret->options = one->options;
	ret->next = one->next;
	ret->lag = durable > one->next ? durable - one->next : 0;
	ret->error = one->error;
	return true;
}
