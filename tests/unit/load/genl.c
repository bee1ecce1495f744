/* SPDX-License-Identifier: Apache-2.0 */
/* What the module says, understood; what it cannot have said, refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../userspace/load/genl.c"

/* A message as the module makes it; @without is an attribute to leave out. */
static struct nl_msg *status_message(int without, size_t digest_size)
{
	static const uint8_t digest[64] = { 1, 2, 3, [31] = 32 };
	struct nl_msg *message = nlmsg_alloc();

	assert_non_null(genlmsg_put(message, 0, 0, 30, 0, 0, BAILIWICK_CMD_STATUS, 1));
	for (int i = BAILIWICK_ATTR_ABI; i <= BAILIWICK_ATTR_SWITCHES; i++) {
		int err = 0;

		if (i == without)
			continue;
		switch (i) {
		case BAILIWICK_ATTR_EPOCH:
		case BAILIWICK_ATTR_VERSION:
		case BAILIWICK_ATTR_SWITCHES:
			err = nla_put_u64(message, i, (uint64_t)i << 32 | 1);
			break;
		case BAILIWICK_ATTR_DIGEST:
			err = nla_put(message, i, (int)digest_size, digest);
			break;
		default:
			err = nla_put_u32(message, i, (uint32_t)i);
		}
		assert_int_equal(err, 0);
	}
	return message;
}

static void a_status_is_understood(void **state)
{
	struct nl_msg *message = status_message(-1, 32);
	struct genl_module status;

	(void)state;
	assert_int_equal(read_status(message, &status, &(struct refusal){ 0 }), 0);
	assert_int_equal(status.abi, BAILIWICK_ATTR_ABI);
	assert_int_equal(status.flags, BAILIWICK_ATTR_FLAGS);
	assert_int_equal(status.held, BAILIWICK_ATTR_HELD);
	assert_int_equal(status.slot_size, BAILIWICK_ATTR_SLOT_SIZE);
	assert_int_equal(status.active, BAILIWICK_ATTR_ACTIVE);
	assert_true(status.epoch == ((uint64_t)BAILIWICK_ATTR_EPOCH << 32 | 1));
	assert_true(status.version == ((uint64_t)BAILIWICK_ATTR_VERSION << 32 | 1));
	assert_true(status.switches == ((uint64_t)BAILIWICK_ATTR_SWITCHES << 32 | 1));
	assert_int_equal(status.digest[0], 1);
	assert_int_equal(status.digest[31], 32);
	nlmsg_free(message);
}

static void a_status_without_its_core_is_refused(void **state)
{
	static const int core[] = {
		BAILIWICK_ATTR_ABI, BAILIWICK_ATTR_FLAGS, BAILIWICK_ATTR_DIGEST,
	};
	struct genl_module status;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct nl_msg *message = status_message(core[i], 32);

		assert_int_equal(read_status(message, &status, &(struct refusal){ 0 }), -EPROTO);
		nlmsg_free(message);
	}
}

static void a_digest_of_another_size_is_refused(void **state)
{
	static const size_t sizes[] = { 0, 31, 33, 64 };
	struct genl_module status;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct nl_msg *message = status_message(-1, sizes[i]);

		assert_int_equal(read_status(message, &status, &(struct refusal){ 0 }), -EPROTO);
		nlmsg_free(message);
	}
}

/* An error with the module's sentence behind it, as the kernel lays it out. */
struct kernel_refusal {
	struct nlmsghdr header;
	struct nlmsgerr error;
	struct nlattr attr;
	char text[32];
};

static struct kernel_refusal refusal_of(const char *text, size_t size, uint16_t flags)
{
	struct kernel_refusal refusal = {
		.header = { .nlmsg_flags = flags },
		.error = { .error = -ESTALE, .msg = { .nlmsg_len = NLMSG_HDRLEN } },
		.attr = {
			.nla_len = (uint16_t)(NLA_HDRLEN + size),
			.nla_type = NLMSGERR_ATTR_MSG,
		},
	};

	memcpy(refusal.text, text, size);
	refusal.header.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + sizeof(struct nlmsgerr) +
					      NLA_ALIGN(NLA_HDRLEN + size));
	return refusal;
}

static int hear(struct kernel_refusal *refusal, struct buffer *why)
{
	struct exchange x = { .why = why };

	assert_int_equal(on_error(NULL, &refusal->error, &x), NL_STOP);
	assert_int_equal(x.done, 1);
	return x.result;
}

static void the_modules_sentence_is_passed_on(void **state)
{
	struct kernel_refusal refusal = refusal_of("too old", 8, NLM_F_ACK_TLVS);
	struct buffer why = {};

	(void)state;
	assert_int_equal(hear(&refusal, &why), -ESTALE);
	assert_string_equal(why.data, "too old");
	buffer_done(&why);
}

static void the_request_is_stepped_over(void **state)
{
	struct {
		struct kernel_refusal first;
		struct nlattr attr;
		char text[8];
	} long_one = { .first = refusal_of("request", 8, NLM_F_ACK_TLVS) };
	struct buffer why = {};

	(void)state;
	/* The text above now is the request that comes back; the answer is behind it. */
	long_one.first.error.msg.nlmsg_len = (uint32_t)(sizeof(struct kernel_refusal) -
		offsetof(struct kernel_refusal, attr) + NLMSG_HDRLEN);
	long_one.attr = (struct nlattr) { NLA_HDRLEN + 7, NLMSGERR_ATTR_MSG };
	memcpy(long_one.text, "answer", 7);
	long_one.first.header.nlmsg_len = sizeof(long_one);
	assert_int_equal(hear(&long_one.first, &why), -ESTALE);
	assert_string_equal(why.data, "answer");
	buffer_done(&why);
}

static void without_a_sentence_the_number_speaks(void **state)
{
	struct kernel_refusal refusal = refusal_of("unseen", 7, 0);
	struct buffer why = {};

	(void)state;
	assert_int_equal(hear(&refusal, &why), -ESTALE);
	assert_non_null(strstr(why.data, strerror(ESTALE)));
	assert_null(strstr(why.data, "unseen"));
	buffer_done(&why);
	assert_int_equal(hear(&refusal, NULL), -ESTALE);
}

static void a_sentence_without_an_end_is_bounded(void **state)
{
	struct kernel_refusal refusal = refusal_of("abc\x1b[2Jdef", 10, NLM_F_ACK_TLVS);
	struct buffer why = {};

	(void)state;
	assert_int_equal(hear(&refusal, &why), -ESTALE);
	assert_string_equal(why.data, "abc\\x1b[2Jdef");
	buffer_done(&why);

	/* It says to be longer than the message. */
	refusal.attr.nla_len = 4000;
	assert_int_equal(hear(&refusal, &why), -ESTALE);
	assert_null(strstr(why.data, "abc"));
	buffer_done(&why);
}

static void an_error_of_zero_is_trouble(void **state)
{
	struct kernel_refusal refusal = refusal_of("", 1, 0);

	(void)state;
	refusal.error.error = 0;
	assert_int_equal(hear(&refusal, NULL), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_is_understood),
		cmocka_unit_test(a_status_without_its_core_is_refused),
		cmocka_unit_test(a_digest_of_another_size_is_refused),
		cmocka_unit_test(the_modules_sentence_is_passed_on),
		cmocka_unit_test(the_request_is_stepped_over),
		cmocka_unit_test(without_a_sentence_the_number_speaks),
		cmocka_unit_test(a_sentence_without_an_end_is_bounded),
		cmocka_unit_test(an_error_of_zero_is_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
