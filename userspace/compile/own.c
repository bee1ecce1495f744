/* SPDX-License-Identifier: Apache-2.0 */
/* What a class that is protected relies on, by its paths */
#include "compile/own.h"

const char *const own_patterns[] = {
	/* programs, settings, state */
	"/usr/sbin/bailiwickd",
	"/usr/bin/bailiwick",
	"/usr/lib/bailiwick/**",
	"/etc/bailiwick/**",
	"/var/lib/bailiwick/**",
	"/run/bailiwick",
	"/run/bailiwick/ctl.sock",
	/* how it is started */
	"/{usr/,}lib/modules/*/updates/bailiwick.ko",
	"/{usr/lib,lib,etc,run}/systemd/system/bailiwick.service",
	"/{usr/lib,lib,etc,run}/systemd/{system,system.control}/bailiwick.service.d/**",
	"/etc/systemd/system/sysinit.target.wants/bailiwick.service",
	/* what holds it in the kernel, and what would stop it */
	"/sys/fs/bpf/bailiwick/**",
	"/sys/fs/cgroup/system.slice/bailiwick.service/**",
	"/sys/fs/cgroup/system.slice/cgroup.{freeze,kill}",
	/*
	 * Code the controller maps: its libraries, and those of the name service.  The
	 * programs in the kernel let it map no other (see ebpf/file.bpf.c), so a library
	 * that is missing here is one it cannot load.
	 */
	"/{usr/,}lib{,64}/{x86_64-linux-gnu/,}ld-linux-x86-64.so*",
	"/{usr/,}lib/x86_64-linux-gnu/lib{c,m,dl,rt,pthread,resolv,nsl,nss_*}.so*",
	"/{usr/,}lib/x86_64-linux-gnu/lib{bpf,elf,elf-*,z,zstd,lzma,lz4,cap,seccomp}.so*",
	"/{usr/,}lib/x86_64-linux-gnu/lib{jansson,sqlite3,systemd,nl-3,nl-genl-3}.so*",
	"/{usr/,}lib/x86_64-linux-gnu/lib{ssl,crypto,gcrypt,gpg-error}.so*",
	/* where the memory of a process goes that dies; which disks are shown to others */
	"/proc/sys/kernel/core_pattern",
	"/sys/kernel/config/nvmet/**",
};

const size_t own_pattern_count = sizeof(own_patterns) / sizeof(own_patterns[0]);
