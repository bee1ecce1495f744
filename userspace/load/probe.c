/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel can do: each probe does the thing itself and says why not */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/readfile.h"
#include "load/gap.h"
#include "load/genl.h"
#include "load/loaded.h"
#include "load/object.h"
#include "load/probe.h"
#include "load/symbol.h"

#define SMALL_FILE 4096
#define SYMBOLS_MAX 64
#define WANTED_MAX 128		/* hooks */
#define MODULES_DEP_MAX (16u << 20)

__attribute__((format(printf, 3, 4)))
static void found(struct probe_finding *finding, enum probe_answer answer, const char *format,
		  ...)
{
	va_list args;

	finding->answer = answer;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

static void remedy(struct probe_finding *finding, const char *text)
{
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", text);
}

static bool is_refusal(int err)
{
	return err == -EPERM || err == -EACCES;
}

static void probe_privilege(struct probe_finding *finding)
{
	const int err = object_can_make_ring();

	if (!is_refusal(err)) {
		found(finding, PROBE_YES, "this process may load eBPF programs");
		return;
	}
	found(finding, PROBE_NO, "this process may not load eBPF programs: %s", strerror(-err));
	remedy(finding, "run as root, outside of containers");
}

/*
 * The list of active LSMs, from a mount of its own: the usual place may not be
 * mounted, and what is mounted over it is not ours to judge.
 */
static int read_security_file(const char *name, char **ret)
{
	_cleanup_close_ int context = -1;
	_cleanup_close_ int mounted = -1;
	char path[64];
	size_t size;
	int r;

	context = fsopen("securityfs", FSOPEN_CLOEXEC);
	if (context >= 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mounted >= 0)
		r = readfile_at(mounted, name, SMALL_FILE, ret, &size);
	else {
		snprintf(path, sizeof(path), "/sys/kernel/security/%s", name);
		r = readfile(path, SMALL_FILE, ret, &size);
	}
	return r > 0 ? -EIO : r;
}

static bool list_has(const char *list, const char *word)
{
	const size_t size = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += size)
		if ((at == list || at[-1] == ',') && (!at[size] || strchr(",\n", at[size])))
			return true;
	return false;
}

static void probe_lsm(struct probe_finding *finding)
{
	_cleanup_free_ char *list = NULL;
	struct buffer shown = {};
	const int err = read_security_file("lsm", &list);

	if (err) {
		found(finding, PROBE_NO, "the list of active security modules cannot be read: %s",
		      strerror(-err));
		remedy(finding, "run as root; the kernel needs CONFIG_SECURITY and securityfs");
		return;
	}
	escape_ascii(&shown, list, strcspn(list, "\n"));
	if (list_has(list, "bpf")) {
		found(finding, PROBE_YES, "bpf is among the active security modules: %s",
		      shown.data ? shown.data : "");
	} else {
		found(finding, PROBE_NO, "bpf is not among the active security modules: %s",
		      shown.data ? shown.data : "none");
		snprintf(finding->remedy, sizeof(finding->remedy),
			 "boot with lsm=%s%sbpf (in /etc/default/grub: GRUB_CMDLINE_LINUX, then "
			 "update-grub)", shown.data ? shown.data : "", shown.size ? "," : "");
	}
	buffer_done(&shown);
}

static void probe_btf(struct probe_finding *finding)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0) {
		found(finding, PROBE_YES, "the kernel describes its types in "
		      "/sys/kernel/btf/vmlinux");
		return;
	}
	found(finding, PROBE_NO, "/sys/kernel/btf/vmlinux: %s", strerror(errno));
	remedy(finding, "use a kernel with CONFIG_DEBUG_INFO_BTF: Debian's have it");
}

/* The hooks the programs want: those this kernel has, and those it does not */
struct wanted {
	char name[2][WANTED_MAX][LOADED_HOOK_MAX];
	size_t count[2];
};

static int note_hook(void *context, const char *hook, bool in_kernel)
{
	struct wanted *wanted = context;
	size_t *count = &wanted->count[in_kernel];

	if (*count == WANTED_MAX || strlen(hook) >= LOADED_HOOK_MAX)
		return -E2BIG;
	strcpy(wanted->name[in_kernel][(*count)++], hook);
	return 0;
}

static void judge_hooks(struct probe_finding *finding, const struct wanted *wanted)
{
	const size_t there = wanted->count[true], all = there + wanted->count[false];
	struct buffer missing = {}, covered = {};
	const char *have[WANTED_MAX];

	for (size_t i = 0; i < there; i++)
		have[i] = wanted->name[true][i];
	for (size_t i = 0; i < wanted->count[false]; i++) {
		const char *hook = wanted->name[false][i];
		const char *by = gap_covered_by(have, there, hook);

		if (by)
			buffer_printf(&covered, "%s%s by %s", covered.size ? ", " : "", hook, by);
		else
			buffer_printf(&missing, "%s%s", missing.size ? ", " : "", hook);
	}
	if (!there) {
		found(finding, PROBE_NO, "this kernel has none of the %zu hooks", all);
		remedy(finding, "use a kernel with CONFIG_BPF_LSM: Debian's have it");
	} else if (missing.size) {
		found(finding, PROBE_PARTLY, "%zu of %zu hooks; this kernel does not have: %s",
		      there, all, missing.data);
		remedy(finding, "what they enforce is listed as NOT ENFORCED; a newer kernel has "
		       "them");
	} else if (covered.size) {
		found(finding, PROBE_YES, "%zu of %zu hooks; the others came later and are covered: "
		      "%s", there, all, covered.data);
	} else {
		found(finding, PROBE_YES, "all %zu hooks", all);
	}
	buffer_done(&missing);
	buffer_done(&covered);
}

static void probe_hooks(struct probe_finding *finding)
{
	_cleanup_free_ struct wanted *wanted = calloc(1, sizeof(*wanted));
	const int err = wanted ? object_hooks(note_hook, wanted) : -ENOMEM;

	if (!err) {
		judge_hooks(finding, wanted);
		return;
	}
	found(finding, PROBE_NO, "the kernel's hooks are not known: %s",
	      err == -ENOENT ? "it does not describe its types" : strerror(-err));
	remedy(finding, is_refusal(err) ? "run as root" : "see btf");
}

/* 0 to 2: from 2 on addresses are hidden from root too; -1 when it cannot be read */
static int address_restriction(void)
{
	_cleanup_free_ char *value = NULL;
	size_t size;

	if (readfile("/proc/sys/kernel/kptr_restrict", SMALL_FILE, &value, &size) != 0)
		return -1;
	return value[0] - '0';
}

/*
 * A program whose symbol reads as 0 loads, and then can tell nothing of any file:
 * every row would be denied everything.
 */
static void judge_symbols(struct probe_finding *finding, const struct symbol *symbols, int count,
			  int restriction)
{
	const struct symbol *bad = NULL;

	for (int i = 0; i < count && (!bad || bad->found); i++)
		if (!symbols[i].address)
			bad = symbols + i;
	if (!bad) {
		found(finding, PROBE_YES, "the addresses of all %d kernel symbols needed are shown",
		      count);
	} else if (!bad->found) {
		found(finding, PROBE_NO, "this kernel does not list its symbol %s", bad->name);
		remedy(finding, "use a kernel with CONFIG_KALLSYMS_ALL: Debian's have it");
	} else if (restriction >= 2) {
		found(finding, PROBE_NO, "kernel.kptr_restrict is %d: the addresses of kernel "
		      "symbols (%s) are hidden from root too, and without them no file can be "
		      "told from another", restriction, bad->name);
		remedy(finding, "sysctl -w kernel.kptr_restrict=1 until the controller has "
		       "started: addresses are needed while the programs are loaded, once after "
		       "each boot. To keep it so, change the line in /etc/sysctl.d");
	} else {
		found(finding, PROBE_NO, "the addresses of kernel symbols (%s) are hidden from "
		      "this process", bad->name);
		remedy(finding, "run as root with CAP_SYSLOG, outside of containers");
	}
}

static void probe_symbols(struct probe_finding *finding)
{
	struct symbol symbols[SYMBOLS_MAX];
	int count = object_symbols(symbols, SYMBOLS_MAX);
	const int err = count < 0 ? count : symbols_read(SYMBOL_FILE, symbols, (size_t)count);

	if (!err) {
		judge_symbols(finding, symbols, count, address_restriction());
		return;
	}
	found(finding, PROBE_NO, "the kernel's symbols are not known: %s", strerror(-err));
	remedy(finding, is_refusal(err) ? "run as root" :
	       "mount /proc; the kernel needs CONFIG_KALLSYMS");
}

static void probe_map(struct probe_finding *finding, const char *what, int err)
{
	if (!err) {
		found(finding, PROBE_YES, "a %s can be made", what);
		return;
	}
	found(finding, PROBE_NO, "a %s cannot be made: %s", what, strerror(-err));
	remedy(finding, is_refusal(err) ? "run as root" : "Linux 5.11 or newer is needed");
}

static void probe_ring(struct probe_finding *finding)
{
	probe_map(finding, "ring buffer", object_can_make_ring());
}

static void probe_task_storage(struct probe_finding *finding)
{
	probe_map(finding, "task storage map", object_can_make_task_storage());
}

static bool is_filesystem(const char *path, long type)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == type;
}

static void probe_bpffs(struct probe_finding *finding)
{
	_cleanup_close_ int context = -1;

	if (is_filesystem("/sys/fs/bpf", BPF_FS_MAGIC)) {
		found(finding, PROBE_YES, "a BPF filesystem is mounted at /sys/fs/bpf");
		return;
	}
	context = fsopen("bpf", FSOPEN_CLOEXEC);
	if (context >= 0 && access("/sys/fs/bpf", F_OK) == 0) {
		found(finding, PROBE_YES, "the controller will mount a BPF filesystem at "
		      "/sys/fs/bpf");
		return;
	}
	found(finding, PROBE_NO, "no BPF filesystem at /sys/fs/bpf: %s", strerror(errno));
	remedy(finding, "mount -t bpf bpf /sys/fs/bpf");
}

static void probe_cgroup2(struct probe_finding *finding)
{
	if (is_filesystem("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC)) {
		found(finding, PROBE_YES, "units are told apart by the unified cgroup hierarchy");
		return;
	}
	found(finding, PROBE_PARTLY, "no unified cgroup hierarchy at /sys/fs/cgroup");
	remedy(finding, "roles of units are NOT ENFORCED; boot with "
	       "systemd.unified_cgroup_hierarchy=1");
}

static void probe_loginuid(struct probe_finding *finding)
{
	if (access("/proc/self/loginuid", R_OK) == 0) {
		found(finding, PROBE_YES, "the kernel keeps the login uid through su and sudo");
		return;
	}
	found(finding, PROBE_PARTLY, "/proc/self/loginuid: %s", strerror(errno));
	remedy(finding, "roles of persons follow the real uid; use a kernel with CONFIG_AUDIT");
}

/* The file modprobe would load, as depmod found it. */
static bool module_installed(const char *release)
{
	_cleanup_free_ char *list = NULL;
	char path[512];
	size_t size;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	return readfile(path, MODULES_DEP_MAX, &list, &size) == 0 &&
	       strstr(list, "/bailiwick.ko");
}

static bool signatures_enforced(void)
{
	_cleanup_free_ char *value = NULL;
	_cleanup_free_ char *lockdown = NULL;
	size_t size;

	if (readfile("/sys/module/module/parameters/sig_enforce", SMALL_FILE, &value, &size) == 0 &&
	    value[0] == 'Y')
		return true;
	return read_security_file("lockdown", &lockdown) == 0 && !strstr(lockdown, "[none]");
}

static void probe_module(struct probe_finding *finding)
{
	_cleanup_(genl_closep) struct genl *genl = NULL;
	struct genl_module module;
	struct utsname kernel;

	if (genl_open(&genl) == 0) {
		if (genl_status(genl, &module, NULL) == 0)
			found(finding, PROBE_YES, "loaded, ABI %u, holding %u links", module.abi,
			      module.held);
		else
			found(finding, PROBE_YES, "loaded");
		return;
	}
	uname(&kernel);
	if (!module_installed(kernel.release)) {
		found(finding, PROBE_PARTLY, "not installed for this kernel: everything is "
		      "enforced, but unsealed");
		remedy(finding, "build it with this kernel's headers: make module KERNELS=running "
		       "&& make install && depmod -a");
	} else if (signatures_enforced()) {
		found(finding, PROBE_PARTLY, "installed, but this kernel takes signed modules "
		      "alone: everything is enforced, but unsealed");
		remedy(finding, "sign bailiwick.ko with a key enrolled in the firmware (mokutil "
		       "--import), then modprobe bailiwick");
	} else {
		found(finding, PROBE_YES, "installed, not loaded yet");
		remedy(finding, "modprobe bailiwick, before the controller starts");
	}
}

static const struct {
	const char *name;
	bool required;
	void (*probe)(struct probe_finding *finding);
} probes[PROBE_COUNT] = {
	[PROBE_PRIVILEGE] = { "privilege", true, probe_privilege },
	[PROBE_LSM] = { "lsm", true, probe_lsm },
	[PROBE_BTF] = { "btf", true, probe_btf },
	[PROBE_HOOKS] = { "hooks", true, probe_hooks },
	[PROBE_SYMBOLS] = { "symbols", true, probe_symbols },
	[PROBE_RING] = { "ring", true, probe_ring },
	[PROBE_TASK_STORAGE] = { "task-storage", true, probe_task_storage },
	[PROBE_BPFFS] = { "bpffs", true, probe_bpffs },
	[PROBE_CGROUP2] = { "cgroup2", false, probe_cgroup2 },
	[PROBE_LOGINUID] = { "loginuid", false, probe_loginuid },
	[PROBE_MODULE] = { "module", false, probe_module },
};

void probe_one(enum probe_id id, struct probe_finding *ret)
{
	*ret = (struct probe_finding) {
		.name = probes[id].name,
		.required = probes[id].required,
	};
	probes[id].probe(ret);
}

int probe_run(struct probe_report *ret)
{
	for (size_t i = 0; i < PROBE_COUNT; i++)
		probe_one(i, &ret->finding[i]);
	return 0;
}

bool probe_can_enforce(const struct probe_report *report)
{
	for (size_t i = 0; i < PROBE_COUNT; i++)
		if (report->finding[i].required && report->finding[i].answer == PROBE_NO)
			return false;
	return true;
}
