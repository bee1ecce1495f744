// SPDX-License-Identifier: Apache-2.0
/* Sockets whose operations are not TCP's and UDP's: SCTP, and what a socket was made into. */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/tls.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

enum { PLUMBER = 1122 };	/* policy.yaml: a clerk with net_admin and net_raw */

/* --- SCTP ----------------------------------------------------------------------------- */

/*
 *   CLERK may connect to 127.0.0.1:7001 and [::1]:7001 over SCTP, too
 *
 *   7001 ─────▶ reached     7002, 127.0.0.2 ─╳─     FREE ─────▶ all
 */
FIXTURE(sctp)
{
	struct act act;
	int server;
};

FIXTURE_VARIANT(sctp)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define SCTP(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(sctp, id) { .login = who, .address = to, .port = at, .works = yes }
SCTP(allowed, CLERK, "127.0.0.1", 7001, true);
SCTP(allowed_v6, CLERK, "::1", 7001, true);
SCTP(port, CLERK, "127.0.0.1", 7002, false);
SCTP(port_v6, CLERK, "::1", 7002, false);
SCTP(address, CLERK, "127.0.0.2", 7001, false);
SCTP(free, FREE, "127.0.0.1", 7002, true);

FIXTURE_SETUP(sctp)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, run_command("modprobe sctp"));
	self->server = listener_of(SOCK_STREAM, IPPROTO_SCTP, variant->port);
	ASSERT_LE(0, self->server);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(sctp)
{
	close(self->server);
}

static long sctp_connect(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return SAYS(connect(make(act, SOCK_STREAM, IPPROTO_SCTP), &to.any, size));
}

TEST_F(sctp, connected)
{
	act_as(variant->login, sctp_connect, &self->act);
	EXPECT_EQ(variant->works, arrived(self->server, true));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* A first message connects: with it may come a list of addresses, so no role may. */
static long sctp_send(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return SAYS(sendto(make(act, SOCK_STREAM, IPPROTO_SCTP), WORDS, sizeof(WORDS), 0, &to.any,
			   size));
}

TEST_F(sctp, connected_by_a_message)
{
	bool works = variant->login == FREE;

	act_as(variant->login, sctp_send, &self->act);
	EXPECT_EQ(works, arrived(self->server, true));
	EXPECT_EQ(works ? 0 : -EACCES, self->act.result);
}

/* --- SCTP, one socket with many peers --------------------------------------------------- */

#define SCTP_PEELOFF 102
#define SCTP_ASSOCIATIONS 29	/* SCTP_GET_ASSOC_ID_LIST */

/*
 *   FREE ── a socket with a peer at 7001 ── fork ──▶ CLERK   though 7001 is its own peer: nothing
 *                                                    FREE    says to it by name, makes it a socket
 */
FIXTURE(many)
{
	struct act act;
	int server;
};

FIXTURE_VARIANT(many)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(many, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(many, free) { .login = FREE, .works = true };

FIXTURE_SETUP(many)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 7001);

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, run_command("modprobe sctp"));
	self->server = listener_of(SOCK_SEQPACKET, IPPROTO_SCTP, 7001);
	ASSERT_LE(0, self->server);
	self->act.descriptor = socket(AF_INET, SOCK_SEQPACKET | SOCK_CLOEXEC, IPPROTO_SCTP);
	ASSERT_EQ(0, connect(self->act.descriptor, &to.any, size));
	usleep(50000);
}

FIXTURE_TEARDOWN(many)
{
	close(self->server);
}

static long say_by_name(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 7001);

	return SAYS(sendto(act->descriptor, WORDS, sizeof(WORDS), 0, &to.any, size));
}

TEST_F(many, said_by_name)
{
	act_as(variant->login, say_by_name, &self->act);
	EXPECT_EQ(variant->works, arrived(self->server, false));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* act->number: the association's */
static long peel_off(struct act *act)
{
	struct {
		int32_t association;
		int fd;
	} ask = { .association = act->number };
	socklen_t size = sizeof(ask);

	if (getsockopt(act->descriptor, IPPROTO_SCTP, SCTP_PEELOFF, &ask, &size) < 0)
		return -errno;
	return SAYS(send(ask.fd, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

TEST_F(many, peeled_off)
{
	struct {
		uint32_t count;
		int32_t number[4];
	} list = { 0 };
	socklen_t size = sizeof(list);

	ASSERT_EQ(0, getsockopt(self->act.descriptor, IPPROTO_SCTP, SCTP_ASSOCIATIONS, &list,
				&size));
	ASSERT_EQ(1, list.count);
	self->act.number = list.number[0];
	act_as(variant->login, peel_off, &self->act);
	EXPECT_EQ(variant->works, arrived(self->server, false));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* --- sockets that became something else ----------------------------------------------- */

/*
 *   MOVER (clerk) ══ connected to 7001, then made into something else ══▶ 7001
 *       │ then somewhere else          7002 is not reached
 *       │ revoke MOVER                 nothing comes any more, the peer sees the end
 */
FIXTURE(became)
{
	struct act act;
	struct actor *actor;
	int server, peer;
	bool revoked;
};

enum { TLS, INET6_NO_MORE, ENCAPSULATION };

FIXTURE_VARIANT(became)
{
	const char *address;
	int type, what;
};

FIXTURE_VARIANT_ADD(became, tls) { .address = "127.0.0.1", .type = SOCK_STREAM, .what = TLS };
FIXTURE_VARIANT_ADD(became, inet) {
	.address = "::ffff:127.0.0.1", .type = SOCK_STREAM, .what = INET6_NO_MORE };
FIXTURE_VARIANT_ADD(became, inet_datagrams) {
	.address = "::ffff:127.0.0.1", .type = SOCK_DGRAM, .what = INET6_NO_MORE };
FIXTURE_VARIANT_ADD(became, encapsulation) {
	.address = "127.0.0.1", .type = SOCK_DGRAM, .what = ENCAPSULATION };

static int become_tls(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 keys = { .info = {
		.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 } };

	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) ||
	       setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys));
}

static int become(int fd, int what)
{
	const int inet = AF_INET, encapsulation = UDP_ENCAP_ESPINUDP;

	switch (what) {
	case TLS:
		return become_tls(fd);
	case INET6_NO_MORE:
		return setsockopt(fd, SOL_IPV6, IPV6_ADDRFORM, &inet, sizeof(inet));
	}
	return setsockopt(fd, SOL_UDP, UDP_ENCAP, &encapsulation, sizeof(encapsulation));
}

/* act->flags: type, act->other: what to become */
static long connect_and_become(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	act->descriptor = make(act, act->flags, 0);
	if (connect(act->descriptor, &to.any, size))
		return -errno;
	return SAYS(become(act->descriptor, act->other[0]));
}

static long say(struct act *act)
{
	return SAYS(send(act->descriptor, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

FIXTURE_SETUP(became)
{
	struct act first;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	if (variant->what == TLS)
		ASSERT_EQ(0, run_command("modprobe tls"));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	self->server = listener(variant->type, 7001);
	path_set(&self->act, "%s", variant->address);
	self->act.number = 7001;
	self->act.flags = variant->type;
	self->act.other[0] = variant->what;
	first = self->act;
	/* The kernel fetches its ciphers for who has no role. */
	ASSERT_EQ(0, act_here(connect_and_become, &first));
	if (variant->type == SOCK_STREAM)
		ASSERT_TRUE(arrived(self->server, true));
	close(first.descriptor);
	ASSERT_EQ(0, actor_do(self->actor, connect_and_become, &self->act));
	self->peer = variant->type == SOCK_STREAM ? accept(self->server, NULL, NULL) : self->server;
	ASSERT_EQ(0, actor_do(self->actor, say, &self->act));
	ASSERT_TRUE(arrived(self->peer, false));
}

FIXTURE_TEARDOWN(became)
{
	actor_stop(self->actor);
	if (!self->revoked)
		run_command("bailiwick revoke user:%u || true", MOVER);
}

static bool has_ended(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&end, 1, 500) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) <= 0;
}

/* A TLS socket cannot leave its peer; the others go on to another, by either family. */
static long say_elsewhere(struct act *act)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", act->number);

	if (act->flags == SOCK_DGRAM)
		return SAYS(sendto(act->descriptor, WORDS, sizeof(WORDS), 0, &to.any, size));
	connect(act->descriptor, &none, sizeof(none));
	return SAYS(connect(act->descriptor, &to.any, size));
}

TEST_F(became, stays_within_its_rights_and_ends_with_them)
{
	bool stream = variant->type == SOCK_STREAM, moves = variant->what != TLS;
	int far = listener(variant->type, 7002);
	struct act other = self->act;

	ASSERT_EQ(0, actor_do(self->actor, connect_and_become, &other));
	other.number = 7002;
	EXPECT_EQ(-EACCES, actor_do(self->actor, say_elsewhere, &other));
	EXPECT_FALSE(arrived(far, stream));
	other.number = 7001;
	EXPECT_EQ(moves, !actor_do(self->actor, say_elsewhere, &other));
	/* The same by who has no role */
	ASSERT_EQ(0, act_here(connect_and_become, &other));
	other.number = 7002;
	act_here(say_elsewhere, &other);
	EXPECT_EQ(moves, arrived(far, stream)) { TH_LOG("%ld", other.result); }
	while (!stream && arrived(self->peer, false))
		continue;
	self->revoked = role_revoke(MOVER);
	ASSERT_TRUE(self->revoked);
	EXPECT_GT(0, actor_do(self->actor, say, &self->act));
	EXPECT_FALSE(arrived(self->peer, false));
	EXPECT_EQ(stream, has_ended(self->peer));
}

/* --- a connection that is declared ------------------------------------------------------ */

FIXTURE(repair)
{
	struct act act;
};

FIXTURE_VARIANT(repair)
{
	uid_t login;
	int port;
	bool works;
};

FIXTURE_VARIANT_ADD(repair, allowed) { .login = PLUMBER, .port = 7001, .works = true };
FIXTURE_VARIANT_ADD(repair, port) { .login = PLUMBER, .port = 7002 };
FIXTURE_VARIANT_ADD(repair, free) { .login = FREE, .port = 7002, .works = true };

FIXTURE_SETUP(repair)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	path_set(&self->act, "127.0.0.1");
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(repair)
{
}

static int repairs(int fd, int on)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
}

/* Nobody answers there, so the window is declared, too: the first bytes say where they go. */
static long declare(struct act *act)
{
	const struct {
		uint32_t wl1, sent, most, received, wup;
	} window = { .sent = 65535, .most = 65535, .received = 65535 };
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_STREAM, 0);

	if (repairs(fd, 1))
		return -EUCLEAN;
	if (connect(fd, &to.any, size))
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, sizeof(window)) ||
	    repairs(fd, -1))
		return -EUCLEAN;
	return SAYS(send(fd, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

/* Did a TCP segment leave for this port? */
static bool left_for(int ear, int port)
{
	struct pollfd ready = { .fd = ear, .events = POLLIN };
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
		char rest[128];
	} packet;
	bool seen = false;

	while (!seen && poll(&ready, 1, 50) == 1 &&
	       recv(ear, &packet, sizeof(packet), MSG_DONTWAIT) > 0)
		seen = packet.ip.version == 4 && packet.ip.protocol == IPPROTO_TCP &&
			packet.tcp.dest == htons(port);
	return seen;
}

TEST_F(repair, declared)
{
	int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

	act_as(variant->login, declare, &self->act);
	EXPECT_EQ(variant->works, left_for(ear, variant->port));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* Declared by somebody who may; its bytes are put into a queue of the role's choice. */
static long queue_bytes(struct act *act)
{
	const int queue = TCP_SEND_QUEUE;

	if (setsockopt(act->descriptor, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)))
		return -EUCLEAN;
	return say(act);
}

TEST_F(repair, queued)
{
	union address to;
	socklen_t size = peer_of(&self->act, &to);
	int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

	self->act.descriptor = make(&self->act, SOCK_STREAM, 0);
	ASSERT_EQ(0, repairs(self->act.descriptor, 1));
	ASSERT_EQ(0, connect(self->act.descriptor, &to.any, size));
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, queue_bytes, &self->act));
	close(ear);
}

/* --- what comes without a message -------------------------------------------------------- */

/*
 *   FREE ══ connected ══ 7002 ── fork ──▶ CLERK   not a byte
 *                                         FREE    what the peer sent
 */
FIXTURE(taken)
{
	struct act act;
	int peer;
};

FIXTURE_VARIANT(taken)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(taken, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(taken, free) { .login = FREE, .works = true };

FIXTURE_SETUP(taken)
{
	union address to;
	socklen_t size;
	int server;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	server = listener(SOCK_STREAM, 7002);
	path_set(&self->act, "127.0.0.1");
	self->act.number = 7002;
	size = peer_of(&self->act, &to);
	self->act.descriptor = make(&self->act, SOCK_STREAM, 0);
	ASSERT_EQ(0, connect(self->act.descriptor, &to.any, size));
	self->peer = accept(server, NULL, NULL);
	close(server);
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(self->peer, WORDS, sizeof(WORDS), 0));
}

FIXTURE_TEARDOWN(taken)
{
	close(self->peer);
}

#define EXPECT_TAKEN(fn)                                                       \
	do {                                                                   \
		act_as(variant->login, fn, &self->act);                        \
		EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);     \
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);     \
	} while (0)

/* struct tcp_zerocopy_receive of linux/tcp.h, which cannot be had with netinet/tcp.h */
struct zerocopy {
	uint64_t address;
	uint32_t size, skip, queued;
	int32_t error;
	uint64_t copy;
	int32_t copy_size;
	uint32_t flags;
	uint64_t control, control_size;
	uint32_t message_flags, reserved;
};

static long by_option(struct act *act)
{
	struct zerocopy ask = { .copy = (uintptr_t)act->text, .copy_size = sizeof(act->text) };
	socklen_t size = sizeof(ask);

	return SAYS(getsockopt(act->descriptor, IPPROTO_TCP, 35, &ask, &size));
}

TEST_F(taken, by_an_option) { EXPECT_TAKEN(by_option); }

/* Other options of the same socket are nobody's business. */
static long other_option(struct act *act)
{
	int value;
	socklen_t size = sizeof(value);

	return SAYS(getsockopt(act->descriptor, IPPROTO_TCP, TCP_MAXSEG, &value, &size));
}

TEST_F(taken, other_options)
{
	EXPECT_EQ(0, act_as(variant->login, other_option, &self->act));
}

static long by_mapping(struct act *act)
{
	void *pages = mmap(NULL, 4096, PROT_READ, MAP_SHARED, act->descriptor, 0);

	return pages == MAP_FAILED ? -errno : 0;
}

TEST_F(taken, by_a_mapping)
{
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, by_mapping, &self->act));
}

/* --- rings of packets ---------------------------------------------------------------------- */

#define RING_BYTES 4096
static const struct tpacket_req ring_shape = {
	.tp_block_size = RING_BYTES, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2 };

/* A packet socket with a ring, on loopback */
static int ring_socket(int option)
{
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = if_nametoindex("lo"), .sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (setsockopt(fd, SOL_PACKET, option, &ring_shape, sizeof(ring_shape)) ||
	    bind(fd, (struct sockaddr *)&lo, sizeof(lo)))
		return -1;
	return fd;
}

static long hear_by_ring(struct act *act)
{
	char *ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, act->descriptor, 0);
	struct tpacket_hdr *frame = (struct tpacket_hdr *)ring;

	if (ring == MAP_FAILED)
		return -errno;
	if (frame->tp_status & TP_STATUS_USER && memmem(ring, RING_BYTES, WORDS, sizeof(WORDS)))
		memcpy(act->text, WORDS, sizeof(WORDS));
	return 0;
}

TEST_F(taken, by_a_ring_of_packets)
{
	close(self->act.descriptor);
	self->act.descriptor = ring_socket(PACKET_RX_RING);
	ASSERT_LE(0, self->act.descriptor);
	send(self->peer, WORDS, sizeof(WORDS), MSG_NOSIGNAL);
	{
		union address to;
		socklen_t size = fill(&to, "127.0.0.1", 7002);
		int fd = make(&self->act, SOCK_DGRAM, 0);

		sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size);
		close(fd);
	}
	EXPECT_TAKEN(hear_by_ring);
}

static char *written;	/* mapped before the fork: what is written there is in the ring */

/* Frame and all were put there; sending takes no byte from the caller. */
static long send_ring(struct act *act)
{
	struct tpacket_hdr *frame = (struct tpacket_hdr *)written;
	char *data = written + TPACKET_HDRLEN - sizeof(struct sockaddr_ll);
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 9, .protocol = 253,
			    .saddr = htonl(INADDR_LOOPBACK), .daddr = htonl(INADDR_LOOPBACK),
			    .tot_len = htons(sizeof(ip) + sizeof(WORDS)) };

	memcpy(data, &ip, sizeof(ip));
	memcpy(data + sizeof(ip), WORDS, sizeof(WORDS));
	frame->tp_len = sizeof(ip) + sizeof(WORDS);
	frame->tp_status = TP_STATUS_SEND_REQUEST;
	return SAYS(send(act->descriptor, NULL, 0, 0));
}

TEST_F(taken, sent_by_a_ring_of_packets)
{
	int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
	char packet[256];
	ssize_t n;
	bool seen = false;

	close(self->act.descriptor);
	self->act.descriptor = ring_socket(PACKET_TX_RING);
	ASSERT_LE(0, self->act.descriptor);
	written = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		       self->act.descriptor, 0);
	ASSERT_NE(MAP_FAILED, (void *)written);
	act_as(variant->login, send_ring, &self->act);
	usleep(20000);
	while ((n = recv(ear, packet, sizeof(packet), MSG_DONTWAIT)) > 0)
		seen |= packet[9] == (char)253;
	EXPECT_EQ(variant->works, seen);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

TEST_HARNESS_MAIN
