/* SPDX-License-Identifier: Apache-2.0 */
/* User names for numbers, without ever waiting for a name service */
#ifndef BAILIWICK_EVENT_NAMES_H
#define BAILIWICK_EVENT_NAMES_H

#include <stdint.h>

#include "base/cleanup.h"

/*
 * Events are drained by one thread that must not wait for a directory server,
 * so names come from a file in the form of /etc/passwd, read when it changed.
 */
struct names;

/** names_new() - from the file at @path; one that cannot be read is empty; NULL without memory */
struct names *names_new(const char *path);

/** names_free() - NULL is fine; returns NULL */
struct names *names_free(struct names *names);
DEFINE_CLEANUP(struct names *, names_free);

/** names_refresh() - read the file again if it changed; strings given out before are gone then */
void names_refresh(struct names *names);

/** names_user() - the name of a user, or NULL */
const char *names_user(const struct names *names, uint32_t uid);

#endif
