// SPDX-License-Identifier: Apache-2.0
/* What is known of host names: answers, their ages, what is kept and what is not believed */
#include "daemon/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#define PATIENCE_LEAST 2	/* seconds before a try that failed is repeated, then twice that … */
#define PATIENCE_MOST 60

void answers_done(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		free(answers->list[i]);
	free(answers->list);
	answers->list = NULL;
	answers->count = 0;
}

struct host_answer *answers_find(const struct answers *answers, const char *name)
{
	for (size_t i = 0; i < answers->count; i++)
		if (!strcmp(answers->list[i]->name, name))
			return answers->list[i];
	return NULL;
}

struct host_answer *answers_add(struct answers *answers, const char *name, int64_t now)
{
	struct host_answer *answer = answers_find(answers, name);
	struct host_answer **more;

	if (answer || answers->count == 2 * ANSWERS_MAX || strlen(name) >= HOSTNAME_MAX)
		return answer;
	more = reallocarray(answers->list, answers->count + 1, sizeof(*more));
	if (!more)
		return NULL;
	answers->list = more;
	answer = calloc(1, sizeof(*answer));
	if (!answer)
		return NULL;
	strcpy(answer->name, name);
	answer->next = now;
	answers->list[answers->count++] = answer;
	return answer;
}

void answers_drop(struct answers *answers, const char *name)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (strcmp(answers->list[i]->name, name) != 0)
			continue;
		free(answers->list[i]);
		answers->list[i] = answers->list[--answers->count];
		return;
	}
}

/* --- what is believed ------------------------------------------------------------- */

const char *answer_refuse(const struct cidr *address, const struct cidr *own, size_t own_count)
{
	static const struct {
		struct cidr net;
		const char *why;
	} refused[] = {
		{ { 4, 8, { 127 } }, "loopback" },
		{ { 4, 8, { 0 } }, "unspecified" },
		{ { 4, 16, { 169, 254 } }, "link-local" },
		{ { 4, 4, { 224 } }, "multicast" },
		{ { 4, 4, { 240 } }, "reserved or broadcast" },
		{ { 6, 128, { [15] = 1 } }, "loopback" },
		{ { 6, 96, { 0 } }, "unspecified" },
		{ { 6, 10, { 0xfe, 0x80 } }, "link-local" },
		{ { 6, 8, { 0xff } }, "multicast" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (cidr_contains(&refused[i].net, address))
			return refused[i].why;
	for (size_t i = 0; i < own_count; i++)
		if (!cidr_compare(&own[i], address))
			return "this machine itself";
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return cidr_compare(a, b);
}

static bool is_there(const struct cidr *list, size_t count, const struct cidr *address)
{
	for (size_t i = 0; i < count; i++)
		if (!cidr_compare(&list[i], address))
			return true;
	return false;
}

/* An IPv4-mapped address is the IPv4 address, also where it is judged */
static struct cidr plain(const struct cidr *address)
{
	char text[CIDR_TEXT_MAX];
	struct cidr same = *address;

	if (cidr_parse(cidr_format(address, text), &same) != CIDR_FINE)
		return *address;
	return same;
}

/* Keep what is believed of @list in *f, the rest in @refused */
static void sift(struct host_answer *answer, int family, const struct cidr *list, size_t count,
		 const struct cidr *own, size_t own_count)
{
	struct answer_family *f = &answer->family[family];

	f->count = 0;
	answer->refused_count[family] = 0;
	for (size_t i = 0; i < count; i++) {
		struct cidr address = plain(&list[i]);
		size_t *refused = &answer->refused_count[family];

		if (!answer_refuse(&address, own, own_count)) {
			if (f->count < ANSWER_ADDRESSES_MAX && !is_there(f->addresses, f->count, &address))
				f->addresses[f->count++] = address;
		} else if (*refused < ANSWER_REFUSED_MAX) {
			answer->refused[family][(*refused)++] = address;
		}
	}
	qsort(f->addresses, f->count, sizeof(*f->addresses), compare);
}

static void say(struct answer_family *f, const char *why)
{
	strncpy(f->why, why ? why : "", sizeof(f->why) - 1);
}

void answer_take(struct answers *answers, struct host_answer *answer, int family,
		 enum answer_outcome outcome, const char *why, uint64_t ttl,
		 const struct cidr *list, size_t count, const struct cidr *own, size_t own_count,
		 int64_t now)
{
	const struct answers_limits *limits = &answers->limits;
	struct answer_family *f = &answer->family[family], before = *f;

	f->tried = true;
	if (outcome == ANSWER_ABSENT)
		answer->refused_count[family] = 0;
	if (outcome == ANSWER_FOUND) {
		sift(answer, family, list, count, own, own_count);
		if (f->count) {
			ttl = ttl < limits->ttl_least ? limits->ttl_least :
			      ttl > limits->ttl_most ? limits->ttl_most : ttl;
			f->asked = now;
			f->expires = now + (int64_t)ttl;
			f->until = f->expires + (int64_t)limits->grace;
			f->wrong = false;
			f->last = ANSWER_FOUND;
			f->why[0] = 0;
			return;
		}
		*f = before;
		f->tried = true;
		outcome = ANSWER_ABSENT;
		why = "none of its addresses is believed";
	}
	if (outcome == ANSWER_ABSENT && !why)
		why = "the name has no address";
	f->wrong = true;
	f->last = outcome;
	say(f, why);
	/* a server that says no is no server in trouble: the old answer ends with its TTL */
	if (outcome == ANSWER_ABSENT && f->until > f->expires)
		f->until = f->expires > now ? f->expires : now;
}

/* --- time ------------------------------------------------------------------------- */

/* What is missing of a family is no trouble while the other has addresses */
static bool troubled(const struct host_answer *answer)
{
	const struct answer_family *f = answer->family;

	if (!f[0].count && !f[1].count)
		return true;
	return (f[0].count && f[0].wrong) || (f[1].count && f[1].wrong);
}

void answer_schedule(struct host_answer *answer, int64_t now)
{
	int64_t patience = PATIENCE_LEAST, least = INT64_MAX;

	answer->asking = false;
	answer->wanted = false;
	if (troubled(answer)) {
		for (unsigned int i = 0; i < answer->failures && patience < PATIENCE_MOST; i++)
			patience *= 2;
		answer->failures++;
		answer->next = now + (patience < PATIENCE_MOST ? patience : PATIENCE_MOST);
		return;
	}
	answer->failures = 0;
	for (int i = 0; i < 2; i++)
		if (answer->family[i].count && answer->family[i].expires < least)
			least = answer->family[i].expires;
	/* before it expires: with a fifth of its time left for tries */
	answer->next = now + (least - now) * 4 / 5;
	if (answer->next <= now)
		answer->next = now + 1;
}

void answers_expire(struct answers *answers, int64_t now)
{
	for (size_t i = 0; i < answers->count; i++)
		for (int k = 0; k < 2; k++) {
			struct answer_family *f = &answers->list[i]->family[k];

			if (f->count && f->until <= now)
				f->count = 0;
		}
}

int64_t answers_next(const struct answers *answers)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < answers->count; i++) {
		const struct host_answer *a = answers->list[i];

		if (!a->in_force && !a->wanted)
			continue;
		if (!a->asking && a->next < next)
			next = a->next;
		for (int k = 0; k < 2; k++)
			if (a->family[k].count && a->family[k].until < next)
				next = a->family[k].until;
	}
	return next;
}

/* --- what it comes to ---------------------------------------------------------------- */

enum answer_state answer_state(const struct host_answer *answer)
{
	const struct answer_family *f = answer->family;

	if (!f[0].count && !f[1].count)
		return f[0].tried || f[1].tried ? ANSWER_NONE : ANSWER_UNASKED;
	return troubled(answer) ? ANSWER_KEPT : ANSWER_FRESH;
}

size_t answer_addresses(const struct host_answer *answer, struct cidr ret[2 * ANSWER_ADDRESSES_MAX])
{
	size_t count = 0;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < answer->family[k].count; i++)
			if (!is_there(ret, count, &answer->family[k].addresses[i]))
				ret[count++] = answer->family[k].addresses[i];
	qsort(ret, count, sizeof(*ret), compare);
	return count;
}

const char *answer_problem(const struct host_answer *answer)
{
	const struct answer_family *f = answer->family;

	if (!troubled(answer))
		return NULL;
	if (!f[0].tried && !f[1].tried)
		return "not looked up yet";
	/* trouble says more than a no */
	for (int k = 0; k < 2; k++)
		if (f[k].wrong && f[k].last == ANSWER_FAILED)
			return f[k].why;
	for (int k = 0; k < 2; k++)
		if (answer->refused_count[k] && f[k].wrong)
			return f[k].why;
	return f[0].wrong ? f[0].why : f[1].why;
}

int answers_write(const struct answers *answers, struct buffer *out)
{
	struct cidr list[2 * ANSWER_ADDRESSES_MAX];
	char text[CIDR_TEXT_MAX];

	for (size_t i = 0; i < answers->count; i++) {
		const struct host_answer *a = answers->list[i];
		size_t count = answer_addresses(a, list);
		const char *problem = answer_problem(a);

		buffer_append_text(out, "{\"name\":");
		escape_json(out, a->name, strlen(a->name));
		if (!count) {
			buffer_append_text(out, ",\"problem\":");
			escape_json(out, problem, strlen(problem));
		}
		buffer_append_text(out, ",\"addresses\":[");
		for (size_t k = 0; k < count; k++)
			buffer_printf(out, "%s\"%s\"", k ? "," : "", cidr_format(&list[k], text));
		buffer_append_text(out, "]}\n");
	}
	return out->failed ? -ENOMEM : 0;
}
