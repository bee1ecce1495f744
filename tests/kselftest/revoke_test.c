// SPDX-License-Identifier: Apache-2.0
/* Sockets that are open when a role is taken: the peer sees the end, and at once. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/*
 *   MOVER (clerk) ════ established ════▶ 7001        CLERK ════ established ════▶ 7001
 *        │ revoke MOVER
 *   reset at both ends                               goes on
 *
 * Nobody touches the socket meanwhile: what the peer sees is not the hooks' work.
 */
enum {
	ALLOWED = 7001,		/* where a clerk may connect to, and */
	SERVED = 7201,		/* where it may serve */
	OTHER = 7203,
	ELSEWHERE = 7002,	/* not for clerks */
	FRESH = 1131,		/* nobody has heard of it: without a role until it is given one */
};

static bool own_network(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;
	bool up;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = !ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return up;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t fill(union address *to, const char *text, int port)
{
	memset(to, 0, sizeof(*to));
	if (strchr(text, ':')) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(port);
		inet_pton(AF_INET6, text, &to->v6.sin6_addr);
		return sizeof(to->v6);
	}
	to->v4.sin_family = AF_INET;
	to->v4.sin_port = htons(port);
	inet_pton(AF_INET, text, &to->v4.sin_addr);
	return sizeof(to->v4);
}

static long errno_or(long result)
{
	return result < 0 ? -errno : result;
}

/* act->path, number: an address; flags: type and, behind 16 bits, protocol */
static long act_connect(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, act->path, act->number);
	int fd = socket(to.any.sa_family, act->flags & 0xffff, act->flags >> 16);

	act->descriptor = fd;
	return errno_or(connect(fd, &to.any, size));
}

static long act_listen(struct act *act)
{
	const int yes = 1;
	union address here;
	socklen_t size = fill(&here, act->path, act->number);
	int fd = socket(here.any.sa_family, SOCK_STREAM, act->flags >> 16);

	act->descriptor = fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, &here.any, size))
		return -errno;
	return errno_or(listen(fd, 8));
}

static long act_accept(struct act *act)
{
	act->descriptor = accept(act->descriptor, NULL, NULL);
	return errno_or(act->descriptor);
}

static long act_send(struct act *act)
{
	return errno_or(send(act->descriptor, "word", 4, MSG_NOSIGNAL));
}

static long act_receive(struct act *act)
{
	return errno_or(recv(act->descriptor, act->text, sizeof(act->text) - 1, 0));
}

static long act_peer(struct act *act)
{
	union address peer;
	socklen_t size = sizeof(peer);

	return errno_or(getpeername(act->descriptor, &peer.any, &size));
}

/*
 * What the other end is told: 4 the word, 0 nothing, -ECONNRESET the end.  A reset
 * crosses the loopback in a soft interrupt, and a busy machine puts these off.
 */
static long told_within(int fd, int milliseconds)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[16];

	if (poll(&ready, 1, milliseconds) != 1)
		return 0;
	return errno_or(recv(fd, text, sizeof(text), MSG_DONTWAIT));
}

static long told(int fd)
{
	return told_within(fd, 5000);
}

static bool quiet(int fd)
{
	return !told_within(fd, 200);
}

static int listen_here(int port)
{
	struct act act = { .path = "::", .number = port };

	return act_listen(&act) < 0 ? -1 : act.descriptor;
}

static int connect_here(int port)
{
	struct act act = { .path = "127.0.0.1", .number = port, .flags = SOCK_STREAM };

	return act_connect(&act) < 0 ? -errno : act.descriptor;
}

/* --- connections --------------------------------------------------------------------- */

FIXTURE(connected)
{
	struct actor *mover, *clerk;
	struct act act, other;
	int server, peer, others;
};

FIXTURE_VARIANT(connected)
{
	const char *address;
	int protocol;
	long end;		/* what the peer is told */
};

FIXTURE_VARIANT_ADD(connected, v4) { .address = "127.0.0.1", .end = -ECONNRESET };
FIXTURE_VARIANT_ADD(connected, v6) { .address = "::1", .end = -ECONNRESET };
FIXTURE_VARIANT_ADD(connected, mapped) { .address = "::ffff:127.0.0.1", .end = -ECONNRESET };
FIXTURE_VARIANT_ADD(connected, mptcp) {
	.address = "127.0.0.1", .protocol = IPPROTO_MPTCP, .end = -ECONNRESET };

static long connect_as(struct actor *actor, struct act *act, const char *address, int protocol)
{
	path_set(act, "%s", address);
	act->number = ALLOWED;
	act->flags = SOCK_STREAM | protocol << 16;
	return actor_do(actor, act_connect, act);
}

/* The actors begin first: who inherits the server's ends would have to be allowed them. */
FIXTURE_SETUP(connected)
{
	struct act server = { .path = "::", .number = ALLOWED, .flags = variant->protocol << 16 };

	memset(&self->act, 0, sizeof(self->act));
	memset(&self->other, 0, sizeof(self->other));
	ASSERT_TRUE(own_network());
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	self->mover = actor_start(&(struct subject){ .login = MOVER });
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	ASSERT_EQ(0, act_listen(&server));
	self->server = server.descriptor;
	ASSERT_EQ(0, connect_as(self->mover, &self->act, variant->address, variant->protocol));
	self->peer = accept(self->server, NULL, NULL);
	ASSERT_EQ(0, connect_as(self->clerk, &self->other, variant->address, variant->protocol));
	self->others = accept(self->server, NULL, NULL);
	ASSERT_EQ(4, actor_do(self->mover, act_send, &self->act));
	ASSERT_EQ(4, told(self->peer));
}

FIXTURE_TEARDOWN(connected)
{
	actor_stop(self->mover);
	actor_stop(self->clerk);
	run_command("bailiwick revoke user:%u || true", MOVER);
}

TEST_F(connected, ends_at_the_peer)
{
	ASSERT_TRUE(role_revoke(MOVER));
	if (variant->protocol != IPPROTO_MPTCP) {
		EXPECT_EQ(variant->end, told(self->peer));
	} else {	/* the end of all subflows: which one the peer is told, the kernel chooses */
		struct pollfd hung = { .fd = self->peer, .events = POLLIN | POLLHUP };

		EXPECT_EQ(1, poll(&hung, 1, 2000));
		EXPECT_GE(0, told(self->peer));
	}
	EXPECT_GT(0, actor_do(self->mover, act_send, &self->act));
	EXPECT_EQ(4, actor_do(self->clerk, act_send, &self->other));
	EXPECT_EQ(4, told(self->others));
}

TEST_F(connected, who_waits_is_woken)
{
	bool ended = false;

	actor_begin(self->mover, act_receive, &self->act);
	usleep(100000);
	EXPECT_FALSE(actor_ended(self->mover, &self->act));
	ASSERT_TRUE(role_revoke(MOVER));
	for (int tries = 0; tries < 50 && !ended; tries++) {
		usleep(20000);
		ended = actor_ended(self->mover, &self->act);
	}
	EXPECT_TRUE(ended);
	EXPECT_GE(0, self->act.result);
	EXPECT_STREQ("", self->act.text);
}

/* Between two roles that may both: nothing happens to it. */
TEST_F(connected, a_change_that_takes_nothing_cuts_nothing)
{
	ASSERT_TRUE(role_assign(MOVER, "ringer"));
	ASSERT_EQ(0, run_command("bailiwick revoke user:%u clerk", MOVER));
	EXPECT_TRUE(quiet(self->peer));
	EXPECT_EQ(4, actor_do(self->mover, act_send, &self->act));
	EXPECT_EQ(4, told(self->peer));
}

/* --- listening, accepting ---------------------------------------------------------------- */

FIXTURE(serving)
{
	struct actor *mover, *clerk;
	struct act act, other;
};

FIXTURE_SETUP(serving)
{
	memset(&self->act, 0, sizeof(self->act));
	memset(&self->other, 0, sizeof(self->other));
	ASSERT_TRUE(own_network());
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	self->mover = actor_start(&(struct subject){ .login = MOVER });
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	path_set(&self->act, "0.0.0.0");
	path_set(&self->other, "0.0.0.0");
	self->act.number = SERVED;
	self->other.number = OTHER;
	ASSERT_EQ(0, actor_do(self->mover, act_listen, &self->act));
	ASSERT_EQ(0, actor_do(self->clerk, act_listen, &self->other));
}

FIXTURE_TEARDOWN(serving)
{
	actor_stop(self->mover);
	actor_stop(self->clerk);
	run_command("bailiwick revoke user:%u || true", MOVER);
}

TEST_F(serving, a_listener_stops)
{
	int before = connect_here(SERVED);	/* waits to be accepted */

	ASSERT_LE(0, before);
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-ECONNRESET, told(before));
	EXPECT_EQ(-ECONNREFUSED, connect_here(SERVED));
	EXPECT_GT(0, actor_do(self->mover, act_accept, &self->act));
	EXPECT_LE(0, connect_here(OTHER));
	EXPECT_LE(0, actor_do(self->clerk, act_accept, &self->other));
}

TEST_F(serving, who_waits_for_a_peer_is_woken)
{
	bool ended = false;

	actor_begin(self->mover, act_accept, &self->act);
	usleep(100000);
	EXPECT_FALSE(actor_ended(self->mover, &self->act));
	ASSERT_TRUE(role_revoke(MOVER));
	for (int tries = 0; tries < 50 && !ended; tries++) {
		usleep(20000);
		ended = actor_ended(self->mover, &self->act);
	}
	EXPECT_TRUE(ended);
	EXPECT_GT(0, self->act.result);
}

TEST_F(serving, what_was_accepted_ends)
{
	int mine = connect_here(SERVED), others = connect_here(OTHER);

	ASSERT_LE(0, actor_do(self->mover, act_accept, &self->act));
	ASSERT_LE(0, actor_do(self->clerk, act_accept, &self->other));
	ASSERT_EQ(4, actor_do(self->mover, act_send, &self->act));
	ASSERT_EQ(4, told(mine));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-ECONNRESET, told(mine));
	EXPECT_EQ(4, actor_do(self->clerk, act_send, &self->other));
	EXPECT_EQ(4, told(others));
}

/* Several listeners on one port: the kernel's list finds any of them. */
TEST_F(serving, one_of_two_on_a_port)
{
	const int yes = 1;
	int mine, kept[4];
	union address here;
	socklen_t size = fill(&here, "127.0.0.1", 7301);
	struct act act = { 0 };
	struct actor *fresh;

	mine = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(mine, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	ASSERT_EQ(0, bind(mine, &here.any, size));
	ASSERT_EQ(0, listen(mine, 8));
	act.descriptor = mine;
	fresh = actor_start(&(struct subject){ .login = FRESH + 2 });	/* holds it, too */
	close(mine);
	for (int i = 0; i < 4; i++) {
		kept[i] = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(kept[i], SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
		ASSERT_EQ(0, bind(kept[i], &here.any, size));
		ASSERT_EQ(0, listen(kept[i], 64));	/* one of them might get all */
	}
	ASSERT_TRUE(role_assign(FRESH + 2, "clerk"));
	for (int i = 0; i < 4; i++) {
		int on = 0;
		socklen_t length = sizeof(on);

		EXPECT_EQ(0, getsockopt(kept[i], SOL_SOCKET, SO_ACCEPTCONN, &on, &length));
		EXPECT_EQ(1, on);
	}
	/* the port's peers all reach those that are left */
	for (int i = 0; i < 32; i++)
		EXPECT_LE(0, connect_here(7301));
	EXPECT_GT(0, actor_do(fresh, act_accept, &act));
	actor_stop(fresh);
}

/* --- from no role to one ------------------------------------------------------------------ */

/* Made while nothing was forbidden: connected elsewhere, accepted, received before the role. */
TEST(what_was_made_without_a_role_ends_with_one)
{
	struct act out = { .path = "127.0.0.1", .number = ELSEWHERE, .flags = SOCK_STREAM };
	struct act in = { .path = "0.0.0.0", .number = 7301 }, fine = out;
	struct actor *fresh;
	int server, allowed, peer, mine, good;

	ASSERT_TRUE(own_network());
	fresh = actor_start(&(struct subject){ .login = FRESH });
	server = listen_here(ELSEWHERE);
	allowed = listen_here(ALLOWED);
	fine.number = ALLOWED;
	ASSERT_EQ(0, actor_do(fresh, act_connect, &out));
	peer = accept(server, NULL, NULL);
	ASSERT_EQ(0, actor_do(fresh, act_connect, &fine));
	good = accept(allowed, NULL, NULL);
	ASSERT_EQ(0, actor_do(fresh, act_listen, &in));
	mine = connect_here(7301);
	ASSERT_LE(0, actor_do(fresh, act_accept, &in));
	ASSERT_TRUE(role_assign(FRESH, "clerk"));
	EXPECT_EQ(-ECONNRESET, told(peer));
	EXPECT_EQ(-ECONNRESET, told(mine));
	EXPECT_EQ(-ECONNREFUSED, connect_here(7301));
	EXPECT_GT(0, actor_do(fresh, act_send, &in));
	EXPECT_EQ(4, actor_do(fresh, act_send, &fine));
	EXPECT_EQ(4, told(good));
	actor_stop(fresh);
}

/*
 * Somebody else made it and is still allowed; who inherited it is not.  The heir keeps
 * that one end alone: holding the peer's too, it would end both, and which of the two
 * ends first decides what the peer is told.
 */
TEST(an_inherited_connection_ends_with_its_heir)
{
	struct act act = { .path = "127.0.0.1", .number = ELSEWHERE, .flags = SOCK_STREAM };
	struct act others[2] = { 0 };
	int server, peer;
	struct actor *fresh;

	ASSERT_TRUE(own_network());
	server = listen_here(ELSEWHERE);
	ASSERT_EQ(0, act_connect(&act));
	peer = accept(server, NULL, NULL);
	fresh = actor_start(&(struct subject){ .login = FRESH + 1 });
	others[0].descriptor = server;
	others[1].descriptor = peer;
	ASSERT_EQ(0, actor_do(fresh, act_close, &others[0]));
	ASSERT_EQ(0, actor_do(fresh, act_close, &others[1]));
	ASSERT_EQ(4, actor_do(fresh, act_send, &act));
	ASSERT_EQ(4, told(peer));
	ASSERT_TRUE(role_assign(FRESH + 1, "clerk"));
	EXPECT_EQ(-EACCES, actor_do(fresh, act_send, &act));
	EXPECT_EQ(-ECONNRESET, told(peer));
	actor_stop(fresh);
}

/* --- datagrams ----------------------------------------------------------------------------- */

TEST(a_datagram_socket_loses_its_peer)
{
	struct act act = { .path = "127.0.0.1", .number = ALLOWED, .flags = SOCK_DGRAM };
	struct act other = act;
	struct actor *mover, *clerk;
	union address here;
	socklen_t size = fill(&here, "127.0.0.1", ALLOWED);
	int server;

	ASSERT_TRUE(own_network());
	server = socket(AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, bind(server, &here.any, size));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	mover = actor_start(&(struct subject){ .login = MOVER });
	clerk = actor_start(&(struct subject){ .login = CLERK });
	ASSERT_EQ(0, actor_do(mover, act_connect, &act));
	ASSERT_EQ(0, actor_do(clerk, act_connect, &other));
	ASSERT_EQ(4, actor_do(mover, act_send, &act));
	ASSERT_EQ(4, told(server));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-ENOTCONN, actor_do(mover, act_peer, &act));
	EXPECT_EQ(-EACCES, actor_do(mover, act_send, &act));
	EXPECT_TRUE(quiet(server));
	EXPECT_EQ(0, actor_do(clerk, act_peer, &other));
	EXPECT_EQ(4, actor_do(clerk, act_send, &other));
	EXPECT_EQ(4, told(server));
	actor_stop(mover);
	actor_stop(clerk);
}

TEST_HARNESS_MAIN
