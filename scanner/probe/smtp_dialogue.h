/*
 * smtp_dialogue.h - the client's side of one visit at an MX host: greeting, EHLO, STARTTLS, a
 * handshake, QUIT (RFC 5321 4.3, RFC 3207).
 *
 * Pure: bytes in, bytes out, no socket and no clock. After every call the owner sends what out
 * holds and says so, tells when the deadline of the state has passed (smtp_dialogue_limit_ms) and
 * closes the connection in SMTP_OVER. Strict lock-step: nothing before the greeting, no command
 * before the reply to the last one. Whatever happens, a server that has greeted and does not wait
 * for a handshake is told QUIT.
 */
#ifndef MTASWEEP_SMTP_DIALOGUE_H
#define MTASWEEP_SMTP_DIALOGUE_H

#include "parsers/ehlo.h"
#include "scanner/probe/prober.h"

#define SMTP_OUT_MAX 320u /* EHLO with the longest name, and QUIT */

enum smtp_state {
	SMTP_GREETING, /* connected; the server speaks first */
	SMTP_EHLO,
	SMTP_HELO, /* EHLO is unknown to it: the older form, to know that it talks to us */
	SMTP_STARTTLS,
	SMTP_TLS, /* the owner makes the handshake: bytes go to smtp_dialogue_is_tls() and to TLS */
	SMTP_QUIT, /* inside TLS when tls_done, else in clear */
	SMTP_OVER, /* the owner closes */
	SMTP_STATES
};

/* All in milliseconds; of the visit as a whole `total`. */
struct smtp_limits {
	uint32_t connect, greeting, reply, tls, quit, total;
};

struct smtp_dialogue {
	enum smtp_state state;
	enum probe_stage stage; /* where it ended; PROBE_OK after the handshake */
	enum mx_tls end;	/* what that means; MX_TLS_OK: ask the certificate */
	const char *ehlo_name;
	bool again, tls_done, masked, quit_sent, quit_answered;
	int code;
	char text[PROBE_TEXT_MAX], banner[PROBE_TEXT_MAX];
	size_t text_n, banner_n;
	struct ehlo ehlo;
	uint64_t injected;
	size_t out_n;
	char out[SMTP_OUT_MAX];
	struct smtp_reply reply;
	size_t in_n;
	char in[SMTP_REPLY_MAX];
};

/* After the connection stands. ehlo_name: a name or an address literal; outlives the dialogue. */
void smtp_dialogue_begin(struct smtp_dialogue *d, const char *ehlo_name);
/* Bytes of the server, decrypted when tls_done. Not in SMTP_TLS. */
void smtp_dialogue_receive(struct smtp_dialogue *d, const char *bytes, size_t n);
/* What out held is on its way. It may hold something new then: replies that came too early are
 * read. */
void smtp_dialogue_sent(struct smtp_dialogue *d);
/* The first bytes in SMTP_TLS: false when the server went on in clear, and all is over. */
bool smtp_dialogue_is_tls(struct smtp_dialogue *d, const char *bytes, size_t n);
/* The handshake is over. */
void smtp_dialogue_secured(struct smtp_dialogue *d, bool ok);
/* The time of this state is up. */
void smtp_dialogue_late(struct smtp_dialogue *d);
/* The server closed, or the connection broke. */
void smtp_dialogue_closed(struct smtp_dialogue *d);

/* How long the present state may last. */
uint32_t smtp_dialogue_limit_ms(const struct smtp_dialogue *d, const struct smtp_limits *limits);

#endif
