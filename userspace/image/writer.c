/* SPDX-License-Identifier: Apache-2.0 */
/* Sections in, an image out: offsets, sizes, digest */
#include "image/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bailiwick/check.h>

#include "base/arena.h"
#include "base/sha256.h"

void image_bytes_done(struct image_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct image_bytes){ 0 };
}

void image_writer_done(struct image_writer *writer)
{
	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++)
		buffer_done(&writer->section[i]);
	strmap_done(&writer->strings);
	arena_free(writer->arena);
	writer->arena = NULL;
}

uint32_t image_record_size(enum bailiwick_section_id id)
{
	return bailiwick_check_record(id);
}

int image_writer_add(struct image_writer *writer, enum bailiwick_section_id id,
		     const void *record, size_t size)
{
	return buffer_append(&writer->section[id], record, size);
}

uint32_t image_writer_string(struct image_writer *writer, const char *text)
{
	struct buffer *strings = &writer->section[BAILIWICK_SECTION_STRINGS];
	uintptr_t offset;
	void *known;
	char *copy;

	if (!strings->size)
		buffer_append_byte(strings, 0);
	if (!text || !*text || strings->failed)
		return 0;
	known = strmap_get(&writer->strings, text);
	if (known)
		return (uint32_t)(uintptr_t)known;
	offset = strings->size;
	if (offset > BAILIWICK_SLOT_MAX)
		return 0;	/* image_writer_finish() answers -EFBIG */
	if (!writer->arena)
		writer->arena = arena_new();
	copy = writer->arena ? arena_text(writer->arena, text, strlen(text)) : NULL;
	if (!copy || strmap_put(&writer->strings, copy, (void *)offset)) {
		strings->failed = true;
		return 0;
	}
	buffer_append(strings, text, strlen(text) + 1);
	return (uint32_t)offset;
}

int image_digest(const void *bytes, uint32_t size, uint8_t ret[32])
{
	static const uint8_t zero[SHA256_SIZE];
	const uint8_t *start = bytes;
	const size_t at = offsetof(struct bailiwick_image_header, digest);
	struct iovec pieces[3];

	if (size < sizeof(struct bailiwick_image_header))
		return -EBADMSG;
	pieces[0] = (struct iovec){ (void *)start, at };
	pieces[1] = (struct iovec){ (void *)zero, sizeof(zero) };
	pieces[2] = (struct iovec){ (void *)(start + at + sizeof(zero)), size - at - sizeof(zero) };
	return sha256_pieces(pieces, 3, ret);
}

/* Offsets and counts of all sections into the header; the image's size, or 0 when too large. */
static uint32_t lay_out(struct image_writer *writer)
{
	size_t end = sizeof(writer->header);

	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++) {
		struct bailiwick_section *s = &writer->header.section[i];
		size_t size = writer->section[i].size;

		end = (end + 7) & ~(size_t)7;
		if (size > BAILIWICK_SLOT_MAX || end + size > BAILIWICK_SLOT_MAX)
			return 0;
		*s = (struct bailiwick_section){
			.offset = (uint32_t)end,
			.size = (uint32_t)size,
			.count = (uint32_t)(size / image_record_size(i)),
		};
		end += size;
	}
	return (uint32_t)end;
}

int image_writer_finish(struct image_writer *writer, struct image_bytes *ret)
{
	struct bailiwick_image_header *header = &writer->header;
	uint8_t *data;
	uint32_t size;
	int r;

	image_writer_string(writer, "");
	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++)
		if (writer->section[i].failed)
			return -ENOMEM;
	memcpy(header->magic, BAILIWICK_IMAGE_MAGIC, sizeof(header->magic));
	header->abi = BAILIWICK_ABI;
	header->header_size = sizeof(*header);
	memset(header->digest, 0, sizeof(header->digest));
	size = lay_out(writer);
	if (!size)
		return -EFBIG;
	header->image_size = size;
	data = calloc(1, size);
	if (!data)
		return -ENOMEM;
	for (size_t i = 0; i < BAILIWICK_SECTION_COUNT; i++)
		if (writer->section[i].size)
			memcpy(data + header->section[i].offset, writer->section[i].data,
			       writer->section[i].size);
	memcpy(data, header, sizeof(*header));
	r = image_digest(data, size, header->digest);
	if (r < 0) {
		free(data);
		return r;
	}
	memcpy(data, header, sizeof(*header));
	*ret = (struct image_bytes){ data, size };
	return 0;
}
