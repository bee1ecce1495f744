/* SPDX-License-Identifier: Apache-2.0 */
/* How far a stream of events is read, so that nothing is missed or told twice */
#include "ctl/place.h"

#include <string.h>
#include <time.h>

#include "base/timestamp.h"

#define R "record."

void place_init(struct place *place)
{
	memset(place, 0, sizeof(*place));
	place->sequence = -1;
}

bool place_take(struct place *place, const struct message *frame)
{
	const char *id = message_string(frame, R "id");
	const char *dash = id ? strrchr(id, '-') : NULL;
	size_t size = dash ? (size_t)(dash - id) : 0;
	const char *when = message_string(frame, R "time");
	int64_t sequence;

	/* "JOURNAL-NUMBER" and the number; a record without one cannot be placed */
	if (!dash || size >= sizeof(place->journal) || !message_integer(frame, R "seq", &sequence))
		return true;
	if (place->sequence >= sequence && strlen(place->journal) == size &&
	    !memcmp(place->journal, id, size))
		return false;
	memcpy(place->journal, id, size);
	place->journal[size] = '\0';
	place->sequence = sequence;
	if (!when || timestamp_parse(when, &place->time))
		place->time = (int64_t)time(NULL);
	return true;
}
