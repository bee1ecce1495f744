// SPDX-License-Identifier: Apache-2.0
/* Every single-bit flip of an image: refused by its digest; with the digest made right, harmless */
#include "interrogate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compile/compile.h"
#include "image/dump.h"
#include "image/reader.h"

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

static int build(struct image_bytes *ret)
{
	char path[] = "/tmp/flips-XXXXXX.yaml", *paths[] = { path };
	struct compile_options options = { .version = 1, .created = 1 };
	int fd = mkstemps(path, 5);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	struct policy *loaded = NULL;
	struct diag *diag = diag_new();
	int r = -EIO;

	if (out) {
		fputs(policy, out);
		fclose(out);
		r = policy_load(paths, 1, diag, &loaded);
		unlink(path);
	}
	if (!r)
		r = policy_compile(loaded, &options, diag, NULL, ret);
	diag_print(diag, stderr, DIAG_PLAIN);
	policy_free(loaded);
	diag_free(diag);
	return r;
}

static uint32_t sum;	/* what was answered, so that it had to be asked */

/* An image whose digest fits: either refused, or every question is answered inside it. */
static bool take(const struct image_bytes *b)
{
	struct buffer text = { 0 };
	struct image *image;
	const char *why;

	if (image_open_bytes(b->data, b->size, &image, &why) < 0)
		return false;
	sum += interrogate(image->view);
	dump_text(image, &text);
	dump_json(image, &text);
	sum += (uint32_t)text.size;
	buffer_done(&text);
	image_close(image);
	return true;
}

int main(void)
{
	const size_t digest_at = offsetof(struct bailiwick_image_header, digest);
	struct image_bytes b = { 0 };
	uint32_t flips = 0, slipped = 0, accepted = 0, refused = 0;

	if (build(&b) != 0 || !take(&b)) {
		printf("not ok 1 - building a small image\n1..1\n");
		return 1;
	}
	for (size_t bit = 0; bit < (size_t)b.size * 8; bit++, flips++) {
		uint8_t digest[32];
		struct image *image;
		const char *why;

		memcpy(digest, b.data + digest_at, sizeof(digest));
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (image_open_bytes(b.data, b.size, &image, &why) == 0) {
			slipped++;
			image_close(image);
		}
		if (image_digest(b.data, b.size, b.data + digest_at) == 0) {
			if (take(&b))
				accepted++;
			else
				refused++;
		}
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memcpy(b.data + digest_at, digest, sizeof(digest));
	}
	printf("%s 1 - %u bit flips of %u bytes, %u slipped past the reader\n",
	       slipped ? "not ok" : "ok", flips, b.size, slipped);
	printf("%s 2 - with the digest made right %u are refused, %u accepted and harmless (%u)\n",
	       refused && accepted ? "ok" : "not ok", refused, accepted, sum);
	printf("1..2\n");
	image_bytes_done(&b);
	return slipped || !refused || !accepted;
}
