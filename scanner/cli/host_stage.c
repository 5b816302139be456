/* host_stage.c - see host_stage.h: which hosts, and their visits. The join is in host_join.c. */
#include "scanner/cli/host_stage.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/run/run_set.h"
#include "output/text/number.h"
#include "output/text/json.h"
#include "scanner/base/status.h"
#include "scanner/base/clock.h"
#include "scanner/cli/host_join.h"
#include "scanner/cli/host_key.h"
#include "scanner/options/share.h"

/* ---- which hosts ------------------------------------------------------------------------- */

static struct host_entry *stage_add(struct host_stage *s, struct span host)
{
	struct host_entry *e = host_table_add(s->table, host);

	if (e == NULL || e->at < s->full_n)
		return e;
	unsigned n = s->full_n > 0 ? 2 * s->full_n : 1024;
	bool *full = reallocarray(s->full, n, sizeof(*full));
	if (full == NULL)
		return NULL;
	for (unsigned i = s->full_n; i < n; i++)
		full[i] = false;
	s->full = full;
	s->full_n = n;
	return e;
}

static int take_names(struct host_stage *s, struct run_source *source)
{
	struct record r;
	struct span line;
	enum run_status status;

	while ((status = run_next(source, &r, &line, &s->err)) == RUN_RECORD) {
		enum host_scope scope = host_scope(s->options, &r);
		for (unsigned i = 0; scope != HOST_SCOPE_NONE && i < r.mx.hosts_n; i++) {
			if (record_mx_is_none(r.mx.hosts[i].host))
				continue;
			struct host_entry *e = stage_add(s, r.mx.hosts[i].host);
			if (e == NULL)
				return errmsg_set(&s->err, "no memory for hosts");
			s->full[e->at] = s->full[e->at] || scope == HOST_SCOPE_VISIT;
		}
	}
	return status == RUN_END ? 0 : -1;
}

int host_stage_read(struct host_stage *s)
{
	struct remarks remarks = {0}; /* told when the runs are read again */
	struct run_set set = {0};

	s->started_ms = clock_wall_ms();
	s->table = host_table_new();
	int rc = s->table != NULL ? run_set_open(&set, s->from, s->from_n, &remarks, &s->err)
				  : errmsg_set(&s->err, "no memory for hosts");
	for (unsigned i = 0; rc == 0 && i < set.n; i++) {
		struct run_source source = {.fd = -1};
		rc = run_open(&source, set.v[i], &remarks, &s->err);
		if (rc == 0)
			rc = take_names(s, &source);
		run_close(&source);
	}
	run_set_release(&set);
	remarks_release(&remarks);
	return rc == 0 ? CMD_OK : CMD_USAGE;
}

static void drop_hosts(struct host_stage *s)
{
	free(s->names);
	free(s->keys);
	free(s->only_secure);
	free(s->place);
}

/* Those that nothing is known of yet. */
static int pick_hosts(struct host_stage *s)
{
	unsigned all = host_table_n(s->table);

	drop_hosts(s);

	s->names = calloc(all + 1, sizeof(*s->names));
	s->keys = calloc(all + 1, sizeof(*s->keys));
	s->only_secure = calloc(all + 1, sizeof(*s->only_secure));
	s->place = calloc(all + 1, sizeof(*s->place));
	if (s->names == NULL || s->keys == NULL || s->only_secure == NULL || s->place == NULL)
		return errmsg_set(&s->err, "no memory for hosts");
	s->n = s->dealt_n = 0;
	for (unsigned i = 0; i < all; i++) {
		const struct host_entry *e = host_table_at(s->table, i);
		struct span key = host_key(e->name);
		if (!host_key_ours(s->options, key))
			continue;
		s->dealt_n++;
		if (e->line != NULL)
			continue;
		s->names[s->n] = e->name;
		s->keys[s->n] = key;
		s->only_secure[s->n] = !s->full[i];
		s->place[s->n++] = i;
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

int host_stage_cost(struct host_stage *s, char out[HOST_STAGE_TEXT])
{
	struct share share = share_of(s->options);
	struct span *keys, most = SPAN_NULL;
	unsigned operators = 0, most_n = 0;

	if (pick_hosts(s) != 0 || (keys = calloc(s->n + 1, sizeof(*keys))) == NULL)
		return errmsg_set(&s->err, "no memory for hosts");
	if (s->n > 0)
		memcpy(keys, s->keys, s->n * sizeof(*keys));
	qsort(keys, s->n, sizeof(*keys), by_text);
	for (unsigned i = 0, n = 0; i < s->n; i++) {
		bool same = i > 0 && span_eq(keys[i], keys[i - 1]);
		n = same ? n + 1 : 1;
		operators += !same;
		if (n > most_n) {
			most_n = n;
			most = keys[i];
		}
	}
	double ms = 1000 * most_n / share.smtp_key_rate;
	int n = snprintf(out, HOST_STAGE_TEXT, "%u distinct MX hosts of %u operators to be visited",
			 s->n, operators);
	if (s->n > 0)
		snprintf(out + n, HOST_STAGE_TEXT - (size_t)n,
			 "; %.*s has most, %u: at %.4g a second that is %s at least", (int)most.n,
			 most.p, most_n, share.smtp_key_rate, number_duration((uint64_t)ms).s);
	free(keys);
	return 0;
}

int host_stage_recall(struct host_stage *s)
{
	return host_table_load(s->table, s->to, &s->err) == 0 ? CMD_OK : CMD_FAILURE;
}

/* ---- visits ------------------------------------------------------------------------------ */

static int stage_told(void *user, unsigned host, const struct record_mx_host *h, struct errmsg *err)
{
	struct host_stage *s = user;
	struct host_entry *e = host_table_at(s->table, s->place[host]);

	if (host_table_set(s->table, e, s->keys[host], h) != 0)
		return errmsg_set(err, "no memory for hosts");
	return 0;
}

static int stage_keep(void *user, unsigned host, struct errmsg *err)
{
	struct host_stage *s = user;

	return host_table_append(s->table, host_table_at(s->table, s->place[host]), err);
}

static void stage_progress(void *user, const struct host_pass_outcome *o)
{
	const struct host_stage *s = user;
	const struct host_plan_totals *t = &o->totals;

	if (s->options->quiet || s->options->progress == SCAN_PROGRESS_NONE)
		return;
	fprintf(stderr,
		s->options->progress == SCAN_PROGRESS_JSON
			? "{\"phase\":\"hosts\",\"hosts\":%u,\"done\":%u,\"visits\":%u,"
			  "\"again\":%u,\"refusing\":%u,\"workers_replaced\":%u}\n"
			: "MX hosts: %u, %u done, %u visits, %u again later, %u refuse us, %u "
			  "workers replaced\n",
		t->hosts, t->over, t->visits, t->retried, t->blocked, o->replaced);
}

static void stage_note(void *user, bool important, const char *text)
{
	const struct host_stage *s = user;

	if (important || !s->options->quiet)
		fprintf(stderr, "mtasweep %s: %s\n", s->command, text);
}

int host_stage_visit(struct host_stage *s)
{
	if (pick_hosts(s) != 0 || host_table_open(s->table, s->to, &s->err) != 0)
		return CMD_FAILURE;
	const struct host_pass_config config = {
		.options = s->options,
		.args = s->args,
		.worker = s->worker,
		.names = s->names,
		.keys = s->keys,
		.only_secure = s->only_secure,
		.n = s->n,
		.told = stage_told,
		.keep = stage_keep,
		.progress = stage_progress,
		.note = stage_note,
		.user = s,
	};
	int status = s->n > 0 ? host_pass_run(&config, &s->outcome, &s->err) : CMD_OK;
	/* Closing must not hide why it failed. */
	struct errmsg *first = status == CMD_OK ? &s->err : NULL;
	if (host_table_close(s->table, first) != 0 && status == CMD_OK)
		return CMD_FAILURE;
	/* Once more as a whole: what was held back stands in its place, too. */
	if (status == CMD_OK && (host_table_open(s->table, s->to, &s->err) != 0 ||
				 host_table_close(s->table, &s->err) != 0))
		return CMD_FAILURE;
	return status;
}

void host_stage_close(struct host_stage *s)
{
	host_table_free(s->table);
	free(s->full);
	drop_hosts(s);
}
