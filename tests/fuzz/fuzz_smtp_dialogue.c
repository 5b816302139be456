/*
 * fuzz_smtp_dialogue.c - a visit: for each step a byte says what happens (how many bytes of the
 * server come, or a deadline, the end of the connection, of the handshake), then the bytes.
 * Whatever comes: nothing is said before the greeting, one command at a time, and it ends.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "scanner/probe/smtp_dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned commands(const struct smtp_dialogue *d)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->out_n; i++)
		n += d->out[i] == '\n';
	return n;
}

static void step_bytes(struct smtp_dialogue *d, const uint8_t *p, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1); /* a block of its own: reads past its end show */

	assert(copy != NULL);
	memcpy(copy, p, n);
	if (d->state == SMTP_TLS) {
		if (n > 0 && smtp_dialogue_is_tls(d, copy, n))
			smtp_dialogue_secured(d, copy[n - 1] & 1);
	} else {
		smtp_dialogue_receive(d, copy, n);
	}
	free(copy);
}

static void check(struct smtp_dialogue *d, bool greeted)
{
	/* Only QUIT may follow a command whose reply was nonsense or did not come. */
	assert(greeted || d->out_n == 0);
	assert(commands(d) <= 2 && d->out_n <= sizeof(d->out));
	assert(d->text_n <= sizeof(d->text) && d->banner_n <= sizeof(d->banner));
	assert(d->state != SMTP_OVER || d->end != MX_TLS_OK || d->tls_done);
	assert(d->in_n <= sizeof(d->in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct smtp_dialogue d;
	bool greeted = false;
	unsigned sent = 0;

	smtp_dialogue_begin(&d, "scanner.example.net");
	for (size_t at = 0; at < size && d.state != SMTP_OVER;) {
		uint8_t what = data[at++];
		size_t n = what < size - at ? what : size - at;
		if (what == 255) {
			smtp_dialogue_late(&d);
		} else if (what == 254) {
			smtp_dialogue_closed(&d);
		} else {
			greeted = greeted || memchr(data + at, '\n', n) != NULL;
			step_bytes(&d, data + at, n);
			at += n;
		}
		check(&d, greeted);
		while (d.out_n > 0 && (what & 1) == 0) { /* an odd step: it is not on its way yet */
			sent += commands(&d);
			smtp_dialogue_sent(&d);
			check(&d, greeted);
		}
	}
	assert(sent <= 4); /* EHLO, HELO or STARTTLS, QUIT */
	struct smtp_limits l = {1, 1, 1, 1, 1, 1};
	assert(smtp_dialogue_limit_ms(&d, &l) == 1);
	return 0;
}
