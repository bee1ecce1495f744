// SPDX-License-Identifier: Apache-2.0
/* The verbs that read what is there: image, assignments, sources, log */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "base/escape.h"
#include "base/timestamp.h"
#include "base/writeall.h"
#include "daemon/quarantine.h"
#include "daemon/subjects.h"
#include "daemon/verb.h"

#define LOG_LIMIT 1000

static void text_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "%s\"%s\":", out->data[out->size - 1] == '{' ? "" : ",", name);
	escape_json(out, text, strlen(text));
}

static void time_member(struct buffer *out, const char *name, int64_t seconds)
{
	char text[TIMESTAMP_TEXT_MAX];

	text_member(out, name, timestamp_format(seconds, text));
}

static void person_members(struct buffer *out, const struct state_person *by)
{
	buffer_printf(out, ",\"uid\":%" PRIu32 ",\"pid\":%" PRIu32 ",\"loginuid\":", by->uid, by->pid);
	if (by->login_uid == UINT32_MAX)
		buffer_append_text(out, "null");
	else
		buffer_printf(out, "%" PRIu32, by->login_uid);
}

static void send_record(struct client *client, struct buffer *record)
{
	buffer_append_byte(record, '}');
	if (!record->failed)
		client_record(client, record->data, record->size);
	buffer_done(record);
}

/* @message has what the verb adds, unless @r says that it could not be added */
static void final_with_fd(struct client *client, int fd, struct message *message, int r)
{
	if (r == 0)
		r = message_set_boolean(message, "done", true);
	if (r == 0)
		r = message_set_integer(message, "exit", 0);
	if (r == 0) {
		message_add_fd(message, fd);
		client_final(client, message);
		return;
	}
	close(fd);
	message_free(message);
	client_done_errno(client, "the answer cannot be written", r);
}

/* Who is in quarantine belongs to it: what the image grants is not what they may. */
static int set_image(struct controller *controller, const struct image *image,
		     struct message *message)
{
	struct buffer quarantine = { 0 };
	char digest[SHA256_TEXT_SIZE];
	int r = message_set_integer(message, "version", (int64_t)image->header->version);

	if (r == 0)
		r = message_set_integer(message, "size", image->header->image_size);
	if (r == 0)
		r = message_set_string(message, "digest", sha256_format(image->header->digest, digest));
	quarantine_describe(controller, true, &quarantine);
	if (r == 0)
		r = quarantine.failed ? -ENOMEM : message_set_json(message, "quarantine", quarantine.data,
								   quarantine.size);
	buffer_done(&quarantine);
	return r;
}

void request_image(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	const struct image *image = controller_image(controller);
	struct message *message;
	int fd;

	(void)request;
	if (!image) {
		client_done(client, EX_UNAVAILABLE, "no policy image is in force, or it is not known here");
		return;
	}
	fd = image_memfd(image);
	if (fd < 0) {
		client_done_errno(client, "no memory for the image", fd);
		return;
	}
	message = message_new();
	final_with_fd(client, fd, message, message ? set_image(controller, image, message) : -ENOMEM);
}

/* --- assignments ---------------------------------------------------------------- */

struct given {
	const char *subject, *role;
	struct buffer *record;		/* members are added when it is found */
	bool found;
};

static int look_up(void *context, const struct state_assignment *a)
{
	struct given *given = context;

	if (strcmp(a->subject, given->subject) != 0 || strcmp(a->role, given->role) != 0)
		return 0;
	given->found = true;
	text_member(given->record, "origin", "command");
	time_member(given->record, "time", a->time);
	person_members(given->record, &a->by);
	return 1;
}

void request_assignments(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	const struct image *image = controller_image(controller);
	const struct bailiwick_subject *s = NULL;
	char text[SUBJECT_TEXT_MAX];
	uint32_t count = 0;

	(void)request;
	if (image)
		s = image_records(image, BAILIWICK_SECTION_SUBJECT, &count);
	for (uint32_t i = 0; i < count; i++) {
		struct buffer record = { 0 };
		struct given given = {
			.subject = subject_text(image, s + i, text),
			.role = image_string(image, s[i].role),
			.record = &record,
		};

		if (strcmp(given.subject, "unit:" CONTROLLER_UNIT) == 0)
			continue;	/* the controller's own, nobody gave it */
		buffer_append_byte(&record, '{');
		text_member(&record, "subject", given.subject);
		text_member(&record, "role", given.role);
		if (s[i].until)
			time_member(&record, "until", (int64_t)s[i].until);
		if (state_assignments(controller->state, look_up, &given) < 0 || !given.found)
			text_member(&record, "origin", strcmp(given.role, "none") == 0 ? "hold" : "policy");
		send_record(client, &record);
	}
	client_done(client, 0, NULL);
}

/* --- sources -------------------------------------------------------------------- */

struct source_list {
	struct client *client;
	int fd;
};

static int add_source(void *context, const struct state_source *source)
{
	struct source_list *list = context;
	struct buffer record = { 0 };
	int r = writeall(list->fd, source->text, source->size);

	buffer_append_byte(&record, '{');
	text_member(&record, "file", source->name);
	buffer_printf(&record, ",\"size\":%zu", source->size);
	send_record(list->client, &record);
	return r;
}

void request_sources(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	struct source_list list = { .client = client };
	struct message *message;
	uint64_t version = 0;
	int r;

	(void)request;
	list.fd = memfd_create("bailiwick-sources", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (list.fd < 0) {
		client_done_errno(client, "no memory for the sources", -errno);
		return;
	}
	r = state_sources(controller->state, add_source, &list, &version);
	if (r < 0) {
		close(list.fd);
		client_done_errno(client, "the sources cannot be read", r);
		return;
	}
	message = message_new();
	final_with_fd(client, list.fd, message,
		      message ? message_set_integer(message, "version", (int64_t)version) : -ENOMEM);
}

/* --- log ------------------------------------------------------------------------ */

static int add_change(void *context, const struct state_change *change)
{
	static const uint8_t none[SHA256_SIZE];
	struct buffer record = { 0 };
	char digest[SHA256_TEXT_SIZE];

	buffer_append_byte(&record, '{');
	time_member(&record, "time", change->time);
	buffer_printf(&record, ",\"version\":%" PRIu64, change->version);
	text_member(&record, "change", change->change);
	text_member(&record, "detail", change->detail);
	text_member(&record, "outcome", change->outcome);
	person_members(&record, &change->by);
	if (memcmp(change->digest, none, sizeof(none)) != 0)
		text_member(&record, "digest", sha256_format(change->digest, digest));
	send_record(context, &record);
	return 0;
}

void request_log(struct client *client, struct message *request)
{
	int64_t limit = LOG_LIMIT;
	int r;

	if (message_integer(request, "limit", &limit) && (limit < 1 || limit > LOG_LIMIT))
		limit = LOG_LIMIT;
	r = state_history(client_controller(client)->state, (size_t)limit, add_change, client);
	if (r < 0)
		client_done_errno(client, "the history cannot be read", r);
	else
		client_done(client, 0, NULL);
}
