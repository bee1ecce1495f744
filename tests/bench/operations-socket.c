// SPDX-License-Identifier: Apache-2.0
/* Operations on sockets: connections, round trips, and what comes before them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "operations.h"

static int tcp_listener = -1, tcp_client = -1, tcp_server = -1;
static int udp_client = -1, udp_server = -1;
static int unix_listener = -1, unix_pair[2] = {-1, -1};
static struct sockaddr_un unix_address = {AF_UNIX, BENCH_DIR "/socket"};

static struct sockaddr_in loopback(unsigned short port)
{
	struct sockaddr_in address = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};

	return address;
}

static int bound(int type, unsigned short port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

/* A connection that is reset at its end: nothing of it stays in TIME_WAIT. */
static int tcp_connected(void)
{
	struct sockaddr_in address = loopback(BENCH_TCP_PORT);
	struct linger at_once = {1, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static int prepare_tcp_listener(void)
{
	if (tcp_listener >= 0)
		return 0;
	tcp_listener = bound(SOCK_STREAM, BENCH_TCP_PORT);
	return tcp_listener < 0 ? -1 : listen(tcp_listener, 16);
}

static int prepare_tcp_pair(void)
{
	int one = 1;

	if (prepare_tcp_listener())
		return -1;
	tcp_client = tcp_connected();
	tcp_server = tcp_client < 0 ? -1 : accept4(tcp_listener, NULL, NULL, SOCK_CLOEXEC);
	return tcp_server < 0 ||
	       setsockopt(tcp_client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	       setsockopt(tcp_server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ? -1 : 0;
}

static int tcp_connect(void)
{
	int client = tcp_connected();
	int server = client < 0 ? -1 : accept4(tcp_listener, NULL, NULL, SOCK_CLOEXEC);

	return server < 0 || close(client) || close(server) ? -1 : 0;
}

static int pass(int from, int to)
{
	char byte = 0;

	return write(from, &byte, 1) == 1 && read(to, &byte, 1) == 1 ? 0 : -1;
}

static int tcp_round_trip(void)
{
	return pass(tcp_client, tcp_server) || pass(tcp_server, tcp_client) ? -1 : 0;
}

static int prepare_udp(void)
{
	udp_server = bound(SOCK_DGRAM, BENCH_UDP_PORT);
	udp_client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return udp_server < 0 || udp_client < 0 ? -1 : 0;
}

/* Unconnected: every message names its peer. */
static int udp_message(void)
{
	struct sockaddr_in address = loopback(BENCH_UDP_PORT);
	char byte = 0;

	return sendto(udp_client, &byte, 1, 0, (struct sockaddr *)&address,
		      sizeof(address)) == 1 &&
	       recv(udp_server, &byte, 1, 0) == 1 ? 0 : -1;
}

static int prepare_unix_pair(void)
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, unix_pair);
}

static int unix_message(void)
{
	return pass(unix_pair[0], unix_pair[1]);
}

static int prepare_unix_listener(void)
{
	unlink(unix_address.sun_path);
	unix_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (unix_listener < 0 ||
	    bind(unix_listener, (struct sockaddr *)&unix_address, sizeof(unix_address)))
		return -1;
	return listen(unix_listener, 16);
}

static int unix_connect(void)
{
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

	if (client < 0 ||
	    connect(client, (struct sockaddr *)&unix_address, sizeof(unix_address)))
		return -1;
	server = accept4(unix_listener, NULL, NULL, SOCK_CLOEXEC);
	return server < 0 || close(client) || close(server) ? -1 : 0;
}

static int socket_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : close(fd);
}

static int socket_bind(void)
{
	int fd = bound(SOCK_STREAM, BENCH_BIND_PORT);

	return fd < 0 ? -1 : close(fd);
}

const struct operation socket_operations[] = {
	{"tcp connect+accept+close", 8, prepare_tcp_listener, tcp_connect, 0},
	{"tcp round trip", 25, prepare_tcp_pair, tcp_round_trip, 0},
	{"udp send+receive", 50, prepare_udp, udp_message, 0},
	{"unix write+read", 100, prepare_unix_pair, unix_message, 0},
	{"unix connect+accept+close", 25, prepare_unix_listener, unix_connect, 0},
	{"socket+close", 50, NULL, socket_close, 0},
	{"socket+bind+close", 50, NULL, socket_bind, 0},
	{0},
};
