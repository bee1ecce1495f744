// SPDX-License-Identifier: Apache-2.0
/* "Did you mean": the nearest of some words */
#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

static unsigned char fold(char letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return (unsigned char)(letter - 'A' + 'a');
	return letter == '_' ? '-' : (unsigned char)letter;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_LENGTH_MAX + 1], *before = rows[0], *last = rows[1], *now = rows[2];
	size_t length_a = strlen(a), length_b = strlen(b), i, j, *spare;

	if (length_a > SUGGEST_LENGTH_MAX || length_b > SUGGEST_LENGTH_MAX)
		return SIZE_MAX;
	for (j = 0; j <= length_b; j++)
		now[j] = j;
	for (i = 1; i <= length_a; i++) {
		spare = before;
		before = last;
		last = now;
		now = spare;
		now[0] = i;
		for (j = 1; j <= length_b; j++) {
			size_t differs = fold(a[i - 1]) != fold(b[j - 1]);

			now[j] = smaller(last[j - 1] + differs,
					 smaller(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				now[j] = smaller(now[j], before[j - 2] + 1);
		}
	}
	return now[length_b];
}

void suggest_init(struct suggest *suggest, const char *word)
{
	size_t length = strlen(word);

	suggest->word = word;
	suggest->best = NULL;
	/* A third of the word may be wrong; more would be guessing */
	suggest->distance = length < 3 ? 2 : length / 3 + 1;
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
	size_t distance;

	if (!candidate)
		return;
	distance = suggest_distance(suggest->word, candidate);
	/* A word of which nothing is left is no likeness */
	if (distance >= suggest->distance || distance >= strlen(candidate))
		return;
	suggest->best = candidate;
	suggest->distance = distance;
}
