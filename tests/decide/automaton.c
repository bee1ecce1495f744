// SPDX-License-Identifier: Apache-2.0
/* The automaton against the reference matcher, on random patterns and paths */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/comb.h"
#include "compile/minimise.h"
#include "image/glob.h"
#include "image/view.h"

/*
 * usage: automaton [default|full|COUNT [SEED]]
 * Each round makes an automaton of some random patterns, then asks it and the
 * matcher about random paths and about paths made from the patterns. A label
 * stands for a set of patterns: the sets must be the same.
 */
#define PATTERNS 8
#define STATES 20000	/* random patterns may need any number of states */
#define PATHS 100
#define TEXT 160

static uint64_t seed;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

static const char *pick(const char *const *from, size_t count)
{
	return from[any((uint32_t)count)];
}

#define PICK(list) pick(list, sizeof(list) / sizeof(*(list)))

static void add(char *text, const char *more)
{
	if (strlen(text) + strlen(more) + 1 < TEXT)
		strcat(text, more);
}

static void random_name(char *text, bool braces)
{
	static const char *const bits[] = {
		"a", "b", "c", "ab", "aa", "*", "**", "?", "[ab]", "[!a]", "[^b-c]", "[]a]", "\\*",
		"\\{", "[a-]", ".", "\xc3\xa9", "[\\]a]", "a*", "*b",
	};
	uint32_t n = 1 + any(3);

	if (!any(5)) {
		add(text, "**");
		return;
	}
	while (n--) {
		if (braces && !any(6)) {
			add(text, "{");
			random_name(text, any(3) == 0);
			add(text, ",");
			if (any(4))
				random_name(text, any(3) == 0);
			if (!any(3))
				add(text, ",/**");
			add(text, "}");
		} else {
			add(text, PICK(bits));
		}
	}
}

static void random_pattern(char *text)
{
	uint32_t n = any(5);

	*text = 0;
	if (!n) {
		add(text, "/");
		return;
	}
	while (n--) {
		add(text, "/");
		random_name(text, true);
	}
}

/* A path that a pattern may well match: its stars and sets replaced by something. */
static void path_from(const char *pattern, char *path)
{
	static const char *const names[] = { "", "a", "b", "ab", "a/b", "c", "*", "/a", "abc/ba" };

	*path = 0;
	for (const char *p = pattern; *p; p++) {
		char one[2] = { *p, 0 };

		if (*p == '*' || *p == '?' || *p == '{' || *p == ',')
			add(path, PICK(names));
		else if (*p == '[' || *p == ']' || *p == '}' || *p == '!')
			add(path, any(2) ? "a" : "");
		else if (*p != '\\')
			add(path, one);
	}
}

static void random_path(char *path)
{
	static const char *const names[] = {
		"a", "b", "c", "ab", "ba", "aab", "abc", "*", "{", "]", "-", ".", "\xc3\xa9", "\xff",
		"aaaa", "bab", "^", "!",
	};
	uint32_t n = any(6);

	*path = 0;
	while (n--) {
		add(path, "/");
		add(path, PICK(names));
		if (!any(3))
			add(path, PICK(names));
	}
}

/* Only canonical paths are ever asked about: no empty name, no '/' at the end. */
static void make_canonical(char *path)
{
	char *out = path;

	for (char *in = path; *in; in++)
		if (*in != '/' || (in[1] != '/' && in[1]))
			*out++ = *in;
	*out = 0;
	if (*path && *path != '/')
		*path = 0;
}

struct round {
	char patterns[PATTERNS][TEXT];
	size_t count;
	struct alphabet alphabet;
	struct nfa nfa;
	struct dfa dfa;
	struct image_writer writer;
	struct image_bytes bytes;
	uint32_t pattern;
};

static int take(void *data, const token_t *tokens, size_t count)
{
	struct round *round = data;

	return nfa_add(&round->nfa, tokens, count, round->pattern);
}

/* False when this automaton would be too large. */
static bool build(struct round *r)
{
	struct image_writer *w = &r->writer;
	int failed = nfa_init(&r->nfa);

	r->count = 1 + any(PATTERNS);
	for (r->pattern = 0; r->pattern < r->count; r->pattern++) {
		random_pattern(r->patterns[r->pattern]);
		if (tokens_each(r->patterns[r->pattern], false, &r->alphabet, take, r) < 0)
			r->patterns[r->pattern][0] = 0;
	}
	alphabet_build(&r->alphabet);
	if (!failed) {
		failed = dfa_build(&r->nfa, &r->alphabet, STATES, &r->dfa);
		if (failed == -E2BIG)
			return false;
	}
	failed |= dfa_minimise(&r->dfa);
	failed |= comb_write(&r->dfa, w);
	w->header.byte_classes = r->alphabet.class_count;
	failed |= image_writer_add(w, BAILIWICK_SECTION_BYTE_CLASS, r->alphabet.class_of, 256);
	failed |= image_writer_finish(w, &r->bytes);
	if (failed) {
		printf("not ok - building an automaton\n");
		exit(1);
	}
	return true;
}

static void discard(struct round *r)
{
	nfa_done(&r->nfa);
	dfa_done(&r->dfa);
	alphabet_done(&r->alphabet);
	image_writer_done(&r->writer);
	image_bytes_done(&r->bytes);
	*r = (struct round){ .count = 0 };
}

static uint32_t run(const struct round *r, const char *path)
{
	image_t image = { r->bytes.data, r->bytes.size };
	struct decide_automaton a;
	uint32_t state = automaton_start(image);

	automaton_open(image, &a);
	while (*path) {
		const char *end = strchrnul(path + 1, '/');

		state = automaton_child(image, &a, state, (const __u8 *)path + 1,
					(uint32_t)(end - path - 1));
		path = end;
	}
	return automaton_label(image, &a, state);
}

static int compare(const struct round *r, const char *path, uint64_t *matches)
{
	size_t count, at = 0;
	const uint32_t *set = interner_get(&r->dfa.accepts, run(r, path), &count);

	for (uint32_t i = 0; i < r->count; i++) {
		bool automaton = at < count && set[at] == i;
		int glob = r->patterns[i][0] ? glob_match(r->patterns[i], path, strlen(path)) : 0;

		at += automaton;
		*matches += automaton;
		if (automaton == (glob == 1) && glob >= 0)
			continue;
		printf("not ok - pattern %s path '%s': automaton %d, matcher %d\n",
		       r->patterns[i], path, automaton, glob);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *much = argc > 1 ? argv[1] : "default";
	uint64_t count = !strcmp(much, "default") ? 200000 : !strcmp(much, "full") ? 5000000 :
			 strtoull(much, NULL, 10);
	uint64_t pairs = 0, matches = 0;
	static struct round round;
	char path[TEXT];

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20260101;
	while (pairs < count) {
		bool built = build(&round);

		for (size_t i = 0; built && i < PATHS; i++, pairs += round.count) {
			if (i % 2)
				path_from(round.patterns[any((uint32_t)round.count)], path);
			else
				random_path(path);
			make_canonical(path);
			if (compare(&round, path, &matches))
				return 1;
		}
		discard(&round);
	}
	/* A generator that stopped hitting anything would make this test worthless. */
	printf("%s 1 - automaton and matcher agree on %llu pairs, %llu of them matches\n",
	       matches > count / 50 ? "ok" : "not ok", (unsigned long long)pairs,
	       (unsigned long long)matches);
	printf("1..1\n");
	return matches > count / 50 ? 0 : 1;
}
