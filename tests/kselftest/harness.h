/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's self-test harness, with patience for an emulated machine. */
#ifndef BAILIWICK_KSELFTEST_HARNESS_H
#define BAILIWICK_KSELFTEST_HARNESS_H

#include "kselftest_harness.h"

/*
 * Seconds a test may take. The kernel's 30 are for real processors: here one
 * change of a role takes ten where other machines share the host.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 240

#endif
