// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/peer.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/peer.h"

static void the_group_comes_from_the_file(void **state)
{
	char path[] = "/tmp/peer-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	dprintf(fd, "root:x:0:\nbailiwicks:x:5:\nbailiwick:x:990:alice\n");
	assert_int_equal(peer_group(path), 990);
	close(fd);
	unlink(path);
	assert_int_equal(peer_group(path), (gid_t)-1);
}

static void we_are_at_the_other_end(void **state)
{
	struct peer peer;
	int ends[2];

	(void)state;
	prctl(PR_SET_NAME, "peer-test");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(peer_read(ends[0], (gid_t)-1, &peer), 0);
	assert_int_equal(peer.person.uid, getuid());
	assert_int_equal(peer.person.pid, (uint32_t)getpid());
	assert_int_equal(peer.person.login_uid, peer_login_uid(getpid()));
	assert_int_equal(peer.changes, getuid() == 0);
	assert_int_equal(peer.reads, getuid() == 0);
	assert_string_equal(peer.comm, "peer-test");
	assert_int_equal(peer_read(ends[0], getgid(), &peer), 0);
	assert_true(peer.reads);
	close(ends[0]);
	close(ends[1]);
}

static void a_pipe_has_no_peer(void **state)
{
	struct peer peer;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(peer_read(ends[0], 0, &peer) < 0);
	close(ends[0]);
	close(ends[1]);
}

static void nobody_has_no_login_uid(void **state)
{
	(void)state;
	assert_int_equal(peer_login_uid(0x7ffffff), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_comes_from_the_file),
		cmocka_unit_test(we_are_at_the_other_end),
		cmocka_unit_test(a_pipe_has_no_peer),
		cmocka_unit_test(nobody_has_no_login_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
