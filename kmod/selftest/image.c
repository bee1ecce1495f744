// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of image.c: each step of the verification refuses what it is for. */

static struct bailiwick_image_header __initdata selftest_bytes;

static void __init selftest_digest(struct bailiwick_image_header *header)
{
	memset(header->digest, 0, sizeof(header->digest));
	sha256((const u8 *)header, sizeof(*header), header->digest);
}

static bool __init selftest_is(const char *what, u32 size, int expected)
{
	struct bw_image image = { .header = &selftest_bytes, .size = size };
	const char *why = NULL;
	int err = image_verify(&image, &why);

	if (err == expected && why)
		return true;
	pr_err("bailiwick: selftest: %s gives %d (%s), not %d\n", what, err,
	       why ? why : "no reason", expected);
	return false;
}

bool __init bw_image_selftest(void)
{
	struct bailiwick_image_header *header = &selftest_bytes;
	const u32 size = sizeof(*header);
	bool good = true;

	good &= selftest_is("all-zero bytes", size, -EBADMSG);

	memcpy(header->magic, BAILIWICK_IMAGE_MAGIC, sizeof(header->magic));
	good &= selftest_is("no ABI", size, -EPROTONOSUPPORT);

	header->abi = BAILIWICK_ABI;
	good &= selftest_is("no size", size, -EBADMSG);

	header->image_size = size;
	good &= selftest_is("no digest", size, -EKEYREJECTED);

	selftest_digest(header);
	good &= selftest_is("a right digest over a header without sections", size, -EBADMSG);

	header->abi = BAILIWICK_ABI + 1;
	good &= selftest_is("a newer ABI", size, -EPROTONOSUPPORT);

	header->abi = BAILIWICK_ABI;
	header->version ^= 1;
	good &= selftest_is("one changed bit", size, -EKEYREJECTED);

	good &= selftest_is("one byte short", size - 1, -EBADMSG);

	pr_info("bailiwick: selftest: image %s\n", good ? "passes" : "FAILS");
	return good;
}
