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
	s->content_types = 0;
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

/* Of several the first counts, as HTTP libraries have it (RFC 9110 5.3 allows but one). */
static void fetch_slot_type(struct fetch_slot *s, const char *p, size_t n)
{
	char type[FETCH_HEADER_KEPT];

	if (!header_keep(p, n, "content-type", type) || type[0] == '\0')
		return;
	if (!s->has_content_type)
		memcpy(s->content_type, type, sizeof(type));
	s->content_types += !s->has_content_type || strcasecmp(s->content_type, type) != 0;
	s->has_content_type = true;
}

/* A coding that changes bytes (RFC 9110 8.4.1, and those registered since). "identity" and what is
 * none, as "utf-8", leave the file as it is. */
static bool is_coded(const char *value, size_t n)
{
	static const char *const codings[] = {"gzip",	    "x-gzip", "deflate",      "compress",
					      "x-compress", "br",     "zstd",	      "dcb",
					      "dcz",	    "exi",    "pack200-gzip", "aes128gcm"};

	for (size_t at = 0; at < n;) {
		size_t end = at;
		while (end < n && value[end] != ',')
			end++;
		size_t from = at, to = end;
		while (from < to && (value[from] == ' ' || value[from] == '\t'))
			from++;
		while (to > from && (value[to - 1] == ' ' || value[to - 1] == '\t'))
			to--;
		for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
			if (strlen(codings[i]) == to - from &&
			    strncasecmp(value + from, codings[i], to - from) == 0)
				return true;
		at = end + 1;
	}
	return false;
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
		s->content_types = 0;
		return got;
	}
	fetch_slot_type(s, p, got);
	if (!s->has_location && header_keep(p, got, "location", s->location))
		s->has_location = true;
	const char *coding = header_value(p, got, "content-encoding", &value_n);
	if (coding != NULL && is_coded(coding, value_n))
		s->content_encoded = true;
	return got;
}
