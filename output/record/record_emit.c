/* record_emit.c - a line is the record's object and its newline; see record_emit.h. */
#include "output/record/record_emit.h"

#include "output/record/record_plan.h"
#include "output/record/record_values.h"

int record_emit(const struct record_emitter *e, const struct record *r, struct buf *out)
{
	size_t before = out->n;

	record_emit_object(out, record_plan(e), (const char *)r);
	buf_bytes(out, "\n", 1);
	if (out->failed) {
		out->n = before;
		return -1;
	}
	return 0;
}

int record_emit_once(const struct record *r, struct buf *out)
{
	struct record_emitter *e = record_emitter_new();
	int rc = e != NULL ? record_emit(e, r, out) : -1;

	record_emitter_free(e);
	return rc;
}

int record_emit_mx_host(const struct record_emitter *e, const struct record_mx_host *h,
			struct buf *out)
{
	size_t before = out->n;

	record_emit_object(out, record_plan_of(e, "mx_host"), (const char *)h);
	if (out->failed)
		out->n = before;
	return out->failed ? -1 : 0;
}
