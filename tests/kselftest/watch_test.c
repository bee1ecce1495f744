// SPDX-License-Identifier: Apache-2.0
/* Watching files: who may not list a directory is not told what happens in it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

#define NEWS "what-was-just-made"

/* Take all events there are: act->text tells when one named NEWS */
static long take(struct act *act)
{
	char events[8192];
	ssize_t n = read(act->descriptor, events, sizeof(events));

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (memmem(events, n, NEWS, strlen(NEWS)))
		strcpy(act->text, NEWS);
	return n;
}

/* --- one directory or file ------------------------------------------------------------- */

/*
 *              watches                 told
 *   CLERK      only-list, all          of every name made there
 *   CLERK      no-list, secret         refused
 *   FREE       secret                  of every name
 *   FREE       vault                   refused
 */
FIXTURE(watch)
{
	struct act act;
	struct actor *watcher;
};

FIXTURE_VARIANT(watch)
{
	uid_t login, maker;
	const char *directory;
	bool works;
};

FIXTURE_VARIANT_ADD(watch, only_list) {
	.login = CLERK, .maker = FREE, .directory = SCENE "/only-list", .works = true };
FIXTURE_VARIANT_ADD(watch, no_list) {
	.login = CLERK, .maker = FREE, .directory = SCENE "/no-list" };
FIXTURE_VARIANT_ADD(watch, secret) {
	.login = CLERK, .maker = FREE, .directory = SCENE "/secret" };
FIXTURE_VARIANT_ADD(watch, no_role) {
	.login = FREE, .maker = FREE, .directory = SCENE "/secret", .works = true };
FIXTURE_VARIANT_ADD(watch, vault) {
	.login = FREE, .maker = KEEPER, .directory = SCENE "/vault" };

static long make_news(struct act *act)
{
	scene_file("", "%s/" NEWS, act->path);
	return 0;
}

static long forget_news(struct act *act)
{
	scene_gone("%s/" NEWS, act->path);
	return 0;
}

FIXTURE_SETUP(watch)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	if (variant->maker != KEEPER)
		scene_directory("%s", variant->directory);
	path_set(&self->act, "%s", variant->directory);
	act_as(variant->maker, forget_news, &self->act);
	self->watcher = actor_start(&(struct subject){ .login = variant->login });
}

FIXTURE_TEARDOWN(watch)
{
	actor_stop(self->watcher);
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

static long by_inotify(struct act *act)
{
	act->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return inotify_add_watch(act->descriptor, act->path, IN_ALL_EVENTS) < 0 ? -errno : 0;
}

/* Without a privilege: inodes by handle, and their names */
static long by_fanotify(struct act *act)
{
	act->descriptor = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_NONBLOCK,
					O_RDONLY);
	if (act->descriptor < 0)
		return -errno;
	return fanotify_mark(act->descriptor, FAN_MARK_ADD, FAN_CREATE | FAN_OPEN |
			     FAN_EVENT_ON_CHILD, AT_FDCWD, act->path) ? -errno : 0;
}

static void watch_try(struct __test_metadata *_metadata, FIXTURE_DATA(watch) *self,
		      const FIXTURE_VARIANT(watch) *variant, act_fn *begin)
{
	struct act make = self->act;

	actor_do(self->watcher, begin, &self->act);
	act_as(variant->maker, make_news, &make);
	if (!self->act.result)
		actor_do(self->watcher, take, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, NEWS) != NULL) {
		TH_LOG("%ld", self->act.result);
	}
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

TEST_F(watch, inotify) { watch_try(_metadata, self, variant, by_inotify); }

TEST_F(watch, fanotify)
{
	struct act twin = self->act;

	path_set(&twin, SCENE "/all");
	if (act_here(by_fanotify, &twin) == -EOPNOTSUPP || twin.result == -ENODEV)
		SKIP(return, "this file system has no file handles");
	watch_try(_metadata, self, variant, by_fanotify);
}

/* A signal says that something happened, not what. */
static long by_dnotify(struct act *act)
{
	signal(SIGIO, SIG_IGN);
	return fcntl(act->descriptor, F_NOTIFY, DN_CREATE | DN_MULTISHOT) ? -errno : 0;
}

TEST_F(watch, dnotify)
{
	struct actor *watcher;

	if (variant->maker == KEEPER)
		SKIP(return, "nobody without the right has a descriptor of it");
	self->act.descriptor = open(variant->directory, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, self->act.descriptor);
	watcher = actor_start(&(struct subject){ .login = variant->login });
	EXPECT_EQ(variant->works ? 0 : -EACCES, actor_do(watcher, by_dnotify, &self->act));
	actor_stop(watcher);
}

/* Of a file: that it was opened, read, changed. */
TEST_F(watch, file)
{
	if (variant->maker != KEEPER)
		scene_file(MARKER, "%s/marker", variant->directory);
	path_set(&self->act, "%s/marker", variant->directory);
	actor_do(self->watcher, by_inotify, &self->act);
	/* To watch a file is to look at it: so in no-list, not in only-list. */
	EXPECT_EQ(variant->login == FREE ? variant->works :
					   !strcmp(variant->directory, SCENE "/no-list"),
		  self->act.result == 0) {
		TH_LOG("%ld", self->act.result);
	}
}

/* --- everything on a mount or a file system -------------------------------------------- */

/*
 *   FREE watches all of tmpfs ───────▶ told of every name
 *   FREE watches all of the file system the vault is on ──╳
 */
FIXTURE(whole)
{
	struct act act;
	struct actor *watcher;
};

FIXTURE_VARIANT(whole)
{
	int kind;
};

FIXTURE_VARIANT_ADD(whole, mount) { .kind = FAN_MARK_MOUNT };
FIXTURE_VARIANT_ADD(whole, filesystem) { .kind = FAN_MARK_FILESYSTEM };

FIXTURE_SETUP(whole)
{
	struct act vault = { 0 };

	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	umount2(SCENE "/all/mount", MNT_DETACH);
	scene_directory(SCENE "/all/mount");
	ASSERT_EQ(0, mount("tmpfs", SCENE "/all/mount", "tmpfs", 0, NULL));
	path_set(&vault, SCENE "/vault");
	act_as(KEEPER, forget_news, &vault);
	self->act.number = variant->kind;
	self->watcher = actor_start(&(struct subject){ .login = FREE });
}

FIXTURE_TEARDOWN(whole)
{
	actor_stop(self->watcher);
	umount2(SCENE "/all/mount", MNT_DETACH);
}

static long by_names(struct act *act)
{
	act->descriptor = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_NONBLOCK,
					O_RDONLY);
	return fanotify_mark(act->descriptor, FAN_MARK_ADD | act->number, FAN_OPEN, AT_FDCWD,
			     act->path) ? -errno : 0;
}

static void whole_try(struct __test_metadata *_metadata, FIXTURE_DATA(whole) *self,
		      const char *directory, uid_t maker, bool works)
{
	struct act make = self->act;

	path_set(&make, "%s", directory);
	path_set(&self->act, "%s", works ? directory : SCENE "/all");
	if (actor_do(self->watcher, by_names, &self->act) == -EOPNOTSUPP ||
	    self->act.result == -ENODEV)
		SKIP(return, "this file system has no file handles");
	act_as(maker, make_news, &make);
	if (!self->act.result)
		actor_do(self->watcher, take, &self->act);
	EXPECT_EQ(works, strstr(self->act.text, NEWS) != NULL) {
		TH_LOG("%ld", self->act.result);
	}
	if (!works)
		EXPECT_EQ(-EACCES, self->act.result);
}

TEST_F(whole, without_a_vault) { whole_try(_metadata, self, SCENE "/all/mount", FREE, true); }
TEST_F(whole, with_the_vault) { whole_try(_metadata, self, SCENE "/vault", KEEPER, false); }

/* Who must be asked before a file is opened is given that file. */
static long by_permission(struct act *act)
{
	act->descriptor = fanotify_init(FAN_CLASS_CONTENT | FAN_NONBLOCK, O_RDONLY);
	return fanotify_mark(act->descriptor, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_PERM,
			     AT_FDCWD, act->path) ? -errno : 0;
}

/* Answer one question with yes; what the file holds to act->text */
static long answer(struct act *act)
{
	struct fanotify_event_metadata event;
	struct fanotify_response response = { .response = FAN_ALLOW };
	int tries;

	for (tries = 0; tries < 100; tries++, usleep(20000)) {
		if (read(act->descriptor, &event, sizeof(event)) < (ssize_t)sizeof(event))
			continue;
		if (event.fd < 0)
			return -EBADF;
		if (pread(event.fd, act->text, sizeof(act->text) - 1, 0) < 0)
			act->text[0] = '\0';
		response.fd = event.fd;
		if (write(act->descriptor, &response, sizeof(response)) < 0)
			return -errno;
		close(event.fd);
		return 0;
	}
	return -ETIMEDOUT;
}

TEST_F(whole, asked_before_an_open)
{
	struct actor *reader = actor_start(&(struct subject){ .login = FREE });
	struct act read_it = { .flags = O_RDONLY };

	scene_file(PLAIN, SCENE "/all/mount/file");
	path_set(&self->act, SCENE "/all/mount");
	ASSERT_EQ(0, actor_do(self->watcher, by_permission, &self->act));
	path_set(&read_it, SCENE "/all/mount/file");
	actor_begin(reader, act_read, &read_it);
	EXPECT_EQ(0, actor_do(self->watcher, answer, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
	while (!actor_ended(reader, &read_it))
		usleep(10000);
	EXPECT_STREQ(PLAIN, read_it.text);
	actor_stop(reader);
}

TEST_F(whole, asked_before_the_vault_is_opened)
{
	path_set(&self->act, SCENE "/vault");
	EXPECT_EQ(-EACCES, actor_do(self->watcher, by_permission, &self->act));
	path_set(&self->act, "/");
	EXPECT_EQ(-EACCES, actor_do(self->watcher, by_permission, &self->act));
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

TEST_HARNESS_MAIN
