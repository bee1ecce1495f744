/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: addresses and ports in classes, and who may do what between them */
#include "compile/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/array.h"
#include "compile/host.h"
#include "compile/lower.h"
#include "compile/trie.h"

#define PORTS 65536u

/**
 * struct netter - networks under construction
 * @networks:	those that rules name, by address; a network's number is its index
 * @tree4, @tree6: their prefixes
 * @addresses, @ports: sets of networks an address or port belongs to; set 0 is empty
 * @address_class, @port_class: set -> class
 * @port_set:	per transport the set of each port
 * @cells:	rows x address sets x port sets, then classes
 */
struct netter {
	struct lowering *l;
	const struct network **networks;
	size_t count, capacity;
	struct prefix_tree tree4, tree6;
	struct interner addresses, ports;
	uint32_t *address_class, *port_class;
	uint32_t address_classes, port_classes;
	uint32_t *port_set[BAILIWICK_TRANSPORT_COUNT];
	struct trie trie;
};

static void netter_done(struct netter *n)
{
	free(n->networks);
	prefix_tree_done(&n->tree4);
	prefix_tree_done(&n->tree6);
	interner_done(&n->addresses);
	interner_done(&n->ports);
	free(n->address_class);
	free(n->port_class);
	for (size_t i = 0; i < BAILIWICK_TRANSPORT_COUNT; i++)
		free(n->port_set[i]);
	trie_done(&n->trie);
}

uint32_t net_operations(const struct network_rule *rule)
{
	switch (rule->operation) {
	case NETWORK_CONNECT:
		return BAILIWICK_NETOP_CONNECT | BAILIWICK_NETOP_SEND | BAILIWICK_NETOP_RECEIVE;
	case NETWORK_BIND:
		return BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN | BAILIWICK_NETOP_ACCEPT |
		       BAILIWICK_NETOP_SERVE;
	case NETWORK_LISTEN:
		return BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN;
	case NETWORK_ACCEPT:
		return BAILIWICK_NETOP_ACCEPT;
	case NETWORK_SEND:
		return BAILIWICK_NETOP_SEND;
	case NETWORK_RECEIVE:
		return BAILIWICK_NETOP_RECEIVE;
	}
	return 0;
}

uint32_t net_transport(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return BAILIWICK_TRANSPORT_TCP;
	case IPPROTO_UDP:
		return BAILIWICK_TRANSPORT_UDP;
	case IPPROTO_SCTP:
		return BAILIWICK_TRANSPORT_SCTP;
	}
	return BAILIWICK_TRANSPORT_COUNT;
}

static int compare_networks(const void *a, const void *b)
{
	const struct network *x = *(const struct network *const *)a;
	const struct network *y = *(const struct network *const *)b;

	return x < y ? -1 : x > y;
}

static uint32_t number_of(const struct netter *n, const struct network *network)
{
	const struct network **at = bsearch(&network, n->networks, n->count, sizeof(*n->networks),
					    compare_networks);

	return (uint32_t)(at - n->networks);
}

static int collect(struct netter *n)
{
	size_t unique = 0;
	int r = 0;

	for (size_t i = 0; i < n->l->policy->role_count && !r; i++) {
		const struct role *role = n->l->policy->roles[i];

		for (size_t k = 0; k < role->network_count && !r; k++) {
			r = array_grow(&n->networks, n->count, &n->capacity, sizeof(*n->networks));
			if (!r)
				n->networks[n->count++] = role->network[k]->network;
		}
	}
	if (n->count)
		qsort(n->networks, n->count, sizeof(*n->networks), compare_networks);
	for (size_t i = 0; i < n->count; i++)
		if (!i || n->networks[i] != n->networks[i - 1])
			n->networks[unique++] = n->networks[i];
	n->count = unique;
	return r;
}

static int add_addresses(struct netter *n)
{
	static const uint8_t any[16];
	int r = 0;

	for (uint32_t i = 0; i < n->count && !r; i++) {
		const struct network *net = n->networks[i];

		if (!net->peer_count) {
			r = prefix_tree_add(&n->tree4, any, 0, i);
			if (!r)
				r = prefix_tree_add(&n->tree6, any, 0, i);
		}
		for (size_t k = 0; k < net->peer_count && !r; k++) {
			const struct cidr *cidr;
			size_t count = host_nets(n->l->options, &net->peers[k], &cidr);

			for (; count && !r; count--, cidr++)
				r = prefix_tree_add(cidr->family == 4 ? &n->tree4 : &n->tree6,
						    cidr->bytes, cidr->prefix, i);
		}
	}
	if (!r)
		r = trie_add_prefixes(&n->trie, &n->tree4, &n->addresses, NULL, NULL);
	if (!r)
		r = trie_add_prefixes(&n->trie, &n->tree6, &n->addresses, NULL, NULL);
	return r;
}

static bool has_port(const struct network *net, uint32_t transport, uint32_t port)
{
	for (size_t i = 0; i < net->port_count; i++)
		if (net_transport(net->ports[i].protocol) == transport &&
		    port >= net->ports[i].low && port <= net->ports[i].high)
			return true;
	return false;
}

/* The networks of a port, as a set. */
static int set_of_port(struct netter *n, uint32_t transport, uint32_t port, uint32_t *ret)
{
	_cleanup_free_ uint32_t *set = calloc(n->count + 1, sizeof(*set));
	size_t count = 0;

	if (!set)
		return -ENOMEM;
	for (uint32_t i = 0; i < n->count; i++)
		if (has_port(n->networks[i], transport, port))
			set[count++] = i;
	return interner_add(&n->ports, set, count, ret);
}

/* Sets change only where a range starts and behind its end. */
static int add_ports(struct netter *n, uint32_t transport)
{
	_cleanup_free_ uint8_t *edge = calloc(PORTS + 1, 1);
	uint32_t set = 0;
	int r = 0;

	n->port_set[transport] = calloc(PORTS, sizeof(uint32_t));
	if (!edge || !n->port_set[transport])
		return -ENOMEM;
	edge[0] = 1;
	for (size_t i = 0; i < n->count; i++) {
		const struct network *net = n->networks[i];

		for (size_t k = 0; k < net->port_count; k++) {
			if (net_transport(net->ports[k].protocol) != transport)
				continue;
			edge[net->ports[k].low] = 1;
			edge[net->ports[k].high + 1] = 1;
		}
	}
	for (uint32_t port = 0; port < PORTS && !r; port++) {
		if (edge[port])
			r = set_of_port(n, transport, port, &set);
		n->port_set[transport][port] = set;
	}
	return r;
}

static bool holds(const struct interner *sets, uint32_t set, uint32_t number)
{
	size_t count;
	const uint32_t *numbers = interner_get(sets, set, &count);

	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* Sets of addresses and ports a network takes part in, as flags. */
static void mark(const struct interner *sets, uint32_t number, uint8_t *flags)
{
	for (uint32_t i = 0; i < sets->count; i++)
		flags[i] = holds(sets, i, number);
}

/*
 * Allow a rule's operations in a row.  What may be bound serves whoever comes: the
 * addresses of a bind rule are our own, those of accept are the peers'.
 */
static void allow(struct netter *n, uint8_t *cells, uint32_t row, const struct network_rule *rule,
		  const uint8_t *addresses, const uint8_t *ports)
{
	size_t a_count = n->addresses.count, p_count = n->ports.count;
	uint8_t here = (uint8_t)net_operations(rule);
	uint8_t elsewhere = rule->operation == NETWORK_BIND ? BAILIWICK_NETOP_ACCEPT : 0;

	for (size_t a = 0; a < a_count; a++)
		for (size_t p = 0; p < p_count; p++)
			if (ports[p])
				cells[(row * a_count + a) * p_count + p] |=
					addresses[a] ? here : elsewhere;
}

static int fill(struct netter *n, uint8_t *cells)
{
	const struct rows *rows = &n->l->rows;
	size_t a_count = n->addresses.count, p_count = n->ports.count;
	_cleanup_free_ uint8_t *addresses = calloc(n->count + 1, a_count);
	_cleanup_free_ uint8_t *ports = calloc(n->count + 1, p_count);

	if (!addresses || !ports)
		return -ENOMEM;
	for (uint32_t i = 0; i < n->count; i++) {
		mark(&n->addresses, i, addresses + i * a_count);
		mark(&n->ports, i, ports + i * p_count);
	}
	for (uint32_t row = 0; row < rows->count; row++) {
		if (row_is_free(rows, row))
			memset(cells + row * a_count * p_count, BAILIWICK_NETOPS_ALL,
			       a_count * p_count);
		for (size_t i = 0; i < rows->rows[row].role_count; i++) {
			const struct role *role = n->l->policy->roles[rows->rows[row].roles[i]];

			for (size_t k = 0; k < role->network_count; k++) {
				uint32_t number = number_of(n, role->network[k]->network);

				allow(n, cells, row, role->network[k],
				      addresses + number * a_count, ports + number * p_count);
			}
		}
	}
	return 0;
}

/*
 * Sets with the same answers become one class. @cells is rows x outer x inner;
 * the classes of its outer, or of its inner index, are found.
 */
static int merge(const uint8_t *cells, size_t rows, size_t outer, size_t inner, bool want_inner,
		 uint32_t *class_of, uint32_t *ret_count)
{
	size_t sets = want_inner ? inner : outer, others = want_inner ? outer : inner;
	_cleanup_free_ uint32_t *column = calloc(rows * others + 1, sizeof(*column));
	_cleanup_(interner_done) struct interner columns = { 0 };
	int r = column ? 0 : -ENOMEM;

	for (size_t set = 0; set < sets && !r; set++) {
		for (size_t row = 0; row < rows; row++)
			for (size_t k = 0; k < others; k++)
				column[row * others + k] = want_inner ?
					cells[(row * outer + k) * inner + set] :
					cells[(row * outer + set) * inner + k];
		r = interner_add(&columns, column, rows * others, &class_of[set]);
	}
	*ret_count = (uint32_t)columns.count;
	return r;
}

/* The matrix over classes: any set of a class speaks for it. */
static int compress(struct netter *n, const uint8_t *cells)
{
	size_t rows = n->l->rows.count, a_count = n->addresses.count, p_count = n->ports.count;
	uint8_t *small;

	n->l->net_row_size = (size_t)n->address_classes * n->port_classes;
	small = calloc(rows, n->l->net_row_size);
	if (!small)
		return -ENOMEM;
	for (size_t row = 0; row < rows; row++)
		for (size_t a = 0; a < a_count; a++)
			for (size_t p = 0; p < p_count; p++)
				small[(row * n->address_classes + n->address_class[a]) *
				      n->port_classes + n->port_class[p]] =
					cells[(row * a_count + a) * p_count + p];
	n->l->net_cells = small;
	return 0;
}

static int classify(struct netter *n)
{
	size_t rows = n->l->rows.count, a_count = n->addresses.count, p_count = n->ports.count;
	_cleanup_free_ uint8_t *cells = NULL;
	int r;

	if ((double)rows * (double)a_count * (double)p_count > NET_CELLS_MAX)
		return diag_error(n->l->diag, NULL, "the networks need more than %u bytes for rows "
				  "times addresses times ports (NET_CELLS_MAX)", NET_CELLS_MAX);
	cells = calloc(rows * a_count, p_count);
	n->address_class = calloc(a_count, sizeof(uint32_t));
	n->port_class = calloc(p_count, sizeof(uint32_t));
	if (!cells || !n->address_class || !n->port_class)
		return -ENOMEM;
	r = fill(n, cells);
	if (!r)
		r = merge(cells, rows, a_count, p_count, false, n->address_class,
			  &n->address_classes);
	if (!r)
		r = merge(cells, rows, a_count, p_count, true, n->port_class, &n->port_classes);
	return r ? r : compress(n, cells);
}

static int write_tries(struct netter *n)
{
	struct bailiwick_image_header *header = &n->l->writer.header;
	uint32_t root4, root6, port_root[BAILIWICK_TRANSPORT_COUNT];
	int r;

	r = trie_add_prefixes(&n->trie, &n->tree4, &n->addresses, n->address_class, &root4);
	if (!r)
		r = trie_add_prefixes(&n->trie, &n->tree6, &n->addresses, n->address_class, &root6);
	for (uint32_t t = 0; t < BAILIWICK_TRANSPORT_COUNT && !r; t++) {
		for (uint32_t port = 0; port < PORTS; port++)
			n->port_set[t][port] = n->port_class[n->port_set[t][port]];
		r = trie_add_ports(&n->trie, n->port_set[t], &port_root[t]);
	}
	if (r < 0)
		return r;
	header->trie4_root = trie_position(&n->trie, root4);
	header->trie6_root = trie_position(&n->trie, root6);
	for (uint32_t t = 0; t < BAILIWICK_TRANSPORT_COUNT; t++)
		header->port_root[t] = trie_position(&n->trie, port_root[t]);
	header->address_classes = n->address_classes;
	header->port_classes = n->port_classes;
	return trie_write(&n->trie, &n->l->writer);
}

int net_write(struct lowering *l)
{
	_cleanup_(netter_done) struct netter n = { .l = l };
	uint32_t empty;
	int r = prefix_tree_init(&n.tree4);

	if (!r)
		r = prefix_tree_init(&n.tree6);
	if (!r)
		r = collect(&n);
	if (!r)
		r = add_addresses(&n);
	if (!r)
		r = interner_add(&n.ports, NULL, 0, &empty);
	for (uint32_t t = 0; t < BAILIWICK_TRANSPORT_COUNT && !r; t++)
		r = add_ports(&n, t);
	if (!r)
		r = classify(&n);
	if (!r)
		r = write_tries(&n);
	return r ? r : image_writer_add(&l->writer, BAILIWICK_SECTION_NET_CELL, l->net_cells,
					l->rows.count * l->net_row_size);
}
