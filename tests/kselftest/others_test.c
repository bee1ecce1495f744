// SPDX-License-Identifier: Apache-2.0
/* Others' sockets and who holds them: ended by number, told of by their peers, filtered. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

enum {
	LINGUIST = 1121,	/* policy.yaml: every family, every capability, netns-admin */
	REPORTER = 1123,	/* the same without netns-admin */
};

/* --- ended by number --------------------------------------------------------------------- */

/*
 *   the test ══ a connection ══ 7002
 *   who ── SOCK_DESTROY, over a netlink socket of its own or one it was given
 *
 *   CAPABLE    no netlink                 not ended
 *   REPORTER   netlink, not netns-admin   not ended
 *   LINGUIST   both                       ended
 *   FREE                                  ended
 */
FIXTURE(ended)
{
	struct act act;
	int mine, peer;
};

FIXTURE_VARIANT(ended)
{
	uid_t login;
	bool given, works;
	long result;
};

#define ENDED(id, who, was_given, yes, says) \
	FIXTURE_VARIANT_ADD(ended, id) { .login = who, .given = was_given, .works = yes, \
		.result = says }
ENDED(without_netlink, CAPABLE, false, false, -EACCES);
ENDED(without_netlink_given, CAPABLE, true, false, -EACCES);
ENDED(without_privilege, REPORTER, false, false, -EPERM);
ENDED(without_privilege_given, REPORTER, true, false, -EPERM);
ENDED(with_both, LINGUIST, false, true, 0);
ENDED(free, FREE, true, true, 0);

FIXTURE_SETUP(ended)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", 7002);
	int server;

	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	ASSERT_EQ(0, run_command("modprobe tcp_diag"));	/* which no role would be given */
	server = listener(SOCK_STREAM, 7002);
	self->mine = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, connect(self->mine, &to.any, size));
	self->peer = accept(server, NULL, NULL);
	close(server);
	self->act.descriptor = variant->given ?
		socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG) : -1;
}

FIXTURE_TEARDOWN(ended)
{
	close(self->mine);
	close(self->peer);
}

/* act->number: the port it was connected from; act->descriptor: netlink, or -1 */
static long end_connection(struct act *act)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 which;
	} ask = {
		.header = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DESTROY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.which = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u,
			   .id = { .idiag_sport = htons(act->number), .idiag_dport = htons(7002),
				   .idiag_src = { htonl(INADDR_LOOPBACK) },
				   .idiag_dst = { htonl(INADDR_LOOPBACK) },
				   .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	int fd = act->descriptor;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.error.error;
}

TEST_F(ended, by_number)
{
	struct sockaddr_in here;
	socklen_t size = sizeof(here);
	char byte;

	ASSERT_EQ(0, getsockname(self->mine, (struct sockaddr *)&here, &size));
	self->act.number = ntohs(here.sin_port);
	EXPECT_EQ(variant->result, act_as(variant->login, end_connection, &self->act));
	EXPECT_EQ(variant->works, recv(self->peer, &byte, 1, MSG_DONTWAIT) < 0 &&
				  errno == ECONNRESET);
	EXPECT_EQ(!variant->works, send(self->mine, "x", 1, MSG_NOSIGNAL) == 1);
}

/* --- told of by its socket ------------------------------------------------------------------ */

/*
 *   FREE ══ a socket ══ who: learns from it who is at the other end, and means them harm
 *
 *   CLERK holds less than FREE does: neither a signal nor a descriptor
 */
FIXTURE(peer)
{
	struct act act;
	struct actor *over;
	int pair[2];
};

FIXTURE_VARIANT(peer)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(peer, clerk) { .login = CLERK };
FIXTURE_VARIANT_ADD(peer, free) { .login = FREE, .works = true };

static const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0bw-open-peer" };
#define NAME_SIZE (offsetof(struct sockaddr_un, sun_path) + sizeof("\0bw-open-peer") - 1)

/* Who listens is who those that connect are told of; act->number: a descriptor all may have */
static long listen_there(struct act *act)
{
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	act->number = open("/dev/null", O_RDWR | O_CLOEXEC);
	return SAYS(bind(server, (const struct sockaddr *)&name, NAME_SIZE)) ?:
	       SAYS(listen(server, 4));
}

static long say_something(struct act *act)
{
	return SAYS(send(act->descriptor, "x", 1, 0));
}

static long still_there(struct act *act)
{
	(void)act;
	return 7;
}

FIXTURE_SETUP(peer)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->pair));
	self->over = actor_start(&(struct subject){ .login = FREE });
	ASSERT_EQ(0, actor_do(self->over, listen_there, &self->act));
	self->act.flags = self->act.number;
}

FIXTURE_TEARDOWN(peer)
{
	actor_stop(self->over);
	close(self->pair[0]);
	close(self->pair[1]);
}

/* act->flags: a descriptor there; -> act->number: 0 or why not, act->result: of the signal */
static long harm(struct act *act, int process)
{
	act->number = SAYS(syscall(SYS_pidfd_getfd, process, act->flags, 0));
	return SAYS(syscall(SYS_pidfd_send_signal, process, SIGUSR1, NULL, 0));
}

static long harm_who_listens(struct act *act)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), process;
	socklen_t size = sizeof(process);

	if (connect(fd, (const struct sockaddr *)&name, NAME_SIZE))
		return -EUCLEAN;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &process, &size))
		return -ENOPROTOOPT;
	return harm(act, process);
}

/* act->descriptor: an end, on which `over` said something, and who it is came with it */
static long harm_who_said(struct act *act)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	char byte;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	int process;

	if (recvmsg(act->descriptor, &message, 0) != 1 || control.header.cmsg_type != SCM_PIDFD)
		return -EUCLEAN;
	memcpy(&process, CMSG_DATA(&control.header), sizeof(process));
	return harm(act, process);
}

#define EXPECT_HARM()                                                          \
	do {                                                                   \
		struct act alive = { 0 };                                      \
									       \
		EXPECT_EQ(variant->works ? 0 : -EPERM, self->act.result);      \
		EXPECT_EQ(variant->works, self->act.number == 0) {             \
			TH_LOG("%ld", self->act.number);                       \
		}                                                              \
		EXPECT_EQ(variant->works ? -ECHILD : 7,                        \
			  actor_do(self->over, still_there, &alive));          \
	} while (0)

TEST_F(peer, who_listens)
{
	if (act_as(variant->login, harm_who_listens, &self->act) == -ENOPROTOOPT)
		SKIP(return, "this kernel's sockets hand out no descriptor of a process");
	EXPECT_HARM();
}

TEST_F(peer, who_said_it)
{
	const int yes = 1;
	struct act said = { .descriptor = self->pair[0] };

	if (setsockopt(self->pair[1], SOL_SOCKET, SO_PASSPIDFD, &yes, sizeof(yes)))
		SKIP(return, "this kernel's messages carry no descriptor of a process");
	ASSERT_EQ(0, actor_do(self->over, say_something, &said));
	self->act.descriptor = self->pair[1];
	act_as(variant->login, harm_who_said, &self->act);
	EXPECT_HARM();
}

/* --- programs on sockets ---------------------------------------------------------------------- */

/* Takes nothing, or all of it */
static long filter(struct act *act, int option, uint32_t answer)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, answer) };
	struct sock_fprog program = { .len = 1, .filter = code };

	return SAYS(setsockopt(act->descriptor, SOL_SOCKET, option, &program, sizeof(program)));
}

/* A port the role may take, shared with others of the same uid: all of it to itself */
static long take_the_share(struct act *act)
{
	const int yes = 1;
	union address here;
	socklen_t size = peer_of(act, &here);

	act->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(act->descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (bind(act->descriptor, &here.any, size))
		return -errno;
	return filter(act, SO_ATTACH_REUSEPORT_CBPF, 1);
}

static void say_to(int port)
{
	union address to;
	socklen_t size = fill(&to, "127.0.0.1", port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int i;

	for (i = 0; i < 32; i++)	/* the kernel would share them out by their ports */
		sendto(i % 8 ? fd : (fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), WORDS,
		       sizeof(WORDS), 0, &to.any, size);
}

/* The port is what is judged: who may not take it joins nobody who has it. */
TEST(a_shared_port_for_oneself)
{
	static const struct { int port; bool works; } cases[] = { { 7201, true }, { 7202, false } };
	const int yes = 1;
	size_t i;

	ASSERT_TRUE(own_network());
	for (i = 0; i < 2; i++) {
		struct act act = { .path = "127.0.0.1", .number = cases[i].port };
		union address here;
		socklen_t size = fill(&here, "127.0.0.1", cases[i].port);
		int owner = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		struct actor *actor = actor_start(&(struct subject){ .login = CLERK });

		setsockopt(owner, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
		ASSERT_EQ(0, bind(owner, &here.any, size));
		EXPECT_EQ(cases[i].works ? 0 : -EACCES, actor_do(actor, take_the_share, &act));
		say_to(cases[i].port);
		EXPECT_EQ(!cases[i].works, arrived(owner, false));
		actor_stop(actor);
		close(owner);
	}
}

/* A filter of one's own takes from oneself alone, and is nobody's business. */
static long filter_own(struct act *act)
{
	act->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return filter(act, SO_ATTACH_FILTER, 0);
}

TEST(a_filter_of_ones_own)
{
	struct act act = { 0 };

	EXPECT_EQ(0, act_as(CLERK, filter_own, &act));
}

/* On a socket of a kind the role may not have, filters are refused as all options are. */
static long filter_given(struct act *act)
{
	return filter(act, SO_ATTACH_FILTER, 0);
}

TEST(a_filter_on_what_was_given)
{
	struct act act = { .descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) };

	ASSERT_LE(0, act.descriptor);
	EXPECT_EQ(-EACCES, act_as(CLERK, filter_given, &act));
	EXPECT_EQ(0, act_as(LINGUIST, filter_given, &act));
	EXPECT_EQ(0, act_as(FREE, filter_given, &act));
}

TEST_HARNESS_MAIN
