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
 *				VERSION, DIGEST, SWITCHES, FLOOR, AUTHORS_HELD,
 *				APPROVERS_HELD, SECONDS_LEFT
 *
 * BAILIWICK_CMD_ADOPT		once, by the controller that loaded the programs
 *   U32  SLOTS_FD		array map of BAILIWICK_SLOTS images
 *   U32  CONTROL_FD		array map of one struct bailiwick_control
 *   NEST LINKS			repeated U32 LINK_FD: the module keeps a reference on each
 *   NEST PROGRAMS		optional, repeated U32 PROGRAM_FD: of programs that are attached
 *				or run on demand, a reference on each as well
 *   -> as STATUS.  -EEXIST when something is held already, -EINVAL for maps of
 *      another type, size or flags, -E2BIG for too many links.
 *
 * BAILIWICK_CMD_TRUST		once: whose signatures count until the module is unloaded
 *   NEST AUTHORS		repeated BIN CERTIFICATE: X.509, DER, RSA of 2048 bits or more
 *   NEST APPROVERS		likewise; at least one of each
 *   U64  FLOOR			optional: the highest policy version taken before
 *   -> as STATUS.  -EEXIST when keys are in, -EBADMSG for what is no such
 *      certificate, -EKEYREJECTED for a key that stands in both groups, -E2BIG for
 *      more than BAILIWICK_KEYS_MAX of one, -EACCES in recovery.
 *
 * BAILIWICK_CMD_SWITCH		make an image the policy in force
 *   U32  IMAGE_FD		sealed memfd (write, shrink, grow)
 *   BIN  AUTHOR_SIGNATURE	optional: detached CMS over all bytes of the image, one
 *   BIN  APPROVER_SIGNATURE	signer, no certificates, no attributes, RSA with SHA-256
 *   U32  CONFIRM_WITHIN	optional: seconds until the policy before comes back,
 *				unless CONFIRM is said
 *   -> as STATUS.  -ENODEV before ADOPT, -EPERM unsealed memfd, -EFBIG larger
 *      than a slot, -EBADMSG image or signature inconsistent, -EKEYREJECTED digest
 *      or signature wrong, -ENOKEY too few signatures, -EPROTONOSUPPORT foreign
 *      ABI, -ESTALE version not greater than the one in force and FLOOR (equal to
 *      FLOOR is enough while no policy is in force), or nothing to come back to,
 *      -EBUSY while another one waits to be confirmed.
 *
 *   Signatures, once keys are in: none while no policy is in force (every image
 *   takes away then), one for an image that gives every subject the same rights or
 *   fewer and differs in nothing else, two for every other.
 *
 * BAILIWICK_CMD_CONFIRM	the policy in force stays
 *   U64  VERSION		-ESTALE when it is another, or waits for nothing
 *   -> as STATUS
 *
 * BAILIWICK_CMD_ROLLBACK	make the other slot the policy in force again
 *   U64  VERSION		the version it must hold, -ESTALE otherwise
 *   -> as STATUS.  -ENOKEY once keys are in, unless the policy in force waits to
 *      be confirmed.
 *
 * BAILIWICK_CMD_SEAL		until reboot: RELEASE is -EBUSY, so links stay and the
 *				module does
 *   -> as STATUS.  -ENODEV before ADOPT, -ENOKEY without keys or when the policy in
 *      force was not signed by both groups, -EBUSY while it waits to be confirmed,
 *      -EACCES in recovery.
 *
 * BAILIWICK_CMD_HOLD		keep the link of an LSM program given in PROGRAMS, one at most
 *   U32  LINK_FD
 *   -> as STATUS.  -ENODEV before ADOPT, -EEXIST when one is held, -EINVAL for a
 *      link of any other program.
 *
 * BAILIWICK_CMD_LET_GO		of that link and of no other; -ENOENT when none is held
 *   -> as STATUS.  -EBUSY while sealed, and while a policy waits to be confirmed:
 *      another one may come back, and nobody be there to attach the program again.
 *
 * BAILIWICK_CMD_RELEASE	let go of maps and links: enforcement ends with the
 *				last other reference.  -EBUSY while sealed.
 *
 * Multicast group "lifecycle": the same attributes as STATUS after each of these
 * but STATUS; ROLLBACK also when time was up.  BAILIWICK_CMD_REFUSED tells of a
 * command by somebody with the right to give it that was refused: COMMAND, ERROR
 * (a positive errno), PID and UID of the sender, beside STATUS.
 * BAILIWICK_CMD_ENDED tells that a binding's time was over: it leads to the row
 * `none` now, in the slot itself, in a new epoch.
 */
#define BAILIWICK_GENL_NAME "bailiwick"
#define BAILIWICK_GENL_VERSION 1
#define BAILIWICK_GENL_GROUP "lifecycle"

#define BAILIWICK_LINKS_MAX 128
#define BAILIWICK_KEYS_MAX 16		/* certificates of a group */
#define BAILIWICK_CERTIFICATE_MAX 4000	/* bytes */
#define BAILIWICK_SIGNATURE_MAX 4000	/* bytes */
#define BAILIWICK_CONFIRM_MAX 28800	/* seconds */
#define BAILIWICK_PROGRAMS_MAX 16

enum bailiwick_cmd {
	BAILIWICK_CMD_UNSPEC,
	BAILIWICK_CMD_STATUS,
	BAILIWICK_CMD_ADOPT,
	BAILIWICK_CMD_SWITCH,
	BAILIWICK_CMD_ROLLBACK,
	BAILIWICK_CMD_RELEASE,
	BAILIWICK_CMD_TRUST,
	BAILIWICK_CMD_CONFIRM,
	BAILIWICK_CMD_SEAL,
	BAILIWICK_CMD_REFUSED,		/* multicast only */
	BAILIWICK_CMD_ENDED,		/* multicast only */
	BAILIWICK_CMD_HOLD,
	BAILIWICK_CMD_LET_GO,
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
	BAILIWICK_ATTR_AUTHORS,		/* nest of CERTIFICATE */
	BAILIWICK_ATTR_APPROVERS,	/* nest of CERTIFICATE */
	BAILIWICK_ATTR_CERTIFICATE,	/* bytes */
	BAILIWICK_ATTR_FLOOR,		/* u64, no policy version below is taken */
	BAILIWICK_ATTR_AUTHOR_SIGNATURE,	/* bytes */
	BAILIWICK_ATTR_APPROVER_SIGNATURE,	/* bytes */
	BAILIWICK_ATTR_CONFIRM_WITHIN,	/* u32, seconds */
	BAILIWICK_ATTR_AUTHORS_HELD,	/* u32, keys */
	BAILIWICK_ATTR_APPROVERS_HELD,	/* u32, keys */
	BAILIWICK_ATTR_SECONDS_LEFT,	/* u32, to confirm; 0 when nothing waits */
	BAILIWICK_ATTR_COMMAND,		/* u32, enum bailiwick_cmd */
	BAILIWICK_ATTR_ERROR,		/* u32 */
	BAILIWICK_ATTR_PID,		/* u32, in the initial namespace */
	BAILIWICK_ATTR_UID,		/* u32, in the initial namespace */
	BAILIWICK_ATTR_PROGRAMS,	/* nest of PROGRAM_FD */
	BAILIWICK_ATTR_PROGRAM_FD,	/* u32 */
	BAILIWICK_ATTR_COUNT
};
#define BAILIWICK_ATTR_MAX (BAILIWICK_ATTR_COUNT - 1)

#define BAILIWICK_MODULE_ADOPTED 1u
#define BAILIWICK_MODULE_SEALED 2u
#define BAILIWICK_MODULE_KEYS 4u	/* keys are in */
#define BAILIWICK_MODULE_SIGNED 8u	/* both groups signed what is in force, or what it
					 * only takes away from */
#define BAILIWICK_MODULE_WAITING 16u	/* what is in force waits to be confirmed */
#define BAILIWICK_MODULE_RECOVERY 32u	/* loaded to take neither keys nor a seal */
#define BAILIWICK_MODULE_ON_DEMAND 64u	/* a link given by HOLD is held */

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
