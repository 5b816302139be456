/* environment.c - see environment.h. */
#include "scanner/cli/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whole names, and with a '*' their beginnings. */
static const char *const environment_heard[] = {
	"COLUMNS",
	"JOURNAL_STREAM", /* systemd: whoever writes the log knows the time */
	"NO_COLOR",
	"TERM",
	"TMPDIR",
	"TZ",
	"LANG",
	"LC_*",
	"ARGP_HELP_FMT",
	"JOB_COMPLETION*", /* Kubernetes and Slurm: which shard this is */
	"SLURM_ARRAY_*",
	"LD_*", /* who sets these decides what runs, whatever we do */
	"MALLOC_CONF",
	"ASAN_OPTIONS",
	"LSAN_OPTIONS",
	"UBSAN_OPTIONS",
	"LLVM_PROFILE_FILE",
#ifdef MTASWEEP_TEST_HOOKS
	"MTASWEEP_TEST_*",
#endif
};

static bool environment_is_heard(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(environment_heard) / sizeof(environment_heard[0]); i++) {
		const char *heard = environment_heard[i];
		size_t heard_n = strlen(heard);
		bool open = heard[heard_n - 1] == '*';
		if (open ? n >= heard_n - 1 && strncmp(name, heard, heard_n - 1) == 0
			 : n == heard_n && strncmp(name, heard, n) == 0)
			return true;
	}
	return false;
}

void environment_cut(void)
{
	size_t kept = 0;

	/* The array is the process's own to change before anybody calls setenv(). */
	for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
		if (environment_is_heard(environ[i], strcspn(environ[i], "=")))
			environ[kept++] = environ[i];
	if (environ != NULL)
		environ[kept] = NULL;
}
