/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwickd as the process of one sink: confined, and without the controller's rights */
#ifndef BAILIWICK_DAEMON_SINKCHILD_H
#define BAILIWICK_DAEMON_SINKCHILD_H

#include "sink/sink.h"

/* Descriptor of the feed in that process */
#define SINKCHILD_FEED 3

/**
 * sinkchild_main() - what `bailiwickd --sink NAME` does
 * @directory:	of the configuration
 * @only:	what a program of its own serves; NULL for all that the controller does
 *
 * Return: an exit code.
 */
int sinkchild_main(const char *directory, const char *name, const struct sink_destination *only);

#endif
