/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `bailiwick can`, for people and as JSON */
#ifndef BAILIWICK_CTL_ANSWER_H
#define BAILIWICK_CTL_ANSWER_H

#include "base/buffer.h"
#include "base/cidr.h"
#include "base/message.h"
#include "image/explain.h"
#include "image/question.h"

/**
 * struct case_asked - all there is to say about one question
 * @subject:	as typed
 * @action:	as typed
 * @object:	as typed
 * @source:	why the subject has its row
 * @address:	of a question about a host name: the one that decided; family 0 for none
 * @class_index:	class of the path, 0 for none
 * @controller:	the answer that the image in force came with; NULL of files
 * @quarantine:	entry there that the subject is in, BARRED_NOT for none
 * @program:	and of the program that it would run
 * @else_row:	its row but for @quarantine
 */
struct case_asked {
	const struct image *image;
	const char *subject;
	const char *action;
	const char *object;
	struct question question;
	struct answer answer;
	struct explanation explanation;
	enum question_source source;
	struct cidr address;
	uint32_t class_index;
	const struct message *controller;
	int quarantine;
	int program;
	uint32_t else_row;
};

/** answer_text() - add the answer and the lines that decided */
void answer_text(struct buffer *out, const struct case_asked *asked);

/** answer_json() - add one JSON object and a line break */
void answer_json(struct buffer *out, const struct case_asked *asked);

#endif
