// SPDX-License-Identifier: Apache-2.0
/* NATS JetStream: a message for each event, with an id that the stream knows again */
#include <errno.h>
#include <nats/nats.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/readfile.h"
#include "sink/sink.h"

/*
 * libnats has threads; they come into being with its first object.  So preparing,
 * which happens before the process gives up its rights, is reading files alone:
 * what a thread holds already, another one cannot give up.
 */

#define DESCRIPTORS 256			/* as many as a confined process has */
#define SECRET_MAX (1u << 20)

struct nats {
	const struct sink_options *options;
	struct buffer url;
	char host[SINK_TEXT_MAX];
	char *ca, *certificate, *key;	/* PEM; NULL for none */
	char *password, *seed;
	natsConnection *connection;
	struct buffer message;
	pthread_mutex_t lock;
	pthread_cond_t news;
	/* the rest belongs to @lock: libnats' threads tell what became of messages */
	jsCtx *js;
	uint64_t sent, stored;		/* since the connection was made */
	bool closed;
	struct buffer refusal;		/* why one was not stored, "" when all are */
	char never[SHA256_TEXT_SIZE];	/* the id of one that no stream there will ever take */
};

/* --- preparing --------------------------------------------------------------- */

static int read_secret(const char *path, bool is_line, char **ret, struct buffer *why)
{
	size_t size;
	int r;

	if (!*path)
		return 0;
	r = readfile(path, SECRET_MAX, ret, &size);
	if (r) {
		buffer_printf(why, "%s: %s", path, r < 0 ? strerror(-r) : "is no file of a sensible size");
		return r < 0 ? r : -EINVAL;
	}
	if (is_line)
		(*ret)[strcspn(*ret, "\r\n")] = 0;
	return 0;
}

/* "host:port", "[v6]:port": the host is the name in the certificate */
static int split_address(struct nats *nats, struct buffer *why)
{
	const char *address = nats->options->address, *colon = strrchr(address, ':');
	size_t size = colon ? (size_t)(colon - address) : 0;

	if (!size || !colon[1] || strpbrk(address, "@/,")) {
		buffer_printf(why, "%s: is no HOST:PORT", address);
		return -EINVAL;
	}
	if (*address == '[' && address[size - 1] == ']') {
		address++;
		size -= 2;
	}
	memcpy(nats->host, address, size);
	nats->host[size] = 0;
	if (*nats->options->server_name)
		strcpy(nats->host, nats->options->server_name);
	return buffer_printf(&nats->url, "%s://%s", nats->options->tls ? "tls" : "nats",
			     nats->options->address);
}

static void nats_free(void *destination);

static int nats_prepare(const struct sink_options *options, void **ret, struct buffer *why)
{
	struct nats *nats = calloc(1, sizeof(*nats));
	int r;

	if (!nats)
		return -ENOMEM;
	nats->options = options;
	pthread_mutex_init(&nats->lock, NULL);
	pthread_cond_init(&nats->news, NULL);
	r = split_address(nats, why);
	if (r == 0)
		r = read_secret(options->ca, false, &nats->ca, why);
	if (r == 0)
		r = read_secret(options->certificate, false, &nats->certificate, why);
	if (r == 0)
		r = read_secret(options->key, false, &nats->key, why);
	if (r == 0)
		r = read_secret(options->password, true, &nats->password, why);
	if (r == 0)
		r = read_secret(options->seed, true, &nats->seed, why);
	if (r < 0) {
		nats_free(nats);
		return r;
	}
	*ret = nats;
	return 0;
}

/* --- a watch over libnats ------------------------------------------------------ */

static volatile sig_atomic_t watch_bit;

/* The process has one connection; whoever waits for it sees its end */
static void on_alarm(int number)
{
	int before = errno, family;

	(void)number;
	watch_bit = 1;
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		socklen_t size = sizeof(family);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 &&
		    (family == AF_INET || family == AF_INET6))
			shutdown(fd, SHUT_RDWR);
	}
	errno = before;
}

/*
 * While it connects, libnats 3.4 waits forever, and busily, for a server that says
 * INFO and never answers PING, whatever its timeout is.
 */
static void watch_for(uint64_t seconds)
{
	struct itimerval timer = { .it_value.tv_sec = (time_t)seconds,
				   .it_interval.tv_sec = (time_t)seconds };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	watch_bit = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* --- connecting --------------------------------------------------------------- */

static int complain(const struct nats *nats, natsStatus status, struct buffer *why)
{
	const char *more = nats_GetLastError(NULL);

	if (!why->size)
		buffer_printf(why, "%s: %s%s%s", nats->options->address, natsStatus_GetText(status),
			      more && *more ? ": " : "", more && *more ? more : "");
	return status == NATS_NO_MEMORY ? -ENOMEM : status == NATS_TIMEOUT ? -ETIMEDOUT : -EPROTO;
}

static natsStatus sign(char **error, unsigned char **signature, int *size, const char *nonce,
		       void *context)
{
	const struct nats *nats = context;
	natsStatus s = nonce && *nonce ? nats_Sign(nats->seed, nonce, signature, size) :
					 NATS_NOT_PERMITTED;

	if (s != NATS_OK)
		*error = strdup(nonce && *nonce ? "the seed is none" : "the server wants no signature");
	return s;
}

static void on_closed(natsConnection *connection, void *context)
{
	struct nats *nats = context;

	pthread_mutex_lock(&nats->lock);
	if (connection == nats->connection)
		nats->closed = true;
	pthread_cond_signal(&nats->news);
	pthread_mutex_unlock(&nats->lock);
}

static natsStatus set_security(struct nats *nats, natsOptions *o)
{
	const struct sink_options *options = nats->options;
	natsStatus s = natsOptions_SetSecure(o, options->tls);

	/* it takes the host of the address otherwise, but not in every version */
	if (s == NATS_OK && options->tls)
		s = natsOptions_SetExpectedHostname(o, nats->host);
	if (s == NATS_OK && nats->ca)
		s = natsOptions_SetCATrustedCertificates(o, nats->ca);
	if (s == NATS_OK && nats->certificate)
		s = natsOptions_SetCertificatesChain(o, nats->certificate, nats->key);
	if (s == NATS_OK && nats->password)
		s = natsOptions_SetUserInfo(o, options->user, nats->password);
	if (s == NATS_OK && nats->seed)
		s = natsOptions_SetNKey(o, options->nkey, sign, nats);
	return s;
}

/* Trying again is not left to libnats: whatever breaks, a batch begins anew */
static natsStatus make_options(struct nats *nats, natsOptions **ret)
{
	natsStatus s = natsOptions_Create(ret);

	if (s == NATS_OK)
		s = natsOptions_SetURL(*ret, nats->url.data);
	if (s == NATS_OK)
		s = natsOptions_SetName(*ret, "bailiwick");
	if (s == NATS_OK)
		s = natsOptions_SetTimeout(*ret, (int64_t)nats->options->timeout * 1000);
	if (s == NATS_OK)
		s = natsOptions_SetAllowReconnect(*ret, false);
	if (s == NATS_OK)
		s = natsOptions_SetIgnoreDiscoveredServers(*ret, true);
	if (s == NATS_OK)
		s = natsOptions_SetWriteDeadline(*ret, (int64_t)nats->options->timeout * 1000);
	if (s == NATS_OK)
		s = natsOptions_SetClosedCB(*ret, on_closed, nats);
	return s == NATS_OK ? set_security(nats, *ret) : s;
}

/* In a thread of libnats; of a connection that was given up nothing counts any more */
static void on_answer(jsCtx *js, natsMsg *message, jsPubAck *stored, jsPubAckErr *error, void *context)
{
	struct nats *nats = context;
	const char *id = NULL;

	pthread_mutex_lock(&nats->lock);
	/* libnats takes "{}" for an acknowledgement, too: it must say where the message is */
	if (js == nats->js && stored && stored->Stream && *stored->Stream && stored->Sequence) {
		nats->stored++;
	} else if (js == nats->js && !nats->refusal.size) {
		const char *text = error && error->ErrText ? error->ErrText : "";

		buffer_printf(&nats->refusal, "%s: the subject %s: %s", nats->options->address,
			      nats->options->subject, error && error->Err == NATS_NO_RESPONDERS ?
			      "no stream takes it" : *text ? text : "not stored");
		if (error && error->ErrCode == JSStreamMessageExceedsMaximumErr &&
		    natsMsgHeader_Get(message, "Nats-Msg-Id", &id) == NATS_OK &&
		    strlen(id) < sizeof(nats->never))
			strcpy(nats->never, id);
	}
	pthread_cond_signal(&nats->news);
	pthread_mutex_unlock(&nats->lock);
	natsMsg_Destroy(message);
}

static void nats_close(void *destination)
{
	struct nats *nats = destination;
	jsCtx *js = nats->js;

	pthread_mutex_lock(&nats->lock);
	nats->js = NULL;
	pthread_mutex_unlock(&nats->lock);
	jsCtx_Destroy(js);
	natsConnection_Destroy(nats->connection);
	nats->connection = NULL;
}

static int nats_open(void *destination, struct buffer *why)
{
	struct nats *nats = destination;
	natsConnection *connection = NULL;
	natsOptions *options = NULL;
	jsOptions js_options;
	jsCtx *js = NULL;
	bool bitten = false;
	natsStatus s = make_options(nats, &options);

	if (s == NATS_OK) {
		watch_for(nats->options->timeout + 1);
		s = natsConnection_Connect(&connection, options);
		bitten = s != NATS_OK && watch_bit;
		watch_for(0);
	}
	jsOptions_Init(&js_options);
	js_options.PublishAsync.AckHandler = on_answer;
	js_options.PublishAsync.AckHandlerClosure = nats;
	if (s == NATS_OK)
		s = natsConnection_JetStream(&js, connection, &js_options);
	pthread_mutex_lock(&nats->lock);
	nats->connection = connection;
	nats->js = js;
	nats->sent = nats->stored = 0;
	nats->closed = s == NATS_OK && natsConnection_IsClosed(connection);
	buffer_clear(&nats->refusal);
	pthread_mutex_unlock(&nats->lock);
	natsOptions_Destroy(options);
	if (s == NATS_OK)
		return 0;
	if (bitten)
		buffer_printf(why, "%s: the server does not answer", nats->options->address);
	complain(nats, s, why);
	nats_close(nats);
	return bitten || s == NATS_TIMEOUT ? -ETIMEDOUT : -EPROTO;
}

/* --- publishing ------------------------------------------------------------------ */

/* The stream refused that one and always will; it is said only once */
static bool is_refused(struct nats *nats, const char *id, struct buffer *why)
{
	bool answer;

	pthread_mutex_lock(&nats->lock);
	answer = strcmp(nats->never, id) == 0;
	if (answer)
		nats->never[0] = 0;
	pthread_mutex_unlock(&nats->lock);
	if (answer)
		buffer_append_text(why, "longer than the stream takes");
	return answer;
}

static int nats_send(void *destination, const struct sink_record *record, struct buffer *why)
{
	struct nats *nats = destination;
	char id[SHA256_TEXT_SIZE];
	jsPubOptions options = { .MsgId = sha256_format(record->hash, id) };
	natsMsg *message = NULL;
	natsStatus s;
	int r;

	if (is_refused(nats, id, why))
		return SINK_NEVER;
	buffer_clear(&nats->message);
	r = sink_write(nats->options->format, record, &nats->message);
	if (r)
		return r;
	s = natsMsg_Create(&message, nats->options->subject, NULL, nats->message.data,
			   (int)nats->message.size);
	if (s == NATS_OK)
		s = js_PublishMsgAsync(nats->js, &message, &options);
	natsMsg_Destroy(message);
	if (s == NATS_OK)
		nats->sent++;
	else
		r = complain(nats, s, why);
	return s == NATS_MAX_PAYLOAD ? SINK_NEVER : r;
}

/* Until the stream has all of them, and never longer than the timeout for the next one */
static int wait_for_answers(struct nats *nats, struct buffer *why)
{
	uint64_t before = nats->stored;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)nats->options->timeout;
	while (nats->stored == before && !nats->refusal.size && !nats->closed)
		if (pthread_cond_timedwait(&nats->news, &nats->lock, &until) == ETIMEDOUT) {
			buffer_printf(why, "%s: the stream does not answer", nats->options->address);
			return -ETIMEDOUT;
		}
	if (nats->refusal.size)
		return buffer_append(why, nats->refusal.data, nats->refusal.size) < 0 ? -ENOMEM : -EPROTO;
	if (nats->stored == before) {
		buffer_printf(why, "%s: the connection ended", nats->options->address);
		return -EPIPE;
	}
	return 0;
}

static int nats_flush(void *destination, struct buffer *why)
{
	struct nats *nats = destination;
	int r = 0;

	pthread_mutex_lock(&nats->lock);
	while (r == 0 && nats->stored < nats->sent)
		r = wait_for_answers(nats, why);
	pthread_mutex_unlock(&nats->lock);
	return r;
}

static void nats_free(void *destination)
{
	struct nats *nats = destination;

	nats_close(nats);
	free(nats->ca);
	free(nats->certificate);
	free(nats->key);
	free(nats->password);
	free(nats->seed);
	buffer_done(&nats->url);
	buffer_done(&nats->message);
	buffer_done(&nats->refusal);
	/* not its lock: a thread of libnats may still say goodbye, and the process ends */
}

const struct sink_destination sink_nats = {
	.prepare = nats_prepare,
	.open = nats_open,
	.send = nats_send,
	.flush = nats_flush,
	.close = nats_close,
	.free = nats_free,
};
