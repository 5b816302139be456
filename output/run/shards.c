/*
 * shards.c - see shards.h.
 *
 * What other versions and options mean for the numbers depends on which they are, so they are said
 * and nothing more. Another list or another sample means that names were left out by all or scanned
 * twice: such a directory is refused.
 */
#include "output/run/shards.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/text/buf.h"

#define SHARDS_TEXT 200 /* of a list in a remark */

/* Runs that belong together; `v` has n of them, by number. */
struct shards_group {
	unsigned n;
	const struct shard_run *v[RUN_SET_MAX];
};

/* ---- names ------------------------------------------------------------------------------- */

/* A number without leading zeros, up to the length of RUN_SET_MAX's; 0 when there is none. */
static unsigned name_number(const char **p)
{
	unsigned v = 0;

	if (**p == '0')
		return 0;
	for (unsigned digits = 0; **p >= '0' && **p <= '9' && digits < 6; digits++)
		v = v * 10 + (unsigned)(*(*p)++ - '0');
	return v;
}

static bool name_skip(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

bool shards_name(const char *name, unsigned *shard, unsigned *shards)
{
	*shard = *shards = 0;
	return name_skip(&name, "shard-") && (*shard = name_number(&name)) > 0 &&
	       name_skip(&name, "-of-") && (*shards = name_number(&name)) > 0 && *name == '\0' &&
	       *shard <= *shards;
}

/* ---- what cannot be one scan ------------------------------------------------------------- */

static double sample_of(const json_t *configuration)
{
	const json_t *sample = json_object_get(configuration, "sample");

	return json_is_number(sample) ? json_number_value(sample) : 1;
}

/* Each shard may draw with a seed of its own: all the same it is a sample of that share. */
static bool same_sample(const struct runinfo *a, const struct runinfo *b)
{
	json_t *x = json_loads(a->configuration != NULL ? a->configuration : "{}", 0, NULL);
	json_t *y = json_loads(b->configuration != NULL ? b->configuration : "{}", 0, NULL);
	double p = sample_of(x), q = sample_of(y);

	json_decref(x);
	json_decref(y);
	return fabs(p - q) < 1e-9;
}

static bool other_input(const struct runinfo *a, const struct runinfo *b)
{
	if (a->inputs_n != b->inputs_n)
		return true;
	for (unsigned i = 0; i < a->inputs_n; i++)
		if (a->inputs[i].sha256[0] != '\0' && b->inputs[i].sha256[0] != '\0' &&
		    strcmp(a->inputs[i].sha256, b->inputs[i].sha256) != 0)
			return true;
	return false;
}

static int no_scan(const struct shard_run *a, const struct shard_run *b, const char *why,
		   struct errmsg *err)
{
	return errmsg_set(err,
			  "%s and %s are no parts of one scan: %s. Keep scans in directories of "
			  "their own, or name the runs one by one to add them up all the same",
			  a->path, b->path, why);
}

/* Of shards in one directory. 0 or -1 (err). */
static int one_scan(const struct shards_group *g, struct errmsg *err)
{
	const struct shard_run *first = NULL; /* with a run.json */

	for (unsigned i = 0; i < g->n; i++) {
		const struct shard_run *run = g->v[i];
		if (run->shards != g->v[0]->shards)
			return no_scan(g->v[0], run, "they are of different numbers of shards",
				       err);
		if (run->info == NULL)
			continue;
		if (run->info->shard != run->shard || run->info->shards != run->shards)
			return errmsg_set(err,
					  "%s is shard %u of %u, says its run.json: it was copied "
					  "or renamed; give it its name again, or remove it",
					  run->path, run->info->shard, run->info->shards);
		if (first == NULL)
			first = run;
		else if (other_input(first->info, run->info))
			return no_scan(first, run, "they read different lists", err);
		else if (!same_sample(first->info, run->info))
			return no_scan(first, run, "they took different samples", err);
	}
	return 0;
}

/* ---- what is said -------------------------------------------------------------------------- */

static const char *group_input(const struct shards_group *g)
{
	for (unsigned i = 0; i < g->n; i++)
		if (g->v[i]->info != NULL && g->v[i]->info->inputs_n > 0)
			return g->v[i]->info->inputs[0].path;
	return "the input";
}

static unsigned number_of(const struct shard_run *run)
{
	return run->folder >= 0 ? run->shard : run->info->shard;
}

static unsigned shards_of(const struct shard_run *run)
{
	return run->folder >= 0 ? run->shards : run->info->shards;
}

/* "3" or "2, 5 to 7": which numbers up to `shards` the group has not. How many. */
static unsigned missing_text(const struct shards_group *g, unsigned shards, char text[SHARDS_TEXT])
{
	unsigned missing = 0, last = 0;
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i <= g->n; i++) {
		unsigned next = i < g->n ? number_of(g->v[i]) : shards + 1;
		unsigned gap = next > last + 1 ? next - last - 1 : 0;
		if (gap > 0 && at < SHARDS_TEXT - 40)
			at += (size_t)snprintf(text + at, SHARDS_TEXT - at,
					       gap == 1 ? "%s%u" : "%s%u to %u",
					       missing > 0 ? ", " : "", last + 1, next - 1);
		else if (gap > 0 && at < SHARDS_TEXT - 8)
			at += (size_t)snprintf(text + at, SHARDS_TEXT - at, ", ...");
		missing += gap;
		last = next;
	}
	return missing;
}

static void say_missing(struct run_set *set, const struct shards_group *g, struct remarks *remarks)
{
	char text[SHARDS_TEXT];
	unsigned shards = shards_of(g->v[0]), missing = missing_text(g, shards, text);

	if (missing > 0) {
		set->shards_missing += missing;
		remarks_add(remarks, "%u of the %u shards of %s %s not here: %s", missing, shards,
			    group_input(g), missing == 1 ? "is" : "are", text);
	}
	for (unsigned i = 1; i < g->n; i++) {
		if (number_of(g->v[i]) != number_of(g->v[i - 1]))
			continue;
		set->shards_doubled++;
		remarks_add(remarks, "shard %u of %u is here twice: %s and %s", number_of(g->v[i]),
			    shards, g->v[i - 1]->path, g->v[i]->path);
	}
}

/* What each machine has of its own: it changes nothing in a record, or cannot be the same. */
static bool of_the_machine(const char *key)
{
	static const char *const keys[] = {"shard",	  "share",	 "resolvers", "workers",
					   "resolvers_n", "concurrency", "sandbox",   "seed"};

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* Appends the keys of two objects whose values differ. */
static void other_keys(json_t *a, json_t *b, struct buf *text)
{
	const char *key;
	json_t *value;

	json_object_foreach(a, key, value)
	{
		if (of_the_machine(key) || json_equal(value, json_object_get(b, key)))
			continue;
		buf_text(text, text->n > 0 ? ", " : "");
		buf_text(text, key);
	}
}

static void other_options(const struct runinfo *a, const struct runinfo *b, struct buf *text)
{
	json_t *x = json_loads(a->configuration != NULL ? a->configuration : "{}", 0, NULL);
	json_t *y = json_loads(b->configuration != NULL ? b->configuration : "{}", 0, NULL);

	other_keys(x, y, text);
	json_decref(x);
	json_decref(y);
}

/* How the shards differ from the first, the first that does. */
static void say_differences(const struct shards_group *g, struct remarks *remarks)
{
	const struct shard_run *first = NULL, *version = NULL, *options = NULL;
	struct buf keys;

	buf_init(&keys, 4096);
	for (unsigned i = 0; i < g->n; i++) {
		const struct shard_run *run = g->v[i];
		if (run->info == NULL)
			continue;
		if (first == NULL)
			first = run;
		if (version == NULL && strcmp(first->info->version, run->info->version) != 0)
			version = run;
		if (keys.n == 0) {
			other_options(first->info, run->info, &keys);
			options = run;
		}
	}
	if (version != NULL)
		remarks_add(remarks,
			    "%s was scanned by version %s, %s by %s; `mtasweep recheck` judges "
			    "them all by the same rules",
			    first->path, first->info->version, version->path,
			    version->info->version);
	if (options != NULL && keys.n > 0 && !keys.failed)
		remarks_add(remarks, "%s and %s were scanned with different options: %.*s",
			    first->path, options->path, (int)keys.n, keys.p);
	buf_release(&keys);
}

/* ---- groups -------------------------------------------------------------------------------- */

static bool together(const struct shard_run *a, const struct shard_run *b)
{
	if (a->folder >= 0 || b->folder >= 0)
		return a->folder == b->folder;
	return a->info != NULL && b->info != NULL && runinfo_same_shards(a->info, b->info);
}

static int by_number(const void *a, const void *b)
{
	const struct shard_run *x = *(const struct shard_run *const *)a,
			       *y = *(const struct shard_run *const *)b;
	unsigned k = number_of(x), m = number_of(y);

	return k != m ? (k < m ? -1 : 1) : (x > y) - (x < y);
}

/* All that belong to run i; empty when one before it did, too, or it is no shard. */
static void group_of(const struct shard_run *runs, unsigned n, unsigned i, struct shards_group *g)
{
	g->n = 0;
	if (runs[i].folder < 0 && (runs[i].info == NULL || runs[i].info->shards <= 1))
		return;
	for (unsigned k = 0; k < n; k++) {
		if (k != i && !together(&runs[i], &runs[k]))
			continue;
		if (k < i) {
			g->n = 0;
			return;
		}
		g->v[g->n++] = &runs[k];
	}
	qsort(g->v, g->n, sizeof(g->v[0]), by_number);
}

int shards_judge(struct run_set *set, const struct shard_run *runs, unsigned n,
		 struct remarks *remarks, struct errmsg *err)
{
	struct shards_group g;

	assert(n <= RUN_SET_MAX);
	for (unsigned i = 0; i < n; i++) {
		group_of(runs, n, i, &g);
		/* One that was named alone is no merge. */
		if (g.n == 0 || (n == 1 && runs[i].folder < 0))
			continue;
		if (runs[i].folder >= 0 && one_scan(&g, err) != 0)
			return -1;
		say_missing(set, &g, remarks);
		say_differences(&g, remarks);
	}
	return 0;
}
