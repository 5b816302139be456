/* no_idna.c - in the place of parsers/idna.c where there is no libidn2. */
#include "parsers/idna.h"

enum name_status idna_to_ascii(const char *text, char out[NAME_BUF])
{
	(void)text;
	out[0] = '\0';
	return NAME_IDNA;
}

const char *idna_library(void)
{
	return "none";
}
