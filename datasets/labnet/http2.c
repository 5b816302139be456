/* http2.c - see http2.h. Few streams at a time: a policy fetch is one. */
#include "datasets/labnet/http2.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "datasets/labnet/web_reply.h"

#define STREAMS_MAX 16
#define PATH_MAX_BYTES 128
#define DRIP_MS 1000

struct stream {
	int32_t id; /* 0: free */
	char path[PATH_MAX_BYTES];
	size_t path_n, at, allowed;
	struct web_reply reply;
	int64_t due_ms; /* 0: nothing is due */
};

struct http2 {
	nghttp2_session *session;
	const struct situation *situation;
	unsigned slow_ms;
	int64_t now_ms;
	bool garbage, over;
	struct stream streams[STREAMS_MAX];
};

static struct stream *find(struct http2 *h, int32_t id)
{
	for (unsigned i = 0; i < STREAMS_MAX; i++)
		if (h->streams[i].id == id)
			return &h->streams[i];
	return NULL;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct stream *s = find(user, 0);

	(void)session;
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	*s = (struct stream){.id = frame->hd.stream_id};
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *user)
{
	struct stream *s = find(user, frame->hd.stream_id);

	(void)session;
	(void)flags;
	if (!s || name_n != 5 || memcmp(name, ":path", 5) != 0)
		return 0;
	s->path_n = value_n < sizeof(s->path) ? value_n : sizeof(s->path);
	memcpy(s->path, value, s->path_n);
	return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t cap,
			 uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct stream *s = source->ptr;

	(void)session;
	(void)id;
	(void)user;
	size_t limit = s->reply.web == WEB_DRIP ? s->allowed : s->reply.n;
	size_t n = limit - s->at < cap ? limit - s->at : cap;
	if (s->reply.web == WEB_CUT) {
		if (s->at > 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* RST_STREAM */
		n = n > 10 ? 10 : n;
	}
	if (n == 0 && s->at < s->reply.n)
		return NGHTTP2_ERR_DEFERRED;
	memcpy(out, s->reply.body + s->at, n);
	s->at += n;
	if (s->at == s->reply.n && s->reply.web != WEB_CUT)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static nghttp2_nv header(const char *name, const char *value)
{
	union {
		const char *in;
		uint8_t *out;
	} n = {name}, v = {value}; /* nghttp2 copies, but does not say const */

	return (nghttp2_nv){n.out, v.out, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void submit(struct http2 *h, struct stream *s)
{
	char status[12], length[24];
	nghttp2_nv headers[4];
	size_t n = 0;
	const struct web_reply *r = &s->reply;
	nghttp2_data_provider body = {.source.ptr = s, .read_callback = read_body};

	snprintf(status, sizeof(status), "%d", r->status);
	snprintf(length, sizeof(length), "%zu", r->n);
	headers[n++] = header(":status", status);
	if (r->type)
		headers[n++] = header("content-type", r->type);
	if (r->location)
		headers[n++] = header("location", r->location);
	if (r->status != 204)
		headers[n++] = header("content-length", length);
	nghttp2_submit_response(h->session, s->id, headers, n, r->status == 204 ? NULL : &body);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2 *h = user;
	struct stream *s = find(h, frame->hd.stream_id);

	(void)session;
	if (frame->hd.stream_id == 0 || !s || s->reply.body ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	if (web_reply_make(&s->reply, h->situation, span_of(s->path, s->path_n)) != 0)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	switch (s->reply.web) {
	case WEB_SLOW:
		s->due_ms = h->now_ms + h->slow_ms;
		return 0;
	case WEB_HANG:
		return 0;
	case WEB_GARBAGE:
		h->garbage = true;
		return 0;
	case WEB_DRIP:
		s->due_ms = h->now_ms + DRIP_MS;
		break;
	case WEB_NORMAL:
	case WEB_CUT:
		break;
	}
	submit(h, s);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct stream *s = find(user, id);

	(void)session;
	(void)code;
	if (s) {
		web_reply_free(&s->reply);
		s->id = 0;
	}
	return 0;
}

struct http2 *http2_new(const struct situation *situation, unsigned slow_ms)
{
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX}};
	struct http2 *h = calloc(1, sizeof(*h));
	nghttp2_session_callbacks *callbacks;

	if (!h || nghttp2_session_callbacks_new(&callbacks) != 0) {
		free(h);
		return NULL;
	}
	h->situation = situation;
	h->slow_ms = slow_ms;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	int bad = nghttp2_session_server_new(&h->session, callbacks, h);
	nghttp2_session_callbacks_del(callbacks);
	if (bad != 0 || nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, 1) != 0) {
		http2_free(h);
		return NULL;
	}
	return h;
}

void http2_free(struct http2 *h)
{
	if (!h)
		return;
	nghttp2_session_del(h->session);
	for (unsigned i = 0; i < STREAMS_MAX; i++)
		web_reply_free(&h->streams[i].reply);
	free(h);
}

int http2_receive(struct http2 *h, const uint8_t *p, size_t n, int64_t now_ms)
{
	h->now_ms = now_ms;
	return nghttp2_session_mem_recv(h->session, p, n) == (ssize_t)n ? 0 : -1;
}

long http2_send(struct http2 *h, const uint8_t **p)
{
	static const uint8_t garbage[] = "These are not the frames you are looking for.\n";

	if (h->garbage) {
		h->garbage = false;
		h->over = true;
		*p = garbage;
		return sizeof(garbage) - 1;
	}
	return h->over ? 0 : nghttp2_session_mem_send(h->session, p);
}

int64_t http2_due(const struct http2 *h)
{
	int64_t due = 0;

	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		const struct stream *s = &h->streams[i];
		if (s->id != 0 && s->due_ms != 0 && (due == 0 || s->due_ms < due))
			due = s->due_ms;
	}
	return due;
}

void http2_tick(struct http2 *h, int64_t now_ms)
{
	for (unsigned i = 0; i < STREAMS_MAX; i++) {
		struct stream *s = &h->streams[i];
		if (s->id == 0 || s->due_ms == 0 || s->due_ms > now_ms)
			continue;
		s->due_ms = 0;
		if (s->reply.web == WEB_SLOW) {
			submit(h, s);
		} else if (s->allowed < s->reply.n) {
			s->allowed++;
			s->due_ms = now_ms + DRIP_MS;
			nghttp2_session_resume_data(h->session, s->id);
		}
	}
}

bool http2_over(struct http2 *h)
{
	return h->over ||
	       (!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session));
}
