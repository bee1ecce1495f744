/* SPDX-License-Identifier: Apache-2.0 */
/* What the module's tests stand on: maps, a link whose effect can be seen, small images */
#ifndef BAILIWICK_TESTS_KMOD_RIG_H
#define BAILIWICK_TESTS_KMOD_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <bailiwick/genl.h>
#include <bailiwick/image.h>

#include "image/writer.h"
#include "load/genl.h"

#define UNUSED __attribute__((unused))
#define SLOT_SIZE BAILIWICK_SLOT_MIN
#define READ_ONLY BPF_F_RDONLY_PROG

/* --- TAP --------------------------------------------------------------------- */

static int tap_number, tap_failed;

__attribute__((format(printf, 2, 3)))
static UNUSED int ok(int good, const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", good ? "" : "not ", ++tap_number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

static UNUSED void is(int got, int expected, const char *what)
{
	if (!ok(got == expected, "%s", what))
		printf("#   got %d (%s), expected %d (%s)\n", got, strerror(abs(got)), expected,
		       strerror(abs(expected)));
}

static UNUSED int finish(void)
{
	printf("1..%d\n", tap_number);
	return tap_failed ? 1 : 0;
}

static UNUSED void need(int value, const char *what)
{
	if (value >= 0)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- maps and a link ----------------------------------------------------------- */

static UNUSED int make_map(enum bpf_map_type type, uint32_t value_size, uint32_t entries,
			   uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	int fd = bpf_map_create(type, "bw_test", 4, value_size, entries, &options);

	need(fd, "cannot make a map");
	return fd;
}

static UNUSED int make_slots(void)
{
	return make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE, BAILIWICK_SLOTS, READ_ONLY);
}

static UNUSED int make_control(void)
{
	return make_map(BPF_MAP_TYPE_ARRAY, sizeof(struct bailiwick_control), 1, READ_ONLY);
}

/* A second descriptor of a map, one that its creation flags do not bind. */
static UNUSED int reopen_by_id(int map)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	need(bpf_obj_get_info_by_fd(map, &info, &size), "no information about a map");
	return bpf_map_get_fd_by_id(info.id);
}

/* A program that refuses what one LSM hook asks. */
static UNUSED int make_program(const char *hook)
{
	const struct bpf_insn refuse[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -EPERM },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	int program;

	options.attach_btf_id = (uint32_t)libbpf_find_vmlinux_btf_id(hook, BPF_LSM_MAC);
	program = bpf_prog_load(BPF_PROG_TYPE_LSM, "bw_test", "GPL", refuse, 2, &options);
	need(program, "cannot load an LSM program");
	return program;
}

static UNUSED int attach(int program)
{
	int link = bpf_raw_tracepoint_open(NULL, program);

	need(link, "cannot attach an LSM program");
	return link;
}

/*
 * It refuses one harmless thing, setting an I/O priority, so that anybody can see
 * whether it is still attached.
 */
static UNUSED int make_link(void)
{
	int program = make_program("task_setioprio");
	int link = attach(program);

	close(program);
	return link;
}

/* Setting a lower priority than any needs no right: what refuses is the program. */
static UNUSED int is_enforced(void)
{
	const int best_effort_lowest = 2 << 13 | 7;

	return syscall(SYS_ioprio_set, 1, 0, best_effort_lowest) < 0 && errno == EPERM;
}

/* Programs end a moment after their last reference: wait for it, not forever. */
static UNUSED int ends_soon(void)
{
	for (int i = 0; i < 100; i++) {
		if (!is_enforced())
			return 1;
		usleep(50000);
	}
	return 0;
}

/* --- images ---------------------------------------------------------------------- */

static UNUSED void add(struct image_writer *writer, enum bailiwick_section_id id,
		       const void *record, size_t size, size_t count)
{
	for (size_t i = 0; i < count; i++)
		need(image_writer_add(writer, id, record, size), "no memory");
}

/*
 * What an image of the tests differs in.  Rows 3 and 4 exist on demand, rights
 * on nothing; the matrix says whether 3 dominates 4.
 */
struct recipe {
	uint64_t version;
	int protects;
	uint32_t rows;			/* 0: those every image has */
	uint32_t dominance;		/* words; 0: each dominates every other */
	uint32_t row_flags;		/* of the last row */
	uint32_t default_unit_row;
	uint32_t exe_row;		/* of the last label */
	const struct bailiwick_binding *binding;	/* names: offsets into "alpha\0beta" */
	uint32_t bindings;
};

/* Everything to the row of those without a role, but what is protected. */
static UNUSED void add_matrix(struct image_writer *writer, const struct recipe *recipe, uint32_t rows)
{
	const uint32_t last = BAILIWICK_LABEL_FIRST;	/* no object has this label */
	const uint32_t protected_cell = recipe->protects ? BAILIWICK_CELL_PROTECTED : 0;
	const uint32_t all = BAILIWICK_CELL_RIGHTS, none = 0;
	const uint32_t dominance = recipe->dominance ? recipe->dominance : ~0u;
	const struct bailiwick_label label = {};
	const struct bailiwick_label special = {
		.flags = recipe->protects ? BAILIWICK_LABEL_PROTECTED : 0,
		.exe_row = recipe->exe_row,
	};
	const struct bailiwick_row everything = {
		.capabilities = ~0ull, .families = ~0ull, .privileges = BAILIWICK_PRIVILEGES_ALL,
	};

	add(writer, BAILIWICK_SECTION_LABEL, &label, sizeof(label), last);
	add(writer, BAILIWICK_SECTION_LABEL, &special, sizeof(special), 1);
	for (uint32_t row = 0; row < rows; row++) {
		const struct bailiwick_row nothing = {
			.flags = row + 1 == rows ? recipe->row_flags : 0,
		};

		add(writer, BAILIWICK_SECTION_CELL, row ? &none : &all, 4, last);
		add(writer, BAILIWICK_SECTION_CELL, &protected_cell, 4, 1);
		add(writer, BAILIWICK_SECTION_ROW, row ? &nothing : &everything, sizeof(nothing), 1);
	}
	add(writer, BAILIWICK_SECTION_DOMINANCE, &dominance, sizeof(dominance), 1);
}

#define BINDING_SLOTS 8

/* Each into the first free slot from its home on. */
static UNUSED void add_bindings(struct image_writer *writer, const struct recipe *recipe)
{
	struct bailiwick_binding table[BINDING_SLOTS] = {};

	for (uint32_t i = 0; i < recipe->bindings; i++) {
		uint32_t at = bailiwick_hash(recipe->binding[i].kind, recipe->binding[i].id);

		while (table[at % BINDING_SLOTS].kind)
			at++;
		table[at % BINDING_SLOTS] = recipe->binding[i];
	}
	add(writer, BAILIWICK_SECTION_BINDING, table, sizeof(table), 1);
}

/*
 * The smallest image that passes every check: the built-in rows, and whom the
 * recipe binds.  The machine goes on working while it is in force.
 */
static UNUSED struct image_bytes make_recipe(const struct recipe *recipe)
{
	static const struct bailiwick_state state;
	static const struct bailiwick_transition transition;
	static const struct bailiwick_class no_class;
	const uint32_t rows = recipe->rows ? recipe->rows : BAILIWICK_ROW_FIRST;
	const uint8_t zero = 0;
	struct image_writer writer = {};
	struct bailiwick_trie_node node;
	struct image_bytes bytes;

	for (size_t i = 0; i < 16; i++)
		node.slot[i] = BAILIWICK_TRIE_LEAF;
	writer.header.version = recipe->version;
	writer.header.rows = rows;
	writer.header.labels = BAILIWICK_LABEL_FIRST + 1;
	writer.header.byte_classes = 1;
	writer.header.states = 2;
	writer.header.start_state = 1;
	writer.header.address_classes = 1;
	writer.header.port_classes = 1;
	writer.header.default_unit_row = recipe->default_unit_row;
	add(&writer, BAILIWICK_SECTION_BYTE_CLASS, &zero, 1, 256);
	add(&writer, BAILIWICK_SECTION_STATE, &state, sizeof(state), 2);
	add_matrix(&writer, recipe, rows);
	add_bindings(&writer, recipe);
	add(&writer, BAILIWICK_SECTION_TRANSITION, &transition, sizeof(transition), 1);
	add(&writer, BAILIWICK_SECTION_TRIE, &node, sizeof(node), 1);
	add(&writer, BAILIWICK_SECTION_NET_CELL, &zero, 1, rows);
	add(&writer, BAILIWICK_SECTION_CLASS, &no_class, sizeof(no_class), 1);
	if (recipe->bindings) {
		image_writer_string(&writer, "alpha");
		image_writer_string(&writer, "beta");
	}
	errno = EINVAL;
	need(image_writer_finish(&writer, &bytes), "cannot make an image");
	image_writer_done(&writer);
	return bytes;
}

static UNUSED struct image_bytes make_image(uint64_t version, int protects)
{
	const struct recipe recipe = { .version = version, .protects = protects };

	return make_recipe(&recipe);
}

/* Make a changed image carry its right digest again. */
static UNUSED void redigest(struct image_bytes *bytes)
{
	struct bailiwick_image_header *header = (void *)bytes->data;

	need(image_digest(bytes->data, bytes->size, header->digest), "no digest");
}

static UNUSED int make_memfd(const void *data, size_t size, int seals)
{
	int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	need(fd, "cannot make a memfd");
	if (ftruncate(fd, (off_t)size) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		need(-1, "cannot fill a memfd");
	need(fcntl(fd, F_ADD_SEALS, seals), "cannot seal a memfd");
	return fd;
}

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

#endif
