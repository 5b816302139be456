/* test_host_canary.c - whose doing it is that hosts do not answer, or answer alike. */
#include "scanner/supervisor/host_canary.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define KEYS 300u
#define OWN "" /* a greeting with the name of the operator's own host */

static struct canary_key keys[KEYS];
static char text[KEYS][4][64];

/* banner NULL: nobody answers. apart: each operator in a network of its own. */
static struct record_mx_host visit(unsigned key, const char *banner, bool apart)
{
	struct record_mx_host h;

	record_mx_host_init(&h);
	h.probe.how = PROBE_DIRECT;
	h.probe.tried = 1;
	h.tls = banner != NULL ? MX_TLS_OK : MX_TLS_TIMEOUT;
	snprintf(text[key][0], sizeof(text[key][0]), "10.%u.2.1", apart ? key % 250 : 7);
	h.probe.address = span_str(text[key][0]);
	if (banner == NULL)
		return h;
	if (banner[0] == '\0')
		snprintf(text[key][1], sizeof(text[key][1]), "mx.op%u.example ESMTP", key);
	else
		snprintf(text[key][1], sizeof(text[key][1]), "%s", banner);
	h.probe.banner = span_str(text[key][1]);
	h.probe.code = 220;
	return h;
}

static uint64_t now_ms = 1000000;

static bool learn(struct host_canary *c, unsigned key, const char *banner, bool apart)
{
	struct record_mx_host h = visit(key, banner, apart);

	now_ms += 1000;
	h.probe.took_ms = 500;

	snprintf(text[key][2], sizeof(text[key][2]), "op%u.example", key);
	return host_canary_learn(c, &keys[key], span_str(text[key][2]), &h, now_ms);
}

Test(host_canary, nobody_answers)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < 500; i++) /* of few operators it says nothing */
		learn(&c, i % (CANARY_KEYS - 1), NULL, true);
	cr_expect_eq(c.state, CANARY_UNPROVEN);
	learn(&c, CANARY_KEYS, NULL, true);
	cr_expect_eq(c.state, CANARY_CLOSED);
	cr_expect_not(learn(&c, 100, "mx.op100.example", true), "too late");
}

Test(host_canary, somebody_greets_and_what_failed_is_believed)
{
	struct host_canary c = {0};
	struct record_mx_host silent = visit(0, NULL, true), fine = visit(1, "mx", true);

	for (unsigned i = 0; i < 20; i++)
		cr_expect_not(learn(&c, i, NULL, true));
	cr_expect(host_canary_doubts(&c, &silent));
	cr_expect(host_canary_doubts(&c, &fine));
	cr_expect(learn(&c, 20, OWN, true));
	cr_expect_eq(c.state, CANARY_PROVEN);
	cr_expect_not(host_canary_doubts(&c, &fine));
	cr_expect(host_canary_doubts(&c, &silent), "until somebody else greets");
}

Test(host_canary, those_that_let_us_wait_end_last_and_all_at_a_time)
{
	struct host_canary c = {0};
	struct record_mx_host slow;

	learn(&c, 0, OWN, true);
	for (unsigned i = 1; i < KEYS; i++) {
		slow = visit(i, NULL, true);
		slow.probe.took_ms = 60000; /* the greeting came meanwhile */
		host_canary_learn(&c, &keys[i], span_str("op.example"), &slow, now_ms + 59999);
	}
	cr_expect_eq(c.state, CANARY_PROVEN);
	for (unsigned i = 1; i < KEYS; i++)
		host_canary_learn(&c, &keys[i], span_str("op.example"), &slow, now_ms + 60000);
	cr_expect_eq(c.state, CANARY_CLOSED, "these began when it had been");
}

Test(host_canary, cut_off_on_the_way)
{
	struct host_canary c = {0};

	learn(&c, 0, OWN, true);
	for (unsigned i = 1; i < CANARY_CUT; i++)
		learn(&c, i, NULL, true);
	cr_expect_eq(c.state, CANARY_PROVEN);
	cr_expect(learn(&c, 0, OWN, true), "one that greets begins the row anew");
	for (unsigned i = 1; i < CANARY_CUT; i++)
		learn(&c, i, NULL, true);
	cr_expect_eq(c.state, CANARY_PROVEN);
	learn(&c, 1, NULL, true);
	cr_expect_eq(c.state, CANARY_CLOSED);
}

Test(host_canary, many_dead_hosts_of_few_operators_are_no_cut)
{
	struct host_canary c = {0};

	learn(&c, 0, OWN, true);
	for (unsigned i = 0; i < 1000; i++)
		learn(&c, 1 + i % (CANARY_KEYS - 1), NULL, true);
	cr_expect_eq(c.state, CANARY_PROVEN);
}

Test(host_canary, one_relay_stands_in_front_of_all)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < CANARY_ALIKE; i++)
		cr_expect_not(learn(&c, i, "relay.isp.example ESMTP", true));
	cr_expect_eq(c.state, CANARY_INTERCEPTED);
}

Test(host_canary, one_machine_of_many_operators_is_no_relay)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < CANARY_ALIKE; i++)
		learn(&c, i, "cluster.hoster.example ESMTP", false);
	cr_expect_eq(c.state, CANARY_PROVEN, "they are in one network");
	/* Nor in two, be the first or the last one the larger. */
	for (unsigned other = 0; other < CANARY_ALIKE; other++) {
		c = (struct host_canary){0};
		memset(keys, 0, sizeof(keys));
		for (unsigned i = 0; i < CANARY_ALIKE; i++)
			learn(&c, i, "cluster.hoster.example ESMTP", i == other);
		cr_expect_eq(c.state, CANARY_PROVEN, "%u", other);
	}
	c = (struct host_canary){0};
	memset(keys, 0, sizeof(keys));
	for (unsigned i = 0; i < 3; i++)
		learn(&c, i, "cluster.hoster.example ESMTP", true);
	cr_expect_eq(c.state, CANARY_UNPROVEN);
	learn(&c, 3, "mail.other.example ESMTP", true);
	cr_expect_eq(c.state, CANARY_PROVEN, "somebody greets otherwise");
}

static void answer(struct host_canary *c, unsigned key, enum mx_tls tls, const char *why)
{
	struct record_mx_host h = visit(key, OWN, true);

	h.tls = tls;
	h.probe.text = span_str(why);
	host_canary_learn(c, &keys[key], span_str("op.example"), &h, 1);
}

static void refuse(struct host_canary *c, unsigned key, const char *why)
{
	answer(c, key, MX_TLS_BLOCKED, why);
}

Test(host_canary, who_lets_us_in_lists_nobody)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < CANARY_LISTED_MIN; i++)
		answer(&c, i, MX_TLS_OK, "2.0.0 bye; see rbl.example");
	cr_expect_eq(host_canary_listed(&c), CANARY_WELCOME);
	for (unsigned i = 0; i < CANARY_LISTED_MIN; i++)
		answer(&c, i, MX_TLS_BLOCKED, NULL);
	cr_expect_eq(host_canary_listed(&c), CANARY_WELCOME, "blocked without a word");
}

Test(host_canary, we_are_on_a_list)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < CANARY_LISTED_MIN; i++)
		refuse(&c, i, "5.7.1 no thanks");
	cr_expect_eq(host_canary_listed(&c), CANARY_WELCOME, "words that say nothing of lists");
	for (unsigned i = 0; i < 3; i++)
		refuse(&c, CANARY_LISTED_MIN + i,
		       "5.7.1 Service unavailable, blocked using SpamHaus");
	cr_expect_eq(host_canary_listed(&c), CANARY_LISTED);
	for (unsigned i = 0; i < 9; i++) /* one operator counts once */
		refuse(&c, CANARY_LISTED_MIN, "5.7.1 blocked using zen");
	cr_expect_eq(host_canary_listed(&c), CANARY_LISTED);
	for (unsigned i = 3; i < 20; i++)
		refuse(&c, CANARY_LISTED_MIN + i, "5.7.1 poor sender reputation");
	cr_expect_eq(host_canary_listed(&c), CANARY_SHUNNED);
}

Test(host_canary, few_operators_make_no_share)
{
	struct host_canary c = {0};

	for (unsigned i = 0; i < CANARY_LISTED_MIN - 1; i++)
		refuse(&c, i, "5.7.1 your IP is on a blacklist");
	cr_expect_eq(host_canary_listed(&c), CANARY_WELCOME);
}
