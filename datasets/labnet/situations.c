/* situations.c - the tables themselves. */
#include "datasets/labnet/situations.h"

#include <assert.h>

#define SITUATION(kind, pool, self, third, zone, record_act, record, host_act, cert, web, status,  \
		  type, body, fit, verdict, stage, cause)                                          \
	{#kind,		POOL_##pool,	self,                                                      \
	 third,		zone,		ACT_##record_act,                                          \
	 record,	ACT_##host_act, CERT_##cert,                                               \
	 WEB_##web,	status,		type,                                                      \
	 body,		FIT_##fit,	(int)VERDICT_##verdict,                                    \
	 STAGE_##stage, cause},
const struct kind kinds[KIND_COUNT] = {
#include "datasets/labnet/situations.def"
};
#undef SITUATION
static_assert(KIND_COUNT <= CHOICE_MAX, "every kind must fit a choice");

const struct mail_kind mail_kinds[MAIL_COUNT] = {
#define MAIL(kind, other, adopter, act, form) {#kind, other, adopter, ACT_##act, MAIL_##form},
#include "datasets/labnet/tables.def"
};

const struct rpt_kind rpt_kinds[RPT_COUNT] = {
#define RPT(kind, weight, act, record, valid) {#kind, weight, ACT_##act, record, valid},
#include "datasets/labnet/tables.def"
};

const struct operator_kind operators[OPERATOR_COUNT] = {
#define OPERATOR(name, weight, host, record) {#name, weight, host, record},
#include "datasets/labnet/tables.def"
};

const struct mx_operator mx_operators[MX_OPERATOR_COUNT] = {
#define MX_OPERATOR(name, weight, hosts) {#name, weight, hosts},
#include "datasets/labnet/tables.def"
};

const struct mail_host mail_hosts[MAIL_HOST_COUNT] = {
#define MAIL_HOST(kind, weight, act, smtp, cert, outcome)                                          \
	{#kind, weight, ACT_##act, SMTP_##smtp, CERT_##cert, outcome},
#include "datasets/labnet/tables.def"
};

const struct tld tlds[] = {
#define TLD(name, weight) {name, weight},
#include "datasets/labnet/tables.def"
};
