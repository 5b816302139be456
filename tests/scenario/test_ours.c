/* What is our choice or our limit, behind the policy host: never the domain's fault. */
#include "tests/support/scratch.h"
#include "tests/support/world.h"

struct script {
	const char *v6, *v4, *alias; /* of the policy host; NULL: none */
	const char *exclude;	     /* lines of --exclude */
	bool refused;		     /* what is contacted refuses */
};

static void dns_by_script(struct world *w, struct world_packet *p)
{
	const struct script *s = w->user;
	const char *address = p->type == DNS_TYPE_AAAA ? s->v6 : s->v4;

	if (!starts(p->name, "mta-sts.sts") && !starts(p->name, "host.provider.example")) {
		world_dns_healthy(w, p);
		return;
	}
	world_answer(w, p, DNS_RCODE_NOERROR, false);
	if (s->alias != NULL && starts(p->name, "mta-sts.sts"))
		world_rr_cname(p, s->alias);
	else if (address != NULL)
		world_rr_address(p, address);
}

static unsigned fetch_by_script(struct world *w, struct fetch *f)
{
	const struct script *s = w->user;

	world_fetch_healthy(w, f);
	if (s->refused) {
		f->out->stage = STAGE_TCP;
		f->out->http_status = 0;
		f->out->tcp_refused = true;
		f->out->body = SPAN_NULL;
	}
	return 30;
}

static struct world_result scan(const struct script *s, unsigned *fetches)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	struct script copy = *s;
	struct errmsg err;
	char path[128];

	scratch_write("exclude", s->exclude, strlen(s->exclude));
	snprintf(path, sizeof(path), "%s/exclude", scratch_dir());
	cr_assert_eq(reach_exclude_file(w->reach, path, &err), 0, "%s", err.text);
	w->on_dns = dns_by_script;
	w->on_fetch = fetch_by_script;
	w->user = &copy;
	world_submit(w, "sts.example.net");
	world_run(w, 30000);
	struct world_result r = w->results[1];
	*fetches = w->fetches_total;
	world_close(w);
	return r;
}

Test(ours, an_address_that_we_do_not_contact)
{
	static const struct {
		const char *name;
		struct script s;
		enum verdict verdict;
		unsigned fetches;
	} rows[] = {
		{"the only address",
		 {NULL, "9.9.9.9", NULL, "9.9.9.0/24\n", false},
		 VERDICT_INCONCLUSIVE,
		 0},
		{"both addresses",
		 {"2a00:1450::1", "9.9.9.9", NULL, "9.9.9.9\n2a00::/16\n", false},
		 VERDICT_INCONCLUSIVE,
		 0},
		{"one, and the other serves",
		 {"2a00:1450::1", "9.9.9.9", NULL, "2a00::/16\n", false},
		 VERDICT_ENFORCE,
		 1},
		{"one, and the other refuses",
		 {"2a00:1450::1", "9.9.9.9", NULL, "2a00::/16\n", true},
		 VERDICT_INCONCLUSIVE,
		 1},
		{"one, and the other is private",
		 {"2a00:1450::1", "10.0.0.1", NULL, "2a00::/16\n", false},
		 VERDICT_INCONCLUSIVE,
		 0},
		{"a private one is the domain's fault",
		 {NULL, "10.0.0.1", NULL, "10.0.0.0/8\n", false},
		 VERDICT_BROKEN,
		 0},
		{"the operator behind an alias",
		 {NULL, "9.9.9.9", "host.provider.example", "provider.example\n", false},
		 VERDICT_INCONCLUSIVE,
		 0},
		{"another operator",
		 {NULL, "9.9.9.9", "host.provider.example", "other.example\n", false},
		 VERDICT_ENFORCE,
		 1},
		{"nothing excluded, refused",
		 {NULL, "9.9.9.9", NULL, "other.example\n", true},
		 VERDICT_BROKEN,
		 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned fetches;
		struct world_result r = scan(&rows[i].s, &fetches);
		cr_expect_eq(r.verdict, rows[i].verdict, "%s: %s", rows[i].name,
			     verdict_name(r.verdict));
		cr_expect_eq(fetches, rows[i].fetches, "%s: %u fetches", rows[i].name, fetches);
	}
}
