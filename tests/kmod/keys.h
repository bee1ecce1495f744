/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, certificates and signatures, the good ones and those that must not count */
#ifndef BAILIWICK_TESTS_KMOD_KEYS_H
#define BAILIWICK_TESTS_KMOD_KEYS_H

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "rig.h"

struct person {
	EVP_PKEY *key;
	X509 *certificate;
	unsigned char *der;	/* of the certificate */
	size_t der_size;
};

/* Another certificate of a key: another name, the same person. */
static UNUSED struct person certify(EVP_PKEY *key, const char *name)
{
	struct person person = { .key = key, .certificate = X509_new() };
	X509_NAME *subject = X509_get_subject_name(person.certificate);
	int size;

	X509_set_version(person.certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(person.certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(person.certificate), -86400);
	X509_gmtime_adj(X509_getm_notAfter(person.certificate), 86400);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
				   -1, 0);
	X509_set_issuer_name(person.certificate, subject);
	X509_set_pubkey(person.certificate, key);
	errno = EINVAL;
	need(X509_sign(person.certificate, key, EVP_sha256()) ? 0 : -1, "cannot certify a key");
	size = i2d_X509(person.certificate, &person.der);
	need(size, "cannot encode a certificate");
	person.der_size = (size_t)size;
	return person;
}

static UNUSED struct person read_person(const char *name, const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);

	errno = EINVAL;
	need(key ? 0 : -1, "cannot read a key");
	BIO_free(in);
	return certify(key, name);
}

/* A signature as these flags make it, by one or two; flags 0 is the form that counts. */
#define PLAIN (CMS_BINARY | CMS_DETACHED | CMS_NOATTR | CMS_NOCERTS | CMS_PARTIAL)

struct form {
	unsigned int without;		/* of PLAIN */
	const EVP_MD *digest;		/* NULL: SHA-256 */
	const struct person *other;	/* signs too */
};

static UNUSED struct iovec sign_as(const struct person *person, const void *data, size_t size,
				   const struct form *form)
{
	const unsigned int flags = PLAIN & ~form->without;
	const EVP_MD *digest = form->digest ? form->digest : EVP_sha256();
	BIO *in = BIO_new_mem_buf(data, (int)size);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags);
	unsigned char *der = NULL;
	int length, good;

	good = cms && CMS_add1_signer(cms, person->certificate, person->key, digest, flags) &&
	       (!form->other || CMS_add1_signer(cms, form->other->certificate,
						form->other->key, digest, flags)) &&
	       CMS_final(cms, in, NULL, flags) == 1;
	errno = EINVAL;
	need(good ? 0 : -1, "cannot sign");
	length = i2d_CMS_ContentInfo(cms, &der);
	need(length, "cannot encode a signature");
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return (struct iovec) { der, (size_t)length };
}

static UNUSED struct iovec sign_plain(const struct person *person, const struct image_bytes *image)
{
	const struct form plain = {};

	return sign_as(person, image->data, image->size, &plain);
}

#endif
