// SPDX-License-Identifier: Apache-2.0
/*
 * Netlink messages that are nearly right, at random: the module answers each, and stays what it is.
 *
 * usage: fuzz MESSAGES SEED [sealed]
 *
 * Commands come with attributes of every kind, in nests and out of them, with descriptors
 * that are what is asked for or not, with certificates and signatures that are good, good
 * for something else or cut; then some bytes are changed.  Without "sealed" the module may
 * come to hold something and let go of it; with it, it is sealed first, and nothing but a
 * quarantine may come of any message.
 */
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>

#include "keys.h"
#include "tests/kmod/keys.inc"

#define MESSAGE_MOST 16384
#define LOOK_EVERY 256

static uint64_t state;
static struct person author, approver, stranger;
static struct iovec blobs[8];		/* certificates, signatures, a lift */
static int fds[12];
static size_t blob_count, fd_count;
static unsigned long answered[2];	/* taken, refused */

/* --- chance: xorshift64*, so that a seed says which messages there were -------------------- */

static uint32_t any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % below;
}

/* --- a message ----------------------------------------------------------------------------- */

struct message {
	struct nlmsghdr head;
	struct genlmsghdr command;
	uint8_t rest[MESSAGE_MOST];
} __attribute__((aligned(8)));

static uint32_t used;			/* of the message's rest */
static struct message message;

static struct nlattr *put(uint16_t type, const void *data, size_t size)
{
	struct nlattr *attr = (struct nlattr *)(message.rest + used);

	if (used + NLA_HDRLEN + NLA_ALIGN(size) > MESSAGE_MOST - 64)
		return NULL;
	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memset(attr + 1, 0, NLA_ALIGN(size));
	memcpy(attr + 1, data, size);
	used += NLA_HDRLEN + NLA_ALIGN(size);
	return attr;
}

static void put_number(uint16_t type, size_t size)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 7, 64, 100, 28800, 28801, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
	};
	uint64_t number = edges[any(sizeof(edges) / sizeof(*edges))];

	put(type, &number, size);
}

static void put_fd(uint16_t type)
{
	uint32_t fd = any(8) ? (uint32_t)fds[any((uint32_t)fd_count)] : any(2) ? 1000 : UINT32_MAX;

	put(type, &fd, sizeof(fd));
}

/* One of those that are there, sometimes cut, sometimes with bytes changed. */
static void put_blob(uint16_t type)
{
	struct iovec blob = blobs[any((uint32_t)blob_count)];
	uint8_t bytes[4096];
	size_t size = blob.iov_len < sizeof(bytes) ? blob.iov_len : sizeof(bytes);

	memcpy(bytes, blob.iov_base, size);
	if (!any(4))
		size = any((uint32_t)size + 1);
	for (uint32_t n = any(3) ? 0 : any(8); size && n; n--)
		bytes[any((uint32_t)size)] ^= (uint8_t)(1 << any(8));
	put(type, bytes, size);
}

static void put_any(int depth);

static void put_nest(uint16_t type, int depth)
{
	struct nlattr *nest = put(any(8) ? type | NLA_F_NESTED : type, "", 0);
	uint32_t begin = used, count = any(16) ? any(4) : any(200);

	for (uint32_t i = 0; nest && i < count; i++) {
		if (!any(6) && depth < 4)
			put_any(depth + 1);
		else if (type == BAILIWICK_ATTR_LINKS)
			put_fd(BAILIWICK_ATTR_LINK_FD);
		else if (type == BAILIWICK_ATTR_PROGRAMS)
			put_fd(BAILIWICK_ATTR_PROGRAM_FD);
		else
			put_blob(BAILIWICK_ATTR_CERTIFICATE);
	}
	if (nest)
		nest->nla_len = (uint16_t)(NLA_HDRLEN + used - begin);
}

static void put_kind(uint16_t type, int depth)
{
	static const char names[][24] = { "user:one", "unit:x.service", "", "exe:/bin/sh\n", "pid:7" };

	switch (type) {
	case BAILIWICK_ATTR_LINKS:
	case BAILIWICK_ATTR_PROGRAMS:
	case BAILIWICK_ATTR_AUTHORS:
	case BAILIWICK_ATTR_APPROVERS:
		put_nest(type, depth);
		break;
	case BAILIWICK_ATTR_SLOTS_FD:
	case BAILIWICK_ATTR_CONTROL_FD:
	case BAILIWICK_ATTR_LINK_FD:
	case BAILIWICK_ATTR_IMAGE_FD:
	case BAILIWICK_ATTR_PROGRAM_FD:
		put_fd(type);
		break;
	case BAILIWICK_ATTR_CERTIFICATE:
	case BAILIWICK_ATTR_AUTHOR_SIGNATURE:
	case BAILIWICK_ATTR_APPROVER_SIGNATURE:
	case BAILIWICK_ATTR_LIFT:
		put_blob(type);
		break;
	case BAILIWICK_ATTR_NAME:
		put(type, names[any(5)], any(24));
		break;
	case BAILIWICK_ATTR_FLOOR:
	case BAILIWICK_ATTR_VERSION:
	case BAILIWICK_ATTR_ID:
		put_number(type, 8);
		break;
	default:
		put_number(type, 4);
	}
}

static void put_any(int depth)
{
	put_kind((uint16_t)any(BAILIWICK_ATTR_MAX + 4), depth);
}

/* What the command wants, most of it, and something besides. */
static void put_wanted(uint8_t command)
{
	static const uint8_t wanted[BAILIWICK_CMD_COUNT][4] = {
		[BAILIWICK_CMD_ADOPT] = { BAILIWICK_ATTR_SLOTS_FD, BAILIWICK_ATTR_CONTROL_FD,
					  BAILIWICK_ATTR_LINKS, BAILIWICK_ATTR_PROGRAMS },
		[BAILIWICK_CMD_TRUST] = { BAILIWICK_ATTR_AUTHORS, BAILIWICK_ATTR_APPROVERS,
					  BAILIWICK_ATTR_FLOOR },
		[BAILIWICK_CMD_SWITCH] = { BAILIWICK_ATTR_IMAGE_FD, BAILIWICK_ATTR_AUTHOR_SIGNATURE,
					   BAILIWICK_ATTR_APPROVER_SIGNATURE,
					   BAILIWICK_ATTR_CONFIRM_WITHIN },
		[BAILIWICK_CMD_CONFIRM] = { BAILIWICK_ATTR_VERSION },
		[BAILIWICK_CMD_ROLLBACK] = { BAILIWICK_ATTR_VERSION },
		[BAILIWICK_CMD_HOLD] = { BAILIWICK_ATTR_LINK_FD },
		[BAILIWICK_CMD_QUARANTINE] = { BAILIWICK_ATTR_KIND, BAILIWICK_ATTR_NUMBER,
					       BAILIWICK_ATTR_ID, BAILIWICK_ATTR_NAME },
		[BAILIWICK_CMD_LIFT] = { BAILIWICK_ATTR_LIFT, BAILIWICK_ATTR_AUTHOR_SIGNATURE,
					 BAILIWICK_ATTR_APPROVER_SIGNATURE },
	};

	for (int i = 0; i < 4; i++)
		if (wanted[command][i] && any(12))
			put_kind(wanted[command][i], 0);
	for (uint32_t n = any(3) ? 0 : any(4); n; n--)
		put_any(0);
}

/* Bytes of attributes and their heads; the message's own head is right most of the time. */
static void disturb(void)
{
	for (uint32_t n = any(2) ? 0 : 1 + any(6); used && n; n--)
		message.rest[any(used)] = any(2) ? (uint8_t)any(256) :
					  (uint8_t)(message.rest[any(used)] ^ (1 << any(8)));
	if (!any(16))
		used = any(used + 1);
}

static void make(int family, int may_seal)
{
	uint8_t command = (uint8_t)(any(32) ? 1 + any(BAILIWICK_CMD_MAX) : any(256));

	if (!may_seal && command == BAILIWICK_CMD_SEAL)
		command = BAILIWICK_CMD_STATUS;
	used = 0;
	if (command < BAILIWICK_CMD_COUNT)
		put_wanted(command);
	disturb();
	message.command = (struct genlmsghdr){
		.cmd = command,
		.version = (uint8_t)(any(32) ? BAILIWICK_GENL_VERSION : any(256)),
		.reserved = (uint16_t)(any(64) ? 0 : any(65536)),
	};
	message.head = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(sizeof(message.head) + sizeof(message.command)) + used,
		.nlmsg_type = (uint16_t)family,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (any(8) ? NLM_F_ACK : any(65536))),
	};
}

/* --- sending ------------------------------------------------------------------------------- */

static void take_answers(int s)
{
	static uint8_t answer[65536] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = recv(s, answer, sizeof(answer), MSG_DONTWAIT)) > 0)
		for (struct nlmsghdr *h = (struct nlmsghdr *)answer; NLMSG_OK(h, (size_t)n);
		     h = NLMSG_NEXT(h, n))
			if (h->nlmsg_type == NLMSG_ERROR)
				answered[((struct nlmsgerr *)NLMSG_DATA(h))->error != 0]++;
}

static int is_what_it_was(struct genl *genl, const struct genl_module *was)
{
	struct genl_module status;

	if (genl_status(genl, &status, NULL))
		return ok(0, "the module answers");
	if (status.abi != BAILIWICK_ABI || status.held > BAILIWICK_LINKS_MAX + 1)
		return ok(0, "what it says of itself can be");
	if (!was)
		return 1;
	if ((status.flags & was->flags) != was->flags || status.held < was->held ||
	    status.version != was->version || status.floor != was->floor ||
	    status.authors != was->authors || status.approvers != was->approvers ||
	    memcmp(status.digest, was->digest, sizeof(status.digest)) || !is_enforced())
		return ok(0, "sealed, it is what it was");
	return 1;
}

static int send_all(struct genl *genl, unsigned long count, const struct genl_module *was)
{
	struct nl_sock *sock = nl_socket_alloc();
	int family, good = 1, s;

	need(sock && genl_connect(sock) == 0 ? 0 : -1, "no generic netlink");
	family = genl_ctrl_resolve(sock, BAILIWICK_GENL_NAME);
	need(family, "the module is not loaded");
	s = nl_socket_get_fd(sock);
	for (unsigned long i = 0; good && i < count; i++) {
		make(family, was != NULL);
		if (send(s, &message, message.head.nlmsg_len, 0) < 0 && errno != ENOBUFS)
			printf("# message %lu is not sent: %s\n", i, strerror(errno));
		take_answers(s);
		if (i % LOOK_EVERY == 0)
			good = is_what_it_was(genl, was);
		if (!good)
			printf("#   at message %lu\n", i);
	}
	nl_socket_free(sock);
	return good;
}

/* --- what there is to send ----------------------------------------------------------------- */

static void add_blob(const void *data, size_t size)
{
	blobs[blob_count++] = (struct iovec){ (void *)data, size };
}

static void add_image(uint64_t version, int seals)
{
	struct image_bytes image = make_image(version, 0);

	fds[fd_count++] = make_memfd(image.data, image.size, seals);
	image_bytes_done(&image);
}

/* The image in force when it is sealed, and its signatures: of no use once it is */
static int begin(struct genl *genl, struct genl_module *status, int seal)
{
	struct image_bytes image = make_image(5, 0);
	const struct iovec keys[] = { { author.der, author.der_size },
				      { approver.der, approver.der_size } };
	const struct iovec *const certificates[SIGN_GROUP_COUNT] = { &keys[0], &keys[1] };
	const size_t counts[SIGN_GROUP_COUNT] = { 1, 1 };
	struct terms terms = { .signature = {
		[SIGN_AUTHOR] = sign_plain(&author, &image),
		[SIGN_APPROVER] = sign_plain(&approver, &image),
	} };
	int fd = make_memfd(image.data, image.size, ALL_SEALS), link = make_link(), r = 0;

	for (int i = 0; i < SIGN_GROUP_COUNT; i++)
		add_blob(terms.signature[i].iov_base, terms.signature[i].iov_len);
	fds[fd_count++] = fd;
	fds[fd_count++] = link;
	fds[fd_count++] = make_slots();
	fds[fd_count++] = make_control();
	if (seal)
		r = genl_trust(genl, certificates, counts, 0, status, NULL) ?:
		    genl_adopt(genl, fds[fd_count - 2], fds[fd_count - 1], &link, 1, NULL, 0, status,
			       NULL) ?:
		    genl_switch(genl, fd, &terms, status, NULL) ?: genl_seal(genl, status, NULL);
	image_bytes_done(&image);
	return r;
}

int main(int argc, char **argv)
{
	int sealed = argc > 3 && !strcmp(argv[3], "sealed");
	struct genl_module status;
	unsigned long count;
	struct genl *genl;

	if (argc < 3)
		return 64;
	count = strtoul(argv[1], NULL, 10);
	state = strtoull(argv[2], NULL, 10) | 1;
	need(genl_open(&genl) ? -1 : 0, "the module is not loaded");
	author = read_person("author", author_pem);
	approver = read_person("approver", approver_pem);
	stranger = read_person("stranger", stranger_pem);
	is(begin(genl, &status, sealed), 0, sealed ? "sealed" : "ready");
	add_blob(author.der, author.der_size);
	add_blob(approver.der, approver.der_size);
	add_blob(stranger.der, stranger.der_size);
	add_blob(BAILIWICK_LIFT_MAGIC "................................", 40);
	add_image(4, ALL_SEALS);
	add_image(9, ALL_SEALS);
	add_image(9, F_SEAL_WRITE);
	fds[fd_count++] = make_program("task_setioprio");
	fds[fd_count++] = open("/", O_PATH | O_CLOEXEC);
	fds[fd_count++] = 0;
	ok(send_all(genl, count, sealed ? &status : NULL), "%lu messages, seed %s", count, argv[2]);
	printf("# %lu taken, %lu refused\n", answered[0], answered[1]);
	ok(answered[0] && answered[1], "some are taken, some refused");
	if (!sealed)
		ok(!genl_release(genl, &status, NULL) || !status.held, "what it held is let go of");
	genl_close(genl);
	return finish();
}
