/* policy.c - see policy.h. */
#include "parsers/policy.h"

#include <assert.h>

#include "parsers/hostname.h"
#include "parsers/txtfield.h"
#include "parsers/utf8.h"

static const struct span policy_keys[POLICY_UNKNOWN] = {SPAN_INIT("version"), SPAN_INIT("mode"),
							SPAN_INIT("max_age"), SPAN_INIT("mx")};

/* State of one parse. */
struct policy_reader {
	struct findings *f;
	struct policy *out;
	struct span line;     /* the current one, without its terminator */
	uint32_t line_number; /* from 1 */
	uint32_t known;	      /* lines that name a known field, however badly */
	uint32_t fields;      /* lines with a field so far */
	bool after_cr;	      /* the current line follows a bare CR */
	bool front_matter;    /* inside the head of a static-site source file */
	/* First value of each known field (p NULL: none), and of one meant by that name. */
	struct span seen[POLICY_UNKNOWN];
	struct span meant[POLICY_UNKNOWN];
	uint32_t meant_line[POLICY_UNKNOWN], meant_column[POLICY_UNKNOWN];
	bool meant_case[POLICY_UNKNOWN]; /* differs in case only */
	uint32_t lf, crlf, cr;
};

const char *policy_key_name(enum policy_key key)
{
	assert(key < POLICY_UNKNOWN);
	return policy_keys[key].p;
}

static enum policy_key policy_key(struct span name)
{
	for (int k = 0; k < POLICY_UNKNOWN; k++)
		if (span_eq(name, policy_keys[k]))
			return (enum policy_key)k;
	return POLICY_UNKNOWN;
}

enum policy_key policy_key_guess(struct span name)
{
	enum policy_key best = POLICY_UNKNOWN;
	unsigned best_distance = HOSTNAME_DISTANCE_MAX;

	for (int k = 0; k < POLICY_UNKNOWN; k++) {
		/* "mx" is so short that anything is two edits away. */
		unsigned max = k == POLICY_MX ? 1 : 2;
		unsigned d = hostname_distance(name, policy_keys[k], max);
		if (d <= max && d < best_distance) {
			best = (enum policy_key)k;
			best_distance = d;
		}
	}
	return best;
}

/* ---- findings with a place --------------------------------------------------------------- */

static void policy_place(struct policy_reader *r, struct finding *one)
{
	if (one == NULL)
		return;
	/* A place is in the line that is being read, or right behind it: where its end is amiss. */
	assert(one->at.p >= r->line.p && one->at.p <= r->line.p + r->line.n);
	one->line = r->line_number;
	one->column = (uint32_t)(one->at.p - r->line.p) + 1;
}

static void policy_break(struct policy_reader *r, enum issue code, struct span at)
{
	policy_place(r, findings_break(r->f, code, at));
}

static void policy_note(struct policy_reader *r, enum issue code, struct span at)
{
	policy_place(r, findings_add(r->f, code, at));
}

/* ---- values ------------------------------------------------------------------------------ */

/* "enforce # since May": a known value with a remark behind it. */
static bool policy_commented(struct span value)
{
	const char *hash = value.n == 0 ? NULL : memchr(value.p, '#', value.n);

	return hash != NULL && hash > value.p && txtfield_is_blank(hash[-1]);
}

static bool policy_mode_any_case(struct span value)
{
	for (unsigned m = 0; m < mode_count; m++)
		if (span_ieq(value, span_str(mode_name((enum mode)m))))
			return true;
	return false;
}

static void policy_mode(struct policy_reader *r, struct span value)
{
	int mode = mode_parse(value);

	r->out->mode = mode;
	if (mode >= 0)
		return;
	if (policy_commented(value))
		policy_break(r, ISSUE_policy_trailing_comment, value);
	else if (span_ieq(value, SPAN_LIT("report")))
		policy_break(r, ISSUE_policy_mode_report, value);
	else if (policy_mode_any_case(value))
		policy_break(r, ISSUE_policy_mode_case, value);
	else
		policy_break(r, ISSUE_policy_mode_invalid, value);
}

static bool policy_digits_only(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
	return value.n > 0;
}

static void policy_max_age(struct policy_reader *r, struct span value)
{
	int64_t seconds = 0;
	size_t i = 0;

	/* 1*10(DIGIT) is the RFC's; ten digits cannot overflow. */
	while (i < value.n && i < 10 && value.p[i] >= '0' && value.p[i] <= '9')
		seconds = seconds * 10 + (value.p[i++] - '0');
	if (i == 0 || i < value.n) {
		policy_break(r,
			     policy_commented(value)	 ? ISSUE_policy_trailing_comment
			     : policy_digits_only(value) ? ISSUE_policy_max_age_digits
							 : ISSUE_policy_max_age_invalid,
			     value);
		return;
	}
	if (seconds > POLICY_MAX_AGE_MAX)
		policy_break(r, ISSUE_policy_max_age_too_large, value);
	r->out->max_age = seconds;
}

static void policy_mx(struct policy_reader *r, struct span value)
{
	struct policy *out = r->out;
	unsigned kept = out->mx_n < POLICY_MX_KEPT ? out->mx_n : POLICY_MX_KEPT;
	bool breaks;

	/* Duplicates are looked for among the kept alone: a body of patterns costs no square. */
	int code = policy_mx_check(value, &breaks);
	if (code >= 0 && breaks) {
		policy_break(r, (enum issue)code, value);
		return;
	}
	if (code >= 0)
		policy_note(r, (enum issue)code, value);
	for (unsigned i = 0; i < kept; i++)
		if (span_ieq(out->mx[i], value)) {
			policy_note(r, ISSUE_policy_mx_duplicate, value);
			break;
		}
	if (out->mx_n < POLICY_MX_KEPT) {
		out->mx[out->mx_n] = value;
		out->mx_line[out->mx_n] = r->line_number;
	}
	out->mx_n++;
}

/* Length of the run of printable ASCII at the start, found eight bytes at a time. */
static size_t policy_plain(struct span s)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
	size_t i = 0;

	for (uint64_t eight; s.n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s.p + i, sizeof(eight));
		/* A byte over 0x7e overflows into its high bit, one under ' ' borrows from it. */
		if (((eight | (eight + ones) | (eight - ones * ' ')) & high) != 0)
			break;
	}
	while (i < s.n && s.p[i] >= ' ' && s.p[i] < 0x7f)
		i++;
	return i;
}

/* Bytes that no value may hold: control characters and ill-formed UTF-8. True when clean. */
static bool policy_bytes_ok(struct policy_reader *r, struct span text)
{
	size_t plain = policy_plain(text);

	if (plain == text.n)
		return true;
	for (size_t i = plain; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			policy_break(r, ISSUE_policy_control_char, span_of(text.p + i, 1));
			return false;
		}
	}
	size_t good = utf8_valid_prefix(text);
	if (good < text.n) {
		policy_break(r, ISSUE_policy_not_utf8, span_of(text.p + good, 1));
		return false;
	}
	return true;
}

/* A field that the RFC does not know: ignored, if it fits the grammar of an extension (RFC 8461
 * 3.2, sts-policy-extension). A bad one breaks the whole file, for the grammar has no other place
 * for it; most senders are milder, and senders.def says who. */
static void policy_extension(struct policy_reader *r, struct span name, struct span value)
{
	enum policy_key meant = policy_key_guess(name);

	if (!txtfield_name_ok(name)) {
		policy_break(r, ISSUE_policy_key_invalid, name);
		return;
	}
	if (meant != POLICY_UNKNOWN && r->meant[meant].p == NULL) {
		r->meant[meant] = name;
		r->meant_line[meant] = r->line_number;
		r->meant_column[meant] = (uint32_t)(name.p - r->line.p) + 1;
		r->meant_case[meant] = span_ieq(name, policy_keys[meant]);
	} else if (meant == POLICY_UNKNOWN) {
		policy_note(r, ISSUE_policy_unknown_key, name);
	}
	r->known += meant != POLICY_UNKNOWN;
	if (value.n == 0 || memchr(value.p, '\t', value.n) != NULL)
		policy_break(r, ISSUE_policy_ext_value_invalid, value.n == 0 ? name : value);
	else if (memchr(value.p, ':', value.n) != NULL)
		policy_note(r, ISSUE_policy_extra_colon, value);
	if (txtfield_ascii_span(value) < value.n)
		policy_note(r, ISSUE_policy_ext_non_ascii, value);
}

static void policy_version(struct policy_reader *r, struct span value)
{
	if (span_eq(value, SPAN_LIT("STSv1")))
		return;
	policy_break(r,
		     policy_commented(value)		  ? ISSUE_policy_trailing_comment
		     : span_ieq(value, SPAN_LIT("STSv1")) ? ISSUE_policy_version_case
							  : ISSUE_policy_version_invalid,
		     value);
}

static void policy_duplicate(struct policy_reader *r, enum policy_key key, struct span name,
			     struct span value)
{
	bool same = span_eq(value, r->seen[key]);

	policy_note(r,
		    same		    ? ISSUE_policy_duplicate_key
		    : key == POLICY_VERSION ? ISSUE_policy_duplicate_version_conflict
					    : ISSUE_policy_duplicate_key_conflict,
		    name);
}

static void policy_field(struct policy_reader *r, struct span name, struct span value)
{
	enum policy_key key = policy_key(name);

	r->fields++;
	if (key == POLICY_UNKNOWN) {
		if (policy_bytes_ok(r, name) && policy_bytes_ok(r, value))
			policy_extension(r, name, value);
		return;
	}
	r->known++;
	if (!policy_bytes_ok(r, value)) {
		if (r->seen[key].p == NULL)
			r->seen[key] = value;
		return;
	}
	if (key == POLICY_MX) {
		r->seen[key] = value;
		policy_mx(r, value);
		return;
	}
	if (r->seen[key].p != NULL) {
		policy_duplicate(r, key, name, value);
		return;
	}
	r->seen[key] = value;
	if (key == POLICY_MODE) {
		policy_mode(r, value);
	} else if (key == POLICY_MAX_AGE) {
		policy_max_age(r, value);
	} else {
		if (r->fields > 1)
			policy_note(r, ISSUE_policy_version_not_first, name);
		policy_version(r, value);
	}
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Whether a later line is "---". A first line "---" alone opens nothing, and hides nothing. */
static bool policy_front_matter_ends(const struct policy_reader *r)
{
	const char *p = r->line.p, *end = r->out->body.p + r->out->body.n;

	while ((p = memmem(p, (size_t)(end - p), "\n---", 4)) != NULL) {
		p += 4;
		while (p < end && (txtfield_is_blank(*p) || *p == '\r'))
			p++;
		if (p == end || *p == '\n')
			return true;
	}
	return false;
}

/* The head of a Jekyll, Hugo or other static-site source: "---", "key: value" lines, "---". */
static bool policy_front_matter(struct policy_reader *r, struct span text)
{
	if (!span_eq(text, SPAN_LIT("---")))
		return r->front_matter;
	if (r->line_number == 1 && policy_front_matter_ends(r)) {
		r->front_matter = true;
		policy_break(r, ISSUE_policy_front_matter, text);
		return true;
	}
	bool closes = r->front_matter;
	r->front_matter = false;
	return closes;
}

static void policy_line(struct policy_reader *r)
{
	struct span text = r->line;

	while (text.n > 0 && txtfield_is_blank(text.p[text.n - 1]))
		text.n--;
	if (text.n == 0) {
		if (!r->after_cr && !r->front_matter)
			policy_break(r, ISSUE_policy_empty_line, text);
		return;
	}
	size_t indent = 0;
	while (txtfield_is_blank(text.p[indent]))
		indent++;
	text = span_of(text.p + indent, text.n - indent);
	if (policy_front_matter(r, text))
		return;
	if (indent > 0)
		policy_break(r, ISSUE_policy_leading_ws, span_of(r->line.p, indent));
	if (text.p[0] == '#' || span_starts(text, SPAN_LIT("//"))) {
		policy_break(r, ISSUE_policy_comment, text);
		return;
	}
	const char *colon = memchr(text.p, ':', text.n);
	if (colon == NULL) {
		if (policy_bytes_ok(r, text))
			policy_break(r, ISSUE_policy_line_no_colon, text);
		return;
	}
	struct span name = span_of(text.p, (size_t)(colon - text.p));
	struct span value = txtfield_trim(span_of(colon + 1, text.n - name.n - 1));
	if (name.n > 0 && txtfield_is_blank(name.p[name.n - 1])) {
		name = txtfield_trim(name);
		policy_break(r, ISSUE_policy_ws_before_colon, span_of(name.p + name.n, 1));
	}
	policy_field(r, name, value);
}

/* Cuts the next line off `rest`: LF, CRLF, or (an error) CR alone ends it. */
static struct span policy_cut(struct policy_reader *r, struct span rest)
{
	assert(rest.n > 0);
	const char *lf = memchr(rest.p, '\n', rest.n);
	struct span line = lf == NULL ? rest : span_of(rest.p, (size_t)(lf - rest.p));
	size_t used = line.n + (lf != NULL);
	bool crlf = lf != NULL && line.n > 0 && line.p[line.n - 1] == '\r';

	line.n -= crlf;
	const char *cr = line.n == 0 ? NULL : memchr(line.p, '\r', line.n);
	r->line = line;
	if (cr != NULL) {
		r->line.n = (size_t)(cr - line.p);
		used = r->line.n + 1;
		r->cr++;
	} else if (crlf) {
		r->crlf++;
	} else if (lf != NULL) {
		r->lf++;
	}
	assert(used > 0 && used <= rest.n); /* every turn shortens the rest: the walk ends */
	return span_of(rest.p + used, rest.n - used);
}

static void policy_lines(struct policy_reader *r, struct span rest)
{
	while (rest.n > 0) {
		uint32_t cr = r->cr;
		rest = policy_cut(r, rest);
		r->line_number++;
		policy_line(r);
		r->after_cr = r->cr > cr;
		if (r->after_cr && cr == 0)
			policy_break(r, ISSUE_policy_bare_cr, span_of(r->line.p + r->line.n, 1));
	}
	unsigned kinds = (r->lf > 0) + (r->crlf > 0) + (r->cr > 0);
	r->out->newline = kinds > 1	? NEWLINE_MIXED
			  : r->lf > 0	? NEWLINE_LF
			  : r->crlf > 0 ? NEWLINE_CRLF
			  : r->cr > 0	? NEWLINE_CR
					: NEWLINE_NONE;
	if (r->lf > 0 && r->crlf > 0)
		findings_add(r->f, ISSUE_policy_mixed_newlines, SPAN_NULL);
}

/* ---- the whole file ---------------------------------------------------------------------- */

static bool policy_blank(struct span body)
{
	for (size_t i = 0; i < body.n; i++)
		if (!txtfield_is_blank(body.p[i]) && body.p[i] != '\r' && body.p[i] != '\n')
			return false;
	return true;
}

static bool policy_utf16(struct span b)
{
	return span_starts(b, SPAN_LIT("\xff\xfe")) || span_starts(b, SPAN_LIT("\xfe\xff")) ||
	       (b.n >= 4 &&
		((b.p[0] == '\0' && b.p[1] == 'v') || (b.p[0] == 'v' && b.p[1] == '\0')));
}

/* True when the file is something else altogether; then that is the finding. */
static bool policy_foreign(struct span body, struct findings *f)
{
	size_t i = 0;

	if (policy_blank(body)) {
		findings_break(f, ISSUE_policy_empty, span_of(body.p, 0));
		return true;
	}
	if (policy_utf16(body)) {
		findings_break(f, ISSUE_policy_utf16, span_of(body.p, 2));
		return true;
	}
	while (txtfield_is_blank(body.p[i]) || body.p[i] == '\r' || body.p[i] == '\n')
		i++;
	if (body.p[i] != '<' && body.p[i] != '{' && body.p[i] != '[')
		return false;
	findings_break(f, body.p[i] == '<' ? ISSUE_policy_is_html : ISSUE_policy_json,
		       span_of(body.p + i, 1));
	return true;
}

/* What should be there and is not. A field that was meant but misspelled is named instead. */
static void policy_missing(struct policy_reader *r)
{
	static const enum issue missing[] = {ISSUE_policy_version_missing,
					     ISSUE_policy_mode_missing,
					     ISSUE_policy_max_age_missing, ISSUE_policy_mx_missing};

	for (int k = 0; k < POLICY_UNKNOWN; k++) {
		bool absent = r->seen[k].p == NULL;
		bool needed = k != POLICY_MX || r->out->mode != MODE_NONE;
		if (r->meant[k].p != NULL) {
			bool is_cause = absent && needed && r->meant_case[k];
			struct finding *one =
				is_cause ? findings_break(r->f, ISSUE_policy_key_case, r->meant[k])
					 : findings_add(r->f, ISSUE_policy_key_typo, r->meant[k]);
			if (one != NULL) {
				one->line = r->meant_line[k];
				one->column = r->meant_column[k];
			}
			if (is_cause)
				continue;
		}
		if (absent && needed)
			findings_break(r->f, missing[k], SPAN_NULL);
	}
}

void policy_parse(struct span body, struct findings *f, struct policy *out)
{
	struct policy_reader r = {.f = f, .out = out};

	findings_init(f, body.p);
	out->valid = false;
	out->newline = TERM_NULL;
	out->mode = TERM_NULL;
	out->max_age = -1;
	out->mx_n = 0;
	out->body = body;
	if (policy_foreign(body, f))
		return;
	if (span_starts(body, SPAN_LIT("\xef\xbb\xbf"))) {
		r.line = body;
		r.line_number = 1;
		policy_break(&r, ISSUE_policy_bom, span_of(body.p, 3));
		r.line_number = 0;
		body = span_of(body.p + 3, body.n - 3);
	}
	if (body.n > POLICY_BODY_MAX)
		findings_break(f, ISSUE_policy_too_large, SPAN_NULL);
	policy_lines(&r, body);
	if (r.known == 0) {
		findings_init(f, f->base);
		findings_break(f, ISSUE_policy_not_a_policy, SPAN_NULL);
		return;
	}
	policy_missing(&r);
	out->valid = f->root < 0;
	/* What RFC 8461 3.2 requires of a policy; "mx" only where mail is to be sent by it. */
	assert(!out->valid || (out->mode >= 0 && out->max_age >= 0 && body.n <= POLICY_BODY_MAX));
	assert(!out->valid || out->mode == MODE_NONE || out->mx_n > 0);
}

struct policy_mx policy_mx_start(const struct policy *p)
{
	return (struct policy_mx){.policy = p};
}

/* Past the kept ones the lines are read again. */
static bool policy_mx_reread(struct policy_mx *it, struct span *pattern)
{
	struct span body = it->policy->body;

	while (it->at < body.n) {
		struct span rest = span_of(body.p + it->at, body.n - it->at);
		const char *lf = memchr(rest.p, '\n', rest.n);
		struct span line = lf == NULL ? rest : span_of(rest.p, (size_t)(lf - rest.p));
		it->at += line.n + 1;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		line = txtfield_trim(line);
		if (!span_starts(line, SPAN_LIT("mx:")))
			continue;
		*pattern = txtfield_trim(span_of(line.p + 3, line.n - 3));
		if (policy_mx_valid(*pattern))
			return true;
	}
	return false;
}

bool policy_mx_next(struct policy_mx *it, struct span *pattern)
{
	const struct policy *p = it->policy;

	if (it->i >= p->mx_n)
		return false;
	if (it->i < POLICY_MX_KEPT) {
		*pattern = p->mx[it->i];
		it->at = (size_t)(pattern->p + pattern->n - p->body.p);
		it->i++;
		return true;
	}
	it->i++;
	return policy_mx_reread(it, pattern);
}
