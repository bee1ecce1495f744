// SPDX-License-Identifier: Apache-2.0
/* What a change took back from running processes, and what it could not */
#include "daemon/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>

#include <bailiwick/vocab.h>

#include "base/cidr.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "base/writeall.h"

#define X_TEXT(id, text, ...) text,
#define X_MANY(id, text, many) many,
#define PIECE 65536u		/* bytes written at once */

static const char *const what_texts[] = { REPORT_WHATS(X_TEXT) };
static const char *const many_texts[] = { REPORT_WHATS(X_MANY) };
static const char *const fate_texts[] = { REPORT_FATES(X_TEXT) };
static const char *const right_texts[] = { BAILIWICK_RIGHTS(X_TEXT) };

struct report {
	unsigned int references;
	int lines;
	uint64_t written;		/* bytes, by this process */
	struct buffer waiting;
	struct report_totals *totals;	/* shared memory */
};

struct report *report_new(void)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->references = 1;
	report->lines = memfd_create("bailiwick-report", MFD_CLOEXEC);
	report->totals = mmap(NULL, sizeof(*report->totals), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report->totals == MAP_FAILED)
		report->totals = NULL;
	if (report->lines < 0 || !report->totals)
		return report_unref(report);
	return report;
}

struct report *report_ref(struct report *report)
{
	report->references++;
	return report;
}

struct report *report_unref(struct report *report)
{
	if (!report || --report->references)
		return NULL;
	if (report->lines >= 0)
		close(report->lines);
	if (report->totals)
		munmap(report->totals, sizeof(*report->totals));
	buffer_done(&report->waiting);
	free(report);
	return NULL;
}

struct report_totals *report_totals(struct report *report)
{
	return report->totals;
}

/* --- writing ------------------------------------------------------------------ */

void report_flush(struct report *report)
{
	if (report->waiting.failed ||
	    writeall(report->lines, report->waiting.data, report->waiting.size) < 0) {
		report->written = REPORT_LINES_MAX;	/* list nothing more, count on */
		snprintf(report->totals->problem, sizeof(report->totals->problem),
			 "no memory for the whole list");
	}
	report->written += report->waiting.size;
	buffer_clear(&report->waiting);
}

void report_add(struct report *report, const struct report_item *item)
{
	report->totals->count[item->fate][item->what]++;
	if (report->written + report->waiting.size >= REPORT_LINES_MAX) {
		report->totals->unlisted++;
		return;
	}
	report_write_item(item, &report->waiting);
	buffer_append_byte(&report->waiting, '\n');
	if (report->waiting.size >= PIECE)
		report_flush(report);
}

static void key(struct buffer *out, const char *name)
{
	if (out->size && out->data[out->size - 1] != '{')
		buffer_append_byte(out, ',');
	buffer_printf(out, "\"%s\":", name);
}

static void text(struct buffer *out, const char *name, const char *value, size_t size)
{
	key(out, name);
	escape_json(out, value, size);
}

static void number(struct buffer *out, const char *name, uint64_t value)
{
	key(out, name);
	buffer_printf(out, "%" PRIu64, value);
}

static void write_path(const struct report_item *item, struct buffer *out)
{
	text(out, "path", item->path, item->path_size);
	/* JSON cannot carry other bytes: the exact ones stand beside */
	if (utf8_valid_prefix(item->path, item->path_size) == item->path_size)
		return;
	key(out, "path_escaped");
	buffer_append_byte(out, '"');
	for (size_t i = 0; i < item->path_size; i++)
		buffer_printf(out, "%%%02x", (unsigned char)item->path[i]);
	buffer_append_byte(out, '"');
}

static void write_rights(uint32_t rights, struct buffer *out)
{
	bool first = true;

	key(out, "rights");
	buffer_append_byte(out, '[');
	for (uint32_t i = 0; i < BAILIWICK_RIGHT_COUNT; i++) {
		if (!(rights >> i & 1))
			continue;
		buffer_printf(out, "%s\"%s\"", first ? "" : ",", right_texts[i]);
		first = false;
	}
	buffer_append_byte(out, ']');
}

static void write_range(const struct report_item *item, struct buffer *out)
{
	key(out, "start");
	buffer_printf(out, "\"0x%" PRIx64 "\"", item->from);
	key(out, "end");
	buffer_printf(out, "\"0x%" PRIx64 "\"", item->to);
	key(out, "protection");
	buffer_printf(out, "\"%c%c%c\"", item->protection & PROT_READ ? 'r' : '-',
		      item->protection & PROT_WRITE ? 'w' : '-',
		      item->protection & PROT_EXEC ? 'x' : '-');
}

static const char *protocol_text(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_UDPLITE: return "udplite";
	case IPPROTO_SCTP: return "sctp";
	default: return "raw";
	}
}

/* An IPv4 peer of an IPv6 socket is an IPv4 peer */
static void write_end(const char *address, const char *port, const struct sockdiag_socket *socket,
		      const uint8_t bytes[16], uint16_t number_, struct buffer *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct cidr cidr = { .family = 4, .prefix = 32 };
	char shown[CIDR_TEXT_MAX];

	if (socket->family == AF_INET) {
		memcpy(cidr.bytes, bytes, 4);
	} else if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		memcpy(cidr.bytes, bytes + 12, 4);
	} else {
		cidr.family = 6;
		cidr.prefix = 128;
		memcpy(cidr.bytes, bytes, 16);
	}
	cidr_format(&cidr, shown);
	text(out, address, shown, strlen(shown));
	number(out, port, number_);
}

static void write_socket(const struct sockdiag_socket *socket, struct buffer *out)
{
	const char *protocol = protocol_text(socket->protocol);

	text(out, "proto", protocol, strlen(protocol));
	write_end("local", "local_port", socket, socket->local, socket->local_port, out);
	if (socket->peer_port)
		write_end("peer", "peer_port", socket, socket->peer, socket->peer_port, out);
}

int report_write_item(const struct report_item *item, struct buffer *out)
{
	buffer_append_byte(out, '{');
	text(out, "fate", fate_texts[item->fate], strlen(fate_texts[item->fate]));
	text(out, "what", what_texts[item->what], strlen(what_texts[item->what]));
	number(out, "pid", item->pid);
	number(out, "uid", item->uid);
	text(out, "comm", item->comm, strnlen(item->comm, sizeof(item->comm)));
	if (item->fd >= 0)
		number(out, "fd", (uint64_t)item->fd);
	if (item->path)
		write_path(item, out);
	if (item->rights)
		write_rights(item->rights, out);
	if (item->what == REPORT_MAPPING)
		write_range(item, out);
	if (item->socket.family)
		write_socket(&item->socket, out);
	if (item->how)
		text(out, "how", item->how, strlen(item->how));
	return buffer_append_byte(out, '}');
}

static void write_counts(const char *name, const uint64_t count[REPORT_WHAT_COUNT], struct buffer *out)
{
	key(out, name);
	buffer_append_byte(out, '{');
	for (int i = 0; i < REPORT_WHAT_COUNT; i++)
		if (count[i])
			number(out, what_texts[i], count[i]);
	buffer_append_byte(out, '}');
}

int report_write_totals(const struct report_totals *totals, struct buffer *out)
{
	buffer_append_byte(out, '{');
	for (int i = 0; i < REPORT_FATE_COUNT; i++)
		write_counts(fate_texts[i], totals->count[i], out);
	number(out, "holders", totals->holders);
	number(out, "unlisted", totals->unlisted);
	number(out, "microseconds", totals->microseconds);
	key(out, "complete");
	buffer_append_text(out, totals->complete ? "true" : "false");
	if (totals->problem[0])
		text(out, "problem", totals->problem, strlen(totals->problem));
	return buffer_append_byte(out, '}');
}

/* --- reading ------------------------------------------------------------------- */

int report_file(const struct report *report)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", report->lines);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* --- in words -------------------------------------------------------------------- */

uint64_t report_fate_total(const struct report_totals *totals, enum report_fate fate)
{
	uint64_t total = 0;

	for (int i = 0; i < REPORT_PROCESS; i++)
		total += totals->count[fate][i];
	return total;
}

static void describe_fate(const struct report_totals *totals, enum report_fate fate,
			  struct buffer *out)
{
	const char *between = " ";

	buffer_printf(out, "%s%s", out->size ? "; " : "", fate_texts[fate]);
	for (int i = 0; i < REPORT_WHAT_COUNT; i++) {
		if (!totals->count[fate][i])
			continue;
		buffer_printf(out, "%s%" PRIu64 " %s", between, totals->count[fate][i],
			      many_texts[i]);
		between = ", ";
	}
}

void report_describe(const struct report_totals *totals, struct buffer *out)
{
	if (report_fate_total(totals, REPORT_CUT))
		describe_fate(totals, REPORT_CUT, out);
	if (report_fate_total(totals, REPORT_KEPT)) {
		describe_fate(totals, REPORT_KEPT, out);
		buffer_printf(out, " in %" PRIu64 " process%s", totals->holders,
			      totals->holders == 1 ? "" : "es");
	}
	if (totals->count[REPORT_ENDED][REPORT_PROCESS])
		describe_fate(totals, REPORT_ENDED, out);
	if (!out->size)
		buffer_append_text(out, "no running process held what it may no longer");
	if (totals->problem[0])
		buffer_printf(out, "; %s", totals->problem);
}
