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
 *   takes away then), one for an image that gives every subject the same rights,
 *   fewer, or a row that one may give (BAILIWICK_ROW_ONE_APPROVAL), and differs in
 *   nothing else, two for every other.
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
 * BAILIWICK_CMD_QUARANTINE	take everything from a subject, by one person: no signature
 *   U32  KIND			BAILIWICK_SUBJECT_USER, _UNIT, _EXE or _TREE
 *   U32  NUMBER		USER: uid; TREE: process id in the initial namespace; else 0
 *   U64  ID			as in struct bailiwick_quarantine
 *   STR  NAME			as people wrote it; a lift must say the same
 *   -> as STATUS.  -ENODEV before ADOPT, -EINVAL for another kind, -EEXIST when it
 *      is in quarantine, -ENOSPC after BAILIWICK_QUARANTINES_MAX.
 *
 * BAILIWICK_CMD_LIFT		end one.  No image, rollback or RELEASE does that.
 *   BIN  LIFT			struct bailiwick_lift with the name behind it
 *   BIN  AUTHOR_SIGNATURE	of these bytes, in the form SWITCH takes
 *   BIN  APPROVER_SIGNATURE
 *   -> as STATUS.  -ENODEV before ADOPT, -EBADMSG for other bytes or another form
 *      of signature, -EKEYREJECTED for a signature that is wrong, -ENOKEY for fewer
 *      than two once keys are in, -ESTALE when it is no quarantine there is.
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
#define BAILIWICK_QUARANTINES_MAX 64	/* one bit each in a word */

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
	BAILIWICK_CMD_QUARANTINE,
	BAILIWICK_CMD_LIFT,
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
	BAILIWICK_ATTR_KIND,		/* u32, BAILIWICK_SUBJECT_* */
	BAILIWICK_ATTR_NUMBER,		/* u32 */
	BAILIWICK_ATTR_ID,		/* u64 */
	BAILIWICK_ATTR_NAME,		/* string */
	BAILIWICK_ATTR_LIFT,		/* bytes */
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
 * A subject that has no rights, whatever image is in force.  Who was found to be in
 * it stays so until it is lifted, and so do its children: by its index here, as long
 * as they were found in word `since` or later (an index is used again).
 */
struct bailiwick_quarantine {
	__u32 kind;			/* BAILIWICK_SUBJECT_* */
	__u32 number;			/* USER: uid; TREE: process id */
	__u64 id;			/* UNIT, EXE: FNV-1a of the name or canonical path; TREE:
					 * when the process began, BAILIWICK_TREE_TICK since boot */
	__u64 nonce;			/* random: what is signed to lift it lifts no other */
	__u64 since;			/* control word it began after */
};
BAILIWICK_ASSERT("bailiwick_quarantine", sizeof(struct bailiwick_quarantine) == 2 * 4 + 3 * 8);
BAILIWICK_ASSERT("bailiwick_quarantine", sizeof(struct bailiwick_quarantine) == 32);

#define BAILIWICK_TREE_TICK 10000000u	/* nanoseconds; as in /proc/PID/stat */

/* What two sign to lift a quarantine; `name_size` bytes follow. */
#define BAILIWICK_LIFT_MAGIC "BWLIFT01"
struct bailiwick_lift {
	__u8 magic[8];
	__u32 kind;
	__u32 number;
	__u64 id;
	__u64 nonce;
	__u32 name_size;
	__u32 reserved;			/* 0 */
};
BAILIWICK_ASSERT("bailiwick_lift", sizeof(struct bailiwick_lift) == 8 + 2 * 4 + 2 * 8 + 2 * 4);
BAILIWICK_ASSERT("bailiwick_lift", sizeof(struct bailiwick_lift) == 40);

#define BAILIWICK_QUARANTINE_NAME_MAX 255
#define BAILIWICK_LIFT_MAX 295		/* bytes, the name included */

/*
 * The one word the programs look at.  `word` is epoch << 1 | slot; 0 means no
 * policy is in force and every hook lets pass.  The epoch rises by one with
 * every switch and never returns.
 */
struct bailiwick_control {
	__u64 word;
	__u32 sealed;			/* 0 or 1; copied into every status */
	__u32 protects;			/* 1 when the image in force has a protected label */
	__u64 quarantined;		/* bit i: quarantine[i] is in force */
	__u64 quarantined_trees;	/* those of kind TREE among them, */
	__u64 quarantined_programs;	/* and of kind EXE */
	struct bailiwick_quarantine quarantine[BAILIWICK_QUARANTINES_MAX];
};
BAILIWICK_ASSERT("bailiwick_control",
	sizeof(struct bailiwick_control) == 16 + 3 * 8 + BAILIWICK_QUARANTINES_MAX * 32);
BAILIWICK_ASSERT("bailiwick_control", sizeof(struct bailiwick_control) == 2088);

#endif
