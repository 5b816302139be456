/*
 * test_smtp_dialogue.c - visits as scripts: what the server says, what we must say, and what is
 * concluded.
 *
 * A script is a row of steps "S:" the server sends, "C:" we must have sent, and "!" events: T
 * deadline, X closed, H handshake done, F handshake failed. A step with another expectation fails
 * the test.
 */
#include <criterion/criterion.h>

#include "scanner/probe/smtp_dialogue.h"
#include "tests/support/guard.h"

#define EHLO "C:EHLO me.example\r\n"
#define QUIT "C:QUIT\r\n"
#define GREETED "S:220 mx ESMTP\r\n", EHLO
#define OFFERS "S:250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n", "C:STARTTLS\r\n"

static void expect_sent(struct smtp_dialogue *d, const char *want)
{
	cr_expect(d->out_n == strlen(want) && memcmp(d->out, want, d->out_n) == 0,
		  "wanted \"%s\", sent \"%.*s\"", want, (int)d->out_n, d->out);
	if (d->out_n > 0)
		smtp_dialogue_sent(d);
}

/* How the server's bytes come: all at once, or one by one; each against a guard page. */
static void server_says(struct smtp_dialogue *d, const char *bytes, size_t step)
{
	size_t n = strlen(bytes);

	for (size_t at = 0; at < n;) {
		size_t part = n - at < step ? n - at : step;
		struct guard g = guard_copy(bytes + at, part);
		if (d->state == SMTP_TLS)
			smtp_dialogue_is_tls(d, g.p, g.n);
		else
			smtp_dialogue_receive(d, g.p, g.n);
		guard_free(&g);
		at += part;
	}
}

static void event(struct smtp_dialogue *d, char what)
{
	switch (what) {
	case 'T':
		smtp_dialogue_late(d);
		break;
	case 'X':
		smtp_dialogue_closed(d);
		break;
	default:
		smtp_dialogue_secured(d, what == 'H');
	}
}

static void play(struct smtp_dialogue *d, const char *const *script, size_t step)
{
	smtp_dialogue_begin(d, "me.example");
	expect_sent(d, "");
	for (; *script != NULL; script++) {
		if (**script == 'S')
			server_says(d, *script + 2, step);
		else if (**script == 'C')
			expect_sent(d, *script + 2);
		else
			event(d, (*script)[1]);
	}
	cr_expect_eq(d->out_n, 0, "nobody waited for \"%.*s\"", (int)d->out_n, d->out);
}

static const struct {
	const char *const script[12];
	enum mx_tls end;
	enum probe_stage stage;
	int code;
	bool again;
} visits[] = {
	{{GREETED, OFFERS, "S:220 go\r\n", "!H", QUIT, "S:221 bye\r\n"},
	 MX_TLS_OK,
	 PROBE_OK,
	 220,
	 false},
	{{GREETED, OFFERS, "S:220 go\r\n", "!F"}, MX_TLS_HANDSHAKE, PROBE_TLS, 220, false},
	{{GREETED, OFFERS, "S:220 go\r\n", "!X"}, MX_TLS_HANDSHAKE, PROBE_TLS, 220, false},
	{{GREETED, OFFERS, "S:220 go\r\n", "!T"}, MX_TLS_TIMEOUT, PROBE_TLS, 220, false},
	{{GREETED, "S:250-mx\r\n250-starttls\r\n250 SIZE\r\n", "C:STARTTLS\r\n", "S:220 go\r\n",
	  "!H", QUIT, "!T"},
	 MX_TLS_OK,
	 PROBE_OK,
	 220,
	 false},
	{{GREETED, "S:250-mx\r\n250 STARTTLSX\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_NO_STARTTLS,
	 PROBE_STARTTLS,
	 250,
	 false},
	{{GREETED, "S:250 STARTTLS\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_NO_STARTTLS,
	 PROBE_STARTTLS,
	 250,
	 false},
	{{GREETED, "S:250-mx\r\n250 XXXXXXXA\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_STRIPPED,
	 PROBE_STARTTLS,
	 250,
	 false},
	{{"S:220 *******************\r\n", EHLO, "S:250-mx\r\n250 SIZE\r\n", QUIT, "!X"},
	 MX_TLS_STRIPPED,
	 PROBE_STARTTLS,
	 250,
	 false},
	{{"S:421 4.7.0 too many\r\n", QUIT, "!X"}, MX_TLS_BLOCKED, PROBE_GREETING, 421, true},
	{{"S:220-wait\r\n", "S:521 go away\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_BLOCKED,
	 PROBE_GREETING,
	 521,
	 false},
	{{"S:554 no\r\n", QUIT, "S:221 bye\r\n"}, MX_TLS_BLOCKED, PROBE_GREETING, 554, false},
	{{GREETED, "S:550 not you\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_BLOCKED,
	 PROBE_EHLO,
	 550,
	 false},
	{{GREETED, "S:450 later\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_BLOCKED,
	 PROBE_EHLO,
	 450,
	 true},
	{{GREETED, "S:502 what?\r\n", "C:HELO me.example\r\n", "S:250 mx\r\n", QUIT, "!X"},
	 MX_TLS_NO_STARTTLS,
	 PROBE_STARTTLS,
	 250,
	 false},
	{{GREETED, "S:500 what?\r\n", "C:HELO me.example\r\n", "S:550 no\r\n", QUIT, "!X"},
	 MX_TLS_BLOCKED,
	 PROBE_EHLO,
	 550,
	 false},
	{{GREETED, OFFERS, "S:454 later\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_TEMPFAIL,
	 PROBE_STARTTLS,
	 454,
	 true},
	{{GREETED, OFFERS, "S:502 no\r\n", QUIT, "S:221 bye\r\n"},
	 MX_TLS_STARTTLS_REFUSED,
	 PROBE_STARTTLS,
	 502,
	 false},
	{{GREETED, OFFERS, "S:220 go\r\n", "S:250 ok\r\n"}, MX_TLS_CLEARTEXT, PROBE_TLS, 0, false},
	{{"S:SSH-2.0-x\r\n"}, MX_TLS_SMTP, PROBE_GREETING, 0, false},
	{{GREETED, "S:nonsense\r\n", QUIT, "!T"}, MX_TLS_SMTP, PROBE_EHLO, 220, false},
	{{GREETED, "S:354 go on\r\n", QUIT, "!T"}, MX_TLS_SMTP, PROBE_EHLO, 354, false},
	/* Leave is taken of whoever greeted and was asked something, and waited for. */
	{{GREETED, "S:500 what?\r\n", "C:HELO me.example\r\n", "S:nonsense\r\n", QUIT, "S:221\r\n"},
	 MX_TLS_SMTP,
	 PROBE_EHLO,
	 500,
	 false},
	{{GREETED, OFFERS, "S:nonsense\r\n"}, MX_TLS_SMTP, PROBE_STARTTLS, 250, false},
	{{GREETED, OFFERS, "S:354 go on\r\n", QUIT, "S:nonsense\r\n"},
	 MX_TLS_SMTP,
	 PROBE_STARTTLS,
	 354,
	 false},
	{{"S:354 go on\r\n", QUIT, "S:500 what?\r\n"}, MX_TLS_SMTP, PROBE_GREETING, 354, false},
	{{"S:399 x\r\n", QUIT, "!X"}, MX_TLS_SMTP, PROBE_GREETING, 399, false},
	{{"S:400 x\r\n", QUIT, "!X"}, MX_TLS_BLOCKED, PROBE_GREETING, 400, true},
	{{GREETED, "S:501 what?\r\n", QUIT, "!X"}, MX_TLS_BLOCKED, PROBE_EHLO, 501, false},
	{{GREETED, OFFERS, "S:400 x\r\n", QUIT, "!X"}, MX_TLS_TEMPFAIL, PROBE_STARTTLS, 400, true},
	{{"!T"}, MX_TLS_TIMEOUT, PROBE_GREETING, 0, false},
	{{"S:220 m", "!T"}, MX_TLS_TIMEOUT, PROBE_GREETING, 0, false},
	{{"!X"}, MX_TLS_CONNECT, PROBE_GREETING, 0, false},
	{{GREETED, "!T", QUIT, "!T"}, MX_TLS_TIMEOUT, PROBE_EHLO, 220, false},
	{{GREETED, OFFERS, "!T"}, MX_TLS_TIMEOUT, PROBE_STARTTLS, 250, false},
	{{GREETED, OFFERS, "!X"}, MX_TLS_CONNECT, PROBE_STARTTLS, 250, false},
};

Test(smtp_dialogue, visits)
{
	static struct smtp_dialogue d;

	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++)
		for (size_t step = 1; step <= 4096; step *= 64) {
			play(&d, visits[i].script, step);
			cr_expect_eq(d.state, SMTP_OVER, "row %zu", i);
			cr_expect_eq(d.end, visits[i].end, "row %zu: %s", i, mx_tls_name(d.end));
			cr_expect_eq(d.stage, visits[i].stage, "row %zu: %d", i, d.stage);
			cr_expect_eq(d.code, visits[i].code, "row %zu: %d", i, d.code);
			cr_expect_eq(d.again, visits[i].again, "row %zu", i);
		}
}

Test(smtp_dialogue, bytes_behind_the_reply_to_starttls_are_thrown_away_and_counted)
{
	static struct smtp_dialogue d;
	static const char *const script[] = {
		GREETED, OFFERS, "S:220 go\r\n250 evil\r\n", "!H", QUIT, "S:221 bye\r\n", NULL};

	play(&d, script, 4096);
	cr_expect_eq(d.end, MX_TLS_OK);
	cr_expect_eq(d.injected, strlen("250 evil\r\n"));
	cr_expect(d.quit_answered);
}

/* A server that answers before it is asked does not make us skip a turn. */
Test(smtp_dialogue, lock_step_even_when_the_server_is_not)
{
	static struct smtp_dialogue d;
	static const char *const script[] = {
		"S:220 mx\r\n502 x\r\n250 y\r\n", EHLO, "C:HELO me.example\r\n", QUIT, "!X", NULL};

	play(&d, script, 4096);
	cr_expect_eq(d.end, MX_TLS_NO_STARTTLS);
}

Test(smtp_dialogue, a_flood_ends_it)
{
	static struct smtp_dialogue d;
	static char flood[3 * SMTP_REPLY_MAX];

	memset(flood, '2', sizeof(flood));
	smtp_dialogue_begin(&d, "me.example");
	smtp_dialogue_receive(&d, flood, sizeof(flood));
	cr_expect_eq(d.state, SMTP_OVER);
	cr_expect_eq(d.end, MX_TLS_SMTP);
	/* The same where nothing was asked for yet. */
	smtp_dialogue_begin(&d, "me.example");
	smtp_dialogue_receive(&d, "220 mx\r\n", 8);
	for (unsigned i = 0; i < 3; i++)
		smtp_dialogue_receive(&d, flood, SMTP_REPLY_MAX - 1);
	cr_expect_eq(d.end, MX_TLS_SMTP);
}

Test(smtp_dialogue, text_of_the_reply_that_decided)
{
	static struct smtp_dialogue d;
	static const char *const script[] = {"S:554-mx says\r\n554 go \x1b[31m away\r\n", QUIT,
					     "S:221 bye\r\n", NULL};

	play(&d, script, 1);
	cr_expect(span_eq(span_of(d.text, d.text_n), SPAN_LIT("mx says go \x1b[31m away")));
	cr_expect(d.quit_sent && d.quit_answered);
}

Test(smtp_dialogue, limits)
{
	static struct smtp_dialogue d;
	struct smtp_limits l = {1, 2, 3, 4, 5, 6};
	static const uint32_t want[SMTP_STATES] = {2, 3, 3, 3, 4, 5, 3};

	for (unsigned i = 0; i < SMTP_STATES; i++) {
		d.state = (enum smtp_state)i;
		cr_expect_eq(smtp_dialogue_limit_ms(&d, &l), want[i], "state %u", i);
	}
}
