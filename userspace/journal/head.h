/* SPDX-License-Identifier: Apache-2.0 */
/* How far the journal is on disk for good */
#ifndef BAILIWICK_JOURNAL_HEAD_H
#define BAILIWICK_JOURNAL_HEAD_H

#include "journal/format.h"

/**
 * struct journal_head - a place in the chain
 * @next:	every record with a smaller number is on disk
 * @id:		of the journal
 * @hash:	the chain before @next
 */
struct journal_head {
	uint64_t next;
	uint8_t id[JOURNAL_ID_SIZE];
	uint8_t hash[SHA256_SIZE];
};

/* "1042:" and the hash in hexadecimal */
#define JOURNAL_HEAD_TEXT (22 + SHA256_TEXT_SIZE)

/**
 * head_read() - what the file says
 *
 * Return: 0; -ENOENT when there is none; -EBADMSG when it contradicts itself; a
 * negative errno.
 */
int head_read(int directory, struct journal_head *ret);

/** head_open() - for writing, made when missing; a descriptor or a negative errno */
int head_open(int directory);

/** head_write() - at once, and for good; 0 or a negative errno */
int head_write(int fd, const struct journal_head *head);

/** head_format() - "LAST:HASH", LAST being the number of the last record; returns @text */
char *head_format(uint64_t next, const uint8_t hash[SHA256_SIZE], char text[JOURNAL_HEAD_TEXT]);

/** head_parse() - read what head_format() wrote; 0 or -EINVAL */
int head_parse(const char *text, uint64_t *ret_last, uint8_t ret_hash[SHA256_SIZE]);

#endif
