// SPDX-License-Identifier: Apache-2.0
/* A network of the test's own, addresses in words, and who listens there. */
#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool own_network(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, sysctl;
	bool up;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = !ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	sysctl = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC);
	up = up && write(sysctl, "1027", 4) == 4;	/* both sides, no cookie asked for */
	close(sysctl);
	return up;
}

socklen_t fill(union address *to, const char *text, int port)
{
	memset(to, 0, sizeof(*to));
	if (strchr(text, ':')) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(port);
		inet_pton(AF_INET6, text, &to->v6.sin6_addr);
		return sizeof(to->v6);
	}
	to->v4.sin_family = AF_INET;
	to->v4.sin_port = htons(port);
	inet_pton(AF_INET, text, &to->v4.sin_addr);
	return sizeof(to->v4);
}

socklen_t peer_of(const struct act *act, union address *to)
{
	return fill(to, act->path, act->number);
}

int listener_of(int type, int protocol, int port)
{
	const int no = 0, yes = 1, queue = 16;
	union address here;
	socklen_t size = fill(&here, "::", port);
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, &here.any, size))
		return -1;
	if (type != SOCK_DGRAM) {
		setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
		if (listen(fd, 8))
			return -1;
	}
	return fd;
}

int listener(int type, int port)
{
	return listener_of(type, 0, port);
}

/* Loopback needs no time, a deferred send a little. */
bool arrived(int fd, bool stream)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[128] = "";
	int peer;

	if (poll(&ready, 1, 100) != 1)
		return false;
	if (!stream)
		return recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0;
	/* A connection alone is reaching the peer. */
	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		return false;
	close(peer);
	return true;
}

int heard(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[128];
	int peer, n;

	if (poll(&ready, 1, 100) != 1)
		return -1;
	peer = accept(fd, NULL, NULL);
	if (peer < 0)
		return -1;
	ready.fd = peer;
	poll(&ready, 1, 100);
	n = recv(peer, text, sizeof(text), MSG_DONTWAIT);
	close(peer);
	return n < 0 ? 0 : n;
}

int make(const struct act *act, int type, int protocol)
{
	return socket(strchr(act->path, ':') ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, protocol);
}

struct msghdr words_to(union address *to, socklen_t size, struct iovec *bytes)
{
	*bytes = (struct iovec){ .iov_base = WORDS, .iov_len = sizeof(WORDS) };
	return (struct msghdr){ .msg_name = to, .msg_namelen = size, .msg_iov = bytes,
				.msg_iovlen = 1 };
}
