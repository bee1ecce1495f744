/* SPDX-License-Identifier: Apache-2.0 */
/* Speaking to the module over generic netlink */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/escape.h"
#include "load/genl.h"

/* Certificates of two groups at their longest, and what is around them. */
#define MESSAGE_SIZE (2 * BAILIWICK_KEYS_MAX * (BAILIWICK_CERTIFICATE_MAX + 8) + 4096)

struct genl {
	struct nl_sock *commands;
	struct nl_sock *lifecycle;
	int family;
};

/* What the callbacks of one exchange leave behind. */
struct exchange {
	struct genl_module *ret;
	genl_news_fn *each;	/* of announcements */
	void *context;
	struct buffer *why;
	int result;		/* 0, or a negative errno of the module or of parsing */
	int messages;
	int done;
};

static struct nla_policy status_policy[BAILIWICK_ATTR_MAX + 1] = {
	[BAILIWICK_ATTR_ABI] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_FLAGS] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_HELD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_SLOT_SIZE] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_ACTIVE] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_EPOCH] = { .type = NLA_U64 },
	[BAILIWICK_ATTR_VERSION] = { .type = NLA_U64 },
	[BAILIWICK_ATTR_DIGEST] = { .type = NLA_UNSPEC, .minlen = 32, .maxlen = 32 },
	[BAILIWICK_ATTR_SWITCHES] = { .type = NLA_U64 },
	[BAILIWICK_ATTR_FLOOR] = { .type = NLA_U64 },
	[BAILIWICK_ATTR_AUTHORS_HELD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_APPROVERS_HELD] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_SECONDS_LEFT] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_COMMAND] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_ERROR] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_PID] = { .type = NLA_U32 },
	[BAILIWICK_ATTR_UID] = { .type = NLA_U32 },
};

static int errno_of(int nl_error)
{
	switch (-nl_error) {
	case NLE_NOMEM: return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS: return -EPERM;
	case NLE_OBJ_NOTFOUND: return -ENOENT;
	case NLE_AGAIN: return -EAGAIN;
	case NLE_DUMP_INTR: return -EINTR;
	case NLE_MSG_OVERFLOW: return -ENOBUFS;
	default: return -EIO;
	}
}

static uint32_t u32_of(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint64_t u64_of(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static int read_status(struct nl_msg *message, struct genl_module *ret,
		       struct refusal *refusal)
{
	struct nlattr *attr[BAILIWICK_ATTR_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(message), 0, attr, BAILIWICK_ATTR_MAX, status_policy) < 0 ||
	    !attr[BAILIWICK_ATTR_ABI] || !attr[BAILIWICK_ATTR_FLAGS] ||
	    !attr[BAILIWICK_ATTR_DIGEST])
		return -EPROTO;
	*ret = (struct genl_module) {
		.abi = u32_of(attr[BAILIWICK_ATTR_ABI]),
		.flags = u32_of(attr[BAILIWICK_ATTR_FLAGS]),
		.held = u32_of(attr[BAILIWICK_ATTR_HELD]),
		.slot_size = u32_of(attr[BAILIWICK_ATTR_SLOT_SIZE]),
		.active = u32_of(attr[BAILIWICK_ATTR_ACTIVE]),
		.epoch = u64_of(attr[BAILIWICK_ATTR_EPOCH]),
		.version = u64_of(attr[BAILIWICK_ATTR_VERSION]),
		.switches = u64_of(attr[BAILIWICK_ATTR_SWITCHES]),
		.floor = u64_of(attr[BAILIWICK_ATTR_FLOOR]),
		.authors = u32_of(attr[BAILIWICK_ATTR_AUTHORS_HELD]),
		.approvers = u32_of(attr[BAILIWICK_ATTR_APPROVERS_HELD]),
		.seconds_left = u32_of(attr[BAILIWICK_ATTR_SECONDS_LEFT]),
	};
	*refusal = (struct refusal) {
		.command = u32_of(attr[BAILIWICK_ATTR_COMMAND]),
		.error = u32_of(attr[BAILIWICK_ATTR_ERROR]),
		.pid = u32_of(attr[BAILIWICK_ATTR_PID]),
		.uid = u32_of(attr[BAILIWICK_ATTR_UID]),
	};
	memcpy(ret->digest, nla_data(attr[BAILIWICK_ATTR_DIGEST]), sizeof(ret->digest));
	return 0;
}

static int on_valid(struct nl_msg *message, void *context)
{
	const struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(message));
	struct exchange *x = context;
	struct refusal refusal;
	int err = read_status(message, x->ret, &refusal);

	if (err)
		x->result = err;
	else if (x->each)
		x->each(x->context, header->cmd, x->ret, refusal.error ? &refusal : NULL);
	x->messages++;
	return NL_OK;
}

static int on_ack(struct nl_msg *message, void *context)
{
	struct exchange *x = context;

	(void)message;
	x->done = 1;
	return NL_STOP;
}

/* Announcements answer no request of ours. */
static int on_any_sequence(struct nl_msg *message, void *context)
{
	(void)message;
	(void)context;
	return NL_OK;
}

/* The module's sentence stands behind the error, as an extended ack. */
static void read_sentence(struct nlmsgerr *error, struct buffer *why)
{
	const struct nlmsghdr *header = (void *)((char *)error - NLMSG_HDRLEN);
	size_t skip = sizeof(*error);
	struct nlattr *attr;
	int rest;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	rest = (int)(header->nlmsg_len - NLMSG_HDRLEN) - (int)skip;
	nla_for_each_attr(attr, (struct nlattr *)((char *)error + skip), rest, rest)
		if (nla_type(attr) == NLMSGERR_ATTR_MSG && nla_len(attr) > 0)
			escape_ascii(why, nla_data(attr), strnlen(nla_data(attr),
								   nla_len(attr)));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *context)
{
	struct exchange *x = context;
	size_t before = x->why ? x->why->size : 0;

	(void)from;
	x->result = error->error ? error->error : -EPROTO;
	x->done = 1;
	if (x->why) {
		read_sentence(error, x->why);
		if (x->why->size == before)
			buffer_printf(x->why, "the module says: %s", strerror(-x->result));
	}
	return NL_STOP;
}

/* Sends and frees @message; returns when the module's answer is complete. */
static int exchange(struct genl *genl, struct nl_msg *message, struct genl_module *ret,
		    struct buffer *why)
{
	struct genl_module status = {};
	struct exchange x = { .ret = &status, .why = why };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &x);

	err = nl_send_auto(genl->commands, message);
	nlmsg_free(message);
	while (err >= 0 && !x.done)
		err = nl_recvmsgs(genl->commands, cb);
	nl_cb_put(cb);

	if (!x.done && err < 0)
		return errno_of(err);
	if (x.result)
		return x.result;
	if (!x.messages)
		return -EPROTO;
	*ret = status;
	return 0;
}

static struct nl_msg *request(struct genl *genl, uint8_t command)
{
	struct nl_msg *message = nlmsg_alloc_size(MESSAGE_SIZE);

	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, genl->family, 0,
				    NLM_F_REQUEST | NLM_F_ACK, command,
				    BAILIWICK_GENL_VERSION)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

static int lifecycle_open(struct genl *genl)
{
	int group = genl_ctrl_resolve_grp(genl->commands, BAILIWICK_GENL_NAME,
					  BAILIWICK_GENL_GROUP);

	if (group < 0)
		return errno_of(group);
	if (genl_connect(genl->lifecycle) < 0 ||
	    nl_socket_set_nonblocking(genl->lifecycle) < 0)
		return -EIO;
	return nl_socket_add_membership(genl->lifecycle, group) < 0 ? -EPERM : 0;
}

static int connect_family(struct genl *genl)
{
	int on = 1, err;

	genl->commands = nl_socket_alloc();
	genl->lifecycle = nl_socket_alloc();
	if (!genl->commands || !genl->lifecycle)
		return -ENOMEM;
	err = genl_connect(genl->commands);
	if (err < 0)
		return errno_of(err);
	/* Sentences are a comfort: an old kernel answers with the number alone. */
	setsockopt(nl_socket_get_fd(genl->commands), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	genl->family = genl_ctrl_resolve(genl->commands, BAILIWICK_GENL_NAME);
	if (genl->family < 0)
		return genl->family == -NLE_OBJ_NOTFOUND ? 1 : errno_of(genl->family);
	return lifecycle_open(genl);
}

int genl_open(struct genl **ret)
{
	_cleanup_(genl_closep) struct genl *genl = calloc(1, sizeof(*genl));
	int err;

	if (!genl)
		return -ENOMEM;
	err = connect_family(genl);
	if (err)
		return err;
	*ret = TAKE_PTR(genl);
	return 0;
}

struct genl *genl_close(struct genl *genl)
{
	if (!genl)
		return NULL;
	nl_socket_free(genl->lifecycle);
	nl_socket_free(genl->commands);
	free(genl);
	return NULL;
}

int genl_status(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_STATUS);

	return message ? exchange(genl, message, ret, why) : -ENOMEM;
}

static int put_fds(struct nl_msg *message, int nest_id, int id, const int *fds, size_t count)
{
	struct nlattr *nest = nla_nest_start(message, nest_id | NLA_F_NESTED);

	if (!nest)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (nla_put_u32(message, id, (uint32_t)fds[i]))
			return -ENOMEM;
	nla_nest_end(message, nest);
	return 0;
}

int genl_adopt(struct genl *genl, int slots, int control, const int *links, size_t link_count,
	       const int *programs, size_t program_count, struct genl_module *ret,
	       struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_ADOPT);

	if (!message)
		return -ENOMEM;
	if (nla_put_u32(message, BAILIWICK_ATTR_SLOTS_FD, (uint32_t)slots) ||
	    nla_put_u32(message, BAILIWICK_ATTR_CONTROL_FD, (uint32_t)control) ||
	    put_fds(message, BAILIWICK_ATTR_LINKS, BAILIWICK_ATTR_LINK_FD, links, link_count) ||
	    (program_count && put_fds(message, BAILIWICK_ATTR_PROGRAMS,
				      BAILIWICK_ATTR_PROGRAM_FD, programs, program_count))) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return exchange(genl, message, ret, why);
}

static int put_bytes(struct nl_msg *message, int type, const struct iovec *bytes)
{
	return bytes->iov_len > UINT16_MAX - NLA_HDRLEN ? -NLE_MSGSIZE :
	       nla_put(message, type, (int)bytes->iov_len, bytes->iov_base);
}

static int put_terms(struct nl_msg *message, const struct terms *terms)
{
	static const int type[SIGN_GROUP_COUNT] = {
		[SIGN_AUTHOR] = BAILIWICK_ATTR_AUTHOR_SIGNATURE,
		[SIGN_APPROVER] = BAILIWICK_ATTR_APPROVER_SIGNATURE,
	};
	int err = 0;

	for (int i = 0; !err && i < SIGN_GROUP_COUNT; i++)
		if (terms->signature[i].iov_len)
			err = put_bytes(message, type[i], &terms->signature[i]);
	if (!err && terms->confirm_within)
		err = nla_put_u32(message, BAILIWICK_ATTR_CONFIRM_WITHIN, terms->confirm_within);
	return err;
}

int genl_switch(struct genl *genl, int image, const struct terms *terms,
		struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_SWITCH);

	if (!message)
		return -ENOMEM;
	if (nla_put_u32(message, BAILIWICK_ATTR_IMAGE_FD, (uint32_t)image) ||
	    (terms && put_terms(message, terms))) {
		nlmsg_free(message);
		return -EMSGSIZE;
	}
	return exchange(genl, message, ret, why);
}

static int put_certificates(struct nl_msg *message, int type, const struct iovec *certificates,
			    size_t count)
{
	struct nlattr *nest = nla_nest_start(message, type | NLA_F_NESTED);

	if (!nest)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (put_bytes(message, BAILIWICK_ATTR_CERTIFICATE, &certificates[i]))
			return -EMSGSIZE;
	nla_nest_end(message, nest);
	return 0;
}

int genl_trust(struct genl *genl, const struct iovec *const certificates[SIGN_GROUP_COUNT],
	       const size_t counts[SIGN_GROUP_COUNT], uint64_t floor, struct genl_module *ret,
	       struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_TRUST);

	if (!message)
		return -ENOMEM;
	if (put_certificates(message, BAILIWICK_ATTR_AUTHORS, certificates[SIGN_AUTHOR],
			     counts[SIGN_AUTHOR]) ||
	    put_certificates(message, BAILIWICK_ATTR_APPROVERS, certificates[SIGN_APPROVER],
			     counts[SIGN_APPROVER]) ||
	    nla_put_u64(message, BAILIWICK_ATTR_FLOOR, floor)) {
		nlmsg_free(message);
		return -EMSGSIZE;
	}
	return exchange(genl, message, ret, why);
}

static int say_version(struct genl *genl, uint8_t command, uint64_t version,
		       struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, command);

	if (!message)
		return -ENOMEM;
	if (nla_put_u64(message, BAILIWICK_ATTR_VERSION, version)) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return exchange(genl, message, ret, why);
}

int genl_rollback(struct genl *genl, uint64_t version, struct genl_module *ret,
		  struct buffer *why)
{
	return say_version(genl, BAILIWICK_CMD_ROLLBACK, version, ret, why);
}

int genl_confirm(struct genl *genl, uint64_t version, struct genl_module *ret,
		 struct buffer *why)
{
	return say_version(genl, BAILIWICK_CMD_CONFIRM, version, ret, why);
}

int genl_seal(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_SEAL);

	return message ? exchange(genl, message, ret, why) : -ENOMEM;
}

int genl_hold(struct genl *genl, int link, struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_HOLD);

	if (!message)
		return -ENOMEM;
	if (nla_put_u32(message, BAILIWICK_ATTR_LINK_FD, (uint32_t)link)) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return exchange(genl, message, ret, why);
}

int genl_let_go(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_LET_GO);

	return message ? exchange(genl, message, ret, why) : -ENOMEM;
}

int genl_quarantine(struct genl *genl, const struct bailiwick_quarantine *wanted, const char *name,
		    struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_QUARANTINE);

	if (!message)
		return -ENOMEM;
	if (nla_put_u32(message, BAILIWICK_ATTR_KIND, wanted->kind) ||
	    nla_put_u32(message, BAILIWICK_ATTR_NUMBER, wanted->number) ||
	    nla_put_u64(message, BAILIWICK_ATTR_ID, wanted->id) ||
	    nla_put_string(message, BAILIWICK_ATTR_NAME, name)) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	return exchange(genl, message, ret, why);
}

int genl_lift(struct genl *genl, const struct iovec *lift, const struct terms *terms,
	      struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_LIFT);

	if (!message)
		return -ENOMEM;
	if (put_bytes(message, BAILIWICK_ATTR_LIFT, lift) || (terms && put_terms(message, terms))) {
		nlmsg_free(message);
		return -EMSGSIZE;
	}
	return exchange(genl, message, ret, why);
}

int genl_release(struct genl *genl, struct genl_module *ret, struct buffer *why)
{
	struct nl_msg *message = request(genl, BAILIWICK_CMD_RELEASE);

	return message ? exchange(genl, message, ret, why) : -ENOMEM;
}

int genl_lifecycle_fd(const struct genl *genl)
{
	return nl_socket_get_fd(genl->lifecycle);
}

int genl_lifecycle_consume(struct genl *genl, genl_news_fn *each, void *context,
			   struct genl_module *ret)
{
	struct genl_module newest = {};
	struct exchange x = { .ret = &newest, .each = each, .context = context };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_any_sequence, NULL);
	do
		err = nl_recvmsgs(genl->lifecycle, cb);
	while (err >= 0);
	nl_cb_put(cb);

	/* the library has one error for no memory here and none in the socket */
	if (err != -NLE_AGAIN)
		return err == -NLE_NOMEM ? -ENOBUFS : errno_of(err);
	if (x.result)
		return x.result;
	if (!x.messages)
		return 0;
	*ret = newest;
	return 1;
}
