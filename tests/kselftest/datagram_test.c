// SPDX-License-Identifier: Apache-2.0
/* Datagrams: whom each message goes to, however the socket was prepared. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

/*
 *   CLERK may send to 127.0.0.1:7001 and [::1]:7001; 7002 and 127.0.0.2 are closed
 */
FIXTURE(way)
{
	struct act act;
	struct actor *actor;
	int near, target, lite;
};

FIXTURE_VARIANT(way)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define WAY(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(way, id) { .login = who, .address = to, .port = at, .works = yes }
WAY(allowed, CLERK, "127.0.0.1", 7001, true);
WAY(allowed_v6, CLERK, "::1", 7001, true);
WAY(port, CLERK, "127.0.0.1", 7002, false);
WAY(port_v6, CLERK, "::1", 7002, false);
WAY(address, CLERK, "127.0.0.2", 7001, false);
WAY(zero, CLERK, "0.0.0.0", 7002, false);
WAY(zero_v6, CLERK, "::", 7002, false);
WAY(mapped, CLERK, "::ffff:127.0.0.2", 7001, false);
WAY(free, FREE, "127.0.0.1", 7002, true);
WAY(free_v6, FREE, "::1", 7002, true);
WAY(free_zero, FREE, "0.0.0.0", 7002, true);
WAY(free_zero_v6, FREE, "::", 7002, true);
WAY(free_mapped, FREE, "::ffff:127.0.0.2", 7001, true);

FIXTURE_SETUP(way)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->near = listener(SOCK_DGRAM, 7001);
	self->target = variant->port == 7001 ? self->near : listener(SOCK_DGRAM, variant->port);
	self->lite = listener_of(SOCK_DGRAM, IPPROTO_UDPLITE, variant->port);
	ASSERT_LE(0, self->target);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
	self->actor = actor_start(&(struct subject){ .login = variant->login });
}

FIXTURE_TEARDOWN(way)
{
	actor_stop(self->actor);
	close(self->near);
	if (self->target != self->near)
		close(self->target);
}

static socklen_t near_of(const struct act *act, union address *near)
{
	const char *text = !strchr(act->path, ':') ? "127.0.0.1" :
			   strncmp(act->path, "::ffff:", 7) ? "::1" : "::ffff:127.0.0.1";

	return fill(near, text, 7001);
}

/* Bytes that only the message under test carries */
#define MARK "MARK"

static bool mark_came(int fd)
{
	char text[512];
	ssize_t n;

	usleep(20000);
	while ((n = recv(fd, text, sizeof(text), MSG_DONTWAIT)) > 0)
		if (memmem(text, n, MARK, 4))
			return true;
	return false;
}

#define EXPECT_MARK(fn, at)                                                    \
	do {                                                                   \
		actor_do(self->actor, fn, &self->act);                         \
		EXPECT_EQ(variant->works, mark_came(at)) { TH_LOG("%ld", self->act.result); } \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	} while (0)

/* Two peers in one call: the second is asked about, too. */
static long several(struct act *act)
{
	union address to[2];
	struct iovec bytes[2];
	struct mmsghdr message[2];
	int sent;

	message[0].msg_hdr = words_to(&to[0], near_of(act, &to[0]), &bytes[0]);
	message[1].msg_hdr = words_to(&to[1], peer_of(act, &to[1]), &bytes[1]);
	bytes[1] = (struct iovec){ .iov_base = MARK, .iov_len = 4 };
	sent = sendmmsg(make(act, SOCK_DGRAM, 0), message, 2, 0);
	/* What went before the refusal is told, and the refusal with the next call. */
	return sent == 2 ? 0 : sent == 1 ? -EACCES : -errno;
}

TEST_F(way, several) { EXPECT_MARK(several, self->target); }

static long connected_again(struct act *act)
{
	union address to;
	socklen_t size = near_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);

	if (connect(fd, &to.any, size) || send(fd, "x", 1, 0) != 1)
		return -EUCLEAN;
	size = peer_of(act, &to);
	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(send(fd, MARK, 4, 0));
}

TEST_F(way, connected_again) { EXPECT_MARK(connected_again, self->target); }

static long disconnected(struct act *act)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	union address to;
	socklen_t size = near_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);

	if (connect(fd, &to.any, size) || connect(fd, &none, sizeof(none)))
		return -EUCLEAN;
	size = peer_of(act, &to);
	return SAYS(sendto(fd, MARK, 4, 0, &to.any, size));
}

TEST_F(way, disconnected) { EXPECT_MARK(disconnected, self->target); }

/* Held back for one peer, and the rest names another. */
static long corked(struct act *act, int fd, int flags)
{
	union address to;
	socklen_t size = near_of(act, &to);
	const int no = 0;

	if (sendto(fd, "first", 5, flags, &to.any, size) != 5)
		return -EUCLEAN;
	size = peer_of(act, &to);
	if (sendto(fd, MARK, 4, flags, &to.any, size) < 0)
		return -errno;
	setsockopt(fd, SOL_UDP, UDP_CORK, &no, sizeof(no));
	return SAYS(send(fd, "", 0, 0));
}

static long more(struct act *act) { return corked(act, make(act, SOCK_DGRAM, 0), MSG_MORE); }

static long by_cork(struct act *act)
{
	int fd = make(act, SOCK_DGRAM, 0);
	const int yes = 1;

	if (setsockopt(fd, SOL_UDP, UDP_CORK, &yes, sizeof(yes)))
		return -EUCLEAN;
	return corked(act, fd, 0);
}

/* The kernel sends both to the first peer: nothing may come to the second. */
#define CORK_TEST(test)                                                        \
	TEST_F(way, test)                                                      \
	{                                                                      \
		actor_do(self->actor, test, &self->act);                       \
		if (self->target != self->near)                                \
			EXPECT_FALSE(mark_came(self->target));                 \
		EXPECT_EQ(variant->works, mark_came(self->near)) {             \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	}

CORK_TEST(more)
CORK_TEST(by_cork)

static long segmented(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);
	const int two = 2;

	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &two, sizeof(two)))
		return -EUCLEAN;
	return SAYS(sendto(fd, MARK MARK, 8, 0, &to.any, size));
}

TEST_F(way, segmented)
{
	actor_do(self->actor, segmented, &self->act);
	EXPECT_EQ(variant->works, arrived(self->target, false));
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

static long on_device(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3))
		return -EUCLEAN;
	return SAYS(sendto(fd, MARK, 4, 0, &to.any, size));
}

TEST_F(way, on_device) { EXPECT_MARK(on_device, self->target); }

static long lite(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, IPPROTO_UDPLITE);

	return fd < 0 ? -EUCLEAN : SAYS(sendto(fd, MARK, 4, 0, &to.any, size));
}

static long lite_connected(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, IPPROTO_UDPLITE);

	if (fd < 0)
		return -EUCLEAN;
	return connect(fd, &to.any, size) ? -errno : SAYS(send(fd, MARK, 4, 0));
}

TEST_F(way, lite) { EXPECT_MARK(lite, self->lite); }
TEST_F(way, lite_connected) { EXPECT_MARK(lite_connected, self->lite); }

/* A file that goes to a socket no system call of sockets is asked about */
static long from_file(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0), file = act->descriptor;
	off_t from = 0;

	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(sendfile(fd, file, &from, 4));
}

TEST_F(way, from_file)
{
	struct act act = self->act;
	int ends[2];

	/* Inherited, with the mark in it; the role needs no right to any path. */
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(4, write(ends[1], MARK, 4));
	actor_stop(self->actor);
	self->actor = actor_start(&(struct subject){ .login = variant->login });
	act.descriptor = ends[0];
	self->act = act;
	if (variant->works)
		SKIP(return, "a pipe is spliced: see below");
	EXPECT_MARK(from_file, self->target);
}

static long from_pipe(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0), ends[2];

	if (pipe(ends) || write(ends[1], MARK, 4) != 4)
		return -EUCLEAN;
	if (connect(fd, &to.any, size))
		return -errno;
	return SAYS(splice(ends[0], NULL, fd, NULL, 4, 0));
}

TEST_F(way, from_pipe) { EXPECT_MARK(from_pipe, self->target); }

/* --- sockets somebody else prepared ------------------------------------------- */

/* Connected to where this role may not go, by somebody who may; act->descriptor */
static long send_on(struct act *act) { return SAYS(send(act->descriptor, MARK, 4, 0)); }

static long splice_on(struct act *act)
{
	int ends[2];

	if (pipe(ends) || write(ends[1], MARK, 4) != 4)
		return -EUCLEAN;
	return SAYS(splice(ends[0], NULL, act->descriptor, NULL, 4, 0));
}

static long write_on(struct act *act) { return SAYS(write(act->descriptor, MARK, 4)); }

#define GIVEN_TEST(test, fn)                                                   \
	TEST_F(way, test)                                                      \
	{                                                                      \
		union address to;                                              \
		socklen_t size = peer_of(&self->act, &to);                     \
									       \
		self->act.descriptor = make(&self->act, SOCK_DGRAM, 0);        \
		ASSERT_EQ(0, connect(self->act.descriptor, &to.any, size));    \
		actor_stop(self->actor);                                       \
		self->actor = actor_start(&(struct subject){ .login = variant->login }); \
		EXPECT_MARK(fn, self->target);                                 \
	}

GIVEN_TEST(given_connected, send_on)
GIVEN_TEST(given_connected_write, write_on)
GIVEN_TEST(given_connected_splice, splice_on)

/* Held back by somebody who may; what is added names nobody. */
TEST_F(way, given_corked)
{
	union address to;
	socklen_t size = peer_of(&self->act, &to);
	int fd = make(&self->act, SOCK_DGRAM, 0);

	self->act.descriptor = fd;
	ASSERT_EQ(0, connect(fd, &to.any, size));
	ASSERT_EQ(1, send(fd, "x", 1, MSG_MORE));
	actor_stop(self->actor);
	self->actor = actor_start(&(struct subject){ .login = variant->login });
	EXPECT_MARK(send_on, self->target);
}

TEST_HARNESS_MAIN
