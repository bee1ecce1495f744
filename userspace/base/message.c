// SPDX-License-Identifier: Apache-2.0
/* Framed JSON messages with file descriptors: the protocol of the control socket */
#include "base/message.h"

#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER_SIZE 4
#define KEY_MAX 64		/* longest key of a path */

struct message {
	json_t *root;
	int fds[MESSAGE_FDS_MAX];
	size_t fd_count;
};

struct message *message_new(void)
{
	struct message *message = calloc(1, sizeof(*message));

	if (!message)
		return NULL;
	message->root = json_object();
	if (!message->root) {
		free(message);
		return NULL;
	}
	return message;
}

struct message *message_free(struct message *message)
{
	if (!message)
		return NULL;
	for (size_t i = 0; i < message->fd_count; i++)
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	json_decref(message->root);
	free(message);
	return NULL;
}

int message_parse(const char *json, size_t size, struct message **ret)
{
	struct message *message;
	json_error_t error;
	json_t *root;

	if (size > MESSAGE_SIZE_MAX)
		return -EMSGSIZE;
	root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	message = calloc(1, sizeof(*message));
	if (!message) {
		json_decref(root);
		return -ENOMEM;
	}
	message->root = root;
	*ret = message;
	return 0;
}

/* --- writing ------------------------------------------------------------ */

static int text_value(const char *text, json_t **ret)
{
	*ret = json_string(text);
	if (*ret)
		return 0;
	/* the library has one answer for both: ask again without its check */
	*ret = json_string_nocheck(text);
	if (!*ret)
		return -ENOMEM;
	json_decref(*ret);
	return -EILSEQ;
}

static int set_value(struct message *message, const char *key, json_t *value)
{
	return json_object_set_new(message->root, key, value) < 0 ? -ENOMEM : 0;
}

static int add_value(struct message *message, const char *key, json_t *value)
{
	json_t *array = json_object_get(message->root, key);

	if (!json_is_array(array)) {
		array = json_array();
		if (!array || json_object_set_new(message->root, key, array) < 0) {
			json_decref(value);
			return -ENOMEM;
		}
	}
	return json_array_append_new(array, value) < 0 ? -ENOMEM : 0;
}

int message_set_string(struct message *message, const char *key, const char *text)
{
	json_t *value;
	int r = text_value(text, &value);

	return r < 0 ? r : set_value(message, key, value);
}

int message_set_integer(struct message *message, const char *key, int64_t value)
{
	return set_value(message, key, json_integer(value));
}

int message_set_boolean(struct message *message, const char *key, bool value)
{
	return set_value(message, key, json_boolean(value));
}

int message_set_json(struct message *message, const char *key, const char *json, size_t size)
{
	json_error_t error;
	json_t *value = json_loadb(json, size, JSON_DECODE_ANY, &error);

	if (!value)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	return set_value(message, key, value);
}

int message_add_string(struct message *message, const char *key, const char *text)
{
	json_t *value;
	int r = text_value(text, &value);

	return r < 0 ? r : add_value(message, key, value);
}

int message_add_integer(struct message *message, const char *key, int64_t value)
{
	json_t *number = json_integer(value);

	return number ? add_value(message, key, number) : -ENOMEM;
}

int message_add_fd(struct message *message, int fd)
{
	if (message->fd_count >= MESSAGE_FDS_MAX) {
		close(fd);
		return -EMFILE;
	}
	message->fds[message->fd_count++] = fd;
	return 0;
}

/* --- reading ------------------------------------------------------------ */

static const json_t *array_element(const json_t *array, const char *index)
{
	char *end;
	unsigned long number;

	if (*index < '0' || *index > '9')
		return NULL;
	number = strtoul(index, &end, 10);
	return *end ? NULL : json_array_get(array, number);
}

static const json_t *find(const struct message *message, const char *path)
{
	const json_t *value = message->root;

	while (value && *path) {
		size_t size = strcspn(path, ".");
		char key[KEY_MAX];

		if (size >= sizeof(key))
			return NULL;
		memcpy(key, path, size);
		key[size] = 0;
		value = json_is_array(value) ? array_element(value, key) :
					       json_object_get(value, key);
		path += size;
		if (*path == '.')
			path++;
	}
	return value;
}

const char *message_string(const struct message *message, const char *path)
{
	return json_string_value(find(message, path));
}

bool message_integer(const struct message *message, const char *path, int64_t *ret)
{
	const json_t *value = find(message, path);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

bool message_boolean(const struct message *message, const char *path)
{
	return json_is_true(find(message, path));
}

bool message_has(const struct message *message, const char *path)
{
	const json_t *value = find(message, path);

	return value && !json_is_null(value);
}

size_t message_count(const struct message *message, const char *path)
{
	const json_t *value = find(message, path);

	return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

const char *message_key(const struct message *message, const char *path, size_t index)
{
	json_t *object = (json_t *)find(message, path);
	void *at;

	if (!json_is_object(object))
		return NULL;
	at = json_object_iter(object);
	while (at && index--)
		at = json_object_iter_next(object, at);
	return at ? json_object_iter_key(at) : NULL;
}

char *message_json(const struct message *message, const char *path)
{
	const json_t *value = find(message, path);

	return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
}

size_t message_fd_count(const struct message *message)
{
	return message->fd_count;
}

int message_take_fd(struct message *message, size_t index)
{
	return index < message->fd_count ? TAKE_FD(message->fds[index]) : -1;
}

/* --- frames going out ---------------------------------------------------- */

int message_frame_text(const char *json, size_t size, struct buffer *out)
{
	uint32_t length = htole32((uint32_t)size);

	if (size > MESSAGE_SIZE_MAX)
		return -EMSGSIZE;
	buffer_append(out, &length, sizeof(length));
	return buffer_append(out, json, size);
}

int message_frame(const struct message *message, struct buffer *out)
{
	_cleanup_free_ char *json = json_dumps(message->root, JSON_COMPACT);

	return json ? message_frame_text(json, strlen(json), out) : -ENOMEM;
}

ssize_t message_send_some(int socket, const void *data, size_t size, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_FDS_MAX)];
	} control = { 0 };
	struct iovec piece = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1 };
	ssize_t sent;

	if (n > MESSAGE_FDS_MAX)
		return -EMFILE;
	if (n) {
		struct cmsghdr *c = &control.align;

		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	}
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

int message_send(int socket, const struct message *message)
{
	struct buffer frame = { 0 };
	size_t done = 0;
	ssize_t n = 0;
	int r = message_frame(message, &frame);

	while (r == 0 && done < frame.size) {
		n = message_send_some(socket, frame.data + done, frame.size - done, message->fds,
				      done ? 0 : message->fd_count);
		if (n < 0)
			r = (int)n;
		else
			done += (size_t)n;
	}
	buffer_done(&frame);
	return r;
}

/* --- frames coming in ---------------------------------------------------- */

void message_reader_done(struct message_reader *reader)
{
	for (size_t i = 0; i < reader->fd_count; i++)
		close(reader->fds[i]);
	free(reader->body);
	memset(reader, 0, sizeof(*reader));
}

/* Descriptors that came with a piece; all are kept or closed, none leaks */
static int keep_fds(struct message_reader *reader, struct msghdr *header)
{
	int r = header->msg_flags & MSG_CTRUNC ? -EMFILE : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (reader->fd_count < MESSAGE_FDS_MAX) {
				reader->fds[reader->fd_count++] = fd;
			} else {
				close(fd);
				r = -EMFILE;
			}
		}
	}
	return r;
}

static ssize_t read_piece(struct message_reader *reader, int socket, void *data, size_t size,
			  int flags)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * (MESSAGE_FDS_MAX + 1))];
	} control;
	struct iovec piece = { .iov_base = data, .iov_len = size };
	struct msghdr header = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	int r;

	do
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r = keep_fds(reader, &header);
	return r < 0 ? r : n;
}

static int finish(struct message_reader *reader, struct message **ret)
{
	int r = message_parse(reader->body, reader->size, ret);

	if (r == 0) {
		memcpy((*ret)->fds, reader->fds, sizeof(reader->fds));
		(*ret)->fd_count = reader->fd_count;
		reader->fd_count = 0;
	}
	message_reader_done(reader);
	return r;
}

/* The header is complete: bound the body before memory is spent on it */
static int begin_body(struct message_reader *reader)
{
	uint32_t size;

	memcpy(&size, reader->header, sizeof(size));
	size = le32toh(size);
	if (size > MESSAGE_SIZE_MAX)
		return -EMSGSIZE;
	if (size < 2)
		return -EBADMSG;
	reader->body = malloc(size);
	if (!reader->body)
		return -ENOMEM;
	reader->size = size;
	return 0;
}

static int read_frame(struct message_reader *reader, int socket, int flags, struct message **ret)
{
	for (;;) {
		bool head = reader->got < HEADER_SIZE;
		size_t want = head ? HEADER_SIZE - reader->got :
				     reader->size + HEADER_SIZE - reader->got;
		void *to = head ? (void *)(reader->header + reader->got) :
				  (void *)(reader->body + reader->got - HEADER_SIZE);
		ssize_t n = read_piece(reader, socket, to, want, flags);
		int r;

		if (n == -EAGAIN)
			return MESSAGE_WAIT;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return reader->got ? -EPIPE : MESSAGE_END;
		reader->got += (size_t)n;
		if (reader->got == HEADER_SIZE) {
			r = begin_body(reader);
			if (r < 0)
				return r;
		}
		if (reader->body && reader->got == reader->size + (size_t)HEADER_SIZE)
			return finish(reader, ret);
	}
}

int message_reader_read(struct message_reader *reader, int socket, struct message **ret)
{
	int r = read_frame(reader, socket, MSG_DONTWAIT, ret);

	if (r < 0)
		message_reader_done(reader);
	return r;
}

int message_receive(int socket, struct message **ret)
{
	struct message_reader reader = { 0 };
	int r = read_frame(&reader, socket, 0, ret);

	if (r == MESSAGE_WAIT)		/* a socket with a receive time-out */
		r = -ETIMEDOUT;
	message_reader_done(&reader);
	return r;
}

const char *message_problem(int error)
{
	switch (error) {
	case -EMSGSIZE:
		return "a message is longer than 1 MiB";
	case -EBADMSG:
		return "a message is not one JSON object";
	case -EPIPE:
		return "the connection ended in the middle of a message";
	case -EMFILE:
		return "a message came with more than 8 descriptors";
	case -ETIMEDOUT:
		return "no complete message came in time";
	default:
		return strerror(-error);
	}
}
