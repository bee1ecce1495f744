// SPDX-License-Identifier: Apache-2.0
/* Sockets of a ring's own: made, bound, listening, accepting, sending without a descriptor. */
#include <errno.h>
#include <linux/vm_sockets.h>
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
/* Of 6.7 */
#define RING_SETSOCKOPT 3

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

/* --- put there by a message of another ring ----------------------------------------------- */

/* What the caller's ring holds, into the first place of `to`: no descriptor is received */
static long pass_on(struct ring *to, int fd)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_MSG_RING, .fd = to->fd,
		.addr = IORING_MSG_SEND_FD, .addr3 = 0, .file_index = 1,
		.msg_ring_flags = IORING_MSG_RING_CQE_SKIP };
	struct ring own;
	long result = ring_with(&own, fd);

	if (result)
		return result;
	result = ring_do(&own, &entry);
	close(own.fd);
	return not_positive(result);
}

TEST_F(direct, put_there_by_a_message)
{
	union address to;
	socklen_t size = peer_of(&self->act, &to);
	int fd = make(&self->act, SOCK_STREAM, 0), peer;

	ASSERT_EQ(0, connect(fd, &to.any, size));
	peer = accept(self->server, NULL, NULL);
	ASSERT_EQ(0, ring_with(&given, -1));
	ASSERT_EQ(0, pass_on(&given, fd));
	close(fd);
	self->act.flags = variant->works;
	act_as(variant->login, each_way, &self->act);
	EXPECT_STREQ("", self->act.text);
	EXPECT_EQ(variant->works, arrived(peer, false));
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(peer, WORDS, sizeof(WORDS), 0));
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, receive_many, &self->act));
	EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);
}

/* --- an option by a ring ---------------------------------------------------------------- */

/* A source route: by 127.0.0.2; where linux/io_uring.h of this build has no names for it */
static long option_by_ring(struct act *act)
{
	static unsigned char route[] = { 0x83, 7, 4, 127, 0, 0, 2, 0 };
	struct io_uring_sqe entry = { .opcode = IORING_OP_URING_CMD, .off = RING_SETSOCKOPT,
		.fd = make(act, SOCK_DGRAM, 0), .addr = IPPROTO_IP | (uint64_t)IP_OPTIONS << 32,
		.file_index = sizeof(route), .addr3 = ADDRESS(route) };
	struct ring ring;

	if (ring_open(&ring))
		return -EUCLEAN;
	return not_positive(ring_do(&ring, &entry));
}

TEST_F(direct, an_option)
{
	if (act_as(FREE, option_by_ring, &self->act) == -EOPNOTSUPP)
		SKIP(return, "this kernel's ring sets no options of sockets");
	EXPECT_EQ(0, self->act.result);
	EXPECT_EQ(variant->login == FREE ? 0 : -EACCES,
		  act_as(variant->login, option_by_ring, &self->act));
}

/* --- a ring that somebody else's thread serves -------------------------------------------- */

/* act->descriptor: by its number at who made the ring; its thread sends, as who it is */
static long send_by_its_thread(struct act *act)
{
	static char words[] = WORDS;
	struct io_uring_sqe send = { .opcode = IORING_OP_SEND, .fd = act->descriptor,
		.addr = ADDRESS(words), .len = sizeof(words) };

	return not_positive(ring_do(&given, &send));
}

/*
 * docs/NOT-MEDIATED.md, polled-rings: nobody is asked whose memory an entry stood in.  Should
 * a kernel ask, that entry can go.
 */
TEST_F(direct, served_by_a_thread_of_who_made_it)
{
	union address to;
	socklen_t size = peer_of(&self->act, &to);
	int peer;

	self->act.descriptor = make(&self->act, SOCK_STREAM, 0);
	ASSERT_EQ(0, connect(self->act.descriptor, &to.any, size));
	peer = accept(self->server, NULL, NULL);
	ASSERT_EQ(0, ring_open_with(&given, IORING_SETUP_SQPOLL));
	EXPECT_EQ(0, act_as(variant->login, send_by_its_thread, &self->act));
	EXPECT_TRUE(arrived(peer, false));
}

/* --- begun once, answered many times, and a role between ----------------------------------- */

/*
 *   MOVER (linguist and ringer) ── one entry ──▶ a ring
 *     │ revoke linguist   (vsock)      who comes is not taken, what comes not heard
 *     │ revoke ringer     (the ring)   both go on
 *
 * vsock: the kernel ends no such socket for the controller, so the hook alone is between.
 */
FIXTURE(many)
{
	struct act act;
	struct actor *actor;
	int server;
};

FIXTURE_VARIANT(many)
{
	const char *lost;
	bool works;
};

FIXTURE_VARIANT_ADD(many, linguist_no_more) { .lost = "linguist" };
FIXTURE_VARIANT_ADD(many, ringer_no_more) { .lost = "ringer", .works = true };

static const struct sockaddr_vm vsock_here = { .svm_family = AF_VSOCK,
	.svm_cid = VMADDR_CID_LOCAL, .svm_port = 7002 };

static int vsock_to_here(void)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&vsock_here, sizeof(vsock_here)) ? -1 : fd;
}

FIXTURE_SETUP(many)
{
	struct sockaddr_vm any = vsock_here;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_EQ(0, run_command("modprobe vsock_loopback"));
	any.svm_cid = VMADDR_CID_ANY;
	self->server = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, bind(self->server, (struct sockaddr *)&any, sizeof(any)));
	ASSERT_EQ(0, listen(self->server, 4));
	ASSERT_TRUE(role_assign(MOVER, "linguist"));
	ASSERT_TRUE(role_assign(MOVER, "ringer"));
	self->actor = NULL;
}

FIXTURE_TEARDOWN(many)
{
	actor_stop(self->actor);
	close(self->server);
	run_command("bailiwick revoke user:%u || true", MOVER);
}

/* Put one in, and wait for nothing */
static long ring_begin(struct ring *ring, const struct io_uring_sqe *entry)
{
	struct io_uring_params *p = &ring->parameters;
	uint32_t *tail = (uint32_t *)(ring->submit + p->sq_off.tail);
	uint32_t *array = (uint32_t *)(ring->submit + p->sq_off.array);
	uint32_t mask = *(uint32_t *)(ring->submit + p->sq_off.ring_mask);

	ring->entries[*tail & mask] = *entry;
	array[*tail & mask] = *tail & mask;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -EUCLEAN;
}

/* The next answer; 1 where none came within a second */
static long ring_answer(struct ring *ring)
{
	struct io_uring_params *p = &ring->parameters;
	uint32_t *head = (uint32_t *)(ring->complete + p->cq_off.head);
	uint32_t *tail = (uint32_t *)(ring->complete + p->cq_off.tail);
	uint32_t mask = *(uint32_t *)(ring->complete + p->cq_off.ring_mask);
	struct io_uring_cqe *answers = (void *)(ring->complete + p->cq_off.cqes);
	long result = 1;
	int tries;

	for (tries = 0; tries < 100; tries++, usleep(10000)) {
		syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
		if (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head)
			continue;
		result = answers[*head & mask].res;
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
		break;
	}
	return result;
}

static char heard_by_ring[4096];

static long hear_many(struct act *act)
{
	struct io_uring_sqe buffers = { .opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 4,
		.addr = ADDRESS(heard_by_ring), .len = 1024, .buf_group = 1 };
	struct io_uring_sqe hear = { .opcode = IORING_OP_RECV, .fd = act->descriptor,
		.flags = IOSQE_BUFFER_SELECT, .buf_group = 1, .ioprio = IORING_RECV_MULTISHOT };

	if (ring_open(&given) || ring_do(&given, &buffers) < 0)
		return -EUCLEAN;
	return ring_begin(&given, &hear);
}

static long accept_all(struct act *act)
{
	struct io_uring_sqe take = { .opcode = IORING_OP_ACCEPT, .fd = act->descriptor,
		.ioprio = IORING_ACCEPT_MULTISHOT };

	return ring_open(&given) ? -EUCLEAN : ring_begin(&given, &take);
}

static long next_answer(struct act *act)
{
	long result = ring_answer(&given);
	size_t i;

	/* Whichever of the four places the kernel took */
	for (i = 0; i < sizeof(heard_by_ring); i += 1024)
		if (heard_by_ring[i])
			snprintf(act->text, sizeof(act->text), "%.64s", heard_by_ring + i);
	memset(heard_by_ring, 0, sizeof(heard_by_ring));
	return result;
}

TEST_F(many, heard)
{
	int peer;

	self->act.descriptor = vsock_to_here();
	ASSERT_LE(0, self->act.descriptor);
	peer = accept(self->server, NULL, NULL);
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	ASSERT_EQ(0, actor_do(self->actor, hear_many, &self->act));
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(peer, WORDS, sizeof(WORDS), 0));
	EXPECT_EQ((long)sizeof(WORDS), actor_do(self->actor, next_answer, &self->act));
	ASSERT_EQ(0, run_command("bailiwick revoke user:%u %s", MOVER, variant->lost));
	ASSERT_EQ((ssize_t)sizeof(WORDS), send(peer, WORDS, sizeof(WORDS), 0));
	EXPECT_EQ(variant->works ? (long)sizeof(WORDS) : -EACCES,
		  actor_do(self->actor, next_answer, &self->act));
	EXPECT_STREQ(variant->works ? WORDS : "", self->act.text);
}

TEST_F(many, taken)
{
	self->act.descriptor = self->server;
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	ASSERT_EQ(0, actor_do(self->actor, accept_all, &self->act));
	ASSERT_LE(0, vsock_to_here());
	EXPECT_LT(1, actor_do(self->actor, next_answer, &self->act));
	ASSERT_EQ(0, run_command("bailiwick revoke user:%u %s", MOVER, variant->lost));
	ASSERT_LE(0, vsock_to_here());
	actor_do(self->actor, next_answer, &self->act);
	EXPECT_EQ(variant->works, self->act.result > 1) { TH_LOG("%ld", self->act.result); }
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

TEST_HARNESS_MAIN
