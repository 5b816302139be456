/* report.c - the tables in their order, and the three renderings into a run directory; see
 * report.h. */
#include "output/report/report_model.h"

#include <errno.h>

#include "output/base/outfile.h"

int report_model_build(struct report_model *m, const struct aggregate *a,
		       const struct report_meta *meta)
{
	if (report_model_init(m, a, meta) != 0)
		return -1;
	report_tables_adoption(m);
	report_tables_failures(m);
	report_tables_mail(m);
	report_tables_mx(m);
	report_tables_findings(m);
	report_tables_published(m);
	report_tables_scan(m);
	report_tables_run(m);
	if (m->failed)
		return -1;
	report_story_make(m);
	report_charts_make(m);
	return m->failed ? -1 : 0;
}

typedef int report_printer(FILE *out, const struct report_model *m);

static int report_print(FILE *out, const struct aggregate *a, const struct report_meta *meta,
			report_printer *printer)
{
	struct report_model m;
	int rc = report_model_build(&m, a, meta);

	if (rc == 0)
		rc = printer(out, &m);
	report_model_release(&m);
	return rc == 0 && fflush(out) == 0 && !ferror(out) ? 0 : -1;
}

int report_text(FILE *out, const struct aggregate *a, const struct report_meta *meta)
{
	return report_print(out, a, meta, report_txt_model);
}

int report_json(FILE *out, const struct aggregate *a, const struct report_meta *meta)
{
	return report_print(out, a, meta, report_json_model);
}

int report_html(FILE *out, const struct aggregate *a, const struct report_meta *meta)
{
	return report_print(out, a, meta, report_html_model);
}

int report_write(const char *dir, const struct aggregate *a, const struct report_meta *meta,
		 struct errmsg *err)
{
	static const struct {
		const char *name;
		report_printer *print;
	} files[] = {{"report.json", report_json_model},
		     {"report.txt", report_txt_model},
		     {"report.html", report_html_model}};
	struct report_model m;
	int rc = 0;

	if (report_model_build(&m, a, meta) != 0) {
		report_model_release(&m);
		return errmsg_set(err, "no memory for the report");
	}
	for (unsigned i = 0; i < 3 && rc == 0; i++) {
		struct outfile file;
		rc = outfile_open(&file, dir, files[i].name, err);
		if (rc != 0)
			break;
		if (files[i].print(file.out, &m) != 0) {
			int error = errno;
			outfile_abandon(&file);
			rc = errmsg_set(err, "%s/%s cannot be written: %s", dir, files[i].name,
					strerror(error));
			break;
		}
		rc = outfile_commit(&file, err);
	}
	report_model_release(&m);
	return rc;
}
