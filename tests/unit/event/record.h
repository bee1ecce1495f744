/* SPDX-License-Identifier: Apache-2.0 */
/* Denial records as the kernel's programs write them, made by hand */
#ifndef TESTS_UNIT_EVENT_RECORD_H
#define TESTS_UNIT_EVENT_RECORD_H

#include <arpa/inet.h>
#include <string.h>

#include "event/decode.h"
#include "image/question.h"
#include "tests/unit/compile/compiled.h"

struct record {
	struct bailiwick_denial d;
	char strings[8192];
};

/* A denial of @operation for a row; nothing about the object yet */
__attribute__((unused))
static void record_begin(struct record *r, const struct image *image, const char *row,
			 uint32_t operation)
{
	memset(r, 0, sizeof(*r));
	r->d.event.size = sizeof(r->d);
	r->d.event.kind = BAILIWICK_EVENT_DENIAL;
	r->d.event.abi = BAILIWICK_ABI;
	r->d.event.sequence = 1;
	r->d.event.time = 1000000000;
	r->d.policy_version = image ? image->header->version : 1;
	r->d.row = image ? image_find_row(image, row) : 7;
	r->d.operation = operation;
	r->d.reason = BAILIWICK_REASON_POLICY;
	r->d.verdict = BAILIWICK_VERDICT_DENIED;
	r->d.login_uid = ALICE;
	r->d.pid = 42;
	r->d.tid = 43;
	memcpy(r->d.comm, "cat", 3);
}

__attribute__((unused))
static void record_strings(struct record *r, const char *path, const char *exe, const char *unit)
{
	r->d.path_size = (uint16_t)strlen(path);
	r->d.exe_size = (uint16_t)strlen(exe);
	r->d.unit_size = (uint16_t)strlen(unit);
	snprintf(r->strings, sizeof(r->strings), "%s%s%s", path, exe, unit);
	r->d.event.size = (uint32_t)(sizeof(r->d) + strlen(r->strings));
}

__attribute__((unused))
static void record_path(struct record *r, const struct image *image, const char *path,
			uint32_t denied)
{
	record_strings(r, path, "/usr/bin/cat", "");
	r->d.object = BAILIWICK_OBJECT_PATH;
	r->d.rights = r->d.denied = denied;
	r->d.label = image ? question_label(image, path, strlen(path)) : 9;
}

__attribute__((unused))
static void record_peer(struct record *r, const char *address, uint16_t port, uint16_t protocol)
{
	r->d.object = BAILIWICK_OBJECT_ADDRESS;
	r->d.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	r->d.protocol = protocol;
	r->d.port = port;
	assert_int_equal(inet_pton(r->d.family, address, r->d.address), 1);
}

__attribute__((unused))
static const struct denial *record_decoded(const struct record *r)
{
	static struct denial denial;
	struct bailiwick_event header;

	assert_int_equal(decode_record(r, r->d.event.size, &header, &denial), DECODE_DENIAL);
	return &denial;
}

#endif
