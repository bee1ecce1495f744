// SPDX-License-Identifier: Apache-2.0
/* The organisation's three grades of a denial */
#include "event/severity.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "image/question.h"

/* Numbers of linux/capability.h, by the vocabulary's names */
#define X_NUMBER(id, text, number) CAPABILITY_##id = number,
enum { BAILIWICK_CAPABILITIES(X_NUMBER) };
#define BIT(id) (UINT64_C(1) << CAPABILITY_##id)

static const uint64_t serious_capabilities =
	BIT(SYS_MODULE) | BIT(SYS_RAWIO) | BIT(SYS_PTRACE) | BIT(SYS_ADMIN) | BIT(SYS_BOOT) |
	BIT(SETFCAP) | BIT(MAC_OVERRIDE) | BIT(MAC_ADMIN) | BIT(AUDIT_CONTROL) | BIT(PERFMON) |
	BIT(BPF) | BIT(CHECKPOINT_RESTORE);

static bool loopback4(const uint8_t *address)
{
	static const uint8_t any[4] = { 0 };

	return address[0] == 127 || memcmp(address, any, 4) == 0;
}

static bool loopback6(const uint8_t *address)
{
	static const uint8_t any[16] = { 0 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return loopback4(address + 12);
	return memcmp(address, any, 15) == 0 && address[15] <= 1;
}

/* bind and listen name an end of this machine, not a peer */
static bool names_a_peer(uint32_t operation)
{
	return operation == BAILIWICK_OP_NET_CONNECT || operation == BAILIWICK_OP_NET_ACCEPT ||
	       operation == BAILIWICK_OP_NET_SEND || operation == BAILIWICK_OP_NET_RECEIVE;
}

static bool peer_is_outside(const struct bailiwick_denial *d)
{
	if (!names_a_peer(d->operation) || d->object != BAILIWICK_OBJECT_ADDRESS)
		return false;
	if (d->family == AF_INET)
		return !loopback4(d->address);
	return d->family == AF_INET6 && !loopback6(d->address);
}

static bool network_beyond_loopback(const struct image *image, uint32_t index)
{
	uint32_t networks, prefixes;
	const struct bailiwick_network *network =
		image_records(image, BAILIWICK_SECTION_NETWORK, &networks);
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, &prefixes);

	if (index >= networks)
		return true;
	network += index;
	for (uint32_t i = 0; i < network->prefix_count; i++) {
		const struct bailiwick_prefix *p;

		if (network->first_prefix + i >= prefixes)
			return true;
		p = prefix + network->first_prefix + i;
		if (!p->family)
			continue;	/* a name; its addresses stand behind it */
		/* ::/0 and 0.0.0.0/0 begin with zeros and mean everybody */
		if (p->bits == 0 || !(p->family == AF_INET ? loopback4(p->address) :
							      loopback6(p->address)))
			return true;
	}
	return !network->prefix_count;
}

static bool role_serves(const struct image *image, const struct bailiwick_role *role)
{
	uint32_t count;
	const struct bailiwick_net_rule *rules =
		image_records(image, BAILIWICK_SECTION_NET_RULE, &count);

	for (uint32_t i = 0; i < role->net_rule_count && role->first_net_rule + i < count; i++) {
		const struct bailiwick_net_rule *rule = rules + role->first_net_rule + i;

		if (rule->operations & (BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN) &&
		    network_beyond_loopback(image, rule->network))
			return true;
	}
	return false;
}

static bool service_is_exposed(const struct denial *denial, const struct image *image)
{
	char unit[256];
	uint32_t index;

	if (!image || !denial->record.unit_size || denial->record.unit_size >= sizeof(unit))
		return false;
	memcpy(unit, denial->unit, denial->record.unit_size);
	unit[denial->record.unit_size] = 0;
	if (question_unit_row(image, unit) != denial->record.row)
		return false;
	for (uint32_t n = 0; (index = image_row_role(image, denial->record.row, n)) != UINT32_MAX;
	     n++) {
		const struct bailiwick_role *role = image_role(image, index);

		if (role && role_serves(image, role))
			return true;
	}
	return false;
}

static bool object_is_protected(const struct denial *denial, const struct image *image)
{
	const struct bailiwick_label *label;

	if (denial->record.reason == BAILIWICK_REASON_PROTECTED)
		return true;
	if (!image || denial->record.object != BAILIWICK_OBJECT_PATH)
		return false;
	label = image_label(image, denial->record.label);
	return label && label->flags & BAILIWICK_LABEL_PROTECTED;
}

static bool threatens_system(const struct bailiwick_denial *d)
{
	switch (d->operation) {
	case BAILIWICK_OP_EXEC:
	case BAILIWICK_OP_MAP_EXEC:
	case BAILIWICK_OP_TRANSITION:
	case BAILIWICK_OP_PTRACE:
	case BAILIWICK_OP_PRIVILEGE:
	case BAILIWICK_OP_MOUNT:
		return true;
	case BAILIWICK_OP_CAPABILITY:
		return d->number < 64 && serious_capabilities >> d->number & 1;
	default:
		break;
	}
	return d->reason == BAILIWICK_REASON_UNTRUSTED || d->reason == BAILIWICK_REASON_BAD_IMAGE ||
	       d->reason == BAILIWICK_REASON_TOO_DEEP || d->reason == BAILIWICK_REASON_BAD_NAME;
}

static int class_says(const struct denial *denial, const struct image *image)
{
	return image && denial->record.object == BAILIWICK_OBJECT_PATH ?
	       image_label_severity(image, denial->record.label) : -1;
}

uint32_t severity_of(const struct denial *denial, const struct image *image, uint32_t said)
{
	int class = class_says(denial, image);

	if (said < BAILIWICK_SEVERITY_COUNT)
		return said;
	if (class >= 0)
		return (uint32_t)class;
	if (peer_is_outside(&denial->record) || service_is_exposed(denial, image))
		return BAILIWICK_SEVERITY_SPECIAL;
	if (denial->record.severity >= BAILIWICK_SEVERITY_SERIOUS)
		return denial->record.severity;
	if (object_is_protected(denial, image) || threatens_system(&denial->record))
		return BAILIWICK_SEVERITY_SERIOUS;
	return BAILIWICK_SEVERITY_ORDINARY;
}
