/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwickd as the process that looks at all names of files with several hard links */
#ifndef BAILIWICK_DAEMON_LINKSCHILD_H
#define BAILIWICK_DAEMON_LINKSCHILD_H

/*
 * What it prints: a line for each filesystem that was looked at, now or before, and one
 * in words, with escaped names, for what was not.
 */
#define LINKSCHILD_KEY "key "
#define LINKSCHILD_NOT "not "

/**
 * linkschild_main() - look at the filesystems of this mount namespace
 * @keys:	of those that need no second look, as it printed them, with commas between
 *
 * It may search and list every directory and do nothing else root may.
 * Return: exit code.
 */
int linkschild_main(const char *keys);

#endif
