// SPDX-License-Identifier: Apache-2.0
/* Packet and XDP sockets that are handed over, or kept when the family is taken. */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#define RING_BYTES 4096
#define GROUP 77

/*
 *   FREE ── a packet socket, by SCM_RIGHTS or fork ──▶ CLERK   nothing comes of it
 *                                                      FREE    it works
 */
FIXTURE(frames)
{
	struct act act;
	int pair[2];
};

FIXTURE_VARIANT(frames)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(frames, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(frames, free) { .login = FREE, .works = true };

static int packet_socket(int protocol)
{
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol),
				  .sll_ifindex = if_nametoindex("lo") };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return bind(fd, (struct sockaddr *)&lo, sizeof(lo)) ? -1 : fd;
}

FIXTURE_SETUP(frames)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->pair));
	self->act.descriptor = packet_socket(ETH_P_IP);
	ASSERT_LE(0, self->act.descriptor);
}

FIXTURE_TEARDOWN(frames)
{
	close(self->pair[0]);
	close(self->pair[1]);
}

/* Datagrams over loopback, for whoever listens in */
static void make_noise(int count)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 7002);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	while (count--)
		sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size);
	close(fd);
	usleep(20000);
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static int send_descriptor(int over, int fd)
{
	union control control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec byte = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(over, &message, 0) == 1 ? 0 : -1;
}

/* act->descriptor: the pair's end; whether the kernel keeps it back at once or later, no word */
static long hear_received(struct act *act)
{
	union control control = { 0 };
	char byte;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(act->descriptor, &message, 0) != 1)
		return -EUCLEAN;
	if (control.header.cmsg_type != SCM_RIGHTS || message.msg_flags & MSG_CTRUNC)
		return -EACCES;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return SAYS(recv(fd, act->text, sizeof(act->text), 0));
}

TEST_F(frames, received)
{
	make_noise(1);
	ASSERT_EQ(0, send_descriptor(self->pair[0], self->act.descriptor));
	close(self->act.descriptor);
	self->act.descriptor = self->pair[1];
	act_as(variant->login, hear_received, &self->act);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
	EXPECT_EQ(variant->works, self->act.text[0] != '\0');
}

/* --- another's frames --------------------------------------------------------------------- */

static long join_group(struct act *act)
{
	const int group = GROUP | PACKET_FANOUT_LB << 16;

	return SAYS(setsockopt(act->descriptor, SOL_PACKET, PACKET_FANOUT, &group,
			       sizeof(group)));
}

static int frames_heard(int fd)
{
	char frame[256];
	int count = 0;

	while (recv(fd, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		count++;
	return count;
}

/* Who joins gets every second frame, and whose they were misses them. */
TEST_F(frames, share_of_a_group)
{
	struct act owner = { .descriptor = packet_socket(ETH_P_IP) };
	int all;

	ASSERT_EQ(0, act_here(join_group, &owner));
	make_noise(16);
	all = frames_heard(owner.descriptor);
	ASSERT_LT(15, all);
	act_as(variant->login, join_group, &self->act);
	make_noise(16);
	EXPECT_EQ(variant->works, frames_heard(owner.descriptor) < all);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* The device hears what is not for this machine, too, as long as the socket is there. */
static long hear_all(struct act *act)
{
	struct packet_mreq all = { .mr_ifindex = if_nametoindex("lo"),
		.mr_type = PACKET_MR_PROMISC };

	return SAYS(setsockopt(act->descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
			       sizeof(all)));
}

static bool is_promiscuous(void)
{
	return !run_command("ip -d link show lo | grep -q 'promiscuity [1-9]'");
}

TEST_F(frames, membership)
{
	ASSERT_FALSE(is_promiscuous());
	act_as(variant->login, hear_all, &self->act);
	EXPECT_EQ(variant->works, is_promiscuous());
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* --- rings of a family that is taken ----------------------------------------------------- */

/*
 *   MOVER (linguist) ── a packet socket with rings
 *     │ revoke MOVER     rings are not mapped, nothing is heard, nothing sent
 */
FIXTURE(kept)
{
	struct act act;
	struct actor *actor;
};

FIXTURE_VARIANT(kept)
{
	int option;
	bool revoked;
};

FIXTURE_VARIANT_ADD(kept, hearing) { .option = PACKET_RX_RING };
FIXTURE_VARIANT_ADD(kept, sending) { .option = PACKET_TX_RING };
FIXTURE_VARIANT_ADD(kept, hearing_revoked) { .option = PACKET_RX_RING, .revoked = true };
FIXTURE_VARIANT_ADD(kept, sending_revoked) { .option = PACKET_TX_RING, .revoked = true };

FIXTURE_SETUP(kept)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_TRUE(role_assign(MOVER, "linguist"));
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	self->act.flags = variant->option;
}

FIXTURE_TEARDOWN(kept)
{
	actor_stop(self->actor);
	run_command("bailiwick revoke user:%u || true", MOVER);
}

static long shape_rings(struct act *act, int option)
{
	const struct tpacket_req shape = { .tp_block_size = RING_BYTES, .tp_block_nr = 1,
		.tp_frame_size = 2048, .tp_frame_nr = 2 };

	return SAYS(setsockopt(act->descriptor, SOL_PACKET, option, &shape, sizeof(shape)));
}

static long make_rings(struct act *act)
{
	act->descriptor = packet_socket(ETH_P_IP);
	return act->descriptor < 0 ? -errno : shape_rings(act, act->flags);
}

static long map_rings(struct act *act)
{
	void *ring = mmap(NULL, 2 * RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			  act->descriptor, 0);

	return ring == MAP_FAILED ? -errno : 0;
}

static long send_rings(struct act *act)
{
	return SAYS(send(act->descriptor, NULL, 0, MSG_DONTWAIT));
}

static long more_rings(struct act *act)
{
	return shape_rings(act, act->flags == PACKET_RX_RING ? PACKET_TX_RING : PACKET_RX_RING);
}

TEST_F(kept, rings)
{
	long expected = variant->revoked ? -EACCES : 0;

	ASSERT_EQ(0, actor_do(self->actor, make_rings, &self->act));
	if (variant->revoked)
		ASSERT_TRUE(role_revoke(MOVER));
	make_noise(1);
	EXPECT_EQ(expected, actor_do(self->actor, more_rings, &self->act));
	EXPECT_EQ(expected, actor_do(self->actor, map_rings, &self->act));
	if (variant->option == PACKET_TX_RING || variant->revoked)
		EXPECT_EQ(expected, actor_do(self->actor, send_rings, &self->act));
}

/* --- XDP ------------------------------------------------------------------------------------ */

/*
 *   FREE ── an XDP socket, its memory and rings ── fork ──▶ CLERK   neither bound, mapped nor sent
 *                                                           FREE    all of it
 */
#define UMEM_BYTES 16384
#define ENTRIES 4

FIXTURE(express)
{
	struct act act;
};

FIXTURE_VARIANT(express)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(express, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(express, free) { .login = FREE, .works = true };

static char *umem;

static int register_memory(int fd)
{
	struct xdp_umem_reg memory = { .len = UMEM_BYTES, .chunk_size = 4096 };

	umem = mmap(NULL, UMEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memory.addr = (uintptr_t)umem;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory));
}

static int make_express_rings(int fd)
{
	static const int options[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_TX_RING };
	const int entries = ENTRIES;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, SOL_XDP, options[i], &entries, sizeof(entries)))
			return -1;
	return 0;
}

static int bind_express(int fd)
{
	struct sockaddr_xdp lo = { .sxdp_family = AF_XDP, .sxdp_ifindex = if_nametoindex("lo"),
		.sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP };

	return bind(fd, (struct sockaddr *)&lo, sizeof(lo));
}

FIXTURE_SETUP(express)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->act.descriptor = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	ASSERT_LE(0, self->act.descriptor);	/* both kernels have them */
}

FIXTURE_TEARDOWN(express)
{
}

static long memory_by_option(struct act *act) { return SAYS(register_memory(act->descriptor)); }
static long bind_given(struct act *act) { return SAYS(bind_express(act->descriptor)); }

static long map_express(struct act *act)
{
	void *ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, act->descriptor,
			  XDP_PGOFF_TX_RING);

	return ring == MAP_FAILED ? -errno : 0;
}

TEST_F(express, memory)
{
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, memory_by_option, &self->act));
}

TEST_F(express, bound)
{
	ASSERT_EQ(0, register_memory(self->act.descriptor));
	ASSERT_EQ(0, make_express_rings(self->act.descriptor));
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->login, bind_given, &self->act));
}

TEST_F(express, mapped)
{
	ASSERT_EQ(0, register_memory(self->act.descriptor));
	ASSERT_EQ(0, make_express_rings(self->act.descriptor));
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->login, map_express, &self->act));
}

/* A frame that is ready to go, written into rings that were mapped before */
static char *ready_frame(int fd)
{
	struct xdp_mmap_offsets at;
	socklen_t size = sizeof(at);
	struct xdp_desc *descriptor;
	char *ring;

	if (register_memory(fd) || make_express_rings(fd) ||
	    getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size))
		return NULL;
	/* Older kernels map none of a socket that is bound. */
	ring = mmap(NULL, at.tx.desc + ENTRIES * sizeof(*descriptor), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, XDP_PGOFF_TX_RING);
	if (ring == MAP_FAILED || bind_express(fd))
		return NULL;
	memset(umem, 0, 128);
	umem[12] = 0x88;	/* an Ethernet type of nobody's */
	umem[13] = (char)0xb5;
	memcpy(umem + 14, WORDS, sizeof(WORDS));
	descriptor = (struct xdp_desc *)(ring + at.tx.desc);
	*descriptor = (struct xdp_desc){ .addr = 0, .len = 64 };
	__atomic_store_n((uint32_t *)(ring + at.tx.producer), 1, __ATOMIC_RELEASE);
	return ring;
}

static bool frame_left(int ear)
{
	char frame[256];
	bool seen = false;

	usleep(50000);
	while (recv(ear, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		seen |= !memcmp(frame, WORDS, sizeof(WORDS));
	return seen;
}

static long kick(struct act *act)
{
	return SAYS(sendto(act->descriptor, NULL, 0, MSG_DONTWAIT, NULL, 0));
}

TEST_F(express, sent)
{
	int ear = packet_socket(ETH_P_ALL);

	ASSERT_NE(NULL, ready_frame(self->act.descriptor));
	act_as(variant->login, kick, &self->act);
	EXPECT_EQ(variant->works, frame_left(ear)) { TH_LOG("%ld", self->act.result); }
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

static long look(struct act *act)
{
	struct pollfd ready = { .fd = act->descriptor, .events = POLLOUT };

	return SAYS(poll(&ready, 1, 0));
}

/*
 * docs/NOT-MEDIATED.md, mapped-pages: poll(2) sends what rings hold that were mapped before,
 * whoever calls it.  Should a kernel ask somebody here, that sentence can go.
 */
TEST_F(express, polled)
{
	int ear = packet_socket(ETH_P_ALL);

	ASSERT_NE(NULL, ready_frame(self->act.descriptor));
	EXPECT_EQ(0, act_as(variant->login, look, &self->act));
	EXPECT_TRUE(frame_left(ear));
}

TEST_HARNESS_MAIN
