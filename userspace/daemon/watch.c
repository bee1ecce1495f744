// SPDX-License-Identifier: Apache-2.0
/* Time, users and groups: what makes the policy in force change by itself */
#include "daemon/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>

#include "base/hash64.h"
#include "daemon/change.h"
#include "daemon/names.h"
#include "daemon/subjects.h"

#define MINUTE 60000000u		/* microseconds */
#define LOOK 1000000u
#define SETTLE 500000u			/* tools write the files in several steps */
#define PATIENCE 30			/* seconds a name service may take */

struct watch {
	struct controller *controller;
	sd_event_source *minute;	/* group membership, what failed before */
	sd_event_source *end;		/* the next assignment ends */
	sd_event_source *look;		/* at /etc/passwd, /etc/group */
	sd_event_source *settle;
	sd_event_source *answer;	/* of the child that asks for names */
	int pipe;
	uint64_t files;			/* as they were when last looked at */
	uint64_t fingerprint;
	uint64_t version;		/* of the image it was taken of, 0 for none */
	uint64_t asked;			/* version the running child looks at */
};

/* --- who people are ------------------------------------------------------------ */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash64_more(hash, text, strlen(text) + 1);
}

static uint64_t hash_group(uint64_t hash, const char *name)
{
	const struct group *group = getgrnam(name);
	struct passwd *user;
	gid_t gid;

	if (!group)
		return hash_text(hash, "-");
	gid = group->gr_gid;
	hash = hash64_more(hash, &gid, sizeof(gid));
	for (char **member = group->gr_mem; *member; member++)
		hash = hash_text(hash, *member);
	setpwent();
	while ((user = getpwent()))
		if (user->pw_gid == gid)
			hash = hash64_more(hash, &user->pw_uid, sizeof(user->pw_uid));
	endpwent();
	return hash;
}

static uint64_t hash_user(uint64_t hash, const char *name)
{
	const struct passwd *user = getpwnam(name);

	return user ? hash64_more(hash, &user->pw_uid, sizeof(user->pw_uid)) : hash_text(hash, "-");
}

uint64_t watch_fingerprint(const struct image *image)
{
	uint32_t count;
	const struct bailiwick_subject *s = image_records(image, BAILIWICK_SECTION_SUBJECT, &count);
	uint64_t hash = HASH64_START;

	for (uint32_t i = 0; i < count; i++) {
		const char *name = image_string(image, s[i].name);

		hash = hash_text(hash, name);
		if (s[i].kind == BAILIWICK_SUBJECT_USER)
			hash = hash_user(hash, name);
		else if (s[i].kind == BAILIWICK_SUBJECT_GROUP)
			hash = hash_group(hash, name);
	}
	return hash;
}

static void refresh(struct watch *watch)
{
	struct change *change = change_new(CHANGE_REFRESH);

	if (change)
		changes_submit(watch->controller->changes, change);
}

static void end_answer(struct watch *watch)
{
	watch->answer = sd_event_source_disable_unref(watch->answer);
	if (watch->pipe >= 0)
		close(watch->pipe);
	watch->pipe = -1;
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct watch *watch = context;
	uint64_t now;
	ssize_t n = read(fd, &now, sizeof(now));

	(void)source;
	(void)events;
	end_answer(watch);
	if (n != sizeof(now))
		return 0;		/* no answer this time; the next minute asks again */
	/* another image names other people: that is no change among them */
	if (watch->version == watch->asked && now != watch->fingerprint)
		refresh(watch);
	watch->fingerprint = now;
	watch->version = watch->asked;
	return 0;
}

static _Noreturn void answer_names(const struct image *image, int fd)
{
	uint64_t hash;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(PATIENCE);
	hash = watch_fingerprint(image);
	if (write(fd, &hash, sizeof(hash)) != sizeof(hash))
		_exit(1);
	_exit(0);
}

/* A directory server that does not answer must not stop the drain: a child asks */
static void ask_names(struct watch *watch)
{
	const struct image *image = controller_image(watch->controller);
	int ends[2];
	pid_t pid;

	if (!image || watch->answer || pipe2(ends, O_CLOEXEC) < 0)
		return;
	/* forked twice, so that nobody has to wait for it */
	pid = fork();
	if (pid == 0) {
		if (fork() == 0)
			answer_names(image, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return;
	}
	waitpid(pid, NULL, 0);
	watch->pipe = ends[0];
	watch->asked = image->header->version;
	if (sd_event_add_io(watch->controller->loop, &watch->answer, ends[0], EPOLLIN, on_answer,
			    watch) < 0)
		end_answer(watch);
}

/* --- time ------------------------------------------------------------------------ */

static int on_minute(sd_event_source *source, uint64_t now, void *context)
{
	struct watch *watch = context;

	recorder_refresh(watch->controller->recorder);
	if (watch->controller->stale)
		refresh(watch);
	else
		ask_names(watch);
	return sd_event_source_set_time(source, now + MINUTE);
}

static int on_end(sd_event_source *source, uint64_t now, void *context)
{
	(void)source;
	(void)now;
	refresh(context);
	return 0;
}

void watch_rearm(struct watch *watch)
{
	const struct image *image;
	int64_t end;

	if (!watch)
		return;
	names_follow(watch->controller->names);
	image = controller_image(watch->controller);
	if (image && image->header->version != watch->version)
		ask_names(watch);
	end = image ? subjects_next_end(image, time(NULL)) : 0;
	if (!end) {
		sd_event_source_set_enabled(watch->end, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(watch->end, (uint64_t)end * 1000000u);
	sd_event_source_set_enabled(watch->end, SD_EVENT_ONESHOT);
}

/* --- files ------------------------------------------------------------------------ */

static int on_settled(sd_event_source *source, uint64_t now, void *context)
{
	struct watch *watch = context;

	(void)source;
	(void)now;
	recorder_refresh(watch->controller->recorder);
	ask_names(watch);
	return 0;
}

static uint64_t files_now(void)
{
	static const char *const files[] = { "/etc/passwd", "/etc/group" };
	uint64_t hash = HASH64_START;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct stat st = { 0 };

		if (stat(files[i], &st) < 0)
			st.st_ino = 0;
		hash = hash64_more(hash, &st.st_ino, sizeof(st.st_ino));
		hash = hash64_more(hash, &st.st_size, sizeof(st.st_size));
		hash = hash64_more(hash, &st.st_ctim, sizeof(st.st_ctim));
	}
	return hash;
}

/*
 * Asked for, not told: a single inotify watch makes every open, read, write and
 * close on its filesystem dearer, for all processes of the machine.
 */
static int on_look(sd_event_source *source, uint64_t now, void *context)
{
	struct watch *watch = context;
	uint64_t files = files_now();

	if (files != watch->files) {
		watch->files = files;
		sd_event_source_set_time_relative(watch->settle, SETTLE);
		sd_event_source_set_enabled(watch->settle, SD_EVENT_ONESHOT);
	}
	return sd_event_source_set_time(source, now + LOOK);
}

int watch_start(struct controller *controller, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	sd_event *loop = controller->loop;
	int r;

	if (!watch)
		return -ENOMEM;
	watch->controller = controller;
	watch->pipe = -1;
	watch->files = files_now();
	r = sd_event_add_time_relative(loop, &watch->minute, CLOCK_MONOTONIC, MINUTE, 0, on_minute,
				       watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->minute, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_add_time(loop, &watch->end, CLOCK_REALTIME, 0, 1000, on_end, watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->end, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(loop, &watch->settle, CLOCK_MONOTONIC, 0, 0, on_settled, watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->settle, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &watch->look, CLOCK_MONOTONIC, LOOK, 0, on_look,
					       watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->look, SD_EVENT_ON);
	if (r < 0) {
		watch_stop(watch);
		return r;
	}
	ask_names(watch);
	*ret = watch;
	return 0;
}

struct watch *watch_stop(struct watch *watch)
{
	if (!watch)
		return NULL;
	end_answer(watch);
	sd_event_source_disable_unref(watch->minute);
	sd_event_source_disable_unref(watch->end);
	sd_event_source_disable_unref(watch->settle);
	sd_event_source_disable_unref(watch->look);
	free(watch);
	return NULL;
}
