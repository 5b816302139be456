/* idna.c - see idna.h. */
#include "parsers/idna.h"

#include <assert.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

static enum name_status status_of(int rc)
{
	switch (rc) {
	case IDN2_OK:
		return NAME_OK;
	case IDN2_ENCODING_ERROR:
		return NAME_NOT_UTF8;
	case IDN2_TOO_BIG_DOMAIN:
		return NAME_TOO_LONG;
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return NAME_LABEL_LONG;
	case IDN2_MALLOC:
		/* No memory for a few hundred bytes. To say that the name is wrong would be a
		 * lie. */
		abort();
	default:
		return NAME_IDNA;
	}
}

enum name_status idna_to_ascii(const char *text, char out[NAME_BUF])
{
	char *ascii = NULL;
	enum name_status status = status_of(idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL));

	assert(status != NAME_OK || ascii != NULL);
	if (status == NAME_OK && strlen(ascii) > NAME_TEXT_MAX)
		status = NAME_TOO_LONG;
	if (status == NAME_OK)
		memcpy(out, ascii, strlen(ascii) + 1);
	idn2_free(ascii);
	return status;
}

const char *idna_library(void)
{
	return idn2_check_version(NULL);
}
