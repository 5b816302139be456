/* diff_print.c - the names that changed, one by one; see diff_print.h. */
#include "output/diff/diff_print.h"

#include <jansson.h>

#include "output/text/csv.h"
#include "output/text/number.h"
#include "output/text/plain.h"

#define PRINT_WIDTH 80
#define PRINT_KEY 18 /* characters of a key and its blanks */

static const char *const csv_columns[] = {"domain", "tag", "change",   "key",
					  "old",    "new", "direction"};
#define CSV_COLUMNS 7u

int diff_print_begin(struct diff_printer *p, FILE *out, enum diff_format format)
{
	*p = (struct diff_printer){.out = out, .format = format};
	buf_init(&p->line, 4 * DIFF_STATE_MAX);
	buf_init(&p->shown[0], DIFF_STATE_MAX);
	buf_init(&p->shown[1], DIFF_STATE_MAX);
	if (format == DIFF_CSV)
		csv_heading(out, csv_columns, CSV_COLUMNS);
	if (format != DIFF_TEXT)
		return 0;
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		p->hosts[i] = tmpfile();
		if (p->hosts[i] == NULL)
			return -1;
	}
	return diff_order_begin(&p->order);
}

/* The text of a string; of a list all of them with commas between. */
static void print_plain(struct buf *b, const json_t *v, struct span json)
{
	if (json_is_string(v)) {
		buf_bytes(b, json_string_value(v), json_string_length(v));
	} else if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++) {
			buf_text(b, i == 0 ? "" : ", ");
			print_plain(b, json_array_get(v, i), SPAN_LIT("?"));
		}
	} else {
		buf_bytes(b, json.p, json.n);
	}
}

struct span diff_shown(struct buf *b, struct span json)
{
	buf_reset(b);
	if (json.n == 0)
		return SPAN_NULL;
	json_t *v = json_loadb(json.p, json.n, JSON_DECODE_ANY, NULL);
	print_plain(b, v, json);
	json_decref(v);
	return span_of(b->p != NULL ? b->p : "", b->n);
}

static struct span print_value(struct diff_printer *p, unsigned side, const struct diff_change *c,
			       enum diff_key key)
{
	const struct diff_state *s = side == 0 ? c->before : c->after;
	struct span shown = s != NULL ? diff_shown(&p->shown[side], s->v[key]) : SPAN_NULL;

	p->failed = p->failed || p->shown[side].failed;
	return shown;
}

/* The tag of the newer record. */
static struct span print_tag(struct diff_printer *p, const struct diff_change *c)
{
	return print_value(p, c->after != NULL, c, DIFF_TAG);
}

/* Whether the key is to be listed: of a name that one run alone has, the verdict is. */
static bool print_lists(const struct diff_change *c, enum diff_key key)
{
	return c->kind == DIFF_CHANGED ? diff_state_differs(c->before, c->after, key)
				       : key == DIFF_VERDICT;
}

/* ---- text -------------------------------------------------------------------------------- */

static void print_change(struct diff_printer *p, const struct diff_change *c, enum diff_key key)
{
	struct span old = print_value(p, 0, c, key), new = print_value(p, 1, c, key);

	old = old.p == NULL ? SPAN_LIT("-") : old;
	new = new.p == NULL ? SPAN_LIT("-") : new;
	bool fits = 2 + PRINT_KEY + plain_width(old) + 4 + plain_width(new) <= PRINT_WIDTH;
	FILE *out = p->order.row;
	fprintf(out, "  %-*s", PRINT_KEY, diff_key_name(key));
	plain_put(out, old, 0, (int)old.n);
	if (!fits)
		fprintf(out, "\n%*s", PRINT_KEY - 2, "");
	fputs(" -> ", out);
	plain_put(out, new, 0, (int)new.n);
	fputc('\n', out);
}

static void text_findings(FILE *out, const char *lead, const enum issue *codes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fprintf(out, "  %-*s%s\n", PRINT_KEY, lead, issue_info(codes[i])->code);
}

static bool text_appeared(const struct diff_change *c, enum issue code)
{
	bool told = false;

	for (unsigned i = 0; i < c->appeared_n; i++)
		told = told || c->appeared[i] == code;
	return told;
}

/* Why mail is lost, where no change says it. What the older run did not know is new to us, whether
 * it has changed or not. */
static void text_loss(FILE *out, const struct diff_change *c)
{
	enum issue codes[DIFF_FINDINGS_MAX];
	const char *lead = c->direction == DIFF_STILL_LOSS ? "unchanged" : "now known";
	unsigned n = diff_state_findings(c->after, codes);

	for (unsigned i = 0; i < n; i++)
		if (issue_info(codes[i])->impact == IMPACT_MAIL_LOSS && !text_appeared(c, codes[i]))
			text_findings(out, lead, &codes[i], 1);
}

static void text_change(struct diff_printer *p, const struct diff_change *c)
{
	FILE *out = p->order.row;
	struct span tag;

	plain_put(out, c->domain, 0, (int)c->domain.n);
	tag = print_tag(p, c);
	if (tag.n > 0) {
		fputs("  [", out);
		plain_put(out, tag, 0, (int)tag.n);
		fputc(']', out);
	}
	if (c->kind != DIFF_CHANGED) {
		const struct diff_state *s = c->after != NULL ? c->after : c->before;
		fprintf(out, "  %s%s\n", verdict_name(s->verdict),
			diff_state_loses(s) ? ", mail loss" : "");
		if (c->direction == DIFF_NEW_LOSS || c->kind > DIFF_ONLY_NEW)
			text_loss(out, c);
		return;
	}
	fputc('\n', out);
	for (enum diff_key key = 0; key < DIFF_VALUES; key++)
		if (print_lists(c, key))
			print_change(p, c, key);
	text_findings(out, "appeared", c->appeared, c->appeared_n);
	text_findings(out, "gone", c->gone, c->gone_n);
	if (c->direction == DIFF_UNSURE_LOSS)
		text_loss(out, c);
}

/* ---- CSV --------------------------------------------------------------------------------- */

static void csv_change(struct diff_printer *p, const struct diff_change *c)
{
	struct span cells[CSV_COLUMNS] = {c->domain, SPAN_NULL, span_str(diff_kind_name(c->kind))};

	buf_reset(&p->line);
	struct span tag = print_tag(p, c);
	buf_bytes(&p->line, tag.p, tag.n); /* the next value is shown where it was */
	p->failed = p->failed || p->line.failed;
	cells[1] = span_of(p->line.p, p->line.n);
	cells[6] = span_str(diff_direction_name(c->direction));
	for (enum diff_key key = 0; key < DIFF_VALUES; key++) {
		if (!print_lists(c, key))
			continue;
		cells[3] = span_str(diff_key_name(key));
		cells[4] = print_value(p, 0, c, key);
		cells[5] = print_value(p, 1, c, key);
		csv_row(p->out, cells, CSV_COLUMNS);
	}
	for (unsigned i = 0; i < c->appeared_n + c->gone_n; i++) {
		bool new = i < c->appeared_n;
		enum issue code = new ? c->appeared[i] : c->gone[i - c->appeared_n];
		cells[3] = SPAN_LIT("finding");
		cells[4] = new ? SPAN_NULL : span_str(issue_info(code)->code);
		cells[5] = new ? span_str(issue_info(code)->code) : SPAN_NULL;
		csv_row(p->out, cells, CSV_COLUMNS);
	}
}

/* ---- NDJSON ------------------------------------------------------------------------------ */

static void ndjson_codes(struct buf *b, const char *lead, const enum issue *codes, unsigned n)
{
	buf_text(b, lead);
	for (unsigned i = 0; i < n; i++) {
		buf_text(b, i == 0 ? "" : ",");
		json_str(b, span_str(issue_info(codes[i])->code));
	}
	buf_text(b, "]");
}

static void ndjson_change(struct diff_printer *p, const struct diff_change *c)
{
	struct buf *b = &p->line;
	bool first = true;

	buf_reset(b);
	buf_text(b, "{\"domain\":");
	json_str(b, c->domain);
	buf_text(b, ",\"tag\":");
	json_str(b, print_tag(p, c));
	buf_text(b, ",\"change\":");
	json_str(b, span_str(diff_kind_name(c->kind)));
	buf_text(b, ",\"direction\":");
	json_str(b, span_str(diff_direction_name(c->direction)));
	buf_text(b, ",\"keys\":[");
	for (enum diff_key key = 0; key < DIFF_VALUES; key++) {
		if (!print_lists(c, key))
			continue;
		buf_text(b, first ? "{\"key\":" : ",{\"key\":");
		json_str(b, span_str(diff_key_name(key)));
		buf_text(b, ",\"old\":");
		json_str(b, print_value(p, 0, c, key));
		buf_text(b, ",\"new\":");
		json_str(b, print_value(p, 1, c, key));
		buf_text(b, "}");
		first = false;
	}
	ndjson_codes(b, "],\"appeared\":[", c->appeared, c->appeared_n);
	ndjson_codes(b, ",\"gone\":[", c->gone, c->gone_n);
	buf_text(b, "}\n");
	p->failed = p->failed || b->failed;
	if (!p->failed) /* half a line would be none */
		fwrite(b->p, 1, b->n, p->out);
}

/* New or gone, without MTA-STS and without an error: most names of a list are, and who reads text
 * looks for the others. */
static bool text_is_plain(const struct diff_change *c)
{
	const struct diff_state *s = c->after != NULL ? c->after : c->before;
	bool wrong = s->verdict != VERDICT_ABSENT || diff_state_loses(s);

	for (enum diff_key key = DIFF_FINDINGS; key <= DIFF_FINDINGS_TLSRPT; key++)
		wrong = wrong || diff_state_wrong(s, key);
	return !wrong && (c->direction == DIFF_NEW || c->direction == DIFF_GONE);
}

void diff_print_change(void *owner, const struct diff_change *c)
{
	struct diff_printer *p = owner;

	if (p->format == DIFF_TEXT && text_is_plain(c)) {
		p->plain[c->direction]++;
		return;
	}
	if (p->format == DIFF_TEXT) {
		diff_order_wants(&p->order, c, UINT64_MAX);
		text_change(p, c);
		diff_order_put(&p->order, c);
		return;
	}
	if (c->kind > DIFF_ONLY_NEW)
		return; /* no change */
	if (p->format == DIFF_CSV)
		csv_change(p, c);
	else if (p->format == DIFF_NDJSON)
		ndjson_change(p, c);
}

static void print_hosts(struct diff_printer *p, FILE *part, const char *title)
{
	char bytes[8192];
	size_t n;

	fprintf(p->out, "\n== %s ==\n\n", title);
	rewind(part);
	while ((n = fread(bytes, 1, sizeof(bytes), part)) > 0)
		fwrite(bytes, 1, n, p->out);
	p->failed = p->failed || ferror(part) != 0;
}

static void text_plain(FILE *out, uint64_t n, bool more)
{
	if (n > 0)
		fprintf(out, "%s%s that %s absent and %s no error; --format csv lists %s\n",
			more ? "besides " : "", number_names(n).s, n == 1 ? "is" : "are",
			n == 1 ? "has" : "have", n == 1 ? "it" : "them");
}

/* What is worst first; of each direction the names, then the hosts. */
static void text_parts(struct diff_printer *p, const struct diff_totals *t,
		       const struct host_totals *hosts)
{
	static const char *const titles[DIFF_DIRECTIONS] = {
		[DIFF_LOSS] = "Newly lose mail",
		[DIFF_NEW_LOSS] = "New in the list, lose mail",
		[DIFF_UNSURE_LOSS] = "Lose mail, before not known",
		[DIFF_STILL_LOSS] = "Still lose mail",
		[DIFF_WORSE] = "Worse",
		[DIFF_STILL] = "Still broken, in another way",
		[DIFF_BETTER] = "Better",
		[DIFF_OTHER] = "Changed otherwise",
		[DIFF_NEW] = "New",
		[DIFF_GONE] = "Gone",
	};
	static const char *const of_hosts[DIFF_DIRECTIONS] = {
		[DIFF_WORSE] = "MX hosts: worse",
		[DIFF_BETTER] = "MX hosts: better",
		[DIFF_OTHER] = "MX hosts: changed otherwise",
	};

	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		if (diff_told(t, i) > 0) {
			fprintf(p->out, "\n== %s ==\n\n", titles[i]);
			diff_order_write(&p->order, i, UINT64_MAX, p->out);
			text_plain(p->out, p->plain[i], diff_told(t, i) > p->plain[i]);
		}
		if (hosts->directions[i] > 0)
			print_hosts(p, p->hosts[i], of_hosts[i]);
	}
}

void diff_print_totals(struct diff_printer *p, const char *const runs[2],
		       const struct diff_totals *t, const struct host_totals *hosts,
		       const struct remarks *remarks)
{
	if (p->format == DIFF_TEXT) {
		diff_head_text(p->out, runs, t);
		diff_hosts_head(p->out, hosts);
		text_parts(p, t, hosts);
		diff_totals_text(p->out, t);
		diff_hosts_text(p->out, hosts);
	}
	if (p->format != DIFF_JSON)
		return;
	buf_reset(&p->line);
	diff_totals_json(&p->line, runs, t, hosts, remarks);
	p->failed = p->failed || p->line.failed;
	fwrite(p->line.p, 1, p->line.n, p->out);
}

int diff_print_end(struct diff_printer *p)
{
	buf_release(&p->line);
	buf_release(&p->shown[0]);
	buf_release(&p->shown[1]);
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++)
		if (p->hosts[i] != NULL)
			fclose(p->hosts[i]);
	p->failed = p->failed || p->order.failed;
	diff_order_end(&p->order);
	return fflush(p->out) != 0 || ferror(p->out) || p->failed ? -1 : 0;
}
