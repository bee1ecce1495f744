/* SPDX-License-Identifier: Apache-2.0 */
/* Takes programs off their hooks, puts others there, puts them back: orders come on stdin. */

/*
 * usage: exchange PINS
 *
 * It begins when the programs are loaded and no policy is in force: then nobody is
 * kept from their maps and pins.  It makes itself a controller as one that loads them
 * does, since later only a controller may touch them, and holds the links instead of
 * their pins.  A program is off its hook as soon as nobody holds its link, so the
 * controller must not: it is started again when the pins are gone.
 *
 *	take		hold every link
 *	keep HOOK	pin that link, for a controller that begins
 *	leave HOOK	let go of what the pins say of a hook; the program stays, held here
 *	out PROGRAM	off its hook
 *	in PROGRAM	back on its hook, instead of what may be there
 *	hide PROGRAM	one that a controller finds by its pin: unpin it
 *	show PROGRAM	pin it again
 *	load OBJECT PROGRAM…	from that object, with the maps in use, instead of theirs
 *	has PROGRAM	is there one of that name
 *	end PID		SIGKILL to a controller
 *
 * Each is answered by one line: "ok", or what is wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define PLACES_MAX 128
#define MAPS_MAX 64
#define PROGRAM_WORDS 16
#define DETACH_TRIES 500

/* A program and the hook it belongs to. */
struct place {
	char hook[64];
	char program[16];
	int loaded;		/* the program as the controller loaded it */
	bool pinned;		/* by its own name: the controller attaches or runs it */
	int link;		/* what is on the hook now, -1 nothing */
};

static const char *pins;
static struct place places[PLACES_MAX];
static size_t place_count;
static int maps[MAPS_MAX];
static size_t map_count;

static bool say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return false;
}

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static struct place *find(const char *name)
{
	for (size_t i = 0; i < place_count; i++)
		if (!strcmp(places[i].program, name) || !strcmp(places[i].hook, name))
			return &places[i];
	return NULL;
}

static uint32_t map_id(int fd, struct bpf_map_info *ret)
{
	uint32_t size = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return bpf_obj_get_info_by_fd(fd, ret, &size) < 0 ? 0 : ret->id;
}

static bool have_map(uint32_t id)
{
	struct bpf_map_info info;

	for (size_t i = 0; i < map_count; i++)
		if (map_id(maps[i], &info) == id)
			return true;
	return false;
}

/* The maps of a program; together they are all. */
static bool take_maps(int program)
{
	uint32_t ids[MAPS_MAX] = { 0 }, size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ids, .nr_map_ids = MAPS_MAX };

	if (bpf_obj_get_info_by_fd(program, &info, &size) < 0)
		return say("a program's maps: %s", strerror(errno));
	for (uint32_t i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		if (have_map(ids[i]) || map_count == MAPS_MAX)
			continue;
		maps[map_count] = bpf_map_get_fd_by_id(ids[i]);
		if (maps[map_count] < 0)
			return say("map %u: %s", ids[i], strerror(errno));
		map_count++;
	}
	return true;
}

static bool take_link(struct place *place, const char *path)
{
	struct bpf_link_info link = { 0 };
	struct bpf_prog_info program = { 0 };
	uint32_t size = sizeof(link);

	place->link = bpf_obj_get(path);
	if (place->link < 0 || bpf_obj_get_info_by_fd(place->link, &link, &size) < 0)
		return say("%s: %s", path, strerror(errno));
	place->loaded = bpf_prog_get_fd_by_id(link.prog_id);
	size = sizeof(program);
	if (place->loaded < 0 || bpf_obj_get_info_by_fd(place->loaded, &program, &size) < 0)
		return say("the program of %s: %s", path, strerror(errno));
	memcpy(place->program, program.name, sizeof(place->program));
	if (find(place->program)) {	/* the controller's to put on and off */
		close(place->link);
		close(place->loaded);
		return true;
	}
	place_count++;
	return take_maps(place->loaded);
}

/* The controller has its own way with these. */
static bool take_program(struct place *place, const char *path)
{
	place->pinned = true;
	place->link = -1;
	place->loaded = bpf_obj_get(path);
	if (place->loaded < 0)
		return say("%s: %s", path, strerror(errno));
	memcpy(place->program, place->hook, sizeof(place->program) - 1);
	place_count++;
	return take_maps(place->loaded);
}

/* As the controller that loads the programs does for itself. */
static bool become_controller(void)
{
	const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	const uint32_t one = 1;
	struct bpf_map_info info;

	for (size_t i = 0; i < map_count; i++)
		if (map_id(maps[i], &info) && !strcmp(info.name, "bw_own"))
			return !bpf_map_update_elem(maps[i], &self, &one, BPF_ANY) ||
			       say("bw_own: %s", strerror(errno));
	return say("no map bw_own");
}

static bool take_all(const char *kind, bool (*one)(struct place *, const char *))
{
	struct dirent *entry;
	bool good = true;
	char path[1024];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", pins, kind);
	dir = opendir(path);
	if (!dir)
		return say("%s: %s", path, strerror(errno));
	while (good && (entry = readdir(dir))) {
		struct place *place = &places[place_count];

		if (entry->d_name[0] == '.')
			continue;
		if (place_count == PLACES_MAX || strlen(entry->d_name) >= sizeof(place->hook)) {
			good = say("no room for %s", entry->d_name);
			break;
		}
		strcpy(place->hook, entry->d_name);
		snprintf(path, sizeof(path), "%s/%s/%s", pins, kind, place->hook);
		good = one(place, path);
	}
	closedir(dir);
	return good;
}

static bool take(void)
{
	return take_all("programs", take_program) && take_all("links", take_link) &&
	       become_controller();
}

static bool leave(const char *hook)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/links/%s", pins, hook);
	return !unlink(path) || errno == ENOENT || say("%s: %s", path, strerror(errno));
}

static bool keep(const struct place *place)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/links/%s", pins, place->hook);
	return !bpf_obj_pin(place->link, path) || errno == EEXIST ||
	       say("%s: %s", path, strerror(errno));
}

static bool hide(const struct place *place)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/programs/%s", pins, place->program);
	if (!place->pinned)
		return say("%s has no pin of its own", place->program);
	return !unlink(path) || say("%s: %s", path, strerror(errno));
}

static bool show(const struct place *place)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/programs/%s", pins, place->program);
	if (!place->pinned)
		return say("%s has no pin of its own", place->program);
	return !bpf_obj_pin(place->loaded, path) || say("%s: %s", path, strerror(errno));
}

static uint32_t link_id(int fd)
{
	struct bpf_link_info info = { 0 };
	uint32_t size = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0 ? 0 : info.id;
}

/* When the last descriptor is closed the kernel may leave the rest to a worker. */
static bool take_out(struct place *place)
{
	const uint32_t id = link_id(place->link);
	int other = 0;

	if (place->link < 0)
		return true;
	close(place->link);
	place->link = -1;
	for (int i = 0; i < DETACH_TRIES && other >= 0; i++) {
		other = bpf_link_get_fd_by_id(id);
		if (other >= 0)
			close(other);
		pause_a_moment();
	}
	return other < 0 || say("somebody else holds the link of %s", place->hook);
}

static bool put(struct place *place, int program)
{
	int fd = bpf_raw_tracepoint_open(NULL, program);

	for (int i = 0; i < DETACH_TRIES && fd == -EBUSY; i++) {
		pause_a_moment();
		fd = bpf_raw_tracepoint_open(NULL, program);
	}
	place->link = fd;
	return fd >= 0 || say("cannot attach to %s: %s", place->hook, strerror(-fd));
}

static bool put_back(struct place *place)
{
	return take_out(place) && put(place, place->loaded);
}

static bool share_map(struct bpf_map *map)
{
	const char *name = bpf_map__name(map);
	struct bpf_map_info info;

	for (size_t i = 0; i < map_count; i++) {
		if (!map_id(maps[i], &info) ||
		    strncmp(info.name, name, sizeof(info.name) - 1))
			continue;
		if (bpf_map__is_internal(map) && bpf_map__value_size(map) != info.value_size)
			return say("%s has %u bytes here, %u there: change no constants", name,
				   bpf_map__value_size(map), info.value_size);
		return !bpf_map__reuse_fd(map, maps[i]) ||
		       say("map %s: %s", name, strerror(errno));
	}
	return true;		/* nobody has it: a program that was left out */
}

static bool load_chosen(struct bpf_object *object, char **names)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	for (; *names; names++) {
		program = bpf_object__find_program_by_name(object, *names);
		if (!program || !find(*names))
			return say("no program %s", *names);
		bpf_program__set_autoload(program, true);
	}
	bpf_object__for_each_map(map, object)
		if (!share_map(map))
			return false;
	return !bpf_object__load(object) || say("the kernel does not take it: %s", strerror(errno));
}

/* What nobody may load beneath a protected class; off their hooks for that moment. */
static bool doors_move(bool open)
{
	static const char *const doors[] = { "bw_locked_down", "bw_capable" };
	bool good = true;

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		struct place *place = find(doors[i]);

		if (place && open)
			good &= take_out(place);
		else if (place && place->link < 0)
			good &= put(place, place->loaded);
	}
	return good;
}

static bool load(const char *path, char **names)
{
	struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.object_name = "bailiwick_bpf",
	};
	struct bpf_object *object = bpf_object__open_file(path, &options);
	bool good;

	if (!object)
		return say("%s: %s", path, strerror(errno));
	good = doors_move(true) && load_chosen(object, names);
	for (; good && *names; names++)
		good = take_out(find(*names)) && put(find(*names), bpf_program__fd(
			bpf_object__find_program_by_name(object, *names)));
	bpf_object__close(object);
	return doors_move(false) && good;
}

static bool obey(char **words)
{
	struct place *place = words[1] ? find(words[1]) : NULL;

	if (!strcmp(words[0], "take"))
		return take();
	if (!words[1])
		return say("%s: of what?", words[0]);
	if (!strcmp(words[0], "end"))
		return !kill(atoi(words[1]), SIGKILL) || say("kill: %s", strerror(errno));
	if (!strcmp(words[0], "load"))
		return load(words[1], words + 2);
	if (!strcmp(words[0], "leave"))
		return leave(words[1]);
	if (!place)
		return say("%s: nothing here is called that", words[1]);
	if (!strcmp(words[0], "has"))
		return true;
	if (!strcmp(words[0], "keep"))
		return keep(place);
	if (!strcmp(words[0], "hide"))
		return hide(place);
	if (!strcmp(words[0], "show"))
		return show(place);
	if (!strcmp(words[0], "out"))
		return take_out(place);
	if (!strcmp(words[0], "in"))
		return put_back(place);
	return say("%s: no such order", words[0]);
}

static int complain(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
	char line[1024], *words[PROGRAM_WORDS + 1], *rest;

	if (argc != 2)
		return 64;
	pins = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(complain);
	while (fgets(line, sizeof(line), stdin)) {
		size_t n = 0;

		for (char *word = strtok_r(line, " \n", &rest); word && n < PROGRAM_WORDS;
		     word = strtok_r(NULL, " \n", &rest))
			words[n++] = word;
		words[n] = NULL;
		if (n && obey(words))
			say("ok");
	}
	return 0;
}
