/* smtp.c - see smtp.h. */
#include "datasets/labnet/smtp.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define OUT_MAX 4096

static void note(struct conn *n, enum estate_event event)
{
	if (n->book)
		estate_note(n->book, n->place, event);
}

/* Appends to what is being written; a client that never reads fills it and is dropped. */
static bool say(struct conn *n, const char *text)
{
	size_t length = strlen(text);

	if (!n->out)
		n->out = malloc(OUT_MAX);
	if (!n->out || length > OUT_MAX - n->out_n)
		return false;
	memcpy(n->out + n->out_n, text, length);
	n->out_n += length;
	return true;
}

/* Both return as SSL_read and SSL_write do: > 0 done, else wait (*waits) or over. */
static int receive(struct conn *n, char *p, size_t cap, bool *waits)
{
	int got;

	if (n->state == CONN_OPEN) {
		got = SSL_read(n->ssl, p, (int)cap);
		*waits = got <= 0 && conn_only_waits(n, got);
	} else {
		got = (int)recv(n->fd, p, cap, 0);
		*waits = got < 0 && errno == EAGAIN;
	}
	return got;
}

static int transmit(struct conn *n, const char *p, size_t length, bool *waits)
{
	int done;

	if (n->state == CONN_OPEN) {
		done = SSL_write(n->ssl, p, (int)length);
		*waits = done <= 0 && conn_only_waits(n, done);
	} else {
		done = (int)send(n->fd, p, length, MSG_NOSIGNAL);
		*waits = done < 0 && errno == EAGAIN;
		n->want_write = *waits;
	}
	return done;
}

static bool flush(struct conn *n)
{
	bool waits = false;

	n->want_write = false;
	while (n->out_at < n->out_n) {
		int done = transmit(n, n->out + n->out_at, n->out_n - n->out_at, &waits);
		if (done <= 0)
			return waits;
		n->out_at += (size_t)done;
	}
	n->out_at = n->out_n = 0;
	return !n->close_after;
}

/* One command line, without its end. False: the connection is over. */
static bool command(struct conn *n, const char *line)
{
	bool offers = n->state == CONN_PLAIN && n->mail->smtp != SMTP_NO_STARTTLS;

	if (strncasecmp(line, "QUIT", 4) == 0)
		note(n, ESTATE_QUIT);
	else if (strncasecmp(line, "EHLO ", 5) != 0 && strcasecmp(line, "STARTTLS") != 0)
		note(n, ESTATE_OTHER);
	if (n->mail->smtp == SMTP_UNWILLING && strncasecmp(line, "QUIT", 4) != 0)
		return say(n, "503 5.5.1 No mail here\r\n");
	if (strncasecmp(line, "EHLO", 4) == 0)
		return say(n, "250-mx.lab\r\n250-SIZE 10240000\r\n") &&
		       say(n, offers ? "250-STARTTLS\r\n250 8BITMIME\r\n" : "250 8BITMIME\r\n");
	if (strncasecmp(line, "HELO", 4) == 0 || strncasecmp(line, "NOOP", 4) == 0 ||
	    strncasecmp(line, "RSET", 4) == 0)
		return say(n, "250 2.0.0 Ok\r\n");
	if (strncasecmp(line, "QUIT", 4) == 0) {
		n->close_after = true;
		return say(n, "221 2.0.0 Bye\r\n");
	}
	if (strncasecmp(line, "STARTTLS", 8) == 0 && offers) {
		/* What came in clear after it is not ours to believe (RFC 3207 4.2). */
		n->request_n = 0;
		if (!say(n, "220 2.0.0 Go ahead\r\n") || !flush(n) || n->out_n > 0)
			return false;
		n->state = CONN_HANDSHAKE;
		return true;
	}
	if (strncasecmp(line, "MAIL", 4) == 0)
		return say(n, "550 5.7.1 This is a laboratory\r\n");
	return say(n, "502 5.5.1 Not here\r\n");
}

/* All whole lines that have come. */
static bool commands(struct conn *n)
{
	while (n->state != CONN_HANDSHAKE && !n->close_after) {
		char *end = memchr(n->request, '\n', n->request_n);
		if (!end)
			return n->request_n < sizeof(n->request);
		size_t length = (size_t)(end + 1 - n->request);
		char line[128];
		snprintf(line, sizeof(line), "%.*s", (int)length, n->request);
		line[strcspn(line, "\r\n")] = '\0';
		n->request_n -= length;
		memmove(n->request, end + 1, n->request_n);
		if (n->request_n > 0) /* it has not heard what we say to this one */
			note(n, ESTATE_EARLY);
		if (!command(n, line))
			return false;
	}
	return true;
}

static bool greet(struct conn *n)
{
	n->greeted = true;
	enum smtp smtp = n->mail->smtp;
	if (smtp == SMTP_HANG)
		return true;
	note(n, ESTATE_GREETED);
	if (smtp == SMTP_BUSY || (smtp == SMTP_LATER && n->visit <= 1))
		return say(n, "421 4.7.0 mx.lab is busy\r\n");
	return say(n, smtp == SMTP_UNWILLING ? "554 5.3.2 mx.lab takes no mail\r\n"
					     : "220 mx.lab ESMTP\r\n");
}

/* Before the greeting is due. False: it is silent, as it should be (*waits), or gone. */
static bool came_early(struct conn *n, bool *waits)
{
	char c;
	ssize_t got = recv(n->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	*waits = got < 0 && errno == EAGAIN;
	if (got > 0)
		note(n, ESTATE_EARLY);
	return got > 0;
}

bool smtp_tick(struct conn *n)
{
	return n->greeted || smtp_event(n);
}

bool smtp_event(struct conn *n)
{
	bool waits = false;

	assert(n->mail && n->state != CONN_HANDSHAKE);
	if (!n->greeted && n->book && n->due_ms > 0 && !came_early(n, &waits))
		return waits;
	if (!n->greeted && !greet(n))
		return false;
	if (!flush(n))
		return false;
	while (!n->want_write && n->state != CONN_HANDSHAKE) {
		int got = receive(n, n->request + n->request_n, sizeof(n->request) - n->request_n,
				  &waits);
		if (got <= 0)
			return waits;
		n->request_n += (size_t)got;
		if (n->mail->smtp == SMTP_HANG) {
			note(n, ESTATE_EARLY); /* nobody has spoken to it */
			n->request_n = 0;
		}
		if (!commands(n) || !flush(n))
			return false;
	}
	return true;
}
