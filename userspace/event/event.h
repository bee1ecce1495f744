/* SPDX-License-Identifier: Apache-2.0 */
/* One event as people and programs outside see it, and its JSON */
#ifndef BAILIWICK_EVENT_EVENT_H
#define BAILIWICK_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* What happened: X(ID, "text"). */
#define EVENT_KINDS(X)                                                         \
	X(DENIAL, "denial")                                                    \
	X(POLICY_APPLIED, "policy-applied")                                    \
	X(POLICY_REFUSED, "policy-refused")                                    \
	X(ASSIGNED, "assigned")                                                \
	X(REVOKED, "revoked")                                                  \
	X(EXPIRED, "expired")                                                  \
	X(CONTROLLER_START, "controller-start")                                \
	X(CONTROLLER_STOP, "controller-stop")                                  \
	X(LOST, "lost")             /* count records never came */             \
	X(CANARY, "canary")         /* outcome of the hook self-test */        \
	X(MODULE, "module")         /* the module's state changed */           \
	X(UNKNOWN, "unknown")       /* a record this version cannot read */    \
	X(ACCESS_REFUSED, "access-refused") /* a control request without rights */ \
	X(TAKEN_BACK, "taken-back") /* what running processes lost, and what not */ \
	X(JOURNAL, "journal")       /* something about the journal itself */ \
	X(HOST_NAME, "host-name")   /* what became of a host name of the policy */ \
	X(FINDING, "finding")       /* many denials of one subject, as one */  \
	X(QUARANTINED, "quarantined") /* a subject lost every right */         \
	X(RELEASED, "released")     /* and has again what the policy says */

#define EVENT_X_ENUM(id, text) EVENT_##id,
enum event_kind { EVENT_KINDS(EVENT_X_ENUM) EVENT_KIND_COUNT };

/* Text from strangers, not terminated: any bytes. */
struct event_bytes {
	const char *data;
	size_t size;
};

/** struct event_subject - who; an unset number is ~0 */
struct event_subject {
	bool known;
	const char *user;		/* of the login uid, the real uid where there is none */
	uint32_t login_uid;
	uint32_t uid;
	uint32_t gid;
	uint32_t pid;
	uint32_t tid;
	struct event_bytes comm;
	struct event_bytes exe;
	struct event_bytes unit;
};

enum event_object_kind {
	EVENT_OBJECT_NONE,
	EVENT_OBJECT_PATH,
	EVENT_OBJECT_ADDRESS,
	EVENT_OBJECT_NAMED,		/* @what and @name alone */
	EVENT_OBJECT_GRANT,		/* @name is a subject, @role a role */
};

/** struct event_object - about what */
struct event_object {
	enum event_object_kind kind;
	struct event_bytes path;	/* canonical */
	bool path_cut;			/* its front is missing */
	const char *class_name;		/* NULL for none */
	const char *grade;
	uint32_t rights;		/* denied ones, BAILIWICK_RIGHT_* */
	const char *protocol;
	char address[64];
	uint16_t port;
	bool comes;			/* @address is of whoever comes, @port one's own */
	const char *what;		/* "capability", "privilege", "family", … */
	struct event_bytes name;
	const char *role;
};

/** struct event_item - a part of what an event sums up; strings from strangers */
struct event_item {
	const char *operation;
	const char *object;
	uint64_t count;
};

/** struct event_rule - which line decided; @file NULL when none is known */
struct event_rule {
	const char *file;
	uint32_t line;
	const char *message;		/* NULL or what the policy wants told */
	const char *reason;		/* NULL or the organisation's reference */
};

/**
 * struct event - a view: all it points to belongs to others
 *
 * NULL strings are written as null.
 */
struct event {
	enum event_kind kind;
	const char *journal;		/* identity of the journal, its front makes the id */
	uint64_t sequence;		/* in the journal */
	uint64_t time;			/* CLOCK_REALTIME, ns */
	const char *host;
	const char *verdict;
	const char *operation;
	const char *role;
	struct event_subject subject;
	struct event_object object;
	struct event_rule rule;
	uint32_t severity;		/* BAILIWICK_SEVERITY_* */
	uint64_t policy_version;
	bool sealed;
	uint64_t count;
	const char *reason;		/* BAILIWICK_REASONS text */
	const char *message;		/* for people */
	const struct event_item *list;	/* of a finding; not read back */
	size_t list_count;
};

/** event_kind_text() - the name of a kind */
const char *event_kind_text(enum event_kind kind);

/** event_severity_text() - the name of a severity */
const char *event_severity_text(uint32_t severity);

/** event_severity_parse() - BAILIWICK_SEVERITY_* of a name, or -1 */
int event_severity_parse(const char *text);

/** event_write_json() - one JSON object without a line break; 0 or -ENOMEM */
int event_write_json(const struct event *event, struct buffer *out);

#endif
