// SPDX-License-Identifier: Apache-2.0
/* The decision in the kernel against the decision on the host: same image, same questions */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* What a checked image is asked about lies inside of it, here and so there. */
#define IMAGE_OUTSIDE() abort()
#include "compile/compile.h"
#include "image/reader.h"
#include "load/enforcement.h"
#include "load/loaded.h"
#include "tests/decide/policies.h"

#include "ask.skel.h"

static long bpf_loop(uint32_t count, void *step, void *context, uint64_t flags);
#include "question.h"

/*
 * usage: ask [COUNT [SEED]]		random policies through the compiler
 *        ask --in-force [COUNT [SEED]]	the image that is in force here
 *        ask --policy SEED		print a policy that may be put in force
 *
 * The kernel's side is ask.bpf.c: the product's decide.h as bytecode over a map
 * of slots, with --in-force over the very map the attached programs read.
 */
#define PER_POLICY 1500
#define BELOW "/srv/bailiwick-ask"

static long bpf_loop(uint32_t count, void *step, void *context, uint64_t flags)
{
	long (*call)(__u32 i, void *context) = step;
	uint32_t i;

	(void)flags;
	for (i = 0; i < count; i++)
		if (call(i, context))
			return i + 1;
	return i;
}

static void answer(image_t image, struct ask *q)
{
	switch (q->kind) {
	case ASK_FILE:
		ask_file(image, q);
		break;
	case ASK_CELL:
		ask_cell(image, q);
		break;
	case ASK_ROW:
		ask_row(image, q);
		break;
	case ASK_DOMINANCE:
		ask_dominance(image, q);
		break;
	case ASK_SUBJECT:
		ask_subject(image, q);
		break;
	case ASK_NETWORK:
		ask_network(image, q);
		break;
	}
}

/* --- questions ----------------------------------------------------------- */

/* What a round asks about. */
struct subject_matter {
	const struct image *image;
	struct random_policy policy;
	struct reference references[RANDOM_PATTERNS];
};

/* A number below @count, or one that is just out of range, or far out. */
static uint32_t number_near(uint32_t count)
{
	switch (any(12)) {
	case 0:
		return count + any(3) - 1;
	case 1:
		return any(2) ? any(UINT32_MAX) : UINT32_MAX - any(3);
	default:
		return any(count);
	}
}

static void choose_path(const struct subject_matter *m, struct ask *q)
{
	char path[TEXT];
	uint32_t edits = any(3);

	if (m->policy.pattern_count && any(8))
		path_from(&m->references[any(m->policy.pattern_count)], path);
	else
		random_path(path);
	while (edits--)
		nearly(path);
	make_canonical(path);
	q->names = 0;
	for (const char *at = path; *at && q->names < ASK_NAMES - 1;) {
		const char *end = strchrnul(at + 1, '/');

		q->name_size[q->names++] = (uint8_t)(end - at - 1);
		at = end;
	}
	strcpy((char *)q->path, path);
}

static void choose_subject(const struct subject_matter *m, struct ask *q)
{
	static const uint32_t kinds[] = {
		BAILIWICK_SUBJECT_USER, BAILIWICK_SUBJECT_UNIT, BAILIWICK_SUBJECT_ROLE,
		BAILIWICK_SUBJECT_NONE, BAILIWICK_SUBJECT_EXE,
	};
	uint32_t rows = m->image->header->rows, count;
	const struct bailiwick_binding *b =
		image_records(m->image, BAILIWICK_SECTION_BINDING, &count);
	const struct bailiwick_binding *one = &b[any(count)];

	q->other = any(4) ? one->kind : PICK(kinds);
	q->id = any(4) ? one->id : any(2) ? 995 + any(30) :
		(uint64_t)any(UINT32_MAX) << 32 | any(UINT32_MAX);
	q->subject = (struct decide_subject){
		.entered = any(3) ? 0 : any(4) ? decide_row_key(m->image->view, any(rows)) : q->id,
		.login_uid = any(2) ? DECIDE_ID_UNSET : 995 + any(30),
		.uid = any(4) ? 995 + any(30) : any(UINT32_MAX),
	};
}

static void choose_endpoint(const struct subject_matter *m, struct ask *q)
{
	struct decide_endpoint *e = &q->endpoint;
	const struct random_policy *p = &m->policy;

	*e = (struct decide_endpoint){
		.ipv6 = any(2), .transport = any(BAILIWICK_TRANSPORT_COUNT + 1),
		.port = (uint16_t)any(65536),
	};
	for (uint32_t i = 0; i < (e->ipv6 ? 16 : 4); i++)
		e->address[i] = (uint8_t)any(256);
	if (p->prefix_count && any(5))
		memcpy(e->address, p->prefixes[any(p->prefix_count)], e->ipv6 ? 16 : 4);
	if (any(2))
		e->address[any(e->ipv6 ? 16 : 4)] ^= (uint8_t)(1 << any(8));
	if (p->port_count && any(5))
		e->port = (uint16_t)(p->ports[any(p->port_count)] + any(3) - 1);
	if (e->ipv6 && !any(3)) {		/* an IPv4 peer in disguise */
		memcpy(e->address + 12, p->prefixes[p->prefix_count ? any(p->prefix_count) : 0], 4);
		memset(e->address, 0, 10);
		memset(e->address + 10, 0xff, 2);
	}
	q->number = any(3) ? BAILIWICK_NETOPS_ALL : 1u << any(BAILIWICK_NETOP_COUNT);
}

static void choose(const struct subject_matter *m, struct ask *q)
{
	static const uint8_t kinds[] = {
		ASK_FILE, ASK_FILE, ASK_FILE, ASK_FILE, ASK_NETWORK, ASK_NETWORK, ASK_SUBJECT,
		ASK_ROW, ASK_CELL, ASK_DOMINANCE,
	};
	const struct bailiwick_image_header *h = m->image->header;

	memset(q, 0, sizeof(*q));
	q->kind = PICK(kinds);
	q->row = number_near(h->rows);
	q->rights = any(2) ? 1u << any(BAILIWICK_RIGHT_COUNT) : any(BAILIWICK_RIGHTS_ALL + 1);
	switch (q->kind) {
	case ASK_FILE:
		choose_path(m, q);
		break;
	case ASK_CELL:
		q->number = number_near(h->labels);
		q->other = number_near(h->states);
		break;
	case ASK_ROW:
		q->number = number_near(64);
		break;
	case ASK_DOMINANCE:
		q->other = number_near(h->rows);
		break;
	case ASK_SUBJECT:
		choose_subject(m, q);
		break;
	case ASK_NETWORK:
		choose_endpoint(m, q);
		break;
	}
}

/* --- both sides ---------------------------------------------------------- */

struct kernel {
	struct ask_bpf *skeleton;
	struct ask *asks;		/* shared with the kernel */
	uint64_t word;			/* control word: the slot to ask */
	uint32_t slot_size;
};

struct context {
	uint64_t word;
	uint32_t count;
	uint32_t answered;
	uint64_t zero;
};

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

/* @slots: a frozen map to ask about, -1 for one of our own. */
static bool kernel_open(struct kernel *k, uint32_t slot_size, int slots)
{
	uint32_t mask = slots < 0 ? slot_size - 1 : slot_size / 2 - 1;

	libbpf_set_print(keep_quiet);
	k->slot_size = slot_size;
	k->skeleton = ask_bpf__open();
	if (!k->skeleton)
		return false;
	k->skeleton->rodata->bw_image_mask8 = mask;
	k->skeleton->rodata->bw_image_mask32 = mask & ~3u;
	k->skeleton->rodata->bw_image_mask64 = mask & ~7u;
	k->skeleton->rodata->ask_slack = slots < 0 ? 0 : 8;
	if (slots < 0 ? bpf_map__set_value_size(k->skeleton->maps.bw_slots, slot_size) :
	    bpf_map__reuse_fd(k->skeleton->maps.bw_slots, slots))
		return false;
	if (ask_bpf__load(k->skeleton))
		return false;
	k->asks = mmap(NULL, ASK_BATCH * sizeof(struct ask), PROT_READ | PROT_WRITE, MAP_SHARED,
		       bpf_map__fd(k->skeleton->maps.asks), 0);
	return k->asks != MAP_FAILED;
}

static bool kernel_answer(const struct kernel *k, uint32_t count)
{
	struct context context = { .word = k->word, .count = count };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &context, .ctx_size_in = sizeof(context));
	int r = bpf_prog_test_run_opts(bpf_program__fd(k->skeleton->progs.ask), &options);

	return !r && !options.retval && context.answered == count;
}

struct tally {
	uint64_t questions, kind[ASK_KINDS], yes[ASK_KINDS], policies;
};

/* Is this the rarer answer? Counted, so that each kind is known to have met both. */
static bool is_yes(const struct ask *q)
{
	switch (q->kind) {
	case ASK_FILE:
		return q->rights && !q->answer[2];
	case ASK_NETWORK:
		return q->row && !(q->answer[1] & q->number);
	case ASK_SUBJECT:
		return q->answer[0];
	default:
		return q->answer[0];
	}
}

static void print_difference(const struct ask *host, const struct ask *kernel)
{
	printf("not ok 1 - kind %u row %u number %u other %u rights %#x id %#" PRIx64 " path '",
	       host->kind, host->row, host->number, host->other, host->rights,
	       (uint64_t)host->id);
	for (const uint8_t *p = host->path; *p; p++)
		printf(*p > ' ' && *p < 0x7f && *p != '\\' ? "%c" : "\\x%02x", *p);
	printf("': host");
	for (int i = 0; i < ASK_ANSWERS; i++)
		printf(" %" PRIx64, (uint64_t)host->answer[i]);
	printf(", kernel");
	for (int i = 0; i < ASK_ANSWERS; i++)
		printf(" %" PRIx64, (uint64_t)kernel->answer[i]);
	printf("\n1..1\n");
}

/* One batch: asked here, asked there. */
static bool ask_both(const struct subject_matter *m, const struct kernel *k, struct tally *t,
		     uint32_t count)
{
	static struct ask host[ASK_BATCH];

	for (uint32_t i = 0; i < count; i++) {
		choose(m, &host[i]);
		k->asks[i] = host[i];
		answer(m->image->view, &host[i]);
	}
	if (!kernel_answer(k, count)) {
		printf("not ok 1 - the kernel did not answer: %s\n1..1\n", strerror(errno));
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		t->questions++;
		t->kind[host[i].kind]++;
		t->yes[host[i].kind] += is_yes(&host[i]);
		if (!memcmp(host[i].answer, k->asks[i].answer, sizeof(host[i].answer)))
			continue;
		print_difference(&host[i], &k->asks[i]);
		return false;
	}
	return true;
}

static bool ask_many(const struct subject_matter *m, const struct kernel *k, struct tally *t,
		     uint64_t count)
{
	t->policies++;
	for (uint64_t at = 0; at < count; at += ASK_BATCH)
		if (!ask_both(m, k, t, count - at < ASK_BATCH ? (uint32_t)(count - at) : ASK_BATCH))
			return false;
	return true;
}

static void matter_done(struct subject_matter *m)
{
	for (uint32_t i = 0; i < m->policy.pattern_count; i++)
		reference_done(&m->references[i]);
	random_policy_done(&m->policy);
}

/* --- where images come from ---------------------------------------------- */

/* 0; 1 when the model takes this policy for a mistake, as it does with some. */
static int compile(struct subject_matter *m, struct image **ret)
{
	char path[] = "/tmp/ask-XXXXXX.yaml", *paths[] = { path };
	struct compile_options options = { .version = 1, .created = 1 };
	FILE *out = fdopen(mkstemps(path, 5), "w");
	struct image_bytes bytes = { 0 };
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	const char *why = NULL;
	int r;

	random_policy_write(&m->policy, out);
	for (uint32_t i = 0; i < m->policy.pattern_count; i++)
		reference_read(&m->references[i], m->policy.patterns[i]);
	fclose(out);
	r = policy_load(paths, 1, diag, &policy);
	if (!r)
		r = policy_compile(policy, &options, diag, NULL, &bytes);
	if (!r)
		r = image_open_bytes(bytes.data, bytes.size, ret, &why);
	if (r && getenv("ASK_SAY"))
		diag_print(diag, stderr, DIAG_PLAIN);
	unlink(path);
	image_bytes_done(&bytes);
	policy_free(policy);
	diag_free(diag);
	return r;
}

/* The image into a slot of our own. */
static bool put(struct kernel *k, const struct image *image)
{
	uint8_t *slot = calloc(1, k->slot_size);
	uint32_t key = (uint32_t)(k->word ^= 1) & 1;
	bool fine = slot && image->view.size <= k->slot_size;

	if (fine) {
		memcpy(slot, image->view.bytes, image->view.size);
		fine = !bpf_map__update_elem(k->skeleton->maps.bw_slots, &key, sizeof(key), slot,
					     k->slot_size, 0);
	}
	free(slot);
	return fine;
}

static bool ask_random(struct kernel *k, struct tally *t, uint64_t count)
{
	uint32_t mistaken = 0;

	if (!kernel_open(k, BAILIWICK_SLOT_MIN, -1)) {
		printf("not ok 1 - the program does not load\n1..1\n");
		return false;
	}
	while (t->questions < count) {
		uint64_t left = count - t->questions, begun = seed;
		struct subject_matter m = { .policy.below = any(2) ? "" : BELOW };
		struct image *image = NULL;
		bool fine = true;
		int r = compile(&m, &image);

		if (r < 0 || (!r && !put(k, image)) || mistaken > 200) {
			printf("not ok 1 - no image: %d\n1..1\n", r);
			return false;
		}
		mistaken += r > 0;
		m.image = image;
		if (!r)
			fine = ask_many(&m, k, t, left < PER_POLICY ? left : PER_POLICY);
		matter_done(&m);
		image_close(image);
		if (!fine) {
			printf("# again: ask %u %" PRIu64 "\n", PER_POLICY, begun);
			return false;
		}
	}
	return true;
}

/* The image in force, from the slots the attached programs read. */
static struct image *in_force(struct loaded *loaded, uint64_t *ret_word)
{
	struct bailiwick_control control;
	struct image *image = NULL;
	struct buffer why = { 0 };
	const char *wrong = NULL;
	uint8_t *bytes = NULL;

	if (!loaded_open(ENFORCEMENT_PINS, loaded, &why) && !loaded_measure(loaded, &why) &&
	    !loaded_read_control(loaded, &control) && (bytes = malloc(loaded->slot_size)) &&
	    !loaded_read_slot(loaded, control.word & 1, bytes)) {
		const struct bailiwick_image_header *header = (const void *)bytes;

		*ret_word = control.word;
		if (header->image_size <= loaded->slot_size / 2)	/* see ask.bpf.c */
			image_open_bytes(bytes, header->image_size, &image, &wrong);
	}
	if (!image)
		printf("# %s %s\n", why.size ? (const char *)why.data : "", wrong ? wrong : "");
	buffer_done(&why);
	free(bytes);
	return image;
}

/* What the questions are about: the patterns `explain` knows, and those networks. */
static void know(struct subject_matter *m)
{
	uint32_t rules, prefixes, ports;
	const struct bailiwick_rule *rule =
		image_records(m->image, BAILIWICK_SECTION_RULE, &rules);
	const struct bailiwick_prefix *prefix =
		image_records(m->image, BAILIWICK_SECTION_PREFIX, &prefixes);
	const struct bailiwick_ports *port =
		image_records(m->image, BAILIWICK_SECTION_PORTS, &ports);
	struct random_policy *p = &m->policy;

	for (uint32_t i = 0; i < rules && p->pattern_count < RANDOM_PATTERNS; i++) {
		const char *text = image_string(m->image, rule[i].pattern);

		reference_read(&m->references[p->pattern_count], text);
		p->patterns[p->pattern_count++] = strdup(text);
	}
	for (uint32_t i = 0; i < prefixes && p->prefix_count < RANDOM_PREFIXES; i++)
		memcpy(p->prefixes[p->prefix_count++], prefix[i].address, 16);
	for (uint32_t i = 0; i < ports && p->port_count < RANDOM_PORTS; i++)
		p->ports[p->port_count++] = port[i].first;
}

static bool ask_in_force(struct kernel *k, struct tally *t, uint64_t count)
{
	struct subject_matter m = { .policy.below = "" };
	struct loaded loaded;
	struct image *image;
	bool fine;

	loaded_init(&loaded);
	image = in_force(&loaded, &k->word);
	if (!image || !kernel_open(k, loaded.slot_size, loaded.map[LOADED_SLOTS])) {
		printf("not ok 1 - no image in force, or the program does not load\n1..1\n");
		return false;
	}
	m.image = image;
	know(&m);
	fine = ask_many(&m, k, t, count);
	matter_done(&m);
	image_close(image);
	loaded_done(&loaded);
	return fine;
}

int main(int argc, char **argv)
{
	bool forced = argc > 1 && !strcmp(argv[1], "--in-force");
	uint64_t count, begun;
	struct tally t = { 0 };
	struct kernel k = { 0 };
	bool good;

	if (argc > 2 && !strcmp(argv[1], "--policy")) {
		struct random_policy policy = { .below = BELOW };

		random_begin(argc, argv, 0, 0);
		seed = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
		random_policy_write(&policy, stdout);
		return 0;
	}
	count = random_begin(argc - forced, argv + forced, 5000, 100000);
	begun = seed;
	if (!(forced ? ask_in_force(&k, &t, count) : ask_random(&k, &t, count)))
		return 1;
	ask_bpf__destroy(k.skeleton);
	/* A kind that is always answered alike says little; one policy may have little to say. */
	good = t.questions == count;
	for (int i = 0; i < ASK_KINDS && !forced; i++)
		good &= t.yes[i] > t.kind[i] / 200 && t.yes[i] < t.kind[i];
	printf("%s 1 - host and kernel agree on %" PRIu64 " questions about %" PRIu64 " images "
	       "(seed %" PRIu64 "); of paths, cells, rows, dominance, subjects, network:",
	       good ? "ok" : "not ok", t.questions, t.policies, begun);
	for (int i = 0; i < ASK_KINDS; i++)
		printf(" %" PRIu64 "/%" PRIu64, t.yes[i], t.kind[i]);
	printf("\n1..1\n");
	return !good;
}
