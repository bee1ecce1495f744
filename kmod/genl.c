// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family of include/uapi/bailiwick/genl.h. */
#include <linux/capability.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include <bailiwick/genl.h>

#include "genl.h"
#include "hold.h"
#include "image.h"
#include "slot.h"

static struct genl_family family;

enum { GROUP_LIFECYCLE };

/* Does what a command asks, under bw_lock; *why is a constant sentence. */
typedef int action(struct genl_info *info, const char **why);

static int put_status(struct sk_buff *skb, u32 portid, u32 seq, u8 cmd)
{
	struct bw_slot_status slot;
	void *head;

	bw_slot_status(&slot);
	head = genlmsg_put(skb, portid, seq, &family, 0, cmd);
	if (!head ||
	    nla_put_u32(skb, BAILIWICK_ATTR_ABI, BAILIWICK_ABI) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_FLAGS,
			bw_slot_adopted() ? BAILIWICK_MODULE_ADOPTED : 0) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_HELD, bw_hold_count()) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_SLOT_SIZE, slot.slot_size) ||
	    nla_put_u32(skb, BAILIWICK_ATTR_ACTIVE, slot.active) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_EPOCH, slot.epoch, BAILIWICK_ATTR_PAD) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_VERSION, slot.version,
			      BAILIWICK_ATTR_PAD) ||
	    nla_put(skb, BAILIWICK_ATTR_DIGEST, sizeof(slot.digest), slot.digest) ||
	    nla_put_u64_64bit(skb, BAILIWICK_ATTR_SWITCHES, slot.switches,
			      BAILIWICK_ATTR_PAD))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

/* Tell who listens; nobody listening is fine, and so is no memory to tell. */
static void announce(struct sk_buff *news, u8 cmd)
{
	if (!news)
		return;
	if (put_status(news, 0, 0, cmd))
		nlmsg_free(news);
	else
		genlmsg_multicast(&family, news, 0, GROUP_LIFECYCLE, GFP_KERNEL);
}

/*
 * netlink_capable() asks both the one who opened the socket and the one who
 * sends, each in the initial user namespace: a privileged program that was
 * handed a stranger's socket does not lend it its rights, nor the reverse.
 */
static int command(struct sk_buff *skb, struct genl_info *info, action *act)
{
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
	err = act ? act(info, &why) : 0;
	if (!err) {
		err = put_status(reply, info->snd_portid, info->snd_seq,
				 info->genlhdr->cmd);
		announce(news, info->genlhdr->cmd);
		news = NULL;
	}
	mutex_unlock(&bw_lock);

	if (!err)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	nlmsg_free(news);
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

static int read_links(const struct nlattr *nest, u32 *fds, u32 *ret_count,
		      const char **why)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rest;

	nla_for_each_nested(attr, nest, rest) {
		if (n == BAILIWICK_LINKS_MAX) {
			*why = "more links than the module holds";
			return -E2BIG;
		}
		fds[n++] = nla_get_u32(attr);
	}
	if (!n) {
		*why = "no link to hold";
		return -EINVAL;
	}
	*ret_count = n;
	return 0;
}

static int adopt(struct genl_info *info, const char **why)
{
	struct nlattr **attr = info->attrs;
	u32 fds[BAILIWICK_LINKS_MAX], count;
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
	err = read_links(attr[BAILIWICK_ATTR_LINKS], fds, &count, why);
	if (err)
		return err;
	err = bw_hold_take(fds, count, why);
	if (err)
		return err;
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

static int switch_image(struct genl_info *info, const char **why)
{
	struct nlattr *fd = info->attrs[BAILIWICK_ATTR_IMAGE_FD];
	struct bw_image image;
	int err;

	if (!fd) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	err = bw_image_read(nla_get_u32(fd), bw_slot_size(), &image, why);
	if (err)
		return err;
	err = bw_slot_switch(&image, why);
	bw_image_done(&image);
	return err;
}

static int rollback(struct genl_info *info, const char **why)
{
	struct nlattr *version = info->attrs[BAILIWICK_ATTR_VERSION];

	if (!version) {
		*why = "an attribute is missing";
		return -EINVAL;
	}
	if (!bw_slot_adopted())
		return not_adopted(why);
	return bw_slot_rollback(nla_get_u64(version), why);
}

static int release(struct genl_info *info, const char **why)
{
	if (!bw_slot_adopted())
		return not_adopted(why);
	bw_slot_release();
	bw_hold_release();
	return 0;
}

static int do_status(struct sk_buff *skb, struct genl_info *info)
{
	return command(skb, info, NULL);
}

static int do_adopt(struct sk_buff *skb, struct genl_info *info)
{
	return command(skb, info, adopt);
}

static int do_switch(struct sk_buff *skb, struct genl_info *info)
{
	return command(skb, info, switch_image);
}

static int do_rollback(struct sk_buff *skb, struct genl_info *info)
{
	return command(skb, info, rollback);
}

static int do_release(struct sk_buff *skb, struct genl_info *info)
{
	return command(skb, info, release);
}

/* An attribute a command does not name is refused, not ignored. */
static const struct nla_policy nothing_policy[BAILIWICK_ATTR_MAX + 1];

static const struct nla_policy link_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_LINK_FD] = { .type = NLA_U32 },
};

static const struct nla_policy adopt_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_SLOTS_FD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_CONTROL_FD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_LINKS] = NLA_POLICY_NESTED(link_policy),
};

static const struct nla_policy switch_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_IMAGE_FD] = { .type = NLA_U32 },
};

static const struct nla_policy rollback_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_VERSION] = { .type = NLA_U64 },
};

#define OP(name, does, takes)						\
	{								\
		.cmd = BAILIWICK_CMD_##name,				\
		.doit = does,						\
		.policy = takes,					\
		.maxattr = BAILIWICK_ATTR_MAX,				\
	}

static const struct genl_ops ops[] = {
	OP(STATUS, do_status, nothing_policy),
	OP(ADOPT, do_adopt, adopt_policy),
	OP(SWITCH, do_switch, switch_policy),
	OP(ROLLBACK, do_rollback, rollback_policy),
	OP(RELEASE, do_release, nothing_policy),
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
	BUILD_BUG_ON(ARRAY_SIZE(ops) != BAILIWICK_CMD_MAX);
	return genl_register_family(&family);
}

void bw_genl_exit(void)
{
	genl_unregister_family(&family);
}
