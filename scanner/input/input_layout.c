/* input_layout.c - see input_layout.h. */
#include "scanner/input/input_layout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/utf8.h"
#include "scanner/input/input_cells.h"
#include "scanner/input/input_foreign.h"

enum {
	HEADER_NAME_MAX = 64, /* a longer header field is none of those we know */
	SHOWN_MAX = 100,      /* of a line, in a message */
	STRONG_NAMES = 12,    /* so many say "domain" outright, whatever stands below */
	LONE_NAMES = 7,	      /* so many are a header even if they are all there is */
};

/*
 * In order of preference, written without blanks, '_', '-', '.' and '#': with several of them in a
 * header the first whose column holds names is the one. Lists in the wild: Tranco, Umbrella (no
 * header), Majestic, CrUX ("origin,rank"), DomCop, Cloudflare Radar, the registry of .gov, exports
 * of Mastodon, Common Crawl ("host_rev", from the top down).
 */
static const char *const domain_names[] = {
	"domain",     "domainname",   "fqdn",	 "hostname", "origin",	   "domains",
	"maildomain", "emaildomain",  "dnsname", "hostrev",  "rootdomain", "registereddomain",
	"host",	      "website",      "url",	 "site",     "webaddress", "name",
	"email",      "emailaddress", "mail",
};
static const char *const rank_names[] = {
	"rank",	     "globalrank", "popularityrank", "position",     "trancorank",
	"alexarank", "cruxrank",   "majesticrank",   "harmoniccpos",
};

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* ---- words of a header ------------------------------------------------------------------- */

/* What stands between words does not count. Into `out` of HEADER_NAME_MAX. */
static struct span plain_word(struct span field, char *out)
{
	char value[HEADER_NAME_MAX];
	size_t n = 0;

	if (field.n > HEADER_NAME_MAX)
		return SPAN_NULL;
	struct span s = input_field_value(field, value);
	for (size_t i = 0; i < s.n; i++)
		if (strchr(" _-.#\t", s.p[i]) == NULL || s.p[i] == '\0')
			out[n++] = s.p[i];
	return span_of(out, n);
}

/* Place in the list, or -1. */
static int known_as(struct span field, const char *const *list, int count)
{
	char word[HEADER_NAME_MAX];
	struct span plain = plain_word(field, word);

	for (int i = 0; plain.p != NULL && i < count; i++)
		if (span_ieq(plain, span_str(list[i])))
			return i;
	return -1;
}

static bool same_word(struct span field, const char *name)
{
	char a[HEADER_NAME_MAX], b[HEADER_NAME_MAX];
	struct span one = plain_word(field, a), other = plain_word(span_str(name), b);

	return one.p != NULL && other.p != NULL && one.n > 0 && span_ieq(one, other);
}

/* The column of a header that is called so; -1: none. */
static int column_called(struct span header, char separator, const char *name)
{
	struct input_fields f = input_fields_of(header, separator);
	struct span field;

	for (int i = 0; input_fields_next(&f, &field); i++)
		if (same_word(field, name))
			return i;
	return -1;
}

/* ---- the separator ----------------------------------------------------------------------- */

/* That which parts the most lines; of several, the one that parts all alike. */
static char separator_guess(const struct input_sample *s)
{
	static const char candidates[] = {',', '\t', ';', '|'};
	size_t best_score = 0;
	char best = ',';

	for (size_t c = 0; c < sizeof(candidates); c++) {
		size_t score = 0;
		unsigned first = 0;
		for (size_t i = 0; i < s->n; i++) {
			unsigned n = cells_count(s->row[i], candidates[c]);
			if (first < 2)
				first = n;
			score += n > 1 ? 2 + (n == first) : 0;
		}
		if (score > best_score) {
			best_score = score;
			best = candidates[c];
		}
	}
	return best;
}

char input_separator_parse(const char *arg)
{
	if (strcmp(arg, "tab") == 0 || strcmp(arg, "\\t") == 0)
		return '\t';
	if (strcmp(arg, "space") == 0)
		return INPUT_BLANKS;
	if (arg[0] == '\0' || arg[1] != '\0' || arg[0] == '"' || arg[0] == '\n' || arg[0] == '\r' ||
	    (unsigned char)arg[0] >= 0x80)
		return '\0';
	return arg[0];
}

/* ---- the header -------------------------------------------------------------------------- */

/* What is being decided. */
struct layout {
	const struct input_sample *s;
	const struct input_wishes *w;
	struct input_columns *c;
	struct span header; /* SPAN_NULL: none */
	size_t from;	    /* the first row that is no header */
	struct errmsg *err;
};

static unsigned most_columns(const struct layout *l)
{
	unsigned most = 0;

	for (size_t i = 0; i < l->s->n; i++) {
		unsigned n = cells_count(l->s->row[i], l->c->separator);
		if (n > most)
			most = n;
	}
	return most;
}

/* The column that a wish numbers, from 0; -1: it is no number, or there is no such column. */
static int column_numbered(const struct layout *l, const char *wish)
{
	char *end;
	unsigned long n = wish != NULL ? strtoul(wish, &end, 10) : 0;

	if (wish == NULL || wish[0] < '0' || wish[0] > '9' || *end != '\0' || n < 1 ||
	    n > most_columns(l))
		return -1;
	return (int)n - 1;
}

/* Neither a number nor a name of several labels: a row of words. */
static bool is_words(const struct layout *l, struct span row)
{
	unsigned n = cells_count(row, l->c->separator);

	for (unsigned i = 0; i < n; i++) {
		enum cell kind = cells_kind(row, l->c->separator, (int)i);
		if (kind == CELL_NUMBER || cell_is_name(kind))
			return false;
	}
	return true;
}

static bool names_a_column(const struct layout *l, struct span row)
{
	struct input_fields f = input_fields_of(row, l->c->separator);
	struct span field;

	while (input_fields_next(&f, &field))
		if (known_as(field, domain_names, COUNT(domain_names)) >= 0)
			return true;
	return l->w->domain_column != NULL &&
	       column_called(row, l->c->separator, l->w->domain_column) >= 0;
}

/* A single column: "host" and "name" are top-level domains, and so may be the rows below. */
static bool is_lone_header(const struct layout *l, struct span row)
{
	int place =
		known_as(cells_field(row, l->c->separator, 0), domain_names, COUNT(domain_names));
	struct cells_tally t = cells_tally(l->s, 1, l->c->separator, 0);

	if (l->w->domain_column != NULL)
		return true;
	return (place >= 0 && place < LONE_NAMES) ||
	       (place >= 0 && t.names > 0 && 2 * t.names >= t.filled);
}

static bool some_names_below(const struct layout *l)
{
	unsigned columns = most_columns(l);

	for (unsigned i = 0; i < columns; i++)
		if (cells_tally(l->s, 1, l->c->separator, (int)i).names > 0)
			return true;
	return false;
}

/* The first row has only words: do others have numbers or names? */
static bool rows_differ(const struct layout *l)
{
	unsigned columns = most_columns(l);

	for (unsigned i = 0; i < columns; i++)
		if (cells_tally(l->s, 1, l->c->separator, (int)i).numbers > 0)
			return true;
	return some_names_below(l);
}

/* Mastodon and Common Crawl begin the header with '#': it is one if it has as many columns as the
 * rows below and names one of them. */
static bool header_in_comment(const struct layout *l)
{
	struct span row = l->s->comment;
	char separator = l->c->separator;

	return row.p != NULL && cells_count(row, separator) > 1 &&
	       cells_count(row, separator) == cells_count(l->s->row[0], separator) &&
	       is_words(l, row) && names_a_column(l, row);
}

static void find_header(struct layout *l)
{
	struct span first = l->s->row[0];
	bool several = cells_count(first, l->c->separator) > 1;

	if (l->w->no_header)
		return;
	if (header_in_comment(l)) {
		l->header = l->s->comment;
		l->c->header = l->c->header_commented = true;
		return;
	}
	if (!is_words(l, first))
		return;
	if (names_a_column(l, first) ? several || is_lone_header(l, first)
				     : several && rows_differ(l)) {
		l->header = first;
		l->from = 1;
		l->c->header = true;
	}
}

/* ---- refusals ---------------------------------------------------------------------------- */

static int shown_n(struct span row)
{
	return row.n < SHOWN_MAX ? (int)row.n : SHOWN_MAX;
}

/* The one column in which most cells are names, be it in addresses of sites or people; -1: none, or
 * several. */
static int only_names(const struct layout *l)
{
	unsigned columns = most_columns(l), found = 0;
	int only = cells_only_hosts(l->s, l->from, l->c->separator, columns);

	if (only >= 0)
		return only;
	for (unsigned i = 0; i < columns; i++) {
		struct cells_tally t = cells_tally(l->s, l->from, l->c->separator, (int)i);
		if (t.names > 0 && cells_hold_names(t)) {
			only = (int)i;
			found++;
		}
	}
	return found == 1 ? only : -1;
}

/* `what` is not UTF-8. */
static int refuse_charset(struct layout *l, uint64_t line, const char *what, struct span shown)
{
	return errmsg_set(l->err,
			  "the input '%s', line %" PRIu64
			  ": %s is not UTF-8: '%.*s'; 'iconv -f WINDOWS-1252 -t UTF-8 FILE |' "
			  "makes a list that is, where that is its character set",
			  l->s->path, line, what, shown_n(shown), shown.p);
}

/* The first row that is not UTF-8; s->n: all are. */
static size_t foreign_row(const struct input_sample *s)
{
	size_t i = 0;

	while (i < s->n && utf8_valid_prefix(s->row[i]) == s->row[i].n)
		i++;
	return i;
}

/* `why` is half a sentence about that line. Says which column would be read, if there is one; but
 * where names may only be none because their letters cannot be read, that. */
static int refuse(struct layout *l, uint64_t line, struct span row, const char *why)
{
	size_t foreign = foreign_row(l->s);
	char advice[128] = "say with --domain-column NAME or N which column holds the names";

	if (foreign < l->s->n)
		return refuse_charset(l, l->s->line[foreign], "it", l->s->row[foreign]);
	int guess = only_names(l);
	if (guess >= 0)
		snprintf(advice, sizeof(advice),
			 "'--domain-column %d' would read the names from column %d", guess + 1,
			 guess + 1);
	return errmsg_set(l->err, "the input '%s', line %" PRIu64 ": %s: '%.*s'; %s", l->s->path,
			  line, why, shown_n(row), row.p, advice);
}

static int refuse_header(struct layout *l, const char *why)
{
	uint64_t line = l->c->header_commented ? l->s->line[0] - 1 : l->s->line[0];

	return refuse(l, line, l->header, why);
}

/* The column from 0 is called as those of names are; -1: none is. */
static int refuse_named(struct layout *l, int column)
{
	struct span called = cells_field(l->header, l->c->separator, column);
	char why[HEADER_NAME_MAX + 60];

	if (column < 0 || called.n > HEADER_NAME_MAX)
		return refuse_header(l, "no column of the header is called 'domain' or the like");
	snprintf(why, sizeof(why), "below '%.*s' of the header stand no domain names",
		 (int)called.n, called.p);
	return refuse_header(l, why);
}

/* ---- the columns ------------------------------------------------------------------------- */

/* The best column that the header names and the rows bear out. 0, or -1. */
static int domain_by_header(struct layout *l)
{
	struct input_fields f = input_fields_of(l->header, l->c->separator);
	int best = COUNT(domain_names), strong = COUNT(domain_names), strong_column = -1;
	struct span field;

	for (int i = 0; input_fields_next(&f, &field); i++) {
		int place = known_as(field, domain_names, COUNT(domain_names));
		if (place < 0)
			continue;
		if (place < strong) {
			strong = place;
			strong_column = i;
		}
		struct cells_tally t = cells_tally(l->s, l->from, l->c->separator, i);
		if (place < best && cells_hold_names(t)) {
			best = place;
			l->c->domain = i;
		}
	}
	/* "domain" is that, even if what stands below are no names: each gets its record. */
	if (l->c->domain < 0 && strong < STRONG_NAMES)
		l->c->domain = strong_column;
	return l->c->domain < 0 ? refuse_named(l, strong_column) : 0;
}

static int domain_by_wish(struct layout *l)
{
	const char *wish = l->w->domain_column;
	int numbered = column_numbered(l, wish);

	l->c->wide = true;
	if (l->c->header && column_called(l->header, l->c->separator, wish) >= 0) {
		l->c->domain = column_called(l->header, l->c->separator, wish);
		return 0;
	}
	if (numbered < 0)
		return errmsg_set(l->err,
				  "the input '%s', line %" PRIu64
				  ": there is no column '%s' for --domain-column in '%.*s'; "
				  "it takes a name of the header, or a number from 1",
				  l->s->path, l->s->line[0], wish,
				  shown_n(l->header.p != NULL ? l->header : l->s->row[0]),
				  l->header.p != NULL ? l->header.p : l->s->row[0].p);
	l->c->domain = numbered;
	/* A first row without a name where the others have one. */
	if (!l->c->header && !l->w->no_header && l->s->n > 1) {
		enum cell first = cells_kind(l->s->row[0], l->c->separator, l->c->domain);
		struct cells_tally t = cells_tally(l->s, 1, l->c->separator, l->c->domain);
		l->c->header = !cell_is_name(first) && first != CELL_NUMBER && first != CELL_NONE &&
			       t.names > 0 && cells_hold_names(t);
		if (l->c->header) {
			l->header = l->s->row[0];
			l->from = 1;
		}
	}
	return 0;
}

/* Rising from row to row, as in every list by rank; a customer's number does that by chance. */
static bool rises(const struct layout *l, int column)
{
	long long last = -1;

	for (size_t i = l->from; i < l->s->n; i++) {
		struct span field = cells_field(l->s->row[i], l->c->separator, column);
		char buf[32], text[32];
		if (field.p == NULL || field.n >= sizeof(buf))
			continue;
		struct span value = input_field_value(field, buf);
		if (!input_is_number(value))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)value.n, value.p);
		long long now = strtoll(text, NULL, 10);
		if (now <= last)
			return false;
		last = now;
	}
	return true;
}

static bool mostly(size_t part, size_t all)
{
	return all > 0 && 2 * part > all;
}

/* Further columns that hold names, or addresses of people. */
static bool names_beside(const struct layout *l)
{
	unsigned columns = most_columns(l);

	for (unsigned i = 1; i < columns; i++) {
		struct cells_tally t = cells_tally(l->s, l->from, l->c->separator, (int)i);
		if (mostly(t.names, t.filled))
			return true;
	}
	return false;
}

/* Rows of several fields without a header: "name,...", "rank,name,..." and nothing else. */
static int domain_by_place(struct layout *l)
{
	struct cells_tally first = cells_tally(l->s, l->from, l->c->separator, 0);
	struct cells_tally second = cells_tally(l->s, l->from, l->c->separator, 1);
	unsigned columns = most_columns(l);
	bool ranked = rises(l, 0);

	l->c->wide = true;
	if (mostly(first.numbers, first.filled) &&
	    (mostly(second.hosts + second.labels, second.filled) ||
	     mostly(second.names, second.filled)) &&
	    (ranked || columns == 2)) {
		l->c->domain = 1;
		l->c->rank = ranked ? 0 : -1;
		return 0;
	}
	int only = cells_only_hosts(l->s, l->from, l->c->separator, columns);
	if (mostly(first.names, first.filled) &&
	    (only == 0 || (only < 0 && first.hosts == 0 && !names_beside(l)))) {
		l->c->domain = 0;
		return 0;
	}
	if (only < 0 && (first.hosts > 0 || (mostly(first.names, first.filled) && names_beside(l))))
		return refuse(l, l->s->line[l->from], l->s->row[l->from],
			      "several names in a line, and no header that says which one counts "
			      "(one name a line: tr ',' '\\n')");
	return refuse(l, l->s->line[l->from], l->s->row[l->from],
		      "several columns, and no header that says which one holds the names");
}

/* Most lines have several fields that are not empty. */
static bool is_wide(const struct layout *l)
{
	size_t several = 0;

	for (size_t i = l->from; i < l->s->n; i++) {
		struct input_fields f = input_fields_of(l->s->row[i], l->c->separator);
		struct span field;
		unsigned filled = 0;
		while (input_fields_next(&f, &field))
			filled += field.n > 0;
		several += filled > 1;
	}
	return 2 * several > l->s->n - l->from;
}

/* One row is no evidence: a line that is no name gets a record that says so. */
static bool says_nothing(const struct layout *l)
{
	return l->s->n - l->from == 1 &&
	       !some_names_below(&(struct layout){.s = l->s, .w = l->w, .c = l->c, .from = 0}) &&
	       cells_only_hosts(l->s, l->from, l->c->separator, most_columns(l)) < 0;
}

/* Tags name people: garbled, two of them would become one. */
static int check_tags(struct layout *l)
{
	for (size_t i = l->from; i < l->s->n; i++) {
		struct span tag = cells_field(l->s->row[i], l->c->separator, l->c->tag);
		if (utf8_valid_prefix(tag) < tag.n)
			return refuse_charset(l, l->s->line[i], "the tag", tag);
	}
	return 0;
}

static int find_tag(struct layout *l)
{
	const char *tag = l->w->tag_column;
	const struct span shown = l->c->header ? l->header : l->s->row[0];

	if (tag == NULL)
		return 0;
	if (l->c->header)
		l->c->tag = column_called(l->header, l->c->separator, tag);
	if (l->c->tag < 0)
		l->c->tag = column_numbered(l, tag);
	if (l->c->tag < 0)
		return errmsg_set(l->err,
				  "the input '%s' has no column '%s' for --tag-column, which takes "
				  "a name of the header or a number from 1; its %s is '%.*s'",
				  l->s->path, tag,
				  l->c->header ? "header" : "first line, which is no header,",
				  shown.n < 200 ? (int)shown.n : 200, shown.p);
	if (l->c->domain < 0) { /* lines that were taken for names as a whole */
		l->c->wide = true;
		l->c->domain = l->c->tag == 0 && most_columns(l) > 1;
	}
	return check_tags(l);
}

static void find_rank(struct layout *l)
{
	struct input_fields f = input_fields_of(l->header, l->c->separator);
	struct span field;

	for (int i = 0; input_fields_next(&f, &field); i++)
		if (l->c->rank < 0 && i != l->c->domain &&
		    known_as(field, rank_names, COUNT(rank_names)) >= 0)
			l->c->rank = i;
}

static int decide(struct layout *l)
{
	int rc = 0;

	find_header(l);
	if (l->w->domain_column != NULL)
		rc = domain_by_wish(l);
	else if (l->c->header)
		rc = domain_by_header(l);
	else if ((is_wide(l) || column_numbered(l, l->w->tag_column) >= 0) && !says_nothing(l))
		rc = domain_by_place(l);
	if (rc != 0)
		return rc;
	if (l->c->header) {
		find_rank(l);
		l->c->reversed =
			same_word(cells_field(l->header, l->c->separator, l->c->domain), "hostrev");
	}
	return find_tag(l);
}

/* The separator that a first line "sep=;" tells, as Excel has it; '\0': there is none. */
static char separator_told(const struct input_sample *s)
{
	struct span row = s->n > 0 && s->line[0] == 1 ? s->row[0] : SPAN_NULL;

	if (row.n == 7 && row.p[0] == '"' && row.p[6] == '"')
		row = span_of(row.p + 1, 5);
	if (row.n != 5 || !span_ieq(span_of(row.p, 4), SPAN_LIT("sep=")))
		return '\0';
	const char told[2] = {row.p[4], '\0'};
	return input_separator_parse(told);
}

int input_layout_decide(const struct input_sample *sample, const struct input_wishes *wishes,
			struct input_columns *out, struct errmsg *err)
{
	struct input_sample s = *sample;
	struct layout l = {.s = &s, .w = wishes, .c = out, .header = SPAN_NULL, .err = err};

	*out = (struct input_columns){.separator = wishes->separator,
				      .domain = -1,
				      .rank = -1,
				      .tag = -1,
				      .told = separator_told(sample)};
	if (out->told != '\0') {
		s.n--;
		memmove(s.row, s.row + 1, s.n * sizeof(*s.row));
		memmove(s.line, s.line + 1, s.n * sizeof(*s.line));
		if (out->separator == '\0')
			out->separator = out->told;
	}
	if (s.n == 0) {
		out->separator = ',';
		return 0;
	}
	if (wishes->domain_column == NULL && out->separator == '\0' && input_foreign(&s, err) != 0)
		return -1;
	if (out->separator == '\0')
		out->separator = separator_guess(&s);
	if (decide(&l) != 0)
		return -1;
	assert(!(out->header || out->wide) || out->domain >= 0);
	return 0;
}

/* ---- for people -------------------------------------------------------------------------- */

void input_layout_describe(const struct input_columns *c, char *buf, size_t cap)
{
	char separator[16] = "blanks", rank[40] = "", tag[40] = "", told[60] = "";

	if (c->told != '\0')
		snprintf(told, sizeof(told), "%s",
			 c->told == c->separator ? "; the first line says so"
						 : "; the first line, 'sep=', is left out");
	if (!c->header && !c->wide) {
		snprintf(buf, cap, "one name a line%s",
			 c->told != '\0' ? "; the first line, 'sep=', is left out" : "");
		return;
	}
	if (c->separator == '\t')
		snprintf(separator, sizeof(separator), "tabs");
	else if (c->separator != INPUT_BLANKS)
		snprintf(separator, sizeof(separator), "'%c'", c->separator);
	if (c->rank >= 0)
		snprintf(rank, sizeof(rank), ", ranks from column %d", c->rank + 1);
	if (c->tag >= 0)
		snprintf(tag, sizeof(tag), ", tags from column %d", c->tag + 1);
	snprintf(buf, cap, "columns parted by %s, %s; names from column %d%s%s%s%s", separator,
		 c->header ? "a header" : "no header", c->domain + 1,
		 c->reversed ? " (from the top down, turned round)" : "", rank, tag, told);
}
