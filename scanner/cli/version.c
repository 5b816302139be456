/* version.c - see version.h. Versions are those of the libraries at run time, as bug reports need
 * them. */
#include "scanner/cli/version.h"

#include <ares.h>
#include <curl/curl.h>
#include <jansson.h>
#include <libpsl.h>
#include <lzma.h>
#include <openssl/crypto.h>
#include <seccomp.h>
#include <string.h>
#include <uv.h>
#include <zlib.h>
#include <zstd.h>

#include "parsers/idna.h"

static void version_features(FILE *out)
{
	static const struct {
		int bit;
		const char *name;
	} features[] = {{CURL_VERSION_HTTP2, "HTTP/2"}, {CURL_VERSION_IPV6, "IPv6"}};
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	fputs("features: IDNA2008 PSL seccomp", out);
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if ((curl->features & features[i].bit) != 0)
			fprintf(out, " %s", features[i].name);
	fputc('\n', out);
}

/* Of jemalloc, when the program was linked with it; its part behind the dash is a commit. */
int mallctl(const char *name, void *old, size_t *old_n, void *new, size_t new_n)
	__attribute__((weak));

static void version_malloc(FILE *out)
{
	const char *text = NULL;
	size_t n = sizeof(text);

	if (mallctl != NULL && mallctl("version", &text, &n, NULL, 0) == 0)
		fprintf(out, " jemalloc/%.*s", (int)strcspn(text, "-"), text);
}

void version_print(FILE *out)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const struct scmp_version *seccomp = seccomp_version();

	fprintf(out, "mtasweep %s\n", MTASWEEP_VERSION);
	fprintf(out, "libraries: c-ares/%s curl/%s %s", ares_version(NULL), curl->version,
		curl->ssl_version != NULL ? curl->ssl_version : "no TLS");
	if (curl->nghttp2_ver_num != 0)
		fprintf(out, " nghttp2/%u.%u.%u", curl->nghttp2_ver_num >> 16,
			curl->nghttp2_ver_num >> 8 & 255, curl->nghttp2_ver_num & 255);
	fprintf(out, " libuv/%s\n", uv_version_string());
	fprintf(out, "           idn2/%s psl/%s jansson/%s zstd/%s zlib/%s lzma/%s", idna_library(),
		psl_get_version(), jansson_version_str(), ZSTD_versionString(), zlibVersion(),
		lzma_version_string());
	if (seccomp != NULL)
		fprintf(out, " seccomp/%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro);
	version_malloc(out);
	fputc('\n', out);
	version_features(out);
}
