/* SPDX-License-Identifier: Apache-2.0 */
/* The eBPF programs: loaded, attached, pinned */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "load/object.h"

#include "bailiwick.skel.h"

#define SAID_MAX 2048		/* bytes kept of what libbpf has to say */

static void skeleton_free(struct bailiwick_bpf *skeleton)
{
	bailiwick_bpf__destroy(skeleton);
}
DEFINE_CLEANUP(struct bailiwick_bpf *, skeleton_free);

static void types_free(struct btf *btf)
{
	btf__free(btf);
}
DEFINE_CLEANUP(struct btf *, types_free);

/* libbpf has one print function per process; its last words explain a failure. */
static struct {
	char text[SAID_MAX];
	size_t size;
} said;

/* A verifier's log comes as one text, and says at its end what is wrong. */
static int listen_to(enum libbpf_print_level level, const char *format, va_list args)
{
	const size_t room = sizeof(said.text) / 4;
	char *text;
	size_t size;
	int n;

	if (level != LIBBPF_WARN)
		return 0;
	n = vasprintf(&text, format, args);
	if (n < 0)
		return 0;
	size = (size_t)n < room ? (size_t)n : room;
	if (size > sizeof(said.text) - said.size) {
		memmove(said.text, said.text + sizeof(said.text) / 2, sizeof(said.text) / 2);
		said.size = said.size > sizeof(said.text) / 2 ?
			    said.size - sizeof(said.text) / 2 : 0;
	}
	memcpy(said.text + said.size, text + (size_t)n - size, size);
	said.size += size;
	free(text);
	return 0;
}

static int explain(struct buffer *why, const char *what, int err)
{
	buffer_printf(why, "%s: %s", what, strerror(-err));
	if (said.size) {
		buffer_append_text(why, "; libbpf: ");
		escape_ascii(why, said.text, said.size);
	}
	return err;
}

/* "lsm/file_open", "lsm.s/file_open" and "?lsm/…" all name file_open. */
static const char *program_hook(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');

	return slash ? slash + 1 : section;
}

static bool is_traced(const struct bpf_program *program)
{
	return !strncmp(bpf_program__section_name(program), "fentry/", sizeof("fentry/") - 1);
}

/* It is run when the controller asks, never attached to anything. */
static bool is_iterator(const struct bpf_program *program)
{
	return !strncmp(bpf_program__section_name(program), "iter/", sizeof("iter/") - 1);
}

/*
 * Every LSM hook that BPF can attach to is a function bpf_lsm_NAME of the kernel; a
 * traced function is there by its own name, unless the compiler inlined it away.
 */
static bool kernel_has_hook(const struct btf *kernel, const struct bpf_program *program)
{
	char function[128];

	snprintf(function, sizeof(function), "%s%s", is_traced(program) ? "" :
		 is_iterator(program) ? "bpf_iter_" : "bpf_lsm_", program_hook(program));
	return btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;
}

static uint32_t scratch_entries(void)
{
	int cpus = libbpf_num_possible_cpus();
	uint32_t entries = 4;

	while (cpus > 0 && entries < 4u * (uint32_t)cpus)
		entries *= 2;
	return entries;
}

/*
 * By which path the programs know a controller again.  One they cannot know is no
 * reason to stop: it only cannot take over while a class is protected.
 */
static void name_controller(struct bailiwick_bpf *skeleton)
{
	char *to = skeleton->rodata->bw_controller;
	const size_t size = sizeof(skeleton->rodata->bw_controller);
	const ssize_t n = readlink("/proc/self/exe", to, size);
	const char *slash;

	if (n <= 0 || (size_t)n >= size) {
		memset(to, 0, size);
		return;
	}
	slash = strrchr(to, '/');
	skeleton->rodata->bw_controller_name = slash ? (uint32_t)strlen(slash + 1) : 0;
}

static int set_sizes(struct bailiwick_bpf *skeleton, const struct object_options *options)
{
	const uint32_t scratch = scratch_entries();

	skeleton->rodata->bw_abi = BAILIWICK_ABI;
	skeleton->rodata->bw_image_mask8 = options->slot_size - 1;
	skeleton->rodata->bw_image_mask32 = (options->slot_size - 1) & ~3u;
	skeleton->rodata->bw_image_mask64 = (options->slot_size - 1) & ~7u;
	skeleton->rodata->bw_scratch_mask = scratch - 1;
	name_controller(skeleton);

	if (bpf_map__set_value_size(skeleton->maps.bw_slots, options->slot_size) ||
	    bpf_map__set_map_flags(skeleton->maps.bw_slots, BPF_F_RDONLY_PROG) ||
	    bpf_map__set_map_flags(skeleton->maps.bw_control, BPF_F_RDONLY_PROG) ||
	    bpf_map__set_max_entries(skeleton->maps.bw_events, options->ring_size) ||
	    bpf_map__set_max_entries(skeleton->maps.bw_scratch, scratch))
		return -EINVAL;
	return 0;
}

/*
 * Programs without a hook in this kernel stay out; the rest must load.  Without
 * `traced` the programs on functions of the kernel stay out, too: they only make
 * it cheaper.
 */
static int choose_programs(struct bailiwick_bpf *skeleton, bool traced)
{
	_cleanup_(types_freep) struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;

	if (!kernel)
		return -errno;
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, kernel_has_hook(kernel, program) &&
						   (traced || !is_traced(program)));
	if (bpf_program__autoload(skeleton->progs.bw_new_dentry))
		skeleton->rodata->bw_remember = bpf_program__autoload(skeleton->progs.bw_move) ?
						BAILIWICK_REMEMBER_BY_MOVES :
						BAILIWICK_REMEMBER_BY_RENAMES;
	return 0;
}

/*
 * Where the lock around a move sleeps, a move may be interrupted by another one,
 * and the kernel runs no traced program inside itself.
 */
static bool may_trace(void)
{
	return access("/sys/kernel/realtime", F_OK) < 0;
}

static int attach_program(struct bpf_program *program, struct loaded *loaded)
{
	struct loaded_link *to = &loaded->link[loaded->link_count];
	struct bpf_link *link;

	if (loaded->link_count == BAILIWICK_LINKS_MAX ||
	    strlen(program_hook(program)) >= sizeof(to->hook))
		return -E2BIG;
	link = bpf_program__attach(program);
	if (!link)
		return -errno;
	strcpy(to->hook, program_hook(program));
	to->fd = fcntl(bpf_link__fd(link), F_DUPFD_CLOEXEC, 3);
	bpf_link__destroy(link);	/* closes its own descriptor, the copy stays */
	if (to->fd < 0)
		return -errno;
	loaded->link_count++;
	return 0;
}

static int attach_programs(struct bailiwick_bpf *skeleton, struct loaded *loaded,
			   struct buffer *why)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skeleton->obj) {
		int err;

		if (!bpf_program__autoload(program) || is_iterator(program))
			continue;
		err = attach_program(program, loaded);
		if (err) {
			buffer_printf(why, "hook %s: ", program_hook(program));
			return explain(why, "cannot attach", err);
		}
	}
	return loaded->link_count ? 0 : -EOPNOTSUPP;
}

static int take_maps(struct bailiwick_bpf *skeleton, struct loaded *loaded)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, skeleton->obj)
		for (size_t i = 0; i < LOADED_MAP_COUNT; i++) {
			if (strcmp(loaded_pin_name(bpf_map__name(map)), loaded_map_name(i)))
				continue;
			loaded->map[i] = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
			if (loaded->map[i] < 0)
				return -errno;
		}
	return 0;
}

/* Those that are asked for again after the load. */
static int take_programs(struct bailiwick_bpf *skeleton, struct loaded *loaded)
{
	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(skeleton->obj, loaded_program_name(i));

		if (!program || bpf_program__fd(program) < 0)
			continue;
		loaded->program[i] = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3);
		if (loaded->program[i] < 0)
			return -errno;
	}
	return 0;
}

/* This process ran before the programs that would have seen it begin. */
static int mark_controller(struct bailiwick_bpf *skeleton)
{
	_cleanup_close_ int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	const uint32_t one = 1;

	if (self < 0 || bpf_map_update_elem(bpf_map__fd(skeleton->maps.bw_own), &self, &one,
					    BPF_ANY) < 0)
		return -errno;
	return 0;
}

static int load_and_attach(struct bailiwick_bpf *skeleton, const char *pins,
			   struct loaded *loaded, struct buffer *why)
{
	int err;

	err = bailiwick_bpf__load(skeleton);
	if (err)
		return explain(why, "the kernel does not take the programs", err);
	err = take_maps(skeleton, loaded);
	if (!err)
		err = take_programs(skeleton, loaded);
	if (!err)
		err = mark_controller(skeleton);
	if (!err)
		err = loaded_measure(loaded, why);
	if (!err)
		err = attach_programs(skeleton, loaded, why);
	if (!err)
		err = loaded_pin(loaded, pins, why);
	return err;
}

static int try_load(const struct object_options *options, const char *pins, bool traced,
		    struct loaded *ret, struct buffer *why)
{
	_cleanup_(skeleton_freep) struct bailiwick_bpf *skeleton = NULL;
	struct loaded loaded;
	int err;

	said.size = 0;
	skeleton = bailiwick_bpf__open();
	if (!skeleton)
		return explain(why, "cannot read the built-in programs", -errno);
	err = set_sizes(skeleton, options);
	if (!err)
		err = choose_programs(skeleton, traced);
	if (err)
		return explain(why, "cannot prepare the programs", err);
	loaded_init(&loaded);
	err = load_and_attach(skeleton, pins, &loaded, why);
	if (err) {
		loaded_done(&loaded);
		return err;
	}
	*ret = loaded;
	return 0;
}

int object_load(const struct object_options *options, const char *pins, struct loaded *ret,
		struct buffer *why)
{
	_cleanup_(buffer_done) struct buffer first = {};

	libbpf_set_print(listen_to);
	if (may_trace() && !try_load(options, pins, true, ret, &first))
		return 0;
	return try_load(options, pins, false, ret, why);
}

int object_hooks(object_hook_fn *callback, void *context)
{
	_cleanup_(skeleton_freep) struct bailiwick_bpf *skeleton = NULL;
	_cleanup_(types_freep) struct btf *kernel = NULL;
	struct bpf_program *program;

	libbpf_set_print(listen_to);
	kernel = btf__load_vmlinux_btf();
	if (!kernel)
		return -errno;
	skeleton = bailiwick_bpf__open();
	if (!skeleton)
		return -errno;
	bpf_object__for_each_program(program, skeleton->obj) {
		const char *hook = program_hook(program);
		int answer;

		if (is_traced(program) || is_iterator(program))
			continue;	/* nothing is enforced there */
		answer = callback(context, hook, kernel_has_hook(kernel, program));

		if (answer)
			return answer;
	}
	return 0;
}

/* What libbpf puts there in the place of functions, of which each is weak. */
#define LIBBPF_FUNCTION "dummy_ksym"

int object_symbols(struct symbol *ret, size_t max)
{
	_cleanup_(skeleton_freep) struct bailiwick_bpf *skeleton = NULL;
	const struct btf_type *section;
	const struct btf *types;
	int id, count = 0;

	libbpf_set_print(listen_to);
	skeleton = bailiwick_bpf__open();
	if (!skeleton)
		return -errno;
	types = bpf_object__btf(skeleton->obj);
	id = btf__find_by_name_kind(types, ".ksyms", BTF_KIND_DATASEC);
	if (id < 0)
		return id == -ENOENT ? 0 : id;
	section = btf__type_by_id(types, (uint32_t)id);
	if (btf_vlen(section) > max)
		return -E2BIG;
	for (int i = 0; i < btf_vlen(section); i++) {
		const uint32_t type = btf_var_secinfos(section)[i].type;
		const char *name = btf__name_by_offset(types,
						       btf__type_by_id(types, type)->name_off);

		if (!strcmp(name, LIBBPF_FUNCTION))
			continue;
		if (strlen(name) >= sizeof(ret[count].name))
			return -E2BIG;
		ret[count] = (struct symbol) {};
		strcpy(ret[count++].name, name);
	}
	return count;
}

int object_can_make_ring(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bw_probe", 0, 0, 4096, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A storage map needs types of its own: libbpf's probe builds them. */
int object_can_make_task_storage(void)
{
	int answer = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL);

	return answer > 0 ? 0 : answer < 0 ? answer : -EOPNOTSUPP;
}
