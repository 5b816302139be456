/*
 * check_html.h - pages of `check` as one HTML file to send on: no script, nothing fetched for it.
 *
 * The words are those of the page for the terminal (check_view.h), whose styles become classes, so
 * there is one page to keep right.
 */
#ifndef MTASWEEP_CHECK_HTML_H
#define MTASWEEP_CHECK_HTML_H

#include <stdio.h>

#include "output/record/record.h"
#include "output/text/text.h"

/* title: of the document, any bytes. */
void check_html_begin(FILE *out, struct span title);
/* page: what check_view() made of r, with colour. */
void check_html_page(FILE *out, const struct record *r, const struct text *page);
void check_html_end(FILE *out);

#endif
