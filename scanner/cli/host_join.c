/*
 * host_join.c - see host_join.h, and host_stage_join() of host_stage.h.
 *
 * A run that is judged again in its own place: everything is written into RUN/judging, which is
 * renamed RUN/judged when it is whole; from then on the run is what is in there, and its files are
 * moved out of it, run.json last. Whenever it is broken off, what is left to do can be seen.
 */
#include "scanner/cli/host_join.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsers/mxmatch.h"
#include "scanner/base/status.h"
#include "scanner/cli/host_stage.h"
#include "scanner/cli/run_rewrite.h"

#define JUDGING "judging"
#define JUDGED "judged"
#define LAST "run.json"
#define PATH_MAX_TEXT 4400

/* ---- scope ------------------------------------------------------------------------------- */

enum host_scope host_scope(const struct scan_options *o, const struct record *r)
{
	bool policy = r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING;
	bool signed_mx = r->mx.ad == 1;

	if (r->mx.dns != DNS_OK || r->mx.null_mx == 1)
		return HOST_SCOPE_NONE;
	if ((o->mx_tls && (o->mx_tls_all || policy)) || (o->dane && policy))
		return HOST_SCOPE_VISIT;
	return o->dane && (o->dane_all || signed_mx) ? HOST_SCOPE_SECURE : HOST_SCOPE_NONE;
}

/* ---- one record -------------------------------------------------------------------------- */

/* A name that no policy protects is told of the visit only where it was for its sake: another
 * name of the list must not change its record. */
static void forget_visit(struct record_mx_host *h)
{
	struct record_mx_host none;

	record_mx_host_init(&none);
	h->tls = none.tls;
	h->tls_reasons = none.tls_reasons;
	h->probe = none.probe;
	h->tlsa_match = none.tlsa_match;
}

static void join_host(struct host_stage *s, struct arena *a, const struct record *r,
		      enum host_scope scope, struct record_mx_host *to)
{
	const struct host_entry *e = host_table_find(s->table, to->host);
	struct record_mx_host h;

	if (e == NULL || host_table_get(s->table, e, a, &h) != 0)
		return;
	h.host = to->host;
	h.preference = to->preference;
	if (scope == HOST_SCOPE_SECURE && h.tlsa != 1)
		forget_visit(&h);
	/* A certificate may name the domain itself where the MX records are signed (RFC 7672
	 * 3.2.2). A host is visited for all domains at once, so that is for the join to see. */
	if (h.dane == DANE_NAME_MISMATCH && r->mx.ad == 1 &&
	    mxmatch_any(h.probe.cert_names, r->domain)) {
		h.dane = DANE_OK;
		h.probe.dane_good += h.probe.dane_bad;
		h.probe.dane_bad = 0;
	}
	*to = h;
}

static int join_record(void *user, struct arena *a, struct record *r, struct errmsg *err)
{
	struct host_stage *s = user;
	enum host_scope scope = host_scope(s->options, r);

	(void)err;
	for (unsigned i = 0; scope != HOST_SCOPE_NONE && i < r->mx.hosts_n; i++)
		join_host(s, a, r, scope, &r->mx.hosts[i]);
	return 0;
}

/* ---- in the place of the run ------------------------------------------------------------- */

static void remove_folder(const char *path)
{
	char file[PATH_MAX_TEXT + 256];
	DIR *d = opendir(path);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		unlink(file); /* not "." and ".." */
	}
	if (d != NULL)
		closedir(d);
	rmdir(path);
}

static int move_file(const char *from, const char *to, const char *name, struct errmsg *err)
{
	char old[PATH_MAX_TEXT + 256], new[PATH_MAX_TEXT + 256];

	snprintf(old, sizeof(old), "%s/%s", from, name);
	snprintf(new, sizeof(new), "%s/%s", to, name);
	if (rename(old, new) == 0 || errno == ENOENT)
		return 0;
	return errmsg_set(err, "cannot rename '%s': %s", old, strerror(errno));
}

static void sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

bool host_join_pending(const char *dir)
{
	char path[PATH_MAX_TEXT];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" JUDGED, dir);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int host_join_finish(const char *dir, struct errmsg *err)
{
	char path[PATH_MAX_TEXT];
	int rc = 0;

	snprintf(path, sizeof(path), "%s/" JUDGED, dir);
	DIR *d = opendir(path);
	if (d == NULL)
		return errmsg_set(err, "cannot read '%s': %s", path, strerror(errno));
	for (struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.' && strcmp(e->d_name, LAST) != 0)
			rc = move_file(path, dir, e->d_name, err);
	closedir(d);
	if (rc == 0)
		rc = move_file(path, dir, LAST, err);
	sync_folder(dir);
	if (rc == 0 && rmdir(path) != 0)
		rc = errmsg_set(err, "cannot remove '%s': %s", path, strerror(errno));
	return rc;
}

/* What was written is whole: from here on it is the run. */
static int join_commit(const char *dir, const char *judging, struct errmsg *err)
{
	char judged[PATH_MAX_TEXT];

	snprintf(judged, sizeof(judged), "%s/" JUDGED, dir);
	sync_folder(judging);
	if (rename(judging, judged) != 0)
		return errmsg_set(err, "cannot rename '%s': %s", judging, strerror(errno));
	sync_folder(dir);
	return host_join_finish(dir, err);
}

/* ---- all records ------------------------------------------------------------------------- */

static struct runinfo_hosts join_totals(const struct host_stage *s)
{
	const struct host_plan_totals *t = &s->outcome.totals;

	return (struct runinfo_hosts){
		.done = true,
		.hosts = host_table_n(s->table),
		.visits = t->visits,
		.again = t->retried,
		.refusing = t->blocked,
		.crashed = t->crashed,
	};
}

static int join_all(struct host_stage *s, struct run_rewrite *w)
{
	int status = run_rewrite_open(w, &s->err) == 0 ? run_rewrite_all(w, &s->err) : CMD_FAILURE;

	for (unsigned i = 0; i < w->remarks.n; i++)
		fprintf(stderr, "mtasweep %s: %s\n", s->command, w->remarks.v[i]);
	s->records = w->records;
	if (status == CMD_OK && s->in_place && w->damaged > 0) {
		errmsg_set(&s->err, "'%s' cannot be read as a whole any more; it stays as it is",
			   s->to);
		return CMD_FAILURE;
	}
	return status;
}

int host_stage_join(struct host_stage *s)
{
	struct run_rewrite *w = calloc(1, sizeof(*w));
	struct runinfo_hosts hosts = join_totals(s);
	char judging[PATH_MAX_TEXT];
	unsigned args_n = 0;

	if (w == NULL) {
		errmsg_set(&s->err, "no memory");
		return CMD_FAILURE;
	}
	while (s->args[args_n] != NULL)
		args_n++;
	snprintf(judging, sizeof(judging), "%s/" JUDGING, s->to);
	*w = (struct run_rewrite){
		.from = s->from,
		.from_n = s->from_n,
		.to = s->in_place ? judging : s->to,
		.made = !s->in_place,
		.same = s->in_place,
		.hosts = &hosts,
		.what = "probed",
		.args = s->args,
		.args_n = args_n,
		.judge = &s->options->judge,
		.change = join_record,
		.user = s,
	};
	if (s->in_place)
		remove_folder(judging); /* of a join that was broken off */
	int status = join_all(s, w);
	run_rewrite_close(w);
	free(w);
	if (status == CMD_OK && s->in_place && join_commit(s->to, judging, &s->err) != 0)
		status = CMD_FAILURE;
	return status;
}
