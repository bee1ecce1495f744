/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy set may hold; each limit is named in the message of who passes it */
#ifndef BAILIWICK_MODEL_LIMITS_H
#define BAILIWICK_MODEL_LIMITS_H

#define FILES_MAX 4096			/* files of a policy set */
#define CLASSES_MAX 4096
#define NETWORKS_MAX 4096		/* named ones */
#define HOSTS_MAX 1024			/* host names in to:, each place counts */
#define ROLES_MAX 4096
#define RULES_MAX 200000		/* file rules of a policy set */
#define ROLE_RULES_MAX 400000		/* file rules of one role with all it includes */
#define FLAT_RULES_MAX 4000000		/* the same, summed over all roles */
#define INCLUDES_MAX 64			/* roles a role names in include: */
#define ASSIGNMENTS_MAX 262144
#define NAME_LENGTH_MAX 63		/* bytes of a class, network or role name */
#define SUBJECT_LENGTH_MAX 255		/* bytes of a user, group or unit name */
#define MESSAGE_LENGTH_MAX 512		/* bytes of message: */
#define REASON_LENGTH_MAX 128		/* bytes of reason: */
#define PATTERN_LENGTH_MAX 4096		/* bytes of a pattern or path */
#define PATTERN_NAME_MAX 255		/* bytes of one name in a path */
#define PATTERN_ALTERNATIVES_MAX 256	/* what the {a,b} of one pattern multiply to */
#define PATTERN_SPELLED_MAX 131072	/* bytes of all of them, written out */

#endif
