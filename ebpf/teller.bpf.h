/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is told of: program and unit in words, remembered by the processor. */
#ifndef BAILIWICK_TELLER_BPF_H
#define BAILIWICK_TELLER_BPF_H

#include "emit.bpf.h"
#include "told.bpf.h"

/*
 * Current's program and unit into s->teller, its share into s->share and its unit into
 * s->unit, where this processor put them into words before.  0: they are to be found,
 * and teller_keep() is to be told; s->teller.size is 0.
 */
BW_ONCE int teller_known(struct question *q, __u32 room);

/*
 * After a 0: the program's path stands in s->path (0 bytes when there is none), s->unit
 * and s->share were found.  Afterwards s->teller.size is still 0 where the two are too long.
 */
BW_ONCE int teller_keep(struct question *q, __u32 room, __u32 exe_size);

#endif
