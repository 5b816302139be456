/* The pass over MX hosts with workers that act as the names of their hosts say: this very program,
 * started again as a worker. What each is given at a time, what becomes of each host, and how often
 * a worker is replaced is told exactly; what workers say that they may not is in a table. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "output/record/record_emit.h"
#include "scanner/base/status.h"
#include "scanner/pipe/message.h"
#include "scanner/supervisor/host_pass.h"
#include "tests/support/scratch.h"

#define HOSTS_MAX 64u
#define COMMAND "act-as-worker"

/* ---- the worker -------------------------------------------------------------------------- */

struct actor {
	uv_loop_t loop;
	uv_check_t check;
	struct proto_pipe *pipe;
	struct record_emitter *emitter;
	uint64_t line[HOSTS_MAX];
	char name[HOSTS_MAX][32];
	unsigned n, asking;
};

/* Text that is kept beside the test, whoever dies. */
static void write_down(const char *folder, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* True the first time. */
static bool once(const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void say(struct actor *a, uint64_t line, const char *name, bool twice, size_t facts)
{
	struct record_mx_host h;
	struct buf out;
	uint64_t lines[2] = {line, line};
	struct message_frame f = {.lines_n = twice ? 2 : 1, .facts = (const uint8_t *)"fact"};

	record_mx_host_init(&h);
	h.host = span_str(name);
	h.tls = MX_TLS_OK;
	h.probe.how = PROBE_DIRECT;
	h.probe.addresses = h.probe.tried = 1;
	if (strncmp(name, "mute", 4) == 0)
		h.tls = MX_TLS_TIMEOUT;
	else
		h.probe.banner = SPAN_LIT("***");
	if (strncmp(name, "later", 5) == 0) {
		h.tls = MX_TLS_TEMPFAIL;
		h.probe.code = 451;
	}
	buf_init(&out, RECORD_LINE_MAX);
	record_emit_mx_host(a->emitter, &h, &out);
	f.text = span_of(out.p, out.n);
	f.facts_n = facts;
	message_send_frame(a->pipe, &f, lines);
	buf_release(&out);
}

static void lie(struct actor *a, uint64_t line, const char *name)
{
	struct message_ticket t = {.id = 0, .address = {.family = 4, .bytes = {192, 0, 2, 1}}};

	if (strstr(name, "zero") != NULL)
		say(a, 0, name, false, 0);
	else if (strstr(name, "beyond") != NULL)
		say(a, HOSTS_MAX + 1, name, false, 0);
	else if (strstr(name, "another") != NULL)
		say(a, line, "another.example", false, 0);
	else if (strstr(name, "lines") != NULL)
		say(a, line, name, true, 0);
	else if (strstr(name, "facts") != NULL)
		say(a, line, name, false, 4);
	else if (strstr(name, "again") != NULL) {
		say(a, line, name, false, 0);
		say(a, line, name, false, 0);
		proto_flush(a->pipe);
		pause();
	} else if (strstr(name, "done") != NULL)
		message_send_ticket(a->pipe, PROTO_DONE, &t);
	else if (strstr(name, "early") != NULL) { /* one that was not granted yet */
		message_send_ticket(a->pipe, PROTO_ASK, &t);
		message_send_ticket(a->pipe, PROTO_DONE, &t);
	} else if (strstr(name, "twice") != NULL) {
		message_send_ticket(a->pipe, PROTO_ASK, &t);
		message_send_ticket(a->pipe, PROTO_ASK, &t);
	} else if (strstr(name, "high") != NULL) {
		t.id = 2000; /* 200 visits, ten hosts for each */
		message_send_ticket(a->pipe, PROTO_ASK, &t);
	} else if (strstr(name, "taken") != NULL)
		message_send_taken(a->pipe, 1000);
}

static void act(struct actor *a, uint64_t line, const char *name)
{
	const char *folder = getenv("TEST_FOLDER");
	const struct message_stats blind = {.hopeless = 1, .upstreams_n = 1};
	const struct message_upstream upstream = {0};
	struct message_ticket t = {.id = 1999, .address = {.family = 4, .bytes = {192, 0, 2, 1}}};

	if (strncmp(name, "die", 3) == 0)
		raise(SIGSYS);
	else if (strncmp(name, "hang", 4) == 0)
		return;
	else if (strncmp(name, "blind", 5) == 0) {
		message_send_stats(a->pipe, &blind, &upstream);
		fputs("I see nobody\n", stderr);
	} else if (strncmp(name, "kill", 4) == 0 && name[4] != 'e')
		raise(SIGKILL);
	else if (strncmp(name, "killed", 6) == 0 && once(folder, name))
		raise(SIGKILL);
	else if (strncmp(name, "leave", 5) == 0)
		_exit(7);
	else if (strncmp(name, "fail", 4) == 0)
		message_send_fail(a->pipe, "no room");
	else if (strncmp(name, "lie", 3) == 0 && once(folder, name))
		lie(a, line, name);
	else if (strncmp(name, "ask", 3) == 0)
		message_send_ticket(a->pipe, PROTO_ASK, &t);
	else
		say(a, line, name, false, 0);
}

static void actor_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct actor *a = user;
	struct message_line l;
	struct message_ticket t;

	if (kind == PROTO_END || kind == PROTO_STOP)
		_exit(0);
	for (size_t took; kind == PROTO_LINES && n > 0; body += took, n -= took) {
		took = message_read_line(body, n, &l);
		if (took == 0 || a->n == HOSTS_MAX)
			abort();
		a->line[a->n] = l.line;
		snprintf(a->name[a->n++], sizeof(a->name[0]), "%.*s", (int)l.text.n, l.text.p);
	}
	if (kind == PROTO_GRANTED && message_read_ticket(kind, body, n, &t) == 0) {
		write_down(getenv("TEST_FOLDER"), "log", "granted\n");
		message_send_ticket(a->pipe, PROTO_DONE, &t);
		say(a, a->line[0], a->name[0], false, 0);
	}
}

static void actor_closed(void *user, int status)
{
	(void)user;
	_exit(status == 0 ? 0 : 1);
}

/* After all that came together was read: what came is written down, and done, and what is said
 * leaves together. */
static void actor_check(uv_check_t *check)
{
	struct actor *a = check->data;
	char text[2048] = "";
	size_t at = 0;

	if (a->n == 0)
		return;
	for (unsigned i = 0; i < a->n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i > 0 ? " " : "",
				       a->name[i]);
	snprintf(text + at, sizeof(text) - at, "\n");
	write_down(getenv("TEST_FOLDER"), "log", text);
	unsigned n = a->n;
	a->n = 0;
	proto_gather(a->pipe);
	for (unsigned i = 0; i < n; i++)
		act(a, a->line[i], a->name[i]);
	proto_flush(a->pipe);
}

__attribute__((constructor)) static void act_as_worker(int argc, char **argv)
{
	static struct actor a;
	struct proto_handler handler = {actor_message, actor_closed, &a};
	struct rlimit none = {0, 0};

	if (argc < 2 || strcmp(argv[1], COMMAND) != 0)
		return;
	setrlimit(RLIMIT_CORE, &none);
	write_down(getenv("TEST_FOLDER"), "started", ".");
	uv_loop_init(&a.loop);
	uv_check_init(&a.loop, &a.check);
	a.check.data = &a;
	uv_check_start(&a.check, actor_check);
	a.emitter = record_emitter_new();
	a.pipe = proto_open(&a.loop, PROTO_FD, &handler);
	uv_run(&a.loop, UV_RUN_DEFAULT);
	_exit(1);
}

/* ---- the pass ---------------------------------------------------------------------------- */

struct play {
	const char *const *names;
	unsigned n, stop_at; /* a signal when so many were told: */
	int stop_with;
	bool dane;
	unsigned workers; /* 0: one */
	struct scan_options options;
	struct host_pass_outcome outcome;
	struct errmsg err;
	int rc;
	char told[2048]; /* "name=outcome" in order */
	char kept[2048], notes[4096], log[4096];
	char started[128]; /* a dot for each worker process */
	unsigned told_n;
};

static void add(char *text, size_t size, const char *word, const char *after)
{
	size_t n = strlen(text);

	snprintf(text + n, size - n, "%s%s", word, after);
}

static int play_told(void *user, unsigned host, const struct record_mx_host *h, struct errmsg *err)
{
	struct play *p = user;

	(void)err;
	add(p->told, sizeof(p->told), p->names[host], "=");
	add(p->told, sizeof(p->told), mx_tls_name((enum mx_tls)h->tls), " ");
	if (++p->told_n == p->stop_at)
		raise(p->stop_with);
	return 0;
}

static int play_keep(void *user, unsigned host, struct errmsg *err)
{
	struct play *p = user;

	(void)err;
	add(p->kept, sizeof(p->kept), p->names[host], " ");
	return 0;
}

static void play_progress(void *user, const struct host_pass_outcome *o)
{
	(void)user;
	(void)o;
}

static void play_note(void *user, bool important, const char *text)
{
	struct play *p = user;

	add(p->notes, sizeof(p->notes), important ? "! " : "", text);
	add(p->notes, sizeof(p->notes), "\n", "");
}

static void read_back(const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return;
	text[fread(text, 1, size - 1, f)] = '\0';
	fclose(f);
}

static void play(struct play *p)
{
	static char command[] = COMMAND;
	static char *args[] = {NULL};
	struct span keys[HOSTS_MAX];
	bool only_secure[HOSTS_MAX] = {false};

	cr_assert(p->n <= HOSTS_MAX);
	for (unsigned i = 0; i < p->n; i++)
		keys[i] = span_str(p->names[i]);
	scan_options_init(&p->options);
	p->options.workers = p->workers > 0 ? p->workers : 1;
	p->options.resolver_args[0] = "127.0.0.1:1";
	p->options.resolver_args_n = 1;
	p->options.smtp_rate = 1000;
	p->options.smtp_pause_ms = 1;
	p->options.dane = p->dane;
	setenv("TEST_FOLDER", scratch_dir(), 1);
	scratch_remove_file("log");
	scratch_remove_file("started");
	const struct host_pass_config config = {
		.options = &p->options,
		.args = args,
		.worker = command,
		.names = p->names,
		.keys = keys,
		.only_secure = only_secure,
		.n = p->n,
		.told = play_told,
		.keep = play_keep,
		.progress = play_progress,
		.note = play_note,
		.user = p,
	};
	p->rc = host_pass_run(&config, &p->outcome, &p->err);
	read_back("log", p->log, sizeof(p->log));
	read_back("started", p->started, sizeof(p->started));
}

#define PLAY(list)                                                                                 \
	{                                                                                          \
		.names = (list), .n = sizeof(list) / sizeof((list)[0])                             \
	}

static bool says(const char *text, const char *what)
{
	return strstr(text, what) != NULL;
}

static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void expect_totals(const struct play *p, struct host_plan_totals wanted)
{
	const struct host_plan_totals *t = &p->outcome.totals;

	cr_expect(t->hosts == wanted.hosts && t->over == wanted.over && t->active == 0 &&
			  t->visits == wanted.visits && t->retried == wanted.retried &&
			  t->blocked == wanted.blocked && t->crashed == wanted.crashed,
		  "%u hosts, %u over, %u active, %u visits, %u retried, %u blocked, %u crashed",
		  t->hosts, t->over, t->active, t->visits, t->retried, t->blocked, t->crashed);
}

/* Half as many together each time, the others first; who kills two alone is to blame. */
Test(host_pass, the_one_to_blame_is_found_by_halves)
{
	static const char *const first[] = {"die1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"};
	struct play p = PLAY(first);

	play(&p);
	cr_expect_eq(p.rc, CMD_OK, "%s", p.err.text);
	cr_expect_str_eq(p.log, "die1 a2 a3 a4 a5 a6 a7 a8\na8 a7 a6 a5\na4 a3 a2 die1\na4 a3\n"
				"a2 die1\na2\ndie1\ndie1\n");
	cr_expect_str_eq(p.told, "a8=ok a7=ok a6=ok a5=ok a4=ok a3=ok a2=ok die1=not_tried ");
	cr_expect_str_eq(p.kept, "a8 a7 a6 a5 a4 a3 a2 die1 ");
	cr_expect_eq(p.outcome.replaced, 5);
	cr_expect_eq(times(p.notes, "a worker ended (signal 31); its hosts go to another\n"), 5);
	cr_expect_not(says(p.notes, "! a worker"), "who asks for quiet does not want to know");
	cr_expect_eq(times(p.notes, "! MX host die1 kills every worker that visits it: skipped\n"),
		     1);
	expect_totals(&p,
		      (struct host_plan_totals){.hosts = 8, .over = 8, .visits = 7, .crashed = 1});
}

Test(host_pass, two_are_to_blame)
{
	static const char *const both[] = {"die1", "a2", "a3", "a4", "a5", "a6", "a7", "die8"};
	struct play two = PLAY(both);

	play(&two);
	cr_expect_str_eq(two.log,
			 "die1 a2 a3 a4 a5 a6 a7 die8\ndie8 a7 a6 a5\ndie8 a7\ndie8\ndie8\na7\n"
			 "a6 a5\na4 a3 a2 die1\na4 a3\na2 die1\na2\ndie1\ndie1\n");
	cr_expect_eq(two.outcome.replaced, 9);
}

Test(host_pass, half_of_three_is_one)
{
	static const char *const odd[] = {"die1", "a2", "a3"};
	struct play three = PLAY(odd);

	play(&three);
	cr_expect_str_eq(three.log, "die1 a2 a3\na3\na2\ndie1\ndie1\n");
}

Test(host_pass, who_is_killed_from_outside_is_not_to_blame)
{
	static const char *const once_each[] = {"a1", "killed2", "a3", "killed4"};
	static const char *const always[] = {"kill1", "a2"};
	struct play p = PLAY(once_each), end = PLAY(always);

	play(&p);
	cr_expect_eq(p.rc, CMD_OK, "%s", p.err.text);
	cr_expect_str_eq(p.log, "a1 killed2 a3 killed4\na1 killed2 a3 killed4\n"
				"a1 killed2 a3 killed4\n");
	cr_expect_eq(p.outcome.replaced, 2);
	cr_expect_not(says(p.notes, "kills every worker"));
	expect_totals(&p, (struct host_plan_totals){.hosts = 4, .over = 4, .visits = 4});
	play(&end);
	cr_expect_eq(end.rc, CMD_FAILURE);
	cr_expect_str_eq(end.err.text, "workers die again and again (last: signal 9); go on with "
				       "the same command and --resume");
	cr_expect_eq(end.outcome.replaced, 25);
	cr_expect_str_eq(end.told, "");
}

/* Each once, then it is honest. */
Test(host_pass, what_a_worker_may_not_say)
{
	static const char *const lies[] = {"zero", "beyond", "another", "lines", "facts", "again",
					   "done", "early",  "twice",	"high",	 "taken"};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		char name[32], wanted[64];
		const char *names[] = {name, "a2"};
		struct play p = PLAY(names);
		snprintf(name, sizeof(name), "lie-%s", lies[i]);
		play(&p);
		cr_expect_eq(p.rc, CMD_OK, "%s: %s", name, p.err.text);
		cr_expect_eq(p.outcome.replaced, 1, "%s: %u", name, p.outcome.replaced);
		cr_expect(says(p.notes, "a worker ended (signal 9, it hung or spoke nonsense)"),
			  "%s: %s", name, p.notes);
		snprintf(wanted, sizeof(wanted), "%s=ok ", name);
		cr_expect(times(p.told, wanted) == 1 && times(p.told, "a2=ok ") == 1 &&
				  p.told_n == 2,
			  "%s: %s", name, p.told);
	}
}

Test(host_pass, leave_is_asked_for_and_given)
{
	static const char *const names[] = {"ask1"};
	struct play p = PLAY(names);

	play(&p);
	cr_expect_eq(p.rc, CMD_OK, "%s", p.err.text);
	cr_expect_eq(p.outcome.replaced, 0, "%s", p.notes);
	cr_expect_str_eq(p.log, "ask1\ngranted\n");
	cr_expect_str_eq(p.told, "ask1=ok ");
}

Test(host_pass, a_worker_that_cannot_go_on_ends_it)
{
	static const char *const names[] = {"fail1", "a2"}, *const gone[] = {"leave1"};
	struct play p = PLAY(names), left = PLAY(gone);

	play(&p);
	cr_expect_eq(p.rc, CMD_FAILURE);
	cr_expect_str_eq(p.err.text, "no room");
	cr_expect_str_eq(p.told, "", "nothing is taken any more");
	play(&left);
	cr_expect_eq(left.rc, CMD_OK);
	cr_expect_str_eq(left.told, "leave1=not_tried ");
	cr_expect_eq(times(left.notes, "a worker ended (exit status 7); its hosts go to another\n"),
		     3);
}

/* A process for each 64 hosts and no more, however many are allowed. */
Test(host_pass, few_hosts_need_few_workers)
{
	static const struct {
		unsigned hosts, workers, started;
	} rows[] = {{1, 8, 1}, {3, 8, 1}, {63, 8, 1}, {64, 8, 2}, {64, 1, 1}};
	static char name[HOSTS_MAX][8];
	const char *names[HOSTS_MAX];

	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		snprintf(name[i], sizeof(name[i]), "a%02u", i);
		names[i] = name[i];
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct play p = {.names = names, .n = rows[i].hosts, .workers = rows[i].workers};
		play(&p);
		cr_expect_eq(p.rc, CMD_OK, "%s", p.err.text);
		cr_expect_eq(strlen(p.started), rows[i].started, "%u hosts, %u workers: %s",
			     rows[i].hosts, rows[i].workers, p.started);
		cr_expect_eq(p.outcome.replaced, 0);
		cr_expect_eq(times(p.told, "=ok "), rows[i].hosts, "%s", p.told);
		cr_expect_eq(times(p.kept, " "), rows[i].hosts, "%s", p.kept);
		expect_totals(&p, (struct host_plan_totals){.hosts = rows[i].hosts,
							    .over = rows[i].hosts,
							    .visits = rows[i].hosts});
	}
}

/* Silence is believed when somebody else greets, or at the end. */
Test(host_pass, silence)
{
	static const char *const before[] = {"mute1", "a2"}, *const after[] = {"a1", "mute2"};
	struct play p = PLAY(before), q = PLAY(after);

	play(&p);
	cr_expect_str_eq(p.told, "mute1=timeout a2=ok ");
	cr_expect_str_eq(p.kept, "mute1 a2 ");
	cr_expect_eq(p.outcome.canary, CANARY_PROVEN);
	play(&q);
	cr_expect_str_eq(q.told, "a1=ok mute2=timeout ");
	cr_expect_str_eq(q.kept, "a1 mute2 ");
}

Test(host_pass, nobody_answers)
{
	static char name[30][8];
	const char *names[30];
	struct play some = {.names = names, .n = 23}, p = {.names = names, .n = 24};

	for (unsigned i = 0; i < 30; i++) {
		snprintf(name[i], sizeof(name[i]), "mute%02u", i);
		names[i] = name[i];
	}
	play(&some);
	cr_expect_eq(some.rc, CMD_OK, "%s", some.err.text);
	cr_expect(some.told_n == 23 && times(some.kept, "mute") == 23, "%s", some.kept);
	play(&p);
	cr_expect_eq(p.rc, CMD_FAILURE);
	cr_expect(says(p.err.text, "nobody answers on port 25"), "%s", p.err.text);
	cr_expect(p.told_n == 23 && p.kept[0] == '\0', "%u: %s", p.told_n, p.kept);
	cr_expect_eq(p.outcome.canary, CANARY_CLOSED);
}

Test(host_pass, who_says_later_is_visited_again)
{
	static const char *const names[] = {"later1", "a2"};
	struct play p = PLAY(names);

	play(&p);
	cr_expect_eq(p.rc, CMD_OK, "%s", p.err.text);
	cr_expect_str_eq(p.log, "later1 a2\nlater1\nlater1\n");
	cr_expect_str_eq(p.told, "a2=ok later1=tempfail ");
	cr_expect_str_eq(p.kept, "a2 later1 ");
	expect_totals(&p,
		      (struct host_plan_totals){.hosts = 2, .over = 2, .visits = 4, .retried = 2});
}

Test(host_pass, it_is_stopped)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	static const char *const names[] = {"hang1", "a2"}, *const fine[] = {"a1", "a2"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct play p = PLAY(names);
		p.stop_at = 1;
		p.stop_with = numbers[i];
		play(&p);
		cr_expect_eq(p.rc, CMD_STOPPED);
		cr_expect_str_eq(p.err.text, "stopped");
		cr_expect_str_eq(p.told, "a2=ok ");
		cr_expect_eq(p.outcome.replaced, 0);
	}
	struct play on = PLAY(fine);
	on.stop_at = 1;
	on.stop_with = SIGHUP;
	signal(SIGHUP, SIG_IGN); /* nohup */
	play(&on);
	cr_expect_eq(on.rc, CMD_OK);
	cr_expect_str_eq(on.told, "a1=ok a2=ok ");
}

Test(host_pass, nobody_can_be_asked)
{
	static const char *const names[] = {"blind1", "a2"};
	struct play p = PLAY(names), dane = PLAY(names);

	dane.dane = true;
	play(&p);
	cr_expect_eq(p.rc, CMD_FAILURE);
	cr_expect_str_eq(p.err.text, "no resolver answers");
	cr_expect_str_eq(p.notes, "! I see nobody\n");
	cr_expect_str_eq(p.told, "a2=ok ");
	play(&dane);
	cr_expect_eq(dane.rc, CMD_FAILURE);
	cr_expect_str_eq(dane.err.text,
			 "no resolver answers that validates DNSSEC, which --dane needs");
}
