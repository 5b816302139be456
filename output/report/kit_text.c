/* kit_text.c - what a paper says about the measurement, and what its tables mean. */
#include "output/report/kit.h"

#include <jansson.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/text/json.h"
#include "output/text/number.h"

/* Text from outside in Markdown: on one line, nothing of it is markup. */
static void md_text(FILE *out, struct span s)
{
	char clean[3 * 1024];
	size_t n = json_clean(span_of(s.p, s.n < 1024 ? s.n : 1024), clean);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)clean[i];
		if (memchr("\\`*_[]<>|#", c, 10) != NULL)
			fputc('\\', out);
		fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
	}
}

/* As it stands in the files, where it is a word; else as any text. */
static void md_key(FILE *out, struct span s)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-.";
	size_t n = 0;

	while (n < s.n && memchr(word, s.p[n], sizeof(word) - 1) != NULL)
		n++;
	if (n == 0 || n < s.n)
		md_text(out, s);
	else
		fprintf(out, "`%.*s`", (int)n, s.p);
}

/* One key a line; indented it is no markup, and JSON escapes controls. */
static void md_configuration(FILE *out, const char *configuration)
{
	json_t *v = configuration != NULL ? json_loads(configuration, 0, NULL) : NULL, *value;
	const char *key;

	if (json_object_size(v) > 0)
		fputs("  - effective configuration:\n\n", out);
	json_object_foreach(v, key, value)
	{
		json_t *one = json_pack("{s:O}", key, value);
		char *text = one != NULL ? json_dumps(one, JSON_ENSURE_ASCII) : NULL;
		/* Without the braces. */
		if (text != NULL)
			fprintf(out, "        %.*s\n", (int)strlen(text) - 2, text + 1);
		free(text);
		json_decref(one);
	}
	json_decref(v);
}

static void md_run(FILE *out, const struct runinfo *run)
{
	fprintf(out, "- %s to %s, mtasweep ",
		run->started_at_ms > 0 ? number_time(run->started_at_ms / 1000).s : "unknown",
		run->completed ? number_time(run->ended_at_ms / 1000).s : "(not completed)");
	md_text(out, span_str(run->version[0] != '\0' ? run->version : "of an unknown version"));
	fputs(", vantage point ", out);
	md_text(out, span_str(run->vantage[0] != '\0' ? run->vantage : "unknown"));
	if (run->shards > 1)
		fprintf(out, ", shard %u of %u", run->shard, run->shards);
	if (run->resumed > 0)
		fprintf(out, ", interrupted %s %s", number_grouped(run->resumed).s,
			number_word(run->resumed, "time", "times"));
	fprintf(out, "; %s input %s, %s %s\n", number_grouped(run->totals.lines).s,
		number_word(run->totals.lines, "line", "lines"),
		number_grouped(run->totals.records).s,
		number_word(run->totals.records, "record", "records"));
	for (unsigned i = 0; i < run->inputs_n; i++) {
		fputs("  - input ", out);
		md_text(out, span_str(runinfo_input_name(&run->inputs[i])));
		fprintf(out, ", %s bytes, SHA-256 %s\n", number_grouped(run->inputs[i].bytes).s,
			run->inputs[i].sha256[0] != '\0' ? run->inputs[i].sha256 : "unknown");
	}
	for (unsigned i = 0; i < run->resolvers_n; i++) {
		const struct runinfo_resolver *r = &run->resolvers[i];
		fputs("  - resolver ", out);
		md_text(out, span_str(r->address));
		fprintf(out, ": %s queries, %s answered, %s timeouts, %s SERVFAIL, %s REFUSED; ",
			number_grouped(r->sent).s, number_grouped(r->answered).s,
			number_grouped(r->timeouts).s, number_grouped(r->servfail).s,
			number_grouped(r->refused).s);
		md_text(out, span_str(r->state));
		fputc('\n', out);
	}
	md_configuration(out, run->configuration);
}

/* How verdicts, shares and rows come about. */
static void kit_counts(FILE *out)
{
	fputs("\n## What counts\n\n"
	      "- A temporary failure (SERVFAIL, REFUSED, timeout, truncated or malformed answers) "
	      "is "
	      "asked again; if it stays, the name is *inconclusive*. It is never counted as absent "
	      "or "
	      "as broken, and is in no denominator unless a table says so.\n"
	      "- A failing fetch belongs to the first stage that fails: DNS, TCP, TLS, HTTP, "
	      "syntax. "
	      "A TLS failure has the first reason found.\n"
	      "- Each share is given with numerator, denominator and Wilson's 95 % score "
	      "interval.\n"
	      "- Distinct values are HyperLogLog estimates (standard error 0.81 %).\n",
	      out);
	fprintf(out,
		"- In tables whose keys come from outside (domains, addresses, tags, operators), a "
		"row has %u names or more; the others are summed up as *all others*. Scanned names "
		"stand in none of these files, tags in report.* alone.\n",
		REPORT_NAMES_MIN);
}

/* What a review board asks, as far as the program knows it. */
static void kit_care(FILE *out)
{
	fputs("\n## Care and courtesy\n\n"
	      "- Only what is published for every mail server was asked for: DNS records, and "
	      "policies "
	      "over HTTPS. Where MX hosts were visited (`mx_hosts` in the configuration), each was "
	      "greeted with EHLO, STARTTLS, a TLS handshake and QUIT. No mail was sent, no address "
	      "of a person was tried, nobody logged in, no weakness was tested.\n"
	      "- Rates, in the configuration: `dns_rate` questions a second at the resolvers (0 or "
	      "null: they adapted to what the resolvers answered), at one address of policy hosts "
	      "`host_rate` new connections a second and `host_concurrency` at a time, five times "
	      "as "
	      "much at a /24 or /48. They hold for all shards together.\n"
	      "- `contact` stood in the User-Agent of every request; where it is null, nobody was "
	      "told "
	      "who asked. Nothing was asked for names in the files of `exclude`, and no address in "
	      "them was contacted.\n"
	      "- To be added by you: who approved the measurement, where it was announced, how "
	      "many "
	      "complaints and requests to opt out came, and what was done about them; whether "
	      "those "
	      "whose mail was at risk were told before this was published.\n",
	      out);
}

/* What a reader checks every table against. */
static void kit_numbers(FILE *out, const struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;
	const uint64_t valid = n->all[GROUP_ENFORCE] + n->all[GROUP_TESTING] + n->all[GROUP_NONE];

	fprintf(out,
		"\nOf %s, %s had an MTA-STS record, of which %s were valid; %s had a valid policy, "
		"%s a record and no valid policy. Inconclusive: %s.\n",
		number_names(n->all[GROUP_NAMES]).s, number_grouped(n->all[GROUP_STS]).s,
		number_grouped(n->sts_valid).s, number_grouped(valid).s,
		number_grouped(n->all[GROUP_BROKEN]).s,
		number_grouped(n->verdict[VERDICT_INCONCLUSIVE]).s);
}

void kit_method(FILE *out, const struct report_model *m)
{
	const uint64_t records = m->records;

	fputs("# Method\n\nTo be adapted. What stands here is taken from the runs' run.json and "
	      "from "
	      "the program's rules.\n\n## Runs\n\n",
	      out);
	for (unsigned i = 0; i < m->meta->runs_n; i++)
		md_run(out, m->meta->runs[i]);
	fprintf(out, "\n%s %s due a record, %s %s read: the data set is %s.\n",
		number_names(m->expected).s, number_word(m->expected, "was", "were"),
		number_grouped(records).s, number_word(records, "record was", "records were"),
		report_complete(m) ? "complete" : "not complete");
	kit_numbers(out, m);
	for (unsigned i = 0; i < m->meta->remarks_n; i++) {
		fputs("- ", out);
		md_text(out, span_str(m->meta->remarks[i]));
		fputc('\n', out);
	}
	fputs("\n## What was asked\n\n"
	      "For each name TXT `_mta-sts`, TXT `_smtp._tls` and MX were looked up (MX last, and "
	      "only "
	      "where something was published, when `lean` is true in the configuration). Where a "
	      "zone above denies that the name exists, the first answer holds for all (RFC "
	      "8020). "
	      "Where there was one valid MTA-STS record (RFC 8461), the policy was fetched over "
	      "HTTPS from "
	      "`mta-sts.` below the name, once, and once more two seconds later where that could "
	      "help: certificates verified, redirects not followed, 64 KB at most. TLS-RPT records "
	      "are judged by RFC 8460.\n",
	      out);
	kit_counts(out);
	kit_care(out);
	fputs("\n## Limits\n\n"
	      "- One vantage point and one point in time for each name: what servers answer "
	      "elsewhere, or an hour later, may differ.\n"
	      "- The DNSSEC AD bit is the resolver's word.\n"
	      "- Operators are recognised by a table of host name suffixes; an unknown operator "
	      "counts as the host's registrable domain. Where that is the scanned name's own, "
	      "there is no operator: such names are in no row of the tables by operator, not in "
	      "*all others* either; by_mx_operator says in the codebook how many they are.\n"
	      "\n## How to cite\n\n"
	      "    @software{mtasweep,\n"
	      "      title   = {mtasweep: a bulk scanner for SMTP transport security},\n"
	      "      author  = {{The mtasweep authors}},\n"
	      "      version = {" MTASWEEP_VERSION "},\n"
	      "      year    = {" MTASWEEP_YEAR "},\n"
	      "    }\n",
	      out);
}

static const char *const kind_words[] = {
	[CELL_TEXT] = "text",	[CELL_COUNT] = "count",	    [CELL_ABOUT] = "estimated count",
	[CELL_SHARE] = "share", [CELL_MS] = "milliseconds", [CELL_BYTES] = "bytes",
};

void kit_codebook(FILE *out, const struct report_model *m)
{
	fputs("# Codebook\n\nEach table is `tables/KEY.csv` (all rows of the report: of very many "
	      "keys the most frequent ones), `tables/KEY.tex` "
	      "(booktabs) "
	      "and `.tables.KEY` of report.json. An empty `key` is the row *all others*. Without "
	      "files in `tables` are those in which nothing was counted, and by_tag, as tags "
	      "may be customers. A column that is a share has five in the CSV file: COLUMN`_n` of "
	      "COLUMN`_of`, COLUMN`_share` from 0 to 1, and its 95 % interval COLUMN`_low` to "
	      "COLUMN`_high`. The keys of "
	      "single records: `mtasweep schema markdown`.\n",
	      out);
	for (unsigned i = 0; i < m->tables_n; i++) {
		const struct report_table *t = &m->tables[i];
		fprintf(out, "\n## %s\n\n", t->key);
		md_text(out, span_str(t->title));
		fputs(". ", out);
		if (t->note != NULL)
			md_text(out, span_str(t->note));
		fputs("\n\n| column | meaning | kind |\n|---|---|---|\n| `key`, `label` | ", out);
		md_text(out, span_str(t->key_title));
		fputs(" | text |\n", out);
		for (unsigned k = 0; k < t->columns_n; k++) {
			fprintf(out, "| `%s` | ", t->columns[k].key);
			md_text(out, span_str(t->columns[k].title));
			fprintf(out, " | %s |\n", kind_words[t->columns[k].kind]);
		}
		for (unsigned r = 0; t->keyed && r < t->rows_n; r++) {
			fputs(r == 0 ? "\nKeys: " : "; ", out);
			md_key(out, t->rows[r].key);
			fputs(" (", out);
			md_text(out, t->rows[r].label);
			fputs(")", out);
		}
		fputs(t->keyed && t->rows_n > 0 ? ".\n" : "", out);
	}
}
