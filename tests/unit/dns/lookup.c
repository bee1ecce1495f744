// SPDX-License-Identifier: Apache-2.0
/* Tests of dns/lookup.h: against a server of our own, good and bad */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/lookup.h"
#include "tests/unit/dns/server.h"

#define FUZZ_NAMES 400

static char servers[64];
static pid_t server;

/* --- the server ------------------------------------------------------------------- */

static bool is(const char *name, const char *word)
{
	return !strncmp(name, word, strlen(word)) && name[strlen(word)] == '.';
}

static void put_many(struct packet *p, unsigned int type, unsigned int count)
{
	for (unsigned int i = 1; i <= count; i++)
		put_address(p, 12, type, 60, i);
}

static void put_alias(struct packet *p, unsigned int type, const char *name)
{
	static const uint8_t elsewhere[] = "\x09" "elsewhere" "\x04" "test";
	size_t target = p->size + 12;

	put_record(p, 12, 5, 10, elsewhere, sizeof(elsewhere));
	if (!is(name, "chain"))
		put_address(p, is(name, "stray") ? 12 : target, type, 60, 7);
}

static void put_answers(struct packet *p, const char *name, unsigned int type, bool tcp)
{
	static const uint8_t self[] = { 0xc0, 0x0c };

	if (is(name, "good") || !strcmp(name, "bare.test.") || !strncmp(name, "fuzz", 4)) {
		put_address(p, 12, type, type == 1 ? 60 : 30, 1);
		if (type == 1)
			put_address(p, 12, type, 60, 2);
	} else if (is(name, type == 1 ? "only4" : "only6") || (is(name, "half") && type == 1) ||
		   is(name, "late") || is(name, "short")) {
		put_address(p, 12, type, 60, 1);
	} else if (is(name, "long") && tcp) {
		put_many(p, type, 20);
	} else if (is(name, "many") && tcp) {
		put_many(p, type, 60);
	} else if (is(name, "zero") || is(name, "ages")) {
		put_address(p, 12, type, is(name, "zero") ? 0 : UINT32_MAX, 1);
	} else if (is(name, "alias") || is(name, "chain") || is(name, "stray")) {
		put_alias(p, type, name);
	} else if (is(name, "self")) {
		put_record(p, 12, 5, 10, self, sizeof(self));
	}
}

static unsigned int count_records(const struct packet *p, size_t from)
{
	unsigned int count = 0;

	while (from < p->size) {
		from += 12 + (size_t)(p->bytes[from + 10] << 8 | p->bytes[from + 11]);
		count++;
	}
	return count;
}

static void spoil(struct packet *p, const char *name)
{
	if (is(name, "late"))
		p->bytes[13] ^= 0x20 ^ 0x01;	/* a letter of the question */
	if (is(name, "short"))
		p->size -= 9;
	if (is(name, "junk"))
		for (size_t i = 2; i < p->size; i++)
			p->bytes[i] = (uint8_t)server_random();
	if (strncmp(name, "fuzz", 4) != 0)
		return;
	server_seed = (uint32_t)atoi(name + 4) * 2654435761u + 1;
	for (int i = 0; i < 3; i++)
		p->bytes[2 + server_random() % (p->size - 2)] = (uint8_t)server_random();
	if (server_random() % 4 == 0)
		p->size = 2 + server_random() % p->size;
}

bool server_answer(const uint8_t *q, size_t size, bool tcp, struct packet *p)
{
	char name[256] = "";
	size_t at = 12, used = 0, end;
	unsigned int type, flags = 0x8180;
	bool cut;

	while (at < size && q[at] && at + 1 + q[at] < size && used + q[at] + 2 < sizeof(name)) {
		memcpy(name + used, q + at + 1, q[at]);
		used += q[at];
		name[used++] = '.';
		name[used] = 0;
		at += 1u + q[at];
	}
	if (at + 5 > size || is(name, "mute"))
		return false;
	type = (unsigned int)(q[at + 1] << 8 | q[at + 2]);
	end = at + 5;
	cut = !tcp && (is(name, "long") || is(name, "many") || is(name, "cutoff"));
	if (is(name, "gone"))
		flags |= 3;
	if (is(name, "sick") || (is(name, "half") && type == 28))
		flags |= 2;
	if (is(name, "rude"))
		flags |= 5;
	memcpy(p->bytes, q, end);
	p->size = end;
	put_answers(p, name, type, tcp);
	p->bytes[2] = (uint8_t)((flags | (cut ? 0x200 : 0)) >> 8);
	p->bytes[3] = (uint8_t)flags;
	memset(p->bytes + 4, 0, 8);
	p->bytes[5] = 1;
	p->bytes[7] = (uint8_t)count_records(p, end);
	spoil(p, name);
	return !(tcp && is(name, "cutoff"));
}

static bool read_all(int fd, uint8_t *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static void answer_tcp(int listener)
{
	int fd = accept(listener, NULL, NULL);
	uint8_t q[1024], front[2];
	struct packet p;
	size_t size;

	while (fd >= 0 && read_all(fd, front, 2)) {
		size = (size_t)(front[0] << 8 | front[1]);
		if (size < 12 || size > sizeof(q) || !read_all(fd, q, size) ||
		    !server_answer(q, size, true, &p))
			break;
		front[0] = (uint8_t)(p.size >> 8);
		front[1] = (uint8_t)p.size;
		/* in small pieces, as a network may */
		if (send(fd, front, 1, MSG_NOSIGNAL) != 1 || send(fd, front + 1, 1, MSG_NOSIGNAL) != 1 ||
		    send(fd, p.bytes, p.size, MSG_NOSIGNAL) < 0)
			break;
	}
	if (fd >= 0)
		close(fd);
}

static _Noreturn void serve(int udp, int tcp)
{
	struct pollfd list[] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(100);
	server_seed = 12345;
	for (;;) {
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		struct packet p;
		uint8_t q[1024];

		poll(list, 2, -1);
		if (list[0].revents) {
			ssize_t n = recvfrom(udp, q, sizeof(q), 0, (struct sockaddr *)&from, &size);

			if (n > 12 && server_answer(q, (size_t)n, false, &p))
				sendto(udp, p.bytes, p.size, 0, (struct sockaddr *)&from, size);
		}
		if (list[1].revents && fork() == 0) {
			alarm(5);
			answer_tcp(tcp);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

pid_t server_start(char ret_servers[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	pid_t pid;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(tcp, (struct sockaddr *)&address, size) < 0 || listen(tcp, 64) < 0 ||
	    getsockname(tcp, (struct sockaddr *)&address, &size) < 0 ||
	    bind(udp, (struct sockaddr *)&address, size) < 0)
		return -1;
	snprintf(ret_servers, 64, "127.0.0.1:%u", ntohs(address.sin_port));
	pid = fork();
	if (pid == 0)
		serve(udp, tcp);
	close(tcp);
	close(udp);
	return pid;
}

/* --- the tests --------------------------------------------------------------------- */

static struct lookup_answer got;
static int calls;

static void keep(void *context, const struct lookup_answer *answer)
{
	(void)context;
	got = *answer;
	calls++;
}

static void look(const char *name)
{
	static const struct lookup_options standard = { .timeout = 500, .tries = 2, .seconds = 5 };
	struct lookup_options options = standard;
	char *names[] = { (char *)name };

	options.servers = servers;
	calls = 0;
	assert_int_equal(lookup_all(names, 1, &options, keep, NULL), 0);
	assert_int_equal(calls, 1);
	assert_string_equal(got.name, name);
}

/* NULL @texts end the list */
static void has(int index, uint32_t ttl, const char *first, const char *second)
{
	const struct lookup_family *family = &got.family[index];
	char text[CIDR_TEXT_MAX];

	assert_int_equal(family->outcome, LOOKUP_FOUND);
	assert_null(family->why);
	assert_int_equal(family->ttl, ttl);
	assert_int_equal(family->count, second ? 2 : 1);
	assert_string_equal(cidr_format(&family->addresses[0], text), first);
	if (second)
		assert_string_equal(cidr_format(&family->addresses[1], text), second);
}

static void lacks(int index, enum lookup_outcome outcome)
{
	assert_int_equal(got.family[index].outcome, outcome);
	assert_int_equal(got.family[index].count, 0);
	assert_non_null(got.family[index].why);
}

static void good_answers(void **state)
{
	(void)state;
	look("good.test");
	has(0, 60, "192.0.2.1", "192.0.2.2");
	has(1, 30, "2001:db8::1", NULL);
	look("only4.test");
	has(0, 60, "192.0.2.1", NULL);
	lacks(1, LOOKUP_ABSENT);
	look("only6.test");
	lacks(0, LOOKUP_ABSENT);
	has(1, 60, "2001:db8::1", NULL);
}

static void no_is_not_trouble(void **state)
{
	(void)state;
	look("none.test");
	lacks(0, LOOKUP_ABSENT);
	assert_string_equal(got.family[0].why, "the name has no address");
	look("gone.test");
	lacks(0, LOOKUP_ABSENT);
	lacks(1, LOOKUP_ABSENT);
	assert_string_equal(got.family[1].why, "there is no such name");
	look("sick.test");
	lacks(0, LOOKUP_FAILED);
	look("rude.test");
	lacks(1, LOOKUP_FAILED);
	look("half.test");
	has(0, 60, "192.0.2.1", NULL);
	lacks(1, LOOKUP_FAILED);
}

static void what_was_cut_comes_by_tcp(void **state)
{
	(void)state;
	look("long.test");
	assert_int_equal(got.family[0].outcome, LOOKUP_FOUND);
	assert_int_equal(got.family[0].count, 20);
	assert_int_equal(got.family[1].count, 20);
	look("cutoff.test");
	lacks(0, LOOKUP_FAILED);
	look("many.test");
	lacks(0, LOOKUP_FAILED);
	assert_non_null(strstr(got.family[0].why, "more than 32 addresses"));
}

static void ttls_as_they_are(void **state)
{
	(void)state;
	look("zero.test");
	has(0, 0, "192.0.2.1", NULL);
	look("ages.test");		/* more than 31 bits are no time at all: RFC 2181, 8 */
	has(0, 0, "192.0.2.1", NULL);
	has(1, 0, "2001:db8::1", NULL);
}

static void aliases(void **state)
{
	(void)state;
	look("alias.test");
	has(0, 10, "192.0.2.7", NULL);
	look("stray.test");		/* an address that the alias does not lead to */
	lacks(0, LOOKUP_ABSENT);
	look("chain.test");
	lacks(0, LOOKUP_ABSENT);
	look("self.test");
	assert_int_equal(got.family[0].count, 0);
}

static time_t seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void silence_and_nonsense_end_in_time(void **state)
{
	static const char *const names[] = { "mute.test", "late.test", "junk.test", "short.test" };
	time_t before = seconds();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		look(names[i]);
		lacks(0, LOOKUP_FAILED);
		lacks(1, LOOKUP_FAILED);
	}
	assert_true(seconds() - before < 24);
}

static void nobody_listens(void **state)
{
	char kept[sizeof(servers)];

	(void)state;
	memcpy(kept, servers, sizeof(kept));
	strcpy(servers, "127.0.0.1:1");
	look("good.test");
	memcpy(servers, kept, sizeof(kept));
	lacks(0, LOOKUP_FAILED);
	lacks(1, LOOKUP_FAILED);
}

static void the_whole_has_an_end(void **state)
{
	struct lookup_options options = {
		.servers = servers, .timeout = 60000, .tries = 4, .seconds = 2,
	};
	char *names[] = { (char *)"mute.test" };
	time_t before = seconds();

	(void)state;
	assert_int_equal(lookup_all(names, 1, &options, keep, NULL), 0);
	assert_true(seconds() - before < 6);
	lacks(0, LOOKUP_FAILED);
	assert_string_equal(got.family[0].why, "no server answered in time");
}

static void count_found(void *context, const struct lookup_answer *answer)
{
	int *found = context;

	for (int i = 0; i < 2; i++) {
		const struct lookup_family *family = &answer->family[i];

		assert_true(family->count <= LOOKUP_ADDRESSES_MAX);
		assert_int_equal(family->outcome == LOOKUP_FOUND, family->count > 0);
		for (size_t k = 0; k < family->count; k++)
			assert_int_equal(family->addresses[k].family, i ? 6 : 4);
	}
	found[0]++;
	found[1] += answer->family[0].outcome == LOOKUP_FOUND;
}

/* Many at once, most of them spoilt: each has an outcome, and none is wrong in kind */
static void spoilt_answers(void **state)
{
	struct lookup_options options = {
		.servers = servers, .timeout = 100, .tries = 1, .seconds = 20,
	};
	static char text[FUZZ_NAMES][16];
	char *names[FUZZ_NAMES];
	int found[2] = { 0 };

	(void)state;
	for (int i = 0; i < FUZZ_NAMES; i++) {
		snprintf(text[i], sizeof(text[i]), "fuzz%d.test", i);
		names[i] = text[i];
	}
	assert_int_equal(lookup_all(names, FUZZ_NAMES, &options, count_found, found), 0);
	assert_int_equal(found[0], FUZZ_NAMES);
	/* a changed byte of an address is an address: some are found, and some are not */
	assert_true(found[1] > FUZZ_NAMES / 20 && found[1] < FUZZ_NAMES);
}

static void search_domains_are_off(void **state)
{
	(void)state;
	look("bare.test");
	has(0, 60, "192.0.2.1", "192.0.2.2");
	setenv("LOCALDOMAIN", "test", 1);
	look("bare");
	unsetenv("LOCALDOMAIN");
	lacks(0, LOOKUP_ABSENT);
}

static int set_up(void **state)
{
	(void)state;
	server = server_start(servers);
	return server < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_answers),
		cmocka_unit_test(no_is_not_trouble),
		cmocka_unit_test(what_was_cut_comes_by_tcp),
		cmocka_unit_test(ttls_as_they_are),
		cmocka_unit_test(aliases),
		cmocka_unit_test(silence_and_nonsense_end_in_time),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(the_whole_has_an_end),
		cmocka_unit_test(spoilt_answers),
		cmocka_unit_test(search_domains_are_off),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
