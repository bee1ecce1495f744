/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the two groups: apart from sign.c, for who wants a name and no OpenSSL */
#include <string.h>

#include "image/sign.h"

static const char *const groups[] = { [SIGN_AUTHOR] = "author", [SIGN_APPROVER] = "approver" };

const char *sign_group_name(enum sign_group group)
{
	return group < SIGN_GROUP_COUNT ? groups[group] : "nobody";
}

enum sign_group sign_group_find(const char *name)
{
	int i = 0;

	while (i < SIGN_GROUP_COUNT && strcmp(groups[i], name) != 0)
		i++;
	return (enum sign_group)i;
}
