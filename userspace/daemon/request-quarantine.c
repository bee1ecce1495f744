// SPDX-License-Identifier: Apache-2.0
/* The verbs of quarantine: quarantine, release, and what two sign for that */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "base/writeall.h"
#include "daemon/quarantine.h"
#include "daemon/verb.h"
#include "load/quarantine.h"

/* NULL, or what is wrong; *ret_code for who asks */
static const char *take_subject(struct client *client, const struct message *request,
				struct change *change, int *ret_code)
{
	struct controller *controller = client_controller(client);
	const char *subject = message_string(request, "subject"), *wrong;
	int64_t uid = UINT32_MAX;

	*ret_code = EX_USAGE;
	if (!subject)
		return "\"subject\" is missing";
	if (message_has(request, "uid") &&
	    (!message_integer(request, "uid", &uid) || uid < 0 || uid > UINT32_MAX))
		return "\"uid\" is no number of a user";
	wrong = quarantine_read(subject, (uint32_t)uid, &change->who);
	if (change->kind == CHANGE_QUARANTINE) {
		if (wrong && change->who.kind == BAILIWICK_SUBJECT_TREE && change->who.number)
			*ret_code = EX_NOINPUT;
		if (!wrong)
			change->subject = strdup(subject);
		return wrong;
	}
	/* who is gone from this machine is still what it was put in as */
	quarantine_find_stored(controller->state, subject, &change->who, &change->subject);
	return change->subject && !change->who.kind ? wrong : NULL;
}

static void begin(struct client *client, struct message *request, enum change_kind kind)
{
	struct change *change = change_asked(client, kind, request);
	const char *wrong = "out of memory";
	int code = EX_OSERR;

	if (change) {
		wrong = take_subject(client, request, change, &code);
		if (!wrong && !change->subject)
			wrong = "out of memory";
		if (!wrong && kind == CHANGE_RELEASE && message_count(request, "signatures"))
			wrong = change_take_lift(request, change);
	}
	if (!wrong) {
		change_put(client, change);
		return;
	}
	client_done(client, code, wrong);
	change_free(change);
}

void request_quarantine(struct client *client, struct message *request)
{
	begin(client, request, CHANGE_QUARANTINE);
}

void request_release(struct client *client, struct message *request)
{
	begin(client, request, CHANGE_RELEASE);
}

static int write_lift(struct controller *controller, const struct change *change, int *ret_fd)
{
	struct bailiwick_control control;
	struct buffer lift = { 0 };
	uint32_t i;
	int fd = -1, r = enforcement_quarantines(controller->enforcement, &control);

	if (r)
		return r;
	i = quarantine_find(&control, &change->who);
	if (i == BAILIWICK_QUARANTINES_MAX)
		return -ENOENT;
	r = quarantine_write_lift(&control.quarantine[i], change->subject, &lift);
	if (!r)
		fd = memfd_create("bailiwick-lift", MFD_CLOEXEC);
	if (!r)
		r = fd < 0 ? -errno : writeall(fd, lift.data, lift.size);
	buffer_done(&lift);
	*ret_fd = fd;
	return r;
}

/* The bytes that an author and an approver sign */
void request_lift(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	struct change *change = change_new(CHANGE_RELEASE);
	struct message *message = message_new();
	const char *wrong = change && message ? NULL : "out of memory";
	int code = EX_OSERR, r, fd = -1;

	if (!wrong)
		wrong = take_subject(client, request, change, &code);
	if (!wrong && (!controller->enforcement || !change->subject)) {
		code = EX_UNAVAILABLE;
		wrong = "this machine does not enforce";
	}
	if (!wrong) {
		r = write_lift(controller, change, &fd);
		code = r == -ENOENT ? 1 : EX_UNAVAILABLE;
		wrong = r == -ENOENT ? "it is not in quarantine" : r ? strerror(-r) : NULL;
	}
	if (!wrong && message_set_boolean(message, "done", true) == 0 &&
	    message_set_integer(message, "exit", 0) == 0 && message_add_fd(message, fd) == 0) {
		client_final(client, message);
		change_free(change);
		return;
	}
	if (fd >= 0 && wrong)
		close(fd);
	message_free(message);
	change_free(change);
	client_done(client, code, wrong ? wrong : "out of memory");
}
