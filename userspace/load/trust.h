/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures the module goes by, its time to confirm, its seal, and whom it refused */
#ifndef BAILIWICK_LOAD_TRUST_H
#define BAILIWICK_LOAD_TRUST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buffer.h"
#include "image/sign.h"

struct enforcement;

/**
 * struct terms - on which an image is taken; all-zero bytes are none
 * @signature:	DER, one per group; length 0 for none
 * @confirm_within: seconds until the policy before comes back, unless confirmed; 0 for never
 */
struct terms {
	struct iovec signature[SIGN_GROUP_COUNT];
	uint32_t confirm_within;
};

/**
 * struct refusal - a command by somebody with the right to give it that the module refused
 * @command:	enum bailiwick_cmd
 * @error:	a positive errno
 * @pid:	of the sender, as is @uid, in the initial namespaces
 */
struct refusal {
	uint32_t command;
	uint32_t error;
	uint32_t pid;
	uint32_t uid;
};

/**
 * struct trust_status - all zero without the module
 * @keys:	keys are in: @authors and @approvers of them
 * @is_signed:	both groups signed the policy in force, or what it only takes away from
 * @recovery:	the module was loaded to take neither keys nor a seal
 * @seconds_left: to confirm the policy in force; 0 when it need not be
 * @floor:	no policy version below is taken
 */
struct trust_status {
	bool keys;
	bool is_signed;
	bool recovery;
	uint32_t authors;
	uint32_t approvers;
	uint32_t seconds_left;
	uint64_t floor;
};

/*
 * On failure a sentence for people is appended to @why; -EOPNOTSUPP where the
 * module does not hold this machine's enforcement.
 *
 * enforcement_trust() - whose signatures count from now on; the errors of BAILIWICK_CMD_TRUST
 *	@floor: the highest policy version that was taken before
 * enforcement_confirm() - what waits to be confirmed stays; -ESTALE when @version does not wait
 * enforcement_seal() - until reboot nothing is let go; the errors of BAILIWICK_CMD_SEAL
 */
int enforcement_trust(struct enforcement *enforcement, const struct trusted *trusted,
		      uint64_t floor, struct buffer *why);
int enforcement_confirm(struct enforcement *enforcement, uint64_t version, struct buffer *why);
int enforcement_seal(struct enforcement *enforcement, struct buffer *why);

/* What one announcement of the module says; @refusal is NULL where nothing was refused */
typedef void enforcement_news_fn(void *context, uint32_t command, uint64_t version,
				 const struct refusal *refusal);

/** enforcement_lifecycle_fd() - readable when the module said something; -1 without module */
int enforcement_lifecycle_fd(const struct enforcement *enforcement);

/**
 * enforcement_lifecycle_consume() - all announcements that wait, oldest first
 *
 * Return: 1 when there was one, 0, or a negative errno (-ENOBUFS: some were lost).
 */
int enforcement_lifecycle_consume(struct enforcement *enforcement, enforcement_news_fn *each,
				  void *context);

#endif
