// SPDX-License-Identifier: Apache-2.0
/* sink-nats: the process of a NATS sink, so that the controller needs no library for it */
#include <stdio.h>
#include <sysexits.h>

#include "daemon/sinkchild.h"
#include "sink/sink.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("bailiwickd starts this for each of its sinks of type nats\n", stderr);
		return EX_USAGE;
	}
	return sinkchild_main(argv[2], argv[1], &sink_nats);
}
