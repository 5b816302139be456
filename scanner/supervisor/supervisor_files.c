/* supervisor_files.c - the files of a run directory: made at the start, completed at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/report/report.h"
#include "scanner/base/clock.h"
#include "scanner/base/digest.h"
#include "scanner/base/status.h"
#include "scanner/options/scan_config.h"
#include "scanner/supervisor/supervisor_parts.h"

/* ---- run.json ---------------------------------------------------------------------------- */

static void info_inputs(struct supervisor *s)
{
	const struct scan_options *o = s->options;
	struct input_file file;

	s->info->inputs_n = 0;
	for (unsigned i = 0; i < o->inputs_n && i < RUNINFO_INPUTS_MAX; i++) {
		struct runinfo_input *to = &s->info->inputs[s->info->inputs_n];
		if (input_file(feed_input(s->feed), i, &file) != 0)
			continue;
		snprintf(to->path, sizeof(to->path), "%s", file.path);
		to->bytes = file.bytes;
		if (file.complete)
			digest_text(file.sha256, to->sha256);
		s->info->inputs_n++;
	}
}

static void info_totals(struct supervisor *s)
{
	struct input_counts counts;

	input_counts(feed_input(s->feed), &counts);
	s->info->totals.lines = counts.lines - counts.headers - counts.continued;
	s->info->totals.blank = counts.blank;
	s->info->totals.comments = counts.comments;
	s->info->totals.elsewhere = feed_elsewhere(s->feed);
	s->info->totals.records = s->ledger.done + s->records_before;
	s->info->totals.frames = s->results.frames;
	s->info->totals.bytes = s->results.bytes;
}

static int info_start(struct supervisor *s)
{
	struct runinfo *info = s->info;

	runinfo_here(info, s->config->args);
	s->configuration = scan_config_json(s->options, &s->resolvers);
	if (s->configuration == NULL)
		return errmsg_set(s->err, "out of memory");
	info->configuration = s->configuration;
	info->shard = s->options->shard;
	info->shards = s->options->shards;
	info->started_at_ms = clock_wall_ms();
	return 0;
}

/* ---- beginning --------------------------------------------------------------------------- */

int supervisor_begin_files(struct supervisor *s)
{
	s->rc = CMD_FAILURE;
	if (info_start(s) != 0)
		return -1;
	if (s->dir == NULL)
		return results_create(&s->results, NULL, s->err);
	if (s->options->resume)
		return supervisor_resume_files(s);
	if (mkdir(s->dir, 0777) != 0) {
		s->rc = status_of_directory(errno);
		if (errno == EEXIST)
			return errmsg_set(
				s->err,
				"'%s' exists already; name a new directory with --output, "
				"or go on with an interrupted run with --resume",
				s->dir);
		return errmsg_set(s->err, "cannot make the directory '%s': %s", s->dir,
				  strerror(errno));
	}
	if (results_create(&s->results, s->dir, s->err) != 0 ||
	    runinfo_write(s->dir, s->info, s->err) != 0)
		return -1;
	supervisor_checkpoint(s); /* from the first moment, so that any stop can be resumed */
	return s->failed ? -1 : 0;
}

/* ---- ending ------------------------------------------------------------------------------ */

void supervisor_finish_files(struct supervisor *s)
{
	const struct runinfo *runs[] = {s->info};
	struct report_meta meta = {.runs = runs, .runs_n = 1};
	struct errmsg err;

	bool hosts = scan_visits_hosts(s->options); /* come next, by whoever runs this */
	s->names_done = s->rc == CMD_OK && hosts;
	if (s->rc != CMD_OK || hosts)
		supervisor_checkpoint(s); /* what workers handed over at the end counts */
	if (results_sync(&s->results, &err) != 0)
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	bool complete = s->rc == CMD_OK;
	if (s->dir != NULL) {
		info_inputs(s);
		supervisor_info_resolvers(s);
		info_totals(s);
		s->info->ended_at_ms = clock_wall_ms();
		s->info->completed = complete && !hosts;
		if (runinfo_write(s->dir, s->info, &err) != 0 ||
		    (complete && report_write(s->dir, s->aggregate, &meta, &err) != 0))
			supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	}
	if (s->rc == CMD_OK && s->dir != NULL && !hosts)
		checkpoint_remove(s->dir);
	/* With the file goes its lock: whoever waits for it must not find a checkpoint of what is
	 * done. */
	if (results_close(&s->results, &err) != 0)
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	s->outcome->begun = true;
	s->outcome->complete = s->rc == CMD_OK;
	s->outcome->losing = aggregate_losing(s->aggregate);
}
