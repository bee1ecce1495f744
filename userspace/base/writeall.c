// SPDX-License-Identifier: Apache-2.0
/* Every byte into a descriptor, however it takes them */
#include "base/writeall.h"

#include <errno.h>
#include <unistd.h>

int writeall(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	while (size) {
		n = write(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}
