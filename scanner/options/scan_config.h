/*
 * scan_config.h - the effective options of a scan as JSON: for run.json, and to compare on
 * --resume.
 */
#ifndef MTASWEEP_SCAN_CONFIG_H
#define MTASWEEP_SCAN_CONFIG_H

#include "scanner/options/scan_options.h"

/* One JSON object; malloc'd, free it. NULL without memory. */
char *scan_config_json(const struct scan_options *o, const struct resolver_list *resolvers);

#endif
