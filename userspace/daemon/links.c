// SPDX-License-Identifier: Apache-2.0
/* When to look at the names of files with several hard links, and what could not be looked at */
#include "daemon/links.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <time.h>

#include "daemon/child.h"
#include "daemon/linkschild.h"
#include "load/linkmap.h"
#include "load/links.h"

#define SETTLE 200000u		/* microseconds: mounts and changes come in groups */
#define REST_MAX 30000000u	/* after a look nobody looks for as long as it took, or this long */
#define SECONDS_MAX 3600u

struct links {
	struct controller *controller;
	struct child *child;
	sd_event_source *timer;
	sd_event_source *mounts;
	int mountinfo;
	struct links_places places;	/* that there were when the child began */
	uint64_t crossed;		/* the kernel's count, as of the last look */
	char *keys;		/* filesystems that were looked at, with commas between */
	char *gaps;		/* a line for each that was not */
	bool wanted;		/* look, when the timer says so */
	bool all;		/* at everything, whatever was looked at before */
	bool current;		/* all that is mounted was looked at under this image */
	uint64_t began;
	uint64_t rest;		/* when the next look may begin */
};

static uint64_t now(const struct links *links)
{
	uint64_t t = 0;

	sd_event_now(links->controller->loop, CLOCK_MONOTONIC, &t);
	return t;
}

static void plan(struct links *links)
{
	uint64_t at = now(links) + SETTLE;

	links->wanted = true;
	links->current = false;
	if (links->child)
		return;
	sd_event_source_set_time(links->timer, at > links->rest ? at : links->rest);
	sd_event_source_set_enabled(links->timer, SD_EVENT_ONESHOT);
}

/* The lines of one kind, without the word they begin with */
static char *lines(const struct buffer *out, const char *word, char between)
{
	struct buffer kept = { 0 };
	size_t size = strlen(word);

	for (const char *at = out->data, *end; at && *at; at = end) {
		end = strchrnul(at, '\n');
		if (*end)
			end++;
		if (strncmp(at, word, size) != 0)
			continue;
		buffer_append(&kept, at + size, strcspn(at + size, "\n"));
		buffer_append_byte(&kept, between);
	}
	if (!kept.data)
		buffer_append_text(&kept, "");
	return kept.data;
}

static void on_looked(void *context, const struct child_result *result)
{
	struct links *links = context;
	uint64_t end = now(links), rest = end - links->began;

	links->child = NULL;
	links->rest = end + (rest < REST_MAX ? rest : REST_MAX);
	if (result->exit == 0) {
		free(links->keys);
		free(links->gaps);
		links->keys = lines(result->out, LINKSCHILD_KEY, ',');
		links->gaps = lines(result->out, LINKSCHILD_NOT, '\n');
		links->current = !links->wanted;
		if (links->current && links->controller->enforcement)
			(void)enforcement_linkmap_purge(links->controller->enforcement);
	} else {
		controller_say(LOG_WARNING, "hard links were not looked at: %s%s",
			       result->how ? result->how : "exit status ",
			       result->how ? "" : "of the child is not 0");
		links->all = true;
		links->rest += 60000000u;
		links->wanted = true;
	}
	if (links->wanted)
		plan(links);
}

static void read_places(struct links_places *ret)
{
	_cleanup_fclose_ FILE *mountinfo = fopen("/proc/self/mountinfo", "re");

	memset(ret, 0, sizeof(*ret));
	if (mountinfo)
		(void)links_places(mountinfo, ret);
}

static void note_state(struct links *links)
{
	struct linkmap now;

	links_places_done(&links->places);
	read_places(&links->places);
	if (links->controller->enforcement &&
	    enforcement_linkmap_read(links->controller->enforcement, &now) == 0)
		links->crossed = now.crossed;
}

static bool is_among(const struct links_places *places, const struct links_place *place)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->place[i].major == place->major && places->place[i].minor == place->minor)
			return true;
	return false;
}

/* The child keeps what it looks at in use: what was unmounted would not be written out */
static bool one_is_gone(const struct links *links)
{
	struct links_places places;
	bool gone = false;

	read_places(&places);
	for (size_t i = 0; i < links->places.count; i++)
		gone |= !is_among(&places, links->places.place + i);
	links_places_done(&places);
	return gone;
}

static int on_time(sd_event_source *source, uint64_t at, void *context)
{
	struct links *links = context;
	char *argv[] = { (char *)"bailiwickd", (char *)"--links", NULL, NULL };
	struct child_options options = {
		.path = "/proc/self/exe", .argv = argv, .fd = -1, .seconds = SECONDS_MAX,
	};
	int r;

	(void)source;
	(void)at;
	note_state(links);
	argv[2] = links->all || !links->keys ? (char *)"" : links->keys;
	links->wanted = false;
	links->all = false;
	links->began = now(links);
	r = child_start(links->controller->loop, &options, on_looked, links, &links->child);
	if (r < 0) {
		controller_say(LOG_WARNING, "hard links cannot be looked at: %s", strerror(-r));
		links->all = true;
		links->rest = links->began + 60000000u;
		plan(links);
	}
	return 0;
}

static int on_mounts(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct links *links = context;

	(void)source;
	(void)fd;
	(void)events;
	if (links->child && one_is_gone(links)) {
		child_stop(links->child);
		links->child = NULL;
		links->all = true;
	}
	plan(links);
	return 0;
}

int links_start(struct controller *controller, struct links **ret)
{
	struct links *links = calloc(1, sizeof(*links));
	int r;

	if (!links)
		return -ENOMEM;
	*ret = links;
	links->controller = controller;
	links->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (links->mountinfo < 0)
		return -errno;
	r = sd_event_add_io(controller->loop, &links->mounts, links->mountinfo, EPOLLPRI, on_mounts,
			    links);
	if (r >= 0)
		r = sd_event_add_time(controller->loop, &links->timer, CLOCK_MONOTONIC, 0, SETTLE / 2,
				      on_time, links);
	if (r < 0)
		return r;
	sd_event_source_set_enabled(links->timer, SD_EVENT_OFF);
	links_wanted(links);
	return 0;
}

struct links *links_stop(struct links *links)
{
	if (!links)
		return NULL;
	child_stop(links->child);
	sd_event_source_disable_unref(links->timer);
	sd_event_source_disable_unref(links->mounts);
	if (links->mountinfo >= 0)
		close(links->mountinfo);
	links_places_done(&links->places);
	free(links->keys);
	free(links->gaps);
	free(links);
	return NULL;
}

void links_wanted(struct links *links)
{
	if (!links)
		return;
	links->all = true;
	plan(links);
}

void links_tick(struct links *links)
{
	struct linkmap now;

	if (links && links->controller->enforcement &&
	    enforcement_linkmap_read(links->controller->enforcement, &now) == 0 &&
	    now.crossed != links->crossed) {
		links->crossed = now.crossed;
		links_wanted(links);
	}
}

static bool is_full(const struct links *links)
{
	struct linkmap now;

	return links && links->controller->enforcement &&
	       enforcement_linkmap_read(links->controller->enforcement, &now) == 0 && now.full;
}

void links_gaps(const struct links *links, void (*tell)(void *context, const char *why),
		void *context)
{
	char why[512];

	if (!links || !links->current)
		tell(context, "files with several hard links are still being looked for");
	if (is_full(links))
		tell(context, "there is no room to remember more of them: those whose names are "
		     "not all in memory are closed to roles and to protected classes");
	for (const char *at = links && links->gaps ? links->gaps : ""; *at;) {
		size_t size = strcspn(at, "\n");

		snprintf(why, sizeof(why), "not looked for on %.*s", (int)(size < 400 ? size : 400), at);
		tell(context, why);
		at += size + (at[size] != '\0');
	}
}
