// SPDX-License-Identifier: Apache-2.0
/* bailiwickd as the process of one sink: confined, and without the controller's rights */
#include "daemon/sinkchild.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/confine.h"
#include "sink/feed.h"
#include "sink/run.h"

/* The controller shows it: nobody reads a child's standard error */
static int give_up(const char *text)
{
	struct feed_report report = { .kind = FEED_TROUBLE, .size = (uint32_t)strlen(text) };

	feed_tell(SINKCHILD_FEED, &report, text);
	return EX_CONFIG;
}

static const struct sink_options *find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->sink_count; i++)
		if (strcmp(config->sinks[i].name, name) == 0)
			return &config->sinks[i];
	return NULL;
}

/* Whose peers are elsewhere */
static bool needs_network(enum sink_type type)
{
	return type != SINK_FILE && type != SINK_JOURNALD;
}

int sinkchild_main(const char *directory, const char *name, const struct sink_destination *only)
{
	struct confinement limits = { .file_size = UINT64_MAX };
	const struct sink_destination *destination;
	const struct sink_options *options;
	static struct config config;
	struct buffer why = { 0 };
	void *context;
	int r;

	signal(SIGPIPE, SIG_IGN);
	if (config_load(&config, directory, &why) != 0)
		return give_up(why.size ? why.data : "the configuration cannot be read");
	options = find(&config, name);
	if (!options)
		return give_up("it is gone from the configuration; restart the controller");
	destination = sink_destination_of(options->type);
	if (!destination != !!only)
		return give_up("another program serves this type");
	if (only)
		destination = only;
	if (destination->prepare(options, &context, &why) < 0)
		return give_up(why.size ? why.data : "out of memory");
	/* files and sockets of this machine's services are root's; a peer's answers are not read there */
	limits.keep_root = options->type == SINK_FILE;
	limits.network = needs_network(options->type);
	confine_who("/etc/passwd", &limits.uid, &limits.gid);
	r = confine_self(&limits);
	if (r < 0)
		return give_up("it cannot be confined");
	r = sink_run(options, destination, context, SINKCHILD_FEED);
	destination->free(context);
	config_done(&config);
	buffer_done(&why);
	return r < 0 ? EX_OSERR : 0;
}
