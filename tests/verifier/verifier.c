/* SPDX-License-Identifier: Apache-2.0 */
/* Load every eBPF program into the running kernel, attach none: TAP, one line each. */

/*
 * usage: verifier [-v PROGRAM | -q PROGRAM] [-s SLOT_BYTES]
 *
 * Says how many instructions the verifier went through for each program.  A
 * program whose hook this kernel lacks is skipped by name.  -v prints what the
 * verifier has to say about one program, -q only loads that one.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <bailiwick/abi.h>

#include "bailiwick.skel.h"

#define LOG_SIZE (160u << 20)
#define SCRATCH 8u
/*
 * The verifier goes through a function judged once a single time, through what stands in
 * a loop for every turn: one careless loop made the start of the controller six times as
 * long.  Twice what the largest program takes today; the kernel's own limit is 1,000,000.
 */
#define VERIFIED_MOST 100000u

static unsigned int slot_size = 8u << 20;

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN || !getenv("VERIFIER_WARN"))
		return 0;
	fputs("# ", stdout);
	return vprintf(format, args);
}

static bool kernel_has(const struct btf *kernel, const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');
	char name[128];

	snprintf(name, sizeof(name), "%s%s", !strncmp(section, "lsm", 3) ? "bpf_lsm_" :
		 !strncmp(section, "iter", 4) ? "bpf_iter_" : "", slash ? slash + 1 : "");
	return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

/* Open with the sizes set; only `only` is to be loaded where it is given. */
static struct bailiwick_bpf *open_sized(const struct btf *kernel, const char *only)
{
	struct bailiwick_bpf *skeleton = bailiwick_bpf__open();
	struct bpf_program *program;

	if (!skeleton)
		return NULL;
	skeleton->rodata->bw_abi = BAILIWICK_ABI;
	skeleton->rodata->bw_image_mask8 = slot_size - 1;
	skeleton->rodata->bw_image_mask32 = (slot_size - 1) & ~3u;
	skeleton->rodata->bw_image_mask64 = (slot_size - 1) & ~7u;
	skeleton->rodata->bw_scratch_mask = SCRATCH - 1;
	skeleton->rodata->bw_remember = BAILIWICK_REMEMBER_BY_MOVES;
	bpf_map__set_value_size(skeleton->maps.bw_slots, slot_size);
	bpf_map__set_max_entries(skeleton->maps.bw_scratch, SCRATCH);
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, kernel_has(kernel, program) &&
			(!only || !strcmp(only, bpf_program__name(program))));
	return skeleton;
}

static unsigned int verified(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.verified_insns;
}

static struct bpf_program *named(struct bailiwick_bpf *skeleton, const char *name)
{
	return bpf_object__find_program_by_name(skeleton->obj, name);
}

/* Print what the verifier says of one program; 0 when it takes it. */
static int load_one(const struct btf *kernel, const char *name, bool say)
{
	struct bailiwick_bpf *skeleton = open_sized(kernel, name);
	char *log = malloc(LOG_SIZE);
	int err = -ENOMEM;

	if (skeleton && log && named(skeleton, name)) {
		log[0] = 0;
		bpf_program__set_log_buf(named(skeleton, name), log, LOG_SIZE);
		bpf_program__set_log_level(named(skeleton, name), say ? 2 : 1);
		err = bailiwick_bpf__load(skeleton);
		if (err || say) {
			size_t size = strlen(log), tail = say ? size : 4000;

			printf("# %s: %s\n%s\n", name, strerror(-err),
			       log + (size > tail ? size - tail : 0));
		}
	}
	bailiwick_bpf__destroy(skeleton);
	free(log);
	return err;
}

/* All at once, as the controller does; 0 when the kernel takes them. */
static int load_all(const struct btf *kernel, struct bailiwick_bpf **ret)
{
	*ret = open_sized(kernel, NULL);
	return *ret ? bailiwick_bpf__load(*ret) : -errno;
}

int main(int argc, char **argv)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;
	struct bailiwick_bpf *skeleton;
	const char *say = NULL, *only = NULL;
	int option, failed = 0, number = 0, all;

	while ((option = getopt(argc, argv, "q:v:s:")) != -1) {
		if (option == 'v')
			say = optarg;
		else if (option == 'q')
			only = optarg;
		else if (option == 's')
			slot_size = strtoul(optarg, NULL, 0);
		else
			return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(keep_quiet);
	if (!kernel) {
		printf("Bail out! no kernel types\n");
		return 1;
	}
	if (say || only)
		return load_one(kernel, say ? say : only, !!say) ? 1 : 0;
	all = load_all(kernel, &skeleton);
	if (!skeleton) {
		printf("Bail out! the object cannot be opened\n");
		return 1;
	}
	bpf_object__for_each_program(program, skeleton->obj) {
		const char *name = bpf_program__name(program);
		const char *section = bpf_program__section_name(program);

		number++;
		if (!kernel_has(kernel, program)) {
			printf("ok %d - %s # SKIP this kernel has no %s\n", number, name, section);
		} else if (!all) {
			unsigned int count = verified(program);
			bool cheap = count && count <= VERIFIED_MOST;

			failed += !cheap;
			printf("%sok %d - %s %s: %u instructions verified\n", cheap ? "" : "not ",
			       number, name, section, count);
		} else {
			int err = load_one(kernel, name, false);

			failed += err != 0;
			printf("%sok %d - %s %s\n", err ? "not " : "", number, name, section);
		}
	}
	number++;
	printf("%sok %d - all programs load together\n", all ? "not " : "", number);
	printf("1..%d\n", number);
	bailiwick_bpf__destroy(skeleton);
	btf__free(kernel);
	return failed || all ? 1 : 0;
}
