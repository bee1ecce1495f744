// SPDX-License-Identifier: Apache-2.0
/* The image in force: switching, testing, rolling back, keeping it on disk */
#include "daemon/inforce.h"
#include "daemon/links.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/writeall.h"
#include "daemon/recheck.h"
#include "daemon/subjects.h"

#define DRAIN_MOST 4096u		/* a flood must not keep the test from its end */
#define TEST_SECONDS 600	/* the hook self-test takes far less, on any machine */

static void tell_canary(struct controller *controller, uint64_t folded, bool passed,
			const struct buffer *why)
{
	char text[512];
	struct event event = {
		.kind = EVENT_CANARY,
		.severity = passed ? BAILIWICK_SEVERITY_ORDINARY : BAILIWICK_SEVERITY_SERIOUS,
		.policy_version = controller->version,
		.count = folded,
		.message = text,
	};

	size_t denied = 0;

	for (size_t i = 0; i < controller->canary.count; i++)
		denied += controller->canary.finding[i].result == CANARY_DENIED;
	if (passed)
		snprintf(text, sizeof(text), "%zu hooks denied their canary, %zu cannot be tried",
			 denied, controller->canary.count - denied);
	else
		snprintf(text, sizeof(text), "%s", why->data ? why->data : "the canary could not be run");
	recorder_event(controller->recorder, &event);
}

int inforce_test(struct controller *controller, struct buffer *why)
{
	bool passed = false, whole;
	int r;

	/* the canary asks every hook, this one too */
	r = recheck_begin(controller->recheck, "the hooks are being tested", why);
	if (r < 0)
		return r;
	recorder_fold(controller->recorder, true);
	r = canary_run(controller->enforcement, NULL, &controller->canary);
	whole = controller_drain(controller, DRAIN_MOST) < (int)DRAIN_MOST;
	controller->tested = r == 0;
	if (r < 0)
		buffer_printf(why, "the hook self-test could not be run: %s", strerror(-r));
	else
		passed = canary_passed(&controller->canary);
	for (size_t i = 0; r == 0 && !passed && i < controller->canary.count; i++) {
		const struct canary_finding *f = controller->canary.finding + i;

		if (f->result == CANARY_NOT_DENIED)
			buffer_printf(why, "%shook %s did not deny its canary (%s)",
				      why->size ? "; " : "", f->hook, f->text);
	}
	if (r == 0 && !passed && !why->size)
		buffer_append_text(why, "no hook denied its canary");
	tell_canary(controller, recorder_fold(controller->recorder, !whole), passed, why);
	return passed ? 0 : -EILSEQ;
}

int inforce_back(struct controller *controller, uint64_t version, struct buffer *why)
{
	int r;

	if (!version)
		return 0;	/* nothing was in force before: there is nothing to go back to */
	r = enforcement_rollback(controller->enforcement, version, why);
	if (r == 0)
		controller->version = version;
	else
		controller_say(3, "cannot go back to policy version %" PRIu64 ": %s", version,
			       why->data ? why->data : strerror(-r));
	return r;
}

static bool has_keys(const struct controller *controller)
{
	struct enforcement_status status;

	return enforcement_status(controller->enforcement, &status) == 0 && status.trust.keys;
}

int inforce_switch(struct controller *controller, struct image *image, const struct terms *given,
		   struct report_times *times, struct buffer *why)
{
	struct report_times nobody;
	struct terms terms = given ? *given : (struct terms){ 0 };
	uint64_t before = controller->version, version = image->header->version;
	_cleanup_close_ int fd = -1;
	int r;

	times = times ? times : &nobody;
	/* known before the first denial it causes can arrive */
	recorder_image(controller->recorder, image, before);
	fd = image_memfd(image);
	if (fd < 0) {
		buffer_printf(why, "no memory for the image: %s", strerror(-fd));
		return fd;
	}
	if (version > controller->highest)
		controller->highest = version;
	if (before && !terms.confirm_within && has_keys(controller))
		terms.confirm_within = TEST_SECONDS;
	/* what the new image takes away must be refused from its first moment on */
	r = recheck_begin(controller->recheck, "the policy has just changed", why);
	report_mark(times, REPORT_TIME_READY);
	if (r == 0)
		r = enforcement_switch(controller->enforcement, fd, &terms, why);
	if (r < 0) {
		if (!why->size)
			buffer_append_text(why, strerror(-r));
		return r;
	}
	report_mark(times, REPORT_TIME_SWITCHED);
	controller->version = version;
	controller->since = time(NULL);
	links_wanted(controller->links);
	return 0;
}

int inforce_prove(struct controller *controller, uint64_t before, struct buffer *why)
{
	int r = inforce_test(controller, why);

	if (r < 0)
		inforce_back(controller, before, why);
	return r;
}

int inforce_confirm(struct controller *controller, struct buffer *why)
{
	struct enforcement_status status;
	int r = enforcement_status(controller->enforcement, &status);

	if (r < 0 || !status.trust.seconds_left)
		return r;
	return enforcement_confirm(controller->enforcement, controller->version, why);
}

int inforce_store(const struct image *image, const char *path)
{
	_cleanup_free_ char *fresh = NULL;
	_cleanup_close_ int fd = -1, directory = -1;
	char *slash;
	int r;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = writeall(fd, image->bytes, image->header->image_size);
	if (r == 0 && (fsync(fd) < 0 || rename(fresh, path) < 0))
		r = -errno;
	if (r < 0) {
		unlink(fresh);
		return r;
	}
	slash = strrchr(fresh, '/');
	if (slash)
		*slash = 0;
	directory = open(slash ? fresh : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory < 0 || fsync(directory) < 0 ? -errno : 0;
}

int inforce_keep(const struct image *image, const struct signatures *signatures)
{
	int r = signatures_store(signatures, image, CONTROLLER_SIGNED);

	if (r == 0)
		r = inforce_store(image, CONTROLLER_IMAGE);
	if (r == 0)
		signatures_sweep(image, CONTROLLER_SIGNED);
	return r;
}

bool inforce_same(const struct image *a, const struct image *b)
{
	struct bailiwick_image_header x = *a->header, y = *b->header;

	/* what is for people may differ: a subject that was bound before is named once more */
	for (int i = BAILIWICK_SECTION_ROLE; i < BAILIWICK_SECTION_COUNT; i++) {
		memset(&x.section[i], 0, sizeof(x.section[i]));
		memset(&y.section[i], 0, sizeof(y.section[i]));
	}
	x.version = y.version = 0;
	x.created = y.created = 0;
	x.image_size = y.image_size = 0;
	memset(x.digest, 0, sizeof(x.digest));
	memset(y.digest, 0, sizeof(y.digest));
	return memcmp(&x, &y, sizeof(x)) == 0 &&
	       memcmp(a->bytes + sizeof(x), b->bytes + sizeof(y),
		      a->header->section[BAILIWICK_SECTION_ROLE].offset - sizeof(x)) == 0;
}

bool inforce_stored(struct controller *controller, struct buffer *why)
{
	const char *trouble = NULL;
	struct signatures signatures = { 0 };
	struct image *image;
	struct terms terms;
	uint64_t before = controller->version;
	int r = image_open(CONTROLLER_IMAGE, &image, &trouble);

	if (r) {
		buffer_printf(why, "; the stored image cannot be used either: %s",
			      trouble ? trouble : r < 0 ? strerror(-r) : "not a regular file");
		return false;
	}
	if (image->header->version <= controller->version) {
		image_close(image);
		return false;
	}
	buffer_append_text(why, "; the image of the last start is in force instead");
	signatures_load(image, CONTROLLER_SIGNED, &signatures);
	terms = signatures_terms(&signatures);
	r = inforce_switch(controller, image, &terms, NULL, why);
	if (r == 0)
		r = inforce_prove(controller, before, why);
	controller->signed_image = r == 0 && signatures_any(&signatures);
	signatures_done(&signatures);
	if (r == 0)
		r = inforce_confirm(controller, why);
	if (r < 0 && !controller->version)
		return false;
	/* a state that was lost knows nobody: whom this image binds stays confined */
	subjects_remember(controller_image(controller), controller->state);
	return true;
}
