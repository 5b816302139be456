/* host_shards.c - see host_shards.h. */
#include "scanner/cli/host_shards.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/run/run_set.h"
#include "output/run/runinfo.h"
#include "scanner/base/clock.h"
#include "scanner/cli/host_key.h"
#include "scanner/options/scan_config.h"

#define PATH_ROOM 4200

/* ---- a shard's run.json ------------------------------------------------------------------ */

int host_shards_write(const struct host_stage *s, bool completed, struct errmsg *err)
{
	const struct host_plan_totals *t = &s->outcome.totals;
	struct resolver_list resolvers = {0};
	struct runinfo *info = calloc(1, sizeof(*info));
	char *configuration = NULL;

	if (info != NULL && scan_options_resolvers(s->options, &resolvers, err) == 0)
		configuration = scan_config_json(s->options, &resolvers);
	resolver_list_release(&resolvers);
	if (configuration == NULL) {
		free(info);
		return errmsg_set(err, "no memory for a shard's run.json, or no resolver");
	}
	runinfo_here(info, s->args);
	info->configuration = configuration;
	info->shard = s->options->shard;
	info->shards = s->options->shards;
	info->started_at_ms = s->started_ms;
	info->ended_at_ms = completed ? clock_wall_ms() : 0;
	info->completed = info->mx_hosts.done = completed;
	info->mx_hosts.hosts = s->dealt_n;
	info->mx_hosts.visits = t->visits;
	info->mx_hosts.again = t->retried;
	info->mx_hosts.refusing = t->blocked;
	info->mx_hosts.crashed = t->crashed;
	int rc = runinfo_write(s->to, info, err);
	free(configuration);
	free(info);
	return rc;
}

/* ---- all of them ------------------------------------------------------------------------- */

struct host_shards {
	unsigned n, shards;
	char *dirs[HOST_SHARDS_MAX];	/* by number, from 0 */
	char *asked;			/* whose hosts, as JSON; of the first */
	struct host_plan_totals totals; /* of the visits */
};

/* They must all have been asked for the same. */
static int shard_compare(struct host_shards *h, const struct runinfo *info, const char *dir,
			 struct errmsg *err)
{
	char *text = scan_config_hosts(info->configuration);
	int rc = 0;

	if (text == NULL)
		return errmsg_set(err, "%s is no shard of a probe", dir);
	if (h->asked == NULL) {
		h->asked = text;
		return 0;
	}
	if (strcmp(h->asked, text) != 0)
		rc = errmsg_set(err,
				"%s was probed with other options than the other shards: %s, "
				"not %s",
				dir, text, h->asked);
	free(text);
	return rc;
}

static int shard_keep(struct host_shards *h, const struct runinfo *info, const char *dir,
		      struct errmsg *err)
{
	if (info->shards < 1 || info->shards > HOST_SHARDS_MAX || info->shard < 1 ||
	    info->shard > info->shards)
		return errmsg_set(err, "%s is no shard of a probe", dir);
	if (!info->completed || !info->mx_hosts.done)
		return errmsg_set(err, "%s is not finished; go on there with --resume", dir);
	if (h->shards != 0 && info->shards != h->shards)
		return errmsg_set(err, "%s is one of %u shards, others are of %u", dir,
				  info->shards, h->shards);
	if (h->dirs[info->shard - 1] != NULL)
		return errmsg_set(err, "shard %u is there twice: %s and %s", info->shard,
				  h->dirs[info->shard - 1], dir);
	h->shards = info->shards;
	h->dirs[info->shard - 1] = strdup(dir);
	h->n++;
	h->totals.visits += (unsigned)info->mx_hosts.visits;
	h->totals.retried += (unsigned)info->mx_hosts.again;
	h->totals.blocked += (unsigned)info->mx_hosts.refusing;
	h->totals.crashed += (unsigned)info->mx_hosts.crashed;
	return h->dirs[info->shard - 1] != NULL ? 0 : errmsg_set(err, "no memory for shards");
}

static int shard_add(struct host_shards *h, const char *dir, struct errmsg *err)
{
	struct runinfo *info = calloc(1, sizeof(*info));

	if (info == NULL)
		return errmsg_set(err, "no memory for shards");
	int rc = runinfo_read(dir, info, err);
	if (rc == 0) {
		rc = shard_compare(h, info, dir, err);
		if (rc == 0)
			rc = shard_keep(h, info, dir, err);
		runinfo_release(info);
	}
	free(info);
	return rc;
}

/* A directory that is none itself, and holds some. */
static int shards_in(struct host_shards *h, const char *dir, struct errmsg *err)
{
	unsigned shard, shards, before = h->n;
	char path[PATH_ROOM];
	const struct dirent *entry;
	DIR *d = opendir(dir);
	int rc = 0;

	while (d != NULL && rc == 0 && (entry = readdir(d)) != NULL) {
		if (!run_set_shard_name(entry->d_name, &shard, &shards))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >= (int)sizeof(path))
			rc = errmsg_set(err, "%.100s...: the path is too long", dir);
		else
			rc = shard_add(h, path, err);
	}
	if (d != NULL)
		closedir(d);
	if (rc == 0 && h->n == before)
		rc = errmsg_set(err, "%s holds no shard of a probe (shard-K-of-N)", dir);
	return rc;
}

static int shards_all_there(const struct host_shards *h, struct errmsg *err)
{
	for (unsigned i = 0; i < h->shards; i++)
		if (h->dirs[i] == NULL)
			return errmsg_set(err, "shard %u of %u is missing", i + 1, h->shards);
	return 0;
}

struct host_shards *host_shards_open(const char *const *dirs, unsigned n, struct scan_options *o,
				     struct errmsg *err)
{
	struct host_shards *h = calloc(1, sizeof(*h));
	char path[PATH_ROOM];
	int rc = 0;

	if (h == NULL) {
		errmsg_set(err, "no memory for shards");
		return NULL;
	}
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		snprintf(path, sizeof(path), "%s/run.json", dirs[i]);
		rc = access(path, F_OK) == 0 ? shard_add(h, dirs[i], err)
					     : shards_in(h, dirs[i], err);
	}
	if (rc == 0)
		rc = shards_all_there(h, err);
	if (rc == 0) {
		scan_config_take_hosts(h->asked, o);
		return h;
	}
	host_shards_free(h);
	return NULL;
}

int host_shards_load(const struct host_shards *h, struct host_stage *s, struct errmsg *err)
{
	for (unsigned i = 0; i < h->shards; i++)
		if (host_table_load(s->table, h->dirs[i], err) != 0)
			return -1;
	for (unsigned i = 0; i < host_table_n(s->table); i++) {
		const struct host_entry *e = host_table_at(s->table, i);
		if (e->line == NULL)
			return errmsg_set(
				err,
				"no shard has visited %s (%s should have): these are not the "
				"shards of a probe of these runs",
				e->name, h->dirs[host_key_shard(host_key(e->name), h->shards) - 1]);
	}
	s->outcome.totals = h->totals;
	return 0;
}

void host_shards_free(struct host_shards *h)
{
	if (h == NULL)
		return;
	for (unsigned i = 0; i < HOST_SHARDS_MAX; i++)
		free(h->dirs[i]);
	free(h->asked);
	free(h);
}
