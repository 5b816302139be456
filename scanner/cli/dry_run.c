/* dry_run.c - see dry_run.h. */
#include "scanner/cli/dry_run.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "output/text/number.h"
#include "parsers/name.h"
#include "scanner/cli/cmd.h"
#include "scanner/input/input.h"
#include "scanner/input/input_doubt.h"
#include "scanner/options/cost.h"
#include "scanner/options/selection.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/checkpoint.h"

struct dry_counts {
	uint64_t elsewhere, names, invalid, excluded;
	uint64_t stored; /* records that the run to go on with has already */
	struct input_doubt doubt;
};

#define LINES_SHOWN 3 /* of each file */
/* Of results, compressed: 43 to 60 measured (bench/EXTRAPOLATION.md), three times that with MX
 * hosts. */
#define NAME_BYTES 60u
#define NAMES_MANY 10000u /* fewer need no disk to speak of */

/* How the file is read, with its first lines: whether that is right only its owner can tell. */
static void dry_show(const struct input *input, const struct input_line *line, const char *path,
		     unsigned nth)
{
	struct errmsg shown;
	char layout[256];

	if (nth == 0) {
		input_describe(input, layout, sizeof(layout));
		printf("%s: %s\n",
		       strcmp(path, "-") == 0 ? "standard input" : errmsg_shown(&shown, path),
		       layout);
	}
	errmsg_set(&shown, "%.*s", line->text.n < 100 ? (int)line->text.n : 100, line->text.p);
	printf("  line %" PRIu64 ": '%s'", line->line, shown.text);
	if (line->rank >= 0)
		printf(", rank %" PRId64, line->rank);
	if (line->tag.p != NULL) {
		errmsg_set(&shown, "%.*s", (int)line->tag.n, line->tag.p);
		printf(", tag '%s'", shown.text);
	}
	printf("\n");
}

static int dry_read(const struct scan_options *o, const struct reach *reach, struct input *input,
		    struct dry_counts *c, struct errmsg *err)
{
	struct input_line line;
	struct name name;
	size_t file = SIZE_MAX;
	unsigned nth = 0;
	int rc;

	while ((rc = input_next(input, &line, err)) > 0) {
		if (input_current(input) != file)
			nth = 0;
		file = input_current(input);
		if (nth < LINES_SHOWN)
			dry_show(input, &line, o->inputs[file], nth++);
		if (!selection_has(o, line.text)) {
			c->elsewhere++;
			continue;
		}
		input_doubt_see(&c->doubt, &line);
		name_normalise(line.text, &name);
		if (name.status != NAME_OK || line.too_long)
			c->invalid++;
		else if (reach_excludes_name(reach, span_of(name.text, name.n)))
			c->excluded++;
		else
			c->names++;
	}
	return rc;
}

/* Names that are still to be scanned: not more, for every record that is stored is of one of the
 * lines. */
static uint64_t dry_rest(const struct dry_counts *c)
{
	const uint64_t records = c->names + c->excluded + c->invalid;
	const uint64_t left = records - (c->stored < records ? c->stored : records);

	return left < c->names ? left : c->names;
}

/* What the scan itself would not begin for, or what is better thought of before. */
static void dry_obstacles(const struct scan_options *o, const struct dry_counts *c)
{
	struct errmsg shown;
	struct stat st;

	if (scan_lacks_contact(o))
		printf("warning: without --contact URL the scan will not begin: MX hosts of all "
		       "names expect nobody\n");
	else if (dry_rest(c) >= COST_MANY && o->contact == NULL)
		printf("note: without --contact URL nobody learns from the scan whom to ask\n");
	if (!o->resume && strcmp(o->output, "-") != 0 && lstat(o->output, &st) == 0)
		printf("warning: '%s' exists already: the scan will want a new directory\n",
		       errmsg_shown(&shown, o->output));
}

static void dry_print(const struct scan_options *o, const struct resolver_list *resolvers,
		      const struct input *input, const struct dry_counts *c)
{
	struct input_counts in;
	struct errmsg shown;
	char cost[COST_TEXT];
	uint64_t rest = dry_rest(c);

	input_counts(input, &in);
	/* As in a scan, no line gets lost: it is filler, left out, or a record. */
	assert(in.lines == in.blank + in.comments + in.headers + in.continued + c->elsewhere +
				   c->names + c->invalid + c->excluded);
	printf("%s lines: %s blank, %s comments, %s %s, %s for other shards or not drawn\n",
	       number_grouped(in.lines).s, number_grouped(in.blank).s,
	       number_grouped(in.comments).s, number_grouped(in.headers).s,
	       number_word(in.headers, "header", "headers"), number_grouped(c->elsewhere).s);
	printf("%s records: %s names to scan, %s excluded, %s no domain names\n",
	       number_grouped(c->names + c->excluded + c->invalid).s, number_grouped(c->names).s,
	       number_grouped(c->excluded).s, number_grouped(c->invalid).s);
	input_doubt_www(&c->doubt, cost, sizeof(cost));
	if (cost[0] != '\0')
		printf("note: %s\n", cost);
	if (o->resume && rest == 0)
		printf("all of these records are stored already: nothing is left to scan\n");
	else if (o->resume)
		printf("%s of these records are stored already; the rest, %s:\n",
		       number_grouped(c->stored).s, number_names(rest).s);
	cost_text(o, resolvers, rest, cost);
	if (rest > 0)
		printf("%s\n", cost);
	if (rest >= NAMES_MANY && o->host_rate > 0)
		printf("policies come at %g a second from one address (--host-rate): where one "
		       "operator has very many, that takes longest\n",
		       o->host_rate);
	if (c->names > 0 && scan_visits_hosts(o)) {
		cost_hosts_text(o, cost);
		printf("%s\n", cost);
	}
	if (cost_warning(o, resolvers, rest, cost))
		printf("warning: %s\n", cost);
	if (o->shards > 1) {
		char text[SHARE_TEXT];
		share_text(o, text, sizeof(text));
		printf("%s\n", text);
	}
	printf("%u %s with %u names in flight each; results in %s", o->workers,
	       number_word(o->workers, "worker", "workers"), o->concurrency,
	       strcmp(o->output, "-") == 0 ? "standard output" : errmsg_shown(&shown, o->output));
	if (rest >= NAMES_MANY)
		printf(", about %s of disk, more where many names have MTA-STS",
		       number_bytes(rest * NAME_BYTES * (scan_visits_hosts(o) ? 3 : 1)).s);
	printf("\n");
	dry_obstacles(o, c);
}

static int dry_stored(const struct scan_options *o, struct dry_counts *c, struct errmsg *err)
{
	struct checkpoint stored;

	if (!o->resume)
		return 0;
	if (checkpoint_read(o->output, &stored, err) != 0)
		return -1;
	c->stored = stored.records;
	checkpoint_release(&stored);
	return 0;
}

int dry_run(const struct scan_options *options, struct errmsg *err)
{
	struct input_config config = {
		.paths = options->inputs,
		.paths_n = options->inputs_n,
		.tag_column = options->tag_column,
		.domain_column = options->domain_column,
		.separator = options->delimiter,
		.no_header = options->no_header,
	};
	struct resolver_list resolvers = {0};
	struct dry_counts counts = {0};
	struct input *input = NULL;
	int rc = CMD_USAGE;
	struct reach *reach = NULL;

	if (scan_options_check(options, &resolvers, err) == 0 &&
	    (reach = scan_options_reach(options, err)) != NULL &&
	    dry_stored(options, &counts, err) == 0 && input_open(&input, &config, err) == 0 &&
	    dry_read(options, reach, input, &counts, err) == 0) {
		dry_print(options, &resolvers, input, &counts);
		rc = CMD_OK;
	}
	if (input != NULL)
		input_close(input);
	resolver_list_release(&resolvers);
	reach_free(reach);
	return rc;
}
