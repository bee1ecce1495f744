/* SPDX-License-Identifier: Apache-2.0 */
/* Quarantine: taken by one, lifted by two, ended by nothing else; each refusal provoked */
#include "keys.h"
#include "tests/kmod/keys.inc"

static struct genl *module_socket;
static struct genl_module status;
static struct buffer sentence;
static struct person author, second_author, approver, stranger;
static int control;

static void refused(int err, int expected, const char *because, const char *what)
{
	const char *said = sentence.size ? sentence.data : "nothing";

	if (!ok(err == expected && strstr(said, because), "%s", what))
		printf("#   got %d (%s) and \"%s\", expected %d and \"%s\"\n", err,
		       strerror(-err), said, expected, because);
}

static struct bailiwick_control in_force(void)
{
	struct bailiwick_control word;
	uint32_t zero = 0;

	need(bpf_map_lookup_elem(control, &zero, &word), "cannot read the control map");
	return word;
}

#define USER(uid) ((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_USER, .number = (uid) })
#define UNIT(hash) ((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_UNIT, .id = (hash) })

static int take(struct bailiwick_quarantine who, const char *name)
{
	buffer_clear(&sentence);
	return genl_quarantine(module_socket, &who, name, &status, &sentence);
}

/* --- what is signed --------------------------------------------------------------- */

struct lift {
	struct bailiwick_lift head;
	char name[64];
};

/* Of the entry that is in force */
static struct lift lift_of(uint32_t i, const char *name)
{
	const struct bailiwick_control word = in_force();
	const struct bailiwick_quarantine *entry = &word.quarantine[i];
	struct lift lift = {
		.head = { .kind = entry->kind, .number = entry->number, .id = entry->id,
			  .nonce = entry->nonce, .name_size = (uint32_t)strlen(name) },
	};

	memcpy(lift.head.magic, BAILIWICK_LIFT_MAGIC, sizeof(lift.head.magic));
	strcpy(lift.name, name);
	return lift;
}

static int lift_by(const struct lift *lift, const struct person *one, const struct person *two)
{
	const struct iovec bytes = { (void *)lift, sizeof(lift->head) + lift->head.name_size };
	const struct form plain = {};
	struct terms terms = {};

	if (one)
		terms.signature[SIGN_AUTHOR] = sign_as(one, bytes.iov_base, bytes.iov_len, &plain);
	if (two)
		terms.signature[SIGN_APPROVER] = sign_as(two, bytes.iov_base, bytes.iov_len, &plain);
	buffer_clear(&sentence);
	return genl_lift(module_socket, &bytes, &terms, &status, &sentence);
}

static int switch_to(uint64_t version, int protects, const struct person *one,
		     const struct person *two)
{
	struct image_bytes image = make_image(version, protects);
	struct terms terms = {};
	int fd = make_memfd(image.data, image.size, ALL_SEALS), err;

	if (one)
		terms.signature[SIGN_AUTHOR] = sign_plain(one, &image);
	if (two)
		terms.signature[SIGN_APPROVER] = sign_plain(two, &image);
	buffer_clear(&sentence);
	err = genl_switch(module_socket, fd, &terms, &status, &sentence);
	close(fd);
	image_bytes_done(&image);
	return err;
}

static int switch_by(uint64_t version, const struct person *one, const struct person *two)
{
	return switch_to(version, 0, one, two);
}

/* --- without keys ------------------------------------------------------------------ */

static void test_before(void)
{
	const struct lift none = {};

	refused(take(USER(50001), "user:one"), -ENODEV, "adopt", "QUARANTINE before ADOPT");
	refused(lift_by(&none, NULL, NULL), -ENODEV, "adopt", "LIFT before ADOPT");
}

static void test_taking(void)
{
	struct bailiwick_control before, after;
	char name[BAILIWICK_QUARANTINE_NAME_MAX + 2];

	refused(take(USER(50001), "user:one"), 0, "", "a user, while no policy is in force");
	before = in_force();
	ok(before.quarantined == 1 && !before.word, "it stands there for the first one");
	is(switch_by(1, NULL, NULL), 0, "a policy");
	before = in_force();
	refused(take(UNIT(77), "unit:x.service"), 0, "", "a unit");
	after = in_force();
	ok(after.quarantined == 3 && after.word == before.word + 2,
	   "it counts from a new epoch of the same policy on");
	ok(after.quarantine[1].id == 77 && after.quarantine[1].since == before.word &&
	   after.quarantine[1].nonce != after.quarantine[0].nonce, "and is one of its own");
	refused(take(USER(50001), "another name"), -EEXIST, "already", "the same user again");
	refused(take((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_GROUP }, "group:x"),
		-EINVAL, "kind", "a group");
	refused(take((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_ROLE }, "x"), -EINVAL,
		"kind", "a role");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	ok(take(USER(50009), name) < 0 && in_force().quarantined == 3, "a name that is too long");
	is(take((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_TREE, .number = 5, .id = 9 },
		"pid:5"), 0, "a process tree");
	is(take((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_EXE, .id = 9 }, "exe:/x"), 0,
	   "a program");
	after = in_force();
	ok(after.quarantined_trees == 4 && after.quarantined_programs == 8,
	   "what takes a longer look is known by a word");
}

static void test_full(void)
{
	struct lift lift;
	uint32_t i;
	int err = 0;

	for (i = 4; !err && i < BAILIWICK_QUARANTINES_MAX; i++)
		err = take(USER(60000 + i), "user:many");
	is(err, 0, "as many as there is room for");
	refused(take(USER(70000), "user:late"), -ENOSPC, "more subjects", "one more");
	for (i = 4; !err && i < BAILIWICK_QUARANTINES_MAX; i++) {
		lift = lift_of(i, "user:many");
		err = lift_by(&lift, NULL, NULL);
	}
	is(err, 0, "without keys nobody signs for the end of them");
	is(in_force().quarantined == 15, 1, "the others stay");
}

static void test_bad_bytes(void)
{
	struct lift lift = lift_of(0, "user:one");
	struct iovec part = { &lift, sizeof(lift.head) - 1 };

	buffer_clear(&sentence);
	refused(genl_lift(module_socket, &part, NULL, &status, &sentence), -EBADMSG, "do not say",
		"a part of it");
	lift.head.magic[0] ^= 1;
	refused(lift_by(&lift, NULL, NULL), -EBADMSG, "do not say", "other magic");
	lift.head.magic[0] ^= 1;
	lift.head.reserved = 1;
	refused(lift_by(&lift, NULL, NULL), -EBADMSG, "do not say", "a reserved field");
	lift.head.reserved = 0;
	lift.head.nonce ^= 1;
	refused(lift_by(&lift, NULL, NULL), -ESTALE, "no such", "another nonce");
	lift.head.nonce ^= 1;
	lift.head.number++;
	refused(lift_by(&lift, NULL, NULL), -ESTALE, "no such", "another user");
	lift.head.number--;
	lift.name[5] = 'x';
	refused(lift_by(&lift, NULL, NULL), -ESTALE, "no such", "another name than it was taken in by");
	is(in_force().quarantined == 15, 1, "none of that lifted one");
}

/* --- with keys -------------------------------------------------------------------------- */

static void give_keys(void)
{
	const struct iovec a[] = { { author.der, author.der_size },
				   { second_author.der, second_author.der_size } };
	const struct iovec b = { approver.der, approver.der_size };
	const struct iovec *const lists[SIGN_GROUP_COUNT] = { a, &b };
	const size_t counts[SIGN_GROUP_COUNT] = { 2, 1 };

	is(genl_trust(module_socket, lists, counts, 0, &status, NULL), 0, "keys");
}

static void test_people(void)
{
	struct lift lift = lift_of(0, "user:one"), old = lift;

	refused(lift_by(&lift, NULL, NULL), -ENOKEY, "by two", "nobody has signed");
	refused(lift_by(&lift, &author, NULL), -ENOKEY, "by two", "the author alone");
	refused(lift_by(&lift, NULL, &approver), -ENOKEY, "by two", "the approver alone");
	refused(lift_by(&lift, &author, &second_author), -EKEYREJECTED, "nobody of its group",
		"two authors");
	refused(lift_by(&lift, &author, &stranger), -EKEYREJECTED, "nobody of its group", "a stranger");
	is(in_force().quarantined == 15, 1, "it is in quarantine still");
	refused(take(USER(50002), "user:two"), 0, "", "taking takes no signature, with keys too");
	refused(lift_by(&lift, &second_author, &approver), 0, "", "an author and an approver");
	is(in_force().quarantined == 30, 1, "it is free, the others are not");
	refused(lift_by(&lift, &author, &approver), -ESTALE, "no such", "once more");
	refused(take(USER(50001), "user:one"), 0, "", "in again");
	refused(lift_by(&old, &author, &approver), -ESTALE, "began anew",
		"what was signed for the last time");
	is(in_force().quarantined == 31, 1, "it is in quarantine still");
}

/* No image and no way back ends one: it is in none. */
static void test_images(void)
{
	struct lift lift = lift_of(0, "user:one");

	refused(switch_to(2, 1, &author, NULL), -ENOKEY, "two must", "another policy, by one");
	is(switch_by(2, &author, &approver), 0, "another policy, by two");
	is(in_force().quarantined == 31, 1, "all are in quarantine still");
	refused(lift_by(&lift, &author, NULL), -ENOKEY, "by two", "the author alone, with that policy");
	is(in_force().quarantined == 31, 1, "and are now");
}

static void adopt(void)
{
	int slots = make_slots(), link = make_link();

	control = make_control();
	is(genl_adopt(module_socket, slots, control, &link, 1, NULL, 0, &status, NULL), 0, "ADOPT");
	close(link);
	close(slots);
}

/* --- the first image after a boot ---------------------------------------------------- */

static void test_first_image(void)
{
	is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
	adopt();
	refused(switch_by(UINT64_MAX, NULL, NULL), 0, "",
		"a first image that nobody signed, of the highest version there is");
	ok(status.floor == 2, "it sets no mark for what two sign");
	refused(switch_by(3, &author, NULL), -ESTALE, "not newer", "the next one, by one");
	refused(switch_by(2, &author, &approver), -ESTALE, "before",
		"by two, but no newer than they have signed");
	refused(switch_by(3, &author, &approver), 0, "", "the next one, by two");
	ok(status.floor == 3, "which does");
}

/* Who is in it before the module looks, nobody here vouches for. */
static void test_adopted(void)
{
	const struct bailiwick_control others = { .quarantined = 1 };
	int slots = make_slots(), link = make_link(), full = make_control(), writer = reopen_by_id(full);
	uint32_t zero = 0;

	need(bpf_map_update_elem(writer, &zero, &others, BPF_ANY), "cannot write a control map");
	buffer_clear(&sentence);
	refused(genl_adopt(module_socket, slots, full, &link, 1, NULL, 0, &status, &sentence), -EINVAL,
		"did not come through", "a control map with a quarantine in it");
	close(writer);
	close(full);
	close(slots);
	close(link);
}

int main(void)
{
	need(genl_open(&module_socket) ? -1 : 0, "the module is not loaded");
	author = read_person("author", author_pem);
	second_author = read_person("second author", second_author_pem);
	approver = read_person("approver", approver_pem);
	stranger = read_person("stranger", stranger_pem);
	genl_release(module_socket, &status, NULL);
	test_before();
	test_adopted();
	adopt();
	test_taking();
	test_full();
	test_bad_bytes();
	give_keys();
	test_people();
	test_images();
	test_first_image();
	is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
	buffer_done(&sentence);
	return finish();
}
