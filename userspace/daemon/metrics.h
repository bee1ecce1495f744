/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's numbers, gathered for monitoring */
#ifndef BAILIWICK_DAEMON_METRICS_H
#define BAILIWICK_DAEMON_METRICS_H

#include "daemon/controller.h"

/** metrics_gather() - an exporter_gather_fn; @controller is a struct controller */
int metrics_gather(void *controller, struct buffer *out);

/** metrics_start() - begin to export them, where the configuration says so; 0 or a negative errno */
int metrics_start(struct controller *controller);

#endif
