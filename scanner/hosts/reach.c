/* reach.c - see reach.h. */
#include "scanner/hosts/reach.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/name.h"

struct reach_nets {
	struct netaddr_cidr *v;
	size_t n, cap;
};

#define NAT64_MAX 4u /* prefixes of one network */

struct reach {
	struct reach_nets allowed, excluded, own;
	struct netaddr_cidr nat64[NAT64_MAX];
	unsigned nat64_n;
	bool ipv6;
	char **names; /* sorted, lower-case A-labels */
	size_t names_n, names_cap;
};

static int nets_add(struct reach_nets *nets, const struct netaddr_cidr *net)
{
	if (nets->n == nets->cap) {
		size_t cap = nets->cap > 0 ? 2 * nets->cap : 16;
		struct netaddr_cidr *v = reallocarray(nets->v, cap, sizeof(*v));
		if (v == NULL)
			return -1;
		nets->v = v;
		nets->cap = cap;
	}
	nets->v[nets->n++] = *net;
	return 0;
}

static bool nets_have(const struct reach_nets *nets, const struct netaddr *a)
{
	for (size_t i = 0; i < nets->n; i++)
		if (netaddr_in(a, &nets->v[i]))
			return true;
	return false;
}

static int reach_add_own(struct reach *r)
{
	struct ifaddrs *list = NULL;
	int rc = 0;

	if (getifaddrs(&list) != 0)
		return 0; /* without the list, special addresses are still blocked */
	for (struct ifaddrs *i = list; i != NULL && rc == 0; i = i->ifa_next) {
		struct netaddr_cidr net = {0};
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			const struct sockaddr_in *in = (const void *)i->ifa_addr;
			net.base.family = 4;
			memcpy(net.base.bytes, &in->sin_addr, 4);
			net.bits = 32;
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;
			net.base.family = 6;
			memcpy(net.base.bytes, &in6->sin6_addr, 16);
			net.bits = 128;
			r->ipv6 = r->ipv6 || netaddr_special(&net.base) == NULL;
		} else {
			continue;
		}
		rc = nets_add(&r->own, &net);
	}
	freeifaddrs(list);
	return rc;
}

struct reach *reach_new(void)
{
	struct reach *r = calloc(1, sizeof(*r));

	if (r != NULL && reach_add_own(r) != 0) {
		reach_free(r);
		return NULL;
	}
	return r;
}

bool reach_has_ipv6(const struct reach *r)
{
	return r->ipv6;
}

void reach_learn_nat64(struct reach *r, const struct netaddr *shown)
{
	struct netaddr_cidr prefix;

	if (netaddr_nat64_prefix(shown, &prefix) != 0)
		return;
	for (unsigned i = 0; i < r->nat64_n; i++)
		if (r->nat64[i].bits == prefix.bits && netaddr_in(&prefix.base, &r->nat64[i]))
			return;
	if (r->nat64_n < NAT64_MAX)
		r->nat64[r->nat64_n++] = prefix;
}

void reach_allow_own(struct reach *r)
{
	r->own.n = 0;
}

void reach_free(struct reach *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->names_n; i++)
		free(r->names[i]);
	free(r->names);
	free(r->allowed.v);
	free(r->excluded.v);
	free(r->own.v);
	free(r);
}

int reach_allow(struct reach *r, const char *cidr, struct errmsg *err)
{
	struct netaddr_cidr net;

	if (netaddr_cidr_parse(span_str(cidr), &net) != 0)
		return errmsg_set(
			err, "--allow-net '%s' is no address and no network like 10.0.0.0/8", cidr);
	if (nets_add(&r->allowed, &net) != 0)
		return errmsg_set(err, "out of memory");
	return 0;
}

static int reach_add_name(struct reach *r, const char *name)
{
	if (r->names_n == r->names_cap) {
		size_t cap = r->names_cap > 0 ? 2 * r->names_cap : 64;
		char **names = reallocarray(r->names, cap, sizeof(*names));
		if (names == NULL)
			return -1;
		r->names = names;
		r->names_cap = cap;
	}
	r->names[r->names_n] = strdup(name);
	return r->names[r->names_n] != NULL ? (r->names_n++, 0) : -1;
}

/* 1 when the line is neither a network nor a name. */
static int reach_exclude_line(struct reach *r, struct span text)
{
	struct netaddr_cidr net;
	struct name name;

	if (netaddr_cidr_parse(text, &net) == 0)
		return nets_add(&r->excluded, &net);
	name_normalise(text, &name);
	if (name.status != NAME_OK)
		return 1;
	return reach_add_name(r, name.text);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int reach_exclude_file(struct reach *r, const char *path, struct errmsg *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	unsigned at = 0;
	int rc = 0;

	if (f == NULL)
		return errmsg_set(err, "cannot read --exclude file '%s': %s", path,
				  strerror(errno));
	while (rc == 0 && getline(&line, &cap, f) >= 0) {
		at++;
		char *hash = strchr(line, '#');
		if (hash != NULL)
			*hash = '\0';
		size_t begin = strspn(line, " \t\r\n");
		size_t end = strlen(line);
		while (end > begin && strchr(" \t\r\n", line[end - 1]) != NULL)
			end--;
		if (end > begin)
			rc = reach_exclude_line(r, span_of(line + begin, end - begin));
	}
	if (rc > 0)
		rc = errmsg_set(err, "%s:%u: neither a domain name nor an address or network", path,
				at);
	else if (rc < 0)
		errmsg_set(err, "out of memory for the exclusion list");
	else if (ferror(f))
		rc = errmsg_set(err, "cannot read '%s': %s", path, strerror(errno));
	free(line);
	fclose(f);
	if (r->names_n > 0)
		qsort(r->names, r->names_n, sizeof(*r->names), name_order);
	return rc;
}

/* Where this network's own translator would carry packets to. */
static bool reach_behind(const struct reach *r, const struct netaddr *a, struct netaddr *v4)
{
	for (unsigned i = 0; i < r->nat64_n; i++)
		if (netaddr_behind(a, &r->nat64[i], v4))
			return true;
	return false;
}

/* A translator would carry packets to the IPv4 address inside: it counts as well. */
static bool nets_reach(const struct reach *r, const struct reach_nets *nets,
		       const struct netaddr *a)
{
	struct netaddr v4;

	return nets_have(nets, a) || (netaddr_embedded(a, &v4) && nets_have(nets, &v4)) ||
	       (reach_behind(r, a, &v4) && nets_have(nets, &v4));
}

static const char *reach_special(const struct reach *r, const struct netaddr *a)
{
	struct netaddr v4;
	const char *what = netaddr_special(a);

	return what == NULL && reach_behind(r, a, &v4) ? netaddr_special(&v4) : what;
}

const char *reach_blocked(const struct reach *r, const struct netaddr *a)
{
	if (nets_reach(r, &r->excluded, a))
		return "excluded";
	if (nets_have(&r->allowed, a))
		return NULL;
	if (nets_reach(r, &r->own, a))
		return "our own";
	return reach_special(r, a);
}

const char *reach_chosen(const struct reach *r, const struct netaddr *a)
{
	if (!nets_have(&r->allowed, a) && reach_special(r, a) != NULL)
		return NULL;
	if (nets_reach(r, &r->excluded, a))
		return "excluded";
	return nets_reach(r, &r->own, a) && !nets_have(&r->allowed, a) ? "own" : NULL;
}

bool reach_excludes_name(const struct reach *r, struct span domain)
{
	char text[NAME_BUF];

	if (r->names_n == 0 || domain.n == 0 || domain.n >= sizeof(text))
		return false;
	memcpy(text, domain.p, domain.n);
	text[domain.n] = '\0';
	for (const char *p = text; p != NULL; p = strchr(p, '.')) {
		if (*p == '.')
			p++;
		if (bsearch(&p, r->names, r->names_n, sizeof(*r->names), name_order) != NULL)
			return true;
	}
	return false;
}
