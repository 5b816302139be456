/* job_again.c - see job_again.h. */
#include "scanner/job/job_again.h"

#include <assert.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A name that is done. Its record points into the arena. */
struct memo {
	bool made; /* the arena is */
	bool used;
	uint64_t done_ms;
	struct arena arena;
	struct record record;
};

#define UNDER_WAY (8 * AGAIN_NAMES)

struct again {
	struct memo memo[AGAIN_NAMES];
	struct job *first[UNDER_WAY]; /* a job under way for whom others of its name wait; NULL */
};

struct again *again_new(void)
{
	return calloc(1, sizeof(struct again));
}

void again_free(struct again *a)
{
	if (a == NULL)
		return;
	for (unsigned i = 0; i < AGAIN_NAMES; i++)
		if (a->memo[i].made)
			arena_release(&a->memo[i].arena);
	free(a);
}

static uint64_t name_hash(struct span domain)
{
	return XXH3_64bits(domain.p, domain.n);
}

/* Evidence and its time from `from`; what the line itself says stays. */
static void take_answers(struct record *to, const struct record *from)
{
	struct record own = *to;

	assert(span_eq(own.domain, from->domain));
	*to = *from;
	to->line = own.line;
	to->input = own.input;
	to->rank = own.rank;
	to->tag = own.tag;
	to->domain = own.domain;
	to->tld = own.tld;
	to->registrable = own.registrable;
	to->name_flags = own.name_flags;
	to->name_status = own.name_status;
}

enum again_answer again_meet(struct again *a, struct job *j)
{
	uint64_t hash = name_hash(j->record.domain);
	struct memo *memo = &a->memo[hash % AGAIN_NAMES];
	struct job **first = &a->first[hash % UNDER_WAY];

	if (memo->used && span_eq(memo->record.domain, j->record.domain)) {
		if (j->machine->now_ms - memo->done_ms < AGAIN_MS) {
			take_answers(&j->record, &memo->record);
			return AGAIN_KNOWN;
		}
		memo->used = false;
	}
	if (*first == NULL) {
		*first = j;
	} else if (span_eq((*first)->record.domain, j->record.domain)) {
		list_push(&(*first)->alike, &j->item);
		return AGAIN_WAITS;
	}
	return AGAIN_FIRST;
}

struct job *again_next(struct job *j)
{
	struct list_item *item = list_pop(&j->alike);

	if (item == NULL)
		return NULL;
	struct job *next = list_owner(item, struct job, item);
	take_answers(&next->record, &j->record);
	return next;
}

/* In bytes, what the arena holds of a name. */
static size_t arena_held(const struct arena *arena)
{
	return arena->extra + arena->size;
}

void again_keep(struct again *a, struct job *j)
{
	const struct record *r = &j->record;

	if (r->domain.p == NULL || r->verdict == VERDICT_EXCLUDED)
		return;
	uint64_t hash = name_hash(r->domain);
	struct memo *memo = &a->memo[hash % AGAIN_NAMES];
	struct job **first = &a->first[hash % UNDER_WAY];

	if (*first != j) /* another name has the place, or this one's answers are not its own */
		return;
	assert(j->alike.n == 0);
	*first = NULL;
	if (r->verdict == VERDICT_INCONCLUSIVE || arena_held(&j->arena) > AGAIN_BYTES_MAX)
		return;
	if (!memo->made && arena_init(&memo->arena, JOB_ARENA_FIRST, JOB_ARENA_MAX) != 0)
		return;
	memo->made = memo->used = true;
	struct arena empty = memo->arena;
	memo->arena = j->arena;
	memo->record = *r;
	memo->done_ms = j->machine->now_ms;
	j->arena = empty;
	arena_reset(&j->arena);
}
