/* supervisor_stop.c - how a run is brought to its end before the last line, whoever wants it. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "scanner/base/status.h"
#include "scanner/supervisor/supervisor_parts.h"

/* Workers hand over what they have. */
static void stop_workers(struct supervisor *s)
{
	s->phase = PHASE_STOPPING;
	for (unsigned i = 0; s->crew != NULL && i < s->options->workers; i++)
		crew_tell(crew_worker(s->crew, i), PROTO_STOP);
}

void supervisor_fail(struct supervisor *s, int rc, const char *fmt, ...)
{
	char text[sizeof(s->err->text)];
	va_list ap;

	assert(rc == CMD_FAILURE || rc == CMD_USAGE);
	if (s->failed)
		return; /* the first failure is the cause */
	s->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->rc = rc;
	errmsg_set(s->err, "%s", text);
	stop_workers(s);
}

void supervisor_interrupt(struct supervisor *s)
{
	if (s->phase != PHASE_STOPPING) {
		s->rc = CMD_STOPPED;
		stop_workers(s);
		return;
	}
	for (unsigned i = 0; i < s->options->workers;
	     i++) /* asked twice: do not wait for anybody */
		crew_kill(crew_worker(s->crew, i));
}

__attribute__((format(printf, 3, 0))) static void
supervisor_say(struct supervisor *s, bool important, const char *fmt, va_list ap)
{
	struct errmsg note;
	char text[sizeof(note.text)];

	if (s->config->note == NULL)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	errmsg_set(&note, "%s", text);
	progress_hide(&s->progress); /* drawn again at the next tick */
	s->config->note(s->config->user, important, note.text);
}

void supervisor_note(struct supervisor *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	supervisor_say(s, false, fmt, ap);
	va_end(ap);
}

void supervisor_alert(struct supervisor *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	supervisor_say(s, true, fmt, ap);
	va_end(ap);
}
