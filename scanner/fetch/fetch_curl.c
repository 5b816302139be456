/*
 * fetch_curl.c - see fetch_curl.h: slots, options and the life of a transfer. What was seen is
 * written down in fetch_facts.c, curl's sockets are watched in curl_loop.c.
 */
#include "scanner/fetch/fetch_curl.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "scanner/hosts/curl_loop.h"
#include "scanner/fetch/fetch_slot.h"
#include "scanner/fetch/patience.h"

/* What the kernel holds for us of one connection; a policy and its certificates fit. */
#define FETCH_RECEIVE_BUFFER (128 << 10)
/* The library would take 16 KB for what comes, and 64 KB to send a request of 200 bytes. */
#define FETCH_BUFFER 4096L
#define FETCH_BUFFER_SENT (16L << 10) /* it allows no less */
/* A handshake under way costs 80 KB of heap: so many are more than a processor can do. */
#define FETCH_YOUNG_MAX 64u
#define FETCH_AGE_MS 25u /* between two looks at their ages */

struct fetch_curl {
	struct fetcher fetcher;
	struct fetch_curl_config config;
	char user_agent[256];
	struct curl_loop *curl;
	uv_loop_t *loop;
	unsigned in_flight, young;
	uint64_t done, aged_ms;
	struct patience patience;
	struct fetch_slot *free_slots;
	unsigned fresh; /* the first that was never used */
	struct fetch_slot slots[];
};

static struct fetch_curl *fetch_curl_of(struct fetcher *fetcher)
{
	return (struct fetch_curl *)(void *)((char *)fetcher -
					     offsetof(struct fetch_curl, fetcher));
}

static CURLcode fetch_ssl_ctx(CURL *easy, void *ssl_ctx, void *user)
{
	struct fetch_slot *s = user;

	(void)easy;
	return tls_facts_hook(ssl_ctx, s->owner->config.trust, &s->tls) == 0
		       ? CURLE_OK
		       : CURLE_ABORTED_BY_CALLBACK;
}

static int fetch_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
	struct fetch_slot *s = user;
	int room = FETCH_RECEIVE_BUFFER;

	(void)purpose;
	/* One connection was granted. The library would make more when a server turns a stream
	 * away. */
	if (s->tls.fd >= 0)
		return CURL_SOCKOPT_ERROR;
	s->tls.fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)); /* or the default does */
	return CURL_SOCKOPT_OK;
}

/* Options that never change; the handle keeps them from fetch to fetch. */
static int fetch_slot_open(struct fetch_slot *s)
{
	CURL *e = curl_easy_init();
	CURLcode bad = CURLE_OK;

	if (e == NULL)
		return -1;
#define SET(option, value) bad |= curl_easy_setopt(e, option, value)
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "https");
#else
	SET(CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_BUFFERSIZE, FETCH_BUFFER);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, FETCH_BUFFER_SENT);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Verification is ours (tls_facts.h): it must go on after the first fault. */
	SET(CURLOPT_SSL_VERIFYPEER, 0L);
	SET(CURLOPT_SSL_VERIFYHOST, 0L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSL_CTX_FUNCTION, fetch_ssl_ctx);
	SET(CURLOPT_SSL_CTX_DATA, s);
	SET(CURLOPT_SOCKOPTFUNCTION, fetch_socket);
	SET(CURLOPT_SOCKOPTDATA, s);
	SET(CURLOPT_USERAGENT, s->owner->user_agent);
	SET(CURLOPT_TIMEOUT_MS, (long)s->owner->config.timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)s->owner->config.timeout_ms);
	SET(CURLOPT_ERRORBUFFER, s->error);
	SET(CURLOPT_WRITEFUNCTION, fetch_slot_body);
	SET(CURLOPT_WRITEDATA, s);
	SET(CURLOPT_HEADERFUNCTION, fetch_slot_header);
	SET(CURLOPT_HEADERDATA, s);
	SET(CURLOPT_PRIVATE, s);
#undef SET
	if (bad != CURLE_OK) {
		curl_easy_cleanup(e);
		return -1;
	}
	s->easy = e;
	return 0;
}

/* Options of this fetch: the name in the URL and for SNI, the address where it is to be had. */
static int fetch_slot_aim(struct fetch_slot *s)
{
	char url[320], to[96], address[NETADDR_TEXT_MAX];
	const struct fetch *f = s->fetch;

	netaddr_text(&f->address, address);
	snprintf(url, sizeof(url), "https://%s/.well-known/mta-sts.txt", f->host);
	snprintf(to, sizeof(to), f->address.family == 6 ? "::[%s]:%u" : "::%s:%u", address,
		 s->owner->config.port);
	s->connect_to = curl_slist_append(NULL, to);
	if (s->connect_to == NULL)
		return -1;
	long version = f->http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
	if (curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, version) != CURLE_OK ||
	    curl_easy_setopt(s->easy, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, s->connect_to) != CURLE_OK)
		return -1;
	return 0;
}

static void fetch_slot_release(struct fetch_slot *s)
{
	curl_slist_free_all(s->connect_to);
	s->connect_to = NULL;
	/* libcurl 7.88 keeps a pointer to the last header, frees what it points to when the handle
	 * is used again, and follows it when the next answer's first header line is folded. */
	if (s->headers_seen > 0) {
		curl_easy_cleanup(s->easy);
		s->easy = NULL;
	}
	s->fetch = NULL;
	s->owner->young -= s->young;
	s->young = false;
	s->next_free = s->owner->free_slots;
	s->owner->free_slots = s;
	s->owner->in_flight--;
}

/* One that was used before, or else one that never was: memory that few hosts need stays untouched.
 * NULL: all are taken, or no memory. */
static struct fetch_slot *fetch_slot_take(struct fetch_curl *fc)
{
	struct fetch_slot *s = fc->free_slots;
	bool fresh = s == NULL && fc->fresh < fc->config.slots;

	if (fresh)
		s = &fc->slots[fc->fresh];
	if (s == NULL)
		return NULL;
	s->owner = fc;
	if (s->easy == NULL && fetch_slot_open(s) != 0)
		return NULL;
	if (fresh)
		fc->fresh++;
	else
		fc->free_slots = s->next_free;
	return s;
}

/* Whether as many as may be busy are; those that only wait are found out now and then. */
static bool fetch_curl_busy(struct fetch_curl *fc, uint64_t now)
{
	if (fc->young < FETCH_YOUNG_MAX)
		return false;
	if (now - fc->aged_ms < FETCH_AGE_MS)
		return true;
	fc->aged_ms = now;
	const uint32_t patience = patience_ms(&fc->patience);
	for (unsigned i = 0; i < fc->fresh; i++) {
		struct fetch_slot *s = &fc->slots[i];
		bool aged = s->young && now - s->started_ms >= patience;
		fc->young -= aged;
		s->young = s->young && !aged;
	}
	return fc->young >= FETCH_YOUNG_MAX;
}

static int fetch_curl_start(struct fetcher *fetcher, struct fetch *f)
{
	struct fetch_curl *fc = fetch_curl_of(fetcher);
	uint64_t now = uv_now(fc->loop);
	struct fetch_slot *s = fetch_curl_busy(fc, now) ? NULL : fetch_slot_take(fc);

	if (s == NULL)
		return -1;
	fc->in_flight++;
	fc->young++;
	s->young = true;
	s->started_ms = now;
	fetch_slot_reset(s, f);
	if (fetch_slot_aim(s) != 0 || curl_loop_add(fc->curl, s->easy) != 0) {
		fetch_slot_release(s);
		return -1;
	}
	return 0;
}

static void fetch_curl_finished(void *easy, int result, void *user)
{
	struct fetch_curl *fc = user;
	struct fetch_slot *s = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &s);
	assert(s != NULL && s->fetch != NULL);
	struct fetch *f = s->fetch;
	if (result == CURLE_OK)
		patience_answered(&fc->patience, uv_now(fc->loop) - s->started_ms);
	fetch_slot_write_down(s, result);
	fetch_slot_release(s);
	fc->done++;
	f->done(f);
}

struct fetch_curl *fetch_curl_new(uv_loop_t *loop, const struct fetch_curl_config *config,
				  struct errmsg *err)
{
	struct fetch_curl *fc = calloc(1, sizeof(*fc) + config->slots * sizeof(struct fetch_slot));

	if (fc == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(fc);
		errmsg_set(err, "cannot start the HTTP library: out of memory");
		return NULL;
	}
	fc->fetcher.start = fetch_curl_start;
	fc->config = *config;
	fc->loop = loop;
	patience_init(&fc->patience);
	snprintf(fc->user_agent, sizeof(fc->user_agent), "%s", config->user_agent);
	fc->curl = curl_loop_new(loop, fetch_curl_finished, fc, config->pulse, config->pulse_user);
	if (fc->curl == NULL) {
		free(fc);
		errmsg_set(err, "cannot start the HTTP library: out of memory");
		return NULL;
	}
	return fc;
}

void fetch_curl_free(struct fetch_curl *fc)
{
	if (fc == NULL)
		return;
	for (unsigned i = 0; i < fc->fresh; i++) {
		struct fetch_slot *s = &fc->slots[i];
		if (s->fetch != NULL)
			curl_loop_remove(fc->curl, s->easy);
		curl_slist_free_all(s->connect_to);
		curl_easy_cleanup(s->easy);
		free(s->body);
	}
	curl_loop_free(fc->curl);
	free(fc);
	curl_global_cleanup();
}

struct fetcher *fetch_curl_fetcher(struct fetch_curl *fc)
{
	return &fc->fetcher;
}

void fetch_curl_turn(struct fetch_curl *fc)
{
	curl_loop_turn(fc->curl);
}

unsigned fetch_curl_in_flight(const struct fetch_curl *fc)
{
	return fc->in_flight;
}

uint64_t fetch_curl_done(const struct fetch_curl *fc)
{
	return fc->done;
}
