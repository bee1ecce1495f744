// SPDX-License-Identifier: Apache-2.0
/* Every family of sockets and every protocol of inet: made, in pairs, by a ring, handed over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"
#include "ring.h"

#define FAMILIES 46		/* AF_MAX of both kernels */
#define KIND(type, protocol) ((type) | (protocol) << 8)

enum { LINGUIST = 1121 };	/* policy.yaml: holds every family that has a name */

/* --- every number ------------------------------------------------------------------ */

static void note(struct act *act, const char *what, long number, long result)
{
	size_t used = strlen(act->text);

	snprintf(act->text + used, sizeof(act->text) - used, " %s:%ld=%ld", what, number, result);
}

static bool named_by_ground(int family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6;
}

/* act->text: the numbers that did not end as they should */
static long every_number(struct act *act)
{
	static const int numbers[] = { -1, 46, 47, 62, 63, 64, 65, 128, 255, 256, 258, 65536 };
	int family, type, ends[2];
	long result;
	size_t i;

	for (family = 0; family < FAMILIES; family++) {
		for (type = SOCK_STREAM; type <= SOCK_PACKET && !named_by_ground(family); type++) {
			result = SAYS(socket(family, type | SOCK_CLOEXEC, 0));
			if (result != -EACCES)
				note(act, "socket", family, result);
		}
		result = SAYS(socketpair(family, SOCK_STREAM, 0, ends));
		if (!named_by_ground(family) && result != -EACCES)
			note(act, "pair", family, result);
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		result = SAYS(socket(numbers[i], SOCK_RAW | SOCK_CLOEXEC, 0));
		if (result != -EAFNOSUPPORT)
			note(act, "no family", numbers[i], result);
	}
	return 0;
}

/* Refused before the kernel looks whether it has such a family: no module is asked for. */
TEST(no_number_but_what_is_named)
{
	struct act act = { 0 };

	act_as(CLERK, every_number, &act);
	EXPECT_STREQ("", act.text);
}

/* --- each that this kernel has ------------------------------------------------------ */

/*
 *   FREE ── makes a socket ── fork ──▶ RING      none of its calls comes through
 *                                      LINGUIST  where a role can name it: as it was for FREE
 */
FIXTURE(kind)
{
	struct act act;
	int fd;
};

FIXTURE_VARIANT(kind)
{
	const char *module;
	int family, kind;
	bool nobodys;		/* no role can name it */
};

#define NAMED(id, m, f, type, protocol) \
	FIXTURE_VARIANT_ADD(kind, id) { .module = m, .family = f, .kind = KIND(type, protocol) };
#define NOBODYS(id, m, f, type, protocol) \
	FIXTURE_VARIANT_ADD(kind, id) { .module = m, .family = f, .kind = KIND(type, protocol), \
		.nobodys = true };

NAMED(netlink, NULL, AF_NETLINK, SOCK_RAW, 0)
NAMED(netlink_diag, NULL, AF_NETLINK, SOCK_DGRAM, 4)
NAMED(packet, NULL, AF_PACKET, SOCK_RAW, 0)
NAMED(packet_by_inet, NULL, AF_INET, SOCK_PACKET, 0)
NAMED(xdp, NULL, AF_XDP, SOCK_RAW, 0)
NAMED(alg, "af_alg", AF_ALG, SOCK_SEQPACKET, 0)
NAMED(vsock, "vsock", AF_VSOCK, SOCK_STREAM, 0)
NAMED(key, "af_key", AF_KEY, SOCK_RAW, 2)
NAMED(can, "can-raw", AF_CAN, SOCK_RAW, 1)
NAMED(bluetooth, "bluetooth", AF_BLUETOOTH, SOCK_RAW, 1)
NAMED(tipc, "tipc", AF_TIPC, SOCK_RDM, 0)
NAMED(rds, "rds", AF_RDS, SOCK_SEQPACKET, 0)
NAMED(kcm, "kcm", AF_KCM, SOCK_DGRAM, 0)
NAMED(rxrpc, "rxrpc", AF_RXRPC, SOCK_DGRAM, AF_INET)
NAMED(qipcrtr, "qrtr", AF_QIPCRTR, SOCK_DGRAM, 0)
NAMED(nfc, "nfc", AF_NFC, SOCK_SEQPACKET, 0)
NAMED(phonet, "phonet", AF_PHONET, SOCK_DGRAM, 0)
NAMED(llc, "llc2", AF_LLC, SOCK_STREAM, 0)
NAMED(ax25, "ax25", AF_AX25, SOCK_DGRAM, 0)
NAMED(rose, "rose", AF_ROSE, SOCK_SEQPACKET, 0)
NAMED(netrom, "netrom", AF_NETROM, SOCK_SEQPACKET, 0)
NAMED(appletalk, "appletalk", AF_APPLETALK, SOCK_DGRAM, 0)
NAMED(pppox, "pppoe", AF_PPPOX, SOCK_STREAM, 0)
NAMED(atm, "atm", AF_ATMPVC, SOCK_DGRAM, 0)
NAMED(ieee802154, "ieee802154_socket", AF_IEEE802154, SOCK_DGRAM, 0)
NAMED(smc, "smc", AF_SMC, SOCK_STREAM, 0)
NAMED(raw, NULL, AF_INET, SOCK_RAW, IPPROTO_RAW)
NAMED(raw_v6, NULL, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
NAMED(raw_tcp, NULL, AF_INET, SOCK_RAW, IPPROTO_TCP)
NOBODYS(dccp, "dccp_ipv4", AF_INET, SOCK_DCCP, IPPROTO_DCCP)
NOBODYS(dccp_v6, "dccp_ipv6", AF_INET6, SOCK_DCCP, IPPROTO_DCCP)
NOBODYS(sctp_many, "sctp", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)
NOBODYS(sctp_many_v6, "sctp", AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP)
NOBODYS(l2tp, "l2tp_ip", AF_INET, SOCK_DGRAM, 115)
NOBODYS(l2tp_v6, "l2tp_ip6", AF_INET6, SOCK_DGRAM, 115)
NOBODYS(smc_by_inet, "smc", AF_INET, SOCK_STREAM, 256)

/* Protocols are more than eight bits only for these two: MPTCP's neighbour, and raw's. */
static int protocol_of(int kind)
{
	return kind >> 8;
}

static int make_one(int family, int kind)
{
	return socket(family, (kind & 255) | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol_of(kind));
}

FIXTURE_SETUP(kind)
{
	memset(&self->act, 0, sizeof(self->act));
	self->fd = make_one(variant->family, variant->kind);
	if (self->fd < 0 && variant->module && !run_command("modprobe %s", variant->module))
		self->fd = make_one(variant->family, variant->kind);
	self->act.descriptor = self->fd;
	self->act.number = variant->family;
	self->act.flags = variant->kind;
}

FIXTURE_TEARDOWN(kind)
{
	close(self->fd);
}

static long by_ring(const struct act *act)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_SOCKET, .fd = act->number,
		.off = act->flags & 255, .len = protocol_of(act->flags) };
	struct ring ring;
	long result = ring_open(&ring);

	if (result)
		return -EUCLEAN;
	result = ring_do(&ring, &entry);
	close(ring.fd);
	return result;
}

static void expect_refused(struct act *act, const char *what, long result)
{
	if (result != -EACCES)
		note(act, what, act->number, result);
}

/* act->text: what was not refused, of all that makes such a socket */
static void make_every_way(struct act *act)
{
	int type = act->flags & 255, ends[2];

	expect_refused(act, "socket", SAYS(make_one(act->number, act->flags)));
	expect_refused(act, "pair", SAYS(socketpair(act->number, type, protocol_of(act->flags),
						    ends)));
	expect_refused(act, "ring", by_ring(act));
}

/* The same for one that somebody else made */
static long every_way(struct act *act)
{
	struct sockaddr_storage name = { .ss_family = act->number };
	struct sockaddr *any = (struct sockaddr *)&name;
	int fd = act->descriptor;
	char byte = 0;

	make_every_way(act);
	expect_refused(act, "bind", SAYS(bind(fd, any, sizeof(name))));
	expect_refused(act, "connect", SAYS(connect(fd, any, sizeof(name))));
	expect_refused(act, "listen", SAYS(listen(fd, 1)));
	expect_refused(act, "accept", SAYS(accept(fd, NULL, NULL)));
	expect_refused(act, "send", SAYS(send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL)));
	expect_refused(act, "sendto", SAYS(sendto(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL, any,
						  sizeof(name))));
	expect_refused(act, "write", SAYS(write(fd, "x", 1)));
	expect_refused(act, "receive", SAYS(recv(fd, &byte, 1, MSG_DONTWAIT)));
	expect_refused(act, "read", SAYS(read(fd, &byte, 1)));
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED ||
	    errno != EACCES)
		note(act, "map", act->number, -errno);
	return 0;
}

/* Whatever the kernel says to garbage, it is not the policy that says it. */
static long as_for_free(struct act *act)
{
	char byte;

	if (make_one(act->number, act->flags) < 0)
		return -errno;
	return recv(act->descriptor, &byte, 1, MSG_DONTWAIT) < 0 && errno == EACCES ? -EACCES : 0;
}

TEST_F(kind, made_and_handed_over)
{
	if (self->fd < 0)
		SKIP(return, "this kernel has no such socket: %s", strerror(errno));
	act_as(RING, every_way, &self->act);
	EXPECT_STREQ("", self->act.text);
	EXPECT_EQ(variant->nobodys ? -EACCES : 0, act_as(LINGUIST, as_for_free, &self->act));
}

TEST_HARNESS_MAIN
