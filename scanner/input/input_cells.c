/* input_cells.c - see input_cells.h. */
#include "scanner/input/input_cells.h"

#include <string.h>

#include "parsers/name.h"

struct span cells_field(struct span row, char separator, int column)
{
	struct input_fields f = input_fields_of(row, separator);
	struct span field;

	for (int i = 0; input_fields_next(&f, &field); i++)
		if (i == column)
			return field;
	return SPAN_NULL;
}

unsigned cells_count(struct span row, char separator)
{
	struct input_fields f = input_fields_of(row, separator);
	struct span field;
	unsigned n = 0;

	while (input_fields_next(&f, &field))
		n++;
	return n;
}

static bool is_nothing(struct span s)
{
	static const char *const words[] = {"",	  "-",	  "(blank)", "blank",  "n/a",
					    "na", "null", "none",    "unknown"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_ieq(s, span_str(words[i])))
			return true;
	return false;
}

/* Letters only, or an A-label: "1.5" and "2.49E7" are no names, whatever a host name may be. */
static bool has_top_level(const struct name *name)
{
	const char *dot = memrchr(name->text, '.', name->n);

	if (dot == NULL)
		return false;
	if (strncmp(dot + 1, "xn--", 4) == 0)
		return true;
	for (const char *p = dot + 1; *p != '\0'; p++)
		if (*p < 'a' || *p > 'z')
			return false;
	return true;
}

static bool has_lower(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'a' && s.p[i] <= 'z')
			return true;
	return false;
}

enum cell cells_kind(struct span row, char separator, int column)
{
	struct span field = cells_field(row, separator, column);
	char buf[NAME_BUF * 2];
	struct name name;

	if (field.p == NULL)
		return CELL_NONE;
	if (field.n > sizeof(buf))
		return CELL_OTHER;
	struct span value = input_field_value(field, buf);
	for (size_t i = 1; i < value.n; i++)
		if (value.p[i] == '#' && (value.p[i - 1] == ' ' || value.p[i - 1] == '\t'))
			value.n = i - 1; /* a comment behind it */
	if (is_nothing(value))
		return CELL_EMPTY;
	if (input_is_number(value))
		return CELL_NUMBER;
	name_normalise(value, &name);
	if (name.status != NAME_OK)
		return CELL_OTHER;
	if (name.flags & NAME_WAS_EMAIL)
		return CELL_EMAIL;
	if (name.flags & NAME_WAS_URL)
		return CELL_URL;
	if (has_top_level(&name))
		return CELL_HOST;
	/* "Acme" is no label, though it could be one; "com" and "COM" are. */
	if (memchr(name.text, '.', name.n) != NULL ||
	    ((name.flags & NAME_WAS_UPPER) && has_lower(value)))
		return CELL_OTHER;
	return CELL_LABEL;
}

struct cells_tally cells_tally(const struct input_sample *s, size_t from, char separator,
			       int column)
{
	struct cells_tally t = {0};

	for (size_t i = from; i < s->n; i++) {
		enum cell kind = cells_kind(s->row[i], separator, column);
		if (kind == CELL_NONE || kind == CELL_EMPTY)
			continue;
		t.filled++;
		t.numbers += kind == CELL_NUMBER;
		t.hosts += kind == CELL_HOST;
		t.labels += kind == CELL_LABEL;
		t.names += cell_is_name(kind);
	}
	return t;
}

bool cells_hold_names(struct cells_tally t)
{
	return 2 * t.names >= t.filled;
}

int cells_only_hosts(const struct input_sample *s, size_t from, char separator, unsigned columns)
{
	int found = -1;

	for (unsigned i = 0; i < columns; i++) {
		struct cells_tally t = cells_tally(s, from, separator, (int)i);
		if (t.hosts == 0 || 2 * t.hosts < t.filled)
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}
