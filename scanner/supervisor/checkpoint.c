/* checkpoint.c - see checkpoint.h. */
#include "scanner/supervisor/checkpoint.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/outfile.h"
#include "output/base/runfile.h"
#include "scanner/base/digest.h"

#define CHECKPOINT_NAME "checkpoint"
#define CHECKPOINT_SCHEMA 1
#define CHECKPOINT_MAX (256u << 20) /* bytes; a pending line takes 12 */
#define PATH_TEXT_MAX 12300u	    /* PATH_MAX bytes, each as three */

/* JSON holds no arbitrary bytes, a path does: "%" and what is not printable ASCII becomes "%XX". */
static void path_escape(const char *path, char *out, size_t cap)
{
	size_t n = 0;

	for (; *path != '\0' && n + 4 < cap; path++) {
		unsigned char b = (unsigned char)*path;
		if (b < ' ' || b > '~' || b == '%')
			n += (size_t)snprintf(out + n, cap - n, "%%%02X", b);
		else
			out[n++] = *path;
	}
	out[n] = '\0';
}

/* ---- writing ----------------------------------------------------------------------------- */

static json_t *checkpoint_json(const struct checkpoint *c)
{
	json_t *pending = json_array(), *inputs = json_array();

	for (size_t i = 0; i < c->pending_n; i++)
		json_array_append_new(pending, json_integer((json_int_t)c->pending[i]));
	for (size_t i = 0; i < c->inputs_n; i++) {
		char path[PATH_TEXT_MAX];
		path_escape(c->inputs[i].path, path, sizeof(path));
		json_array_append_new(inputs, json_pack("{s:s, s:I, s:s}", "path", path, "bytes",
							(json_int_t)c->inputs[i].bytes, "sha256",
							c->inputs[i].sha256));
	}
	return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "schema",
			 CHECKPOINT_SCHEMA, "next", (json_int_t)c->next, "bytes",
			 (json_int_t)c->bytes, "frames", (json_int_t)c->frames, "records",
			 (json_int_t)c->records, "seed", (json_int_t)c->seed, "configuration",
			 c->configuration, "inputs", inputs, "pending", pending);
}

/* Apart from the rest: in a checkpoint of an older version nothing was sent. */
static json_t *checkpoint_sent(const struct checkpoint *c)
{
	json_t *resolvers = json_array();

	for (size_t i = 0; i < c->resolvers_n; i++) {
		const struct runinfo_resolver *r = &c->resolvers[i];
		json_array_append_new(
			resolvers, json_pack("{s:s, s:s, s:[I, I, I, I, I]}", "address", r->address,
					     "state", r->state, "counts", (json_int_t)r->sent,
					     (json_int_t)r->answered, (json_int_t)r->timeouts,
					     (json_int_t)r->servfail, (json_int_t)r->refused));
	}
	return json_pack("{s:I, s:I, s:I, s:o}", "queries", (json_int_t)c->used.queries, "repeated",
			 (json_int_t)c->used.repeated, "fetches", (json_int_t)c->used.fetches,
			 "resolvers", resolvers);
}

int checkpoint_write(const char *dir, const struct checkpoint *c, struct errmsg *err)
{
	struct outfile file;
	json_t *root = checkpoint_json(c);

	if (c->names_done && root != NULL)
		json_object_set_new(root, "names_done", json_true());
	if (root != NULL)
		json_object_set_new(root, "sent", checkpoint_sent(c));
	if (root == NULL)
		return errmsg_set(err, "out of memory for the checkpoint");
	if (outfile_open(&file, dir, CHECKPOINT_NAME, err) != 0) {
		json_decref(root);
		return -1;
	}
	int rc = json_dumpf(root, file.out, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(root);
	if (rc != 0) {
		outfile_abandon(&file);
		return errmsg_set(err, "cannot write '%s': %s", file.path, strerror(errno));
	}
	return outfile_commit(&file, err);
}

void checkpoint_remove(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, CHECKPOINT_NAME);
	unlink(path);
}

/* ---- reading ----------------------------------------------------------------------------- */

static int checkpoint_read_pending(struct checkpoint *c, const json_t *array)
{
	c->pending_n = json_array_size(array);
	c->pending = calloc(c->pending_n + 1, sizeof(*c->pending));
	if (c->pending == NULL)
		return -1;
	for (size_t i = 0; i < c->pending_n; i++) {
		const json_t *item = json_array_get(array, i);
		c->pending[i] = (uint64_t)json_integer_value(item);
		if (!json_is_integer(item) || (i > 0 && c->pending[i] <= c->pending[i - 1]))
			return -1;
	}
	return 0;
}

static int checkpoint_read_inputs(struct checkpoint *c, const json_t *array)
{
	c->inputs_n = json_array_size(array);
	c->inputs = calloc(c->inputs_n + 1, sizeof(*c->inputs));
	if (c->inputs == NULL)
		return -1;
	for (size_t i = 0; i < c->inputs_n; i++) {
		const json_t *item = json_array_get(array, i);
		const char *path = json_string_value(json_object_get(item, "path"));
		const char *hash = json_string_value(json_object_get(item, "sha256"));
		if (path == NULL || hash == NULL || strlen(hash) > 64)
			return -1;
		c->inputs[i].path = strdup(path);
		c->inputs[i].bytes = (uint64_t)json_integer_value(json_object_get(item, "bytes"));
		snprintf(c->inputs[i].sha256, sizeof(c->inputs[i].sha256), "%s", hash);
		if (c->inputs[i].path == NULL)
			return -1;
	}
	return 0;
}

static int checkpoint_read_resolvers(struct checkpoint *c, json_t *array)
{
	size_t n = json_array_size(array);

	c->resolvers = calloc(n + 1, sizeof(*c->resolvers));
	if (c->resolvers == NULL || n > RUNINFO_RESOLVERS_MAX)
		return -1;
	for (; c->resolvers_n < n; c->resolvers_n++) {
		struct runinfo_resolver *r = &c->resolvers[c->resolvers_n];
		const char *address, *state;
		json_int_t v[5];
		if (json_unpack(json_array_get(array, c->resolvers_n),
				"{s:s, s:s, s:[I, I, I, I, I]}", "address", &address, "state",
				&state, "counts", &v[0], &v[1], &v[2], &v[3], &v[4]) != 0)
			return -1;
		snprintf(r->address, sizeof(r->address), "%s", address);
		snprintf(r->state, sizeof(r->state), "%s", state);
		r->sent = (uint64_t)v[0];
		r->answered = (uint64_t)v[1];
		r->timeouts = (uint64_t)v[2];
		r->servfail = (uint64_t)v[3];
		r->refused = (uint64_t)v[4];
	}
	return 0;
}

static int checkpoint_read_sent(struct checkpoint *c, json_t *sent)
{
	json_int_t queries, repeated, fetches;
	json_t *resolvers;

	if (sent == NULL)
		return 0;
	if (json_unpack(sent, "{s:I, s:I, s:I, s:o}", "queries", &queries, "repeated", &repeated,
			"fetches", &fetches, "resolvers", &resolvers) != 0)
		return -1;
	c->used =
		(struct checkpoint_used){(uint64_t)queries, (uint64_t)repeated, (uint64_t)fetches};
	return checkpoint_read_resolvers(c, resolvers);
}

static int checkpoint_parse(struct checkpoint *c, json_t *root)
{
	json_int_t next, bytes, frames, records, seed;
	int schema;
	const char *configuration;
	json_t *inputs, *pending;

	if (json_unpack(root, "{s:i, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "schema", &schema,
			"next", &next, "bytes", &bytes, "frames", &frames, "records", &records,
			"seed", &seed, "configuration", &configuration, "inputs", &inputs,
			"pending", &pending) != 0 ||
	    schema != CHECKPOINT_SCHEMA || next < 1 || bytes < 0 || records < 0)
		return -1;
	c->next = (uint64_t)next;
	c->bytes = (uint64_t)bytes;
	c->frames = (uint64_t)frames;
	c->records = (uint64_t)records;
	c->seed = (uint64_t)seed;
	c->names_done = json_is_true(json_object_get(root, "names_done"));
	c->configuration = strdup(configuration);
	if (c->configuration == NULL || checkpoint_read_inputs(c, inputs) != 0 ||
	    checkpoint_read_sent(c, json_object_get(root, "sent")) != 0)
		return -1;
	return checkpoint_read_pending(c, pending);
}

/* What a directory is that has no checkpoint. */
static int checkpoint_lacks(const char *dir, struct errmsg *err)
{
	struct runinfo *info = calloc(1, sizeof(*info));
	struct errmsg unread;
	bool complete = info != NULL && runinfo_read(dir, info, &unread) == 0 && info->completed;

	if (info != NULL)
		runinfo_release(info);
	free(info);
	return errmsg_set(err,
			  complete ? "the run in '%s' is complete: there is nothing to go on with "
				     "(scan into a new directory instead)"
				   : "there is no checkpoint in '%s': it is no interrupted run "
				     "(scan into a new directory instead)",
			  dir);
}

int checkpoint_read(const char *dir, struct checkpoint *c, struct errmsg *err)
{
	char path[4096];
	struct stat there;
	json_error_t why;

	*c = (struct checkpoint){0};
	snprintf(path, sizeof(path), "%s/%s", dir, CHECKPOINT_NAME);
	FILE *in = runfile_stream(path, CHECKPOINT_MAX);
	if (in == NULL && errno != ENOENT && errno != ENOTDIR)
		return errmsg_set(err, "cannot read '%s': %s", path, runfile_error(errno));
	if (in == NULL && (stat(dir, &there) != 0 || !S_ISDIR(there.st_mode)))
		return errmsg_set(err,
				  "there is no directory '%s': --output names that of the run "
				  "to go on with",
				  dir);
	if (in == NULL)
		return checkpoint_lacks(dir, err);
	json_t *root = json_loadf(in, 0, &why);
	fclose(in);
	if (root == NULL)
		return errmsg_set(err, "cannot read '%s': %s", path, why.text);
	int rc = checkpoint_parse(c, root);
	json_decref(root);
	if (rc != 0) {
		checkpoint_release(c);
		return errmsg_set(err, "'%s' is damaged or of another version", path);
	}
	return 0;
}

void checkpoint_release(struct checkpoint *c)
{
	for (size_t i = 0; i < c->inputs_n; i++)
		free(c->inputs[i].path);
	free(c->inputs);
	free(c->pending);
	free(c->resolvers);
	free(c->configuration);
	*c = (struct checkpoint){0};
}

/* ---- comparing --------------------------------------------------------------------------- */

int checkpoint_check_inputs(const struct checkpoint *c, const char *const *paths, size_t n,
			    struct errmsg *err)
{
	uint8_t digest[DIGEST_N];
	char hex[DIGEST_TEXT_N + 1];

	if (n != c->inputs_n)
		return errmsg_set(err, "the run was made from %zu input files, not %zu",
				  c->inputs_n, n);
	for (size_t i = 0; i < n; i++) {
		const struct checkpoint_input *in = &c->inputs[i];
		char path[PATH_TEXT_MAX];
		path_escape(paths[i], path, sizeof(path));
		if (strcmp(path, in->path) != 0)
			return errmsg_set(err, "the run's input is '%s', not '%s'", in->path,
					  paths[i]);
		if (strcmp(in->path, "-") == 0 || in->bytes == 0)
			continue; /* of a pipe it is seen while it is read (input_expect()) */
		if (digest_of_beginning(paths[i], in->bytes, digest, err) != 0)
			return -1;
		digest_text(digest, hex);
		if (strcmp(hex, in->sha256) != 0)
			return errmsg_set(
				err,
				"the input '%s' has changed since the run began (its first "
				"%llu bytes differ)",
				in->path, (unsigned long long)in->bytes);
	}
	return 0;
}

/* Options that only say how fast or by whom, not what is found. */
static bool option_may_change(const char *key)
{
	static const char *const free_ones[] = {
		"workers", "concurrency", "dns_rate",  "host_rate",   "host_concurrency", "share",
		"contact", "sandbox",	  "resolvers", "resolvers_n", "mx_hosts_pace"};

	for (size_t i = 0; i < sizeof(free_ones) / sizeof(free_ones[0]); i++)
		if (strcmp(free_ones[i], key) == 0)
			return true;
	return false;
}

int checkpoint_check_options(const struct checkpoint *c, const char *configuration,
			     struct errmsg *err)
{
	json_t *before = json_loads(c->configuration, 0, NULL);
	json_t *now = json_loads(configuration, 0, NULL);
	const char *key;
	json_t *value;
	int rc = 0;

	if (before == NULL || now == NULL)
		rc = errmsg_set(err, "the checkpoint's options cannot be read");
	json_object_foreach(now, key, value)
	{
		if (rc != 0 || option_may_change(key) ||
		    (json_is_null(value) && json_object_get(before, key) == NULL) || /* older */
		    json_equal(value, json_object_get(before, key)))
			continue;
		char *was = json_dumps(json_object_get(before, key),
				       JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		char *is = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		rc = errmsg_set(err, "the run was begun with %s = %s, not %s; resume with the same",
				key, was != NULL ? was : "nothing", is != NULL ? is : "nothing");
		free(was);
		free(is);
	}
	json_decref(before);
	json_decref(now);
	return rc;
}
