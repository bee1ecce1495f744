/* SPDX-License-Identifier: Apache-2.0 */
/* An event read back from its JSON */
#ifndef BAILIWICK_EVENT_READ_H
#define BAILIWICK_EVENT_READ_H

#include "base/message.h"
#include "event/event.h"

/**
 * event_read() - a view of an event that event_write_json() wrote
 * @message:	the object; all strings of @ret are in it
 *
 * What is missing stays unset: an event of a newer version is shown as far as
 * it is understood.
 */
void event_read(const struct message *message, struct event *ret);

/** event_names_role() - is @role one of the roles in "backup+clerk"? */
bool event_names_role(const char *roles, const char *role);

#endif
