// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family of include/uapi/bailiwick/genl.h. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include <bailiwick/genl.h>

#include "clock.h"
#include "genl.h"
#include "hold.h"
#include "image.h"
#include "main.h"
#include "quarantine.h"
#include "slot.h"
#include "trust.h"

static struct genl_family family;

enum { GROUP_LIFECYCLE };

/* Does what a command asks, under bw_lock; *why is a constant sentence. */
typedef int action(struct genl_info *info, const char **why);

static u32 flags(const struct bw_slot_status *slot)
{
	return (bw_slot_adopted() ? BAILIWICK_MODULE_ADOPTED : 0) |
	       (slot->sealed ? BAILIWICK_MODULE_SEALED : 0) |
	       (bw_hold_has_on_demand() ? BAILIWICK_MODULE_ON_DEMAND : 0) |
	       (bw_trust_filled() ? BAILIWICK_MODULE_KEYS : 0) |
	       (slot->trusted ? BAILIWICK_MODULE_SIGNED : 0) |
	       (bw_clock_left() ? BAILIWICK_MODULE_WAITING : 0) |
	       (bw_recovery() ? BAILIWICK_MODULE_RECOVERY : 0);
}

static int put_slot(struct sk_buff *skb, const struct bw_slot_status *slot)
{
	if (nla_put_u32(skb, BAILIWICK_ATTR_FLAGS, flags(slot)) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_SLOT_SIZE, slot->slot_size) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_ACTIVE, slot->active) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_EPOCH, slot->epoch, BAILIWICK_ATTR_PAD) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_VERSION, slot->version,
			      BAILIWICK_ATTR_PAD) ||
	    nla_put(skb, BAILIWICK_ATTR_DIGEST, sizeof(slot->digest), slot->digest) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_SWITCHES, slot->switches,
			      BAILIWICK_ATTR_PAD) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_FLOOR, slot->floor, BAILIWICK_ATTR_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Who was refused what. */
struct refusal {
	u32 command;
	int err;
};

static int put_refusal(struct sk_buff *skb, const struct refusal *refusal)
{
	if (nla_put_u32(skb, BAILIWICK_ATTR_COMMAND, refusal->command) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_ERROR, -refusal->err) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_PID, task_tgid_nr(current)) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_UID,
			from_kuid_munged(&init_user_ns, current_uid())))
		return -EMSGSIZE;
	return 0;
}

static int put_status(struct sk_buff *skb, u32 portid, u32 seq, u8 cmd,
		      const struct refusal *refusal)
{
	struct bw_slot_status slot;
	void *head;

	bw_slot_status(&slot);
	head = genlmsg_put(skb, portid, seq, &family, 0, cmd);
	if (!head ||
	    nla_put_u32(skb, BAILIWICK_ATTR_ABI, BAILIWICK_ABI) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_HELD, bw_hold_count()) ||
	    put_slot(skb, &slot) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_AUTHORS_HELD, bw_trust_keys(BW_AUTHOR)) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_APPROVERS_HELD, bw_trust_keys(BW_APPROVER)) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_SECONDS_LEFT, bw_clock_left()) ||
	    (refusal && put_refusal(skb, refusal)))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

/* Tell who listens; nobody listening is fine, and so is no memory to tell. */
static void announce(struct sk_buff *news, u8 cmd, const struct refusal *refusal)
{
	if (!news)
		return;
	if (put_status(news, 0, 0, refusal ? BAILIWICK_CMD_REFUSED : cmd, refusal))
		nlmsg_free(news);
	else
		genlmsg_multicast(&family, news, 0, GROUP_LIFECYCLE, GFP_KERNEL);
}

void bw_genl_tell(u8 command)
{
	lockdep_assert_held(&bw_lock);
	announce(genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL), command, NULL);
}

static int read_fds(const struct nlattr *nest, u32 *fds, u32 most, u32 *ret_count,
		    const char **why)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rest;

	nla_for_each_nested(attr, nest, rest) {
		if (n == most) {
			*why = "more links or programs than the module holds";
			return -E2BIG;
		}
		fds[n++] = nla_get_u32(attr);
	}
	if (!n) {
		*why = "no link or program to hold";
		return -EINVAL;
	}
	*ret_count = n;
	return 0;
}

static int adopt(struct genl_info *info, const char **why)
{
	struct nlattr **attr = info->attrs;
	u32 fds[BAILIWICK_LINKS_MAX], programs[BAILIWICK_PROGRAMS_MAX], count, more = 0;
	int err;

	if (!attr[BAILIWICK_ATTR_SLOTS_FD] || !attr[BAILIWICK_ATTR_CONTROL_FD] ||
	    !attr[BAILIWICK_ATTR_LINKS]) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (bw_slot_adopted()) {
		*why = "maps and links are held already";
		return -EEXIST;
	}
	err = read_fds(attr[BAILIWICK_ATTR_LINKS], fds, ARRAY_SIZE(fds), &count, why);
	if (!err && attr[BAILIWICK_ATTR_PROGRAMS])
		err = read_fds(attr[BAILIWICK_ATTR_PROGRAMS], programs, ARRAY_SIZE(programs),
			       &more, why);
	if (err)
		return err;
	err = bw_hold_take(fds, count, why);
	if (err)
		return err;
	err = bw_hold_programs(programs, more, why);
	if (!err)
		err = bw_slot_adopt(nla_get_u32(attr[BAILIWICK_ATTR_SLOTS_FD]),
				    nla_get_u32(attr[BAILIWICK_ATTR_CONTROL_FD]), why);
	if (err)
		bw_hold_release();
	return err;
}

static int not_adopted(const char **why)
{
	*why = "nothing is held: adopt first";
	return -ENODEV;
}

static int trust(struct genl_info *info, const char **why)
{
	struct nlattr **attr = info->attrs;
	int err;

	if (!attr[BAILIWICK_ATTR_AUTHORS] || !attr[BAILIWICK_ATTR_APPROVERS]) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (bw_recovery()) {
		*why = "the module was loaded for recovery: it takes no keys";
		return -EACCES;
	}
	err = bw_trust_fill(attr[BAILIWICK_ATTR_AUTHORS], attr[BAILIWICK_ATTR_APPROVERS], why);
	if (!err)
		bw_slot_set_floor(attr[BAILIWICK_ATTR_FLOOR] ?
				  nla_get_u64(attr[BAILIWICK_ATTR_FLOOR]) : 0);
	return err;
}

static struct bw_bytes bytes_of(const struct nlattr *attr)
{
	return attr ? (struct bw_bytes) { nla_data(attr), nla_len(attr) } :
		      (struct bw_bytes) {};
}

#define SIGNATURES(info)								\
	{										\
		[BW_AUTHOR] = bytes_of((info)->attrs[BAILIWICK_ATTR_AUTHOR_SIGNATURE]),	\
		[BW_APPROVER] = bytes_of((info)->attrs[BAILIWICK_ATTR_APPROVER_SIGNATURE]), \
	}

static int switch_image(struct genl_info *info, const char **why)
{
	const struct bw_bytes signatures[BW_GROUPS] = SIGNATURES(info);
	struct bw_bytes bytes;
	struct nlattr *fd = info->attrs[BAILIWICK_ATTR_IMAGE_FD];
	struct nlattr *within = info->attrs[BAILIWICK_ATTR_CONFIRM_WITHIN];
	struct bw_image image;
	int people, err;

	if (!fd) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	err = bw_image_read(nla_get_u32(fd), bw_slot_size(), &image, why);
	if (err)
		return err;
	bytes = (struct bw_bytes) { (const u8 *)image.header, image.size };
	people = bw_trust_people(&bytes, signatures, why);
	err = people < 0 ? people :
	      bw_slot_switch(&image, people, within ? nla_get_u32(within) : 0, why);
	bw_image_done(&image);
	return err;
}

/* The commands that name a version. */
static int with_version(struct genl_info *info, int (*act)(u64 version, const char **why),
			const char **why)
{
	struct nlattr *version = info->attrs[BAILIWICK_ATTR_VERSION];

	if (!version) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	return act(nla_get_u64(version), why);
}

static int rollback(struct genl_info *info, const char **why)
{
	return with_version(info, bw_slot_rollback, why);
}

static int confirm(struct genl_info *info, const char **why)
{
	return with_version(info, bw_slot_confirm, why);
}

static int seal(struct genl_info *info, const char **why)
{
	if (!bw_slot_adopted())
		return not_adopted(why);
	if (bw_recovery()) {
		*why = "the module was loaded for recovery: it takes no seal";
		return -EACCES;
	}
	return bw_slot_seal(why);
}

static int release(struct genl_info *info, const char **why)
{
	if (!bw_slot_adopted())
		return not_adopted(why);
	if (bw_slot_sealed()) {
		*why = "sealed until the machine boots again";
		return -EBUSY;
	}
	bw_slot_release();
	bw_hold_release();
	return 0;
}

static int hold(struct genl_info *info, const char **why)
{
	struct nlattr *fd = info->attrs[BAILIWICK_ATTR_LINK_FD];

	if (!fd) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	return bw_hold_on_demand(nla_get_u32(fd), why);
}

/* What may come back without a controller, to its time, must find the link in place. */
static int let_go(struct genl_info *info, const char **why)
{
	if (!bw_slot_adopted())
		return not_adopted(why);
	if (bw_slot_sealed()) {
		*why = "sealed until the machine boots again";
		return -EBUSY;
	}
	if (bw_clock_left()) {
		*why = "a policy waits to be confirmed";
		return -EBUSY;
	}
	return bw_hold_let_go(why);
}

static int quarantine(struct genl_info *info, const char **why)
{
	struct nlattr **attr = info->attrs;

	if (!attr[BAILIWICK_ATTR_KIND] || !attr[BAILIWICK_ATTR_NUMBER] ||
	    !attr[BAILIWICK_ATTR_ID] || !attr[BAILIWICK_ATTR_NAME]) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	return bw_quarantine_add(&(struct bailiwick_quarantine) {
		.kind = nla_get_u32(attr[BAILIWICK_ATTR_KIND]),
		.number = nla_get_u32(attr[BAILIWICK_ATTR_NUMBER]),
		.id = nla_get_u64(attr[BAILIWICK_ATTR_ID]),
	}, nla_data(attr[BAILIWICK_ATTR_NAME]), why);
}

static int lift(struct genl_info *info, const char **why)
{
	const struct bw_bytes signatures[BW_GROUPS] = SIGNATURES(info);
	const struct bw_bytes bytes = bytes_of(info->attrs[BAILIWICK_ATTR_LIFT]);

	if (!bytes.size) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	return bw_quarantine_lift(&bytes, signatures, why);
}

/* NULL: nothing but the status is wanted. */
static action *const actions[BAILIWICK_CMD_COUNT] = {
	[BAILIWICK_CMD_ADOPT] = adopt,
	[BAILIWICK_CMD_SWITCH] = switch_image,
	[BAILIWICK_CMD_ROLLBACK] = rollback,
	[BAILIWICK_CMD_RELEASE] = release,
	[BAILIWICK_CMD_TRUST] = trust,
	[BAILIWICK_CMD_CONFIRM] = confirm,
	[BAILIWICK_CMD_SEAL] = seal,
	[BAILIWICK_CMD_HOLD] = hold,
	[BAILIWICK_CMD_LET_GO] = let_go,
	[BAILIWICK_CMD_QUARANTINE] = quarantine,
	[BAILIWICK_CMD_LIFT] = lift,
};

/*
 * netlink_capable() asks both the one who opened the socket and the one who
 * sends, each in the initial user namespace: a privileged program that was
 * handed a stranger's socket does not lend it its rights, nor the reverse.
 */
static int command(struct sk_buff *skb, struct genl_info *info)
{
	struct refusal refusal = { .command = info->genlhdr->cmd };
	action *act = actions[info->genlhdr->cmd];
	struct sk_buff *reply, *news = NULL;
	const char *why = NULL;
	int err;

	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return -EPERM;
	/* Before the act: what was done must not be reported as failed. */
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	if (act)
		news = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	mutex_lock(&bw_lock);
	refusal.err = err = act ? act(info, &why) : 0;
	announce(news, info->genlhdr->cmd, err ? &refusal : NULL);
	if (!err)
		err = put_status(reply, info->snd_portid, info->snd_seq,
				 info->genlhdr->cmd, NULL);
	mutex_unlock(&bw_lock);

	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

/* An attribute a command does not name is refused, not ignored. */
static const struct nla_policy nothing_policy[BAILIWICK_ATTR_MAX + 1];

static const struct nla_policy link_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_LINK_FD] = { .type = NLA_U32 },
};

static const struct nla_policy program_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_PROGRAM_FD] = { .type = NLA_U32 },
};

static const struct nla_policy adopt_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_SLOTS_FD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_CONTROL_FD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_LINKS] = NLA_POLICY_NESTED(link_policy),
	[BAILIWICK_ATTR_PROGRAMS] = NLA_POLICY_NESTED(program_policy),
};

static const struct nla_policy certificate_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_CERTIFICATE] =
		NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_CERTIFICATE_MAX),
};

static const struct nla_policy trust_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_AUTHORS] = NLA_POLICY_NESTED(certificate_policy),
	[BAILIWICK_ATTR_APPROVERS] = NLA_POLICY_NESTED(certificate_policy),
	[BAILIWICK_ATTR_FLOOR] = { .type = NLA_U64 },
};

static const struct nla_policy switch_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_IMAGE_FD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_AUTHOR_SIGNATURE] =
		NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_SIGNATURE_MAX),
	[BAILIWICK_ATTR_APPROVER_SIGNATURE] =
		NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_SIGNATURE_MAX),
	[BAILIWICK_ATTR_CONFIRM_WITHIN] = 
		NLA_POLICY_RANGE(NLA_U32, 1, BAILIWICK_CONFIRM_MAX),
};

static const struct nla_policy quarantine_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_KIND] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_NUMBER] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_ID] = { .type = NLA_U64 },
	[BAILIWICK_ATTR_NAME] = { .type = NLA_NUL_STRING,
				  .len = BAILIWICK_QUARANTINE_NAME_MAX },
};

static const struct nla_policy lift_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_LIFT] = NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_LIFT_MAX),
	[BAILIWICK_ATTR_AUTHOR_SIGNATURE] =
		NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_SIGNATURE_MAX),
	[BAILIWICK_ATTR_APPROVER_SIGNATURE] =
		NLA_POLICY_RANGE(NLA_BINARY, 1, BAILIWICK_SIGNATURE_MAX),
};

static const struct nla_policy version_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_VERSION] = { .type = NLA_U64 },
};

#define OP(name, takes)							\
	{								\
		.cmd = BAILIWICK_CMD_##name,				\
		.doit = command,					\
		.policy = takes,					\
		.maxattr = BAILIWICK_ATTR_MAX,				\
	}

static const struct genl_ops ops[] = {
	OP(STATUS, nothing_policy),
	OP(ADOPT, adopt_policy),
	OP(SWITCH, switch_policy),
	OP(ROLLBACK, version_policy),
	OP(RELEASE, nothing_policy),
	OP(TRUST, trust_policy),
	OP(CONFIRM, version_policy),
	OP(SEAL, nothing_policy),
	OP(HOLD, link_policy),
	OP(LET_GO, nothing_policy),
	OP(QUARANTINE, quarantine_policy),
	OP(LIFT, lift_policy),
};

static const struct genl_multicast_group groups[] = {
	[GROUP_LIFECYCLE] = {
		.name = BAILIWICK_GENL_GROUP,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/* parallel_ops: a switch waits for readers, other families must not wait with it. */
static struct genl_family family __ro_after_init = {
	.name = BAILIWICK_GENL_NAME,
	.version = BAILIWICK_GENL_VERSION,
	.maxattr = BAILIWICK_ATTR_MAX,
	.policy = nothing_policy,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init bw_genl_init(void)
{
	/* All but REFUSED and ENDED, which are only told. */
	BUILD_BUG_ON(ARRAY_SIZE(ops) != BAILIWICK_CMD_MAX - 2);
	return genl_register_family(&family);
}

void bw_genl_exit(void)
{
	genl_unregister_family(&family);
}
