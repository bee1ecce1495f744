/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick doctor: can this machine enforce, and what to do if not */
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "load/probe.h"

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static const struct argp_option options[] = { ARGUMENTS_JSON, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Try what enforcement needs of this kernel, and say what to do about what is "
	       "missing. Nothing stays changed. Run it as root: much cannot be tried otherwise."
	       "\vExit: 0 this machine can enforce, 1 it cannot.",
};

static const char *const answers[] = {
	[PROBE_YES] = "yes",
	[PROBE_PARTLY] = "partly",
	[PROBE_NO] = "no",
};

static void show_json(struct buffer *out, const struct probe_report *report)
{
	size_t i;

	buffer_printf(out, "{\"can_enforce\":%s,\"findings\":[",
		      probe_can_enforce(report) ? "true" : "false");
	for (i = 0; i < PROBE_COUNT; i++) {
		const struct probe_finding *finding = &report->finding[i];

		buffer_append_text(out, i ? ",{\"name\":" : "{\"name\":");
		escape_json(out, finding->name, strlen(finding->name));
		buffer_printf(out, ",\"answer\":\"%s\",\"required\":%s,\"text\":",
			      answers[finding->answer], finding->required ? "true" : "false");
		escape_json(out, finding->text, strlen(finding->text));
		buffer_append_text(out, ",\"remedy\":");
		escape_json(out, finding->remedy, strlen(finding->remedy));
		buffer_append_byte(out, '}');
	}
	buffer_append_text(out, "]}\n");
}

static void show_finding(struct buffer *out, const struct probe_finding *finding,
			 const struct style *style)
{
	const char *colour = style->good;

	if (finding->answer == PROBE_NO)
		colour = finding->required ? style->bad : style->warn;
	else if (finding->answer == PROBE_PARTLY)
		colour = style->warn;
	buffer_printf(out, "%s%-7s%s %-13s ", colour, answers[finding->answer], style->off,
		      finding->name);
	buffer_add_shown(out, finding->text);
	buffer_append_byte(out, '\n');
	if (finding->remedy[0]) {
		buffer_printf(out, "%22s%s", "", finding->answer == PROBE_YES ? "" : "-> ");
		buffer_add_shown(out, finding->remedy);
		buffer_append_byte(out, '\n');
	}
}

static void show_text(struct buffer *out, const struct probe_report *report)
{
	const struct style *style = style_for(stdout);
	size_t i;

	for (i = 0; i < PROBE_COUNT; i++)
		show_finding(out, &report->finding[i], style);
	if (probe_can_enforce(report))
		buffer_printf(out, "\n%sThis machine can enforce.%s\n", style->good, style->off);
	else if (report->finding[PROBE_PRIVILEGE].answer == PROBE_NO)
		buffer_printf(out, "\n%sWithout root this cannot be told: what may not be tried counts "
			      "as no.%s\n", style->bad, style->off);
	else
		buffer_printf(out, "\n%sThis machine cannot enforce as it is.%s\n", style->bad,
			      style->off);
}

int verb_doctor(const struct invocation *invocation)
{
	struct arguments arguments = { 0 };
	struct probe_report report;
	struct buffer out = { 0 };
	int answer;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &arguments);
	answer = probe_run(&report);
	if (answer < 0) {
		complain("cannot examine this machine: %s", strerror(-answer));
		return EX_OSERR;
	}
	if (arguments.json)
		show_json(&out, &report);
	else
		show_text(&out, &report);
	return output_finish(&out, probe_can_enforce(&report) ? 0 : 1);
}
