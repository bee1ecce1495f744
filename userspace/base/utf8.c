// SPDX-License-Identifier: Apache-2.0
/* UTF-8: decoding that accepts nothing but the well-formed */
#include "base/utf8.h"

size_t utf8_decode(const char *text, size_t size, uint32_t *ret)
{
	static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	uint32_t character;
	size_t length, i;

	if (byte[0] < 0x80) {
		*ret = byte[0];
		return 1;
	}
	if ((byte[0] & 0xe0) == 0xc0)
		length = 2;
	else if ((byte[0] & 0xf0) == 0xe0)
		length = 3;
	else if ((byte[0] & 0xf8) == 0xf0)
		length = 4;
	else
		return 0;
	if (length > size)
		return 0;
	character = byte[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (byte[i] & 0x3f);
	}
	if (character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret = character;
	return length;
}

size_t utf8_valid_prefix(const char *text, size_t size)
{
	uint32_t character;
	size_t at, step;

	for (at = 0; at < size; at += step) {
		step = utf8_decode(text + at, size - at, &character);
		if (!step)
			break;
	}
	return at;
}

size_t utf8_length(const char *text, size_t size)
{
	uint32_t character;
	size_t at, step, count = 0;

	for (at = 0; at < size; at += step) {
		step = utf8_decode(text + at, size - at, &character);
		if (!step)
			step = 1;
		count++;
	}
	return count;
}

size_t utf8_offset(const char *text, size_t size, size_t count)
{
	uint32_t character;
	size_t at = 0, step;

	while (count-- && at < size) {
		step = utf8_decode(text + at, size - at, &character);
		at += step ? step : 1;
	}
	return at;
}

int utf8_columns(uint32_t character)
{
	/* Blocks without controls, combining marks or right-to-left letters */
	static const struct {
		uint32_t first, last;
		int columns;
	} shown[] = {
		{ 0x20, 0x7e, 1 },	/* ASCII */
		{ 0xa1, 0xac, 1 },	/* Latin-1, but not the soft hyphen */
		{ 0xae, 0x2ff, 1 },	/* Latin-1, Latin Extended, IPA */
		{ 0x370, 0x377, 1 },	/* Greek */
		{ 0x37a, 0x37f, 1 },
		{ 0x384, 0x482, 1 },	/* Greek, Cyrillic */
		{ 0x48a, 0x52f, 1 },	/* Cyrillic, but not its combining marks */
		{ 0x1e00, 0x1eff, 1 },	/* Latin Extended Additional */
		{ 0x2010, 0x2027, 1 },	/* dashes, quotation marks, the ellipsis */
		{ 0x20a0, 0x20bf, 1 },	/* currencies */
		{ 0x2500, 0x257f, 1 },	/* box drawing */
		{ 0x3041, 0x3096, 2 },	/* Hiragana */
		{ 0x30a1, 0x30fa, 2 },	/* Katakana */
		{ 0x4e00, 0x9fff, 2 },	/* common Han */
		{ 0xac00, 0xd7a3, 2 },	/* Hangul syllables */
	};
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (character >= shown[i].first && character <= shown[i].last)
			return shown[i].columns;
	return 0;
}
