/*
 * html.h - text, figures and shares inside a page, escaped; for every page that we write.
 */
#ifndef MTASWEEP_REPORT_HTML_H
#define MTASWEEP_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "parsers/span.h"

/* Text from outside, for contents and for attributes in double quotes; what is no text is U+FFFD,
 * as in JSON. */
void html_text(FILE *out, struct span s);
void html_str(FILE *out, const char *s);
/* "12.3 %", "1,234", "11.9-12.7": what belongs together stays on a line. */
void html_percent(FILE *out, double share);
void html_number(FILE *out, uint64_t v);
void html_interval(FILE *out, uint64_t n, uint64_t of);

#endif
