/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick journal verify: is everything there that was written, as it was written? */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "journal/verify.h"

#define JOURNAL_DIRECTORY "/var/lib/bailiwick/journal"

struct verifying {
	struct arguments common;
	bool anchored;
	struct verify_anchor anchor;
	const struct style *style;
	struct buffer out;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct verifying *verifying = state->input;

	if (key != 'H')
		return arguments_parse(&verifying->common, key, arg, state);
	if (head_parse(arg, &verifying->anchor.last, verifying->anchor.hash) < 0)
		argp_error(state, "'%s' is no head: a number, ':' and 64 hexadecimal digits", arg);
	verifying->anchored = true;
	return 0;
}

static const struct argp_option options[] = {
	{ "head", 'H', "N:HASH", 0, "The chain must have had this hash at record N", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[DIRECTORY]",
	.doc = "Read the whole journal (" JOURNAL_DIRECTORY ", or a copy of it) and say what was "
	       "changed, removed, put in another place or cut off, and where. The controller is not "
	       "asked.\vWho may write the files can write the whole chain anew: only a head that was "
	       "told to another machine, or on paper, shows that. It is in `bailiwick status`, in this "
	       "command's answer, and `chain` in every event that was sent on."
	       "\n\nExit: 0 all is as it was written, 1 it is not, 66 there is no journal.",
};

static const char *const kinds[] = {
	[VERIFY_CHANGED] = "changed",
	[VERIFY_MISSING] = "missing",
	[VERIFY_CUT] = "cut",
	[VERIFY_HEADER] = "header",
	[VERIFY_CHAIN] = "chain",
	[VERIFY_HEAD] = "head",
	[VERIFY_ANCHOR] = "anchor",
};

static void found(void *context, const struct verify_finding *finding)
{
	struct verifying *verifying = context;
	struct buffer *out = &verifying->out;

	if (verifying->common.json) {
		buffer_printf(out, "{\"finding\":\"%s\",\"segment\":", kinds[finding->what]);
		escape_json(out, finding->segment, strlen(finding->segment));
		buffer_printf(out, ",\"offset\":%" PRIu64 ",\"record\":%" PRIu64, finding->offset,
			      finding->record);
		if (finding->until)
			buffer_printf(out, ",\"until\":%" PRIu64, finding->until);
		buffer_append_text(out, ",\"text\":");
		escape_json(out, finding->text, strlen(finding->text));
		buffer_append_text(out, "}\n");
	} else {
		buffer_append_text(out, verifying->style->bad);
		if (*finding->segment)
			buffer_printf(out, "%s, byte %" PRIu64 ": ", finding->segment, finding->offset);
		buffer_printf(out, "%s%s\n", finding->text, verifying->style->off);
	}
	/* a journal may be nothing but findings */
	output_finish(out, 0);
}

static void show(struct verifying *verifying, const struct verify_report *report)
{
	struct buffer *out = &verifying->out;
	const struct style *style = verifying->style;
	char head[JOURNAL_HEAD_TEXT];

	head_format(report->next, report->hash, head);
	if (verifying->common.json) {
		buffer_printf(out, "{\"whole\":%s,\"journal\":\"%s\",\"records\":%" PRIu64
			      ",\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"segments\":%" PRIu64
			      ",\"findings\":%" PRIu64 ",\"head\":\"%s\"}\n",
			      report->findings ? "false" : "true", report->identity, report->records,
			      report->first, report->next - 1, report->segments, report->findings, head);
		return;
	}
	buffer_add_count(out, report->records, "record");
	buffer_printf(out, ", %" PRIu64 " to %" PRIu64 ", in ", report->first, report->next - 1);
	buffer_add_count(out, report->segments, "segment");
	if (report->first > 1 && report->first <= report->trimmed)
		buffer_printf(out, "; those before were deleted by a limit");
	buffer_printf(out, "\nhead %s\n", head);
	if (report->findings) {
		buffer_append_text(out, style->bad);
		buffer_add_count(out, report->findings, "finding");
		buffer_printf(out, ": this is not what was written%s\n", style->off);
	} else {
		buffer_printf(out, "%sAll is as it was written%s%s\n", style->good,
			      verifying->anchored ? ", and continues the head given." :
			      ", unless the whole chain was written anew (see --head).", style->off);
	}
}

int verb_journal_verify(const struct invocation *invocation)
{
	struct verifying verifying = { .common = { .most = 1 } };
	struct verify_report report;
	const char *directory = JOURNAL_DIRECTORY;
	int r;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &verifying);
	if (verifying.common.count)
		directory = verifying.common.words[0];
	verifying.style = style_for(stdout);
	r = verify_journal(directory, verifying.anchored ? &verifying.anchor : NULL, found, &verifying,
			   &report);
	if (r == -ENODATA || r == -ENOENT || r == -ENOTDIR) {
		complain("%s: there is no journal", directory);
		return EX_NOINPUT;
	}
	if (r < 0) {
		complain("%s: %s", directory, strerror(-r));
		return r == -EACCES ? EX_NOPERM : EX_OSERR;
	}
	show(&verifying, &report);
	return output_finish(&verifying.out, report.findings ? 1 : 0);
}
