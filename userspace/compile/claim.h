/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: what the policy says must come out so, asked of the image */
#ifndef BAILIWICK_COMPILE_CLAIM_H
#define BAILIWICK_COMPILE_CLAIM_H

#include "compile/compile.h"
#include "diag/diag.h"
#include "image/reader.h"
#include "model/policy.h"

/**
 * claims_check() - ask all claims of a policy
 * @image:	made from @policy
 *
 * @hosts:	how claims are judged that hang on what a host name stands for
 *
 * A claim that does not hold is reported with the lines that decided.
 * Return: 0; a positive number when a claim failed; a negative errno.
 */
int claims_check(const struct policy *policy, const struct image *image, enum compile_hosts hosts,
		 struct diag *diag);

#endif
