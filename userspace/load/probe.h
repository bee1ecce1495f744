/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel can do: each probe does the thing itself and says why not */
#ifndef BAILIWICK_LOAD_PROBE_H
#define BAILIWICK_LOAD_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define PROBE_TEXT_MAX 384

enum probe_id {
	PROBE_PRIVILEGE,	/* may load LSM programs */
	PROBE_LSM,		/* "bpf" among the active LSMs */
	PROBE_BTF,		/* the kernel describes its types */
	PROBE_HOOKS,		/* every hook the programs want is there */
	PROBE_SYMBOLS,		/* the addresses the programs need are shown */
	PROBE_RING,		/* ring buffer map */
	PROBE_TASK_STORAGE,	/* task storage map */
	PROBE_BPFFS,		/* a BPF filesystem to pin to */
	PROBE_CGROUP2,		/* unified hierarchy: units have identities */
	PROBE_LOGINUID,		/* the audit login uid exists */
	PROBE_MODULE,		/* module loaded, or can be */
	PROBE_COUNT
};

enum probe_answer {
	PROBE_YES,
	PROBE_PARTLY,	/* enforces, with something listed as NOT ENFORCED */
	PROBE_NO,
};

/**
 * struct probe_finding - one answer
 * @name:	short and stable, for output: "lsm", "btf", …
 * @answer:	enum probe_answer
 * @required:	without it nothing is enforced
 * @text:	what was found, for people; bytes of the system are escaped
 * @remedy:	what to do about it; empty when there is nothing to do
 */
struct probe_finding {
	const char *name;
	enum probe_answer answer;
	bool required;
	char text[PROBE_TEXT_MAX];
	char remedy[PROBE_TEXT_MAX];
};

struct probe_report {
	struct probe_finding finding[PROBE_COUNT];
};

/** probe_run() - ask everything; changes nothing that stays.  Return: 0 or a negative errno */
int probe_run(struct probe_report *ret);

/** probe_one() - ask one thing alone */
void probe_one(enum probe_id id, struct probe_finding *ret);

/** probe_can_enforce() - no required finding is PROBE_NO */
bool probe_can_enforce(const struct probe_report *report);

#endif
