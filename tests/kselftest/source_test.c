// SPDX-License-Identifier: Apache-2.0
/* Addresses that are not this machine's own, taken and sent from; ports taken without bind. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

enum {
	PLUMBER = 1122,		/* policy.yaml: a clerk with net_admin and net_raw */
	SOURCE = 7205,		/* the port a plumber may take, at some addresses */
};

/*
 *   PLUMBER may take 7205 at 127.0.0.5, 198.51.100.5 and 2001:db8::5, and talk to 7001
 *
 *   127.0.0.5  198.51.100.5  2001:db8::5    taken, sent from
 *   127.0.0.9  203.0.113.5   2001:db8::9    not
 *   FREE                                    all of them
 */
FIXTURE(source)
{
	struct act act;
	int near, datagrams;
};

FIXTURE_VARIANT(source)
{
	uid_t login;
	const char *address;
	bool works;
};

#define FROM(id, who, from, yes) \
	FIXTURE_VARIANT_ADD(source, id) { .login = who, .address = from, .works = yes }
FROM(own, PLUMBER, "127.0.0.5", true);
FROM(own_else, PLUMBER, "127.0.0.9", false);
FROM(foreign, PLUMBER, "198.51.100.5", true);
FROM(foreign_else, PLUMBER, "203.0.113.5", false);
FROM(foreign_v6, PLUMBER, "2001:db8::5", true);
FROM(foreign_v6_else, PLUMBER, "2001:db8::9", false);
FROM(free, FREE, "203.0.113.5", true);
FROM(free_v6, FREE, "2001:db8::9", true);

FIXTURE_SETUP(source)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	self->near = listener(SOCK_STREAM, 7001);
	self->datagrams = listener(SOCK_DGRAM, 7001);
	ASSERT_LE(0, self->datagrams);
	path_set(&self->act, "%s", variant->address);
	self->act.number = SOURCE;
}

FIXTURE_TEARDOWN(source)
{
	close(self->near);
	close(self->datagrams);
}

static bool is_v6(const struct act *act) { return strchr(act->path, ':') != NULL; }

static int set(const struct act *act, int fd, int option, int option_v6)
{
	const int yes = 1;

	return setsockopt(fd, is_v6(act) ? SOL_IPV6 : SOL_IP, is_v6(act) ? option_v6 : option,
			  &yes, sizeof(yes));
}

static socklen_t near_of(const struct act *act, union address *near, int port)
{
	return fill(near, is_v6(act) ? "::1" : "127.0.0.1", port);
}

static long bind_there(const struct act *act, int fd)
{
	union address here;
	socklen_t size = peer_of(act, &here);

	return SAYS(bind(fd, &here.any, size));
}

#define BIND_TEST(test, type, option, option_v6)                               \
	static long test(struct act *act)                                      \
	{                                                                      \
		int fd = make(act, type, 0);                                   \
									       \
		return set(act, fd, option, option_v6) ? -EUCLEAN : bind_there(act, fd); \
	}                                                                      \
	TEST_F(source, test)                                                   \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);     \
	}

BIND_TEST(stream_transparent, SOCK_STREAM, IP_TRANSPARENT, IPV6_TRANSPARENT)
BIND_TEST(stream_free, SOCK_STREAM, IP_FREEBIND, IPV6_FREEBIND)
BIND_TEST(datagram_transparent, SOCK_DGRAM, IP_TRANSPARENT, IPV6_TRANSPARENT)
BIND_TEST(datagram_free, SOCK_DGRAM, IP_FREEBIND, IPV6_FREEBIND)

/* Where the next datagram came from, in words; "" none */
static const char *heard_from(int fd)
{
	static char text[INET6_ADDRSTRLEN];
	union address from;
	socklen_t size = sizeof(from);
	char bytes[64];

	usleep(20000);
	if (recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, &from.any, &size) < 0)
		return "";
	inet_ntop(AF_INET6, &from.v6.sin6_addr, text, sizeof(text));
	return strncmp(text, "::ffff:", 7) ? text : text + 7;
}

/* act->flags: the port of the peer */
static long send_from_bound(struct act *act)
{
	union address to;
	socklen_t size = near_of(act, &to, act->flags);
	int fd = make(act, SOCK_DGRAM, 0);
	long result;

	if (set(act, fd, IP_TRANSPARENT, IPV6_TRANSPARENT))
		return -EUCLEAN;
	result = bind_there(act, fd);
	return result ? result : SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

TEST_F(source, sent_from_there)
{
	self->act.flags = 7001;
	act_as(variant->login, send_from_bound, &self->act);
	EXPECT_STREQ(variant->works ? variant->address : "", heard_from(self->datagrams));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* The port one took is not for every peer: bind serves whoever comes, connecting does not. */
static long connect_from_bound(struct act *act)
{
	union address to;
	socklen_t size = near_of(act, &to, act->flags);
	int fd = make(act, SOCK_STREAM | SOCK_NONBLOCK, 0);
	long result;

	if (set(act, fd, IP_TRANSPARENT, IPV6_TRANSPARENT))
		return -EUCLEAN;
	result = bind_there(act, fd);
	return result ? result : SAYS(connect(fd, &to.any, size));
}

TEST_F(source, connected_elsewhere)
{
	int server = listener(SOCK_STREAM, 7002);

	self->act.flags = 7002;
	act_as(variant->login, connect_from_bound, &self->act);
	/* Nobody answers a stranger: that it is on its way is all there is. */
	EXPECT_EQ(variant->login == FREE ? -EINPROGRESS : -EACCES, self->act.result);
	close(server);
}

/* --- the source in a message -------------------------------------------------------- */

union control {
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr header;
};

/* How the source of act->path is written into a message; `type`: of IPv6's two */
static size_t write_source(const struct act *act, union control *control, int type)
{
	union address from;
	struct in6_pktinfo v6 = { .ipi6_ifindex = 0 };
	struct in_pktinfo v4 = { .ipi_ifindex = 0 };

	peer_of(act, &from);
	memset(control, 0, sizeof(*control));
	if (is_v6(act)) {
		v6.ipi6_addr = from.v6.sin6_addr;
		control->header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(v6)),
			.cmsg_level = SOL_IPV6, .cmsg_type = type };
		memcpy(CMSG_DATA(&control->header), &v6, sizeof(v6));
		return CMSG_SPACE(sizeof(v6));
	}
	v4.ipi_spec_dst = from.v4.sin_addr;
	control->header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(v4)),
		.cmsg_level = SOL_IP, .cmsg_type = IP_PKTINFO };
	memcpy(CMSG_DATA(&control->header), &v4, sizeof(v4));
	return CMSG_SPACE(sizeof(v4));
}

/* Bound where the role may, by somebody who may; the message names another source. */
static long say_from(struct act *act, int type)
{
	union control control;
	union address to;
	struct iovec bytes;
	struct msghdr message = words_to(&to, near_of(act, &to, 7001), &bytes);

	message.msg_control = &control;
	message.msg_controllen = write_source(act, &control, type);
	return SAYS(sendmsg(act->descriptor, &message, 0));
}

static long say_from_there(struct act *act) { return say_from(act, IPV6_PKTINFO); }
static long say_from_there_old(struct act *act) { return say_from(act, IPV6_2292PKTINFO); }

#define SAID_TEST(test)                                                        \
	TEST_F(source, test)                                                   \
	{                                                                      \
		int fd = make(&self->act, SOCK_DGRAM, 0);                      \
		union address any;                                             \
		socklen_t size = fill(&any, is_v6(&self->act) ? "::" : "0.0.0.0", SOURCE); \
									       \
		ASSERT_EQ(0, set(&self->act, fd, IP_TRANSPARENT, IPV6_TRANSPARENT)); \
		ASSERT_EQ(0, bind(fd, &any.any, size));                        \
		self->act.descriptor = fd;                                     \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_STREQ(variant->works ? variant->address : "",           \
			     heard_from(self->datagrams));                     \
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);     \
	}

SAID_TEST(say_from_there)
SAID_TEST(say_from_there_old)

/* A client of no port: its source is the kernel's to choose. */
static long say_as_client(struct act *act)
{
	act->descriptor = make(act, SOCK_DGRAM, 0);
	if (set(act, act->descriptor, IP_TRANSPARENT, IPV6_TRANSPARENT))
		return -EUCLEAN;
	return say_from(act, IPV6_PKTINFO);
}

TEST_F(source, say_as_client)
{
	bool works = variant->login == FREE;

	act_as(variant->login, say_as_client, &self->act);
	EXPECT_STREQ(works ? variant->address : "", heard_from(self->datagrams));
	EXPECT_EQ(works ? 0 : -EACCES, self->act.result);
}

/* --- a port without bind ------------------------------------------------------------- */

/* act->number: the port wanted; its socket hears whoever sends there */
static long take_by_range(struct act *act)
{
	const uint32_t range = act->number << 16 | act->number;
	union address to, here;
	socklen_t size = fill(&to, "127.0.0.1", 7001), length = sizeof(here);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result = SAYS(setsockopt(fd, SOL_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)));

	if (sendto(fd, "x", 1, 0, &to.any, size) != 1 || getsockname(fd, &here.any, &length))
		return -EUCLEAN;
	snprintf(act->text, sizeof(act->text), "%s",
		 ntohs(here.v4.sin_port) == act->number ? "taken" : "");
	return result;
}

TEST(a_port_by_its_range)
{
	struct act act = { .number = 40302 };	/* among the ephemeral ones */

	ASSERT_TRUE(own_network());
	if (act_as(FREE, take_by_range, &act) == -ENOPROTOOPT)
		SKIP(return, "this kernel's sockets have no range of their own");
	EXPECT_STREQ("taken", act.text);
	EXPECT_EQ(-EACCES, act_as(CLERK, take_by_range, &act));
	EXPECT_STREQ("", act.text);
}

/* --- a flow label with a route --------------------------------------------------------- */

#define IPV6_FLOWLABEL_MGR 32
#define IPV6_FLOWINFO_SEND 33
#define LABEL 0x12345
#define DETOUR "fd00::2"

struct label_request {
	struct in6_addr to;
	uint32_t label;
	uint8_t action, share;
	uint16_t flags, expires, linger;
	uint32_t reserved;
	struct cmsghdr header;
	struct {
		uint8_t next, size, type, left;
		uint32_t reserved;
		struct in6_addr by;
	} route;
};

/* A label of one's own: by another host (Mobile IPv6's header), to one that is allowed */
static long label_routed(struct act *act)
{
	struct label_request ask = { .to = IN6ADDR_LOOPBACK_INIT, .label = htonl(LABEL),
		.share = 1, .flags = 1, .header = { .cmsg_len = CMSG_LEN(sizeof(ask.route)),
			.cmsg_level = SOL_IPV6, .cmsg_type = IPV6_RTHDR },
		.route = { .size = 2, .type = 2, .left = 1 } };
	union address to;
	socklen_t size = fill(&to, "::1", 7001);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int yes = 1;

	inet_pton(AF_INET6, DETOUR, &ask.route.by);
	if (setsockopt(fd, SOL_IPV6, IPV6_FLOWLABEL_MGR, &ask, sizeof(ask)))
		return -errno;
	if (setsockopt(fd, SOL_IPV6, IPV6_FLOWINFO_SEND, &yes, sizeof(yes)))
		return -EUCLEAN;
	to.v6.sin6_flowinfo = htonl(LABEL);
	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

/* The kernel makes an address usable a moment after it was added, in a work queue. */
static bool detour_is_here(void)
{
	union address here;
	socklen_t size = fill(&here, DETOUR, 0);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool bound = false;

	if (run_command("ip -6 addr add " DETOUR "/128 dev lo"))
		return false;
	for (int i = 0; i < 300 && !bound; i++) {
		bound = !bind(fd, &here.any, size);
		usleep(10000);
	}
	close(fd);
	return bound;
}

/* Did an IPv6 packet leave for the detour? */
static bool detoured(int ear)
{
	struct in6_addr by;
	char packet[256];
	bool seen = false;

	inet_pton(AF_INET6, DETOUR, &by);
	usleep(20000);
	while (recv(ear, packet, sizeof(packet), MSG_DONTWAIT) > 0)
		seen |= (packet[0] & 0xf0) == 0x60 && !memcmp(packet + 24, &by, sizeof(by));
	return seen;
}

TEST(a_label_with_a_route)
{
	struct act act = { 0 };
	int ear;

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(detour_is_here());
	ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
	ASSERT_LE(0, ear);
	EXPECT_EQ(0, act_as(FREE, label_routed, &act));
	EXPECT_TRUE(detoured(ear));
	EXPECT_EQ(-EACCES, act_as(CLERK, label_routed, &act));
	EXPECT_FALSE(detoured(ear));
}

/* --- options that hold for all messages ------------------------------------------------ */

#define IPV6_2292PKTOPTIONS 6

/* Type 2 of IPv6's routing headers, the only one that needs no set-up: by DETOUR */
struct route {
	uint8_t next, size, type, left;
	uint32_t reserved;
	struct in6_addr by;
};

static struct route route_by_detour(void)
{
	struct route route = { .size = 2, .type = 2, .left = 1 };

	inet_pton(AF_INET6, DETOUR, &route.by);
	return route;
}

static long say_to_near(int fd)
{
	union address to;
	socklen_t size = fill(&to, "::1", 7001);

	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

static long routed_by_option(struct act *act)
{
	struct route route = route_by_detour();
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result = SAYS(setsockopt(fd, SOL_IPV6, IPV6_RTHDR, &route, sizeof(route)));

	say_to_near(fd);
	return result;
}

/* The older way: control messages, kept by the socket */
static long routed_by_bundle(struct act *act)
{
	struct route route = route_by_detour();
	union {
		char bytes[CMSG_SPACE(sizeof(route))];
		struct cmsghdr header;
	} bundle = { .header = { .cmsg_len = CMSG_LEN(sizeof(route)), .cmsg_level = SOL_IPV6,
				 .cmsg_type = IPV6_RTHDR } };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result;

	memcpy(CMSG_DATA(&bundle.header), &route, sizeof(route));
	result = SAYS(setsockopt(fd, SOL_IPV6, IPV6_2292PKTOPTIONS, &bundle, sizeof(bundle)));
	say_to_near(fd);
	return result;
}

#define DETOUR_TEST(name, test)                                                \
	TEST(name)                                                             \
	{                                                                      \
		struct act act = { 0 };                                        \
		int ear;                                                       \
									       \
		ASSERT_TRUE(own_network());                                    \
		ASSERT_TRUE(detour_is_here()); \
		ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL)); \
		ASSERT_LE(0, ear);                                             \
		EXPECT_EQ(0, act_as(FREE, test, &act));                        \
		EXPECT_TRUE(detoured(ear));                                    \
		EXPECT_EQ(-EACCES, act_as(CLERK, test, &act));                 \
		EXPECT_FALSE(detoured(ear));                                   \
		EXPECT_EQ(-EACCES, act_as(PLUMBER, test, &act));               \
		EXPECT_FALSE(detoured(ear));                                   \
	}

DETOUR_TEST(a_route_by_option, routed_by_option)
DETOUR_TEST(a_route_by_a_bundle, routed_by_bundle)

/* What a message may say of its source, said once for all: of it the kernel keeps the device. */
static long say_from_option(struct act *act)
{
	struct in6_pktinfo from = { .ipi6_ifindex = 0 };
	union address here;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	peer_of(act, &here);
	from.ipi6_addr = here.v6.sin6_addr;
	if (set(act, fd, IP_TRANSPARENT, IPV6_TRANSPARENT) ||
	    setsockopt(fd, SOL_IPV6, IPV6_PKTINFO, &from, sizeof(from)))
		return -errno;
	return say_to_near(fd);
}

TEST_F(source, say_from_option)
{
	if (!is_v6(&self->act))
		SKIP(return, "IPv4 has no such option");
	EXPECT_EQ(0, act_as(variant->login, say_from_option, &self->act));
	EXPECT_STREQ("::1", heard_from(self->datagrams));
}

/* --- another table of routes ---------------------------------------------------------------- */

/*
 *   packets with the mark 5: 192.0.2.0/24 is this machine, for others it is nowhere
 *
 *   PLUMBER may mark them; that makes no peer of one it may not have
 */
FIXTURE(marked)
{
	struct act act;
	int server, datagrams;
};

FIXTURE_VARIANT(marked)
{
	uid_t login;
	const char *address;
	int port;
	bool works;
};

#define MARKED(id, who, to, at, yes) \
	FIXTURE_VARIANT_ADD(marked, id) { .login = who, .address = to, .port = at, .works = yes }
MARKED(near, PLUMBER, "127.0.0.1", 7001, true);
MARKED(port, PLUMBER, "127.0.0.1", 7002, false);
MARKED(address, PLUMBER, "192.0.2.9", 7001, false);
MARKED(free, FREE, "192.0.2.9", 7001, true);

FIXTURE_SETUP(marked)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, run_command("ip rule add fwmark 5 table 5 && "
				 "ip route add local 192.0.2.0/24 dev lo table 5"));
	self->server = listener(SOCK_STREAM, variant->port);
	self->datagrams = listener(SOCK_DGRAM, variant->port);
	path_set(&self->act, "%s", variant->address);
	self->act.number = variant->port;
}

FIXTURE_TEARDOWN(marked)
{
	close(self->server);
	close(self->datagrams);
}

static int marks(int fd)
{
	const int mark = 5;

	return setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) ||
	       setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
}

static long connect_marked(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (marks(fd))
		return -EUCLEAN;
	return connect(fd, &to.any, size) && errno != EINPROGRESS ? -errno : 0;
}

static long say_marked(struct act *act)
{
	union address to;
	socklen_t size = peer_of(act, &to);
	int fd = make(act, SOCK_DGRAM, 0);

	return marks(fd) ? -EUCLEAN : SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

TEST_F(marked, connected)
{
	act_as(variant->login, connect_marked, &self->act);
	/* The answers have no mark: how far a permitted one comes is the table's to say. */
	EXPECT_EQ(variant->works, self->act.result != -EACCES) { TH_LOG("%ld", self->act.result); }
	if (variant->login == PLUMBER)
		EXPECT_EQ(variant->works, arrived(self->server, true));
}

TEST_F(marked, sent)
{
	act_as(variant->login, say_marked, &self->act);
	EXPECT_EQ(variant->works, arrived(self->datagrams, false));
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

/* The mark is the network's administration: a role without it has none. */
TEST(a_mark_takes_a_privilege)
{
	struct act act = { .number = 7001 };

	ASSERT_TRUE(own_network());
	path_set(&act, "127.0.0.1");
	EXPECT_EQ(-EUCLEAN, act_as(CLERK, connect_marked, &act));
}

TEST_HARNESS_MAIN
