/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The kernel's helpers on the host; ../host.c has those with a body */
#ifndef TESTS_LABEL_SHIM_BPF_HELPERS_H
#define TESTS_LABEL_SHIM_BPF_HELPERS_H

#define SEC(name)
#define __uint(name, value) int (*name)[value]
#define __type(name, value) __typeof__(value) *name
#define __always_inline inline __attribute__((always_inline))
#define __hidden __attribute__((visibility("hidden")))
#define __ksym
#define __weak
#define __kconfig
#ifndef NULL
#define NULL ((void *)0)
#endif

long bpf_loop(unsigned int count, void *step, void *context, unsigned long long flags);
long bpf_probe_read_kernel(void *to, unsigned int size, const void *from);
long bpf_probe_read_kernel_str(void *to, unsigned int size, const void *from);
void *bpf_map_lookup_elem(const void *map, const void *key);
long bpf_map_update_elem(const void *map, const void *key, const void *value,
			 unsigned long long flags);
long bpf_map_delete_elem(const void *map, const void *key);
unsigned int bpf_get_smp_processor_id(void);
void *bpf_inode_storage_get(const void *map, const void *inode, const void *value,
			    unsigned long long flags);

#endif
