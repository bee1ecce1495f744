// SPDX-License-Identifier: Apache-2.0
/* What is remembered of one address says nothing of another, nor to another role. */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "network.h"

/* More than a processor remembers (BW_PEERS in ebpf), several times: each place is met. */
#define MANY 2000

/* CLERK may send to 127.0.0.1 and 127.0.0.3, at these ports alone; CAPABLE to nobody. */
#define NEAR "127.0.0.1"
#define NEAR_PORT 7001
#define TOLD "127.0.0.3"
#define TOLD_PORT 7003

/* What is remembered is a processor's. */
static bool one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

static long tell(int fd, const char *address, int port)
{
	union address to;
	socklen_t size = fill(&to, address, port);

	return SAYS(sendto(fd, WORDS, sizeof(WORDS), 0, &to.any, size));
}

/* The right one, then a wrong one; how many wrong ones came through, -1 when a right one failed. */
static long tell_many(struct act *act)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char address[32];
	long through = 0;

	for (int i = 0; i < MANY; i++) {
		if (tell(fd, NEAR, NEAR_PORT))
			return -1;
		snprintf(address, sizeof(address), "127.0.%d.%d", 1 + i / 250, 1 + i % 250);
		if (act->flags)
			through += tell(fd, NEAR, NEAR_PORT + 1 + i) != -EACCES;
		else
			through += tell(fd, address, NEAR_PORT) != -EACCES;
	}
	close(fd);
	return through;
}

TEST(another_address)
{
	struct act act = { .flags = 0 };

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	ASSERT_LE(0, listener(SOCK_DGRAM, NEAR_PORT));
	EXPECT_EQ(0, act_as(CLERK, tell_many, &act));
}

TEST(another_port)
{
	struct act act = { .flags = 1 };

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	ASSERT_LE(0, listener(SOCK_DGRAM, NEAR_PORT));
	EXPECT_EQ(0, act_as(CLERK, tell_many, &act));
}

static long tell_one(struct act *act)
{
	return tell(act->descriptor, TOLD, TOLD_PORT);
}

/* One socket in two hands. */
TEST(another_row)
{
	struct act act = { .number = 0 };

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	act.descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, act_as(CLERK, tell_one, &act));
		EXPECT_EQ(-EACCES, act_as(CAPABLE, tell_one, &act));
	}
}

/* The port taken as one protocol is another right as the other. */
static long take_both(struct act *act)
{
	union address here;
	socklen_t size = fill(&here, "127.0.0.1", 7203);
	int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)act;
	if (bind(stream, &here.any, size))
		return -1;
	return SAYS(bind(datagram, &here.any, size));
}

TEST(another_transport)
{
	struct act act = { .number = 0 };

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	EXPECT_EQ(-EACCES, act_as(CLERK, take_both, &act));
	EXPECT_EQ(0, act_as(FREE, take_both, &act));
}

/* An address of the other family with the same bits. */
static long tell_other_family(struct act *act)
{
	/* 127.0.0.1 stands in front, all else is 0: 7f00:1:: */
	int four = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int six = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long r = tell(four, NEAR, NEAR_PORT);

	(void)act;
	return r ? -1 : tell(six, "7f00:1::", NEAR_PORT);
}

TEST(another_family)
{
	struct act act = { .number = 0 };

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	ASSERT_LE(0, listener(SOCK_DGRAM, NEAR_PORT));
	EXPECT_EQ(-EACCES, act_as(CLERK, tell_other_family, &act));
}

/*
 * The same address under another policy.  Two roles at once are a row of its own, the
 * last; with others in their place it has the same number and other rights.
 */
TEST(another_policy)
{
	struct act act = { .number = 0 };
	struct actor *actor;

	ASSERT_TRUE(own_network());
	ASSERT_TRUE(one_processor());
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	ASSERT_TRUE(role_assign(MOVER, "keeper"));
	act.descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	actor = actor_start(&(struct subject){ .login = MOVER });
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, actor_do(actor, tell_one, &act));
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(actor, tell_one, &act));
	ASSERT_TRUE(role_assign(MOVER, "capable"));
	ASSERT_TRUE(role_assign(MOVER, "keeper"));
	EXPECT_EQ(-EACCES, actor_do(actor, tell_one, &act));
	EXPECT_TRUE(role_revoke(MOVER));
	actor_stop(actor);
}

TEST_HARNESS_MAIN
