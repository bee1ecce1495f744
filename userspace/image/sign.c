// SPDX-License-Identifier: Apache-2.0
/* Signatures of images: detached CMS, RSA with SHA-256, as the kernel verifies it (OpenSSL) */
#include "image/sign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define YEARS 20
#define FILES_MAX 64		/* certificates of a group */

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(CMS_ContentInfo *, CMS_ContentInfo_free);

struct trusted {
	X509 *list[SIGN_GROUP_COUNT][FILES_MAX];
	size_t count[SIGN_GROUP_COUNT];
};

/* A no, with what the library says last where it says anything */
static int refuse(struct buffer *why, const char *what, const char *text)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;

	buffer_printf(why, "%s%s%s", what ? what : "", what ? ": " : "", text);
	if (reason)
		buffer_printf(why, " (%s)", reason);
	ERR_clear_error();
	return 1;
}

/* What the kernel verifies on every release: RSA of a length it takes */
static int check_key(EVP_PKEY *key, const char *name, struct buffer *why)
{
	ERR_clear_error();
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return refuse(why, name, "the key is not RSA; the kernel verifies no other on 6.1");
	if (EVP_PKEY_get_bits(key) < SIGN_BITS_LEAST)
		return refuse(why, name, "the key is shorter than 2048 bits");
	if (EVP_PKEY_get_bits(key) > SIGN_BITS_MOST)
		return refuse(why, name, "the key is longer than 4096 bits; the kernel takes none");
	return 0;
}

static int hash_key(X509 *certificate, uint8_t ret[SHA256_SIZE])
{
	unsigned char *bytes = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
	int r = size <= 0 ? -ENOMEM : sha256(bytes, (size_t)size, ret);

	OPENSSL_free(bytes);
	return r;
}

/* --- making ------------------------------------------------------------------------ */

static bool add_extension(X509 *certificate, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	done = extension && X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return done;
}

/* Signed by itself: who trusts it puts it into a directory, no authority says so */
static X509 *certify(EVP_PKEY *key, const char *name)
{
	_cleanup_(X509_freep) X509 *certificate = X509_new();
	BIGNUM *serial = BN_new();
	X509_NAME *subject;
	bool done;

	if (!certificate || !serial) {
		BN_free(serial);
		return NULL;
	}
	subject = X509_get_subject_name(certificate);
	done = X509_set_version(certificate, 2) &&
	       BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	       BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), YEARS * 365 * 86400L) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
					  -1, -1, 0) &&
	       X509_set_issuer_name(certificate, subject) && X509_set_pubkey(certificate, key) &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_subject_key_identifier, "hash") &&
	       X509_sign(certificate, key, EVP_sha256());
	BN_free(serial);
	return done ? TAKE_PTR(certificate) : NULL;
}

static int take_bytes(BIO *bio, struct buffer *ret)
{
	char *bytes;
	long size = BIO_get_mem_data(bio, &bytes);

	return size < 0 || buffer_append(ret, bytes, (size_t)size) < 0 ? -ENOMEM : 0;
}

int sign_generate(const char *name, int bits, struct buffer *ret_key, struct buffer *ret_certificate,
		  struct buffer *why)
{
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	_cleanup_(X509_freep) X509 *certificate = NULL;
	_cleanup_(BIO_free_allp) BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
	int r;

	if (bits < SIGN_BITS_LEAST || bits > SIGN_BITS_MOST || bits % 256)
		return refuse(why, NULL, "a key has 2048 to 4096 bits, a multiple of 256");
	if (!one || !two)
		return -ENOMEM;
	key = EVP_RSA_gen((unsigned int)bits);
	certificate = key ? certify(key, name) : NULL;
	if (!certificate || !PEM_write_bio_PrivateKey(one, key, NULL, NULL, 0, NULL, NULL) ||
	    !PEM_write_bio_X509(two, certificate))
		return refuse(why, NULL, "the key could not be made");
	r = take_bytes(one, ret_key);
	return r < 0 ? r : take_bytes(two, ret_certificate);
}

/* --- reading ------------------------------------------------------------------------- */

static X509 *read_certificate(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	return file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
}

/* A key that others can read is no longer one person's */
static int open_key_file(const char *path, FILE **ret, struct buffer *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	ERR_clear_error();
	if (fd < 0)
		return refuse(why, path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_mode & 077) {
		bool regular = S_ISREG(st.st_mode);

		close(fd);
		return refuse(why, path, regular ? "others may read this key: chmod 600, and think of "
			      "whether anybody did" : "is not a regular file");
	}
	*ret = fdopen(fd, "r");
	if (*ret)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* "pkcs11:token=…": as far as OpenSSL has a provider or engine for it */
static EVP_PKEY *read_key_uri(const char *uri)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *key = NULL;

	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
		if (!info && OSSL_STORE_error(store))
			break;
	}
	OSSL_STORE_close(store);
	return key;
}

static int read_key(const char *name, EVP_PKEY **ret, struct buffer *why)
{
	_cleanup_fclose_ FILE *file = NULL;
	int r;

	if (strncmp(name, "pkcs11:", 7) == 0) {
		*ret = read_key_uri(name);
		return *ret ? 0 : refuse(why, name, "OpenSSL finds no such key; is its PKCS#11 provider "
					 "configured?");
	}
	r = open_key_file(name, &file, why);
	if (r)
		return r;
	*ret = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	return *ret ? 0 : refuse(why, name, "is no private key in PEM");
}

int sign_make(const char *key_name, const char *certificate_name, const void *data, size_t size,
	      struct buffer *ret, struct buffer *why)
{
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	_cleanup_(X509_freep) X509 *certificate = read_certificate(certificate_name);
	_cleanup_(CMS_ContentInfo_freep) CMS_ContentInfo *cms = NULL;
	_cleanup_(BIO_free_allp) BIO *in = NULL, *out = BIO_new(BIO_s_mem());
	const unsigned int how = CMS_BINARY | CMS_DETACHED | CMS_NOATTR | CMS_NOCERTS | CMS_PARTIAL;
	int r = read_key(key_name, &key, why);

	if (r)
		return r;
	if (!certificate)
		return refuse(why, certificate_name, "is no certificate in PEM");
	r = check_key(key, key_name, why);
	if (r)
		return r;
	if (X509_check_private_key(certificate, key) != 1)
		return refuse(why, certificate_name, "is the certificate of another key");
	in = BIO_new_mem_buf(data, (int)size);
	if (!in || !out)
		return -ENOMEM;
	cms = CMS_sign(NULL, NULL, NULL, in, how);
	if (!cms || !CMS_add1_signer(cms, certificate, key, EVP_sha256(), how) ||
	    CMS_final(cms, in, NULL, how) != 1 || i2d_CMS_bio(out, cms) != 1)
		return refuse(why, key_name, "could not sign");
	return take_bytes(out, ret);
}

/* --- whom to trust ----------------------------------------------------------------------- */

struct trusted *trusted_free(struct trusted *trusted)
{
	if (!trusted)
		return NULL;
	for (int group = 0; group < SIGN_GROUP_COUNT; group++)
		for (size_t i = 0; i < trusted->count[group]; i++)
			X509_free(trusted->list[group][i]);
	free(trusted);
	return NULL;
}

size_t trusted_count(const struct trusted *trusted, enum sign_group group)
{
	return trusted->count[group];
}

int trusted_certificate(const struct trusted *trusted, enum sign_group group, size_t index,
			struct buffer *ret)
{
	unsigned char *bytes = NULL;
	int size = i2d_X509(trusted->list[group][index], &bytes);
	int r = size <= 0 || buffer_append(ret, bytes, (size_t)size) < 0 ? -ENOMEM : 0;

	OPENSSL_free(bytes);
	return r;
}

static int add_trusted(struct trusted *trusted, int group, const char *path, struct buffer *why)
{
	X509 *certificate = read_certificate(path);

	if (!certificate)
		return refuse(why, path, "is no certificate in PEM");
	if (trusted->count[group] == FILES_MAX) {
		X509_free(certificate);
		return refuse(why, path, "more than 64 certificates of one group");
	}
	trusted->list[group][trusted->count[group]++] = certificate;
	return check_key(X509_get0_pubkey(certificate), path, why);
}

static int only_pem(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > 4 && !strcmp(entry->d_name + size - 4, ".pem");
}

static int load_group(struct trusted *trusted, const char *directory, int group, struct buffer *why)
{
	_cleanup_free_ char *path = NULL;
	struct dirent **list = NULL;
	int count, r = 0;

	if (asprintf(&path, "%s/%s", directory, sign_group_name(group)) < 0)
		return -ENOMEM;
	count = scandir(path, &list, only_pem, alphasort);
	if (count < 0)
		return errno == ENOENT ? 0 : refuse(why, path, strerror(errno));
	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *file = NULL;

		if (r == 0)
			r = asprintf(&file, "%s/%s", path, list[i]->d_name) < 0 ? -ENOMEM :
			    add_trusted(trusted, group, file, why);
		free(list[i]);
	}
	free(list);
	return r;
}

/* One person in both groups would be two approvals by one */
static int check_apart(const struct trusted *trusted, struct buffer *why)
{
	uint8_t one[SHA256_SIZE], two[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	for (size_t i = 0; i < trusted->count[SIGN_AUTHOR]; i++)
		for (size_t k = 0; k < trusted->count[SIGN_APPROVER]; k++) {
			if (hash_key(trusted->list[SIGN_AUTHOR][i], one) < 0 ||
			    hash_key(trusted->list[SIGN_APPROVER][k], two) < 0)
				return -ENOMEM;
			if (memcmp(one, two, sizeof(one)) != 0)
				continue;
			buffer_printf(why, "key %.16s… is an author's and an approver's: it counts for "
				      "neither; take it out of one group", sha256_format(one, text));
			return 1;
		}
	return 0;
}

int trusted_load(const char *directory, struct trusted **ret, struct buffer *why)
{
	_cleanup_(trusted_freep) struct trusted *trusted = calloc(1, sizeof(*trusted));
	int r = trusted ? 0 : -ENOMEM;

	for (int group = 0; !r && group < SIGN_GROUP_COUNT; group++)
		r = load_group(trusted, directory, group, why);
	if (!r)
		r = check_apart(trusted, why);
	if (!r)
		*ret = TAKE_PTR(trusted);
	return r;
}

/* --- checking ------------------------------------------------------------------------------- */

/* The form, before whose it is: what the module takes, and no more */
static int check_form(CMS_ContentInfo *cms, CMS_SignerInfo **ret, struct buffer *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *certificates = CMS_get1_certs(cms);
	int carried = sk_X509_num(certificates);
	ASN1_OCTET_STRING **content = CMS_get0_content(cms);
	X509_ALGOR *digest, *algorithm;
	int kind;

	sk_X509_pop_free(certificates, X509_free);
	ERR_clear_error();
	if (!content || *content || OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return refuse(why, NULL, "the signature is not a detached one of plain data");
	if (sk_CMS_SignerInfo_num(signers) != 1)
		return refuse(why, NULL, sk_CMS_SignerInfo_num(signers) > 1 ?
			      "one file with several signers does not count: every person signs a file" :
			      "nobody has signed it");
	if (carried > 0)
		return refuse(why, NULL, "it carries certificates (-nocerts)");
	*ret = sk_CMS_SignerInfo_value(signers, 0);
	if (CMS_signed_get_attr_count(*ret) > 0 || CMS_unsigned_get_attr_count(*ret) > 0)
		return refuse(why, NULL, "it has attributes (-noattr)");
	CMS_SignerInfo_get0_algs(*ret, NULL, NULL, &digest, &algorithm);
	if (OBJ_obj2nid(digest->algorithm) != NID_sha256)
		return refuse(why, NULL, "the digest is not SHA-256");
	kind = OBJ_obj2nid(algorithm->algorithm);
	if (kind != NID_rsaEncryption && kind != NID_sha256WithRSAEncryption)
		return refuse(why, NULL, "the signature is not RSA (PKCS#1 v1.5)");
	return 0;
}

static X509 *find_signer(const struct trusted *trusted, int group, CMS_SignerInfo *signer)
{
	for (size_t i = 0; i < trusted->count[group]; i++)
		if (CMS_SignerInfo_cert_cmp(signer, trusted->list[group][i]) == 0)
			return trusted->list[group][i];
	return NULL;
}

static int check_bytes(CMS_ContentInfo *cms, X509 *certificate, const void *data, size_t size,
		       struct buffer *why)
{
	_cleanup_(BIO_free_allp) BIO *in = BIO_new_mem_buf(data, (int)size);
	STACK_OF(X509) *certificates = sk_X509_new_null();
	int good = 0;

	if (in && certificates && sk_X509_push(certificates, certificate))
		good = CMS_verify(cms, certificates, NULL, in, NULL, CMS_BINARY | CMS_NOINTERN |
				  CMS_NO_SIGNER_CERT_VERIFY);
	sk_X509_free(certificates);
	if (good == 1)
		return 0;
	ERR_clear_error();
	return refuse(why, NULL, "the signature is not of these bytes");
}

int sign_check(const struct trusted *trusted, enum sign_group group, const void *data, size_t size,
	       const void *signature, size_t signature_size, uint8_t ret_key[SHA256_SIZE],
	       struct buffer *why)
{
	_cleanup_(CMS_ContentInfo_freep) CMS_ContentInfo *cms = NULL;
	const unsigned char *at = signature;
	CMS_SignerInfo *signer = NULL;
	X509 *certificate;
	int r;

	if (signature_size > SIGN_SIZE_MAX)
		return refuse(why, NULL, "larger than a signature is (64 KiB)");
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature_size);
	if (!cms || at != (const unsigned char *)signature + signature_size ||
	    OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
		ERR_clear_error();
		return refuse(why, NULL, "this is no signature in DER");
	}
	r = check_form(cms, &signer, why);
	if (r)
		return r;
	certificate = find_signer(trusted, group, signer);
	if (!certificate) {
		buffer_printf(why, "it is signed by nobody of the group %s", sign_group_name(group));
		if (find_signer(trusted, 1 - (int)group, signer))
			buffer_printf(why, ", but by one of the group %s",
				      sign_group_name((enum sign_group)(1 - (int)group)));
		return 1;
	}
	r = check_bytes(cms, certificate, data, size, why);
	return r ? r : hash_key(certificate, ret_key);
}
