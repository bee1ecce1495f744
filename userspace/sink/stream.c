// SPDX-License-Identifier: Apache-2.0
/* A connection over TCP, or TLS over it, that never waits longer than it may */
#include "sink/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ACKNOWLEDGED_LOOK_MS 2
#define SETTLE_MS 10

struct stream {
	const struct sink_options *options;
	SSL_CTX *context;
	SSL *tls;			/* NULL without TLS */
	int fd;
	int64_t deadline;		/* CLOCK_MONOTONIC, ms */
	char host[SINK_TEXT_MAX];
	char port[SINK_TEXT_MAX];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void begin(struct stream *stream)
{
	stream->deadline = now_ms() + (int64_t)stream->options->timeout * 1000;
}

static int complain(const struct stream *stream, int error, const char *what, struct buffer *why)
{
	if (!why->size)
		buffer_printf(why, "%s: %s%s%s", stream->options->address, what, error ? ": " : "",
			      error ? strerror(error) : "");
	return error ? -error : -EPROTO;
}

/* What OpenSSL has to say, the certificate's fault first */
static int complain_tls(const struct stream *stream, const char *what, struct buffer *why)
{
	unsigned long code = ERR_get_error();
	long verdict = stream->tls ? SSL_get_verify_result(stream->tls) : X509_V_OK;
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (verdict != X509_V_OK)
		reason = X509_verify_cert_error_string(verdict);
	if (!why->size)
		buffer_printf(why, "%s: %s: %s", stream->options->address, what,
			      reason ? reason : "the peer closed the connection");
	return -EPROTO;
}

/* --- preparing --------------------------------------------------------------- */

/* "host:port", "[v6]:port" */
static bool split_address(struct stream *stream)
{
	const char *address = stream->options->address, *colon = strrchr(address, ':');
	size_t size = colon ? (size_t)(colon - address) : 0;

	if (!size || !colon[1])
		return false;
	if (*address == '[' && address[size - 1] == ']') {
		address++;
		size -= 2;
	}
	memcpy(stream->host, address, size);
	stream->host[size] = 0;
	strcpy(stream->port, colon + 1);
	return size > 0;
}

static int load_certificates(struct stream *stream, struct buffer *why)
{
	const struct sink_options *o = stream->options;

	stream->context = SSL_CTX_new(TLS_client_method());
	if (!stream->context)
		return -ENOMEM;
	SSL_CTX_set_min_proto_version(stream->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(stream->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(stream->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	if (SSL_CTX_load_verify_locations(stream->context, o->ca, NULL) != 1)
		return complain_tls(stream, o->ca, why);
	if (*o->certificate &&
	    (SSL_CTX_use_certificate_chain_file(stream->context, o->certificate) != 1 ||
	     SSL_CTX_use_PrivateKey_file(stream->context, o->key, SSL_FILETYPE_PEM) != 1 ||
	     SSL_CTX_check_private_key(stream->context) != 1))
		return complain_tls(stream, o->certificate, why);
	return 0;
}

int stream_prepare(const struct sink_options *options, struct stream **ret, struct buffer *why)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = 0;

	if (!stream)
		return -ENOMEM;
	stream->options = options;
	stream->fd = -1;
	if (!split_address(stream))
		r = complain(stream, 0, "is no HOST:PORT", why);
	if (r == 0 && options->tls)
		r = load_certificates(stream, why);
	if (r < 0) {
		stream_free(stream);
		return r;
	}
	*ret = stream;
	return 0;
}

/* --- waiting ------------------------------------------------------------------ */

/* 0 when the descriptor is ready; -ETIMEDOUT at the deadline */
static int wait_for(struct stream *stream, short events)
{
	struct pollfd poll_ = { .fd = stream->fd, .events = events };
	int r;

	do {
		int64_t left = stream->deadline - now_ms();

		r = poll(&poll_, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	return r > 0 ? 0 : r == 0 ? -ETIMEDOUT : -errno;
}

/* After a TLS call that did not finish: 0 to try it again, or a negative errno */
static int wait_tls(struct stream *stream, int answer, const char *what, struct buffer *why)
{
	int r;

	switch (SSL_get_error(stream->tls, answer)) {
	case SSL_ERROR_WANT_READ:
		r = wait_for(stream, POLLIN);
		break;
	case SSL_ERROR_WANT_WRITE:
		r = wait_for(stream, POLLOUT);
		break;
	default:
		return complain_tls(stream, what, why);
	}
	return r < 0 ? complain(stream, -r, what, why) : 0;
}

/* --- connecting --------------------------------------------------------------- */

static int connect_one(struct stream *stream, const struct addrinfo *to)
{
	unsigned int limit = (unsigned int)stream->options->timeout * 1000;
	int one = 1, error = 0, r;
	socklen_t size = sizeof(error);

	stream->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd < 0)
		return -errno;
	setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(stream->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
	if (connect(stream->fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	r = wait_for(stream, POLLOUT);
	if (r == 0 && getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		r = -errno;
	return r < 0 ? r : -error;
}

static int connect_any(struct stream *stream, struct buffer *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all;
	int r = getaddrinfo(stream->host, stream->port, &hints, &all);

	if (r)
		return complain(stream, 0, gai_strerror(r), why);
	r = -EHOSTUNREACH;
	for (struct addrinfo *one = all; one && r < 0; one = one->ai_next) {
		begin(stream);
		r = connect_one(stream, one);
		if (r < 0)
			stream_close(stream);
	}
	freeaddrinfo(all);
	return r < 0 ? complain(stream, -r, "cannot connect", why) : 0;
}

static int start_tls(struct stream *stream, struct buffer *why)
{
	const char *name = *stream->options->server_name ? stream->options->server_name : stream->host;
	int r = 0;

	stream->tls = SSL_new(stream->context);
	if (!stream->tls)
		return -ENOMEM;
	/* a name, or an address that stands in the certificate */
	if (!X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream->tls), name)) {
		SSL_set_hostflags(stream->tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		if (!SSL_set1_host(stream->tls, name) || !SSL_set_tlsext_host_name(stream->tls, name))
			return -ENOMEM;
	}
	ERR_clear_error();
	if (!SSL_set_fd(stream->tls, stream->fd))
		return -ENOMEM;
	begin(stream);
	while (r == 0) {
		int answer = SSL_connect(stream->tls);

		if (answer == 1)
			return 0;
		r = wait_tls(stream, answer, "no TLS", why);
	}
	return r;
}

int stream_open(struct stream *stream, struct buffer *why)
{
	int r = connect_any(stream, why);

	if (r == 0 && stream->options->tls)
		r = start_tls(stream, why);
	if (r < 0)
		stream_close(stream);
	return r;
}

/* --- reading ------------------------------------------------------------------ */

static int read_some(struct stream *stream, void *data, size_t size, size_t *ret, struct buffer *why)
{
	ssize_t n;
	int r;

	*ret = 0;
	if (stream->tls) {
		r = SSL_read_ex(stream->tls, data, size, ret);
		return r == 1 ? 0 : wait_tls(stream, r, "does not answer", why);
	}
	n = recv(stream->fd, data, size, 0);
	if (n == 0)
		return complain(stream, 0, "the peer closed the connection", why);
	if (n > 0)
		*ret = (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return complain(stream, errno, "the connection broke", why);
	else if ((r = wait_for(stream, POLLIN)) < 0)
		return complain(stream, -r, "does not answer", why);
	return 0;
}

int stream_read(struct stream *stream, void *data, size_t size, size_t *ret, struct buffer *why)
{
	int r = 0;

	begin(stream);
	for (*ret = 0; r == 0 && !*ret;)
		r = read_some(stream, data, size, ret, why);
	return r;
}

/* --- writing ------------------------------------------------------------------ */

/* What the peer says though it has nothing to say; 0 when it is silent */
static int listen_to(struct stream *stream, struct buffer *why)
{
	char byte;
	ssize_t n;

	if (stream->tls) {
		int answer = SSL_read(stream->tls, &byte, 1);
		int error = answer > 0 ? SSL_ERROR_NONE : SSL_get_error(stream->tls, answer);

		if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
			return 0;
		if (answer > 0)
			return complain(stream, 0, "the peer answers what nobody asked", why);
		return complain_tls(stream, "the connection ended", why);
	}
	n = recv(stream->fd, &byte, 1, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : complain(stream, errno, "the connection broke", why);
	return complain(stream, 0, n ? "the peer answers what nobody asked" :
			"the peer closed the connection", why);
}

static int write_some(struct stream *stream, const char *data, size_t size, size_t *ret,
		      struct buffer *why)
{
	ssize_t n;
	int r;

	*ret = 0;
	if (stream->tls) {
		r = SSL_write_ex(stream->tls, data, size, ret);
		return r == 1 ? 0 : wait_tls(stream, r, "cannot be written to", why);
	}
	n = send(stream->fd, data, size, MSG_NOSIGNAL);
	if (n >= 0)
		*ret = (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return complain(stream, errno, "cannot be written to", why);
	else if ((r = wait_for(stream, POLLOUT)) < 0)
		return complain(stream, -r, "the peer does not read", why);
	return 0;
}

int stream_write(struct stream *stream, const void *data, size_t size, struct buffer *why)
{
	int r = 0;

	begin(stream);
	for (size_t done = 0, n; r == 0 && done < size; done += n) {
		r = write_some(stream, (const char *)data + done, size - done, &n, why);
		if (n)
			begin(stream);
	}
	return r;
}

int stream_flush(struct stream *stream, struct buffer *why)
{
	struct timespec pause = { .tv_nsec = ACKNOWLEDGED_LOOK_MS * 1000000 };
	struct pollfd poll_ = { .fd = stream->fd, .events = POLLIN };
	bool settled = false;
	int waiting = 0, r;

	begin(stream);
	for (;;) {
		r = listen_to(stream, why);
		if (r < 0)
			return r;
		if (ioctl(stream->fd, SIOCOUTQ, &waiting) < 0)
			return complain(stream, errno, "the connection broke", why);
		if (!waiting && settled)
			return 0;
		if (!waiting) {
			/* who refuses what he got says so at once, and a little later than he acknowledges it */
			settled = true;
			if (poll(&poll_, 1, SETTLE_MS) == 0)
				return 0;
			continue;
		}
		if (now_ms() > stream->deadline)
			return complain(stream, ETIMEDOUT, "the peer acknowledges nothing", why);
		nanosleep(&pause, NULL);
	}
}

void stream_close(struct stream *stream)
{
	if (stream->tls) {
		ERR_clear_error();
		SSL_shutdown(stream->tls);
	}
	SSL_free(stream->tls);
	stream->tls = NULL;
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}

void stream_free(struct stream *stream)
{
	stream_close(stream);
	SSL_CTX_free(stream->context);
	free(stream);
}
