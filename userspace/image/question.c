/* SPDX-License-Identifier: Apache-2.0 */
/* Would this subject be allowed this? Asked of an image, answered by ebpf/decide.h */
#include "image/question.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cidr.h"
#include "base/hash64.h"

struct word {
	const char *text;
	uint32_t value;
};

#define WORD_RIGHT(id, text) { text, BAILIWICK_RIGHT_##id },
#define WORD_NETOP(id, text) { text, BAILIWICK_NETOP_##id },
#define WORD_PRIVILEGE(id, text) { text, BAILIWICK_PRIVILEGE_##id##_BIT },
#define WORD_NUMBER(id, text, number) { text, number },

static const struct word rights[] = { BAILIWICK_RIGHTS(WORD_RIGHT) { NULL, 0 } };
static const struct word operations[] = { BAILIWICK_NETWORK_OPERATIONS(WORD_NETOP) { NULL, 0 } };
static const struct word privileges[] = { BAILIWICK_PRIVILEGES(WORD_PRIVILEGE) { NULL, 0 } };
static const struct word capabilities[] = { BAILIWICK_CAPABILITIES(WORD_NUMBER) { NULL, 0 } };
static const struct word families[] = { BAILIWICK_FAMILIES(WORD_NUMBER) { NULL, 0 } };
static const struct word transports[] = {
	{ "tcp", BAILIWICK_TRANSPORT_TCP },
	{ "udp", BAILIWICK_TRANSPORT_UDP },
	{ "sctp", BAILIWICK_TRANSPORT_SCTP },
	{ NULL, 0 },
};

static const struct word *find_word(const struct word *words, const char *text, size_t size)
{
	for (; words->text; words++)
		if (strlen(words->text) == size && !memcmp(words->text, text, size))
			return words;
	return NULL;
}

uint32_t question_label(const struct image *image, const char *path, size_t size)
{
	struct decide_automaton a;
	const char *end = path + size;
	uint32_t state = automaton_start(image->view);

	automaton_open(image->view, &a);
	if (size && *path == '@') {	/* an abstract name: '/' is a byte of it */
		for (; path < end; path++)
			state = automaton_next(image->view, &a, state, (__u8)*path);
		return automaton_label(image->view, &a, state);
	}
	if (size && *path != '/')
		return BAILIWICK_LABEL_UNKNOWN;
	while (path < end) {
		const char *name = path + 1;
		const char *stop = memchr(name, '/', (size_t)(end - name));

		path = stop ? stop : end;
		if (path - name > BAILIWICK_NAME_MAX)
			return BAILIWICK_LABEL_UNKNOWN;
		if (path > name)	/* "/" and "//" name nothing further */
			state = automaton_child(image->view, &a, state, (const __u8 *)name,
						(uint32_t)(path - name));
	}
	return automaton_label(image->view, &a, state);
}

/* The cell has what a denying rule says; where none does, the class may */
static uint32_t severity_of(const struct image *image, uint32_t label, uint32_t cell)
{
	uint32_t plain = cell & BAILIWICK_CELL_PROTECTED ? BAILIWICK_SEVERITY_SERIOUS :
							   BAILIWICK_SEVERITY_ORDINARY;
	int class = image_label_severity(image, label);

	return class >= 0 && decide_severity(cell) == plain ? (uint32_t)class : decide_severity(cell);
}

static void ask_file(const struct image *image, const struct question *q, struct answer *a)
{
	uint32_t cell;

	a->label = question_label(image, q->path, q->path_size);
	cell = decide_cell(image->view, a->row, a->label);
	a->denied = decide_denied(cell, q->asked);
	a->severity = severity_of(image, a->label, cell);
	a->reason = a->label == BAILIWICK_LABEL_UNKNOWN ? BAILIWICK_REASON_BAD_NAME :
		    cell & BAILIWICK_CELL_PROTECTED ? BAILIWICK_REASON_PROTECTED :
		    BAILIWICK_REASON_POLICY;
}

static void ask_network(const struct image *image, const struct question *q, struct answer *a)
{
	struct decide_endpoint e = q->endpoint;

	endpoint_unmap(&e);
	a->reason = BAILIWICK_REASON_POLICY;
	a->denied = decide_network(image->view, a->row, q->asked, &e);
	if (!decide_family(image->view, a->row, e.ipv6 ? AF_INET6 : AF_INET)) {
		a->denied = q->asked;
		a->reason = BAILIWICK_REASON_FAMILY;
	}
}

void question_ask(const struct image *image, uint32_t row, const struct question *question,
		  struct answer *ret)
{
	*ret = (struct answer){
		.row = row,
		.reason = BAILIWICK_REASON_POLICY,
		.mode = decide_mode(image->view, row),
	};
	switch (question->kind) {
	case QUESTION_FILE:
		ask_file(image, question, ret);
		break;
	case QUESTION_NETWORK:
		ask_network(image, question, ret);
		break;
	case QUESTION_CAPABILITY:
		ret->denied = !decide_capability(image->view, row, question->number);
		break;
	case QUESTION_PRIVILEGE:
		ret->denied = !decide_privilege(image->view, row, question->number);
		break;
	case QUESTION_FAMILY:
		ret->denied = !decide_family(image->view, row, question->number);
		ret->reason = BAILIWICK_REASON_FAMILY;
		break;
	}
	ret->allowed = !ret->denied;
	if (ret->allowed)
		ret->reason = BAILIWICK_REASON_NONE;
}

static int wrong(const char **ret_why, const char *why)
{
	*ret_why = why;
	return 1;
}

/* A decimal number of at most @most; false for anything else. */
static bool parse_number(const char *text, uint32_t most, uint32_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > most)
			return false;
	}
	*ret = (uint32_t)value;
	return true;
}

/* "10.0.0.1:22", "[::1]:22", for local ends "22" alone. */
static int parse_endpoint(const char *text, bool local, struct question *q, const char **ret_why)
{
	struct decide_endpoint *e = &q->endpoint;
	const char *colon = strrchr(text, ':');
	char address[HOSTNAME_MAX + 1];
	struct cidr cidr;
	uint32_t port;
	size_t size = colon ? (size_t)(colon - text) : 0;
	bool bracket = *text == '[';

	if (!parse_number(colon ? colon + 1 : text, UINT16_MAX, &port))
		return wrong(ret_why, "a peer ends with ':' and one port, 0 to 65535");
	e->port = (uint16_t)port;
	if (!colon)
		return local ? 0 : wrong(ret_why, "write ADDRESS:PORT, for IPv6 [ADDRESS]:PORT");
	if (size < 2 || size >= sizeof(address) || bracket != (text[size - 1] == ']'))
		return wrong(ret_why, "write ADDRESS:PORT, for IPv6 [ADDRESS]:PORT");
	memcpy(address, text + bracket, size - 2 * bracket);
	address[size - 2 * bracket] = 0;
	if (!local && !bracket && cidr_parse(address, &cidr) == CIDR_NOT_AN_ADDRESS &&
	    hostname_check(address, q->host, NULL) == HOSTNAME_FINE)
		return 0;
	if (strchr(address, '/') || cidr_parse(address, &cidr) != CIDR_FINE ||
	    (!bracket && strchr(address, ':')))
		return wrong(ret_why, local ? "this is no IPv4 or [IPv6] address" :
			     "this is no IPv4 or [IPv6] address and no host name");
	memcpy(e->address, cidr.bytes, sizeof(e->address));
	e->ipv6 = cidr.family == 6;
	return 0;
}

static int parse_network(const struct word *operation, const char *object, struct question *ret,
			 const char **ret_why)
{
	size_t size = strcspn(object, " ");
	const struct word *transport = find_word(transports, object, size);
	bool local = operation->value & (BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN |
					 BAILIWICK_NETOP_ACCEPT | BAILIWICK_NETOP_SERVE);

	if (!transport)
		return wrong(ret_why, "a network action names tcp, udp or sctp and then a peer");
	ret->kind = QUESTION_NETWORK;
	ret->asked = operation->value;
	ret->endpoint.transport = transport->value;
	object += size;
	object += strspn(object, " ");
	return parse_endpoint(object, local, ret, ret_why);
}

static int parse_named(const struct word *words, enum question_kind kind, const char *object,
		       struct question *ret, const char **ret_why)
{
	const struct word *word = find_word(words, object, strlen(object));

	if (!word)
		return wrong(ret_why, "no such capability, privilege or family");
	ret->kind = kind;
	ret->number = word->value;
	return 0;
}

int question_parse(const char *action, const char *object, struct question *ret,
		   const char **ret_why)
{
	const struct word *word;

	*ret = (struct question){ .kind = QUESTION_FILE };
	if (!strcmp(action, "capability"))
		return parse_named(capabilities, QUESTION_CAPABILITY, object, ret, ret_why);
	if (!strcmp(action, "privilege"))
		return parse_named(privileges, QUESTION_PRIVILEGE, object, ret, ret_why);
	if (!strcmp(action, "family"))
		return parse_named(families, QUESTION_FAMILY, object, ret, ret_why);
	word = find_word(rights, action, strlen(action));
	if (*object == '/' || *object == '@') {
		if (!word)
			return wrong(ret_why, "no such file right: there are read, write, append, "
				     "exec, map-exec, create, delete, rename, link, setattr, xattr, "
				     "ioctl, lock, list, stat, mount and connect");
		ret->asked = word->value;
		ret->path = object;
		ret->path_size = strlen(object);
		return 0;
	}
	if (word && strcmp(action, "connect") != 0)
		return wrong(ret_why, "a file right is asked about an absolute path");
	word = find_word(operations, action, strlen(action));
	if (!word)
		return wrong(ret_why, "no such action: there are file rights, connect, bind, listen, "
			     "accept, send, receive, capability, privilege and family");
	return parse_network(word, object, ret, ret_why);
}

uint32_t question_unit_row(const struct image *image, const char *unit)
{
	size_t size = strlen(unit);
	uint32_t binding = binding_find(image->view, BAILIWICK_SUBJECT_UNIT, hash64(unit, size));
	uint32_t name;

	if (!binding)
		return ~0u;
	/* The hash was found; only the name says that it is this unit's. */
	name = image_load32(image->view, binding + DECIDE_FIELD(bailiwick_binding, name));
	if (strcmp(image_string(image, name), unit) != 0)
		return ~0u;
	return binding_row(image->view, binding);
}

static int system_user(const char *name, uint32_t *ret_uid)
{
	const struct passwd *user = getpwnam(name);

	if (!user)
		return 1;
	*ret_uid = user->pw_uid;
	return 0;
}

/* The row an assignment of that name ends in; ~0 when there is none. */
static uint32_t assigned_row(const struct image *image, uint32_t kind, const char *name)
{
	uint32_t count;
	const struct bailiwick_subject *s =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);

	for (uint32_t i = 0; i < count; i++)
		if (s[i].kind == kind && !strcmp(image_string(image, s[i].name), name))
			return s[i].row;
	return ~0u;
}

static uint32_t user_row(const struct image *image, uint32_t uid)
{
	uint32_t binding = binding_find(image->view, BAILIWICK_SUBJECT_USER, uid);

	return binding ? binding_row(image->view, binding) : ~0u;
}

static uint32_t program_row(const struct image *image, const char *path)
{
	uint32_t row = decide_exe_row(image->view, question_label(image, path, strlen(path)));

	return row ? row : ~0u;
}

int question_subject(const struct image *image, const char *subject, question_user_fn *lookup,
		     uint32_t *ret_row, enum question_source *ret_source, const char **ret_why)
{
	const char *colon = strchr(subject, ':'), *name = colon ? colon + 1 : "";
	size_t kind = colon ? (size_t)(colon - subject) : 0;
	uint32_t row, uid, fallback = image->header->default_user_row;
	enum question_source source = QUESTION_FROM_BINDING;

	if (!*name)
		return wrong(ret_why, "a subject is user:NAME, group:NAME, unit:NAME, exe:PATH or "
			     "role:NAME");
	if (kind == 4 && !memcmp(subject, "role", kind)) {
		row = image_find_row(image, name);
		source = QUESTION_FROM_NAME;
		if (row == ~0u)
			return wrong(ret_why, "the policy has no role of that name");
	} else if (kind == 4 && !memcmp(subject, "user", kind)) {
		if (parse_number(name, UINT32_MAX - 1, &uid) ||
		    (lookup ? lookup : system_user)(name, &uid) == 0)
			row = user_row(image, uid);
		else
			return wrong(ret_why, "there is no such user on this system");
	} else if (kind == 5 && !memcmp(subject, "group", kind)) {
		row = assigned_row(image, BAILIWICK_SUBJECT_GROUP, name);
	} else if (kind == 4 && !memcmp(subject, "unit", kind)) {
		row = question_unit_row(image, name);
		fallback = image->header->default_unit_row;
	} else if (kind == 3 && !memcmp(subject, "exe", kind)) {
		row = program_row(image, name);
		fallback = image->header->default_unit_row;
	} else {
		return wrong(ret_why, "unknown kind of subject: there are user:, group:, unit:, "
			     "exe: and role:");
	}
	*ret_row = row != ~0u ? row : fallback;
	if (ret_source)
		*ret_source = row != ~0u ? source : QUESTION_FROM_DEFAULT;
	return 0;
}
