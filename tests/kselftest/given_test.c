// SPDX-License-Identifier: Apache-2.0
/* Sockets a role could not make itself: handed over, changed in kind, from another network. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/*
 *   the test, no role ── makes a socket ── fork ──▶ CLERK   nothing comes of it
 *                                                   FREE    it works
 */
FIXTURE(given)
{
	struct act act;
	int server, datagrams;
};

FIXTURE_VARIANT(given)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(given, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(given, free) { .login = FREE, .works = true };

FIXTURE_SETUP(given)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->server = listener(SOCK_STREAM, 7002);
	self->datagrams = listener(SOCK_DGRAM, 7002);
	path_set(&self->act, "127.0.0.1");
	self->act.number = 7002;
}

FIXTURE_TEARDOWN(given)
{
	close(self->server);
	close(self->datagrams);
}

#define EXPECT_GIVEN(came)                                                     \
	do {                                                                   \
		EXPECT_EQ(variant->works, came) { TH_LOG("%ld", self->act.result); } \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	} while (0)

/* --- inet sockets without ports --------------------------------------------------- */

struct echo {
	struct icmphdr header;
	char words[sizeof(WORDS)];
};

static struct echo echo_request(void)
{
	struct echo echo = { .header = { .type = ICMP_ECHO }, .words = WORDS };
	const uint16_t *half = (const uint16_t *)&echo;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(echo) / 2; i++)
		sum += half[i];
	echo.header.checksum = ~((sum & 0xffff) + (sum >> 16));
	return echo;
}

static long send_echo(struct act *act)
{
	struct echo echo = echo_request();

	return SAYS(send(act->descriptor, &echo, sizeof(echo), 0));
}

static long send_echo_to(struct act *act)
{
	struct echo echo = echo_request();
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 0);

	return SAYS(sendto(act->descriptor, &echo, sizeof(echo), 0, &to.any, size));
}

static long connect_echo(struct act *act)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 0);

	return SAYS(connect(act->descriptor, &to.any, size));
}

/* Somebody who hears every ICMP packet of this network */
static int icmp_ear(void)
{
	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
}

static int to_loopback(int type)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 0);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, IPPROTO_ICMP);

	return connect(fd, &to.any, size) ? -1 : fd;
}

TEST_F(given, raw_connected)
{
	int ear = icmp_ear();

	self->act.descriptor = to_loopback(SOCK_RAW);
	ASSERT_LE(0, self->act.descriptor);
	act_as(variant->login, send_echo, &self->act);
	EXPECT_GIVEN(arrived(ear, false));
}

TEST_F(given, raw_sendto)
{
	int ear = icmp_ear();

	self->act.descriptor = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	act_as(variant->login, send_echo_to, &self->act);
	EXPECT_GIVEN(arrived(ear, false));
}

TEST_F(given, raw_connect)
{
	self->act.descriptor = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	act_as(variant->login, connect_echo, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

static long listen_in(struct act *act)
{
	return SAYS(recv(act->descriptor, act->text, sizeof(act->text), MSG_DONTWAIT));
}

TEST_F(given, raw_listening_in)
{
	struct act other = { .descriptor = to_loopback(SOCK_RAW) };

	self->act.descriptor = icmp_ear();
	ASSERT_EQ(0, act_here(send_echo, &other));
	act_as(variant->login, listen_in, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

static int ping_socket(void)
{
	int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	bool set = write(fd, "0 2147483647", 12) == 12;

	close(fd);
	return set ? to_loopback(SOCK_DGRAM) : -1;
}

TEST_F(given, ping)
{
	int ear = icmp_ear();

	self->act.descriptor = ping_socket();
	ASSERT_LE(0, self->act.descriptor);
	act_as(variant->login, send_echo, &self->act);
	EXPECT_GIVEN(arrived(ear, false));
}

/* --- other families --------------------------------------------------------------- */

static long send_frame(struct act *act)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = if_nametoindex("lo"), .sll_halen = 6 };
	struct {
		struct iphdr ip;
		struct echo echo;
	} frame = { .ip = { .version = 4, .ihl = 5, .ttl = 9, .protocol = IPPROTO_ICMP,
			    .saddr = htonl(INADDR_LOOPBACK), .daddr = htonl(INADDR_LOOPBACK),
			    .tot_len = htons(sizeof(frame)) }, .echo = echo_request() };
	const uint16_t *half = (const uint16_t *)&frame.ip;
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 10; i++)
		sum += half[i];
	frame.ip.check = ~((sum & 0xffff) + (sum >> 16));
	return SAYS(sendto(act->descriptor, &frame, sizeof(frame), 0, (struct sockaddr *)&to,
			   sizeof(to)));
}

TEST_F(given, packet)
{
	int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	self->act.descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	act_as(variant->login, send_frame, &self->act);
	EXPECT_GIVEN(arrived(ear, false));
}

static long bind_frames(struct act *act)
{
	struct sockaddr_ll here = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = if_nametoindex("lo") };

	return SAYS(bind(act->descriptor, (struct sockaddr *)&here, sizeof(here)));
}

TEST_F(given, packet_bind)
{
	self->act.descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	act_as(variant->login, bind_frames, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

static long connect_vsock(struct act *act)
{
	struct sockaddr_vm to = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL,
				  .svm_port = 7002 };

	return SAYS(connect(act->descriptor, (struct sockaddr *)&to, sizeof(to)));
}

TEST_F(given, vsock)
{
	struct sockaddr_vm here = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY,
				    .svm_port = 7002 };
	int server;

	ASSERT_EQ(0, run_command("modprobe vsock_loopback"));
	server = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ASSERT_EQ(0, bind(server, (struct sockaddr *)&here, sizeof(here)));
	ASSERT_EQ(0, listen(server, 1));
	self->act.descriptor = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	act_as(variant->login, connect_vsock, &self->act);
	EXPECT_GIVEN(arrived(server, true));
	close(server);
}

static long accept_algorithm(struct act *act)
{
	return SAYS(accept(act->descriptor, NULL, NULL));
}

TEST_F(given, algorithm)
{
	struct sockaddr_alg {
		uint16_t family;
		uint8_t type[14];
		uint32_t feature, mask;
		uint8_t name[64];
	} hash = { .family = AF_ALG, .type = "hash", .name = "sha256" };

	self->act.descriptor = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, bind(self->act.descriptor, (struct sockaddr *)&hash, sizeof(hash)));
	act_as(variant->login, accept_algorithm, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

/* act->number: index of the interface; a route to everywhere through it */
static long add_route(struct act *act)
{
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
		struct rtattr device;
		uint32_t index;
	} ask = {
		.header = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_NEWROUTE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
		.route = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
			   .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST,
			   .rtm_scope = RT_SCOPE_LINK },
		.device = { .rta_len = RTA_LENGTH(4), .rta_type = RTA_OIF },
		.index = if_nametoindex("lo"),
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer;

	if (send(act->descriptor, &ask, sizeof(ask), 0) < 0)
		return -errno;
	if (recv(act->descriptor, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.error.error;
}

TEST_F(given, netlink_route)
{
	char routes[512] = "";
	int fd;

	self->act.descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	act_as(variant->login, add_route, &self->act);
	fd = open("/proc/net/route", O_RDONLY | O_CLOEXEC);
	ASSERT_LT(0, read(fd, routes, sizeof(routes) - 1));
	close(fd);
	EXPECT_GIVEN(strstr(routes, "lo\t00000000") != NULL);
}

/* --- a socket that changes its kind ------------------------------------------------ */

static long smc_over_tcp(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_STREAM, 0);

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "smc", 4))
		return -EUCLEAN;
	return SAYS(connect(fd, &to.any, size));
}

/* Shared memory communications fall back to plain TCP towards whoever does not speak them. */
TEST_F(given, smc)
{
	if (run_command("modprobe smc"))
		SKIP(return, "SMC cannot be loaded in this machine");
	act_as(variant->login, smc_over_tcp, &self->act);
	if (self->act.result == -EUCLEAN)
		SKIP(return, "this kernel does not turn TCP into SMC");
	EXPECT_GIVEN(arrived(self->server, true));
}

/* --- where a packet really goes ----------------------------------------------------- */

#define SOURCE_ROUTE { 0x83, 7, 4, 127, 0, 0, 2, 0 }	/* loose: by 127.0.0.2 */

/* act->descriptor: hears all; the peer that is named is allowed to the clerk */
static long routed(struct act *act)
{
	const unsigned char route[] = SOURCE_ROUTE;
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 7001);
	int fd = make(act, SOCK_DGRAM, 0);

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)))
		return -errno;
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

static long routed_message(struct act *act)
{
	const unsigned char route[] = SOURCE_ROUTE;
	union {
		char bytes[CMSG_SPACE(sizeof(route))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(route)), .cmsg_level = IPPROTO_IP,
				  .cmsg_type = IP_RETOPTS } };
	union address to;
	struct iovec bytes;
	struct msghdr message = words_to(&to, fill(&to, "127.0.0.1", 7001), &bytes);

	memcpy(CMSG_DATA(&control.header), route, sizeof(route));
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	return SAYS(sendmsg(make(act, SOCK_DGRAM, 0), &message, 0));
}

/* Did a UDP packet leave for 127.0.0.2? */
static bool detoured(int ear)
{
	struct iphdr packet[16];
	bool seen = false;

	usleep(20000);
	while (recv(ear, packet, sizeof(packet), MSG_DONTWAIT) > 0)
		seen |= packet->protocol == IPPROTO_UDP && packet->daddr == htonl(0x7f000002);
	return seen;
}

#define ROUTE_TEST(test)                                                       \
	TEST_F(given, test)                                                    \
	{                                                                      \
		int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL)); \
									       \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_GIVEN(detoured(ear));                                   \
	}

ROUTE_TEST(routed)
ROUTE_TEST(routed_message)

/* Other control messages go through: where from, how long. */
static long with_control(struct act *act)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = IPPROTO_IP,
				  .cmsg_type = IP_TTL } };
	union address to;
	struct iovec bytes;
	struct msghdr message = words_to(&to, fill(&to, "127.0.0.1", 7001), &bytes);

	*(int *)CMSG_DATA(&control.header) = 9;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	return SAYS(sendmsg(make(act, SOCK_DGRAM, 0), &message, 0));
}

TEST_F(given, other_control)
{
	int near = listener(SOCK_DGRAM, 7001);

	EXPECT_EQ(0, act_as(variant->login, with_control, &self->act));
	EXPECT_TRUE(arrived(near, false));
}

static long segment_routed(struct act *act)
{
	struct {
		uint8_t next, size, type, left, last, flags;
		uint16_t tag;
		struct in6_addr segment[2];
	} route = { .size = 4, .type = 4, .left = 1, .last = 1,
		    .segment = { IN6ADDR_LOOPBACK_INIT, IN6ADDR_LOOPBACK_INIT } };

	return SAYS(setsockopt(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), IPPROTO_IPV6,
			       IPV6_RTHDR, &route, sizeof(route)));
}

TEST_F(given, segment_routed)
{
	act_as(variant->login, segment_routed, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

/* --- from another network ------------------------------------------------------------ */

static long connect_given(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);

	return SAYS(connect(act->descriptor, &to.any, size));
}

/* A socket stays where it was made, whatever network its user is in. */
TEST_F(given, socket_of_another_network)
{
	self->act.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	act_as(variant->login, connect_given, &self->act);
	EXPECT_GIVEN(arrived(self->server, true));
}

static long enter_network(struct act *act)
{
	return setns(act->descriptor, CLONE_NEWNET) ? -errno : 0;
}

static long new_network(struct act *act) { return unshare(CLONE_NEWNET) ? -errno : 0; }

TEST_F(given, entering_a_network)
{
	self->act.descriptor = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	act_as(variant->login, enter_network, &self->act);
	EXPECT_EQ(variant->works, self->act.result == 0);
	act_as(variant->login, new_network, &self->act);
	EXPECT_EQ(variant->works, self->act.result == 0);
}

/* --- what takes over the way of packets ----------------------------------------------- */

static long make_tunnel(struct act *act)
{
	struct ifreq request = { .ifr_name = "bw-tun", .ifr_flags = IFF_TUN | IFF_NO_PI };

	return SAYS(ioctl(act->descriptor, TUNSETIFF, &request));
}

TEST_F(given, tunnel)
{
	ASSERT_EQ(0, run_command("modprobe tun"));
	self->act.descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->act.descriptor);
	act_as(variant->login, make_tunnel, &self->act);
	EXPECT_EQ(variant->works, self->act.result == 0);
}

/* A connection that is declared, not made: no packet asks anybody. */
static long repaired(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	const int on = 1, off = -1;

	if (setsockopt(act->descriptor, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return -errno;
	if (connect(act->descriptor, &to.any, size))
		return -errno;
	return SAYS(setsockopt(act->descriptor, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
}

TEST_F(given, repair)
{
	self->act.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	act_as(variant->login, repaired, &self->act);
	EXPECT_EQ(variant->works, self->act.result == 0);
}

/* Put into repair by somebody else, connected by the role */
TEST_F(given, repair_by_another)
{
	const int on = 1;

	self->act.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, setsockopt(self->act.descriptor, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
	act_as(variant->login, connect_given, &self->act);
	EXPECT_GIVEN(self->act.result == 0);
}

TEST_HARNESS_MAIN
