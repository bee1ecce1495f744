// SPDX-License-Identifier: Apache-2.0
/* Many denials of one subject in a short time become one finding */
#include "daemon/burst.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/escape.h"

#define IN_MESSAGE 5		/* attempts a sentence names */
#define MESSAGE_OBJECT 120	/* bytes of each */

struct attempt {
	char *object;
	const char *operation;		/* of the vocabulary: static */
	uint64_t count;
};

/**
 * struct burst - one subject in one role, and one severity; strings are owned
 * @begun:	CLOCK_MONOTONIC of its first denial, ns; the window ends so long after
 * @others:	denials that are not in @attempts
 * @version:	policy version of the last
 */
struct burst {
	uint32_t severity;
	uint32_t login_uid, uid;
	char *user, *unit, *role;
	uint64_t begun;
	uint64_t count;
	uint64_t others;
	uint64_t version;
	struct attempt attempts[BURST_LIST];
	size_t attempt_count;
};

struct bursts {
	struct burst_limits limits;
	burst_fn *tell;
	void *context;
	struct burst *list[BURST_SUBJECTS];	/* oldest first */
	size_t count;
};

struct bursts *bursts_new(const struct burst_limits *limits, burst_fn *tell, void *context)
{
	struct bursts *bursts = calloc(1, sizeof(*bursts));

	if (!bursts)
		return NULL;
	bursts->limits = *limits;
	bursts->tell = tell;
	bursts->context = context;
	return bursts;
}

static struct burst *burst_free(struct burst *burst)
{
	for (size_t i = 0; i < burst->attempt_count; i++)
		free(burst->attempts[i].object);
	free(burst->user);
	free(burst->unit);
	free(burst->role);
	free(burst);
	return NULL;
}

struct bursts *bursts_free(struct bursts *bursts)
{
	for (size_t i = 0; bursts && i < bursts->count; i++)
		burst_free(bursts->list[i]);
	free(bursts);
	return NULL;
}

/* --- the finding ------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct attempt *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->object, y->object);
}

/* "70 serious denials within 60 s: read "/etc/shadow" (50 times), …" */
static void describe(const struct burst *burst, uint64_t window, struct buffer *out)
{
	uint64_t named = 0;

	buffer_printf(out, "%" PRIu64 " %s denials within %" PRIu64 " s:", burst->count,
		      event_severity_text(burst->severity), window / 1000000000u);
	for (size_t i = 0; i < burst->attempt_count && i < IN_MESSAGE; i++) {
		const struct attempt *attempt = burst->attempts + i;
		size_t size = strlen(attempt->object);

		buffer_printf(out, "%s %s \"", i ? "," : "", attempt->operation);
		escape_display(out, attempt->object, size < MESSAGE_OBJECT ? size : MESSAGE_OBJECT, NULL);
		buffer_append_text(out, size > MESSAGE_OBJECT ? "…\"" : "\"");
		if (attempt->count > 1)
			buffer_printf(out, " (%" PRIu64 " times)", attempt->count);
		named += attempt->count;
	}
	if (named < burst->count)
		buffer_printf(out, " and %" PRIu64 " more", burst->count - named);
}

static void tell(struct bursts *bursts, struct burst *burst)
{
	struct event_item list[BURST_LIST + 1];
	struct buffer message = { 0 };
	struct event event = {
		.kind = EVENT_FINDING,
		.severity = burst->severity == BAILIWICK_SEVERITY_SPECIAL ? BAILIWICK_SEVERITY_SPECIAL :
									    BAILIWICK_SEVERITY_SERIOUS,
		.role = burst->role,
		.policy_version = burst->version,
		.count = burst->count,
		.subject = {
			.known = true, .user = burst->user, .login_uid = burst->login_uid,
			.uid = burst->uid, .gid = UINT32_MAX, .pid = UINT32_MAX, .tid = UINT32_MAX,
		},
		.list = list,
	};

	if (burst->unit)
		event.subject.unit = (struct event_bytes){ burst->unit, strlen(burst->unit) };
	qsort(burst->attempts, burst->attempt_count, sizeof(*burst->attempts), compare);
	for (; event.list_count < burst->attempt_count; event.list_count++)
		list[event.list_count] = (struct event_item){
			burst->attempts[event.list_count].operation,
			burst->attempts[event.list_count].object,
			burst->attempts[event.list_count].count,
		};
	if (burst->others)
		list[event.list_count++] = (struct event_item){ NULL, "others", burst->others };
	describe(burst, bursts->limits.window, &message);
	event.message = message.data;
	bursts->tell(bursts->context, &event);
	buffer_done(&message);
}

static void end(struct bursts *bursts, size_t index)
{
	struct burst *burst = bursts->list[index];

	bursts->count--;
	memmove(bursts->list + index, bursts->list + index + 1,
		(bursts->count - index) * sizeof(*bursts->list));
	if (burst->count >= bursts->limits.count[burst->severity])
		tell(bursts, burst);
	burst_free(burst);
}

void bursts_end(struct bursts *bursts, uint64_t now)
{
	while (bursts->count && now - bursts->list[0]->begun >= bursts->limits.window)
		end(bursts, 0);
}

/* --- counting ------------------------------------------------------------------------ */

static bool same_text(const char *have, const char *text, size_t size)
{
	return have ? strlen(have) == size && !memcmp(have, text, size) : !size;
}

/* A person is one in all her sessions and under all uids, a service in all its processes */
static bool is_of(const struct burst *burst, const struct event *event)
{
	const struct event_subject *s = &event->subject;

	if (burst->severity != event->severity || burst->login_uid != s->login_uid ||
	    strcmp(burst->role, event->role ? event->role : ""))
		return false;
	if (s->login_uid != UINT32_MAX)
		return true;
	if (!same_text(burst->unit, s->unit.data, s->unit.size))
		return false;
	return burst->unit || burst->uid == s->uid;
}

static struct burst *begin(struct bursts *bursts, const struct event *event, uint64_t now)
{
	const struct event_subject *s = &event->subject;
	struct burst *burst = calloc(1, sizeof(*burst));

	if (!burst)
		return NULL;
	*burst = (struct burst){ .severity = event->severity, .login_uid = s->login_uid,
				 .uid = s->uid, .begun = now };
	burst->user = s->user ? strdup(s->user) : NULL;
	if (s->login_uid == UINT32_MAX && s->unit.size)
		burst->unit = strndup(s->unit.data, s->unit.size);
	burst->role = strdup(event->role ? event->role : "");
	if (!burst->role || (s->login_uid == UINT32_MAX && s->unit.size && !burst->unit))
		return burst_free(burst);
	if (bursts->count == BURST_SUBJECTS)
		end(bursts, 0);
	bursts->list[bursts->count++] = burst;
	return burst;
}

static char *object_text(const struct event_object *object)
{
	char *text = NULL;
	const struct event_bytes *bytes = &object->path;

	switch (object->kind) {
	case EVENT_OBJECT_PATH:
		break;
	case EVENT_OBJECT_ADDRESS:
		return asprintf(&text, strchr(object->address, ':') ? "%s [%s]:%u" : "%s %s:%u",
				object->protocol ? object->protocol : "?", object->address,
				object->port) < 0 ? NULL : text;
	case EVENT_OBJECT_NAMED:
		bytes = &object->name;
		break;
	default:
		return strdup("");
	}
	return strndup(bytes->data ? bytes->data : "",
		       bytes->size < BURST_OBJECT_MAX ? bytes->size : BURST_OBJECT_MAX);
}

static void add_attempt(struct burst *burst, const struct event *event, uint64_t count)
{
	const char *operation = event->operation ? event->operation : "?";
	char *object = object_text(&event->object);

	for (size_t i = 0; object && i < burst->attempt_count; i++)
		if (!strcmp(burst->attempts[i].object, object) &&
		    !strcmp(burst->attempts[i].operation, operation)) {
			burst->attempts[i].count += count;
			free(object);
			return;
		}
	if (!object || burst->attempt_count == BURST_LIST) {
		burst->others += count;
		free(object);
		return;
	}
	burst->attempts[burst->attempt_count++] = (struct attempt){ object, operation, count };
}

void bursts_add(struct bursts *bursts, const struct event *event, uint64_t now)
{
	uint64_t count = event->count ? event->count : 1;
	struct burst *burst = NULL;

	if (event->kind != EVENT_DENIAL || event->severity >= BAILIWICK_SEVERITY_COUNT ||
	    !bursts->limits.count[event->severity] || !event->verdict ||
	    strcmp(event->verdict, "denied"))
		return;
	bursts_end(bursts, now);
	for (size_t i = 0; i < bursts->count && !burst; i++)
		if (is_of(bursts->list[i], event))
			burst = bursts->list[i];
	if (!burst)
		burst = begin(bursts, event, now);
	if (!burst)
		return;		/* without memory: the denial is in the journal all the same */
	burst->count += count;
	burst->version = event->policy_version;
	add_attempt(burst, event, count);
}
