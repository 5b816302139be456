/* run_set.c - from names to the runs behind them; see run_set.h. */
#include "output/run/run_set.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/run/shards.h"

#define SET_PATH_MAX 4096

static bool set_has(const char *folder, const char *name)
{
	char path[SET_PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

bool run_set_shard_name(const char *name, unsigned *shard, unsigned *shards)
{
	return shards_name(name, shard, shards);
}

bool run_set_is_run(const char *folder)
{
	return set_has(folder, "results.ndjson.zst") || set_has(folder, "results.ndjson");
}

static int set_push(struct run_set *set, struct shard_run *runs, struct shard_run run,
		    struct errmsg *err)
{
	if (set->n == RUN_SET_MAX)
		return errmsg_set(err, "more than %u runs at once; merge some of them first",
				  RUN_SET_MAX);
	run.path = strdup(run.path);
	if (run.path == NULL)
		return errmsg_set(err, "no memory for a list of runs");
	runs[set->n] = run;
	set->v[set->n++] = run.path;
	return 0;
}

static int by_shard(const void *a, const void *b)
{
	const struct shard_run *x = a, *y = b;

	if (x->shards != y->shards)
		return x->shards < y->shards ? -1 : 1;
	return (x->shard > y->shard) - (x->shard < y->shard);
}

/* Adds the shards in it. 0 or -1 (err). */
static int set_add_folder(struct run_set *set, struct shard_run *runs, const char *folder,
			  int number, struct errmsg *err)
{
	unsigned first = set->n;
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return errmsg_set(err, "%s: %s", folder, strerror(errno));
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		struct shard_run run = {.folder = number};
		char path[SET_PATH_MAX];
		struct stat st;
		if (!shards_name(entry->d_name, &run.shard, &run.shards))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >=
		    (int)sizeof(path)) {
			rc = errmsg_set(err, "%.100s...: the path is too long", folder);
			break;
		}
		if (stat(path, &st) != 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
			rc = errmsg_set(err, "%s is no run: neither a directory nor a file", path);
			break;
		}
		run.path = path;
		rc = set_push(set, runs, run, err);
	}
	closedir(dir);
	if (rc != 0)
		return rc;
	qsort(runs + first, set->n - first, sizeof(*runs), by_shard);
	for (unsigned i = first; i < set->n; i++)
		set->v[i] = runs[i].path;
	return 0;
}

/* run.json of those that have one. */
static void set_describe(struct shard_run *runs, struct runinfo *infos, unsigned n)
{
	struct errmsg none; /* run_open() says what is wrong with it */

	for (unsigned i = 0; i < n; i++) {
		assert(runs[i].path != NULL);
		if (strcmp(runs[i].path, "-") != 0 && set_has(runs[i].path, "run.json") &&
		    runinfo_read(runs[i].path, &infos[i], &none) == 0)
			runs[i].info = &infos[i];
	}
}

static int set_judge(struct run_set *set, struct shard_run *runs, struct remarks *remarks,
		     struct errmsg *err)
{
	struct runinfo *infos = calloc(set->n, sizeof(*infos));

	assert(set->n > 0);
	if (infos == NULL)
		return errmsg_set(err, "no memory for a list of runs");
	set_describe(runs, infos, set->n);
	int rc = shards_judge(set, runs, set->n, remarks, err);
	for (unsigned i = 0; i < set->n; i++)
		runinfo_release(&infos[i]);
	free(infos);
	return rc;
}

bool run_set_is_shards(const char *name)
{
	struct stat st;
	DIR *dir = NULL;
	const struct dirent *entry;
	unsigned shard, shards;
	bool found = false;

	if (strcmp(name, "-") != 0 && stat(name, &st) == 0 && S_ISDIR(st.st_mode) &&
	    !run_set_is_run(name))
		dir = opendir(name);
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = shards_name(entry->d_name, &shard, &shards);
	if (dir != NULL)
		closedir(dir);
	return found;
}

int run_set_open(struct run_set *set, const char *const *names, unsigned n, struct remarks *remarks,
		 struct errmsg *err)
{
	struct shard_run *runs = calloc(RUN_SET_MAX, sizeof(*runs));
	int rc = 0;

	*set = (struct run_set){0};
	if (runs == NULL)
		return errmsg_set(err, "no memory for a list of runs");
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = run_set_is_shards(names[i])
			     ? set_add_folder(set, runs, names[i], (int)i, err)
			     : set_push(set, runs, (struct shard_run){names[i], .folder = -1}, err);
	if (rc == 0 && set->n > 0)
		rc = set_judge(set, runs, remarks, err);
	free(runs);
	return rc;
}

void run_set_release(struct run_set *set)
{
	for (unsigned i = 0; i < set->n; i++)
		free((void *)(uintptr_t)set->v[i]);
	set->n = 0;
}
