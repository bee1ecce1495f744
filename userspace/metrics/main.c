// SPDX-License-Identifier: Apache-2.0
/* The numbers over HTTP, to this machine alone: started by the controller, without rights */
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "metrics/ask.h"

#define CONNECTIONS 16u
#define REQUEST_MEMORY (16u << 10)	/* bytes a request and its headers may take */
#define SECONDS_IDLE 10u		/* as long as Prometheus waits by default */
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* One byte and its descriptor from the controller; the descriptor or -1 */
static int take(int feed, char expected)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec piece = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(feed, &header, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&header);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	if (byte == expected)
		return fd;
	close(fd);
	return -1;
}

/* Asks for the numbers; -1 when the controller has other things to do */
static int ask(void)
{
	struct pollfd answer = { .fd = METRICS_FEED, .events = POLLIN };
	int late;

	/* what came after its question was given up */
	while (poll(&answer, 1, 0) == 1 && answer.revents == POLLIN) {
		late = take(METRICS_FEED, METRICS_NUMBERS);
		if (late < 0)
			return -1;
		close(late);
	}
	if (send(METRICS_FEED, "?", 1, MSG_NOSIGNAL) != 1 ||
	    poll(&answer, 1, METRICS_PATIENCE * 1000) != 1)
		return -1;
	return take(METRICS_FEED, METRICS_NUMBERS);
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned int status,
			       struct MHD_Response *response, const char *type)
{
	enum MHD_Result r;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned int status, const char *text)
{
	return respond(connection, status,
		       MHD_create_response_from_buffer(strlen(text), (void *)text,
						       MHD_RESPMEM_PERSISTENT), TYPE_TEXT);
}

static enum MHD_Result serve_numbers(struct MHD_Connection *connection)
{
	int fd = ask();
	struct stat status;

	if (fd < 0)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the controller does not answer\n");
	if (fstat(fd, &status) < 0) {
		close(fd);
		return MHD_NO;
	}
	/* the response owns the descriptor */
	return respond(connection, MHD_HTTP_OK,
		       MHD_create_response_from_fd((size_t)status.st_size, fd), TYPE_METRICS);
}

/*
 * A page in somebody's browser may ask, too, by a name that means 127.0.0.1 when it
 * is asked: only requests that name this machine are answered.
 */
static bool names_this_machine(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	size_t size = host ? strlen(host) : 0;
	const char *colon = host ? strrchr(host, ':') : NULL;

	if (colon && strspn(colon + 1, "0123456789") == strlen(colon + 1))
		size = (size_t)(colon - host);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == size && strncmp(names[i], host, size) == 0)
			return true;
	/* any other address of 127.0.0.0/8 is digits and dots alone */
	return size > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == size;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **request)
{
	static int begun;

	(void)context;
	(void)version;
	(void)upload;
	if (!*request) {		/* the headers; an answer now would cut a body off */
		*request = &begun;
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (!names_this_machine(MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							     MHD_HTTP_HEADER_HOST)))
		return say(connection, MHD_HTTP_FORBIDDEN, "ask for localhost\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics"))
		return say(connection, MHD_HTTP_NOT_FOUND, "only /metrics\n");
	return serve_numbers(connection);
}

int main(void)
{
	struct MHD_Daemon *http;
	int listener = take(METRICS_FEED, METRICS_LISTEN);
	struct pollfd controller = { .fd = METRICS_FEED };

	if (listener < 0) {
		fputs("bailiwickd starts this program; it is of no use by itself\n", stderr);
		return EX_USAGE;
	}
	http = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, NULL,
				MHD_OPTION_LISTEN_SOCKET, listener,
				MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY,
				MHD_OPTION_CONNECTION_TIMEOUT, SECONDS_IDLE, MHD_OPTION_END);
	if (!http)
		return EX_OSERR;
	/* until it is gone */
	while (poll(&controller, 1, -1) < 0 && errno == EINTR)
		;
	MHD_stop_daemon(http);
	return EX_OK;
}
