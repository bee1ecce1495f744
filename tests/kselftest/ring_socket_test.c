// SPDX-License-Identifier: Apache-2.0
/* Sockets of a ring's own: made, bound, listening, accepting, sending without a descriptor. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"
#include "ring.h"

/* Of 6.11 */
#define RING_BIND 56
#define RING_LISTEN 57

#define ADDRESS(of) ((uintptr_t)(of))

/*
 *   RING is a clerk who may have a ring: connects to 7001, takes 7201
 *
 *   7001 ─────▶ reached     7002 ─╳─     FREE ─────▶ all
 */
FIXTURE(direct)
{
	struct act act;
	int server, datagrams;
};

FIXTURE_VARIANT(direct)
{
	uid_t login;
	int port, own;		/* the peer's, and one to take */
	bool works;
};

FIXTURE_VARIANT_ADD(direct, allowed) {
	.login = RING, .port = 7001, .own = 7201, .works = true };
FIXTURE_VARIANT_ADD(direct, refused) { .login = RING, .port = 7002, .own = 7202 };
FIXTURE_VARIANT_ADD(direct, free) { .login = FREE, .port = 7002, .own = 7202, .works = true };

FIXTURE_SETUP(direct)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->server = listener(SOCK_STREAM, variant->port);
	self->datagrams = listener(SOCK_DGRAM, variant->port);
	path_set(&self->act, "127.0.0.1");
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(direct)
{
	close(self->server);
	close(self->datagrams);
}

/* A ring with `fd`, or room for one file where it is -1 */
static long ring_with(struct ring *ring, int fd)
{
	long result = ring_open(ring);

	if (result)
		return result;
	return SAYS(syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, &fd, 1));
}

/* A ring, and in it a socket that has no descriptor */
static long ring_socket(struct ring *ring, int type)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_SOCKET, .fd = AF_INET, .off = type,
				      .file_index = 1 };

	return ring_with(ring, -1) || ring_do(ring, &entry) < 0 ? -EUCLEAN : 0;
}

static long not_positive(long result) { return result < 0 ? result : 0; }

static long direct_stream(struct act *act)
{
	union address to;
	struct io_uring_sqe connect = { .opcode = IORING_OP_CONNECT, .flags = IOSQE_FIXED_FILE,
		.addr = ADDRESS(&to), .off = peer_of(act, &to) };
	struct io_uring_sqe send = { .opcode = IORING_OP_SEND, .flags = IOSQE_FIXED_FILE,
		.addr = ADDRESS(WORDS), .len = sizeof(WORDS) };
	struct ring ring;
	long result = ring_socket(&ring, SOCK_STREAM);

	result = result ? result : ring_do(&ring, &connect);
	return result ? result : not_positive(ring_do(&ring, &send));
}

TEST_F(direct, connected)
{
	act_as(variant->login, direct_stream, &self->act);
	EXPECT_EQ(variant->works, heard(self->server) == sizeof(WORDS));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* By a buffer the kernel holds already */
static long direct_datagram(struct act *act)
{
	char words[] = WORDS;		/* not of a file, which older rings do not hold */
	union address to;
	struct iovec held = { .iov_base = words, .iov_len = sizeof(words) };
	struct io_uring_sqe send = { .opcode = IORING_OP_SEND_ZC, .flags = IOSQE_FIXED_FILE,
		.ioprio = IORING_RECVSEND_FIXED_BUF, .addr = ADDRESS(words),
		.len = sizeof(words), .addr2 = ADDRESS(&to), .addr_len = peer_of(act, &to) };
	struct ring ring;
	long result = ring_socket(&ring, SOCK_DGRAM);

	if (result || syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &held, 1))
		return -EUCLEAN;
	result = not_positive(ring_do(&ring, &send));
	usleep(20000);		/* before everything of the ring is cancelled */
	return result;
}

TEST_F(direct, sent)
{
	act_as(variant->login, direct_datagram, &self->act);
	EXPECT_EQ(variant->works, arrived(self->datagrams, false));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

static long take_port(struct act *act)
{
	union address here;
	socklen_t size = peer_of(act, &here);
	struct io_uring_sqe bind = { .opcode = RING_BIND, .flags = IOSQE_FIXED_FILE,
		.addr = ADDRESS(&here), .off = size };
	struct io_uring_sqe listen = { .opcode = RING_LISTEN, .flags = IOSQE_FIXED_FILE,
		.len = 1 };
	struct ring ring;
	long result = ring_socket(&ring, SOCK_STREAM);

	/* On a port of the kernel's choice, or on this */
	if (!result && act->number)
		result = ring_do(&ring, &bind);
	return result ? result : ring_do(&ring, &listen);
}

TEST_F(direct, bound_and_listening)
{
	self->act.number = 7299;	/* what a ring lets go of, it does not at once */
	if (act_as(FREE, take_port, &self->act) == -EINVAL)
		SKIP(return, "this kernel's ring neither binds nor listens");
	EXPECT_EQ(0, self->act.result);
	self->act.number = variant->own;
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, take_port, &self->act));
	self->act.number = 0;
	EXPECT_EQ(variant->login == FREE ? 0 : -EACCES,
		  act_as(variant->login, take_port, &self->act));
}

/* act->descriptor: listens; act->flags: where to put who comes */
static long accept_many(struct act *act)
{
	struct io_uring_sqe accept = { .opcode = IORING_OP_ACCEPT, .fd = act->descriptor,
		.ioprio = IORING_ACCEPT_MULTISHOT, .file_index = act->flags };
	struct ring ring;

	if (ring_with(&ring, -1))
		return -EUCLEAN;
	return not_positive(ring_do(&ring, &accept));
}

TEST_F(direct, accepted_again_and_again)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", variant->own);
	int client, i;

	self->act.descriptor = listener(SOCK_STREAM, variant->own);
	for (i = 0; i < 2; i++) {
		client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ASSERT_EQ(0, connect(client, &to.any, size));
		self->act.flags = i ? IORING_FILE_INDEX_ALLOC : 0;
		EXPECT_EQ(variant->works ? 0 : -EACCES,
			  act_as(variant->login, accept_many, &self->act));
		/* Who was not taken still waits. */
		EXPECT_EQ(!variant->works, arrived(self->act.descriptor, true));
	}
}

/* --- a ring from somebody else, and in it a connection ----------------------------------- */

static struct ring given;

static long each_way(struct act *act)
{
	static char words[] = WORDS;
	struct iovec bytes = { .iov_base = words, .iov_len = sizeof(words) };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	const struct io_uring_sqe ways[] = {
		{ .opcode = IORING_OP_SEND, .addr = ADDRESS(words), .len = sizeof(words) },
		{ .opcode = IORING_OP_SENDMSG, .addr = ADDRESS(&message), .len = 1 },
		{ .opcode = IORING_OP_WRITE, .addr = ADDRESS(words), .len = sizeof(words) },
		{ .opcode = IORING_OP_WRITEV, .addr = ADDRESS(&bytes), .len = 1 },
	};
	struct io_uring_sqe entry;
	long result;
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		entry = ways[i];
		entry.flags = IOSQE_FIXED_FILE;
		result = ring_do(&given, &entry);
		if ((result == sizeof(words)) != act->flags)
			snprintf(act->text, sizeof(act->text), "%d: %ld", entry.opcode, result);
	}
	return 0;
}

/* Several at a time into buffers the kernel chooses */
static long receive_many(struct act *act)
{
	static char room[4096];
	struct io_uring_sqe buffers = { .opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 1,
		.addr = ADDRESS(room), .len = sizeof(room), .buf_group = 1 };
	struct io_uring_sqe receive = { .opcode = IORING_OP_RECV,
		.flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT, .buf_group = 1,
		.ioprio = IORING_RECV_MULTISHOT };
	long result;

	if (ring_do(&given, &buffers) < 0)
		return -EUCLEAN;
	result = ring_do(&given, &receive);
	snprintf(act->text, sizeof(act->text), "%.64s", room);
	return not_positive(result);
}

TEST_F(direct, in_a_ring_of_somebody_else)
{
	union address to;
	socklen_t size = peer_of(&self->act, &to);
	int fd = make(&self->act, SOCK_STREAM, 0), peer;

	ASSERT_EQ(0, connect(fd, &to.any, size));
	peer = accept(self->server, NULL, NULL);
	ASSERT_EQ(0, ring_with(&given, fd));
	close(fd);		/* the ring has it */
	self->act.flags = variant->works;
	act_as(variant->login, each_way, &self->act);
	EXPECT_STREQ("", self->act.text);
	EXPECT_EQ(variant->works, arrived(peer, false));
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(peer, WORDS, sizeof(WORDS), 0));
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, receive_many, &self->act));
	EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);
}

TEST_HARNESS_MAIN
