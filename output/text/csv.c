/* csv.c - see csv.h. */
#include "output/text/csv.h"

#include "parsers/utf8.h"

void csv_heading(FILE *out, const char *const *columns, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		fprintf(out, "%s%s", columns[k], k + 1 < n ? "," : "\n");
}

/* Whether a reader could take the cell for several, or for a formula, without quotes. */
static bool csv_needs_quotes(struct span s)
{
	if (s.p[0] == ' ' || s.p[s.n - 1] == ' ' || memchr("=+-@\t\r", s.p[0], 6) != NULL)
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (memchr(",;'\"\r\n", s.p[i], 6) != NULL)
			return true;
	return false;
}

static void csv_cell(FILE *out, struct span s)
{
	if (s.n == 0)
		return;
	bool quotes = csv_needs_quotes(s);
	fputs(quotes ? "\"" : "", out);
	if (memchr("=+-@\t\r", s.p[0], 6) != NULL)
		fputc('\'', out);
	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '"')
			fputc('"', out);
		unsigned n = utf8_sequence(s.p + i, s.n - i);
		if (n == 0 || utf8_deceives(s.p + i, n))
			fputc(' ', out);
		else
			fwrite(s.p + i, 1, n, out);
		i += n == 0 ? 1 : n;
	}
	fputs(quotes ? "\"" : "", out);
}

void csv_row(FILE *out, const struct span *cells, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		if (k > 0)
			fputc(',', out);
		csv_cell(out, cells[k]);
	}
	fputc('\n', out);
}
