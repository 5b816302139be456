/* cmd_recheck.c - `mtasweep recheck`: today's rules over stored answers, without a packet. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output/run/frame.h"
#include "output/record/record_emit.h"
#include "output/report/report.h"
#include "output/run/run_set.h"
#include "scanner/cli/cmd.h"
#include "scanner/judge/judge.h"
#include "output/run/results.h"

#define RECHECK_FRAME (512u << 10) /* bytes of text a frame */

enum recheck_option { OPTION_OUTPUT = 'o', OPTION_SEVERITY = 's', OPTION_CERT_DAYS = 256 };

struct recheck {
	const char *from, *to;
	char **args;
	unsigned args_n;
	struct judge_config judge;
	struct run_set set;
	struct run_source source; /* the run of the set that is being read */
	struct runinfo info;	  /* of all that were read; owned */
	uint64_t damaged;
	struct remarks remarks;
	struct results results;
	struct frame_writer *frames;
	struct record_emitter *emitter;
	struct buf line;
	struct aggregate *aggregate;
	struct facts facts;
	uint64_t records, changed; /* changed: another verdict than before */
};

static error_t recheck_parse(int key, char *arg, struct argp_state *state)
{
	struct recheck *r = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		r->to = arg;
		return 0;
	case OPTION_SEVERITY:
		cmd_severity(state, &r->judge, arg);
		return 0;
	case OPTION_CERT_DAYS:
		cmd_cert_days(state, &r->judge, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (r->from != NULL)
			cmd_refuse(state, "one run at a time");
		r->from = arg;
		return 0;
	case ARGP_KEY_END:
		if (r->from == NULL)
			cmd_refuse(state,
				   "which run? Give the directory that `mtasweep scan -o` wrote");
		if (r->to == NULL)
			cmd_refuse(state, "where to? Give a new directory with --output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option recheck_options[] = {
	{"output", OPTION_OUTPUT, "DIR", 0, "The new run directory; must not exist", 0},
	{"severity", OPTION_SEVERITY, CMD_SEVERITY, 0},
	{"cert-days", OPTION_CERT_DAYS, CMD_CERT_DAYS, 0},
	{0},
};

static const struct argp recheck_argp = {
	.options = recheck_options,
	.parser = recheck_parse,
	.args_doc = "RUN",
	.doc = "Judges the stored raw answers of a run again with this version's rules and writes "
	       "a new run. "
	       "Nothing is sent to the network; times stay those of the scan. A directory of "
	       "shards becomes one run.\v"
	       "Examples:\n"
	       "  mtasweep recheck run-2026-10 -o run-2026-10-again\n"
	       "  mtasweep diff run-2026-10 run-2026-10-again\n"
	       "  mtasweep recheck run-2026-10 -o stricter -s policy_max_age_short=error",
};

static int recheck_flush(struct recheck *r, struct errmsg *err)
{
	const uint8_t *frame;
	size_t n;

	if (frame_finish(r->frames, &frame, &n) != 0)
		return errmsg_set(err, "no memory to compress records");
	return n == 0 ? 0 : results_append(&r->results, frame, n, err);
}

static int recheck_record(struct recheck *r, struct record *one, struct errmsg *err)
{
	enum verdict before = one->verdict;

	if (judge(&r->judge, &r->source.arena, one) != 0)
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
	return frame_pending(r->frames) >= RECHECK_FRAME ? recheck_flush(r, err) : 0;
}

/* From the one that was just read on, to the end of its source. */
static int recheck_records(struct recheck *r, struct record *one, enum run_status status,
			   struct errmsg *err)
{
	struct span line;

	for (; status == RUN_RECORD; status = run_next(&r->source, one, &line, err))
		if (recheck_record(r, one, err) != 0)
			return -1;
	if (status != RUN_END)
		return -1;
	r->damaged += r->source.damaged;
	return recheck_flush(r, err);
}

/* What is known of the source that was read, into what is known of all. */
static void recheck_join(struct recheck *r, bool first)
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
static int recheck_sources(struct recheck *r, struct record *one, enum run_status status,
			   struct errmsg *err)
{
	int rc = recheck_records(r, one, status, err);
	struct span line;

	for (unsigned i = 1; i < r->set.n && rc == 0; i++) {
		recheck_join(r, i == 1);
		rc = run_open(&r->source, r->set.v[i], &r->remarks, err);
		if (rc == 0)
			rc = recheck_records(r, one, run_next(&r->source, one, &line, err), err);
	}
	if (rc == 0)
		recheck_join(r, r->set.n == 1);
	if (r->set.shards_missing + r->set.shards_doubled > 0)
		r->info.completed = false;
	return rc;
}

/* What the new run.json says about where it comes from, in front of the scan's own
 * configuration. */
static void recheck_configuration(struct recheck *r, const struct runinfo *old, struct buf *b)
{
	static const char run[] = "{\"rechecked\":{\"run\":", version[] = ",\"version\":",
			  scan[] = "},\"scan\":";

	buf_bytes(b, run, sizeof(run) - 1);
	json_str(b, span_str(r->from));
	buf_bytes(b, version, sizeof(version) - 1);
	json_str(b, span_str(old->version));
	buf_bytes(b, scan, sizeof(scan) - 1);
	buf_bytes(b, old->configuration != NULL ? old->configuration : "{}",
		  old->configuration != NULL ? strlen(old->configuration) : 2);
	buf_bytes(b, "}", 2); /* with its NUL */
}

static int recheck_describe(struct recheck *r, struct errmsg *err)
{
	struct runinfo info = r->info;
	struct buf configuration;

	buf_init(&configuration, 1u << 20);
	recheck_configuration(r, &r->info, &configuration);
	info.owned = false;
	info.configuration = configuration.failed ? NULL : configuration.p;
	snprintf(info.version, sizeof(info.version), "%s", MTASWEEP_VERSION);
	info.args_n = r->args_n < RUNINFO_ARGS_MAX ? r->args_n : RUNINFO_ARGS_MAX;
	for (unsigned i = 0; i < info.args_n; i++)
		info.args[i] = r->args[i];
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

/* enum cmd_exit. */
static int recheck_all(struct recheck *r, struct errmsg *err)
{
	struct record one;
	struct span line;

	if (run_set_open(&r->set, &r->from, 1, &r->remarks, err) != 0 ||
	    run_open(&r->source, r->set.v[0], &r->remarks, err) != 0)
		return CMD_USAGE;
	/* The first record, before anything is made: of what is no run nothing shall stay
	 * behind. */
	enum run_status status = run_next(&r->source, &one, &line, err);
	if (status == RUN_FAILED)
		return CMD_USAGE;
	if (mkdir(r->to, 0777) != 0) {
		int why = status_of_directory(errno);
		if (errno == EEXIST)
			errmsg_set(err, "%s exists already; give a directory that does not", r->to);
		else
			errmsg_set(err, "%s cannot be made: %s", r->to, strerror(errno));
		return why;
	}
	if (results_create(&r->results, r->to, err) != 0)
		return CMD_FAILURE;
	int rc = recheck_sources(r, &one, status, err);
	struct errmsg *first = rc == 0 ? err : NULL; /* closing must not hide why it failed */
	if (results_close(&r->results, first) != 0)
		rc = -1;
	return rc == 0 && recheck_describe(r, err) == 0 ? CMD_OK : CMD_FAILURE;
}

static int recheck_run(int argc, char **argv)
{
	struct recheck *r = calloc(1, sizeof(*r));
	struct errmsg err = {""};
	int status = CMD_FAILURE;

	if (r == NULL) {
		fputs("mtasweep recheck: no memory\n", stderr);
		return CMD_FAILURE;
	}
	r->args = argv;
	r->args_n = (unsigned)argc;
	r->source.fd = r->results.fd = -1;
	judge_config_init(&r->judge);
	argp_err_exit_status = CMD_USAGE;
	argp_parse(&recheck_argp, argc, argv, 0, NULL, r);
	buf_init(&r->line, RECORD_LINE_MAX);
	r->frames = frame_writer_new(FRAME_LEVEL_DEFAULT);
	r->emitter = record_emitter_new();
	r->aggregate = aggregate_new();
	if (r->frames == NULL || r->emitter == NULL || r->aggregate == NULL)
		errmsg_set(&err, "no memory");
	else
		status = recheck_all(r, &err);
	for (unsigned i = 0; i < r->remarks.n; i++)
		fprintf(stderr, "mtasweep recheck: %s\n", r->remarks.v[i]);
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep recheck: %s\n", err.text);
	else
		printf("%llu records judged again, %llu with another verdict\nresults  "
		       "%s/results.ndjson.zst\n",
		       (unsigned long long)r->records, (unsigned long long)r->changed, r->to);
	run_close(&r->source);
	run_set_release(&r->set);
	runinfo_release(&r->info);
	remarks_release(&r->remarks);
	buf_release(&r->line);
	record_emitter_free(r->emitter);
	frame_writer_free(r->frames);
	aggregate_free(r->aggregate);
	free(r);
	return status;
}

const struct command cmd_recheck = {
	.name = "recheck",
	.summary = "judge the stored answers of a run again with today's rules",
	.argp = &recheck_argp,
	.run = recheck_run,
};
