/* SPDX-License-Identifier: Apache-2.0 */
/* Speaking to the module over generic netlink */
#ifndef BAILIWICK_LOAD_GENL_H
#define BAILIWICK_LOAD_GENL_H

#include <stddef.h>
#include <stdint.h>

#include <bailiwick/genl.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "load/trust.h"

struct genl;

/** struct genl_module - BAILIWICK_CMD_STATUS, answered; see genl.h of the contract */
struct genl_module {
	uint32_t abi;
	uint32_t flags;
	uint32_t held;
	uint32_t slot_size;
	uint32_t active;
	uint64_t epoch;
	uint64_t version;
	uint8_t digest[32];
	uint64_t switches;
	uint64_t floor;
	uint32_t authors;
	uint32_t approvers;
	uint32_t seconds_left;
};

/** genl_open() - find the module; 0, 1 when it is not loaded, or a negative errno */
int genl_open(struct genl **ret);

/** genl_close() - NULL is fine; returns NULL */
struct genl *genl_close(struct genl *genl);
DEFINE_CLEANUP(struct genl *, genl_close);

/*
 * The commands.  Each returns 0 and sets *ret, or the module's negative errno;
 * the module's own sentence is appended to @why then, which may be NULL.
 */
int genl_status(struct genl *genl, struct genl_module *ret, struct buffer *why);
int genl_adopt(struct genl *genl, int slots, int control, const int *links, size_t link_count,
	       const int *programs, size_t program_count, struct genl_module *ret,
	       struct buffer *why);
int genl_switch(struct genl *genl, int image, const struct terms *terms,
		struct genl_module *ret, struct buffer *why);
int genl_rollback(struct genl *genl, uint64_t version, struct genl_module *ret,
		  struct buffer *why);
int genl_confirm(struct genl *genl, uint64_t version, struct genl_module *ret,
		 struct buffer *why);
int genl_seal(struct genl *genl, struct genl_module *ret, struct buffer *why);
int genl_hold(struct genl *genl, int link, struct genl_module *ret, struct buffer *why);
int genl_let_go(struct genl *genl, struct genl_module *ret, struct buffer *why);
int genl_quarantine(struct genl *genl, const struct bailiwick_quarantine *wanted, const char *name,
		    struct genl_module *ret, struct buffer *why);
int genl_lift(struct genl *genl, const struct iovec *lift, const struct terms *terms,
	      struct genl_module *ret, struct buffer *why);
int genl_release(struct genl *genl, struct genl_module *ret, struct buffer *why);

/** genl_trust() - certificates of both groups, DER; @floor: highest version taken before */
int genl_trust(struct genl *genl, const struct iovec *const certificates[SIGN_GROUP_COUNT],
	       const size_t counts[SIGN_GROUP_COUNT], uint64_t floor, struct genl_module *ret,
	       struct buffer *why);

/** genl_lifecycle_fd() - readable when the module announced something; owned by @genl */
int genl_lifecycle_fd(const struct genl *genl);

/* What one announcement says; @refusal NULL where nothing was refused */
typedef void genl_news_fn(void *context, uint32_t command, const struct genl_module *module,
			  const struct refusal *refusal);

/**
 * genl_lifecycle_consume() - read all announcements that wait
 * @each:	called for each, oldest first; may be NULL
 *
 * Return: 1 and the newest in *ret, 0 when there was none, or a negative errno
 * (-ENOBUFS: some were lost, ask genl_status()).
 */
int genl_lifecycle_consume(struct genl *genl, genl_news_fn *each, void *context,
			   struct genl_module *ret);

#endif
