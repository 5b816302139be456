/*
 * progress.h - what a person, or a program, sees of a scan while it runs, and the closing
 * sentences.
 *
 * Rendering is pure: numbers in, text out. struct progress only decides when something is due and
 * writes it. Nothing here reads a clock or the scan's state; the supervisor fills in struct
 * progress_data.
 */
#ifndef MTASWEEP_PROGRESS_H
#define MTASWEEP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/text/json.h"
#include "parsers/terms.h"
#include "scanner/options/scan_options.h"

#define PROGRESS_VERDICTS (VERDICT_EXCLUDED + 1)
#define PROGRESS_TEXT_MAX 8192 /* of one rendering; what does not fit is left out */

struct progress_data {
	uint64_t elapsed_ms;
	uint64_t names_done;
	uint64_t names_before; /* of these: records that the run had when it was resumed */
	uint64_t names_total;  /* 0: not known (yet); then the share of bytes counts */
	uint64_t bytes_done, bytes_total; /* of the input, read; total 0: not known */
	uint64_t names_read;		  /* of those bytes */
	uint64_t slowest_ms;	 /* what still waits for the slowest policy host takes so long; 0 */
	const char *slowest;	 /* and is waited for; NULL */
	uint64_t slowest_n;	 /* policies that wait for it, of which it is asked for */
	double dns_rate;	 /* questions a second that may be sent; 0: any number */
	unsigned questions_each; /* that a name takes, denied or with a policy aside */
	double names_per_s, bytes_per_s, questions_per_s; /* recent, see struct progress_meter */
	bool rate_bound;				  /* dns_rate was what was waited for */
	int64_t steady_ms; /* that are left, smoothed by it; 0: not known, or soon */
	uint64_t dns_in_flight, fetches_in_flight;
	uint64_t questions, retries,
		fetches; /* DNS queries sent; questions asked again; policy fetches: all since
			  * this session began */
	uint64_t verdicts[PROGRESS_VERDICTS];
	uint64_t workers_replaced;
	const struct progress_resolver {
		const char *name;
		const char *state; /* "silent", "failing", "lying"; NULL: good */
	} * resolvers;
	size_t resolvers_n;
	bool stopping; /* a signal came; the names in flight are finished */
};

/* Smooths rates over about ten seconds, so that the figures can be read. Zeroed is its first
 * state. */
struct progress_meter {
	uint64_t at_ms, names, bytes, questions;
	double names_per_s, bytes_per_s, questions_per_s;
	double known_ms; /* of the window */
	bool rate_bound;
	double end_ms; /* when the scan will end; 0 not known */
	bool started;
};

/* Call about once a second or more often; takes the rates, and what is left, into d. */
void progress_meter_update(struct progress_meter *m, struct progress_data *d, uint64_t now_ms);

/* Share done, 0 to 1, and milliseconds left, smoothed where there was a meter; -1 where that cannot
 * be known. */
double progress_share(const struct progress_data *d);
int64_t progress_left_ms(const struct progress_data *d);

/*
 * Text into buf (PROGRESS_TEXT_MAX), NUL-terminated; returns its length. Lines end in a newline. No
 * line of the block is wider than `width` columns: a part that has no room goes to the next line,
 * and is left out only when it is wider than a line of its own.
 */
size_t progress_block(const struct progress_data *d, unsigned width, bool colour, char *buf);
size_t progress_line(const struct progress_data *d, char *buf);
/* One JSON object and a newline. */
void progress_json(const struct progress_data *d, struct buf *out);

/* What the input was and what became of it. */
struct progress_summary {
	struct progress_data data;			     /* names_done: records written */
	uint64_t lines, blank, comments, headers, continued; /* as in struct input_counts */
	uint64_t not_selected; /* lines that --shard and --sample left out */
	bool stopped; /* by a signal, or by our failure: not all lines were to be scanned */
};

/* Lines that are to give a record each. */
uint64_t progress_expected(const struct progress_summary *s);
size_t progress_summary(const struct progress_summary *s, char *buf);
void progress_summary_json(const struct progress_summary *s, struct buf *out);

/* ---- the writer -------------------------------------------------------------------------- */

enum progress_style { PROGRESS_NONE, PROGRESS_LIVE, PROGRESS_LINES, PROGRESS_JSON };

struct progress {
	int fd; /* not owned */
	enum progress_style style;
	bool colour;
	unsigned drawn; /* lines of the block on the terminal */
	uint64_t due_ms;
	bool dead; /* a write failed (terminal gone): silent from then on */
};

/* `auto` is a live block on a terminal that can (TERM set and not "dumb"), plain lines elsewhere.
 * NO_COLOR in the environment leaves the block without colour. */
void progress_init(struct progress *p, enum scan_progress when, int fd);
/* Writes when it is due: the block five times a second, plain lines and JSON every ten seconds. */
void progress_tick(struct progress *p, const struct progress_data *d, uint64_t now_ms);
/* Takes the block off the terminal, so that something else can be written; the next tick draws it
 * again. */
void progress_hide(struct progress *p);
/* The last word: takes the block away, then the summary in the style's own form. */
void progress_finish(struct progress *p, const struct progress_summary *s);

#endif
