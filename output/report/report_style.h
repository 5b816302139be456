/* report_style.h - the style sheet of report.html. */
#ifndef MTASWEEP_REPORT_STYLE_H
#define MTASWEEP_REPORT_STYLE_H

/* One rule or group of rules each; NULL at the end. */
extern const char *const report_style[];

#endif
