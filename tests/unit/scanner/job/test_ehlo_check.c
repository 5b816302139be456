/* Which questions are asked about the name that is said at EHLO, and what comes of the answers. */
#include "scanner/job/ehlo_check.h"
#include "tests/support/world.h"

#define NAME "scan.example.net"

enum answer { NONE, FAILS, THIS, OTHER, OURS_TOO }; /* to the reverse question */

struct row {
	const char *own;      /* NULL: not known */
	const char *v4, *v6;  /* that the name has; NULL none */
	unsigned rcode;	      /* of both */
	const char *reversed; /* what is asked for; "" nothing */
	enum answer reverse;
	const char *says; /* begins so; "" nothing */
};

#define V4 "192.0.2.129"
#define V4_REVERSED "129.2.0.192.in-addr.arpa"
#define V6 "2001:db8:1234:567a::f0e1"
#define V6_REVERSED "1.e.0.f.0.0.0.0.0.0.0.0.0.0.0.0.a.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2.ip6.arpa"
#define NO_WAY "the name that is said at EHLO, " NAME ", does not lead to "

static const struct row rows[] = {
	{V4, V4, NULL, 0, V4_REVERSED, THIS, ""},
	{V4, V4, V6, 0, V4_REVERSED, THIS, ""},
	{V6, V4, V6, 0, V6_REVERSED, THIS, ""},
	{V6, NULL, V6, 0, V6_REVERSED, OURS_TOO, ""},
	{V6, NULL, V6, 0, V6_REVERSED, FAILS, ""},
	{V6, NULL, V6, 0, V6_REVERSED, OTHER,
	 "the reverse name of " V6 " is host.example.org and not " NAME ","},
	{V6, NULL, V6, 0, V6_REVERSED, NONE,
	 "the reverse name of " V6 " is not there and not " NAME ","},
	{V4, V4, NULL, 0, V4_REVERSED, OTHER,
	 "the reverse name of " V4 " is host.example.org and not " NAME ","},
	{"::1", NULL, "::1", 0,
	 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", THIS, ""},
	{NULL, V4, NULL, 0, V4_REVERSED, THIS, ""},
	{NULL, NULL, V6, 0, V6_REVERSED, THIS, ""},
	{V4, "192.0.2.128", V6, 0, "", NONE, NO_WAY V4 ","},
	{V6, V4, "2001:db8:1234:567a::f0e2", 0, "", NONE, NO_WAY V6 ","},
	{V6, V4, NULL, 0, "", NONE, NO_WAY V6 ","},
	{V4, NULL, NULL, 0, "", NONE, "the name that is said at EHLO, " NAME ", has no address;"},
	{V4, NULL, NULL, DNS_RCODE_NXDOMAIN, "", NONE,
	 "the name that is said at EHLO, " NAME ", has no address;"},
	{V4, NULL, NULL, DNS_RCODE_SERVFAIL, "", NONE, ""},
};

/* What was asked, and said. */
struct seen {
	const struct row *row;
	char reversed[256], says[1024];
	unsigned said;
};

static void world_rr_ptr(struct world_packet *p, const char *wire)
{
	world_rr(p, DNS_TYPE_PTR, wire, strlen(wire) + 1);
}

static void answer(struct world *w, struct world_packet *p)
{
	struct seen *s = w->user;
	const struct row *r = s->row;

	if (p->canary) {
		world_dns_healthy(w, p);
	} else if (p->type == DNS_TYPE_PTR) {
		snprintf(s->reversed, sizeof(s->reversed), "%s", p->name);
		world_answer(w, p, r->reverse == FAILS ? DNS_RCODE_SERVFAIL : 0, false);
		if (r->reverse == OTHER || r->reverse == OURS_TOO)
			world_rr_ptr(p, "\4host\7example\3org");
		if (r->reverse == THIS || r->reverse == OURS_TOO)
			world_rr_ptr(p, "\4Scan\7example\3net"); /* in whatever letters */
	} else {
		cr_expect_str_eq(p->name, NAME);
		world_answer(w, p, r->rcode, false);
		const char *address = p->type == DNS_TYPE_A ? r->v4 : r->v6;
		if (address != NULL)
			world_rr_address(p, address);
	}
}

static void hear(void *user, const char *text)
{
	struct seen *s = user;

	s->said++;
	snprintf(s->says, sizeof(s->says), "%s", text);
}

static void check(struct seen *s)
{
	struct world_config config = WORLD_DEFAULT;
	struct world *w = world_open(&config);
	struct ehlo_check c = {.resolver = w->resolver, .name = NAME, .warn = hear, .user = s};

	w->on_dns = answer;
	w->user = s;
	if (s->row->own != NULL)
		cr_assert(netaddr_parse(span_str(s->row->own), &c.own) == 0);
	ehlo_check_start(&c);
	for (unsigned i = 0; i < 20000 && c.state != EHLO_OVER; i++) {
		world_step(w);
		ehlo_check_turn(&c);
	}
	cr_assert_eq(c.state, EHLO_OVER);
	cr_assert_eq(c.outstanding, 0);
	world_close(w);
}

Test(ehlo_check, what_is_asked_and_said)
{
	static const char consequence[] = "many mail servers refuse or distrust such visitors";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct seen s = {.row = r};
		check(&s);
		cr_expect_str_eq(s.reversed, r->reversed, "row %zu: asked for %s", i, s.reversed);
		cr_expect(starts(s.says, r->says) && (r->says[0] != '\0') == (s.said == 1) &&
				  s.said <= 1,
			  "row %zu: said %u times: %s", i, s.said, s.says);
		cr_expect(s.said == 0 || strstr(s.says, consequence) != NULL, "row %zu: %s", i,
			  s.says);
	}
}

Test(ehlo_check, an_address_in_brackets_is_asked_about_nowhere)
{
	struct seen s = {.row = NULL};
	struct ehlo_check c = {.name = "[192.0.2.1]", .warn = hear, .user = &s};

	ehlo_check_start(&c);
	cr_expect_eq(c.state, EHLO_OVER);
	cr_expect_eq(s.said, 1);
	cr_expect(starts(s.says, "[192.0.2.1] is said at EHLO: an address is no name"), "%s",
		  s.says);
}
