/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* A program is a function with its arguments */
#ifndef TESTS_LABEL_SHIM_BPF_TRACING_H
#define TESTS_LABEL_SHIM_BPF_TRACING_H

#define BPF_PROG(name, ...) name(__VA_ARGS__)

#endif
