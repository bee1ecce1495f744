/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs remember of files with several hard links */
#include "load/linkmap.h"

#include <errno.h>

#include <bpf/bpf.h>

#include <bailiwick/genl.h>

/* As ebpf/alias.bpf.h and ebpf/scratch.bpf.h have them */
struct key {
	uint64_t inode;
	uint32_t device, generation;
};

struct state {
	uint64_t full;
	uint64_t crossed;
	struct key last;
	uint64_t word;
	uint32_t label, reserved;
};

struct names {
	uint64_t word;
	uint32_t label[4];
	uint32_t flags, reserved;
};

static int word_in_force(const struct loaded *loaded, uint64_t *ret)
{
	struct bailiwick_control control;
	const uint32_t zero = 0;

	if (bpf_map_lookup_elem(loaded->map[LOADED_CONTROL], &zero, &control) < 0)
		return -errno;
	*ret = control.word;
	return 0;
}

int linkmap_read(const struct loaded *loaded, struct linkmap *ret)
{
	const uint32_t zero = 0;
	struct state state;
	uint64_t word = 0;
	int r = word_in_force(loaded, &word);

	if (r < 0)
		return r;
	if (bpf_map_lookup_elem(loaded->map[LOADED_LINKS], &zero, &state) < 0)
		return -errno;
	ret->full = word && state.full == word;
	ret->crossed = state.crossed;
	return 0;
}

int linkmap_purge(const struct loaded *loaded)
{
	const int map = loaded->map[LOADED_NAMES];
	struct key key, next;
	struct names names;
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;
	uint64_t word = 0;
	int r = word_in_force(loaded, &word), gone = 0;

	if (r < 0)
		return r;
	while (more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next) == 0;
		if (bpf_map_lookup_elem(map, &key, &names) < 0 || names.word == word)
			continue;
		if (bpf_map_delete_elem(map, &key) == 0)
			gone++;
	}
	return gone;
}
