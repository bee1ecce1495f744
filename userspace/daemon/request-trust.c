// SPDX-License-Identifier: Apache-2.0
/* The verbs of trust: confirm, rollback, seal */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/trust.h"
#include "daemon/verb.h"

static void answer(struct client *client, int r, const struct buffer *why)
{
	struct message *message = message_new();
	int code = r == 0 ? 0 : r == -ESTALE ? 1 : r == -EBUSY ? EX_TEMPFAIL :
		   r == -ENOKEY || r == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;

	if (!message || message_set_boolean(message, "done", true) < 0 ||
	    message_set_integer(message, "exit", code) < 0 ||
	    (r && message_set_string(message, "message", why->data ? why->data : strerror(-r)) < 0)) {
		message_free(message);
		client_done(client, code, NULL);
		return;
	}
	message_set_integer(message, "version", (int64_t)client_controller(client)->version);
	client_final(client, message);
}

static void run(struct client *client, int (*act)(struct controller *controller, struct buffer *why))
{
	struct controller *controller = client_controller(client);
	struct buffer why = { 0 };
	int r = -EOPNOTSUPP;

	if (controller->enforcement)
		r = act(controller, &why);
	else
		buffer_append_text(&why, "this machine does not enforce");
	answer(client, r, &why);
	buffer_done(&why);
}

void request_confirm(struct client *client, struct message *request)
{
	(void)request;
	run(client, trust_confirm);
}

void request_rollback(struct client *client, struct message *request)
{
	(void)request;
	run(client, trust_rollback);
}

void request_seal(struct client *client, struct message *request)
{
	(void)request;
	run(client, trust_seal);
}
