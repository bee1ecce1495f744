// SPDX-License-Identifier: Apache-2.0
/* Capabilities a process holds and its role does not. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 *   who        capabilities of the process   of the role    the act
 *   FREE       all                           (no role)      works
 *   CAPABLE    all                           all            works
 *   CLERK      all                           chown, setuid  fails, but for these
 */
FIXTURE(capability)
{
	struct act act;
};

FIXTURE_VARIANT(capability)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(capability, unconfined) { .login = FREE, .works = true };
FIXTURE_VARIANT_ADD(capability, capable) { .login = CAPABLE, .works = true };
FIXTURE_VARIANT_ADD(capability, clerk) { .login = CLERK };

FIXTURE_SETUP(capability)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	/* What the acts change must not be this machine's. */
	ASSERT_EQ(0, unshare(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

FIXTURE_TEARDOWN(capability)
{
}

#define CAPABILITY_TEST(test)                                                  \
	TEST_F(capability, test)                                               \
	{                                                                      \
		long result = act_as(variant->login, test, &self->act);        \
									       \
		EXPECT_TRUE(variant->works ? result >= 0 :                     \
			    result == -EPERM || result == -EACCES) {           \
			TH_LOG("%ld", result);                                 \
		}                                                              \
	}

#define SAYS(call) ((call) < 0 ? -errno : 0)

static long sys_admin_hostname(struct act *act)
{
	return SAYS(sethostname("changed", 7));
}
CAPABILITY_TEST(sys_admin_hostname)

static long sys_chroot(struct act *act)
{
	return SAYS(chroot(SCENE "/all"));
}
CAPABILITY_TEST(sys_chroot)

static long net_admin_interface(struct act *act)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -EUCLEAN;
	return SAYS(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* A door of its own: to be capable is not enough, it takes the privilege netns-admin. */
TEST_F(capability, net_admin)
{
	EXPECT_EQ(variant->login == FREE,
		  act_as(variant->login, net_admin_interface, &self->act) == 0);
}

static long raw_socket(struct act *act)
{
	return SAYS(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

/* It has no port a rule could name: no role has one. */
TEST_F(capability, net_raw)
{
	EXPECT_EQ(variant->login == FREE, act_as(variant->login, raw_socket, &self->act) == 0);
}

static long setgid_other(struct act *act)
{
	return SAYS(setresgid(1234, 1234, 1234));
}
CAPABILITY_TEST(setgid_other)

static long kill_other(struct act *act)
{
	return SAYS(kill(act->number, 0));
}

/* A process of somebody else: root signals it by its capability alone. */
TEST_F(capability, kill_other)
{
	pid_t pid = fork();
	long result;

	if (!pid) {
		if (setresuid(1234, 1234, 1234))
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, NULL, WUNTRACED));	/* it is somebody else from here on */
	self->act.number = pid;
	result = act_as(variant->login, kill_other, &self->act);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(variant->works ? 0 : -EPERM, result);
}

static long nice_up(struct act *act)
{
	return SAYS(setpriority(PRIO_PROCESS, 0, -5));
}
CAPABILITY_TEST(nice_up)

static long time_changed(struct act *act)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return SAYS(settimeofday(&now, NULL));
}
TEST_F(capability, sys_time)
{
	/* A door of its own: to be capable is not enough, it takes the privilege clock. */
	EXPECT_EQ(variant->login == FREE, act_as(variant->login, time_changed, &self->act) == 0);
}

static long resource_raised(struct act *act)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -EUCLEAN;
	limit.rlim_max += 1;
	return SAYS(setrlimit(RLIMIT_NOFILE, &limit));
}
CAPABILITY_TEST(resource_raised)

static long own_file(struct act *act)
{
	return SAYS(chown(SCENE "/all/plain", 1234, 1234));
}

static long setuid_other(struct act *act)
{
	return SAYS(setresuid(1234, 1234, 1234));
}

/* What the clerk's role names works: what is refused is refused by name. */
TEST_F(capability, setuid_is_named)
{
	EXPECT_EQ(0, act_as(variant->login, setuid_other, &self->act));
}

TEST_F(capability, chown_is_named)
{
	/* CAPABLE holds the capability but no setattr there: both are asked for. */
	EXPECT_EQ(variant->login != CAPABLE, act_as(variant->login, own_file, &self->act) == 0);
	scene_all();
}

static long others_file(struct act *act)
{
	path_set(act, SCENE "/all/others");
	act->flags = O_RDONLY;
	return act_read(act);
}

/* Somebody else's file with mode 0: root reads it by dac_override alone. */
TEST_F(capability, dac_override)
{
	scene_file(PLAIN, SCENE "/all/others");
	ASSERT_EQ(0, chown(SCENE "/all/others", 1234, 1234));
	ASSERT_EQ(0, chmod(SCENE "/all/others", 0));
	EXPECT_EQ(variant->works, act_as(variant->login, others_file, &self->act) > 0);
	EXPECT_EQ(variant->works, strstr(self->act.text, PLAIN) != NULL);
}

static long device_made(struct act *act)
{
	return SAYS(mknod(SCENE "/all/device", S_IFCHR | 0600, makedev(1, 3)));
}

TEST_F(capability, mknod)
{
	scene_gone(SCENE "/all/device");
	/* CAPABLE has neither the file right nor the privilege mknod-device. */
	EXPECT_EQ(variant->login == FREE, act_as(variant->login, device_made, &self->act) == 0);
	EXPECT_EQ(variant->login == FREE, scene_there(SCENE "/all/device"));
	scene_gone(SCENE "/all/device");
}

static long mounted(struct act *act)
{
	return SAYS(mount("tmpfs", SCENE "/all", "tmpfs", 0, NULL));
}

TEST_F(capability, mount)
{
	/* A door of its own: privilege mount. */
	EXPECT_EQ(variant->login == FREE, act_as(variant->login, mounted, &self->act) == 0);
}

static long bind_low(struct act *act)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(81),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -EUCLEAN;
	return SAYS(bind(fd, (struct sockaddr *)&here, sizeof(here)));
}

/* Port 81 is in the clerk's bind rule: what is missing is net_bind_service. */
TEST_F(capability, net_bind_service)
{
	/* CAPABLE has no network rule, the clerk no capability. */
	EXPECT_EQ(variant->login == FREE, act_as(variant->login, bind_low, &self->act) == 0);
}

/* --- in a namespace of one's own ----------------------------------------------------------- */

/* A user namespace gives every capability in it; what it opens must not open the secret. */
static long in_user_namespace(struct act *act)
{
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -errno;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "0 0 1", 5) == 5)
		close(fd);
	if (mount("/", SCENE "/all", NULL, MS_BIND | MS_REC, NULL))
		return -errno;
	path_set(act, SCENE "/all" SECRET);
	act->flags = O_RDONLY;
	return act_read(act);
}

TEST_F(capability, user_namespace)
{
	if (variant->login == FREE)
		SKIP(return, "the unconfined may read it anyway");
	EXPECT_GT(0, act_as(variant->login, in_user_namespace, &self->act));
	EXPECT_EQ(NULL, strstr(self->act.text, MARKER));
}

TEST_HARNESS_MAIN
