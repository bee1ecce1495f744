/* SPDX-License-Identifier: Apache-2.0 */
/* A real rsyslog that writes what it gets into a file */
#ifndef TESTS_SINK_RSYSLOG_H
#define TESTS_SINK_RSYSLOG_H

#include "tests/unit/sink/peer.h"

/* With more for its global() and with an input at @port */
static inline pid_t start_rsyslog(int port, const char *global, const char *input)
{
	char path[128], pid_file[128];
	FILE *f;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/rsyslog.conf", directory);
	snprintf(pid_file, sizeof(pid_file), "%s/rsyslog.pid", directory);
	f = fopen(path, "w");
	fprintf(f, "global(workDirectory=\"%s\" maxMessageSize=\"64k\" "
		"parser.escapeControlCharactersOnReceive=\"off\"%s)\n%s", directory, global, input);
	fprintf(f, "template(name=\"t\" type=\"string\" string=\"%%syslogfacility-text%%|%%syslogseverity-text%%|"
		"%%hostname%%|%%app-name%%|%%msgid%%|%%structured-data%%|%%msg%%\\n\")\n"
		"action(type=\"omfile\" file=\"%s/received\" template=\"t\" asyncWriting=\"off\" "
		"flushOnTXEnd=\"on\")\n", directory);
	fclose(f);
	pid = spawn((char *[]){ "rsyslogd", "-n", "-C", "-f", path, "-i", pid_file, NULL });
	wait_until_it_answers(port);
	return pid;
}

/* Until rsyslog has written so many lines */
static inline char *received(int lines)
{
	double until = seconds() + LONG;

	for (;;) {
		char *text = slurp("received");
		int n = 0;

		for (char *at = text; (at = strchr(at, '\n')); at++)
			n++;
		if (n >= lines || seconds() > until)
			return text;
		free(text);
		run_for(0.05);
	}
}

#endif
