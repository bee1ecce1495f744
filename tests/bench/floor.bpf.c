// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The floor: a program that does nothing on every hook the product has a program on. */

/* The kernel takes LSM programs under the GPL alone. */
char LICENSE[] __attribute__((section("license"), used)) = "GPL";

/* floor-hooks.h is made from the sections of the product's object by tests/bench/run. */
#define HOOK(place, name)							\
	__attribute__((section(place), used)) int floor_##name(void *context)	\
	{								\
		(void)context;						\
		return 0;						\
	}
#include "floor-hooks.h"
