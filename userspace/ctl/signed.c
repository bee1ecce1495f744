/* SPDX-License-Identifier: Apache-2.0 */
/* What was signed elsewhere, on its way to the controller */
#include "ctl/signed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include <bailiwick/genl.h>
#include <bailiwick/image.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "base/writeall.h"
#include "ctl/output.h"
#include "image/sign.h"

static int add_bytes(struct message *request, const void *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("bailiwick-signed", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : writeall(fd, bytes, size);

	return r < 0 ? r : message_add_fd(request, TAKE_FD(fd));
}

/* 0, 1 when there is no such file, or a negative errno */
static int add_signature(struct message *request, const char *image, enum sign_group group)
{
	_cleanup_free_ char *path = NULL, *bytes = NULL;
	size_t size;
	int r;

	if (asprintf(&path, "%s.%s.p7s", image, sign_group_name(group)) < 0)
		return -ENOMEM;
	r = readfile(path, BAILIWICK_SIGNATURE_MAX, &bytes, &size);
	if (r == -ENOENT)
		return 1;
	if (r)
		complain("%s: %s", path, r < 0 ? strerror(-r) : "is no signature file");
	if (!r)
		r = message_add_string(request, "signatures", sign_group_name(group));
	return r > 0 ? -EINVAL : r < 0 ? r : add_bytes(request, bytes, size);
}

int signed_fill(struct message *request, const char *path)
{
	_cleanup_free_ char *bytes = NULL;
	int signatures = 0, r;
	size_t size;

	r = readfile(path, BAILIWICK_SLOT_MAX, &bytes, &size);
	if (!r)
		r = message_set_boolean(request, "image", true);
	if (!r)
		r = add_bytes(request, bytes, size);
	for (int group = 0; r >= 0 && group < SIGN_GROUP_COUNT; group++) {
		r = add_signature(request, path, (enum sign_group)group);
		signatures += r == 0;
	}
	if (r < 0) {
		complain("%s: %s", path, strerror(-r));
		return EX_NOINPUT;
	}
	if (signatures)
		return 0;
	complain("%s: there is neither %s.author.p7s nor %s.approver.p7s: `bailiwick policy sign` makes "
		 "them", path, path, path);
	return EX_NOPERM;
}
