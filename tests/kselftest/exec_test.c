// SPDX-License-Identifier: Apache-2.0
/* Running code: every way from a file to a processor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

#define LOADER "/lib64/ld-linux-x86-64.so.2"

/* --- programs against rights --------------------------------------------------- */

/* mov $0x101012a, %eax; and $0x10101ff, %eax; ret: 42 in the low byte, no byte zero */
static const char code[] = "\xb8\x2a\x01\x01\x01\x25\xff\x01\x01\x01\xc3";

static void with_programs(const char *directory)
{
	scene_directory(SCENE "/bin");
	scene_program("payload", SCENE "/bin/payload");
	scene_program("payload", "%s/program", directory);
	scene_program("payload-dynamic", "%s/dynamic", directory);
	scene_script("#!" SCENE "/bin/payload\n", "%s/script", directory);
	scene_script(code, "%s/code", directory);
}

static bool ran(const char *directory, const struct act *act)
{
	return strstr(act->text, "ran\n");
}

static bool code_ran(const char *directory, const struct act *act)
{
	return (act->number & 0xff) == 42;
}

static long run_below(struct act *act, const char *name)
{
	path_set(act, "%s/%s", strdupa(act->path), name);
	return act_run(act);
}

static long by_execve(struct act *act) { return run_below(act, "program"); }
static long by_script(struct act *act) { return run_below(act, "script"); }
static long by_dynamic(struct act *act) { return run_below(act, "dynamic"); }

MATRIX_TEST(execve, R(EXEC), 0, with_programs, by_execve, ran)
MATRIX_TEST(execve_dynamic, R(EXEC), 0, with_programs, by_dynamic, ran)
MATRIX_TEST(script, R(EXEC), 0, with_programs, by_script, ran)

/* The loader is a program of its own: what it maps is code all the same. */
static long by_loader(struct act *act)
{
	other_set(act, "%s/dynamic", act->path);
	path_set(act, LOADER);
	act_run(act);
	/* It says no by its exit status; the errno is the loader's own affair. */
	return strstr(act->text, "ran\n") ? 0 : -EACCES;
}
MATRIX_TEST(dynamic_loader, R(READ) | R(MAP_EXEC), 0, with_programs, by_loader, ran)

/* Run what a descriptor stands for, in a child; its output to act->text */
static long run_descriptor(struct act *act, int fd, const char *name, int flags)
{
	char *const argv[] = { "payload", NULL }, *const envp[] = { NULL };
	int out[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		syscall(SYS_execveat, fd, name, argv, envp, flags);
		_exit(errno);
	}
	close(out[1]);
	n = read(out[0], act->text, sizeof(act->text) - 1);
	act->text[n < 0 ? 0 : n] = '\0';
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static long by_fexecve(struct act *act)
{
	char name[600];
	long result;
	int fd;

	snprintf(name, sizeof(name), "%s/program", act->path);
	fd = open(name, O_PATH | O_CLOEXEC);
	result = run_descriptor(act, fd, "", AT_EMPTY_PATH);
	close(fd);
	return result;
}

static long by_execveat(struct act *act)
{
	int fd = open(act->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long result = run_descriptor(act, fd, "program", 0);

	close(fd);
	return result;
}

static long by_proc(struct act *act)
{
	char name[600];
	long result;
	int fd;

	snprintf(name, sizeof(name), "%s/program", act->path);
	fd = open(name, O_PATH | O_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	result = run_descriptor(act, AT_FDCWD, name, 0);
	close(fd);
	return result;
}

MATRIX_TEST(fexecve, R(EXEC), 0, with_programs, by_fexecve, ran)
MATRIX_TEST(execveat, R(EXEC), 0, with_programs, by_execveat, ran)
MATRIX_TEST(exec_through_proc, R(EXEC), 0, with_programs, by_proc, ran)

/* /proc/self/exe: what runs is not therefore readable. */
FIXTURE(itself)
{
	struct act act;
};

FIXTURE_VARIANT(itself)
{
	const char *directory;
	bool works;
};

FIXTURE_VARIANT_ADD(itself, readable) { .directory = SCENE "/all", .works = true };
FIXTURE_VARIANT_ADD(itself, not_readable) { .directory = SCENE "/no-read" };

FIXTURE_SETUP(itself)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_directory("%s", variant->directory);
	scene_program("payload", "%s/program", variant->directory);
}

FIXTURE_TEARDOWN(itself)
{
}

TEST_F(itself, read_through_proc)
{
	path_set(&self->act, "%s/program", variant->directory);
	other_set(&self->act, "/proc/self/exe");
	act_as(CLERK, act_run, &self->act);
	EXPECT_EQ(0, strncmp(self->act.text, "ran\n", 4));
	EXPECT_EQ(variant->works, strstr(self->act.text, "\177ELF") != NULL);
}

/* --- mapped code ------------------------------------------------------------------ */

static int open_code(const struct act *act)
{
	char name[600];

	snprintf(name, sizeof(name), "%s/code", act->path);
	return open(name, O_RDONLY | O_CLOEXEC);
}

static long call(struct act *act, void *map)
{
	act->number = ((int (*)(void))map)();
	munmap(map, 4096);
	return 0;
}

static long by_map(struct act *act)
{
	int fd = open_code(act);
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	return map == MAP_FAILED ? -errno : call(act, map);
}

static long by_shared_map(struct act *act)
{
	int fd = open_code(act);
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_EXEC, MAP_SHARED, fd, 0);
	close(fd);
	return map == MAP_FAILED ? -errno : call(act, map);
}

static long by_protect(struct act *act)
{
	int fd = open_code(act);
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	return mprotect(map, 4096, PROT_READ | PROT_EXEC) ? -errno : call(act, map);
}

/* Under this personality the kernel itself turns "readable" into "executable". */
static long by_personality(struct act *act)
{
	int fd = open_code(act), before, error;
	void *map;

	if (fd < 0)
		return -errno;
	before = personality(0xffffffff);
	personality(before | READ_IMPLIES_EXEC);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	error = errno;
	personality(before);
	close(fd);
	return map == MAP_FAILED ? -error : call(act, map);
}

static long by_protect_personality(struct act *act)
{
	int fd = open_code(act), before, result;
	void *map;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	before = personality(0xffffffff);
	personality(before | READ_IMPLIES_EXEC);
	result = mprotect(map, 4096, PROT_READ) ? -errno : 0;
	personality(before);
	return result ? result : call(act, map);
}

/*
 * The same personality, and a system call that maps anew what is mapped: shared
 * with a file open for writing, else it does not.
 */
static long by_remapping(struct act *act)
{
	int fd, before, result;
	char name[600], *map;

	snprintf(name, sizeof(name), "%s/code", act->path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	before = personality(0xffffffff);
	personality(before | READ_IMPLIES_EXEC);
	result = syscall(SYS_remap_file_pages, map, 4096, 0, 0, 0) ? -errno : 0;
	personality(before);
	return result ? result : call(act, map);
}
MATRIX_TEST(remap_personality, R(READ) | R(WRITE) | R(MAP_EXEC), 0,
	    with_programs, by_remapping, code_ran)

/* A second mapping of the same pages is as executable as the first. */
static long by_moving(struct act *act)
{
	int fd = open_code(act);
	char *map, *moved;

	if (fd < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	moved = mremap(map, 0, 4096, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED)
		return -errno;
	return mprotect(moved, 4096, PROT_READ | PROT_EXEC) ? -errno : call(act, moved);
}
MATRIX_TEST(move_then_protect, R(READ) | R(MAP_EXEC), 0, with_programs, by_moving, code_ran)

MATRIX_TEST(map, R(READ) | R(MAP_EXEC), 0, with_programs, by_map, code_ran)
MATRIX_TEST(map_shared, R(READ) | R(MAP_EXEC), 0, with_programs, by_shared_map, code_ran)
MATRIX_TEST(map_then_protect, R(READ) | R(MAP_EXEC), 0, with_programs, by_protect, code_ran)
MATRIX_TEST(map_personality, R(READ) | R(MAP_EXEC), 0, with_programs, by_personality, code_ran)
MATRIX_TEST(protect_personality, R(READ) | R(MAP_EXEC), 0,
	    with_programs, by_protect_personality, code_ran)

/* --- interpreters ------------------------------------------------------------------ */

/*
 *   script (all)    ──▶ #! /srv/bw/bin/payload       runs
 *   script (all)    ──▶ #! /srv/bw/secret/payload    the interpreter is closed
 *   script (secret) ──▶ #! /srv/bw/bin/payload       the script is closed
 *   script (all) ──▶ script (all) ──▶ #! secret      however long the chain
 */
FIXTURE(script)
{
	struct act act;
};

FIXTURE_VARIANT(script)
{
	const char *path, *content;
	bool works;
};

FIXTURE_VARIANT_ADD(script, allowed) {
	.path = SCENE "/all/script", .content = "#!" SCENE "/bin/payload\n", .works = true };
FIXTURE_VARIANT_ADD(script, interpreter_closed) {
	.path = SCENE "/all/script", .content = "#!" SCENE "/secret/payload\n" };
FIXTURE_VARIANT_ADD(script, script_closed) {
	.path = SCENE "/secret/script", .content = "#!" SCENE "/bin/payload\n" };
FIXTURE_VARIANT_ADD(script, chain_ends_closed) {
	.path = SCENE "/all/script", .content = "#!" SCENE "/all/middle\n" };

FIXTURE_SETUP(script)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(SCENE "/bin");
	scene_program("payload", SCENE "/bin/payload");
	scene_program("payload", SCENE "/secret/payload");
	scene_script("#!" SCENE "/secret/payload\n", SCENE "/all/middle");
	scene_script(variant->content, "%s", variant->path);
	path_set(&self->act, "%s", variant->path);
}

FIXTURE_TEARDOWN(script)
{
}

TEST_F(script, run)
{
	act_as(CLERK, act_run, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, "ran\n") != NULL);
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

TEST_F(script, unconfined_twin)
{
	EXPECT_LE(0, act_as(FREE, act_run, &self->act));
	EXPECT_NE(NULL, strstr(self->act.text, "ran\n"));
}

/* --- programs without a name --------------------------------------------------------- */

/*
 *              memfd / O_TMPFILE / deleted file with a program in it
 *   FREE       runs it
 *   CLERK      may write it, cannot run it
 */
FIXTURE(nameless)
{
	struct act act;
};

FIXTURE_VARIANT(nameless)
{
	uid_t login;
	bool works;
};

FIXTURE_VARIANT_ADD(nameless, unconfined) { .login = FREE, .works = true };
FIXTURE_VARIANT_ADD(nameless, clerk) { .login = CLERK };

FIXTURE_SETUP(nameless)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(SCENE "/no-exec");
	scene_program("payload", SCENE "/no-exec/program");
}

FIXTURE_TEARDOWN(nameless)
{
}

/* Fill @fd with the program, by reading it as any file */
static long fill(int fd)
{
	static char buffer[65536];
	int from = open(SCENE "/no-exec/program", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (from < 0)
		return -errno;
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, n) != n)
			return -errno;
	close(from);
	return 0;
}

static long run_memfd(struct act *act)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = fill(fd);
	return result ? result : run_descriptor(act, fd, "", AT_EMPTY_PATH);
}

static long run_memfd_proc(struct act *act)
{
	int fd = memfd_create("program", 0);
	char name[64];
	long result = fd < 0 ? -errno : fill(fd);

	if (result)
		return result;
	/* Opened again read-only: a file open for writing is never run. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return run_descriptor(act, AT_FDCWD, name, 0);
}

static long map_memfd(struct act *act)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	void *map;

	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code))
		return -errno;
	map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	call(act, map);
	if ((act->number & 0xff) == 42)
		strcpy(act->text, "ran\n");
	return 0;
}

static long run_temporary(struct act *act)
{
	int fd = open(SCENE "/no-exec", O_TMPFILE | O_RDWR | O_CLOEXEC, 0755);
	char name[64];
	long result = fd < 0 ? -errno : fill(fd);

	if (result)
		return result;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	result = open(name, O_PATH | O_CLOEXEC);
	close(fd);
	return result < 0 ? -errno : run_descriptor(act, result, "", AT_EMPTY_PATH);
}

static long run_deleted(struct act *act)
{
	int fd = open(SCENE "/no-exec/deleted", O_CREAT | O_RDWR | O_CLOEXEC, 0755), again;
	long result = fd < 0 ? -errno : fill(fd);

	if (result)
		return result;
	again = open(SCENE "/no-exec/deleted", O_PATH | O_CLOEXEC);
	close(fd);
	if (unlink(SCENE "/no-exec/deleted"))
		return -errno;
	return run_descriptor(act, again, "", AT_EMPTY_PATH);
}

#define NAMELESS_TEST(test)                                                    \
	TEST_F(nameless, test)                                                 \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works, strstr(self->act.text, "ran\n") != NULL) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	}

NAMELESS_TEST(run_memfd)
NAMELESS_TEST(run_memfd_proc)
NAMELESS_TEST(map_memfd)
/* An overlay has none before 6.3. */
TEST_F(nameless, run_temporary)
{
	int fd = open(SCENE "/no-exec", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EOPNOTSUPP)
		SKIP(return, "this file system makes no file without a name");
	close(fd);
	act_as(variant->login, run_temporary, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, "ran\n") != NULL);
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}
NAMELESS_TEST(run_deleted)

/* --- a program in the vault ------------------------------------------------------------ */

FIXTURE(vault)
{
	struct act act;
};

static long place_program(struct act *act)
{
	scene_program("payload", SCENE "/vault/program");
	scene_script(code, SCENE "/vault/code");
	return 0;
}

FIXTURE_SETUP(vault)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_program("payload", SCENE "/bin/payload");	/* and in memory, for the keeper */
	ASSERT_EQ(0, act_as(KEEPER, place_program, &self->act));
	path_set(&self->act, SCENE "/vault");
}

FIXTURE_TEARDOWN(vault)
{
}

TEST_F(vault, run_by_unconfined_root)
{
	EXPECT_EQ(-EACCES, act_here(by_execve, &self->act));
	EXPECT_STREQ("", self->act.text);
}

TEST_F(vault, descriptor_run_by_unconfined_root)
{
	EXPECT_EQ(-EACCES, act_here(by_fexecve, &self->act));
	EXPECT_STREQ("", self->act.text);
}

TEST_F(vault, run_by_the_keeper)
{
	EXPECT_EQ(0, act_as(KEEPER, by_execve, &self->act));
	EXPECT_STREQ("ran\n", self->act.text);
}

TEST_HARNESS_MAIN
