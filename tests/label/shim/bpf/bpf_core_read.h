/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Fields stand where vmlinux.h says: nothing is relocated on the host */
#ifndef TESTS_LABEL_SHIM_BPF_CORE_READ_H
#define TESTS_LABEL_SHIM_BPF_CORE_READ_H

#define bpf_core_field_offset(type, field) ((unsigned int)__builtin_offsetof(type, field))
#define bpf_core_type_id_kernel(type) 0
#define bpf_core_type_exists(type) (sizeof(type) == 0)
/* An old kernel: every sequence is read by the helper. */
#define bpf_core_enum_value_exists(type, value) 0
#define bpf_core_field_exists(type, field) (__builtin_offsetof(type, field) > 0)

#endif
