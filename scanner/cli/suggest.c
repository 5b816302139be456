/* suggest.c - see suggest.h. */
#include "scanner/cli/suggest.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "parsers/issue.h"
#include "scanner/cli/cmd.h"

#define WORD_MAX 40u
#define ARGUMENT_BONUS 2u /* "--resolver-file" means the option that takes a FILE */

/* What argp adds to every table. */
static const struct argp_option built_in[] = {
	{"help", '?', NULL, 0, "", 0}, {"usage", 0, NULL, 0, "", 0}, {0}};

/* Edit distance: insert, delete, replace; words are cut at WORD_MAX. */
static unsigned suggest_distance(const char *a, size_t a_n, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t b_n = strnlen(b, WORD_MAX);

	a_n = a_n < WORD_MAX ? a_n : WORD_MAX;
	assert(b_n <= WORD_MAX); /* the row has a place for each of its bytes */
	for (unsigned j = 0; j <= b_n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_n; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= b_n; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_n];
}

/* Whether a part of "resolver-file" is the option's argument. */
static bool suggest_names_argument(const char *name, size_t n, const char *argument)
{
	size_t m = argument != NULL ? strcspn(argument, "[:=/|") : 0;

	for (size_t at = 0; at + m <= n && m > 0; at++)
		if ((at == 0 || name[at - 1] == '-') && (at + m == n || name[at + m] == '-') &&
		    strncasecmp(name + at, argument, m) == 0)
			return true;
	return false;
}

struct suggest_best {
	const char *name;
	unsigned distance;
};

static void suggest_weigh(struct suggest_best *best, const char *word, size_t n, const char *name,
			  const char *argument)
{
	unsigned d = suggest_distance(word, n, name);

	if (d > ARGUMENT_BONUS && suggest_names_argument(word, n, argument))
		d -= ARGUMENT_BONUS;
	if (d < best->distance) {
		best->distance = d;
		best->name = name;
	}
}

static void suggest_walk(const struct argp *argp, const char *word, size_t n,
			 struct suggest_best *best)
{
	const struct argp_option *o = argp->options;

	for (; o != NULL && (o->name != NULL || o->doc != NULL || o->key != 0); o++)
		if (o->name != NULL && (o->flags & OPTION_HIDDEN) == 0)
			suggest_weigh(best, word, n, o->name, o->arg);
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++)
		suggest_walk(c->argp, word, n, best);
}

const char *suggest_command(const char *word)
{
	size_t n = strnlen(word, WORD_MAX);
	struct suggest_best best = {.distance = (unsigned)n / 2 + 1};

	for (const struct command *const *c = commands; *c != NULL; c++)
		suggest_weigh(&best, word, n, (*c)->name, NULL);
	return best.name;
}

const char *suggest_code(const char *word)
{
	size_t n = strnlen(word, WORD_MAX);
	struct suggest_best best = {.distance = (unsigned)n / 3 + 1};

	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		suggest_weigh(&best, word, n, issue_info((enum issue)i)->code, NULL);
	return best.name;
}

const char *suggest_option(const struct argp *argp, const char *name, size_t n)
{
	struct suggest_best best = {.distance = (unsigned)(n < WORD_MAX ? n : WORD_MAX) / 2 + 1};

	suggest_walk(argp, name, n, &best);
	return best.name;
}

/* ---- the command line -------------------------------------------------------------------- */

/* An option that begins with name, the exact one first; NULL when there is none. */
static const struct argp_option *suggest_find(const struct argp *argp, const char *name, size_t n)
{
	const struct argp_option *found = NULL;
	const struct argp_option *tables[] = {built_in, argp->options};

	for (unsigned t = 0; t < 2; t++)
		for (const struct argp_option *o = tables[t];
		     o != NULL && (o->name != NULL || o->doc != NULL || o->key != 0); o++) {
			if (o->name == NULL || strncmp(o->name, name, n) != 0)
				continue;
			if (o->name[n] == '\0')
				return o;
			found = o;
		}
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++) {
		const struct argp_option *o = suggest_find(c->argp, name, n);
		if (o != NULL && (found == NULL || o->name[n] == '\0'))
			found = o;
	}
	return found;
}

static const struct argp_option *suggest_short(const struct argp *argp, int key)
{
	const struct argp_option *o = argp->options;

	for (; o != NULL && (o->name != NULL || o->doc != NULL || o->key != 0); o++)
		if (o->key == key)
			return o;
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++) {
		o = suggest_short(c->argp, key);
		if (o != NULL)
			return o;
	}
	return NULL;
}

/* Does the next word belong to this cluster of short options? */
static bool suggest_cluster_takes_next(const struct argp *argp, const char *cluster)
{
	for (const char *c = cluster; *c != '\0'; c++) {
		const struct argp_option *o = suggest_short(argp, *c);
		if (o != NULL && o->arg != NULL)
			return c[1] == '\0' && (o->flags & OPTION_ARG_OPTIONAL) == 0;
	}
	return false;
}

const char *suggest_unknown(const struct argp *argp, int argc, char **argv, size_t *n)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i];
		if (word[0] != '-' || word[1] == '\0')
			continue;
		if (word[1] != '-') {
			i += suggest_cluster_takes_next(argp, word + 1);
			continue;
		}
		size_t name_n = strcspn(word + 2, "=");
		const struct argp_option *o = suggest_find(argp, word + 2, name_n);
		if (o == NULL) {
			*n = name_n + 2;
			return word;
		}
		i += o->arg != NULL && word[2 + name_n] == '\0' &&
		     (o->flags & OPTION_ARG_OPTIONAL) == 0;
	}
	return NULL;
}
