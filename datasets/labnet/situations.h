/* situations.h - the tables of situations.def and tables.def, with a number for every row. */
#ifndef LABNET_SITUATIONS_H
#define LABNET_SITUATIONS_H

#include "datasets/labnet/population.h"

enum mail_id {
#define MAIL(kind, ...) MAIL_##kind,
#include "datasets/labnet/tables.def"
	MAIL_COUNT
};

enum rpt_id {
#define RPT(kind, ...) RPT_##kind,
#include "datasets/labnet/tables.def"
	RPT_COUNT
};

enum operator_id {
#define OPERATOR(name, ...) OPERATOR_##name,
#include "datasets/labnet/tables.def"
	OPERATOR_COUNT
};

enum mx_operator_id {
#define MX_OPERATOR(name, ...) MX_OPERATOR_##name,
#include "datasets/labnet/tables.def"
	MX_OPERATOR_COUNT
};

enum mail_host_id {
#define MAIL_HOST(kind, ...) MAIL_HOST_##kind,
#include "datasets/labnet/tables.def"
	MAIL_HOST_COUNT
};

struct tld {
	const char *name;
	unsigned weight;
};

enum {
	TLD_SUM = 0
#define TLD(name, weight) +(weight)
#include "datasets/labnet/tables.def"
};

extern const struct kind kinds[KIND_COUNT];
extern const struct mail_kind mail_kinds[MAIL_COUNT];
extern const struct rpt_kind rpt_kinds[RPT_COUNT];
extern const struct operator_kind operators[OPERATOR_COUNT];
extern const struct mx_operator mx_operators[MX_OPERATOR_COUNT];
extern const struct mail_host mail_hosts[MAIL_HOST_COUNT];
extern const struct tld tlds[];

#endif
