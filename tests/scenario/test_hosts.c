/*
 * MX hosts under a scripted network: which questions are asked about a host, which addresses are
 * visited, how often, and what their answers add up to.
 */
#include "scanner/job/host_task.h"
#include "tests/support/world.h"

#define MAIL "mail.example.com"
#define D32 "12345678123456781234567812345678"
#define VISITS_MAX 64u

/* What the script says, and what it saw. */
struct hosts {
	struct prober prober;
	struct host_env env;
	struct world *w;
	struct {
		struct probe *p;
		uint64_t due_ms;
	} visits[VISITS_MAX];
	unsigned at_once, at_once_max, visited, slots;
	struct netaddr seen[VISITS_MAX];
	unsigned tlsa_asked, alias_asked;
	char tlsa_name[3][256];
	/* Of the world: */
	bool secure, mx_secure, alias, alias_secure, no_address;
	int tlsa_rcode;	     /* of every TLSA question; -1: records */
	const char *only_at; /* the one name that has them; NULL: the first asked */
	bool tlsa_insecure;
	enum mx_tls tls[2];	   /* of IPv4, IPv6 */
	int dane[2];		   /* what a visit that has records says, -1 */
	struct record_mx_host out; /* its texts are gone with the record ... */
	char tlsa_base[256];	   /* ... but for this one */
	char dane_names[256];	   /* of the last visit, with blanks between */
	/* What each visit says instead, and who looks at what became of it. */
	const struct probe_result *says;
	void (*expect)(const struct record_mx_host *h);
	int mx_ad;
	unsigned issues;
	enum issue codes[FINDINGS_MAX];
	enum impact impact;
};

static void set_ad(struct world_packet *p, bool ad)
{
	p->msg[3] |= ad ? 0x20 : 0;
}

static void answer_tlsa(struct world *w, struct world_packet *p)
{
	struct hosts *h = w->user;

	snprintf(h->tlsa_name[h->tlsa_asked % 3], 256, "%s", p->name);
	h->tlsa_asked++;
	bool here = h->only_at == NULL || strcmp(p->name, h->only_at) == 0;
	world_answer(w, p,
		     h->tlsa_rcode >= 0 ? (unsigned)h->tlsa_rcode
		     : here		? DNS_RCODE_NOERROR
					: DNS_RCODE_NXDOMAIN,
		     false);
	if (h->tlsa_rcode < 0 && here)
		world_rr(p, DNS_TYPE_TLSA, "\3\1\1" D32, 35);
	set_ad(p, !h->tlsa_insecure);
}

static void answer(struct world *w, struct world_packet *p)
{
	struct hosts *h = w->user;
	bool of_host = strcmp(p->name, MAIL) == 0;

	if (p->type == DNS_TYPE_TLSA) {
		answer_tlsa(w, p);
	} else if (of_host && p->type == DNS_TYPE_CNAME) {
		h->alias_asked++;
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		world_rr(p, DNS_TYPE_CNAME, "\4real\7example\3net", 18);
		set_ad(p, h->alias_secure);
	} else if (of_host && (p->type == DNS_TYPE_A || p->type == DNS_TYPE_AAAA)) {
		world_answer(w, p, h->no_address ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR, false);
		if (!h->no_address && h->alias)
			world_rr(p, DNS_TYPE_CNAME, "\4real\7example\3net", 18);
		if (!h->no_address && !h->alias) {
			world_rr_address(p, "2a00:1450::25");
			world_rr_address(p, "8.8.8.25");
		}
		if (!h->no_address && h->alias) { /* owner: the alias's end */
			static const uint8_t v4[] = {8, 8, 8, 26};
			if (p->type == DNS_TYPE_A)
				world_rr_at(p, p->n - 18, DNS_TYPE_A, v4, 4);
		}
		set_ad(p, h->secure);
	} else {
		world_dns_healthy(w, p);
		if (!p->canary)
			set_ad(p, h->mx_secure);
	}
}

/* ---- visits ------------------------------------------------------------------------------ */

static int visit_start(struct prober *prober, struct probe *p)
{
	struct hosts *h = (struct hosts *)(void *)prober;

	if (h->at_once == h->slots)
		return -1;
	for (unsigned i = 0; i < VISITS_MAX; i++) {
		if (h->visits[i].p != NULL)
			continue;
		h->visits[i].p = p;
		h->visits[i].due_ms = h->w->now_ms + 50;
		h->dane_names[0] = '\0';
		for (unsigned k = 0; k < p->names_n; k++)
			snprintf(h->dane_names + strlen(h->dane_names), 100, "%s%s",
				 k > 0 ? " " : "", p->names[k]);
		cr_assert(h->visited < VISITS_MAX);
		h->seen[h->visited++] = p->address;
		h->at_once++;
		h->at_once_max = h->at_once > h->at_once_max ? h->at_once : h->at_once_max;
		return 0;
	}
	return -1;
}

static void visits_end(struct hosts *h)
{
	for (unsigned i = 0; i < VISITS_MAX; i++) {
		struct probe *p = h->visits[i].p;
		if (p == NULL || h->visits[i].due_ms > h->w->now_ms)
			continue;
		unsigned family = p->address.family == 6;
		h->visits[i].p = NULL;
		h->at_once--;
		*p->out = (struct probe_result){
			.stage = PROBE_OK,
			.tls = h->tls[family],
			.dane = {.outcome = p->tlsa_n > 0 ? h->dane[family] : -1, .record = -1},
			.cert_not_before = INT64_MIN,
			.cert_not_after = INT64_MIN,
		};
		if (h->tls[family] == MX_TLS_OK || h->tls[family] == MX_TLS_EXPIRED)
			p->out->tls_version = SPAN_LIT("TLSv1.3");
		if (h->says != NULL)
			*p->out = *h->says;
		p->done(p);
	}
}

static void keep(void *user, const struct record *r)
{
	struct world *w = user;
	struct hosts *h = w->user;

	world_finished(w, r);
	h->impact = r->impact;
	h->mx_ad = r->mx.ad;
	if (r->mx.hosts_n > 0) {
		h->out = r->mx.hosts[0];
		if (h->expect != NULL)
			h->expect(&h->out);
		snprintf(h->tlsa_base, sizeof(h->tlsa_base), "%.*s", (int)h->out.tlsa_base.n,
			 h->out.tlsa_base.p != NULL ? h->out.tlsa_base.p : "");
	}
	h->issues = r->issues_n;
	for (unsigned i = 0; i < r->issues_n; i++)
		h->codes[i] = r->issues[i].code;
}

static bool raised(const struct hosts *h, enum issue code)
{
	for (unsigned i = 0; i < h->issues; i++)
		if (h->codes[i] == code)
			return true;
	return false;
}

/* Names with a policy, all with the same MX host; until all are done. */
static void scan(struct hosts *h, unsigned names, bool visit)
{
	struct world_config c = WORLD_DEFAULT;
	char name[64];

	c.hosts = &h->env;
	c.finished = keep;
	h->w = world_open(&c);
	h->w->user = h;
	h->w->on_dns = answer;
	h->prober.start = visit_start;
	h->slots = h->slots > 0 ? h->slots : VISITS_MAX;
	h->env.resolver = h->w->resolver;
	h->env.reach = h->w->reach;
	h->env.gate = gate_door(h->w->gate);
	h->env.prober = visit ? &h->prober : NULL;
	for (unsigned i = 0; i < names; i++) {
		snprintf(name, sizeof(name), "sts%u.example.net", i);
		world_submit(h->w, name);
	}
	for (unsigned i = 0; i < 20000 && machine_active(h->w->machine) > 0; i++) {
		world_step(h->w);
		visits_end(h);
	}
	world_close(h->w);
}

#define HOSTS                                                                                      \
	{                                                                                          \
		.secure = true, .mx_secure = true, .tlsa_rcode = -1,                               \
		.tls = {MX_TLS_OK, MX_TLS_OK}, .dane = {DANE_OK, DANE_OK},                         \
		.env = {.dane = true }                                                             \
	}

Test(hosts, nobody_is_visited_unless_asked)
{
	struct world_config c = WORLD_DEFAULT;
	struct hosts h = HOSTS;

	h.w = world_open(&c);
	h.w->user = &h;
	h.w->on_dns = answer;
	world_submit(h.w, "sts.example.net");
	world_run(h.w, 30000);
	cr_expect_eq(h.visited, 0);
	cr_expect_eq(h.tlsa_asked, 0);
	world_close(h.w);
}

Test(hosts, one_of_each_family_and_all_when_curious)
{
	struct hosts h = HOSTS;

	scan(&h, 1, true);
	cr_expect_eq(h.visited, 2);
	cr_expect_eq(h.seen[0].family, 6, "IPv6 comes first");
	cr_expect_eq(h.out.tls, MX_TLS_OK);
	cr_expect_eq(h.out.sts_usable, 1);
	cr_expect_eq(h.out.dane, DANE_OK);
	cr_expect_eq(h.out.tlsa, 1);
	cr_expect(h.out.probe.addresses == 2 && h.out.probe.good == 2 &&
		  h.out.probe.dane_good == 2);
	cr_expect_str_eq(h.tlsa_name[0], "_25._tcp." MAIL);
	cr_expect(raised(&h, ISSUE_dane_ok));
}

Test(hosts, one_good_address_is_enough_and_the_difference_is_told)
{
	struct hosts h = HOSTS;

	h.tls[1] = MX_TLS_EXPIRED;
	h.dane[1] = DANE_MISMATCH;
	scan(&h, 1, true);
	cr_expect_eq(h.out.tls, MX_TLS_OK);
	cr_expect_eq(h.out.dane, DANE_OK);
	cr_expect(raised(&h, ISSUE_mx_addresses_differ) && raised(&h, ISSUE_dane_addresses_differ));
	cr_expect_not(raised(&h, ISSUE_mx_none_usable));
}

Test(hosts, mail_is_lost_only_when_every_address_was_seen)
{
	struct hosts all = HOSTS, half = HOSTS;

	all.tls[0] = all.tls[1] = half.tls[0] = MX_TLS_EXPIRED;
	half.tls[1] = MX_TLS_TIMEOUT;
	scan(&all, 1, true);
	cr_expect(raised(&all, ISSUE_mx_none_usable));
	cr_expect_eq(all.impact, IMPACT_MAIL_LOSS);
	scan(&half, 1, true);
	cr_expect_eq(half.out.tls, MX_TLS_EXPIRED, "what is certain says more");
	cr_expect_not(raised(&half, ISSUE_mx_none_usable));
	cr_expect_eq(half.impact, IMPACT_NONE);
}

Test(hosts, where_addresses_are_insecure_tlsa_is_not_asked)
{
	struct hosts h = HOSTS, curious = HOSTS;

	h.secure = curious.secure = false;
	h.tlsa_rcode = DNS_RCODE_SERVFAIL;
	scan(&h, 1, true);
	cr_expect_eq(h.tlsa_asked, 0);
	cr_expect_eq(h.out.dane, DANE_NONE);
	cr_expect_eq(h.out.tlsa_dns, -1);
	curious.env.curious = true;
	scan(&curious, 1, true);
	cr_expect_eq(curious.out.dane, DANE_INSECURE);
	cr_expect_eq(curious.out.tlsa, 0);
	cr_expect(raised(&curious, ISSUE_dane_insecure));
}

Test(hosts, aliases)
{
	struct hosts end = HOSTS, own = HOSTS, signed_alias = HOSTS, open = HOSTS;

	end.alias = own.alias = signed_alias.alias = open.alias = true;
	scan(&end, 1, true);
	cr_expect_eq(end.tlsa_asked, 1);
	cr_expect_str_eq(end.tlsa_name[0], "_25._tcp.real.example.net");
	own.only_at = "_25._tcp." MAIL;
	scan(&own, 1, true);
	cr_expect_eq(own.tlsa_asked, 2, "the alias's end, then the host");
	cr_expect_str_eq(own.tlsa_base, MAIL);
	cr_expect_eq(own.out.dane, DANE_OK);
	signed_alias.secure = false;
	signed_alias.alias_secure = true;
	scan(&signed_alias, 1, true);
	cr_expect_eq(signed_alias.alias_asked, 1);
	cr_expect_eq(signed_alias.tlsa_asked, 1);
	cr_expect_str_eq(signed_alias.tlsa_name[0], "_25._tcp." MAIL);
	cr_expect_eq(signed_alias.out.dane, DANE_OK);
	open.secure = false;
	scan(&open, 1, true);
	cr_expect_eq(open.tlsa_asked, 0);
	cr_expect_eq(open.out.dane, DANE_NONE);
	cr_expect(raised(&open, ISSUE_mx_is_cname));
}

/* RFC 7672 3.2.2: the TLSA base domain, and the next hop's where the MX record is signed. */
Test(hosts, the_names_that_a_certificate_may_have)
{
	static const struct {
		bool mx_secure, alias, insecure, visited_twice;
		const char *only_at, *names;
	} rows[] = {
		{true, false, false, true, NULL, MAIL " sts0.example.net"},
		{false, false, false, true, NULL, MAIL},
		{true, true, false, false, NULL, "real.example.net sts0.example.net"},
		{false, true, false, false, NULL, "real.example.net"},
		{true, true, false, false, "_25._tcp." MAIL, MAIL " sts0.example.net"},
		{true, false, true, true, NULL, ""}, /* no record counts, and so no name */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hosts h = HOSTS;
		h.mx_secure = rows[i].mx_secure;
		h.alias = rows[i].alias;
		h.tlsa_insecure = rows[i].insecure;
		h.only_at = rows[i].only_at;
		scan(&h, 1, true);
		cr_expect_eq(h.visited, rows[i].visited_twice ? 2 : 1, "row %zu: %u", i, h.visited);
		cr_expect_str_eq(h.dane_names, rows[i].names, "row %zu: %s", i, h.dane_names);
	}
}

#define SAID                                                                                       \
	{                                                                                          \
		.stage = PROBE_OK, .tls = MX_TLS_NAME_MISMATCH, .code = 220,                       \
		.text = SPAN_LIT("go on"), .banner = SPAN_LIT("hello"), .error = SPAN_LIT("why"),  \
		.requiretls = true, .injected = 17, .tls_version = SPAN_LIT("TLSv1.2"),            \
		.cipher = SPAN_LIT("CIPHER"), .tls_reasons = 1u << TLS_NAME_MISMATCH,              \
		.cert_issuer = SPAN_LIT("issuer"), .cert_sha256 = SPAN_LIT("c5"),                  \
		.cert_names = SPAN_LIT("a.example"), .spki_sha256 = SPAN_LIT("5c"),                \
		.cert_not_before = 11, .cert_not_after = 22, .cert_key_bits = 256,                 \
		.cert_ec = true, .cert_sha1 = true, .cert_cn_only = true,                          \
		.cert_wildcard_partial = true, .took_ms = 33, .dane = {                            \
			.outcome = DANE_MISMATCH,                                                  \
			.record = -1,                                                              \
			.leaf_as_ta = true,                                                        \
			.spare = 1,                                                                \
		}                                                                                  \
	}

static void expect_all_that_was_said(const struct record_mx_host *h)
{
	const struct probe_result v = SAID;
	const struct record_probe *p = &h->probe;
	const struct span texts[][2] = {
		{p->address, SPAN_LIT("2a00:1450::25")},
		{p->text, v.text},
		{p->banner, v.banner},
		{p->error, v.error},
		{p->tls_version, v.tls_version},
		{p->cipher, v.cipher},
		{p->cert_issuer, v.cert_issuer},
		{p->cert_sha256, v.cert_sha256},
		{p->cert_names, v.cert_names},
		{p->spki_sha256, v.spki_sha256},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_expect(span_eq(texts[i][0], texts[i][1]), "text %zu: %.*s", i,
			  (int)texts[i][0].n, texts[i][0].p);
	cr_expect(p->how == PROBE_DIRECT && p->at == 1700000000 && p->code == 220);
	cr_expect(p->cert_not_before == 11 && p->cert_not_after == 22 && p->took_ms == 33);
	cr_expect(p->cert_key_bits == 256 && p->cert_ec && p->cert_sha1 && p->cert_cn_only &&
		  p->cert_wildcard_partial);
	cr_expect(p->requiretls);
	cr_expect_eq(p->injected, 17);
	cr_expect(p->tlsa_leaf_as_ta && p->tlsa_spare == 1 && h->tlsa_match == -1);
	cr_expect(h->tls == MX_TLS_NAME_MISMATCH && h->dane == DANE_MISMATCH &&
		  h->tls_reasons == 1u << TLS_NAME_MISMATCH);
	cr_expect(p->addresses == 2 && p->tried == 2 && p->good == 0 && p->bad == 2 &&
		  p->dane_good == 0 && p->dane_bad == 2);
}

Test(hosts, what_a_visit_says_is_written_down)
{
	const struct probe_result said = SAID;
	struct hosts h = HOSTS;

	h.says = &said;
	h.expect = expect_all_that_was_said;
	scan(&h, 1, true);
	cr_expect_eq(h.visited, 2);
	cr_expect(raised(&h, ISSUE_mx_injected_before_tls));
}

Test(hosts, what_a_look_up_of_tlsa_can_end_in)
{
	static const struct {
		int rcode;
		bool insecure, secure_mx;
		enum mx_tls tls;
		int dane, says; /* of a visit */
		enum dane want;
		enum issue code;
	} rows[] = {
		{DNS_RCODE_SERVFAIL, false, true, MX_TLS_OK, -1, 0, DANE_ERROR,
		 ISSUE_dane_lookup_failed},
		{DNS_RCODE_NXDOMAIN, false, true, MX_TLS_OK, -1, 0, DANE_NONE, ISSUE_COUNT},
		{-1, true, true, MX_TLS_OK, -1, 0, DANE_INSECURE, ISSUE_dane_insecure},
		{-1, false, false, MX_TLS_OK, DANE_OK, 0, DANE_OK, ISSUE_dane_mx_insecure},
		{-1, false, true, MX_TLS_OK, DANE_MISMATCH, 0, DANE_MISMATCH,
		 ISSUE_dane_none_deliverable},
		{-1, false, true, MX_TLS_NO_STARTTLS, -1, 0, DANE_NO_TLS,
		 ISSUE_dane_none_deliverable},
		{-1, false, true, MX_TLS_BLOCKED, -1, 0, DANE_UNPROVEN, ISSUE_dane_present},
		{-1, false, true, MX_TLS_TIMEOUT, -1, 0, DANE_UNPROVEN, ISSUE_mx_probe_failed},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hosts h = HOSTS;
		h.tlsa_rcode = rows[i].rcode;
		h.tlsa_insecure = rows[i].insecure;
		h.mx_secure = rows[i].secure_mx;
		h.tls[0] = h.tls[1] = rows[i].tls;
		h.dane[0] = h.dane[1] = rows[i].dane;
		scan(&h, 1, true);
		cr_expect_eq(h.out.dane, (int)rows[i].want, "row %zu: %d", i, h.out.dane);
		if (rows[i].code != ISSUE_COUNT)
			cr_expect(raised(&h, rows[i].code), "row %zu", i);
	}
}

Test(hosts, tlsa_without_a_visit)
{
	struct hosts h = HOSTS;

	scan(&h, 1, false);
	cr_expect_eq(h.visited, 0);
	cr_expect_eq(h.out.tls, -1);
	cr_expect_eq(h.out.dane, DANE_UNPROVEN);
	cr_expect_eq(h.out.tlsa_records_n, 1);
	cr_expect(raised(&h, ISSUE_dane_present));
}

Test(hosts, a_host_without_an_address)
{
	struct hosts h = HOSTS;

	h.no_address = true;
	scan(&h, 1, true);
	cr_expect_eq(h.out.tls, MX_TLS_NO_ADDRESS);
	cr_expect_eq(h.visited, 0);
	cr_expect(raised(&h, ISSUE_mx_none_resolvable));
	cr_expect_eq(h.impact, IMPACT_MAIL_LOSS);
}

Test(hosts, few_slots_only_make_names_wait)
{
	struct hosts h = HOSTS;

	h.slots = 1;
	scan(&h, 20, true);
	cr_expect_eq(h.visited, 40);
	cr_expect_eq(h.at_once_max, 1);
	cr_expect_eq(h.out.tls, MX_TLS_OK);
}

/* ---- resolvers that validate ------------------------------------------------------------- */

static void only_the_second_validates(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (p->canary && p->type == DNS_TYPE_NS)
		set_ad(p, p->upstream == 1);
}

Test(hosts, where_dnssec_is_needed_a_resolver_that_does_not_validate_is_dropped)
{
	struct world_config c = WORLD_DEFAULT;
	struct upstream_stats first, second;

	c.upstreams = 2;
	c.need_ad = true;
	struct world *w = world_open(&c);
	w->on_dns = only_the_second_validates;
	for (unsigned i = 0; i < 20; i++)
		world_submit(w, "plain.example.net");
	world_run(w, 30000);
	resolver_upstream_stats(w->resolver, 0, &first);
	resolver_upstream_stats(w->resolver, 1, &second);
	cr_expect_eq(first.state, UPSTREAM_INSECURE);
	cr_expect_eq(second.state, UPSTREAM_GOOD);
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 20);
	for (unsigned i = 1; i <= 20; i++)
		cr_expect_str_eq(w->results[i].resolver, "r1");
	world_close(w);
}
