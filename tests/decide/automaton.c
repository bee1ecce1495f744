// SPDX-License-Identifier: Apache-2.0
/* The automaton against the reference matcher, on random patterns and paths */
#include <errno.h>
#include <stdio.h>

#include "compile/comb.h"
#include "compile/minimise.h"
#include "generate.h"
#include "image/glob.h"
#include "image/view.h"
#include "model/pattern.h"

/*
 * usage: automaton [default|full|COUNT [SEED]]
 * Each round makes an automaton of some random patterns, as policy_compile()
 * does, then asks it and the reference about paths made from the patterns, paths
 * that nearly match them, and random ones. An outcome stands for a set of
 * patterns: the sets must be the same. A pair is one pattern and one path.
 */
#define PATTERNS 64
#define STATES 4000	/* random patterns may need any number of states */
#define PATHS 160

struct round {
	char patterns[PATTERNS][TEXT];
	struct reference reference[PATTERNS];
	size_t count;
	struct alphabet alphabet;
	struct nfa nfa;
	struct dfa dfa;
	struct image_writer writer;
	struct image_bytes bytes;
	uint32_t pattern;
};

struct tally {
	uint64_t pairs, matches, asked, rounds, refused, near;
};

static int take(void *data, const token_t *tokens, size_t count)
{
	struct round *round = data;

	return nfa_add(&round->nfa, tokens, count, round->pattern);
}

static void trouble(const char *what)
{
	printf("not ok - %s\n", what);
	exit(1);
}

/* 0; -E2BIG when it would be too large; 1 when the two disagree on what a pattern is. */
static int build(struct round *r)
{
	struct image_writer *w = &r->writer;
	int failed = nfa_init(&r->nfa), wrong;

	for (r->pattern = 0; r->pattern < r->count; r->pattern++) {
		const char *text = r->patterns[r->pattern];

		reference_read(&r->reference[r->pattern], text);
		wrong = r->reference[r->pattern].large ? -E2BIG :
			tokens_each(text, false, &r->alphabet, take, r);
		if (wrong == -E2BIG)
			return wrong;
		if ((wrong == -EINVAL) != r->reference[r->pattern].wrong)
			return 1;
	}
	alphabet_build(&r->alphabet);
	if (!failed) {
		failed = dfa_build(&r->nfa, &r->alphabet, STATES, &r->dfa);
		if (failed == -E2BIG)
			return failed;
	}
	failed |= dfa_minimise(&r->dfa);
	failed |= comb_write(&r->dfa, w);
	w->header.byte_classes = r->alphabet.class_count;
	failed |= image_writer_add(w, BAILIWICK_SECTION_BYTE_CLASS, r->alphabet.class_of, 256);
	failed |= image_writer_finish(w, &r->bytes);
	if (failed)
		trouble("building an automaton");
	return 0;
}

/* Only the patterns stay. */
static void discard(struct round *r)
{
	for (size_t i = 0; i < r->count; i++)
		reference_done(&r->reference[i]);
	nfa_done(&r->nfa);
	dfa_done(&r->dfa);
	alphabet_done(&r->alphabet);
	image_writer_done(&r->writer);
	image_bytes_done(&r->bytes);
	r->nfa = (struct nfa){ 0 };
	r->dfa = (struct dfa){ 0 };
	r->alphabet = (struct alphabet){ .set_count = 0 };
	r->writer = (struct image_writer){ .arena = NULL };
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

/* The first pattern about which they differ, r->count when they agree. */
static size_t compare(const struct round *r, const char *path, uint64_t *matches)
{
	size_t size = strlen(path), count, at = 0;
	const uint32_t *set = interner_get(&r->dfa.accepts, run(r, path), &count);

	for (size_t i = 0; i < r->count; i++) {
		bool automaton = at < count && set[at] == i;

		at += automaton;
		*matches += automaton;
		if (automaton != reference_matches(&r->reference[i], path, size))
			return i;
	}
	return r->count;
}

/* --- a difference, made small -------------------------------------------- */

static bool differs(struct round *r, const char *path)
{
	uint64_t matches = 0;
	int built = build(r);
	bool different = built > 0 || (!built && compare(r, path, &matches) < r->count);

	discard(r);
	return different;
}

/* Leave out as many bytes as can be, in runs of @size. */
static bool shorten(struct round *r, char *text, char *path, size_t size)
{
	bool shorter = false;
	char before[TEXT], path_before[TEXT];

	for (size_t at = 0; at + size <= strlen(text);) {
		strcpy(before, text);
		strcpy(path_before, path);
		memmove(text + at, text + at + size, strlen(text + at + size) + 1);
		make_canonical(path);
		if ((text == path || *text == '/') && strcmp(before, text) && differs(r, path)) {
			shorter = true;
			continue;
		}
		strcpy(text, before);
		strcpy(path, path_before);
		at++;
	}
	return shorter;
}

static void shrink(struct round *r, char *path)
{
	bool smaller = true;

	for (size_t i = r->count; i-- > 0 && r->count > 1;) {
		char last[TEXT];

		strcpy(last, r->patterns[r->count - 1]);
		memcpy(r->patterns[r->count - 1], r->patterns[i], TEXT);
		strcpy(r->patterns[i], last);
		r->count--;
		if (!differs(r, path)) {
			strcpy(last, r->patterns[i]);
			memcpy(r->patterns[i], r->patterns[r->count], TEXT);
			memcpy(r->patterns[r->count++], last, TEXT);
		}
	}
	while (smaller) {
		smaller = false;
		for (size_t size = 256; size; size /= 4) {
			for (size_t i = 0; i < r->count; i++)
				smaller |= shorten(r, r->patterns[i], path, size);
			smaller |= shorten(r, path, path, size);
		}
	}
}

static void print_text(const char *what, const char *text)
{
	printf("  %s '", what);
	for (; *text; text++)
		if (*text >= ' ' && *text < 0x7f && (*text != '\\' || text[1] != 'x'))
			putchar(*text);
		else
			printf("\\x%02x", (uint8_t)*text);
	printf("'");
}

static void report(struct round *r, char *path)
{
	uint64_t matches = 0;
	int built;
	size_t i;

	discard(r);
	shrink(r, path);
	printf("not ok 1 - automaton and reference differ:");
	for (i = 0; i < r->count; i++)
		print_text("pattern", r->patterns[i]);
	print_text("path", path);
	built = build(r);
	i = built ? 0 : compare(r, path, &matches);
	if (built)
		printf("  one of them takes this for no pattern\n");
	else
		printf("  reference says %d\n",
		       reference_matches(&r->reference[i], path, strlen(path)));
	printf("1..1\n");
}

/* --- rounds -------------------------------------------------------------- */

/* Few wild patterns, or many that resemble each other. */
static void choose_patterns(struct round *r)
{
	bool crowd = !any(4);

	r->count = 1 + any(crowd ? PATTERNS : 6);
	for (size_t i = 0; i < r->count; i++) {
		if (i && any(crowd ? 8 : 2))
			related_pattern(r->patterns[any((uint32_t)i)], r->patterns[i]);
		else
			random_pattern(r->patterns[i]);
		if (r->patterns[i][0] != '/')
			strcpy(r->patterns[i], "/**");
	}
}

static void choose_path(const struct round *r, uint32_t number, char *path)
{
	uint32_t edits = number % 4;		/* none, for the path that matches */

	if (number % 5 == 4)
		random_path(path);
	else
		path_from(&r->reference[any((uint32_t)r->count)], path);
	while (edits--)
		nearly(path);
	make_canonical(path);
}

/* The matcher behind `explain` gives the same answers: asked about some pairs. */
static bool matcher_agrees(const struct round *r, const char *path, uint64_t *asked)
{
	size_t i = any((uint32_t)r->count), size = strlen(path);
	struct pattern_mistake mistake;
	int glob;

	if (pattern_check(r->patterns[i], &mistake))
		return true;		/* no policy has it, so nothing is explained by it */
	++*asked;
	glob = glob_match(r->patterns[i], path, size);
	if (glob == reference_matches(&r->reference[i], path, size))
		return true;
	printf("not ok 1 - image/glob.c says %d:", glob);
	print_text("pattern", r->patterns[i]);
	print_text("path", path);
	printf("\n1..1\n");
	return false;
}

static bool one_round(struct round *r, struct tally *tally)
{
	char path[TEXT] = "";
	bool fine = true;
	int built;

	choose_patterns(r);
	built = build(r);
	if (built > 0) {
		report(r, path);
		return false;
	}
	tally->rounds++;
	tally->refused += built < 0;
	for (uint32_t i = 0; !built && fine && i < PATHS; i++) {
		uint64_t before = tally->matches;

		choose_path(r, i, path);
		if (compare(r, path, &tally->matches) < r->count) {
			report(r, path);
			return false;
		}
		tally->pairs += r->count;
		tally->near += i % 4 && tally->matches == before;
		fine = matcher_agrees(r, path, &tally->asked);
	}
	discard(r);
	return fine;
}

int main(int argc, char **argv)
{
	uint64_t count = random_begin(argc, argv, 2000000, 12000000), begun = seed;
	struct tally t = { 0 };
	static struct round round;
	bool good;

	while (t.pairs < count) {
		uint64_t at = seed;

		if (one_round(&round, &t))
			continue;
		printf("# again: automaton 1 %llu\n", (unsigned long long)at);
		return 1;
	}
	/* A generator that stopped hitting anything would make this test worthless. */
	good = t.matches > t.pairs / 20 && t.matches < t.pairs / 2 && t.near > t.pairs / 1000 &&
	       t.asked > t.rounds;
	printf("%s 1 - automaton and reference agree on %llu pairs, %llu of them matches; "
	       "%llu policies, %llu too large, %llu paths just missed all, the matcher of "
	       "explanations asked %llu times (seed %llu)\n1..1\n",
	       good ? "ok" : "not ok", (unsigned long long)t.pairs, (unsigned long long)t.matches,
	       (unsigned long long)t.rounds, (unsigned long long)t.refused,
	       (unsigned long long)t.near, (unsigned long long)t.asked,
	       (unsigned long long)begun);
	return !good;
}
