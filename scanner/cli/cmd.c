/* cmd.c - what subcommands say about what was typed; see cmd.h. */
#include "scanner/cli/cmd.h"

#include <assert.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/base/pipeline.h"
#include "output/run/select.h"

void cmd_refuse(const struct argp_state *state, const char *fmt, ...)
{
	struct errmsg m;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	errmsg_clean(m.text);
	argp_error(state, "%s", m.text);
}

void cmd_severity(const struct argp_state *state, struct judge_config *c, const char *arg)
{
	struct errmsg err;

	if (judge_config_severity(c, arg, &err) != 0)
		argp_error(state, "%s", err.text);
}

void cmd_cert_days(const struct argp_state *state, struct judge_config *c, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (end == arg || *end != '\0' || n < 1 || n > 3650)
		cmd_refuse(state, "--cert-days wants a number of days from 1 to 3650, not '%s'",
			   arg);
	c->cert_days = (unsigned)n;
}

void cmd_select(const struct argp_state *state, struct select_texts *texts, const char *arg)
{
	if (texts->n == SELECT_TEXTS_MAX)
		cmd_refuse(state, "--select at most %d times; commas stand between conditions",
			   SELECT_TEXTS_MAX);
	texts->v[texts->n++] = arg;
}

int cmd_word(const char *words, const char *word)
{
	const size_t n = strlen(word);

	assert(words[0] != '\0');
	for (int i = 0;; i++) {
		size_t one = strcspn(words, "|");
		if (one == n && memcmp(words, word, n) == 0)
			return i;
		if (words[one] == '\0')
			return -1;
		words += one + 1;
	}
}

unsigned cmd_threads(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0) /* more of them than the set holds */
		return PIPELINE_THREADS_MAX;
	return (unsigned)CPU_COUNT(&set);
}
