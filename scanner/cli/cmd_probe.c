/*
 * cmd_probe.c - the subcommand `probe`: the distinct MX hosts of finished runs are visited, each
 * once, and what they showed is joined to the names. Three passes: read which hosts there are;
 * visit them (host_run.h); read the runs again and judge every name with its hosts (run_rewrite.h).
 * Between the second and the third everything is in hosts.ndjson.zst, so that an interrupted probe
 * goes on with the hosts that it lacks.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output/run/host_table.h"
#include "parsers/mxmatch.h"
#include "parsers/suffix.h"
#include "scanner/base/clock.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/run_rewrite.h"
#include "scanner/cli/scan_args.h"
#include "scanner/options/share.h"
#include "scanner/worker/host_run.h"

#define SCOPE_WORDS "policy|all"

enum {
	OPTION_OUTPUT = 'o',
	OPTION_RESUME = 512, /* above the keys of the tables that are shared */
	OPTION_SCOPE,
	OPTION_RATE,
	OPTION_CONCURRENCY,
	OPTION_VISITS,
	OPTION_RETRIES,
	OPTION_PAUSE,
	OPTION_DRY_RUN,
};

struct probing {
	struct scan_options options;
	const char *const *from;
	unsigned from_n;
	const char *to;
	bool resume, dry_run, all;
	double key_rate, pause_s;
	unsigned key_at_once, at_once, retries;

	struct host_table *table;
	const char **names; /* of the hosts that are not known yet, and their operators */
	struct span *keys;
	unsigned *place; /* in the table */
	unsigned n;

	struct resolver_list resolvers;
	struct reach *reach;
	struct gate *gate, *smtp_gate;
	uv_loop_t loop;
	uv_signal_t interrupt, terminate;
	struct engine *engine;
	struct host_run *run;
	bool over, stopped, failed;
	uint64_t told_ms;
	struct errmsg err;
};

/* ---- options ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct argp_option probe_table[] = {
	{NULL, 0, NULL, 0, "Input and output:", 1},
	{"output", OPTION_OUTPUT, "DIR", 0, "The new run directory; must not exist, or --resume", 0},
	{"resume", OPTION_RESUME, NULL, 0, "Go on with the interrupted probe in DIR", 0},
	{"scope", OPTION_SCOPE, SCOPE_WORDS, 0, "Whose hosts: of names with a policy in mode enforce or testing (default), or of all names, which needs --contact", 0},
	{"dry-run", OPTION_DRY_RUN, NULL, 0, "Say how many hosts there are, contact nobody", 0},
	{NULL, 0, NULL, 0, "How hard:", 4},
	{"smtp-rate", OPTION_RATE, "N", 0, "New visits a second at one operator (default 2)", 0},
	{"smtp-concurrency", OPTION_CONCURRENCY, "N", 0, "Visits at a time at one operator (default 4)", 0},
	{"visits", OPTION_VISITS, "N", 0, "Visits at a time in all (default 200)", 0},
	{"smtp-retries", OPTION_RETRIES, "N", 0, "Times a host that says \"later\" (4xx) is visited again (default 2)", 0},
	{"smtp-pause", OPTION_PAUSE, "SECONDS", 0, "Pause before the first of these, four times as long before the next (default 300)", 0},
	{0},
};
/* clang-format on */

static double probe_number(const struct argp_state *state, const char *arg, double low, double high,
			   const char *option)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end != '\0' || !(v >= low && v <= high))
		cmd_refuse(state, "--%s wants a number from %.10g to %.10g, not '%s'", option, low,
			   high, arg);
	return v;
}

static error_t probe_end(struct probing *p, struct argp_state *state)
{
	if (p->from_n == 0)
		cmd_refuse(state, "which runs? Give directories that `mtasweep scan -o` wrote");
	if (p->to == NULL && !p->dry_run)
		cmd_refuse(state, "where to? Give a new directory with --output");
	if (p->all && p->options.contact == NULL && !p->dry_run)
		cmd_refuse(state, "--scope all visits hosts that nobody expects to be visited: say "
				  "who you are with --contact URL");
	return 0;
}

static error_t probe_option(int key, char *arg, struct argp_state *state)
{
	struct probing *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &p->options;
		return 0;
	case OPTION_OUTPUT:
		p->to = arg;
		return 0;
	case OPTION_RESUME:
		p->resume = true;
		return 0;
	case OPTION_DRY_RUN:
		p->dry_run = true;
		return 0;
	case OPTION_SCOPE:
		if (cmd_word(SCOPE_WORDS, arg) < 0)
			cmd_refuse(state, "--scope wants " SCOPE_WORDS ", not '%s'", arg);
		p->all = cmd_word(SCOPE_WORDS, arg) == 1;
		return 0;
	case OPTION_RATE:
		p->key_rate = probe_number(state, arg, 0.001, 1000, "smtp-rate");
		return 0;
	case OPTION_CONCURRENCY:
		p->key_at_once = (unsigned)probe_number(state, arg, 1, 1000, "smtp-concurrency");
		return 0;
	case OPTION_VISITS:
		p->at_once = (unsigned)probe_number(state, arg, 1, 200, "visits");
		return 0;
	case OPTION_RETRIES:
		p->retries = (unsigned)probe_number(state, arg, 0, 5, "smtp-retries");
		return 0;
	case OPTION_PAUSE:
		p->pause_s = probe_number(state, arg, 0.1, 86400, "smtp-pause");
		return 0;
	case ARGP_KEY_ARGS:
		p->from = (const char *const *)state->argv + state->next;
		p->from_n = (unsigned)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		return probe_end(p, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child probe_children[] = {
	{.argp = &network_argp}, {.argp = &smtp_argp}, {0}};

static const struct argp probe_argp = {
	.options = probe_table,
	.parser = probe_option,
	.children = probe_children,
	.args_doc = "RUN...",
	.doc = "Visits the MX hosts of the names of finished runs, each host once: STARTTLS and "
	       "its "
	       "certificate, with --dane its TLSA records; never MAIL. Then judges all names again "
	       "with what was found and writes a new run; what each host showed is in "
	       "hosts.ndjson.zst. Port 25 must be open: when nobody greets, it stops and blames "
	       "nobody.\v"
	       "Keeps about 1.5 KB of memory a host. Runs of several shards are named together.\n\n"
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure (no "
	       "resolver, port 25 closed, disk full), 130 stopped by a signal.\n\n"
	       "Examples:\n"
	       "  mtasweep probe run-2026-11 --dry-run\n"
	       "  mtasweep probe run-2026-11 -o run-mx --dane --ehlo scanner.example.net",
};

/* ---- which hosts ------------------------------------------------------------------------- */

static bool in_scope(const struct probing *p, const struct record *r)
{
	bool policy = r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING;

	return r->mx.dns == DNS_OK && r->mx.null_mx != 1 && (p->all || policy);
}

static int take_names(struct probing *p, struct run_source *source)
{
	struct record r;
	struct span line;
	enum run_status status;

	while ((status = run_next(source, &r, &line, &p->err)) == RUN_RECORD) {
		if (!in_scope(p, &r))
			continue;
		for (unsigned i = 0; i < r.mx.hosts_n; i++)
			if (!record_mx_is_none(r.mx.hosts[i].host) &&
			    host_table_add(p->table, r.mx.hosts[i].host) == NULL)
				return errmsg_set(&p->err, "no memory for hosts");
	}
	return status == RUN_END ? 0 : -1;
}

static int read_hosts(struct probing *p)
{
	struct remarks remarks = {0}; /* told when the runs are read again */
	struct run_set set = {0};
	int rc = run_set_open(&set, p->from, p->from_n, &remarks, &p->err);

	for (unsigned i = 0; rc == 0 && i < set.n; i++) {
		struct run_source source = {.fd = -1};
		rc = run_open(&source, set.v[i], &remarks, &p->err);
		if (rc == 0)
			rc = take_names(p, &source);
		run_close(&source);
	}
	run_set_release(&set);
	remarks_release(&remarks);
	return rc;
}

/* Whose host it is, as far as names tell: the registrable domain, or the host itself. */
static struct span pace_key(const char *host)
{
	struct span name = span_str(host), key = suffix_registrable(name);

	return key.p != NULL ? key : name;
}

/* Those that nothing is known of yet. */
static int pick_hosts(struct probing *p)
{
	unsigned all = host_table_n(p->table);

	p->names = calloc(all + 1, sizeof(*p->names));
	p->keys = calloc(all + 1, sizeof(*p->keys));
	p->place = calloc(all + 1, sizeof(*p->place));
	if (p->names == NULL || p->keys == NULL || p->place == NULL)
		return errmsg_set(&p->err, "no memory for hosts");
	for (unsigned i = 0; i < all; i++) {
		const struct host_entry *e = host_table_at(p->table, i);
		if (e->line != NULL)
			continue;
		p->names[p->n] = e->name;
		p->keys[p->n] = pace_key(e->name);
		p->place[p->n++] = i;
	}
	return 0;
}

/* ---- visits ------------------------------------------------------------------------------ */

static void probe_fail(struct probing *p, const char *why)
{
	if (!p->failed && why != NULL)
		errmsg_set(&p->err, "%s", why);
	p->failed = true;
	uv_stop(&p->loop);
}

static void host_done(void *user, unsigned host, const struct record_mx_host *h)
{
	struct probing *p = user;
	struct host_entry *e = host_table_at(p->table, p->place[host]);

	if (host_table_set(p->table, e, p->keys[host], h) != 0)
		probe_fail(p, "no memory for hosts");
	/* Before anybody has greeted us, what failed may be our own doing: it waits in memory. */
	else if (host_run_totals(p->run)->proven && host_table_append(p->table, e, &p->err) != 0)
		probe_fail(p, NULL);
}

static void probe_tell(struct probing *p, uint64_t now_ms)
{
	const struct host_run_totals *t = host_run_totals(p->run);

	if (now_ms < p->told_ms + 10000)
		return;
	p->told_ms = now_ms;
	fprintf(stderr, "mtasweep probe: %u of %u hosts, %u visits, %u again later\n", t->over,
		t->hosts, t->visits, t->retried);
}

static void probe_turn(void *user)
{
	struct probing *p = user;
	uint64_t now = engine_now(p->engine);
	const struct resolver *r = engine_resolver(p->engine);

	gate_turn(p->smtp_gate, now);
	p->over = host_run_turn(p->run, now, clock_wall_ms() / 1000);
	probe_tell(p, now);
	if (host_run_failed(p->run))
		probe_fail(p, "out of memory");
	else if (resolver_hopeless(r) && !resolver_ever_good(r))
		probe_fail(p, p->options.dane ? "no resolver answers that validates DNSSEC, which "
						"--dane needs"
					      : "no resolver answers");
	if (p->over)
		uv_stop(&p->loop);
}

static void probe_signal(uv_signal_t *handle, int signal_n)
{
	struct probing *p = handle->data;

	(void)signal_n;
	p->stopped = true;
	uv_stop(&p->loop);
}

static void probe_finished(void *user, const struct record *r)
{
	(void)user;
	(void)r; /* no name is ever submitted */
}

static int probe_open_engine(struct probing *p)
{
	struct share share = share_of(&p->options);
	const struct gate_limits smtp = {.at_once = 1, .rate = 0.5, .saved = 1};

	if (scan_options_resolvers(&p->options, &p->resolvers, &p->err) != 0)
		return -1;
	p->reach = scan_options_reach(&p->options, &p->err);
	if (p->reach == NULL)
		return -1;
	p->gate = gate_new(&share.hosts);
	p->smtp_gate = gate_new(&smtp);
	if (p->gate == NULL || p->smtp_gate == NULL)
		return errmsg_set(&p->err, "out of memory");
	p->options.mx_tls = true;
	struct engine_config config = {
		.options = &p->options,
		.resolvers = &p->resolvers,
		.reach = p->reach,
		.gate = gate_door(p->gate),
		.smtp_gate = gate_door(p->smtp_gate),
		.jobs = 1,
		.asking = 1,
		.fetch_slots = 1,
		.dns_rate = share.dns_rate,
		.seed = scan_options_draw_seed(),
		.finished = probe_finished,
		.turn = probe_turn,
		.user = p,
	};
	p->engine = engine_new(&p->loop, &config, &p->err);
	return p->engine != NULL ? 0 : -1;
}

static int probe_open_run(struct probing *p)
{
	const struct host_run_config config = {
		.engine = p->engine,
		.at_once = p->at_once,
		.key_at_once = p->key_at_once,
		.key_rate = p->key_rate,
		.retries = p->retries,
		.retry_ms = (uint32_t)(1000 * p->pause_s),
		.done = host_done,
		.user = p,
	};

	p->run = host_run_new(&config, p->names, p->keys, p->n);
	return p->run != NULL ? 0 : errmsg_set(&p->err, "no memory for %u hosts", p->n);
}

static void probe_close_engine(struct probing *p)
{
	engine_free(p->engine);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
	uv_close((uv_handle_t *)&p->terminate, NULL);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	host_run_free(p->run);
	gate_free(p->gate);
	gate_free(p->smtp_gate);
	reach_free(p->reach);
	resolver_list_release(&p->resolvers);
}

/* 0, or an enum cmd_exit and err. */
static int probe_visit(struct probing *p)
{
	signal(SIGPIPE, SIG_IGN);
	if (uv_loop_init(&p->loop) != 0)
		return CMD_FAILURE;
	uv_signal_init(&p->loop, &p->interrupt);
	uv_signal_init(&p->loop, &p->terminate);
	p->interrupt.data = p->terminate.data = p;
	uv_signal_start(&p->interrupt, probe_signal, SIGINT);
	uv_signal_start(&p->terminate, probe_signal, SIGTERM);
	int status = probe_open_engine(p) != 0 ? CMD_USAGE : CMD_OK;
	if (status == CMD_OK && probe_open_run(p) != 0)
		status = CMD_FAILURE;
	if (status == CMD_OK && p->n > 0)
		uv_run(&p->loop, UV_RUN_DEFAULT);
	bool egress = p->run != NULL && host_run_totals(p->run)->egress;
	probe_close_engine(p);
	if (status == CMD_OK && p->failed)
		status = CMD_FAILURE;
	if (status == CMD_OK && p->stopped)
		status = CMD_STOPPED;
	if (status == CMD_OK && egress) {
		errmsg_set(&p->err,
			   "nobody answers on port %u: our own network keeps it closed, as most "
			   "do. Ask the provider to open it, or probe from another machine. No "
			   "host is blamed",
			   p->options.smtp_port);
		status = CMD_FAILURE;
	}
	return status;
}

/* ---- the new run ------------------------------------------------------------------------- */

/* Names of the domain itself: what DANE-TA may find in a certificate where the MX records are
 * signed (RFC 7672 3.2.2). A host is visited for all domains at once, so that is for the join to
 * see. */
static bool names_hold(struct span names, struct span domain)
{
	while (names.n > 0) {
		const char *comma = memchr(names.p, ',', names.n);
		size_t n = comma == NULL ? names.n : (size_t)(comma - names.p);
		if (mxmatch(span_of(names.p, n), domain) == MXMATCH_YES)
			return true;
		size_t skip = n + 2 < names.n ? n + 2 : names.n;
		names = span_of(names.p + skip, names.n - skip);
	}
	return false;
}

static int join_host(struct probing *p, struct arena *a, const struct record *r,
		     struct record_mx_host *to)
{
	const struct host_entry *e = host_table_find(p->table, to->host);
	struct record_mx_host h;

	if (e == NULL || host_table_get(p->table, e, a, &h) != 0)
		return 0;
	h.host = to->host;
	h.preference = to->preference;
	if (h.dane == DANE_NAME_MISMATCH && r->mx.ad == 1 &&
	    names_hold(h.probe.cert_names, r->domain)) {
		h.dane = DANE_OK;
		h.probe.dane_good += h.probe.dane_bad;
		h.probe.dane_bad = 0;
	}
	*to = h;
	return 0;
}

static int probe_join(void *user, struct arena *a, struct record *r, struct errmsg *err)
{
	struct probing *p = user;

	(void)err;
	for (unsigned i = 0; in_scope(p, r) && i < r->mx.hosts_n; i++)
		if (join_host(p, a, r, &r->mx.hosts[i]) != 0)
			return -1;
	return 0;
}

static int probe_rewrite(struct probing *p, int argc, char **argv)
{
	struct run_rewrite *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		errmsg_set(&p->err, "no memory");
		return CMD_FAILURE;
	}
	w->from = p->from;
	w->from_n = p->from_n;
	w->to = p->to;
	w->made = true;
	w->what = "probed";
	w->args = argv;
	w->args_n = (unsigned)argc;
	w->judge = &p->options.judge;
	w->change = probe_join;
	w->user = p;
	int status = run_rewrite_open(w, &p->err) == 0 ? run_rewrite_all(w, &p->err) : CMD_FAILURE;
	for (unsigned i = 0; i < w->remarks.n; i++)
		fprintf(stderr, "mtasweep probe: %s\n", w->remarks.v[i]);
	if (status == CMD_OK)
		printf("%u hosts, %llu records judged with them\nresults  "
		       "%s/results.ndjson.zst\nhosts    %s/hosts.ndjson.zst\n",
		       host_table_n(p->table), (unsigned long long)w->records, p->to, p->to);
	run_rewrite_close(w);
	free(w);
	return status;
}

/* ---- life -------------------------------------------------------------------------------- */

/* The directory: new, or that of an interrupted probe. An enum cmd_exit. */
static int probe_directory(struct probing *p)
{
	char done[4200];
	struct stat st;

	if (!p->resume)
		return run_rewrite_directory(p->to, &p->err);
	snprintf(done, sizeof(done), "%s/results.ndjson.zst", p->to);
	if (stat(p->to, &st) != 0 || !S_ISDIR(st.st_mode)) {
		errmsg_set(&p->err, "%s is no directory: nothing to go on with", p->to);
		return CMD_USAGE;
	}
	if (stat(done, &st) == 0) {
		errmsg_set(&p->err,
			   "%s has results: that probe is done, or broke off while it "
			   "wrote them; remove %s to have them written again",
			   p->to, done);
		return CMD_USAGE;
	}
	return host_table_load(p->table, p->to, &p->err) == 0 ? CMD_OK : CMD_FAILURE;
}

static int probe_all(struct probing *p, int argc, char **argv)
{
	if (read_hosts(p) != 0)
		return CMD_USAGE;
	if (p->dry_run) {
		if (pick_hosts(p) != 0)
			return CMD_FAILURE;
		printf("%u distinct MX hosts would be visited\n", p->n);
		return CMD_OK;
	}
	int status = probe_directory(p);
	if (status == CMD_OK &&
	    (pick_hosts(p) != 0 || host_table_open(p->table, p->to, &p->err) != 0))
		status = CMD_FAILURE;
	if (status != CMD_OK)
		return status;
	status = probe_visit(p);
	/* Once more as a whole: what was held back stands in its place, too. */
	struct errmsg *first = status == CMD_OK ? &p->err : NULL;
	if (host_table_close(p->table, first) != 0 ||
	    (status == CMD_OK && (host_table_open(p->table, p->to, &p->err) != 0 ||
				  host_table_close(p->table, &p->err) != 0)))
		return CMD_FAILURE;
	if (status == CMD_STOPPED)
		errmsg_set(&p->err, "stopped; go on with the same command and --resume");
	return status == CMD_OK ? probe_rewrite(p, argc, argv) : status;
}

static int probe_run(int argc, char **argv)
{
	struct probing *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return CMD_FAILURE;
	*p = (struct probing){
		.key_rate = 2, .key_at_once = 4, .at_once = 200, .retries = 2, .pause_s = 300};
	scan_options_init(&p->options);
	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&probe_argp, argc, argv, 0, NULL, p) != 0) {
		free(p);
		return CMD_USAGE;
	}
	p->table = host_table_new();
	int status = CMD_FAILURE;
	if (p->table == NULL)
		errmsg_set(&p->err, "no memory");
	else
		status = probe_all(p, argc, argv);
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep probe: %s\n", p->err.text);
	host_table_free(p->table);
	free(p->names);
	free(p->keys);
	free(p->place);
	free(p);
	return status;
}

const struct command cmd_probe = {
	.name = "probe",
	.summary = "visit the MX hosts of finished runs: STARTTLS, certificates, DANE",
	.argp = &probe_argp,
	.run = probe_run,
};
