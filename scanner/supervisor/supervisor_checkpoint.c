/* supervisor_checkpoint.c - checkpoints of a run, and the way back into one. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/run/run_source.h"
#include "scanner/base/digest.h"
#include "scanner/base/status.h"
#include "scanner/options/scan_config.h"
#include "scanner/supervisor/supervisor_parts.h"

/* ---- writing ----------------------------------------------------------------------------- */

/* Lines that are out; they are in rising order in the ledger. */
static int checkpoint_pending(const struct supervisor *s, struct checkpoint *c)
{
	c->pending = calloc(s->ledger.lines + 1, sizeof(*c->pending));
	if (c->pending == NULL)
		return -1;
	for (size_t i = 0; i < s->ledger.n; i++) {
		const struct chunk *chunk = s->ledger.v[i];
		for (unsigned k = 0; k < chunk->n; k++)
			if (!chunk->done[k])
				c->pending[c->pending_n++] = chunk->line[k];
	}
	assert(c->pending_n == s->ledger.lines); /* or the run would lose a line */
	return 0;
}

/* On resume, lines that the feed has not come to yet are still those of the old checkpoint. */
static int checkpoint_pending_unread(const struct supervisor *s, struct checkpoint *c)
{
	const struct checkpoint *old = &s->resumed;

	if (s->ledger.next >= old->next)
		return 0;
	uint64_t *pending =
		reallocarray(c->pending, c->pending_n + old->pending_n + 1, sizeof(*pending));
	if (pending == NULL)
		return -1;
	c->pending = pending;
	for (size_t i = 0; i < old->pending_n; i++)
		if (old->pending[i] >= s->ledger.next)
			c->pending[c->pending_n++] = old->pending[i];
	c->next = old->next;
	return 0;
}

static int checkpoint_inputs(struct supervisor *s, struct checkpoint *c)
{
	struct input_file file;

	c->inputs_n = s->options->inputs_n;
	c->inputs = calloc(c->inputs_n + 1, sizeof(*c->inputs));
	if (c->inputs == NULL)
		return -1;
	for (size_t i = 0; i < c->inputs_n; i++) {
		if (input_file(feed_input(s->feed), i, &file) != 0)
			return -1;
		c->inputs[i].path = strdup(file.path);
		c->inputs[i].bytes = file.bytes;
		digest_text(file.sha256, c->inputs[i].sha256);
		/* A session that has not come so far again knows less than the one before it. */
		if (i < s->resumed.inputs_n && s->resumed.inputs[i].bytes > file.bytes) {
			c->inputs[i].bytes = s->resumed.inputs[i].bytes;
			memcpy(c->inputs[i].sha256, s->resumed.inputs[i].sha256,
			       sizeof(c->inputs[i].sha256));
		}
		if (c->inputs[i].path == NULL)
			return -1;
	}
	return 0;
}

/* Of this session and those before. */
static int checkpoint_sent(struct supervisor *s, struct checkpoint *c)
{
	const struct message_stats stats = supervisor_stats(s);
	const struct checkpoint_used *before = &s->resumed.used;

	c->used = (struct checkpoint_used){before->queries + stats.packets,
					   before->repeated + stats.retries,
					   before->fetches + stats.fetched};
	supervisor_info_resolvers(s);
	c->resolvers_n = s->info->resolvers_n;
	c->resolvers = calloc(c->resolvers_n + 1, sizeof(*c->resolvers));
	if (c->resolvers == NULL)
		return -1;
	memcpy(c->resolvers, s->info->resolvers, c->resolvers_n * sizeof(*c->resolvers));
	return 0;
}

void supervisor_checkpoint(struct supervisor *s)
{
	struct checkpoint c = {
		.next = s->ledger.next,
		.bytes = s->results.bytes,
		.frames = s->results.frames,
		.records = s->records_before + s->ledger.done,
		.seed = s->options->seed,
		.names_done = s->names_done,
	};
	struct errmsg err = {"out of memory for the checkpoint"};

	if (s->dir == NULL || feed_busy(s->feed))
		return; /* the input is being read: the next turn comes soon */
	c.configuration = strdup(s->configuration);
	if (c.configuration == NULL || checkpoint_pending(s, &c) != 0 ||
	    checkpoint_pending_unread(s, &c) != 0 || checkpoint_inputs(s, &c) != 0 ||
	    checkpoint_sent(s, &c) != 0 || results_sync(&s->results, &err) != 0 ||
	    checkpoint_write(s->dir, &c, &err) != 0)
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	else
		s->checkpoint_ms = uv_now(&s->loop);
	checkpoint_release(&c);
}

/* ---- the way back ------------------------------------------------------------------------ */

/* What is stored counts as if it had just come from a worker. */
static int resume_recount(struct supervisor *s)
{
	struct run_source source;
	struct remarks remarks = {0};
	struct record record;
	struct span line;
	struct facts facts;
	enum run_status status = RUN_FAILED;

	if (run_open(&source, s->dir, &remarks, s->err) == 0) {
		while ((status = run_next(&source, &record, &line, s->err)) == RUN_RECORD) {
			facts_from_record(&record, &facts);
			s->verdicts[facts.verdict]++;
			s->records_before++;
			if (aggregate_add(s->aggregate, &facts) != 0) {
				errmsg_set(s->err, "out of memory for the report");
				status = RUN_FAILED;
				break;
			}
		}
	}
	if (status == RUN_END && (source.damaged > 0 || s->records_before != s->resumed.records)) {
		errmsg_set(s->err, "'%s' does not hold the %llu records of its checkpoint%s%s",
			   s->results.path, (unsigned long long)s->resumed.records,
			   remarks.n > 0 ? ": " : "", remarks.n > 0 ? remarks.v[0] : "");
		status = RUN_FAILED;
	}
	run_close(&source);
	remarks_release(&remarks);
	return status == RUN_END ? 0 : -1;
}

/* The start of the interrupted part goes on. */
static int resume_info(struct supervisor *s)
{
	struct runinfo *before = calloc(1, sizeof(*before));

	if (before == NULL)
		return errmsg_set(s->err, "out of memory");
	if (runinfo_read(s->dir, before, s->err) != 0) {
		free(before);
		return -1;
	}
	s->info->started_at_ms = before->started_at_ms;
	s->info->resumed = before->resumed + 1;
	runinfo_release(before);
	free(before);
	return 0;
}

int supervisor_check_resume(struct supervisor *s)
{
	char *configuration = scan_config_json(s->options, &s->resolvers);
	int rc = -1;

	s->rc = CMD_FAILURE;
	if (configuration == NULL)
		return errmsg_set(s->err, "out of memory");
	if (results_reopen(&s->results, s->dir, s->err) != 0) {
		free(configuration);
		return -1;
	}
	s->rc = CMD_USAGE;
	if (checkpoint_read(s->dir, &s->resumed, s->err) == 0 &&
	    checkpoint_check_options(&s->resumed, configuration, s->err) == 0 &&
	    checkpoint_check_inputs(&s->resumed, s->options->inputs, s->options->inputs_n,
				    s->err) == 0)
		rc = 0;
	free(configuration);
	return rc;
}

int supervisor_resume_files(struct supervisor *s)
{
	if (results_cut(&s->results, s->resumed.bytes, s->resumed.frames, s->err) != 0)
		return -1;
	if (resume_info(s) != 0)
		return -1;
	return resume_recount(s);
}
