/* SPDX-License-Identifier: Apache-2.0 */
/* What is enforced on this machine: programs, slots, counters, with or without the module */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "load/direct.h"
#include "load/enforcement.h"
#include "load/gap.h"
#include "load/genl.h"
#include "load/linkmap.h"
#include "load/loaded.h"
#include "load/object.h"
#include "load/open.h"
#include "load/probe.h"
#include "load/quarantine.h"
#include "load/recheck.h"
#include "load/share.h"

struct enforcement {
	struct loaded loaded;
	struct genl *genl;		/* NULL while the module is not loaded */
	bool held;			/* by the module: every switch goes through it */
	struct direct direct;		/* used where it is not */
	struct gaps gaps;
	const char *hook[BAILIWICK_LINKS_MAX];	/* point into `loaded` */
};

DEFINE_CLEANUP(struct enforcement *, enforcement_close);

static struct enforcement *enforcement_new(void)
{
	struct enforcement *enforcement = calloc(1, sizeof(*enforcement));

	if (enforcement)
		loaded_init(&enforcement->loaded);
	return enforcement;
}

void enforcement_close(struct enforcement *enforcement)
{
	if (!enforcement)
		return;
	gaps_done(&enforcement->gaps);
	genl_close(enforcement->genl);
	loaded_done(&enforcement->loaded);
	free(enforcement);
}

static bool is_attached(const struct enforcement *enforcement, const char *hook)
{
	for (size_t i = 0; i < enforcement->loaded.link_count; i++)
		if (!strcmp(enforcement->hook[i], hook))
			return true;
	return false;
}

static int note_hook(void *context, const char *hook, bool in_kernel)
{
	struct enforcement *enforcement = context;
	char what[LOADED_HOOK_MAX + 8] = "hook ";

	/* attached whenever there is something to recheck */
	if (!strcmp(hook, RECHECK_HOOK) && enforcement->loaded.program[LOADED_FILE_USE] >= 0)
		return 0;
	if (is_attached(enforcement, hook) ||
	    (!in_kernel && gap_covered_by(enforcement->hook, enforcement->loaded.link_count, hook)))
		return 0;
	strncat(what, hook, LOADED_HOOK_MAX);
	return gaps_add(&enforcement->gaps, what,
			in_kernel ? "the programs in force were loaded without it" :
				    "this kernel does not have it");
}

static void note_hooks(struct enforcement *enforcement)
{
	for (size_t i = 0; i < enforcement->loaded.link_count; i++)
		enforcement->hook[i] = enforcement->loaded.link[i].hook;
}

/* What the attached hooks do not cover. */
static int note_gaps(struct enforcement *enforcement)
{
	const size_t count = enforcement->loaded.link_count;
	int err;

	note_hooks(enforcement);
	err = object_hooks(note_hook, enforcement);
	if (err)
		return err;
	return gaps_add_features(&enforcement->gaps, enforcement->hook, count);
}

/* Whether the module is there, and whether it holds anything. */
static int meet_module(struct enforcement *enforcement, struct genl_module *ret)
{
	int err;

	*ret = (struct genl_module) {};
	err = genl_open(&enforcement->genl);
	if (err)
		return err < 0 ? err : 0;
	return genl_status(enforcement->genl, ret, NULL);
}

static int adopt(struct enforcement *enforcement, struct buffer *why)
{
	const struct loaded *loaded = &enforcement->loaded;
	int links[BAILIWICK_LINKS_MAX] = {}, programs[LOADED_PROGRAM_COUNT] = {}, on_demand = -1, err;
	size_t link_count = 0, program_count = 0;
	struct genl_module module;

	for (size_t i = 0; i < LOADED_PROGRAM_COUNT; i++)
		if (loaded->program[i] >= 0)
			programs[program_count++] = loaded->program[i];
	for (size_t i = 0; i < loaded->link_count; i++)
		if (program_count && !strcmp(loaded->link[i].hook, RECHECK_HOOK))
			on_demand = loaded->link[i].fd;
		else
			links[link_count++] = loaded->link[i].fd;
	err = genl_adopt(enforcement->genl, loaded->map[LOADED_SLOTS],
			 loaded->map[LOADED_CONTROL], links, link_count, programs, program_count,
			 &module, why);
	if (err)
		return err;
	enforcement->held = true;
	return on_demand < 0 ? 0 : genl_hold(enforcement->genl, on_demand, &module, why);
}

/*
 * To the module, where it is there and free.  It takes no maps in which a policy
 * is in force: nobody vouches for bytes that others could write until then.
 */
static int hand_over(struct enforcement *enforcement,
		     const struct enforcement_options *options, struct buffer *why)
{
	static const char *const what = "protection of the policy slots against root";
	struct bailiwick_control control;
	int err;

	if (enforcement->held)
		return 0;
	if (!enforcement->genl || options->no_module)
		return gaps_add(&enforcement->gaps, what, enforcement->genl ?
				"the controller was told to leave the module out" :
				"the module is not loaded");
	err = loaded_read_control(&enforcement->loaded, &control);
	if (err)
		return err;
	if (control.word || control.quarantined)
		return gaps_add(&enforcement->gaps, what,
				"a policy was in force before the module was loaded");
	return adopt(enforcement, why);
}

/* systemd mounts it; a machine without may not have. */
static int need_bpffs(struct buffer *why)
{
	struct statfs fs;

	if (statfs("/sys/fs/bpf", &fs) == 0 && fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0700") == 0)
		return 0;
	buffer_printf(why, "no BPF filesystem at /sys/fs/bpf: %s", strerror(errno));
	return -errno;
}

/*
 * Programs load and attach where bpf is no active LSM, and nobody ever asks them;
 * and where addresses are hidden, and deny every row everything.
 */
static int need_kernel(struct buffer *why)
{
	struct probe_report report;
	const int err = probe_run(&report);
	const char *before = "";

	if (err) {
		buffer_printf(why, "the kernel cannot be asked: %s", strerror(-err));
		return err;
	}
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		const struct probe_finding *finding = &report.finding[i];

		if (!finding->required || finding->answer != PROBE_NO)
			continue;
		buffer_printf(why, "%s%s; what to do: %s", before, finding->text, finding->remedy);
		before = ". ";
	}
	return probe_can_enforce(&report) ? 0 : -EOPNOTSUPP;
}

static int load_fresh(struct enforcement *enforcement,
		      const struct enforcement_options *options, struct buffer *why)
{
	const struct object_options object = {
		.slot_size = options->slot_size ? options->slot_size : ENFORCEMENT_SLOT_SIZE,
		.ring_size = options->ring_size ? options->ring_size : ENFORCEMENT_RING_SIZE,
	};
	int err;

	if (object.slot_size < BAILIWICK_SLOT_MIN || object.slot_size > BAILIWICK_SLOT_MAX ||
	    object.slot_size & (object.slot_size - 1)) {
		buffer_printf(why, "slot size %u is no power of two between %u and %u",
			      object.slot_size, BAILIWICK_SLOT_MIN, BAILIWICK_SLOT_MAX);
		return -EINVAL;
	}
	err = need_kernel(why);
	if (err)
		return err;
	err = object_load(&object, ENFORCEMENT_PINS, &enforcement->loaded, why);
	if (err)
		return err;
	err = hand_over(enforcement, options, why);
	if (err)
		loaded_unpin(ENFORCEMENT_PINS);
	return err;
}

/*
 * Pins are gone, all or some, the module holds on.  What is found by number is only taken when
 * it is what the module holds: its word, and closed to every other writer.
 */
static int recover(struct enforcement *enforcement, struct buffer *why)
{
	struct bailiwick_control control;
	struct genl_module module;
	int err;

	err = genl_status(enforcement->genl, &module, why);
	if (!err)
		err = loaded_find(&enforcement->loaded, why);
	if (!err) {
		recheck_find(&enforcement->loaded);
		err = loaded_read_control(&enforcement->loaded, &control);
	}
	if (!err && (control.word >> 1 != module.epoch ||
		     enforcement->loaded.slot_size != module.slot_size ||
		     enforcement->loaded.link_count != module.held ||
		     loaded_write_control(&enforcement->loaded, &control) != -EPERM))
		err = -EEXIST;
	if (!err)
		err = loaded_unpin(ENFORCEMENT_PINS);	/* the part that is left */
	if (!err)
		return loaded_pin(&enforcement->loaded, ENFORCEMENT_PINS, why);
	buffer_printf(why, "%sthe module holds programs whose pins under %s are gone, and they "
		      "cannot be found: they go on enforcing; reboot to start afresh",
		      why->size ? "; " : "", ENFORCEMENT_PINS);
	return err < 0 ? err : -EEXIST;
}

/*
 * A controller that died while it attached or detached the recheck left a pin the
 * module does not hold, or the module holding what has no pin.
 */
static int settle_recheck(struct enforcement *enforcement, struct buffer *why)
{
	const struct loaded *loaded = &enforcement->loaded;
	struct genl_module module;
	int err;

	if (!enforcement->held)
		return 0;
	err = genl_status(enforcement->genl, &module, why);
	if (err)
		return err;
	if (!(module.flags & BAILIWICK_MODULE_ON_DEMAND) == !recheck_attached(loaded))
		return 0;
	if (!recheck_attached(loaded)) {
		err = genl_let_go(enforcement->genl, &module, why);
		return err ? err : recheck_attach(&enforcement->loaded, ENFORCEMENT_PINS,
						  enforcement->genl, why);
	}
	for (size_t i = 0; !err && i < loaded->link_count; i++)
		if (!strcmp(loaded->link[i].hook, RECHECK_HOOK))
			err = genl_hold(enforcement->genl, loaded->link[i].fd, &module, why);
	return err;
}

static int take_or_load(struct enforcement *enforcement,
			const struct enforcement_options *options, struct buffer *why)
{
	int err;

	err = loaded_open(ENFORCEMENT_PINS, &enforcement->loaded, why);
	if (err == 0)
		err = settle_recheck(enforcement, why);
	if (err == 0) {
		err = hand_over(enforcement, options, why);
		return err ? err : ENFORCEMENT_TAKEN_OVER;
	}
	if (enforcement->held && (err == 1 || err == -EEXIST)) {
		err = recover(enforcement, why);
		return err ? err : ENFORCEMENT_TAKEN_OVER;
	}
	if (err < 0)
		return err;
	err = load_fresh(enforcement, options, why);
	return err ? err : ENFORCEMENT_FRESH;
}

int enforcement_open(const struct enforcement_options *options, struct enforcement **ret,
		     struct buffer *why)
{
	_cleanup_(enforcement_closep) struct enforcement *enforcement = enforcement_new();
	struct genl_module module;
	int err, origin;

	if (!enforcement)
		return -ENOMEM;
	err = meet_module(enforcement, &module);
	if (err) {
		buffer_printf(why, "the module does not answer: %s", strerror(-err));
		return err;
	}
	enforcement->held = module.flags & BAILIWICK_MODULE_ADOPTED;
	err = need_bpffs(why);
	if (err)
		return err;
	origin = take_or_load(enforcement, options, why);
	if (origin < 0)
		return origin;
	err = loaded_events_open(&enforcement->loaded);
	if (!err)
		err = note_gaps(enforcement);
	if (err) {
		buffer_printf(why, "cannot watch what is loaded: %s", strerror(-err));
		return err;
	}
	*ret = TAKE_PTR(enforcement);
	return origin;
}

int enforcement_peek(struct enforcement **ret_enforcement, struct enforcement_status *ret)
{
	_cleanup_(enforcement_closep) struct enforcement *enforcement = enforcement_new();
	struct buffer why = {};
	struct genl_module module;
	int err;

	if (!enforcement)
		return -ENOMEM;
	err = loaded_open(ENFORCEMENT_PINS, &enforcement->loaded, &why);
	buffer_done(&why);
	if (err)
		return err;
	err = meet_module(enforcement, &module);
	if (err)
		return err;
	enforcement->held = module.flags & BAILIWICK_MODULE_ADOPTED;
	err = note_gaps(enforcement);
	if (!err)
		err = enforcement_status(enforcement, ret);
	if (!err)
		*ret_enforcement = TAKE_PTR(enforcement);
	return err;
}

int enforcement_switch(struct enforcement *enforcement, int image, const struct terms *terms,
		       struct buffer *why)
{
	struct genl_module module;

	if (enforcement->held)
		return genl_switch(enforcement->genl, image, terms, &module, why);
	if (terms && terms->confirm_within) {
		buffer_append_text(why, "only the kernel module keeps the time of a policy that "
				   "waits to be confirmed, and it does not hold this machine's");
		return -EOPNOTSUPP;
	}
	return direct_switch(&enforcement->direct, &enforcement->loaded, image, why);
}

int enforcement_rollback(struct enforcement *enforcement, uint64_t version, struct buffer *why)
{
	struct genl_module module;

	if (enforcement->held)
		return genl_rollback(enforcement->genl, version, &module, why);
	return direct_rollback(&enforcement->direct, &enforcement->loaded, version, why);
}

static int need_module(const struct enforcement *enforcement, struct buffer *why)
{
	if (enforcement->held)
		return 0;
	buffer_append_text(why, "the kernel module does not hold this machine's enforcement");
	return -EOPNOTSUPP;
}

/* The certificates of both groups, one behind the other, and where each lies */
static int read_certificates(const struct trusted *trusted, struct buffer *bytes,
			     struct iovec *ret)
{
	struct iovec *at = ret;
	int err = 0;

	for (int g = 0; g < SIGN_GROUP_COUNT; g++)
		for (size_t i = 0; !err && i < trusted_count(trusted, g); i++, at++) {
			size_t before = bytes->size;

			err = trusted_certificate(trusted, g, i, bytes);
			at->iov_len = bytes->size - before;
		}
	/* the bytes no longer move */
	for (size_t before = 0; !err && at > ret; ret++) {
		ret->iov_base = bytes->data + before;
		before += ret->iov_len;
	}
	return err;
}

int enforcement_trust(struct enforcement *enforcement, const struct trusted *trusted,
		      uint64_t floor, struct buffer *why)
{
	const size_t counts[SIGN_GROUP_COUNT] = {
		trusted_count(trusted, SIGN_AUTHOR), trusted_count(trusted, SIGN_APPROVER),
	};
	_cleanup_free_ struct iovec *list = calloc(counts[0] + counts[1] + 1, sizeof(*list));
	const struct iovec *const lists[SIGN_GROUP_COUNT] = { list, list + counts[0] };
	struct buffer bytes = {};
	struct genl_module module;
	int err = need_module(enforcement, why);

	if (!err)
		err = list ? read_certificates(trusted, &bytes, list) : -ENOMEM;
	if (!err)
		err = genl_trust(enforcement->genl, lists, counts, floor, &module, why);
	buffer_done(&bytes);
	return err;
}

int enforcement_confirm(struct enforcement *enforcement, uint64_t version, struct buffer *why)
{
	struct genl_module module;
	int err = need_module(enforcement, why);

	return err ? err : genl_confirm(enforcement->genl, version, &module, why);
}

int enforcement_seal(struct enforcement *enforcement, struct buffer *why)
{
	struct genl_module module;
	int err = need_module(enforcement, why);

	return err ? err : genl_seal(enforcement->genl, &module, why);
}

int enforcement_release(struct enforcement *enforcement, struct buffer *why)
{
	struct genl_module module;
	int err;

	/* The module first: when it refuses, nothing has changed. */
	if (enforcement->held) {
		err = genl_release(enforcement->genl, &module, why);
		if (err)
			return err;
		enforcement->held = false;
	}
	err = loaded_unpin(ENFORCEMENT_PINS);
	if (err)
		buffer_printf(why, "cannot remove %s: %s", ENFORCEMENT_PINS, strerror(-err));
	loaded_done(&enforcement->loaded);
	return err;
}

static int ask_module(struct enforcement *enforcement, struct enforcement_status *ret)
{
	struct genl_module module;
	int err = genl_status(enforcement->genl, &module, NULL);

	if (err)
		return err;
	ret->module = true;
	ret->held = module.flags & BAILIWICK_MODULE_ADOPTED;
	ret->sealed = module.flags & BAILIWICK_MODULE_SEALED;
	ret->trust.keys = module.flags & BAILIWICK_MODULE_KEYS;
	ret->trust.recovery = module.flags & BAILIWICK_MODULE_RECOVERY;
	ret->trust.authors = module.authors;
	ret->trust.approvers = module.approvers;
	ret->trust.floor = module.floor;
	if (!ret->held)
		return 0;
	ret->epoch = module.epoch;
	ret->version = module.version;
	ret->active = module.active;
	ret->trust.is_signed = module.flags & BAILIWICK_MODULE_SIGNED;
	ret->trust.seconds_left = module.seconds_left;
	memcpy(ret->digest, module.digest, sizeof(ret->digest));
	return 0;
}

int enforcement_status(struct enforcement *enforcement, struct enforcement_status *ret)
{
	struct enforcement_status status = {
		.abi = enforcement->loaded.abi,
		.slot_size = enforcement->loaded.slot_size,
		.hooks = enforcement->hook,
		.hook_count = enforcement->loaded.link_count,
		.gaps = enforcement->gaps.gap,
		.gap_count = enforcement->gaps.count,
	};
	int err = 0;

	if (enforcement->genl)
		err = ask_module(enforcement, &status);
	if (!err && !status.held)
		err = direct_status(&enforcement->direct, &enforcement->loaded, &status);
	if (!err)
		*ret = status;
	return err;
}

static struct genl *holder(struct enforcement *enforcement)
{
	return enforcement->held ? enforcement->genl : NULL;
}

int enforcement_recheck_attach(struct enforcement *enforcement, struct buffer *why)
{
	const int err = recheck_attach(&enforcement->loaded, ENFORCEMENT_PINS, holder(enforcement),
				       why);

	note_hooks(enforcement);
	return err;
}

int enforcement_recheck_detach(struct enforcement *enforcement, struct buffer *why)
{
	const int err = recheck_detach(&enforcement->loaded, ENFORCEMENT_PINS, holder(enforcement),
				       why);

	note_hooks(enforcement);
	return err;
}

bool enforcement_recheck_attached(const struct enforcement *enforcement)
{
	return recheck_attached(&enforcement->loaded);
}

int enforcement_recheck_wanted(const struct enforcement *enforcement, uint64_t *ret)
{
	return recheck_wanted(&enforcement->loaded, ret);
}

int enforcement_recheck_promise(const struct enforcement *enforcement)
{
	return recheck_promise(&enforcement->loaded);
}

int enforcement_linkmap_read(const struct enforcement *enforcement, struct linkmap *ret)
{
	return linkmap_read(&enforcement->loaded, ret);
}

int enforcement_linkmap_purge(const struct enforcement *enforcement)
{
	return linkmap_purge(&enforcement->loaded);
}

int enforcement_scan(const struct enforcement *enforcement, unsigned int kinds, open_fn *callback,
		     void *context)
{
	return open_scan(&enforcement->loaded, kinds, callback, context);
}

int enforcement_quarantine(struct enforcement *enforcement,
			   const struct bailiwick_quarantine *wanted, const char *name,
			   struct buffer *why)
{
	struct genl_module module;

	return enforcement->held ?
	       genl_quarantine(enforcement->genl, wanted, name, &module, why) :
	       quarantine_add(&enforcement->loaded, wanted, why);
}

int enforcement_mark(const struct enforcement *enforcement)
{
	return open_mark(&enforcement->loaded);
}

int enforcement_lift(struct enforcement *enforcement, const struct iovec *lift,
		     const struct terms *terms, struct buffer *why)
{
	struct bailiwick_lift unsigned_lift;
	struct genl_module module;

	if (enforcement->held)
		return genl_lift(enforcement->genl, lift, terms, &module, why);
	if (lift->iov_len < sizeof(unsigned_lift))
		return -EBADMSG;
	memcpy(&unsigned_lift, lift->iov_base, sizeof(unsigned_lift));
	return quarantine_lift(&enforcement->loaded, &unsigned_lift, why);
}

int enforcement_quarantines(const struct enforcement *enforcement, struct bailiwick_control *ret)
{
	return loaded_read_control(&enforcement->loaded, ret);
}

int enforcement_add_gap(struct enforcement *enforcement, const char *what, const char *why)
{
	return gaps_add(&enforcement->gaps, what, why);
}

int enforcement_events_fd(const struct enforcement *enforcement)
{
	return loaded_events_fd(&enforcement->loaded);
}

int enforcement_events_consume(struct enforcement *enforcement, enforcement_event_fn *callback,
			       void *context)
{
	return loaded_events_consume(&enforcement->loaded, callback, context);
}

int enforcement_events_fill(const struct enforcement *e, uint64_t *ret_used,
			    uint64_t *ret_size)
{
	return loaded_events_fill(&e->loaded, ret_used, ret_size);
}

int enforcement_totals(const struct enforcement *enforcement, struct bailiwick_totals *ret)
{
	return loaded_totals(&enforcement->loaded, ret);
}

int enforcement_refused(const struct enforcement *enforcement, uint64_t most,
			struct share_debts *ret)
{
	return shares_take(&enforcement->loaded, most, ret);
}

int enforcement_counts(const struct enforcement *enforcement, enforcement_count_fn *callback,
		       void *context)
{
	return loaded_counts(&enforcement->loaded, callback, context);
}

int enforcement_lifecycle_fd(const struct enforcement *enforcement)
{
	return enforcement->genl ? genl_lifecycle_fd(enforcement->genl) : -1;
}

struct news {
	enforcement_news_fn *each;
	void *context;
};

static void pass_on(void *context, uint32_t command, const struct genl_module *module,
		    const struct refusal *refusal)
{
	const struct news *news = context;

	news->each(news->context, command, module->version, refusal);
}

int enforcement_lifecycle_consume(struct enforcement *enforcement, enforcement_news_fn *each,
				  void *context)
{
	struct news news = { each, context };
	struct genl_module module;

	return enforcement->genl ?
	       genl_lifecycle_consume(enforcement->genl, pass_on, &news, &module) : 0;
}
