// SPDX-License-Identifier: GPL-2.0-only
/* Abstract names of local sockets: objects like any other, '@' first instead of '/'. */
#include "name.bpf.h"
#include "settle.bpf.h"

#define NAME_BYTES 128		/* more than struct sockaddr_un holds, a power of two */

/* The automaton over '@' and what follows the NUL in front of the name. */
static __always_inline __u32 name_label(struct question *q, image_t image, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);
	struct run c = { .s = s, .room = room, .image = image };
	__u32 size = q->name_size & (NAME_BYTES - 1);

	if (!s)
		return BAILIWICK_LABEL_UNKNOWN;
	if (bpf_probe_read_kernel(s->name, size, (const void *)q->name))
		return BAILIWICK_LABEL_UNKNOWN;
	s->name[0] = '@';
	automaton_open(image, &c.automaton);
	s->state = automaton_start(image);
	run_bytes(&c, size ? size : 1);
	return automaton_label(image, &c.automaton, s->state);
}

BW_ONCE int judge_name(struct question *q)
{
	image_t image;
	__u32 room, label;

	if (!q)
		return DENY;
	image = image_open(q->who.word);
	if (!image)
		return DENY;
	room = scratch_claim();
	label = name_label(q, image, room);
	scratch_release(room);
	q->label = label;
	q->cell = decide_cell(image, q->who.row, label);
	q->denied = decide_denied(q->cell, q->rights);
	if (!q->denied)
		return ALLOW;
	q->object = BAILIWICK_OBJECT_NAME;
	q->family = 1;			/* AF_UNIX */
	q->reason = label == BAILIWICK_LABEL_UNKNOWN ? BAILIWICK_REASON_BUSY :
		    q->cell & BAILIWICK_CELL_PROTECTED ? BAILIWICK_REASON_PROTECTED :
							 BAILIWICK_REASON_POLICY;
	return settle_here(q, SCRATCH_NONE);
}
