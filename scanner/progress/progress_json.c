/* progress_json.c - progress and summary for programs: one object a line; see progress.h. */
#include <assert.h>
#include <string.h>

#include "scanner/progress/progress.h"

static void key(struct buf *out, const char *name)
{
	buf_bytes(out, out->n > 0 && out->p[out->n - 1] != '{' ? "," : "",
		  out->n > 0 && out->p[out->n - 1] != '{');
	json_str(out, span_str(name));
	buf_bytes(out, ":", 1);
}

static void put_uint(struct buf *out, const char *name, uint64_t v)
{
	key(out, name);
	json_uint(out, v);
}

/* Not known is null. */
static void put_known(struct buf *out, const char *name, bool known, uint64_t v)
{
	key(out, name);
	if (known)
		json_uint(out, v);
	else
		buf_bytes(out, "null", 4);
}

static void put_bool(struct buf *out, const char *name, bool v)
{
	key(out, name);
	buf_bytes(out, v ? "true" : "false", v ? 4 : 5);
}

static void put_resolvers(struct buf *out, const struct progress_data *d)
{
	key(out, "resolvers_in_trouble");
	buf_bytes(out, "{", 1);
	for (size_t i = 0; i < d->resolvers_n; i++) {
		if (d->resolvers[i].state == NULL)
			continue;
		key(out, d->resolvers[i].name);
		json_str(out, span_str(d->resolvers[i].state));
	}
	buf_bytes(out, "}", 1);
}

/* The members that progress and summary have in common. */
static void put_data(struct buf *out, const struct progress_data *d)
{
	put_uint(out, "elapsed_ms", d->elapsed_ms);
	put_uint(out, "names_done", d->names_done);
	put_known(out, "names_total", d->names_total > 0, d->names_total);
	put_uint(out, "bytes_done", d->bytes_done);
	put_known(out, "bytes_total", d->bytes_total > 0, d->bytes_total);
	put_uint(out, "questions", d->questions);
	put_uint(out, "retries", d->retries);
	put_uint(out, "fetches", d->fetches);
	key(out, "verdicts");
	buf_bytes(out, "{", 1);
	for (int v = 0; v < PROGRESS_VERDICTS; v++)
		put_uint(out, verdict_name((enum verdict)v), d->verdicts[v]);
	buf_bytes(out, "}", 1);
	put_uint(out, "resolvers", d->resolvers_n);
	put_resolvers(out, d);
	put_uint(out, "workers_replaced", d->workers_replaced);
}

static void begin(struct buf *out, const char *type)
{
	buf_reset(out);
	buf_bytes(out, "{", 1);
	key(out, "type");
	json_str(out, span_str(type));
}

void progress_json(const struct progress_data *d, struct buf *out)
{
	double share = progress_share(d);
	int64_t eta = progress_left_ms(d);

	begin(out, "progress");
	put_data(out, d);
	/* Integers only: a share in thousandths, rates rounded. */
	put_known(out, "permille", share >= 0, share >= 0 ? (uint64_t)(share * 1000) : 0);
	put_known(out, "eta_ms", eta >= 0, (uint64_t)eta);
	put_uint(out, "names_per_s", (uint64_t)(d->names_per_s + 0.5));
	put_uint(out, "dns_in_flight", d->dns_in_flight);
	put_uint(out, "fetches_in_flight", d->fetches_in_flight);
	put_bool(out, "stopping", d->stopping);
	buf_bytes(out, "}\n", 2);
}

void progress_summary_json(const struct progress_summary *s, struct buf *out)
{
	uint64_t expected = progress_expected(s);

	assert(s->stopped || s->data.names_done <= expected); /* no line has two records */
	begin(out, "summary");
	put_data(out, &s->data);
	put_uint(out, "lines", s->lines);
	put_uint(out, "blank", s->blank);
	put_uint(out, "comments", s->comments);
	put_uint(out, "headers", s->headers);
	put_uint(out, "continued", s->continued);
	put_uint(out, "not_selected", s->not_selected);
	put_uint(out, "in", expected);
	put_uint(out, "out", s->data.names_done);
	put_bool(out, "complete", !s->stopped && expected == s->data.names_done);
	put_bool(out, "stopped", s->stopped);
	buf_bytes(out, "}\n", 2);
}
