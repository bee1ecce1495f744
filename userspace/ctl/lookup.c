/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick lookup: addresses of host names for the controller, asked without rights */
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/escape.h"
#include "base/hostname.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "dns/lookup.h"

/* Less than the controller waits for this program */
#define SECONDS 20

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static const struct argp argp = {
	.parser = parse_option,
	.args_doc = "NAME...",
	.doc = "Look host names up, for the controller: a JSON line for the IPv4 and for the IPv6 "
	       "addresses of each. Search domains are never tried.\vExit: 0, also when a name has "
	       "no address.",
};

static void text(struct buffer *out, const char *key, const char *value)
{
	buffer_printf(out, ",\"%s\":", key);
	escape_json(out, value, strlen(value));
}

static void add_family(struct buffer *out, const char *name, const struct lookup_family *family,
		       int version)
{
	static const char *const outcomes[] = {
		[LOOKUP_FOUND] = "found", [LOOKUP_ABSENT] = "absent", [LOOKUP_FAILED] = "failed",
	};
	char address[CIDR_TEXT_MAX];

	buffer_append_text(out, "{\"name\":");
	escape_json(out, name, strlen(name));
	buffer_printf(out, ",\"family\":%d", version);
	text(out, "outcome", outcomes[family->outcome]);
	if (family->why)
		text(out, "why", family->why);
	buffer_printf(out, ",\"ttl\":%u,\"addresses\":[", family->ttl);
	for (size_t i = 0; i < family->count; i++) {
		buffer_append_text(out, i ? "," : "");
		cidr_format(&family->addresses[i], address);
		escape_json(out, address, strlen(address));
	}
	buffer_append_text(out, "]}\n");
}

static void print(void *context, const struct lookup_answer *answer)
{
	for (int i = 0; i < 2; i++)
		add_family(context, answer->name, &answer->family[i], i ? 6 : 4);
}

int verb_lookup(const struct invocation *invocation)
{
	static const struct lookup_options how = { .timeout = 2000, .tries = 3, .seconds = SECONDS };
	struct arguments arguments = { .least = 1, .most = SIZE_MAX };
	char name[HOSTNAME_MAX];
	struct buffer out = { 0 };
	int r;

	/* what comes back from the network is anybody's */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &arguments);
	for (size_t i = 0; i < arguments.count; i++) {
		if (hostname_check(arguments.words[i], name, NULL) == HOSTNAME_FINE &&
		    !strcmp(name, arguments.words[i]))
			continue;
		complain("'%s' is no host name in its plain form", arguments.words[i]);
		return EX_USAGE;
	}
	r = lookup_all(arguments.words, arguments.count, &how, print, &out);
	if (r < 0) {
		buffer_done(&out);
		complain("host names cannot be looked up: %s", strerror(-r));
		return EX_UNAVAILABLE;
	}
	return output_finish(&out, 0);
}
