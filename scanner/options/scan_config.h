/*
 * scan_config.h - the effective options of a scan as JSON: for run.json, and to compare on
 * --resume.
 */
#ifndef MTASWEEP_SCAN_CONFIG_H
#define MTASWEEP_SCAN_CONFIG_H

#include "scanner/options/scan_options.h"

/* One JSON object; malloc'd, free it. NULL without memory. */
char *scan_config_json(const struct scan_options *o, const struct resolver_list *resolvers);

/* Of such a text, what was asked of MX hosts: a text that is the same where that is; the caller's.
 * NULL: nothing was. */
char *scan_config_hosts(const char *configuration);
/* And back into the options: whose hosts, and what of them. */
void scan_config_take_hosts(const char *hosts, struct scan_options *o);

#endif
