/* run_source.c - see run_source.h. */
#include "output/run/run_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/runfile.h"

#define RUN_BAD_LINES_TOLD 5 /* further ones are only counted */
#define RUN_ARENA_FIRST (256u << 10)

void remarks_add(struct remarks *r, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0 || r->n == REMARKS_MAX) {
		if (n >= 0)
			free(text);
		r->dropped++;
		return;
	}
	errmsg_clean(text);
	r->v[r->n++] = text;
}

void remarks_release(struct remarks *r)
{
	for (unsigned i = 0; i < r->n; i++)
		free((void *)(uintptr_t)r->v[i]);
	*r = (struct remarks){0};
}

static int run_no_run(const char *path, struct errmsg *err)
{
	char report[4096];

	if (snprintf(report, sizeof(report), "%s/report.json", path) < (int)sizeof(report) &&
	    access(report, F_OK) == 0)
		return errmsg_set(err,
				  "%s has a report and no records; name the runs that it was made "
				  "of, or the directory that holds them",
				  path);
	return errmsg_set(err, "%s is not a run: it has no results.ndjson.zst", path);
}

static int run_open_directory(struct run_source *s, const char *path, struct errmsg *err)
{
	static const char *const names[] = {"results.ndjson.zst", "results.ndjson"};

	for (unsigned i = 0; i < 2 && s->fd < 0; i++) {
		if (snprintf(s->path, sizeof(s->path), "%s/%s", path, names[i]) >=
		    (int)sizeof(s->path))
			return errmsg_set(err, "%.100s...: the path is too long", path);
		s->fd = runfile_open(s->path);
		if (s->fd < 0 && errno != ENOENT)
			return errmsg_set(err, "%s: %s", s->path, runfile_error(errno));
	}
	if (s->fd < 0)
		return run_no_run(path, err);
	struct errmsg why;
	if (runinfo_read(path, &s->info, &why) != 0) {
		remarks_add(s->remarks, "%s; whether every line has its record cannot be told",
			    why.text);
		s->damaged++;
		return 0;
	}
	s->has_info = true;
	if (!s->info.completed)
		remarks_add(s->remarks,
			    "%s: the run is still going on, or was stopped; names with a policy "
			    "take longest, so that shares of them may be too low yet",
			    path);
	return 0;
}

int run_open(struct run_source *s, const char *path, struct remarks *remarks, struct errmsg *err)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	s->remarks = remarks;
	if (strcmp(path, "-") == 0) {
		snprintf(s->path, sizeof(s->path), "standard input");
		s->fd = dup(STDIN_FILENO);
	} else if (stat(path, &st) != 0) {
		return errmsg_set(err, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		if (run_open_directory(s, path, err) != 0)
			return -1;
	} else {
		snprintf(s->path, sizeof(s->path), "%s", path);
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (s->fd < 0)
		return errmsg_set(err, "%s: %s", path, strerror(errno));
	if (!s->has_info && s->damaged == 0) {
		remarks_add(remarks,
			    "%s stands alone, without run.json; whether every line has its record "
			    "cannot be told",
			    s->path);
		s->damaged++;
	}
	s->frames = frame_reader_new(s->fd, RECORD_LINE_MAX);
	if (s->frames == NULL || arena_init(&s->arena, RUN_ARENA_FIRST, RUN_ARENA_MAX) != 0)
		return errmsg_set(err, "no memory to read %s", s->path);
	record_reader_init(&s->reader);
	return 0;
}

void run_close(struct run_source *s)
{
	frame_reader_free(s->frames);
	arena_release(&s->arena);
	runinfo_release(&s->info);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->frames = NULL;
}

static void run_bad_line(struct run_source *s, struct frame_place at, const char *why)
{
	s->damaged++;
	if (s->bad_lines++ >= RUN_BAD_LINES_TOLD)
		return;
	if (at.frame > 0)
		remarks_add(s->remarks, "%s, frame %llu, line %llu: %s", s->path,
			    (unsigned long long)at.frame, (unsigned long long)at.line, why);
	else
		remarks_add(s->remarks, "%s, line %llu: %s", s->path, (unsigned long long)at.line,
			    why);
}

static void run_stretch(struct run_source *s, struct frame_place at, bool end)
{
	const char *what = !end ? "are damaged and were skipped"
			   : at.offset > 0
				   ? "are a frame that was not finished"
				   : "are no whole frame: a file of another kind, or cut in "
				     "its first frame";
	char behind[64] = "";

	s->damaged++;
	s->stretches++;
	if (at.frame > 0)
		snprintf(behind, sizeof(behind), ", behind frame %llu, line %llu",
			 (unsigned long long)at.frame, (unsigned long long)at.line);
	remarks_add(s->remarks, "%s%s: %llu bytes from byte %llu %s", s->path, behind,
		    (unsigned long long)at.skipped, (unsigned long long)at.offset, what);
}

/* Of a file without one record only an empty one is a run: anything else was named by mistake. */
static enum run_status run_end(struct run_source *s, struct errmsg *err)
{
	if (s->bad_lines > RUN_BAD_LINES_TOLD)
		remarks_add(s->remarks, "%s: %llu lines in all are no records", s->path,
			    (unsigned long long)s->bad_lines);
	if (s->older > 0)
		remarks_add(s->remarks,
			    "%s: %llu records were written by an older version; what they lack "
			    "counts as unknown",
			    s->path, (unsigned long long)s->older);
	if (s->newer > 0)
		remarks_add(s->remarks,
			    "%s: %llu records have a newer schema than this program's %d", s->path,
			    (unsigned long long)s->newer, RECORD_SCHEMA);
	if (s->unknown_words > 0)
		remarks_add(s->remarks,
			    "%s: %llu words are not in this version's vocabulary and were left out",
			    s->path, (unsigned long long)s->unknown_words);
	if (!s->has_info)
		s->info.totals.lines = s->info.totals.records = s->records;
	if (s->records == 0 && s->bad_lines + s->stretches > 0) {
		errmsg_set(
			err,
			"%s holds no record that can be read: it is no run, or is damaged from "
			"its beginning; name the directory that `mtasweep scan -o` wrote, or its "
			"results.ndjson.zst",
			s->path);
		return RUN_FAILED;
	}
	if (s->records == 0)
		remarks_add(s->remarks, "%s holds no records", s->path);
	return RUN_END;
}

static void run_bad_record(struct run_source *s, const struct run_item *item)
{
	char why[256];

	snprintf(why, sizeof(why), "byte %zu%s%s: %s", item->at + 1,
		 item->key != NULL ? ", key " : "", item->key != NULL ? item->key : "",
		 item->error);
	run_bad_line(s, item->place, why);
}

bool run_item_last(const struct run_item *item)
{
	return item->found == FRAME_END || item->found == FRAME_TRUNCATED ||
	       item->found == FRAME_FAILED;
}

void run_find(struct run_source *s, struct run_item *item, struct span *line, struct errmsg *err)
{
	*item = (struct run_item){0};
	do
		item->found = frame_reader_next(s->frames, line, err);
	while (item->found == FRAME_LINE && line->n == 0);
	item->place = frame_reader_place(s->frames);
	if (item->found != FRAME_LINE)
		*line = SPAN_NULL;
}

void run_parse(struct run_item *item, struct record_reader *reader, struct span line,
	       struct arena *a, struct record *r)
{
	item->read = record_read(reader, line, a, r);
	item->schema = reader->schema;
	item->missing = reader->missing;
	item->unknown_words = reader->unknown_words;
	item->at = reader->at;
	item->error = reader->error;
	item->key = reader->key;
}

static enum run_status run_tell_line(struct run_source *s, const struct run_item *item,
				     struct errmsg *err)
{
	switch (item->read) {
	case RECORD_READ_MEMORY:
		errmsg_set(err, "no memory for a record of %s", s->path);
		return RUN_FAILED;
	case RECORD_READ_BAD:
		run_bad_record(s, item);
		return RUN_NOTHING;
	case RECORD_READ_OK:
		break;
	}
	s->records++;
	s->older += item->missing > 0;
	s->newer += item->schema > RECORD_SCHEMA;
	s->unknown_words += item->unknown_words;
	return RUN_RECORD;
}

enum run_status run_tell(struct run_source *s, const struct run_item *item, struct errmsg *err)
{
	switch (item->found) {
	case FRAME_END:
		return run_end(s, err);
	case FRAME_TRUNCATED:
		run_stretch(s, item->place, true);
		return run_end(s, err);
	case FRAME_FAILED:
		return RUN_FAILED;
	case FRAME_CORRUPT:
		run_stretch(s, item->place, false);
		return RUN_NOTHING;
	case FRAME_LONG:
		run_bad_line(s, item->place, "longer than any record");
		return RUN_NOTHING;
	case FRAME_LINE:
		break;
	}
	return run_tell_line(s, item, err);
}

enum run_status run_next(struct run_source *s, struct record *r, struct span *line,
			 struct errmsg *err)
{
	struct run_item item;
	enum run_status status;

	do {
		run_find(s, &item, line, err);
		arena_reset(&s->arena);
		if (item.found == FRAME_LINE)
			run_parse(&item, &s->reader, *line, &s->arena, r);
		status = run_tell(s, &item, err);
	} while (status == RUN_NOTHING);
	return status;
}
