// SPDX-License-Identifier: Apache-2.0
/* The controller's numbers, gathered for monitoring */
#include "daemon/metrics.h"

#include <string.h>
#include <time.h>

#include <bailiwick/vocab.h>

#include "base/cleanup.h"
#include "daemon/exporter.h"
#include "daemon/sinkconfig.h"
#include "metrics/metrics.h"

#define PROGRAM "/usr/lib/bailiwick/metrics"
#define X_TEXT(id, text) text,

static const char *const operations[] = { BAILIWICK_OPERATIONS(X_TEXT) };
static const char *const verdicts[] = { BAILIWICK_VERDICTS(X_TEXT) };

/* The kernel's counters without rows and labels: those change their meaning with the policy */
struct counted {
	uint64_t count[BAILIWICK_OP_COUNT][BAILIWICK_VERDICT_COUNT];
	uint64_t canary;
};

static int add_count(void *context, const struct bailiwick_count_key *key, uint64_t count)
{
	struct counted *counted = context;

	if (key->row == BAILIWICK_ROW_CANARY)
		counted->canary += count;
	else if (key->operation < BAILIWICK_OP_COUNT && key->verdict < BAILIWICK_VERDICT_COUNT)
		counted->count[key->operation][key->verdict] += count;
	return 0;
}

/* Only what was ever counted; as many as there are */
static size_t list_counted(const struct counted *counted, struct metrics_counted *list)
{
	size_t n = 0;

	for (uint32_t o = 0; o < BAILIWICK_OP_COUNT; o++)
		for (uint32_t v = 0; v < BAILIWICK_VERDICT_COUNT; v++)
			if (counted->count[o][v])
				list[n++] = (struct metrics_counted){ operations[o], verdicts[v],
								      counted->count[o][v] };
	return n;
}

static void gather_policy(const struct controller *controller,
			  const struct enforcement_status *status, struct metrics *m)
{
	const struct image *image = controller_image(controller);

	m->policy_version = status->version;
	m->policy_since = status->version ? controller->since : 0;
	m->slot_size = status->slot_size;
	if (image) {
		m->image_size = image->header->image_size;
		m->rows = image->header->rows;
	}
}

static void gather_self_test(const struct controller *controller, struct metrics *m)
{
	m->tested = controller->tested;
	for (size_t i = 0; controller->tested && i < controller->canary.count; i++) {
		enum canary_result result = controller->canary.finding[i].result;

		m->hooks_denied += result == CANARY_DENIED;
		m->hooks_failed += result == CANARY_NOT_DENIED;
		m->hooks_untried += result == CANARY_NOT_TESTED;
	}
	m->passed = controller->tested && canary_passed(&controller->canary);
}

/* As `bailiwick status` has them */
static void gather_enforcement(const struct controller *controller, struct counted *counted,
			       struct metrics *m)
{
	struct enforcement_status status = { 0 };
	struct bailiwick_totals totals = { 0 };
	bool known = controller->enforcement &&
		     enforcement_status(controller->enforcement, &status) == 0;

	if (!known)
		memset(&status, 0, sizeof(status));
	m->state = controller_state(controller, known ? &status : NULL);
	gather_policy(controller, &status, m);
	m->module_present = status.module;
	m->module_held = status.held;
	m->sealed = status.sealed;
	m->hooks_attached = status.hook_count;
	gather_self_test(controller, m);
	m->not_enforced = status.gap_count + m->hooks_failed;
	if (!controller->enforcement)
		return;
	enforcement_counts(controller->enforcement, add_count, counted);
	enforcement_totals(controller->enforcement, &totals);
	m->self_test_denials = counted->canary;
	m->kernel_denials = totals.denials > counted->canary ? totals.denials - counted->canary : 0;
	m->ring_full = totals.ring_full;
	m->counters_full = totals.counters_full;
	enforcement_events_fill(controller->enforcement, &m->ring_used, &m->ring_size);
}

static void gather_records(const struct controller *controller, struct metrics *m)
{
	const struct journal *journal = recorder_journal(controller->recorder);
	struct recorder_totals totals;

	recorder_totals(controller->recorder, &totals);
	m->recorded = totals.recorded;
	m->lost = totals.lost;
	m->unwritten = totals.unwritten;
	m->journal_problem = totals.problem != 0;
	m->journal_records = journal_next(journal) - 1;
	m->journal_durable = journal_durable(journal) - 1;
	m->journal_bytes = journal_bytes(journal);
	m->journal_limit = controller->config.journal_max_size;
}

static size_t list_sinks(const struct controller *controller, struct metrics_sink *list)
{
	struct sink_status sink;
	size_t n = 0;

	for (; n < SINKS_MAX && sinks_status(controller->sinks, n, &sink); n++)
		list[n] = (struct metrics_sink){
			.name = sink.options->name, .type = sink_type_text(sink.options->type),
			.up = sink.up, .lag = sink.lag, .delivered = sink.delivered,
			.dead = sink.dead, .missed = sink.missed, .last_delivery = sink.last_delivery,
		};
	return n;
}

/* Borrowed from the recorder, which nothing changes meanwhile */
static struct metrics_denials *list_denials(const struct tally *tally)
{
	struct metrics_denials *list = calloc(tally->count + 1, sizeof(*list));

	for (size_t i = 0; list && i < tally->count; i++)
		list[i] = (struct metrics_denials){
			event_severity_text(tally->entries[i].severity), tally->entries[i].verdict,
			tally->entries[i].role, tally->entries[i].count,
		};
	return list;
}

int metrics_gather(void *context, struct buffer *out)
{
	const struct controller *controller = context;
	const struct tally *tally = recorder_tally(controller->recorder);
	_cleanup_free_ struct metrics_denials *denials = list_denials(tally);
	_cleanup_free_ struct counted *counted = calloc(1, sizeof(*counted));
	struct metrics_counted list[BAILIWICK_OP_COUNT * BAILIWICK_VERDICT_COUNT];
	struct metrics_sink sinks[SINKS_MAX];
	struct metrics m = { .version = BAILIWICK_VERSION, .now = time(NULL),
			     .started = controller->started };

	if (!denials || !counted)
		return -ENOMEM;
	gather_enforcement(controller, counted, &m);
	gather_records(controller, &m);
	m.denials = denials;
	m.denial_count = tally->count;
	m.counted = list;
	m.counted_count = list_counted(counted, list);
	m.sinks = sinks;
	m.sink_count = list_sinks(controller, sinks);
	return metrics_write(&m, out);
}

int metrics_start(struct controller *controller)
{
	const struct exporter_setting setting = {
		.loop = controller->loop,
		.config = &controller->config,
		.program = PROGRAM,
		.confinement = &controller->confinement,
		.gather = metrics_gather,
		.context = controller,
	};

	return exporter_start(&setting, &controller->exporter);
}
