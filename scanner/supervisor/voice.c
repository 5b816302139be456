/* voice.c - see voice.h. */
#include "scanner/supervisor/voice.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct voice {
	uv_pipe_t pipe;
	void (*said)(void *user, const char *line);
	void *user;
	unsigned lines;
	bool closed, released; /* the pipe is; the owner did: both, and it is freed */
	size_t n;
	char line[256];
	char read[4096];
};

static void voice_closed(uv_handle_t *handle)
{
	struct voice *v = handle->data;

	v->closed = true;
	if (v->released)
		free(v);
}

static void voice_close(struct voice *v)
{
	if (!uv_is_closing((uv_handle_t *)&v->pipe))
		uv_close((uv_handle_t *)&v->pipe, voice_closed);
}

static void voice_say(struct voice *v)
{
	assert(v->n < sizeof(v->line));
	v->line[v->n] = '\0';
	v->n = 0;
	if (v->line[0] == '\0' || v->lines > VOICE_LINES_MAX)
		return;
	v->said(v->user, ++v->lines > VOICE_LINES_MAX ? "(it says more)" : v->line);
}

static void voice_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct voice *v = handle->data;

	(void)suggested;
	*buf = uv_buf_init(v->read, sizeof(v->read));
}

static void voice_hear(struct voice *v, const char *p, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			voice_say(v);
		else if (v->n < sizeof(v->line) - 1)
			v->line[v->n++] = p[i];
	}
}

static void voice_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct voice *v = stream->data;

	voice_hear(v, buf->base, n);
	if (n < 0)
		voice_say(v);
	if (n < 0 || v->lines > VOICE_LINES_MAX)
		voice_close(v);
}

void voice_release(struct voice *v)
{
	uv_os_fd_t fd;
	ssize_t n;

	/* Its last words. Whoever else holds the other end is not waited for. */
	if (!uv_is_closing((uv_handle_t *)&v->pipe) &&
	    uv_fileno((uv_handle_t *)&v->pipe, &fd) == 0) {
		while (v->lines <= VOICE_LINES_MAX && (n = read(fd, v->read, sizeof(v->read))) > 0)
			voice_hear(v, v->read, n);
		voice_say(v);
	}
	voice_close(v);
	v->released = true;
	if (v->closed)
		free(v);
}

struct voice *voice_new(uv_loop_t *loop, void (*said)(void *user, const char *line), void *user)
{
	struct voice *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	if (uv_pipe_init(loop, &v->pipe, 0) != 0) {
		free(v);
		return NULL;
	}
	v->pipe.data = v;
	v->said = said;
	v->user = user;
	return v;
}

uv_stream_t *voice_stream(struct voice *v)
{
	return (uv_stream_t *)&v->pipe;
}

void voice_start(struct voice *v)
{
	if (uv_read_start((uv_stream_t *)&v->pipe, voice_alloc, voice_read) != 0)
		voice_close(v);
}
