/* truth.c - derives the expected record from a situation; see truth.h. */
#include "datasets/labnet/truth.h"

#include <string.h>

#include "datasets/labnet/situations.h"

#define LINE_MAX_BYTES 4096

/* Something stands at _mta-sts that no sender takes. */
static bool void_record(const struct kind *k)
{
	return k->verdict == VERDICT_BROKEN && k->stage == STAGE_NONE;
}

static bool no_handshake(const struct kind *k)
{
	return k->cert == CERT_ALERT || k->cert == CERT_OLD || k->stage == STAGE_DNS ||
	       k->stage == STAGE_TCP;
}

/* In testing the same mismatch is another finding: no mail is lost. */
static const char *in_mode(const char *cause, enum mode mode)
{
	if (cause && mode == MODE_TESTING && strcmp(cause, "mx_none_match") == 0)
		return "mx_none_match_testing";
	if (cause && mode == MODE_TESTING && strcmp(cause, "mx_partial_match") == 0)
		return "mx_partial_match_testing";
	return cause;
}

static const char *mx_match(const struct situation *s)
{
	/* Without MX the domain itself is the only candidate (RFC 5321 5.1). */
	if (s->mode == MODE_NONE || (s->mx_n == 0 && s->mail->form != MAIL_ADDRESS))
		return NULL;
	switch (s->kind->fit) {
	case FIT_ALL:
		return "all";
	case FIT_PARTIAL:
		return "partial";
	default:
		return "none";
	}
}

static void of_policy(const struct situation *s, struct truth *t)
{
	const struct kind *k = s->kind;
	/* The host is asked for only where one valid record stands. */
	bool asked =
		k->pool == POOL_ADOPTER && act_outcome(k->record_act) == DNS_OK && !void_record(k);

	t->policy_dns = asked ? (int)act_outcome(k->host_act) : DNS_SKIPPED;
	t->tls_reason = asked ? cert_reason(k->cert) : TERM_NULL;
	t->http_status = asked && !no_handshake(k) ? k->status : 0;
}

static void truth_of(const struct situation *s, struct truth *t)
{
	const struct kind *k = s->kind;

	*t = (struct truth){.verdict = k->verdict, .stage = k->stage, .cause = k->cause};
	t->mode = TERM_NULL;
	if (k->verdict == VERDICT_MODE) {
		t->mode = s->mode;
		t->verdict = s->mode == MODE_ENFORCE   ? VERDICT_ENFORCE
			     : s->mode == MODE_TESTING ? VERDICT_TESTING
						       : VERDICT_NONE;
		t->mx_match = mx_match(s);
		t->cause = in_mode(k->cause, s->mode);
	}
	bool loss =
		t->verdict == VERDICT_ENFORCE && t->mx_match && strcmp(t->mx_match, "none") == 0;
	/* A delegation to nowhere was meant to protect. */
	bool unprotected = k->verdict == VERDICT_BROKEN || k->record_act == ACT_DANGLING;
	t->impact = loss ? IMPACT_MAIL_LOSS : unprotected ? IMPACT_UNPROTECTED : IMPACT_NONE;
	t->tlsrpt = s->rpt && s->rpt->valid;
	t->sts_dns = act_outcome(k->record_act);
	t->mx_dns = act_outcome(k->zone ? k->record_act : s->mail->act);
	of_policy(s, t);
}

static void put_string(FILE *out, const char *key, const char *value)
{
	if (value)
		fprintf(out, ",\"%s\":\"%s\"", key, value);
	else
		fprintf(out, ",\"%s\":null", key);
}

/* What a STARTTLS probe of each MX host finds, in order of preference. */
static void put_mx_tls(FILE *out, const struct population *p, const struct situation *s)
{
	char host[NAME_BUF];
	bool asked = !s->kind->zone && act_outcome(s->mail->act) == DNS_OK;

	fputs(",\"mx_tls\":[", out);
	for (unsigned i = 0; asked && i < s->mx_n; i++) {
		size_t n = population_mx_host(s, i, host);
		const struct mail_host *h = population_mail_host(p, span_of(host, n));
		fprintf(out, "%s\"%s\"", i ? "," : "", mx_tls_name(h->outcome));
	}
	putc(']', out);
}

static void put_policy(FILE *out, const struct truth *t)
{
	int reason = t->tls_reason;

	put_string(out, "stage", stage_name((enum stage)t->stage));
	put_string(out, "policy_dns", dns_outcome_name((enum dns_outcome)t->policy_dns));
	put_string(out, "tls_reason", reason < 0 ? NULL : tls_reason_name((enum tls_reason)reason));
	if (t->http_status)
		fprintf(out, ",\"http_status\":%d", t->http_status);
	else
		fputs(",\"http_status\":null", out);
}

void truth_print(FILE *out, const struct population *p, const struct situation *s)
{
	struct truth t;

	truth_of(s, &t);
	fputs("{\"domain\":\"", out);
	for (size_t i = 0; i < s->domain.n; i++) {
		unsigned char c = (unsigned char)s->domain.p[i];
		if (c < 0x20 || c == '"' || c == '\\')
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
	put_string(out, "situation", s->kind->name);
	put_string(out, "verdict", verdict_name((enum verdict)t.verdict));
	put_string(out, "impact", impact_name((enum impact)t.impact));
	put_string(out, "cause", t.cause);
	if (s->kind->stage != STAGE_SYNTAX)
		put_string(out, "mode", t.mode < 0 ? NULL : mode_name((enum mode)t.mode));
	fprintf(out, ",\"tlsrpt\":%s", t.tlsrpt ? "true" : "false");
	put_string(out, "sts_dns", dns_outcome_name((enum dns_outcome)t.sts_dns));
	if (!void_record(s->kind))
		put_policy(out, &t);
	put_string(out, "mx_dns", dns_outcome_name((enum dns_outcome)t.mx_dns));
	put_string(out, "mx_match", t.mx_match);
	put_mx_tls(out, p, s);
	put_string(out, "mail", s->mail->name);
	put_string(out, "operator", s->operator_ ? s->operator_->name : NULL);
	fputs("}\n", out);
}

bool truth_read_name(FILE *in, char name[NAME_BUF])
{
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), in)) {
		char *p = line;
		if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
			p += 3;
		p[strcspn(p, "\r\n")] = '\0';
		if (*p == '#')
			continue;
		char *comma = strrchr(p, ',');
		if (comma)
			p = comma + 1;
		p += strspn(p, " \t");
		size_t n = strcspn(p, " \t");
		if (n > 0 && p[n - 1] == '.')
			n--;
		if (n == 0 || n > NAME_TEXT_MAX)
			continue;
		for (size_t i = 0; i < n; i++)
			name[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
		name[n] = '\0';
		return true;
	}
	return false;
}
