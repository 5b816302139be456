/* fetch_slot.c - see fetch_slot.h: collects headers and body, within their limits. */
#include "scanner/fetch/fetch_slot.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"

static_assert(sizeof(((struct fetch_slot *)0)->error) >= CURL_ERROR_SIZE,
	      "libcurl writes that much");

void fetch_slot_reset(struct fetch_slot *s, struct fetch *f)
{
	s->fetch = f;
	s->body_n = 0;
	s->body_seen = 0;
	s->headers_seen = 0;
	s->headers_cut = s->no_memory = false;
	s->has_content_type = s->has_location = s->content_encoded = false;
	s->error[0] = '\0';
	tls_facts_init(&s->tls, f->host);
}

size_t fetch_slot_body(char *p, size_t size, size_t n, void *user)
{
	struct fetch_slot *s = user;
	size_t got = size * n;

	if (s->body == NULL && (s->body = malloc(POLICY_BODY_MAX)) == NULL) {
		s->no_memory = true;
		return 0;
	}
	/* How much came beyond the limit depends on how the library reads: one byte stands for
	 * it. */
	s->body_seen += got;
	if (s->body_seen > POLICY_BODY_MAX)
		s->body_seen = POLICY_BODY_MAX + 1;
	size_t room = POLICY_BODY_MAX - s->body_n;
	assert(s->fetch != NULL && s->body_n <= POLICY_BODY_MAX);
	size_t kept = got < room ? got : room;
	memcpy(s->body + s->body_n, p, kept);
	s->body_n += kept;
	return kept; /* less than n ends the transfer: too large */
}

/* The value of a "name: value" line without blanks around it, or NULL when it is another header. */
static const char *header_value(const char *line, size_t n, const char *name, size_t *value_n)
{
	size_t name_n = strlen(name);

	if (n <= name_n || line[name_n] != ':' || strncasecmp(line, name, name_n) != 0)
		return NULL;
	const char *p = line + name_n + 1, *end = line + n;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*value_n = (size_t)(end - p);
	return p;
}

static bool header_keep(const char *line, size_t n, const char *name, char out[FETCH_HEADER_KEPT])
{
	size_t value_n;
	const char *value = header_value(line, n, name, &value_n);

	if (value == NULL)
		return false;
	if (value_n >= FETCH_HEADER_KEPT)
		value_n = FETCH_HEADER_KEPT - 1;
	memcpy(out, value, value_n);
	out[value_n] = '\0';
	return true;
}

size_t fetch_slot_header(char *p, size_t size, size_t n, void *user)
{
	struct fetch_slot *s = user;
	size_t got = size * n, value_n;

	s->headers_seen += got;
	if (s->headers_seen > FETCH_HEADERS_MAX) {
		s->headers_cut = true;
		return 0;
	}
	if (got > 5 && strncasecmp(p, "HTTP/", 5) == 0) { /* a new head: after a 1xx answer */
		if (p[5] != '1' && p[5] != '2')		  /* libcurl 8 lets HTTP/3 pass, over TCP */
			return 0;
		s->has_content_type = s->has_location = s->content_encoded = false;
	} else if (header_keep(p, got, "content-type", s->content_type)) {
		s->has_content_type = true;
	} else if (header_keep(p, got, "location", s->location)) {
		s->has_location = true;
	} else if (header_value(p, got, "content-encoding", &value_n) != NULL) {
		s->content_encoded = true;
	}
	return got;
}
