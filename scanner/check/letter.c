/* letter.c - see letter.h. */
#include "scanner/check/letter.h"

#include <assert.h>

#include "output/text/number.h"
#include "output/text/plain.h"
#include "scanner/check/check_view.h"

#define LETTER_WIDTH 76u

const char letter_default[] =
	"Subject: {{urgent}}Mail security of your domains: {{count}} to repair\n"
	"\n"
	"Dear customer {{tag}},\n"
	"\n"
	"on {{date}} we looked at what your domains publish for the security of\n"
	"mail on its way to you (MTA-STS, RFC 8461, and TLS-RPT, RFC 8460).\n"
	"Domains in this letter: {{count}}. For each of them you find below how it\n"
	"stands, what is wrong, and what to publish instead, in the order of danger.\n"
	"\n"
	"The domains:\n"
	"\n"
	"{{list}}"
	"{{#names}}\n"
	"------------------------------------------------------------------------\n"
	"{{advice}}\n"
	"{{/names}}\n"
	"------------------------------------------------------------------------\n"
	"\n"
	"The values under \"Recommendations\" are there to be copied, but for two things:\n"
	"the lines of a policy begin at their first letter, and reports go to an\n"
	"address of yours that somebody reads. Where we have not looked at a policy,\n"
	"it is said there. When you have published all, look whether it is there, as\n"
	"everybody sees it; some see the old records until their time to live has\n"
	"passed.\n"
	"\n"
	"To withdraw MTA-STS from a domain one day: serve \"mode: none\" with\n"
	"\"max_age: 86400\", publish a new id, wait as long as the max_age that was in\n"
	"force, then remove the record, and the policy last.\n";

enum letter_word {
	WORD_TAG,
	WORD_URGENT,
	WORD_COUNT,
	WORD_DATE,
	WORD_LIST,   /* not of a name */
	WORD_DOMAIN, /* from here on: of a name */
	WORD_VERDICT,
	WORD_IMPACT,
	WORD_CODE,
	WORD_TITLE,
	WORD_ACTION,
	WORD_BRIEF,
	WORD_ADVICE,
	WORDS
};

static const char *const words[WORDS] = {"tag",	   "urgent",  "count",	"date", "list",
					 "domain", "verdict", "impact", "code", "title",
					 "action", "brief",   "advice"};

static const char names_begin[] = "{{#names}}", names_end[] = "{{/names}}";

/* ---- reading ----------------------------------------------------------------------------- */

static size_t letter_find(struct span text, size_t from, struct span what)
{
	for (size_t i = from; i + what.n <= text.n; i++)
		if (memcmp(text.p + i, what.p, what.n) == 0)
			return i;
	return text.n;
}

/* The next {{word}} at or behind *at, which is then where it begins; *end is behind it. WORDS when
 * there is none, or -1 when it is none of ours. */
static int letter_next(struct span text, size_t *at, size_t *end)
{
	*at = letter_find(text, *at, SPAN_LIT("{{"));
	if (*at == text.n)
		return WORDS;
	size_t close = letter_find(text, *at, SPAN_LIT("}}"));
	*end = close < text.n ? close + 2 : text.n;
	struct span word = close < text.n ? span_of(text.p + *at + 2, close - *at - 2) : SPAN_NULL;
	for (int i = 0; i < WORDS; i++)
		if (span_eq(word, span_str(words[i])))
			return i;
	return -1;
}

static unsigned letter_line_at(struct span whole, const char *at)
{
	unsigned line = 1;

	for (const char *p = whole.p; p < at; p++)
		line += *p == '\n';
	return line;
}

static int letter_check(struct span whole, struct span part, bool of_name, struct errmsg *err)
{
	size_t at = 0, end;
	int word;

	for (; (word = letter_next(part, &at, &end)) != WORDS; at = end) {
		unsigned line = letter_line_at(whole, part.p + at);
		int n = (int)(end - at < 60 ? end - at : 60);
		if (word < 0)
			return errmsg_set(
				err,
				"line %u of the template: '%.*s' is no word; there are "
				"tag, urgent, count, date, list, and between {{#names}} and "
				"{{/names}} "
				"domain, verdict, impact, code, title, action, brief, "
				"advice",
				line, n, part.p + at);
		if (word == WORD_LIST && of_name)
			return errmsg_set(err,
					  "line %u of the template: {{list}} is of all names: put "
					  "it before {{#names}} or behind {{/names}}",
					  line);
		if (word >= WORD_DOMAIN && !of_name)
			return errmsg_set(err,
					  "line %u of the template: %.*s is about one name: put it "
					  "between {{#names}} and {{/names}}",
					  line, n, part.p + at);
	}
	return 0;
}

/* A line that holds a mark of the section alone goes with it. */
static size_t letter_skip_line(struct span text, size_t at)
{
	return at < text.n && text.p[at] == '\n' ? at + 1 : at;
}

int letter_parse(struct letter_template *t, struct span text, struct errmsg *err)
{
	size_t from = letter_find(text, 0, span_str(names_begin));
	size_t to = letter_find(text, from, span_str(names_end));

	if (from == text.n || to == text.n)
		return errmsg_set(err, "the template has no {{#names}} ... {{/names}}: a letter "
				       "would name no domain");
	size_t begin = letter_skip_line(text, from + sizeof(names_begin) - 1);
	size_t behind = letter_skip_line(text, to + sizeof(names_end) - 1);
	t->head = span_of(text.p, from);
	t->names = span_of(text.p + begin, to > begin ? to - begin : 0);
	t->tail = span_of(text.p + behind, text.n - behind);
	if (letter_check(text, t->head, false, err) != 0 ||
	    letter_check(text, t->names, true, err) != 0)
		return -1;
	return letter_check(text, t->tail, false, err);
}

/* ---- writing ----------------------------------------------------------------------------- */

static int letter_page(FILE *out, const struct record *r, int64_t now, bool brief)
{
	const struct check_page page = {
		.now = now, .brief = brief, .stepless = brief, .letter = true};
	struct text text;

	text_init(&text, false, LETTER_WIDTH, CHECK_TEXT_MAX);
	check_view(&text, r, &page);
	int rc = text.out.failed ? -1 : 0;
	size_t n = text.out.n;
	while (n > 0 && text.out.p[n - 1] == '\n')
		n--;
	if (rc == 0)
		fwrite(text.out.p, 1, n, out);
	text_release(&text);
	return rc;
}

void letter_copy(FILE *from, FILE *out)
{
	char bytes[8192];
	size_t n;

	rewind(from);
	while ((n = fread(bytes, 1, sizeof(bytes), from)) > 0)
		fwrite(bytes, 1, n, out);
}

static void letter_put(FILE *out, struct span s)
{
	if (s.n > 0)
		plain_put(out, s, 0, (int)(s.n < 4096 ? s.n : 4096));
}

static int letter_value(FILE *out, enum letter_word word, const struct letter *l,
			const struct record *r)
{
	const struct record_issue *first = r != NULL ? record_first_issue(r) : NULL;
	char line[CHECK_SENTENCE_MAX];

	assert(r != NULL || word < WORD_DOMAIN); /* letter_check() has been here */
	switch (word) {
	case WORD_TAG:
		letter_put(out, l->tag);
		return 0;
	case WORD_URGENT:
		if (l->losing > 0)
			fprintf(out, "Mail is lost at %s %s. ", number_grouped(l->losing).s,
				number_word(l->losing, "domain", "domains"));
		return 0;
	case WORD_COUNT:
		fputs(number_grouped(l->names).s, out);
		return 0;
	case WORD_DATE:
		fputs(number_date(l->scanned).s, out);
		return 0;
	case WORD_LIST:
		letter_copy(l->list, out);
		return 0;
	case WORD_DOMAIN:
		letter_put(out, r->domain);
		return 0;
	case WORD_VERDICT:
		fputs(verdict_name(r->verdict), out);
		return 0;
	case WORD_IMPACT:
		fputs(impact_name(r->impact), out);
		return 0;
	case WORD_CODE:
		fputs(first != NULL ? issue_info(first->code)->code : "", out);
		return 0;
	case WORD_TITLE:
		fputs(first != NULL ? issue_info(first->code)->title : "", out);
		return 0;
	case WORD_ACTION:
		letter_put(out, check_recommend_first(r, l->now, false, line));
		return 0;
	case WORD_BRIEF:
	case WORD_ADVICE:
		return letter_page(out, r, l->now, word == WORD_BRIEF);
	case WORDS:
		break;
	}
	return 0;
}

static int letter_part(FILE *out, struct span part, const struct letter *l, const struct record *r)
{
	size_t done = 0, at = 0, end;
	int word, rc = 0;

	while (rc == 0 && (word = letter_next(part, &at, &end)) < WORDS) {
		/* "Dear customer {{tag}}," without a tag is "Dear customer,". */
		bool blank =
			word == WORD_TAG && l->tag.n == 0 && at > done && part.p[at - 1] == ' ';
		fwrite(part.p + done, 1, at - done - blank, out);
		rc = letter_value(out, (enum letter_word)word, l, r);
		done = at = end;
	}
	if (rc == 0)
		fwrite(part.p + done, 1, part.n - done, out);
	return rc;
}

int letter_line(FILE *list, const struct record *r)
{
	const struct record_issue *first = record_first_issue(r);
	struct text text;

	text_init(&text, false, LETTER_WIDTH, CHECK_TEXT_MAX);
	text_fill(&text, 2, r->domain);
	text_to(&text, 4);
	if (r->impact == IMPACT_MAIL_LOSS)
		text_put(&text, "Mail is lost. ");
	text_fill(&text, 4,
		  first != NULL ? span_str(issue_info(first->code)->title)
				: SPAN_LIT("Nothing is wrong"));
	int rc = text.out.failed ? -1 : 0;
	if (rc == 0)
		fwrite(text.out.p, 1, text.out.n, list);
	text_release(&text);
	return rc;
}

void letter_head(FILE *out, const struct letter_template *t, const struct letter *l)
{
	letter_part(out, t->head, l, NULL);
}

void letter_tail(FILE *out, const struct letter_template *t, const struct letter *l)
{
	letter_part(out, t->tail, l, NULL);
}

int letter_name(FILE *out, const struct letter_template *t, const struct letter *l,
		const struct record *r)
{
	return letter_part(out, t->names, l, r);
}
