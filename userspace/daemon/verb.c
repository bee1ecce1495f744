// SPDX-License-Identifier: Apache-2.0
/* What may be asked over the control socket */
#include "daemon/verb.h"

#include <string.h>

static const struct request_verb verbs[] = {
	{ "status", false, request_status },
	{ "apply", true, request_apply },
	{ "confirm", true, request_confirm },
	{ "rollback", true, request_rollback },
	{ "seal", true, request_seal },
	{ "assign", true, request_assign },
	{ "revoke", true, request_revoke },
	{ "quarantine", true, request_quarantine },
	{ "release", true, request_release },
	{ "lift", false, request_lift },
	{ "remains", true, request_remains },
	{ "image", false, request_image },
	{ "events", false, request_events },
	{ "assignments", false, request_assignments },
	{ "sources", false, request_sources },
	{ "log", false, request_log },
};

const struct request_verb *request_verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return verbs + i;
	return NULL;
}
