/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick top: denials per role, subject and object, as they happen */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/eventfilter.h"
#include "ctl/output.h"
#include "ctl/place.h"
#include "ctl/screen.h"
#include "ctl/summary.h"
#include "ctl/verb.h"

#define SINCE_STANDARD 600	/* seconds back that are counted from the start */
#define RETRY_MS 1000
#define FRAMES_AT_ONCE 4096	/* then keys and the clock get their turn */
#define BATCH_LINES 10
#define JSON_LINES 100

/**
 * struct top - what is wanted, and how far we are
 * @delay:	ms between two pictures
 * @rounds:	pictures to show, 0 for no end
 * @socket:	connected, or -1; @away says why not
 * @marked:	ms, when rates began to count
 */
struct top {
	struct arguments common;
	struct event_filter filter;
	bool batch;
	int64_t delay;
	long rounds;
	const char *path;
	struct place place;
	struct summary summary;
	int socket;
	struct message_reader reader;
	char away[128];
	int64_t started;
	int64_t marked;
	struct screen screen;
	double seconds;			/* the rates shown are over so many; 0 for none */
};

static void parse_delay(struct top *top, const char *text, struct argp_state *state)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*end || end == text || !(seconds >= 0.1 && seconds <= 3600))
		argp_error(state, "'%s' is no delay: 0.1 to 3600 seconds", text);
	top->delay = (int64_t)(seconds * 1000);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct top *top = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &top->filter;
		return 0;
	case 'b':
		top->batch = true;
		return 0;
	case 'd':
		parse_delay(top, arg, state);
		return 0;
	case 'n':
		errno = 0;
		top->rounds = strtol(arg, &end, 10);
		if (errno || *end || top->rounds < 1)
			argp_error(state, "'%s' is no number of pictures", arg);
		return 0;
	case ARGP_KEY_END:
		if (top->filter.until >= 0)
			argp_error(state, "top goes on, --until ends: `bailiwick events --count` counts "
				   "what was");
		break;
	default:
		break;
	}
	return arguments_parse(&top->common, key, arg, state);
}

static const struct argp_option options[] = {
	{ "batch", 'b', NULL, 0, "Print one picture behind the other, for no terminal", 0 },
	{ "delay", 'd', "SECONDS", 0, "Between two pictures; 2 unless said", 0 },
	{ "number", 'n', "N", 0, "End after so many", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp_child children[] = { { &event_filter_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.children = children,
	.doc = "Denials as they happen, by role, subject and object, most frequent first: those of the "
	       "last ten minutes (or --since) and all that come. Keys: q ends, c counts anew, blank "
	       "draws at once.\vWith --json one object per picture, without a terminal.",
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- events ------------------------------------------------------------------------ */

static int take_record(void *context, const struct message *frame)
{
	struct top *top = context;

	if (!place_take(&top->place, frame))
		return 0;
	return summary_add(&top->summary, frame) < 0 ? out_of_memory() : 0;
}

static struct message *build_request(const struct top *top, bool follow)
{
	struct message *request = request_new("events");
	int64_t since = top->place.sequence >= 0 ? top->place.time - PLACE_OVERLAP : top->started;
	int r;

	if (!request)
		return NULL;
	r = event_filter_request(&top->filter, request);
	if (!r)
		r = message_set_integer(request, "since", since);
	if (!r)
		r = message_set_boolean(request, "follow", follow);
	if (!r)
		return request;
	complain("that cannot be asked: %s", strerror(-r));
	message_free(request);
	return NULL;
}

/* What there is already, to its end */
static int catch_up(struct top *top)
{
	_cleanup_(message_freep) struct message *request = build_request(top, false);

	if (!request)
		return EX_OSERR;
	return client_call(top->path, request, CLIENT_PATIENCE, take_record, top, NULL);
}

static void hang_up(struct top *top, const char *why)
{
	snprintf(top->away, sizeof(top->away), "%s", why);
	message_reader_done(&top->reader);
	if (top->socket >= 0)
		close(top->socket);
	top->socket = -1;
}

/* From where we are on; a controller that is away is asked again later */
static void follow(struct top *top)
{
	_cleanup_(message_freep) struct message *request = build_request(top, true);
	int fd = request ? client_connect(top->path) : -ENOMEM;
	int r = fd;

	if (fd >= 0) {
		top->socket = fd;
		r = message_send(fd, request);
	}
	if (r < 0)
		hang_up(top, "the controller is away");
	else
		top->away[0] = 0;
}

/* 0, or an exit code */
static int take_frames(struct top *top)
{
	for (int i = 0; i < FRAMES_AT_ONCE; i++) {
		_cleanup_(message_freep) struct message *frame = NULL;
		int r = message_reader_read(&top->reader, top->socket, &frame);
		int64_t code = 0;

		if (r == MESSAGE_WAIT)
			return 0;
		if (r != MESSAGE_FINE) {
			hang_up(top, "the controller went away");
			return 0;
		}
		if (message_has(frame, "record")) {
			r = take_record(top, frame);
			if (r)
				return r;
		} else if (message_boolean(frame, "done")) {
			if (message_integer(frame, "exit", &code) && code)
				return client_verdict(frame);
			hang_up(top, "the controller stopped");
			return 0;
		}
	}
	return 0;
}

/* --- the picture -------------------------------------------------------------------- */

static double rate(const struct top *top, uint64_t count, uint64_t before)
{
	return top->seconds >= 0.05 && count > before ? (double)(count - before) / top->seconds : 0;
}

static void flush_line(struct top *top, struct buffer *picture, struct buffer *line, bool reverse)
{
	screen_line(&top->screen, picture, line, reverse);
	buffer_clear(line);
}

static void draw_head(struct top *top, struct buffer *picture, struct buffer *line)
{
	const struct summary *s = &top->summary;
	char since[TIMESTAMP_TEXT_MAX];

	buffer_append_text(line, "bailiwick top");
	if (s->host) {
		buffer_append_text(line, " - ");
		buffer_add_shown(line, s->host);
	}
	buffer_printf(line, "  %" PRIu64 " denials since %s, %.1f/s", s->denials,
		      timestamp_format(top->started, since), rate(top, s->denials, s->before));
	if (top->away[0])
		buffer_printf(line, "  (%s)", top->away);
	flush_line(top, picture, line, false);
	buffer_printf(line, "%" PRIu64 " ordinary, %" PRIu64 " serious, %" PRIu64 " special",
		      s->severity[BAILIWICK_SEVERITY_ORDINARY], s->severity[BAILIWICK_SEVERITY_SERIOUS],
		      s->severity[BAILIWICK_SEVERITY_SPECIAL]);
	if (s->stopped < s->denials)
		buffer_printf(line, "; %" PRIu64 " only audited or learned", s->denials - s->stopped);
	if (s->lost)
		buffer_printf(line, "; %" PRIu64 " records LOST", s->lost);
	buffer_append_text(line, "  [q]uit [c]lear");
	flush_line(top, picture, line, false);
}

static void draw_rank(struct top *top, enum summary_by by, size_t lines, struct buffer *picture,
		      struct buffer *line)
{
	struct rank *rank = &top->summary.by[by];

	rank_sort(rank);
	buffer_printf(line, "   COUNT      /s  %s", summary_title(by));
	flush_line(top, picture, line, true);
	for (size_t i = 0; i < lines; i++) {
		const struct rank_entry *entry = rank->entries + i;

		if (i < rank->count) {
			buffer_printf(line, "%8" PRIu64 " %7.1f  ", entry->count,
				      rate(top, entry->count, entry->before));
			buffer_add_shown(line, entry->text);
		}
		flush_line(top, picture, line, false);
	}
}

/* Two lines of head and three tables share the lines there are */
static int draw(struct top *top)
{
	static const enum summary_by tables[] = { SUMMARY_ROLE, SUMMARY_SUBJECT, SUMMARY_OBJECT };
	struct buffer picture = { 0 }, line = { 0 };
	size_t left, share;
	int r;

	screen_measure(&top->screen);
	left = top->screen.lines - 2;
	draw_head(top, &picture, &line);
	for (size_t i = 0; i < 3 && left; i++) {
		share = i < 2 ? left / (3 - i) : left;
		if (!share)
			share = 1;
		draw_rank(top, tables[i], share - 1, &picture, &line);
		left -= share;
	}
	r = screen_draw(&picture);
	buffer_done(&picture);
	buffer_done(&line);
	return r < 0 ? EX_IOERR : 0;
}

static int print(struct top *top, bool first)
{
	struct buffer out = { 0 };

	if (top->common.json) {
		summary_json(&top->summary, JSON_LINES, top->seconds, &out);
		buffer_append_byte(&out, '\n');
		return output_finish(&out, 0);
	}
	buffer_append_text(&out, first ? "" : "\n");
	if (top->away[0])
		buffer_printf(&out, "%s\n", top->away);
	summary_text(&top->summary, BATCH_LINES, &out);
	return output_finish(&out, 0);
}

/* --- the loop ------------------------------------------------------------------------- */

static void count_anew(struct top *top)
{
	summary_done(&top->summary);
	top->started = (int64_t)time(NULL);
	top->marked = now_ms();
}

/* True when it is over */
static bool take_key(struct top *top, bool *due)
{
	char key = 0;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		return true;
	if (key == 'c')
		count_anew(top);
	*due = key == 'c' || key == ' ';
	return key == 'q' || key == 'Q' || key == 4;
}

/* True when it is over; stopped and continued, the terminal is somebody else's meanwhile */
static bool take_signal(struct top *top, int signals, bool *due)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	*due = !top->batch;
	if (info.ssi_signo == SIGWINCH)
		return false;
	if (info.ssi_signo != SIGTSTP)
		return true;
	screen_leave();
	raise(SIGSTOP);
	return !top->batch && screen_enter(&top->screen) < 0;
}

static int catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Until the next picture is due: 0, an exit code, or -1 when the user wants the end */
static int wait_for_next(struct top *top, int signals, int64_t at)
{
	int64_t retry = now_ms() + RETRY_MS;
	bool due = false;
	int r = 0;

	while (!due && !r) {
		struct pollfd wait[] = { { signals, POLLIN, 0 },
					 { top->batch ? -1 : STDIN_FILENO, POLLIN, 0 },
					 { top->socket, POLLIN, 0 } };
		int64_t now = now_ms(), next = top->socket < 0 && retry < at ? retry : at;

		if (now >= at)
			return 0;
		if (poll(wait, 3, next > now ? (int)(next - now) : 0) < 0 && errno != EINTR)
			return EX_OSERR;
		if (wait[0].revents && take_signal(top, signals, &due))
			return -1;
		if (wait[1].revents && take_key(top, &due))
			return -1;
		if (wait[2].revents)
			r = take_frames(top);
		if (top->socket < 0 && now_ms() >= retry) {
			follow(top);
			retry = now_ms() + RETRY_MS;
		}
	}
	return r;
}

/* A key or a new size draws again at once; rates count from one full delay to the next */
static int show(struct top *top)
{
	int signals = catch_signals(), r = 0;
	int64_t next = now_ms() + top->delay;

	for (long round = 1; !r; round++) {
		int64_t now = now_ms();

		top->seconds = round == 1 ? 0 : (double)(now - top->marked) / 1000;
		r = top->batch ? print(top, round == 1) : draw(top);
		if (r || round == top->rounds)
			break;
		if (round == 1)
			follow(top);
		if (round == 1 || now >= next) {
			summary_mark(&top->summary);
			top->marked = now;
			next = now + top->delay;
		}
		r = wait_for_next(top, signals, next);
	}
	close(signals);
	return r < 0 ? 0 : r;
}

int verb_top(const struct invocation *invocation)
{
	struct top top = { .filter = EVENT_FILTER_ANY, .delay = 2000, .socket = -1,
			   .path = invocation->socket };
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &top);
	top.batch = top.batch || top.common.json;
	if (!top.batch && !screen_possible()) {
		complain("top draws on a terminal, and this is none");
		note("`bailiwick top -b -n 1` prints one picture");
		return EX_USAGE;
	}
	place_init(&top.place);
	top.started = top.filter.since >= 0 ? top.filter.since : (int64_t)time(NULL) - SINCE_STANDARD;
	top.marked = now_ms();
	code = catch_up(&top);
	if (!code && !top.batch && screen_enter(&top.screen) < 0)
		code = EX_IOERR;
	if (!code)
		code = show(&top);
	screen_leave();
	hang_up(&top, "");
	summary_done(&top.summary);
	return code;
}
