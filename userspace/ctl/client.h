/* SPDX-License-Identifier: Apache-2.0 */
/* The controller, seen from its control socket */
#ifndef BAILIWICK_CTL_CLIENT_H
#define BAILIWICK_CTL_CLIENT_H

#include "base/message.h"

/* Seconds the controller may stay silent */
#define CLIENT_PATIENCE 30
#define CLIENT_PATIENCE_CHANGE 600	/* while it compiles and switches */
#define CLIENT_PATIENCE_FOREVER 0

/**
 * client_record_fn - one record of an answer
 * @message:	the whole frame; the record stands under "record"
 *
 * Return: 0 to go on, anything else to stop: client_ask() returns it.
 */
typedef int client_record_fn(void *context, const struct message *message);

/**
 * client_connect() - connect to the controller
 *
 * Return: a socket, or a negative errno.
 */
int client_connect(const char *path);

/** client_away() - complain that no connection was possible; returns the exit code */
int client_away(const char *path, int error);

/** client_broken() - complain about what client_ask() returned, if negative; the exit code */
int client_broken(int error, int patience);

/**
 * client_ask() - send a request, hand its records to @record, read the end
 * @patience:	seconds without a word after which to give up, 0 for never
 * @record:	may be NULL: records are skipped
 * @ret_final:	the final frame, to be freed; NULL unless 0 is returned; may be NULL
 *
 * Return: 0 when the final frame came, whatever it says; what @record returned
 * (negative errno or exit code, as the caller defines it); a negative errno
 * when the connection broke: -EPIPE also where it ended without a final frame.
 */
int client_ask(int socket, const struct message *request, int patience, client_record_fn *record,
	       void *context, struct message **ret_final);

/**
 * client_verdict() - the exit code a final frame asks for, its message on stderr
 *
 * A message that comes with exit 0 is not printed: it belongs to stdout.
 */
int client_verdict(const struct message *final);

/**
 * client_call() - connect, ask, complain about whatever goes wrong
 *
 * Return: the exit code; *ret_final is set (to be freed) whenever a final frame
 * came, whatever the code. @record returns 0 or an exit code that ends the call.
 */
int client_call(const char *path, const struct message *request, int patience,
		client_record_fn *record, void *context, struct message **ret_final);

/** request_new() - a request for @verb, or NULL (complained) */
struct message *request_new(const char *verb);

#endif
