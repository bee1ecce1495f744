// SPDX-License-Identifier: Apache-2.0
/* The control socket: connections, frames, and who may ask for what */
#include "daemon/server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <syslog.h>

#include "base/escape.h"
#include "base/suggest.h"
#include "daemon/change.h"
#include "daemon/news.h"
#include "daemon/verb.h"

#define CLIENTS_MAX 128
#define QUEUE_MAX (1u << 20)	/* bytes after which a stream pauses */
#define HALF_SECONDS 30		/* a request may take to arrive */

/* A frame on its way out */
struct frame {
	struct frame *next;
	struct buffer bytes;
	size_t sent;
	struct message *carrier;	/* owns the descriptors that go with it */
	int fds[MESSAGE_FDS_MAX];
	size_t fd_count;
};

struct client {
	struct server *server;
	struct client *next;
	int fd;
	sd_event_source *source;
	struct peer peer;
	struct message_reader reader;
	struct frame *first, *last;
	size_t queued;			/* bytes */
	bool busy;			/* a request is being answered */
	bool closing;			/* close when all is sent */
	unsigned int half_age;		/* seconds a request has been incomplete */
	client_pump_fn *pump;
	client_end_fn *end;
	void *stream;
	bool more;			/* the pump has more without waiting */
};

struct server {
	struct controller *controller;
	sd_event_source *source;
	int socket;
	gid_t readers;
	struct client *clients;
	size_t count;
	struct peer refused;		/* the last refusal that was told */
	uint64_t untold;		/* refusals since */
	unsigned int quiet;		/* seconds in which refusals are only counted */
};

/* --- closing ----------------------------------------------------------------- */

static void end_stream(struct client *client)
{
	if (client->end)
		client->end(client->stream);
	client->pump = NULL;
	client->end = NULL;
	client->stream = NULL;
}

static void frame_free(struct frame *frame)
{
	buffer_done(&frame->bytes);
	for (size_t i = 0; i < frame->fd_count; i++)
		close(frame->fds[i]);
	free(frame);
}

static void client_free(struct client *client)
{
	struct server *server = client->server;
	struct client **at = &server->clients;
	struct frame *frame;

	while (*at && *at != client)
		at = &(*at)->next;
	if (*at) {
		*at = client->next;
		server->count--;
	}
	if (server->controller->changes)
		changes_forget(server->controller->changes, client);
	end_stream(client);
	while ((frame = client->first)) {
		client->first = frame->next;
		frame_free(frame);
	}
	message_reader_done(&client->reader);
	sd_event_source_disable_unref(client->source);
	close(client->fd);
	free(client);
}

/* --- sending ------------------------------------------------------------------ */

static void want(struct client *client)
{
	uint32_t events = 0;		/* EPOLLHUP, the peer is gone, comes in any case */

	if (client->first || client->closing || client->more)
		events |= EPOLLOUT;
	if (!client->busy && !client->closing)
		events |= EPOLLIN;
	sd_event_source_set_io_events(client->source, events);
}

static void queue(struct client *client, struct frame *frame)
{
	if (client->last && client->first)
		client->last->next = frame;
	else
		client->first = frame;
	client->last = frame;
	client->queued += frame->bytes.size;
	want(client);
}

/* 0 all sent or the peer is slow, negative when the peer is gone */
static int flush(struct client *client)
{
	struct frame *frame;

	while ((frame = client->first)) {
		ssize_t n = message_send_some(client->fd, frame->bytes.data + frame->sent,
					      frame->bytes.size - frame->sent, frame->fds,
					      frame->sent ? 0 : frame->fd_count);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		frame->sent += (size_t)n;
		if (frame->sent < frame->bytes.size)
			continue;
		client->first = frame->next;
		client->queued -= frame->bytes.size;
		frame_free(frame);
	}
	return 0;
}

bool client_room(const struct client *client)
{
	return client->queued < QUEUE_MAX;
}

void client_frame(struct client *client, const char *json, size_t size)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	if (frame && message_frame_text(json, size, &frame->bytes) == 0 && !frame->bytes.failed) {
		queue(client, frame);
		return;
	}
	/* an answer with a hole in it would be a lie: end the connection instead */
	if (frame)
		frame_free(frame);
	client->closing = true;
}

void client_record(struct client *client, const char *json, size_t size)
{
	struct buffer frame = { 0 };

	buffer_append_text(&frame, "{\"record\":");
	buffer_append(&frame, json, size);
	buffer_append_byte(&frame, '}');
	if (frame.failed)
		client->closing = true;
	else
		client_frame(client, frame.data, frame.size);
	buffer_done(&frame);
}

void client_final(struct client *client, struct message *message)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	int r = frame ? message_frame(message, &frame->bytes) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < message_fd_count(message); i++)
		frame->fds[frame->fd_count++] = message_take_fd(message, i);
	message_free(message);
	client->busy = false;
	if (r == 0) {
		queue(client, frame);
		return;
	}
	if (frame)
		frame_free(frame);
	client->closing = true;
}

void client_done(struct client *client, int code, const char *text)
{
	struct message *message = message_new();

	if (!message || message_set_boolean(message, "done", true) < 0 ||
	    message_set_integer(message, "exit", code) < 0 ||
	    (text && message_set_string(message, "message", text) < 0)) {
		message_free(message);
		client->closing = true;
		client->busy = false;
		return;
	}
	client_final(client, message);
}

void client_done_errno(struct client *client, const char *what, int error)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%s: %s", what, strerror(-error));
	client_done(client, EX_SOFTWARE, text.data);
	buffer_done(&text);
}

struct controller *client_controller(const struct client *client)
{
	return client->server->controller;
}

const struct peer *client_peer(const struct client *client)
{
	return &client->peer;
}

void client_stream(struct client *client, client_pump_fn *pump, client_end_fn *end, void *stream)
{
	client->pump = pump;
	client->end = end;
	client->stream = stream;
	/* the answer may come long after its request: nothing else would call the pump */
	client->more = true;
	want(client);
}

/* --- requests --------------------------------------------------------------------- */

static void tell_refused(struct server *server)
{
	if (!server->untold)
		return;
	news_access_refused(server->controller, &server->refused, "(repeated)", server->untold);
	server->untold = 0;
}

/* One line a second at most: a stranger must not be able to fill the journal */
static void refuse(struct client *client, const char *verb)
{
	struct server *server = client->server;

	if (server->quiet) {
		server->refused = client->peer;
		server->untold++;
	} else {
		news_access_refused(server->controller, &client->peer, verb, 1);
		server->quiet = 1;
	}
	client_done(client, EX_NOPERM, client->peer.reads ?
		    "changes are made by root" :
		    "not permitted: the controller answers root and members of the group "
		    PEER_GROUP);
	client->closing = true;
}

static void unknown_verb(struct client *client, const char *verb)
{
	struct buffer text = { 0 };

	buffer_append_text(&text, "unknown verb ");
	escape_ascii(&text, verb, strnlen(verb, 64));
	client_done(client, EX_USAGE, text.data);
	buffer_done(&text);
}

static void handle(struct client *client, struct message *request)
{
	const char *name = message_string(request, "verb");
	const struct request_verb *verb = name ? request_verb_find(name) : NULL;

	client->busy = true;
	if (!client->peer.reads || (verb && verb->changes && !client->peer.changes))
		refuse(client, name ? name : "(none)");
	else if (!name)
		client_done(client, EX_USAGE, "a request is an object with a \"verb\"");
	else if (!verb)
		unknown_verb(client, name);
	else
		verb->run(client, request);
}

/* Whatever could not be read: say so and close, nothing was changed */
static void bad_frame(struct client *client, int error)
{
	client->busy = true;
	client_done(client, EX_USAGE, message_problem(error));
	client->closing = true;
}

static int receive(struct client *client)
{
	_cleanup_(message_freep) struct message *request = NULL;
	int r = message_reader_read(&client->reader, client->fd, &request);

	switch (r) {
	case MESSAGE_FINE:
		client->half_age = 0;
		handle(client, request);
		return 0;
	case MESSAGE_WAIT:
		return 0;
	case MESSAGE_END:
		client->closing = true;		/* once what is queued is sent */
		return 0;
	default:
		bad_frame(client, r);
		return 0;
	}
}

static void run_pump(struct client *client)
{
	enum client_pump r = CLIENT_PUMP_WAIT;

	client->more = false;
	if (client->pump && client_room(client))
		r = client->pump(client, client->stream);
	if (r == CLIENT_PUMP_DONE)
		end_stream(client);
	client->more = r == CLIENT_PUMP_MORE;
}

/* A piece of the stream, and as much out as the peer takes; negative when the client is over */
static int progress(struct client *client)
{
	int r;

	run_pump(client);
	r = flush(client);
	if (r < 0)
		return r;
	/* it paused for room that is there now */
	if (client->pump && !client->first && !client->more)
		run_pump(client);
	if (client->closing && !client->first)
		return -EPIPE;
	want(client);
	return 0;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct client *client = context;
	int r = 0;

	(void)source;
	(void)fd;
	if (events & EPOLLIN && !client->busy && !client->closing)
		r = receive(client);
	else if (events & (EPOLLHUP | EPOLLERR))
		r = -EPIPE;
	if (r == 0)
		r = progress(client);
	if (r < 0)
		client_free(client);
	return 0;
}

static int on_connection(sd_event_source *source, int socket, uint32_t events, void *context)
{
	struct server *server = context;
	struct client *client;
	int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (fd < 0)
		return 0;
	client = server->count < CLIENTS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (!client) {
		close(fd);
		return 0;
	}
	client->server = server;
	client->fd = fd;
	if (peer_read(fd, server->readers, &client->peer) < 0 ||
	    sd_event_add_io(server->controller->loop, &client->source, fd, EPOLLIN,
			    on_client, client) < 0) {
		close(fd);
		free(client);
		return 0;
	}
	client->next = server->clients;
	server->clients = client;
	server->count++;
	return 0;
}

/* --- the server --------------------------------------------------------------------- */

int server_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	/* everybody may knock: who may not is told so, and that is recorded */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, 0666) < 0 || listen(fd, 64) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int server_start(struct controller *controller, int socket, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server) {
		close(socket);
		return -ENOMEM;
	}
	server->controller = controller;
	server->socket = socket;
	server_refresh(server);
	r = sd_event_add_io(controller->loop, &server->source, socket, EPOLLIN, on_connection,
			    server);
	if (r < 0) {
		server_stop(server);
		return r;
	}
	*ret = server;
	return 0;
}

struct server *server_stop(struct server *server)
{
	if (!server)
		return NULL;
	while (server->clients)
		client_free(server->clients);
	sd_event_source_disable_unref(server->source);
	close(server->socket);
	free(server);
	return NULL;
}

static void progress_or_free(struct client *client)
{
	if (progress(client) < 0)
		client_free(client);
}

void server_pump(struct server *server)
{
	struct client *client, *next;

	for (client = server ? server->clients : NULL; client; client = next) {
		next = client->next;
		if (client->pump)
			progress_or_free(client);
	}
}

void server_refresh(struct server *server)
{
	server->readers = peer_group("/etc/group");
}

void server_tick(struct server *server)
{
	struct client *client, *next;

	if (server->quiet && !--server->quiet)
		tell_refused(server);
	for (client = server->clients; client; client = next) {
		next = client->next;
		if (!client->reader.got || ++client->half_age < HALF_SECONDS)
			continue;
		bad_frame(client, -ETIMEDOUT);
		progress_or_free(client);
	}
}
