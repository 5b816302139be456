/* scan_args.c - see scan_args.h. */
#include "scanner/cli/scan_args.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/hostname.h"
#include "scanner/cli/cmd.h"
#include "scanner/input/input_layout.h"

enum {
	KEY_RESOLVERS = 256,
	KEY_WORKERS,
	KEY_CONCURRENCY,
	KEY_DNS_RATE,
	KEY_HOST_RATE,
	KEY_HOST_CONCURRENCY,
	KEY_TIMEOUT_DNS,
	KEY_TIMEOUT_FETCH,
	KEY_RETRIES,
	KEY_CA_FILE,
	KEY_HTTPS_PORT,
	KEY_ALLOW_NET,
	KEY_EXCLUDE,
	KEY_LEAN,
	KEY_SHARD,
	KEY_SAMPLE,
	KEY_SEED,
	KEY_DRY_RUN,
	KEY_RESUME,
	KEY_CONTACT,
	KEY_PROGRESS,
	KEY_TAG_COLUMN,
	KEY_CERT_DAYS,
	KEY_DOMAIN_COLUMN,
	KEY_DELIMITER,
	KEY_NO_HEADER,
	KEY_SEVERITY,
	KEY_LEVEL,
	KEY_SANDBOX,
	KEY_DANE,
	KEY_SMTP_PORT,
	KEY_EHLO,
	KEY_TIMEOUT_SMTP,
	KEY_MX_TLS,
	KEY_SMTP_RATE,
	KEY_SMTP_CONCURRENCY,
	KEY_VISITS,
	KEY_SMTP_RETRIES,
	KEY_SMTP_PAUSE,
};

#define PROGRESS_WORDS "auto|plain|json|none" /* in the order of enum scan_progress */
#define SANDBOX_WORDS "on|off"
#define SCOPE_WORDS "policy|all"

/* clang-format off */
static const struct argp_option network_table[] = {
	{NULL, 0, NULL, 0, "DNS:", 2},
	{"resolver", 'r', "ADDR[:PORT]", 0, "Upstream resolver (repeatable; IPv6 with a port in brackets); default: the system's", 0},
	{"resolvers", KEY_RESOLVERS, "FILE", 0, "Resolvers from a file, one a line", 0},
	{"dns-rate", KEY_DNS_RATE, "N", 0, "At most N questions a second in total", 0},
	{"timeout-dns", KEY_TIMEOUT_DNS, "SECONDS", 0, "Time for one answer (default 3)", 0},
	{"retries", KEY_RETRIES, "N", 0, "Times a temporary DNS failure is asked again (default 4)", 0},
	{NULL, 0, NULL, 0, "Policy hosts and MX hosts:", 3},
	{"timeout-fetch", KEY_TIMEOUT_FETCH, "SECONDS", 0, "Time for one policy fetch (default 60, RFC 8461 3.3)", 0},
	{"host-rate", KEY_HOST_RATE, "N", 0, "New connections a second per policy-host address (default 20; 0 any)", 0},
	{"host-concurrency", KEY_HOST_CONCURRENCY, "N", 0, "Connections at a time per policy-host address (default 10)", 0},
	{"ca-file", KEY_CA_FILE, "PEM", 0, "CA certificates that replace the system's", 0},
	{"https-port", KEY_HTTPS_PORT, "N", 0, "Port of policy hosts (for labs)", 0},
	{"allow-net", KEY_ALLOW_NET, "CIDR", 0, "Contact this network though it is not global (repeatable)", 0},
	{"exclude", KEY_EXCLUDE, "FILE", 0, "Domains and networks that are never contacted (repeatable)", 0},
	{"contact", KEY_CONTACT, "URL", 0, "Who scans: put into the User-Agent", 0},
	{NULL, 0, NULL, 0, "Judging:", 4},
	{"severity", KEY_SEVERITY, CMD_SEVERITY, 0},
	{"cert-days", KEY_CERT_DAYS, CMD_CERT_DAYS, 0},
	{0},
};

static const struct argp_option smtp_table[] = {
	{NULL, 0, NULL, 0, "MX hosts:", 5},
	{"dane", KEY_DANE, SCOPE_WORDS, OPTION_ARG_OPTIONAL, "Look up the TLSA records of the MX hosts (needs a resolver that validates DNSSEC): of names with a policy in mode enforce or testing and of names whose MX records are signed (default), or of all", 0},
	{"ehlo", KEY_EHLO, "NAME", 0, "Name to say at EHLO (default: this machine's, or its address in brackets)", 0},
	{"timeout-smtp", KEY_TIMEOUT_SMTP, "SECONDS", 0, "Time for one visit (default 120)", 0},
	{"smtp-port", KEY_SMTP_PORT, "N", 0, "Port of MX hosts (for labs)", 0},
	{0},
};

static const struct argp_option visits_table[] = {
	{"smtp-rate", KEY_SMTP_RATE, "N", 0, "New visits a second at one operator of MX hosts, a fourth of that at one address (default 2)", 5},
	{"smtp-concurrency", KEY_SMTP_CONCURRENCY, "N", 0, "Visits at a time at one operator (default 4)", 0},
	{"visits", KEY_VISITS, "N", 0, "Visits at a time in all (default 200)", 0},
	{"smtp-retries", KEY_SMTP_RETRIES, "N", 0, "Times a host that says \"later\" (4xx) is visited again (default 2)", 0},
	{"smtp-pause", KEY_SMTP_PAUSE, "SECONDS", 0, "Pause before a host that says \"later\" is visited again, four times as long before the next time (default 300)", 0},
	{0},
};

static const struct argp_option scan_table[] = {
	{NULL, 0, NULL, 0, "Input and output:", 1},
	{"output", 'o', "DIR", 0, "Run directory to make (required); '-' writes NDJSON to standard output", 0},
	{"resume", KEY_RESUME, NULL, 0,
	 "Go on with the interrupted run in DIR, which knows its list and options", 0},
	{"domain-column", KEY_DOMAIN_COLUMN, "NAME|N", 0, "CSV column with the domain names: what the header calls it, or its number from 1 (default: found by the header and the first rows)", 0},
	{"delimiter", KEY_DELIMITER, "C", 0, "What parts the columns: a character, 'tab', or 'space' for any run of blanks (default: what a first line 'sep=;' tells, else found by the first rows)", 0},
	{"no-header", KEY_NO_HEADER, NULL, 0, "The first line is a name like the others", 0},
	{"tag-column", KEY_TAG_COLUMN, "NAME|N", 0, "CSV column to carry through to the record: what the header calls it, or its number from 1", 0},
	{"shard", KEY_SHARD, "K/N", 0, "Only the K-th of N shards (by hash of the name); rates are the whole scan's, and each shard keeps to its N-th", 0},
	{"sample", KEY_SAMPLE, "P", 0, "Only a share P (0 to 1) of the names, drawn by --seed", 0},
	{"seed", KEY_SEED, "N", 0, "Seed of everything random", 0},
	{"level", KEY_LEVEL, "N", 0, "zstd level of the results, 1 to 19 (default 3)", 0},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "Read the input, say what would be done, contact nobody", 0},
	{"lean", KEY_LEAN, NULL, 0, "Ask for MX only where something is published", 2},
	{"mx-tls", KEY_MX_TLS, SCOPE_WORDS, OPTION_ARG_OPTIONAL, "Then visit the MX hosts, each once: STARTTLS and its certificate, never MAIL. Those of names with a policy in mode enforce or testing (default), or of all names, which needs --contact", 5},
	{NULL, 0, NULL, 0, "Running:", 6},
	{"workers", KEY_WORKERS, "N", 0, "Worker processes (default: one per processor)", 0},
	{"concurrency", KEY_CONCURRENCY, "N", 0,
	 "Names in flight per worker, those that wait for policy hosts included (default 4000)", 0},
	{"sandbox", KEY_SANDBOX, SANDBOX_WORDS, 0, "Confine workers (default on); off: a bug in a library could then reach files and processes", 0},
	{"progress", KEY_PROGRESS, PROGRESS_WORDS, 0, "How progress is shown (default auto: live on a terminal, else plain)", 0},
	{"quiet", 'q', NULL, 0, "No progress and no summary", 0},
	{"verbose", 'v', NULL, 0, "Say on standard error who is asked, which limits hold, what fails on the way and how each resolver did", 0},
	{0},
};
/* clang-format on */

/* A decimal number within bounds, or argp's usage error. */
static double parse_number(const char *arg, double low, double high, const char *option,
			   struct argp_state *state)
{
	char *end;

	assert(low <= high);
	errno = 0;
	double v = strtod(arg, &end);
	if (errno != 0 || end == arg || *end != '\0' || !(v >= low && v <= high))
		cmd_refuse(state, "--%s wants a number from %.10g to %.10g, not '%s'", option, low,
			   high, arg);
	return v;
}

static unsigned parse_count(const char *arg, double low, double high, const char *option,
			    struct argp_state *state)
{
	double v = parse_number(arg, low, high, option, state);

	if (v != (double)(unsigned)v)
		cmd_refuse(state, "--%s wants a whole number, not '%s'", option, arg);
	return (unsigned)v;
}

/* An option wins over what a job array says. */
void scan_args_environment(struct scan_options *o, struct argp_state *state)
{
	struct errmsg err;

	if (scan_options_environment(o, &err) != 0)
		cmd_refuse(state, "%s", err.text);
}

void scan_args_shard(const char *arg, struct scan_options *o, struct argp_state *state)
{
	char *slash = NULL, *end = NULL;
	unsigned long k = strtoul(arg, &slash, 10);
	unsigned long n = *slash == '/' ? strtoul(slash + 1, &end, 10) : 0;

	if (end == NULL || *end != '\0' || k < 1 || k > n || n > SCAN_SHARDS_MAX ||
	    strchr(arg, '-') != NULL)
		cmd_refuse(state, "--shard wants K/N with K from 1 to N, not '%s'", arg);
	o->shard = (unsigned)k;
	o->shards = (unsigned)n;
}

/* All 64 bits, in hexadecimal, too: what run.json says can be given again. */
static void parse_seed(const char *arg, struct scan_options *o, struct argp_state *state)
{
	char *end;

	errno = 0;
	o->seed = strtoull(arg, &end, 0);
	if (errno != 0 || end == arg || *end != '\0' || strchr(arg, '-') != NULL)
		cmd_refuse(state, "--seed wants a whole number, not '%s'", arg);
	o->seed_given = true;
}

static void parse_progress(const char *arg, struct scan_options *o, struct argp_state *state)
{
	int word = cmd_word(PROGRESS_WORDS, arg);

	if (word < 0)
		cmd_refuse(state, "--progress wants " PROGRESS_WORDS ", not '%s'", arg);
	o->progress = (enum scan_progress)word;
}

static void add_arg(const char **list, unsigned *n, unsigned max, const char *arg,
		    const char *option, struct argp_state *state)
{
	assert(*n <= max);
	/* Once more is the same: --resume puts what is given now behind what was given then. */
	for (unsigned i = 0; i < *n; i++)
		if (strcmp(list[i], arg) == 0)
			return;
	if (*n == max)
		cmd_refuse(state, "--%s can be given %u times at most", option, max);
	list[(*n)++] = arg;
}

static error_t parse_network(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case 'r':
		add_arg(o->resolver_args, &o->resolver_args_n,
			sizeof(o->resolver_args) / sizeof(o->resolver_args[0]), arg, "resolver",
			state);
		return 0;
	case KEY_RESOLVERS:
		o->resolvers_file = arg;
		return 0;
	case KEY_DNS_RATE:
		o->dns_rate = parse_number(arg, 0, 1e9, "dns-rate", state);
		return 0;
	case KEY_TIMEOUT_DNS:
		o->timeout_dns_ms =
			(uint32_t)(1000 * parse_number(arg, 0.05, 300, "timeout-dns", state));
		return 0;
	case KEY_RETRIES:
		o->retries = parse_count(arg, 0, 20, "retries", state);
		return 0;
	case KEY_TIMEOUT_FETCH:
		o->timeout_fetch_ms =
			(uint32_t)(1000 * parse_number(arg, 0.1, 3600, "timeout-fetch", state));
		return 0;
	case KEY_HOST_RATE:
		o->host_rate = parse_number(arg, 0, 1e6, "host-rate", state);
		return 0;
	case KEY_HOST_CONCURRENCY:
		o->host_concurrency = parse_count(arg, 1, 10000, "host-concurrency", state);
		return 0;
	case KEY_CA_FILE:
		o->ca_file = arg;
		return 0;
	case KEY_HTTPS_PORT:
		o->https_port = (uint16_t)parse_count(arg, 1, 65535, "https-port", state);
		return 0;
	case KEY_ALLOW_NET:
		add_arg(o->allow_net, &o->allow_net_n, 64, arg, "allow-net", state);
		return 0;
	case KEY_EXCLUDE:
		add_arg(o->exclude, &o->exclude_n, 16, arg, "exclude", state);
		return 0;
	case KEY_CONTACT:
		if (strpbrk(arg, "\r\n") != NULL || strlen(arg) > 200)
			cmd_refuse(state, "--contact wants one line of at most 200 bytes");
		o->contact = arg;
		return 0;
	case KEY_SEVERITY:
		cmd_severity(state, &o->judge, arg);
		return 0;
	case KEY_CERT_DAYS:
		cmd_cert_days(state, &o->judge, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A host name or an address literal, as EHLO wants it (RFC 5321 4.1.1.1). */
static void parse_ehlo(char *arg, struct scan_options *o, struct argp_state *state)
{
	size_t at, n = strlen(arg);
	bool literal = n > 2 && n < NAME_TEXT_MAX && arg[0] == '[' && arg[n - 1] == ']' &&
		       strpbrk(arg, " \t\r\n") == NULL;

	if (!literal && hostname_check(span_str(arg), &at) != HOSTNAME_OK)
		cmd_refuse(state, "--ehlo wants a host name (or an address in brackets), not '%s'",
			   arg);
	o->ehlo = arg;
}

/* Whether it is all: no word is the narrow one. */
static bool parse_scope(const char *arg, const char *option, struct argp_state *state)
{
	int word = arg == NULL ? 0 : cmd_word(SCOPE_WORDS, arg);

	if (word < 0)
		cmd_refuse(state, "--%s wants " SCOPE_WORDS ", not '%s'", option, arg);
	return word == 1;
}

static error_t parse_visits(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case KEY_SMTP_RATE:
		o->smtp_rate = parse_number(arg, 0.001, 1000, "smtp-rate", state);
		return 0;
	case KEY_SMTP_CONCURRENCY:
		o->smtp_concurrency = parse_count(arg, 1, 1000, "smtp-concurrency", state);
		return 0;
	case KEY_VISITS:
		o->visits = parse_count(arg, 1, SCAN_VISITS_MAX, "visits", state);
		return 0;
	case KEY_SMTP_RETRIES:
		o->smtp_retries = parse_count(arg, 0, 5, "smtp-retries", state);
		return 0;
	case KEY_SMTP_PAUSE:
		o->smtp_pause_ms =
			(uint32_t)(1000 * parse_number(arg, 0.1, 86400, "smtp-pause", state));
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_smtp(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case KEY_DANE:
		o->dane = true;
		o->dane_all = parse_scope(arg, "dane", state);
		return 0;
	case KEY_EHLO:
		parse_ehlo(arg, o, state);
		return 0;
	case KEY_TIMEOUT_SMTP:
		o->timeout_smtp_ms =
			(uint32_t)(1000 * parse_number(arg, 0.1, 3600, "timeout-smtp", state));
		return 0;
	case KEY_SMTP_PORT:
		o->smtp_port = (uint16_t)parse_count(arg, 1, 65535, "smtp-port", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* How the list is laid out. */
static error_t parse_layout(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case KEY_TAG_COLUMN:
		o->tag_column = arg;
		return 0;
	case KEY_DOMAIN_COLUMN:
		o->domain_column = arg;
		return 0;
	case KEY_DELIMITER:
		o->delimiter = input_separator_parse(arg);
		if (o->delimiter == '\0')
			cmd_refuse(state,
				   "--delimiter wants one character, 'tab' or 'space', not '%s'",
				   arg);
		return 0;
	case KEY_NO_HEADER:
		o->no_header = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What is visited must be able to ask who visits, and what is judged again lies in a directory. */
static void refuse_hosts(const struct scan_options *o, const struct argp_state *state)
{
	if (!scan_visits_hosts(o))
		return;
	if (o->output != NULL && strcmp(o->output, "-") == 0)
		cmd_refuse(state, "--mx-tls and --dane want a run directory: records are judged "
				  "again when their hosts are known");
	if (scan_lacks_contact(o) && !o->dry_run)
		cmd_refuse(state, "MX hosts of all names expect nobody: say who you are with "
				  "--contact URL");
}

static void parse_end(struct scan_options *o, struct argp_state *state)
{
	scan_args_environment(o, state);
	refuse_hosts(o, state);
}

static void parse_sandbox(const char *arg, struct scan_options *o, const struct argp_state *state)
{
	if (cmd_word(SANDBOX_WORDS, arg) < 0)
		cmd_refuse(state, "--sandbox wants " SANDBOX_WORDS ", not '%s'", arg);
	o->sandbox = cmd_word(SANDBOX_WORDS, arg) == 0;
}

static error_t parse_scan(int key, char *arg, struct argp_state *state)
{
	struct scan_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] = o;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_RESUME:
		o->resume = true;
		return 0;
	case KEY_DRY_RUN:
		o->dry_run = true;
		return 0;
	case KEY_LEAN:
		o->lean = true;
		return 0;
	case KEY_SHARD:
		scan_args_shard(arg, o, state);
		return 0;
	case KEY_SAMPLE:
		o->sample = parse_number(arg, 0, 1, "sample", state);
		return 0;
	case KEY_SEED:
		parse_seed(arg, o, state);
		return 0;
	case KEY_LEVEL:
		o->level = (int)parse_count(arg, 1, 19, "level", state);
		return 0;
	case KEY_WORKERS:
		o->workers = parse_count(arg, 1, SCAN_WORKERS_MAX, "workers", state);
		return 0;
	case KEY_CONCURRENCY:
		o->concurrency = parse_count(arg, 1, SCAN_CONCURRENCY_MAX, "concurrency", state);
		return 0;
	case KEY_SANDBOX:
		parse_sandbox(arg, o, state);
		return 0;
	case KEY_PROGRESS:
		parse_progress(arg, o, state);
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case ARGP_KEY_END:
		parse_end(o, state);
		return 0;
	case ARGP_KEY_ARGS:
		o->inputs = (const char *const *)state->argv + state->next;
		o->inputs_n = (unsigned)(state->argc - state->next);
		return 0;
	case KEY_MX_TLS:
		o->mx_tls = true;
		o->mx_tls_all = parse_scope(arg, "mx-tls", state);
		return 0;
	default:
		return parse_layout(key, arg, state);
	}
}

const struct argp smtp_argp = {.options = smtp_table, .parser = parse_smtp};
const struct argp visits_argp = {.options = visits_table, .parser = parse_visits};
const struct argp network_argp = {.options = network_table, .parser = parse_network};

static const struct argp_child scan_children[] = {
	{.argp = &network_argp}, {.argp = &smtp_argp}, {.argp = &visits_argp}, {0}};

const struct argp scan_argp = {
	.options = scan_table,
	.parser = parse_scan,
	.children = scan_children,
	.args_doc = "[FILE...]",
	.doc = "Scans every domain name of the files (or of standard input): MTA-STS record and "
	       "policy, "
	       "TLS-RPT record and MX. One judged record a name goes into the run directory.\v"
	       "A list has one name a line, or RANK,NAME, or a header and columns; gzip, zstd and "
	       "xz are read as they are. The first column that a header calls so, and that holds "
	       "domain names, is read (blanks, '_' and '-' do not count, nor does "
	       "case): " INPUT_LAYOUT_NAMES ". What is not clear is refused. "
	       "A name that comes again while it is looked up, or within five minutes among the "
	       "last "
	       "500 names of a worker, is not asked for again: it has the same answers in a record "
	       "of its own.\n\n"
	       "Exit status: 0 done, 2 wrong usage or unreadable input, 3 our own failure, 5 done, "
	       "but "
	       "most lines were no domain names, or there was none, 130 stopped by a signal with a "
	       "valid checkpoint.\n\n"
	       "Examples:\n"
	       "  mtasweep scan -o run top-1m.csv.gz\n"
	       "  mtasweep scan -o run -r 192.0.2.53 --dns-rate 5000 names.txt\n"
	       "  mtasweep scan --resume -o run\n"
	       "  mtasweep scan -o run --mx-tls --dane --ehlo scanner.example.net names.txt\n"
	       "  mtasweep scan -o run --contact https://example.net/scan names.txt\n"
	       "  cut -d, -f1 customers.csv | mtasweep scan -o - - | jq .verdict",
};

int scan_args_parse(struct scan_options *o, int argc, char **argv)
{
	static const char *const standard_input[] = {"-"};

	scan_options_init(o);
	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&scan_argp, argc, argv, 0, NULL, o) != 0)
		return CMD_USAGE;
	o->inputs_given = o->inputs_n > 0;
	if (!o->inputs_given) {
		o->inputs = standard_input;
		o->inputs_n = 1;
	}
	return 0;
}
