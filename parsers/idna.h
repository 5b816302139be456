/* idna.h - U-labels to A-labels. The one place that knows libidn2. */
#ifndef MTASWEEP_IDNA_H
#define MTASWEEP_IDNA_H

#include "parsers/limits.h"
#include "parsers/name.h"

/*
 * The ASCII form of a name by IDNA2008 (RFC 5891) with the mapping of UTS #46, non-transitional:
 * case, width and the ideographic full stop are mapped, composed and decomposed letters are the
 * same, and "faß" is not "fass". `text` is NUL-terminated. NAME_OK, NAME_NOT_UTF8, NAME_TOO_LONG,
 * NAME_LABEL_LONG or NAME_IDNA; only the lengths and what IDNA forbids are checked, ASCII
 * characters are not.
 */
enum name_status idna_to_ascii(const char *text, char out[NAME_BUF]);

const char *idna_library(void); /* version of libidn2 */

#endif
