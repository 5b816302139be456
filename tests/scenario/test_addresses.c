/* Policy hosts whose addresses differ: `check` sees them all, a scan the first that answers. */
#include "tests/support/world.h"

enum way { WORKS, OTHER_CERTIFICATE, ERROR_503, NOT_FOUND, REFUSED };

struct script {
	enum way v6, v4;
	unsigned seen;
};

static unsigned fetch_by_family(struct world *w, struct fetch *f)
{
	struct script *s = w->user;
	struct record_policy *out = f->out;
	enum way way = f->address.family == 6 ? s->v6 : s->v4;

	world_fetch_healthy(w, f);
	out->stage = STAGE_HTTP;
	s->seen++;
	switch (way) {
	case WORKS:
		break;
	case OTHER_CERTIFICATE:
		out->tls_verified = 0;
		out->tls_reason = TLS_NAME_MISMATCH;
		out->tls_reasons = 1u << TLS_NAME_MISMATCH;
		break;
	case ERROR_503:
		out->http_status = 503;
		break;
	case NOT_FOUND:
		out->http_status = 404;
		break;
	case REFUSED:
		out->stage = STAGE_TCP;
		out->http_status = 0;
		out->tcp_refused = true;
		break;
	}
	return 30;
}

Test(addresses, that_differ)
{
	static const struct {
		const char *name;
		bool check;
		enum way v6, v4;
		enum verdict verdict;
		const char *odd;
	} rows[] = {
		{"a scan sees the first", false, OTHER_CERTIFICATE, WORKS, VERDICT_BROKEN, ""},
		{"check sees the other, too", true, OTHER_CERTIFICATE, WORKS, VERDICT_ENFORCE,
		 "name_mismatch"},
		{"no file at the first", true, NOT_FOUND, WORKS, VERDICT_ENFORCE, "http"},
		{"an error at the first", true, ERROR_503, WORKS, VERDICT_ENFORCE, "http"},
		{"neither works", true, OTHER_CERTIFICATE, NOT_FOUND, VERDICT_BROKEN, ""},
		{"nobody at the first", true, REFUSED, WORKS, VERDICT_ENFORCE, ""},
		{"the second is not needed", true, WORKS, OTHER_CERTIFICATE, VERDICT_ENFORCE, ""},
		{"a scan, both work", false, WORKS, WORKS, VERDICT_ENFORCE, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_config c = WORLD_DEFAULT;
		c.all_addresses = rows[i].check;
		struct world *w = world_open(&c);
		struct script s = {rows[i].v6, rows[i].v4, 0};
		w->on_fetch = fetch_by_family;
		w->user = &s;
		world_submit(w, "sts.example.net");
		world_run(w, 30000);
		cr_expect_eq(w->results[1].verdict, rows[i].verdict, "%s: %s", rows[i].name,
			     verdict_name(w->results[1].verdict));
		cr_expect_str_eq(w->results[1].odd, rows[i].odd, "%s: %s", rows[i].name,
				 w->results[1].odd);
		cr_expect_leq(s.seen, 4, "%s: %u fetches", rows[i].name, s.seen);
		world_close(w);
	}
}
