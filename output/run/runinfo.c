/* runinfo.c - run.json by jansson; see runinfo.h. Not on any hot path. */
#include "output/run/runinfo.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output/base/outfile.h"
#include "output/base/runfile.h"
#include "output/text/json.h"

#define RUNINFO_MAX (64u << 20) /* bytes; each resolver and input takes 200 */

static json_t *runinfo_string(struct span s)
{
	struct buf b;
	json_t *v = NULL;

	if (json_keeps(s))
		return json_stringn(s.p, s.n);
	/* A path is bytes: what is no text is replaced as in records. */
	buf_init(&b, 6 * s.n + 16);
	json_str(&b, s);
	if (!b.failed)
		v = json_loadb(b.p, b.n, JSON_DECODE_ANY, NULL);
	buf_release(&b);
	return v;
}

static json_t *runinfo_time(int64_t ms)
{
	struct buf b;

	if (ms == 0)
		return json_null();
	buf_init(&b, 64);
	json_time_ms(&b, ms);
	json_t *v = b.failed ? NULL : json_stringn(b.p + 1, b.n - 2);
	buf_release(&b);
	return v;
}

static json_t *runinfo_inputs(const struct runinfo *info)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < info->inputs_n; i++) {
		const struct runinfo_input *in = &info->inputs[i];
		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:I}", "path", runinfo_string(span_str(in->path)),
				  "sha256",
				  in->sha256[0] != '\0' ? json_string(in->sha256) : json_null(),
				  "bytes", (json_int_t)in->bytes));
	}
	return list;
}

static json_t *runinfo_resolvers(const struct runinfo *info)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < info->resolvers_n; i++) {
		const struct runinfo_resolver *r = &info->resolvers[i];
		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "address",
				  runinfo_string(span_str(r->address)), "state",
				  runinfo_string(span_str(r->state)), "sent", (json_int_t)r->sent,
				  "answered", (json_int_t)r->answered, "timeouts",
				  (json_int_t)r->timeouts, "servfail", (json_int_t)r->servfail,
				  "refused", (json_int_t)r->refused));
	}
	return list;
}

/* Only where there was such a pass. */
static void runinfo_add_hosts(json_t *run, const struct runinfo_hosts *h)
{
	if (h->done)
		json_object_set_new(run, "mx_hosts",
				    json_pack("{s:I, s:I, s:I, s:I, s:I}", "hosts",
					      (json_int_t)h->hosts, "visits", (json_int_t)h->visits,
					      "again", (json_int_t)h->again, "refusing",
					      (json_int_t)h->refusing, "crashed",
					      (json_int_t)h->crashed));
}

static json_t *runinfo_json(const struct runinfo *info)
{
	json_t *args = json_array();
	json_t *configuration = NULL;

	for (unsigned i = 0; i < info->args_n; i++)
		json_array_append_new(args, runinfo_string(span_str(info->args[i])));
	if (info->configuration != NULL)
		configuration = json_loads(info->configuration, 0, NULL);
	if (configuration == NULL)
		configuration = json_object();
	json_t *totals = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "lines", (json_int_t)info->totals.lines,
		"blank", (json_int_t)info->totals.blank, "comments",
		(json_int_t)info->totals.comments, "elsewhere", (json_int_t)info->totals.elsewhere,
		"records", (json_int_t)info->totals.records, "frames",
		(json_int_t)info->totals.frames, "bytes", (json_int_t)info->totals.bytes);
	return json_pack(
		"{s:i, s:s, s:b, s:o, s:o, s:I, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o}",
		"schema", RUNINFO_SCHEMA, "version", info->version, "completed", info->completed,
		"started_at", runinfo_time(info->started_at_ms), "ended_at",
		runinfo_time(info->ended_at_ms), "resumed", (json_int_t)info->resumed, "vantage",
		runinfo_string(span_str(info->vantage)), "folder",
		runinfo_string(span_str(info->folder)), "command", args, "shard",
		(json_int_t)(info->shard > 0 ? info->shard : 1), "shards",
		(json_int_t)(info->shards > 0 ? info->shards : 1), "inputs", runinfo_inputs(info),
		"totals", totals, "resolvers", runinfo_resolvers(info), "configuration",
		configuration);
}

void runinfo_here(struct runinfo *info, char *const *args)
{
	snprintf(info->version, sizeof(info->version), "%s", MTASWEEP_VERSION);
	if (gethostname(info->vantage, sizeof(info->vantage) - 1) != 0)
		info->vantage[0] = '\0';
	if (getcwd(info->folder, sizeof(info->folder)) == NULL)
		info->folder[0] = '\0';
	for (; *args != NULL && info->args_n < RUNINFO_ARGS_MAX; args++)
		info->args[info->args_n++] = *args;
}

int runinfo_write(const char *dir, const struct runinfo *info, struct errmsg *err)
{
	json_t *v = runinfo_json(info);

	if (v != NULL)
		runinfo_add_hosts(v, &info->mx_hosts);
	char *text = v != NULL ? json_dumps(v, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
	struct outfile file;
	int rc = -1;

	json_decref(v);
	if (text == NULL)
		return errmsg_set(err, "no memory for run.json");
	if (outfile_open(&file, dir, "run.json", err) == 0) {
		fputs(text, file.out);
		fputc('\n', file.out);
		rc = outfile_commit(&file, err);
	}
	free(text);
	return rc;
}

/* ---- reading ----------------------------------------------------------------------------- */

static void runinfo_copy(char *out, size_t cap, const json_t *v)
{
	const char *s = json_string_value(v);
	size_t n = s != NULL ? strlen(s) : 0;

	if (n >= cap)
		n = cap - 1;
	while (n > 0 && s != NULL && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(out, s, n);
	out[n] = '\0';
}

static uint64_t runinfo_count(const json_t *object, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(object, key));

	return v > 0 ? (uint64_t)v : 0;
}

static bool runinfo_number(const char **p, unsigned n, int64_t *v)
{
	*v = 0;
	while (n-- > 0) {
		if (**p < '0' || **p > '9')
			return false;
		*v = *v * 10 + (*(*p)++ - '0');
	}
	return true;
}

int64_t runinfo_time_parse(const char *p)
{
	static const char separators[] = "--T::.Z";
	static const unsigned digits[] = {4, 2, 2, 2, 2, 2, 3};
	int64_t part[7];

	for (int i = 0; p != NULL && i < 7; i++)
		if (!runinfo_number(&p, digits[i], &part[i]) || *p++ != separators[i])
			return 0;
	if (p == NULL || part[1] < 1 || part[1] > 12)
		return 0;
	struct tm tm = {.tm_year = (int)part[0] - 1900,
			.tm_mon = (int)part[1] - 1,
			.tm_mday = (int)part[2],
			.tm_hour = (int)part[3],
			.tm_min = (int)part[4],
			.tm_sec = (int)part[5]};
	return (int64_t)timegm(&tm) * 1000 + part[6];
}

static void runinfo_read_hosts(const json_t *run, struct runinfo_hosts *h)
{
	const json_t *v = json_object_get(run, "mx_hosts");

	h->done = json_is_object(v);
	h->hosts = runinfo_count(v, "hosts");
	h->visits = runinfo_count(v, "visits");
	h->again = runinfo_count(v, "again");
	h->refusing = runinfo_count(v, "refusing");
	h->crashed = runinfo_count(v, "crashed");
}

static void runinfo_read_lists(const json_t *v, struct runinfo *info)
{
	size_t i;
	json_t *e;

	json_array_foreach(json_object_get(v, "inputs"), i, e)
	{
		if (info->inputs_n == RUNINFO_INPUTS_MAX)
			break;
		struct runinfo_input *in = &info->inputs[info->inputs_n++];
		runinfo_copy(in->path, sizeof(in->path), json_object_get(e, "path"));
		runinfo_copy(in->sha256, sizeof(in->sha256), json_object_get(e, "sha256"));
		if (in->sha256[strspn(in->sha256, "0123456789abcdef")] != '\0')
			in->sha256[0] = '\0'; /* it is shown as it is, and this is none */
		in->bytes = runinfo_count(e, "bytes");
	}
	json_array_foreach(json_object_get(v, "resolvers"), i, e)
	{
		if (info->resolvers_n == RUNINFO_RESOLVERS_MAX)
			break;
		struct runinfo_resolver *r = &info->resolvers[info->resolvers_n++];
		runinfo_copy(r->address, sizeof(r->address), json_object_get(e, "address"));
		runinfo_copy(r->state, sizeof(r->state), json_object_get(e, "state"));
		r->sent = runinfo_count(e, "sent");
		r->answered = runinfo_count(e, "answered");
		r->timeouts = runinfo_count(e, "timeouts");
		r->servfail = runinfo_count(e, "servfail");
		r->refused = runinfo_count(e, "refused");
	}
}

static int runinfo_read_texts(const json_t *v, struct runinfo *info)
{
	json_t *configuration = json_object_get(v, "configuration"), *e;
	size_t i;

	info->owned = true;
	json_array_foreach(json_object_get(v, "command"), i, e)
	{
		if (info->args_n == RUNINFO_ARGS_MAX || !json_is_string(e))
			break;
		info->args[info->args_n] = strdup(json_string_value(e));
		if (info->args[info->args_n] == NULL)
			return -1;
		info->args_n++;
	}
	if (json_is_object(configuration)) {
		info->configuration = json_dumps(configuration, JSON_COMPACT);
		if (info->configuration == NULL)
			return -1;
	}
	return 0;
}

int runinfo_read(const char *dir, struct runinfo *info, struct errmsg *err)
{
	char path[4096];
	json_error_t error;

	*info = (struct runinfo){0};
	if (snprintf(path, sizeof(path), "%s/run.json", dir) >= (int)sizeof(path))
		return errmsg_set(err, "%.100s...: the path is too long", dir);
	FILE *in = runfile_stream(path, RUNINFO_MAX);
	if (in == NULL)
		return errmsg_set(err, "%s: %s", path, runfile_error(errno));
	json_t *v = json_loadf(in, 0, &error);
	fclose(in);
	if (v == NULL)
		return errmsg_set(err, "%s: %s", path, error.text);
	if (!json_is_object(v) || runinfo_count(v, "schema") == 0) {
		json_decref(v);
		return errmsg_set(err, "%s: not a description of a run", path);
	}
	runinfo_copy(info->version, sizeof(info->version), json_object_get(v, "version"));
	runinfo_copy(info->vantage, sizeof(info->vantage), json_object_get(v, "vantage"));
	runinfo_copy(info->folder, sizeof(info->folder), json_object_get(v, "folder"));
	info->completed = json_is_true(json_object_get(v, "completed"));
	info->started_at_ms =
		runinfo_time_parse(json_string_value(json_object_get(v, "started_at")));
	info->ended_at_ms = runinfo_time_parse(json_string_value(json_object_get(v, "ended_at")));
	info->resumed = (unsigned)runinfo_count(v, "resumed");
	info->shard = (unsigned)runinfo_count(v, "shard");
	info->shards = (unsigned)runinfo_count(v, "shards");
	const json_t *totals = json_object_get(v, "totals");
	info->totals.lines = runinfo_count(totals, "lines");
	info->totals.blank = runinfo_count(totals, "blank");
	info->totals.comments = runinfo_count(totals, "comments");
	info->totals.elsewhere = runinfo_count(totals, "elsewhere");
	info->totals.records = runinfo_count(totals, "records");
	info->totals.frames = runinfo_count(totals, "frames");
	info->totals.bytes = runinfo_count(totals, "bytes");
	runinfo_read_hosts(v, &info->mx_hosts);
	runinfo_read_lists(v, info);
	int rc = runinfo_read_texts(v, info);
	json_decref(v);
	if (rc != 0) {
		runinfo_release(info);
		return errmsg_set(err, "no memory for %s", path);
	}
	return 0;
}

void runinfo_release(struct runinfo *info)
{
	if (info->owned) {
		for (unsigned i = 0; i < info->args_n; i++)
			free((void *)(uintptr_t)info->args[i]);
		free((void *)(uintptr_t)info->configuration);
	}
	*info = (struct runinfo){0};
}

const char *runinfo_input_name(const struct runinfo_input *input)
{
	const char *slash = strrchr(input->path, '/');

	if (strcmp(input->path, "-") == 0)
		return "standard input";
	return slash != NULL && slash[1] != '\0' ? slash + 1 : input->path;
}

bool runinfo_same_input(const struct runinfo *a, const struct runinfo *b)
{
	if (a->inputs_n != b->inputs_n || a->inputs_n == 0)
		return false;
	for (unsigned i = 0; i < a->inputs_n; i++)
		if (a->inputs[i].sha256[0] == '\0' ||
		    strcmp(a->inputs[i].sha256, b->inputs[i].sha256) != 0)
			return false;
	return true;
}

bool runinfo_same_shards(const struct runinfo *a, const struct runinfo *b)
{
	return a->shards > 1 && a->shards == b->shards && runinfo_same_input(a, b);
}
