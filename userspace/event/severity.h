/* SPDX-License-Identifier: Apache-2.0 */
/* The organisation's three grades of a denial */
#ifndef BAILIWICK_EVENT_SEVERITY_H
#define BAILIWICK_EVENT_SEVERITY_H

#include "event/decode.h"
#include "image/reader.h"

#define SEVERITY_UNSAID UINT32_MAX

/**
 * severity_of() - BAILIWICK_SEVERITY_* of a denial
 * @image:	of the denial's policy version; NULL when it is gone
 * @said:	what the denying line says, SEVERITY_UNSAID when it says nothing
 *
 * The policy's word is final: the line's, else the object's class's (`severity:`).
 * Where it says nothing:
 *
 * special: a network denial whose peer is another machine, or any denial of a
 *	service that may take connections from others (its unit is bound and one
 *	of its roles binds or listens beyond loopback): whoever speaks to it may
 *	be who steers it.
 * serious: a threat to the system: a protected class, running or mapping
 *	programs, ptrace, privileges, capabilities over the kernel or other
 *	processes, an object that could not be classified.
 * ordinary: everything else.
 *
 * Without an image what the kernel's cell says may raise it.
 */
uint32_t severity_of(const struct denial *denial, const struct image *image, uint32_t said);

#endif
