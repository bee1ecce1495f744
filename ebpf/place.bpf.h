/* SPDX-License-Identifier: GPL-2.0-only */
/* Filesystems without a place in the initial namespace: never had one, or lost it? */
#ifndef BAILIWICK_PLACE_BPF_H
#define BAILIWICK_PLACE_BPF_H

#include "walk.bpf.h"

/* The initial mount namespace. */
BW_ONCE __u64 place_home(void);

/* Root dentry of the initial namespace. */
BW_ONCE __u64 place_root(void);

/* The dentry above all that the filesystem of this one holds. */
BW_ONCE __u64 place_top(__u64 dentry);

/* 1 when the filesystem never had a place, so that no class can lie in it. */
BW_ONCE int place_never(__u64 super);

/* A mount is about to go; 0, or 1 when that cannot be remembered. */
BW_ONCE int place_lost(__u64 mount);

#endif
