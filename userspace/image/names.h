/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the vocabulary for the numbers of an image */
#ifndef BAILIWICK_IMAGE_NAMES_H
#define BAILIWICK_IMAGE_NAMES_H

#include <stdint.h>

#include <bailiwick/image.h>

/* Bits of all capabilities the vocabulary knows */
#define NAMES_X_CAPABILITY(id, text, number) | UINT64_C(1) << (number)
#define NAMES_CAPABILITIES_ALL (UINT64_C(0) BAILIWICK_CAPABILITIES(NAMES_X_CAPABILITY))

/* All of them: the word, or NULL for a number without one. */
const char *name_of_right(uint32_t bit);
const char *name_of_netop(uint32_t bit);
const char *name_of_privilege(uint32_t bit);
const char *name_of_capability(uint32_t number);
const char *name_of_family(uint32_t number);
const char *name_of_mode(uint32_t mode);
const char *name_of_severity(uint32_t severity);
const char *name_of_grade(uint32_t grade);
const char *name_of_subject(uint32_t kind);
const char *name_of_transport(uint32_t transport);

/** name_of_label() - "(unmatched)" and so on for the labels every image has */
const char *name_of_label(uint32_t label);

#endif
