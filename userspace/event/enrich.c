// SPDX-License-Identifier: Apache-2.0
/* A denial's numbers turned into what people know: roles, classes, lines, names */
#include "event/enrich.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "event/severity.h"

#define X_TEXT(id, text) text,
#define X_CASE(id, text, number) case number: return text;

static const char *const operations[] = { BAILIWICK_OPERATIONS(X_TEXT) };
static const char *const reasons[] = { BAILIWICK_REASONS(X_TEXT) };
static const char *const verdicts[] = { BAILIWICK_VERDICTS(X_TEXT) };
static const char *const grades[] = { BAILIWICK_GRADES(X_TEXT) };
static const char *const privileges[] = { BAILIWICK_PRIVILEGES(X_TEXT) };

static const char *capability_text(uint32_t number)
{
	switch (number) {
	BAILIWICK_CAPABILITIES(X_CASE)
	default:
		return NULL;
	}
}

static const char *family_text(uint32_t number)
{
	switch (number) {
	BAILIWICK_FAMILIES(X_CASE)
	default:
		return NULL;
	}
}

static const char *protocol_text(uint32_t number)
{
	switch (number) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_RAW:
		return "raw";
	case 262:	/* IPPROTO_MPTCP, not in older headers */
		return "mptcp";
	default:
		return NULL;
	}
}

/* A name, or the number itself */
static const char *named(const char *name, uint32_t number, struct enrichment *room)
{
	if (name)
		return name;
	snprintf(room->number, sizeof(room->number), "%" PRIu32, number);
	return room->number;
}

static struct event_bytes bytes_of(const char *text)
{
	return (struct event_bytes){ .data = text, .size = strlen(text) };
}

/* Bindings name their user: so people a directory knows have names here too */
static const char *bound_user(const struct image *image, uint32_t uid)
{
	uint32_t count;
	const struct bailiwick_binding *table =
		image_records(image, BAILIWICK_SECTION_BINDING, &count);
	uint32_t home = bailiwick_hash(BAILIWICK_SUBJECT_USER, uid);

	for (uint32_t i = 0; count && i < BAILIWICK_PROBES_MAX; i++) {
		const struct bailiwick_binding *b = table + ((home + i) & (count - 1));

		if (b->kind == BAILIWICK_SUBJECT_NONE)
			break;
		if (b->kind == BAILIWICK_SUBJECT_USER && b->id == uid)
			return b->name_size ? image_string(image, b->name) : NULL;
	}
	return NULL;
}

static const char *user_name(const struct image *image, const struct names *names, uint32_t uid)
{
	const char *name = names ? names_user(names, uid) : NULL;

	return name || !image ? name : bound_user(image, uid);
}

static void fill_subject(const struct denial *denial, const struct image *image,
			 const struct names *names, struct event_subject *ret)
{
	const struct bailiwick_denial *d = &denial->record;

	ret->known = true;
	ret->user = user_name(image, names, d->login_uid != UINT32_MAX ? d->login_uid : d->uid);
	ret->login_uid = d->login_uid;
	ret->uid = d->uid;
	ret->gid = d->gid;
	ret->pid = d->pid;
	ret->tid = d->tid;
	ret->comm.data = (const char *)d->comm;
	ret->comm.size = strnlen((const char *)d->comm, sizeof(d->comm));
	if (d->exe_size)
		ret->exe = (struct event_bytes){ denial->exe, d->exe_size };
	if (d->unit_size)
		ret->unit = (struct event_bytes){ denial->unit, d->unit_size };
}

static void fill_path(const struct denial *denial, const struct image *image,
		      struct event_object *ret)
{
	const struct bailiwick_denial *d = &denial->record;
	const struct bailiwick_label *label;
	const struct bailiwick_class *class = NULL;

	ret->kind = EVENT_OBJECT_PATH;
	ret->path = (struct event_bytes){ denial->path, d->path_size };
	if (d->object == BAILIWICK_OBJECT_PATH && !d->path_size)
		ret->path = bytes_of("/");	/* the root directory is the empty string */
	ret->path_cut = d->flags & BAILIWICK_DENIAL_PATH_CUT;
	ret->rights = d->denied & BAILIWICK_RIGHTS_ALL;
	label = image ? image_label(image, d->label) : NULL;
	if (label && label->class_index)
		class = image_class(image, label->class_index);
	if (class) {
		ret->class_name = image_string(image, class->name);
		ret->grade = class->grade < BAILIWICK_GRADE_COUNT ? grades[class->grade] : NULL;
	}
}

static void fill_address(const struct bailiwick_denial *d, struct enrichment *room,
			 struct event_object *ret)
{
	ret->kind = EVENT_OBJECT_ADDRESS;
	ret->protocol = named(protocol_text(d->protocol), d->protocol, room);
	ret->port = d->port;
	ret->comes = d->operation == BAILIWICK_OP_NET_ACCEPT && d->denied == BAILIWICK_NETOP_ACCEPT;
	if ((d->family != AF_INET && d->family != AF_INET6) ||
	    !inet_ntop(d->family, d->address, ret->address, sizeof(ret->address)))
		snprintf(ret->address, sizeof(ret->address), "family %u", d->family);
}

/* What `number` counts depends on what was attempted */
static void fill_number(const struct bailiwick_denial *d, const struct image *image,
			struct enrichment *room, struct event_object *ret)
{
	const char *name = NULL;

	switch (d->operation) {
	case BAILIWICK_OP_CAPABILITY:
		ret->what = "capability";
		name = capability_text(d->number);
		break;
	case BAILIWICK_OP_PRIVILEGE:
		ret->what = "privilege";
		name = d->number < BAILIWICK_PRIVILEGE_COUNT ? privileges[d->number] : NULL;
		break;
	case BAILIWICK_OP_SOCKET:
		ret->what = "family";
		name = family_text(d->number);
		break;
	case BAILIWICK_OP_TRANSITION:
		if (d->object == BAILIWICK_OBJECT_NONE)
			return;		/* a control group was chosen, and no role is known */
		ret->what = "role";
		name = image && image_row(image, d->number) ? image_row_name(image, d->number) : NULL;
		break;
	case BAILIWICK_OP_PTRACE:
	case BAILIWICK_OP_SIGNAL:
	case BAILIWICK_OP_LIMIT:
		ret->what = "role";
		name = image && image_row(image, d->number) ? image_row_name(image, d->number) : NULL;
		break;
	default:
		return;
	}
	ret->name = bytes_of(named(name, d->number, room));
}

static void fill_object(const struct denial *denial, const struct image *image,
			struct enrichment *room, struct event_object *ret)
{
	const struct bailiwick_denial *d = &denial->record;

	switch (d->object) {
	case BAILIWICK_OBJECT_PATH:
	case BAILIWICK_OBJECT_NAME:
		fill_path(denial, image, ret);
		break;
	case BAILIWICK_OBJECT_ADDRESS:
		fill_address(d, room, ret);
		return;
	default:
		ret->kind = EVENT_OBJECT_NAMED;
		break;
	}
	fill_number(d, image, room, ret);
	if (ret->kind == EVENT_OBJECT_NAMED && !ret->what)
		ret->kind = EVENT_OBJECT_NONE;
}

static bool endpoint_of(const struct bailiwick_denial *d, struct decide_endpoint *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->address, d->address, sizeof(ret->address));
	ret->ipv6 = d->family == AF_INET6;
	ret->port = d->port;
	switch (d->protocol) {
	case IPPROTO_TCP:
	case 262:
		ret->transport = BAILIWICK_TRANSPORT_TCP;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		ret->transport = BAILIWICK_TRANSPORT_UDP;
		break;
	case IPPROTO_SCTP:
		ret->transport = BAILIWICK_TRANSPORT_SCTP;
		break;
	default:
		ret->transport = BAILIWICK_TRANSPORT_COUNT;
		break;
	}
	endpoint_unmap(ret);
	return d->family == AF_INET || d->family == AF_INET6;
}

static int explain(const struct denial *denial, const struct image *image,
		   struct explain_cache *cache, struct explanation *ret)
{
	const struct bailiwick_denial *d = &denial->record;
	struct decide_endpoint endpoint;

	ret->count = 0;
	if (d->object == BAILIWICK_OBJECT_PATH && !(d->flags & BAILIWICK_DENIAL_PATH_CUT))
		return explain_cached(cache, image, d->row, denial->path, d->path_size, d->denied,
				      ret);
	if (d->object == BAILIWICK_OBJECT_ADDRESS && endpoint_of(d, &endpoint))
		return explain_network(image, d->row, d->denied, &endpoint, ret);
	return 0;
}

/* The highest of the denying lines: one that says nothing lowers no other */
static uint32_t severity_said(const struct explanation *e)
{
	uint32_t said = SEVERITY_UNSAID;

	for (size_t i = 0; i < e->count; i++)
		if (e->lines[i].deny && e->lines[i].severity < BAILIWICK_SEVERITY_COUNT &&
		    (said == SEVERITY_UNSAID || e->lines[i].severity > said))
			said = e->lines[i].severity;
	return said;
}

/* Lines are found by the path that was used, and of a role: these did not decide */
static const char *message_of_reason(uint32_t reason)
{
	if (reason == BAILIWICK_REASON_OTHER_NAME)
		return "another hard link of the file decided; find -samefile shows it";
	if (reason == BAILIWICK_REASON_NAMES_UNKNOWN)
		return "not all hard links of the file are known; find -samefile shows them";
	if (reason == BAILIWICK_REASON_QUARANTINE || reason == BAILIWICK_REASON_IN_QUARANTINE)
		return "no line of the policy decided; `bailiwick release` lifts a quarantine";
	return NULL;
}

/* A denying line, else the role that says nothing about it */
static int fill_rule(const struct denial *denial, const struct image *image,
		     struct enrichment *room, struct event *ret)
{
	const struct explain_line *line = room->explanation.lines;
	const struct bailiwick_role *role;
	int r = explain(denial, image, room->cache, &room->explanation);

	if (r < 0)
		return r;
	ret->message = message_of_reason(denial->record.reason);
	if (room->explanation.count && line->deny) {
		ret->rule.file = line->file;
		ret->rule.line = line->line;
		ret->rule.message = *line->message ? line->message : NULL;
		ret->rule.reason = *line->reason ? line->reason : NULL;
		return 0;
	}
	role = image_role(image, image_row_role(image, denial->record.row, 0));
	if (role) {
		ret->rule.file = image_string(image, role->file);
		ret->rule.line = role->line;
		if (!ret->message && ret->object.kind != EVENT_OBJECT_NONE)
			ret->message = "no line of this role allows it";
	}
	return 0;
}

int enrich_denial(const struct denial *denial, const struct image *image,
		  const struct names *names, uint64_t clock, struct enrichment *room,
		  struct event *ret)
{
	const struct bailiwick_denial *d = &denial->record;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	room->explanation.count = 0;
	ret->kind = EVENT_DENIAL;
	ret->time = d->event.time + clock;
	ret->verdict = verdicts[d->verdict];
	ret->operation = operations[d->operation];
	ret->reason = reasons[d->reason];
	ret->policy_version = d->policy_version;
	ret->count = denial->count;
	fill_subject(denial, image, names, &ret->subject);
	fill_object(denial, image, room, &ret->object);
	if (image && image_row(image, d->row)) {
		ret->role = image_row_name(image, d->row);
		r = fill_rule(denial, image, room, ret);
	} else {
		snprintf(room->role, sizeof(room->role), "row %" PRIu32, d->row);
		ret->role = room->role;
		ret->message = "the policy this was decided by is no longer known here";
	}
	ret->severity = severity_of(denial, image, severity_said(&room->explanation));
	return r;
}
