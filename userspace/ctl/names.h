/* SPDX-License-Identifier: Apache-2.0 */
/* Host names of the policy in force, as `status` shows them */
#ifndef BAILIWICK_CTL_NAMES_H
#define BAILIWICK_CTL_NAMES_H

#include "base/buffer.h"
#include "base/message.h"
#include "ctl/output.h"

/** names_show() - a line each of "record.names", all but the first indented by @indent */
void names_show(struct buffer *out, const struct message *m, const struct style *style,
		int indent);

#endif
