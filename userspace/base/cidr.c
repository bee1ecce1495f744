// SPDX-License-Identifier: Apache-2.0
/* IPv4 and IPv6 addresses and prefixes */
#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* ::ffff:0:0/96, where IPv6 keeps IPv4 */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static int width(const struct cidr *cidr)
{
	return cidr->family == 4 ? 32 : 128;
}

/* Does this text look as if its writer had an address in mind? */
static bool looks_like_address(const char *text)
{
	if (strchr(text, ':'))
		return true;
	return *text && strspn(text, "0123456789.") == strlen(text);
}

/* Clear the bits behind the prefix; true if any was set */
static bool clear_host_bits(struct cidr *cidr)
{
	bool any = false;
	int bit;

	for (bit = cidr->prefix; bit < width(cidr); bit++) {
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));

		any = any || (cidr->bytes[bit / 8] & mask);
		cidr->bytes[bit / 8] &= (uint8_t)~mask;
	}
	return any;
}

static enum cidr_mistake parse_prefix(const char *text, int *ret)
{
	size_t digits = strspn(text, "0123456789");
	int value = 0;

	if (!digits || text[digits] || (text[0] == '0' && digits > 1))
		return CIDR_BAD_PREFIX;
	if (digits > 3)
		return CIDR_PREFIX_TOO_LONG;
	while (*text)
		value = value * 10 + (*text++ - '0');
	*ret = value;
	return CIDR_FINE;
}

static enum cidr_mistake parse_address(const char *text, struct cidr *cidr)
{
	if (inet_pton(AF_INET, text, cidr->bytes) == 1) {
		cidr->family = 4;
		return CIDR_FINE;
	}
	if (inet_pton(AF_INET6, text, cidr->bytes) == 1) {
		cidr->family = 6;
		return CIDR_FINE;
	}
	return looks_like_address(text) ? CIDR_BAD_ADDRESS : CIDR_NOT_AN_ADDRESS;
}

/* An IPv4-mapped address becomes the IPv4 address it means */
static enum cidr_mistake unmap(struct cidr *cidr, int *prefix)
{
	if (cidr->family != 6 || memcmp(cidr->bytes, mapped, sizeof(mapped)))
		return CIDR_FINE;
	if (*prefix < 96)
		return CIDR_MAPPED_PREFIX;
	memmove(cidr->bytes, cidr->bytes + 12, 4);
	memset(cidr->bytes + 4, 0, 12);
	cidr->family = 4;
	*prefix -= 96;
	return CIDR_FINE;
}

enum cidr_mistake cidr_parse(const char *text, struct cidr *ret)
{
	struct cidr cidr = { 0 };
	enum cidr_mistake mistake;
	char address[CIDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	int prefix;

	if (length >= sizeof(address))
		return looks_like_address(text) ? CIDR_BAD_ADDRESS : CIDR_NOT_AN_ADDRESS;
	memcpy(address, text, length);
	address[length] = '\0';
	mistake = parse_address(address, &cidr);
	if (mistake)
		return mistake;
	prefix = width(&cidr);
	if (slash) {
		mistake = parse_prefix(slash + 1, &prefix);
		if (mistake)
			return mistake;
		if (prefix > width(&cidr))
			return CIDR_PREFIX_TOO_LONG;
	}
	mistake = unmap(&cidr, &prefix);
	if (mistake)
		return mistake;
	cidr.prefix = (uint8_t)prefix;
	if (clear_host_bits(&cidr))
		mistake = CIDR_HOST_BITS;
	*ret = cidr;
	return mistake;
}

char *cidr_format(const struct cidr *cidr, char buf[CIDR_TEXT_MAX])
{
	char address[INET6_ADDRSTRLEN];

	if (cidr->family != 4 && cidr->family != 6) {
		snprintf(buf, CIDR_TEXT_MAX, "-");
		return buf;
	}
	inet_ntop(cidr->family == 4 ? AF_INET : AF_INET6, cidr->bytes, address, sizeof(address));
	if (cidr->prefix == width(cidr))
		snprintf(buf, CIDR_TEXT_MAX, "%s", address);
	else
		snprintf(buf, CIDR_TEXT_MAX, "%s/%u", address, cidr->prefix);
	return buf;
}

bool cidr_contains(const struct cidr *outer, const struct cidr *inner)
{
	unsigned int whole = outer->prefix / 8, rest = outer->prefix % 8;
	uint8_t mask;

	if (outer->family != inner->family || outer->prefix > inner->prefix)
		return false;
	if (memcmp(outer->bytes, inner->bytes, whole))
		return false;
	if (!rest)
		return true;
	mask = (uint8_t)(0xff << (8 - rest));
	return ((outer->bytes[whole] ^ inner->bytes[whole]) & mask) == 0;
}

int cidr_compare(const struct cidr *a, const struct cidr *b)
{
	int r;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	r = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (r)
		return r < 0 ? -1 : 1;
	return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}
