// SPDX-License-Identifier: Apache-2.0
/* Who is served: peers that come to a port, ports that are taken, whoever took them first. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

/*
 *   CLERK binds 7201 for everybody, and listens on 7204 for 127.0.0.1 alone
 *
 *     127.0.0.1 ──▶ 7201   127.0.0.1 ──▶ 7204   served
 *     127.0.0.2 ──▶ 7201   127.0.0.2 ─╳─ 7204   not a byte either way
 */
FIXTURE(served)
{
	struct act act;
	struct actor *actor;
	int peer;
};

FIXTURE_VARIANT(served)
{
	const char *from;
	int port;
	bool works, whoever;	/* whoever: the port is for everybody */
};

#define SERVED(id, address, at, yes, all) \
	FIXTURE_VARIANT_ADD(served, id) { .from = address, .port = at, .works = yes, .whoever = all }
SERVED(everybody, "127.0.0.1", 7201, true, true);
SERVED(everybody_else, "127.0.0.2", 7201, true, true);
SERVED(named, "127.0.0.1", 7204, true, false);
SERVED(not_named, "127.0.0.2", 7204, false, false);

FIXTURE_SETUP(served)
{
	union address from;
	socklen_t size;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	path_set(&self->act, "0.0.0.0");
	self->act.number = variant->port;
	self->actor = actor_start(&(struct subject){ .login = CLERK });
	self->peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size = fill(&from, variant->from, 0);
	ASSERT_EQ(0, bind(self->peer, &from.any, size));
}

FIXTURE_TEARDOWN(served)
{
	actor_stop(self->actor);
	close(self->peer);
}

static long open_port(struct act *act)
{
	const int yes = 1;
	union address here;
	socklen_t size = peer_of(act, &here);
	int fd = make(act, act->flags, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	act->descriptor = fd;
	if (bind(fd, &here.any, size))
		return -errno;
	return act->flags == SOCK_STREAM ? SAYS(listen(fd, 8)) : 0;
}

static long take_call(struct act *act)
{
	act->descriptor = accept(act->descriptor, NULL, NULL);
	return SAYS(act->descriptor);
}

static long hear(struct act *act)
{
	return SAYS(recv(act->descriptor, act->text, sizeof(act->text) - 1, 0));
}

static long say(struct act *act)
{
	return SAYS(send(act->descriptor, WORDS, sizeof(WORDS), MSG_NOSIGNAL));
}

static bool came(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[64];

	return poll(&ready, 1, 100) == 1 && recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0;
}

/* Somebody without a role listened, so whoever comes is connected: the first byte tells. */
TEST_F(served, connection)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", variant->port);

	self->act.flags = SOCK_STREAM;
	ASSERT_EQ(0, act_here(open_port, &self->act));
	actor_stop(self->actor);
	self->actor = actor_start(&(struct subject){ .login = CLERK });
	ASSERT_EQ(0, connect(self->peer, &to.any, size));
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(self->peer, WORDS, sizeof(WORDS), 0));
	ASSERT_EQ(0, actor_do(self->actor, take_call, &self->act));
	EXPECT_EQ(variant->works ? 0 : -EACCES, actor_do(self->actor, hear, &self->act));
	EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);
	EXPECT_EQ(variant->works ? 0 : -EACCES, actor_do(self->actor, say, &self->act));
	EXPECT_EQ(variant->works, came(self->peer));
}

static int datagram_peer(const char *from, union address *ret_name)
{
	socklen_t size = fill(ret_name, from, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, &ret_name->any, size) || getsockname(fd, &ret_name->any, &size))
		return -1;
	return fd;
}

/* Not connected, a port takes what everybody sends: that is for everybody's ports. */
TEST_F(served, datagram)
{
	union address to, from;
	socklen_t size = fill(&to, "127.0.0.1", variant->port);
	int peer = datagram_peer(variant->from, &from);

	self->act.flags = SOCK_DGRAM;
	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	ASSERT_LT(0, sendto(peer, WORDS, sizeof(WORDS), 0, &to.any, size));
	EXPECT_EQ(variant->whoever ? 0 : -EACCES, actor_do(self->actor, hear, &self->act));
	EXPECT_STREQ(variant->whoever ? WORDS : "", self->act.text);
}

static long connect_to_peer(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->other, act->number);

	return SAYS(connect(act->descriptor, &to.any, size));
}

/* Connected, the kernel lets nobody else's in. */
TEST_F(served, datagram_connected)
{
	union address to, from, stranger;
	socklen_t size = fill(&to, "127.0.0.1", variant->port);
	int peer = datagram_peer(variant->from, &from);
	int other = datagram_peer("127.0.0.9", &stranger);

	self->act.flags = SOCK_DGRAM;
	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	other_set(&self->act, "%s", variant->from);
	self->act.number = ntohs(from.v4.sin_port);
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  actor_do(self->actor, connect_to_peer, &self->act));
	if (!variant->works)
		return;
	ASSERT_LT(0, sendto(other, "stranger", 9, 0, &to.any, size));
	ASSERT_LT(0, sendto(peer, WORDS, sizeof(WORDS), 0, &to.any, size));
	EXPECT_EQ(0, actor_do(self->actor, hear, &self->act));
	EXPECT_STREQ(WORDS, self->act.text);
}

static long answer(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->other, act->number);

	return SAYS(sendto(act->descriptor, WORDS, sizeof(WORDS), 0, &to.any, size));
}

TEST_F(served, datagram_answer)
{
	union address from;
	int peer = datagram_peer(variant->from, &from);

	self->act.flags = SOCK_DGRAM;
	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	other_set(&self->act, "%s", variant->from);
	self->act.number = ntohs(from.v4.sin_port);
	EXPECT_EQ(variant->works ? 0 : -EACCES, actor_do(self->actor, answer, &self->act));
	EXPECT_EQ(variant->works, came(peer));
}

/* --- one to many ------------------------------------------------------------------------ */

/*
 *   CLERK may send, not connect, to 127.255.255.255, 239.1.2.3 and 127.0.0.3, port 7003
 */
FIXTURE(many)
{
	struct act act;
	int listener;
};

FIXTURE_VARIANT(many)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define MANY(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(many, id) { .login = who, .address = to, .port = at, .works = yes }
MANY(broadcast, CLERK, "127.255.255.255", 7003, true);
MANY(broadcast_port, CLERK, "127.255.255.255", 7004, false);
MANY(broadcast_free, FREE, "127.255.255.255", 7004, true);
MANY(multicast, CLERK, "239.1.2.3", 7003, true);
MANY(multicast_address, CLERK, "239.1.2.4", 7003, false);
MANY(multicast_free, FREE, "239.1.2.4", 7003, true);
MANY(told, CLERK, "127.0.0.3", 7003, true);

FIXTURE_SETUP(many)
{
	struct ip_mreqn group = { .imr_ifindex = 1 };
	union address to;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->listener = listener(SOCK_DGRAM, variant->port);
	fill(&to, variant->address, 0);
	group.imr_multiaddr = to.v4.sin_addr;
	if (variant->address[0] == '2')
		ASSERT_EQ(0, setsockopt(self->listener, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group,
					sizeof(group)));
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(many)
{
	close(self->listener);
}

static long send_to_many(struct act *act)
{
	const int yes = 1;
	struct ip_mreqn by = { .imr_ifindex = 1 };
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by));
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

TEST_F(many, send)
{
	act_as(variant->login, send_to_many, &self->act);
	EXPECT_EQ(variant->works, arrived(self->listener, false)) {
		TH_LOG("%ld", self->act.result);
	}
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

/* What may be told something may not be connected to. */
TEST(sending_is_no_connection)
{
	struct act act = { .number = 7003, .flags = SOCK_STREAM };
	int server;

	ASSERT_TRUE(own_network());
	server = listener(SOCK_STREAM, 7003);
	path_set(&act, "127.0.0.3");
	other_set(&act, "127.0.0.3");
	act.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT_EQ(-EACCES, act_as(CLERK, connect_to_peer, &act));
	EXPECT_FALSE(arrived(server, true));
	EXPECT_EQ(0, act_as(FREE, connect_to_peer, &act));
	EXPECT_TRUE(arrived(server, true));
}

/* --- a port somebody else has -------------------------------------------------------------- */

/* The same user may take a shared port over; a role may not. */
TEST(shared_port)
{
	struct act act = { .number = 7302, .flags = SOCK_STREAM };

	ASSERT_TRUE(own_network());
	path_set(&act, "127.0.0.1");
	ASSERT_EQ(0, act_here(open_port, &act));
	EXPECT_EQ(-EACCES, act_as(CLERK, open_port, &act));
	EXPECT_EQ(0, act_as(FREE, open_port, &act));
	act.number = 7201;
	ASSERT_EQ(0, act_here(open_port, &act));
	EXPECT_EQ(0, act_as(CLERK, open_port, &act));
}

/* Who has another's listening socket takes calls where it may listen itself. */
TEST(listener_of_somebody_else)
{
	struct act act = { .flags = SOCK_STREAM }, call;
	union address to;
	socklen_t size;

	ASSERT_TRUE(own_network());
	path_set(&act, "127.0.0.1");
	for (int port = 7201; port < 7303; port += 101) {
		int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		act.number = port;
		ASSERT_EQ(0, act_here(open_port, &act));
		size = fill(&to, "127.0.0.1", port);
		ASSERT_EQ(0, connect(peer, &to.any, size));
		call = act;
		EXPECT_EQ(port == 7201 ? 0 : -EACCES, act_as(CLERK, take_call, &call));
		/* The one that was not taken waits. */
		call = act;
		fcntl(call.descriptor, F_SETFL, O_NONBLOCK);
		EXPECT_EQ(port == 7201 ? -EAGAIN : 0, act_as(FREE, take_call, &call));
		close(act.descriptor);
		close(peer);
	}
}

/* --- served, and then no longer -------------------------------------------------------- */

TEST(accepted_outlives_the_right)
{
	struct act act = { .number = 7201, .flags = SOCK_STREAM };
	struct actor *actor;
	union address to;
	socklen_t size;
	int peer;

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	actor = actor_start(&(struct subject){ .login = MOVER });
	path_set(&act, "127.0.0.1");
	ASSERT_EQ(0, actor_do(actor, open_port, &act));
	size = fill(&to, "127.0.0.1", 7201);
	peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, connect(peer, &to.any, size));
	ASSERT_EQ(0, actor_do(actor, take_call, &act));
	ASSERT_EQ(0, actor_do(actor, say, &act));
	ASSERT_TRUE(came(peer));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_GT(0, actor_do(actor, say, &act));
	EXPECT_FALSE(came(peer));
	send(peer, WORDS, sizeof(WORDS), MSG_NOSIGNAL);
	EXPECT_GT(0, actor_do(actor, hear, &act));
	EXPECT_STREQ("", act.text);
	actor_stop(actor);
}

TEST_HARNESS_MAIN
