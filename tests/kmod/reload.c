// SPDX-License-Identifier: Apache-2.0
/*
 * The module loaded, used and unloaded again and again: nothing of it stays.
 *
 * usage: reload MODULE.ko [CYCLES]
 *
 * A cycle that leaves one object behind makes its slab cache, or the list of mapped areas,
 * grow by as many as there are cycles, in every batch; what else goes on in the machine
 * does not do that three times in a row.
 */
#include <dirent.h>

#include "keys.h"
#include "tests/kmod/keys.inc"

#define BATCHES 3
#define CACHES_MAX 1024

struct cache {
	char name[64];
	long objects[BATCHES + 1];
};

static struct cache caches[CACHES_MAX];
static size_t cache_count;
static struct person author, approver;

/* --- what is in use -------------------------------------------------------------------- */

static struct cache *cache_of(const char *name)
{
	for (size_t i = 0; i < cache_count; i++)
		if (!strcmp(caches[i].name, name))
			return caches + i;
	if (cache_count == CACHES_MAX)
		return NULL;
	snprintf(caches[cache_count].name, sizeof(caches->name), "%s", name);
	return caches + cache_count++;
}

static void note(const char *name, long objects, int batch)
{
	struct cache *cache = cache_of(name);

	if (cache)
		cache->objects[batch] = objects;
}

/* KASAN holds back what was freed until a cache is told to shrink. */
static void shrink(void)
{
	DIR *all = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[320];
	int fd;

	while (all && (entry = readdir(all))) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, "1", 1) != 1)
			printf("# %s: %s\n", path, strerror(errno));
		close(fd);
	}
	if (all)
		closedir(all);
}

/* What is freed after a grace period, or by a worker, gets the time for it. */
static void look(int batch)
{
	FILE *slabs, *areas;
	char line[512], name[64];
	long objects, count = 0;

	sleep(2);
	shrink();
	slabs = fopen("/proc/slabinfo", "re");
	areas = fopen("/proc/vmallocinfo", "re");
	need(slabs && areas ? 0 : -1, "cannot see what is in use");
	while (fgets(line, sizeof(line), slabs))
		if (sscanf(line, "%63s %ld", name, &objects) == 2)
			note(name, objects, batch);
	while (fgets(line, sizeof(line), areas))
		count++;
	note("mapped areas", count, batch);
	fclose(slabs);
	fclose(areas);
}

static void judge(long cycles)
{
	size_t grown = 0;

	for (size_t i = 0; i < cache_count; i++) {
		const long *n = caches[i].objects;
		int batches = 0;

		for (int b = 0; b < BATCHES; b++)
			batches += n[b + 1] - n[b] >= cycles;
		if (batches == BATCHES) {
			printf("# %s: %ld %ld %ld %ld\n", caches[i].name, n[0], n[1], n[2], n[3]);
			grown++;
		}
	}
	ok(cache_count > 20, "%zu kinds of objects are looked at", cache_count);
	ok(!grown, "none grows by one a cycle");
}

/* --- a cycle ----------------------------------------------------------------------------- */

static int give_keys(struct genl *genl, struct genl_module *status)
{
	const struct iovec authors = { author.der, author.der_size };
	const struct iovec approvers = { approver.der, approver.der_size };
	const struct iovec *const certificates[SIGN_GROUP_COUNT] = {
		[SIGN_AUTHOR] = &authors, [SIGN_APPROVER] = &approvers,
	};
	const size_t counts[SIGN_GROUP_COUNT] = { 1, 1 };

	return genl_trust(genl, certificates, counts, 0, status, NULL);
}

static int switch_to(struct genl *genl, uint64_t version, struct genl_module *status)
{
	struct image_bytes image = make_image(version, 0);
	int fd = make_memfd(image.data, image.size, ALL_SEALS);
	struct terms terms = {
		.signature = {
			[SIGN_AUTHOR] = sign_plain(&author, &image),
			[SIGN_APPROVER] = sign_plain(&approver, &image),
		},
		.confirm_within = version > 1 ? 100 : 0,
	};
	int err = genl_switch(genl, fd, &terms, status, NULL);

	close(fd);
	for (int i = 0; i < SIGN_GROUP_COUNT; i++)
		OPENSSL_free(terms.signature[i].iov_base);
	image_bytes_done(&image);
	return err;
}

/* Everything the module keeps memory, a timer or a reference for; 0 when all of it went well. */
static int use(void)
{
	const struct bailiwick_quarantine who = { .kind = BAILIWICK_SUBJECT_USER, .number = 50001 };
	int slots = make_slots(), control = make_control(), link = make_link(), err = -1;
	struct genl_module status;
	struct genl *genl;

	if (genl_open(&genl) == 0) {
		err = give_keys(genl, &status) ||
		      genl_adopt(genl, slots, control, &link, 1, NULL, 0, &status, NULL) ||
		      switch_to(genl, 1, &status) || switch_to(genl, 2, &status) ||
		      genl_quarantine(genl, &who, "user:one", &status, NULL) ||
		      /* refused, after the image was copied */
		      genl_rollback(genl, 7, &status, NULL) != -ESTALE ||
		      genl_rollback(genl, 1, &status, NULL) ||
		      genl_release(genl, &status, NULL);
		genl_close(genl);
	}
	close(link);
	close(control);
	close(slots);
	return err;
}

static int unload(void)
{
	for (int i = 0; i < 100; i++) {
		if (syscall(SYS_delete_module, "bailiwick", O_NONBLOCK) == 0)
			return 0;
		usleep(20000);
	}
	return -errno;
}

static int cycle(const char *module)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), err;

	need(fd, module);
	err = syscall(SYS_finit_module, fd, "", 0) < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	err = use();
	return unload() ?: err;
}

static long batch(const char *module, long cycles)
{
	long good = 0;

	for (long i = 0; i < cycles; i++) {
		int err = cycle(module);

		if (err)
			printf("# cycle %ld: %d\n", i, err);
		good += !err;
	}
	return good;
}

int main(int argc, char **argv)
{
	long cycles = argc > 2 ? strtol(argv[2], NULL, 10) : 200;

	if (argc < 2 || cycles < 1)
		return 64;
	author = read_person("author", author_pem);
	approver = read_person("approver", approver_pem);
	is((int)batch(argv[1], 10), 10, "ten times, to warm up");
	look(0);
	for (int i = 1; i <= BATCHES; i++) {
		is((int)batch(argv[1], cycles), (int)cycles, "loaded, used, unloaded");
		look(i);
	}
	judge(cycles);
	return finish();
}
