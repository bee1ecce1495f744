// SPDX-License-Identifier: GPL-2.0-only
/* Whose signatures count: two keyrings, filled once, and who has signed an image. */
#include <crypto/public_key.h>
#include <crypto/sha2.h>
#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/string.h>
#include <linux/verification.h>

#include <bailiwick/genl.h>

#include "slot.h"
#include "trust.h"

#define MODULUS_LEAST 256		/* bytes: RSA-2048 */

/*
 * Possession alone opens them, and nobody but this file possesses them: keyctl(2)
 * finds no right for user, group or others, root's included.
 */
#define RING_RIGHTS (KEY_POS_VIEW | KEY_POS_READ | KEY_POS_WRITE | KEY_POS_SEARCH)
#define KEY_RIGHTS (KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH)

/* A public key as a person: the digest of its modulus, whatever certificate says it. */
struct person {
	u8 digest[SHA256_DIGEST_SIZE];
};

struct group {
	struct key *ring;
	struct person person[BAILIWICK_KEYS_MAX];
	u32 count;
};

/* Guarded by bw_lock.  Both or none; never changed once set, until exit. */
static struct group group[BW_GROUPS];

/* --- DER: definite lengths in their shortest form, nothing else ---------------- */

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_KEY_ID 0x80			/* [0] IMPLICIT OCTET STRING */
#define DER_CONTENT 0xa0		/* [0] EXPLICIT */

static bool der_is_over(const struct bw_bytes *from)
{
	return !from->size;
}

/* The next element, if it has that tag; @from goes on behind it. */
static bool der_take(struct bw_bytes *from, u8 tag, struct bw_bytes *ret)
{
	u32 size, head = 2;

	if (from->size < head || from->data[0] != tag)
		return false;
	size = from->data[1];
	if (size == 0x81 && from->size >= 3) {
		head = 3;
		size = from->data[2];
		if (size < 0x80)
			return false;
	} else if (size == 0x82 && from->size >= 4) {
		head = 4;
		size = from->data[2] << 8 | from->data[3];
		if (size < 0x100)
			return false;
	} else if (size >= 0x80) {
		return false;
	}
	if (size > from->size - head)
		return false;
	*ret = (struct bw_bytes) { from->data + head, size };
	from->data += head + size;
	from->size -= head + size;
	return true;
}

static bool is_sha256(struct bw_bytes algorithm)
{
	static const u8 id[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
	struct bw_bytes said;

	return der_take(&algorithm, DER_OID, &said) && said.size == sizeof(id) &&
	       !memcmp(said.data, id, sizeof(id));
}

/* One signer, and no attribute that would be signed in place of the image. */
static bool is_one_signer(struct bw_bytes signers)
{
	struct bw_bytes signer, part, digest;

	return der_take(&signers, DER_SEQUENCE, &signer) && der_is_over(&signers) &&
	       der_take(&signer, DER_INTEGER, &part) &&
	       (der_take(&signer, DER_SEQUENCE, &part) || der_take(&signer, DER_KEY_ID, &part)) &&
	       der_take(&signer, DER_SEQUENCE, &digest) && is_sha256(digest) &&
	       der_take(&signer, DER_SEQUENCE, &part) && der_take(&signer, DER_OCTETS, &part) &&
	       der_is_over(&signer);
}

/*
 * The kernel takes a message with several signers when it trusts one of them, and
 * follows certificates that come along.  Here one file is one person's, whose
 * certificate is in the ring: nothing else gets as far as the kernel's parser.
 */
static bool is_plain_signature(struct bw_bytes cms)
{
	struct bw_bytes outer, content, signed_data, part, data, signers;

	return der_take(&cms, DER_SEQUENCE, &outer) && der_is_over(&cms) &&
	       der_take(&outer, DER_OID, &part) && der_take(&outer, DER_CONTENT, &content) &&
	       der_is_over(&outer) && der_take(&content, DER_SEQUENCE, &signed_data) &&
	       der_is_over(&content) && der_take(&signed_data, DER_INTEGER, &part) &&
	       der_take(&signed_data, DER_SET, &part) &&
	       der_take(&signed_data, DER_SEQUENCE, &data) &&
	       der_take(&data, DER_OID, &part) && der_is_over(&data) &&
	       der_take(&signed_data, DER_SET, &signers) && der_is_over(&signed_data) &&
	       is_one_signer(signers);
}

/* --- keys ------------------------------------------------------------------------ */

/* The modulus without leading zeros, of SEQUENCE { INTEGER modulus, INTEGER exponent }. */
static bool person_of(const struct public_key *key, struct person *ret)
{
	struct bw_bytes all = { key->key, key->keylen }, both, modulus;

	if (key->key_is_private || strcmp(key->pkey_algo, "rsa") ||
	    !der_take(&all, DER_SEQUENCE, &both) || !der_take(&both, DER_INTEGER, &modulus))
		return false;
	while (modulus.size && !modulus.data[0]) {
		modulus.data++;
		modulus.size--;
	}
	if (modulus.size < MODULUS_LEAST)
		return false;
	sha256(modulus.data, modulus.size, ret->digest);
	return true;
}

static bool knows(const struct group *one, const struct person *person)
{
	u32 i;

	for (i = 0; i < one->count; i++)
		if (!memcmp(&one->person[i], person, sizeof(*person)))
			return true;
	return false;
}

static int key_add(struct group *to, const struct nlattr *certificate, const char **why)
{
	const struct public_key *public;
	key_ref_t key;
	int err = 0;

	if (to->count == BAILIWICK_KEYS_MAX) {
		*why = "more keys than the module holds";
		return -E2BIG;
	}
	key = key_create_or_update(make_key_ref(to->ring, 1), "asymmetric", NULL,
				   nla_data(certificate), nla_len(certificate), KEY_RIGHTS,
				   KEY_ALLOC_NOT_IN_QUOTA);
	*why = "a certificate is no X.509 certificate with an RSA key of 2048 bits or more";
	if (IS_ERR(key))
		return PTR_ERR(key) == -ENOMEM ? -ENOMEM : -EBADMSG;
	public = key_ref_to_ptr(key)->payload.data[asym_crypto];
	if (!public || !person_of(public, &to->person[to->count]))
		err = -EBADMSG;
	else
		to->count++;
	key_ref_put(key);
	return err;
}

static int group_fill(struct group *to, const struct nlattr *certificates, const char **why)
{
	const struct nlattr *attr;
	int rest, err = 0;

	to->ring = keyring_alloc(".bailiwick", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, current_cred(),
				 RING_RIGHTS, KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (IS_ERR(to->ring)) {
		err = PTR_ERR(to->ring);
		to->ring = NULL;
		return err;
	}
	nla_for_each_nested(attr, certificates, rest) {
		err = key_add(to, attr, why);
		if (err)
			return err;
	}
	if (!to->count) {
		*why = "a group without a key could never sign";
		return -EINVAL;
	}
	/* A second lock on a door nobody else has the key to: no link, whoever asks. */
	return keyring_restrict(make_key_ref(to->ring, 1), NULL, NULL);
}

static void groups_done(struct group *groups)
{
	u32 i;

	for (i = 0; i < BW_GROUPS; i++)
		key_put(groups[i].ring);
	memset(groups, 0, BW_GROUPS * sizeof(*groups));
}

/* One person in both groups would be two people at once. */
static bool are_apart(const struct group *groups)
{
	u32 i;

	for (i = 0; i < groups[BW_AUTHOR].count; i++)
		if (knows(&groups[BW_APPROVER], &groups[BW_AUTHOR].person[i]))
			return false;
	return true;
}

int bw_trust_fill(const struct nlattr *authors, const struct nlattr *approvers,
		  const char **why)
{
	int err;

	lockdep_assert_held(&bw_lock);
	if (bw_trust_filled()) {
		*why = "keys are in already, and none is added until the module is loaded anew";
		return -EEXIST;
	}
	err = group_fill(&group[BW_AUTHOR], authors, why);
	if (!err)
		err = group_fill(&group[BW_APPROVER], approvers, why);
	if (!err && !are_apart(group)) {
		*why = "one key stands in both groups: that is one person";
		err = -EKEYREJECTED;
	}
	if (err)
		groups_done(group);
	return err;
}

bool bw_trust_filled(void)
{
	return group[BW_AUTHOR].ring;
}

u32 bw_trust_keys(enum bw_group which)
{
	return group[which].count;
}

/* --- signatures -------------------------------------------------------------------- */

static int signature_check(const struct bw_bytes *bytes, const struct group *by,
			   const struct bw_bytes *signature, const char **why)
{
	int err;

	if (!is_plain_signature(*signature)) {
		*why = "a signature is no detached CMS of one signer with SHA-256 and without attributes and certificates";
		return -EBADMSG;
	}
	err = verify_pkcs7_signature(bytes->data, bytes->size, signature->data,
				     signature->size, by->ring,
				     VERIFYING_UNSPECIFIED_SIGNATURE, NULL, NULL);
	if (!err || err == -ENOMEM)
		return err;
	*why = "a signature is by nobody of its group, or over other bytes";
	return -EKEYREJECTED;
}

/* No key stands in both groups, so two good signatures are two people's. */
int bw_trust_people(const struct bw_bytes *bytes, const struct bw_bytes signatures[BW_GROUPS],
		    const char **why)
{
	int people = 0, err;
	u32 i;

	lockdep_assert_held(&bw_lock);
	if (!bw_trust_filled())
		return 0;
	for (i = 0; i < BW_GROUPS; i++) {
		if (!signatures[i].size)
			continue;
		err = signature_check(bytes, &group[i], &signatures[i], why);
		if (err)
			return err;
		people++;
	}
	return people;
}

void bw_trust_exit(void)
{
	groups_done(group);
}

#ifdef DEBUG
#include "selftest/trust.c"
#endif
