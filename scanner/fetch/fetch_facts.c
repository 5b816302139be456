/* fetch_facts.c - see fetch_slot.h: writes down what a transfer saw, and how far it came. */
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "scanner/base/digest.h"
#include "scanner/fetch/fetch_slot.h"

static void write_tls(struct fetch_slot *s)
{
	struct record_policy *out = s->fetch->out;
	struct arena *a = s->fetch->arena;
	const struct tls_facts *t = &s->tls;

	if (!t->seen)
		return;
	out->tls_version = arena_copy(a, span_str(t->version));
	if (t->reasons != 0 || t->refused[0] == '\0')
		out->tls_verified = t->reasons == 0;
	out->tls_reasons = t->reasons;
	out->tls_reason = t->reasons != 0 ? __builtin_ctz(t->reasons) : TERM_NULL;
	if (t->fault != NULL) {
		out->cert_refused = true;
		out->tls_error = arena_copy(a, span_str(t->fault));
	}
	out->cert_issuer = t->issuer[0] != '\0' ? arena_copy(a, span_str(t->issuer)) : SPAN_NULL;
	out->cert_not_before = t->not_before;
	out->cert_not_after = t->not_after;
	out->cert_sha256 = arena_copy(a, span_str(t->sha256));
	out->cert_key_bits = t->rsa_bits;
	out->cert_sha1 = t->sha1;
	out->cert_cn_only = t->cn_only;
	out->cert_wildcard_partial = t->wildcard_partial;
	out->cert_names = arena_copy(a, span_str(t->names));
}

static struct span http_version_text(long version)
{
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return SPAN_LIT("1.0");
	case CURL_HTTP_VERSION_1_1:
		return SPAN_LIT("1.1");
	case CURL_HTTP_VERSION_2_0:
		return SPAN_LIT("2");
	default:
		return SPAN_NULL;
	}
}

static struct span hex_sha256(struct arena *a, const char *p, size_t n)
{
	uint8_t digest[DIGEST_N];
	char text[DIGEST_TEXT_N + 1];

	if (digest_of(p, n, digest) != 0)
		return SPAN_NULL;
	digest_text(digest, text);
	return arena_copy(a, span_str(text));
}

static void write_http(struct fetch_slot *s)
{
	struct record_policy *out = s->fetch->out;
	struct arena *a = s->fetch->arena;
	long status = 0, version = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(s->easy, CURLINFO_HTTP_VERSION, &version);
	if (status == 0)
		return;
	out->http_status = (int)status;
	out->http_version = http_version_text(version);
	if (s->has_content_type)
		out->content_type = arena_copy(a, span_str(s->content_type));
	out->content_types = s->content_types;
	if (s->has_location)
		out->location = arena_copy(a, span_str(s->location));
	out->content_encoded = s->content_encoded;
	out->body = arena_copy(a, span_of(s->body != NULL ? s->body : "", s->body_n));
	out->body_bytes = s->body_seen;
	out->body_cut = s->body_seen > s->body_n;
	out->body_sha256 = hex_sha256(a, s->body != NULL ? s->body : "", s->body_n);
}

static struct span http_error_text(const struct fetch_slot *s, CURLcode result)
{
	if (s->tls.endless)
		return SPAN_LIT("the server sent without end");
	if (s->headers_cut)
		return SPAN_LIT("headers too large");
	switch (result) {
	case CURLE_GOT_NOTHING:
		return SPAN_LIT("connection closed without an answer");
	case CURLE_PARTIAL_FILE:
		return SPAN_LIT("body shorter than announced");
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return SPAN_LIT("HTTP/2 stream error");
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return SPAN_LIT("connection broke off");
	default:
		return SPAN_LIT("not a valid HTTP answer");
	}
}

static bool fetch_unreachable(long os_error)
{
	return os_error == ENETUNREACH || os_error == EHOSTUNREACH || os_error == ENETDOWN ||
	       os_error == EADDRNOTAVAIL || os_error == EAFNOSUPPORT || os_error == EACCES ||
	       os_error == EPERM;
}

/* libcurl quotes a line of OpenSSL's, "OpenSSL/3.0.17: error:0A00042E:SSL routines::tlsv1 alert
 * protocol version": the reason at its end is what does not change with the versions of either. Of
 * a connection that ends in the handshake each says something else. */
static const char *tls_error_text(const char *error)
{
	static const char *const closed[] = {"SSL_ERROR_SYSCALL", "unexpected eof",
					     "Connection reset", "Broken pipe"};

	for (unsigned i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (strstr(error, closed[i]) != NULL)
			return "connection closed during the handshake";
	for (const char *at; (at = strstr(error, "::")) != NULL && at[2] != '\0';)
		error = at + 2;
	return error;
}

/* The stage at which a transfer ended that did not end well. */
static enum stage failed_stage(struct fetch_slot *s, CURLcode result)
{
	struct record_policy *out = s->fetch->out;
	curl_off_t handshaken = 0;
	long os_error = 0;

	curl_easy_getinfo(s->easy, CURLINFO_APPCONNECT_TIME_T, &handshaken);
	curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &os_error);
	out->timed_out = result == CURLE_OPERATION_TIMEDOUT;
	/* libcurl notes the time of connecting only once the handshake is done as well. */
	if (!s->tls.started) {
		/* After a deadline the error number is that of an earlier use of the handle. */
		out->tcp_refused = !out->timed_out && os_error == ECONNREFUSED;
		out->unreachable = !out->timed_out && fetch_unreachable(os_error);
		return STAGE_TCP;
	}
	if (handshaken == 0 && s->tls.refused[0] != '\0') {
		/* Whatever else is known of the certificate holds. That we refused says nothing. */
		out->timed_out = false;
		out->tls_error = arena_copy(s->fetch->arena, span_str(s->tls.refused));
		return STAGE_TLS;
	}
	if (handshaken == 0) {
		if (!out->timed_out) {
			out->tls_verified = 0;
			out->tls_reason = tls_facts_failure(&s->tls, s->error);
			out->tls_reasons |= 1u << out->tls_reason;
			out->cert_refused = false; /* the text is the handshake's */
			out->tls_error = s->tls.endless
						 ? SPAN_LIT("a handshake without end")
						 : arena_copy(s->fetch->arena,
							      span_str(tls_error_text(s->error)));
		}
		return STAGE_TLS;
	}
	if (!out->body_cut && !out->timed_out)
		out->http_error = http_error_text(s, result);
	return STAGE_HTTP;
}

void fetch_slot_write_down(struct fetch_slot *s, int result)
{
	assert(s->fetch != NULL);
	struct record_policy *out = s->fetch->out;
	curl_off_t took = 0;
	char address[NETADDR_TEXT_MAX];

	curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME_T, &took);
	netaddr_text(&s->fetch->address, address);
	out->address = arena_copy(s->fetch->arena, span_str(address));
	out->took_ms = (int64_t)(took / 1000);
	write_tls(s);
	write_http(s);
	assert(s->body_n <= s->body_seen && s->body_seen <= POLICY_BODY_MAX + 1);
	out->stage = result == CURLE_OK ? STAGE_HTTP : failed_stage(s, (CURLcode)result);
}
