// SPDX-License-Identifier: Apache-2.0
/* What the controller did, told to journal and history */
#include "daemon/news.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/escape.h"
#include "daemon/subjects.h"

static const enum event_kind done_kinds[] = {
	[CHANGE_START] = EVENT_POLICY_APPLIED,
	[CHANGE_REFRESH] = EVENT_POLICY_APPLIED,
	[CHANGE_APPLY] = EVENT_POLICY_APPLIED,
	[CHANGE_ASSIGN] = EVENT_ASSIGNED,
	[CHANGE_REVOKE] = EVENT_REVOKED,
	[CHANGE_QUARANTINE] = EVENT_QUARANTINED,
	[CHANGE_RELEASE] = EVENT_RELEASED,
};

/* What a change is about, in a line */
static void describe(const struct change *change, struct buffer *out)
{
	switch (change->kind) {
	case CHANGE_ASSIGN:
	case CHANGE_REVOKE:
		escape_display(out, change->subject, strlen(change->subject), NULL);
		buffer_append_text(out, ": ");
		if (change->role)
			escape_display(out, change->role, strlen(change->role), NULL);
		else
			buffer_append_text(out, "every role");
		return;
	case CHANGE_QUARANTINE:
	case CHANGE_RELEASE:
		escape_display(out, change->subject, strlen(change->subject), NULL);
		return;
	case CHANGE_START:
		buffer_append_text(out, "start: ");
		break;
	case CHANGE_REFRESH:
		buffer_append_text(out, "users, groups, host names or time: ");
		break;
	default:
		break;
	}
	buffer_printf(out, "%zu file%s", change->sources.count,
		      change->sources.count == 1 ? "" : "s");
	for (size_t i = 0; i < change->sources.count && i < 8; i++) {
		const char *name = change->sources.files[i].name;

		buffer_append_text(out, i ? ", " : ": ");
		escape_display(out, name, strlen(name), NULL);
	}
}

static void fill_person(const struct state_person *by, struct event *event)
{
	event->subject.known = true;
	event->subject.login_uid = by->login_uid;
	event->subject.uid = by->uid;
	event->subject.pid = by->pid;
	event->subject.gid = event->subject.tid = UINT32_MAX;
}

static void fill_change(const struct change *change, struct event *event)
{
	fill_person(&change->by, event);
	if (!change->subject)
		return;
	event->object.kind = EVENT_OBJECT_GRANT;
	event->object.name.data = change->subject;
	event->object.name.size = strlen(change->subject);
	event->object.role = change->role;
	event->role = change->role;
}

static int write_history(struct controller *controller, const struct change *change,
			 const char *kind, const char *outcome, const struct image *image)
{
	struct buffer detail = { 0 };
	struct state_change line = {
		.time = time(NULL),
		.version = change->version,
		.change = kind,
		.outcome = outcome,
		.by = change->by,
	};
	int r;

	describe(change, &detail);
	line.detail = detail.data ? detail.data : "";
	if (image)
		memcpy(line.digest, image->header->digest, sizeof(line.digest));
	r = state_record(controller->state, &line);
	buffer_done(&detail);
	return r;
}

int news_history(struct controller *controller, const struct change *change,
		 const struct image *image)
{
	return write_history(controller, change, event_kind_text(done_kinds[change->kind]), "done",
			     image);
}

/* Assignments of the old image that have ended by now */
static void tell_expired(struct controller *controller, const struct image *old)
{
	char text[SUBJECT_TEXT_MAX];
	uint32_t count;
	const struct bailiwick_subject *s = image_records(old, BAILIWICK_SECTION_SUBJECT, &count);
	uint64_t now = (uint64_t)time(NULL);

	for (uint32_t i = 0; i < count; i++) {
		struct event event = {
			.kind = EVENT_EXPIRED,
			.policy_version = controller->version,
			.message = "its time is over",
			.object.kind = EVENT_OBJECT_GRANT,
		};

		if (!s[i].until || s[i].until > now || s[i].until <= old->header->created)
			continue;
		event.object.name.data = subject_text(old, s + i, text);
		event.object.name.size = strlen(text);
		event.object.role = event.role = image_string(old, s[i].role);
		recorder_event(controller->recorder, &event);
	}
}

void news_done(struct controller *controller, const struct change *change,
	       const struct image *old, const struct image *image)
{
	struct buffer detail = { 0 };
	struct event event = {
		.kind = done_kinds[change->kind],
		.policy_version = image->header->version,
	};

	if (old)
		tell_expired(controller, old);
	describe(change, &detail);
	fill_change(change, &event);
	event.message = detail.data;
	recorder_event(controller->recorder, &event);
	controller_say(LOG_INFO, "policy version %" PRIu64 " is in force (%s)",
		       (uint64_t)image->header->version, detail.data ? detail.data : "");
	buffer_done(&detail);
}

void news_quarantine(struct controller *controller, const struct change *change)
{
	struct event event = {
		.kind = done_kinds[change->kind],
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.policy_version = controller->version,
		.message = change->kind == CHANGE_QUARANTINE ? "has no rights until that is lifted" :
							       "has again what the policy says",
	};

	fill_change(change, &event);
	recorder_event(controller->recorder, &event);
	controller_say(LOG_NOTICE, "%s %s", change->subject, event.message);
}

void news_refused(struct controller *controller, const struct change *change, const char *why,
		  const char *diagnostics)
{
	struct buffer text = { 0 };
	struct event event = {
		.kind = EVENT_POLICY_REFUSED,
		.severity = BAILIWICK_SEVERITY_ORDINARY,
		.policy_version = controller->version,
	};
	const char *line = diagnostics ? diagnostics : "";

	describe(change, &text);
	buffer_printf(&text, ": %s", why ? why : "");
	if (*line) {
		buffer_append_text(&text, ": ");
		escape_display(&text, line, strcspn(line, "\n"), NULL);
	}
	fill_change(change, &event);
	event.message = text.data;
	recorder_event(controller->recorder, &event);
	write_history(controller, change, event_kind_text(EVENT_POLICY_REFUSED), why ? why : "", NULL);
	buffer_done(&text);
}

void news_taken_back(struct controller *controller, const struct change *change,
		     struct report *report)
{
	const struct report_totals *totals = report_totals(report);
	uint64_t cut = report_fate_total(totals, REPORT_CUT);
	uint64_t kept = report_fate_total(totals, REPORT_KEPT);
	struct buffer text = { 0 };
	struct event event = {
		.kind = EVENT_TAKEN_BACK,
		.severity = kept || !totals->complete ? BAILIWICK_SEVERITY_SERIOUS :
							BAILIWICK_SEVERITY_ORDINARY,
		.policy_version = change->version,
	};

	if (!cut && !kept && !totals->problem[0])
		return;
	report_describe(totals, &text);
	fill_change(change, &event);
	event.message = text.data;
	recorder_event(controller->recorder, &event);
	controller_say(LOG_INFO, "policy version %" PRIu64 ": %s", change->version,
		       text.data ? text.data : "");
	buffer_done(&text);
}

void news_start(struct controller *controller)
{
	bool taken_over = controller->origin == ENFORCEMENT_TAKEN_OVER;
	struct event event = {
		.kind = EVENT_CONTROLLER_START,
		.policy_version = controller->version,
		.message = !controller->enforcement ? controller->problem :
			   taken_over ? "takeover: what an earlier controller left goes on" : "fresh",
	};

	recorder_event(controller->recorder, &event);
}

void news_stop(struct controller *controller)
{
	struct event event = {
		.kind = EVENT_CONTROLLER_STOP,
		.policy_version = controller->version,
		.message = controller->enforcement ? "enforcement goes on" : NULL,
	};

	recorder_event(controller->recorder, &event);
}

void news_access_refused(struct controller *controller, const struct peer *peer, const char *verb,
			 uint64_t count)
{
	char text[128], login[32];
	struct event event = {
		.kind = EVENT_ACCESS_REFUSED,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.policy_version = controller->version,
		.count = count,
		.message = text,
	};

	snprintf(text, sizeof(text), "a control request without the right to it: %.32s", verb);
	fill_person(&peer->person, &event);
	event.subject.gid = (uint32_t)peer->gid;
	event.subject.comm = (struct event_bytes){ peer->comm, strlen(peer->comm) };
	recorder_event(controller->recorder, &event);
	if (peer->person.login_uid == UINT32_MAX)
		snprintf(login, sizeof(login), "no login uid");
	else
		snprintf(login, sizeof(login), "login uid %" PRIu32, peer->person.login_uid);
	controller_say(LOG_NOTICE, "uid %" PRIu32 " (%s, pid %" PRIu32 ") may not ask for this: %.32s",
		       peer->person.uid, login, peer->person.pid, verb);
}

void news_host(struct controller *controller, const char *name, bool serious, const char *what)
{
	struct event event = {
		.kind = EVENT_HOST_NAME,
		.severity = serious ? BAILIWICK_SEVERITY_SERIOUS : BAILIWICK_SEVERITY_ORDINARY,
		.policy_version = controller->version,
		.message = what,
		.object.kind = EVENT_OBJECT_NAMED,
		.object.what = "host",
		.object.name = { name, strlen(name) },
	};

	recorder_event(controller->recorder, &event);
	controller_say(serious ? LOG_WARNING : LOG_NOTICE, "host name %s: %s", name, what);
}

void news_module(struct controller *controller, const char *what, bool serious)
{
	struct event event = {
		.kind = EVENT_MODULE,
		.severity = serious ? BAILIWICK_SEVERITY_SERIOUS : BAILIWICK_SEVERITY_ORDINARY,
		.policy_version = controller->version,
		.message = what,
	};

	recorder_event(controller->recorder, &event);
}
