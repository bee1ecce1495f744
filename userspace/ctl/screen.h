/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal that is drawn on as a whole, and given back as it was */
#ifndef BAILIWICK_CTL_SCREEN_H
#define BAILIWICK_CTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/** struct screen - its size in characters, of the last screen_measure() */
struct screen {
	size_t columns;
	size_t lines;
};

/** screen_possible() - are standard input and output a terminal that can do this? */
bool screen_possible(void);

/** screen_enter() - keys come one by one, what was there is kept; 0 or a negative errno */
int screen_enter(struct screen *screen);

/** screen_leave() - as it was before; safe at any time */
void screen_leave(void);

/** screen_measure() - ask for the size again */
void screen_measure(struct screen *screen);

/**
 * screen_line() - add one line of a picture
 * @text:	escaped already; cut to the width, with '…' where something is missing
 * @reverse:	light on dark the other way round, over the whole width
 */
void screen_line(const struct screen *screen, struct buffer *picture, const struct buffer *text,
		 bool reverse);

/** screen_draw() - show a picture of at most @lines lines and empty it; 0 or a negative errno */
int screen_draw(struct buffer *picture);

#endif
