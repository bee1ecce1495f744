// SPDX-License-Identifier: Apache-2.0
/* What the parts of the controller share */
#include "daemon/controller.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"

#define LINE_MAX_BYTES 4096
#define PROBLEM_MAX 300

/* Does the system's log read our standard error?  Then it takes the level from each line's front */
static bool logged(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void controller_say(int level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	struct buffer out = { 0 };
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof(line), format, values);
	va_end(values);
	for (char *at = line; at && *at;) {
		char *end = strchrnul(at, '\n');

		if (logged())
			buffer_printf(&out, "<%d>", level);
		else
			buffer_append_text(&out, "bailiwickd: ");
		escape_display(&out, at, (size_t)(end - at), NULL);
		buffer_append_byte(&out, '\n');
		at = *end ? end + 1 : NULL;
	}
	if (out.data)
		fputs(out.data, stderr);
	buffer_done(&out);
}

void controller_problem(struct controller *controller, const char *text)
{
	/* a verifier's log is for the system's log; a status is for people */
	char *copy = text ? strndup(text, PROBLEM_MAX) : NULL;

	free(controller->problem);
	controller->problem = copy;
}

const struct image *controller_image(const struct controller *controller)
{
	return controller->version ?
	       recorder_find_image(controller->recorder, controller->version) : NULL;
}

const char *controller_state(const struct controller *controller,
			     const struct enforcement_status *status)
{
	const struct image *image = controller_image(controller);
	uint32_t roles = 0;

	if (image)
		image_records(image, BAILIWICK_SECTION_ROLE, &roles);
	/* what was taken over and is not known here yet is enforced all the same */
	if (status && status->version && !(controller->problem && !controller->stale))
		return roles || !image ? "enforcing" : "unconfined";
	/* the first image is still being made */
	return status && !status->version && !controller->problem ? "unconfined" : "failed";
}

struct batch {
	struct controller *controller;
	unsigned int left;
};

static int take(void *context, const void *record, size_t size)
{
	struct batch *batch = context;

	recorder_record(batch->controller->recorder, record, size);
	return --batch->left ? 0 : -EAGAIN;
}

int controller_drain(struct controller *controller, unsigned int most)
{
	struct batch batch = { .controller = controller, .left = most };

	enforcement_events_consume(controller->enforcement, take, &batch);
	if (batch.left)		/* so the last of the canary's is through */
		recorder_fold(controller->recorder, false);
	return (int)(most - batch.left);
}
