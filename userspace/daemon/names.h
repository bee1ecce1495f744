/* SPDX-License-Identifier: Apache-2.0 */
/* Host names of the policy in force: looked up, followed, and told about */
#ifndef BAILIWICK_DAEMON_NAMES_H
#define BAILIWICK_DAEMON_NAMES_H

#include "base/buffer.h"
#include "image/reader.h"

struct controller;
struct names;

/*
 * A confined child looks names up, because what comes from a network is
 * anybody's. NULL for struct names is fine everywhere: there are none then.
 */

/**
 * names_start() - read what was known when the last controller ended
 * @path:	where it is kept
 */
int names_start(struct controller *controller, const char *path, struct names **ret);

/** names_stop() - NULL is fine; returns NULL */
struct names *names_stop(struct names *names);

/** names_follow() - another image may be in force: its names are kept up to date from now on */
void names_follow(struct names *names);

typedef void names_done_fn(void *context);

/**
 * names_ask() - look up those names of an image that have no address
 * @done:	called once, from the loop or at once; one at a time
 */
void names_ask(struct names *names, const struct image *image, names_done_fn *done, void *context);

/** names_forget() - whoever asked is gone */
void names_forget(struct names *names);

/** names_write() - what the compiler is told; 0 or -ENOMEM */
int names_write(const struct names *names, struct buffer *out);

/** names_describe() - a JSON array for `status` */
void names_describe(const struct names *names, struct buffer *out);

/** names_take() - one line of the look-up's output, as if it had come now; 0, or 1 for another */
int names_take(struct names *names, const char *line, size_t size);

#endif
