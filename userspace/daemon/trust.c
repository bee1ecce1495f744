// SPDX-License-Identifier: Apache-2.0
/* What the controller does for the module's keys, its time to confirm and its seal */
#include "daemon/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <syslog.h>

#include "daemon/inforce.h"
#include "daemon/news.h"
#include "daemon/subjects.h"

/* --- keys and seal ------------------------------------------------------------ */

static void trouble(struct controller *controller, struct buffer *why)
{
	controller_problem(controller, why->data);
	controller_say(LOG_ERR, "%s", why->data ? why->data : "out of memory");
	news_module(controller, why->data ? why->data : "out of memory", true);
}

/* 0; 1 when there is nothing to give, with or without a sentence in @why */
static int load(const struct controller *controller, struct trusted **ret, struct buffer *why)
{
	_cleanup_(trusted_freep) struct trusted *trusted = NULL;
	_cleanup_free_ char *path = NULL;
	size_t authors, approvers;
	int r;

	if (asprintf(&path, "%s/" TRUST_DIRECTORY, controller->directory) < 0)
		return -ENOMEM;
	r = trusted_load(path, &trusted, why);
	if (r)
		return r;
	authors = trusted_count(trusted, SIGN_AUTHOR);
	approvers = trusted_count(trusted, SIGN_APPROVER);
	if (authors && approvers) {
		*ret = TAKE_PTR(trusted);
		return 0;
	}
	if (authors || approvers)
		buffer_printf(why, "%s has keys of the group %s alone: a policy needs two people, so none "
			      "is used", path, authors ? "author" : "approver");
	return 1;
}

void trust_start(struct controller *controller)
{
	_cleanup_(trusted_freep) struct trusted *trusted = NULL;
	struct enforcement_status status;
	struct buffer why = { 0 };
	uint64_t floor = 0;
	int r = enforcement_status(controller->enforcement, &status);

	if (r < 0 || status.trust.keys)
		return;
	if (status.trust.recovery) {
		buffer_append_text(&why, "RECOVERY: the module was loaded to take neither keys nor a "
				   "seal; unsigned policies count until the machine boots without it");
		trouble(controller, &why);
		buffer_done(&why);
		return;
	}
	r = load(controller, &trusted, &why);
	if (r == 0)
		r = state_version(controller->state, &floor);
	if (r == 0)
		r = enforcement_trust(controller->enforcement, trusted, floor, &why);
	if (r < 0 && !why.size)
		buffer_printf(&why, "keys could not be given to the module: %s", strerror(-r));
	if (why.size)
		trouble(controller, &why);
	buffer_done(&why);
}

int trust_seal(struct controller *controller, struct buffer *why)
{
	int r = enforcement_seal(controller->enforcement, why);

	if (r < 0)
		return r;
	recorder_seal(controller->recorder, true);
	news_module(controller, "sealed until the machine boots again", false);
	controller_say(LOG_NOTICE, "sealed until the machine boots again");
	return 0;
}

/* --- the time to confirm -------------------------------------------------------- */

void trust_done(struct controller *controller)
{
	change_free(controller->unconfirmed.change);
	image_close(controller->unconfirmed.image);
	controller->unconfirmed = (struct unconfirmed){ 0 };
}

int trust_wait(struct controller *controller, struct change *change, const struct image *image,
	       uint64_t before)
{
	struct unconfirmed *u = &controller->unconfirmed;
	int r;

	trust_done(controller);
	u->before = before;
	u->was_signed = controller->signed_image;
	u->files = controller->files;
	u->change = change_new(change->kind);
	if (!u->change)
		return -ENOMEM;
	r = image_open_bytes(image->bytes, image->header->image_size, &u->image, NULL);
	if (r < 0) {
		trust_done(controller);
		return r;
	}
	u->change->version = change->version;
	u->change->by = change->by;
	u->change->signatures = change->signatures;
	u->change->sources = change->sources;
	memset(&change->signatures, 0, sizeof(change->signatures));
	memset(&change->sources, 0, sizeof(change->sources));
	return 0;
}

int trust_confirm(struct controller *controller, struct buffer *why)
{
	struct unconfirmed *u = &controller->unconfirmed;
	int r;

	if (!u->image) {
		buffer_append_text(why, "no policy waits to be confirmed");
		return -ESTALE;
	}
	r = change_write(controller, u->change, u->image, why);
	if (r < 0)
		return r;
	r = enforcement_confirm(controller->enforcement, u->change->version, why);
	if (r < 0) {
		state_rollback(controller->state);
		return r;
	}
	r = inforce_keep(u->image, &u->change->signatures);
	if (r == 0)
		r = state_commit(controller->state);
	else
		state_rollback(controller->state);
	if (r < 0)
		buffer_printf(why, "it stays in force, but cannot be stored for the next start: %s",
			      strerror(-r));
	controller->files = u->change->sources.count;
	trust_done(controller);
	return r;
}

static void forget(struct controller *controller)
{
	controller->signed_image = controller->unconfirmed.was_signed;
	controller->files = controller->unconfirmed.files;
	trust_done(controller);
}

int trust_rollback(struct controller *controller, struct buffer *why)
{
	struct unconfirmed *u = &controller->unconfirmed;
	int r;

	if (!u->image) {
		buffer_append_text(why, "no policy waits to be confirmed, and one that was confirmed is "
				   "only followed by a newer one");
		return -ESTALE;
	}
	r = inforce_back(controller, u->before, why);
	if (r == 0)
		forget(controller);
	return r;
}

bool trust_gone(struct controller *controller, uint64_t version)
{
	struct unconfirmed *u = &controller->unconfirmed;
	char text[160];

	if (!u->image || version != u->before)
		return false;
	snprintf(text, sizeof(text), "policy version %" PRIu64 " was not confirmed in time: version %"
		 PRIu64 " is in force again", u->change->version, version);
	controller->version = version;
	news_module(controller, text, true);
	controller_say(LOG_WARNING, "%s", text);
	forget(controller);
	return true;
}
