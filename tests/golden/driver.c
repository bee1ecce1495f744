// SPDX-License-Identifier: Apache-2.0
/* What `bailiwick policy check` does, without the rest of the command */
#include <string.h>

#include "diag/diag.h"
#include "model/policy.h"

int main(int argc, char **argv)
{
	struct policy *policy = NULL;
	struct diag *diag = diag_new();
	int skip = argc > 2 && !strcmp(argv[1], "policy") ? 3 : 1;
	int r;

	if (!diag)
		return 71;
	r = policy_load(argv + skip, (size_t)(argc - skip), diag, &policy);
	diag_print(diag, stderr, diag_form_for(stderr));
	if (r == 0)
		printf("%zu classes, %zu networks, %zu roles, %zu assignments\n",
		       policy->class_count, policy->network_count, policy->role_count,
		       policy->assignment_count);
	policy_free(policy);
	diag_free(diag);
	return r < 0 ? 71 : r > 0 ? 65 : 0;
}
