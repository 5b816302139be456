/* Files of addresses: --resolvers, resolv.conf and --exclude; the first byte says which. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scanner/hosts/reach.h"
#include "scanner/dns/resolver_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_resolvers(const char *path, bool system)
{
	struct resolver_list l = {0}, again = {0};
	struct errmsg err = {""};
	int rc = system ? resolver_list_add_system(&l, path, &err)
			: resolver_list_add_file(&l, path, &err);

	assert(rc == 0 ? l.n > 0 : err.text[0] != '\0');
	assert(l.n <= RESOLVER_UPSTREAM_MAX);
	for (unsigned i = 0; i < l.n; i++) { /* its name is an address that gives it again */
		assert(resolver_list_add(&again, l.name[i], &err) == 0);
		assert(again.n == i + 1);
		assert(memcmp(&again.address[i], &l.address[i], sizeof(l.address[i])) == 0);
	}
	resolver_list_release(&l);
	resolver_list_release(&again);
}

static void check_exclusions(const char *path, const char *text)
{
	struct reach *r = reach_new();
	struct errmsg err = {""};
	struct netaddr a = {.family = 4, .bytes = {9, 9, 9, 9}}, inside;

	assert(r != NULL);
	int rc = reach_exclude_file(r, path, &err);
	assert(rc == 0 || err.text[0] != '\0');
	reach_blocked(r, &a);
	if (netaddr_parse(span_str(text), &a) == 0) {
		reach_blocked(r, &a);
		assert(!netaddr_embedded(&a, &inside) || inside.family == 4);
		bool was_free = reach_blocked(r, &a) == NULL;
		reach_learn_nat64(r, &a); /* what shows a prefix is behind it */
		assert(was_free || reach_blocked(r, &a) != NULL);
	}
	assert(!reach_excludes_name(r, SPAN_LIT("")));
	reach_excludes_name(r, span_str(text));
	if (reach_excludes_name(r, SPAN_LIT("example.org")))
		assert(reach_excludes_name(r, SPAN_LIT("www.example.org")));
	bool free_before = reach_blocked(r, &a) == NULL;
	reach_allow_own(r); /* as check does: it only takes a reason away */
	assert(!free_before || reach_blocked(r, &a) == NULL);
	rc = reach_allow(r, text, &err);
	assert(rc == 0 || err.text[0] != '\0');
	reach_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];

	if (size == 0 || size > 65536)
		return 0;
	int fd = memfd_create("list", MFD_CLOEXEC);
	char *text = strndup((const char *)data + 1, size - 1);
	if (fd < 0 || text == NULL || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (data[0] % 3 == 2)
		check_exclusions(path, text);
	else
		check_resolvers(path, data[0] % 3 == 1);
	free(text);
	close(fd);
	return 0;
}
