/* The layout of a list: what lists in the wild look like, and what is refused. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "parsers/limits.h"
#include "scanner/input/input.h"
#include "scanner/input/input_doubt.h"
#include "scanner/input/input_layout.h"
#include "tests/support/golden.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct wanted {
	const char *name, *text;
	const char *column; /* --domain-column */
	const char *tag;    /* --tag-column */
	char separator;
	bool no_header;
	const char *want; /* "LINE NAME RANK [TAG BY NUMBER]\n" ..., or "!WORDS" of the refusal */
};

static void read_it(const struct wanted *w, char *out, size_t cap, struct input_counts *counts)
{
	char path[] = "/tmp/mtasweep-layout-XXXXXX";
	const char *paths[] = {path};
	struct input_config config = {.paths = paths,
				      .paths_n = 1,
				      .domain_column = w->column,
				      .tag_column = w->tag,
				      .separator = w->separator,
				      .no_header = w->no_header};
	struct errmsg err = {""};
	struct input_line line;
	struct input *in;
	size_t at = 0, n = strlen(w->text);
	int fd = mkstemp(path), rc;

	cr_assert(fd >= 0 && write(fd, w->text, n) == (ssize_t)n);
	close(fd);
	memset(counts, 0, sizeof(*counts));
	if (input_open(&in, &config, &err) != 0) {
		snprintf(out, cap, "!%s", err.text);
		unlink(path);
		return;
	}
	out[0] = '\0';
	uint64_t records = 0;
	while ((rc = input_next(in, &line, &err)) > 0 && at < cap - 300) {
		records++;
		at += (size_t)snprintf(out + at, cap - at, "%" PRIu64 " %.*s", line.line,
				       (int)line.text.n, line.text.p);
		if (line.rank >= 0)
			at += (size_t)snprintf(out + at, cap - at, " %" PRId64, line.rank);
		if (w->tag != NULL && w->tag[0] < 'A')
			at += (size_t)snprintf(out + at, cap - at, " [%.*s]", (int)line.tag.n,
					       line.tag.p);
		at += (size_t)snprintf(out + at, cap - at, "\n");
	}
	cr_expect_eq(rc, 0, "%s: %s", w->name, err.text);
	input_counts(in, counts);
	cr_expect_eq(counts->lines,
		     records + counts->blank + counts->comments + counts->headers +
			     counts->continued,
		     "%s: lines are lost", w->name);
	input_close(in);
	unlink(path);
}

static void check_all(const struct wanted *rows, size_t n)
{
	static char got[8192];
	struct input_counts counts;

	for (size_t i = 0; i < n; i++) {
		const struct wanted *w = &rows[i];
		read_it(w, got, sizeof(got), &counts);
		if (w->want[0] == '!')
			cr_expect(got[0] == '!' && strstr(got, w->want + 1) != NULL,
				  "%s:\n%s\nnot '%s'", w->name, got, w->want);
		else
			cr_expect(strcmp(got, w->want) == 0, "%s:\n%snot\n%s", w->name, got,
				  w->want);
	}
}

Test(layout, lists_in_the_wild)
{
	static const struct wanted rows[] = {
		{.name = "Tranco, a part of it",
		 .text = "998,a.example\r\n1001,b.example\r\n",
		 .want = "1 a.example 998\n2 b.example 1001\n"},
		{.name = "Umbrella, with a TLD in it",
		 .text = "1,google.com\n2,com\n3,www.x.example\n",
		 .want = "1 google.com 1\n2 com 2\n3 www.x.example 3\n"},
		{.name = "Umbrella's list of TLDs",
		 .text = "1,com\n2,net\n3,org\n",
		 .want = "1 com 1\n2 net 2\n3 org 3\n"},
		{.name = "Majestic",
		 .text = "GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain,IDN_TLD,"
			 "PrevGlobalRank\n1,1,facebook.com,com,49,1,facebook.com,com,1\n"
			 "2,2,google.com,com,48,1,google.com,com,2\n",
		 .want = "2 facebook.com 1\n3 google.com 2\n"},
		{.name = "CrUX",
		 .text = "origin,rank\nhttps://a.example,1000\nhttps://b.example,1000\n",
		 .want = "2 https://a.example 1000\n3 https://b.example 1000\n"},
		{.name = "Cloudflare Radar",
		 .text = "rank,domain,categories\n1,a.example,\"A;B\"\n",
		 .want = "2 a.example 1\n"},
		{.name = "DomCop",
		 .text = "\"Rank\",\"Domain\",\"Open Page Rank\"\n\"1\",\"a.example\",\"10.00\"\n",
		 .want = "2 a.example 1\n"},
		{.name = ".gov",
		 .text = "Domain name,Domain type,Organization name,City,State,Security contact "
			 "email\nTOWN.example,City,\"X, Town of\",X,MI,it@contractor.example\n"
			 "county.example,County,Y,Y,MD,(blank)\n",
		 .want = "2 TOWN.example\n3 county.example\n"},
		{.name = "Common Crawl",
		 .text = "#harmonicc_pos\t#harmonicc_val\t#pr_pos\t#pr_val\t#host_rev\t#n_hosts\n"
			 "1\t2.4993276E7\t2\t0.0127\tcom.facebook\t7348\n"
			 "2\t2.46E7\t1\t0.0172\tuk.co.example\t1904\n",
		 .want = "2 facebook.com 1\n3 example.co.uk 2\n"},
		{.name = "Mastodon",
		 .text = "#domain,#severity,#public_comment\na.example,suspend,\nb.example,silence,"
			 "spam\n",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "reverse lookups",
		 .text = "1.2.3.4,a.example\n5.6.7.8,b.example\n",
		 .want = "!--domain-column 2"},
		{.name = "forward lookups",
		 .text = "1504,a.example,a,1.2.3.4\n1504,b.example,a,1.2.3.4\n",
		 .want = "!--domain-column 2"},
		{.name = "forward lookups, JSON",
		 .text = "{\"timestamp\":\"1\",\"name\":\"a.example\",\"type\":\"a\"}\n",
		 .want = "!jq -r .name"},
	};
	check_all(rows, COUNT(rows));
}

Test(layout, header_and_rows_together)
{
	static const struct wanted rows[] = {
		{.name = "scores",
		 .text = "domain;score\na.example;2,5\nb.example;1,5\n",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "companies",
		 .text = "name,website\nAcme,https://a.example\nBolt,b.example\n",
		 .want = "2 https://a.example\n3 b.example\n"},
		{.name = "subscribers",
		 .text = "email,name\njoe@a.example,Joe\nann@b.example,Ann\n",
		 .want = "2 joe@a.example\n3 ann@b.example\n"},
		{.name = "customers",
		 .text = "customer,Domain Name\n1001,a.example\n1002,b.example\n",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "customers without a header",
		 .text = "a.example,1001\nb.example,1002\n",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "their numbers are no ranks",
		 .text = "1002,a.example\n1001,b.example\n",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "and their contacts no names",
		 .text = "a.example,Acme,joe@x.example\nb.example,Bolt,ann@y.example\n",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "words as in other tools",
		 .text = "id|Mail-Domain|x\n1|a.example|y\n",
		 .want = "2 a.example\n"},
		{.name = "HOST_NAME", .text = "HOST_NAME\na.example\n", .want = "2 a.example\n"},
		{.name = "a lone word, names below",
		 .text = "email\njoe@a.example\n",
		 .want = "2 joe@a.example\n"},
		{.name = "a lone word, labels below",
		 .text = "name\nhost\ncom\n",
		 .want = "1 name\n2 host\n3 com\n"},
		{.name = "what a header calls so is believed before its rows",
		 .text = "domain,x\nbad name,1\nworse name,2\n",
		 .want = "2 bad name\n3 worse name\n"},
		{.name = "a comment with commas",
		 .text = "# a list, of domains\na.example,1\n",
		 .want = "2 a.example\n"},
		{.name = "comments behind names",
		 .text = "a.example # ours\nb.example\t# too\n",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "empty cells behind",
		 .text = "a.example,,\nb.example,,\n",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "empty cells behind a header",
		 .text = "domain,,\na.example,,\n",
		 .want = "2 a.example\n"},
		{.name = "a plain list with one odd line",
		 .text = "a.example\nb.example\nc.example,x\n",
		 .want = "1 a.example\n2 b.example\n3 c.example,x\n"},
		{.name = "a quote inside a field",
		 .text = "size,domain\n5\" disk,a.example\n",
		 .want = "2 a.example\n"},
	};
	check_all(rows, COUNT(rows));
}

Test(layout, what_is_not_clear_is_refused)
{
	static const struct wanted rows[] = {
		{.name = "no column of names",
		 .text = "id,company\n1,Acme\n2,Bolt\n",
		 .want = "!line 1: no column of the header is called 'domain' or the like"},
		{.name = "an unknown word",
		 .text = "id,zone\n1,a.example\n2,b.example\n",
		 .want = "!'--domain-column 2' would read the names"},
		{.name = "a column that is called so only",
		 .text = "id,name\n1,Acme\n2,Bolt\n",
		 .want = "!below 'name' of the header stand no domain names"},
		{.name = "an address in the middle",
		 .text = "x,joe@a.example,y\nz,ann@b.example,y\n",
		 .want = "!--domain-column"},
		{.name = "names beside each other",
		 .text = "a.example,b.example\nc.example,d.example\n",
		 .want = "!several names in a line"},
		{.name = "no such column",
		 .text = "a.example,b\nc.example,d\n",
		 .column = "3",
		 .want = "!no column '3'"},
		{.name = "addresses beside each other",
		 .text = "a@a.example, b@b.example\nc@c.example, d@d.example\n",
		 .want = "!several names in a line"},
		{.name = "a JSON array",
		 .text = "[\"a.example\",\n\"b.example\"]\n",
		 .want = "!it is JSON"},
		{.name = "a zone file",
		 .text = "$ORIGIN example.\na IN MX 10 b\n",
		 .want = "!it is a zone file"},
		{.name = "a registry's zone file",
		 .text = "a.example.\t172800\tin\tns\tns1.x.example.\nb.example."
			 "\t172800\tin\tns\tns2."
			 "x.example.\n",
		 .want = "!it is a zone file"},
		{.name = "a hosts file",
		 .text = "0.0.0.0 a.example\n0.0.0.0 b.example\n",
		 .want = "!--delimiter space"},
		{.name = "a page",
		 .text = "<!doctype html>\n<p>a.example\n",
		 .want = "!not a list of names"},
		{.name = "a wish that is not there",
		 .text = "id,zone\n1,a.example\n",
		 .column = "host",
		 .want = "!no column 'host'"},
		{.name = "a tag that is not there",
		 .text = "domain,sector\na.example,x\n",
		 .tag = "customer",
		 .want = "!no column 'customer' for --tag-column, which takes a name of the header "
			 "or a "
			 "number from 1; its header is 'domain,sector'"},
		{.name = "a tag in another character set",
		 .text = "domain,customer\na.example,\xc3\xbc\nb.example,M\xfcller\n",
		 .tag = "customer",
		 .want = "!line 3: the tag is not UTF-8: 'M"},
		{.name = "a tag without a header",
		 .text = "1,a.example\n",
		 .tag = "customer",
		 .want = "!no column 'customer' for --tag-column, which takes a name of the "
			 "header or a number from 1; its first line, which is no header, is "
			 "'1,a.example'"},
		{.name = "a tag's number that is not there",
		 .text = "a.example,x\nb.example,y\n",
		 .tag = "3",
		 .want = "!no column '3' for --tag-column"},
		{.name = "addresses of people alone",
		 .text = "Contact email,customer\njoe@a.example,Acme\nbo@b.example,Bob\n",
		 .want = "!no column of the header is called 'domain' or the like: 'Contact "
			 "email,customer'; '--domain-column 1' would read"},
		{.name = "addresses of people, and of sites",
		 .text = "contact,web\njoe@a.example,http://a.example/\n",
		 .want = "!say with --domain-column NAME or N which column holds the names"},
		{.name = "columns of no names",
		 .text = "name,url\nfoo bar,x y\nb c,d e\n",
		 .want = "!below 'url' of the header stand no domain names: "
			 "'name,url'; say with"},
		{.name = "column 0",
		 .text = "id,zone\n1,a.example\n",
		 .column = "0",
		 .want = "!no column '0'"},
	};
	check_all(rows, COUNT(rows));
}

/* What Excel writes before everything else. */
Test(layout, the_separator_that_a_first_line_tells)
{
	static const struct wanted rows[] = {
		{.name = "a header behind it",
		 .text = "sep=;\ndomain;customer\na.example;x, y\n",
		 .tag = "2",
		 .want = "3 a.example [x, y]\n"},
		{.name = "what nobody would guess",
		 .text = "\xef\xbb\xbf\"SEP=:\"\r\nx:a.example\r\ny:b.example\r\n",
		 .column = "2",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "the option wins",
		 .text = "sep=;\nd;e,a.example\nf,b.example\n",
		 .column = "2",
		 .separator = ',',
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "names alone",
		 .text = "sep=,\na.example\nb.example\n",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "nothing else", .text = "sep=;\n", .want = ""},
		{.name = "not the first line",
		 .text = "a.example\nsep=;\nb.example\n",
		 .want = "1 a.example\n2 sep=\n3 b.example\n"},
		{.name = "two characters",
		 .text = "sep=;;\na.example\nb.example\n",
		 .want = "!line 1: no column of the header"},
	};
	check_all(rows, COUNT(rows));
	struct input_columns c = {.separator = ';', .told = ';', .header = true, .tag = -1};
	char text[200];
	c.rank = -1;
	input_layout_describe(&c, text, sizeof(text));
	cr_expect_str_eq(text,
			 "columns parted by ';', a header; names from column 1; the first line "
			 "says so");
	c.separator = ',';
	input_layout_describe(&c, text, sizeof(text));
	cr_expect(strstr(text, "the first line, 'sep=', is left out") != NULL, "%s", text);
}

Test(layout, tags_by_number)
{
	static const struct wanted rows[] = {
		{.name = "no header",
		 .text = "a.example,x\nb.example,y\n",
		 .tag = "2",
		 .want = "1 a.example [x]\n2 b.example [y]\n"},
		{.name = "said so",
		 .text = "domain,x\nb.example,y\n",
		 .no_header = true,
		 .column = "1",
		 .tag = "2",
		 .want = "1 domain [x]\n2 b.example [y]\n"},
		{.name = "a header",
		 .text = "customer,kind,domain\nx,z,a.example\n",
		 .tag = "1",
		 .want = "2 a.example [x]\n"},
		{.name = "one row of words",
		 .text = "foo,bar\n",
		 .tag = "1",
		 .want = "1 bar [foo]\n"},
		{.name = "one column",
		 .text = "a.example\nb.example\n",
		 .tag = "1",
		 .want = "1 a.example [a.example]\n2 b.example [b.example]\n"},
	};
	check_all(rows, COUNT(rows));
}

Test(layout, wishes)
{
	static const struct wanted rows[] = {
		{.name = "by name",
		 .text = "id,zone\n1,a.example\n",
		 .column = "Zone",
		 .want = "2 a.example\n"},
		{.name = "by number",
		 .text = "id,zone\n1,a.example\n2,b.example\n",
		 .column = "2",
		 .want = "2 a.example\n3 b.example\n"},
		{.name = "by number, a first row of something else",
		 .text = "x,(all of it)\n1,b.example\n2,c.example\n",
		 .column = "2",
		 .want = "2 b.example\n3 c.example\n"},
		{.name = "by number, a first row that has nothing there",
		 .text = "x,\n1,b.example\n2,c.example\n",
		 .column = "2",
		 .want = "2 b.example\n3 c.example\n"},
		{.name = "by number, a first row without that column",
		 .text = "x\n1,b.example\n2,c.example\n",
		 .column = "2",
		 .want = "1 x\n2 b.example\n3 c.example\n"},
		{.name = "by number, no header",
		 .text = "x,a.example\ny,b.example\n",
		 .column = "2",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "the other one",
		 .text = "domain,mx\na.example,b.example\n",
		 .column = "mx",
		 .want = "2 b.example\n"},
		{.name = "a name of the top",
		 .text = "domain\ncom\n",
		 .no_header = true,
		 .want = "1 domain\n2 com\n"},
		{.name = "no header but columns",
		 .text = "a.example,1\nb.example,2\n",
		 .no_header = true,
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "blanks",
		 .text = "0.0.0.0   a.example\n0.0.0.0\tb.example # x\n",
		 .separator = ' ',
		 .column = "2",
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "a colon",
		 .text = "a.example:x\nb.example:y\n",
		 .separator = ':',
		 .want = "1 a.example\n2 b.example\n"},
		{.name = "a zone file after all",
		 .text = "a.example. 1 IN NS x.\nb.example. 1 IN NS x.\n",
		 .separator = ' ',
		 .column = "1",
		 .want = "1 a.example.\n2 b.example.\n"},
	};
	check_all(rows, COUNT(rows));
	cr_expect_eq(input_separator_parse("tab"), '\t');
	cr_expect_eq(input_separator_parse("\\t"), '\t');
	cr_expect_eq(input_separator_parse("space"), ' ');
	cr_expect_eq(input_separator_parse("::"), '\0');
	cr_expect_eq(input_separator_parse("\""), '\0');
	cr_expect_eq(input_separator_parse(""), '\0');
}

Test(layout, quoted_lines)
{
	static const struct wanted rows[] = {
		{.name = "a note over two lines",
		 .text = "domain,note\na.example,\"one\ntwo\"\nb.example,x\n",
		 .want = "2 a.example\n4 b.example\n"},
		{.name = "before the name",
		 .text = "note,domain\r\n\"one\r\ntwo, "
			 "\"\"three\"\"\",a.example\r\nx,b.example\r\n",
		 .want = "2 a.example\n4 b.example\n"},
		{.name = "in the header",
		 .text = "\"the\nnote\",domain\nx,a.example\n",
		 .want = "3 a.example\n"},
		{.name = "a stray quote eats nothing",
		 .text = "note,domain\n\"never closed,a.example\nx,b.example\n\"y\",c.example\n",
		 .want = "2 \n3 b.example\n4 c.example\n"},
		{.name = "nor at the end",
		 .text = "note,domain\nx,b.example\n\"never,a.example\n",
		 .want = "2 b.example\n3 \n"},
	};
	check_all(rows, COUNT(rows));
	static char far[20000] = "note,domain\n\"";
	size_t n = strlen(far);
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(far + n, sizeof(far) - n, "x,n%d.example\n", i);
	snprintf(far + n, sizeof(far) - n, "y\",z.example\n");
	struct wanted w = {.name = "a quote that is closed far below", .text = far};
	static char got[8192];
	struct input_counts counts;
	read_it(&w, got, sizeof(got), &counts);
	cr_expect(strstr(got, "99.example\n") && counts.continued == 0, "%s", got);
}

Test(layout, doubt)
{
	struct input_doubt d = {0};
	char text[200];

	for (unsigned i = 0; i < 3000; i++) {
		struct span s = i % 5 < 3 ? SPAN_LIT("Acme \x1b[1m Inc") : SPAN_LIT("a.example");
		input_doubt_see(&d, &(struct input_line){.line = i + 1, .text = s});
	}
	cr_expect_eq(d.seen, INPUT_DOUBT_LINES);
	cr_expect_eq(d.invalid, 600);
	cr_expect(input_doubt_is_serious(&d));
	input_doubt_examples(&d, text, sizeof(text));
	cr_expect(strstr(text, "line 1: 'Acme ?[1m Inc', line 2: '") == text, "%s", text);
	d = (struct input_doubt){.seen = 2, .invalid = 1};
	cr_expect_not(input_doubt_is_serious(&d));
}

Test(layout, names_of_web_servers)
{
	static const char *const lines[] = {"https://www.a.example/shop", "WWW.b.example.",
					    "wwww.c.example", "no name", "d.example"};
	struct input_doubt d = {0};
	char text[200];

	for (unsigned i = 0; i < COUNT(lines); i++)
		input_doubt_see(&d,
				&(struct input_line){.line = i + 1, .text = span_str(lines[i])});
	input_doubt_www(&d, text, sizeof(text));
	cr_expect_str_eq(text, "2 of the first 4 names begin with 'www.': they are scanned as they "
			       "stand, but mail usually goes to the name without it");
	input_doubt_www(&(struct input_doubt){.seen = 1000, .www = 99}, text, sizeof(text));
	cr_expect_str_eq(text, "");
	input_doubt_www(&(struct input_doubt){.seen = 0}, text, sizeof(text));
	cr_expect_str_eq(text, "");
}

/* Behind the lines from which the layout is learnt nothing is refused any more. */
Test(layout, tags_that_are_no_utf8_stay_different)
{
	static char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), "domain,tag\n");
	struct input_line line;
	struct input *in;

	for (int i = 0; i < INPUT_SAMPLE_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a%d.example,\xc3\xbc\n", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n,
			      "b.example,M\xfcller AG\nc.example,M\xf6ller \xc3\xbc\n");
	size_t at = n;
	n += (size_t)snprintf(text + n, sizeof(text) - n, "d.example,");
	memset(text + n, '\xff', INPUT_TAG_MAX);
	n += INPUT_TAG_MAX;
	cr_assert(at < n && n < sizeof(text));
	int fd = memfd_create("tags", MFD_CLOEXEC);
	char path[64];
	const char *const paths[] = {path};
	struct input_config config = {.paths = paths, .paths_n = 1, .tag_column = "tag"};
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cr_assert_eq(write(fd, text, n), (ssize_t)n);
	cr_assert_eq(input_open(&in, &config, NULL), 0);
	for (int i = 0; i < INPUT_SAMPLE_MAX; i++) {
		cr_assert_eq(input_next(in, &line, NULL), 1);
		cr_expect(span_eq(line.tag, SPAN_LIT("\xc3\xbc")));
	}
	cr_assert_eq(input_next(in, &line, NULL), 1);
	cr_expect(span_eq(line.tag, SPAN_LIT("M\\xfcller AG")), "%.*s", (int)line.tag.n,
		  line.tag.p);
	cr_assert_eq(input_next(in, &line, NULL), 1);
	cr_expect(span_eq(line.tag, SPAN_LIT("M\\xf6ller \xc3\xbc")));
	cr_assert_eq(input_next(in, &line, NULL), 1);
	cr_expect_eq(line.tag.n, INPUT_TAG_MAX);
	cr_expect(span_starts(line.tag, SPAN_LIT("\\xff\\xff")));
	input_close(in);
	close(fd);
}

/* ---- tables at random -------------------------------------------------------------------- */

static unsigned upto(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

static const char *one_of(uint64_t *d, const char *const *list, unsigned n)
{
	return list[upto(d, n)];
}

#define ONE_OF(d, list) one_of(d, list, COUNT(list))

/* Columns are of one kind, mostly: ranks, names, labels, words, numbers, nothing. */
static int cell_at_random(uint64_t *d, unsigned kind, unsigned row, char *out, size_t cap)
{
	static const char *const labels[] = {"se", "museum", "host", "name"};
	static const char *const words[] = {"acme", "Gold customer", "\"quoted; text\"", "a b c",
					    ""};
	static const char *const names[][2] = {{"http://n", ".example/"}, {"joe@n", ".example"},
					       {"n", ".example"},	  {"n", ".example"},
					       {"N", ".Example."},	  {"\"n", ".example\""}};
	unsigned form = upto(d, COUNT(names));

	switch (upto(d, 12) == 0 ? upto(d, 6) : kind) {
	case 0:
		return snprintf(out, cap, "%u", row);
	case 1:
	case 2:
		return snprintf(out, cap, "%s%u%s", names[form][0], upto(d, 100), names[form][1]);
	case 3:
		return snprintf(out, cap, "%s", ONE_OF(d, labels));
	case 4:
		return snprintf(out, cap, "%s", ONE_OF(d, words));
	default:
		return snprintf(out, cap, "%u", upto(d, 1000));
	}
}

static void table_at_random(uint64_t *d, char *out, size_t cap)
{
	static const char *const heads[] = {"domain",	"Domain Name", "rank",	   "host",
					    "customer", "url",	       "site",	   "\"fqdn\"",
					    "",		"E-Mail",      "position", "host_rev"};
	static const char separators[] = {',', ',', ';', '\t', '|'};
	unsigned rows = 1 + upto(d, 6), columns = 1 + upto(d, 4), kinds[4];
	char separator = separators[upto(d, sizeof(separators))];
	size_t at = 0;

	for (unsigned c = 0; c < 4; c++)
		kinds[c] = upto(d, 6);
	if (upto(d, 2) == 0)
		kinds[0] = 0, kinds[1] = 1;
	if (upto(d, 3) > 0) { /* a header, now and then behind a '#' */
		at += (size_t)snprintf(out + at, cap - at, "%s", upto(d, 5) == 0 ? "# " : "");
		for (unsigned c = 0; c < columns; c++)
			at += (size_t)snprintf(out + at, cap - at, "%s%c", ONE_OF(d, heads),
					       c + 1 < columns ? separator : '\n');
	}
	for (unsigned r = 0; r < rows; r++)
		for (unsigned c = 0; c < columns; c++) {
			at += (size_t)cell_at_random(d, kinds[c], r + 1, out + at, cap - at);
			at += (size_t)snprintf(out + at, cap - at, "%c",
					       c + 1 < columns ? separator : '\n');
		}
}

/* How tables are read that nobody made up with a meaning. */
Test(layout, tables_at_random)
{
	static const char *const columns[] = {NULL, NULL,     NULL, NULL, NULL,
					      NULL, "domain", "2",  "9"};
	static const char *const tags[] = {NULL, NULL, NULL, NULL, NULL, "customer"};
	static char text[4096], got[8192];
	unsigned refused = 0, headers = 0, ranked = 0;
	struct input_counts counts;
	struct golden g;
	FILE *out = golden_begin(&g, "layout/random.txt");
	uint64_t dice = 1;

	for (unsigned i = 0; i < 330; i++) {
		table_at_random(&dice, text, sizeof(text));
		struct wanted w = {.name = "at random", .text = text};
		w.column = ONE_OF(&dice, columns);
		w.tag = ONE_OF(&dice, tags);
		w.separator = upto(&dice, 8) == 0 ? ';' : '\0';
		w.no_header = upto(&dice, 8) == 0;
		read_it(&w, got, sizeof(got), &counts);
		char *path = strstr(got, "/tmp/mtasweep-layout-");
		if (path != NULL)
			memcpy(path, "FILE", 4),
				memmove(path + 4, path + 27, strlen(path + 27) + 1);
		fprintf(out, "%u: column %s, tag %s%s%s\n%s---\n%s%s", i,
			w.column != NULL ? w.column : "-", w.tag != NULL ? w.tag : "-",
			w.separator != '\0' ? ", ;" : "", w.no_header ? ", no header" : "", text,
			got, got[0] == '!' ? "\n" : "");
		refused += got[0] == '!';
		headers += counts.headers > 0;
		ranked += strstr(got, ".example 2\n") != NULL;
	}
	golden_end(&g);
	cr_expect(refused > 50 && headers > 50 && ranked > 5, "%u refused, %u headers, %u ranked",
		  refused, headers, ranked);
}
