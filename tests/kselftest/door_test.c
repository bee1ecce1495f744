// SPDX-License-Identifier: Apache-2.0
/* Doors of the kernel that reach around any policy: closed to who is not given them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "doors.h"
#include "ring.h"
#include "role.h"
#include "scene.h"

#define PLACE SCENE "/door/place"
#define UNDER SCENE "/door/under"
#define ROOT SCENE "/door/root"

#define SAYS(call) ({ long said_ = (call); said_ < 0 ? -errno : said_; })

/* Made before anybody has a role; inherited by all who act. */
static struct {
	int context, tree, null, names, top;
	long key;
	pid_t other;
} prepared;

static char memory[16] = "of the other";

/* --- the doors: each knocks once, and does no harm when it is opened ------------------------ */

static long init_module_door(struct act *act)
{
	return SAYS(syscall(SYS_init_module, NULL, 0, ""));
}

static long finit_module_door(struct act *act)
{
	return SAYS(syscall(SYS_finit_module, prepared.null, "", ~0));
}

static long delete_module_door(struct act *act)
{
	return SAYS(syscall(SYS_delete_module, "bw-there-is-none", O_NONBLOCK));
}

static long kexec_load_door(struct act *act)
{
	return SAYS(syscall(SYS_kexec_load, 0, 0, NULL, ~0ul));
}

static long kexec_file_door(struct act *act)
{
	return SAYS(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, ~0ul));
}

static long bpf_door(struct act *act)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
			       .max_entries = 1 };

	return SAYS(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
}

/*
 * Of a processor and counting nothing: one of a task has the kernel rewrite its
 * scheduler, which the emulated machine does not always survive.
 */
static long perf_door(struct act *act)
{
	struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(event),
					 .config = PERF_COUNT_SW_DUMMY, .disabled = 1 };

	return SAYS(syscall(SYS_perf_event_open, &event, -1, 0, -1, 0));
}

static long mount_door(struct act *act)
{
	return SAYS(mount("tmpfs", PLACE, "tmpfs", 0, NULL));
}

static long bind_door(struct act *act)
{
	return SAYS(mount("/", PLACE, NULL, MS_BIND, NULL));
}

static long umount_door(struct act *act)
{
	return SAYS(umount2(UNDER, 0));
}

static long fsopen_door(struct act *act)
{
	return SAYS(syscall(SYS_fsopen, "tmpfs", 0));
}

static long fspick_door(struct act *act)
{
	return SAYS(syscall(SYS_fspick, AT_FDCWD, UNDER, 0));
}

static long fsmount_door(struct act *act)
{
	return SAYS(syscall(SYS_fsmount, prepared.context, 0, 0));
}

static long open_tree_door(struct act *act)
{
	return SAYS(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE));
}

static long move_mount_door(struct act *act)
{
	return SAYS(syscall(SYS_move_mount, prepared.tree, "", AT_FDCWD, PLACE,
			    MOVE_MOUNT_F_EMPTY_PATH));
}

static long mount_setattr_door(struct act *act)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_NODEV };

	return SAYS(syscall(SYS_mount_setattr, AT_FDCWD, UNDER, 0, &attributes,
			    sizeof(attributes)));
}

static long pivot_root_door(struct act *act)
{
	return SAYS(syscall(SYS_pivot_root, ROOT, ROOT "/old"));
}

static long user_namespace_door(struct act *act)
{
	return SAYS(unshare(CLONE_NEWUSER));
}

static long user_namespace_child_door(struct act *act)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (!pid)
		_exit(0);
	return SAYS(pid);
}

static long setns_door(struct act *act)
{
	return SAYS(setns(prepared.names, 0));
}

static long ptrace_door(struct act *act)
{
	return SAYS(ptrace(PTRACE_SEIZE, prepared.other, NULL, NULL));
}

static long read_memory_door(struct act *act)
{
	struct iovec here = { act->text, sizeof(memory) }, there = { memory, sizeof(memory) };

	return SAYS(process_vm_readv(prepared.other, &here, 1, &there, 1, 0));
}

static long write_memory_door(struct act *act)
{
	struct iovec here = { memory, sizeof(memory) };

	return SAYS(process_vm_writev(prepared.other, &here, 1, &here, 1, 0));
}

static long memory_file_door(struct act *act)
{
	path_set(act, "/proc/%d/mem", prepared.other);
	act->flags = O_RDWR;
	return act_open(act);
}

static long pidfd_getfd_door(struct act *act)
{
	int process = syscall(SYS_pidfd_open, prepared.other, 0);

	return process < 0 ? -EUCLEAN : SAYS(syscall(SYS_pidfd_getfd, process, prepared.null, 0));
}

static long kcmp_door(struct act *act)
{
	return SAYS(syscall(SYS_kcmp, getpid(), prepared.other, KCMP_VM, 0, 0));
}

static long syslog_door(struct act *act)
{
	return SAYS(syscall(SYS_syslog, 3 /* read all */, act->text, sizeof(act->text)));
}

static long quota_door(struct act *act)
{
	return SAYS(quotactl(QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL));
}

static long quota_fd_door(struct act *act)
{
	char info[256];

	return SAYS(syscall(SYS_quotactl_fd, prepared.top, QCMD(Q_GETINFO, USRQUOTA), 0, info));
}

static long settimeofday_door(struct act *act)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return SAYS(settimeofday(&now, NULL));
}

static long clock_settime_door(struct act *act)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return SAYS(clock_settime(CLOCK_REALTIME, &now));
}

static long adjtimex_door(struct act *act)
{
	struct timex is = { 0 };

	adjtimex(&is);
	is.modes = ADJ_STATUS;
	return SAYS(adjtimex(&is));
}

static long clock_adjtime_door(struct act *act)
{
	struct timex is = { 0 };

	clock_adjtime(CLOCK_REALTIME, &is);
	is.modes = ADJ_STATUS;
	return SAYS(clock_adjtime(CLOCK_REALTIME, &is));
}

static const char nowhere[] = SCENE "/door/there-is-none";

static long swapon_door(struct act *act)
{
	return SAYS(syscall(SYS_swapon, nowhere, 0));
}

static long swapoff_door(struct act *act)
{
	return SAYS(syscall(SYS_swapoff, nowhere));
}

/* By the entry of 32-bit programs, where every call has another number. */
static long swapon_32_door(struct act *act)
{
	long said = -EUCLEAN;

	if ((unsigned long)nowhere >> 32)
		return said;
	asm volatile("int $0x80" : "=a"(said) : "a"(87), "b"(nowhere), "c"(0)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)said;
}

static long reboot_door(struct act *act)
{
	return SAYS(syscall(SYS_reboot, 0, 0, 0, NULL));
}

static long iopl_door(struct act *act)
{
	return SAYS(iopl(3));
}

static long ioperm_door(struct act *act)
{
	return SAYS(ioperm(0x80, 1, 1));
}

static long acct_door(struct act *act)
{
	return SAYS(acct(NULL));
}

static long add_key_door(struct act *act)
{
	return SAYS(syscall(SYS_add_key, "user", "bw-door", "x", 1, KEY_SPEC_THREAD_KEYRING));
}

static long use_key_door(struct act *act)
{
	return SAYS(syscall(SYS_keyctl, KEYCTL_DESCRIBE, prepared.key, act->text,
			    sizeof(act->text)));
}

static long interface_door(struct act *act)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -EUCLEAN : SAYS(ioctl(fd, SIOCSIFFLAGS, &request));
}

static long character_device_door(struct act *act)
{
	return SAYS(mknod(PLACE "/made", S_IFCHR | 0600, makedev(1, 3)));
}

static long block_device_door(struct act *act)
{
	return SAYS(mknod(PLACE "/made", S_IFBLK | 0600, makedev(7, 0)));
}

static long ring_door(struct act *act)
{
	struct ring ring;

	return ring_open(&ring);
}

/* A door that is a file: the role may open every file, by its path. */
#define FILE_DOOR(name, where, how)                                            \
	static long name##_door(struct act *act)                               \
	{                                                                      \
		path_set(act, "%s", where);                                    \
		act->flags = how;                                              \
		return act_open(act);                                          \
	}
FILE_DOOR(kmsg, "/dev/kmsg", O_RDONLY)
FILE_DOOR(memory_device, "/dev/mem", O_RDONLY)
FILE_DOOR(port_device, "/dev/port", O_RDONLY)
FILE_DOOR(kcore, "/proc/kcore", O_RDONLY)
FILE_DOOR(disk, "/dev/vda", O_RDONLY)
FILE_DOOR(tracing, "/sys/kernel/tracing/current_tracer", O_RDONLY)
FILE_DOOR(probes, "/sys/kernel/tracing/kprobe_events", O_WRONLY)
FILE_DOOR(debug, "/sys/kernel/debug/fault_around_bytes", O_RDONLY)

/* --- who gets through ------------------------------------------------------------------------ */

/*
 *   who             capabilities   privileges        a door
 *   DOORLESS        all            none              refused
 *   its own person  all            the door's alone  gets past the gate
 *   FREE            all            (no role)         the same; but see `shut`
 *
 * Who is past the gate may still be told that what it asked for is nonsense.
 */
FIXTURE(door)
{
	struct act act;
	struct actor *other;
};

FIXTURE_VARIANT(door)
{
	act_fn *act;
	unsigned int privilege;		/* BAILIWICK_PRIVILEGE_*_BIT */
	bool shut;			/* to FREE as well, while a class is protected */
};

#define DOOR(name, which, ...)                                                 \
	FIXTURE_VARIANT_ADD(door, name)                                        \
	{                                                                      \
		.act = name##_door,                                            \
		.privilege = BAILIWICK_PRIVILEGE_##which##_BIT, __VA_ARGS__    \
	};

#define DOORS(X)                                                               \
	X(init_module, MODULE) X(finit_module, MODULE) X(delete_module, MODULE) \
	X(kexec_load, KEXEC) X(kexec_file, KEXEC)                              \
	X(bpf, BPF) X(perf, PERF, .shut = true)                                              \
	X(mount, MOUNT) X(bind, MOUNT) X(umount, MOUNT) X(fsopen, MOUNT)       \
	X(fspick, MOUNT) X(fsmount, MOUNT) X(open_tree, MOUNT)                 \
	X(move_mount, MOUNT) X(mount_setattr, MOUNT) X(pivot_root, MOUNT)      \
	X(user_namespace, USERNS) X(user_namespace_child, USERNS) X(setns, USERNS) \
	X(ptrace, PTRACE) X(read_memory, PTRACE) X(write_memory, PTRACE)       \
	X(memory_file, PTRACE) X(pidfd_getfd, PTRACE) X(kcmp, PTRACE)          \
	X(syslog, SYSLOG) X(kmsg, SYSLOG)                                      \
	X(quota, QUOTA) X(quota_fd, QUOTA)                                     \
	X(settimeofday, CLOCK) X(clock_settime, CLOCK) X(adjtimex, CLOCK)      \
	X(clock_adjtime, CLOCK)                                                \
	X(swapon, SWAP) X(swapoff, SWAP) X(swapon_32, SWAP)                    \
	X(reboot, REBOOT) X(acct, ACCT)                                        \
	X(add_key, KEYRING) X(use_key, KEYRING)                                \
	X(interface, NETNS_ADMIN)                                              \
	X(character_device, MKNOD_DEVICE) X(block_device, MKNOD_DEVICE)        \
	X(ring, IO_URING) X(disk, RAW_DEVICE, .shut = true)       \
	X(iopl, IOPL, .shut = true) X(ioperm, IOPL, .shut = true)              \
	X(memory_device, KERNEL_MEMORY, .shut = true)                          \
	X(port_device, KERNEL_MEMORY, .shut = true)                            \
	X(kcore, KERNEL_MEMORY, .shut = true)                                  \
	X(tracing, TRACE, .shut = true) X(probes, TRACE, .shut = true)         \
	X(debug, TRACE, .shut = true)
DOORS(DOOR)

static void prepare_mounts(struct __test_metadata *_metadata)
{
	scene_directory(PLACE);
	scene_directory(UNDER);
	scene_directory(ROOT "/old");
	scene_gone(PLACE "/made");
	/* What the acts change must not be this machine's. */
	ASSERT_EQ(0, unshare(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("tmpfs", UNDER, "tmpfs", 0, NULL));
	ASSERT_EQ(0, mount(ROOT, ROOT, NULL, MS_BIND, NULL));
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);	/* may be there */
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	ASSERT_TRUE(scene_there("/sys/kernel/tracing/current_tracer"));
	ASSERT_TRUE(scene_there("/sys/kernel/debug/fault_around_bytes"));
	prepared.context = syscall(SYS_fsopen, "tmpfs", 0);
	ASSERT_EQ(0, syscall(SYS_fsconfig, prepared.context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	prepared.tree = syscall(SYS_open_tree, AT_FDCWD, UNDER, OPEN_TREE_CLONE);
	ASSERT_LE(0, prepared.tree);
}

FIXTURE_SETUP(door)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	prepare_mounts(_metadata);
	prepared.null = open("/dev/null", O_RDWR);
	prepared.top = open("/", O_RDONLY | O_DIRECTORY);
	prepared.names = open("/proc/self/ns/uts", O_RDONLY);
	prepared.key = syscall(SYS_add_key, "user", "bw-kept", "x", 1, KEY_SPEC_USER_KEYRING);
	ASSERT_LT(0, prepared.key);
	self->other = actor_start(&(struct subject){ .login = FREE });
	prepared.other = actor_pid(self->other);
}

FIXTURE_TEARDOWN(door)
{
	actor_stop(self->other);
}

static bool refused(long result)
{
	return result == -EPERM || result == -EACCES;
}

TEST_F(door, closed_without_its_privilege)
{
	long result = act_as(DOORLESS, variant->act, &self->act);

	/* An overlay has no quota: there the kernel says so before it asks. */
	if (result == -ENOSYS && act_as(FREE, variant->act, &self->act) == -ENOSYS)
		SKIP(return, "this machine has no such door");
	EXPECT_TRUE(refused(result)) {
		TH_LOG("%ld", result);
	}
	EXPECT_FALSE(scene_there(PLACE "/made"));
}

TEST_F(door, open_with_its_privilege)
{
	long result = act_as(DOOR_PERSON(variant->privilege), variant->act, &self->act);

	if (result == -ENOSYS || result == -ENOENT || result == -ENXIO)
		result = act_as(FREE, variant->act, &self->act) == result ? 0 : result;
	EXPECT_TRUE(!refused(result) && result != -EUCLEAN) {
		TH_LOG("%ld", result);
	}
}

TEST_F(door, without_a_role)
{
	long result = act_as(FREE, variant->act, &self->act);

	EXPECT_EQ(variant->shut, refused(result)) {
		TH_LOG("%ld", result);
	}
}

/* --- modules the kernel loads for somebody ------------------------------------------------------ */

#define TUN PLACE "/tun"

static long open_tun(struct act *act)
{
	path_set(act, TUN);
	act->flags = O_RDWR;
	return act_open(act);
}

static void autoload_try(struct __test_metadata *_metadata, uid_t who, bool works)
{
	struct act act = { 0 };

	scene_directory(PLACE);
	run_command("modprobe -q -r tun");
	ASSERT_FALSE(scene_there("/sys/module/tun"));
	scene_gone(TUN);
	ASSERT_EQ(0, mknod(TUN, S_IFCHR | 0600, makedev(10, 200)));
	EXPECT_EQ(works, act_as(who, open_tun, &act) >= 0) {
		TH_LOG("%ld", act.result);
	}
	EXPECT_EQ(works, scene_there("/sys/module/tun"));
	scene_gone(TUN);
}

TEST(no_module_is_loaded_for_who_may_not) { autoload_try(_metadata, DOORLESS, false); }
TEST(a_module_is_loaded_for_who_may)
{
	autoload_try(_metadata, DOOR_PERSON(BAILIWICK_PRIVILEGE_MODULE_BIT), true);
}

/* --- one door is not another --------------------------------------------------------------------- */

TEST(reboot_is_not_kexec)
{
	struct act act = { 0 };

	EXPECT_EQ(-EPERM, act_as(DOOR_PERSON(BAILIWICK_PRIVILEGE_REBOOT_BIT), kexec_load_door, &act));
	EXPECT_EQ(-EPERM, act_as(DOOR_PERSON(BAILIWICK_PRIVILEGE_REBOOT_BIT), kexec_file_door, &act));
	EXPECT_EQ(-EPERM, act_as(DOOR_PERSON(BAILIWICK_PRIVILEGE_KEXEC_BIT), reboot_door, &act));
}

/* --- and it is told --------------------------------------------------------------------------------- */

#define WHICH "[.[] | select(.operation == \"privilege\" and .reason == \"policy\") | " \
	      ".object.privilege]"
#define QUOTED(id, name) "\"" name "\","

/* A fixture, so that it comes after all of the above: nobody else is doorless. */
FIXTURE(told)
{
};

FIXTURE_SETUP(told)
{
}

FIXTURE_TEARDOWN(told)
{
}

TEST_F_TIMEOUT(told, every_door, 120)
{
	/* Who is traced is told by its role, as an operation of its own. */
	EXPECT_EQ(0, run_command("sleep 2; bailiwick events --json --role doorless >/tmp/doorless &&"
				 "jq -es '([" BAILIWICK_PRIVILEGES(QUOTED) " \"ptrace\"] - " WHICH
				 ") | if . == [\"ptrace\"] or . == [\"ptrace\", \"ptrace\"]"
				 " then true else error(tostring) end' /tmp/doorless"));
	EXPECT_EQ(0, run_command("jq -es 'any(.operation == \"ptrace\" and .reason == \"policy\" "
				 "and .object.role == \"unconfined\")' /tmp/doorless"));
}

TEST_HARNESS_MAIN
