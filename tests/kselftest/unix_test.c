// SPDX-License-Identifier: Apache-2.0
/* Local sockets: a name in the file system is an object like any other. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "matrix.h"

#define SAYS(call) ((call) < 0 ? -errno : 0)

static socklen_t fill(struct sockaddr_un *to, const char *name)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	if (name[0] == '@') {
		memcpy(to->sun_path + 1, name + 1, strlen(name) - 1);
		return offsetof(struct sockaddr_un, sun_path) + strlen(name);
	}
	snprintf(to->sun_path, sizeof(to->sun_path), "%s", name);
	return sizeof(*to);
}

/* A listening (or datagram) socket of that name, made anew: a socket file is bound once */
static int server(const char *name, int type)
{
	struct sockaddr_un here;
	socklen_t size = fill(&here, name);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (name[0] != '@')
		scene_gone("%s", name);
	if (bind(fd, (struct sockaddr *)&here, size))
		return -1;
	if (type != SOCK_DGRAM && listen(fd, 8))
		return -1;
	return fd;
}

static bool reached(int fd, int type)
{
	char text[64];
	int peer;

	if (type == SOCK_DGRAM)
		return recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0;
	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		return false;
	close(peer);
	return true;
}

/* path: name, flags: type */
static long connect_to(struct act *act)
{
	struct sockaddr_un to;
	socklen_t size = fill(&to, act->path);
	int fd = socket(AF_UNIX, act->flags | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -EUCLEAN;
	if (connect(fd, (struct sockaddr *)&to, size))
		return -errno;
	return SAYS(send(fd, "words", 5, MSG_NOSIGNAL));
}

static long send_to(struct act *act)
{
	struct sockaddr_un to;
	socklen_t size = fill(&to, act->path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -EUCLEAN;
	return SAYS(sendto(fd, "words", 5, 0, (struct sockaddr *)&to, size));
}

/* --- the right ------------------------------------------------------------------------------ */

static int waiting = -1;

static void with_type(const char *directory, int type)
{
	char name[256];

	close(waiting);
	snprintf(name, sizeof(name), "%s/socket", directory);
	waiting = server(name, type);
}

static void with_stream(const char *directory) { with_type(directory, SOCK_STREAM); }
static void with_packets(const char *directory) { with_type(directory, SOCK_SEQPACKET); }
static void with_datagrams(const char *directory) { with_type(directory, SOCK_DGRAM); }

static bool stream_reached(const char *directory, const struct act *act)
{
	return reached(waiting, SOCK_STREAM);
}

static bool datagram_reached(const char *directory, const struct act *act)
{
	return reached(waiting, SOCK_DGRAM);
}

static long below(struct act *act, int type, act_fn *fn)
{
	path_set(act, "%s/socket", strdupa(act->path));
	act->flags = type;
	return fn(act);
}

static long by_stream(struct act *act) { return below(act, SOCK_STREAM, connect_to); }
static long by_packets(struct act *act) { return below(act, SOCK_SEQPACKET, connect_to); }
static long by_datagram(struct act *act) { return below(act, SOCK_DGRAM, connect_to); }
static long by_sendto(struct act *act) { return below(act, SOCK_DGRAM, send_to); }

MATRIX_TEST(stream, R(UNIX_CONNECT), 0, with_stream, by_stream, stream_reached)
MATRIX_TEST(seqpacket, R(UNIX_CONNECT), 0, with_packets, by_packets, stream_reached)
MATRIX_TEST(datagram, R(UNIX_CONNECT), 0, with_datagrams, by_datagram, datagram_reached)
MATRIX_TEST(datagram_sendto, R(UNIX_CONNECT), 0, with_datagrams, by_sendto, datagram_reached)

static void without_socket(const char *directory)
{
	scene_gone("%s/socket", directory);
}

static bool bound(const char *directory, const struct act *act)
{
	return scene_there("%s/socket", directory);
}

static long bind_name(struct act *act)
{
	struct sockaddr_un here;
	char name[600];
	socklen_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name, sizeof(name), "%s/socket", act->path);
	size = fill(&here, name);
	return SAYS(bind(fd, (struct sockaddr *)&here, size));
}

MATRIX_TEST(bind, R(CREATE), 0, without_socket, bind_name, bound)

/* --- names --------------------------------------------------------------------------------- */

/*
 *                              route made by the unconfined side
 *   secret  CLERK ──╳──▶ all/link, all/mount/socket … ──▶ /srv/bw/secret/socket
 *   vault   FREE  ──╳──▶                              ──▶ /srv/bw/vault/socket
 *   plain   CLERK ─────▶                              ──▶ /srv/bw/all/socket
 */
FIXTURE(name)
{
	struct act act;
	struct actor *keeper;
	int server;
};

FIXTURE_VARIANT(name)
{
	uid_t login;
	const char *directory;
	int type;
	bool works;
};

#define NAME(id, who, where, kind, yes) \
	FIXTURE_VARIANT_ADD(name, id) { .login = who, .directory = SCENE where, .type = kind, .works = yes }
NAME(secret, CLERK, "/secret", SOCK_STREAM, false);
NAME(secret_datagram, CLERK, "/secret", SOCK_DGRAM, false);
NAME(vault, FREE, "/vault", SOCK_STREAM, false);
NAME(vault_datagram, FREE, "/vault", SOCK_DGRAM, false);
NAME(plain, CLERK, "/all", SOCK_STREAM, true);
NAME(plain_datagram, CLERK, "/all", SOCK_DGRAM, true);

/* In the vault only the keeper can: it keeps the socket and answers for it. */
static long serve(struct act *act)
{
	act->descriptor = server(act->path, act->flags);
	return act->descriptor < 0 ? -errno : 0;
}

static long was_reached(struct act *act)
{
	return reached(act->descriptor, act->flags);
}

FIXTURE_SETUP(name)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_gone(SCENE "/all/link");
	umount2(SCENE "/all/mount", MNT_DETACH);
	scene_directory(SCENE "/all/mount");
	self->keeper = actor_start(&(struct subject){
		.login = strcmp(variant->directory, SCENE "/vault") ? 0 : KEEPER });
	path_set(&self->act, "%s/socket", variant->directory);
	self->act.flags = variant->type;
	ASSERT_EQ(0, actor_do(self->keeper, serve, &self->act));
	self->server = self->act.descriptor;
}

FIXTURE_TEARDOWN(name)
{
	actor_stop(self->keeper);
	umount2(SCENE "/all/mount", MNT_DETACH);
	scene_gone(SCENE "/all/link");
}

#define EXPECT_NAME(act_name)                                                  \
	do {                                                                   \
		struct act asked = { .descriptor = self->server, .flags = variant->type }; \
									       \
		act_as(variant->login, act_name, &self->act);                  \
		EXPECT_EQ(variant->works, actor_do(self->keeper, was_reached, &asked) == 1) { \
			TH_LOG("%s: %ld", self->act.path, self->act.result);   \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_GT(0, self->act.result);                        \
	} while (0)

TEST_F(name, itself) { EXPECT_NAME(connect_to); }

TEST_F(name, sendto)
{
	if (variant->type != SOCK_DGRAM)
		SKIP(return, "a stream is connected first");
	EXPECT_NAME(send_to);
}

TEST_F(name, symlink)
{
	ASSERT_EQ(0, symlink(self->act.path, SCENE "/all/link"));
	path_set(&self->act, SCENE "/all/link");
	EXPECT_NAME(connect_to);
}

TEST_F(name, hard_link)
{
	if (!strcmp(variant->directory, SCENE "/vault")) {
		/* Nobody but its keeper gives it another name. */
		ASSERT_EQ(-1, link(self->act.path, SCENE "/all/link"));
		ASSERT_EQ(EACCES, errno);
		return;
	}
	ASSERT_EQ(0, link(self->act.path, SCENE "/all/link"));
	path_set(&self->act, SCENE "/all/link");
	EXPECT_NAME(connect_to);
}

TEST_F(name, bind_mount)
{
	mount(variant->directory, SCENE "/all/mount", NULL, MS_BIND, NULL);
	path_set(&self->act, SCENE "/all/mount/socket");
	EXPECT_NAME(connect_to);
}

TEST_F(name, through_proc)
{
	path_set(&self->act, "/proc/self/root%s/socket", variant->directory);
	EXPECT_NAME(connect_to);
}

TEST_F(name, relative)
{
	ASSERT_EQ(0, chdir(variant->directory));
	path_set(&self->act, "socket");
	EXPECT_NAME(connect_to);
}

TEST_F(name, descriptor)
{
	int fd = open(self->act.path, O_PATH);

	ASSERT_LE(0, fd);
	path_set(&self->act, "/proc/self/fd/%d", fd);
	EXPECT_NAME(connect_to);
}

/* --- without a name ---------------------------------------------------------------------- */

static long pair(struct act *act)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -errno;
	if (write(ends[0], "words", 5) != 5 || read(ends[1], act->text, 5) != 5)
		return -errno;
	return 0;
}

TEST(unnamed_pair)
{
	struct act act = { 0 };

	EXPECT_EQ(0, act_as(CLERK, pair, &act));
	EXPECT_STREQ("words", act.text);
}

/*
 *   @bw-open-*    CLERK may connect and take the name
 *   @bw-test      nobody named it: FREE alone
 *   @bw-vault-*   protected: not even FREE
 */
FIXTURE(abstract)
{
	struct act act;
	int stream, datagrams;
};

FIXTURE_VARIANT(abstract)
{
	uid_t login;
	const char *name;
	bool works;
};

#define ABSTRACT(id, who, at, yes) \
	FIXTURE_VARIANT_ADD(abstract, id) { .login = who, .name = at, .works = yes }
ABSTRACT(allowed, CLERK, "@bw-open-door", true);
ABSTRACT(closed, CLERK, "@bw-test", false);
ABSTRACT(longer, CLERK, "@a-bw-open-door", false);
ABSTRACT(prefix, CLERK, "@bw-open", false);
ABSTRACT(with_slash, CLERK, "@bw-open-door/room", false);
ABSTRACT(free, FREE, "@bw-test", true);
ABSTRACT(protected, FREE, "@bw-vault-door", false);
ABSTRACT(protected_clerk, CLERK, "@bw-vault-door", false);

FIXTURE_SETUP(abstract)
{
	char name[64];

	memset(&self->act, 0, sizeof(self->act));
	self->stream = server(variant->name, SOCK_STREAM);
	snprintf(name, sizeof(name), "%s-", variant->name);
	self->datagrams = server(name, SOCK_DGRAM);
	ASSERT_LE(0, self->stream);
	ASSERT_LE(0, self->datagrams);
	path_set(&self->act, "%s", variant->name);
	self->act.flags = SOCK_STREAM;
}

FIXTURE_TEARDOWN(abstract)
{
	close(self->stream);
	close(self->datagrams);
}

TEST_F(abstract, connect)
{
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->login, connect_to, &self->act));
	EXPECT_EQ(variant->works, reached(self->stream, SOCK_STREAM));
}

TEST_F(abstract, sendto)
{
	if (!strcmp(variant->name, "@bw-open"))
		SKIP(return, "one byte more, and it is allowed");
	path_set(&self->act, "%s-", variant->name);
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->login, send_to, &self->act));
	EXPECT_EQ(variant->works, reached(self->datagrams, SOCK_DGRAM));
}

static long take_name(struct act *act)
{
	struct sockaddr_un here;
	socklen_t size = fill(&here, act->path);

	return SAYS(bind(socket(AF_UNIX, act->flags | SOCK_CLOEXEC, 0), (struct sockaddr *)&here,
			 size));
}

TEST_F(abstract, bind)
{
	if (!strcmp(variant->name, "@bw-vault-door") && variant->login == FREE)
		SKIP(return, "whoever connects is asked, not who takes the name");
	close(self->stream);
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->login, take_name, &self->act));
}

/* The kernel's own choice of a name is a name nobody named. */
static long take_any_name(struct act *act)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };

	return SAYS(bind(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&here, 2));
}

TEST_F(abstract, autobind)
{
	EXPECT_EQ(variant->login == FREE ? 0 : -EACCES,
		  act_as(variant->login, take_any_name, &self->act));
}

/* Connected to where it may, sent to where it may not */
static long send_elsewhere(struct act *act)
{
	struct sockaddr_un to;
	socklen_t size = fill(&to, "@bw-open-first");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&to, size))
		return -EUCLEAN;
	size = fill(&to, act->path);
	return SAYS(sendto(fd, "words", 5, 0, (struct sockaddr *)&to, size));
}

TEST_F(abstract, connected_elsewhere)
{
	int first = server("@bw-open-first", SOCK_DGRAM);

	if (!strcmp(variant->name, "@bw-open"))
		SKIP(return, "one byte more, and it is allowed");
	path_set(&self->act, "%s-", variant->name);
	EXPECT_EQ(variant->works ? 0 : -EACCES,
		  act_as(variant->login, send_elsewhere, &self->act));
	EXPECT_EQ(variant->works, reached(self->datagrams, SOCK_DGRAM));
	close(first);
}

TEST_HARNESS_MAIN
