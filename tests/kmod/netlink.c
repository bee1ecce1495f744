/* SPDX-License-Identifier: Apache-2.0 */
/* Every answer of the netlink protocol, the good ones and each refusal, provoked */
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "rig.h"

static struct genl *module_socket;
static struct genl_module status;
static int slots, control, lsm_link;
static struct buffer sentence;		/* of the last refusal */

/* The sentence tells apart what the number does not: refused, and for this reason. */
static void refused(int err, int expected, const char *because, const char *what)
{
	const char *said = sentence.size ? sentence.data : "nothing";

	if (!ok(err == expected && strstr(said, because), "%s", what))
		printf("#   got %d (%s) and \"%s\", expected %d and \"%s\"\n", err,
		       strerror(-err), said, expected, because);
}

static int do_adopt(int slots_fd, int control_fd, const int *links, size_t count)
{
	buffer_clear(&sentence);
	return genl_adopt(module_socket, slots_fd, control_fd, links, count, NULL, 0, &status,
			  &sentence);
}

static int do_switch(int fd)
{
	int err;

	buffer_clear(&sentence);
	err = genl_switch(module_socket, fd, NULL, &status, &sentence);
	close(fd);
	return err;
}

static int switch_bytes(const struct image_bytes *bytes)
{
	return do_switch(make_memfd(bytes->data, bytes->size, ALL_SEALS));
}

static int switch_version(uint64_t version, int protects)
{
	struct image_bytes bytes = make_image(version, protects);
	int err = switch_bytes(&bytes);

	image_bytes_done(&bytes);
	return err;
}

static void read_control(struct bailiwick_control *ret)
{
	uint32_t zero = 0;

	need(bpf_map_lookup_elem(control, &zero, ret), "cannot read the control map");
}

/* --- before anything is held ------------------------------------------------------ */

static void test_empty(void)
{
	is(genl_status(module_socket, &status, NULL), 0, "STATUS is answered");
	is((int)status.abi, BAILIWICK_ABI, "the module has this ABI");
	ok(!status.flags && !status.held && !status.slot_size && !status.epoch &&
	   !status.version, "nothing is held and no policy is in force");
	is(switch_version(1, 0), -ENODEV, "SWITCH before ADOPT");
	is(genl_rollback(module_socket, 1, &status, NULL), -ENODEV, "ROLLBACK before ADOPT");
	is(genl_hold(module_socket, lsm_link, &status, NULL), -ENODEV, "HOLD before ADOPT");
	is(genl_let_go(module_socket, &status, NULL), -ENODEV, "LET_GO before ADOPT");
	is(genl_release(module_socket, &status, NULL), -ENODEV, "RELEASE before ADOPT");
}

static void refuse_slots(int map, const char *what)
{
	refused(do_adopt(map, control, &lsm_link, 1), -EINVAL, "slots map", what);
	close(map);
}

static void refuse_control(int map, const char *because, const char *what)
{
	refused(do_adopt(slots, map, &lsm_link, 1), -EINVAL, because, what);
	close(map);
}

static void test_adopt_refusals(void)
{
	struct bailiwick_control in_force = { .word = 2 };
	int many[BAILIWICK_LINKS_MAX + 1], map, writable;
	uint32_t zero = 0;

	refuse_slots(make_map(BPF_MAP_TYPE_HASH, 64, 2, READ_ONLY), "slots in a hash map");
	refuse_slots(make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE / 2, 2, READ_ONLY),
		     "slots that are too small");
	refuse_slots(make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE + 4096, 2, READ_ONLY),
		     "slots of no power of two");
	refuse_slots(make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE, 3, READ_ONLY), "three slots");
	refuse_slots(make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE, 2, 0),
		     "slots that programs may write");
	refuse_slots(make_map(BPF_MAP_TYPE_ARRAY, SLOT_SIZE, 2, READ_ONLY | BPF_F_MMAPABLE),
		     "slots that can be mapped");
	refuse_control(make_map(BPF_MAP_TYPE_ARRAY, 8, 1, READ_ONLY), "control map",
		       "a control word alone");
	refuse_control(make_map(BPF_MAP_TYPE_ARRAY, sizeof(struct bailiwick_control), 2,
				READ_ONLY), "control map", "two control records");
	refuse_control(dup(slots), "control map", "slots in place of the control map");

	map = make_control();
	writable = reopen_by_id(map);
	need(bpf_map_update_elem(writable, &zero, &in_force, BPF_ANY), "cannot write a map");
	close(writable);
	refuse_control(map, "in force", "a control map in which a policy is in force");

	refused(do_adopt(lsm_link, control, &lsm_link, 1), -EINVAL, "no BPF map",
		"a link in place of a map");
	refused(do_adopt(-1, control, &lsm_link, 1), -EBADF, "no BPF map", "no map at all");
	refused(do_adopt(slots, control, &slots, 1), -EINVAL, "no BPF link",
		"a map in place of a link");
	refused(do_adopt(slots, control, NULL, 0), -EINVAL, "missing", "no link");
	for (size_t i = 0; i <= BAILIWICK_LINKS_MAX; i++)
		many[i] = lsm_link;
	refused(do_adopt(slots, control, many, BAILIWICK_LINKS_MAX + 1), -E2BIG, "more links",
		"too many links");
	is(genl_status(module_socket, &status, NULL), 0, "STATUS after refusals");
	ok(!status.flags && !status.held, "nothing is held after refusals");
}

static void test_adopt(void)
{
	struct bailiwick_control word = { .word = 4 };
	uint32_t zero = 0;
	int again;

	refused(do_adopt(slots, control, &lsm_link, 1), 0, "", "ADOPT");
	ok(status.flags == BAILIWICK_MODULE_ADOPTED && status.held == 1 &&
	   status.slot_size == SLOT_SIZE && !status.epoch, "what it answers");
	refused(do_adopt(slots, control, &lsm_link, 1), -EEXIST, "already", "ADOPT twice");

	is(bpf_map_update_elem(control, &zero, &word, BPF_ANY), -EPERM,
	   "the creator cannot write the control map");
	again = reopen_by_id(control);
	is(again < 0 ? -EPERM : bpf_map_update_elem(again, &zero, &word, BPF_ANY), -EPERM,
	   "a descriptor by id cannot write the control map");
	close(again);
	again = reopen_by_id(slots);
	is(again < 0 ? -EPERM : bpf_map_update_elem(again, &zero, calloc(1, SLOT_SIZE), BPF_ANY),
	   -EPERM, "a descriptor by id cannot write the slots");
	close(again);
}

/* --- switching ---------------------------------------------------------------------- */

static void test_descriptors(void)
{
	static const int too_few[] = {
		0, F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_SHRINK, F_SEAL_WRITE | F_SEAL_GROW,
		F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_SEAL,
	};
	struct image_bytes good = make_image(1, 0);
	char path[] = "/tmp/imageXXXXXX";
	char *large = calloc(1, SLOT_SIZE + 1);
	int file = mkstemp(path);

	for (size_t i = 0; i < sizeof(too_few) / sizeof(too_few[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "a memfd with seals %#x", too_few[i]);
		refused(do_switch(make_memfd(good.data, good.size, too_few[i])), -EPERM, "sealed",
			what);
	}
	need((int)write(file, good.data, good.size), "cannot write a file");
	refused(do_switch(file), -EPERM, "sealed", "a file");
	unlink(path);
	refused(do_switch(dup(slots)), -EPERM, "sealed", "a map in place of an image");
	refused(do_switch(-1), -EBADF, "not open", "no descriptor");
	memcpy(large, good.data, good.size);
	refused(do_switch(make_memfd(large, SLOT_SIZE + 1, ALL_SEALS)), -EFBIG, "larger",
		"larger than a slot");
	refused(do_switch(make_memfd("", 0, ALL_SEALS)), -EBADMSG, "no policy image", "empty");
	refused(do_switch(make_memfd(good.data, 100, ALL_SEALS)), -EBADMSG,
		"no policy image", "part of a header");
	refused(do_switch(make_memfd(good.data, good.size - 1, ALL_SEALS)), -EBADMSG,
		"another size", "one byte short");
	refused(do_switch(make_memfd(large, good.size + 8, ALL_SEALS)), -EBADMSG,
		"another size", "bytes behind the end");
	memset(large, 0, 4096);
	refused(do_switch(make_memfd(large, 4096, ALL_SEALS)), -EBADMSG, "no policy image",
		"zeros");
	free(large);
	image_bytes_done(&good);
}

/* Change one field, keep the digest right. */
#define REFUSE_FIELD(field, value, error, because)				\
	do {									\
		struct image_bytes bytes_ = make_image(1, 0);			\
										\
		((struct bailiwick_image_header *)bytes_.data)->field = (value);	\
		redigest(&bytes_);						\
		refused(switch_bytes(&bytes_), error, because, #field " = " #value);		\
		image_bytes_done(&bytes_);					\
	} while (0)

static void test_contents(void)
{
	REFUSE_FIELD(abi, BAILIWICK_ABI + 1, -EPROTONOSUPPORT, "another ABI");
	REFUSE_FIELD(abi, 0, -EPROTONOSUPPORT, "another ABI");
	REFUSE_FIELD(magic[0], 'b', -EBADMSG, "no policy image");
	REFUSE_FIELD(header_size, 0, -EBADMSG, "size differs");
	REFUSE_FIELD(image_size, 1u << 31, -EBADMSG, "another size");
	REFUSE_FIELD(version, 0, -EBADMSG, "version 0");
	REFUSE_FIELD(rows, 0, -EBADMSG, "rows");
	REFUSE_FIELD(rows, ~0u, -EBADMSG, "rows");
	REFUSE_FIELD(labels, 1u << 30, -EBADMSG, "labels");
	REFUSE_FIELD(states, ~0u, -EBADMSG, "states");
	REFUSE_FIELD(start_state, 2, -EBADMSG, "start state");
	REFUSE_FIELD(byte_classes, 257, -EBADMSG, "byte classes");
	REFUSE_FIELD(default_user_row, 3, -EBADMSG, "default row");
	REFUSE_FIELD(trie4_root, 1, -EBADMSG, "address trie");
	REFUSE_FIELD(port_root[2], ~0u, -EBADMSG, "port trie");
	REFUSE_FIELD(flags, 1, -EBADMSG, "flags");
	REFUSE_FIELD(section[0].offset, ~0u, -EBADMSG, "section");
	REFUSE_FIELD(section[1].size, ~0u, -EBADMSG, "section");
	REFUSE_FIELD(section[3].count, ~0u, -EBADMSG, "");
	REFUSE_FIELD(section[BAILIWICK_SECTION_STRINGS].reserved, 1, -EBADMSG, "reserved");
}

/* No bit of an image may change unnoticed; one bit of every byte is tried. */
static void test_flipped_bits(void)
{
	struct image_bytes good = make_image(1, 0);
	int taken = 0, odd = 0;

	for (uint32_t at = 0; at < good.size; at++) {
		int err;

		good.data[at] ^= (uint8_t)(1 << at % 8);
		err = switch_bytes(&good);
		good.data[at] ^= (uint8_t)(1 << at % 8);
		taken += !err;
		odd += err && err != -EKEYREJECTED && err != -EBADMSG && err != -EPROTONOSUPPORT;
	}
	ok(!taken && !odd, "a flipped bit in each of %u bytes", good.size);
	((struct bailiwick_image_header *)good.data)->digest[31] ^= 0x80;
	is(switch_bytes(&good), -EKEYREJECTED, "a flipped bit in the digest");
	image_bytes_done(&good);
	genl_status(module_socket, &status, NULL);
	ok(!status.epoch && !status.version, "no policy is in force after refusals");
}

static int slot_holds(uint32_t slot, const struct image_bytes *bytes)
{
	unsigned char *value = malloc(SLOT_SIZE);
	int good;

	need(bpf_map_lookup_elem(slots, &slot, value), "cannot read a slot");
	good = !memcmp(value, bytes->data, bytes->size);
	for (uint32_t i = bytes->size; i < SLOT_SIZE; i++)
		good &= !value[i];
	free(value);
	return good;
}

static int in_force(uint64_t epoch, uint64_t version, uint32_t slot)
{
	struct bailiwick_control word;
	int good = status.epoch == epoch && status.version == version && status.active == slot;

	read_control(&word);
	good &= word.word == (epoch << 1 | slot) && !word.sealed;
	genl_status(module_socket, &status, NULL);
	return good && status.epoch == epoch && status.version == version &&
	       status.active == slot;
}

static void test_switch(void)
{
	struct image_bytes five = make_image(5, 0), six = make_image(6, 1);
	const struct bailiwick_image_header *header = (void *)five.data;
	struct bailiwick_control word;

	is(switch_bytes(&five), 0, "SWITCH to version 5");
	ok(in_force(1, 5, 0) && slot_holds(0, &five), "version 5 is in force, in slot 0");
	ok(!memcmp(status.digest, header->digest, 32), "with its digest");
	is(switch_bytes(&five), -ESTALE, "version 5 again");
	is(switch_version(4, 0), -ESTALE, "version 4");
	ok(in_force(1, 5, 0), "version 5 stays in force");

	read_control(&word);
	is((int)word.protects, 0, "it protects nothing");
	is(switch_bytes(&six), 0, "SWITCH to version 6");
	ok(in_force(2, 6, 1) && slot_holds(1, &six), "version 6 is in force, in slot 1");
	read_control(&word);
	is((int)word.protects, 1, "it protects something");
	ok(slot_holds(0, &five), "version 5 is still in slot 0");

	is(genl_rollback(module_socket, 4, &status, NULL), -ESTALE, "ROLLBACK to version 4");
	is(genl_rollback(module_socket, 6, &status, NULL), -ESTALE,
	   "ROLLBACK to what is in force");
	is(genl_rollback(module_socket, 0, &status, NULL), -ESTALE, "ROLLBACK to version 0");
	is(genl_rollback(module_socket, 5, &status, NULL), 0, "ROLLBACK to version 5");
	ok(in_force(3, 5, 0), "version 5 is in force again, in a new epoch");
	read_control(&word);
	is((int)word.protects, 0, "it protects nothing again");
	is(switch_version(7, 0), 0, "SWITCH to version 7");
	ok(in_force(4, 7, 1) && status.switches == 4, "version 7 is in force");
	is(switch_version(UINT64_MAX, 0), 0, "SWITCH to the last version there is");
	is(switch_version(1, 0), -ESTALE, "version 1 after the last");
	image_bytes_done(&five);
	image_bytes_done(&six);
}

static void test_lifecycle(void)
{
	struct pollfd readable = { .fd = genl_lifecycle_fd(module_socket), .events = POLLIN };
	struct genl_module said = {};
	int err;

	/* thousands were refused meanwhile: that some were lost is said, not hidden */
	is(genl_lifecycle_consume(module_socket, NULL, NULL, &said), -ENOBUFS,
	   "announcements that were lost");
	do
		err = genl_lifecycle_consume(module_socket, NULL, NULL, &said);
	while (err == 1 || err == -ENOBUFS);
	is(switch_version(1, 0), -ESTALE, "a refusal is announced too");
	is(poll(&readable, 1, 1000), 1, "announcements arrived");
	is(genl_lifecycle_consume(module_socket, NULL, NULL, &said), 1, "they can be read");
	ok(said.epoch == status.epoch && said.version == status.version,
	   "the newest says what is in force");
	is(genl_lifecycle_consume(module_socket, NULL, NULL, &said), 0, "and there are no more");
}

/* --- bytes no library would send --------------------------------------------------------- */

static struct {
	struct nlmsghdr header;
	struct genlmsghdr genl;
	unsigned char attributes[4096];
} raw;

static int raw_socket(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct timeval patience = { .tv_sec = 5 };

	need(fd, "no netlink socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	need(connect(fd, (struct sockaddr *)&to, sizeof(to)), "no netlink");
	return fd;
}

static void attribute(size_t *at, uint16_t type, const void *data, uint16_t size)
{
	struct nlattr attr = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	memcpy(raw.attributes + *at, &attr, sizeof(attr));
	memcpy(raw.attributes + *at + NLA_HDRLEN, data, size);
	*at += NLA_ALIGN(NLA_HDRLEN + size);
}

/* The error of the answer; 0 for an ack or a reply. */
static int raw_exchange(int fd, uint16_t family, uint8_t command, size_t size)
{
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} answer;
	const struct nlmsgerr *error = (void *)(answer.bytes + NLMSG_HDRLEN);

	raw.header = (struct nlmsghdr) {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + size),
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};
	raw.genl = (struct genlmsghdr) { .cmd = command, .version = 1 };
	if (send(fd, &raw, raw.header.nlmsg_len, 0) < 0)
		return -errno;
	if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.header))
		return -errno;
	if (answer.header.nlmsg_type == NLMSG_ERROR)
		return error->error;
	recv(fd, &answer, sizeof(answer), 0);	/* the ack behind the reply */
	return 0;
}

static uint16_t family_id(int fd)
{
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} answer;
	size_t at = 0;
	ssize_t n;

	attribute(&at, CTRL_ATTR_FAMILY_NAME, BAILIWICK_GENL_NAME, sizeof(BAILIWICK_GENL_NAME));
	raw.header = (struct nlmsghdr) {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN + at),
		.nlmsg_type = GENL_ID_CTRL,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	raw.genl = (struct genlmsghdr) { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	need((int)send(fd, &raw, raw.header.nlmsg_len, 0), "cannot ask for the family");
	n = recv(fd, &answer, sizeof(answer), 0);
	for (size_t i = NLMSG_HDRLEN + GENL_HDRLEN; i + NLA_HDRLEN <= (size_t)n;) {
		struct nlattr *attr = (void *)(answer.bytes + i);

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)(answer.bytes + i + NLA_HDRLEN);
		i += NLA_ALIGN(attr->nla_len);
	}
	errno = ENOENT;
	need(-1, "the family is not there");
	return 0;
}

static void test_malformed(void)
{
	int fd = raw_socket(), err;
	uint16_t family = family_id(fd);
	unsigned char bytes[64] = {};
	size_t at = 0;

	is(raw_exchange(fd, family, BAILIWICK_CMD_STATUS, 0), 0, "a bare STATUS");
	is(raw_exchange(fd, family, 0, 0), -EOPNOTSUPP, "command 0");
	is(raw_exchange(fd, family, BAILIWICK_CMD_COUNT, 0), -EOPNOTSUPP, "an unknown command");
	is(raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, 0), -EINVAL, "SWITCH without an image");
	is(raw_exchange(fd, family, BAILIWICK_CMD_ROLLBACK, 0), -EINVAL,
	   "ROLLBACK without a version");
	is(raw_exchange(fd, family, BAILIWICK_CMD_ADOPT, 0), -EINVAL, "ADOPT without anything");

	attribute(&at, BAILIWICK_ATTR_IMAGE_FD, bytes, 4);
	is(raw_exchange(fd, family, BAILIWICK_CMD_STATUS, at), -EINVAL,
	   "STATUS with an attribute");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_IMAGE_FD, bytes, 2);
	err = raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, at);
	ok(err == -EINVAL || err == -ERANGE, "an attribute that is too short");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_IMAGE_FD, bytes, 8);
	err = raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, at);
	ok(err == -EINVAL || err == -ERANGE, "an attribute that is too long");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_MAX + 1, bytes, 4);
	is(raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, at), -EINVAL, "an unknown attribute");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_LINKS, bytes, 4);
	is(raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, at), -EINVAL,
	   "an attribute of another command");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_LINKS, bytes, 64);
	is(raw_exchange(fd, family, BAILIWICK_CMD_ADOPT, at), -EINVAL, "a nest of zeros");
	at = 0;
	attribute(&at, BAILIWICK_ATTR_IMAGE_FD, bytes, 4);
	raw.attributes[0] = 200;	/* longer than the message */
	is(raw_exchange(fd, family, BAILIWICK_CMD_SWITCH, at), -EINVAL, "a message cut in half");
	close(fd);
}

/* Noise that looks like attributes: nothing of it may be taken for a command. */
static void test_noise(void)
{
	struct genl_module before = status;
	int fd = raw_socket(), done = 0;
	uint16_t family = family_id(fd);

	srand(1);
	for (int i = 0; i < 2000; i++) {
		size_t at = 0;

		while (at < 256) {
			unsigned char data[32];
			uint16_t size = (uint16_t)(rand() % 32);

			for (size_t k = 0; k < sizeof(data); k++)
				data[k] = (unsigned char)(rand() >> 8);
			attribute(&at, (uint16_t)(rand() % 20), data, size);
		}
		if (rand() % 4 == 0)
			raw.attributes[rand() % 256] ^= (unsigned char)(1 << rand() % 8);
		done += !raw_exchange(fd, family, (uint8_t)(2 + rand() % 4), at);
	}
	close(fd);
	is(done, 0, "2000 messages of noise are refused");
	genl_status(module_socket, &status, NULL);
	ok(!memcmp(&before, &status, sizeof(status)), "and changed nothing");
}

/* --- who may ask --------------------------------------------------------------------------- */

static int as_nobody(int (*attempt)(void *), void *context)
{
	int result;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(255);
		_exit(-attempt(context) & 0xff);
	}
	if (pid < 0 || waitpid(pid, &result, 0) != pid || !WIFEXITED(result))
		return 1;
	return -WEXITSTATUS(result);
}

/* Finds the family, which anybody may, and joins its group, which not everybody may. */
static int join_group(void *context)
{
	struct genl *own;

	(void)context;
	return genl_open(&own);
}

static int ask_raw(void *context)
{
	uint16_t family = *(uint16_t *)context;
	int fd = raw_socket();

	return raw_exchange(fd, family, BAILIWICK_CMD_STATUS, 0);
}

struct handed {
	int fd;
	uint16_t family;
};

static int ask_over(void *context)
{
	const struct handed *handed = context;

	return raw_exchange(handed->fd, handed->family, BAILIWICK_CMD_STATUS, 0);
}

static int ask_in_user_namespace(void *context)
{
	if (unshare(CLONE_NEWUSER) < 0)
		return -ENOSYS;
	return ask_raw(context);
}

/* Pass a socket that nobody opened to root, over a pair of unix sockets. */
static int send_own_socket(void *context)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} room = {};
	struct iovec io = { "s", 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *carries = CMSG_FIRSTHDR(&message);
	int own = raw_socket();

	carries->cmsg_level = SOL_SOCKET;
	carries->cmsg_type = SCM_RIGHTS;
	carries->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(carries), &own, sizeof(own));
	return sendmsg(*(int *)context, &message, 0) == 1 ? 0 : -errno;
}

static int receive_socket(int from)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} room = {};
	char byte;
	struct iovec io = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &room, .msg_controllen = sizeof(room),
	};
	int fd;

	need((int)recvmsg(from, &message, 0), "no socket came");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void test_privilege(void)
{
	int fd = raw_socket(), pair[2], theirs;
	struct handed handed = { fd, family_id(fd) };

	is(as_nobody(join_group, NULL), -EPERM, "an unprivileged user hears no announcement");
	is(as_nobody(ask_raw, &handed.family), -EPERM, "an unprivileged user on a bare socket");
	is(as_nobody(ask_over, &handed), -EPERM, "root's socket in an unprivileged hand");
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "no pair of sockets");
	is(as_nobody(send_own_socket, &pair[0]), 0, "an unprivileged socket is handed to root");
	theirs = receive_socket(pair[1]);
	is(raw_exchange(theirs, handed.family, BAILIWICK_CMD_STATUS, 0), -EPERM,
	   "an unprivileged socket in root's hand");
	is(as_nobody(ask_in_user_namespace, &handed.family), -EPERM,
	   "root of a user namespace, with every capability there");
	is(raw_exchange(fd, handed.family, BAILIWICK_CMD_STATUS, 0), 0, "root is still answered");
	close(pair[0]);
	close(pair[1]);
	close(theirs);
	close(fd);
}

static void test_release(void)
{
	is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
	ok(!status.flags && !status.held && !status.slot_size, "nothing is held any more");
	is(genl_release(module_socket, &status, NULL), -ENODEV, "RELEASE twice");
	is(do_adopt(slots, control, &lsm_link, 1), -EINVAL,
	   "maps in which a policy is in force are not adopted again");
}

int main(void)
{
	struct buffer why = {};
	int fd;

	need(genl_open(&module_socket) ? -1 : 0, "the module is not loaded");
	slots = make_slots();
	control = make_control();
	lsm_link = make_link();

	test_empty();
	test_adopt_refusals();
	test_adopt();
	test_descriptors();
	test_contents();
	test_flipped_bits();
	test_switch();
	test_lifecycle();
	test_malformed();
	test_noise();
	test_privilege();

	fd = make_memfd("", 0, 0);
	genl_switch(module_socket, fd, NULL, &status, &why);
	ok(why.data && strstr(why.data, "sealed"), "a refusal comes with a sentence");
	buffer_done(&why);
	close(fd);
	test_release();
	buffer_done(&sentence);
	genl_close(module_socket);
	return finish();
}
