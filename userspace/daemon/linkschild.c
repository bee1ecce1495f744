// SPDX-License-Identifier: Apache-2.0
/* bailiwickd as the process that looks at all names of files with several hard links */
#include "daemon/linkschild.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "load/links.h"

#define MEMORY (1ull << 30)
#define WALKS 3			/* of a filesystem in which names come and go meanwhile */

/* Names are read whatever their mode; nothing is opened but directories */
static int drop_rights(void)
{
	static const cap_value_t kept[] = { CAP_DAC_READ_SEARCH };
	struct rlimit memory = { .rlim_cur = MEMORY, .rlim_max = MEMORY };
	cap_t wanted = cap_init();
	int r = 0;

	if (!wanted)
		return -ENOMEM;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0 ||
	    cap_set_flag(wanted, CAP_PERMITTED, 1, kept, CAP_SET) < 0 ||
	    cap_set_flag(wanted, CAP_EFFECTIVE, 1, kept, CAP_SET) < 0 || cap_set_proc(wanted) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_AS, &memory) < 0)
		r = -errno;
	cap_free(wanted);
	return r;
}

static void tell_not(const struct links_place *place, const char *why)
{
	struct buffer line = { 0 };

	escape_display(&line, place->directory, strlen(place->directory), NULL);
	printf(LINKSCHILD_NOT "%s: %s\n", line.data ? line.data : "", why);
	buffer_done(&line);
}

static bool is_known(const char *keys, uint64_t key)
{
	char text[20];

	snprintf(text, sizeof(text), "%016" PRIx64, key);
	return strstr(keys, text) != NULL;
}

static void look(const struct links_place *place, int fd)
{
	struct links_found found;
	int r = fd < 0 ? fd : links_look(fd, place, &found);

	/* a name that came behind the walk closes its file until a walk has met it */
	for (int walks = 1; r == 0 && found.unseen && !found.left_out && walks < WALKS; walks++)
		r = links_look(fd, place, &found);
	if (r < 0)
		tell_not(place, strerror(-r));
	else if (found.left_out)
		tell_not(place, "more hard links than are kept in mind");
	else if (found.unread)
		tell_not(place, "a directory could not be listed");
	else if (found.unseen)
		tell_not(place, "not all names of a file were found: it is closed where one may be");
	if (r == 0)
		printf(LINKSCHILD_KEY "%016" PRIx64 "\n", place->key);
}

int linkschild_main(const char *keys)
{
	_cleanup_fclose_ FILE *mountinfo = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ int *fds = NULL;
	struct links_places places;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || setpriority(PRIO_PROCESS, 0, 19) < 0)
		return EX_OSERR;
	if (!mountinfo || links_places(mountinfo, &places) < 0)
		return EX_OSERR;
	fds = calloc(places.count ? places.count : 1, sizeof(*fds));
	if (!fds)
		return EX_OSERR;
	for (size_t i = 0; i < places.count; i++) {
		fds[i] = -1;
		if (!places.place[i].skip && !is_known(keys, places.place[i].key))
			fds[i] = links_open(&places.place[i]);
	}
	if (drop_rights() < 0)
		return EX_OSERR;
	for (size_t i = 0; i < places.count; i++) {
		if (places.place[i].skip)
			tell_not(&places.place[i], places.place[i].skip);
		else if (is_known(keys, places.place[i].key))
			printf(LINKSCHILD_KEY "%016" PRIx64 "\n", places.place[i].key);
		else
			look(&places.place[i], fds[i]);
	}
	links_places_done(&places);
	return fflush(stdout) == 0 ? EX_OK : EX_OSERR;
}
