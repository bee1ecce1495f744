/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the controller share */
#ifndef BAILIWICK_DAEMON_CONTROLLER_H
#define BAILIWICK_DAEMON_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/config.h"
#include "daemon/confine.h"
#include "daemon/recorder.h"
#include "daemon/sinks.h"
#include "load/canary.h"
#include "load/enforcement.h"
#include "state/state.h"

#define CONTROLLER_RUN "/run/bailiwick"
#define CONTROLLER_STATE "/var/lib/bailiwick"
#define CONTROLLER_COMPILER "/usr/lib/bailiwick/commands"
#define CONTROLLER_SOCKET CONTROLLER_RUN "/ctl.sock"
#define CONTROLLER_JOURNAL CONTROLLER_STATE "/journal"
#define CONTROLLER_NAMES CONTROLLER_STATE "/names"
#define CONTROLLER_IMAGE CONTROLLER_STATE "/image"
#define CONTROLLER_SIGNED CONTROLLER_STATE "/signed"	/* signatures of the stored image */
#define CONTROLLER_UNIT "bailiwick.service"

struct change;
struct changes;
struct exporter;
struct links;
struct names;
struct recheck;
struct server;
struct watch;

/**
 * struct unconfirmed - the policy in force while it waits to be confirmed
 * @before:	the version that comes back; @was_signed and @files are its
 *
 * Nothing of it is in the state: a controller or a machine that starts meanwhile
 * goes on with what was.
 */
struct unconfirmed {
	uint64_t before;
	bool was_signed;
	size_t files;
	struct change *change;
	struct image *image;
};

/**
 * struct controller - one per process
 * @loop:	the event loop everything runs in
 * @enforcement: NULL when this machine cannot enforce; @problem says why
 * @origin:	found or loaded
 * @recorder:	owns the images too; @version is the one in force, 0 for none
 * @highest:	highest policy version ever offered to the kernel
 * @files:	number of policy files the policy in force was made from
 * @sinks:	where events are sent on to
 * @exporter:	of numbers for monitoring, NULL when nobody wants them
 * @directory:	of the configuration
 * @canary:	outcome of the last hook self-test
 * @tested:	@canary holds one
 * @stale:	following users, groups and time failed: it is tried again
 * @problem:	what is wrong at present, for `status`; NULL when nothing
 * @signed_image: the policy in force came as a signed image: nothing is compiled here
 * @unconfirmed: it waits to be confirmed; see daemon/trust.h
 * @started:	seconds since the epoch
 * @since:	when the policy in force was switched in, seconds since the epoch
 */
struct controller {
	sd_event *loop;
	struct config config;
	struct confinement confinement;
	struct enforcement *enforcement;
	enum enforcement_origin origin;
	struct state *state;
	struct recorder *recorder;
	struct changes *changes;
	struct names *names;
	struct server *server;
	struct watch *watch;
	struct recheck *recheck;	/* NULL where @enforcement is */
	struct links *links;
	struct sinks *sinks;
	struct exporter *exporter;
	const char *directory;
	struct canary_report canary;
	bool tested;
	bool stale;
	bool signed_image;
	struct unconfirmed unconfirmed;
	uint64_t version;
	uint64_t highest;
	size_t files;
	int64_t started;
	int64_t since;
	char *problem;
};

/** controller_say() - one line to standard error, for the system's log; level as in syslog.h */
void controller_say(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** controller_problem() - replace @problem; NULL for none; @text is copied */
void controller_problem(struct controller *controller, const char *text);

/** controller_image() - the image in force, or NULL */
const struct image *controller_image(const struct controller *controller);

/**
 * controller_state() - "enforcing", "unconfined" or "failed"
 * @status:	NULL when it is not known
 */
const char *controller_state(const struct controller *controller,
			     const struct enforcement_status *status);

/** controller_drain() - take what waits in the ring, at most @most records; records taken */
int controller_drain(struct controller *controller, unsigned int most);

#endif
