/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: colours where they are wanted, harmless whatever it quotes */
#include "ctl/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/escape.h"

static const struct style plain = { "", "", "", "", "", "" };
static const struct style colours = {
	.bold = "\033[1m",
	.good = "\033[32m",
	.warn = "\033[33m",
	.bad = "\033[1;31m",
	.faint = "\033[2m",
	.off = "\033[0m",
};

const struct style *style_for(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no_color && *no_color) || !isatty(fileno(stream)))
		return &plain;
	if (term && !strcmp(term, "dumb"))
		return &plain;
	return &colours;
}

static void say(const char *before, const char *format, va_list arguments)
{
	_cleanup_free_ char *text = NULL;
	struct buffer line = { 0 };

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	buffer_append_text(&line, before);
	escape_display(&line, text ? text : format, strlen(text ? text : format), NULL);
	buffer_append_byte(&line, '\n');
	if (!line.failed)
		fwrite(line.data, 1, line.size, stderr);
	buffer_done(&line);
}

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("bailiwick: ", format, arguments);
	va_end(arguments);
}

void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("    ", format, arguments);
	va_end(arguments);
}

void buffer_add_shown(struct buffer *out, const char *text)
{
	if (text)
		escape_display(out, text, strlen(text), NULL);
	else
		buffer_append_byte(out, '-');
}

void buffer_add_count(struct buffer *out, size_t count, const char *noun)
{
	buffer_printf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

void buffer_add_size(struct buffer *out, unsigned long long bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		buffer_printf(out, "%llu bytes", bytes);
		return;
	}
	while (value >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	buffer_printf(out, "%.1f %s", value, units[unit]);
}

int output_finish(struct buffer *out, int code)
{
	bool failed = out->failed;
	bool unwritten;

	unwritten = !failed && out->size && fwrite(out->data, 1, out->size, stdout) != out->size;
	buffer_done(out);
	if (failed)
		return out_of_memory();
	if (unwritten || fflush(stdout)) {
		complain("cannot write the output: %s", strerror(errno));
		return EX_IOERR;
	}
	return code;
}

int out_of_memory(void)
{
	complain("out of memory");
	return EX_OSERR;
}
