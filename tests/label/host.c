// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The kernel around the labelling code, on the host: helpers, counters, maps */
#include "shim/bpf/bpf_helpers.h"

#include "host.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

unsigned int rename_lock, mount_lock;
host_read_fn *host_on_read;
unsigned int host_lost_room, host_loop_most;
const void *host_bad;
unsigned char host_slots[2][HOST_SLOT] __attribute__((aligned(8)));
unsigned int host_slot_count, host_room_count;

#define ROOMS 4
#define LOST 64

/* The maps are known by their addresses alone; their types are ebpf/maps.bpf.h's. */
extern char bw_slots[], bw_scratch[], bw_lost[];

static unsigned char *rooms[ROOMS];
static uint64_t lost[LOST];
static unsigned int lost_count;

void host_reset(void)
{
	rename_lock = 2;
	mount_lock = 4;
	host_on_read = NULL;
	host_bad = NULL;
	host_loop_most = UINT32_MAX;
	host_lost_room = LOST;
	lost_count = 0;
	host_slot_count = 2;
	host_room_count = ROOMS;
	memset(host_slots, 0, sizeof(host_slots));
	for (int i = 0; i < ROOMS; i++) {
		free(rooms[i]);
		rooms[i] = calloc(1, tree_scratch_size());
	}
}

long bpf_loop(unsigned int count, void *step, void *context, unsigned long long flags)
{
	long (*call)(unsigned int i, void *context) = step;
	unsigned int i = 0;

	(void)flags;
	if (count > 1u << 23)
		return -7;	/* -E2BIG, as the kernel */
	while (i < count && i < host_loop_most)
		if (call(i++, context))
			break;
	return i;
}

/* What the kernel would fault on: the first page, addresses that are none. */
static bool readable(const void *from)
{
	uintptr_t at = (uintptr_t)from;

	return at >= 4096 && at < UINT64_C(1) << 47 && from != host_bad;
}

long bpf_probe_read_kernel(void *to, unsigned int size, const void *from)
{
	if (host_on_read)
		host_on_read(from);
	if (!readable(from)) {
		memset(to, 0, size);
		return -14;
	}
	memcpy(to, from, size);
	return 0;
}

/* Bytes with the NUL; cut where they do not fit. */
long bpf_probe_read_kernel_str(void *to, unsigned int size, const void *from)
{
	if (!readable(from)) {
		memset(to, 0, size);
		return -14;
	}
	memset(to, 0, size);
	strncpy(to, from, size - 1);
	return (long)strlen(to) + 1;
}

void *bpf_map_lookup_elem(const void *map, const void *key)
{
	uint32_t index = *(const uint32_t *)key;

	if (map == bw_slots)
		return index < host_slot_count ? host_slots[index] : NULL;
	if (map == bw_scratch)
		return index < host_room_count ? rooms[index] : NULL;
	if (map != bw_lost)
		abort();
	for (unsigned int i = 0; i < lost_count; i++)
		if (lost[i] == *(const uint64_t *)key)
			return &lost[i];
	return NULL;
}

long bpf_map_update_elem(const void *map, const void *key, const void *value,
			 unsigned long long flags)
{
	(void)value;
	(void)flags;
	if (map != bw_lost)
		abort();
	if (bpf_map_lookup_elem(map, key))
		return 0;
	if (lost_count == host_lost_room)
		return -7;
	lost[lost_count++] = *(const uint64_t *)key;
	return 0;
}

long bpf_map_delete_elem(const void *map, const void *key)
{
	uint64_t *at = bpf_map_lookup_elem(map, key);

	if (!at)
		return -2;
	*at = lost[--lost_count];
	return 0;
}

/* Nothing is remembered here: what a label is found from is what is tested. */
void *bpf_inode_storage_get(const void *map, const void *inode, const void *value,
			    unsigned long long flags)
{
	(void)map;
	(void)inode;
	(void)value;
	(void)flags;
	return NULL;
}

void *bpf_rdonly_cast(const void *object, unsigned int type);
void *bpf_rdonly_cast(const void *object, unsigned int type)
{
	(void)object;
	(void)type;
	abort();			/* kernels that are older do not have it */
}

unsigned int bpf_get_smp_processor_id(void)
{
	return 0;
}
