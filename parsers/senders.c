/* senders.c - see senders.h. */
#include "parsers/senders.h"

#include <assert.h>

/* The letters of senders.def. */
enum {
	M = 1 << SENDER_MOX,
	T = 1 << SENDER_TLSPOL,
	P = 1 << SENDER_PMSR,
	C = 1 << SENDER_CHASQUID,
	G = 1 << SENDER_GO_MTASTS,
	S = 1 << SENDER_STALWART,
	A = 1 << SENDER_MAILAUTH,
	K = 1 << SENDER_KUMOMTA,
	H = 1 << SENDER_HALON,
	ALL = M | T | P | C | G | S | A | K | H,
};

static const struct {
	uint16_t refuse, misread;
} senders_table[ISSUE_COUNT] = {
#define SENDER_READING(code, refuse, misread) [ISSUE_##code] = {(refuse), (misread)},
#include "parsers/senders.def"
#undef SENDER_READING
};

static const char *const senders_versions[] = {
#define SENDER_VERSION(sender, version) [sender] = version,
#include "parsers/senders.def"
#undef SENDER_VERSION
};

uint32_t senders_refusing(enum issue code)
{
	assert((unsigned)code < ISSUE_COUNT);
	return senders_table[code].refuse;
}

uint32_t senders_misreading(enum issue code)
{
	assert((unsigned)code < ISSUE_COUNT);
	return senders_table[code].misread;
}

uint32_t senders_of(enum issue code)
{
	return senders_refusing(code) | senders_misreading(code);
}

const char *senders_version(enum sender sender)
{
	assert((unsigned)sender < sizeof(senders_versions) / sizeof(senders_versions[0]));
	return senders_versions[sender];
}
