/* SPDX-License-Identifier: Apache-2.0 */
/* What a destination is: options, records, and the five things it can do */
#ifndef BAILIWICK_SINK_SINK_H
#define BAILIWICK_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/sha256.h"

/* Where to: X(ID, "word in the configuration") */
#define SINK_TYPES(X)                                                          \
	X(FILE, "file")                                                        \
	X(SYSLOG, "syslog")                                                    \
	X(RELP, "relp")                                                        \
	X(NATS, "nats")                                                        \
	X(JOURNALD, "journald")

/* As what: X(ID, "word") */
#define SINK_FORMATS(X)                                                        \
	X(JSON, "json")                                                        \
	X(OCSF, "ocsf")                                                        \
	X(CEF, "cef")                                                          \
	X(TEXT, "text")

#define SINK_X_TYPE(id, text) SINK_##id,
enum sink_type { SINK_TYPES(SINK_X_TYPE) SINK_TYPE_COUNT };
#define SINK_X_FORMAT(id, text) SINK_FORMAT_##id,
enum sink_format { SINK_FORMATS(SINK_X_FORMAT) SINK_FORMAT_COUNT };

#define SINK_NAME_MAX 32
#define SINK_TEXT_MAX 512

/**
 * struct sink_options - one destination as configured; "" where nothing is
 * @line:	of the configuration where it begins
 * @file:	of a file sink; of the socket of journald
 * @address:	HOST:PORT
 * @ca:		PEM file with who may have signed the peer's certificate
 * @server_name: in the peer's certificate, the host of @address otherwise
 * @subject:	of NATS, with who sends: @user and the file @password, or the
 *		public @nkey and the file @seed
 * @severity:	least grade that is sent on
 * @max_size:	bytes after which a file is rotated; 0 for never
 * @keep:	rotated files kept
 * @timeout:	seconds for one answer
 * @retry_max:	seconds between two attempts at most
 */
struct sink_options {
	char name[SINK_NAME_MAX + 1];
	int line;
	enum sink_type type;
	enum sink_format format;
	char file[SINK_TEXT_MAX];
	char address[SINK_TEXT_MAX];
	bool tls;
	char ca[SINK_TEXT_MAX];
	char certificate[SINK_TEXT_MAX];
	char key[SINK_TEXT_MAX];
	char server_name[SINK_TEXT_MAX];
	char subject[SINK_TEXT_MAX];
	char user[SINK_TEXT_MAX];
	char password[SINK_TEXT_MAX];
	char nkey[SINK_TEXT_MAX];
	char seed[SINK_TEXT_MAX];
	uint64_t severity;
	uint64_t max_size;
	uint64_t keep;
	uint64_t timeout;
	uint64_t retry_max;
};

/**
 * struct sink_record - an event on its way
 * @json:	as the journal has it
 * @text:	the line for people
 * @hash:	the journal's chain at this record
 */
struct sink_record {
	uint64_t sequence;
	uint64_t time;
	uint8_t hash[SHA256_SIZE];
	const char *json;
	size_t json_size;
	const char *text;
	size_t text_size;
};

/* Answer of a destination beside 0 and a negative errno (try again): this record, never */
#define SINK_NEVER 1

/**
 * struct sink_destination - a kind of destination
 * @prepare:	while files of root can still be read; *ret is given to the others
 * @open:	connect; may wait, but never longer than the timeout
 * @send:	hand a record over; 0, SINK_NEVER or a negative errno
 * @flush:	0 when everything handed over since @open is delivered
 * @close:	forget the connection and what is half sent
 * @free:	undo @prepare
 *
 * *why says for people what was wrong.
 */
struct sink_destination {
	int (*prepare)(const struct sink_options *options, void **ret, struct buffer *why);
	int (*open)(void *destination, struct buffer *why);
	int (*send)(void *destination, const struct sink_record *record, struct buffer *why);
	int (*flush)(void *destination, struct buffer *why);
	void (*close)(void *destination);
	void (*free)(void *destination);
};

extern const struct sink_destination sink_file, sink_syslog, sink_relp, sink_journald;

/* Of the program sink-nats alone: nothing else links its library */
extern const struct sink_destination sink_nats;

/** sink_destination_of() - the one that serves a type; NULL of NATS */
const struct sink_destination *sink_destination_of(enum sink_type type);

/** sink_type_text(), sink_format_text() - the words of the configuration */
const char *sink_type_text(enum sink_type type);
const char *sink_format_text(enum sink_format format);

/** sink_type_parse(), sink_format_parse() - the number of a word, or -1 */
int sink_type_parse(const char *text);
int sink_format_parse(const char *text);

/**
 * sink_write() - a record in a format, without a line break
 *
 * Whatever bytes the record has, what is written is one line of printable UTF-8.
 *
 * Return: 0; SINK_NEVER for what is no event; -ENOMEM.
 */
int sink_write(enum sink_format format, const struct sink_record *record, struct buffer *out);

#endif
