/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that come again with their seed, and how much of them is asked for */
#ifndef TESTS_DECIDE_RANDOM_H
#define TESTS_DECIDE_RANDOM_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof(*(list))))
#define PICK(list) ((list)[any(COUNT(list))])

static uint64_t seed;

/* 0 .. below - 1 */
static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* "default", "full" or a number; then a seed, or the usual one. */
__attribute__((unused))
static uint64_t random_begin(int argc, char **argv, uint64_t few, uint64_t many)
{
	const char *much = argc > 1 ? argv[1] : "default";

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20260101;
	seed += !seed;		/* 0 would stay 0 */
	return !strcmp(much, "default") ? few : !strcmp(much, "full") ? many :
	       strtoull(much, NULL, 10);
}

#endif
