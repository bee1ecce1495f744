/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: addresses and ports in classes, and who may do what between them */
#ifndef BAILIWICK_COMPILE_NET_H
#define BAILIWICK_COMPILE_NET_H

#include <stdint.h>

#include "model/policy.h"

struct lowering;

/* Network cells of one image, rows x address classes x port classes, in bytes */
#define NET_CELLS_MAX (64u << 20)

/**
 * net_write() - SECTION_TRIE, SECTION_NET_CELL and what the header says of them
 *
 * A connect rule allows connect, send and receive towards the peer; a bind rule
 * allows bind, listen and serve at the local end, and accept from every peer at
 * its ports. A network without addresses is any address. Sets lowering->net_cells.
 */
int net_write(struct lowering *lowering);

/** net_operations() - BAILIWICK_NETOP_* that a rule allows */
uint32_t net_operations(const struct network_rule *rule);

/** net_transport() - enum bailiwick_transport of an IPPROTO_ number; COUNT for others */
uint32_t net_transport(uint8_t protocol);

#endif
