/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded: descriptors of maps and links, from a fresh load or from pins */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "load/loaded.h"

#define PATH_SIZE 512
#define COUNTS_BATCH 4096	/* counters read at once; more than one hash bucket holds */

/* The consumer's callback changes with every call, libbpf's does not. */
struct loaded_ring {
	struct ring_buffer *buffer;
	loaded_event_fn *callback;
	void *context;
	int count;
};

static const char *const map_names[LOADED_MAP_COUNT] = {
	[LOADED_SLOTS] = "bw_slots",
	[LOADED_CONTROL] = "bw_control",
	[LOADED_EVENTS] = "bw_events",
	[LOADED_COUNTS] = "bw_counts",
	[LOADED_TOTALS] = "bw_totals",
	[LOADED_SWEEPS] = "bw_sweeps",
	[LOADED_RODATA] = "rodata",
	[LOADED_RECHECK] = "bw_recheck",
	[LOADED_BELL] = "bw_bell",
	[LOADED_NAMES] = "bw_names",
	[LOADED_LINKS] = "bw_links",
	[LOADED_SHARES] = "bw_shares",
	[LOADED_SHARES_TOLD] = "bw_shares_told",
};

static const char *const program_names[LOADED_PROGRAM_COUNT] = {
	[LOADED_FILE_USE] = "bw_file_use",
	[LOADED_OPEN_FILES] = "bw_open_files",
	[LOADED_OPEN_MAPS] = "bw_open_maps",
	[LOADED_OPEN_SOCKETS] = "bw_open_socks",
	[LOADED_OPEN_TASKS] = "bw_open_tasks",
	[LOADED_MARK_TASKS] = "bw_mark_tasks",
};

/* What must agree between the programs and this controller. */
static const struct {
	uint32_t type, key_size, value_size, entries;	/* 0: any */
} geometry[LOADED_MAP_COUNT] = {
	[LOADED_SLOTS] = { BPF_MAP_TYPE_ARRAY, 4, 0, BAILIWICK_SLOTS },
	[LOADED_CONTROL] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct bailiwick_control), 1 },
	[LOADED_EVENTS] = { BPF_MAP_TYPE_RINGBUF, 0, 0, 0 },
	[LOADED_COUNTS] = { BPF_MAP_TYPE_HASH, sizeof(struct bailiwick_count_key), 8, 0 },
	[LOADED_TOTALS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct bailiwick_totals), 1 },
	[LOADED_SWEEPS] = { BPF_MAP_TYPE_ARRAY, 4, 24, 1 },
	[LOADED_RODATA] = { BPF_MAP_TYPE_ARRAY, 4, 0, 1 },
	[LOADED_RECHECK] = { BPF_MAP_TYPE_ARRAY, 4, 8, 2 },
	[LOADED_BELL] = { BPF_MAP_TYPE_RINGBUF, 0, 0, 0 },
	[LOADED_NAMES] = { BPF_MAP_TYPE_HASH, 16, 32, 0 },
	[LOADED_LINKS] = { BPF_MAP_TYPE_ARRAY, 4, 48, 1 },
	[LOADED_SHARES] = { BPF_MAP_TYPE_LRU_HASH, 8, sizeof(struct bailiwick_share), 0 },
	[LOADED_SHARES_TOLD] = { BPF_MAP_TYPE_LRU_HASH, 8, 8, 0 },
};

void loaded_init(struct loaded *loaded)
{
	memset(loaded, 0, sizeof(*loaded));
	for (size_t i = 0; i < LOADED_MAP_COUNT; i++)
		loaded->map[i] = -1;
	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++)
		loaded->program[i] = -1;
}

void loaded_done(struct loaded *loaded)
{
	if (loaded->ring) {
		ring_buffer__free(loaded->ring->buffer);
		free(loaded->ring);
	}
	for (size_t i = 0; i < loaded->link_count; i++)
		close(loaded->link[i].fd);
	for (size_t i = 0; i < LOADED_MAP_COUNT; i++)
		if (loaded->map[i] >= 0)
			close(loaded->map[i]);
	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++)
		if (loaded->program[i] >= 0)
			close(loaded->program[i]);
	loaded_init(loaded);
}

const char *loaded_map_name(enum loaded_map map)
{
	return map_names[map];
}

const char *loaded_program_name(enum loaded_program program)
{
	return program_names[program];
}

static int open_maps(const char *pins, struct loaded *loaded, struct buffer *why)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < LOADED_MAP_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/maps/%s", pins, map_names[i]);
		loaded->map[i] = bpf_obj_get(path);
		if (loaded->map[i] >= 0)
			continue;
		if (errno == ENOENT) {
			buffer_printf(why, "%s is missing: what an earlier controller left is "
				      "not whole", path);
			return -EEXIST;
		}
		buffer_printf(why, "%s: %s", path, strerror(errno));
		return -errno;
	}
	return 0;
}

/* One that is missing could not be loaded here, or was unpinned: it is not asked then. */
static int open_programs(const char *pins, struct loaded *loaded, struct buffer *why)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/programs/%s", pins, program_names[i]);
		loaded->program[i] = bpf_obj_get(path);
		if (loaded->program[i] >= 0 || errno == ENOENT)
			continue;
		buffer_printf(why, "%s: %s", path, strerror(errno));
		return -errno;
	}
	return 0;
}

static int open_link(const char *pins, const char *hook, struct loaded *loaded,
		     struct buffer *why)
{
	struct loaded_link *link = &loaded->link[loaded->link_count];
	char path[PATH_SIZE];

	if (strlen(hook) >= sizeof(link->hook) || loaded->link_count == BAILIWICK_LINKS_MAX) {
		buffer_printf(why, "%s/links has entries that are not Bailiwick's", pins);
		return -EEXIST;
	}
	snprintf(path, sizeof(path), "%s/links/%s", pins, hook);
	link->fd = bpf_obj_get(path);
	if (link->fd < 0) {
		buffer_printf(why, "%s: %s", path, strerror(errno));
		return -errno;
	}
	strcpy(link->hook, hook);
	loaded->link_count++;
	return 0;
}

static int open_links(const char *pins, struct loaded *loaded, struct buffer *why)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char path[PATH_SIZE];
	struct dirent *entry;
	int err;

	snprintf(path, sizeof(path), "%s/links", pins);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		err = open_link(pins, entry->d_name, loaded, why);
		if (err)
			return err;
	}
	if (loaded->link_count)
		return 0;
	buffer_printf(why, "%s has no link: what an earlier controller left is not whole", path);
	return -EEXIST;
}

int loaded_open(const char *pins, struct loaded *ret, struct buffer *why)
{
	struct loaded loaded;
	struct stat st;
	int err;

	if (stat(pins, &st) < 0)
		return errno == ENOENT ? 1 : -errno;
	loaded_init(&loaded);
	err = open_maps(pins, &loaded, why);
	if (!err)
		err = open_programs(pins, &loaded, why);
	if (!err)
		err = open_links(pins, &loaded, why);
	if (!err)
		err = loaded_measure(&loaded, why);
	if (err) {
		loaded_done(&loaded);
		return err;
	}
	*ret = loaded;
	return 0;
}

/*
 * The offset of bw_abi may differ between builds: the map's own type
 * information says where it is in the programs that are loaded.
 */
static int find_variable(const struct bpf_map_info *info, const char *name,
			 uint32_t *ret_offset)
{
	struct btf *btf = btf__load_from_kernel_by_id(info->btf_id);
	const struct btf_var_secinfo *variable;
	const struct btf_type *section;
	int err = -ENOENT;

	if (!btf)
		return -errno;
	section = btf__type_by_id(btf, info->btf_value_type_id);
	if (!section || !btf_is_datasec(section)) {
		btf__free(btf);
		return -ENOENT;
	}
	variable = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++) {
		const struct btf_type *type = btf__type_by_id(btf, variable[i].type);
		const char *is = type ? btf__name_by_offset(btf, type->name_off) : NULL;

		if (is && !strcmp(is, name) && variable[i].size == 4 &&
		    variable[i].offset <= info->value_size - 4) {
			*ret_offset = variable[i].offset;
			err = 0;
		}
	}
	btf__free(btf);
	return err;
}

static int read_abi(int rodata, const struct bpf_map_info *info, uint32_t *ret)
{
	_cleanup_free_ char *value = NULL;
	uint32_t zero = 0, offset = 0;
	int err;

	if (info->value_size < 4)
		return -EPROTONOSUPPORT;
	err = find_variable(info, "bw_abi", &offset);
	if (err)
		return err;
	value = calloc(1, info->value_size);
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(rodata, &zero, value) < 0)
		return -errno;
	memcpy(ret, value + offset, 4);
	return 0;
}

/* --- without pins --------------------------------------------------------------- */

/* Names with a dot are no names in a BPF filesystem: of "x.rodata" the rest stays. */
const char *loaded_pin_name(const char *kernel_name)
{
	const char *dot = strrchr(kernel_name, '.');

	return dot ? dot + 1 : kernel_name;
}

/* "bpf_lsm_file_open" is where file_open programs are attached, "__d_move" is itself. */
static int hook_of(const struct btf *kernel, uint32_t target, char hook[LOADED_HOOK_MAX])
{
	static const char prefix[] = "bpf_lsm_";
	const struct btf_type *type = btf__type_by_id(kernel, target);
	const char *name = type ? btf__name_by_offset(kernel, type->name_off) : NULL;

	if (name && !strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	if (!name || strlen(name) >= LOADED_HOOK_MAX)
		return -ENOENT;
	strcpy(hook, name);
	return 0;
}

/* The maps of one program; of all programs they are the same. */
static int take_maps(const struct bpf_prog_info *program, const uint32_t *ids,
		     struct loaded *loaded)
{
	for (uint32_t k = 0; k < program->nr_map_ids; k++) {
		struct bpf_map_info map = {};
		uint32_t size = sizeof(map);
		int fd = bpf_map_get_fd_by_id(ids[k]);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &map, &size) < 0)
			return -errno;
		for (size_t i = 0; fd >= 0 && i < LOADED_MAP_COUNT; i++)
			if (loaded->map[i] < 0 &&
			    !strcmp(loaded_pin_name(map.name), map_names[i])) {
				loaded->map[i] = fd;
				fd = -1;
			}
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

/* 0 for one of our programs, its maps taken; 1 for another; or a negative errno. */
static int take_program(uint32_t id, struct loaded *loaded)
{
	uint32_t ids[64], size;
	struct bpf_prog_info program = {};
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	program.map_ids = (uintptr_t)ids;
	program.nr_map_ids = sizeof(ids) / sizeof(ids[0]);
	size = sizeof(program);
	err = bpf_obj_get_info_by_fd(fd, &program, &size) < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	if ((program.type != BPF_PROG_TYPE_LSM && program.type != BPF_PROG_TYPE_TRACING) ||
	    strncmp(program.name, "bw_", 3))
		return 1;
	if (program.nr_map_ids > sizeof(ids) / sizeof(ids[0]))
		return -E2BIG;
	return take_maps(&program, ids, loaded);
}

static int take_link(const struct btf *kernel, int fd, struct loaded *loaded)
{
	struct loaded_link *link = &loaded->link[loaded->link_count];
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int err;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	if (info.type != BPF_LINK_TYPE_TRACING || (info.tracing.attach_type != BPF_LSM_MAC &&
						info.tracing.attach_type != BPF_TRACE_FENTRY))
		return 1;
	err = take_program(info.prog_id, loaded);
	if (err)
		return err;
	if (loaded->link_count == BAILIWICK_LINKS_MAX)
		return -E2BIG;
	err = hook_of(kernel, info.tracing.target_btf_id, link->hook);
	if (err)
		return err;
	link->fd = fd;
	loaded->link_count++;
	return 0;
}

static int take_all(const struct btf *kernel, struct loaded *loaded)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		int fd = bpf_link_get_fd_by_id(id), err;

		if (fd < 0)
			continue;	/* it ended meanwhile */
		err = take_link(kernel, fd, loaded);
		if (err)
			close(fd);
		if (err < 0)
			return err;
	}
	return errno == ENOENT ? 0 : -errno;
}

int loaded_find(struct loaded *ret, struct buffer *why)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct loaded loaded;
	int err;

	if (!kernel)
		return -errno;
	loaded_init(&loaded);
	err = take_all(kernel, &loaded);
	btf__free(kernel);
	if (!err && !loaded.link_count)
		err = 1;
	for (size_t i = 0; !err && i < LOADED_MAP_COUNT; i++)
		if (loaded.map[i] < 0) {
			buffer_printf(why, "the programs that are attached do not use a map %s",
				      map_names[i]);
			err = -EEXIST;
		}
	if (!err)
		err = loaded_measure(&loaded, why);
	if (err) {
		loaded_done(&loaded);
		return err;
	}
	*ret = loaded;
	return 0;
}

/* --- what was found ---------------------------------------------------------------- */

static bool fits(const struct bpf_map_info *info, enum loaded_map map)
{
	return info->type == geometry[map].type &&
	       (!geometry[map].key_size || info->key_size == geometry[map].key_size) &&
	       (!geometry[map].value_size || info->value_size == geometry[map].value_size) &&
	       (!geometry[map].entries || info->max_entries == geometry[map].entries);
}

int loaded_measure(struct loaded *loaded, struct buffer *why)
{
	for (size_t i = 0; i < LOADED_MAP_COUNT; i++) {
		struct bpf_map_info info = {};
		uint32_t size = sizeof(info);
		int err;

		if (bpf_obj_get_info_by_fd(loaded->map[i], &info, &size) < 0) {
			buffer_printf(why, "map %s: %s", map_names[i], strerror(errno));
			return -errno;
		}
		if (!fits(&info, i)) {
			buffer_printf(why, "map %s has another shape than this controller "
				      "knows", map_names[i]);
			return -EPROTONOSUPPORT;
		}
		if (i == LOADED_SLOTS)
			loaded->slot_size = info.value_size;
		if (i != LOADED_RODATA)
			continue;
		err = read_abi(loaded->map[i], &info, &loaded->abi);
		if (err) {
			buffer_printf(why, "the loaded programs do not tell their ABI");
			return err == -ENOMEM ? err : -EPROTONOSUPPORT;
		}
	}
	if (loaded->abi == BAILIWICK_ABI)
		return 0;
	buffer_printf(why, "the loaded programs have ABI %u, this controller has %u",
		      loaded->abi, BAILIWICK_ABI);
	return -EPROTONOSUPPORT;
}

static int make_directory(const char *parent, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", parent, name);
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

static int pin_everything(const struct loaded *loaded, const char *pins)
{
	char path[PATH_SIZE];
	int err;

	err = make_directory(pins, "");
	if (!err)
		err = make_directory(pins, "maps");
	if (!err)
		err = make_directory(pins, "programs");
	if (!err)
		err = make_directory(pins, "links");
	if (err)
		return err;
	for (size_t i = 0; i < LOADED_MAP_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/maps/%s", pins, map_names[i]);
		if (bpf_obj_pin(loaded->map[i], path) < 0)
			return -errno;
	}
	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/programs/%s", pins, program_names[i]);
		if (loaded->program[i] >= 0 && bpf_obj_pin(loaded->program[i], path) < 0)
			return -errno;
	}
	for (size_t i = 0; i < loaded->link_count; i++) {
		snprintf(path, sizeof(path), "%s/links/%s", pins, loaded->link[i].hook);
		if (bpf_obj_pin(loaded->link[i].fd, path) < 0)
			return -errno;
	}
	return 0;
}

/*
 * Pinned under another name first: a controller that dies in between leaves
 * nothing that looks like a whole installation, and the next one sweeps it.
 */
int loaded_pin(const struct loaded *loaded, const char *pins, struct buffer *why)
{
	char fresh[PATH_SIZE / 2];
	int err;

	snprintf(fresh, sizeof(fresh), "%s-new", pins);
	err = loaded_unpin(fresh);
	if (!err)
		err = pin_everything(loaded, fresh);
	if (!err && rename(fresh, pins) < 0)
		err = -errno;
	if (!err)
		return 0;
	loaded_unpin(fresh);
	buffer_printf(why, "cannot pin under %s: %s", pins, strerror(-err));
	return err;
}

static int empty_directory(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			err = -errno;
	if (!err && rmdir(path) < 0)
		err = -errno;
	return err;
}

int loaded_unpin(const char *pins)
{
	static const char *const parts[] = { "links", "programs", "maps" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int err;

		snprintf(path, sizeof(path), "%s/%s", pins, parts[i]);
		err = empty_directory(path);
		if (err)
			return err;
	}
	return rmdir(pins) < 0 && errno != ENOENT ? -errno : 0;
}

int loaded_read_control(const struct loaded *loaded, struct bailiwick_control *ret)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(loaded->map[LOADED_CONTROL], &zero, ret) < 0 ? -errno : 0;
}

int loaded_write_control(const struct loaded *loaded, const struct bailiwick_control *control)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(loaded->map[LOADED_CONTROL], &zero, control, BPF_ANY) < 0 ?
	       -errno : 0;
}

int loaded_read_slot(const struct loaded *loaded, uint32_t slot, void *bytes)
{
	return bpf_map_lookup_elem(loaded->map[LOADED_SLOTS], &slot, bytes) < 0 ? -errno : 0;
}

int loaded_write_slot(const struct loaded *loaded, uint32_t slot, const void *bytes)
{
	return bpf_map_update_elem(loaded->map[LOADED_SLOTS], &slot, bytes, BPF_ANY) < 0 ?
	       -errno : 0;
}

static int ring_record(void *context, void *record, size_t size)
{
	struct loaded_ring *ring = context;

	ring->count++;
	return ring->callback(ring->context, record, size);
}

/* Somebody is to be looked at: loaded_recheck_wanted() says how often. */
static int bell_rings(void *context, void *record, size_t size)
{
	(void)context;
	(void)record;
	(void)size;
	return 0;
}

int loaded_events_open(struct loaded *loaded)
{
	struct loaded_ring *ring;

	if (loaded->ring)
		return 0;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->buffer = ring_buffer__new(loaded->map[LOADED_EVENTS], ring_record, ring, NULL);
	if (!ring->buffer) {
		int err = -errno;

		free(ring);
		return err;
	}
	if (ring_buffer__add(ring->buffer, loaded->map[LOADED_BELL], bell_rings, NULL)) {
		ring_buffer__free(ring->buffer);
		free(ring);
		return -EINVAL;
	}
	loaded->ring = ring;
	return 0;
}

int loaded_events_fd(const struct loaded *loaded)
{
	return loaded->ring ? ring_buffer__epoll_fd(loaded->ring->buffer) : -1;
}

int loaded_events_consume(struct loaded *loaded, loaded_event_fn *callback, void *context)
{
	int err;

	if (!loaded->ring)
		return -EBADF;
	loaded->ring->callback = callback;
	loaded->ring->context = context;
	loaded->ring->count = 0;
	err = ring_buffer__consume(loaded->ring->buffer);
	return err < 0 ? err : loaded->ring->count;
}

/* The ring's first page holds the consumer's position, its second the producer's */
int loaded_events_fill(const struct loaded *loaded, uint64_t *ret_used, uint64_t *ret_size)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	long page = sysconf(_SC_PAGESIZE);
	uint64_t at[2];

	if (bpf_obj_get_info_by_fd(loaded->map[LOADED_EVENTS], &info, &size) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		void *mapped = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED,
				    loaded->map[LOADED_EVENTS], i * page);

		if (mapped == MAP_FAILED)
			return -errno;
		at[i] = __atomic_load_n((uint64_t *)mapped, __ATOMIC_ACQUIRE);
		munmap(mapped, (size_t)page);
	}
	*ret_used = at[1] - at[0];
	*ret_size = info.max_entries;
	return 0;
}

int loaded_totals(const struct loaded *loaded, struct bailiwick_totals *ret)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(loaded->map[LOADED_TOTALS], &zero, ret) < 0 ? -errno : 0;
}

int loaded_counts(const struct loaded *loaded, loaded_count_fn *callback, void *context)
{
	_cleanup_free_ struct bailiwick_count_key *keys = calloc(COUNTS_BATCH, sizeof(*keys));
	_cleanup_free_ uint64_t *counts = calloc(COUNTS_BATCH, sizeof(*counts));
	uint32_t position, *from = NULL;
	bool last = false;

	if (!keys || !counts)
		return -ENOMEM;
	while (!last) {
		uint32_t n = COUNTS_BATCH;

		last = bpf_map_lookup_batch(loaded->map[LOADED_COUNTS], from, &position, keys,
					    counts, &n, NULL) < 0;
		if (last && errno != ENOENT)
			return -errno;
		from = &position;
		for (uint32_t i = 0; i < n; i++) {
			int err = callback(context, &keys[i], counts[i]);

			if (err)
				return err;
		}
	}
	return 0;
}
