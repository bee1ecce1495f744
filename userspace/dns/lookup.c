// SPDX-License-Identifier: Apache-2.0
/* Addresses of host names, as DNS and /etc/hosts have them (c-ares) */
#include "dns/lookup.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

/* Names under way at once, and sockets each may have open */
#define JOBS 32
#define SOCKETS ARES_GETSOCK_MAXNUM

/**
 * struct job - one name
 * @channel:	its own, so that every name has its own source ports; NULL when idle
 * @waiting:	queries without an outcome
 */
struct job {
	ares_channel channel;
	int waiting;
	struct lookup_answer answer;
	int sockets;		/* bit mask of ares_getsock() */
	size_t first;		/* its entries in the list that is polled */
	size_t polled;
};

/**
 * struct lookup - all names
 * @end:	seconds on the monotonic clock
 */
struct lookup {
	const struct lookup_options *options;
	lookup_fn *found;
	void *context;
	struct job jobs[JOBS];
	struct pollfd polled[JOBS * SOCKETS];
	time_t end;
};

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* --- answers --------------------------------------------------------------------- */

static void fail(struct lookup_family *family, enum lookup_outcome outcome, const char *why)
{
	family->outcome = outcome;
	family->why = why;
	family->count = 0;
}

static void set_status(struct lookup_family *family, int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		fail(family, LOOKUP_ABSENT, "there is no such name");
		return;
	case ARES_ENODATA:
		fail(family, LOOKUP_ABSENT, "the name has no address");
		return;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		fail(family, LOOKUP_FAILED, "no server answered in time");
		return;
	case ARES_ESERVFAIL:
		fail(family, LOOKUP_FAILED, "the server could not find out");
		return;
	case ARES_EREFUSED:
		fail(family, LOOKUP_FAILED, "the server refuses to answer");
		return;
	case ARES_ECONNREFUSED:
		fail(family, LOOKUP_FAILED, "no server can be reached, or could find out");
		return;
	case ARES_ENOMEM:
		fail(family, LOOKUP_FAILED, "out of memory");
		return;
	default:
		fail(family, LOOKUP_FAILED, "the answer makes no sense");
	}
}

static void add_address(struct lookup_family *family, int version, const void *bytes, int ttl)
{
	struct cidr *cidr = &family->addresses[family->count++];

	*cidr = (struct cidr){ .family = (uint8_t)version, .prefix = version == 4 ? 32 : 128 };
	memcpy(cidr->bytes, bytes, version == 4 ? 4 : 16);
	/* beyond 31 bits the type is exceeded: that is no time at all */
	if (ttl < 0)
		ttl = 0;
	if (family->count == 1 || (uint32_t)ttl < family->ttl)
		family->ttl = (uint32_t)ttl;
}

static void parse4(struct lookup_family *family, const unsigned char *bytes, int size)
{
	struct ares_addrttl list[LOOKUP_ADDRESSES_MAX + 1];
	int count = LOOKUP_ADDRESSES_MAX + 1;
	int status = ares_parse_a_reply(bytes, size, NULL, list, &count);

	if (status != ARES_SUCCESS) {
		set_status(family, status);
		return;
	}
	if (count > LOOKUP_ADDRESSES_MAX) {
		fail(family, LOOKUP_FAILED, "more than 32 addresses of one kind");
		return;
	}
	for (int i = 0; i < count; i++)
		add_address(family, 4, &list[i].ipaddr, list[i].ttl);
	if (!count)
		set_status(family, ARES_ENODATA);
}

static void parse6(struct lookup_family *family, const unsigned char *bytes, int size)
{
	struct ares_addr6ttl list[LOOKUP_ADDRESSES_MAX + 1];
	int count = LOOKUP_ADDRESSES_MAX + 1;
	int status = ares_parse_aaaa_reply(bytes, size, NULL, list, &count);

	if (status != ARES_SUCCESS) {
		set_status(family, status);
		return;
	}
	if (count > LOOKUP_ADDRESSES_MAX) {
		fail(family, LOOKUP_FAILED, "more than 32 addresses of one kind");
		return;
	}
	for (int i = 0; i < count; i++)
		add_address(family, 6, &list[i].ip6addr, list[i].ttl);
	if (!count)
		set_status(family, ARES_ENODATA);
}

static void on_answer(struct job *job, int index, int status, unsigned char *bytes, int size)
{
	struct lookup_family *family = &job->answer.family[index];

	job->waiting--;
	if (status != ARES_SUCCESS)
		set_status(family, status);
	else if (index)
		parse6(family, bytes, size);
	else
		parse4(family, bytes, size);
}

static void on_answer4(void *job, int status, int timeouts, unsigned char *bytes, int size)
{
	(void)timeouts;
	on_answer(job, 0, status, bytes, size);
}

static void on_answer6(void *job, int status, int timeouts, unsigned char *bytes, int size)
{
	(void)timeouts;
	on_answer(job, 1, status, bytes, size);
}

/* --- questions --------------------------------------------------------------------- */

static int open_channel(struct job *job, const struct lookup_options *options)
{
	static char lookups[] = "b";
	struct ares_options how = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = options->timeout,
		.tries = options->tries,
		.lookups = lookups,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS |
		   ARES_OPT_LOOKUPS;
	int status = ares_init_options(&job->channel, &how, mask);

	if (status == ARES_SUCCESS && options->servers)
		status = ares_set_servers_ports_csv(job->channel, options->servers);
	if (status == ARES_SUCCESS)
		return 0;
	if (job->channel)
		ares_destroy(job->channel);
	job->channel = NULL;
	return status == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

/* Whoever may write /etc/hosts is root; what stands there is not asked elsewhere */
static bool find_in_file(struct job *job)
{
	static const int families[] = { AF_INET, AF_INET6 };
	bool found = false;

	for (int i = 0; i < 2; i++) {
		struct lookup_family *family = &job->answer.family[i];
		struct hostent *host = NULL;

		fail(family, LOOKUP_ABSENT, "the name has no address");
		if (ares_gethostbyname_file(job->channel, job->answer.name, families[i], &host) !=
		    ARES_SUCCESS)
			continue;
		for (char **at = host->h_addr_list; *at && family->count < LOOKUP_ADDRESSES_MAX; at++)
			if (host->h_addrtype == families[i])
				add_address(family, i ? 6 : 4, *at, 0);
		ares_free_hostent(host);
		if (!family->count)
			continue;
		family->outcome = LOOKUP_FOUND;
		family->why = NULL;
		found = true;
	}
	return found;
}

static int start(struct lookup *lookup, struct job *job, const char *name)
{
	int r;

	*job = (struct job){ .answer.name = name };
	r = open_channel(job, lookup->options);
	if (r < 0 || find_in_file(job))
		return r;
	memset(job->answer.family, 0, sizeof(job->answer.family));
	job->waiting = 2;
	ares_query(job->channel, name, C_IN, T_A, on_answer4, job);
	ares_query(job->channel, name, C_IN, T_AAAA, on_answer6, job);
	return 0;
}

static void finish(struct lookup *lookup, struct job *job)
{
	ares_destroy(job->channel);
	job->channel = NULL;
	lookup->found(lookup->context, &job->answer);
}

/* --- waiting --------------------------------------------------------------------------- */

static size_t list_sockets(struct lookup *lookup, struct job *job, size_t count)
{
	ares_socket_t sockets[SOCKETS];

	job->sockets = ares_getsock(job->channel, sockets, SOCKETS);
	job->first = count;
	for (int i = 0; i < SOCKETS; i++) {
		short events = 0;

		if (ARES_GETSOCK_READABLE(job->sockets, i))
			events |= POLLIN;
		if (ARES_GETSOCK_WRITABLE(job->sockets, i))
			events |= POLLOUT;
		if (events)
			lookup->polled[count++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	job->polled = count - job->first;
	return count;
}

static void process(struct lookup *lookup, struct job *job)
{
	/* time-outs too, which belong to no socket */
	ares_process_fd(job->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (size_t i = job->first; i < job->first + job->polled; i++) {
		const struct pollfd *p = &lookup->polled[i];
		bool in = p->revents & (POLLIN | POLLERR | POLLHUP);

		if (p->revents)
			ares_process_fd(job->channel, in ? p->fd : ARES_SOCKET_BAD,
					p->revents & POLLOUT ? p->fd : ARES_SOCKET_BAD);
	}
}

/* One turn of all jobs that run */
static int turn(struct lookup *lookup)
{
	struct timeval most = { .tv_sec = 1 }, least = most, buffer, *next;
	size_t count = 0;

	for (struct job *job = lookup->jobs; job < lookup->jobs + JOBS; job++) {
		if (!job->channel)
			continue;
		count = list_sockets(lookup, job, count);
		next = ares_timeout(job->channel, &most, &buffer);
		if (next && timercmp(next, &least, <))
			least = *next;
	}
	if (poll(lookup->polled, count, (int)(least.tv_sec * 1000 + least.tv_usec / 1000 + 1)) < 0 &&
	    errno != EINTR)
		return -errno;
	for (struct job *job = lookup->jobs; job < lookup->jobs + JOBS; job++) {
		if (!job->channel)
			continue;
		process(lookup, job);
		if (job->waiting && now() >= lookup->end)
			ares_cancel(job->channel);
	}
	return 0;
}

static struct job *idle_job(struct lookup *lookup)
{
	for (struct job *job = lookup->jobs; job < lookup->jobs + JOBS; job++)
		if (!job->channel)
			return job;
	return NULL;
}

/* End what has an outcome; are there others? */
static bool sweep(struct lookup *lookup)
{
	bool busy = false;

	for (struct job *job = lookup->jobs; job < lookup->jobs + JOBS; job++) {
		if (job->channel && !job->waiting)
			finish(lookup, job);
		busy |= job->channel != NULL;
	}
	return busy;
}

int lookup_all(char *const *names, size_t n, const struct lookup_options *options,
	       lookup_fn *found, void *context)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	size_t next = 0;
	bool busy = false;
	int r = 0;

	if (!lookup)
		return -ENOMEM;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(lookup);
		return -ENOMEM;
	}
	lookup->options = options;
	lookup->found = found;
	lookup->context = context;
	lookup->end = now() + (time_t)options->seconds;
	while (!r && (next < n || busy)) {
		struct job *job;

		while (!r && next < n && (job = idle_job(lookup)))
			r = start(lookup, job, names[next++]);
		busy = sweep(lookup);
		if (!r && busy)
			r = turn(lookup);
		busy = sweep(lookup);
	}
	for (struct job *job = lookup->jobs; job < lookup->jobs + JOBS; job++)
		if (job->channel)
			ares_destroy(job->channel);
	ares_library_cleanup();
	free(lookup);
	return r;
}
