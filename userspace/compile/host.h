/* SPDX-License-Identifier: Apache-2.0 */
/* Host names: what they stand for in this compilation */
#ifndef BAILIWICK_COMPILE_HOST_H
#define BAILIWICK_COMPILE_HOST_H

#include "compile/compile.h"

struct lowering;

/** hosts_check() - report names without addresses, once each, as options->hosts says */
int hosts_check(struct lowering *lowering);

/**
 * host_nets() - the addresses an element of `to:` stands for
 *
 * Return: their number; 0 for a host name without an answer, which names nobody.
 */
size_t host_nets(const struct compile_options *options, const struct peer *peer,
		 const struct cidr **ret);

#endif
