// SPDX-License-Identifier: Apache-2.0
/* From a path to a text that is safe to parse and honest to read */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "base/utf8.h"
#include "diag/diag.h"
#include "parse/doc.h"

/* Mistakes reported for one text; a binary file would be nothing but mistakes */
#define TEXT_MISTAKES_MAX 5

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/*
 * What a person cannot see but a parser obeys: characters that turn the
 * direction of writing around make a rule look like another one.
 */
static bool is_deceptive(uint32_t character)
{
	return (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) ||
	       (character >= 0x200b && character <= 0x200f) ||
	       character == 0x061c || character == 0xfeff;
}

static bool is_control(uint32_t character)
{
	if (character == '\t' || character == '\n' || character == '\r')
		return false;
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       character == 0x2028 || character == 0x2029;
}

/* Report what is wrong with a character, if anything is */
static int check_character(struct diag *diag, const struct location *at, uint32_t character)
{
	if (character == 0)
		return diag_error(diag, at, "NUL byte: a policy is text");
	if (is_control(character))
		return diag_error(diag, at, "control character U+%04X", character);
	return diag_error(diag, at, "invisible or direction-changing character U+%04X: "
			  "what is reviewed must be what is read", character);
}

int doc_check_text(const struct source *source, struct diag *diag)
{
	size_t at, step;
	uint32_t character;
	int mistakes = 0;

	for (at = 0; at < source->size && mistakes < TEXT_MISTAKES_MAX; at += step) {
		struct location place;

		step = utf8_decode(source->text + at, source->size - at, &character);
		if (step && (character >= 0x20 || character == '\n') && character < 0x7f)
			continue;
		if (step && !is_control(character) && !is_deceptive(character))
			continue;
		place = source_place(source, at, step ? step : 1);
		if (step)
			mistakes += check_character(diag, &place, character);
		else
			mistakes += diag_error(diag, &place, "byte 0x%02x is not valid UTF-8",
					       (unsigned char)source->text[at]);
		step = step ? step : 1;
	}
	return mistakes != 0;
}

/* Report why a file could not be read; the place is the file as a whole */
static int report_file(struct diag *diag, const char *path, int answer)
{
	struct source nothing = { .name = (char *)path };
	struct location at = { .source = &nothing };

	switch (answer) {
	case READFILE_DIRECTORY:
		return diag_error(diag, &at, "is a directory, not a policy file");
	case READFILE_NOT_REGULAR:
		return diag_error(diag, &at, "is not a regular file");
	case READFILE_TOO_LARGE:
		return diag_error(diag, &at, "is larger than 16 MiB (FILE_SIZE_MAX)");
	default:
		return diag_error(diag, &at, "cannot be read: %s", strerror(-answer));
	}
}

int doc_open(const char *path, struct diag *diag, struct source **ret)
{
	return doc_open_named(path, path, diag, ret);
}

int doc_open_named(const char *path, const char *name, struct diag *diag, struct source **ret)
{
	_cleanup_free_ char *text = NULL;
	struct source *source;
	size_t size, skip = 0;
	int r;

	r = readfile(path, FILE_SIZE_MAX, &text, &size);
	if (r == -ENOMEM)
		return r;
	if (r)
		return report_file(diag, name, r);
	if (size >= 3 && !memcmp(text, BYTE_ORDER_MARK, 3))
		skip = 3;
	r = source_new(name, text + skip, size - skip, &source);
	if (r < 0)
		return r;
	r = doc_check_text(source, diag);
	if (r)
		source_free(source);
	else
		*ret = source;
	return r;
}
