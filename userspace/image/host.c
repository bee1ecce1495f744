// SPDX-License-Identifier: Apache-2.0
/* Host names of an image, and the addresses they stand for in it */
#include "image/host.h"

#include <string.h>
#include <sys/socket.h>

#include "image/explain.h"

const char *host_next(const struct image *image, uint32_t *at)
{
	uint32_t count;
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, &count);

	while (*at < count) {
		const struct bailiwick_prefix *p = &prefix[(*at)++];

		if (!p->family)
			return image_string(image, p->host);
	}
	return NULL;
}

static bool is_there(const struct cidr *list, int count, const struct cidr *cidr)
{
	for (int i = 0; i < count; i++)
		if (!cidr_compare(&list[i], cidr))
			return true;
	return false;
}

int host_addresses(const struct image *image, const char *name,
		   struct cidr ret[HOST_ADDRESSES_MAX])
{
	uint32_t count;
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, &count);
	int found = -1;

	for (uint32_t i = 0; i < count; i++) {
		const struct bailiwick_prefix *p = &prefix[i];
		struct cidr cidr = { p->family == AF_INET ? 4 : 6, (uint8_t)p->bits, { 0 } };

		if (!p->host || strcmp(image_string(image, p->host), name) != 0)
			continue;
		if (found < 0)
			found = 0;
		memcpy(cidr.bytes, p->address, sizeof(cidr.bytes));
		if (p->family && found < HOST_ADDRESSES_MAX && !is_there(ret, found, &cidr))
			ret[found++] = cidr;
	}
	return found;
}

/* No address: what the rules say of the name itself */
static void ask_rules(const struct image *image, uint32_t row, const char *name,
		      const struct question *q, struct answer *ret)
{
	struct question any = *q;
	struct explanation why;

	/* for the row's mode and whether it is confined at all */
	memset(any.endpoint.address, 0, sizeof(any.endpoint.address));
	any.endpoint.ipv6 = 0;
	question_ask(image, row, &any, ret);
	if (ret->allowed || ret->reason == BAILIWICK_REASON_FAMILY)
		return;
	if (explain_host(image, row, q->asked, name, &q->endpoint, &why) || !why.count)
		return;
	ret->allowed = true;
	ret->denied = 0;
	ret->reason = BAILIWICK_REASON_NONE;
}

int host_ask(const struct image *image, uint32_t row, const char *name,
	     const struct question *question, struct answer *ret, struct cidr *ret_address)
{
	struct cidr addresses[HOST_ADDRESSES_MAX];
	struct question q = *question;
	int count = host_addresses(image, name, addresses);

	*ret_address = (struct cidr){ 0 };
	if (count < 0)
		return 1;
	if (!count)
		ask_rules(image, row, name, question, ret);
	for (int i = 0; i < count; i++) {
		memcpy(q.endpoint.address, addresses[i].bytes, sizeof(q.endpoint.address));
		q.endpoint.ipv6 = addresses[i].family == 6;
		question_ask(image, row, &q, ret);
		*ret_address = addresses[i];
		if (!ret->allowed)
			return 0;
	}
	return 0;
}

bool host_same(const struct image *a, const struct image *b)
{
	uint32_t count, others;
	const struct bailiwick_prefix *p = image_records(a, BAILIWICK_SECTION_PREFIX, &count);
	const struct bailiwick_prefix *q = image_records(b, BAILIWICK_SECTION_PREFIX, &others);

	if (count != others)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (p[i].family != q[i].family || p[i].bits != q[i].bits ||
		    memcmp(p[i].address, q[i].address, sizeof(p[i].address)) != 0 ||
		    strcmp(image_string(a, p[i].host), image_string(b, q[i].host)) != 0)
			return false;
	return true;
}
