/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of host names: answers, their ages, what is kept and what is not believed */
#ifndef BAILIWICK_DAEMON_ANSWERS_H
#define BAILIWICK_DAEMON_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cidr.h"
#include "base/hostname.h"

/* Addresses of one family; what a name may have together is HOST_ADDRESSES_MAX of the image */
#define ANSWER_ADDRESSES_MAX 32
#define ANSWER_REFUSED_MAX 8		/* refused addresses that are remembered for people */
#define ANSWER_WHY_MAX 96
#define ANSWERS_MAX 1024		/* names; no policy has more (HOSTS_MAX) */

/*
 * Times are seconds of CLOCK_BOOTTIME: steps of the wall clock lengthen nothing,
 * and sleep shortens nothing.
 */

enum answer_outcome { ANSWER_FOUND, ANSWER_ABSENT, ANSWER_FAILED };

enum answer_state {
	ANSWER_UNASKED,		/* no outcome yet */
	ANSWER_FRESH,
	ANSWER_KEPT,		/* the last try brought nothing; the answer before it still counts */
	ANSWER_NONE,		/* no address: the name is nobody */
};

/** struct answers_limits - the settings */
struct answers_limits {
	uint64_t grace;		/* seconds an answer is kept beyond its TTL when nothing better comes */
	uint64_t ttl_least;
	uint64_t ttl_most;
};

/**
 * struct answer_family - addresses of one family
 * @asked:	when the answer came
 * @expires:	@asked and its TTL, within the limits
 * @until:	when the addresses go, whatever happens
 * @wrong:	the last try did not bring these addresses
 * @why:	what it brought instead
 */
struct answer_family {
	struct cidr addresses[ANSWER_ADDRESSES_MAX];
	size_t count;
	int64_t asked, expires, until;
	bool tried, wrong;
	enum answer_outcome last;
	char why[ANSWER_WHY_MAX];
};

/**
 * struct host_answer - one name
 * @refused:	addresses of the last answers that are not believed
 * @next:	when to ask again
 * @failures:	tries in a row that were no use
 * @in_force:	the image in force has the name
 * @asking:	a look-up is under way
 * @wanted:	somebody waits for an outcome
 * @told:	private to those who tell people: a hash of what was told
 */
struct host_answer {
	char name[HOSTNAME_MAX];
	struct answer_family family[2];
	struct cidr refused[2][ANSWER_REFUSED_MAX];
	size_t refused_count[2];
	int64_t next;
	unsigned int failures;
	bool in_force, asking, wanted;
	uint64_t told, told_refused;
	enum answer_state told_state;
};

/** struct answers - all names, in no order */
struct answers {
	struct answers_limits limits;
	struct host_answer **list;
	size_t count;
};

/** answers_done() - free all */
void answers_done(struct answers *answers);

/** answers_find() - the entry of a name, or NULL */
struct host_answer *answers_find(const struct answers *answers, const char *name);

/** answers_add() - the entry of a name, made when missing and due at @now; NULL without memory or room */
struct host_answer *answers_add(struct answers *answers, const char *name, int64_t now);

/** answers_drop() - forget a name */
void answers_drop(struct answers *answers, const char *name);

/**
 * answer_refuse() - why an address from DNS is not believed; NULL when it is
 * @own:	addresses of this machine
 *
 * Loopback, link-local, multicast, unspecified and reserved ones, and this
 * machine's: a name that is pointed there reaches around what the policy says of
 * them. Who means them writes the address.
 */
const char *answer_refuse(const struct cidr *address, const struct cidr *own, size_t own_count);

/** answer_take() - an outcome of one family (0 IPv4, 1 IPv6); @list is @count addresses */
void answer_take(struct answers *answers, struct host_answer *answer, int family,
		 enum answer_outcome outcome, const char *why, uint64_t ttl,
		 const struct cidr *list, size_t count, const struct cidr *own, size_t own_count,
		 int64_t now);

/** answer_schedule() - both families have an outcome: when to ask again */
void answer_schedule(struct host_answer *answer, int64_t now);

/** answers_expire() - let go what is kept no longer */
void answers_expire(struct answers *answers, int64_t now);

/** answers_next() - when something is due of names in force or wanted; INT64_MAX for never */
int64_t answers_next(const struct answers *answers);

/** answer_state() - as it is now */
enum answer_state answer_state(const struct host_answer *answer);

/** answer_addresses() - all that count, sorted; their number */
size_t answer_addresses(const struct host_answer *answer, struct cidr ret[2 * ANSWER_ADDRESSES_MAX]);

/** answer_problem() - why it has no address, or not the newest; NULL when nothing is wrong */
const char *answer_problem(const struct host_answer *answer);

/** answers_write() - what the compiler is told, as JSON lines */
int answers_write(const struct answers *answers, struct buffer *out);

#endif
