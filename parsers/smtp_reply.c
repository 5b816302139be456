/* smtp_reply.c - see smtp_reply.h. */
#include "parsers/smtp_reply.h"

#include <assert.h>

#define CODE_N 3u
#define MASKED_MIN 8u /* stars: fewer may be somebody's decoration */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code of a line without its end, or 0. The first digit tells everything (RFC 5321 4.2.1);
 * servers make use of more second digits than the grammar has. */
static int line_code(const char *p, size_t n)
{
	if (n < CODE_N || p[0] < '2' || p[0] > '5' || !is_digit(p[1]) || !is_digit(p[2]))
		return 0;
	if (n > CODE_N && p[CODE_N] != ' ' && p[CODE_N] != '-')
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

static void line_keep(struct smtp_reply *r, size_t at, size_t n)
{
	size_t skip = n > CODE_N ? CODE_N + 1 : CODE_N;
	size_t kept = n - skip;

	if (r->lines_n == SMTP_LINES_KEPT) {
		r->lines_dropped++;
		return;
	}
	if (kept > SMTP_LINE_MAX) {
		kept = SMTP_LINE_MAX;
		r->line_cut = true;
	}
	r->line[r->lines_n].at = (uint16_t)(at + skip);
	r->line[r->lines_n].n = (uint16_t)kept;
	r->lines_n++;
}

/* One line from at, whose LF is at lf. */
static enum smtp_reply_status line_take(struct smtp_reply *r, const char *bytes, size_t lf)
{
	size_t n = lf - r->at;

	if (n > 0 && bytes[lf - 1] == '\r')
		n--;
	else
		r->bare_lf = true;
	int code = line_code(bytes + r->at, n);
	if (code == 0) {
		r->bad = r->at;
		return SMTP_REPLY_MALFORMED;
	}
	r->codes_differ = r->codes_differ || (r->code != 0 && r->code != code);
	r->code = code;
	line_keep(r, r->at, n);
	bool last = n == CODE_N || bytes[r->at + CODE_N] == ' ';
	r->at = lf + 1;
	return last ? SMTP_REPLY_DONE : SMTP_REPLY_MORE;
}

enum smtp_reply_status smtp_reply_read(struct smtp_reply *r, const char *bytes, size_t n)
{
	size_t seen = n < SMTP_REPLY_MAX ? n : SMTP_REPLY_MAX;

	assert(r->at <= n && r->lines_n <= SMTP_LINES_KEPT);
	while (r->at < seen) {
		const char *lf = memchr(bytes + r->at, '\n', seen - r->at);
		if (lf == NULL)
			break;
		enum smtp_reply_status status = line_take(r, bytes, (size_t)(lf - bytes));
		if (status != SMTP_REPLY_MORE)
			return status;
	}
	if (seen == SMTP_REPLY_MAX)
		return SMTP_REPLY_ENDLESS;
	return SMTP_REPLY_MORE;
}

struct span smtp_reply_text(const struct smtp_reply *r, const char *bytes, unsigned line)
{
	assert(line < r->lines_n);
	return span_of(bytes + r->line[line].at, r->line[line].n);
}

bool smtp_reply_masked(struct span text)
{
	size_t stars = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '*')
			stars++;
		else if (text.p[i] != ' ' && text.p[i] != '0' && text.p[i] != '2')
			return false;
	}
	return stars >= MASKED_MIN;
}
