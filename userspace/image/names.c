/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the vocabulary for the numbers of an image */
#include "image/names.h"

#include <stddef.h>

#define WORD(id, text) text,
#define NUMBERED(id, text, number) [number] = text,

#define DEFINE_NAMES(function, ...)					\
	const char *function(uint32_t number)				\
	{								\
		static const char *const words[] = { __VA_ARGS__ };	\
									\
		return number < sizeof(words) / sizeof(*words) ? words[number] : NULL; \
	}								\
	struct names_wants_a_semicolon

DEFINE_NAMES(name_of_right, BAILIWICK_RIGHTS(WORD));
DEFINE_NAMES(name_of_netop, BAILIWICK_NETWORK_OPERATIONS(WORD));
DEFINE_NAMES(name_of_privilege, BAILIWICK_PRIVILEGES(WORD));
DEFINE_NAMES(name_of_capability, BAILIWICK_CAPABILITIES(NUMBERED));
DEFINE_NAMES(name_of_family, BAILIWICK_FAMILIES(NUMBERED));
DEFINE_NAMES(name_of_mode, BAILIWICK_MODES(WORD));
DEFINE_NAMES(name_of_severity, BAILIWICK_SEVERITIES(WORD));
DEFINE_NAMES(name_of_grade, BAILIWICK_GRADES(WORD));
DEFINE_NAMES(name_of_subject, BAILIWICK_SUBJECTS(WORD));
DEFINE_NAMES(name_of_transport, "tcp", "udp", "sctp");
DEFINE_NAMES(name_of_label, "(unmatched)", "(anonymous)", "(untrusted)", "(unknown)",
	     "(own terminal)");
