/* scan_options.c - see scan_options.h. */
#include "scanner/options/scan_options.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "scanner/hosts/curl_loop.h"
#include "scanner/hosts/tls_facts.h"

#define FILES_OTHER 64u /* files, pipes and libraries of one process */

/* A number of the environment; -1 when it is not there, -2 when it is none. */
static long env_number(const char *name)
{
	const char *text = getenv(name);
	char *end;

	if (text == NULL || *text == '\0')
		return -1;
	long v = strtol(text, &end, 10);
	return *end == '\0' && v >= 0 ? v : -2;
}

/* Slurm counts the tasks of this submission only: of "--array=3" it says that there is one, which
 * would be the whole list. So an array is a division only when it is 1-N or 0-N. */
static bool slurm_shard(long *k, long *n)
{
	long first = env_number("SLURM_ARRAY_TASK_MIN"), last = env_number("SLURM_ARRAY_TASK_MAX");

	*n = env_number("SLURM_ARRAY_TASK_COUNT");
	*k = env_number("SLURM_ARRAY_TASK_ID") - first + 1;
	return (first == 0 || first == 1) && last - first + 1 == *n;
}

int scan_options_environment(struct scan_options *o, struct errmsg *err)
{
	bool slurm = env_number("SLURM_ARRAY_TASK_ID") != -1;
	bool kubernetes = env_number("JOB_COMPLETION_INDEX") != -1;
	long k = 1, n = 1;

	if (o->shards > 0)
		return 0;
	if (slurm && !slurm_shard(&k, &n))
		return errmsg_set(
			err,
			"SLURM_ARRAY_TASK_ID is set, but this array is not 1-N, so how many shards "
			"there are is not known; give --shard K/N, or --shard 1/1 for the whole "
			"list");
	if (!slurm && kubernetes) { /* counts from 0; of how many is for the manifest to say */
		k = env_number("JOB_COMPLETION_INDEX") + 1;
		n = env_number("JOB_COMPLETIONS");
	}
	if (k < 1 || n < k || n > SCAN_SHARDS_MAX)
		return errmsg_set(
			err,
			"%s is set, but %s does not say of how many; give --shard K/N, or "
			"--shard 1/1 for the whole list",
			slurm ? "SLURM_ARRAY_TASK_ID" : "JOB_COMPLETION_INDEX",
			slurm ? "SLURM_ARRAY_TASK_COUNT" : "JOB_COMPLETIONS");
	o->shard = (unsigned)k;
	o->shards = (unsigned)n;
	return 0;
}

unsigned scan_asking(unsigned concurrency)
{
	unsigned quarter = concurrency / 4;

	assert(concurrency > 0);
	return concurrency < SCAN_ASKING ? concurrency
	       : quarter > SCAN_ASKING	 ? quarter
					 : SCAN_ASKING;
}

void scan_options_init(struct scan_options *o)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	*o = (struct scan_options){
		.workers = processors > 0 && processors <= (long)SCAN_WORKERS_MAX
				   ? (unsigned)processors
				   : 1,
		.concurrency = 4000,
		.host_rate = 20,
		.host_concurrency = 10,
		.timeout_dns_ms = 3000,
		.timeout_fetch_ms = 60000,
		.retries = 4,
		.https_port = 443,
		.smtp_port = 25,
		.timeout_smtp_ms = 120000,
		.smtp_rate = 2,
		.smtp_concurrency = 4,
		.visits = 200,
		.smtp_retries = 2,
		.smtp_pause_ms = 300000,
		.sample = 1,
		.level = 3,
		.sandbox = true,
	};
	judge_config_init(&o->judge);
}

unsigned scan_worker_files(unsigned resolvers, unsigned fetch_slots)
{
	return FILES_OTHER + DNS_SOCKETS_MAX * resolvers + SCAN_FETCH_FILES * fetch_slots;
}

uint64_t scan_options_draw_seed(void)
{
	return (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
}

int scan_options_resolvers(const struct scan_options *o, struct resolver_list *out,
			   struct errmsg *err)
{
	assert(out->n == 0); /* else the system's would not be taken where none is named */
	for (unsigned i = 0; i < o->resolver_args_n; i++)
		if (resolver_list_add(out, o->resolver_args[i], err) != 0)
			return -1;
	if (o->resolvers_file != NULL && resolver_list_add_file(out, o->resolvers_file, err) != 0)
		return -1;
	if (out->n > 0)
		return 0;
	return resolver_list_add_system(out, "/etc/resolv.conf", err);
}

struct reach *scan_options_reach(const struct scan_options *o, struct errmsg *err)
{
	struct reach *r = reach_new();

	if (r == NULL) {
		errmsg_set(err, "out of memory");
		return NULL;
	}
	for (unsigned i = 0; i < o->allow_net_n; i++)
		if (reach_allow(r, o->allow_net[i], err) != 0)
			goto fail;
	for (unsigned i = 0; i < o->exclude_n; i++)
		if (reach_exclude_file(r, o->exclude[i], err) != 0)
			goto fail;
	return r;
fail:
	reach_free(r);
	return NULL;
}

struct tls_trust *scan_options_trust(const struct scan_options *o, struct errmsg *err)
{
	return tls_trust_load(o->ca_file, curl_loop_system_bundle(), err);
}

int scan_options_check(const struct scan_options *o, struct resolver_list *out, struct errmsg *err)
{
	if (scan_options_resolvers(o, out, err) != 0)
		return -1;
	struct reach *reach = scan_options_reach(o, err);
	if (reach == NULL)
		return -1;
	reach_free(reach);
	struct tls_trust *trust = scan_options_trust(o, err);
	if (trust == NULL)
		return -1;
	tls_trust_free(trust);
	return 0;
}
