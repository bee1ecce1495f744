/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel finds open and forbidden, as findings */
#ifndef BAILIWICK_DAEMON_FORBIDDEN_H
#define BAILIWICK_DAEMON_FORBIDDEN_H

#include "daemon/takeback.h"
#include "load/open.h"

/** forbidden_find() - a finder_fn: @enforcement is a struct enforcement */
int forbidden_find(void *enforcement, unsigned int kinds, finding_fn *found, void *found_context);

/**
 * forbidden_finding() - one record of the kernel
 * @path:	borrowed by *ret
 */
void forbidden_finding(const struct bailiwick_open *item, const char *path, struct finding *ret);

#endif
