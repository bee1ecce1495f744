// SPDX-License-Identifier: Apache-2.0
/* Load and attach the floor in the test machine, until standard input ends. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static const char *hook_of(const struct bpf_program *program)
{
	const char *slash = strchr(bpf_program__section_name(program), '/');

	return slash ? slash + 1 : "";
}

static bool is_among(const char *name, char **names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* What was named, and, as the product does, a hook this kernel does not have. */
static void leave_out(struct bpf_object *object, const struct btf *kernel, char **names)
{
	struct bpf_program *program;
	char function[128];

	bpf_object__for_each_program(program, object) {
		snprintf(function, sizeof(function), "bpf_lsm_%s", hook_of(program));
		if (btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) < 0 ||
		    is_among(hook_of(program), names))
			bpf_program__set_autoload(program, false);
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct btf *kernel;
	char byte;

	if (argc < 2)
		errx(64, "usage: floor OBJECT [HOOK to leave out]...");
	object = bpf_object__open_file(argv[1], NULL);
	kernel = btf__load_vmlinux_btf();
	if (!object || !kernel)
		err(1, "%s", argv[1]);
	leave_out(object, kernel, argv + 2);
	btf__free(kernel);
	if (bpf_object__load(object))
		errx(1, "%s: cannot load", argv[1]);
	bpf_object__for_each_program(program, object) {
		if (!bpf_program__autoload(program))
			continue;
		if (!bpf_program__attach(program))
			errx(1, "%s: cannot attach", bpf_program__name(program));
		puts(hook_of(program));
	}
	puts(".");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	/* The links end with the process. */
	return 0;
}
