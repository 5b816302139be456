/* smtp.h - the SMTP side of a connection (RFC 5321, RFC 3207): a greeting, EHLO, STARTTLS, no
 * mail. */
#ifndef LABNET_SMTP_H
#define LABNET_SMTP_H

#include "datasets/labnet/conn.h"

/* False when the connection is over. */
bool smtp_event(struct conn *n);
/* The greeting is due. The same. */
bool smtp_tick(struct conn *n);

#endif
