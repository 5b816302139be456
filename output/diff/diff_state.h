/*
 * diff_state.h - what of a record is compared with the same name's record in another run.
 *
 * A state is text: the values of enum diff_key in their order, each as JSON, '\n' between (JSON has
 * none inside). A value that is null is empty, and one that a temporary failure kept us from
 * knowing is "?": it is compared with nothing. The findings are codes with blanks between, in three
 * lists by what has to be known to have them; temporary failures are none of them.
 */
#ifndef MTASWEEP_DIFF_STATE_H
#define MTASWEEP_DIFF_STATE_H

#include "output/text/json.h"
#include "output/record/record.h"

/*
 * Addresses, certificates, bodies, times and MX hosts may change without a difference for any
 * sender; what they mean for one is in the verdict and the findings, so they are not here.
 */
#define DIFF_KEYS(X)                                                                               \
	X(DIFF_VERDICT, "verdict")                                                                 \
	X(DIFF_IMPACT, "impact")                                                                   \
	X(DIFF_STS_VALID, "sts.valid")                                                             \
	X(DIFF_STS_ID, "sts.id")                                                                   \
	X(DIFF_STAGE, "policy.stage")                                                              \
	X(DIFF_TLS_REASON, "policy.tls_reason")                                                    \
	X(DIFF_MODE, "policy.mode")                                                                \
	X(DIFF_MAX_AGE, "policy.max_age")                                                          \
	X(DIFF_MX, "policy.mx")                                                                    \
	X(DIFF_PROVIDER, "provider.policy")                                                        \
	X(DIFF_TLSRPT_VALID, "tlsrpt.valid")                                                       \
	X(DIFF_RUA, "tlsrpt.rua")                                                                  \
	X(DIFF_FINDINGS, "findings")                                                               \
	X(DIFF_FINDINGS_MX, "findings")                                                            \
	X(DIFF_FINDINGS_PROBE, "findings")                                                         \
	X(DIFF_FINDINGS_DANE, "findings")                                                          \
	X(DIFF_FINDINGS_TLSRPT, "findings")                                                        \
	X(DIFF_TAG, "tag")	     /* goes with the name, and is not compared */                 \
	X(DIFF_SELECTED, "selected") /* likewise; empty when the record does not meet --select */  \
	X(DIFF_LOSES, "loses")	     /* likewise; empty when the record does not lose mail */      \
	X(DIFF_ACTION, "action")     /* likewise; what to do first about it, where that was asked */

#define DIFF_KEY_ITEM(id, text) id,
enum diff_key { DIFF_KEYS(DIFF_KEY_ITEM) DIFF_KEY_COUNT };
#undef DIFF_KEY_ITEM
#define DIFF_VALUES DIFF_FINDINGS /* keys that are one value of the record */

const char *diff_key_name(enum diff_key key);

/* A state taken apart; spans point into its text. */
struct diff_state {
	enum verdict verdict;
	struct span v[DIFF_KEY_COUNT];
};

/* Its size: a byte of a record may take six as JSON. */
#define DIFF_STATE_MAX (6u * RECORD_LINE_MAX)
/* Appends the record's state. action: what to do first about it, or null. */
void diff_state_write(const struct record *r, bool selected, struct span action, struct buf *b);
/* 0, or -1 when the text is no state. */
int diff_state_read(struct span text, struct diff_state *s);

/* What mail has to fear, of what both know: a host that one run did not visit, or could not
 * conclude about, is neither better nor worse in the other. Once, before they are compared; a
 * state that stands alone with itself. */
void diff_state_level(struct diff_state *a, struct diff_state *b);
/* Whether the name was looked at in both runs, with a conclusion. */
bool diff_state_comparable(const struct diff_state *a, const struct diff_state *b);
/* Whether a value is known in both, and another one. */
bool diff_state_differs(const struct diff_state *a, const struct diff_state *b, enum diff_key key);

/* Whether the value is known. */
bool diff_state_known(const struct diff_state *s, enum diff_key key);
/* Whether the impact is this one; never when it is not known. */
bool diff_state_impact_is(const struct diff_state *s, enum impact impact);
/* Whether a list of findings has one of severity error. */
bool diff_state_wrong(const struct diff_state *s, enum diff_key list);

/* Findings of b that a has not, as far as both are known. */
#define DIFF_FINDINGS_MAX (5 * FINDINGS_MAX)
unsigned diff_state_appeared(const struct diff_state *a, const struct diff_state *b,
			     enum issue codes[DIFF_FINDINGS_MAX]);
/* All that is known of s. */
unsigned diff_state_findings(const struct diff_state *s, enum issue codes[DIFF_FINDINGS_MAX]);

#endif
