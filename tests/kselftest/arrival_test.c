// SPDX-License-Identifier: Apache-2.0
/* Who comes to a listening port, before there is a connection: no system call asks then. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

/* 7204 is CLERK's for 127.0.0.1 alone, 7201 for everybody. */
#define SOME 7204
#define ALL 7201
#define CALLS 60

static long open_port(struct act *act)
{
	const int no = 0, yes = 1;
	union address here;
	socklen_t size = peer_of(act, &here);
	int fd = make(act, SOCK_STREAM, act->flags);

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	setsockopt(fd, SOL_TCP, TCP_FASTOPEN, &(int){ 8 }, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	act->descriptor = fd;
	return SAYS(bind(fd, &here.any, size) || listen(fd, 8) ? -1 : 0);
}

/* Nobody waits for ever for what does not come. */
static bool is_there(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 3000) == 1;
}

static long take_call(struct act *act)
{
	if (!is_there(act->descriptor))
		return -ETIMEDOUT;
	act->descriptor = accept(act->descriptor, NULL, NULL);
	return SAYS(act->descriptor);
}

static long hear(struct act *act)
{
	if (!is_there(act->descriptor))
		return -ETIMEDOUT;
	return SAYS(recv(act->descriptor, act->text, sizeof(act->text) - 1, 0));
}

/* What was sent, by a way that asks no hook of sockets. */
static long take_by_splice(struct act *act)
{
	int ends[2];
	ssize_t size;

	if (!is_there(act->descriptor) || pipe(ends))
		return -ETIMEDOUT;
	size = splice(act->descriptor, NULL, ends[1], NULL, sizeof(WORDS), 0);
	if (size > 0)
		size = read(ends[0], act->text, sizeof(act->text) - 1);
	close(ends[0]);
	close(ends[1]);
	return SAYS(size);
}

/* A call from @from that says something at once; -1 where it was not taken within half a second. */
static int call_from(const char *from, const char *to, int port, bool fast)
{
	struct pollfd ready = { .events = POLLOUT };
	int error = ETIMEDOUT;
	union address here, there;
	socklen_t own = fill(&here, from, 0), size = fill(&there, to, port), length = sizeof(error);
	int fd = socket(here.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, &here.any, own))
		return -2;
	if (fast)
		sendto(fd, WORDS, sizeof(WORDS), MSG_FASTOPEN | MSG_NOSIGNAL, &there.any, size);
	else
		connect(fd, &there.any, size);
	ready.fd = fd;
	if (poll(&ready, 1, 500) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) ||
	    error || (!fast && send(fd, WORDS, sizeof(WORDS), MSG_NOSIGNAL) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One packet: nobody waits for an answer, so none follows it. */
static int call_and_leave(const char *from, const char *to, int port)
{
	union address here, there;
	socklen_t own = fill(&here, from, 0), size = fill(&there, to, port);
	int fd = socket(here.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), taken;

	if (fd < 0 || bind(fd, &here.any, own))
		return -2;
	taken = connect(fd, &there.any, size) == 0 || errno != EINPROGRESS;
	close(fd);
	return taken ? 0 : -1;
}

FIXTURE(comes)
{
	struct act act;
	struct actor *actor;
};

FIXTURE_VARIANT(comes)
{
	const char *from, *to, *at;
	int port;
	bool works;
};

#define COMES(id, whence, where, bound, number, yes) \
	FIXTURE_VARIANT_ADD(comes, id) { \
		.from = whence, .to = where, .at = bound, .port = number, .works = yes }
COMES(named, "127.0.0.1", "127.0.0.1", "0.0.0.0", SOME, true);
COMES(not_named, "127.0.0.2", "127.0.0.1", "0.0.0.0", SOME, false);
COMES(not_named_here, "127.0.0.2", "127.0.0.1", "127.0.0.1", SOME, false);
COMES(everybody, "127.0.0.2", "127.0.0.1", "0.0.0.0", ALL, true);
COMES(mapped, "127.0.0.1", "127.0.0.1", "::", SOME, true);
COMES(mapped_not_named, "127.0.0.2", "127.0.0.1", "::", SOME, false);
COMES(six_not_named, "::1", "::1", "::", SOME, false);
COMES(six_everybody, "::1", "::1", "::", ALL, true);

static bool setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	close(fd);
	return written;
}

FIXTURE_SETUP(comes)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_TRUE(own_network());
	/* Bytes in the first packet from everybody, without a cookie (ip-sysctl.rst). */
	ASSERT_TRUE(setting("/proc/sys/net/ipv4/tcp_fastopen", "1543"));
	path_set(&self->act, "%s", variant->at);
	self->act.number = variant->port;
	self->actor = actor_start(&(struct subject){ .login = CLERK });
}

FIXTURE_TEARDOWN(comes)
{
	actor_stop(self->actor);
}

TEST_F(comes, call)
{
	int peer;

	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	peer = call_from(variant->from, variant->to, variant->port, false);
	ASSERT_NE(-2, peer);
	EXPECT_EQ(variant->works, peer >= 0);
	if (peer < 0)
		return;
	ASSERT_EQ(0, actor_do(self->actor, take_call, &self->act));
	EXPECT_EQ(0, actor_do(self->actor, take_by_splice, &self->act));
	EXPECT_STREQ(WORDS, self->act.text);
}

/* The first bytes come with the call. */
TEST_F(comes, call_with_bytes)
{
	int peer;

	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	peer = call_from(variant->from, variant->to, variant->port, true);
	ASSERT_NE(-2, peer);
	EXPECT_EQ(variant->works, peer >= 0);
	if (peer < 0)
		return;
	ASSERT_EQ(0, actor_do(self->actor, take_call, &self->act));
	EXPECT_EQ(0, actor_do(self->actor, hear, &self->act));
	EXPECT_STREQ(WORDS, self->act.text);
}

/* Under a flood the kernel keeps no note of who calls, and asks when he answers. */
TEST_F(comes, call_by_cookie)
{
	int peer;

	ASSERT_TRUE(setting("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	ASSERT_EQ(0, actor_do(self->actor, open_port, &self->act));
	peer = call_from(variant->from, variant->to, variant->port, false);
	ASSERT_NE(-2, peer);
	EXPECT_EQ(variant->works, peer >= 0);
}

/*
 * A policy in force later gives its rows other numbers: the look through what is open
 * notes them anew, though nobody accepts meanwhile.
 */
TEST(another_policy)
{
	struct act act = { .number = SOME };
	struct actor *actor;
	int peer;

	ASSERT_TRUE(own_network());
	path_set(&act, "0.0.0.0");
	actor = actor_start(&(struct subject){ .login = CLERK });
	ASSERT_EQ(0, actor_do(actor, open_port, &act));
	ASSERT_TRUE(role_assign(SECOND, "clerk"));
	EXPECT_EQ(-1, call_from("127.0.0.2", "127.0.0.1", SOME, false));
	peer = call_from("127.0.0.1", "127.0.0.1", SOME, false);
	EXPECT_LE(0, peer);
	EXPECT_TRUE(role_revoke(SECOND));
	EXPECT_EQ(-1, call_from("127.0.0.2", "127.0.0.1", SOME, false));
	actor_stop(actor);
}

/*
 * The one port of two: nobody can say who will accept, so a call is connected, and the
 * first byte tells whom the peer may talk to.
 */
TEST(two_accept)
{
	struct act act = { .number = SOME }, call;
	int first, second;

	ASSERT_TRUE(own_network());
	path_set(&act, "0.0.0.0");
	ASSERT_EQ(0, act_here(open_port, &act));
	/* Nobody with a role accepted yet. */
	first = call_from("127.0.0.2", "127.0.0.1", SOME, false);
	ASSERT_LE(0, first);
	call = act;
	ASSERT_EQ(0, act_as(CLERK, take_call, &call));
	/* Now somebody did. */
	EXPECT_EQ(-1, call_from("127.0.0.2", "127.0.0.1", SOME, false));
	second = call_from("127.0.0.1", "127.0.0.1", SOME, false);
	ASSERT_LE(0, second);
	call = act;
	ASSERT_EQ(0, act_here(take_call, &call));
	/* And somebody without: who may talk to everybody. */
	second = call_from("127.0.0.2", "127.0.0.1", SOME, false);
	ASSERT_LE(0, second);
	call = act;
	ASSERT_EQ(0, act_here(take_call, &call));
	EXPECT_EQ(0, act_here(hear, &call));
	EXPECT_STREQ(WORDS, call.text);
}

static long take_and_hear(struct act *act)
{
	long result = take_call(act);

	return result ? result : hear(act);
}

TEST(not_noted_is_told_by_the_first_byte)
{
	struct act act = { .number = SOME };

	ASSERT_TRUE(own_network());
	path_set(&act, "0.0.0.0");
	ASSERT_EQ(0, act_here(open_port, &act));
	ASSERT_LE(0, call_from("127.0.0.2", "127.0.0.1", SOME, false));
	EXPECT_EQ(-EACCES, act_as(CLERK, take_and_hear, &act));
	EXPECT_STREQ("", act.text);
}

/* Each test so far was somebody's call that was refused: told with who would have served it. */
TEST(told)
{
	EXPECT_EQ(0, run_command("sleep 2; bailiwick events --json --role clerk >/tmp/arrivals &&"
				 "jq -es 'any(.operation == \"net-accept\" and "
				 ".object.address == \"127.0.0.2\" and .object.port == %d and "
				 ".subject.loginuid == %d and .verdict == \"denied\")' "
				 "/tmp/arrivals", SOME, CLERK)) {
		run_command("grep net-accept /tmp/arrivals | tail -3");
	}
}

/*
 * Whoever may send packets must not fill the journal by doing so: each call counts, few are told.
 * `address` has a %d for each of the callers, who call in turn.
 */
static int calls_counted(const char *address, int callers)
{
	struct act act = { .number = SOME };
	struct actor *actor = actor_start(&(struct subject){ .login = CLERK });
	int served = 0, counted = 0;
	char from[32];

	path_set(&act, "0.0.0.0");
	if (actor_do(actor, open_port, &act))
		served = -1;
	for (int i = 0; !served && i < CALLS; i++) {
		snprintf(from, sizeof(from), address, i % callers);
		served = call_and_leave(from, "127.0.0.1", SOME) + 1;
	}
	actor_stop(actor);
	if (served || run_command("sleep 3; bailiwick events --json --role clerk >/tmp/arrivals"))
		return -1;
	for (int i = 0; i < callers; i++) {
		snprintf(from, sizeof(from), address, i);
		if (!run_command("jq -es 'map(select(.operation == \"net-accept\" and "
				 ".object.address == \"%s\")) | length <= 4 and "
				 ".[0].count == 1 and (map(.count) | add) == %d' /tmp/arrivals",
				 from, CALLS / callers))
			counted++;
		else
			run_command("grep -F '\"%s\"' /tmp/arrivals | tail -3; false", from);
	}
	return counted;
}

TEST(the_same_call_again)
{
	ASSERT_TRUE(own_network());
	EXPECT_EQ(1, calls_counted("127.0.0.3", 1));
}

TEST(the_same_calls_in_turn)
{
	ASSERT_TRUE(own_network());
	EXPECT_EQ(2, calls_counted("127.0.1.%d", 2));
}

TEST_HARNESS_MAIN
