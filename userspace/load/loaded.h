/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded: descriptors of maps and links, from a fresh load or from pins */
#ifndef BAILIWICK_LOAD_LOADED_H
#define BAILIWICK_LOAD_LOADED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bailiwick/event.h>
#include <bailiwick/genl.h>

#include "base/buffer.h"

#define LOADED_HOOK_MAX 48

/* Maps that are spoken to from here; the others are pinned and left alone */
enum loaded_map {
	LOADED_SLOTS,
	LOADED_CONTROL,
	LOADED_EVENTS,
	LOADED_COUNTS,
	LOADED_TOTALS,
	LOADED_SWEEPS,		/* its timer lives while somebody holds the map */
	LOADED_RODATA,
	LOADED_RECHECK,
	LOADED_BELL,
	LOADED_NAMES,
	LOADED_LINKS,
	LOADED_SHARES,
	LOADED_SHARES_TOLD,
	LOADED_MAP_COUNT
};

/* Programs that are attached or run when the controller asks; the others are attached for good */
enum loaded_program {
	LOADED_FILE_USE,
	LOADED_OPEN_FILES,
	LOADED_OPEN_MAPS,
	LOADED_OPEN_SOCKETS,
	LOADED_OPEN_TASKS,
	LOADED_MARK_TASKS,
	LOADED_PROGRAM_COUNT
};

/** struct loaded_link - one attached program; @fd keeps it attached */
struct loaded_link {
	char hook[LOADED_HOOK_MAX];
	int fd;
};

/**
 * struct loaded - descriptors, owned
 * @program:	-1 for one this kernel cannot run
 * @abi:	of the programs, from their read-only data
 * @slot_size:	bytes
 * @ring:	consumer of the event ring, NULL until the first use
 */
struct loaded {
	int map[LOADED_MAP_COUNT];
	int program[LOADED_PROGRAM_COUNT];
	struct loaded_link link[BAILIWICK_LINKS_MAX];
	size_t link_count;
	uint32_t abi;
	uint32_t slot_size;
	struct loaded_ring *ring;
};

/** loaded_init() - no descriptor at all; every struct loaded starts so */
void loaded_init(struct loaded *loaded);

/** loaded_done() - close the descriptors; what is pinned or held stays attached */
void loaded_done(struct loaded *loaded);

/** loaded_map_name() - the name among the pins; the kernel's, or the part behind its dot */
const char *loaded_map_name(enum loaded_map map);
const char *loaded_pin_name(const char *kernel_name);

/** loaded_program_name() - the program's name in the kernel, and among the pins */
const char *loaded_program_name(enum loaded_program program);

/**
 * loaded_open() - everything from the pins an earlier controller left
 * @pins:	directory with maps/ and links/
 * @why:	on failure, a sentence for people is appended
 *
 * Return: 0; 1 when there are no pins; -EEXIST when they are not whole;
 * -EPROTONOSUPPORT when they belong to another ABI; another negative errno.
 */
int loaded_open(const char *pins, struct loaded *ret, struct buffer *why);

/**
 * loaded_find() - everything by its numbers in the kernel, where the pins are gone
 *
 * What it finds is what the programs themselves use.  Return: as loaded_open().
 */
int loaded_find(struct loaded *ret, struct buffer *why);

/** loaded_measure() - fill @abi and @slot_size; -EPROTONOSUPPORT for foreign maps */
int loaded_measure(struct loaded *loaded, struct buffer *why);

/** loaded_pin() - pin maps and links under a directory that appears whole or not at all */
int loaded_pin(const struct loaded *loaded, const char *pins, struct buffer *why);

/** loaded_unpin() - remove a pin directory and what is in it; 0 when there is none */
int loaded_unpin(const char *pins);

/** loaded_read_control() - the word all programs look at */
int loaded_read_control(const struct loaded *loaded, struct bailiwick_control *ret);
int loaded_write_control(const struct loaded *loaded, const struct bailiwick_control *control);

/** loaded_read_slot() - all @slot_size bytes of one slot */
int loaded_read_slot(const struct loaded *loaded, uint32_t slot, void *bytes);
int loaded_write_slot(const struct loaded *loaded, uint32_t slot, const void *bytes);

typedef int loaded_event_fn(void *context, const void *record, size_t size);
typedef int loaded_count_fn(void *context, const struct bailiwick_count_key *key,
			    uint64_t count);

/** loaded_events_open() - start consuming where the last consumer stopped */
int loaded_events_open(struct loaded *loaded);
int loaded_events_fd(const struct loaded *loaded);
/** loaded_events_fill() - bytes of the ring that wait, and its size */
int loaded_events_fill(const struct loaded *loaded, uint64_t *ret_used, uint64_t *ret_size);
int loaded_events_consume(struct loaded *loaded, loaded_event_fn *callback, void *context);

int loaded_totals(const struct loaded *loaded, struct bailiwick_totals *ret);
int loaded_counts(const struct loaded *loaded, loaded_count_fn *callback, void *context);

#endif
