/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick version: of this program */
#include <argp.h>

#include "ctl/output.h"
#include "ctl/verb.h"

int verb_version(const struct invocation *invocation)
{
	static const struct argp argp = { .doc = "Print the version of this program." };
	struct buffer out = { 0 };

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, NULL);
	buffer_append_text(&out, "bailiwick " BAILIWICK_VERSION "\n");
	return output_finish(&out, 0);
}
