/* SPDX-License-Identifier: Apache-2.0 */
/* Events as an attacker would word them, for every format */
#ifndef TESTS_SINK_HOSTILE_H
#define TESTS_SINK_HOSTILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/message.h"
#include "base/utf8.h"
#include "event/event.h"
#include "event/sentence.h"
#include "sink/format.h"

static const char *const hostile_texts[] = {
	"plain",
	"",
	"line\nbreak",
	"carriage\rreturn\r\nand\vmore\f",
	"\033[2J\033]0;title\007",
	"\302\233" "31m",				/* CSI as one character */
	"\302\205next line\342\200\250line separator\342\200\251",
	"\342\200\256gnp.exe\342\200\254",		/* turned around */
	"\357\273\277bom\342\200\213zero width",
	"\x7f\x01\x02\x1f",
	"\xff\xfe\xc0\xaf\xed\xa0\x80",			/* no UTF-8 */
	"half \xe2\x82",
	"]\" quote\\ back=slash|pipe \\n",
	"\"}],\"injected\":true,{\"",
	"\360\237\230\200 \345\255\227 \330\247",	/* four bytes, wide, right to left */
	"%n%s%99999d",
	"<165>1 2026-01-01T00:00:00Z forged app - - - x",
	"CEF:0|forged|x|y|z|a|10|act=allowed",
};
#define HOSTILE_COUNT (sizeof(hostile_texts) / sizeof(*hostile_texts))

/* An event of the longest that can be, when @text is NULL */
struct hostile {
	struct sink_record record;
	struct buffer json, text;
	char *long_text;
};

static inline struct event_bytes hostile_bytes(const char *text, size_t size)
{
	return (struct event_bytes){ .data = text, .size = size };
}

static inline struct hostile hostile_event(const char *text)
{
	struct hostile h = { .record = { .sequence = 42, .time = 1767225600123456789u } };
	size_t size = text ? strlen(text) : 4095;
	struct event event;

	h.long_text = malloc(4096);
	memset(h.long_text, '\033', 4095);
	h.long_text[4095] = 0;
	if (!text)
		text = h.long_text;
	event = (struct event){
		.kind = EVENT_DENIAL, .journal = "0123456789abcdef", .sequence = 42,
		.time = 1767225600123456789u, .host = "host.example", .verdict = "denied",
		.operation = "open", .role = "clerk", .severity = 1, .policy_version = 7, .count = 3,
		.reason = "rule", .message = "told",
		.subject = {
			.known = true, .user = text, .login_uid = 1000, .uid = 0, .gid = 0, .pid = 4242,
			.tid = 4242, .comm = hostile_bytes(text, size < 15 ? size : 15),
			.exe = hostile_bytes(text, size), .unit = hostile_bytes(text, size),
		},
		.object = {
			.kind = EVENT_OBJECT_PATH, .path = hostile_bytes(text, size),
			.class_name = text, .grade = "restricted", .rights = 3,
		},
		.rule = { .file = text, .line = 12, .message = text },
	};
	event_write_json(&event, &h.json);
	event_write_text(&event, &h.text);
	h.record.json = h.json.data;
	h.record.json_size = h.json.size;
	h.record.text = h.text.data;
	h.record.text_size = h.text.size;
	memset(h.record.hash, 0xab, sizeof(h.record.hash));
	return h;
}

static inline void hostile_done(struct hostile *h)
{
	buffer_done(&h->json);
	buffer_done(&h->text);
	free(h->long_text);
}

/* One line of UTF-8 that no terminal obeys; says where it is not */
static inline void assert_harmless(const char *line, size_t size, const char *what)
{
	for (size_t at = 0; at < size;) {
		uint32_t character;
		size_t n = utf8_decode(line + at, size - at, &character);

		if (!n || !utf8_columns(character))
			fail_msg("%s: byte %d (0x%02x) of: %s", what, (int)at,
				 (unsigned char)line[at], line);
		at += n;
	}
}

#endif
