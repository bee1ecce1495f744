// SPDX-License-Identifier: Apache-2.0
/* Entering the peers: a Landlock domain by its system calls, an AppArmor profile. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "operations.h"

/*
 * The interface is stated here, since linux/landlock.h of the build machine may
 * be older than the kernel that is measured.
 */
struct ruleset {
	uint64_t files;
	uint64_t ports;		/* from interface version 4 on */
};

struct beneath {
	uint64_t allowed;
	int32_t directory;
} __attribute__((packed));

struct port {
	uint64_t allowed;
	uint64_t number;
};

enum {
	RULE_BENEATH = 1, RULE_PORT = 2,
	EXECUTE = 1 << 0, READ_FILE = 1 << 2, READ_DIR = 1 << 3,
	BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1,
};

/* Every file right of an interface version. */
static uint64_t file_rights(long version)
{
	unsigned int bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;

	return (1u << bits) - 1;
}

static int allow_beneath(int ruleset, const char *path, uint64_t rights)
{
	struct beneath rule = {rights, open(path, O_PATH | O_CLOEXEC)};
	int r;

	if (rule.directory < 0)
		return -1;
	r = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_BENEATH, &rule, 0);
	close(rule.directory);
	return r;
}

static int allow_port(int ruleset, uint64_t number, uint64_t rights)
{
	struct port rule = {rights, number};

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0);
}

static int add_rules(int ruleset, const struct ruleset *handled)
{
	static const char *const readable[] = {"/opt/bailiwick-bench", "/usr", "/etc",
					       "/srv/data1", "/srv/data2", "/srv/data3",
					       "/srv/data4", "/srv/data5"};
	size_t i;

	if (allow_beneath(ruleset, BENCH_DIR, handled->files) ||
	    allow_beneath(ruleset, BENCH_MEMORY, handled->files))
		return -1;
	for (i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		if (allow_beneath(ruleset, readable[i], EXECUTE | READ_FILE | READ_DIR))
			return -1;
	if (!handled->ports)
		return 0;
	return allow_port(ruleset, BENCH_TCP_PORT, BIND_TCP | CONNECT_TCP) ||
	       allow_port(ruleset, BENCH_BIND_PORT, BIND_TCP) ? -1 : 0;
}

int confine_landlock(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	struct ruleset handled = {file_rights(version), version >= 4 ? BIND_TCP | CONNECT_TCP : 0};
	size_t size = version >= 4 ? sizeof(handled) : sizeof(handled.files);
	int ruleset;

	if (version < 1)
		return -1;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0 || add_rules(ruleset, &handled) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0))
		return -1;
	return close(ruleset);
}

int confine_apparmor(const char *profile)
{
	char command[64];
	int fd = open("/proc/thread-self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);
	int size = snprintf(command, sizeof(command), "changeprofile %s", profile);

	if (fd < 0 || size < 0 || (size_t)size >= sizeof(command) ||
	    write(fd, command, (size_t)size) != size)
		return -1;
	return close(fd);
}
