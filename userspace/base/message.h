/* SPDX-License-Identifier: Apache-2.0 */
/* Framed JSON messages with file descriptors: the protocol of the control socket */
#ifndef BAILIWICK_BASE_MESSAGE_H
#define BAILIWICK_BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/*
 * A frame is a little-endian u32 length and that many bytes of one JSON object.
 * Descriptors travel as SCM_RIGHTS with the first byte of their frame.
 */
#define MESSAGE_SIZE_MAX (1u << 20)	/* bytes of JSON in a frame */
#define MESSAGE_FDS_MAX 8		/* descriptors with a frame */

/* A JSON object and the descriptors that came, or go, with it */
struct message;

/** message_new() - an empty object, or NULL */
struct message *message_new(void);

/** message_free() - free it and close its descriptors; NULL is fine; returns NULL */
struct message *message_free(struct message *message);
DEFINE_CLEANUP(struct message *, message_free);

/** message_parse() - an object from JSON text; 0, -EBADMSG, -EMSGSIZE or -ENOMEM */
int message_parse(const char *json, size_t size, struct message **ret);

/*
 * Writing.  Keys are plain (no paths) and replace what was there; all return 0
 * or -ENOMEM.  message_set_string() and message_add_string() return -EILSEQ for
 * text that is not UTF-8; message_set_json() -EBADMSG for what is not JSON.
 */
int message_set_string(struct message *message, const char *key, const char *text);
int message_set_integer(struct message *message, const char *key, int64_t value);
int message_set_boolean(struct message *message, const char *key, bool value);
int message_set_json(struct message *message, const char *key, const char *json, size_t size);

/** message_add_string() - append to the array @key, made when missing */
int message_add_string(struct message *message, const char *key, const char *text);

/** message_add_integer() - append to the array @key, made when missing */
int message_add_integer(struct message *message, const char *key, int64_t value);

/** message_add_fd() - the message owns @fd from now on, on failure too; 0 or -EMFILE */
int message_add_fd(struct message *message, int fd);

/*
 * Reading.  A path is keys and array indices joined by dots: "record.object.path",
 * "files.0".  What is missing or of another type reads as "not there".
 */

/** message_string() - borrowed text, or NULL */
const char *message_string(const struct message *message, const char *path);

/** message_integer() - true and *ret when there is an integer */
bool message_integer(const struct message *message, const char *path, int64_t *ret);

/** message_boolean() - true when there is a true */
bool message_boolean(const struct message *message, const char *path);

/** message_has() - is there anything but null? */
bool message_has(const struct message *message, const char *path);

/** message_count() - elements of the array (or object), 0 when there is none */
size_t message_count(const struct message *message, const char *path);

/** message_key() - borrowed name of member @index of the object, or NULL */
const char *message_key(const struct message *message, const char *path, size_t index);

/** message_json() - the value as compact JSON, to be freed; NULL when missing; "" is the whole */
char *message_json(const struct message *message, const char *path);

/** message_fd_count() - descriptors not taken yet or taken */
size_t message_fd_count(const struct message *message);

/** message_take_fd() - descriptor @index, the caller's from now on; -1 when there is none */
int message_take_fd(struct message *message, size_t index);

/* Positive answers of message_receive() and message_reader_read() */
enum message_answer {
	MESSAGE_FINE,
	MESSAGE_END,		/* the peer closed between two frames */
	MESSAGE_WAIT,		/* not complete yet (reader alone) */
};

/**
 * message_send() - write one frame and its descriptors to a blocking socket
 *
 * Return: 0; -EMSGSIZE too large; otherwise a negative errno. Part of the frame
 * may be written then: close the connection. Never raises SIGPIPE.
 */
int message_send(int socket, const struct message *message);

/**
 * message_receive() - read one frame from a blocking socket
 *
 * Return: MESSAGE_FINE and *ret; MESSAGE_END; -EPIPE cut in half, -EMSGSIZE too
 * long, -EBADMSG not a JSON object, -EMFILE too many descriptors; other errno
 * of the system. message_problem() words them. After an error close the connection.
 */
int message_receive(int socket, struct message **ret);

/** message_problem() - what a negative return of this file means, for people */
const char *message_problem(int error);

/** struct message_reader - a frame arriving in pieces; all-zero is empty */
struct message_reader {
	uint8_t header[4];
	size_t got;		/* bytes so far, header included */
	uint32_t size;		/* of the JSON */
	char *body;
	int fds[MESSAGE_FDS_MAX];
	size_t fd_count;
};

/** message_reader_done() - forget a frame that was begun */
void message_reader_done(struct message_reader *reader);

/** message_reader_read() - read what is there without waiting; as message_receive() */
int message_reader_read(struct message_reader *reader, int socket, struct message **ret);

/** message_frame() - add the frame's bytes to @out (no descriptors); 0, -EMSGSIZE, -ENOMEM */
int message_frame(const struct message *message, struct buffer *out);

/** message_frame_text() - as message_frame(), for an object that is JSON text already */
int message_frame_text(const char *json, size_t size, struct buffer *out);

/** message_send_some() - send bytes and @n descriptors with the first; bytes sent, or errno */
ssize_t message_send_some(int socket, const void *data, size_t size, const int *fds, size_t n);

#endif
