/*
 * supervisor_crash.c - workers that die or hang, and the line that is to blame.
 *
 * Lines that a dead worker had are handed out again: twice as they are; then chunk by chunk to a
 * worker that gets nothing else, and when that dies, the half of what it had, and so on. So one
 * line among 128 costs ten workers, and the others do not wait for each other. A line that kills
 * its worker alone is recorded by the supervisor and its raw text kept in RUN/crashers.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/runfile.h"
#include "output/record/record_emit.h"
#include "output/record/record_name.h"
#include "scanner/base/clock.h"
#include "scanner/base/status.h"
#include "scanner/supervisor/haste.h"
#include "scanner/supervisor/supervisor_parts.h"

#define CHUNK_DEATHS_MAX 2u /* more: alone */
/* Lines given up with nothing delivered in between: it is not the lines. */
#define CRASHED_IN_ROW_MAX haste_limit(32, 32, 1)
#define CRASH_ARENA_MAX (1u << 20)

/* ---- the record of a line that cannot be scanned ----------------------------------------- */

static int crash_store(struct supervisor *s, const struct record *r, struct errmsg *err)
{
	struct buf json;
	struct facts facts;
	int rc = -1;

	buf_init(&json, RECORD_LINE_MAX);
	errmsg_set(err, "out of memory for records");
	facts_from_record(r, &facts);
	if (record_emit_once(r, &json) == 0 &&
	    supervisor_store(s, span_of(json.p, json.n), err) == 0) {
		s->verdicts[facts.verdict]++;
		rc = aggregate_add(s->aggregate, &facts);
	}
	buf_release(&json);
	return rc;
}

/* 0, or -1 without memory. */
static int crash_fill(struct record *r, const struct message_line *line, struct arena *arena)
{
	record_init(r);
	r->line = line->line;
	r->rank = line->rank;
	r->input = line->text;
	r->tag = line->tag;
	r->scanned_at_ms = clock_wall_ms();
	r->worker_crashed = true;
	return record_set_name(r, line->text, line->too_long, arena) == RECORD_NO_MEMORY ? -1 : 0;
}

/* Best effort: without it only the reproducer is missing. */
static void crash_keep_line(const struct supervisor *s, uint64_t line, struct span text)
{
	char path[4096];
	struct stat st;

	if (s->dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/crashers", s->dir);
	if (mkdir(path, 0777) != 0 &&
	    (errno != EEXIST || lstat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
		return;
	snprintf(path, sizeof(path), "%s/crashers/line-%llu", s->dir, (unsigned long long)line);
	int fd = runfile_create(path);
	if (fd < 0)
		return;
	if (write(fd, text.p, text.n) != (ssize_t)text.n)
		unlink(path);
	close(fd);
}

/* The chunk's first line that is not done killed its worker, alone. */
static void crash_record(struct supervisor *s, struct chunk *c)
{
	struct message_line line = chunk_line(c, 0);
	uint64_t number = line.line;
	struct record r;
	struct arena arena;
	struct errmsg err;

	assert(c->holder == NULL && !c->done[0]);
	crash_keep_line(s, number, line.text);
	arena_init(&arena, 0, CRASH_ARENA_MAX); /* allocates nothing yet */
	if (crash_fill(&r, &line, &arena) != 0 || judge(&s->options->judge, &arena, &r) != 0)
		supervisor_fail(s, CMD_FAILURE, "out of memory for records");
	else if (crash_store(s, &r, &err) != 0)
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	else if (ledger_mark(&s->ledger, number, NULL) == 0)
		feed_give_back(s->feed, ledger_settle(&s->ledger, number));
	arena_release(&arena);
	supervisor_note(s, "line %llu kills every worker that scans it: skipped",
			(unsigned long long)number);
}

/* ---- after a death ----------------------------------------------------------------------- */

uint64_t supervisor_oom_kills(void)
{
	static const char key[] = "oom_kill ";
	char line[256];
	FILE *f = fopen("/proc/vmstat", "re");
	uint64_t kills = 0;
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		found = strncmp(line, key, sizeof(key) - 1) == 0;
		kills = found ? strtoull(line + sizeof(key) - 1, NULL, 10) : 0;
	}
	if (f != NULL)
		fclose(f);
	return found ? kills : UINT64_MAX;
}

/* Killed by somebody, and neither by us nor for its memory: then no line is to blame. */
static bool crash_from_outside(struct supervisor *s, const struct crew_worker *w)
{
	uint64_t kills = supervisor_oom_kills();
	bool same = kills == s->oom_kills && kills != UINT64_MAX;

	s->oom_kills = kills;
	return w->exit_signal == SIGKILL && !w->condemned && same;
}

/* Lines that a suspect's worker had when it died. */
static unsigned crash_under_way(const struct chunk *c)
{
	unsigned done = c->sent_left - c->left;

	assert(c->left <= c->sent_left && done <= c->sent);
	return c->sent - done;
}

/* A suspect's worker died. True when one line alone is to blame, which is recorded. */
static bool crash_narrow(struct supervisor *s, struct chunk *c)
{
	unsigned under_way = crash_under_way(c);

	assert(under_way <= c->n);
	c->region = under_way;
	if (under_way != 1)
		return false;
	c->region = 0;
	crash_record(s, c);
	return true;
}

bool supervisor_take_back(struct supervisor *s, struct crew_worker *w)
{
	bool crashed = false, narrowed = false, outside = crash_from_outside(s, w);

	for (size_t i = s->ledger.n; i-- > 0;) {
		struct chunk *c = s->ledger.v[i];
		if (c->holder != w)
			continue;
		chunk_compact(c);
		c->holder = NULL;
		c->deaths += !outside;
		if (!outside && s->alone[w->index]) {
			bool last = c->left == 1;
			narrowed = true;
			crashed = crash_narrow(s, c);
			if (s->failed || (crashed && last)) /* gone, or stays for --resume */
				continue;
			chunk_compact(c);
		}
		c->next = s->redo;
		s->redo = c;
	}
	s->alone[w->index] = false;
	if (narrowed) /* that is something: a search in many chunks at once has an end */
		s->deaths_in_vain = 0;
	s->crashed_in_row = crashed ? s->crashed_in_row + 1 : s->crashed_in_row;
	if (s->crashed_in_row > CRASHED_IN_ROW_MAX)
		supervisor_fail(s, CMD_FAILURE,
				"workers die on every line; the run can be resumed");
	return outside;
}

/* ---- suspects alone ---------------------------------------------------------------------- */

static struct chunk *crash_held(const struct supervisor *s, const struct crew_worker *w)
{
	for (size_t i = 0; i < s->ledger.n; i++)
		if (s->ledger.v[i]->holder == w)
			return s->ledger.v[i];
	return NULL;
}

/* All of a suspect, or the half of those one of which is to blame. After a line that was, with
 * nothing delivered since, one: then halves would tell nothing. */
static void crash_send(struct supervisor *s, struct crew_worker *w, struct chunk *c)
{
	unsigned half = c->region > 1 ? c->region / 2 : c->region;

	chunk_compact(c);
	assert(c->n > 0 && c->region <= c->n);
	c->sent = s->crashed_in_row > 0 ? 1 : half > 0 ? half : c->n;
	c->sent_left = c->left;
	c->given_ms = uv_now(&s->loop);
	if (crew_send_lines(w, c->bytes, c->offset[c->sent], c->sent) != 0)
		crew_kill(w);
}

bool supervisor_suspect(const struct chunk *c)
{
	return c->deaths >= CHUNK_DEATHS_MAX;
}

bool supervisor_try_alone(struct supervisor *s, struct crew_worker *w)
{
	struct chunk *held = NULL;

	if (s->alone[w->index]) {
		if (crash_held(s, w) != NULL)
			return true;
		s->alone[w->index] = false;
	}
	if (s->redo == NULL || !supervisor_suspect(s->redo))
		return false;
	held = crash_held(s, w);
	if (held != NULL) /* what it has must come back first */
		return true;
	struct chunk *c = s->redo;
	s->redo = c->next;
	c->next = NULL;
	c->holder = w;
	s->alone[w->index] = true;
	crash_send(s, w, c);
	return true;
}

void supervisor_go_on_alone(struct supervisor *s, struct crew_worker *w)
{
	if (!s->alone[w->index] || s->phase != PHASE_RUNNING)
		return;
	struct chunk *c = crash_held(s, w);
	if (c == NULL || crash_under_way(c) > 0)
		return;
	c->region = c->region > c->sent ? c->region - c->sent : 0;
	crash_send(s, w, c);
}
