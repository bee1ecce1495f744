/* SPDX-License-Identifier: Apache-2.0 */
/* The system's users and groups */
#ifndef BAILIWICK_COMPILE_ACCOUNTS_H
#define BAILIWICK_COMPILE_ACCOUNTS_H

#include "compile/compile.h"

/** accounts - users and groups as the name service switch knows them */
extern const struct compile_resolver accounts;

#endif
