#include "output/report_model.h"
int report_html_model(FILE *out, const struct report_model *m)
{
	fprintf(out, "%u\n", m->tables_n);
	return 0;
}
