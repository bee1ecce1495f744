// SPDX-License-Identifier: Apache-2.0
/* What a change does to the state, and what of it needs no compiler */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/change.h"
#include "daemon/news.h"
#include "daemon/subjects.h"
#include "image/narrow.h"

static int write_sources(struct state *state, const struct change *change)
{
	_cleanup_free_ struct state_source *sources =
		calloc(change->sources.count + 1, sizeof(*sources));

	if (!sources)
		return -ENOMEM;
	for (size_t i = 0; i < change->sources.count; i++)
		sources[i] = (struct state_source){
			.name = change->sources.files[i].name,
			.text = change->sources.files[i].text,
			.size = change->sources.files[i].size,
		};
	return state_set_sources(state, change->version, sources, change->sources.count);
}

/* A revocation counts against the policy's own assignments too: `drop` */
static int write_revocation(struct state *state, const struct image *image,
			    const struct change *change, const struct state_assignment *a)
{
	size_t removed = 0;
	int r = state_revoke(state, change->subject, change->role, &removed);

	if (r < 0)
		return r;
	if (!removed && !(image && subjects_hold(image, change->subject, change->role)))
		return 1;
	r = state_drop(state, a);
	return r < 0 ? r : state_bind(state, change->subject);
}

int change_write_state(struct controller *controller, const struct change *change)
{
	struct state_assignment a = {
		.subject = change->subject,
		.role = change->role ? change->role : "",
		.until = change->until,
		.time = time(NULL),
		.by = change->by,
	};

	switch (change->kind) {
	case CHANGE_APPLY:
		return write_sources(controller->state, change);
	case CHANGE_ASSIGN:
		return state_assign(controller->state, &a);
	case CHANGE_REVOKE:
		a.until = 0;
		return write_revocation(controller->state, controller_image(controller), change, &a);
	default:
		return state_expire(controller->state, a.time);
	}
}

int change_write(struct controller *controller, const struct change *change,
		 const struct image *image, struct buffer *why)
{
	int r = state_begin(controller->state);

	if (r == 0)
		r = change_write_state(controller, change);
	if (r == 0)
		r = subjects_remember(image, controller->state);
	if (r == 0)
		r = state_raise_version(controller->state, change->version);
	if (r == 0)
		r = news_history(controller, change, image);
	if (r == 0)
		return 0;
	buffer_printf(why, "the state cannot be written: %s", state_problem(controller->state));
	state_rollback(controller->state);
	return r < 0 ? r : -EINVAL;
}

static bool has_roles(const struct image *image)
{
	uint32_t count = 0;

	if (image)
		image_records(image, BAILIWICK_SECTION_ROLE, &count);
	return count > 0;
}

bool change_sources_lost(const struct controller *controller, const struct change *change)
{
	struct image *stored = NULL;
	bool lost;

	if (change->kind == CHANGE_APPLY || change->sources.count)
		return false;
	if (change->kind != CHANGE_START)
		return has_roles(controller_image(controller));
	if (image_open(CONTROLLER_IMAGE, &stored, NULL) != 0)
		return false;
	lost = has_roles(stored);
	image_close(stored);
	return lost;
}

int change_image(const struct controller *controller, const struct change *change,
		 struct image **ret)
{
	const struct image *old = controller_image(controller);
	uint32_t kind = BAILIWICK_SUBJECT_USER;

	if (change->kind != CHANGE_REVOKE || !old || controller->stale)
		return 1;
	if (strncmp(change->subject, "unit:", strlen("unit:")) == 0)
		kind = BAILIWICK_SUBJECT_UNIT;
	else if (strncmp(change->subject, "user:", strlen("user:")) != 0)
		return 1;
	return image_take(old, kind, change->subject + strlen("user:"), change->role,
			  change->version, (uint64_t)time(NULL), ret);
}
