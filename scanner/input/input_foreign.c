/* input_foreign.c - see input_foreign.h. */
#include "scanner/input/input_foreign.h"

#include <inttypes.h>
#include <string.h>

#include "scanner/input/input_cells.h"

enum { SHOWN_MAX = 100 };

static int refuse(const struct input_sample *s, size_t row, const char *what, struct errmsg *err)
{
	struct span r = s->row[row];

	return errmsg_set(err, "the input '%s', line %" PRIu64 ": %s: '%.*s'", s->path,
			  s->line[row], what, r.n < SHOWN_MAX ? (int)r.n : SHOWN_MAX, r.p);
}

static bool begins(struct span s, const char *word)
{
	size_t n = strlen(word);

	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	return s.n >= n && span_ieq(span_of(s.p, n), span_str(word));
}

static int json(const struct input_sample *s, struct errmsg *err)
{
	static const struct {
		const char *key, *hint;
	} keys[] = {
		{"\"domain\"", "it is JSON; 'jq -r .domain FILE |' makes a list of names of it"},
		{"\"name\"", "it is JSON; 'jq -r .name FILE |' makes a list of names of it"},
		{"\"host\"", "it is JSON; 'jq -r .host FILE |' makes a list of names of it"},
		{"\"hostname\"",
		 "it is JSON; 'jq -r .hostname FILE |' makes a list of names of it"},
	};
	struct span first = s->row[0];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (memmem(first.p, first.n, keys[i].key, strlen(keys[i].key)) != NULL)
			return refuse(s, 0, keys[i].hint, err);
	return refuse(s, 0, "it is JSON; 'jq -r .KEY FILE |' makes a list of names of it", err);
}

/* "name [ttl] [class] TYPE data", the types that zone files are full of. */
static bool is_resource_record(struct span row)
{
	static const char *const types[] = {"NS",   "A",     "AAAA", "SOA",    "MX",
					    "TXT",  "CNAME", "DS",   "DNSKEY", "RRSIG",
					    "NSEC", "NSEC3", "CAA",  "SRV",    "PTR"};

	for (int column = 1; column < 4; column++) {
		struct span field = cells_field(row, INPUT_BLANKS, column);
		if (field.p == NULL)
			return false;
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (span_ieq(field, span_str(types[i])))
				return cells_field(row, INPUT_BLANKS, column + 1).p != NULL;
		if (!input_is_number(field) && !span_ieq(field, SPAN_LIT("IN")))
			return false;
	}
	return false;
}

/* Blanks between columns, and a name among them. */
static bool is_parted_by_blanks(struct span row)
{
	struct input_fields f = input_fields_of(row, INPUT_BLANKS);
	struct span field;
	bool name = false;
	int n = 0;

	if (memchr(row.p, ',', row.n) != NULL || memchr(row.p, '\t', row.n) != NULL ||
	    memchr(row.p, ';', row.n) != NULL || memchr(row.p, '|', row.n) != NULL ||
	    memchr(row.p, '"', row.n) != NULL)
		return false;
	for (; input_fields_next(&f, &field); n++) {
		if (n > 0 && field.n > 0 && field.p[0] == '#')
			break;
		name = name || cells_kind(field, ',', 0) == CELL_HOST;
	}
	return n > 1 && name;
}

static int table(const struct input_sample *s, struct errmsg *err)
{
	size_t records = 0, parted = 0;

	for (size_t i = 0; i < s->n; i++) {
		records += is_resource_record(s->row[i]);
		parted += is_parted_by_blanks(s->row[i]);
	}
	if (2 * records > s->n)
		return refuse(
			s, 0,
			"it is a zone file; \"awk '{print $1}' FILE | sort -u |\" makes a list "
			"of names of it",
			err);
	if (2 * parted > s->n)
		return refuse(s, 0,
			      "its columns are parted by blanks; '--delimiter space "
			      "--domain-column N' says which holds the names",
			      err);
	return 0;
}

int input_foreign(const struct input_sample *s, struct errmsg *err)
{
	struct span first = s->row[0];

	if (begins(first, "{") || begins(first, "["))
		return json(s, err);
	if (begins(first, "$ORIGIN") || begins(first, "$TTL"))
		return refuse(
			s, 0,
			"it is a zone file; \"awk '{print $1}' FILE | sort -u |\" makes a list "
			"of names of it",
			err);
	if (begins(first, "<!DOCTYPE") || begins(first, "<html") || begins(first, "<?xml"))
		return refuse(s, 0, "it is a page or XML, not a list of names", err);
	return table(s, err);
}
