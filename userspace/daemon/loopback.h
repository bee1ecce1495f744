/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that only this machine can reach */
#ifndef BAILIWICK_DAEMON_LOOPBACK_H
#define BAILIWICK_DAEMON_LOOPBACK_H

#include <sys/socket.h>

/**
 * loopback_parse() - read "127.0.0.1:9740" or "[::1]:9740"
 * @ret:	may be NULL
 *
 * Return: the size of the address, or 0 for what is none: names, other machines'
 * addresses and port 0 are refused.
 */
socklen_t loopback_parse(const char *text, struct sockaddr_storage *ret);

/** loopback_listen() - a socket that waits for connections there, or a negative errno */
int loopback_listen(const char *text);

#endif
