/* smtp_dialogue.c - see smtp_dialogue.h. */
#include "scanner/probe/smtp_dialogue.h"

#include <assert.h>
#include <stdio.h>

#define RECORD_ALERT 0x15
#define RECORD_HANDSHAKE 0x16

void smtp_dialogue_begin(struct smtp_dialogue *d, const char *ehlo_name)
{
	d->state = SMTP_GREETING;
	d->stage = PROBE_GREETING;
	d->end = MX_TLS_OK;
	d->ehlo_name = ehlo_name;
	d->again = d->tls_done = d->masked = d->quit_sent = d->quit_answered = false;
	d->code = 0;
	d->text_n = d->banner_n = d->out_n = d->in_n = 0;
	d->ehlo = (struct ehlo){0};
	d->reply = (struct smtp_reply){0};
	d->injected = 0;
}

static void say(struct smtp_dialogue *d, const char *command, const char *argument)
{
	assert(d->banner_n > 0 || d->code != 0); /* never before the greeting */
	int n = snprintf(d->out + d->out_n, sizeof(d->out) - d->out_n, "%s%s%s\r\n", command,
			 argument[0] != '\0' ? " " : "", argument);
	assert(n > 0 && (size_t)n < sizeof(d->out) - d->out_n);
	d->out_n += (size_t)n;
}

static void leave(struct smtp_dialogue *d)
{
	assert(!d->quit_sent);
	d->quit_sent = true;
	d->state = SMTP_QUIT;
	say(d, "QUIT", "");
}

/* It ends here, for this reason; politely when the server can still be spoken to. */
static void end(struct smtp_dialogue *d, enum mx_tls why, bool can_speak)
{
	d->end = why;
	if (can_speak)
		leave(d);
	else
		d->state = SMTP_OVER;
}

/* Lines of the reply in one, with a blank between. */
static size_t reply_text(const struct smtp_dialogue *d, char out[PROBE_TEXT_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < d->reply.lines_n && n < PROBE_TEXT_MAX; i++) {
		struct span line = smtp_reply_text(&d->reply, d->in, i);
		if (n > 0)
			out[n++] = ' ';
		size_t kept = line.n < PROBE_TEXT_MAX - n ? line.n : PROBE_TEXT_MAX - n;
		memcpy(out + n, line.p, kept);
		n += kept;
	}
	return n;
}

static void keep_text(struct smtp_dialogue *d, const char *bytes, size_t n)
{
	d->text_n = n < sizeof(d->text) ? n : sizeof(d->text);
	memcpy(d->text, bytes, d->text_n);
}

static void refused(struct smtp_dialogue *d)
{
	d->again = d->code / 100 == 4;
	end(d, d->code < 400 ? MX_TLS_SMTP : MX_TLS_BLOCKED, true);
}

static void on_greeting(struct smtp_dialogue *d)
{
	d->banner_n = reply_text(d, d->banner);
	d->masked = smtp_reply_masked(span_of(d->banner, d->banner_n));
	if (d->code / 100 != 2) {
		refused(d);
		return;
	}
	d->state = SMTP_EHLO;
	d->stage = PROBE_EHLO;
	say(d, "EHLO", d->ehlo_name);
}

static void on_ehlo(struct smtp_dialogue *d)
{
	if (d->code == 500 || d->code == 502) { /* unknown or not implemented: no word against us */
		d->state = SMTP_HELO;
		say(d, "HELO", d->ehlo_name);
		return;
	}
	if (d->code / 100 != 2) {
		refused(d);
		return;
	}
	ehlo_read(&d->reply, d->in, &d->ehlo);
	d->stage = PROBE_STARTTLS;
	if (d->ehlo.starttls) {
		d->state = SMTP_STARTTLS;
		say(d, "STARTTLS", "");
	} else if (d->ehlo.starttls_masked || d->masked) {
		end(d, MX_TLS_STRIPPED, true);
	} else {
		end(d, MX_TLS_NO_STARTTLS, true);
	}
}

static void on_helo(struct smtp_dialogue *d)
{
	if (d->code / 100 != 2) {
		refused(d);
		return;
	}
	d->stage = PROBE_STARTTLS;
	end(d, d->masked ? MX_TLS_STRIPPED : MX_TLS_NO_STARTTLS, true);
}

static void on_starttls(struct smtp_dialogue *d)
{
	if (d->code / 100 == 2) {
		d->state = SMTP_TLS;
		d->stage = PROBE_TLS;
		return;
	}
	d->again = d->code / 100 == 4;
	if (d->code < 400)
		end(d, MX_TLS_SMTP, true);
	else
		end(d, d->again ? MX_TLS_TEMPFAIL : MX_TLS_STARTTLS_REFUSED, true);
}

static void on_reply(struct smtp_dialogue *d)
{
	if (d->state == SMTP_QUIT) {
		d->quit_answered = d->reply.code / 100 == 2;
		d->state = SMTP_OVER;
		return;
	}
	d->code = d->reply.code;
	d->text_n = reply_text(d, d->text);
	switch (d->state) {
	case SMTP_GREETING:
		on_greeting(d);
		break;
	case SMTP_EHLO:
		on_ehlo(d);
		break;
	case SMTP_HELO:
		on_helo(d);
		break;
	default:
		assert(d->state == SMTP_STARTTLS);
		on_starttls(d);
	}
}

/* What came is no reply, or has no end. A host that greeted otherwise is no mail server. */
static void on_nonsense(struct smtp_dialogue *d, enum smtp_reply_status status)
{
	size_t at = status == SMTP_REPLY_MALFORMED ? d->reply.bad : 0;

	if (d->state == SMTP_QUIT) {
		d->state = SMTP_OVER;
		return;
	}
	keep_text(d, d->in + at, d->in_n - at);
	d->in_n = 0;
	d->reply = (struct smtp_reply){0};
	end(d, MX_TLS_SMTP, d->state == SMTP_EHLO || d->state == SMTP_HELO);
}

/* Replies that are complete. One that came before its command was sent waits its turn. */
static void take_replies(struct smtp_dialogue *d)
{
	while (d->state != SMTP_OVER && d->state != SMTP_TLS && d->out_n == 0) {
		enum smtp_reply_status status = smtp_reply_read(&d->reply, d->in, d->in_n);
		if (status == SMTP_REPLY_MORE)
			return;
		if (status != SMTP_REPLY_DONE) {
			on_nonsense(d, status);
			return;
		}
		size_t used = d->reply.at;
		on_reply(d);
		d->in_n -= used;
		memmove(d->in, d->in + used, d->in_n);
		d->reply = (struct smtp_reply){0};
	}
	if (d->state != SMTP_TLS)
		return;
	/* Nothing in clear has a place between the reply and the handshake (RFC 3207 4.2). */
	d->injected += d->in_n;
	d->in_n = 0;
}

void smtp_dialogue_receive(struct smtp_dialogue *d, const char *bytes, size_t n)
{
	assert(d->state != SMTP_TLS);
	while (n > 0 && d->state != SMTP_OVER && d->state != SMTP_TLS) {
		size_t room = sizeof(d->in) - d->in_n;
		size_t taken = n < room ? n : room;
		if (room == 0) { /* so much, and nothing was asked */
			on_nonsense(d, SMTP_REPLY_ENDLESS);
			return;
		}
		memcpy(d->in + d->in_n, bytes, taken);
		d->in_n += taken;
		bytes += taken;
		n -= taken;
		take_replies(d);
	}
	if (d->state == SMTP_TLS)
		d->injected += n;
}

void smtp_dialogue_sent(struct smtp_dialogue *d)
{
	assert(d->out_n > 0);
	d->out_n = 0;
	take_replies(d);
}

bool smtp_dialogue_is_tls(struct smtp_dialogue *d, const char *bytes, size_t n)
{
	assert(d->state == SMTP_TLS && n > 0);
	if (bytes[0] == RECORD_HANDSHAKE || bytes[0] == RECORD_ALERT)
		return true;
	keep_text(d, bytes, n);
	d->code = 0;
	end(d, MX_TLS_CLEARTEXT, false);
	return false;
}

void smtp_dialogue_secured(struct smtp_dialogue *d, bool ok)
{
	assert(d->state == SMTP_TLS);
	d->tls_done = ok;
	if (!ok) {
		end(d, MX_TLS_HANDSHAKE, false);
		return;
	}
	d->stage = PROBE_OK;
	leave(d);
}

void smtp_dialogue_late(struct smtp_dialogue *d)
{
	switch (d->state) {
	case SMTP_EHLO:
	case SMTP_HELO:
		end(d, MX_TLS_TIMEOUT, true);
		break;
	case SMTP_GREETING:
	case SMTP_STARTTLS: /* it may be about to begin TLS */
	case SMTP_TLS:
		end(d, MX_TLS_TIMEOUT, false);
		break;
	default:
		d->state = SMTP_OVER;
	}
}

void smtp_dialogue_closed(struct smtp_dialogue *d)
{
	if (d->state == SMTP_TLS)
		end(d, MX_TLS_HANDSHAKE, false);
	else if (d->state != SMTP_QUIT && d->state != SMTP_OVER)
		end(d, MX_TLS_CONNECT, false);
	d->state = SMTP_OVER;
}

uint32_t smtp_dialogue_limit_ms(const struct smtp_dialogue *d, const struct smtp_limits *limits)
{
	switch (d->state) {
	case SMTP_GREETING:
		return limits->greeting;
	case SMTP_TLS:
		return limits->tls;
	case SMTP_QUIT:
		return limits->quit;
	default:
		return limits->reply;
	}
}
