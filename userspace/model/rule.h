/* SPDX-License-Identifier: Apache-2.0 */
/* What a role says: file and network rules, transitions, claims */
#ifndef BAILIWICK_MODEL_RULE_H
#define BAILIWICK_MODEL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/object.h"

struct role;

/** struct target - an element of `on:`: exactly one of the two pointers is set */
struct target {
	struct location at;
	const struct pattern *pattern;
	const struct class *class;	/* stands for its patterns */
};

/** struct file_rule - an element of `files:` */
struct file_rule {
	struct location at;		/* of the word allow or deny */
	const struct role *origin;	/* the role it is written in */
	bool deny;
	bool severity_given;
	uint8_t severity;		/* vocab.h severity, when given */
	uint32_t rights;		/* vocab.h rights; allow read has stat and lock added */
	struct target *on;
	size_t on_count;		/* at least 1 */
	char *message;			/* shown to the user on denial; may be NULL */
	char *reason;			/* a reference of the organisation; may be NULL */
};

enum network_operation {
	NETWORK_CONNECT,		/* begin, send and receive */
	NETWORK_BIND,			/* take an end of our own, and serve whoever comes */
	NETWORK_LISTEN,			/* the same, and serve whom NETWORK_ACCEPT names */
	NETWORK_ACCEPT,			/* peers by address, at ports of our own */
	NETWORK_SEND,			/* one half of NETWORK_CONNECT */
	NETWORK_RECEIVE,		/* the other */
};

/** struct network_rule - an element of `network:`, one per network it names */
struct network_rule {
	struct location at;		/* of the network as named in the rule */
	const struct role *origin;
	enum network_operation operation;
	const struct network *network;
};

enum role_kind {
	ROLE_UNCONFINED,		/* no role: free except towards protected classes */
	ROLE_NONE,			/* the built-in role without rights */
	ROLE_NAMED,			/* a role of this policy */
};

/** struct role_ref - a role named somewhere */
struct role_ref {
	struct location at;		/* source is NULL for a default nobody wrote */
	enum role_kind kind;
	const struct role *role;	/* set for ROLE_NAMED alone */
};

/** struct transition - an entry of `exec:` */
struct transition {
	struct location at;		/* of the program */
	const struct role *origin;
	struct pattern program;
	struct role_ref to;
};

enum claim_kind {
	CLAIM_FILE,
	CLAIM_NETWORK,
	CLAIM_CAPABILITY,
};

/** struct claim - an element of `claims:`, something that must come out so */
struct claim {
	struct location at;		/* of the claim's text */
	bool can;			/* can: or cannot: */
	enum claim_kind kind;
	char *text;			/* as written, for messages */
	uint8_t right;			/* CLAIM_FILE: one right (its value, not a mask) */
	char *path;			/* CLAIM_FILE: an absolute path, no pattern */
	enum network_operation operation; /* CLAIM_NETWORK, with the next three */
	uint8_t protocol;		/* IPPROTO_* */
	uint16_t port;
	struct cidr address;		/* full prefix */
	uint8_t capability;		/* CLAIM_CAPABILITY */
};

#endif
