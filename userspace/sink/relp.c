// SPDX-License-Identifier: Apache-2.0
/* syslog over RELP: RFC 5424 messages, each of them acknowledged by the program that took it */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sink/format.h"
#include "sink/stream.h"

/*
 * A frame is "TRANSACTION COMMAND SIZE[ DATA]\n"; transactions count up from 1, and
 * each is answered by "rsp" with its number and "200" or a complaint.
 *
 * librelp, which speaks this for rsyslog, does not tell its caller which message was
 * acknowledged, and that is the only thing this sink is for.
 */
#define WRITE_BYTES 65536
#define WINDOW 256			/* messages under way at once */
#define ANSWER_MAX 4096			/* what "open" is answered with is its longest */
#define HEADER_MAX 40
#define TRANSACTION_MOST 999000000	/* of nine digits, with room for a batch */
#define FINE 200

#define OFFERS "relp_version=0\nrelp_software=bailiwick," BAILIWICK_VERSION "\ncommands=syslog"

struct relp {
	const struct sink_options *options;
	struct stream *stream;
	struct buffer message, out, in;
	uint64_t next;			/* transaction */
	uint64_t oldest;		/* every one before it is acknowledged */
	bool acknowledged[WINDOW];	/* of the others, by number modulo WINDOW */
};

struct answer {
	uint64_t transaction;
	char command[16];
	size_t size;			/* of the whole frame */
	const char *data;
	size_t data_size;
};

static int complain(const struct relp *relp, const char *what, const char *text, size_t size,
		    struct buffer *why)
{
	buffer_printf(why, "%s: %s", relp->options->address, what);
	if (size)
		buffer_printf(why, ": %.*s", (int)(size < 200 ? size : 200), text);
	return -EPROTO;
}

/* --- what the receiver says ----------------------------------------------------- */

static bool take_number(const char **at, const char *end, uint64_t *ret)
{
	const char *begin = *at;

	*ret = 0;
	for (; *at < end && **at >= '0' && **at <= '9' && *at - begin < 10; (*at)++)
		*ret = *ret * 10 + (uint64_t)(**at - '0');
	return *at > begin;
}

static bool take_word(const char **at, const char *end, char *word, size_t room)
{
	size_t n = 0;

	for (; *at < end && **at >= 'a' && **at <= 'z' && n + 1 < room; (*at)++)
		word[n++] = **at;
	word[n] = 0;
	return n > 0;
}

static bool take_byte(const char **at, const char *end, char byte)
{
	if (*at == end || **at != byte)
		return false;
	(*at)++;
	return true;
}

/* 1, 0 when the frame is not complete, -EBADMSG when it is none */
static int parse(const struct buffer *in, struct answer *ret)
{
	const char *at = in->data, *end = in->data + in->size;
	uint64_t size;

	if (!take_number(&at, end, &ret->transaction) || !take_byte(&at, end, ' ') ||
	    !take_word(&at, end, ret->command, sizeof(ret->command)) || !take_byte(&at, end, ' ') ||
	    !take_number(&at, end, &size))
		return at == end && in->size < HEADER_MAX ? 0 : -EBADMSG;
	if (size > ANSWER_MAX)
		return -EBADMSG;
	if (at == end || (size && !take_byte(&at, end, ' ')))
		return at == end ? 0 : -EBADMSG;
	if ((size_t)(end - at) < size + 1)
		return 0;
	ret->data = at;
	ret->data_size = size;
	ret->size = (size_t)(at - in->data) + size + 1;
	return at[size] == '\n' ? 1 : -EBADMSG;
}

static int read_answer(struct relp *relp, struct answer *ret, struct buffer *why)
{
	char block[1024];
	size_t n;
	int r;

	while ((r = relp->in.size ? parse(&relp->in, ret) : 0) == 0) {
		r = stream_read(relp->stream, block, sizeof(block), &n, why);
		if (r < 0)
			return r;
		if (buffer_append(&relp->in, block, n) < 0)
			return -ENOMEM;
	}
	return r < 0 ? complain(relp, "answers what is no RELP", NULL, 0, why) : 0;
}

static void forget_answer(struct relp *relp, const struct answer *answer)
{
	relp->in.size -= answer->size;
	memmove(relp->in.data, relp->in.data + answer->size, relp->in.size);
}

/* An answer to a message under way, which says that it was taken */
static int judge(struct relp *relp, const struct answer *answer, struct buffer *why)
{
	const char *at = answer->data;
	uint64_t code = 0;

	if (strcmp(answer->command, "serverclose") == 0)
		return complain(relp, "the receiver ends the session", NULL, 0, why);
	if (strcmp(answer->command, "rsp") || answer->transaction < relp->oldest ||
	    answer->transaction >= relp->next || relp->acknowledged[answer->transaction % WINDOW])
		return complain(relp, "answers what nobody asked", NULL, 0, why);
	if (!take_number(&at, answer->data + answer->data_size, &code) || code != FINE)
		return complain(relp, "the receiver refuses", answer->data, answer->data_size, why);
	return 0;
}

/* Wait for one acknowledgement */
static int take_one(struct relp *relp, struct buffer *why)
{
	struct answer answer;
	int r = read_answer(relp, &answer, why);

	if (r == 0)
		r = judge(relp, &answer, why);
	if (r < 0)
		return r;
	relp->acknowledged[answer.transaction % WINDOW] = true;
	forget_answer(relp, &answer);
	for (; relp->oldest < relp->next && relp->acknowledged[relp->oldest % WINDOW]; relp->oldest++)
		relp->acknowledged[relp->oldest % WINDOW] = false;
	return 0;
}

/* --- what it is told -------------------------------------------------------------- */

static int write_out(struct relp *relp, struct buffer *why)
{
	int r = relp->out.failed ? -ENOMEM :
		stream_write(relp->stream, relp->out.data, relp->out.size, why);

	buffer_clear(&relp->out);
	return r;
}

static void add_frame(struct relp *relp, const char *command, const char *data, size_t size)
{
	buffer_printf(&relp->out, "%" PRIu64 " %s %zu ", relp->next++, command, size);
	buffer_append(&relp->out, data, size);
	buffer_append_byte(&relp->out, '\n');
}

/* The command stands in a list, in a line of its own */
static bool offers_syslog(const struct answer *answer)
{
	static const char line[] = "\ncommands=";
	const char *at = memmem(answer->data, answer->data_size, line, sizeof(line) - 1), *end;

	if (!at)
		return false;
	at += sizeof(line) - 1;
	end = memchr(at, '\n', answer->data_size - (size_t)(at - answer->data));
	if (!end)
		end = answer->data + answer->data_size;
	return memmem(at, (size_t)(end - at), "syslog", 6) != NULL;
}

static int start_session(struct relp *relp, struct buffer *why)
{
	struct answer answer;
	int r;

	relp->next = relp->oldest = 1;
	memset(relp->acknowledged, 0, sizeof(relp->acknowledged));
	buffer_clear(&relp->in);
	buffer_clear(&relp->out);
	add_frame(relp, "open", OFFERS, sizeof(OFFERS) - 1);
	r = write_out(relp, why);
	if (r == 0)
		r = read_answer(relp, &answer, why);
	if (r == 0)
		r = judge(relp, &answer, why);
	if (r == 0 && !offers_syslog(&answer))
		r = complain(relp, "the receiver takes no syslog", NULL, 0, why);
	if (r == 0)
		forget_answer(relp, &answer);
	relp->oldest = relp->next;
	return r;
}

static int relp_open(void *destination, struct buffer *why)
{
	struct relp *relp = destination;
	int r = stream_open(relp->stream, why);

	if (r == 0) {
		r = start_session(relp, why);
		if (r < 0)
			stream_close(relp->stream);
	}
	return r;
}

static int relp_send(void *destination, const struct sink_record *record, struct buffer *why)
{
	struct relp *relp = destination;
	int r;

	/* nothing is under way between two batches: a new session starts to count anew */
	if (relp->next > TRANSACTION_MOST && relp->oldest == relp->next) {
		stream_close(relp->stream);
		r = relp_open(relp, why);
		if (r < 0)
			return r;
	}
	buffer_clear(&relp->message);
	r = format_rfc5424(relp->options->format, record, &relp->message);
	if (r)
		return r;
	if (relp->next - relp->oldest == WINDOW) {
		r = write_out(relp, why);
		if (r == 0)
			r = take_one(relp, why);
		if (r < 0)
			return r;
	}
	add_frame(relp, "syslog", relp->message.data, relp->message.size);
	return relp->out.size < WRITE_BYTES ? 0 : write_out(relp, why);
}

static int relp_flush(void *destination, struct buffer *why)
{
	struct relp *relp = destination;
	int r = relp->out.size ? write_out(relp, why) : 0;

	while (r == 0 && relp->oldest < relp->next)
		r = take_one(relp, why);
	return r;
}

/* --- its life ------------------------------------------------------------------------ */

static int relp_prepare(const struct sink_options *options, void **ret, struct buffer *why)
{
	struct relp *relp = calloc(1, sizeof(*relp));
	int r;

	if (!relp)
		return -ENOMEM;
	relp->options = options;
	r = stream_prepare(options, &relp->stream, why);
	if (r < 0) {
		free(relp);
		return r;
	}
	*ret = relp;
	return 0;
}

static void relp_close(void *destination)
{
	struct relp *relp = destination;

	stream_close(relp->stream);
}

static void relp_free(void *destination)
{
	struct relp *relp = destination;

	stream_free(relp->stream);
	buffer_done(&relp->message);
	buffer_done(&relp->out);
	buffer_done(&relp->in);
	free(relp);
}

const struct sink_destination sink_relp = {
	.prepare = relp_prepare,
	.open = relp_open,
	.send = relp_send,
	.flush = relp_flush,
	.close = relp_close,
	.free = relp_free,
};
