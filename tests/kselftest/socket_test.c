// SPDX-License-Identifier: Apache-2.0
/* Inet sockets: families, peers and ports by every system call that reaches one. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

/* --- peers ------------------------------------------------------------------------------ */

/*
 *   CLERK may connect to 127.0.0.1:7001 and [::1]:7001, tcp and udp
 *
 *                    v4 7001   ::1 7001   ::ffff:127.0.0.1 7001     reached
 *                    v4 7002   127.0.0.2:7001   ::1 7002   mapped 7002   not reached
 *   FREE             all of them                                    reached
 */
FIXTURE(peer)
{
	struct act act;
	int server, datagrams;
};

FIXTURE_VARIANT(peer)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define PEER(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(peer, id) { .login = who, .address = to, .port = at, .works = yes }
PEER(v4, CLERK, "127.0.0.1", 7001, true);
PEER(v4_port, CLERK, "127.0.0.1", 7002, false);
PEER(v4_address, CLERK, "127.0.0.2", 7001, false);
PEER(v6, CLERK, "::1", 7001, true);
PEER(v6_port, CLERK, "::1", 7002, false);
PEER(mapped, CLERK, "::ffff:127.0.0.1", 7001, true);
PEER(mapped_port, CLERK, "::ffff:127.0.0.1", 7002, false);
PEER(mapped_address, CLERK, "::ffff:127.0.0.2", 7001, false);
PEER(any_is_loopback, CLERK, "0.0.0.0", 7002, false);
PEER(free, FREE, "127.0.0.1", 7002, true);
PEER(free_v6, FREE, "::1", 7002, true);

FIXTURE_SETUP(peer)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->server = listener(SOCK_STREAM, variant->port);
	self->datagrams = listener(SOCK_DGRAM, variant->port);
	ASSERT_LE(0, self->server);
	ASSERT_LE(0, self->datagrams);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(peer)
{
	close(self->server);
	close(self->datagrams);
}

#define PEER_TEST(test, stream)                                                \
	TEST_F(peer, test)                                                     \
	{                                                                      \
		struct actor *actor;                                           \
									       \
		actor = actor_start(&(struct subject){ .login = variant->login }); \
		actor_do(actor, test, &self->act);                             \
		EXPECT_EQ(variant->works,                                      \
			  arrived((stream) ? self->server : self->datagrams, stream)) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
		actor_stop(actor);                                             \
	}

static long tcp_connect(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);

	return SAYS(connect(make(act, SOCK_STREAM, 0), &to.any, size));
}

static long tcp_connect_nonblocking(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_STREAM | SOCK_NONBLOCK, 0);

	return connect(fd, &to.any, size) && errno != EINPROGRESS ? -errno : 0;
}

static long mptcp_connect(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_STREAM, IPPROTO_MPTCP);

	return fd < 0 ? -errno : SAYS(connect(fd, &to.any, size));
}

static long tcp_fast_open(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);

	return SAYS(sendto(make(act, SOCK_STREAM, 0), WORDS, sizeof(WORDS), MSG_FASTOPEN,
			   &to.any, size));
}

static long tcp_fast_open_sendmsg(struct act *act)
{
	union address to;
	struct iovec bytes = { .iov_base = WORDS, .iov_len = sizeof(WORDS) };
	struct msghdr message = { .msg_name = &to, .msg_iov = &bytes, .msg_iovlen = 1 };

	message.msg_namelen = fill(&to, act->path, act->number);
	return SAYS(sendmsg(make(act, SOCK_STREAM, 0), &message, MSG_FASTOPEN));
}

static long tcp_fast_open_connect(struct act *act)
{
	const int yes = 1;
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_STREAM, 0);

	setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof(yes));
	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(write(fd, WORDS, sizeof(WORDS)));
}

static long mptcp_fast_open(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_STREAM, IPPROTO_MPTCP);

	if (fd < 0)
		return -errno;
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), MSG_FASTOPEN, &to.any, size));
}

PEER_TEST(tcp_connect, true)
PEER_TEST(tcp_connect_nonblocking, true)
PEER_TEST(mptcp_connect, true)
PEER_TEST(tcp_fast_open, true)
PEER_TEST(tcp_fast_open_sendmsg, true)
PEER_TEST(tcp_fast_open_connect, true)

/* Before 6.2 such a socket sends nothing before it is connected, whoever asks. */
TEST_F(peer, mptcp_fast_open)
{
	struct actor *actor = actor_start(&(struct subject){ .login = FREE });
	bool possible;

	actor_do(actor, mptcp_fast_open, &self->act);
	possible = arrived(self->server, true);
	actor_stop(actor);
	actor = actor_start(&(struct subject){ .login = variant->login });
	actor_do(actor, mptcp_fast_open, &self->act);
	EXPECT_EQ(possible && variant->works, arrived(self->server, true));
	actor_stop(actor);
}

static long udp_connect(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_DGRAM, 0);

	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(send(fd, WORDS, sizeof(WORDS), 0));
}

static long udp_sendto(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);

	return SAYS(sendto(make(act, SOCK_DGRAM, 0), WORDS, sizeof(WORDS), 0, &to.any, size));
}

static long udp_sendmmsg(struct act *act)
{
	union address to;
	struct iovec bytes = { .iov_base = WORDS, .iov_len = sizeof(WORDS) };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &to, .msg_iov = &bytes,
						.msg_iovlen = 1 } };

	message.msg_hdr.msg_namelen = fill(&to, act->path, act->number);
	return SAYS(sendmmsg(make(act, SOCK_DGRAM, 0), &message, 1, 0));
}

/* Connected to where it may, sent to where it may not. */
static long udp_connected_elsewhere(struct act *act)
{
	union address to, allowed;
	const char *near = !strchr(act->path, ':') ? "127.0.0.1" :
			   !strcmp(act->path, "::1") ? "::1" : "::ffff:127.0.0.1";
	socklen_t size = fill(&to, act->path, act->number);
	socklen_t allowed_size = fill(&allowed, near, 7001);
	int fd = make(act, SOCK_DGRAM, 0);

	if (connect(fd, &allowed.any, allowed_size))
		return -EUCLEAN;
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

/* An IPv4 address given to an IPv6 socket: the kernel takes it. */
static long udp_v4_on_v6(struct act *act)
{
	union address to;
	const char *text = strstr(act->path, "127");
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fill(&to, text ? text : act->path, act->number);
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, sizeof(to)));
}

static long udp_connect_v4_on_v6(struct act *act)
{
	union address to;
	const char *text = strstr(act->path, "127");
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fill(&to, text ? text : act->path, act->number);
	if (connect(fd, &to.any, sizeof(to)))
		return -errno;
	return SAYS(send(fd, WORDS, sizeof(WORDS), 0));
}

/* The family says "none"; UDP over IPv4 sends all the same. */
static long udp_family_unspecified(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);

	if (to.any.sa_family == AF_INET)
		to.any.sa_family = AF_UNSPEC;
	return SAYS(sendto(make(act, SOCK_DGRAM, 0), WORDS, sizeof(WORDS), 0, &to.any, size));
}

static long udp_lite(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = make(act, SOCK_DGRAM, IPPROTO_UDPLITE);

	return fd < 0 ? -errno : SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

PEER_TEST(udp_connect, false)
PEER_TEST(udp_sendto, false)
PEER_TEST(udp_sendmmsg, false)
PEER_TEST(udp_connected_elsewhere, false)
PEER_TEST(udp_v4_on_v6, false)
PEER_TEST(udp_connect_v4_on_v6, false)
PEER_TEST(udp_family_unspecified, false)

TEST_F(peer, udp_lite)
{
	long result = act_as(variant->login, udp_lite, &self->act);

	if (result == -EPROTONOSUPPORT)
		SKIP(return, "this kernel has no UDP-Lite");
	EXPECT_EQ(variant->works, result == 0);
}

/* --- here ----------------------------------------------------------------------------------- */

/*
 *   CLERK may bind tcp and udp 7201 and 81; no other port, and not "any free one"
 */
FIXTURE(here)
{
	struct act act;
};

FIXTURE_VARIANT(here)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define HERE(id, who, at, number, yes) \
	FIXTURE_VARIANT_ADD(here, id) { .login = who, .address = at, .port = number, .works = yes }
HERE(allowed, CLERK, "127.0.0.1", 7201, true);
HERE(allowed_v6, CLERK, "::1", 7201, true);
HERE(allowed_any, CLERK, "0.0.0.0", 7201, true);
HERE(port, CLERK, "127.0.0.1", 7202, false);
HERE(port_v6, CLERK, "::1", 7202, false);
HERE(port_mapped, CLERK, "::ffff:127.0.0.1", 7202, false);
HERE(any_port, CLERK, "127.0.0.1", 0, false);
HERE(free, FREE, "127.0.0.1", 7202, true);

FIXTURE_SETUP(here)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(here)
{
}

static long tcp_listen(struct act *act)
{
	union address at;
	socklen_t size = fill(&at, act->path, act->number);
	int fd = make(act, SOCK_STREAM, 0);

	if (bind(fd, &at.any, size))
		return -errno;
	return SAYS(listen(fd, 1));
}

static long udp_bind(struct act *act)
{
	union address at;
	socklen_t size = fill(&at, act->path, act->number);

	return SAYS(bind(make(act, SOCK_DGRAM, 0), &at.any, size));
}

/* inet_bind takes AF_UNSPEC for AF_INET where the address is 0.0.0.0. */
static long bind_family_unspecified(struct act *act)
{
	union address at;
	socklen_t size = fill(&at, "0.0.0.0", act->number);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.any.sa_family = AF_UNSPEC;
	return SAYS(bind(fd, &at.any, size));
}

#define HERE_TEST(test)                                                        \
	TEST_F(here, test)                                                     \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);     \
	}

HERE_TEST(tcp_listen)
HERE_TEST(udp_bind)
HERE_TEST(bind_family_unspecified)

/* listen() without bind() takes a port of the kernel's choice. */
static long listen_unbound(struct act *act)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return SAYS(listen(fd, 1));
}

TEST_F(here, listen_unbound)
{
	act_as(variant->login, listen_unbound, &self->act);
	EXPECT_EQ(variant->login == FREE ? 0 : -EACCES, self->act.result);
}

/* --- families ------------------------------------------------------------------------------ */

/*
 *   CLERK: unix, inet, inet6 — every other family only where named
 */
FIXTURE(family)
{
	struct act act;
};

FIXTURE_VARIANT(family)
{
	int family, type, protocol;
	bool works;
};

#define FAMILY(id, f, t, p, yes) \
	FIXTURE_VARIANT_ADD(family, id) { .family = f, .type = t, .protocol = p, .works = yes }
FAMILY(local, AF_UNIX, SOCK_STREAM, 0, true);
FAMILY(inet, AF_INET, SOCK_STREAM, 0, true);
FAMILY(inet6, AF_INET6, SOCK_DGRAM, 0, true);
FAMILY(netlink, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, false);
FAMILY(netlink_diag, AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG, false);
FAMILY(packet, AF_PACKET, SOCK_RAW, 0, false);
FAMILY(vsock, AF_VSOCK, SOCK_STREAM, 0, false);
FAMILY(alg, AF_ALG, SOCK_SEQPACKET, 0, false);
FAMILY(key, AF_KEY, SOCK_RAW, 2, false);

FIXTURE_SETUP(family)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.number = variant->family;
	self->act.flags = variant->type;
	self->act.descriptor = variant->protocol;
}

FIXTURE_TEARDOWN(family)
{
}

static long make_socket(struct act *act)
{
	return SAYS(socket(act->number, act->flags | SOCK_CLOEXEC, act->descriptor));
}

TEST_F(family, clerk)
{
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(CLERK, make_socket, &self->act));
}

/* What this kernel has no module for says so; nobody is refused by policy. */
TEST_F(family, unconfined)
{
	EXPECT_NE(-EACCES, act_as(FREE, make_socket, &self->act));
}

/* --- a connection that outlives the right -------------------------------------------------- */

/*
 *   MOVER (clerk) ════ established ════▶ 127.0.0.1:7001
 *       │ revoke
 *   MOVER (none)  ──╳── send ──          nothing comes any more
 *       │ assign clerk
 *   MOVER (clerk) ──╳── send ──          it was ended, not held up: revoke_test
 *                 ════ another ════════▶ and this works
 */
FIXTURE(established)
{
	struct act act;
	struct actor *actor;
	int server, peer;
};

static long connect_and_keep(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);

	act->descriptor = make(act, act->flags, 0);
	return SAYS(connect(act->descriptor, &to.any, size));
}

static long send_words(struct act *act)
{
	return SAYS(send(act->descriptor, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

static long receive_words(struct act *act)
{
	return SAYS(recv(act->descriptor, act->text, sizeof(act->text) - 1, MSG_DONTWAIT));
}

FIXTURE_SETUP(established)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	self->server = listener(SOCK_STREAM, 7001);	/* not the actor's: it would end, too */
	path_set(&self->act, "127.0.0.1");
	self->act.number = 7001;
	self->act.flags = SOCK_STREAM;
	ASSERT_EQ(0, actor_do(self->actor, connect_and_keep, &self->act));
	self->peer = accept(self->server, NULL, NULL);
	ASSERT_LE(0, self->peer);
	ASSERT_EQ(0, actor_do(self->actor, send_words, &self->act));
	ASSERT_TRUE(arrived(self->peer, false));
}

FIXTURE_TEARDOWN(established)
{
	actor_stop(self->actor);
	run_command("bailiwick revoke user:%u || true", MOVER);
}

TEST_F(established, sending_ends_and_another_begins)
{
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, send_words, &self->act));
	EXPECT_FALSE(arrived(self->peer, false));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_GT(0, actor_do(self->actor, send_words, &self->act));
	EXPECT_FALSE(arrived(self->peer, false));
	ASSERT_EQ(0, actor_do(self->actor, connect_and_keep, &self->act));
	self->peer = accept(self->server, NULL, NULL);
	EXPECT_EQ(0, actor_do(self->actor, send_words, &self->act));
	EXPECT_TRUE(arrived(self->peer, false));
}

TEST_F(established, by_write)
{
	other_set(&self->act, WORDS);
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, act_write_descriptor, &self->act));
	EXPECT_FALSE(arrived(self->peer, false));
}

TEST_F(established, receiving_ends)
{
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(self->peer, WORDS, sizeof(WORDS), 0));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, receive_words, &self->act));
	EXPECT_STREQ("", self->act.text);
}

TEST_F(established, new_ones)
{
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_GT(0, actor_do(self->actor, connect_and_keep, &self->act));
	EXPECT_FALSE(arrived(self->server, true));
}

/* A connection somebody else made, to where this role may not go. */
TEST(inherited_connection)
{
	struct act act = { .number = 7002, .flags = SOCK_STREAM };
	int server, peer;

	ASSERT_TRUE(own_network());
	server = listener(SOCK_STREAM, 7002);
	path_set(&act, "127.0.0.1");
	ASSERT_EQ(0, act_here(connect_and_keep, &act));
	peer = accept(server, NULL, NULL);
	EXPECT_EQ(-EACCES, act_as(CLERK, send_words, &act));
	EXPECT_FALSE(arrived(peer, false));
	EXPECT_EQ(0, act_as(FREE, send_words, &act));
	EXPECT_TRUE(arrived(peer, false));
}

/* --- lists of addresses --------------------------------------------------------- */

#define SCTP_BINDX_ADD 100
#define SCTP_CONNECTX_OLD 107
#define SCTP_CONNECTX 110
#define SCTP_CONNECTX_ASK 111	/* of getsockopt(2): libsctp's way */

/* By an option that is asked for, with the list behind a pointer */
static long connect_asking(int fd, struct sockaddr_in *list)
{
	struct {
		int32_t association, bytes;
		struct sockaddr *list;
	} ask = { .bytes = sizeof(*list), .list = (struct sockaddr *)list };
	socklen_t size = sizeof(ask);

	return getsockopt(fd, IPPROTO_SCTP, SCTP_CONNECTX_ASK, &ask, &size) < 0 ? -errno : 0;
}

/* act->number: the option; act->text: the port that is bound afterwards */
static long sctp_with_list(struct act *act)
{
	struct sockaddr_in list = { .sin_family = AF_INET, .sin_port = htons(7201),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
	socklen_t size = sizeof(list);
	long result;

	if (fd < 0)
		return -EUCLEAN;
	if (act->number == SCTP_CONNECTX_ASK)
		result = connect_asking(fd, &list);
	else
		result = setsockopt(fd, IPPROTO_SCTP, act->number, &list, size) < 0 ? -errno : 0;
	if (!getsockname(fd, (struct sockaddr *)&list, &size))
		snprintf(act->text, sizeof(act->text), "%u", ntohs(list.sin_port));
	close(fd);
	return result;
}

/* Socket options carry the addresses: no rule follows them, so no role may. */
TEST(sctp_lists)
{
	static const int connects[] = { SCTP_CONNECTX_OLD, SCTP_CONNECTX, SCTP_CONNECTX_ASK };
	struct act act = { .number = SCTP_BINDX_ADD };
	size_t i;

	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, run_command("modprobe sctp"));
	EXPECT_EQ(-EACCES, act_as(CLERK, sctp_with_list, &act));
	EXPECT_STREQ("0", act.text);
	EXPECT_EQ(0, act_as(FREE, sctp_with_list, &act));
	EXPECT_STREQ("7201", act.text);
	for (i = 0; i < sizeof(connects) / sizeof(connects[0]); i++) {
		act.number = connects[i];
		EXPECT_EQ(-EACCES, act_as(CLERK, sctp_with_list, &act));
		EXPECT_EQ(-ECONNREFUSED, act_as(FREE, sctp_with_list, &act));
	}
}

TEST_HARNESS_MAIN
