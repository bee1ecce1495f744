/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Generic netlink: how the controller speaks to the module. */
#ifndef BAILIWICK_GENL_H
#define BAILIWICK_GENL_H

#include "abi.h"

/*
 * Family "bailiwick", version 1.  Every command needs CAP_SYS_ADMIN in the
 * initial user namespace of both the socket's opener and the sender.
 *
 * BAILIWICK_CMD_STATUS		do: -> ABI, FLAGS, HELD, SLOT_SIZE, ACTIVE, EPOCH,
 *				VERSION, DIGEST, SWITCHES
 *
 * BAILIWICK_CMD_ADOPT		once, by the controller that loaded the programs
 *   U32  SLOTS_FD		array map of BAILIWICK_SLOTS images
 *   U32  CONTROL_FD		array map of one struct bailiwick_control
 *   NEST LINKS			repeated U32 LINK_FD: the module keeps a reference on each
 *   -> as STATUS.  -EEXIST when something is held already, -EINVAL for maps of
 *      another type, size or flags, -E2BIG for too many links.
 *
 * BAILIWICK_CMD_SWITCH		make an image the policy in force
 *   U32  IMAGE_FD		sealed memfd (write, shrink, grow)
 *   -> as STATUS.  -ENODEV before ADOPT, -EPERM unsealed memfd, -EFBIG larger
 *      than a slot, -EBADMSG image inconsistent, -EKEYREJECTED digest wrong,
 *      -EPROTONOSUPPORT foreign ABI, -ESTALE version not greater than the one
 *      in force.
 *
 * BAILIWICK_CMD_ROLLBACK	make the other slot the policy in force again
 *   U64  VERSION		the version it must hold, -ESTALE otherwise
 *   -> as STATUS
 *
 * BAILIWICK_CMD_RELEASE	let go of maps and links: enforcement ends with the
 *				last other reference.  -EBUSY while sealed.
 *
 * Multicast group "lifecycle": the same attributes as STATUS after each ADOPT,
 * SWITCH, ROLLBACK and RELEASE.
 */
#define BAILIWICK_GENL_NAME "bailiwick"
#define BAILIWICK_GENL_VERSION 1
#define BAILIWICK_GENL_GROUP "lifecycle"

#define BAILIWICK_LINKS_MAX 128

enum bailiwick_cmd {
	BAILIWICK_CMD_UNSPEC,
	BAILIWICK_CMD_STATUS,
	BAILIWICK_CMD_ADOPT,
	BAILIWICK_CMD_SWITCH,
	BAILIWICK_CMD_ROLLBACK,
	BAILIWICK_CMD_RELEASE,
	BAILIWICK_CMD_COUNT
};
#define BAILIWICK_CMD_MAX (BAILIWICK_CMD_COUNT - 1)

enum bailiwick_attr {
	BAILIWICK_ATTR_UNSPEC,
	BAILIWICK_ATTR_PAD,
	BAILIWICK_ATTR_ABI,		/* u32 */
	BAILIWICK_ATTR_FLAGS,		/* u32, BAILIWICK_MODULE_* */
	BAILIWICK_ATTR_HELD,		/* u32, links held */
	BAILIWICK_ATTR_SLOT_SIZE,	/* u32, bytes; 0 before ADOPT */
	BAILIWICK_ATTR_ACTIVE,		/* u32, slot in force */
	BAILIWICK_ATTR_EPOCH,		/* u64, 0 while no policy is in force */
	BAILIWICK_ATTR_VERSION,		/* u64, policy version in force */
	BAILIWICK_ATTR_DIGEST,		/* 32 bytes, of the image in force */
	BAILIWICK_ATTR_SWITCHES,	/* u64, images switched in since load */
	BAILIWICK_ATTR_SLOTS_FD,	/* u32 */
	BAILIWICK_ATTR_CONTROL_FD,	/* u32 */
	BAILIWICK_ATTR_LINKS,		/* nest of LINK_FD */
	BAILIWICK_ATTR_LINK_FD,		/* u32 */
	BAILIWICK_ATTR_IMAGE_FD,	/* u32 */
	BAILIWICK_ATTR_COUNT
};
#define BAILIWICK_ATTR_MAX (BAILIWICK_ATTR_COUNT - 1)

#define BAILIWICK_MODULE_ADOPTED 1u
#define BAILIWICK_MODULE_SEALED 2u

/*
 * The one word the programs look at.  `word` is epoch << 1 | slot; 0 means no
 * policy is in force and every hook lets pass.  The epoch rises by one with
 * every switch and never returns.
 */
struct bailiwick_control {
	__u64 word;
	__u32 sealed;			/* 0 or 1; copied into every status */
	__u32 protects;			/* 1 when the image in force has a protected label */
};
BAILIWICK_ASSERT("bailiwick_control", sizeof(struct bailiwick_control) == 16);

#endif
