// SPDX-License-Identifier: Apache-2.0
/* Load and attach the floor in the test machine, until standard input ends. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* A hook this kernel does not have is left out, as the product does. */
static void leave_out_unknown(struct bpf_object *object, const struct btf *kernel)
{
	struct bpf_program *program;
	const char *hook;
	char function[128];

	bpf_object__for_each_program(program, object) {
		hook = strchr(bpf_program__section_name(program), '/');
		snprintf(function, sizeof(function), "bpf_lsm_%s", hook ? hook + 1 : "");
		if (btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) < 0)
			bpf_program__set_autoload(program, false);
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct btf *kernel;
	char byte;

	if (argc != 2)
		errx(64, "usage: floor OBJECT");
	object = bpf_object__open_file(argv[1], NULL);
	kernel = btf__load_vmlinux_btf();
	if (!object || !kernel)
		err(1, "%s", argv[1]);
	leave_out_unknown(object, kernel);
	btf__free(kernel);
	if (bpf_object__load(object))
		errx(1, "%s: cannot load", argv[1]);
	bpf_object__for_each_program(program, object) {
		if (!bpf_program__autoload(program))
			continue;
		if (!bpf_program__attach(program))
			errx(1, "%s: cannot attach", bpf_program__name(program));
		puts(strchr(bpf_program__section_name(program), '/') + 1);
	}
	puts(".");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	/* The links end with the process. */
	return 0;
}
