// SPDX-License-Identifier: Apache-2.0
/* Connections that are begun in every state of a socket, and by every call that begins one. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"
#include "ring.h"

/*
 *   CLERK may connect to 127.0.0.1:7001 and [::1]:7001, and take port 7201
 *
 *   a socket that is already ┬ connected to 7001          ┐
 *                            ├ on its way there           ├──▶ 7001  reached
 *                            ├ listening on 7201          │ ╳─▶ 7002  not reached
 *                            └ waiting for its first byte ┘
 *   FREE, the same                                        ───▶ 7002  reached
 */
FIXTURE(state)
{
	struct act act;
	struct actor *actor;
	int near, full, target;
};

FIXTURE_VARIANT(state)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define STATE(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(state, id) { .login = who, .address = to, .port = at, .works = yes }
STATE(allowed, CLERK, "127.0.0.1", 7001, true);
STATE(allowed_v6, CLERK, "::1", 7001, true);
STATE(port, CLERK, "127.0.0.1", 7002, false);
STATE(port_v6, CLERK, "::1", 7002, false);
STATE(address, CLERK, "127.0.0.2", 7001, false);
STATE(free, FREE, "127.0.0.1", 7002, true);
STATE(free_v6, FREE, "::1", 7002, true);

FIXTURE_SETUP(state)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->near = listener(SOCK_STREAM, 7001);
	self->target = variant->port == 7001 ? self->near : listener(SOCK_STREAM, variant->port);
	ASSERT_LE(0, self->near);
	ASSERT_LE(0, self->target);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
	self->actor = actor_start(&(struct subject){ .login = variant->login });
}

FIXTURE_TEARDOWN(state)
{
	actor_stop(self->actor);
	close(self->near);
	if (self->target != self->near)
		close(self->target);
}

static const char *near_of(const struct act *act)
{
	return strchr(act->path, ':') ? "::1" : "127.0.0.1";
}

static int forget_peer(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(fd, &none, sizeof(none));
}

/* The second connection, and what says that it was the second */
static long then_connect(const struct act *act, int fd)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	if (connect(fd, &to.any, size) && errno != EINPROGRESS)
		return -errno;
	return write(fd, WORDS, sizeof(WORDS)) < 0 && errno != EAGAIN ? -errno : 0;
}

/* act->descriptor: a socket that has been connected to 7001 and let go of it */
static long connected_before(struct act *act)
{
	union address near;
	socklen_t size = fill(&near, near_of(act), 7001);
	int fd = make(act, SOCK_STREAM, 0);

	act->descriptor = fd;
	if (connect(fd, &near.any, size) || forget_peer(fd))
		return -EUCLEAN;
	return 0;
}

static long and_now(struct act *act)
{
	return then_connect(act, act->descriptor);
}

/* In two halves: what the first left waiting at 7001 must not count for the second. */
#define EXPECT_SECOND(first)                                                   \
	do {                                                                   \
		ASSERT_EQ(0, actor_do(self->actor, first, &self->act));        \
		while (arrived(self->near, true))                              \
			continue;                                              \
		actor_do(self->actor, and_now, &self->act);                    \
		EXPECT_EQ(variant->works, heard(self->target) == sizeof(WORDS)) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	} while (0)

TEST_F(state, connected_before) { EXPECT_SECOND(connected_before); }

/* Still connected: the kernel refuses, but nobody may depend on that. */
static long connected_now(struct act *act)
{
	union address near;
	socklen_t size = fill(&near, near_of(act), 7001);

	act->descriptor = make(act, SOCK_STREAM, 0);
	return SAYS(connect(act->descriptor, &near.any, size));
}

TEST_F(state, connected_now)
{
	ASSERT_EQ(0, actor_do(self->actor, connected_now, &self->act));
	while (arrived(self->near, true))
		continue;
	actor_do(self->actor, and_now, &self->act);
	EXPECT_EQ(-1, heard(self->target));
	EXPECT_EQ(variant->works ? -EISCONN : -EACCES, self->act.result);
}

/* Port 7003 of the near host answers nobody: its queue is full. */
static long on_its_way(struct act *act)
{
	union address near;
	socklen_t size = fill(&near, near_of(act), 7001);
	int fd = make(act, SOCK_STREAM | SOCK_NONBLOCK, 0);

	act->descriptor = fd;
	if (connect(fd, &near.any, size) != -1 || errno != EINPROGRESS)
		return -EUCLEAN;
	return forget_peer(fd) ? -EUCLEAN : 0;
}

TEST_F(state, on_its_way)
{
	union address near;
	socklen_t size = fill(&near, variant->address, 7001);
	int i, fd;

	/* Listening with a queue for one, and two are in it: the next stays on its way. */
	listen(self->near, 0);
	for (i = 0; i < 2; i++) {
		fd = make(&self->act, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, &near.any, size);
	}
	usleep(50000);
	ASSERT_EQ(0, actor_do(self->actor, on_its_way, &self->act));
	listen(self->near, 8);
	while (arrived(self->near, true))
		continue;
	actor_do(self->actor, and_now, &self->act);
	EXPECT_EQ(variant->works, heard(self->target) >= 0);
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

static long listening_before(struct act *act)
{
	union address here;
	socklen_t size = fill(&here, near_of(act), 7201);
	int fd = make(act, SOCK_STREAM, 0);

	act->descriptor = fd;
	if (bind(fd, &here.any, size) || listen(fd, 1) || forget_peer(fd))
		return -EUCLEAN;
	return 0;
}

TEST_F(state, listening_before)
{
	/* From an address that reaches only itself; elsewhere the twin has another. */
	EXPECT_SECOND(listening_before);
}

static long bound_to_device(struct act *act)
{
	act->descriptor = make(act, SOCK_STREAM, 0);
	return SAYS(setsockopt(act->descriptor, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}

TEST_F(state, bound_to_device) { EXPECT_SECOND(bound_to_device); }

/* --- the first bytes connect -------------------------------------------------- */

static long fast_by(struct act *act, int fd, bool many)
{
	union address to;
	struct iovec bytes;
	struct mmsghdr message = { .msg_hdr = words_to(&to, peer_of(act, &to), &bytes) };

	act->descriptor = fd;
	if (many)
		return SAYS(sendmmsg(fd, &message, 1, MSG_FASTOPEN));
	return SAYS(sendmsg(fd, &message.msg_hdr, MSG_FASTOPEN));
}

static long fast_by_many(struct act *act) { return fast_by(act, make(act, SOCK_STREAM, 0), true); }

/* Told to wait for its first byte towards 7001, and then the byte names another. */
static long fast_after_waiting(struct act *act)
{
	const int yes = 1;
	union address near;
	socklen_t size = fill(&near, near_of(act), 7001);
	int fd = make(act, SOCK_STREAM, 0);

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof(yes)) ||
	    connect(fd, &near.any, size) || forget_peer(fd))
		return -EUCLEAN;
	return fast_by(act, fd, false);
}

static long fast_after_connected(struct act *act)
{
	long result = connected_before(act);

	return result ? result : fast_by(act, act->descriptor, false);
}

/* The family says "none": no connection comes of that, whoever asks. */
static long fast_to_unspecified(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_STREAM, 0);

	act->descriptor = fd;
	to.any.sa_family = AF_UNSPEC;
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), MSG_FASTOPEN, &to.any, size));
}

/* An IPv4 address for an IPv6 socket */
static long fast_v4_on_v6(struct act *act)
{
	return fast_by(act, socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), false);
}

/* What is left of a first connection to 7001 is not counted. */
#define FAST_TEST(test)                                                        \
	TEST_F(state, test)                                                    \
	{                                                                      \
		bool came = false;                                             \
		int n;                                                         \
									       \
		actor_do(self->actor, test, &self->act);                       \
		while ((n = heard(self->target)) >= 0)                         \
			came = came || n == sizeof(WORDS);                     \
		EXPECT_EQ(variant->works, came) { TH_LOG("%ld", self->act.result); } \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	}

FAST_TEST(fast_by_many)
FAST_TEST(fast_after_waiting)
FAST_TEST(fast_after_connected)

TEST_F(state, fast_v4_on_v6)
{
	actor_do(self->actor, fast_v4_on_v6, &self->act);
	/* The kernel itself takes none but IPv6 there. */
	if (!variant->works)
		EXPECT_EQ(-1, heard(self->target));
}

TEST_F(state, fast_to_unspecified)
{
	actor_do(self->actor, fast_to_unspecified, &self->act);
	EXPECT_EQ(-1, heard(self->target));
	EXPECT_GT(0, self->act.result);
}

/* --- io_uring ------------------------------------------------------------------------ */

/*
 *   RING is a clerk who may have a ring: the same peers, on every road of the ring
 */
FIXTURE(ring)
{
	struct act act;
	int server, datagrams;
};

FIXTURE_VARIANT(ring)
{
	uid_t login;
	int port;
	uint32_t setup;
	uint8_t flags;
	bool works;
};

#define RING_WAYS(way, setup_flags, entry_flags)                               \
	FIXTURE_VARIANT_ADD(ring, allowed_##way) { .login = RING, .port = 7001, \
		.setup = setup_flags, .flags = entry_flags, .works = true };   \
	FIXTURE_VARIANT_ADD(ring, refused_##way) { .login = RING, .port = 7002, \
		.setup = setup_flags, .flags = entry_flags };                  \
	FIXTURE_VARIANT_ADD(ring, free_##way) { .login = FREE, .port = 7002,   \
		.setup = setup_flags, .flags = entry_flags, .works = true };
RING_WAYS(inline, 0, 0)
RING_WAYS(worker, 0, IOSQE_ASYNC)
RING_WAYS(polled, IORING_SETUP_SQPOLL, 0)

FIXTURE_SETUP(ring)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->server = listener(SOCK_STREAM, variant->port);
	self->datagrams = listener(SOCK_DGRAM, variant->port);
	path_set(&self->act, "127.0.0.1");
	self->act.number = variant->port;
	self->act.flags = variant->setup;
	self->act.descriptor = variant->flags;
}

FIXTURE_TEARDOWN(ring)
{
	close(self->server);
	close(self->datagrams);
}

/* act->flags: of the ring, act->descriptor: of the entry */
static long submit(struct act *act, struct io_uring_sqe entry)
{
	struct ring ring;
	long result = ring_open_with(&ring, act->flags);

	if (result)
		return -EUCLEAN;
	entry.flags |= act->descriptor;
	result = ring_do(&ring, &entry);
	if (result == -EINPROGRESS)
		result = 0;
	usleep(20000);		/* before everything of the ring is cancelled */
	return result < 0 ? result : 0;
}

#define ADDRESS(of) ((uintptr_t)(of))

static long ring_connect(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_CONNECT,
		.fd = make(act, SOCK_STREAM, 0), .addr = ADDRESS(&to), .off = size });
}

static long ring_message(struct act *act, int type, uint8_t opcode, uint32_t flags)
{
	union address to;
	struct iovec bytes;
	struct msghdr message = words_to(&to, peer_of(act, &to), &bytes);

	return submit(act, (struct io_uring_sqe){ .opcode = opcode, .fd = make(act, type, 0),
		.addr = ADDRESS(&message), .len = 1, .msg_flags = flags });
}

static long ring_fast_sendmsg(struct act *act)
{
	return ring_message(act, SOCK_STREAM, IORING_OP_SENDMSG, MSG_FASTOPEN);
}

static long ring_fast_sendmsg_zc(struct act *act)
{
	return ring_message(act, SOCK_STREAM, IORING_OP_SENDMSG_ZC, MSG_FASTOPEN);
}

static long ring_sendmsg(struct act *act)
{
	return ring_message(act, SOCK_DGRAM, IORING_OP_SENDMSG, 0);
}

static long ring_sendmsg_zc(struct act *act)
{
	return ring_message(act, SOCK_DGRAM, IORING_OP_SENDMSG_ZC, 0);
}

/* A send that names its peer */
static long ring_sendto(struct act *act, int type, uint8_t opcode, uint32_t flags)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return submit(act, (struct io_uring_sqe){ .opcode = opcode, .fd = make(act, type, 0),
		.addr = ADDRESS(WORDS), .len = sizeof(WORDS), .addr2 = ADDRESS(&to),
		.addr_len = size, .msg_flags = flags });
}

static long ring_send_zc(struct act *act)
{
	return ring_sendto(act, SOCK_DGRAM, IORING_OP_SEND_ZC, 0);
}

static long ring_send(struct act *act) { return ring_sendto(act, SOCK_DGRAM, IORING_OP_SEND, 0); }

static long ring_fast_send_zc(struct act *act)
{
	return ring_sendto(act, SOCK_STREAM, IORING_OP_SEND_ZC, MSG_FASTOPEN);
}

#define RING_TEST(test, stream)                                                \
	TEST_F(ring, test)                                                     \
	{                                                                      \
		bool came;                                                     \
									       \
		act_as(variant->login, test, &self->act);                      \
		if (variant->login == FREE && (self->act.result == -EINVAL ||  \
		    self->act.result == -EDESTADDRREQ))                        \
			SKIP(return, "this kernel's ring cannot do that");     \
		came = (stream) ? heard(self->server) >= 0 : arrived(self->datagrams, false); \
		if (variant->works && (self->act.result == -EINVAL ||          \
		    self->act.result == -EDESTADDRREQ))                        \
			SKIP(return, "this kernel's ring cannot do that");     \
		EXPECT_EQ(variant->works, came) { TH_LOG("%ld", self->act.result); } \
	}

RING_TEST(ring_connect, true)
RING_TEST(ring_fast_sendmsg, true)
RING_TEST(ring_fast_sendmsg_zc, true)
RING_TEST(ring_fast_send_zc, true)
RING_TEST(ring_sendmsg, false)
RING_TEST(ring_sendmsg_zc, false)
RING_TEST(ring_send_zc, false)
RING_TEST(ring_send, false)

TEST_HARNESS_MAIN
