// SPDX-License-Identifier: Apache-2.0
/*
 * Two policies that contradict each other, switched under readers on all processors.
 *
 * usage: swap IMAGE IMAGE SWITCHES LOGIN YES NO EITHER
 *
 * LOGIN may read YES and not NO by both images, EITHER by one of them.  The images give its
 * row and the files' labels each other's numbers, so an answer that is made of one's row
 * and the other's labels is wrong.  A controller loaded the programs; it may be gone.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "image/question.h"
#include "rig.h"

#define READERS_MOST 64

struct answers {
	uint64_t yes, no, let, refused;	/* as it should be; EITHER, both ways */
	uint64_t wrong, trouble;	/* wrong answers; what is no answer */
	int error;			/* the last of trouble */
	char room[16];			/* two cache lines each */
};

struct shared {
	int stop;
	struct answers reader[READERS_MOST];
};

/* 1 when it was let, 0 when it was refused; what else came is counted. */
static int ask(const char *path, struct answers *answers)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 1;
	}
	if (errno == EACCES)
		return 0;
	answers->trouble++;
	answers->error = errno;
	return -1;
}

static void read_on(const char *login, char **paths, struct shared *shared, struct answers *answers)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || write(fd, login, strlen(login)) < 0)
		_exit(1);
	close(fd);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		int yes = ask(paths[0], answers), no = ask(paths[1], answers);
		int either = ask(paths[2], answers);

		answers->yes += yes == 1;
		answers->no += no == 0;
		answers->wrong += (yes == 0) + (no == 1);
		answers->let += either == 1;
		answers->refused += either == 0;
	}
	_exit(0);
}

/* The image as version @version: a writable copy with a digest of its own. */
static int numbered(const struct image *image, uint64_t version)
{
	uint32_t size = image->header->image_size;
	struct bailiwick_image_header *header = malloc(size);
	int fd;

	need(header ? 0 : -1, "no memory");
	memcpy(header, image->header, size);
	header->version = version;
	need(image_digest(header, size, header->digest), "no digest");
	fd = make_memfd(header, size, ALL_SEALS);
	free(header);
	return fd;
}

static uint32_t row_of(const struct image *image, const char *login)
{
	const char *why;
	char subject[32];
	uint32_t row;

	snprintf(subject, sizeof(subject), "user:%s", login);
	return question_subject(image, subject, NULL, &row, NULL, &why) ? UINT32_MAX : row;
}

static uint32_t label_of(const struct image *image, const char *path)
{
	return question_label(image, path, strlen(path));
}

/* Otherwise an answer that is made of both would be right by chance. */
static void compare(struct image *const images[2], char **argv)
{
	uint32_t row[2], label[2];

	for (int i = 0; i < 2; i++) {
		row[i] = row_of(images[i], argv[4]);
		label[i] = label_of(images[i], argv[5]);
	}
	ok(row[0] != row[1], "the role is row %u in one and %u in the other", row[0], row[1]);
	ok(label[0] != label[1], "the file has label %u in one and %u in the other", label[0],
	   label[1]);
}

static struct image *take(const char *path)
{
	const char *why = NULL;
	struct image *image = NULL;

	if (image_open(path, &image, &why)) {
		printf("Bail out! %s: %s\n", path, why ? why : strerror(errno));
		exit(2);
	}
	return image;
}

/* How many of @count were taken; the readers see each for a moment. */
static uint64_t switch_all(struct genl *genl, struct image *const images[2], uint64_t count)
{
	struct genl_module status;
	struct buffer why = {};
	uint64_t taken = 0, version;

	need(genl_status(genl, &status, NULL), "no answer from the module");
	version = status.version;
	for (uint64_t i = 0; i < count; i++) {
		int fd = numbered(images[i & 1], ++version);
		int r = genl_switch(genl, fd, NULL, &status, &why);

		close(fd);
		taken += !r && status.version == version;
		if (r)
			printf("# switch %lu: %s: %s\n", (unsigned long)i, strerror(-r),
			       why.data ? why.data : "");
		buffer_done(&why);
	}
	return taken;
}

static void judge(const struct shared *shared, int readers)
{
	struct answers all = {};
	int idle = 0;

	for (int i = 0; i < readers; i++) {
		const struct answers *one = shared->reader + i;

		all.yes += one->yes;
		all.no += one->no;
		all.let += one->let;
		all.refused += one->refused;
		all.wrong += one->wrong;
		all.trouble += one->trouble;
		all.error = one->trouble ? one->error : all.error;
		idle += !one->let || !one->refused;
	}
	printf("# %lu answers by %d readers; of a file that one of the two allows %lu let, %lu refused\n",
	       (unsigned long)(all.yes + all.no + all.let + all.refused + all.wrong), readers,
	       (unsigned long)all.let, (unsigned long)all.refused);
	ok(!idle, "every reader met both policies");
	ok(!all.wrong && all.yes && all.no, "no answer is made of both (%lu are)",
	   (unsigned long)all.wrong);
	ok(!all.trouble, "none is an error (%lu are, the last: %s)", (unsigned long)all.trouble,
	   strerror(all.error));
}

int main(int argc, char **argv)
{
	int readers = (int)sysconf(_SC_NPROCESSORS_ONLN), whole = 0;
	struct image *images[2];
	struct shared *shared;
	struct genl *genl;
	uint64_t count;

	if (argc != 8)
		return 64;
	if (readers > READERS_MOST)
		readers = READERS_MOST;
	images[0] = take(argv[1]);
	images[1] = take(argv[2]);
	count = strtoull(argv[3], NULL, 10);
	compare(images, argv);
	need(genl_open(&genl) ? -1 : 0, "the module is not loaded");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(shared == MAP_FAILED ? -1 : 0, "no memory");
	is(switch_all(genl, images, 1), 1, "the first one is in force");
	for (int i = 0; i < readers; i++)
		if (fork() == 0)
			read_on(argv[4], argv + 5, shared, shared->reader + i);
	ok(switch_all(genl, images, count) == count, "%lu switches", (unsigned long)count);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	for (int i = 0, status; i < readers; i++)
		whole += wait(&status) > 0 && status == 0;
	is(whole, readers, "all readers came to their end");
	judge(shared, readers);
	genl_close(genl);
	return finish();
}
