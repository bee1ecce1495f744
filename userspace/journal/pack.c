// SPDX-License-Identifier: Apache-2.0
/* Packed segments: the same bytes as one zstd frame; the only file that knows zstd */
#include "journal/pack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/writeall.h"

#define LEVEL 3
#define CHUNK (128u << 10)
/* What a stranger's frame may make us keep in memory: 8 MiB */
#define WINDOW_LOG_MOST 23

/* --- packing ---------------------------------------------------------------- */

struct pack {
	int from, to;
	off_t at;			/* read so far */
	ZSTD_CCtx *context;
	char in[CHUNK], out[CHUNK];
};

int pack_new(int from, int to, struct pack **ret)
{
	_cleanup_(pack_freep) struct pack *pack = calloc(1, sizeof(*pack));

	if (!pack)
		return -ENOMEM;
	pack->from = from;
	pack->to = to;
	pack->context = ZSTD_createCCtx();
	if (!pack->context)
		return -ENOMEM;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(pack->context, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(pack->context, ZSTD_c_checksumFlag, 1)))
		return -EINVAL;
	*ret = TAKE_PTR(pack);
	return 0;
}

static int pack_chunk(struct pack *pack, size_t size, bool last)
{
	ZSTD_inBuffer in = { pack->in, size, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { pack->out, CHUNK, 0 };
		int r;

		left = ZSTD_compressStream2(pack->context, &out, &in,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return -EIO;
		r = writeall(pack->to, pack->out, out.pos);
		if (r < 0)
			return r;
	} while (last ? left : in.pos < in.size);
	return last;
}

int pack_step(struct pack *pack, size_t most)
{
	for (size_t done = 0; done < most;) {
		ssize_t n = pread(pack->from, pack->in, CHUNK, pack->at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		r = pack_chunk(pack, (size_t)n, n == 0);
		if (r)
			return r;
		pack->at += n;
		done += (size_t)n;
	}
	return 0;
}

struct pack *pack_free(struct pack *pack)
{
	if (!pack)
		return NULL;
	ZSTD_freeCCtx(pack->context);
	free(pack);
	return NULL;
}

/* --- unpacking -------------------------------------------------------------- */

/* A window of what was packed, moved forward while reading */
struct unpack {
	int fd;
	off_t at;			/* of the file, read so far */
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	bool end;			/* the frame is complete, and nothing behind it */
	off_t base;			/* offset of window[0] */
	size_t filled;
	char bytes[CHUNK];
	char window[UNPACK_MOST + CHUNK];
};

int unpack_new(int fd, struct unpack **ret)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack)
		return -ENOMEM;
	unpack->fd = fd;
	unpack->context = ZSTD_createDCtx();
	if (!unpack->context ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(unpack->context, ZSTD_d_windowLogMax,
						WINDOW_LOG_MOST))) {
		unpack_free(unpack);
		return -ENOMEM;
	}
	unpack->in = (ZSTD_inBuffer){ unpack->bytes, 0, 0 };
	*ret = unpack;
	return 0;
}

struct unpack *unpack_free(struct unpack *unpack)
{
	if (!unpack)
		return NULL;
	ZSTD_freeDCtx(unpack->context);
	free(unpack);
	return NULL;
}

static void start_over(struct unpack *unpack)
{
	ZSTD_DCtx_reset(unpack->context, ZSTD_reset_session_only);
	unpack->at = unpack->base = 0;
	unpack->filled = 0;
	unpack->end = false;
	unpack->in = (ZSTD_inBuffer){ unpack->bytes, 0, 0 };
}

/* More bytes of the file; 0 at its end */
static ssize_t refill(struct unpack *unpack)
{
	ssize_t n;

	do
		n = pread(unpack->fd, unpack->bytes, CHUNK, unpack->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	unpack->at += n;
	unpack->in = (ZSTD_inBuffer){ unpack->bytes, (size_t)n, 0 };
	return n;
}

/* Once the frame is complete nothing may follow it */
static int finish(struct unpack *unpack)
{
	ssize_t n;

	if (unpack->in.pos < unpack->in.size)
		return -EBADMSG;
	n = refill(unpack);
	if (n)
		return n < 0 ? (int)n : -EBADMSG;
	unpack->end = true;
	return 0;
}

static int decode_some(struct unpack *unpack)
{
	ZSTD_outBuffer out = { unpack->window, sizeof(unpack->window), unpack->filled };
	size_t left;

	if (unpack->in.pos == unpack->in.size) {
		ssize_t n = refill(unpack);

		if (n <= 0)
			return n < 0 ? (int)n : -EBADMSG;	/* cut off */
	}
	left = ZSTD_decompressStream(unpack->context, &out, &unpack->in);
	if (ZSTD_isError(left))
		return -EBADMSG;
	unpack->filled = out.pos;
	return left ? 0 : finish(unpack);
}

/* Forget what lies before @offset, as much of it as is there */
static void move_window(struct unpack *unpack, off_t offset)
{
	size_t drop = (size_t)(offset - unpack->base);

	if (drop > unpack->filled)
		drop = unpack->filled;
	unpack->filled -= drop;
	memmove(unpack->window, unpack->window + drop, unpack->filled);
	unpack->base += (off_t)drop;
}

ssize_t unpack_read(struct unpack *unpack, void *data, size_t size, off_t offset)
{
	off_t until = offset + (off_t)size;
	size_t there;

	if (size > UNPACK_MOST || offset < 0)
		return -EINVAL;
	if (offset < unpack->base)
		start_over(unpack);
	while (!unpack->end && unpack->base + (off_t)unpack->filled < until) {
		int r;

		if (until > unpack->base + (off_t)sizeof(unpack->window) ||
		    unpack->filled == sizeof(unpack->window))
			move_window(unpack, offset);
		r = decode_some(unpack);
		if (r < 0)
			return r;
	}
	if (unpack->base + (off_t)unpack->filled <= offset)
		return 0;
	there = unpack->filled - (size_t)(offset - unpack->base);
	if (there > size)
		there = size;
	memcpy(data, unpack->window + (offset - unpack->base), there);
	return (ssize_t)there;
}
