/*
 * bench_fetch_bare.c - the yardstick of fetches and of visits at MX hosts: OpenSSL and a blocking
 * socket, nothing else.
 *
 *     bench_fetch_bare shared|each|smtp CA_FILE PORT HOSTS [TIMES]
 *
 * HOSTS has lines of "host address". Each is connected to, its certificate checked against CA_FILE
 * and the name, its policy read; TIMES over. "shared" uses one SSL_CTX for all connections, "each"
 * makes one a connection around the same certificate store. "smtp" is a visit at an MX host with
 * a shared one, and says what the prober says: EHLO, STARTTLS, handshake, QUIT, close_notify. It
 * reads as much as has come; by itself OpenSSL reads the head of each record, then the rest. Prints
 * one JSON object.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/cpu_time.h"

#define ANSWER_MAX (64u * 1024 + 4096)

struct client {
	X509_STORE *store;
	SSL_CTX *shared; /* NULL: one a connection */
	int smtp;
	uint16_t port;
	char answer[ANSWER_MAX];
};

static SSL_CTX *context_new(X509_STORE *store)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set1_cert_store(ctx, store);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return ctx;
}

static int connect_to(const char *address, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	/* As curl does: without it the request waits 40 ms for the acknowledgement of the
	 * handshake. */
	if (fd >= 0 && (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
			inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
			connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- a visit ----------------------------------------------------------------------------- */

typedef long transfer(void *to, void *data, size_t n);

static long plain_read(void *to, void *data, size_t n)
{
	return read(*(int *)to, data, n);
}

static long plain_write(void *to, void *data, size_t n)
{
	return write(*(int *)to, data, n);
}

static long tls_read(void *to, void *data, size_t n)
{
	return SSL_read(to, data, (int)n);
}

static long tls_write(void *to, void *data, size_t n)
{
	return SSL_write(to, data, (int)n);
}

/* Says a line, if any, and reads the reply to its last line; its first digit. */
static int smtp_say(struct client *c, transfer *in, transfer *out, void *to, const char *line)
{
	size_t got = 0, start = 0;

	if (line != NULL && out(to, (void *)(uintptr_t)line, strlen(line)) != (long)strlen(line))
		return 0;
	while (got < sizeof(c->answer) - 1) {
		long more = in(to, c->answer + got, sizeof(c->answer) - 1 - got);
		if (more <= 0)
			return 0;
		got += (size_t)more;
		c->answer[got] = '\0';
		for (char *end; (end = strchr(c->answer + start, '\n')) != NULL;) {
			if (c->answer[start + 3] == ' ')
				return c->answer[0];
			start = (size_t)(end - c->answer) + 1;
		}
	}
	return 0;
}

static int visit(struct client *c, SSL *ssl, int fd, char *host)
{
	static const char ehlo[] = "EHLO bare.example\r\n";

	return smtp_say(c, plain_read, plain_write, &fd, NULL) == '2' &&
	       smtp_say(c, plain_read, plain_write, &fd, ehlo) == '2' &&
	       smtp_say(c, plain_read, plain_write, &fd, "STARTTLS\r\n") == '2' &&
	       SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1 &&
	       SSL_connect(ssl) == 1 && smtp_say(c, tls_read, tls_write, ssl, "QUIT\r\n") == '2' &&
	       SSL_shutdown(ssl) >= 0;
}

/* ---- a fetch ----------------------------------------------------------------------------- */

/* Whether the answer was a 200 with a policy. */
static int converse(struct client *c, SSL *ssl, char *host)
{
	char request[512];
	int n = snprintf(request, sizeof(request),
			 "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: %s\r\n"
			 "User-Agent: bare\r\nAccept: */*\r\nConnection: close\r\n\r\n",
			 host);
	size_t got = 0;

	if (SSL_set_tlsext_host_name(ssl, host) != 1 || SSL_set1_host(ssl, host) != 1 ||
	    SSL_connect(ssl) != 1 || SSL_write(ssl, request, n) != n)
		return 0;
	while (got < sizeof(c->answer) - 1) {
		int more = SSL_read(ssl, c->answer + got, (int)(sizeof(c->answer) - 1 - got));
		if (more <= 0)
			break;
		got += (size_t)more;
	}
	c->answer[got] = '\0';
	SSL_shutdown(ssl);
	return strncmp(c->answer, "HTTP/1.1 200", 12) == 0 && strstr(c->answer, "STSv1") != NULL;
}

static int fetch(struct client *c, char *host, const char *address)
{
	int fd = connect_to(address, c->port), ok = 0;

	if (fd < 0)
		return 0;
	SSL_CTX *ctx = c->shared != NULL ? c->shared : context_new(c->store);
	SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
	if (ssl != NULL && SSL_set_fd(ssl, fd) == 1)
		ok = c->smtp ? visit(c, ssl, fd, host) : converse(c, ssl, host);
	SSL_free(ssl);
	if (c->shared == NULL)
		SSL_CTX_free(ctx);
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	static struct client c;
	char line[512];
	unsigned long ok = 0, failed = 0;

	if (argc < 5) {
		fputs("usage: bench_fetch_bare shared|each|smtp CA_FILE PORT HOSTS [TIMES]\n",
		      stderr);
		return 2;
	}
	c.port = (uint16_t)strtoul(argv[3], NULL, 10);
	c.store = X509_STORE_new();
	FILE *hosts = fopen(argv[4], "r");
	if (hosts == NULL || c.store == NULL || X509_STORE_load_file(c.store, argv[2]) != 1) {
		fprintf(stderr, "bench_fetch_bare: cannot read %s or %s\n", argv[2], argv[4]);
		return 2;
	}
	c.smtp = strcmp(argv[1], "smtp") == 0;
	if (c.smtp || strcmp(argv[1], "shared") == 0)
		c.shared = context_new(c.store);
	if (c.smtp && c.shared != NULL)
		SSL_CTX_set_read_ahead(c.shared, 1);
	double begin = cpu_us();
	for (unsigned long i = argc > 5 ? strtoul(argv[5], NULL, 10) : 1; i > 0; i--) {
		rewind(hosts);
		while (fgets(line, sizeof(line), hosts) != NULL) {
			char *address = strchr(line, ' ');
			if (address == NULL)
				continue;
			*address++ = '\0';
			address[strcspn(address, "\n")] = '\0';
			*(fetch(&c, line, address) ? &ok : &failed) += 1;
		}
	}
	printf("{\"bench\":\"fetch_bare\",\"context\":\"%s\",\"fetches\":%lu,\"failed\":%lu,"
	       "\"cpu_us_per_fetch\":%.2f}\n",
	       argv[1], ok, failed, ok > 0 ? (cpu_us() - begin) / (double)ok : 0.0);
	fclose(hosts);
	SSL_CTX_free(c.shared);
	X509_STORE_free(c.store);
	return failed == 0 && ok > 0 ? 0 : 1;
}
