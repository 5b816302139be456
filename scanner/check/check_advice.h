/*
 * check_advice.h - what the owner of a domain should publish, worked out from its record.
 *
 * Pure: the values depend on the record and the clock given. What is advised is complete and
 * literal: put into DNS and onto the policy host as it stands, the next judgement has no error and
 * no warning left of what the values can repair.
 *
 * The order is that of danger: a policy that loses mail goes to mode testing; the cause is
 * repaired with mode and max_age as they are; they are raised last, each in a step of its own.
 */
#ifndef MTASWEEP_CHECK_ADVICE_H
#define MTASWEEP_CHECK_ADVICE_H

#include "output/record/record.h"
#include "parsers/policy.h"

/* Twice MX_HOST_MAX lines of a full name, and what stands around them. */
#define ADVICE_POLICY_MAX (2u * MX_HOST_MAX * (NAME_TEXT_MAX + 8u) + 4096u)
#define ADVICE_RECORD_MAX 512u

enum advice_kind {
	ADVICE_UNKNOWN, /* too little is known: check again */
	ADVICE_NONE,	/* nothing to publish: no domain, or none that takes mail */
	ADVICE_REMOVE,	/* takes no mail, but publishes a policy */
	ADVICE_REPAIR,	/* something published is to be changed */
	ADVICE_SET_UP,	/* nothing is published yet */
	ADVICE_KEEP,	/* all is well */
};

struct advice {
	enum advice_kind kind;
	bool host;	   /* the policy host is to be repaired first */
	bool policy;	   /* publish policy_text */
	bool policy_maybe; /* ... if none is there, which is not known: unasked; never with policy */
	bool record_new;   /* publish sts_text, also when only its id has to be new */
	bool tlsrpt;	   /* publish tlsrpt_text */
	bool mx;	   /* the MX records are to be repaired */
	bool mx_unknown;   /* ... could not be looked up, so no policy can be written down */
	bool mx_nameless;  /* ... name no host that a policy could list */
	bool mx_many;	   /* ... are more than are kept, so no policy can be written down */
	bool live;	   /* senders use the policy that is there */
	bool unseen;	   /* what the policy says is not known, because something else is broken */
	bool unasked;	   /* it was not asked for, as the record is void, which is repaired first:
			   * the advice holds whatever the policy is */
	bool kept;	   /* the file that was served with something else broken may stay as it is;
			 * never together with policy */
	const char *not_kept; /* why not, of a file that is a policy and that no sender takes for
			       * another reason; NULL none */
	bool withdrawn; /* ... says mode none, and no sender sees it: whoever meant it has to say */
	bool stop;	/* mail is being lost: policy_text is in mode testing for that */
	bool strays;	/* TXT records beside one that is fine are to be deleted */
	unsigned stays; /* with strays: which one that is */
	bool tlsrpt_strays; /* the same of TLS-RPT records; never together with tlsrpt */
	unsigned tlsrpt_stays;
	enum mode mode; /* of policy_text, or of the file that is kept */
	int64_t raise;	/* max_age to be set in the end, when all else has gone well; 0 none */
	/* The record, its policy as far as a file was seen that is one, also where no sender would
	 * ask for it. Spans are those of the record and of `seen`. */
	struct record record;
	struct policy seen;
	char sts_text[64];
	char tlsrpt_text[ADVICE_RECORD_MAX];
	char policy_text[ADVICE_POLICY_MAX]; /* lines end in LF */
};

/* now: Unix seconds, for the id. */
void advice_make(const struct record *r, int64_t now, struct advice *out);
/* Whether to tell that policy_text lacks this pattern of the present policy because it covers no MX
 * host. Told of the first of equal patterns only, and not of one that is wrong anyhow, which has a
 * finding of its own. */
bool advice_leaves_out(const struct record *r, unsigned pattern);
bool advice_has(const struct record *r, enum issue_group group, enum issue_trait trait);
/* Whether nobody looked at the policy, because no sender would: there is no record that counts. */
bool advice_unlooked(const struct record *r);
/* Error or warning: something to act on. */
bool advice_acts(const struct record_issue *issue);

#endif
