/* SPDX-License-Identifier: Apache-2.0 */
/* commands: every verb, with the libraries that some of them need; `bailiwick` runs it */
#include "ctl/verb.h"

#define HERE(id, name, summary) { name, summary, verb_##id, false },
#define HERE_HIDDEN(id, name, summary) { name, summary, verb_##id, true },

const struct verb verbs[] = { VERBS(HERE, HERE, HERE_HIDDEN) };
const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);
