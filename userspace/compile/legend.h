/* SPDX-License-Identifier: Apache-2.0 */
/* The sections for people: roles, rules, networks and classes, with their places */
#ifndef BAILIWICK_COMPILE_LEGEND_H
#define BAILIWICK_COMPILE_LEGEND_H

struct lowering;

/** legend_write() - SECTION_ROLE, _RULE, _NETWORK, _PREFIX, _PORTS, _NET_RULE and _CLASS */
int legend_write(struct lowering *lowering);

#endif
