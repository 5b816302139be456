/* ehlo_name.c - see ehlo_name.h. */
#include "scanner/probe/ehlo_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parsers/hostname.h"

static bool name_is_public(struct span name)
{
	static const char *const closed[] = {"local",	 "localdomain", "localhost",
					     "internal", "lan",		"home.arpa",
					     "invalid",	 "test",	"example"};
	size_t at;

	if (hostname_check(name, &at) != HOSTNAME_OK || hostname_labels(name) < 2 ||
	    hostname_is_ipv4(name))
		return false;
	for (unsigned i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (hostname_under(name, span_str(closed[i])))
			return false;
	return true;
}

/* RFC 5321 4.1.3. */
static void literal(const struct sockaddr_storage *own, char out[NAME_BUF])
{
	const struct sockaddr_in *v4 = (const void *)own;
	const struct sockaddr_in6 *v6 = (const void *)own;
	char text[INET6_ADDRSTRLEN] = "127.0.0.1";

	if (own->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
	else if (own->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
	snprintf(out, NAME_BUF, own->ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]", text);
}

void ehlo_own_name(const struct sockaddr_storage *peer, char out[NAME_BUF])
{
	struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof(own);

	if (gethostname(out, NAME_BUF) == 0 && memchr(out, '\0', NAME_BUF) != NULL &&
	    name_is_public(span_str(out)))
		return;
	/* To connect a datagram socket only chooses the source address. */
	int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t peer_n = peer->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						       : sizeof(struct sockaddr_in);
	if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)peer, peer_n) != 0 ||
	    getsockname(fd, (struct sockaddr *)(void *)&own, &n) != 0)
		own.ss_family = AF_UNSPEC;
	if (fd >= 0)
		close(fd);
	literal(&own, out);
}

void ehlo_own_address(struct netaddr *out)
{
	/* An address of documentation (RFC 5737): the default route is what is asked for. */
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct sockaddr_in own = {.sin_family = AF_UNSPEC};
	socklen_t n = sizeof(own);

	*out = (struct netaddr){0};
	inet_pton(AF_INET, "192.0.2.1", &peer.sin_addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)(const void *)&peer, sizeof(peer)) == 0 &&
	    getsockname(fd, (struct sockaddr *)(void *)&own, &n) == 0) {
		out->family = 4;
		memcpy(out->bytes, &own.sin_addr, 4);
	}
	if (fd >= 0)
		close(fd);
	if (out->family != 0 && netaddr_special(out) != NULL)
		*out = (struct netaddr){0};
}
