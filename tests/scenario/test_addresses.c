/* Policy hosts whose addresses differ: `check` sees them all, a scan the first that answers. */
#include "tests/support/world.h"

enum way { WORKS, OTHER_CERTIFICATE, ERROR_503, NOT_FOUND, REFUSED, SILENT, PASSED_OVER };

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
	case SILENT:
	case PASSED_OVER:
		out->stage = STAGE_TCP;
		out->http_status = 0;
		out->timed_out = true;
		out->passed_over = way == PASSED_OVER;
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
		{"silence says more than a refusal", true, REFUSED, SILENT, VERDICT_INCONCLUSIVE,
		 ""},
		{"silence at the first", true, SILENT, REFUSED, VERDICT_INCONCLUSIVE, ""},
		{"but not when we did not wait for it", true, PASSED_OVER, REFUSED, VERDICT_BROKEN,
		 ""},
		{"nor at the second", true, REFUSED, PASSED_OVER, VERDICT_BROKEN, ""},
		{"refused by both", true, REFUSED, REFUSED, VERDICT_BROKEN, ""},
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

/* ---- "come again" ------------------------------------------------------------------------ */

enum refusal { NEVER, HTTP2_ONLY_REFUSED, ALWAYS_REFUSED, REFUSED_THEN_404, BUSY_ONCE, STATUS };

struct again_script {
	enum refusal refusal;
	int status; /* of STATUS, times */
	unsigned times;
	unsigned seen, http1;
};

static unsigned fetch_come_again(struct world *w, struct fetch *f)
{
	struct again_script *s = w->user;
	struct record_policy *out = f->out;

	world_fetch_healthy(w, f);
	out->stage = STAGE_HTTP;
	s->seen++;
	s->http1 += f->http1;
	bool refused =
		s->refusal == ALWAYS_REFUSED ||
		(!f->http1 && (s->refusal == HTTP2_ONLY_REFUSED || s->refusal == REFUSED_THEN_404));
	if (refused) {
		out->http_status = 0;
		out->http_error = SPAN_LIT("HTTP/2 stream error");
		out->body = SPAN_NULL;
	} else if (s->refusal == REFUSED_THEN_404) {
		out->http_status = 404;
	} else if (s->refusal == BUSY_ONCE && s->seen == 1) {
		out->http_status = 503;
	} else if (s->refusal == STATUS && s->seen <= s->times) {
		out->http_status = s->status;
	}
	return 30;
}

/* A server that refuses HTTP/2 in a way that says "use HTTP/1.1" or "retry" is asked so once. */
Test(addresses, come_again)
{
	static const struct {
		const char *name;
		enum refusal refusal;
		enum verdict verdict;
		unsigned seen, http1;
		int status;
		unsigned times;
	} rows[] = {
		{"no refusal", NEVER, VERDICT_ENFORCE, 1, 0, 0, 0},
		{"only HTTP/2 is refused", HTTP2_ONLY_REFUSED, VERDICT_ENFORCE, 2, 1, 0, 0},
		{"both are", ALWAYS_REFUSED, VERDICT_BROKEN, 2, 1, 0, 0},
		{"HTTP/1.1 has another answer", REFUSED_THEN_404, VERDICT_BROKEN, 2, 1, 0, 0},
		{"a busy server is asked again as before", BUSY_ONCE, VERDICT_ENFORCE, 2, 0, 0, 0},
		{"421 once", STATUS, VERDICT_ENFORCE, 2, 1, 421, 1},
		{"421 on every connection", STATUS, VERDICT_BROKEN, 2, 1, 421, 9},
		{"425 once", STATUS, VERDICT_ENFORCE, 2, 1, 425, 1},
		{"408 once", STATUS, VERDICT_ENFORCE, 2, 1, 408, 1},
		{"408 again", STATUS, VERDICT_INCONCLUSIVE, 2, 1, 408, 9},
		{"429 wants peace", STATUS, VERDICT_INCONCLUSIVE, 1, 0, 429, 9},
		{"404 is an answer", STATUS, VERDICT_BROKEN, 1, 0, 404, 9},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_config c = WORLD_DEFAULT;
		struct world *w = world_open(&c);
		struct again_script s = {.refusal = rows[i].refusal,
					 .status = rows[i].status,
					 .times = rows[i].times};
		w->on_fetch = fetch_come_again;
		w->user = &s;
		world_submit(w, "sts.example.net");
		world_run(w, 30000);
		cr_expect_eq(w->results[1].verdict, rows[i].verdict, "%s: %s", rows[i].name,
			     verdict_name(w->results[1].verdict));
		cr_expect_eq(s.seen, rows[i].seen, "%s: %u fetches", rows[i].name, s.seen);
		cr_expect_eq(s.http1, rows[i].http1, "%s: %u of HTTP/1.1", rows[i].name, s.http1);
		world_close(w);
	}
}
