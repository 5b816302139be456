/* frame_write.c - the writing half of frame.h. */
#include "output/run/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

struct frame_writer {
	ZSTD_CCtx *context;
	char *text;
	size_t n, cap;
	uint8_t *out;
	size_t out_cap;
};

struct frame_writer *frame_writer_new(int level)
{
	struct frame_writer *w = calloc(1, sizeof(*w));

	assert(level >= 1 && level <= 19);
	if (w == NULL)
		return NULL;
	w->context = ZSTD_createCCtx();
	if (w->context == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->context, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->context, ZSTD_c_contentSizeFlag, 1))) {
		frame_writer_free(w);
		return NULL;
	}
	return w;
}

void frame_writer_free(struct frame_writer *w)
{
	if (w == NULL)
		return;
	ZSTD_freeCCtx(w->context);
	free(w->text);
	free(w->out);
	free(w);
}

size_t frame_pending(const struct frame_writer *w)
{
	return w->n;
}

int frame_add(struct frame_writer *w, const char *lines, size_t n)
{
	assert(n > 0 && lines[n - 1] == '\n');
	if (n > w->cap - w->n) {
		size_t cap = w->cap > 0 ? w->cap : 1u << 16;
		while (cap < w->n + n)
			cap *= 2;
		char *text = realloc(w->text, cap);
		if (text == NULL)
			return -1;
		w->text = text;
		w->cap = cap;
	}
	memcpy(w->text + w->n, lines, n);
	w->n += n;
	return 0;
}

int frame_finish(struct frame_writer *w, const uint8_t **frame, size_t *frame_n)
{
	*frame = w->out;
	*frame_n = 0;
	if (w->n == 0)
		return 0;
	size_t bound = ZSTD_compressBound(w->n);
	if (bound > w->out_cap) {
		uint8_t *out = realloc(w->out, bound);
		if (out == NULL)
			return -1;
		w->out = out;
		w->out_cap = bound;
	}
	size_t n = ZSTD_compress2(w->context, w->out, w->out_cap, w->text, w->n);
	if (ZSTD_isError(n))
		return -1;
	w->n = 0;
	*frame = w->out;
	*frame_n = n;
	return 0;
}
