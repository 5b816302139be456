/* check_records.h - the steps about TXT records: what to publish, what it replaces, what to delete;
 * private to check/. Each adds nothing where the advice has nothing of the kind. */
#ifndef MTASWEEP_CHECK_RECORDS_H
#define MTASWEEP_CHECK_RECORDS_H

#include "scanner/check/check_steps.h"

/* The MTA-STS record. */
void records_sts(struct steps *c);
/* MTA-STS records beside one that stays. */
void records_strays(struct steps *c);
/* The TLS-RPT record, or those beside one that stays. */
void records_tlsrpt(struct steps *c);

#endif
