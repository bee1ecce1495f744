// SPDX-License-Identifier: Apache-2.0
/* Every number Bailiwick tells a monitoring system, and how it is written */
#include "metrics/metrics.h"

#include <errno.h>
#include <string.h>

#include "metrics/exposition.h"

#define PREFIX "bailiwick_"

static void counter(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	exposition_family(out, name, EXPOSITION_COUNTER, help);
	exposition_number(out, name, NULL, value);
}

static void gauge(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	exposition_family(out, name, EXPOSITION_GAUGE, help);
	exposition_number(out, name, NULL, value);
}

/* What is not known is left out: a zero would be a moment in 1970 */
static void moment(struct buffer *out, const char *name, const char *help, int64_t seconds)
{
	if (seconds > 0)
		gauge(out, name, help, (uint64_t)seconds);
}

static void write_state(const struct metrics *m, struct buffer *out)
{
	static const char *const states[] = { "enforcing", "unconfined", "failed" };
	const struct exposition_label version[] = { { "version", m->version }, { NULL, NULL } };

	exposition_family(out, PREFIX "build_info", EXPOSITION_GAUGE, "Always 1; the version of the controller.");
	exposition_number(out, PREFIX "build_info", version, 1);
	exposition_family(out, PREFIX "state", EXPOSITION_GAUGE,
			  "1 for the state enforcement is in, 0 for the others.");
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		const struct exposition_label state[] = { { "state", states[i] }, { NULL, NULL } };

		exposition_number(out, PREFIX "state", state, m->state && !strcmp(m->state, states[i]));
	}
	moment(out, PREFIX "controller_start_time_seconds",
	       "When this controller started, in seconds since the epoch.", m->started);
	moment(out, PREFIX "metrics_time_seconds",
	       "When these numbers were taken, in seconds since the epoch.", m->now);
}

static void write_policy(const struct metrics *m, struct buffer *out)
{
	gauge(out, PREFIX "policy_version", "Version of the policy in force, 0 while none is.",
	      m->policy_version);
	moment(out, PREFIX "policy_switch_time_seconds",
	       "When the policy in force was switched in, in seconds since the epoch.", m->policy_since);
	gauge(out, PREFIX "policy_image_bytes", "Size of the policy image in force.", m->image_size);
	gauge(out, PREFIX "policy_slot_bytes", "Size of a policy slot: the largest image that fits.",
	      m->slot_size);
	gauge(out, PREFIX "policy_rows", "Rows (roles and unions of roles) of the policy in force.",
	      m->rows);
}

static void write_enforcement(const struct metrics *m, struct buffer *out)
{
	gauge(out, PREFIX "sealed", "1 when the module lets nothing go until reboot.", m->sealed);
	gauge(out, PREFIX "module_present", "1 when the kernel module is loaded.", m->module_present);
	gauge(out, PREFIX "module_held", "1 when only the module can write the policy slots.",
	      m->module_held);
	gauge(out, PREFIX "hooks_attached", "Hooks of the kernel that are attached.", m->hooks_attached);
	gauge(out, PREFIX "not_enforced",
	      "Things this machine does not enforce; bailiwick status names them.", m->not_enforced);
	gauge(out, PREFIX "self_test_done", "1 once the hooks were tested with a canary.", m->tested);
	gauge(out, PREFIX "self_test_passed",
	      "1 when every hook that can be tried denied its canary in the last self-test.", m->passed);
	gauge(out, PREFIX "self_test_denied_hooks", "Hooks that denied their canary.", m->hooks_denied);
	gauge(out, PREFIX "self_test_failed_hooks", "Hooks that let their canary pass.",
	      m->hooks_failed);
	gauge(out, PREFIX "self_test_untried_hooks", "Hooks that no canary can try on this machine.",
	      m->hooks_untried);
}

static void write_denials(const struct metrics *m, struct buffer *out)
{
	exposition_family(out, PREFIX "denials_total", EXPOSITION_COUNTER,
			  "Denials this controller recorded, by severity, verdict and role.");
	for (size_t i = 0; i < m->denial_count; i++) {
		const struct metrics_denials *d = m->denials + i;
		const struct exposition_label labels[] = {
			{ "severity", d->severity }, { "verdict", d->verdict }, { "role", d->role },
			{ NULL, NULL },
		};

		exposition_number(out, PREFIX "denials_total", labels, d->count);
	}
	exposition_family(out, PREFIX "kernel_denials_total", EXPOSITION_COUNTER,
			  "Denials the kernel counted since enforcement was loaded, by operation and verdict; "
			  "exact whatever was lost on the way.");
	for (size_t i = 0; i < m->counted_count; i++) {
		const struct metrics_counted *c = m->counted + i;
		const struct exposition_label labels[] = {
			{ "operation", c->operation }, { "verdict", c->verdict }, { NULL, NULL },
		};

		exposition_number(out, PREFIX "kernel_denials_total", labels, c->count);
	}
	counter(out, PREFIX "kernel_all_denials_total",
		"All denials the kernel counted since enforcement was loaded, without those of the self-test.",
		m->kernel_denials);
	counter(out, PREFIX "self_test_denials_total",
		"Denials of the hook self-test since enforcement was loaded.", m->self_test_denials);
}

static void write_losses(const struct metrics *m, struct buffer *out)
{
	counter(out, PREFIX "lost_records_total",
		"Records the kernel numbered that never reached this controller; the counters have them.",
		m->lost);
	counter(out, PREFIX "ring_full_total", "Denials the ring had no room for.", m->ring_full);
	counter(out, PREFIX "counters_full_total", "Denials whose kind found no room among the counters.",
		m->counters_full);
	counter(out, PREFIX "unwritten_events_total", "Events the journal could not take.", m->unwritten);
	if (!m->ring_size)
		return;
	gauge(out, PREFIX "ring_used_bytes", "Bytes of the ring that wait for the controller.",
	      m->ring_used);
	gauge(out, PREFIX "ring_size_bytes", "Size of the ring.", m->ring_size);
}

static void write_journal(const struct metrics *m, struct buffer *out)
{
	counter(out, PREFIX "recorded_events_total", "Events this controller wrote to the journal.",
		m->recorded);
	gauge(out, PREFIX "journal_last_record", "Number of the last record of the journal.",
	      m->journal_records);
	gauge(out, PREFIX "journal_durable_record",
	      "Number of the last record that survives a power cut.", m->journal_durable);
	gauge(out, PREFIX "journal_used_bytes", "Bytes of the journal on disk.", m->journal_bytes);
	gauge(out, PREFIX "journal_limit_bytes", "Bytes beyond which its oldest segments are deleted.",
	      m->journal_limit);
	gauge(out, PREFIX "journal_problem", "1 while the journal takes no records.", m->journal_problem);
}

/* One family at a time, as the format wants it */
static void sink_family(const struct metrics *m, struct buffer *out, const char *name,
			enum exposition_type type, const char *help,
			uint64_t (*value)(const struct metrics *, const struct metrics_sink *))
{
	exposition_family(out, name, type, help);
	for (size_t i = 0; i < m->sink_count; i++) {
		const struct exposition_label labels[] = {
			{ "sink", m->sinks[i].name }, { "type", m->sinks[i].type }, { NULL, NULL },
		};
		uint64_t number = value(m, m->sinks + i);

		if (number != UINT64_MAX)
			exposition_number(out, name, labels, number);
	}
}

#define SINK_VALUE(name, expression)                                                     \
	static uint64_t sink_##name(const struct metrics *m, const struct metrics_sink *s) \
	{                                                                                \
		(void)m;                                                                 \
		return expression;                                                       \
	}
SINK_VALUE(up, s->up)
SINK_VALUE(lag, s->lag)
SINK_VALUE(delivered, s->delivered)
SINK_VALUE(dead, s->dead)
SINK_VALUE(missed, s->missed)
/* nothing was delivered yet: there is no moment to tell */
SINK_VALUE(last, s->last_delivery > 0 ? (uint64_t)s->last_delivery : UINT64_MAX)
SINK_VALUE(quiet, s->last_delivery <= 0 ? UINT64_MAX :
		  m->now > s->last_delivery ? (uint64_t)(m->now - s->last_delivery) : 0)

static void write_sinks(const struct metrics *m, struct buffer *out)
{
	sink_family(m, out, PREFIX "sink_up", EXPOSITION_GAUGE,
		    "1 while the sink's receiver takes events.", sink_up);
	sink_family(m, out, PREFIX "sink_lag_events", EXPOSITION_GAUGE,
		    "Events on disk that are not delivered yet.", sink_lag);
	sink_family(m, out, PREFIX "sink_delivered_events_total", EXPOSITION_COUNTER,
		    "Events delivered by this controller.", sink_delivered);
	sink_family(m, out, PREFIX "sink_dead_letters_total", EXPOSITION_COUNTER,
		    "Events that can never be delivered and were put aside.", sink_dead);
	sink_family(m, out, PREFIX "sink_missed_events_total", EXPOSITION_COUNTER,
		    "Events that left the journal before they could be delivered.", sink_missed);
	sink_family(m, out, PREFIX "sink_last_delivery_time_seconds", EXPOSITION_GAUGE,
		    "When the last event was delivered, in seconds since the epoch.", sink_last);
	sink_family(m, out, PREFIX "sink_since_delivery_seconds", EXPOSITION_GAUGE,
		    "Seconds since the last event was delivered.", sink_quiet);
}

int metrics_write(const struct metrics *metrics, struct buffer *out)
{
	write_state(metrics, out);
	write_policy(metrics, out);
	write_enforcement(metrics, out);
	write_denials(metrics, out);
	write_losses(metrics, out);
	write_journal(metrics, out);
	write_sinks(metrics, out);
	return out->failed ? -ENOMEM : 0;
}
