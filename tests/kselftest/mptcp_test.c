// SPDX-License-Identifier: Apache-2.0
/* MPTCP by every call that begins, serves or uses a connection, and where it falls back to TCP. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* --- begun ------------------------------------------------------------------------------ */

/*
 *   CLERK may connect to 127.0.0.1:7001 and [::1]:7001
 *
 *   7001 ─────▶ reached     7002, 127.0.0.2 ─╳─     FREE ─────▶ all
 *   whether MPTCP listens there, or TCP alone: then the connection falls back
 */
FIXTURE(begun)
{
	struct act act;
	int near, server;
};

FIXTURE_VARIANT(begun)
{
	uid_t login;
	const char *address;
	int port, protocol;
	bool works;
};

#define BEGUN(id, who, to, at, yes)                                            \
	FIXTURE_VARIANT_ADD(begun, id) { .login = who, .address = to, .port = at, \
		.protocol = IPPROTO_MPTCP, .works = yes };                     \
	FIXTURE_VARIANT_ADD(begun, id##_fallback) { .login = who, .address = to, .port = at, \
		.works = yes }
BEGUN(allowed, CLERK, "127.0.0.1", 7001, true);
BEGUN(allowed_v6, CLERK, "::1", 7001, true);
BEGUN(port, CLERK, "127.0.0.1", 7002, false);
BEGUN(port_v6, CLERK, "::1", 7002, false);
BEGUN(address, CLERK, "127.0.0.2", 7001, false);
BEGUN(free, FREE, "127.0.0.1", 7002, true);

FIXTURE_SETUP(begun)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->server = listener_of(SOCK_STREAM, variant->protocol, variant->port);
	self->near = variant->port == 7001 ? self->server :
		     listener_of(SOCK_STREAM, variant->protocol, 7001);
	ASSERT_LE(0, self->near);
	ASSERT_LE(0, self->server);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(begun)
{
	close(self->near);
	if (self->server != self->near)
		close(self->server);
}

/* Did the words come, or with `any` so much as a connection, over any that did? */
static bool came(int server, bool any)
{
	bool seen = false;
	int n;

	while ((n = heard(server)) >= 0)
		seen |= any || n == sizeof(WORDS);
	return seen;
}

static int make_multipath(const struct act *act, int flags)
{
	return make(act, SOCK_STREAM | flags, IPPROTO_MPTCP);
}

static long connect_and_say(const struct act *act, int fd)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(send(fd, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

static int defers(int fd)
{
	const int yes = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof(yes));
}

static int near_of(const struct act *act, union address *to)
{
	return fill(to, strchr(act->path, ':') ? "::1" : "127.0.0.1", 7001);
}

static long plain(struct act *act) { return connect_and_say(act, make_multipath(act, 0)); }

/* connect(2) only notes the peer, the first bytes go there. */
static long deferred(struct act *act)
{
	int fd = make_multipath(act, 0);

	return defers(fd) ? -EUCLEAN : connect_and_say(act, fd);
}

/* The first bytes name the peer. */
static long fast(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return SAYS(sendto(make_multipath(act, 0), WORDS, sizeof(WORDS), MSG_FASTOPEN, &to.any,
			   size));
}

/* Connected to 7001, let go, and then elsewhere */
static long connected_before(struct act *act)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = make_multipath(act, 0);
	union address near;

	if (connect(fd, &near.any, near_of(act, &near)) || connect(fd, &none, sizeof(none)))
		return -EUCLEAN;
	return connect_and_say(act, fd);
}

/* TCP's own layer for it is not for sockets of processes; what was asked stays TCP. */
static long layered(struct act *act)
{
	int fd = make(act, SOCK_STREAM, 0);

	if (!setsockopt(fd, IPPROTO_TCP, TCP_ULP, "mptcp", 5))
		snprintf(act->text, sizeof(act->text), "became");
	return connect_and_say(act, fd);
}

#define BEGUN_TEST(test)                                                       \
	TEST_F(begun, test)                                                    \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		if (self->act.result == -EUCLEAN || self->act.result == -EOPNOTSUPP) \
			SKIP(return, "this kernel's MPTCP has no such way: %ld", \
			     self->act.result);                                \
		EXPECT_EQ(variant->works, came(self->server, !variant->works)) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
		EXPECT_STREQ("", self->act.text);                              \
	}

BEGUN_TEST(plain)
BEGUN_TEST(deferred)
BEGUN_TEST(fast)
BEGUN_TEST(layered)

TEST_F(begun, connected_before)
{
	act_as(variant->login, connected_before, &self->act);
	/* The first connection may have been to who listens there. */
	EXPECT_EQ(variant->works, came(self->server, !variant->works && variant->port != 7001)) {
		TH_LOG("%ld", self->act.result);
	}
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

/* act->flags: of the message; noted for 7001, the first bytes name another */
static long deferred_elsewhere(struct act *act)
{
	int fd = make_multipath(act, 0);
	union address near, to;
	socklen_t size = peer_of(act, &to);

	if (defers(fd) || connect(fd, &near.any, near_of(act, &near)))
		return -EUCLEAN;
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), act->flags | MSG_NOSIGNAL, &to.any, size));
}

/* The kernel goes to whom connect(2) named, or nowhere; nobody may depend on that. */
TEST_F(begun, deferred_elsewhere)
{
	static const int flags[] = { 0, MSG_FASTOPEN };
	size_t i;

	if (variant->port == 7001)
		SKIP(return, "who is connected first is who listens there");
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		self->act.flags = flags[i];
		act_as(variant->login, deferred_elsewhere, &self->act);
		if (self->act.result == -EUCLEAN)
			SKIP(return, "this kernel's MPTCP defers nothing");
		EXPECT_FALSE(came(self->server, true)) { TH_LOG("%ld", self->act.result); }
	}
}

/* --- used ------------------------------------------------------------------------------ */

/*
 *   the test, no role ══ a connection ══ the other end
 *        └─ fork ─▶ CLERK   7001, and what came to 7201: may say and hear
 *                           7002, and what came to 7202: neither
 *                   FREE    all
 */
FIXTURE(used)
{
	struct act act;
	int other;
	bool missing;
};

enum { CONNECTED, BEGUN_FAST, ACCEPTED };

FIXTURE_VARIANT(used)
{
	uid_t login;
	int how, port;
	int mine, others;	/* protocols */
	bool works;
};

#define USED_BY(id, who, way, at, own, peer, yes) \
	FIXTURE_VARIANT_ADD(used, id) { .login = who, .how = way, .port = at, .mine = own, \
		.others = peer, .works = yes };
#define USED(id, way, good, bad, own, peer)                                    \
	USED_BY(id##_allowed, CLERK, way, good, own, peer, true)               \
	USED_BY(id##_refused, CLERK, way, bad, own, peer, false)               \
	USED_BY(id##_free, FREE, way, bad, own, peer, true)
USED(connected, CONNECTED, 7001, 7002, IPPROTO_MPTCP, IPPROTO_MPTCP)
USED(fallback, CONNECTED, 7001, 7002, IPPROTO_MPTCP, 0)
USED(fast, BEGUN_FAST, 7001, 7002, IPPROTO_MPTCP, IPPROTO_MPTCP)
USED(fast_fallback, BEGUN_FAST, 7001, 7002, IPPROTO_MPTCP, 0)
USED(accepted, ACCEPTED, 7201, 7202, IPPROTO_MPTCP, IPPROTO_MPTCP)
USED(accepted_fallback, ACCEPTED, 7201, 7202, IPPROTO_MPTCP, 0)

/* A connection as the variant says; -errno where this kernel has none such */
static int begin(int protocol, int port, int how)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	if (how == BEGUN_FAST)
		return sendto(fd, "", 1, MSG_FASTOPEN, &to.any, size) == 1 ? fd : -errno;
	return connect(fd, &to.any, size) ? -errno : fd;
}

FIXTURE_SETUP(used)
{
	bool accepts = variant->how == ACCEPTED;
	int server, begun, come;
	char byte;

	memset(&self->act, 0, sizeof(self->act));
	self->other = -1;
	ASSERT_TRUE(own_network());
	server = listener_of(SOCK_STREAM, accepts ? variant->mine : variant->others,
			     variant->port);
	ASSERT_LE(0, server);
	begun = begin(accepts ? variant->others : variant->mine, variant->port, variant->how);
	self->missing = begun == -EOPNOTSUPP;
	if (self->missing)
		return;
	ASSERT_LE(0, begun);
	usleep(20000);
	come = accept(server, NULL, NULL);
	ASSERT_LE(0, come);
	close(server);
	if (variant->how == BEGUN_FAST)
		ASSERT_EQ(1, recv(come, &byte, 1, 0));
	self->act.descriptor = accepts ? come : begun;
	self->other = accepts ? begun : come;
}

FIXTURE_TEARDOWN(used)
{
	close(self->other);
}

static long say(struct act *act)
{
	return SAYS(send(act->descriptor, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

static long hear(struct act *act)
{
	return SAYS(recv(act->descriptor, act->text, sizeof(act->text), MSG_DONTWAIT));
}

TEST_F(used, says)
{
	if (self->missing)
		SKIP(return, "this kernel's MPTCP does not connect with the first bytes");
	act_as(variant->login, say, &self->act);
	EXPECT_EQ(variant->works, arrived(self->other, false));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

TEST_F(used, hears)
{
	if (self->missing)
		SKIP(return, "this kernel's MPTCP does not connect with the first bytes");
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(self->other, WORDS, sizeof(WORDS), 0));
	usleep(50000);
	act_as(variant->login, hear, &self->act);
	EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* --- served ------------------------------------------------------------------------------- */

/* act->number: where, 0 where the kernel likes; act->descriptor: then listens */
static long serve(struct act *act)
{
	union address here;
	socklen_t size = fill(&here, "127.0.0.1", act->number);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	if (act->number && bind(fd, &here.any, size))
		return -errno;
	return SAYS(listen(fd, 1));
}

TEST(ports)
{
	struct act act = { .number = 7202 };

	ASSERT_TRUE(own_network());
	EXPECT_EQ(-EACCES, act_as(CLERK, serve, &act));
	EXPECT_EQ(0, act_as(FREE, serve, &act));
	act.number = 0;
	EXPECT_EQ(-EACCES, act_as(CLERK, serve, &act));
	EXPECT_EQ(0, act_as(FREE, serve, &act));
	act.number = 7201;
	EXPECT_EQ(0, act_as(CLERK, serve, &act));
}

static long take(struct act *act)
{
	return SAYS(accept(act->descriptor, NULL, NULL));
}

/* Somebody else's listener, and who waits there */
TEST(takes_who_waits)
{
	static const int protocols[] = { 0, IPPROTO_MPTCP };
	size_t i;

	ASSERT_TRUE(own_network());
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		struct act mine = { .descriptor = listener_of(SOCK_STREAM, IPPROTO_MPTCP, 7201) };
		struct act others = { .descriptor = listener_of(SOCK_STREAM, IPPROTO_MPTCP, 7202) };

		ASSERT_LE(0, begin(protocols[i], 7201, CONNECTED));
		ASSERT_LE(0, begin(protocols[i], 7202, CONNECTED));
		usleep(20000);
		EXPECT_EQ(-EACCES, act_as(CLERK, take, &others));
		EXPECT_EQ(0, act_as(FREE, take, &others));
		EXPECT_EQ(0, act_as(CLERK, take, &mine));
		close(mine.descriptor);
		close(others.descriptor);
	}
}

TEST_HARNESS_MAIN
