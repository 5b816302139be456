/* proto.c - see proto.h. */
#include "scanner/pipe/proto.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_FIRST 65536u
#define GATHERED_MAX 8192u

struct proto_head {
	uint32_t n;
	uint32_t kind;
};

struct proto_pipe {
	uv_pipe_t pipe;
	struct proto_handler handler;
	bool closing, ended, gathering;
	uint8_t *in; /* bytes received and not consumed yet */
	size_t in_n, in_cap;
	size_t gathered_n;
	uint8_t gathered[GATHERED_MAX];
};

/* What the pipe had no room for. */
struct proto_write {
	uv_write_t req;
	uint8_t rest[];
};

static void pipe_closed(uv_handle_t *handle)
{
	struct proto_pipe *p = handle->data;

	free(p->in);
	free(p);
}

void proto_close(struct proto_pipe *p)
{
	if (p == NULL || p->closing)
		return;
	p->closing = true;
	uv_close((uv_handle_t *)&p->pipe, pipe_closed);
}

/* Tells the owner once; the owner closes. */
static void proto_end(struct proto_pipe *p, int status)
{
	if (p->ended || p->closing)
		return;
	p->ended = true;
	uv_read_stop((uv_stream_t *)&p->pipe);
	p->handler.closed(p->handler.user, status);
}

static void pipe_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct proto_pipe *p = handle->data;

	(void)suggested;
	if (p->in_cap - p->in_n < READ_FIRST / 2) {
		size_t cap = p->in_cap > 0 ? 2 * p->in_cap : READ_FIRST;
		uint8_t *in = realloc(p->in, cap);
		if (in != NULL) {
			p->in = in;
			p->in_cap = cap;
		}
	}
	*buf = uv_buf_init((char *)p->in + p->in_n, (unsigned)(p->in_cap - p->in_n));
}

/* Hands over every whole message. -1 when a head is nonsense. */
static int proto_dispatch(struct proto_pipe *p)
{
	size_t at = 0;

	while (p->in_n - at >= sizeof(struct proto_head) && !p->closing) {
		struct proto_head head;
		memcpy(&head, p->in + at, sizeof(head));
		if (head.n > PROTO_BODY_MAX || head.kind >= PROTO_KINDS)
			return -1;
		if (p->in_n - at - sizeof(head) < head.n)
			break;
		p->handler.message(p->handler.user, (enum proto_kind)head.kind,
				   p->in + at + sizeof(head), head.n);
		at += sizeof(head) + head.n;
	}
	if (at > 0)
		memmove(p->in, p->in + at, p->in_n - at);
	p->in_n -= at;
	return 0;
}

static void pipe_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct proto_pipe *p = stream->data;

	(void)buf;
	if (n > 0) {
		p->in_n += (size_t)n;
		if (proto_dispatch(p) != 0)
			proto_end(p, UV_EPROTO);
	} else if (n < 0) {
		proto_end(p, n == UV_EOF ? 0 : (int)n);
	}
}

struct proto_pipe *proto_new(uv_loop_t *loop, const struct proto_handler *handler)
{
	struct proto_pipe *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (uv_pipe_init(loop, &p->pipe, 0) != 0) {
		free(p);
		return NULL;
	}
	p->pipe.data = p;
	p->handler = *handler;
	return p;
}

uv_stream_t *proto_stream(struct proto_pipe *p)
{
	return (uv_stream_t *)&p->pipe;
}

int proto_start(struct proto_pipe *p)
{
	return uv_read_start((uv_stream_t *)&p->pipe, pipe_alloc, pipe_read);
}

struct proto_pipe *proto_open(uv_loop_t *loop, int fd, const struct proto_handler *handler)
{
	struct proto_pipe *p = proto_new(loop, handler);

	if (p == NULL)
		return NULL;
	if (uv_pipe_open(&p->pipe, fd) != 0 || proto_start(p) != 0) {
		proto_close(p);
		return NULL;
	}
	return p;
}

static void pipe_written(uv_write_t *req, int status)
{
	struct proto_write *w = req->data;
	struct proto_pipe *p = req->handle->data;

	free(w);
	if (status < 0 && status != UV_ECANCELED)
		proto_end(p, status);
}

/* Half a message has left and the rest cannot follow: nothing may be taken for the rest. Both ends
 * see their pipe end, in the loop as always. */
static int proto_cut(struct proto_pipe *p)
{
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&p->pipe, &fd) == 0)
		shutdown(fd, SHUT_RDWR);
	return -1;
}

/* Copies what is not written yet, for the loop to write. */
static int proto_write_rest(struct proto_pipe *p, const uv_buf_t *bufs, unsigned n, size_t written)
{
	size_t skip = written, rest_n = 0;

	for (unsigned i = 0; i < n; i++)
		rest_n += bufs[i].len;
	struct proto_write *w = malloc(sizeof(*w) + rest_n - written);
	if (w == NULL)
		return written > 0 ? proto_cut(p) : -1;
	rest_n = 0;
	for (unsigned i = 0; i < n; i++) {
		size_t gone = skip < bufs[i].len ? skip : bufs[i].len;
		skip -= gone;
		if (bufs[i].len > gone)
			memcpy(w->rest + rest_n, bufs[i].base + gone, bufs[i].len - gone);
		rest_n += bufs[i].len - gone;
	}
	w->req.data = w;
	uv_buf_t buf = uv_buf_init((char *)w->rest, (unsigned)rest_n);
	if (uv_write(&w->req, (uv_stream_t *)&p->pipe, &buf, 1, pipe_written) != 0) {
		free(w);
		return written > 0 ? proto_cut(p) : -1;
	}
	return 0;
}

/* As a rule all goes at once. An error comes again in the loop, and then reaches the owner. */
static int proto_write(struct proto_pipe *p, const uv_buf_t *bufs, unsigned n, size_t bytes)
{
	int written = uv_try_write((uv_stream_t *)&p->pipe, bufs, n);

	if (written >= 0 && (size_t)written == bytes)
		return 0;
	return proto_write_rest(p, bufs, n, written > 0 ? (size_t)written : 0);
}

/* Whoever sent it believes that it has left. */
static int proto_write_gathered(struct proto_pipe *p)
{
	uv_buf_t buf = uv_buf_init((char *)p->gathered, (unsigned)p->gathered_n);
	size_t n = p->gathered_n;

	p->gathered_n = 0;
	if (n == 0 || p->closing || p->ended || proto_write(p, &buf, 1, n) == 0)
		return 0;
	return proto_cut(p);
}

void proto_gather(struct proto_pipe *p)
{
	p->gathering = true;
}

void proto_flush(struct proto_pipe *p)
{
	p->gathering = false;
	proto_write_gathered(p);
}

static void gather(struct proto_pipe *p, const uv_buf_t *bufs, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (bufs[i].len > 0)
			memcpy(p->gathered + p->gathered_n, bufs[i].base, bufs[i].len);
		p->gathered_n += bufs[i].len;
	}
}

int proto_send(struct proto_pipe *p, enum proto_kind kind, const struct proto_part *parts,
	       unsigned n)
{
	struct proto_head head = {.kind = kind};
	uv_buf_t bufs[1 + PROTO_PARTS_MAX];
	size_t body_n = 0;

	assert(n <= PROTO_PARTS_MAX);
	if (p->closing || p->ended)
		return -1;
	for (unsigned i = 0; i < n; i++) { /* libuv's buffers know no const; it only reads them */
		bufs[1 + i] = uv_buf_init((char *)(uintptr_t)parts[i].p, (unsigned)parts[i].n);
		body_n += parts[i].n;
	}
	assert(body_n <= PROTO_BODY_MAX);
	head.n = (uint32_t)body_n;
	bufs[0] = uv_buf_init((char *)&head, sizeof(head));
	body_n += sizeof(head);
	if (body_n > sizeof(p->gathered) - p->gathered_n && proto_write_gathered(p) != 0)
		return -1;
	if (!p->gathering || body_n > sizeof(p->gathered))
		return proto_write(p, bufs, 1 + n, body_n);
	gather(p, bufs, 1 + n);
	return 0;
}

size_t proto_queued(const struct proto_pipe *p)
{
	return p->gathered_n + uv_stream_get_write_queue_size((const uv_stream_t *)&p->pipe);
}
