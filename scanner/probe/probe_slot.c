/* probe_slot.c - see probe_slot.h: what a visit has shown, and what that means. */
#include "scanner/probe/probe_slot.h"

#include <stdio.h>
#include <string.h>

void probe_slot_reset(struct probe_slot *s, struct probe *p, uint64_t now_ms, uint32_t total_ms)
{
	s->probe = p;
	s->deadline = (struct ring_entry){0};
	s->connected = s->late = s->ending = false;
	s->waits_in = -1;
	s->system_error = 0;
	s->started_ms = now_ms;
	s->last_ms = now_ms + total_ms;
	s->connect_ms = s->greeting_ms = s->tls_ms = s->took_ms = -1;
	s->link = (struct tls_link){0};
	s->error[0] = '\0';
	tls_facts_init(&s->facts, p->host);
	*p->out = (struct probe_result){
		.stage = PROBE_TCP,
		.tls = MX_TLS_CONNECT,
		.cert_not_before = INT64_MIN,
		.cert_not_after = INT64_MIN,
		.dane = {.outcome = TERM_NULL, .record = -1, .depth = -1},
		.connect_ms = -1,
		.greeting_ms = -1,
		.took_ms = -1,
	};
}

void probe_slot_broken(struct probe_slot *s, int system_error)
{
	if (s->system_error == 0 && system_error != UV_EOF)
		s->system_error = system_error;
}

void probe_slot_tls_error(struct probe_slot *s, const char *reason)
{
	if (s->facts.endless)
		reason = "a handshake without end";
	if (s->facts.refused[0] != '\0')
		reason = s->facts.refused;
	if (reason != NULL && strstr(reason, "unexpected eof") == NULL)
		snprintf(s->error, sizeof(s->error), "%s", reason);
}

/* The words of a certificate, most telling first: what a sender's log would name. */
static const struct {
	enum tls_reason reason;
	enum mx_tls word;
} cert_words[] = {
	{TLS_NAME_MISMATCH, MX_TLS_NAME_MISMATCH},
	{TLS_EXPIRED, MX_TLS_EXPIRED},
	{TLS_NOT_YET_VALID, MX_TLS_NOT_YET_VALID},
	{TLS_SELF_SIGNED, MX_TLS_SELF_SIGNED},
	{TLS_UNTRUSTED, MX_TLS_UNTRUSTED},
	{TLS_INCOMPLETE_CHAIN, MX_TLS_INCOMPLETE_CHAIN},
	{TLS_OTHER, MX_TLS_UNTRUSTED},
};

/* RSA below 2048 bits, curves below 224, SHA-1 and MD5 (NIST SP 800-131A). */
static bool cert_is_weak(const struct probe_result *r)
{
	return r->cert_sha1 ||
	       (r->cert_key_bits > 0 && r->cert_key_bits < (r->cert_ec ? 224u : 2048u));
}

static enum mx_tls secured_word(const struct probe_result *r)
{
	static const char *const old[] = {"TLSv1", "TLSv1.1", "SSLv3"};

	for (unsigned i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (span_eq(r->tls_version, span_str(old[i])))
			return MX_TLS_PROTOCOL;
	for (unsigned i = 0; i < sizeof(cert_words) / sizeof(cert_words[0]); i++)
		if (r->tls_reasons >> cert_words[i].reason & 1)
			return cert_words[i].word;
	return cert_is_weak(r) ? MX_TLS_WEAK : MX_TLS_OK;
}

static enum mx_tls word_of(const struct probe_slot *s)
{
	const struct smtp_dialogue *d = &s->dialogue;

	if (!s->connected)
		return s->late ? MX_TLS_TIMEOUT : MX_TLS_CONNECT;
	if (d->tls_done)
		return secured_word(s->probe->out);
	if (s->facts.refused[0] != '\0') /* with patience it might have come to an end */
		return MX_TLS_TIMEOUT;
	/* A handshake fails for want of a common version, too. */
	if (d->end == MX_TLS_HANDSHAKE && tls_facts_failure(&s->facts, "") == TLS_PROTOCOL)
		return MX_TLS_PROTOCOL;
	return d->end;
}

static struct span error_text(const struct probe_slot *s)
{
	const struct smtp_dialogue *d = &s->dialogue;

	if (s->error[0] != '\0')
		return span_str(s->error);
	if (!s->connected && s->late)
		return SPAN_LIT("no connection in time");
	if (s->system_error != 0)
		return span_str(uv_strerror(s->system_error));
	if (s->connected && d->end == MX_TLS_CONNECT)
		return SPAN_LIT("connection closed");
	if (s->connected && d->end == MX_TLS_HANDSHAKE)
		return SPAN_LIT("connection closed during the handshake");
	return SPAN_NULL;
}

void probe_slot_write_down(struct probe_slot *s)
{
	const struct smtp_dialogue *d = &s->dialogue;
	struct probe_result *out = s->probe->out;
	struct arena *a = s->probe->arena;

	if (s->connected) {
		out->stage = d->stage;
		out->again = d->again;
		out->code = d->code;
		out->injected = d->injected;
		out->requiretls = d->ehlo.requiretls;
		out->quit_sent = d->quit_sent;
		out->quit_answered = d->quit_answered;
		if (d->text_n > 0)
			out->text = arena_copy(a, span_of(d->text, d->text_n));
		if (d->banner_n > 0)
			out->banner = arena_copy(a, span_of(d->banner, d->banner_n));
	}
	out->tls = word_of(s);
	if (!s->connected || !d->tls_done) {
		struct span error = error_text(s);
		out->error = error.p != NULL ? arena_copy(a, error) : SPAN_NULL;
	}
	out->connect_ms = s->connect_ms;
	out->greeting_ms = s->greeting_ms;
	out->took_ms = s->took_ms;
}
