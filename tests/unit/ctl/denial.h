/* SPDX-License-Identifier: Apache-2.0 */
/* Denials as a controller sends them, made by hand */
#ifndef TESTS_UNIT_CTL_DENIAL_H
#define TESTS_UNIT_CTL_DENIAL_H

#include "program.h"

/* Of role web reading; @subject and @object are JSON */
static inline void send_denial(int connection, int number, const char *severity, const char *subject,
			       const char *object, int count)
{
	char json[8192];

	snprintf(json, sizeof(json),
		 "{\"record\":{\"id\":\"aaaaaaaa-%d\",\"seq\":%d,\"time\":\"2026-03-01T10:20:%02d.500000000Z\","
		 "\"host\":\"h\",\"kind\":\"denial\",\"verdict\":\"denied\",\"operation\":\"read\","
		 "\"role\":\"web\",\"severity\":\"%s\",\"subject\":%s,\"object\":%s,\"count\":%d},"
		 "\"text\":\"x\"}", number, number, number % 60, severity, subject, object, count);
	send_json(connection, json);
}

#endif
