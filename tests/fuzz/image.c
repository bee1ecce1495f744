// SPDX-License-Identifier: Apache-2.0
/* libFuzzer: images that pass the check answer every question inside their bytes */
#include "../decide/interrogate.h"

#include <stdio.h>
#include <unistd.h>

#include <bailiwick/check.h>

#include "compile/compile.h"
#include "image/dump.h"
#include "image/explain.h"
#include "image/question.h"
#include "image/reader.h"

/*
 * An input starts with a byte that says what it is: 0, an image; anything else,
 * changes to a good image, four bytes each: an offset in units of four bytes,
 * and a byte that picks the word written there.
 */
static const char policy[] =
	"version: 1\n"
	"classes: {c: {grade: restricted, protect: true, paths: [/srv/crm/**]}}\n"
	"roles:\n"
	"  a:\n"
	"    files: [{allow: [read], on: [c, \"/etc/*\"]}, {deny: [write], on: [/srv/crm/archive]}]\n"
	"    network: [{connect: {to: [10.20.0.0/16, \"fd20::/16\"], tcp: [5432]}}, {bind: {udp: [53]}}]\n"
	"    exec: {/usr/bin/backup: b}\n"
	"  b: {capabilities: [kill], include: [a]}\n"
	"assignments:\n"
	"  - {subject: \"user:1000\", role: a}\n"
	"  - {subject: \"user:1000\", role: b}\n"
	"  - {subject: \"unit:x.service\", role: a}\n";

static struct image_bytes good;
static volatile uint32_t sum;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[] = "/tmp/fuzz-image-XXXXXX.yaml", *paths[] = { path };
	struct compile_options options = { .version = 1, .created = 1 };
	int fd = mkstemps(path, 5);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	struct policy *loaded = NULL;
	struct diag *diag = diag_new();

	(void)argc;
	(void)argv;
	if (!out)
		abort();
	fputs(policy, out);
	fclose(out);
	if (policy_load(paths, 1, diag, &loaded) ||
	    policy_compile(loaded, &options, diag, NULL, &good))
		abort();
	unlink(path);
	policy_free(loaded);
	diag_free(diag);
	return 0;
}

/* Words that are likely to be just right or just wrong. */
static uint32_t word(uint8_t pick, uint32_t before)
{
	static const uint32_t words[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 32, 63, 64, 255, 256, 4095, 4096, 65535, 65536,
		0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
	};

	if (pick < sizeof(words) / sizeof(*words))
		return words[pick];
	if (pick < 64)
		return before ^ 1u << (pick & 31);
	return before + pick - 160;
}

static void change(uint8_t *bytes, uint32_t bytes_size, const uint8_t *data, size_t size)
{
	for (; size >= 4; data += 4, size -= 4) {
		uint32_t at = (data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16) %
			      (bytes_size / 4) * 4, value;

		memcpy(&value, bytes + at, 4);
		value = word(data[3], value);
		memcpy(bytes + at, &value, 4);
	}
}

/* What people ask of an image that a reader has opened. */
static void ask_as_people_do(const void *bytes, uint32_t size)
{
	struct explanation why;
	struct buffer text = { 0 };
	struct image *image;
	const char *unused;
	struct decide_endpoint e = { .address = { 10, 20, 0, 1 }, .port = 5432 };

	if (image_open_bytes(bytes, size, &image, &unused) < 0)
		return;
	dump_text(image, &text);
	dump_json(image, &text);
	for (uint32_t row = 0; row < image->header->rows; row++) {
		explain_file(image, row, "/srv/crm/x", 10, BAILIWICK_RIGHTS_ALL, &why);
		explain_network(image, row, BAILIWICK_NETOPS_ALL, &e, &why);
	}
	sum += question_unit_row(image, "x.service") + (uint32_t)text.size;
	buffer_done(&text);
	image_close(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool raw = size && !data[0];
	uint32_t bytes_size = raw ? (uint32_t)size - 1 : good.size;
	uint8_t *bytes = malloc(bytes_size ? bytes_size : 1);
	const char *why;

	if (bytes_size)
		memcpy(bytes, raw ? data + 1 : good.data, bytes_size);
	if (size && !raw)
		change(bytes, bytes_size, data + 1, size - 1);
	if (bailiwick_image_check(bytes, bytes_size, &why) == 0) {
		sum += interrogate((image_t){ bytes, bytes_size });
		if (image_digest(bytes, bytes_size, bytes +
				 offsetof(struct bailiwick_image_header, digest)) == 0)
			ask_as_people_do(bytes, bytes_size);
	}
	free(bytes);
	return 0;
}
