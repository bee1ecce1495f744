/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy show: the sources and assignments in force, or the image itself */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/escape.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/inforce.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "image/dump.h"

/* Bytes of policy sources accepted from the controller */
#define SOURCES_MAX (512u << 20)

#define R "record."

struct show {
	struct arguments common;
	bool image;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct show *show = state->input;

	if (key != 'i')
		return arguments_parse(&show->common, key, arg, state);
	show->image = true;
	return 0;
}

static const struct argp_option options[] = {
	{ "image", 'i', NULL, 0, "The compiled image: rows, labels, rights, networks", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "The policy in force: its files as they were applied, and the assignments, those "
	       "given by command too.",
};

static int show_image(const struct invocation *invocation, bool json)
{
	_cleanup_(image_closep) struct image *image = NULL;
	struct buffer out = { 0 };
	int code = inforce_image(invocation->socket, &image, NULL);

	if (code)
		return code;
	if (json)
		dump_json(image, &out);
	else
		dump_text(image, &out);
	if (out.size && out.data[out.size - 1] != '\n')
		buffer_append_byte(&out, '\n');
	return output_finish(&out, 0);
}

/* --- sources -------------------------------------------------------------- */

struct file {
	char *name;
	size_t size;
};

/**
 * struct sources - the files of the policy in force
 * @text:	a mapping of @size bytes: their contents one behind the other
 */
struct sources {
	struct file *files;
	size_t count;
	const char *text;
	size_t size;
};

static void sources_done(struct sources *sources)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		free(sources->files[i].name);
	free(sources->files);
	if (sources->size)
		munmap((void *)sources->text, sources->size);
}

static int take_file(void *context, const struct message *message)
{
	struct sources *sources = context;
	const char *name = message_string(message, R "file");
	int64_t size = field_number(message, R "size");
	struct file *files;

	if (!name || size < 0 || size > (int64_t)SOURCES_MAX)
		return EX_PROTOCOL;
	files = reallocarray(sources->files, sources->count + 1, sizeof(*files));
	if (!files)
		return out_of_memory();
	sources->files = files;
	files[sources->count].size = (size_t)size;
	files[sources->count].name = strdup(name);
	if (!files[sources->count].name)
		return out_of_memory();
	sources->count++;
	return 0;
}

/* The descriptor must hold exactly what the records said. */
static int map_contents(struct sources *sources, int fd)
{
	struct stat about;
	size_t total = 0, i;
	void *text;

	for (i = 0; i < sources->count && total <= SOURCES_MAX; i++)
		total += sources->files[i].size;
	if (!total)
		return 0;
	if (fd < 0 || fstat(fd, &about) < 0 || about.st_size != (off_t)total ||
	    total > SOURCES_MAX) {
		complain("the controller's copy of the policy does not fit its list of files");
		return EX_PROTOCOL;
	}
	text = mmap(NULL, total, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED) {
		complain("cannot read the policy: %s", strerror(errno));
		return EX_OSERR;
	}
	sources->text = text;
	sources->size = total;
	return 0;
}

static int ask_sources(const char *socket, struct sources *sources, int64_t *ret_version)
{
	_cleanup_(message_freep) struct message *request = request_new("sources");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_close_ int fd = -1;
	int code;

	if (!request)
		return EX_OSERR;
	code = client_call(socket, request, CLIENT_PATIENCE, take_file, sources, &final);
	if (code)
		return code;
	*ret_version = field_number(final, "version");
	fd = message_take_fd(final, 0);
	return map_contents(sources, fd);
}

/* For a terminal each line is escaped, for a file the bytes stay what they are. */
static void add_contents(struct buffer *out, const char *text, size_t size, bool escape)
{
	const char *end = text + size;

	if (!escape)
		buffer_append(out, text, size);
	while (escape && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		escape_display(out, text, (size_t)((stop ? stop : end) - text), NULL);
		buffer_append_byte(out, '\n');
		text = stop ? stop + 1 : end;
	}
}

static void add_sources(struct buffer *out, const struct sources *sources, bool json)
{
	bool escape = isatty(STDOUT_FILENO);
	const char *at = sources->text;
	size_t i;

	for (i = 0; i < sources->count; i++) {
		const struct file *file = &sources->files[i];

		if (json) {
			buffer_append_text(out, i ? ",{\"file\":" : "{\"file\":");
			escape_json(out, file->name, strlen(file->name));
			buffer_append_text(out, ",\"text\":");
			escape_json(out, at, file->size);
			buffer_append_byte(out, '}');
		} else {
			buffer_append_text(out, "# --- ");
			buffer_add_shown(out, file->name);
			buffer_append_byte(out, '\n');
			add_contents(out, at, file->size, escape);
		}
		at += file->size;
	}
}

/* --- assignments ------------------------------------------------------------ */

struct listing {
	struct buffer *out;
	bool json;
	bool begun;
};

static int take_assignment(void *context, const struct message *m)
{
	struct listing *listing = context;
	struct buffer *out = listing->out;

	if (listing->json) {
		if (listing->begun)
			buffer_append_byte(out, ',');
		field_add_json(out, m, "record");
		listing->begun = true;
		return 0;
	}
	if (!listing->begun)
		buffer_append_text(out, "# --- assignments in force\n");
	listing->begun = true;
	buffer_append_text(out, "#   ");
	field_add_text(out, m, R "subject");
	buffer_append_text(out, " -> ");
	field_add_text(out, m, R "role");
	if (message_has(m, R "until")) {
		buffer_append_text(out, " until ");
		field_add_time(out, m, R "until");
	}
	if (message_string(m, R "origin") && !strcmp(message_string(m, R "origin"), "hold")) {
		buffer_append_text(out, " when nothing else binds it\n");
		return 0;
	}
	buffer_append_text(out, "  (by ");
	field_add_text(out, m, R "origin");
	if (message_has(m, R "time")) {
		buffer_append_text(out, ", ");
		field_add_time(out, m, R "time");
	}
	buffer_append_text(out, ")\n");
	return 0;
}

static int show_policy(const struct invocation *invocation, bool json)
{
	_cleanup_(message_freep) struct message *request = request_new("assignments");
	_cleanup_(sources_done) struct sources sources = { 0 };
	struct buffer out = { 0 };
	struct listing listing = { .out = &out, .json = json };
	int64_t version = 0;
	int code;

	if (!request)
		return EX_OSERR;
	code = ask_sources(invocation->socket, &sources, &version);
	if (code)
		return code;
	if (!json && !sources.count)
		buffer_append_text(&out, "# no policy has been applied\n");
	else
		buffer_printf(&out, json ? "{\"version\":%lld,\"files\":[" :
			      "# policy version %lld\n", (long long)version);
	add_sources(&out, &sources, json);
	if (json)
		buffer_append_text(&out, "],\"assignments\":[");
	code = client_call(invocation->socket, request, CLIENT_PATIENCE, take_assignment, &listing,
			   NULL);
	if (code) {
		buffer_done(&out);
		return code;
	}
	if (json)
		buffer_append_text(&out, "]}\n");
	return output_finish(&out, 0);
}

int verb_policy_show(const struct invocation *invocation)
{
	struct show show = { 0 };

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &show);
	if (show.image)
		return show_image(invocation, show.common.json);
	return show_policy(invocation, show.common.json);
}
