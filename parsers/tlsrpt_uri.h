/*
 * tlsrpt_uri.h - one URI of a TLS-RPT record's rua: mailto (RFC 6068) or https (RFC 3986, 9110),
 * with "!", "," and ";" percent-encoded (RFC 8460 3).
 */
#ifndef MTASWEEP_TLSRPT_URI_H
#define MTASWEEP_TLSRPT_URI_H

#include "parsers/issue.h"
#include "parsers/span.h"

/* uri is not empty and has no blanks around it and no raw "," or ";". */
void tlsrpt_uri_check(struct span uri, struct findings *f);

/* Begins with "mailto:" or "https:", any case. */
bool tlsrpt_uri_has_scheme(struct span text);

/* The host that reports go to: behind the "@" of a mailto, without user and port of an https URI.
 * Null when there is none, or when it is no host name. */
struct span tlsrpt_rua_domain(struct span uri);

#endif
