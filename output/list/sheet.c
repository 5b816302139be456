/* sheet.c - see sheet.h. */
#include "output/list/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "output/diff/rowsort.h"
#include "output/report/html.h"
#include "output/text/number.h"

#define SHEET_MEMORY (16u << 20)
#define SHEET_CAUSES 6u
#define SHEET_TEXT_MAX 40u /* characters of a name or tag in a cell */
#define SHEET_STEP_MAX 210u

enum sheet_part { SHEET_LOSS, SHEET_BROKEN, SHEET_CERT, SHEET_PARTS };

/* How a name stands: of these the first that is true of it. */
enum sheet_class {
	CLASS_LOSS,
	CLASS_BROKEN,
	CLASS_UNKNOWN,
	CLASS_PROTECTED,
	CLASS_TESTING,
	CLASS_OFF,
	CLASS_ABSENT,
	CLASSES
};

/* What is in a part is what its condition selects: the command that lists it lists as many. */
static const struct {
	const char *title, *intro, *select;
	unsigned rows;	 /* that always have room */
	unsigned height; /* of a row, in lines of half a sentence */
} parts[SHEET_PARTS] = {
	{"Mail is lost now", "Compliant senders cannot deliver to these names.",
	 "impact=mail_loss,domain!=null", 22, 2},
	{"Other errors",
	 "Something is published with an error: protection or reports may fail, or mail may be "
	 "late.",
	 "severity=error,impact!=mail_loss,domain!=null or "
	 "verdict=broken,impact!=mail_loss,domain!=null or impact=unprotected,domain!=null",
	 4, 2},
	{"Certificates of policy hosts that end within 30 days, or have ended",
	 "When one ends, the policy can no longer be fetched. The next one is first.",
	 "policy.cert_not_after<+30d,domain!=null", 10, 1},
};

struct sheet_cause {
	enum issue code;
	uint64_t names, loss;
	struct buf step; /* the first one of a name that has it */
	bool differs;	 /* of another name it is another */
};

struct sheet {
	const struct sheet_wish *wish;
	struct select select[SHEET_PARTS];
	uint64_t seen, met;  /* records, and those that meet the wish */
	struct rowsort *all; /* the names, each as often as a line has it */
	uint64_t nameless, repeated, repeated_loss;
	struct rowsort *rows[SHEET_PARTS];
	uint64_t part_n[SHEET_PARTS];
	uint64_t late; /* of SHEET_BROKEN: first, for some mail to them is late */
	bool tagged;   /* a row has a tag */
	uint64_t names, classes[CLASSES];
	uint64_t unready; /* of CLASS_TESTING: enforced as they are they would lose mail */
	struct sheet_cause causes[ISSUE_COUNT];
	int64_t first_ms, last_ms; /* when the names were scanned */
	struct buf key, line, step;
	struct buf any; /* the step, of any name */
};

/* ---- reading ----------------------------------------------------------------------------- */

static void sheet_cell(struct buf *b, struct span s)
{
	buf_bytes(b, s.p, s.n);
	buf_bytes(b, "", 1);
}

/* A row: name, tag, what, the first step. Ordered by `first`, then tag and name. */
static int sheet_row(struct sheet *s, enum sheet_part part, const struct record *r,
		     struct span first, struct span what, struct errmsg *err)
{
	s->part_n[part]++;
	buf_reset(&s->key);
	buf_reset(&s->line);
	sheet_cell(&s->key, first);
	sheet_cell(&s->key, r->tag);
	sheet_cell(&s->key, r->domain);
	sheet_cell(&s->line, r->domain);
	sheet_cell(&s->line, r->tag);
	s->tagged = s->tagged || r->tag.n > 0;
	sheet_cell(&s->line, what);
	sheet_cell(&s->line, span_of(s->step.n > 0 ? s->step.p : "", s->step.n));
	if (s->key.failed || s->line.failed)
		return errmsg_set(err, "no memory for a row");
	return rowsort_add(s->rows[part], span_of(s->key.p, s->key.n),
			   span_of(s->line.p, s->line.n), err);
}

static enum sheet_class sheet_class(const struct sheet *s, const struct record *r)
{
	if (select_matches(&s->select[SHEET_LOSS], r))
		return CLASS_LOSS;
	if (select_matches(&s->select[SHEET_BROKEN], r))
		return CLASS_BROKEN;
	switch (r->verdict) {
	case VERDICT_ENFORCE:
		return CLASS_PROTECTED;
	case VERDICT_TESTING:
		return CLASS_TESTING;
	case VERDICT_NONE:
		return CLASS_OFF;
	case VERDICT_ABSENT:
		return CLASS_ABSENT;
	default:
		return CLASS_UNKNOWN;
	}
}

static bool sheet_unready(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (issue_has(r->issues[i].code, ISSUE_UNREADY))
			return true;
	return false;
}

static void sheet_count(struct sheet *s, const struct record *r, enum sheet_class class)
{
	s->names++;
	s->classes[class]++;
	if (class == CLASS_TESTING)
		s->unready += sheet_unready(r);
	if (s->first_ms == 0 || r->scanned_at_ms < s->first_ms)
		s->first_ms = r->scanned_at_ms;
	if (r->scanned_at_ms > s->last_ms)
		s->last_ms = r->scanned_at_ms;
}

/* A step as it is for all names: with NAME in place of this one. */
static void sheet_any_name(struct sheet *s, struct span name)
{
	struct span rest = span_of(s->step.n > 0 ? s->step.p : "", s->step.n);

	bool whole = memchr(name.p, '.', name.n) != NULL; /* "io" is also in other words */

	buf_reset(&s->any);
	while (rest.n > 0) {
		const char *at = whole ? memmem(rest.p, rest.n, name.p, name.n) : NULL;
		size_t before = at != NULL ? (size_t)(at - rest.p) : rest.n;
		buf_bytes(&s->any, rest.p, before);
		if (at != NULL)
			buf_text(&s->any, "NAME");
		before += at != NULL ? name.n : 0;
		rest = span_of(rest.p + before, rest.n - before);
	}
}

static void sheet_cause(struct sheet *s, struct sheet_cause *c, bool loss)
{
	if (c->names == 0)
		buf_bytes(&c->step, s->any.p, s->any.n);
	c->differs = c->differs || c->step.n != s->any.n ||
		     (s->any.n > 0 && memcmp(c->step.p, s->any.p, s->any.n) != 0);
	c->names++;
	c->loss += loss;
}

static int sheet_record(struct sheet *s, const struct record *r, struct errmsg *err)
{
	const struct record_issue *first = record_first_issue(r);
	enum sheet_class class = sheet_class(s, r);

	s->seen++;
	if (s->wish->select != NULL && !select_matches(s->wish->select, r))
		return 0;
	s->met++;
	if (r->domain.p == NULL) {
		s->nameless++;
		return 0;
	}
	sheet_count(s, r, class);
	if (rowsort_add(s->all, r->domain,
			class == CLASS_LOSS ? SPAN_LIT("loss") : SPAN_LIT("other"), err) != 0)
		return -1;
	buf_reset(&s->step);
	if (class <= CLASS_BROKEN) {
		struct span title =
			first != NULL ? span_str(issue_info(first->code)->title) : SPAN_NULL;
		s->wish->action(s->wish->owner, r, &s->step);
		sheet_any_name(s, r->domain);
		if (s->any.failed)
			return errmsg_set(err, "no memory for a step");
		if (first != NULL)
			sheet_cause(s, &s->causes[first->code], class == CLASS_LOSS);
		bool late = record_mail_late(r);
		s->late += late;
		if (sheet_row(s, class == CLASS_LOSS ? SHEET_LOSS : SHEET_BROKEN, r,
			      late ? SPAN_LIT("0") : SPAN_LIT("1"), title, err) != 0)
			return -1;
		buf_reset(&s->step);
	}
	if (!select_matches(&s->select[SHEET_CERT], r))
		return 0;
	/* Dates before 1970 or past 9999 order as text, too: number_date() is what is shown. */
	struct number date = number_date(r->policy.cert_not_after);
	return sheet_row(s, SHEET_CERT, r, span_str(date.s), span_str(date.s), err);
}

static int sheet_read(struct sheet *s, const struct run_set *set, struct run_source *source,
		      struct remarks *remarks, struct errmsg *err)
{
	struct record r;
	struct span line;
	int rc = 0;

	for (unsigned i = 0; i < set->n && rc == 0; i++) {
		enum run_status status = RUN_FAILED;
		if (run_open(source, set->v[i], remarks, err) == 0) {
			while ((status = run_next(source, &r, &line, err)) == RUN_RECORD && rc == 0)
				rc = sheet_record(s, &r, err);
		}
		rc = status == RUN_FAILED ? -1 : rc;
		run_close(source);
	}
	return rc;
}

/* Lines of a name that an earlier line has. */
static int sheet_repeated(struct sheet *s, struct errmsg *err)
{
	struct span name, class;
	int rc;

	buf_reset(&s->line);
	for (bool first = true; (rc = rowsort_next(s->all, &name, &class, err)) == 1;
	     first = false) {
		if (!first && span_eq(name, span_of(s->line.p, s->line.n))) {
			s->repeated++;
			s->repeated_loss += span_eq(class, SPAN_LIT("loss"));
			continue;
		}
		buf_reset(&s->line);
		buf_bytes(&s->line, name.p, name.n);
		if (s->line.failed)
			return errmsg_set(err, "no memory for a name");
	}
	return rc;
}

/* ---- writing ----------------------------------------------------------------------------- */

/* Two pages: sizes are those of print, and the screen shows the same. */
static const char style[] =
	"<style>.sheet{max-width:60rem;margin:0 auto;padding:1.5rem 1.2rem}.sheet h1{"
	"font-size:1.7rem}.sheet h2{font-size:1.1rem;margin:1.3rem 0 0}.sheet td,.sheet tbody th{"
	"overflow-wrap:anywhere}.untagged table:not(.causes) tr>:nth-child(2){display:none}"
	"td.d{white-space:nowrap}.sheet code{font-size:.92em}"
	/* Eight tiles: no row has a hole. */
	".sheet .figures{grid-template-columns:repeat(4,1fr)}@media screen and (max-width:40rem){"
	".sheet .figures{grid-template-columns:1fr 1fr}.sheet td:last-child{display:block;"
	"text-align:left}.sheet td:last-child::before{display:block;max-width:none}}@media "
	"print,(min-width:48.01rem){"
	".sheet .names{table-layout:fixed}.sheet .names thead th:nth-child(1){width:28%}.sheet "
	".names thead th:nth-child(2){width:15%}.sheet .names thead th:nth-child(4){width:36%}"
	".sheet tbody th{min-width:0}.sheet .causes thead th:nth-child(1){width:38%}}"
	"@media print{.sheet{padding:0;max-width:none}.sheet h1{font-size:17px}.sheet h2{"
	"font-size:13px;margin-top:.8rem}.sheet table{font-size:10px;line-height:1.25}"
	".sheet .intro,.sheet .note{margin:0;font-size:10px}.sheet h2,.sheet "
	".intro{break-after:avoid}.sheet tr{break-inside:avoid}}"
	"</style>\n";

/* At most so many characters, and whole ones; what is cut says so. */
static void sheet_text(FILE *out, struct span s, size_t most)
{
	size_t n = 0, chars = 0;

	while (n < s.n && chars < most) {
		n++;
		while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
			n++;
		chars++;
	}
	html_text(out, span_of(s.p, n));
	if (n < s.n)
		fputs("&hellip;", out);
}

/* Each name in exactly one of them, and all of them in the first. */
static void sheet_figures(FILE *out, const struct sheet *s)
{
	static const struct {
		const char *class, *one, *many;
	} tiles[CLASSES] = {
		[CLASS_LOSS] = {"bad", "loses mail now", "lose mail now"},
		[CLASS_BROKEN] = {"bad", "has another error", "have another error"},
		[CLASS_UNKNOWN] = {"", "not known to us this time", "not known to us this time"},
		[CLASS_PROTECTED] = {"good", "protected (enforce)", "protected (enforce)"},
		[CLASS_TESTING] = {"", "testing", "testing"},
		[CLASS_OFF] = {"", "switched off (none)", "switched off (none)"},
		[CLASS_ABSENT] = {"", "without MTA-STS", "without MTA-STS"},
	};

	fputs("<ul class=figures>\n", out);
	html_figure(out, "", s->names, 0, number_word(s->names, "name in all", "names in all"));
	for (unsigned i = 0; i < CLASSES; i++)
		html_figure(out, i <= CLASS_BROKEN && s->classes[i] == 0 ? "good" : tiles[i].class,
			    s->classes[i], s->names,
			    number_word(s->classes[i], tiles[i].one, tiles[i].many));
	fputs("</ul>\n<p class=note>Each name is in one box, that of the worst that is true of "
	      "it: who loses mail or has an error does not count as protected, too.",
	      out);
	if (s->unready > 0)
		fprintf(out, " Of those in testing %s would lose mail if %s enforced as %s.",
			number_grouped(s->unready).s,
			number_word(s->unready, "it were", "they were"),
			number_word(s->unready, "it is", "they are"));
	fputs("</p>\n", out);
}

/* What is to be done first, as far as the record tells. */
static void sheet_step(FILE *out, const struct sheet_cause *c)
{
	if (c->differs)
		fputs("Differs by name", out);
	else
		sheet_text(out, span_of(c->step.n > 0 ? c->step.p : "", c->step.n), SHEET_STEP_MAX);
}

static int cause_order(const void *a, const void *b)
{
	const struct sheet_cause *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? 1 : -1;
	if (x->names != y->names)
		return x->names < y->names ? 1 : -1;
	return x->code < y->code ? -1 : x->code > y->code;
}

static void sheet_causes(FILE *out, struct sheet *s)
{
	uint64_t others = 0;

	qsort(s->causes, ISSUE_COUNT, sizeof(s->causes[0]), cause_order);
	if (s->causes[0].names == 0)
		return;
	fputs("<h2>Why, and what to do first</h2>\n<p class=intro>As far as the scan "
	      "saw. <code>mtasweep check NAME</code> looks again and has all steps and the values "
	      "to publish; it looks at the policy, too, where the record at _mta-sts is void and "
	      "the scan did not ask for it.</p>\n<table class=causes>\n<thead><tr><th>Cause<th "
	      "class=n>Names"
	      "<th class=n>Lose mail<th>What to do first</tr></thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		const struct sheet_cause *c = &s->causes[i];
		if (i >= SHEET_CAUSES) {
			others += c->names;
			continue;
		}
		if (c->names == 0)
			break;
		fputs("<tr><th scope=row>", out);
		html_str(out, issue_info(c->code)->title);
		fprintf(out, "<td class=n data-t=Names>%s<td class=n data-t=\"Lose mail\">%s<td>",
			number_grouped(c->names).s, number_grouped(c->loss).s);
		sheet_step(out, c);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n", out);
	if (others > 0)
		fprintf(out, "<p class=note>Other causes: %s.</p>\n", number_names(others).s);
}

static struct span sheet_next(struct span *row)
{
	const char *end = memchr(row->p, '\0', row->n);
	struct span cell = span_of(row->p, end != NULL ? (size_t)(end - row->p) : row->n);

	*row = span_of(row->p + cell.n + (end != NULL), row->n - cell.n - (end != NULL));
	return cell;
}

/* How many rows of each part are shown: room that one does not need, the next one has. */
static void sheet_room(const struct sheet *s, unsigned rows[SHEET_PARTS])
{
	unsigned room = 0;

	for (unsigned i = 0; i < SHEET_PARTS; i++) {
		rows[i] = s->part_n[i] < parts[i].rows ? (unsigned)s->part_n[i] : parts[i].rows;
		room += (parts[i].rows - rows[i]) * parts[i].height;
	}
	for (unsigned i = 0; i < SHEET_PARTS; i++) {
		uint64_t wanted = s->part_n[i] - rows[i], fit = room / parts[i].height;
		unsigned more = (unsigned)(wanted < fit ? wanted : fit);
		rows[i] += more;
		room -= more * parts[i].height;
	}
}

/* How to list all of the parts that are not whole on the sheet. */
static void sheet_lists(FILE *out, const struct sheet *s, const unsigned rows[SHEET_PARTS])
{
	bool first = true;

	for (unsigned i = 0; i < SHEET_PARTS; i++) {
		if (s->part_n[i] <= rows[i])
			continue;
		fputs(first ? "<h2>Whole lists</h2>\n<p class=note>For who runs the scan." : "<br>",
		      out);
		if (first && s->wish->select != NULL && s->wish->select->n > 0)
			fputs(" They list those that are not for this sheet, too.", out);
		fputs(first ? "<br>" : "", out);
		first = false;
		html_str(out, parts[i].title);
		fputs(": <code>mtasweep report --by name --select &#39;", out);
		html_str(out, parts[i].select);
		fprintf(out, "&#39;%s RUN</code>",
			i == SHEET_CERT ? " --columns policy.cert_not_after,domain,tag --sort "
					  "policy.cert_not_after"
					: "");
	}
	fputs(first ? "" : "</p>\n", out);
}

/* Lines of the list that are no names of their own. */
static void sheet_lines(FILE *out, const struct sheet *s)
{
	if (s->nameless > 0)
		fprintf(out,
			"<p class=note>%s %s of the list could not be read as %s: not on this "
			"sheet.</p>\n",
			number_grouped(s->nameless).s, number_word(s->nameless, "line", "lines"),
			number_word(s->nameless, "a name", "names"));
	if (s->repeated == 0)
		return;
	fprintf(out, "<p class=note>%s %s of a name that an earlier line has",
		number_grouped(s->repeated).s, number_word(s->repeated, "line is", "lines are"));
	if (s->repeated_loss > 0)
		fprintf(out, " (%s %s mail)", number_grouped(s->repeated_loss).s,
			number_word(s->repeated_loss, "of them loses", "of them lose"));
	fputs(". Here each line counts; a comparison of runs counts the name once.</p>\n", out);
}

/* They stand first. */
static void sheet_late(FILE *out, uint64_t late, unsigned rows)
{
	if (late == 0)
		return;
	if (late == 1)
		fputs(" Mail to the name in the first row may be late or lost: senders refuse some "
		      "of its MX hosts.",
		      out);
	else if (late <= rows)
		fprintf(out,
			" Mail to the names in the first %s rows may be late or lost: senders "
			"refuse some of their MX hosts.",
			number_grouped(late).s);
	else
		fprintf(out,
			" Mail to %s of them may be late or lost, also to all in the rows below: "
			"senders refuse some of their MX hosts.",
			number_grouped(late).s);
}

static int sheet_names(FILE *out, struct sheet *s, enum sheet_part part, unsigned rows,
		       struct errmsg *err)
{
	struct span key, row;
	int rc = 1;

	if (s->part_n[part] == 0)
		return 0;
	fprintf(out, "<h2>%s: %s</h2>\n<p class=intro>%s", parts[part].title,
		number_grouped(s->part_n[part]).s, parts[part].intro);
	if (part == SHEET_BROKEN)
		sheet_late(out, s->late, rows);
	fprintf(out, "</p>\n<table class=%s>\n", part == SHEET_CERT ? "ends" : "names");
	fprintf(out, "<thead><tr><th>Name<th>Customer<th>%s</tr></thead>\n<tbody>\n",
		part == SHEET_CERT ? "Ends" : "Cause<th>What to do first");
	for (unsigned i = 0; i < rows && rc == 1; i++) {
		rc = rowsort_next(s->rows[part], &key, &row, err);
		if (rc != 1)
			break;
		fputs("<tr><th scope=row>", out);
		sheet_text(out, sheet_next(&row), SHEET_TEXT_MAX);
		fputs("<td data-t=Customer>", out);
		sheet_text(out, sheet_next(&row), SHEET_TEXT_MAX);
		fprintf(out, "<td%s>", part == SHEET_CERT ? " class=d" : "");
		html_text(out, sheet_next(&row));
		if (part != SHEET_CERT) {
			fputs("<td data-t=\"Do first\">", out);
			sheet_text(out, sheet_next(&row), SHEET_STEP_MAX);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n", out);
	if (s->part_n[part] > rows)
		fprintf(out, "<p class=note>And %s more.</p>\n",
			number_grouped(s->part_n[part] - rows).s);
	return rc < 0 ? -1 : 0;
}

static int sheet_page(FILE *out, struct sheet *s, const struct remarks *remarks, struct errmsg *err)
{
	const char *title = s->wish->title != NULL ? s->wish->title : "SMTP transport security";
	unsigned rows[SHEET_PARTS];
	int rc = 0;

	sheet_room(s, rows);

	html_document(out, title);
	fputs(style, out);
	fprintf(out, "<div class=\"sheet%s\">\n<p class=brand>mtasweep</p>\n<h1>",
		s->tagged ? "" : " untagged");
	html_str(out, title);
	fputs("</h1>\n<p class=state>", out);
	if (s->first_ms > 0) {
		fputs("Scanned ", out);
		html_period(out, s->first_ms, s->last_ms);
		fputs(" UTC. ", out);
	}
	fputs("This sheet holds names: it is not for publication.</p>\n", out);
	html_remarks(out, remarks->v, remarks->n);
	sheet_figures(out, s);
	sheet_lines(out, s);
	sheet_causes(out, s);
	for (unsigned part = 0; part < SHEET_PARTS && rc == 0; part++)
		rc = sheet_names(out, s, (enum sheet_part)part, rows[part], err);
	sheet_lists(out, s, rows);
	if (s->part_n[SHEET_LOSS] + s->part_n[SHEET_BROKEN] + s->part_n[SHEET_CERT] == 0)
		fputs("<p>Nothing has to be done now.</p>\n", out);
	fputs("</div>\n</body>\n</html>\n", out);
	return rc;
}

static int sheet_conditions(struct sheet *s, struct errmsg *err)
{
	for (unsigned i = 0; i < SHEET_PARTS; i++)
		if (select_parse(&s->select[i], parts[i].select, s->wish->now, err) != 0)
			return -1;
	return 0;
}

int sheet_write(const struct sheet_wish *wish, const char *const *runs, unsigned runs_n, FILE *out,
		struct remarks *remarks, struct errmsg *err)
{
	struct run_set *set = calloc(1, sizeof(*set));
	struct run_source *source = calloc(1, sizeof(*source));
	struct sheet *s = calloc(1, sizeof(*s));
	bool memory = set != NULL && source != NULL && s != NULL;
	int rc = -1;

	for (unsigned i = 0; s != NULL && i < SHEET_PARTS; i++) {
		s->rows[i] = rowsort_new(SHEET_MEMORY);
		memory = memory && s->rows[i] != NULL;
	}
	if (s != NULL)
		s->all = rowsort_new(SHEET_MEMORY);
	memory = memory && s->all != NULL;
	if (!memory) {
		errmsg_set(err, "no memory");
	} else {
		s->wish = wish;
		buf_init(&s->key, RECORD_LINE_MAX);
		buf_init(&s->line, RECORD_LINE_MAX);
		buf_init(&s->step, RECORD_LINE_MAX);
		buf_init(&s->any, 2 * RECORD_LINE_MAX);
		for (unsigned i = 0; i < ISSUE_COUNT; i++) {
			s->causes[i].code = (enum issue)i;
			buf_init(&s->causes[i].step, RECORD_LINE_MAX);
		}
		if (sheet_conditions(s, err) == 0 &&
		    run_set_open(set, runs, runs_n, remarks, err) == 0)
			rc = sheet_read(s, set, source, remarks, err);
		if (rc == 0)
			rc = sheet_repeated(s, err);
		if (rc == 0)
			rc = sheet_page(out, s, remarks, err);
		if (rc == 0 && s->met == 0 && s->seen > 0)
			remarks_add(remarks, SELECT_NONE, number_names(s->seen).s);
		buf_release(&s->key);
		buf_release(&s->line);
		buf_release(&s->step);
		buf_release(&s->any);
		for (unsigned i = 0; i < ISSUE_COUNT; i++)
			buf_release(&s->causes[i].step);
	}
	if (rc == 0 && (fflush(out) != 0 || ferror(out)))
		rc = errmsg_set(err, "the sheet cannot be written");
	for (unsigned i = 0; s != NULL && i < SHEET_PARTS; i++)
		rowsort_free(s->rows[i]);
	if (s != NULL)
		rowsort_free(s->all);
	if (set != NULL)
		run_set_release(set);
	free(set);
	free(source);
	free(s);
	return rc;
}
