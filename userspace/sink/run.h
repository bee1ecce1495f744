/* SPDX-License-Identifier: Apache-2.0 */
/* A sink's process: take records, deliver them, say so; try again until it works */
#ifndef BAILIWICK_SINK_RUN_H
#define BAILIWICK_SINK_RUN_H

#include "sink/sink.h"

/**
 * sink_run() - until the controller closes the feed
 * @context:	of @destination, prepared
 * @feed:	records come in, reports go out
 *
 * A batch is kept until it is delivered: a connection that breaks costs
 * duplicates, never records.
 *
 * Return: 0 at the end of the feed, or a negative errno.
 */
int sink_run(const struct sink_options *options, const struct sink_destination *destination,
	     void *context, int feed);

#endif
