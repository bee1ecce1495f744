/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, signatures, narrowing by one, the time to confirm, the seal: each refusal provoked */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "keys.h"
#include "tests/kmod/keys.inc"

static struct genl *module_socket;
static struct genl_module status;
static struct buffer sentence;
static struct person author, second_author, approver, stranger;
static int slots, control, on_demand;

static void refused(int err, int expected, const char *because, const char *what)
{
	const char *said = sentence.size ? sentence.data : "nothing";

	if (!ok(err == expected && strstr(said, because), "%s", what))
		printf("#   got %d (%s) and \"%s\", expected %d and \"%s\"\n", err,
		       strerror(-err), said, expected, because);
}

static int remove_module(void)
{
	return syscall(SYS_delete_module, "bailiwick", O_NONBLOCK) < 0 ? -errno : 0;
}

/* --- keys ------------------------------------------------------------------------ */

static struct iovec der_of(const struct person *person)
{
	return (struct iovec) { person->der, person->der_size };
}

static int trust(const struct iovec *authors, size_t author_count, const struct iovec *approvers,
		 size_t approver_count, uint64_t floor)
{
	const struct iovec *const lists[SIGN_GROUP_COUNT] = { authors, approvers };
	const size_t counts[SIGN_GROUP_COUNT] = { author_count, approver_count };

	buffer_clear(&sentence);
	return genl_trust(module_socket, lists, counts, floor, &status, &sentence);
}

static int trust_two(const struct person *one, const struct person *other)
{
	const struct iovec a = der_of(one), b = der_of(other);

	return trust(&a, 1, &b, 1, 0);
}

static void test_key_refusals(void)
{
	struct person weak = certify(EVP_RSA_gen(1024), "weak"), again = certify(author.key, "another name");
	struct iovec a = der_of(&author), b = der_of(&approver), many[BAILIWICK_KEYS_MAX + 1];
	struct iovec half = { author.der, author.der_size - 1 }, noise = { (void *)"noise", 5 };
	char large[BAILIWICK_CERTIFICATE_MAX + 1] = {};
	struct iovec too_large = { large, sizeof(large) };
	struct person curve = certify(EVP_EC_gen("P-256"), "curve");
	struct iovec pair[] = { a, der_of(&weak) };
	int err;

	refused(trust(&a, 1, NULL, 0, 0), -EINVAL, "missing", "no approver");
	refused(trust(NULL, 0, &b, 1, 0), -EINVAL, "missing", "no author");
	refused(trust(&noise, 1, &b, 1, 0), -EBADMSG, "X.509", "noise in place of a certificate");
	refused(trust(&half, 1, &b, 1, 0), -EBADMSG, "X.509", "part of a certificate");
	refused(trust_two(&author, &curve), -EBADMSG, "RSA", "a key that is not RSA");
	refused(trust(pair, 2, &b, 1, 0), -EBADMSG, "2048", "a key of 1024 bits beside a good one");
	err = trust(&too_large, 1, &b, 1, 0);
	ok(err == -EINVAL || err == -ERANGE, "a certificate that is too long");
	for (size_t i = 0; i <= BAILIWICK_KEYS_MAX; i++)
		many[i] = a;
	refused(trust(many, BAILIWICK_KEYS_MAX + 1, &b, 1, 0), -E2BIG, "more keys", "too many keys");
	refused(trust_two(&author, &author), -EKEYREJECTED, "one person", "one key in both groups");
	refused(trust_two(&author, &again), -EKEYREJECTED, "one person",
		"one key in both groups, under two certificates");
	is(genl_status(module_socket, &status, NULL), 0, "STATUS after refusals");
	ok(!(status.flags & BAILIWICK_MODULE_KEYS) && !status.authors && !status.approvers,
	   "no key is in after refusals");
}

static void test_keys(void)
{
	struct iovec authors[] = { der_of(&author), der_of(&second_author) };
	struct iovec b = der_of(&approver), c = der_of(&stranger);
	char line[512];
	FILE *keys;
	int seen = 0;

	refused(trust(authors, 2, &b, 1, 10), 0, "", "TRUST");
	ok(status.flags & BAILIWICK_MODULE_KEYS && status.authors == 2 && status.approvers == 1 &&
	   status.floor == 10, "what it answers");
	refused(trust(&c, 1, &b, 1, 0), -EEXIST, "already", "TRUST again adds no key");
	genl_status(module_socket, &status, NULL);
	ok(status.authors == 2 && status.approvers == 1 && status.floor == 10, "and changes none");
	keys = fopen("/proc/keys", "r");
	while (keys && fgets(line, sizeof(line), keys))
		seen |= strstr(line, "bailiwick") || strstr(line, "author") || strstr(line, "approver");
	ok(keys && !seen, "root does not even see the keyrings, nor the keys");
	fclose(keys);
}

/* --- signatures -------------------------------------------------------------------- */

/* Takes the signatures over and frees them. */
static int switch_terms(const struct image_bytes *bytes, struct terms *terms)
{
	int fd = make_memfd(bytes->data, bytes->size, ALL_SEALS), err;

	buffer_clear(&sentence);
	err = genl_switch(module_socket, fd, terms, &status, &sentence);
	close(fd);
	return err;
}

static int switch_signed(const struct image_bytes *bytes, struct iovec one, struct iovec two)
{
	struct terms terms = { .signature = { one, two } };
	int err = switch_terms(bytes, &terms);

	OPENSSL_free(one.iov_base);
	OPENSSL_free(two.iov_base);
	return err;
}

static const struct iovec nobody;

static int switch_by(uint64_t version, int protects, const struct person *one,
		     const struct person *two)
{
	struct image_bytes bytes = make_image(version, protects);
	int err = switch_signed(&bytes, one ? sign_plain(one, &bytes) : nobody,
				two ? sign_plain(two, &bytes) : nobody);

	image_bytes_done(&bytes);
	return err;
}

static int in_force(uint64_t version, int is_signed)
{
	genl_status(module_socket, &status, NULL);
	return status.version == version && !(status.flags & BAILIWICK_MODULE_SIGNED) == !is_signed;
}

static void test_first(void)
{
	refused(switch_by(9, 0, NULL, NULL), -ESTALE, "before", "a version below the floor");
	refused(switch_by(9, 0, &author, &approver), -ESTALE, "before",
		"a version below the floor that two have signed");
	refused(switch_by(10, 0, &stranger, NULL), -EKEYREJECTED, "nobody of its group",
		"a stranger's signature, where none is needed");
	refused(switch_by(10, 0, NULL, NULL), 0, "",
		"the first image needs no signature: it can only take away");
	ok(in_force(10, 0), "it is in force and said to be unsigned");
	buffer_clear(&sentence);
	refused(genl_seal(module_socket, &status, &sentence), -ENOKEY, "not signed",
		"an unsigned policy cannot be sealed");
}

#define FORM(...) (&(struct form){ __VA_ARGS__ })

static void refuse_form(const struct image_bytes *image, const struct form *form, const char *what)
{
	refused(switch_signed(image, sign_as(&author, image->data, image->size, form),
			      sign_plain(&approver, image)), -EBADMSG, "detached CMS", what);
}

static void test_forms(void)
{
	struct image_bytes image = make_image(11, 1), other = make_image(11, 0);
	struct iovec two, cut;

	refuse_form(&image, FORM(.other = &approver), "one CMS with two signers, an author's first");
	refuse_form(&image, FORM(.other = &stranger), "one CMS with two signers, one unknown");
	two = sign_as(&author, image.data, image.size, FORM(.other = &approver));
	refused(switch_signed(&image, two, sign_as(&author, image.data, image.size,
						   FORM(.other = &approver))),
		-EBADMSG, "detached CMS", "one CMS with two signers for both groups");
	refuse_form(&image, FORM(.without = CMS_NOCERTS), "a signature with certificates");
	refuse_form(&image, FORM(.without = CMS_NOATTR), "a signature with attributes");
	refuse_form(&image, FORM(.without = CMS_DETACHED), "a signature with its own content");
	refuse_form(&image, FORM(.digest = EVP_sha1()), "a signature with SHA-1");
	refuse_form(&image, FORM(.digest = EVP_sha512()), "a signature with SHA-512");
	cut = sign_plain(&author, &image);
	cut.iov_len--;
	refused(switch_signed(&image, cut, sign_plain(&approver, &image)), -EBADMSG,
		"detached CMS", "a signature that is cut");
	cut = sign_plain(&author, &image);
	cut.iov_base = OPENSSL_realloc(cut.iov_base, cut.iov_len + 1);
	((char *)cut.iov_base)[cut.iov_len++] = 0;
	refused(switch_signed(&image, cut, sign_plain(&approver, &image)), -EBADMSG,
		"detached CMS", "a byte behind a signature");
	refused(switch_signed(&image, sign_plain(&author, &other), sign_plain(&approver, &image)),
		-EKEYREJECTED, "other bytes", "a signature over another image");
	image_bytes_done(&image);
	image_bytes_done(&other);
}

static void test_people(void)
{
	refused(switch_by(11, 1, NULL, NULL), -ENOKEY, "nobody", "nobody has signed");
	refused(switch_by(11, 1, &author, NULL), -ENOKEY, "two must", "the author alone");
	refused(switch_by(11, 1, NULL, &approver), -ENOKEY, "two must", "the approver alone");
	refused(switch_by(11, 1, &author, &second_author), -EKEYREJECTED, "nobody of its group",
		"two authors");
	refused(switch_by(11, 1, &approver, &author), -EKEYREJECTED, "nobody of its group",
		"each in the other's place");
	refused(switch_by(11, 1, &author, &author), -EKEYREJECTED, "nobody of its group",
		"one signature twice");
	refused(switch_by(11, 1, &author, &stranger), -EKEYREJECTED, "nobody of its group",
		"a stranger for the approver");
	ok(in_force(10, 0), "the old policy stays in force");
	refused(switch_by(11, 1, &second_author, &approver), 0, "", "an author and an approver");
	ok(in_force(11, 1) && status.floor == 11, "it is in force, and signed");
	refused(switch_by(11, 1, &author, &approver), -ESTALE, "not newer", "the same version again");
	refused(switch_by(10, 0, &author, &approver), -ESTALE, "not newer", "an older one");
	buffer_clear(&sentence);
	refused(genl_rollback(module_socket, 10, &status, &sentence), -ENOKEY, "confirmed",
		"ROLLBACK to an older policy");
	ok(in_force(11, 1), "nothing came back");
}

/* --- narrowing --------------------------------------------------------------------- */

#define WIDE 3u
#define NARROW 4u
#define ROWS 5u
#define DOMINATES(a, b) (1u << ((a) * ROWS + (b)))
#define ITSELF (DOMINATES(0, 0) | DOMINATES(1, 1) | DOMINATES(2, 2) | DOMINATES(3, 3) | \
		DOMINATES(4, 4))
#define MATRIX (ITSELF | DOMINATES(WIDE, NARROW) | DOMINATES(WIDE, 1) | DOMINATES(NARROW, 1))
#define USER(uid, to, end) { .kind = BAILIWICK_SUBJECT_USER, .id = (uid), .row = (to), .until = (end) }
#define UNIT(offset, size, to) \
	{ .kind = BAILIWICK_SUBJECT_UNIT, .id = 77, .row = (to), .name = (offset), .name_size = (size) }
#define END 4000000000u

static uint64_t next = 20;

static int switch_recipe(struct recipe recipe, const struct bailiwick_binding *binding,
			 uint32_t count, const struct person *one, const struct person *two)
{
	struct image_bytes bytes;
	int err;

	recipe.version = next;
	recipe.rows = ROWS;
	if (!recipe.dominance)
		recipe.dominance = MATRIX;
	recipe.binding = binding;
	recipe.bindings = count;
	bytes = make_recipe(&recipe);
	err = switch_signed(&bytes, one ? sign_plain(one, &bytes) : nobody,
			    two ? sign_plain(two, &bytes) : nobody);
	image_bytes_done(&bytes);
	next += !err;
	return err;
}

static const struct bailiwick_binding full[] = {
	USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE),
};

static void again(void)
{
	const struct recipe as_is = {};

	is(switch_recipe(as_is, full, 3, &author, &approver), 0, "an image with three subjects");
}

#define ONE_IS_TOO_FEW(what, from, ...)						\
	do {										\
		const struct bailiwick_binding list_[] = { __VA_ARGS__ };		\
		const struct recipe recipe_ = from;					\
											\
		refused(switch_recipe(recipe_, list_, sizeof(list_) / sizeof(*list_),	\
				      &author, NULL), -ENOKEY, "two must", what);	\
	} while (0)
#define AS_IS ((struct recipe){})

static void test_narrow(void)
{
	const struct bailiwick_binding less[] = {
		USER(50001, NARROW, END), USER(50002, BAILIWICK_ROW_NONE, 0), UNIT(1, 5, WIDE),
	};

	again();
	refused(switch_recipe(AS_IS, less, 3, NULL, NULL), -ENOKEY, "nobody",
		"narrowing by nobody");
	refused(switch_recipe(AS_IS, less, 3, &stranger, NULL), -EKEYREJECTED, "nobody of its group",
		"narrowing by a stranger");
	ONE_IS_TOO_FEW("a wider row", AS_IS, USER(50001, WIDE, END), USER(50002, WIDE, 0),
		       UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("the unconfined row", AS_IS, USER(50001, 0, END), USER(50002, NARROW, 0),
		       UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("a subject less", AS_IS, USER(50001, NARROW, END), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("a subject more", AS_IS, USER(50001, NARROW, END), USER(50002, NARROW, 0),
		       UNIT(1, 5, WIDE), USER(50003, BAILIWICK_ROW_NONE, 0));
	ONE_IS_TOO_FEW("another subject", AS_IS, USER(50001, NARROW, END),
		       USER(50003, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("another unit of the same number", AS_IS, USER(50001, NARROW, END),
		       USER(50002, NARROW, 0), UNIT(7, 4, WIDE));
	ONE_IS_TOO_FEW("a later end", AS_IS, USER(50001, NARROW, END + 1),
		       USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("no end any more", AS_IS, USER(50001, NARROW, 0), USER(50002, NARROW, 0),
		       UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("another matrix", ((struct recipe){ .dominance = ITSELF }),
		       USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("another row", ((struct recipe){ .row_flags = BAILIWICK_ROW_TRUST_DESCRIPTORS }),
		       USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("another default", ((struct recipe){ .default_unit_row = 1 }),
		       USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("a role for who runs a program", ((struct recipe){ .exe_row = NARROW }),
		       USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
	ONE_IS_TOO_FEW("another label", ((struct recipe){ .protects = 1 }),
		       USER(50001, WIDE, END), USER(50002, NARROW, 0), UNIT(1, 5, WIDE));

	refused(switch_recipe(AS_IS, less, 3, &author, NULL), 0, "", "less, by one author");
	ok(in_force(next - 1, 1), "it is in force, and counts as signed");
	again();
	refused(switch_recipe(AS_IS, less, 3, NULL, &approver), 0, "", "less, by one approver");
	ONE_IS_TOO_FEW("what was taken away", AS_IS, USER(50001, WIDE, END), USER(50002, NARROW, 0),
		       UNIT(1, 5, WIDE));
}

/* `approvals: 1` is in what two have signed: then one gives that row, and no other. */
static void test_one_approval(void)
{
	const struct recipe flagged = { .row_flags = BAILIWICK_ROW_ONE_APPROVAL };
	const struct bailiwick_binding given[] = {
		USER(50001, NARROW, 0), USER(50002, NARROW, END), UNIT(1, 5, WIDE),
		USER(50003, NARROW, 0),
	};

	ONE_IS_TOO_FEW("the word itself", flagged, USER(50001, WIDE, END), USER(50002, NARROW, 0),
		       UNIT(1, 5, WIDE));
	is(switch_recipe(flagged, full, 3, &author, &approver), 0, "NARROW is one's to give, by two");
	refused(switch_recipe(flagged, given, 4, NULL, NULL), -ENOKEY, "nobody", "given by nobody");
	refused(switch_recipe(flagged, given, 4, NULL, &approver), 0, "",
		"given by one: to another subject, without an end");
	ONE_IS_TOO_FEW("the other row", flagged, USER(50001, WIDE, 0), USER(50002, NARROW, END),
		       UNIT(1, 5, WIDE), USER(50003, NARROW, 0));
	ONE_IS_TOO_FEW("the other row for a new subject", flagged, USER(50001, NARROW, 0),
		       USER(50002, NARROW, END), UNIT(1, 5, WIDE), USER(50003, NARROW, 0),
		       USER(50004, WIDE, 0));
	ONE_IS_TOO_FEW("a subject less", flagged, USER(50001, NARROW, 0), UNIT(1, 5, WIDE),
		       USER(50003, NARROW, 0), USER(50005, NARROW, 0));
	ONE_IS_TOO_FEW("another unit of the same number", flagged, USER(50001, NARROW, 0),
		       USER(50002, NARROW, END), UNIT(7, 4, NARROW), USER(50003, NARROW, 0));
	again();
	ONE_IS_TOO_FEW("without that word the row is two's", AS_IS, USER(50001, WIDE, END),
		       USER(50002, NARROW, 0), UNIT(1, 5, WIDE), USER(50003, NARROW, 0));
}

/* A row that trusts handed descriptors is not dominated by one that does not. */
static void test_row_flags(void)
{
	const struct recipe trusting = { .row_flags = BAILIWICK_ROW_TRUST_DESCRIPTORS };

	is(switch_recipe(trusting, full, 3, &author, &approver), 0,
	   "an image whose last row trusts descriptors");
	ONE_IS_TOO_FEW("to a row that trusts descriptors", trusting, USER(50001, NARROW, END),
		       USER(50002, NARROW, 0), UNIT(1, 5, WIDE));
}

/* --- the time to confirm -------------------------------------------------------------- */

static int switch_within(uint64_t version, uint32_t seconds)
{
	struct image_bytes bytes = make_image(version, 0);
	struct terms terms = {
		.signature = { sign_plain(&author, &bytes), sign_plain(&approver, &bytes) },
		.confirm_within = seconds,
	};
	int err = switch_terms(&bytes, &terms);

	OPENSSL_free(terms.signature[0].iov_base);
	OPENSSL_free(terms.signature[1].iov_base);
	image_bytes_done(&bytes);
	return err;
}

static int comes_back(uint64_t version)
{
	for (int i = 0; i < 600; i++) {
		if (!genl_status(module_socket, &status, NULL) && status.version == version)
			return 1;
		usleep(100000);
	}
	return 0;
}

/* Whoever switches is killed at once: what is left to come back is the module's. */
static int killed_after_switch(uint64_t version)
{
	pid_t pid = fork();
	int result;

	if (pid == 0) {
		if (genl_open(&module_socket) || switch_within(version, 2))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	return waitpid(pid, &result, 0) == pid && WIFSIGNALED(result);
}

static int hold_one(void)
{
	int link = attach(on_demand), err = genl_hold(module_socket, link, &status, NULL);

	close(link);
	return err;
}

static void test_confirm(void)
{
	uint64_t before = next - 1;

	is(switch_within(next, 600), 0, "a policy that waits to be confirmed");
	ok(status.flags & BAILIWICK_MODULE_WAITING && status.seconds_left > 590 &&
	   status.seconds_left <= 600 && status.floor == before, "it says so, and for how long");
	refused(switch_by(next + 1, 0, &author, &approver), -EBUSY, "waits",
		"no other policy meanwhile");
	buffer_clear(&sentence);
	refused(genl_seal(module_socket, &status, &sentence), -EBUSY, "waits", "and no seal");
	is(hold_one(), 0, "a link that comes and goes");
	buffer_clear(&sentence);
	refused(genl_let_go(module_socket, &status, &sentence), -EBUSY, "waits",
		"must not go, for what may come back");
	is(genl_confirm(module_socket, before, &status, NULL), -ESTALE, "CONFIRM of another version");
	is(genl_confirm(module_socket, next, &status, NULL), 0, "CONFIRM");
	is(genl_let_go(module_socket, &status, NULL), 0, "now the link may go");
	ok(!(status.flags & BAILIWICK_MODULE_WAITING) && status.version == next &&
	   status.floor == next, "it stays");
	is(genl_confirm(module_socket, next, &status, NULL), -ESTALE, "CONFIRM twice");
	buffer_clear(&sentence);
	refused(genl_rollback(module_socket, before, &status, &sentence), -ENOKEY, "confirmed",
		"it cannot be taken back any more");

	before = next++;
	is(switch_within(next, 600), 0, "another that waits");
	is(genl_rollback(module_socket, before, &status, NULL), 0, "ROLLBACK while it waits");
	ok(status.version == before && !(status.flags & BAILIWICK_MODULE_WAITING),
	   "the one before is in force");
	is(genl_rollback(module_socket, next, &status, NULL), -ENOKEY, "ROLLBACK is no way forward");
	ok(killed_after_switch(next), "who switches is killed");
	ok(comes_back(before), "the one before comes back by itself");
	ok(!(status.flags & BAILIWICK_MODULE_WAITING), "and nothing waits");
	is(genl_confirm(module_socket, next, &status, NULL), -ESTALE, "it is too late to confirm");
	is(switch_within(next, BAILIWICK_CONFIRM_MAX + 1) < 0, 1, "a time that is too long");
	is(switch_within(next, 600), 0, "what was not confirmed may come again");
	is(genl_confirm(module_socket, next++, &status, NULL), 0, "and be confirmed");
}

/* --- grants that end ------------------------------------------------------------------ */

/*
 * The row of a user, as programs read it from the slot in force.  Both are of one
 * epoch: a grant may end while so much is copied.
 */
static int row_of(uint64_t uid)
{
	unsigned char *value = malloc(SLOT_SIZE);
	const struct bailiwick_image_header *header = (void *)value;
	const struct bailiwick_section *section = &header->section[BAILIWICK_SECTION_BINDING];
	const struct bailiwick_binding *all;
	uint64_t epoch;
	int row = -1;

	genl_status(module_socket, &status, NULL);
	do {
		epoch = status.epoch;
		need(bpf_map_lookup_elem(slots, &status.active, value), "cannot read a slot");
		genl_status(module_socket, &status, NULL);
	} while (status.epoch != epoch);
	all = (void *)(value + section->offset);
	for (uint32_t i = 0; i < section->count; i++)
		if (all[i].kind && all[i].id == uid)
			row = (int)all[i].row;
	free(value);
	return row;
}

static int ends(uint64_t uid, int seconds)
{
	for (int i = 0; i < seconds * 10; i++) {
		if (row_of(uid) == BAILIWICK_ROW_NONE)
			return 1;
		usleep(100000);
	}
	return 0;
}

static int set_clock(time_t to)
{
	const struct timespec time = { .tv_sec = to };

	return clock_settime(CLOCK_REALTIME, &time);
}

static void test_grants(void)
{
	time_t begin = time(NULL);
	struct timespec before, after;
	struct bailiwick_binding grants[] = {
		USER(50001, WIDE, (uint64_t)begin + 20), USER(50002, NARROW, 0),
		USER(50003, WIDE, (uint64_t)begin - 1),
	};
	uint64_t epoch;

	is(switch_recipe(AS_IS, grants, 3, &author, &approver), 0, "grants that end");
	is(row_of(50003), BAILIWICK_ROW_NONE, "one that is over is none of the first day on");
	is(row_of(50001), WIDE, "one that is not is in force");
	epoch = status.epoch;
	clock_gettime(CLOCK_BOOTTIME, &before);
	is(set_clock(begin - 86400), 0, "the wall clock is set a day back");
	ok(ends(50001, 60), "the grant ends all the same");
	clock_gettime(CLOCK_BOOTTIME, &after);
	ok(after.tv_sec - before.tv_sec >= 5, "not before its time");
	ok(status.epoch == epoch + 1 && status.version == next - 1, "in a new epoch of the same policy");
	is(row_of(50002), NARROW, "the one without an end goes on");
	grants[0].until = (uint64_t)begin + 21;
	is(switch_recipe(AS_IS, grants, 3, &author, &approver), 0,
	   "the grant again, while the clock says yesterday");
	ok(ends(50001, 60), "and it ends");
	set_clock(begin + after.tv_sec - before.tv_sec);
	grants[0].until = (uint64_t)begin + 86400;
	is(switch_recipe(AS_IS, grants, 3, &author, &approver), 0, "a grant of a day");
	is(row_of(50001), WIDE, "is in force");
	set_clock(begin + 86401);
	ok(ends(50001, 120), "it ends when the wall clock says so");
	set_clock(begin + 200);
}

/* --- what is told --------------------------------------------------------------------- */

struct heard {
	struct refusal refusal;
	int refusals, rollbacks;
};

static void hear(void *context, uint32_t command, const struct genl_module *module,
		 const struct refusal *refusal)
{
	struct heard *heard = context;

	(void)module;
	heard->rollbacks += command == BAILIWICK_CMD_ROLLBACK;
	if (!refusal)
		return;
	heard->refusal = *refusal;
	heard->refusals++;
}

static void test_news(void)
{
	struct pollfd readable;
	struct genl_module said;
	struct heard heard = {};
	struct genl *listener;
	uint64_t before = next - 1;

	need(genl_open(&listener) ? -1 : 0, "no listener");
	readable = (struct pollfd) { .fd = genl_lifecycle_fd(listener), .events = POLLIN };
	is(switch_by(next, 1, NULL, NULL), -ENOKEY, "an attempt");
	is(poll(&readable, 1, 10000), 1, "is told");
	genl_lifecycle_consume(listener, hear, &heard, &said);
	ok(heard.refusals == 1 && heard.refusal.command == BAILIWICK_CMD_SWITCH &&
	   heard.refusal.error == ENOKEY && heard.refusal.pid == (uint32_t)getpid() &&
	   heard.refusal.uid == 0, "with who it was and what he wanted");
	ok(killed_after_switch(next), "a policy that nobody will confirm");
	ok(comes_back(before), "goes");
	for (int i = 0; i < 100 && !heard.rollbacks; i++) {
		poll(&readable, 1, 1000);
		genl_lifecycle_consume(listener, hear, &heard, &said);
	}
	is(heard.rollbacks, 1, "and that is told");
	genl_close(listener);
}

/* --- the seal ------------------------------------------------------------------------- */

static void test_seal(void)
{
	struct bailiwick_control word;
	struct iovec a = der_of(&stranger), b = der_of(&approver);
	uint32_t zero = 0;

	is(switch_by(next++, 0, &author, &approver), 0, "a signed policy");
	is(hold_one(), 0, "a link that comes and goes");
	is(genl_seal(module_socket, &status, NULL), 0, "SEAL");
	ok(status.flags & BAILIWICK_MODULE_SEALED, "it says so");
	need(bpf_map_lookup_elem(control, &zero, &word), "cannot read the control map");
	is((int)word.sealed, 1, "the programs know");
	is(genl_seal(module_socket, &status, NULL), 0, "SEAL twice changes nothing");
	buffer_clear(&sentence);
	refused(genl_release(module_socket, &status, &sentence), -EBUSY, "sealed", "RELEASE");
	buffer_clear(&sentence);
	refused(genl_let_go(module_socket, &status, &sentence), -EBUSY, "sealed", "LET_GO");
	is(remove_module(), -EWOULDBLOCK, "rmmod");
	ok(is_enforced(), "the program still refuses");
	refused(trust(&a, 1, &b, 1, 0), -EEXIST, "already", "TRUST");
	refused(switch_by(next, 1, NULL, NULL), -ENOKEY, "nobody", "an unsigned policy");
	refused(switch_by(1, 1, &author, &approver), -ESTALE, "not newer", "an old one");
	buffer_clear(&sentence);
	refused(genl_rollback(module_socket, next - 2, &status, &sentence), -ENOKEY, "confirmed",
		"ROLLBACK");
	is(switch_by(next++, 1, &author, &approver), 0, "a policy that two have signed");
	genl_status(module_socket, &status, NULL);
	ok(status.flags & BAILIWICK_MODULE_SEALED && status.version == next - 1 &&
	   status.held == 2, "it is in force, and the seal whole");
}

static void test_keyless(void)
{
	buffer_clear(&sentence);
	is(switch_by(1, 0, NULL, NULL), 0, "without keys an unsigned policy counts");
	refused(genl_seal(module_socket, &status, &sentence), -ENOKEY, "no keys",
		"without keys there is no seal");
	is(switch_within(2, 2), 0, "without keys there is a time to confirm as well");
	ok(comes_back(1), "and its end");
	is(switch_by(2, 0, NULL, NULL), 0, "the next one");
	is(genl_rollback(module_socket, 1, &status, NULL), 0, "and back, as ever");
	is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
}

static void test_recovery(void)
{
	ok(status.flags & BAILIWICK_MODULE_RECOVERY, "the module says that it is for recovery");
	refused(trust_two(&author, &approver), -EACCES, "recovery", "it takes no keys");
	is(switch_by(1, 0, NULL, NULL), 0, "an unsigned policy counts");
	buffer_clear(&sentence);
	refused(genl_seal(module_socket, &status, &sentence), -EACCES, "recovery", "it takes no seal");
	is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
}

static void adopt(void)
{
	int link = make_link();

	slots = make_slots();
	control = make_control();
	on_demand = make_program("task_getioprio");
	is(genl_adopt(module_socket, slots, control, &link, 1, &on_demand, 1, &status, NULL), 0,
	   "ADOPT");
	close(link);
}

int main(int argc, char **argv)
{
	need(genl_open(&module_socket) ? -1 : 0, "the module is not loaded");
	author = read_person("author", author_pem);
	second_author = read_person("second author", second_author_pem);
	approver = read_person("approver", approver_pem);
	stranger = read_person("stranger", stranger_pem);
	genl_release(module_socket, &status, NULL);
	adopt();
	if (argc > 1 && !strcmp(argv[1], "recovery")) {
		genl_status(module_socket, &status, NULL);
		test_recovery();
		return finish();
	}
	test_keyless();
	adopt();
	test_key_refusals();
	test_keys();
	test_first();
	test_forms();
	test_people();
	test_narrow();
	test_one_approval();
	test_row_flags();
	test_confirm();
	test_news();
	test_grants();
	/* for who wants to unload the module again, as when a guard was taken out of it */
	if (argc > 1 && !strcmp(argv[1], "unsealed"))
		is(genl_release(module_socket, &status, NULL), 0, "RELEASE");
	else
		test_seal();
	buffer_done(&sentence);
	return finish();
}
