/* SPDX-License-Identifier: Apache-2.0 */
/* A role given or taken: the request, and what came of it */
#include "ctl/change.h"

#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/report.h"

static int show(const struct message *final, const struct report *report,
		const struct change *change, int code, struct buffer *out)
{
	field_print_lines(final, "diagnostics");
	if (change->json) {
		buffer_printf(out, "{\"done\":%s,\"version\":", code ? "false" : "true");
		field_add_json(out, final, "version");
		buffer_append_text(out, ",\"digest\":");
		field_add_json(out, final, "digest");
		report_show_json(report, final, out);
		buffer_append_text(out, "}\n");
		return code;
	}
	if (code)
		return code;
	buffer_add_shown(out, change->subject);
	buffer_append_text(out, change->give ? " now holds " : " no longer holds ");
	if (change->role)
		buffer_add_shown(out, change->role);
	else
		buffer_append_text(out, "any role");
	buffer_printf(out, " (policy version %lld)\n", (long long)field_number(final, "version"));
	if (!change->give && !strncmp(change->subject, "user:", strlen("user:")))
		buffer_append_text(out, "  roles of its groups stay with it: `bailiwick policy show` lists "
				   "them\n");
	if (message_string(final, "message") && *message_string(final, "message")) {
		field_add_text(out, final, "message");
		buffer_append_byte(out, '\n');
	}
	report_show(report, final, out);
	return code;
}

/* Whom it is about must not be able to keep the processors from it; not root: as before */
static void hurry(void)
{
	setpriority(PRIO_PROCESS, 0, -20);
}

int change_request(const char *socket, const struct change *change)
{
	_cleanup_(message_freep) struct message *request = request_new(change->give ? "assign" : "revoke");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_(report_done) struct report report = { .json = change->json };
	struct buffer out = { 0 };
	int code;

	if (!request)
		return EX_OSERR;
	hurry();
	code = message_set_string(request, "subject", change->subject);
	if (!code && change->role)
		code = message_set_string(request, "role", change->role);
	if (!code && change->until)
		code = message_set_integer(request, "until", change->until);
	if (!code && change->kill)
		code = message_set_boolean(request, "kill", true);
	if (code) {
		complain("that cannot be sent: it is not valid UTF-8");
		return EX_USAGE;
	}
	code = client_call(socket, request, CLIENT_PATIENCE_CHANGE, NULL, NULL, &final);
	if (final && report_read(&report, final))
		return EX_OSERR;
	if (final)
		code = show(final, &report, change, code, &out);
	return output_finish(&out, code);
}

int change_remains(const char *socket, bool kill, bool json)
{
	_cleanup_(message_freep) struct message *request = request_new("remains");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_(report_done) struct report report = { .json = json };
	struct buffer out = { 0 };
	int code;

	if (!request || (kill && message_set_boolean(request, "kill", true)))
		return EX_OSERR;
	code = client_call(socket, request, CLIENT_PATIENCE_CHANGE, NULL, NULL, &final);
	if (!final)
		return code;
	if (report_read(&report, final))
		return EX_OSERR;
	if (json) {
		buffer_printf(&out, "{\"done\":%s,\"version\":", code ? "false" : "true");
		field_add_json(&out, final, "version");
		report_show_json(&report, final, &out);
		buffer_append_text(&out, "}\n");
	} else if (!code) {
		report_show(&report, final, &out);
	}
	return output_finish(&out, code);
}
