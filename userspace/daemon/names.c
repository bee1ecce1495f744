// SPDX-License-Identifier: Apache-2.0
/* Host names of the policy in force: looked up, followed, and told about */
#include "daemon/names.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/hash64.h"
#include "base/message.h"
#include "daemon/answers-store.h"
#include "daemon/change.h"
#include "daemon/child.h"
#include "daemon/news.h"
#include "image/host.h"

#define SECOND 1000000u		/* microseconds */
#define BATCH 64		/* names one child is given: its output is bounded */
#define PATIENCE 40		/* seconds it may take; it gives up by itself before */
#define OWN_MAX 1024

/**
 * struct names - all there is about names
 * @timer:	when something is due
 * @child:	looks up those that have `asking`
 * @refreshing:	an image with other addresses is being made
 * @done:	whom to call when no name is `wanted` any more
 * @own:	addresses of this machine, as of the last round
 */
struct names {
	struct controller *controller;
	struct answers answers;
	char *path;
	sd_event_source *timer;
	struct child *child;
	bool refreshing;
	names_done_fn *done;
	void *context;
	struct cidr own[OWN_MAX];
	size_t own_count;
};

static int64_t boot_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

static void ask_due(struct names *names);

/* --- telling ------------------------------------------------------------------------ */

static void list_addresses(const struct cidr *list, size_t count, struct buffer *out)
{
	char text[CIDR_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s%s", i ? ", " : "", cidr_format(&list[i], text));
}

static void tell(struct names *names, const struct host_answer *answer, bool serious,
		 const struct buffer *text)
{
	news_host(names->controller, answer->name, serious, text->data ? text->data : "");
}

static void tell_refused(struct names *names, struct host_answer *answer)
{
	uint64_t hash = HASH64_START;
	struct buffer text = { 0 };
	bool any = false;

	buffer_append_text(&text, "an answer is not believed: ");
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < answer->refused_count[k]; i++) {
			const struct cidr *address = &answer->refused[k][i];
			const char *why = answer_refuse(address, names->own, names->own_count);

			hash = hash64_more(hash, address, sizeof(*address));
			buffer_append_text(&text, any ? ", " : "");
			list_addresses(address, 1, &text);
			buffer_printf(&text, " (%s)", why ? why : "this machine itself");
			any = true;
		}
	if (any && hash != answer->told_refused)
		tell(names, answer, true, &text);
	answer->told_refused = any ? hash : 0;
	buffer_done(&text);
}

static uint64_t hash_of(const struct cidr *list, size_t count)
{
	uint64_t hash = HASH64_START;

	for (size_t i = 0; i < count; i++)
		hash = hash64_more(hash, &list[i], sizeof(list[i]));
	return hash;
}

/* What became of a name since it was last told */
static void tell_name(struct names *names, struct host_answer *answer)
{
	enum answer_state state = answer_state(answer);
	struct cidr list[2 * ANSWER_ADDRESSES_MAX];
	size_t count = answer_addresses(answer, list);
	const char *problem = answer_problem(answer);
	uint64_t hash = hash_of(list, count);
	struct buffer text = { 0 };

	if (state == answer->told_state && hash == answer->told)
		return;
	if (state == ANSWER_KEPT) {
		buffer_printf(&text, "%s; the answer before it still counts: ", problem);
		list_addresses(list, count, &text);
	} else if (state == ANSWER_NONE) {
		buffer_printf(&text, "%s; it has no address now and names nobody", problem);
	} else {
		list_addresses(list, count, &text);
	}
	/* what was known before this controller is no news */
	if (state != ANSWER_UNASKED && (answer->told || state != ANSWER_FRESH))
		tell(names, answer, state == ANSWER_NONE, &text);
	answer->told_state = state;
	answer->told = hash;
	buffer_done(&text);
}

/* --- the image in force ------------------------------------------------------------- */

static void on_refreshed(void *context, const struct change_result *result)
{
	struct names *names = context;

	(void)result;
	names->refreshing = false;
}

static void refresh(struct names *names)
{
	struct change *change = names->refreshing ? NULL : change_new(CHANGE_REFRESH);

	if (!change)
		return;
	change->done = on_refreshed;
	change->context = names;
	names->refreshing = changes_submit(names->controller->changes, change) == 0;
}

static bool differs(const struct host_answer *answer, const struct image *image)
{
	struct cidr have[HOST_ADDRESSES_MAX], want[2 * ANSWER_ADDRESSES_MAX];
	size_t count = answer_addresses(answer, want);

	_Static_assert(HOST_ADDRESSES_MAX == 2 * ANSWER_ADDRESSES_MAX, "all fit an image");
	return host_addresses(image, answer->name, have) != (int)count ||
	       memcmp(have, want, count * sizeof(*want)) != 0;
}

/* The image must say what is known; made anew where it does not */
static void reconcile(struct names *names)
{
	const struct image *image = controller_image(names->controller);

	for (size_t i = 0; image && i < names->answers.count; i++)
		if (names->answers.list[i]->in_force && differs(names->answers.list[i], image)) {
			refresh(names);
			return;
		}
}

static void arm(struct names *names)
{
	int64_t next = answers_next(&names->answers);

	if (next == INT64_MAX) {
		sd_event_source_set_enabled(names->timer, SD_EVENT_OFF);
		return;
	}
	/* those that are due wait for the child that runs */
	if (names->child && next <= boot_time())
		next = boot_time() + 1;
	sd_event_source_set_time(names->timer, (uint64_t)(next > 0 ? next : 0) * SECOND);
	sd_event_source_set_enabled(names->timer, SD_EVENT_ONESHOT);
}

/* Something may have changed: say so, and see to it that it counts */
static void settle(struct names *names)
{
	int r;

	answers_expire(&names->answers, boot_time());
	for (size_t i = 0; i < names->answers.count; i++) {
		if (!names->answers.list[i]->in_force)
			continue;
		tell_refused(names, names->answers.list[i]);
		tell_name(names, names->answers.list[i]);
	}
	r = answers_save(&names->answers, names->path, boot_time(), time(NULL));
	if (r < 0)
		controller_say(LOG_WARNING, "cannot write %s: %s", names->path, strerror(-r));
	reconcile(names);
}

/* --- looking up ------------------------------------------------------------------------ */

static void read_own(struct names *names)
{
	struct ifaddrs *list, *at;

	names->own_count = 0;
	if (getifaddrs(&list) < 0)
		return;
	for (at = list; at && names->own_count < OWN_MAX; at = at->ifa_next) {
		struct cidr *own = &names->own[names->own_count];

		if (!at->ifa_addr)
			continue;
		*own = (struct cidr){ 0 };
		if (at->ifa_addr->sa_family == AF_INET) {
			own->family = 4;
			own->prefix = 32;
			memcpy(own->bytes, &((struct sockaddr_in *)at->ifa_addr)->sin_addr, 4);
		} else if (at->ifa_addr->sa_family == AF_INET6) {
			own->family = 6;
			own->prefix = 128;
			memcpy(own->bytes, &((struct sockaddr_in6 *)at->ifa_addr)->sin6_addr, 16);
		}
		names->own_count += own->family != 0;
	}
	freeifaddrs(list);
}

static bool read_address(const struct message *line, size_t index, struct cidr *ret)
{
	char path[32];
	const char *text;

	snprintf(path, sizeof(path), "addresses.%zu", index);
	text = message_string(line, path);
	return text && !strchr(text, '/') && cidr_parse(text, ret) == CIDR_FINE;
}

static int take_message(struct names *names, const struct message *line)
{
	static const char *const outcomes[] = { "found", "absent", "failed" };
	const char *name = message_string(line, "name"), *outcome = message_string(line, "outcome");
	struct host_answer *answer = name ? answers_find(&names->answers, name) : NULL;
	size_t count = message_count(line, "addresses"), which = 0;
	struct cidr list[ANSWER_ADDRESSES_MAX];
	int64_t family, ttl;

	if (!answer || !answer->asking || !outcome || count > ANSWER_ADDRESSES_MAX ||
	    !message_integer(line, "family", &family) || (family != 4 && family != 6) ||
	    !message_integer(line, "ttl", &ttl) || ttl < 0)
		return 1;
	while (which < 3 && strcmp(outcomes[which], outcome) != 0)
		which++;
	for (size_t i = 0; i < count; i++)
		if (!read_address(line, i, &list[i]))
			return 1;
	if (which == 3 || (which == ANSWER_FOUND) != (count > 0))
		return 1;
	answer_take(&names->answers, answer, family == 6, (enum answer_outcome)which,
		    message_string(line, "why"), (uint64_t)ttl, list, count, names->own,
		    names->own_count, boot_time());
	return 0;
}

int names_take(struct names *names, const char *line, size_t size)
{
	_cleanup_(message_freep) struct message *message = NULL;

	return message_parse(line, size, &message) ? 1 : take_message(names, message);
}

/* The round is over; what it said nothing of is a failure */
static void end_round(struct names *names, const char *why)
{
	int64_t now = boot_time();
	bool wanted = false;

	for (size_t i = 0; i < names->answers.count; i++) {
		struct host_answer *answer = names->answers.list[i];

		for (int k = 0; why && answer->asking && k < 2; k++)
			answer_take(&names->answers, answer, k, ANSWER_FAILED, why, 0, NULL, 0, NULL,
				    0, now);
		if (answer->asking)
			answer_schedule(answer, now);
		wanted |= answer->wanted;
	}
	settle(names);
	if (names->done && !wanted) {
		names_done_fn *done = names->done;

		names->done = NULL;
		done(names->context);
	}
	ask_due(names);
}

static void on_looked_up(void *context, const struct child_result *result)
{
	struct names *names = context;
	const char *at = result->out->data, *end = at ? at + result->out->size : NULL;
	char why[128] = "";

	names->child = NULL;
	read_own(names);
	while (at && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((stop ? stop : end) - at);

		if (names_take(names, at, size) && !*why)
			snprintf(why, sizeof(why), "the look-up said what makes no sense");
		at += size + 1;
	}
	if (result->exit)
		snprintf(why, sizeof(why), "it could not be looked up: %s",
			 result->how ? result->how : "the program for it failed");
	if (*why)
		controller_say(LOG_WARNING, "host names: %s%s%s", why, result->err->size ? ": " : "",
			       result->err->size ? result->err->data : "");
	end_round(names, result->exit ? why : NULL);
}

static int start_child(struct names *names, char **argv)
{
	struct confinement confinement = names->controller->confinement;
	struct child_options options = {
		.path = CONTROLLER_COMPILER,
		.argv = argv,
		.confinement = &confinement,
		.fd = -1,
		.seconds = PATIENCE,
	};

	confinement.network = true;
	return child_start(names->controller->loop, &options, on_looked_up, names, &names->child);
}

/* Those that are due, or will be in a moment */
static void ask_due(struct names *names)
{
	char *argv[BATCH + 3] = { (char *)"bailiwick", (char *)"lookup" };
	int64_t now = boot_time();
	size_t n = 2;
	int r;

	for (size_t i = 0; !names->child && i < names->answers.count && n < BATCH + 2; i++) {
		struct host_answer *answer = names->answers.list[i];

		if (answer->next > now + 1 || !(answer->in_force || answer->wanted))
			continue;
		answer->asking = true;
		argv[n++] = answer->name;
	}
	if (n > 2) {
		r = start_child(names, argv);
		if (r < 0)
			end_round(names, strerror(-r));
	}
	arm(names);
}

static int on_time(sd_event_source *source, uint64_t now, void *context)
{
	struct names *names = context;

	(void)source;
	(void)now;
	settle(names);
	ask_due(names);
	return 0;
}

/* --- from outside ------------------------------------------------------------------------ */

int names_start(struct controller *controller, const char *path, struct names **ret)
{
	struct names *names = calloc(1, sizeof(*names));
	int r;

	if (!names)
		return -ENOMEM;
	names->controller = controller;
	names->answers.limits = (struct answers_limits){
		.grace = controller->config.names_grace,
		.ttl_least = controller->config.names_ttl_least,
		.ttl_most = controller->config.names_ttl_most,
	};
	names->path = strdup(path);
	r = names->path ? sd_event_add_time(controller->loop, &names->timer, CLOCK_BOOTTIME, 0,
					    SECOND / 10, on_time, names) : -ENOMEM;
	if (r >= 0)
		r = sd_event_source_set_enabled(names->timer, SD_EVENT_OFF);
	if (r < 0) {
		names_stop(names);
		return r;
	}
	r = answers_load(&names->answers, path, boot_time(), time(NULL));
	if (r)
		controller_say(LOG_WARNING, "%s: %s", path, r < 0 ? strerror(-r) :
			       "not all of it makes sense; names are looked up again");
	*ret = names;
	return 0;
}

struct names *names_stop(struct names *names)
{
	if (!names)
		return NULL;
	child_stop(names->child);
	sd_event_source_disable_unref(names->timer);
	answers_done(&names->answers);
	free(names->path);
	free(names);
	return NULL;
}

void names_follow(struct names *names)
{
	const struct image *image = names ? controller_image(names->controller) : NULL;
	const char *name;
	uint32_t at = 0;

	if (!image)
		return;
	for (size_t i = 0; i < names->answers.count; i++)
		names->answers.list[i]->in_force = false;
	while ((name = host_next(image, &at))) {
		struct host_answer *answer = answers_add(&names->answers, name, boot_time());

		if (answer)
			answer->in_force = true;
	}
	for (size_t i = names->answers.count; i-- > 0;) {
		struct host_answer *answer = names->answers.list[i];

		if (!answer->in_force && !answer->asking && !answer->wanted)
			answers_drop(&names->answers, answer->name);
	}
	/* a refresh that failed is tried again by the minute, not in a circle */
	if (!names->controller->stale)
		settle(names);
	ask_due(names);
}

void names_ask(struct names *names, const struct image *image, names_done_fn *done, void *context)
{
	bool waiting = false;
	const char *name;
	uint32_t at = 0;

	while (names && (name = host_next(image, &at))) {
		struct host_answer *answer = answers_add(&names->answers, name, boot_time());
		enum answer_state state = answer ? answer_state(answer) : ANSWER_NONE;

		if (!answer || state == ANSWER_FRESH || state == ANSWER_KEPT)
			continue;
		answer->wanted = waiting = true;
		answer->next = boot_time();
	}
	if (!waiting) {
		done(context);
		return;
	}
	names->done = done;
	names->context = context;
	ask_due(names);
}

void names_forget(struct names *names)
{
	if (names)
		names->done = NULL;
}

int names_write(const struct names *names, struct buffer *out)
{
	return names ? answers_write(&names->answers, out) : 0;
}

void names_describe(const struct names *names, struct buffer *out)
{
	static const struct answers none;

	answers_describe(names ? &names->answers : &none, boot_time(), time(NULL), out);
}
