/* What is shown of a scan: the text to the letter, in every width, and never more than the terminal
 * holds. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scanner/progress/progress.h"

static const struct progress_resolver resolvers[] = {
	{"192.0.2.1", NULL},
	{"192.0.2.2", "silent"},
	{"[2001:db8::53]:5353", "lying"},
	{"192.0.2.4", NULL},
};

static struct progress_data midway(void)
{
	return (struct progress_data){
		.elapsed_ms = 52900,
		.names_done = 432112,
		.names_total = 1000000,
		.names_per_s = 8204.4,
		.dns_in_flight = 3912,
		.fetches_in_flight = 212,
		.questions = 1300000,
		.retries = 1204,
		.fetches = 20331,
		.verdicts = {[VERDICT_ABSENT] = 410123,
			     [VERDICT_ENFORCE] = 12003,
			     [VERDICT_TESTING] = 8123,
			     [VERDICT_NONE] = 310,
			     [VERDICT_BROKEN] = 1501,
			     [VERDICT_INCONCLUSIVE] = 50,
			     [VERDICT_INVALID_INPUT] = 2},
	};
}

static char text[PROGRESS_TEXT_MAX];

static void same(const char *got, const char *want)
{
	cr_expect(strcmp(got, want) == 0, "got\n%snot\n%s", got, want);
}

/* ---- the block --------------------------------------------------------------------------- */

Test(block, eighty_columns)
{
	struct progress_data d = midway();

	cr_assert_eq(progress_block(&d, 79, false, text), strlen(text));
	same(text,
	     "432,112 of 1,000,000 names  [==========>              ] 43.2 %  1 min 09 s left\n"
	     "8,204 names/s  52 s  in flight: 3,912 DNS, 212 fetches  1,204 asked again\n"
	     "enforce 12,003  testing 8,123  none 310  broken 1,501  inconclusive 50\n"
	     "absent 410,123  invalid_input 2\n");
}

Test(block, wide)
{
	struct progress_data d = midway();

	d.resolvers = resolvers;
	d.resolvers_n = 4;
	d.workers_replaced = 2;
	progress_block(&d, 140, false, text);
	same(text,
	     "432,112 of 1,000,000 names  [============>                 ] 43.2 %  1 min 09 s "
	     "left\n"
	     "8,204 names/s  52 s  in flight: 3,912 DNS, 212 fetches  1,204 asked again\n"
	     "enforce 12,003  testing 8,123  none 310  broken 1,501  inconclusive 50  absent "
	     "410,123  "
	     "invalid_input 2\n"
	     "2 of 4 resolvers in trouble: 192.0.2.2 silent, [2001:db8::53]:5353 lying  workers "
	     "replaced: 2\n");
}

Test(block, narrow)
{
	struct progress_data d = midway();

	d.resolvers = resolvers;
	d.resolvers_n = 4;
	progress_block(&d, 39, false, text);
	same(text, "432,112 of 1,000,000 names 43.2 %\n"
		   "1 min 09 s left\n"
		   "8,204 names/s  52 s\n"
		   "in flight: 3,912 DNS, 212 fetches\n"
		   "1,204 asked again\n"
		   "enforce 12,003  testing 8,123  none 310\n"
		   "broken 1,501  inconclusive 50\n"
		   "absent 410,123  invalid_input 2\n"
		   "2 of 4 resolvers in trouble: +2\n");
	progress_block(&d, 19, false, text);
	same(text, "432,112 names\n43.2 %\n1 min 09 s left\n8,204 names/s  52 s\n"
		   "1,204 asked again\nenforce 12,003\ntesting 8,123\nnone 310\nbroken 1,501\n"
		   "inconclusive 50\nabsent 410,123\ninvalid_input 2\n+2\n");
}

Test(block, before_anything_is_known)
{
	struct progress_data d = {0};

	progress_block(&d, 79, false, text);
	same(text, "0 names\n0.0 names/s  0 s  in flight: 0 DNS, 0 fetches  0 asked again\n");
}

Test(block, stopping)
{
	struct progress_data d = midway();

	d.stopping = true;
	progress_block(&d, 79, false, text);
	cr_expect_not_null(strstr(text, "stopping\n"));
	cr_expect_null(strstr(text, "left"));
}

/* Colour changes no column: without the escapes the text is the same. */
Test(block, colour)
{
	char plain[PROGRESS_TEXT_MAX], *out = plain;
	struct progress_data d = midway();

	d.resolvers = resolvers;
	d.resolvers_n = 4;
	d.stopping = true;
	progress_block(&d, 79, true, text);
	same(text, "\033[1m432,112 of 1,000,000 names\033[0m  [==========>              ] 43.2 %  "
		   "\033[33mstopping\033[0m\n"
		   "8,204 names/s  52 s  in flight: 3,912 DNS, 212 fetches  1,204 asked again\n"
		   "\033[32menforce 12,003\033[0m  \033[36mtesting 8,123\033[0m  none 310  "
		   "\033[31mbroken 1,501\033[0m  \033[33minconclusive 50\033[0m\n"
		   "absent 410,123  invalid_input 2\n"
		   "\033[33m2 of 4 resolvers in trouble:\033[0m 192.0.2.2 silent, +1\n");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\033')
			p += strcspn(p, "m");
		else
			*out++ = *p;
	}
	*out = '\0';
	progress_block(&d, 79, false, text);
	same(plain, text);
}

Test(block, never_wider_than_the_terminal)
{
	struct progress_data d = midway();

	d.names_total = d.names_done = UINT64_MAX;
	d.retries = d.dns_in_flight = d.fetches_in_flight = d.workers_replaced = UINT64_MAX;
	d.names_per_s = 1e300;
	d.elapsed_ms = UINT64_MAX;
	for (int v = 0; v < PROGRESS_VERDICTS; v++)
		d.verdicts[v] = UINT64_MAX;
	struct progress_resolver many[4096];
	for (int i = 0; i < 4096; i++)
		many[i] = (struct progress_resolver){
			"[2001:db8:1111:2222:3333:4444:5555:6666]:65535", "failing"};
	d.resolvers = many;
	d.resolvers_n = 4096;
	for (unsigned width = 19; width < 600; width++) {
		unsigned lines = 0;
		progress_block(&d, width, false, text);
		for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1, lines++)
			cr_expect_leq(strcspn(p, "\n"), width, "at %u: %s", width, text);
		cr_expect(lines >= 2 && lines <= 17);
	}
	cr_expect_lt(progress_line(&d, text), PROGRESS_TEXT_MAX);
	cr_expect_eq(text[strlen(text) - 1], '\n');
}

/* What does not fit goes to the next line: no number is lost at 80 columns. */
Test(block, no_number_is_dropped)
{
	struct progress_data d = midway();
	static const char *const parts[] = {"123,456,789 of 987,654,321 names",
					    " %",
					    "left\n",
					    "names/s",
					    "1,234,567 DNS",
					    "23,456 fetches",
					    "345,678,901 asked again",
					    "987,654 policies of",
					    "2001:db8:1111:2222:3333:4444:5555:6666,",
					    "a second:",
					    "absent 111,111,111",
					    "excluded 777,777,777",
					    "invalid_input 222,222,222",
					    "workers replaced: 99"};

	d.names_done = 123456789;
	d.names_total = 987654321;
	d.elapsed_ms = 98765432100;
	d.dns_in_flight = 1234567;
	d.fetches_in_flight = 23456;
	d.retries = 345678901;
	d.slowest = "2001:db8:1111:2222:3333:4444:5555:6666";
	d.slowest_n = 987654;
	d.slowest_ms = 49382700;
	d.workers_replaced = 99;
	for (int v = 0; v < PROGRESS_VERDICTS; v++)
		d.verdicts[v] = 111111111;
	d.verdicts[VERDICT_INVALID_INPUT] = 222222222;
	d.verdicts[VERDICT_EXCLUDED] = 777777777;
	progress_block(&d, 79, false, text);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		cr_expect_not_null(strstr(text, parts[i]), "%s is not in\n%s", parts[i], text);
}

/* Before the input's end: as many as its size lets expect. */
Test(block, about_how_many)
{
	struct progress_data d = {.names_done = 900,
				  .names_read = 1000,
				  .bytes_done = 20000,
				  .bytes_total = 24690000,
				  .names_per_s = 100};

	progress_block(&d, 79, false, text);
	cr_expect_not_null(strstr(text, "900 of about 1,230,000 names"), "%s", text);
	progress_line(&d, text);
	cr_expect_not_null(strstr(text, "900 of about 1,230,000 names"), "%s", text);
}

Test(block, hostile_names_are_harmless)
{
	struct progress_resolver bad = {"\033[2J\r\nx\xff", "silent"};
	struct progress_data d = {.resolvers = &bad, .resolvers_n = 1};

	progress_block(&d, 79, false, text);
	cr_expect_not_null(strstr(text, "?[2J??x? silent"));
	cr_expect_null(strchr(text, '\033'));
}

/* ---- one line ---------------------------------------------------------------------------- */

Test(line, midway)
{
	struct progress_data d = midway();

	cr_assert_eq(progress_line(&d, text), strlen(text));
	same(text,
	     "52 s: 432,112 of 1,000,000 names (43.2 %), 8,204/s, 1 min 09 s left, in flight 3,912 "
	     "DNS 212 fetches, 1,204 asked again; enforce 12,003, testing 8,123, none 310, broken "
	     "1,501, "
	     "inconclusive 50, absent 410,123, invalid_input 2\n");
}

Test(line, trouble)
{
	struct progress_data d = {.elapsed_ms = 3600000 * 3ull + 240000, .names_done = 999};

	d.resolvers = resolvers;
	d.resolvers_n = 4;
	d.workers_replaced = 1;
	progress_line(&d, text);
	same(text,
	     "3 h 04 min: 999 names, 0.0/s, in flight 0 DNS 0 fetches, 0 asked again; 2 of 4 "
	     "resolvers "
	     "in trouble: 192.0.2.2 silent, [2001:db8::53]:5353 lying; workers replaced: 1\n");
}

Test(line, nothing_yet)
{
	struct progress_data d = {0};

	progress_line(&d, text);
	same(text, "0 s: 0 names, 0.0/s, in flight 0 DNS 0 fetches, 0 asked again\n");
}

/* ---- share, rate, time left -------------------------------------------------------------- */

Test(share, by_names_or_by_bytes)
{
	struct progress_data d = {
		.bytes_done = 250, .bytes_total = 1000, .names_done = 25, .names_per_s = 1};

	cr_expect_float_eq(progress_share(&d), 0.25, 1e-9);
	cr_expect_eq(progress_left_ms(&d), 75000);
	/* Reading runs ahead of what is done. */
	d.names_read = 50;
	cr_expect_float_eq(progress_share(&d), 0.125, 1e-9);
	cr_expect_eq(progress_left_ms(&d), 175000);
	d.names_total = 100;
	d.names_done = 90;
	d.names_per_s = 0;
	cr_expect_float_eq(progress_share(&d), 0.9, 1e-9);
	cr_expect_eq(progress_left_ms(&d), -1, "no rate yet");
	d.names_per_s = 2;
	cr_expect_eq(progress_left_ms(&d), 5000);
	d.names_per_s = 1000;
	cr_expect_eq(progress_left_ms(&d), 1000, "never nothing while something is left");
	d.slowest_ms = 90000;
	d.slowest = "192.0.2.1";
	cr_expect_eq(progress_left_ms(&d), 90000, "not before the slowest host is done");
	d.names_per_s = 0;
	cr_expect_eq(progress_left_ms(&d), 90000, "also when nothing else moves");
	char line[PROGRESS_TEXT_MAX];
	d.slowest_n = 1800;
	progress_line(&d, line);
	cr_expect(
		strstr(line,
		       ", waiting: 1,800 policies of 192.0.2.1, 20 a second: at least 1 min 30 s,"),
		"%s", line);
	progress_block(&d, 79, false, line);
	cr_expect(strstr(line, "\nwaiting: 1,800 policies of 192.0.2.1, 20 a second: at least 1 "
			       "min 30 s\n"),
		  "%s", line);
	d.slowest_ms = 0;
	d.names_done = 100;
	d.names_per_s = 2;
	cr_expect_float_eq(progress_share(&d), 1, 1e-9);
	cr_expect_eq(progress_left_ms(&d), 0);
	cr_expect_float_eq(progress_share(&(struct progress_data){0}), -1, 1e-9);
	cr_expect_eq(progress_left_ms(&(struct progress_data){.names_total = UINT64_MAX,
							      .names_per_s = 1e-300}),
		     -1);
}

/* A burst at the start is not what happens eight seconds later. */
Test(meter, a_burst_at_the_start)
{
	struct progress_meter m = {0};
	struct progress_data d = {0};

	progress_meter_update(&m, &d, 1000);
	d.names_done = 8000;
	for (uint64_t at = 1200; at <= 9000; at += 200)
		progress_meter_update(&m, &d, at);
	cr_expect_float_eq(d.names_per_s, 1000, 1e-6);
}

Test(meter, follows_the_rate)
{
	struct progress_meter m = {0};
	struct progress_data d = {0};

	progress_meter_update(&m, &d, 5000);
	cr_expect_float_eq(d.names_per_s, 0, 1e-9);
	d.names_done = 1000;
	d.bytes_done = 20000;
	progress_meter_update(&m, &d, 6000);
	cr_expect_float_eq(d.names_per_s, 1000, 1e-6);
	cr_expect_float_eq(d.bytes_per_s, 20000, 1e-6);
	progress_meter_update(&m, &d, 6000); /* the same moment again */
	cr_expect_float_eq(d.names_per_s, 1000, 1e-6);
	for (int i = 1; i <= 60; i++) { /* half the speed: seen after a while, not at once */
		d.names_done += 500;
		progress_meter_update(&m, &d, 6000 + 1000 * (uint64_t)i);
		if (i == 1) /* two seconds are known */
			cr_expect_float_eq(d.names_per_s, 750, 1e-6);
	}
	cr_expect_float_eq(d.names_per_s, 500, 5);
	progress_meter_update(&m, &d, 66000 + 3600000); /* the machine slept an hour */
	cr_expect_float_eq(d.names_per_s, 0, 1e-6);
}

/* ---- the summary ------------------------------------------------------------------------- */

static struct progress_summary finished(void)
{
	struct progress_summary s = {.lines = 432128, .blank = 3, .comments = 12, .headers = 1};

	s.data = midway();
	return s;
}

Test(summary, in_equals_out)
{
	struct progress_summary s = finished();

	cr_assert_eq(progress_summary(&s, text), strlen(text));
	same(text,
	     "432,112 names in 52 s, 8,168 names/s\n"
	     "in == out: 432,112 input lines, 432,112 records (skipped: 3 blank, 12 comments, "
	     "1 headers)\n"
	     "  enforce                12,003     2.78 %\n"
	     "  testing                 8,123     1.88 %\n"
	     "  none                      310    0.072 %\n"
	     "  broken                  1,501    0.347 %\n"
	     "  inconclusive               50    0.012 %\n"
	     "  absent                410,123     94.9 %\n"
	     "  invalid_input               2   0.0005 %\n"
	     "1,300,000 DNS queries sent, 1,204 questions asked again; 20,331 policy fetches\n");
}

/* The pace is that of the session, the verdicts are those of the run. */
Test(summary, resumed)
{
	struct progress_summary s = finished();

	s.data.names_before = 400000;
	progress_summary(&s, text);
	cr_expect(strstr(text, "32,112 names in 52 s, 607 names/s, resumed behind 400,000 that "
			       "were done\n"),
		  "%s", text);
	cr_expect(strstr(text, "in == out: 432,112 input lines, 432,112 records"), "%s", text);
	cr_expect(strstr(text, "since then: 1,300,000 DNS queries sent"), "%s", text);
}

Test(summary, in_differs_from_out)
{
	struct progress_summary s = finished();

	s.data.names_done--;
	progress_summary(&s, text);
	cr_expect(strstr(text, "in != out: 432,112 input lines, 432,111 records") &&
			  strstr(text, "bug"),
		  "%s", text);
	s.stopped = true;
	progress_summary(&s, text);
	cr_expect(strstr(text, "432,111 records are stored") && strstr(text, "--resume") &&
			  strstr(text, "\nBroken and inconclusive names take longest") &&
			  !strstr(text, "in != out") && !strstr(text, "bug"),
		  "%s", text);
}

Test(summary, nothing_scanned)
{
	struct progress_summary s = {.lines = 4, .not_selected = 4};

	progress_summary(&s, text);
	same(text, "0 names in 0 s, 0.0 names/s\n"
		   "in == out: 0 input lines, 0 records (skipped: 4 not selected)\n"
		   "0 DNS queries sent, 0 questions asked again; 0 policy fetches\n");
}

/* ---- JSON -------------------------------------------------------------------------------- */

static json_t *load(const struct buf *b)
{
	json_error_t error;

	cr_assert_not(b->failed);
	cr_assert_eq(b->p[b->n - 1], '\n');
	cr_assert_null(memchr(b->p, '\n', b->n - 1));
	json_t *j = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(j, "%s", error.text);
	return j;
}

static json_int_t number(json_t *j, const char *key)
{
	cr_assert(json_is_integer(json_object_get(j, key)), "%s", key);
	return json_integer_value(json_object_get(j, key));
}

Test(json, progress)
{
	struct progress_data d = midway();
	struct buf b;

	d.resolvers = resolvers;
	d.resolvers_n = 4;
	buf_init(&b, 65536);
	progress_json(&d, &b);
	json_t *j = load(&b);
	cr_expect_str_eq(json_string_value(json_object_get(j, "type")), "progress");
	cr_expect_eq(number(j, "names_done"), 432112);
	cr_expect_eq(number(j, "permille"), 432);
	cr_expect_eq(number(j, "names_per_s"), 8204);
	cr_expect_eq(number(json_object_get(j, "verdicts"), "broken"), 1501);
	cr_expect_eq(json_object_size(json_object_get(j, "verdicts")), PROGRESS_VERDICTS);
	cr_expect_eq(json_object_size(json_object_get(j, "resolvers_in_trouble")), 2);
	cr_expect(json_is_null(json_object_get(j, "bytes_total")));
	cr_expect(json_is_false(json_object_get(j, "stopping")));
	json_decref(j);
	progress_json(&(struct progress_data){0}, &b);
	j = load(&b);
	cr_expect(json_is_null(json_object_get(j, "eta_ms")));
	cr_expect(json_is_null(json_object_get(j, "permille")));
	json_decref(j);
	buf_release(&b);
}

Test(json, summary)
{
	struct progress_summary s = finished();
	struct buf b;

	buf_init(&b, 65536);
	progress_summary_json(&s, &b);
	json_t *j = load(&b);
	cr_expect_str_eq(json_string_value(json_object_get(j, "type")), "summary");
	cr_expect_eq(number(j, "in"), 432112);
	cr_expect_eq(number(j, "out"), 432112);
	cr_expect(json_is_true(json_object_get(j, "complete")));
	json_decref(j);
	s.data.names_done--;
	progress_summary_json(&s, &b);
	j = load(&b);
	cr_expect(json_is_false(json_object_get(j, "complete")));
	json_decref(j);
	buf_release(&b);
}

/* ---- the writer -------------------------------------------------------------------------- */

/* What was written to the pipe since the last call. */
static const char *written(int fd)
{
	static char buf[65536];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static int open_pipe(struct progress *p, enum scan_progress when)
{
	int fds[2];

	cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
	progress_init(p, when, fds[1]);
	return fds[0];
}

Test(writer, auto_is_plain_lines_where_there_is_no_terminal)
{
	struct progress_data d = midway();
	struct progress p;
	int fd = open_pipe(&p, SCAN_PROGRESS_AUTO);

	unsetenv("JOURNAL_STREAM");
	cr_assert_eq(p.style, PROGRESS_LINES);
	progress_tick(&p, &d, 1000);
	cr_expect_str_empty(written(fd), "not at once");
	progress_tick(&p, &d, 10999);
	cr_expect_str_empty(written(fd));
	progress_tick(&p, &d, 11000);
	progress_line(&d, text);
	const char *line = written(fd); /* "2026-11-30T03:40:00Z ", then the line */
	cr_assert_gt(strlen(line), 21);
	cr_expect(line[10] == 'T' && line[19] == 'Z' && line[20] == ' ', "%s", line);
	cr_expect_str_eq(line + 21, text);
	progress_tick(&p, &d, 12000);
	cr_expect_str_empty(written(fd));
	struct progress_summary s = finished();
	progress_finish(&p, &s);
	progress_summary(&s, text);
	cr_expect_str_eq(written(fd), text);
}

Test(writer, none_is_the_summary_alone)
{
	struct progress_summary s = finished();
	struct progress p;
	int fd = open_pipe(&p, SCAN_PROGRESS_NONE);

	for (uint64_t t = 1; t < 100000; t += 1000)
		progress_tick(&p, &s.data, t);
	cr_expect_str_empty(written(fd));
	progress_finish(&p, &s);
	progress_summary(&s, text);
	cr_expect_str_eq(written(fd), text);
}

Test(writer, json_lines)
{
	struct progress_summary s = finished();
	struct progress p;
	int fd = open_pipe(&p, SCAN_PROGRESS_JSON);

	progress_tick(&p, &s.data, 1);
	progress_tick(&p, &s.data, 10001);
	progress_finish(&p, &s);
	const char *out = written(fd);
	cr_expect_eq(strncmp(out, "{\"type\":\"progress\",", 19), 0);
	const char *second = strchr(out, '\n');
	cr_assert_not_null(second);
	cr_expect_eq(strncmp(second + 1, "{\"type\":\"summary\",", 18), 0);
	cr_expect_eq(out[strlen(out) - 1], '\n');
}

Test(writer, live_block_is_redrawn_and_hidden)
{
	struct progress_data d = midway();
	struct progress p;
	int fd = open_pipe(&p, SCAN_PROGRESS_AUTO);

	p.style = PROGRESS_LIVE; /* as if it were a terminal of eighty columns */
	progress_tick(&p, &d, 1000);
	const char *out = written(fd);
	cr_expect_null(strstr(out, "A"), "nothing to go back over: %s", out);
	cr_expect_not_null(strstr(out, "1,204 asked again\033[K\n"));
	progress_tick(&p, &d, 1199);
	cr_expect_str_empty(written(fd));
	progress_tick(&p, &d, 1200);
	cr_expect_eq(strncmp(written(fd), "\r\033[4A432,112", 12), 0);
	progress_hide(&p);
	cr_expect_str_eq(written(fd), "\r\033[4A\033[J");
	progress_hide(&p);
	cr_expect_str_empty(written(fd));
	progress_tick(&p, &d, 1201);
	cr_expect_eq(strncmp(written(fd), "432,112", 7), 0, "drawn again at once");
	struct progress_summary s = finished();
	progress_finish(&p, &s);
	cr_expect_eq(strncmp(written(fd), "\r\033[4A\033[J432,112 names in", 22), 0);
}

Test(writer, a_terminal_that_is_gone_is_not_our_failure)
{
	struct progress_data d = midway();
	struct progress p;
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	signal(SIGPIPE, SIG_IGN);
	progress_init(&p, SCAN_PROGRESS_PLAIN, fds[1]);
	close(fds[0]);
	progress_tick(&p, &d, 1);
	progress_tick(&p, &d, 20000);
	cr_expect(p.dead);
	progress_tick(&p, &d, 40000);
}

Test(writer, terminals)
{
	struct progress p;
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	cr_assert_geq(terminal, 0);
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	progress_init(&p, SCAN_PROGRESS_AUTO, terminal);
	cr_expect(p.style == PROGRESS_LIVE && p.colour);
	progress_init(&p, SCAN_PROGRESS_PLAIN, terminal);
	cr_expect(p.style == PROGRESS_LINES && !p.colour);
	setenv("NO_COLOR", "1", 1);
	progress_init(&p, SCAN_PROGRESS_AUTO, terminal);
	cr_expect(p.style == PROGRESS_LIVE && !p.colour);
	setenv("TERM", "dumb", 1);
	progress_init(&p, SCAN_PROGRESS_AUTO, terminal);
	cr_expect_eq(p.style, PROGRESS_LINES);
	unsetenv("TERM");
	progress_init(&p, SCAN_PROGRESS_AUTO, terminal);
	cr_expect_eq(p.style, PROGRESS_LINES);
}
