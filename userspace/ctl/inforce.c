/* SPDX-License-Identifier: Apache-2.0 */
/* The image in force, from the controller */
#include "ctl/inforce.h"

#include <string.h>
#include <sysexits.h>

#include "ctl/client.h"
#include "ctl/output.h"

int inforce_image(const char *socket, struct image **ret, struct message **ret_answer)
{
	_cleanup_(message_freep) struct message *request = request_new("image");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_close_ int fd = -1;
	const char *why = NULL;
	int code, answer;

	if (!request)
		return EX_OSERR;
	code = client_call(socket, request, CLIENT_PATIENCE, NULL, NULL, &final);
	if (code)
		return code;
	fd = message_take_fd(final, 0);
	if (fd < 0) {
		complain("the controller sent no image");
		return EX_PROTOCOL;
	}
	answer = image_open_fd(fd, ret, &why);
	if (answer) {
		complain("the image in force cannot be read: %s", why ? why : strerror(-answer));
		return EX_SOFTWARE;
	}
	if (ret_answer)
		*ret_answer = TAKE_PTR(final);
	return 0;
}
