/* SPDX-License-Identifier: Apache-2.0 */
/* What host names stand for, handed to the compiler as a file */
#include "ctl/hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "base/message.h"
#include "image/host.h"

void hosts_done(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		free((char *)hosts->answers[i].name);
		free((char *)hosts->answers[i].problem);
		free((struct cidr *)hosts->answers[i].addresses);
	}
	free(hosts->answers);
	*hosts = (struct hosts){ 0 };
}

static int compare_cidrs(const void *a, const void *b)
{
	return cidr_compare(a, b);
}

static int compare_answers(const void *a, const void *b)
{
	return strcmp(((const struct compile_answer *)a)->name,
		      ((const struct compile_answer *)b)->name);
}

/* Single addresses alone: a prefix in this file could open a whole network */
static bool read_address(const struct message *line, size_t index, struct cidr *ret)
{
	char path[32];
	const char *text;

	snprintf(path, sizeof(path), "addresses.%zu", index);
	text = message_string(line, path);
	return text && !strchr(text, '/') && cidr_parse(text, ret) == CIDR_FINE;
}

static int read_addresses(const struct message *line, struct compile_answer *answer)
{
	size_t count = message_count(line, "addresses"), unique = 0;
	struct cidr *list;

	if (count > HOST_ADDRESSES_MAX)
		return 1;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	answer->addresses = list;
	for (size_t i = 0; i < count; i++)
		if (!read_address(line, i, &list[i]))
			return 1;
	qsort(list, count, sizeof(*list), compare_cidrs);
	for (size_t i = 0; i < count; i++)
		if (!i || cidr_compare(&list[i], &list[unique - 1]))
			list[unique++] = list[i];
	answer->count = unique;
	return 0;
}

/* One line; 0, 1 when it says something else, -ENOMEM */
static int take_line(struct hosts *hosts, const struct message *line)
{
	const char *name = message_string(line, "name");
	const char *problem = message_string(line, "problem");
	struct compile_answer *answer = &hosts->answers[hosts->count++];
	char wanted[HOSTNAME_MAX];
	int r;

	if (!name || hostname_check(name, wanted, NULL) || strcmp(name, wanted) != 0)
		return 1;
	answer->name = strdup(name);
	if (problem)
		answer->problem = strdup(problem);
	if (!answer->name || (problem && !answer->problem))
		return -ENOMEM;
	r = read_addresses(line, answer);
	return r ? r : !answer->count && !problem;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static int parse_line(struct hosts *hosts, const char *text, size_t size)
{
	struct message *line = NULL;
	int r = message_parse(text, size, &line);

	if (!r)
		r = take_line(hosts, line);
	message_free(line);
	return r;
}

int hosts_parse(const char *text, size_t size, struct hosts *ret)
{
	struct hosts hosts = {
		.answers = calloc(count_lines(text, size), sizeof(struct compile_answer)),
	};
	const char *at = text, *end = text + size;
	int number = 0, answer = hosts.answers ? 0 : -ENOMEM;

	while (!answer && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		number++;
		if (length)
			answer = parse_line(&hosts, at, length);
		if (answer && answer != -ENOMEM)
			answer = number;
		at += length + 1;
	}
	if (!answer)
		qsort(hosts.answers, hosts.count, sizeof(*hosts.answers), compare_answers);
	for (size_t i = 1; !answer && i < hosts.count; i++)
		if (!compare_answers(&hosts.answers[i], &hosts.answers[i - 1]))
			answer = number;
	if (answer) {
		hosts_done(&hosts);
		return answer;
	}
	*ret = hosts;
	return 0;
}
