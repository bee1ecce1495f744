// SPDX-License-Identifier: Apache-2.0
/* Which filesystems are looked at for hard links, and that every name is found there */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "load/links.h"

static const char mountinfo[] =
	"22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
	"28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"31 28 8:1 /srv/data /mnt/part rw - ext4 /dev/sda1 rw\n"
	"32 28 8:2 /inside /mnt/first rw - xfs /dev/sda2 rw\n"
	"33 28 8:2 / /mnt/with\\040space rw - xfs /dev/sda2 rw\n"
	"34 28 0:50 / /mnt/far rw - nfs4 host:/x rw\n"
	"35 28 0:51 / /mnt/over rw - overlay overlay rw,lowerdir=/a,metacopy=off\n"
	"37 28 0:53 / /mnt/thin rw - overlay overlay rw,lowerdir=/a,metacopy=on\n"
	"nonsense\n"
	"36 28 0:52\n";

static void test_places(void **state)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)mountinfo, sizeof(mountinfo) - 1, "r");
	struct links_places places;

	(void)state;
	assert_non_null(file);
	assert_int_equal(links_places(file, &places), 0);
	assert_int_equal(places.count, 5);
	assert_string_equal(places.place[0].directory, "/");
	assert_null(places.place[0].skip);
	/* all of it, not the part that was mounted first */
	assert_string_equal(places.place[1].directory, "/mnt/with space");
	assert_null(places.place[1].skip);
	assert_string_equal(places.place[2].directory, "/mnt/far");
	assert_non_null(places.place[2].skip);
	assert_string_equal(places.place[3].directory, "/mnt/over");
	assert_null(places.place[3].skip);
	assert_true(places.place[3].layered && !places.place[0].layered);
	assert_string_equal(places.place[4].directory, "/mnt/thin");
	assert_non_null(places.place[4].skip);
	links_places_done(&places);
}

/* Two filesystems that take each other's place are not the one that was looked at */
static void test_key(void **state)
{
	static const char *const lines[] = {
		"40 28 7:0 / /srv rw - ext4 /dev/loop0 rw\n",
		"41 28 7:0 / /srv rw - ext4 /dev/loop0 rw\n",
		"40 28 7:0 / /other rw - ext4 /dev/loop0 rw\n",
	};
	uint64_t key[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		_cleanup_fclose_ FILE *file = fmemopen((void *)lines[i], strlen(lines[i]), "r");
		struct links_places places;

		assert_int_equal(links_places(file, &places), 0);
		assert_int_equal(places.count, 1);
		key[i] = places.place[0].key;
		links_places_done(&places);
	}
	assert_true(key[0] != key[1] && key[0] != key[2] && key[1] != key[2]);
}

static void make(const char *directory, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void also(const char *directory, const char *name, const char *other)
{
	char from[256], to[256];

	snprintf(from, sizeof(from), "%s/%s", directory, name);
	snprintf(to, sizeof(to), "%s/%s", directory, other);
	assert_int_equal(link(from, to), 0);
}

static void test_look(void **state)
{
	char directory[] = "/tmp/links.XXXXXX", path[256], clear[300];
	_cleanup_close_ int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	struct links_place place = { 0 };
	struct links_found found;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/deep", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	make(directory, "alone");
	make(directory, "two");
	also(directory, "two", "deep/second");
	make(directory, "deep/three");
	also(directory, "deep/three", "deep/3b");
	also(directory, "deep/three", "3c");
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int layered = 0; layered < 2; layered++) {
		place.layered = layered;
		assert_int_equal(links_look(fd, &place, &found), 0);
		assert_int_equal(found.files, 2);
		assert_int_equal(found.names, 5);
		assert_int_equal(found.left_out, 0);
		assert_int_equal(found.unseen, 0);
		assert_int_equal(found.unread, 0);
	}
	assert_int_equal(fchdir(before), 0);
	assert_true(links_look(-1, &place, &found) < 0);
	snprintf(clear, sizeof(clear), "rm -rf %s", directory);
	assert_int_equal(system(clear), 0);
}

#define SHORT 8

/* Deeper than a path may be long; the walk itself gets there */
static void make_deep(int at, const char *file)
{
	char name[251];
	int next;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	at = dup(at);
	for (int i = 0; i < 20; i++) {
		assert_true(mkdirat(at, name, 0700) == 0 || errno == EEXIST);
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	assert_int_equal(linkat(AT_FDCWD, file, at, strrchr(file, '/') + 1, 0), 0);
	close(at);
}

/* A file is asked for by a name that leads there, whichever of them the walk met first */
static void test_name_too_long_to_ask_by(void **state)
{
	char directory[] = "/tmp/links.XXXXXX", path[64], file[80], clear[300];
	_cleanup_close_ int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	struct links_place place = { 0 };
	struct links_found found;

	(void)state;
	assert_non_null(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < SHORT; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		assert_int_equal(mkdir(path, 0700), 0);
		snprintf(file, sizeof(file), "%s/%d", path, i);
		make(path, strrchr(file, '/') + 1);
		make_deep(fd, file);
	}
	assert_int_equal(links_look(fd, &place, &found), 0);
	assert_int_equal(found.files, SHORT);
	assert_int_equal(found.names, 2 * SHORT);
	assert_int_equal(found.unseen, 0);
	assert_int_equal(fchdir(before), 0);
	snprintf(clear, sizeof(clear), "rm -rf %s", directory);
	assert_int_equal(system(clear), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_name_too_long_to_ask_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
