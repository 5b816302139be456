/* resolver_list.c - see resolver_list.h. */
#include "scanner/dns/resolver_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/netaddr.h"

#define DNS_PORT 53

/* Splits "address", "v4:port" or "[v6]:port". 0 or -1. */
static int split_port(const char *text, struct span *address, unsigned *port)
{
	const char *colon;
	char *end;

	*port = DNS_PORT;
	if (text[0] == '[') {
		const char *close = strchr(text, ']');
		if (close == NULL)
			return -1;
		*address = span_of(text + 1, (size_t)(close - text - 1));
		if (close[1] == '\0')
			return 0;
		if (close[1] != ':')
			return -1;
		colon = close + 1;
	} else {
		colon = strchr(text, ':');
		if (colon == NULL || strchr(colon + 1, ':') != NULL) { /* no port, or bare IPv6 */
			*address = span_str(text);
			return 0;
		}
		*address = span_of(text, (size_t)(colon - text));
	}
	errno = 0;
	unsigned long value = strtoul(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || value == 0 || value > 65535)
		return -1;
	*port = (unsigned)value;
	return 0;
}

static int list_room(struct resolver_list *l)
{
	if (l->n < l->cap)
		return 0;
	unsigned cap = l->cap > 0 ? 2 * l->cap : 8;
	void *address = reallocarray(l->address, cap, sizeof(*l->address));
	if (address != NULL)
		l->address = address;
	void *name = reallocarray(l->name, cap, sizeof(*l->name));
	if (name != NULL)
		l->name = name;
	if (address == NULL || name == NULL)
		return -1;
	l->cap = cap;
	return 0;
}

static void fill_address(struct sockaddr_storage *out, const struct netaddr *a, unsigned port)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		struct sockaddr_in *in = (void *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, a->bytes, 4);
	} else {
		struct sockaddr_in6 *in6 = (void *)out;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		memcpy(&in6->sin6_addr, a->bytes, 16);
	}
}

int resolver_list_add(struct resolver_list *l, const char *text, struct errmsg *err)
{
	struct span host;
	struct netaddr a;
	unsigned port;
	char plain[NETADDR_TEXT_MAX], name[RESOLVER_NAME_MAX];

	if (split_port(text, &host, &port) != 0 || netaddr_parse(host, &a) != 0)
		return errmsg_set(err,
				  "'%s' is no resolver address (want 192.0.2.1, 192.0.2.1:5300, "
				  "2001:db8::1 or [2001:db8::1]:5300)",
				  text);
	netaddr_text(&a, plain);
	if (port == DNS_PORT)
		snprintf(name, sizeof(name), "%s", plain);
	else
		snprintf(name, sizeof(name), a.family == 6 ? "[%s]:%u" : "%s:%u", plain, port);
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->name[i], name) == 0)
			return 0;
	if (l->n == RESOLVER_UPSTREAM_MAX)
		return errmsg_set(err, "more than %u resolvers", RESOLVER_UPSTREAM_MAX);
	if (list_room(l) != 0)
		return errmsg_set(err, "out of memory for the list of resolvers");
	fill_address(&l->address[l->n], &a, port);
	memcpy(l->name[l->n++], name, sizeof(name));
	return 0;
}

/* Calls add for the first word of each line (after `keyword`, if there is one). */
static int add_lines(struct resolver_list *l, const char *path, const char *keyword,
		     struct errmsg *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	unsigned at = 0;
	int rc = 0;

	if (f == NULL)
		return errmsg_set(err, "cannot read the list of resolvers '%s': %s", path,
				  strerror(errno));
	while (rc == 0 && getline(&line, &cap, f) >= 0) {
		char *save = NULL;
		at++;
		line[strcspn(line, "#;")] = '\0';
		char *word = strtok_r(line, " \t\r\n", &save);
		if (keyword != NULL) {
			if (word == NULL || strcmp(word, keyword) != 0)
				continue;
			word = strtok_r(NULL, " \t\r\n", &save);
		}
		struct errmsg why;
		if (word != NULL && resolver_list_add(l, word, &why) != 0)
			rc = keyword != NULL ? 0 /* a zone id we cannot use: not the user's fault */
					     : errmsg_set(err, "%s:%u: %s", path, at, why.text);
	}
	free(line);
	fclose(f);
	return rc;
}

int resolver_list_add_file(struct resolver_list *l, const char *path, struct errmsg *err)
{
	unsigned before = l->n;

	if (add_lines(l, path, NULL, err) != 0)
		return -1;
	if (l->n == before)
		return errmsg_set(err, "no resolver in '%s' (want one address a line)", path);
	return 0;
}

int resolver_list_add_system(struct resolver_list *l, const char *path, struct errmsg *err)
{
	if (add_lines(l, path, "nameserver", err) != 0)
		return -1;
	if (l->n == 0)
		return errmsg_set(
			err, "no nameserver in '%s'; name a resolver with --resolver ADDR", path);
	return 0;
}

uint16_t resolver_list_port(const struct resolver_list *l, unsigned i)
{
	const struct sockaddr_storage *a = &l->address[i];

	return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
					      : ((const struct sockaddr_in *)a)->sin_port);
}

void resolver_list_release(struct resolver_list *l)
{
	free(l->address);
	free(l->name);
	*l = (struct resolver_list){0};
}
