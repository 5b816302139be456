/*
 * html.h - text, figures and shares inside a page, escaped; for every page that we write.
 */
#ifndef MTASWEEP_REPORT_HTML_H
#define MTASWEEP_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "parsers/span.h"

/* From the document's first byte to <body>, with the one style sheet; the page is called by
 * the title and ours. It needs nothing but itself, neither network nor script. */
void html_document(FILE *out, const char *title);
/* A list of what is to be known of the numbers; nothing when there is nothing. */
void html_remarks(FILE *out, const char *const *remarks, unsigned n);

/* One of a list of class "figures": a number, its share of `of` unless that is 0, and what it
 * counts. class: "good", "bad" or "". */
void html_figure(FILE *out, const char *class, uint64_t n, uint64_t of, const char *what);

/* Text from outside, for contents and for attributes in double quotes; what is no text is U+FFFD,
 * as in JSON. */
void html_text(FILE *out, struct span s);
/* The name of a domain or host, which a narrow column may break behind a dot. */
void html_name(FILE *out, struct span name);
/* A sentence of ours: a number and its "%" stay on a line. */
void html_str(FILE *out, const char *s);
/* "12.3 %", "1,234", "11.9-12.7": what belongs together stays on a line. A share is n of `of`, with
 * the digits that it deserves (number.h); html_percent() is for ticks of an axis. */
void html_share(FILE *out, uint64_t n, uint64_t of);
void html_percent(FILE *out, double share);
void html_number(FILE *out, uint64_t v);
void html_interval(FILE *out, uint64_t n, uint64_t of);
/* UTC to the minute; "?" for 0. */
void html_time(FILE *out, int64_t unix_ms);
/* "2026-11-30 12:09 to 2026-11-30 12:14"; one time where both are in the same minute. */
void html_period(FILE *out, int64_t first_ms, int64_t last_ms);

#endif
