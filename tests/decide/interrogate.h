/* SPDX-License-Identifier: Apache-2.0 */
/* Every question the kernel can ask of an image, asked of one that was accepted */
#ifndef TESTS_DECIDE_INTERROGATE_H
#define TESTS_DECIDE_INTERROGATE_H

#include <stdlib.h>

/* A load outside of an image that passed its check is what these tests are about. */
#define IMAGE_OUTSIDE() abort()
#include "image/view.h"

static uint32_t interrogate_files(image_t image, uint32_t row)
{
	static const char *const paths[] = {
		"", "/srv/crm/a", "/srv/crm/archive/x", "/home/u/.ssh/id", "/etc/passwd", "/dev/null",
		"/usr/bin/backup", "/run/bailiwick/canary/allowed/x", "/\xff\x01/\x80",
	};
	struct decide_automaton a;
	uint32_t sum = 0;

	automaton_open(image, &a);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		uint32_t state = automaton_start(image), label, cell;

		for (const char *p = paths[i]; *p; p++)
			state = automaton_next(image, &a, state, (uint8_t)*p);
		state = automaton_child(image, &a, state, (const __u8 *)"name", 4);
		label = automaton_label(image, &a, state);
		cell = decide_cell(image, row, label);
		sum += decide_denied(cell, BAILIWICK_RIGHTS_ALL) + decide_severity(cell) +
		       decide_transition(image, row, label) + decide_exe_row(image, label);
	}
	for (uint32_t label = 0; label < 40; label++)
		sum += decide_cell(image, row, label) + decide_transition(image, row, label) +
		       decide_exe_row(image, label);
	return sum;
}

static uint32_t interrogate_network(image_t image, uint32_t row)
{
	static const uint8_t addresses[][16] = {
		{ 10, 20, 0, 9 }, { 0 }, { 255, 255, 255, 255 }, { 0xfd, 0x20 }, { 127, 0, 0, 1 },
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 0, 9 },
	};
	static const uint16_t ports[] = { 0, 22, 53, 5432, 6440, 65535 };
	uint32_t sum = 0;

	for (size_t a = 0; a < sizeof(addresses) / sizeof(*addresses); a++)
		for (size_t p = 0; p < sizeof(ports) / sizeof(*ports); p++)
			for (uint32_t k = 0; k < 8; k++) {
				struct decide_endpoint e = {
					.ipv6 = k & 1, .transport = k >> 1, .port = ports[p],
				};

				memcpy(e.address, addresses[a], 16);
				endpoint_unmap(&e);
				sum += decide_network(image, row, BAILIWICK_NETOPS_ALL, &e);
			}
	return sum;
}

static uint32_t interrogate_subjects(image_t image)
{
	uint32_t sum = 0;

	for (uint32_t id = 0; id < 40; id++) {
		struct decide_subject subject = {
			.login_uid = id % 3 ? 990 + id : DECIDE_ID_UNSET, .uid = id,
			.entered = id % 5 ? 0 : decide_row_key(image, id),
		};

		subject.unit_binding = id % 7 ? 0 : binding_find(image, BAILIWICK_SUBJECT_UNIT, id);
		sum += decide_subject_row(image, &subject);
	}
	return sum;
}

/* All questions; the sum keeps a compiler from leaving them out. */
static uint32_t interrogate(image_t image)
{
	uint32_t sum = interrogate_subjects(image);

	for (uint32_t row = 0; row < 12; row++) {
		sum += interrogate_files(image, row) + interrogate_network(image, row);
		sum += (uint32_t)decide_mode(image, row) + decide_row_flags(image, row) +
		       (uint32_t)decide_row_key(image, row);
		for (uint32_t n = 0; n < 66; n += 5)
			sum += (uint32_t)(decide_capability(image, row, n) +
					  decide_family(image, row, n) +
					  decide_privilege(image, row, n));
		for (uint32_t other = 0; other < 12; other++)
			sum += (uint32_t)decide_dominates(image, row, other);
	}
	return sum;
}

#endif
