/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: connections, frames, and who may ask for what */
#ifndef BAILIWICK_DAEMON_SERVER_H
#define BAILIWICK_DAEMON_SERVER_H

#include "base/message.h"
#include "daemon/controller.h"
#include "daemon/peer.h"

struct server;
struct client;

/**
 * server_start() - listen
 * @socket:	already listening; the server's from now on, on failure too
 */
int server_start(struct controller *controller, int socket, struct server **ret);

/** server_listen() - a listening socket at @path, replacing what is there; or a negative errno */
int server_listen(const char *path);

/** server_stop() - close all; NULL is fine; returns NULL */
struct server *server_stop(struct server *server);

/** server_pump() - the journal has grown: give followers what is new; NULL is fine */
void server_pump(struct server *server);

/** server_refresh() - the group of readers may have changed */
void server_refresh(struct server *server);

/** server_tick() - once a second: idle half-sent requests, refusals not told yet */
void server_tick(struct server *server);

/* --- for the verbs -------------------------------------------------------- */

/** client_controller(), client_peer() - borrowed */
struct controller *client_controller(const struct client *client);
const struct peer *client_peer(const struct client *client);

/** client_frame() - queue a frame whose object is JSON text */
void client_frame(struct client *client, const char *json, size_t size);

/** client_record() - queue {"record": @json} */
void client_record(struct client *client, const char *json, size_t size);

/** client_final() - queue the final frame, freed here, descriptors and all; the request is over */
void client_final(struct client *client, struct message *message);

/** client_done() - client_final() with no more than an exit code and a line (NULL: none) */
void client_done(struct client *client, int code, const char *text);

/** client_done_errno() - client_done() for trouble */
void client_done_errno(struct client *client, const char *what, int error);

/** client_room() - may more be queued, or is the peer too slow at present? */
bool client_room(const struct client *client);

/**
 * client_stream() - answer bit by bit: @pump is called whenever there is room
 * @stream:	the pump's; @end frees it when the client or the stream ends
 *
 * A pump does a bounded piece of work and says how it goes on.
 */
enum client_pump {
	CLIENT_PUMP_WAIT,	/* until there is room, or server_pump() */
	CLIENT_PUMP_MORE,	/* call again after others had their turn */
	CLIENT_PUMP_DONE,	/* the final frame is queued */
};

typedef enum client_pump client_pump_fn(struct client *client, void *stream);
typedef void client_end_fn(void *stream);
void client_stream(struct client *client, client_pump_fn *pump, client_end_fn *end, void *stream);

#endif
