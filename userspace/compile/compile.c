/* SPDX-License-Identifier: Apache-2.0 */
/* A resolved policy lowered to an image */
#include "compile/compile.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/claim.h"
#include "compile/comb.h"
#include "compile/host.h"
#include "compile/legend.h"
#include "compile/lower.h"
#include "compile/matrix.h"
#include "compile/minimise.h"
#include "compile/net.h"
#include "image/reader.h"

static void lowering_done(struct lowering *l)
{
	rows_done(&l->rows);
	holders_done(&l->holders);
	patterns_done(&l->patterns);
	alphabet_done(&l->alphabet);
	nfa_done(&l->nfa);
	dfa_done(&l->dfa);
	labels_done(&l->labels);
	free(l->transitions.list);
	free(l->cells);
	free(l->net_cells);
	image_writer_done(&l->writer);
	arena_free(l->arena);
}

/* Rows for every role, and for every set of roles that somebody holds. */
static int lower_subjects(struct lowering *l)
{
	int r = rows_init(&l->rows, l->policy, l->arena);

	if (r == -E2BIG)
		return diag_error(l->diag, NULL, "more roles than rows (BAILIWICK_ROWS_MAX, %d)",
				  BAILIWICK_ROWS_MAX);
	if (!r)
		r = holders_collect(l);
	return r ? r : holders_find_rows(l);
}

/* From patterns to states with labels, as small as can be. */
static int lower_objects(struct lowering *l, struct compile_cost *cost)
{
	int r = patterns_collect(l);

	if (!r)
		r = patterns_build(l);
	if (!r)
		r = labels_find_rows(l);
	if (!r)
		r = labels_build(l);
	cost->patterns = (uint32_t)l->patterns.count;
	cost->nfa_nodes = (uint32_t)l->nfa.node_count;
	cost->states_before = (uint32_t)l->dfa.state_count;
	nfa_done(&l->nfa);
	interner_done(&l->dfa.accepts);
	if (!r)
		r = dfa_minimise(&l->dfa);
	cost->states = (uint32_t)l->dfa.state_count;
	cost->labels = (uint32_t)(BAILIWICK_LABEL_FIRST + l->labels.facts.count);
	cost->rows = (uint32_t)l->rows.count;
	return r;
}

static int write_sections(struct lowering *l)
{
	struct bailiwick_image_header *header = &l->writer.header;
	int r;

	header->version = l->options->version;
	header->created = l->options->created;
	header->byte_classes = l->alphabet.class_count;
	header->default_user_row = rows_of_ref(&l->policy->default_users);
	header->default_unit_row = rows_of_ref(&l->policy->default_units);
	r = image_writer_add(&l->writer, BAILIWICK_SECTION_BYTE_CLASS, l->alphabet.class_of,
			     sizeof(l->alphabet.class_of));
	if (!r)
		r = comb_write(&l->dfa, &l->writer);
	if (!r)
		r = matrix_write(l);
	if (!r)
		r = matrix_write_rows(l);
	if (!r)
		r = holders_write(l);
	if (!r)
		r = net_write(l);
	if (!r)
		r = matrix_write_dominance(l);
	return r ? r : legend_write(l);
}

static int finish(struct lowering *l, struct image_bytes *ret)
{
	int r = image_writer_finish(&l->writer, ret);

	if (r == -EFBIG)
		return diag_error(l->diag, NULL, "the image is larger than a policy slot can be "
				  "(BAILIWICK_SLOT_MAX, %u bytes)", BAILIWICK_SLOT_MAX);
	return r;
}

/* What was written is read as anybody would read it, and asked. */
static int prove(const struct policy *policy, const struct image_bytes *bytes,
		 enum compile_hosts hosts, struct diag *diag)
{
	_cleanup_(image_closep) struct image *image = NULL;
	const char *why;
	int r = image_open_bytes(bytes->data, bytes->size, &image, &why);

	if (r < 0 && why)
		diag_error(diag, NULL, "the image that was made is not sound: %s", why);
	return r < 0 ? r : claims_check(policy, image, hosts, diag);
}

int policy_compile(const struct policy *policy, const struct compile_options *options,
		   struct diag *diag, struct compile_cost *cost, struct image_bytes *ret)
{
	_cleanup_(lowering_done) struct lowering l = {
		.policy = policy, .options = options, .diag = diag, .arena = arena_new(),
	};
	_cleanup_(image_bytes_done) struct image_bytes bytes = { 0 };
	struct compile_cost unused;
	int r;

	if (!l.arena)
		return -ENOMEM;
	r = hosts_check(&l);
	if (!r)
		r = lower_subjects(&l);
	if (!r)
		r = lower_objects(&l, cost ? cost : &unused);
	if (!r)
		r = write_sections(&l);
	if (!r)
		r = finish(&l, &bytes);
	if (!r)
		r = prove(policy, &bytes, options->hosts, diag);
	if (r)
		return r;
	*ret = bytes;
	bytes = (struct image_bytes){ 0 };
	return 0;
}
