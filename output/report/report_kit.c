/* report_kit.c - see report_kit.h. */
#include "output/report/report_kit.h"

#include <errno.h>
#include <sys/stat.h>

#include "output/base/outfile.h"
#include "output/report/canvas_cairo.h"
#include "output/report/kit.h"
#include "output/text/number.h"

#define KIT_ORIGIN 160
#define KIT_SOURCE 320

struct kit {
	const struct report_model *m;
	struct arena arena;
	char dir[4096];		 /* that is being filled */
	char origin[KIT_ORIGIN]; /* where the numbers are from: version, names, days */
	char date[40];		 /* when the last of the runs ended, as PDF wants it */
	struct report_kit_files *files;
	struct errmsg *err;
};

/* Makes dir/name, if need be, the folder that is filled next. */
static int kit_folder(struct kit *kit, const char *dir, const char *name)
{
	int n = snprintf(kit->dir, sizeof(kit->dir), "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= sizeof(kit->dir))
		return errmsg_set(kit->err, "%s/%s: the path is too long", dir, name);
	struct stat st;
	if (mkdir(kit->dir, 0777) != 0 &&
	    (errno != EEXIST || lstat(kit->dir, &st) != 0 || !S_ISDIR(st.st_mode)))
		return errmsg_set(kit->err, "%s cannot be made: %s", kit->dir, strerror(errno));
	return 0;
}

enum kit_file { KIT_CSV, KIT_TEX, KIT_METHOD, KIT_CODEBOOK };

static int kit_put(struct kit *kit, const char *dir, const char *name, enum kit_file what,
		   const struct report_table *t)
{
	struct outfile file;

	if (outfile_open(&file, dir, name, kit->err) != 0)
		return -1;
	arena_reset(&kit->arena);
	if (what == KIT_CSV)
		kit_csv(file.out, t, &kit->arena);
	else if (what == KIT_TEX)
		kit_tex(file.out, t, kit->origin);
	else if (what == KIT_METHOD)
		kit_method(file.out, kit->m);
	else
		kit_codebook(file.out, kit->m);
	return outfile_commit(&file, kit->err);
}

/* Tags are customers, or whoever else is named so: they are not for a paper. */
static bool kit_withholds(const struct report_table *t)
{
	return report_table_empty(t) || strcmp(t->key, "by_tag") == 0;
}

static int kit_tables(struct kit *kit, const char *dir)
{
	char name[96];

	if (kit_folder(kit, dir, "tables") != 0)
		return -1;
	for (unsigned i = 0; i < kit->m->tables_n; i++) {
		const struct report_table *t = &kit->m->tables[i];
		if (kit_withholds(t))
			continue;
		snprintf(name, sizeof(name), "%s.csv", t->key);
		if (kit_put(kit, kit->dir, name, KIT_CSV, t) != 0)
			return -1;
		snprintf(name, sizeof(name), "%s.tex", t->key);
		if (kit_put(kit, kit->dir, name, KIT_TEX, t) != 0)
			return -1;
		kit->files->tables++;
	}
	return 0;
}

static void kit_origin(struct kit *kit)
{
	const struct report_meta *meta = kit->m->meta;
	int64_t first = 0, last = 0;

	for (unsigned i = 0; i < meta->runs_n; i++) {
		const struct runinfo *run = meta->runs[i];
		first = first == 0 || run->started_at_ms < first ? run->started_at_ms : first;
		last = run->ended_at_ms > last ? run->ended_at_ms : last;
	}
	last = last > first ? last : first;
	struct number day = number_date(first / 1000), end = number_date(last / 1000);
	snprintf(kit->date, sizeof(kit->date), "%.10sT00:00:00Z", end.s);
	snprintf(kit->origin, sizeof(kit->origin), "mtasweep " MTASWEEP_VERSION "; %s%s; %s%s%s",
		 number_names(kit->m->records).s, report_complete(kit->m) ? "" : ", NOT COMPLETE",
		 first > 0 ? day.s : "time of the scan unknown",
		 strcmp(day.s, end.s) != 0 ? " to " : "", strcmp(day.s, end.s) != 0 ? end.s : "");
}

static int kit_figures(struct kit *kit, const char *dir)
{
	char source[KIT_SOURCE];

	if (canvas_cairo_there() && kit_folder(kit, dir, "figures") != 0)
		return -1;
	snprintf(source, sizeof(source),
		 "Source: %s. Shares with 95 %% Wilson intervals; where one ends in an arrow, it "
		 "goes on. In "
		 "brackets numbers of names.",
		 kit->origin);
	for (unsigned i = 0; i < kit->m->charts_n; i++, kit->files->figures++)
		if (canvas_cairo_write(kit->dir, &kit->m->charts[i], source, kit->date, kit->err) !=
		    0)
			return -1;
	return 0;
}

static int kit_write(struct kit *kit, const char *dir)
{
	kit_origin(kit);
	if (kit_put(kit, dir, "METHOD.md", KIT_METHOD, NULL) != 0 ||
	    kit_put(kit, dir, "CODEBOOK.md", KIT_CODEBOOK, NULL) != 0 || kit_tables(kit, dir) != 0)
		return -1;
	return kit_figures(kit, dir);
}

int report_kit(const char *dir, const struct aggregate *a, const struct report_meta *meta,
	       struct report_kit_files *files, struct errmsg *err)
{
	struct report_model m;
	struct kit kit = {.m = &m, .files = files, .err = err};
	int rc = -1;

	*files = (struct report_kit_files){0};
	if (arena_init(&kit.arena, 65536, 1u << 22) != 0)
		return errmsg_set(err, "no memory for the figures");
	if (report_model_build(&m, a, meta) != 0)
		errmsg_set(err, "no memory for the figures");
	else
		rc = kit_write(&kit, dir);
	report_model_release(&m);
	arena_release(&kit.arena);
	return rc;
}
