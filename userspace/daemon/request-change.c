// SPDX-License-Identifier: Apache-2.0
/* The verbs that change: apply, assign, revoke; and what a change leaves behind */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include <bailiwick/genl.h>

#include "base/escape.h"
#include "daemon/change.h"
#include "daemon/subjects.h"
#include "daemon/verb.h"

#define DIAGNOSTICS_MAX (200u << 10)	/* fits a frame, however much is escaped */

static void set_digest(struct client *client, struct message *message)
{
	const struct image *image = controller_image(client_controller(client));
	char text[SHA256_TEXT_SIZE];

	if (image)
		message_set_string(message, "digest", sha256_format(image->header->digest, text));
}

/* Compiler output is UTF-8, but it may have been cut within a character */
static void set_diagnostics(struct message *message, const char *text)
{
	struct buffer quoted = { 0 };
	size_t size = strnlen(text, DIAGNOSTICS_MAX);

	if (escape_json(&quoted, text, size) == 0)
		message_set_json(message, "diagnostics", quoted.data, quoted.size);
	buffer_done(&quoted);
}

/* Totals and times; the lines as a file, since there may be a hundred thousand */
static void add_report(struct report *report, const struct report_times *times,
		       struct message *final)
{
	struct buffer text = { 0 };
	int fd = report_file(report);

	if (report_write_totals(report_totals(report), &text) == 0)
		message_set_json(final, "report", text.data, text.size);
	buffer_clear(&text);
	if (report_write_times(times, &text) == 0)
		message_set_json(final, "times", text.data, text.size);
	buffer_done(&text);
	if (fd >= 0)
		message_add_fd(final, fd);
}

static void answer(void *context, const struct change_result *result)
{
	struct client *client = context;
	struct message *message = message_new();

	if (!message || message_set_boolean(message, "done", true) < 0 ||
	    message_set_integer(message, "exit", result->exit) < 0 ||
	    (result->message && message_set_string(message, "message", result->message) < 0)) {
		message_free(message);
		client_done(client, result->exit, NULL);
		return;
	}
	message_set_integer(message, "version", (int64_t)result->version);
	set_digest(client, message);
	set_diagnostics(message, result->diagnostics);
	if (result->report)
		add_report(result->report, &result->times, message);
	client_final(client, message);
}

struct change *change_asked(struct client *client, enum change_kind kind,
			    const struct message *request)
{
	struct change *change = change_new(kind);

	if (!change)
		return NULL;
	report_mark(&change->times, REPORT_TIME_ARRIVED);
	change->by = client_peer(client)->person;
	change->json = message_boolean(request, "json");
	change->kill = message_boolean(request, "kill");
	change->done = answer;
	change->context = client;
	return change;
}

void change_put(struct client *client, struct change *change)
{
	if (changes_submit(client_controller(client)->changes, change) < 0)
		client_done(client, EX_TEMPFAIL, "too many changes are waiting; try again later");
}

/* --- apply ------------------------------------------------------------------ */

static int read_contents(int fd, size_t size, char **ret)
{
	char *bytes = malloc(size + 1);
	size_t done = 0;

	if (!bytes)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(bytes);
			return n < 0 ? -errno : -ENODATA;
		}
		done += (size_t)n;
	}
	*ret = bytes;
	return 0;
}

/* The sizes as they were said, bounded; -1 when they make no sense */
static int64_t total_size(const struct message *request, size_t count)
{
	int64_t total = 0, size;
	char path[32];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "sizes.%zu", i);
		if (!message_integer(request, path, &size) || size < 0 || size > STAGE_TOTAL_MAX)
			return -1;
		total += size;
		if (total > STAGE_TOTAL_MAX)
			return -1;
	}
	return total;
}

static int split(const struct message *request, const char *bytes, size_t count,
		 struct source_set *set, struct buffer *why)
{
	char path[32];
	int64_t size;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *name;

		snprintf(path, sizeof(path), "files.%zu", i);
		name = message_string(request, path);
		snprintf(path, sizeof(path), "sizes.%zu", i);
		if (!name || !message_integer(request, path, &size))
			return -EINVAL;
		r = source_set_add(set, name, bytes, (size_t)size, why);
		bytes += size;
	}
	return r;
}

/* NULL, or what is wrong with the request */
static const char *take_files(struct message *request, struct source_set *set, struct buffer *why)
{
	size_t count = message_count(request, "files");
	_cleanup_close_ int fd = message_take_fd(request, 0);
	_cleanup_free_ char *bytes = NULL;
	struct stat st;
	int64_t total;
	int r;

	if (!count || count > STAGE_FILES_MAX || message_count(request, "sizes") != count)
		return "apply wants \"files\" and as many \"sizes\", at most 4096";
	total = total_size(request, count);
	if (total < 0)
		return "the files of this policy exceed 64 MiB together";
	/* a pipe or a file of a slow filesystem would hold up everything else */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fcntl(fd, F_GET_SEALS) < 0)
		return "apply wants a memfd with the contents";
	if (st.st_size != total)
		return "the memfd is not as long as the sizes together";
	r = read_contents(fd, (size_t)total, &bytes);
	if (r == 0)
		r = split(request, bytes, count, set, why);
	if (r > 0)
		return why->data ? why->data : "out of memory";
	return r < 0 ? strerror(-r) : NULL;
}

/* NULL, or what is wrong */
static const char *take_signature(struct message *request, size_t index, struct signatures *ret)
{
	_cleanup_close_ int fd = message_take_fd(request, index + 1);
	_cleanup_free_ char *bytes = NULL;
	const char *name;
	enum sign_group group;
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "signatures.%zu", index);
	name = message_string(request, path);
	group = name ? sign_group_find(name) : SIGN_GROUP_COUNT;
	if (group == SIGN_GROUP_COUNT || ret->by[group].size)
		return "\"signatures\" are of the groups author and approver, one each";
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fcntl(fd, F_GET_SEALS) < 0 ||
	    st.st_size <= 0 || st.st_size > BAILIWICK_SIGNATURE_MAX)
		return "a signature is a memfd of at most 4000 bytes";
	if (read_contents(fd, (size_t)st.st_size, &bytes) < 0 ||
	    buffer_append(&ret->by[group], bytes, (size_t)st.st_size) < 0)
		return "a signature cannot be read";
	return NULL;
}

static const char *take_signatures(struct message *request, struct signatures *ret)
{
	size_t count = message_count(request, "signatures");
	const char *wrong = NULL;

	if (!count || count > SIGN_GROUP_COUNT)
		return "it comes with one signature or two";
	for (size_t i = 0; !wrong && i < count; i++)
		wrong = take_signature(request, i, ret);
	return wrong;
}

const char *change_take_lift(struct message *request, struct change *change)
{
	_cleanup_close_ int fd = message_take_fd(request, 0);
	const char *wrong = take_signatures(request, &change->signatures);
	_cleanup_free_ char *bytes = NULL;
	struct stat st;

	if (wrong)
		return wrong;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fcntl(fd, F_GET_SEALS) < 0 ||
	    st.st_size <= 0 || st.st_size > BAILIWICK_LIFT_MAX)
		return "what lifts a quarantine is a memfd of at most 295 bytes";
	if (read_contents(fd, (size_t)st.st_size, &bytes) < 0 ||
	    buffer_append(&change->lift, bytes, (size_t)st.st_size) < 0)
		return "it cannot be read";
	return NULL;
}

/* An image that was made and signed elsewhere, with the signatures behind it */
static const char *take_signed(struct message *request, struct change *change)
{
	_cleanup_close_ int fd = message_take_fd(request, 0);
	const char *wrong = take_signatures(request, &change->signatures);
	struct stat st;
	int r;

	if (wrong)
		return wrong;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fcntl(fd, F_GET_SEALS) < 0)
		return "apply wants a memfd with the image";
	r = image_open_fd(fd, &change->image, &wrong);
	return r == 0 ? NULL : wrong ? wrong : strerror(-r);
}

static const char *take_policy(struct message *request, struct change *change, struct buffer *why)
{
	int64_t within = 0;

	if (message_has(request, "confirm_within") &&
	    (!message_integer(request, "confirm_within", &within) || within < 1 ||
	     within > BAILIWICK_CONFIRM_MAX))
		return "\"confirm_within\" is 1 to 28800 seconds";
	change->confirm_within = (uint32_t)within;
	return message_boolean(request, "image") ? take_signed(request, change) :
	       take_files(request, &change->sources, why);
}

void request_apply(struct client *client, struct message *request)
{
	struct change *change = change_asked(client, CHANGE_APPLY, request);
	struct buffer why = { 0 };
	const char *wrong;

	if (!change) {
		client_done_errno(client, "apply", -ENOMEM);
		return;
	}
	wrong = take_policy(request, change, &why);
	if (wrong) {
		client_done(client, EX_USAGE, wrong);
		change_free(change);
	} else {
		change_put(client, change);
	}
	buffer_done(&why);
}

/* --- assign and revoke ---------------------------------------------------------- */

static const char *take_grant(const struct message *request, struct change *change, bool wants_role)
{
	const char *subject = message_string(request, "subject");
	const char *role = message_string(request, "role"), *wrong;

	if (!subject || (wants_role && !role))
		return wants_role ? "assign wants \"subject\" and \"role\"" :
				    "revoke wants \"subject\"";
	wrong = subject_check(subject);
	if (wrong)
		return wrong;
	if (role && (!*role || strlen(role) > 255 || strchr(role, '\n')))
		return "that is no name of a role";
	change->subject = strdup(subject);
	change->role = role ? strdup(role) : NULL;
	return change->subject && (!role || change->role) ? NULL : "out of memory";
}

void request_assign(struct client *client, struct message *request)
{
	struct change *change = change_asked(client, CHANGE_ASSIGN, request);
	const char *wrong = change ? take_grant(request, change, true) : "out of memory";

	if (!wrong && message_has(request, "until") &&
	    !message_integer(request, "until", &change->until))
		wrong = "\"until\" is seconds since the epoch";
	if (!wrong && message_has(request, "until") && change->until <= time(NULL))
		wrong = "this time has passed already; nothing was changed";
	if (!wrong) {
		change_put(client, change);
		return;
	}
	client_done(client, EX_USAGE, wrong);
	change_free(change);
}

void request_revoke(struct client *client, struct message *request)
{
	struct change *change = change_asked(client, CHANGE_REVOKE, request);
	const char *wrong = change ? take_grant(request, change, false) : "out of memory";

	if (!wrong) {
		change_put(client, change);
		return;
	}
	client_done(client, EX_USAGE, wrong);
	change_free(change);
}

/* What the policy in force forbids and is open all the same, as after a change */
void request_remains(struct client *client, struct message *request)
{
	struct change *change = change_asked(client, CHANGE_REMAINS, request);

	if (change)
		change_put(client, change);
	else
		client_done_errno(client, "remains", -ENOMEM);
}
