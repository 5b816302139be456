/* run_rewrite.c - see run_rewrite.h. */
#include "scanner/cli/run_rewrite.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "output/record/record_emit.h"
#include "output/report/report.h"
#include "output/run/frame.h"
#include "output/run/host_rows.h"
#include "output/text/json.h"
#include "scanner/base/clock.h"
#include "scanner/base/status.h"

#define REWRITE_FRAME (512u << 10) /* bytes of text a frame */

static int rewrite_flush(struct run_rewrite *r, struct errmsg *err)
{
	const uint8_t *frame;
	size_t n;

	if (frame_finish(r->frames, &frame, &n) != 0)
		return errmsg_set(err, "no memory to compress records");
	return n == 0 ? 0 : results_append(&r->results, frame, n, err);
}

static int rewrite_record(struct run_rewrite *r, struct record *one, struct errmsg *err)
{
	enum verdict before = one->verdict;

	if (r->change != NULL && r->change(r->user, &r->source.arena, one, err) != 0)
		return -1;
	if (judge(r->judge, &r->source.arena, one) != 0)
		return errmsg_set(err, "no memory to judge a record");
	buf_reset(&r->line);
	if (record_emit(r->emitter, one, &r->line) != 0 ||
	    frame_add(r->frames, r->line.p, r->line.n) != 0)
		return errmsg_set(err, "no memory for a record");
	facts_from_record(one, &r->facts);
	if (aggregate_add(r->aggregate, &r->facts) != 0)
		return errmsg_set(err, "no memory for the report");
	r->records++;
	r->changed += one->verdict != before;
	assert(r->changed <= r->records && one->verdict <= VERDICT_EXCLUDED);
	return frame_pending(r->frames) >= REWRITE_FRAME ? rewrite_flush(r, err) : 0;
}

/* From the one that was just read on, to the end of its source. */
static int rewrite_records(struct run_rewrite *r, struct record *one, enum run_status status,
			   struct errmsg *err)
{
	struct span line;

	for (; status == RUN_RECORD; status = run_next(&r->source, one, &line, err))
		if (rewrite_record(r, one, err) != 0)
			return -1;
	if (status != RUN_END)
		return -1;
	r->damaged += r->source.damaged;
	return rewrite_flush(r, err);
}

/* What is known of the source that was read, into what is known of all. */
static void rewrite_join(struct run_rewrite *r, bool first)
{
	if (first) {
		r->info = r->source.info;
		r->source.info = (struct runinfo){0};
	} else {
		runinfo_join(&r->info, &r->source.info);
	}
	run_close(&r->source);
}

/* The first source stands behind its first record; the others follow it. */
static int rewrite_sources(struct run_rewrite *r, struct record *one, enum run_status status,
			   struct errmsg *err)
{
	int rc = rewrite_records(r, one, status, err);
	struct span line;

	for (unsigned i = 1; i < r->set.n && rc == 0; i++) {
		rewrite_join(r, i == 1);
		rc = run_open(&r->source, r->set.v[i], &r->remarks, err);
		if (rc == 0)
			rc = rewrite_records(r, one, run_next(&r->source, one, &line, err), err);
	}
	if (rc == 0)
		rewrite_join(r, r->set.n == 1);
	if (r->set.shards_missing + r->set.shards_doubled > 0)
		r->info.completed = false;
	return rc;
}

/* What the new run.json says about where it comes from, in front of the scan's own
 * configuration. */
static void rewrite_configuration(struct run_rewrite *r, const struct runinfo *old, struct buf *b)
{
	static const char run[] = ":{\"run\":", version[] = ",\"version\":", scan[] = "},\"scan\":";

	buf_bytes(b, "{", 1);
	json_str(b, span_str(r->what));
	buf_bytes(b, run, sizeof(run) - 1);
	json_str(b, span_str(r->from[0]));
	buf_bytes(b, version, sizeof(version) - 1);
	json_str(b, span_str(old->version));
	buf_bytes(b, scan, sizeof(scan) - 1);
	buf_bytes(b, old->configuration != NULL ? old->configuration : "{}",
		  old->configuration != NULL ? strlen(old->configuration) : 2);
	buf_bytes(b, "}", 2); /* with its NUL */
}

/* Which command made it, out of what. */
static void rewrite_name(const struct run_rewrite *r, struct runinfo *info,
			 const char *configuration)
{
	info->configuration = configuration;
	info->args_n = r->args_n < RUNINFO_ARGS_MAX ? r->args_n : RUNINFO_ARGS_MAX;
	for (unsigned i = 0; i < info->args_n; i++)
		info->args[i] = r->args[i];
}

static int rewrite_describe(struct run_rewrite *r, struct errmsg *err)
{
	struct runinfo info = r->info;
	struct buf configuration;

	if (r->hosts != NULL)
		info.mx_hosts = *r->hosts;

	buf_init(&configuration, 1u << 20);
	if (!r->same)
		rewrite_configuration(r, &r->info, &configuration);
	info.owned = false;
	snprintf(info.version, sizeof(info.version), "%s", MTASWEEP_VERSION);
	if (r->same)
		info.ended_at_ms = clock_wall_ms();
	else
		rewrite_name(r, &info, configuration.failed ? NULL : configuration.p);
	info.totals.records = r->records;
	info.totals.frames = r->results.frames;
	info.totals.bytes = r->results.bytes;
	info.completed = info.completed && r->damaged == 0;
	const struct runinfo *runs[] = {&info};
	struct report_meta meta = {.runs = runs,
				   .runs_n = 1,
				   .remarks = r->remarks.v,
				   .remarks_n = r->remarks.n,
				   .damaged = r->damaged,
				   .shards_missing = r->set.shards_missing,
				   .shards_doubled = r->set.shards_doubled};
	int rc = runinfo_write(r->to, &info, err);
	if (rc == 0)
		rc = report_write(r->to, r->aggregate, &meta, err);
	buf_release(&configuration);
	return rc;
}

/* What is known of the MX hosts stays with the run, and is in its report. */
static int rewrite_hosts(struct run_rewrite *r, struct errmsg *err)
{
	if (!r->made && host_rows_copy(r->set.v, r->set.n, r->to, err) != 0)
		return -1;
	return aggregate_add_hosts(r->aggregate, r->to, &r->damaged, err);
}

int run_rewrite_directory(const char *path, struct errmsg *err)
{
	if (mkdir(path, 0777) == 0)
		return CMD_OK;
	int why = status_of_directory(errno);
	if (errno == EEXIST)
		errmsg_set(err, "%s exists already; give a directory that does not", path);
	else
		errmsg_set(err, "%s cannot be made: %s", path, strerror(errno));
	return why;
}

int run_rewrite_open(struct run_rewrite *r, struct errmsg *err)
{
	r->source.fd = r->results.fd = -1;
	buf_init(&r->line, RECORD_LINE_MAX);
	r->frames = frame_writer_new(FRAME_LEVEL_DEFAULT);
	r->emitter = record_emitter_new();
	r->aggregate = aggregate_new();
	if (r->frames == NULL || r->emitter == NULL || r->aggregate == NULL)
		return errmsg_set(err, "no memory");
	return 0;
}

void run_rewrite_close(struct run_rewrite *r)
{
	run_close(&r->source);
	run_set_release(&r->set);
	runinfo_release(&r->info);
	remarks_release(&r->remarks);
	buf_release(&r->line);
	record_emitter_free(r->emitter);
	frame_writer_free(r->frames);
	aggregate_free(r->aggregate);
}

int run_rewrite_all(struct run_rewrite *r, struct errmsg *err)
{
	struct record one;
	struct span line;

	if (run_set_open(&r->set, r->from, r->from_n, &r->remarks, err) != 0 ||
	    run_open(&r->source, r->set.v[0], &r->remarks, err) != 0)
		return CMD_USAGE;
	if (r->same) { /* of course it is not complete: this completes it */
		remarks_release(&r->remarks);
		r->source.info.completed = true;
	}
	/* The first record, before anything is made: of what is no run nothing shall stay
	 * behind. */
	enum run_status status = run_next(&r->source, &one, &line, err);
	if (status == RUN_FAILED)
		return CMD_USAGE;
	int made = r->made ? 0 : run_rewrite_directory(r->to, err);
	if (made != 0)
		return made;
	if (results_create(&r->results, r->to, err) != 0)
		return CMD_FAILURE;
	int rc = rewrite_sources(r, &one, status, err);
	struct errmsg *first = rc == 0 ? err : NULL; /* closing must not hide why it failed */
	if (results_close(&r->results, first) != 0)
		rc = -1;
	if (rc == 0)
		rc = rewrite_hosts(r, err);
	return rc == 0 && rewrite_describe(r, err) == 0 ? CMD_OK : CMD_FAILURE;
}
