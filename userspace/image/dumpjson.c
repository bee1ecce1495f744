/* SPDX-License-Identifier: Apache-2.0 */
/* An image as JSON */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cidr.h"
#include "base/escape.h"
#include "base/sha256.h"
#include "base/timestamp.h"
#include "image/dump.h"
#include "image/names.h"

/* A comma unless a bracket or a comma was written just now. */
static void separate(struct buffer *out)
{
	char last = out->size ? out->data[out->size - 1] : '{';

	if (last != '{' && last != '[' && last != ',' && last != ':')
		buffer_append_byte(out, ',');
}

static void add_key(struct buffer *out, const char *key)
{
	separate(out);
	escape_json(out, key, strlen(key));
	buffer_append_byte(out, ':');
}

static void add_text(struct buffer *out, const char *text)
{
	separate(out);
	escape_json(out, text, strlen(text));
}

static void add_field(struct buffer *out, const char *key, const char *text)
{
	add_key(out, key);
	escape_json(out, text, strlen(text));
}

static void add_number(struct buffer *out, const char *key, uint64_t number)
{
	add_key(out, key);
	buffer_printf(out, "%llu", (unsigned long long)number);
}

static void open_list(struct buffer *out, const char *key, char bracket)
{
	if (key)
		add_key(out, key);
	else
		separate(out);
	buffer_append_byte(out, bracket);
}

static void add_words(struct buffer *out, const char *key, uint64_t mask,
		      const char *(*name)(uint32_t bit))
{
	open_list(out, key, '[');
	for (uint32_t bit = 0; bit < 64; bit++)
		if (mask >> bit & 1 && name(bit))
			add_text(out, name(bit));
	buffer_append_byte(out, ']');
}

static void add_time(struct buffer *out, const char *key, uint64_t seconds)
{
	char text[TIMESTAMP_TEXT_MAX];

	add_field(out, key, timestamp_format((int64_t)seconds, text));
}

static void add_head(const struct image *image, struct buffer *out)
{
	const struct bailiwick_image_header *h = image->header;
	char digest[SHA256_TEXT_SIZE];

	add_number(out, "version", h->version);
	add_time(out, "created", h->created);
	add_field(out, "digest", sha256_format(h->digest, digest));
	add_number(out, "abi", h->abi);
	add_number(out, "bytes", h->image_size);
	add_number(out, "states", h->states);
	open_list(out, "defaults", '{');
	add_field(out, "users", image_row_name(image, h->default_user_row));
	add_field(out, "units", image_row_name(image, h->default_unit_row));
	buffer_append_byte(out, '}');
}

static void add_rows(const struct image *image, struct buffer *out)
{
	open_list(out, "rows", '[');
	for (uint32_t i = 0; i < image->header->rows; i++) {
		const struct bailiwick_row *row = image_row(image, i);

		open_list(out, NULL, '{');
		add_field(out, "name", image_row_name(image, i));
		add_field(out, "mode", name_of_mode(row->mode));
		add_words(out, "families", row->families, name_of_family);
		add_words(out, "capabilities", row->capabilities, name_of_capability);
		add_words(out, "privileges", row->privileges, name_of_privilege);
		open_list(out, "dominates", '[');
		for (uint32_t other = 0; other < image->header->rows; other++)
			if (other != i && decide_dominates(image->view, i, other))
				add_text(out, image_row_name(image, other));
		buffer_append_text(out, "]}");
	}
	buffer_append_byte(out, ']');
}

static void add_cell(const struct image *image, uint32_t row, uint32_t label, struct buffer *out)
{
	uint32_t cell = decide_cell(image->view, row, label);

	if (!(cell & BAILIWICK_CELL_RIGHTS) && !(cell & BAILIWICK_CELL_TRANSITION))
		return;
	open_list(out, image_row_name(image, row), '{');
	add_words(out, "rights", cell & BAILIWICK_CELL_RIGHTS, name_of_right);
	add_field(out, "severity", name_of_severity(decide_severity(cell)));
	if (cell & BAILIWICK_CELL_TRANSITION)
		add_field(out, "enters",
			  image_row_name(image, decide_transition(image->view, row, label)));
	buffer_append_byte(out, '}');
}

static void add_labels(const struct image *image, struct buffer *out)
{
	open_list(out, "labels", '[');
	for (uint32_t i = 0; i < image->header->labels; i++) {
		const struct bailiwick_label *label = image_label(image, i);
		const struct bailiwick_class *class = image_class(image, label->class_index);

		open_list(out, NULL, '{');
		add_field(out, "example", i < BAILIWICK_LABEL_FIRST ? name_of_label(i) :
			  image_string(image, label->example));
		if (label->class_index && class) {
			add_field(out, "class", image_string(image, class->name));
			add_field(out, "grade", name_of_grade(class->grade));
		}
		add_key(out, "protected");
		buffer_append_text(out, label->flags & BAILIWICK_LABEL_PROTECTED ? "true" : "false");
		if (label->exe_row)
			add_field(out, "enters", image_row_name(image, label->exe_row));
		open_list(out, "rows", '{');
		for (uint32_t row = 0; row < image->header->rows; row++)
			add_cell(image, row, i, out);
		buffer_append_text(out, "}}");
	}
	buffer_append_byte(out, ']');
}

static void add_rule(const struct image *image, const struct bailiwick_rule *rule,
		     struct buffer *out)
{
	open_list(out, NULL, '{');
	add_words(out, rule->deny ? "deny" : "allow", rule->rights, name_of_right);
	add_field(out, "on", image_string(image, rule->pattern));
	if (rule->severity != ~0u)
		add_field(out, "severity", name_of_severity(rule->severity));
	if (rule->message)
		add_field(out, "message", image_string(image, rule->message));
	if (rule->reason)
		add_field(out, "reason", image_string(image, rule->reason));
	add_field(out, "file", image_string(image, rule->file));
	add_number(out, "line", rule->line);
	buffer_append_byte(out, '}');
}

static void add_prefix(const struct bailiwick_prefix *prefix, struct buffer *out)
{
	struct cidr cidr = { prefix->family == AF_INET ? 4 : 6, (uint8_t)prefix->bits, { 0 } };
	char text[CIDR_TEXT_MAX];

	memcpy(cidr.bytes, prefix->address, sizeof(cidr.bytes));
	add_text(out, cidr_format(&cidr, text));
}

static void add_net_rule(const struct image *image, const struct bailiwick_net_rule *rule,
			 struct buffer *out)
{
	const struct bailiwick_network *network =
		image_records(image, BAILIWICK_SECTION_NETWORK, NULL);
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, NULL);
	const struct bailiwick_ports *ports = image_records(image, BAILIWICK_SECTION_PORTS, NULL);

	network += rule->network;
	prefix += network->first_prefix;
	open_list(out, NULL, '{');
	add_words(out, "operations", rule->operations, name_of_netop);
	add_field(out, "network", image_string(image, network->name));
	open_list(out, "to", '[');
	for (uint32_t i = 0; i < network->prefix_count; i++)
		if (!prefix[i].family)
			add_text(out, image_string(image, prefix[i].host));
		else if (!prefix[i].host)
			add_prefix(&prefix[i], out);
	buffer_append_byte(out, ']');
	open_list(out, "resolved", '[');
	for (uint32_t i = 0; i < network->prefix_count; i++)
		if (prefix[i].family && prefix[i].host)
			add_prefix(&prefix[i], out);
	buffer_append_byte(out, ']');
	open_list(out, "ports", '[');
	for (uint32_t i = 0; i < network->ports_count; i++) {
		const struct bailiwick_ports *p = &ports[network->first_ports + i];

		open_list(out, NULL, '{');
		add_field(out, "protocol", name_of_transport(p->transport));
		add_number(out, "first", p->first);
		add_number(out, "last", p->last);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
	add_field(out, "file", image_string(image, rule->file));
	add_number(out, "line", rule->line);
	buffer_append_byte(out, '}');
}

static void add_roles(const struct image *image, struct buffer *out)
{
	const struct bailiwick_net_rule *net =
		image_records(image, BAILIWICK_SECTION_NET_RULE, NULL);
	const struct bailiwick_role *role;

	open_list(out, "roles", '[');
	for (uint32_t i = 0; (role = image_role(image, i)); i++) {
		open_list(out, NULL, '{');
		add_field(out, "name", image_string(image, role->name));
		add_field(out, "mode", name_of_mode(role->mode));
		add_field(out, "file", image_string(image, role->file));
		add_number(out, "line", role->line);
		open_list(out, "files", '[');
		for (uint32_t k = 0; k < role->rule_count; k++)
			add_rule(image, image_rule(image, role->first_rule + k), out);
		buffer_append_byte(out, ']');
		open_list(out, "network", '[');
		for (uint32_t k = 0; k < role->net_rule_count; k++)
			add_net_rule(image, &net[role->first_net_rule + k], out);
		buffer_append_text(out, "]}");
	}
	buffer_append_byte(out, ']');
}

static void add_subjects(const struct image *image, struct buffer *out)
{
	uint32_t count;
	const struct bailiwick_subject *s =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);

	open_list(out, "subjects", '[');
	for (uint32_t i = 0; i < count; i++) {
		open_list(out, NULL, '{');
		add_field(out, "kind", name_of_subject(s[i].kind));
		add_field(out, "name", image_string(image, s[i].name));
		add_field(out, "role", image_string(image, s[i].role));
		add_field(out, "row", image_row_name(image, s[i].row));
		if (s[i].until)
			add_time(out, "until", s[i].until);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

int dump_json(const struct image *image, struct buffer *out)
{
	open_list(out, NULL, '{');
	add_head(image, out);
	add_rows(image, out);
	add_labels(image, out);
	add_roles(image, out);
	add_subjects(image, out);
	buffer_append_byte(out, '}');
	return out->failed ? -ENOMEM : 0;
}
