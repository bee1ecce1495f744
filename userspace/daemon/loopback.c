// SPDX-License-Identifier: Apache-2.0
/* Addresses that only this machine can reach */
#include "daemon/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define BACKLOG 16

/* The port behind the last colon; what stands before it is copied without brackets */
static bool take_apart(const char *text, char host[INET6_ADDRSTRLEN], in_port_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon ? (size_t)(colon - text) : 0;
	unsigned long port;
	char *end;

	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (!size || size >= INET6_ADDRSTRLEN || colon[1] < '0' || colon[1] > '9')
		return false;
	memcpy(host, text, size);
	host[size] = 0;
	port = strtoul(colon + 1, &end, 10);
	*ret_port = htons((in_port_t)port);
	return !*end && port && port <= UINT16_MAX;
}

socklen_t loopback_parse(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_storage room;
	struct sockaddr_storage *address = ret ? ret : &room;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN];
	in_port_t port;

	memset(address, 0, sizeof(*address));
	if (!take_apart(text, host, &port))
		return 0;
	if (*text == '[' && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		return sizeof(*v6);
	}
	if (*text != '[' && inet_pton(AF_INET, host, &v4->sin_addr) == 1 &&
	    ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET) {
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		return sizeof(*v4);
	}
	return 0;
}

int loopback_listen(const char *text)
{
	struct sockaddr_storage address;
	socklen_t size = loopback_parse(text, &address);
	_cleanup_close_ int fd = -1;
	int on = 1;

	if (!size)
		return -EINVAL;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return TAKE_FD(fd);
}
