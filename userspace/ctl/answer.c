/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `bailiwick can`, for people and as JSON */
#include "ctl/answer.h"

#include <string.h>

#include "base/escape.h"
#include "ctl/barred.h"
#include "ctl/output.h"

#define X_TEXT(id, text, ...) text,

static const char *const reasons[] = { BAILIWICK_REASONS(X_TEXT) };
static const char *const severities[] = { BAILIWICK_SEVERITIES(X_TEXT) };
static const char *const modes[] = { BAILIWICK_MODES(X_TEXT) };
static const char *const grades[] = { BAILIWICK_GRADES(X_TEXT) };

/* The image is checked, but a word list must never be left all the same. */
#define WORD(list, number) \
	((number) < sizeof(list) / sizeof((list)[0]) ? (list)[number] : "unknown")

static bool path_differs(const struct case_asked *asked)
{
	const struct question *question = &asked->question;

	return question->kind == QUESTION_FILE &&
	       (strlen(asked->object) != question->path_size ||
		memcmp(asked->object, question->path, question->path_size));
}

static void add_line(struct buffer *out, const struct explain_line *line)
{
	buffer_append_text(out, "  ");
	buffer_add_shown(out, line->file);
	buffer_printf(out, ":%u: %s", line->line, line->deny ? "deny" : "allow");
	if (*line->pattern) {
		buffer_append_text(out, " on ");
		buffer_add_shown(out, line->pattern);
	}
	if (*line->class_name) {
		buffer_append_text(out, " of class ");
		buffer_add_shown(out, line->class_name);
	}
	if (*line->network) {
		buffer_append_text(out, " network ");
		buffer_add_shown(out, line->network);
	}
	if (*line->host) {
		buffer_append_text(out, " host ");
		buffer_add_shown(out, line->host);
	}
	buffer_append_text(out, " (role ");
	buffer_add_shown(out, line->role);
	buffer_append_text(out, ")\n");
	if (line->deny && *line->message) {
		buffer_append_text(out, "    ");
		buffer_add_shown(out, line->message);
		buffer_append_byte(out, '\n');
	}
	if (line->deny && *line->reason) {
		buffer_append_text(out, "    reason ");
		buffer_add_shown(out, line->reason);
		buffer_append_byte(out, '\n');
	}
}

/* Where the roles of the row are written, for what no single rule decides */
static void add_roles(struct buffer *out, const struct case_asked *asked)
{
	uint32_t nth, index;

	for (nth = 0; (index = image_row_role(asked->image, asked->answer.row, nth)) != ~0u;
	     nth++) {
		const struct bailiwick_role *role = image_role(asked->image, index);

		if (!role)
			return;
		buffer_append_text(out, "  ");
		buffer_add_shown(out, image_string(asked->image, role->file));
		buffer_printf(out, ":%u: role ", role->line);
		buffer_add_shown(out, image_string(asked->image, role->name));
		buffer_append_byte(out, '\n');
	}
}

/* What stands before every rule */
static void add_quarantine(struct buffer *out, const struct case_asked *asked)
{
	bool subject = asked->quarantine != BARRED_NOT;

	buffer_append_text(out, subject ? "  it is in quarantine: " : "  nobody runs it, it is in quarantine: ");
	barred_text(out, asked->controller, subject ? asked->quarantine : asked->program);
	buffer_append_text(out, "\n  until `bailiwick release` ");
	buffer_append_text(out, subject ? "it has no rights; its row would be " :
			   "no rule counts; its row is ");
	buffer_add_shown(out, image_row_name(asked->image, asked->else_row));
	buffer_append_byte(out, '\n');
}

static void add_reason(struct buffer *out, const struct case_asked *asked)
{
	const struct answer *answer = &asked->answer;
	size_t i;

	if (asked->quarantine != BARRED_NOT || asked->program != BARRED_NOT) {
		add_quarantine(out, asked);
		return;
	}
	for (i = 0; i < asked->explanation.count; i++)
		add_line(out, &asked->explanation.lines[i]);
	if (asked->explanation.more)
		buffer_printf(out, "  and %zu more\n", asked->explanation.more);
	if (asked->explanation.count)
		return;
	if (answer->row == BAILIWICK_ROW_UNCONFINED)
		buffer_append_text(out, answer->allowed ? "  it is unconfined: it has no role\n" :
				   "  it is unconfined, but the object is in a protected class\n");
	else if (answer->row == BAILIWICK_ROW_NONE)
		buffer_append_text(out, "  it holds the role none\n");
	else if (answer->allowed)
		buffer_append_text(out, "  its roles name it\n");
	else if (*asked->question.host && !asked->address.family)
		buffer_append_text(out, "  as long as the name has no address it names nobody\n");
	else if (asked->question.kind == QUESTION_FILE || asked->question.kind == QUESTION_NETWORK)
		buffer_append_text(out, "  no rule of its roles allows it\n");
	else
		buffer_append_text(out, "  its roles do not name it\n");
	add_roles(out, asked);
}

static void add_class(struct buffer *out, const struct case_asked *asked)
{
	const struct bailiwick_class *class = image_class(asked->image, asked->class_index);

	if (!asked->class_index || !class)
		return;
	buffer_append_text(out, "  the object is of class ");
	buffer_add_shown(out, image_string(asked->image, class->name));
	buffer_printf(out, " (%s%s)\n", WORD(grades, class->grade),
		      class->protect ? ", protected" : "");
}

static void add_host(struct buffer *out, const struct case_asked *asked)
{
	char text[CIDR_TEXT_MAX];

	if (asked->address.family)
		buffer_printf(out, ", which is %s", cidr_format(&asked->address, text));
	else
		buffer_append_text(out, ", which has no address here");
}

void answer_text(struct buffer *out, const struct case_asked *asked)
{
	const struct style *style = style_for(stdout);
	const struct answer *answer = &asked->answer;

	buffer_printf(out, "%s%s%s: ", answer->allowed ? style->good : style->bad,
		      answer->allowed ? "yes" : "no", style->off);
	buffer_add_shown(out, asked->subject);
	buffer_append_text(out, " (row ");
	buffer_add_shown(out, image_row_name(asked->image, answer->row));
	if (asked->source == QUESTION_FROM_DEFAULT)
		buffer_append_text(out, ", by default");
	buffer_append_text(out, ") ");
	buffer_add_shown(out, asked->action);
	buffer_append_byte(out, ' ');
	buffer_add_shown(out, asked->object);
	if (path_differs(asked)) {
		buffer_append_text(out, ", which is ");
		escape_display(out, asked->question.path, asked->question.path_size, NULL);
	}
	if (*asked->question.host)
		add_host(out, asked);
	buffer_append_byte(out, '\n');
	add_reason(out, asked);
	add_class(out, asked);
	if (!answer->allowed)
		buffer_printf(out, "  a denial is %s (%s)\n", WORD(severities, answer->severity),
			      WORD(reasons, answer->reason));
	if (!answer->allowed && answer->mode != BAILIWICK_MODE_ENFORCE)
		buffer_printf(out, "  %sNOT ENFORCED%s: mode %s lets it pass\n", style->warn,
			      style->off, WORD(modes, answer->mode));
}

static void member(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, "\"%s\":", key);
	escape_json(out, text, strlen(text));
	buffer_append_byte(out, ',');
}

static void add_line_json(struct buffer *out, const struct explain_line *line)
{
	buffer_append_byte(out, '{');
	member(out, "file", line->file);
	buffer_printf(out, "\"line\":%u,\"deny\":%s,", line->line, line->deny ? "true" : "false");
	if (*line->pattern)
		member(out, "pattern", line->pattern);
	if (*line->class_name)
		member(out, "class", line->class_name);
	if (*line->network)
		member(out, "network", line->network);
	if (*line->host)
		member(out, "host", line->host);
	if (*line->message)
		member(out, "message", line->message);
	if (*line->reason)
		member(out, "reason", line->reason);
	buffer_append_text(out, "\"role\":");
	escape_json(out, line->role, strlen(line->role));
	buffer_append_byte(out, '}');
}

void answer_json(struct buffer *out, const struct case_asked *asked)
{
	const struct bailiwick_class *class = image_class(asked->image, asked->class_index);
	const struct answer *answer = &asked->answer;
	char address[CIDR_TEXT_MAX];
	size_t i;

	buffer_printf(out, "{\"allowed\":%s,", answer->allowed ? "true" : "false");
	member(out, "subject", asked->subject);
	member(out, "action", asked->action);
	member(out, "object", asked->object);
	if (path_differs(asked)) {
		buffer_append_text(out, "\"path\":");
		escape_json(out, asked->question.path, asked->question.path_size);
		buffer_append_byte(out, ',');
	}
	if (*asked->question.host) {
		member(out, "host", asked->question.host);
		if (asked->address.family)
			member(out, "address", cidr_format(&asked->address, address));
	}
	member(out, "row", image_row_name(asked->image, answer->row));
	buffer_printf(out, "\"by_default\":%s,\"mode\":\"%s\",\"reason\":\"%s\",\"class\":",
		      asked->source == QUESTION_FROM_DEFAULT ? "true" : "false",
		      WORD(modes, answer->mode), WORD(reasons, answer->reason));
	if (asked->class_index && class) {
		buffer_append_byte(out, '{');
		member(out, "name", image_string(asked->image, class->name));
		buffer_printf(out, "\"grade\":\"%s\",\"protect\":%s}", WORD(grades, class->grade),
			      class->protect ? "true" : "false");
	} else {
		buffer_append_text(out, "null");
	}
	if (!answer->allowed)
		buffer_printf(out, ",\"severity\":\"%s\"", WORD(severities, answer->severity));
	buffer_append_text(out, ",\"rules\":[");
	for (i = 0; i < asked->explanation.count; i++) {
		if (i)
			buffer_append_byte(out, ',');
		add_line_json(out, &asked->explanation.lines[i]);
	}
	buffer_printf(out, "],\"more\":%zu,\"quarantine\":", asked->explanation.more);
	barred_json(out, asked->controller,
		    asked->quarantine != BARRED_NOT ? asked->quarantine : asked->program);
	buffer_append_text(out, "}\n");
}
