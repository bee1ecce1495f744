/* SPDX-License-Identifier: Apache-2.0 */
/* People of the policy with every capability: one without a door, and one for each. */
#ifndef DOORS_H
#define DOORS_H

#include <bailiwick/vocab.h>

enum {
	DOORLESS = 1199,	/* every file but the vault, every capability, no privilege */
	DOORED = 1200,		/* DOORED + N: the same, and the Nth privilege */
};

#define DOOR_PERSON(bit) (DOORED + (bit))

#endif
