/*
 * cmd_check.c - the subcommand `check`: a few names, every stage, explained. The engine of `scan`
 * runs in this process; each record becomes its page at once, and pages come out in the order of
 * the arguments.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/outfile.h"
#include "output/record/record_emit.h"
#include "scanner/base/clock.h"
#include "scanner/base/privilege.h"
#include "scanner/check/check_guide.h"
#include "scanner/check/check_html.h"
#include "scanner/check/check_view.h"
#include "scanner/cli/cmd_check_wait.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/scan_args.h"
#include "scanner/options/share.h"
#include "scanner/worker/engine.h"
#include "scanner/hosts/tls_facts.h"

#define CHECK_JOBS_MAX 64u

enum { KEY_HTML = 1024, KEY_GUIDE };

struct check {
	struct scan_options options;
	bool json, brief, guide;
	const char *html; /* a file for the pages, too */
	struct outfile html_file;
	char **html_parts; /* with it: one a name, like pages */
	char **names;
	unsigned names_n;

	struct resolver_list resolvers;
	struct reach *reach;
	struct gate *gate, *smtp_gate; /* of policy hosts; of MX hosts */
	uv_loop_t loop;
	struct engine *engine;
	struct text *pages; /* one a name; empty until it is done */
	bool *done;
	unsigned submitted, finished, printed;
	bool colour;
	unsigned width, columns, rows; /* of the page; of the terminal, rows 0: it is none */
	struct check_wait wait;
	bool errors, unknown;	/* findings of severity error; something that was not found out */
	bool not_names, failed; /* arguments that are no names; us */
	struct errmsg err;
};

/* ---- options ----------------------------------------------------------------------------- */

enum { OPTION_MX_TLS = 512 }; /* above the keys of the tables that are shared */

static const struct argp_option check_table[] = {
	{"mx-tls", OPTION_MX_TLS, NULL, 0,
	 "Visit the MX hosts, which are left alone unless you ask: STARTTLS and certificates (says "
	 "EHLO, STARTTLS and QUIT, never MAIL)",
	 5},
	{NULL, 0, NULL, 0, "Output:", 1},
	{"brief", 'b', NULL, 0,
	 "Print the head of the page alone: how it stands, the cause, what to do first", 0},
	{"json", 'j', NULL, 0, "Print the record of each name as one line of JSON", 0},
	{"html", KEY_HTML, "FILE", 0, "Write the pages to FILE, too, as one HTML page to send on",
	 0},
	{"guide", KEY_GUIDE, NULL, 0,
	 "Print the guide: modes, set-up from nothing, risks, best practices", 0},
	{0},
};

static error_t check_option(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &c->options;
		return 0;
	case OPTION_MX_TLS:
		c->options.mx_tls = true;
		return 0;
	case 'j':
		c->json = true;
		return 0;
	case 'b':
		c->brief = true;
		return 0;
	case KEY_HTML:
		c->html = arg;
		return 0;
	case KEY_GUIDE:
		c->guide = true;
		return 0;
	case ARGP_KEY_ARGS:
		c->names = state->argv + state->next;
		c->names_n = (unsigned)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!c->guide)
			cmd_refuse(state, "name a domain to check");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child check_children[] = {
	{.argp = &network_argp}, {.argp = &smtp_argp}, {0}};

static const struct argp check_argp = {
	.options = check_table,
	.parser = check_option,
	.args_doc = "DOMAIN...",
	.doc = "Looks up and explains what a domain publishes for SMTP transport security: MTA-STS "
	       "record and "
	       "policy, TLS-RPT record and MX; what a sender makes of it, what is wrong, and what "
	       "to publish "
	       "now.\v"
	       "Exit status: 0 no finding of severity error, 1 there are some, 2 an argument is no "
	       "domain name, 3 no resolver can be used, 4 no error was found, but not all could be "
	       "found out.\n\n"
	       "Examples:\n"
	       "  mtasweep check example.com\n"
	       "  mtasweep check -r 192.0.2.53 example.com example.net\n"
	       "  mtasweep check --brief $(cat domains.txt)\n"
	       "  mtasweep check --html example.html example.com\n"
	       "  mtasweep check --guide\n"
	       "  mtasweep check --json example.com | jq -r '.issues[].code'",
	.children = check_children,
};

/* ---- one record -------------------------------------------------------------------------- */

static void check_fail(struct check *c, const char *why)
{
	if (!c->failed)
		errmsg_set(&c->err, "%s", why);
	c->failed = true;
}

static void check_print(struct check *c)
{
	check_wait_clear(&c->wait);
	while (c->printed < c->names_n && c->done[c->printed]) {
		struct text *page = &c->pages[c->printed];
		if (c->printed > 0 && !c->json)
			fputs("\n\n", stdout);
		fwrite(page->out.p, 1, page->out.n, stdout);
		text_release(page);
		c->printed++;
	}
	assert(c->printed <= c->finished && c->finished <= c->submitted);
	fflush(stdout);
}

static struct check_page check_page_now(const struct check *c)
{
	return (struct check_page){.now = clock_wall_ms() / 1000,
				   .version = MTASWEEP_VERSION,
				   .brief = c->brief,
				   .stepless = c->brief};
}

static void check_finished_html(struct check *c, const struct record *r)
{
	struct check_page as = check_page_now(c);
	struct text page;
	size_t n;
	FILE *part = open_memstream(&c->html_parts[r->line - 1], &n);

	text_init(&page, true, CHECK_WIDTH_UNBROKEN, CHECK_TEXT_MAX);
	check_view(&page, r, &as);
	if (part != NULL && !page.out.failed)
		check_html_page(part, r, &page);
	if (page.out.failed || part == NULL || fclose(part) != 0)
		check_fail(c, "out of memory");
	text_release(&page);
}

/* What a terminal has scrolled away when the page is at its end is said once more. */
static void check_repeat_head(const struct check *c, struct text *page, const struct record *r)
{
	struct check_page as = check_page_now(c);
	unsigned lines = 0;

	for (size_t i = 0; i < page->out.n && !page->out.failed; i++)
		lines += page->out.p[i] == '\n';
	if (c->brief || c->rows == 0 || lines < c->rows)
		return;
	as.brief = true;
	text_put(page, "\nIn short\n\n");
	check_view(page, r, &as);
}

static void check_finished(void *user, const struct record *r)
{
	struct check *c = user;
	unsigned at = (unsigned)r->line - 1;
	struct text *page = &c->pages[at];
	struct check_page as = check_page_now(c);

	assert(at < c->names_n && !c->done[at]); /* each name finishes once */
	for (unsigned i = 0; i < r->issues_n; i++) {
		c->errors = c->errors || r->issues[i].severity == SEVERITY_ERROR;
		c->unknown = c->unknown || r->issues[i].severity == SEVERITY_INCONCLUSIVE;
	}
	c->not_names = c->not_names || r->verdict == VERDICT_INVALID_INPUT;
	text_init(page, c->colour, c->width, c->json ? RECORD_LINE_MAX : CHECK_TEXT_MAX);
	if (c->json) {
		record_emit_once(r, &page->out);
	} else {
		check_view(page, r, &as);
		check_repeat_head(c, page, r);
	}
	if (c->html != NULL)
		check_finished_html(c, r);
	if (page->out.failed)
		check_fail(c, "out of memory");
	c->done[at] = true;
	c->finished++;
}

/* Whether the kernel knows where to send to; nothing is sent. */
static bool check_reachable(const struct sockaddr_storage *to)
{
	socklen_t n =
		to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool reachable = fd >= 0 && connect(fd, (const void *)to, n) == 0;

	if (fd >= 0)
		close(fd);
	return reachable;
}

/* What is wrong with a resolver that can be reached: one that lies has answered. */
static const char *check_trouble(struct check *c, unsigned upstream)
{
	struct upstream_stats stats;

	resolver_upstream_stats(engine_resolver(c->engine), upstream, &stats);
	switch (stats.state) {
	case UPSTREAM_LYING:
		return "answers for names that do not exist, so nothing it says can be believed";
	case UPSTREAM_FAILING:
		return "answers nearly everything with SERVFAIL or REFUSED";
	default:
		return "does not answer";
	}
}

static void check_hopeless(struct check *c)
{
	unsigned reachable = 0;

	if (c->failed)
		return;
	for (unsigned i = 0; i < c->resolvers.n; i++)
		reachable += check_reachable(&c->resolvers.address[i]);
	c->failed = true;
	if (engine_insecure(c->engine, &c->err))
		return;
	if (reachable == 0)
		errmsg_set(&c->err, "no network: there is no route to the resolver %s%s",
			   c->resolvers.name[0], c->resolvers.n > 1 ? ", nor to the others" : "");
	else
		errmsg_set(
			&c->err,
			"no resolver can be used: %s %s%s; name another one with --resolver ADDR",
			c->resolvers.name[0], check_trouble(c, 0),
			c->resolvers.n > 1 ? " (the others are no better)" : "");
}

static void check_turn(void *user)
{
	struct check *c = user;
	struct machine *m = engine_machine(c->engine);
	const struct resolver *r = engine_resolver(c->engine);

	while (c->submitted < c->names_n && engine_settled(c->engine) && machine_room(m) > 0) {
		struct machine_input in = {
			.line = c->submitted + 1,
			.text = span_str(c->names[c->submitted]),
			.rank = -1,
			.tag = SPAN_NULL,
			.too_long = strlen(c->names[c->submitted]) > INPUT_LINE_MAX,
		};
		if (in.too_long)
			in.text.n = INPUT_LINE_MAX;
		while (in.text.n > 0 && strchr(" \t\r\n", in.text.p[in.text.n - 1]) != NULL)
			in.text.n--; /* of a file with other line ends, through xargs */
		c->submitted++;
		machine_submit(m, &in);
	}
	gate_turn(c->gate, engine_now(c->engine));
	gate_turn(c->smtp_gate, engine_now(c->engine));
	if (machine_failed(m))
		check_fail(c, "out of memory");
	if (resolver_hopeless(r) && !resolver_ever_good(r))
		check_hopeless(c);
	else if (c->finished > c->printed && !c->failed)
		check_print(c);
	if (c->failed || c->finished == c->names_n)
		uv_stop(&c->loop);
}

/* ---- life -------------------------------------------------------------------------------- */

/* Colour for a person at a terminal who has not declined it (no-color.org). */
static void check_terminal(struct check *c)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;

	c->width = c->columns = CHECK_WIDTH;
	if (!isatty(STDOUT_FILENO))
		return;
	c->colour = (no_color == NULL || no_color[0] == '\0') && term != NULL && term[0] != '\0' &&
		    strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return;
	c->columns = size.ws_col;
	c->rows = size.ws_row;
	c->width = size.ws_col < CHECK_WIDTH_MIN   ? CHECK_WIDTH_MIN
		   : size.ws_col > CHECK_WIDTH_MAX ? CHECK_WIDTH_MAX
						   : size.ws_col;
}

/* The engine fails without saying whose fault it is. The certificates are not read beforehand: they
 * may come from a pipe. */
static int check_blame(const struct check *c)
{
	struct stat st;

	if (c->options.ca_file == NULL)
		return CMD_FAILURE;
	if (stat(c->options.ca_file, &st) != 0 || !S_ISREG(st.st_mode))
		return CMD_USAGE;
	struct tls_trust *trust = tls_trust_load(c->options.ca_file, NULL, NULL);
	int status = trust == NULL ? CMD_USAGE : CMD_FAILURE;
	tls_trust_free(trust);
	return status;
}

/* 0, or an enum cmd_exit and err. */
static int check_open(struct check *c)
{
	bool named = c->options.resolver_args_n > 0 || c->options.resolvers_file != NULL;

	if (scan_options_resolvers(&c->options, &c->resolvers, &c->err) != 0)
		return named ? CMD_USAGE : CMD_FAILURE;
	c->reach = scan_options_reach(&c->options, &c->err);
	if (c->reach == NULL)
		return CMD_USAGE;
	reach_allow_own(c->reach);
	c->pages = calloc(c->names_n, sizeof(*c->pages));
	c->done = calloc(c->names_n, sizeof(*c->done));
	struct share share = share_of(&c->options);
	/* One visit at a time, and a pause before the next: hosts count strangers' connections. */
	const struct gate_limits smtp = {.at_once = 1, .rate = 0.5, .saved = 1};
	c->gate = gate_new(&share.hosts);
	c->smtp_gate = gate_new(&smtp);
	c->html_parts = calloc(c->names_n, sizeof(*c->html_parts));
	if (c->pages == NULL || c->done == NULL || c->html_parts == NULL || c->gate == NULL ||
	    c->smtp_gate == NULL) {
		errmsg_set(&c->err, "out of memory");
		return CMD_FAILURE;
	}
	unsigned jobs = c->names_n < CHECK_JOBS_MAX ? c->names_n : CHECK_JOBS_MAX;
	struct engine_config config = {
		.all_addresses = true,
		.options = &c->options,
		.resolvers = &c->resolvers,
		.reach = c->reach,
		.gate = gate_door(c->gate),
		.smtp_gate = gate_door(c->smtp_gate),
		.curious = true,
		.jobs = jobs,
		.asking = jobs,
		.fetch_slots = jobs,
		.thorough = true,
		.dns_rate = c->options.dns_rate,
		.seed = scan_options_draw_seed(),
		.finished = check_finished,
		.turn = check_turn,
		.user = c,
	};
	c->engine = engine_new(&c->loop, &config, &c->err);
	return c->engine != NULL ? 0 : check_blame(c);
}

static void check_close(struct check *c)
{
	engine_free(c->engine);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
	for (unsigned i = c->printed; c->pages != NULL && i < c->names_n; i++)
		text_release(&c->pages[i]);
	for (unsigned i = 0; c->html_parts != NULL && i < c->names_n; i++)
		free(c->html_parts[i]);
	free(c->html_parts);
	gate_free(c->gate);
	gate_free(c->smtp_gate);
	reach_free(c->reach);
	resolver_list_release(&c->resolvers);
	free(c->pages);
	free(c->done);
}

static int check_status(const struct check *c)
{
	if (c->failed)
		return CMD_FAILURE;
	if (c->not_names)
		return CMD_USAGE;
	if (c->errors)
		return CMD_FINDINGS;
	return c->unknown ? CMD_UNKNOWN : CMD_OK;
}

/* Before anybody is asked: whether the file can be written. 0 or -1 and err. */
static int check_open_html(struct check *c)
{
	return c->html != NULL ? outfile_open_path(&c->html_file, c->html, &c->err) : 0;
}

/* The file appears when it is whole. */
static void check_write_html(struct check *c)
{
	FILE *out = c->html_file.out;

	if (c->html == NULL)
		return;
	if (c->failed) {
		outfile_abandon(&c->html_file);
		return;
	}
	check_html_begin(out, c->names_n == 1 ? span_str(c->names[0]) : SPAN_LIT("Domains"));
	for (unsigned i = 0; i < c->names_n; i++)
		fputs(c->html_parts[i], out);
	check_html_end(out);
	c->failed = outfile_commit(&c->html_file, &c->err) != 0;
}

/* Whoever reads the network is not root, unless there is a file to be written at the end. Files of
 * the options are open by now. */
static int check_drop_root(struct check *c)
{
	if (geteuid() != 0)
		return 0;
	if (c->html == NULL)
		return privilege_become_nobody(&c->err) < 0 ? -1 : 0;
	privilege_keep_files();
	return 0;
}

/* An address from a browser is not where mail goes. */
static void check_mind_www(const char *name)
{
	const char *scheme = strstr(name, "://"), *host = scheme != NULL ? scheme + 3 : name;
	struct errmsg shown;

	if (strncasecmp(host, "www.", 4) != 0)
		return;
	errmsg_set(&shown, "%.*s", (int)strcspn(host + 4, "/:?# "), host + 4);
	fprintf(stderr,
		"mtasweep check: mail usually goes to %s, without www: 'mtasweep check %s'\n",
		shown.text, shown.text);
}

static int check_run(int argc, char **argv)
{
	struct check c = {.json = false};

	scan_options_init(&c.options);
	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&check_argp, argc, argv, 0, NULL, &c) != 0)
		return CMD_USAGE;
	if (c.guide) {
		guide_print_all(stdout);
		return fflush(stdout) == 0 ? CMD_OK : CMD_FAILURE;
	}
	for (unsigned i = 0; i < c.names_n; i++)
		check_mind_www(c.names[i]);
	check_terminal(&c);
	signal(SIGPIPE, SIG_IGN);
	if (uv_loop_init(&c.loop) != 0)
		return CMD_FAILURE;
	int rc = check_open(&c);
	if (rc == 0 && check_open_html(&c) != 0)
		rc = CMD_USAGE;
	if (rc == 0 && check_drop_root(&c) != 0)
		rc = CMD_FAILURE;
	if (rc == 0) {
		c.wait.machine = engine_machine(c.engine);
		c.wait.name = c.names[0];
		c.wait.names = c.names_n;
		c.wait.finished = &c.finished;
		check_wait_start(&c.wait, &c.loop, c.columns);
		uv_run(&c.loop, UV_RUN_DEFAULT);
		check_wait_stop(&c.wait);
		if (!c.failed)
			check_print(&c);
		if (!c.failed && (fflush(stdout) != 0 || ferror(stdout)))
			check_fail(&c, "cannot write to standard output");
		check_write_html(&c);
		rc = check_status(&c);
	}
	check_close(&c);
	if (c.err.text[0] != '\0')
		fprintf(stderr, "mtasweep check: %s\n", c.err.text);
	return rc;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "explain what a domain publishes and what to do",
	.argp = &check_argp,
	.run = check_run,
};
