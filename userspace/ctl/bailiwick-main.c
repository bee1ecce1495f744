/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick: the verbs of a client; the others run in a program of their own */
#include "ctl/verb.h"

#define HERE(id, name, summary) { name, summary, verb_##id, false },
#define ELSEWHERE(id, name, summary) { name, summary, verb_apart, false },
#define ELSEWHERE_HIDDEN(id, name, summary) { name, summary, verb_apart, true },

const struct verb verbs[] = { VERBS(HERE, ELSEWHERE, ELSEWHERE_HIDDEN) };
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);
