// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of trust.c: the one form of a signature, and what resembles it. */

#define SELFTEST_SHA256 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01
/* version, key id, SHA-256, some algorithm, one byte of signature */
#define SELFTEST_SIGNER 0x30, 0x17, 0x02, 0x01, 0x03, 0x80, 0x00, SELFTEST_SHA256, 0x30, 0x00, 0x04, 0x01, 0x00
#define SELFTEST_HEAD(outer, content, data, signers) \
	0x30, outer, 0x06, 0x00, 0xa0, content, 0x30, data, 0x02, 0x01, 0x03, 0x31, 0x00, \
	0x30, 0x02, 0x06, 0x00, 0x31, signers

static const u8 selftest_good[] __initconst = {
	SELFTEST_HEAD(0x2a, 0x26, 0x24, 0x19), SELFTEST_SIGNER
};
static const u8 selftest_two[] __initconst = {
	SELFTEST_HEAD(0x43, 0x3f, 0x3d, 0x32), SELFTEST_SIGNER, SELFTEST_SIGNER
};
static const u8 selftest_none[] __initconst = {
	SELFTEST_HEAD(0x11, 0x0d, 0x0b, 0x00)
};

static bool __init selftest_form(const char *what, const u8 *data, u32 size, bool expected)
{
	const struct bw_bytes bytes = { data, size };

	if (is_plain_signature(bytes) == expected)
		return true;
	pr_err("bailiwick: selftest: %s is %s\n", what, expected ? "refused" : "taken");
	return false;
}

bool __init bw_trust_selftest(void)
{
	static u8 bytes[sizeof(selftest_good) + 1] __initdata;
	const u32 size = sizeof(selftest_good);
	bool good = true;
	u32 i;

	good &= selftest_form("one signer", selftest_good, size, true);
	good &= selftest_form("two signers", selftest_two, sizeof(selftest_two), false);
	good &= selftest_form("no signer", selftest_none, sizeof(selftest_none), false);
	for (i = 0; i < size; i++)
		good &= selftest_form("a part", selftest_good, i, false);
	memcpy(bytes, selftest_good, size);
	good &= selftest_form("a byte behind the end", bytes, size + 1, false);
	bytes[1] = 0x80;
	good &= selftest_form("an indefinite length", bytes, size, false);
	bytes[1] = 0x84;
	good &= selftest_form("a length of four bytes", bytes, size, false);

	pr_info("bailiwick: selftest: trust %s\n", good ? "passes" : "FAILS");
	return good;
}
