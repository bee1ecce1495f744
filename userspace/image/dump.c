/* SPDX-License-Identifier: Apache-2.0 */
/* An image as text for people and reviews */
#include "image/dump.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cidr.h"
#include "base/escape.h"
#include "base/sha256.h"
#include "base/timestamp.h"
#include "image/names.h"

static void add_text(struct buffer *out, const char *text)
{
	escape_ascii(out, text, strlen(text));
}

/* " word" for each bit of a mask. */
static void add_words(struct buffer *out, uint64_t mask, const char *(*name)(uint32_t bit))
{
	for (uint32_t bit = 0; bit < 64; bit++) {
		if (!(mask >> bit & 1))
			continue;
		if (name(bit))
			buffer_printf(out, " %s", name(bit));
		else
			buffer_printf(out, " %u", bit);
	}
}

static void add_mask(struct buffer *out, const char *what, uint64_t mask, uint64_t all,
		     const char *(*name)(uint32_t bit))
{
	if (!mask)
		return;
	buffer_printf(out, "  %s:", what);
	if ((mask & all) == all)
		buffer_append_text(out, " all");
	else
		add_words(out, mask, name);
	buffer_append_byte(out, '\n');
}

static void add_head(const struct image *image, struct buffer *out)
{
	const struct bailiwick_image_header *h = image->header;
	char digest[SHA256_TEXT_SIZE], created[TIMESTAMP_TEXT_MAX];

	buffer_printf(out, "version %llu\n", (unsigned long long)h->version);
	buffer_printf(out, "created %s\n", timestamp_format((int64_t)h->created, created));
	buffer_printf(out, "digest %s\n", sha256_format(h->digest, digest));
	buffer_printf(out, "abi %u\nbytes %u\n", h->abi, h->image_size);
	buffer_printf(out, "states %u\nrows %u\nlabels %u\n", h->states, h->rows, h->labels);
	buffer_printf(out, "default-users %s\n", image_row_name(image, h->default_user_row));
	buffer_printf(out, "default-units %s\n", image_row_name(image, h->default_unit_row));
}

static void add_rows(const struct image *image, struct buffer *out)
{
	for (uint32_t i = 0; i < image->header->rows; i++) {
		const struct bailiwick_row *row = image_row(image, i);

		buffer_append_text(out, "\nrow ");
		add_text(out, image_row_name(image, i));
		buffer_printf(out, "\n  mode: %s\n", name_of_mode(row->mode));
		add_mask(out, "families", row->families, ~UINT64_C(0), name_of_family);
		add_mask(out, "capabilities", row->capabilities, NAMES_CAPABILITIES_ALL,
			 name_of_capability);
		add_mask(out, "privileges", row->privileges, BAILIWICK_PRIVILEGES_ALL,
			 name_of_privilege);
		if (row->flags & BAILIWICK_ROW_TRUST_DESCRIPTORS)
			buffer_append_text(out, "  descriptors: trust\n");
		if (row->flags & BAILIWICK_ROW_ONE_APPROVAL)
			buffer_append_text(out, "  approvals: 1\n");
		buffer_append_text(out, "  dominates:");
		for (uint32_t other = 0; other < image->header->rows; other++) {
			if (other == i || !decide_dominates(image->view, i, other))
				continue;
			buffer_append_byte(out, ' ');
			add_text(out, image_row_name(image, other));
		}
		buffer_append_byte(out, '\n');
	}
}

static void add_cell(const struct image *image, uint32_t row, uint32_t label, struct buffer *out)
{
	uint32_t cell = decide_cell(image->view, row, label);
	uint32_t severity = decide_severity(cell);

	if (!(cell & (BAILIWICK_CELL_RIGHTS | BAILIWICK_CELL_TRANSITION)) &&
	    severity == BAILIWICK_SEVERITY_ORDINARY)
		return;
	buffer_append_text(out, "  ");
	add_text(out, image_row_name(image, row));
	buffer_append_byte(out, ':');
	if ((cell & BAILIWICK_CELL_RIGHTS) == BAILIWICK_CELL_RIGHTS)
		buffer_append_text(out, " all");
	else
		add_words(out, cell & BAILIWICK_CELL_RIGHTS, name_of_right);
	if (severity != BAILIWICK_SEVERITY_ORDINARY)
		buffer_printf(out, " (%s)", name_of_severity(severity));
	if (cell & BAILIWICK_CELL_TRANSITION) {
		buffer_append_text(out, " -> ");
		add_text(out, image_row_name(image, decide_transition(image->view, row, label)));
	}
	buffer_append_byte(out, '\n');
}

#define X_TEXT(id, text) text,
static const char *const severities[] = { BAILIWICK_SEVERITIES(X_TEXT) };

static void add_labels(const struct image *image, struct buffer *out)
{
	for (uint32_t i = 0; i < image->header->labels; i++) {
		const struct bailiwick_label *label = image_label(image, i);
		const struct bailiwick_class *class = image_class(image, label->class_index);

		buffer_append_text(out, "\nlabel ");
		add_text(out, i < BAILIWICK_LABEL_FIRST ? name_of_label(i) :
			 image_string(image, label->example));
		buffer_append_byte(out, '\n');
		if (label->class_index && class) {
			buffer_append_text(out, "  class: ");
			add_text(out, image_string(image, class->name));
			buffer_printf(out, " (%s)\n", name_of_grade(class->grade));
		}
		if (image_label_severity(image, i) >= 0)
			buffer_printf(out, "  severity: %s\n",
				      severities[image_label_severity(image, i)]);
		if (label->flags & BAILIWICK_LABEL_PROTECTED)
			buffer_append_text(out, "  protected\n");
		if (label->exe_row) {
			buffer_append_text(out, "  enters: ");
			add_text(out, image_row_name(image, label->exe_row));
			buffer_append_byte(out, '\n');
		}
		for (uint32_t row = 0; row < image->header->rows; row++)
			add_cell(image, row, i, out);
	}
}

static void add_prefix(const struct image *image, const struct bailiwick_prefix *prefix,
		       struct buffer *out)
{
	struct cidr cidr = {
		.family = prefix->family == AF_INET ? 4 : 6,
		.prefix = (uint8_t)prefix->bits,
	};
	char text[CIDR_TEXT_MAX];

	if (!prefix->family) {
		buffer_append_byte(out, ' ');
		add_text(out, image_string(image, prefix->host));
		return;
	}
	memcpy(cidr.bytes, prefix->address, sizeof(cidr.bytes));
	buffer_printf(out, prefix->host ? " (%s)" : " %s", cidr_format(&cidr, text));
}

static void add_network(const struct image *image, const struct bailiwick_network *network,
			struct buffer *out)
{
	const struct bailiwick_prefix *prefix =
		image_records(image, BAILIWICK_SECTION_PREFIX, NULL);
	const struct bailiwick_ports *ports = image_records(image, BAILIWICK_SECTION_PORTS, NULL);

	for (uint32_t i = 0; i < network->prefix_count; i++)
		add_prefix(image, &prefix[network->first_prefix + i], out);
	for (uint32_t i = 0; i < network->ports_count; i++) {
		const struct bailiwick_ports *p = &ports[network->first_ports + i];

		buffer_printf(out, " %s/%u", name_of_transport(p->transport), p->first);
		if (p->last != p->first)
			buffer_printf(out, "-%u", p->last);
	}
}

static void add_roles(const struct image *image, struct buffer *out)
{
	const struct bailiwick_network *networks =
		image_records(image, BAILIWICK_SECTION_NETWORK, NULL);
	const struct bailiwick_net_rule *rules =
		image_records(image, BAILIWICK_SECTION_NET_RULE, NULL);
	const struct bailiwick_role *role;

	for (uint32_t i = 0; (role = image_role(image, i)); i++) {
		buffer_append_text(out, "\nrole ");
		add_text(out, image_string(image, role->name));
		buffer_append_byte(out, '\n');
		for (uint32_t k = 0; k < role->rule_count; k++) {
			const struct bailiwick_rule *rule = image_rule(image, role->first_rule + k);

			buffer_append_text(out, rule->deny ? "  deny" : "  allow");
			add_words(out, rule->rights, name_of_right);
			buffer_append_text(out, " on ");
			add_text(out, image_string(image, rule->pattern));
			buffer_append_byte(out, '\n');
		}
		for (uint32_t k = 0; k < role->net_rule_count; k++) {
			const struct bailiwick_net_rule *rule = &rules[role->first_net_rule + k];

			buffer_append_text(out, " ");
			add_words(out, rule->operations, name_of_netop);
			add_network(image, &networks[rule->network], out);
			buffer_append_byte(out, '\n');
		}
	}
}

static void add_subjects(const struct image *image, struct buffer *out)
{
	uint32_t count;
	const struct bailiwick_subject *s =
		image_records(image, BAILIWICK_SECTION_SUBJECT, &count);

	if (count)
		buffer_append_byte(out, '\n');
	for (uint32_t i = 0; i < count; i++) {
		char until[TIMESTAMP_TEXT_MAX];

		buffer_printf(out, "subject %s:", name_of_subject(s[i].kind));
		add_text(out, image_string(image, s[i].name));
		buffer_append_byte(out, ' ');
		add_text(out, image_string(image, s[i].role));
		buffer_append_text(out, " row ");
		add_text(out, image_row_name(image, s[i].row));
		if (s[i].until)
			buffer_printf(out, " until %s",
				      timestamp_format((int64_t)s[i].until, until));
		buffer_append_byte(out, '\n');
	}
}

int dump_text(const struct image *image, struct buffer *out)
{
	add_head(image, out);
	add_rows(image, out);
	add_labels(image, out);
	add_roles(image, out);
	add_subjects(image, out);
	return out->failed ? -ENOMEM : 0;
}
