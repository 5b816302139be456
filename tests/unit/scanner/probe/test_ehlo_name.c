/* The name that we give ourselves: this machine's, if others can know it, else its address. The
 * name and the address are the test's. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/probe/ehlo_name.h"

static const char *host_name; /* NULL: it cannot be known */
static bool endless;	      /* the name has no end */
static bool scripted;	      /* sockets, too: */
static const char *address;   /* ours; NULL: it cannot be known */
static bool no_route;

int gethostname(char *name, size_t len)
{
	if (host_name == NULL)
		return -1;
	memset(name, endless ? 'a' : '\0', len);
	memcpy(name, host_name, strlen(host_name) + !endless);
	return 0;
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t n)
{
	return scripted ? (no_route ? -1 : 0) : (int)syscall(SYS_connect, fd, to.__sockaddr__, n);
}

int getsockname(int fd, __SOCKADDR_ARG own, socklen_t *n)
{
	if (!scripted)
		return (int)syscall(SYS_getsockname, fd, own.__sockaddr__, n);
	if (address == NULL)
		return -1;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		memcpy(own.__sockaddr__, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
		memcpy(own.__sockaddr__, &v6, sizeof(v6));
	return 0;
}

static void expect_name(const char *name, int family, const char *ours, const char *wanted)
{
	const struct sockaddr_storage peer = {.ss_family = (sa_family_t)family};
	char out[NAME_BUF];

	host_name = name;
	address = ours;
	scripted = true;
	ehlo_own_name(&peer, out);
	scripted = false;
	cr_expect_str_eq(out, wanted, "%s, %s: %s", name, ours, out);
}

Test(ehlo_name, names_that_others_can_know)
{
	static const char *const known[] = {"mail.example.com", "a.b",		 "locale.com",
					    "box.mylan",	"home.arpa.net", "x.tests",
					    "x-y.example.net",	"local.org",	 "1.2.3.4.5"};
	static const char *const unknown[] = {
		"localhost", "box",	    "box.local", "a.box.localdomain", "x.localhost",
		"x.lan",     "x.internal",  "x.test",	 "x.example",	      "x.invalid",
		"home.arpa", "x.home.arpa", "X.LOCAL",	 "192.0.2.1",	      "-x.example.com",
		"x..net",    "x_y.net",	    "",		 "x.example.com."};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		expect_name(known[i], AF_INET, "203.0.113.7", known[i]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		expect_name(unknown[i], AF_INET, "203.0.113.7", "[203.0.113.7]");
	expect_name(NULL, AF_INET, "203.0.113.7", "[203.0.113.7]");
	endless = true;
	expect_name("mail.example.com", AF_INET, "203.0.113.7", "[203.0.113.7]");
}

Test(ehlo_name, addresses)
{
	expect_name(NULL, AF_INET6, "2001:db8::1", "[IPv6:2001:db8::1]");
	expect_name(NULL, AF_INET, NULL, "[127.0.0.1]");
	expect_name(NULL, AF_INET6, NULL, "[127.0.0.1]");
	no_route = true;
	expect_name(NULL, AF_INET, "203.0.113.7", "[127.0.0.1]");
}

static void expect_address(const char *ours, const char *wanted)
{
	struct netaddr out = {.family = 9};
	char text[NETADDR_TEXT_MAX] = "none";

	address = ours;
	scripted = true;
	ehlo_own_address(&out);
	scripted = false;
	if (out.family != 0)
		netaddr_text(&out, text);
	cr_expect_str_eq(text, wanted, "%s: %s", ours, text);
}

/* One that the Internet cannot see is none. */
Test(ehlo_name, our_address)
{
	static const char *const special[] = {"127.0.0.1",  "10.0.0.1", "192.168.1.1",
					      "100.64.0.1", "0.0.0.0",	"192.0.2.1"};

	expect_address("8.8.4.4", "8.8.4.4");
	expect_address("1.2.3.4", "1.2.3.4");
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		expect_address(special[i], "none");
	expect_address(NULL, "none");
	no_route = true;
	expect_address("8.8.4.4", "none");
}
