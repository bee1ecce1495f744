/* SPDX-License-Identifier: Apache-2.0 */
/* The controller, seen from its control socket */
#include "ctl/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "ctl/output.h"

int client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int client_away(const char *path, int error)
{
	if (error == -EACCES || error == -EPERM) {
		complain("the controller's socket %s may not be opened by you", path);
		note("be root, or a member of the group 'bailiwick'");
		return EX_NOPERM;
	}
	complain("the controller is away: %s: %s", path, strerror(-error));
	if (error == -ENOENT || error == -ECONNREFUSED)
		note("start it with `systemctl start bailiwick`, or run bailiwickd");
	return EX_UNAVAILABLE;
}

int client_broken(int error, int patience)
{
	if (error == -ETIMEDOUT)
		complain("the controller said nothing for %d seconds", patience);
	else
		complain("the controller's answer broke off: %s", message_problem(error));
	return EX_UNAVAILABLE;
}

static void be_patient(int socket, int seconds)
{
	struct timeval limit = { .tv_sec = seconds };
	struct timeval sending = { .tv_sec = CLIENT_PATIENCE };

	/* Without a limit the worst is that a stuck controller has to be interrupted. */
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof(sending));
}

int client_ask(int socket, const struct message *request, int patience, client_record_fn *record,
	       void *context, struct message **ret_final)
{
	int answer;

	be_patient(socket, patience);
	answer = message_send(socket, request);
	/* A refusal may wait to be read although nobody takes the request any more. */
	if (answer < 0 && answer != -EPIPE && answer != -ECONNRESET)
		return answer;
	for (;;) {
		_cleanup_(message_freep) struct message *frame = NULL;

		answer = message_receive(socket, &frame);
		if (answer == MESSAGE_END)
			return -EPIPE;
		if (answer < 0)
			return answer;
		if (message_boolean(frame, "done")) {
			if (ret_final)
				*ret_final = TAKE_PTR(frame);
			return 0;
		}
		if (!record || !message_has(frame, "record"))
			continue;
		answer = record(context, frame);
		if (answer)
			return answer;
	}
}

int client_verdict(const struct message *final)
{
	const char *text = message_string(final, "message");
	int64_t code;

	if (!message_integer(final, "exit", &code) || code < 0 || code > 125) {
		complain("the controller's answer makes no sense");
		return EX_PROTOCOL;
	}
	if (code && text && *text)
		complain("%s", text);
	else if (code > 1)
		complain("the controller refused, and did not say why");
	return (int)code;
}

int client_call(const char *path, const struct message *request, int patience,
		client_record_fn *record, void *context, struct message **ret_final)
{
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_close_ int fd = -1;
	int answer;

	if (ret_final)
		*ret_final = NULL;
	fd = client_connect(path);
	if (fd < 0)
		return client_away(path, fd);
	answer = client_ask(fd, request, patience, record, context, &final);
	if (answer > 0)
		return answer;
	if (answer < 0)
		return client_broken(answer, patience);
	answer = client_verdict(final);
	if (ret_final)
		*ret_final = TAKE_PTR(final);
	return answer;
}

struct message *request_new(const char *verb)
{
	struct message *request = message_new();

	if (request && message_set_string(request, "verb", verb) == 0)
		return request;
	message_free(request);
	out_of_memory();
	return NULL;
}
