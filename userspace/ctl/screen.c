/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal that is drawn on as a whole, and given back as it was */
#include "ctl/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/writeall.h"

#define ENTER "\033[?1049h\033[?25l"	/* another screen, no cursor */
#define LEAVE "\033[0m\033[?25h\033[?1049l"
#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"
#define REVERSE "\033[7m"
#define PLAIN "\033[0m"
#define COLUMNS_LEAST 20
#define COLUMNS_MOST 1000
#define LINES_LEAST 3
#define LINES_MOST 1000

static struct termios before;
static bool entered;

bool screen_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

static size_t within(size_t value, size_t least, size_t most)
{
	return value < least ? least : value > most ? most : value;
}

void screen_measure(struct screen *screen)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row) {
		size.ws_col = 80;
		size.ws_row = 24;
	}
	screen->columns = within(size.ws_col, COLUMNS_LEAST, COLUMNS_MOST);
	screen->lines = within(size.ws_row, LINES_LEAST, LINES_MOST);
}

int screen_enter(struct screen *screen)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return -errno;
	entered = true;
	screen_measure(screen);
	return writeall(STDOUT_FILENO, ENTER, strlen(ENTER));
}

void screen_leave(void)
{
	if (!entered)
		return;
	entered = false;
	writeall(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* Bytes that fit into @room columns, and the columns they take */
static size_t fitting(const struct buffer *text, size_t room, size_t *ret_columns)
{
	size_t at = 0, column = 0;

	while (at < text->size) {
		uint32_t character = ' ';
		size_t step = utf8_decode(text->data + at, text->size - at, &character);
		int columns = step ? utf8_columns(character) : 1;

		if (column + (size_t)columns > room)
			break;
		column += (size_t)columns;
		at += step ? step : 1;
	}
	*ret_columns = column;
	return at;
}

void screen_line(const struct screen *screen, struct buffer *picture, const struct buffer *text,
		 bool reverse)
{
	size_t columns, size = fitting(text, screen->columns, &columns);

	buffer_append_text(picture, picture->size ? "\r\n" : HOME);
	if (reverse)
		buffer_append_text(picture, REVERSE);
	if (size < text->size) {
		size = fitting(text, screen->columns - 1, &columns);
		buffer_append(picture, text->data, size);
		buffer_append_text(picture, "…");
		columns++;
	} else if (size) {
		buffer_append(picture, text->data, size);
	}
	while (reverse && columns++ < screen->columns)
		buffer_append_byte(picture, ' ');
	if (reverse)
		buffer_append_text(picture, PLAIN);
	/* behind the last column a terminal would erase that */
	else if (columns < screen->columns)
		buffer_append_text(picture, REST_OF_LINE);
}

int screen_draw(struct buffer *picture)
{
	int r;

	buffer_append_text(picture, REST_OF_SCREEN);
	r = picture->failed ? -ENOMEM : writeall(STDOUT_FILENO, picture->data, picture->size);
	buffer_clear(picture);
	return r;
}
