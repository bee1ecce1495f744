/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's list of sockets: looking at it, and ending what stands in it */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "load/sockdiag.h"

#define PATIENCE 5		/* seconds the kernel may take for one answer */
#define COOKIE_NONE 0xffffffffu	/* twice: INET_DIAG_NOCOOKIE */

struct sockdiag {
	struct nl_sock *socket;
};

/* What the callbacks of one exchange leave behind */
struct exchange {
	sockdiag_found_fn *found;
	void *context;
	int protocol;
	int result;
	int stopped;
	int done;
};

struct sockdiag *sockdiag_close(struct sockdiag *diag)
{
	if (!diag)
		return NULL;
	nl_socket_free(diag->socket);
	free(diag);
	return NULL;
}

/* A netlink socket belongs to the namespace it was made in, wherever its maker goes */
static int connect_here(struct sockdiag *diag)
{
	struct timeval limit = { .tv_sec = PATIENCE };

	diag->socket = nl_socket_alloc();
	if (!diag->socket)
		return -ENOMEM;
	if (nl_connect(diag->socket, NETLINK_SOCK_DIAG) < 0)
		return -EPROTONOSUPPORT;
	if (setsockopt(nl_socket_get_fd(diag->socket), SOL_SOCKET, SO_RCVTIMEO, &limit,
		       sizeof(limit)) < 0)
		return -errno;
	return 0;
}

static int connect_there(struct sockdiag *diag, int netns)
{
	_cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	if (home < 0)
		return -errno;
	if (setns(netns, CLONE_NEWNET) < 0)
		return -errno;
	r = connect_here(diag);
	/* in a foreign namespace nothing further may be done by mistake */
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	return r;
}

int sockdiag_open(int netns, struct sockdiag **ret)
{
	_cleanup_(sockdiag_closep) struct sockdiag *diag = calloc(1, sizeof(*diag));
	int r;

	if (!diag)
		return -ENOMEM;
	r = netns < 0 ? connect_here(diag) : connect_there(diag, netns);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(diag);
	return 0;
}

/* --- one question, its answers ---------------------------------------------------- */

static void read_socket(const struct inet_diag_msg *m, int protocol, struct sockdiag_socket *ret)
{
	*ret = (struct sockdiag_socket){
		.family = m->idiag_family,
		.protocol = (uint8_t)protocol,
		.state = m->idiag_state,
		.local_port = ntohs(m->id.idiag_sport),
		.peer_port = ntohs(m->id.idiag_dport),
		.interface = m->id.idiag_if,
		.cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
		.inode = m->idiag_inode,
		.uid = m->idiag_uid,
	};
	memcpy(ret->local, m->id.idiag_src, sizeof(ret->local));
	memcpy(ret->peer, m->id.idiag_dst, sizeof(ret->peer));
	if (ret->family == AF_INET) {
		memset(ret->local + 4, 0, 12);
		memset(ret->peer + 4, 0, 12);
	}
}

static int on_valid(struct nl_msg *message, void *context)
{
	struct exchange *x = context;
	struct nlmsghdr *header = nlmsg_hdr(message);
	struct sockdiag_socket socket;

	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || x->stopped || !x->found ||
	    nlmsg_datalen(header) < (int)sizeof(struct inet_diag_msg))
		return NL_OK;
	read_socket(nlmsg_data(header), x->protocol, &socket);
	x->result = x->found(x->context, &socket);
	x->stopped = x->result != 0;	/* what was asked for is read to its end all the same */
	return NL_OK;
}

static int on_end(struct nl_msg *message, void *context)
{
	struct exchange *x = context;

	(void)message;
	x->done = 1;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *context)
{
	struct exchange *x = context;

	(void)from;
	x->result = error->error;
	x->done = 1;
	return NL_STOP;
}

/* The errno is the kernel's own: libnl's numbers know fewer reasons */
static int talk(struct sockdiag *diag, int type, int flags, const struct inet_diag_req_v2 *request,
		struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int r = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	if (nl_send_simple(diag->socket, type, flags, (void *)request, sizeof(*request)) < 0)
		r = -EIO;
	while (r == 0 && !x->done)
		if (nl_recvmsgs(diag->socket, cb) < 0 && !x->done)
			r = -ETIMEDOUT;
	nl_cb_put(cb);
	return r < 0 ? r : x->result;
}

static struct inet_diag_req_v2 request_for(const struct sockdiag_socket *socket)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = socket->family,
		.sdiag_protocol = socket->protocol,
		.idiag_states = ~0u,
		.id.idiag_sport = htons(socket->local_port),
		.id.idiag_dport = htons(socket->peer_port),
		.id.idiag_if = socket->interface,
		.id.idiag_cookie = { COOKIE_NONE, COOKIE_NONE },
	};

	memcpy(request.id.idiag_src, socket->local, sizeof(socket->local));
	memcpy(request.id.idiag_dst, socket->peer, sizeof(socket->peer));
	if (socket->cookie != SOCKDIAG_ANY_COOKIE) {
		request.id.idiag_cookie[0] = (uint32_t)socket->cookie;
		request.id.idiag_cookie[1] = (uint32_t)(socket->cookie >> 32);
	}
	return request;
}

int sockdiag_destroy(struct sockdiag *diag, const struct sockdiag_socket *socket)
{
	struct inet_diag_req_v2 request = request_for(socket);
	struct exchange x = { 0 };

	return talk(diag, SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, &request, &x);
}

/* --- many at once -------------------------------------------------------------------- */

/* As many messages in one piece; only the last, and what goes wrong, is answered */
struct destroy_message {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};
_Static_assert(sizeof(struct destroy_message) % NLMSG_ALIGNTO == 0, "messages stand without gaps");

/* Errors into their places; 1 when the last was answered, -ETIMEDOUT when nothing comes */
static int take_answers(struct sockdiag *diag, uint32_t first, size_t count, int ret[])
{
	char bytes[16384];
	ssize_t n = recv(nl_socket_get_fd(diag->socket), bytes, sizeof(bytes), 0);
	int r = 0;

	if (n < 0)
		return errno == EINTR ? 0 : errno == EAGAIN ? -ETIMEDOUT : -errno;
	for (struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
		const struct nlmsgerr *error = NLMSG_DATA(h);
		uint32_t at = h->nlmsg_seq - first;

		if (h->nlmsg_type != NLMSG_ERROR || at >= count ||
		    h->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
			continue;
		ret[at] = error->error;
		r |= at == count - 1;
	}
	return r;
}

void sockdiag_destroy_many(struct sockdiag *diag, const struct sockdiag_socket *const sockets[],
			   size_t count, int ret[])
{
	struct destroy_message messages[SOCKDIAG_BATCH] = { 0 };
	uint32_t first = 0;
	int r = diag ? 0 : -ENOENT;

	for (size_t i = 0; i < count; i++) {
		uint32_t number = diag ? nl_socket_use_seq(diag->socket) : 0;

		first = i ? first : number;
		messages[i].header = (struct nlmsghdr){
			.nlmsg_len = sizeof(messages[i]),
			.nlmsg_type = SOCK_DESTROY,
			.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (i == count - 1 ? NLM_F_ACK : 0)),
			.nlmsg_seq = number,
		};
		messages[i].request = request_for(sockets[i]);
		ret[i] = 0;
	}
	if (r == 0 && nl_sendto(diag->socket, messages, count * sizeof(messages[0])) < 0)
		r = -EIO;
	while (r == 0)
		r = take_answers(diag, first, count, ret);
	/* nobody knows what of it was done: one by one, what is gone already answers so */
	for (size_t i = 0; r < 0 && i < count; i++)
		ret[i] = r == -ENOBUFS ? sockdiag_destroy(diag, sockets[i]) : r;
}

int sockdiag_list(struct sockdiag *diag, int family, int protocol, sockdiag_found_fn *found,
		  void *context)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = (uint8_t)family,
		.sdiag_protocol = (uint8_t)protocol,
		.idiag_states = ~0u,
	};
	struct exchange x = { .found = found, .context = context, .protocol = protocol };

	return talk(diag, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, &request, &x);
}
