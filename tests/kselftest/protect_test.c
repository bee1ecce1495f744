// SPDX-License-Identifier: Apache-2.0
/* While a class is protected: what would reach around it is closed to root without a role, too. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "doors.h"
#include "role.h"
#include "scene.h"

#define PINS "/sys/fs/bpf/bailiwick"
#define SAYS(call) ({ long said_ = (call); said_ < 0 ? -errno : said_; })

static long bpf(int command, union bpf_attr *attributes)
{
	return SAYS(syscall(SYS_bpf, command, attributes, sizeof(*attributes)));
}

static bool refused(long result)
{
	return result == -EPERM || result == -EACCES;
}

/* --- maps, programs, links -------------------------------------------------------------------- */

static long object_get(const char *path)
{
	union bpf_attr pin = { .pathname = (uintptr_t)path };

	return bpf(BPF_OBJ_GET, &pin);
}

static long map_make(const char *name)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
			       .max_entries = 1 };

	snprintf(map.map_name, sizeof(map.map_name), "%s", name);
	return bpf(BPF_MAP_CREATE, &map);
}

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* probe_read_kernel(r10 - 8, 8, 0); r0 = 0; exit */
static const struct bpf_insn reads_kernel[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

static long program_load(unsigned int type, const struct bpf_insn *code, size_t size)
{
	union bpf_attr program = { .prog_type = type, .insns = (uintptr_t)code,
				   .insn_cnt = size / sizeof(*code), .license = (uintptr_t)"GPL" };

	snprintf(program.prog_name, sizeof(program.prog_name), "foreign");
	return bpf(BPF_PROG_LOAD, &program);
}

struct found {
	int ours, others, errors;
};

static void look_at(int fd, struct found *found)
{
	union {
		struct bpf_map_info map;
		struct bpf_prog_info program;
	} info = { 0 };
	union bpf_attr ask = { .info = { .bpf_fd = fd, .info_len = sizeof(info),
					 .info = (uintptr_t)&info } };
	const char *name = info.map.name;

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &ask))
		return;
	/* A program's name lies elsewhere; its information is the larger one. */
	if (ask.info.info_len > sizeof(info.map))
		name = info.program.name;
	if (!strncmp(name, "bw_", 3) || !strncmp(name, "bailiwic", 8))
		found->ours++;
	else
		found->others++;
}

/* As whoever lists everything there is: what is gone is skipped. */
static void list(int next, int open_by_id, struct found *found)
{
	union bpf_attr ask = { 0 };
	long fd;

	memset(found, 0, sizeof(*found));
	while (!bpf(next, &ask)) {
		union bpf_attr one = { .map_id = ask.next_id };

		fd = bpf(open_by_id, &one);
		if (fd >= 0) {
			look_at(fd, found);
			close(fd);
		} else if (fd != -ENOENT) {
			found->errors++;
		}
		ask.start_id = ask.next_id;
	}
}

static struct found found;

static long list_maps(struct act *act)
{
	list(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID, &found);
	act->number = found.ours;
	act->flags = found.others;
	return found.errors;
}

static long list_programs(struct act *act)
{
	list(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID, &found);
	act->number = found.ours;
	act->flags = found.others;
	return found.errors;
}

static void list_try(struct __test_metadata *_metadata, uid_t who, act_fn *fn)
{
	struct act act = { 0 };

	EXPECT_EQ(0, act_as(who, fn, &act));
	EXPECT_EQ(0, act.number);
	EXPECT_LT(0, act.flags);
}

#define BPF_PERSON DOOR_PERSON(BAILIWICK_PRIVILEGE_BPF_BIT)

TEST(maps_by_number)
{
	long fd = map_make("foreign");

	ASSERT_LE(0, fd);
	list_try(_metadata, FREE, list_maps);
	list_try(_metadata, BPF_PERSON, list_maps);
	close(fd);
}

TEST(programs_by_number)
{
	long fd = program_load(BPF_PROG_TYPE_SOCKET_FILTER, nothing, sizeof(nothing));

	ASSERT_LE(0, fd);
	list_try(_metadata, FREE, list_programs);
	list_try(_metadata, BPF_PERSON, list_programs);
	close(fd);
}

static long get_pin(struct act *act)
{
	return object_get(act->path);
}

TEST(maps_by_pin)
{
	static const char *const maps[] = { "slots", "control", "events", "counts", "totals" };
	struct act act = { 0 };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		path_set(&act, PINS "/maps/bw_%s", maps[i]);
		ASSERT_TRUE(scene_there("%s", act.path));
		EXPECT_TRUE(refused(act_as(FREE, get_pin, &act)));
		EXPECT_TRUE(refused(act_as(BPF_PERSON, get_pin, &act)));
	}
	path_set(&act, PINS "/maps/rodata");
	EXPECT_TRUE(refused(act_as(FREE, get_pin, &act)));
}

/* To be called like one of ours does not make a map one of ours, nor close it. */
TEST(other_peoples_objects)
{
	union bpf_attr pin = { .pathname = (uintptr_t)"/sys/fs/bpf/bw_foreign" };
	long map = map_make("bw_slots");

	ASSERT_LE(0, map);
	pin.bpf_fd = map;
	unlink("/sys/fs/bpf/bw_foreign");
	ASSERT_EQ(0, bpf(BPF_OBJ_PIN, &pin));
	EXPECT_LE(0, object_get("/sys/fs/bpf/bw_foreign"));
	EXPECT_EQ(0, unlink("/sys/fs/bpf/bw_foreign"));
	EXPECT_EQ(0, run_command("bpftool map show >/tmp/maps && bpftool prog show >/tmp/programs &&"
				 "grep -q 'name bw_slots' /tmp/maps && ! grep -q bw_control /tmp/maps"));
	close(map);
}

static long act_link(struct act *act)
{
	union bpf_attr detach = { .link_detach.link_fd = act->descriptor };
	union bpf_attr update = { .link_update = { .link_fd = act->descriptor } };
	long program = program_load(BPF_PROG_TYPE_SOCKET_FILTER, nothing, sizeof(nothing));

	update.link_update.new_prog_fd = program;
	return program < 0 || !bpf(BPF_LINK_DETACH, &detach) || !bpf(BPF_LINK_UPDATE, &update);
}

/* A link can be looked at, but neither taken off its hook nor given another program. */
TEST(links)
{
	struct act act = { 0 };

	scene_all();
	act.descriptor = object_get(PINS "/links/file_open");
	ASSERT_LE(0, act.descriptor);
	EXPECT_EQ(0, act_as(FREE, act_link, &act));
	path_set(&act, VAULT);
	EXPECT_TRUE(refused(act_as(FREE, act_read, &act)));
}

/* --- the kernel's memory by a program ------------------------------------------------------------ */

static long load_reader(struct act *act)
{
	long fd = program_load(BPF_PROG_TYPE_TRACEPOINT, reads_kernel, sizeof(reads_kernel));

	if (fd >= 0)
		close(fd);
	return fd;
}

static long load_of_type(struct act *act)
{
	long fd = program_load(act->number, nothing, sizeof(nothing));

	if (fd >= 0)
		close(fd);
	return fd;
}

/*
 * Whoever may load these reads the kernel through its own types, without a helper, and
 * with one the memory of whom they interrupt.
 */
TEST(program_that_reads_the_kernel)
{
	static const unsigned int tracing[] = { BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_KPROBE,
						BPF_PROG_TYPE_RAW_TRACEPOINT,
						BPF_PROG_TYPE_PERF_EVENT };
	static const unsigned int others[] = { BPF_PROG_TYPE_SOCKET_FILTER,
					       BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_XDP };
	struct act act = { 0 };

	EXPECT_GT(0, act_as(FREE, load_reader, &act));
	/* With the privilege it is the role's business. */
	EXPECT_LE(0, act_as(BPF_PERSON, load_reader, &act)) {
		TH_LOG("%ld", act.result);
	}
	for (size_t i = 0; i < sizeof(tracing) / sizeof(tracing[0]); i++) {
		act.number = tracing[i];
		EXPECT_EQ(-EPERM, act_as(FREE, load_of_type, &act));
		EXPECT_LE(0, act_as(BPF_PERSON, load_of_type, &act));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		act.number = others[i];
		EXPECT_LE(0, act_as(FREE, load_of_type, &act));
	}
}

/* --- the controller ------------------------------------------------------------------------------- */

FIXTURE(controller)
{
	struct act act;
};

FIXTURE_VARIANT(controller)
{
	uid_t who;
};

FIXTURE_VARIANT_ADD(controller, unconfined) { .who = FREE };
FIXTURE_VARIANT_ADD(controller, capable) { .who = DOORLESS };
FIXTURE_VARIANT_ADD(controller, tracer) { .who = DOOR_PERSON(BAILIWICK_PRIVILEGE_PTRACE_BIT) };

static long controller_pid(void)
{
	FILE *from = popen("pgrep -o -x bailiwickd", "r");
	long pid = -1;

	if (!from || fscanf(from, "%ld", &pid) != 1)
		pid = -1;
	if (from)
		pclose(from);
	return pid;
}

FIXTURE_SETUP(controller)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.number = controller_pid();
	ASSERT_LT(1, self->act.number);
}

FIXTURE_TEARDOWN(controller)
{
	/* The same one, and it answers. */
	EXPECT_EQ(self->act.number, controller_pid());
	EXPECT_EQ(0, run_command("bailiwick status"));
}

static long do_kill(struct act *act)
{
	return SAYS(kill(act->number, act->flags));
}

TEST_F(controller, signals)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSTOP, SIGHUP, SIGSEGV };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		self->act.flags = signals[i];
		EXPECT_TRUE(refused(act_as(variant->who, do_kill, &self->act)));
	}
}

static long do_kill_by_descriptor(struct act *act)
{
	int process = syscall(SYS_pidfd_open, act->number, 0);

	return process < 0 ? -EUCLEAN : SAYS(syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0));
}

TEST_F(controller, signal_by_descriptor)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_kill_by_descriptor, &self->act)));
}

static long do_limit_time(struct act *act)
{
	struct rlimit none = { 0 };

	return SAYS(prlimit(act->number, RLIMIT_CPU, &none, NULL));
}

static long do_limit_files(struct act *act)
{
	struct rlimit none = { 0 };

	return SAYS(prlimit(act->number, RLIMIT_FSIZE, &none, NULL));
}

static long do_make_idle(struct act *act)
{
	return SAYS(sched_setscheduler(act->number, SCHED_IDLE, &(struct sched_param){ 0 }));
}

static long do_bind(struct act *act)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return SAYS(sched_setaffinity(act->number, sizeof(one), &one));
}

static long do_make_nice(struct act *act)
{
	return SAYS(setpriority(PRIO_PROCESS, act->number, 19));
}

static long do_make_idle_on_disk(struct act *act)
{
	/* IOPRIO_WHO_PROCESS, class idle */
	return SAYS(syscall(SYS_ioprio_set, 1, act->number, 3 << 13));
}

/* No time, or files of no size: the kernel's own signal ends it then. */
TEST_F(controller, limits)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_limit_time, &self->act)));
	EXPECT_TRUE(refused(act_as(variant->who, do_limit_files, &self->act)));
}

TEST_F(controller, processor)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_make_idle, &self->act)));
	EXPECT_TRUE(refused(act_as(variant->who, do_bind, &self->act)));
}

TEST_F(controller, priority)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_make_nice, &self->act)));
	EXPECT_TRUE(refused(act_as(variant->who, do_make_idle_on_disk, &self->act)));
}

static long do_trace(struct act *act)
{
	return SAYS(ptrace(PTRACE_SEIZE, act->number, NULL, NULL));
}

TEST_F(controller, traced)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_trace, &self->act)));
}

static long do_read_memory(struct act *act)
{
	struct iovec here = { act->text, 8 }, there = { (void *)0x400000, 8 };

	return SAYS(process_vm_readv(act->number, &here, 1, &there, 1, 0));
}

TEST_F(controller, memory)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_read_memory, &self->act)));
	path_set(&self->act, "/proc/%ld/mem", self->act.number);
	self->act.flags = O_RDWR;
	EXPECT_TRUE(refused(act_as(variant->who, act_open, &self->act)));
}

static long do_take_descriptor(struct act *act)
{
	int process = syscall(SYS_pidfd_open, act->number, 0);
	long fd = -EUCLEAN;

	for (int i = 3; process >= 0 && i < 200; i++) {
		fd = SAYS(syscall(SYS_pidfd_getfd, process, i, 0));
		if (fd >= 0)
			return fd;
		if (!refused(fd) && fd != -EBADF)
			return fd;
	}
	return fd;
}

TEST_F(controller, descriptors)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_take_descriptor, &self->act)));
}

/* What a task says of itself does not make it the controller. */
static long do_pretend(struct act *act)
{
	int program = open("/usr/sbin/bailiwickd", O_RDONLY | O_CLOEXEC);

	if (program < 0)
		return -EUCLEAN;
	prctl(PR_SET_NAME, "bailiwickd");
	prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, program, 0, 0);
	return object_get(PINS "/maps/bw_control");
}

TEST_F(controller, pretended)
{
	EXPECT_TRUE(refused(act_as(variant->who, do_pretend, &self->act)));
}

/* Another process of the same people is theirs to stop. */
/* --- its children --------------------------------------------------------------------------------- */

static bool is_called(int pid, const char *name)
{
	char path[64], comm[32] = "";
	FILE *from;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	from = fopen(path, "re");
	if (from && !fgets(comm, sizeof(comm), from))
		comm[0] = '\0';
	if (from)
		fclose(from);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* Seize one and read its memory; 1 for each that worked, -1 when it is gone */
static long seize(int pid)
{
	char here[8];
	struct iovec to = { here, 8 }, there = { (void *)0x400000, 8 };
	long worked = !ptrace(PTRACE_SEIZE, pid, NULL, NULL);

	if (!worked && errno == ESRCH)
		return -1;
	return worked + (process_vm_readv(pid, &to, 1, &there, 1, 0) >= 0);
}

/* The children of the act's number that take back; number: how many were met.  How often it worked. */
static long seize_children(struct act *act)
{
	time_t end = time(NULL) + 60;
	long worked = 0, met = 0, one;
	char children[64];
	int pid;

	snprintf(children, sizeof(children), "/proc/%ld/task/%ld/children", act->number, act->number);
	while (time(NULL) < end && access(act->path, F_OK)) {
		FILE *from = fopen(children, "re");

		while (from && fscanf(from, "%d", &pid) == 1) {
			one = is_called(pid, "bailiwickd-swee") ? seize(pid) : -1;
			met += one >= 0;
			worked += one > 0 ? one : 0;
		}
		if (from)
			fclose(from);
	}
	act->number = met;
	return worked;
}

#define APPLIED "/tmp/bw-applied"

/*
 * A child of the controller that goes through what is open holds the controller's maps.
 * What the controller has open is its own: it is not among what was taken back.
 */
TEST(child_that_takes_back)
{
	struct actor *other = actor_start(&(struct subject){ .login = FREE });
	struct act act = { 0 };

	/* While a grant has an end each use of a file is judged: nothing is attached below. */
	ASSERT_EQ(0, run_command("bailiwick assign user:1999 clerk --until 2099-01-01T00:00:00Z"));
	unlink(APPLIED);
	path_set(&act, APPLIED);
	act.number = controller_pid();
	actor_begin(other, seize_children, &act);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(1, run_command("bailiwick policy apply policy.yaml | grep bailiwickd"));
	ASSERT_EQ(0, run_command("touch " APPLIED));
	while (!actor_ended(other, &act))
		usleep(10000);
	EXPECT_LT(0, act.number);
	EXPECT_EQ(0, act.result);
	EXPECT_EQ(0, run_command("bailiwick revoke user:1999 clerk"));
	actor_stop(other);
}

TEST(others_may_be_killed)
{
	struct actor *other = actor_start(&(struct subject){ .login = FREE });
	struct act act = { .number = actor_pid(other), .flags = SIGTERM };

	EXPECT_EQ(0, act_as(FREE, do_kill, &act));
	actor_stop(other);
}

/* --- who runs the controller's program ------------------------------------------------------------ */

/* The program says how it is used, to a pipe that is full: it stays. */
static pid_t start_and_stay(const char *program, int pipe_ends[2])
{
	pid_t pid;

	if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	while (write(pipe_ends[1], "", 1) == 1)
		;
	fcntl(pipe_ends[1], F_SETFL, 0);
	pid = fork();
	if (pid)
		return pid;
	dup2(pipe_ends[1], STDOUT_FILENO);
	execl(program, program, "--help", NULL);
	_exit(126);
}

/* A signal that is ignored, until it is refused. */
static bool is_refused_soon(pid_t pid)
{
	struct act act = { .number = pid, .flags = SIGURG };

	for (int i = 0; i < 100; i++) {
		if (refused(act_as(FREE, do_kill, &act)))
			return true;
		usleep(50000);
	}
	return false;
}

TEST(another_run_of_its_program)
{
	struct act act = { .flags = SIGKILL };
	int ends[2];

	act.number = start_and_stay("/usr/sbin/bailiwickd", ends);
	ASSERT_LT(0, act.number);
	EXPECT_TRUE(is_refused_soon(act.number));
	EXPECT_TRUE(refused(act_as(FREE, do_kill, &act)));
	close(ends[0]);			/* it ends */
	close(ends[1]);
	EXPECT_EQ(act.number, waitpid(act.number, NULL, 0));
}

TEST(its_program_elsewhere)
{
	struct act act = { .flags = SIGKILL };
	int ends[2];

	ASSERT_EQ(0, run_command("cp /usr/sbin/bailiwickd /srv/bw-elsewhere"));
	act.number = start_and_stay("/srv/bw-elsewhere", ends);
	ASSERT_LT(0, act.number);
	EXPECT_EQ(0, act_as(FREE, do_kill, &act));
	EXPECT_EQ(act.number, waitpid(act.number, NULL, 0));
	scene_gone("/srv/bw-elsewhere");
	close(ends[0]);
	close(ends[1]);
}

TEST_HARNESS_MAIN
