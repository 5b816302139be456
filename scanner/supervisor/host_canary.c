/* host_canary.c - see host_canary.h. */
#include "scanner/supervisor/host_canary.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "parsers/netaddr.h"

/* A connection that never came to a word: what a closed port looks like, too. */
static bool is_silent(const struct record_mx_host *h)
{
	return h->probe.tried > 0 && h->probe.banner.p == NULL && h->probe.code == 0 &&
	       (h->tls == MX_TLS_CONNECT || h->tls == MX_TLS_TIMEOUT);
}

/* The name in "220 NAME ESMTP ...". */
static struct span greeting_word(struct span banner)
{
	size_t n = 0;

	while (banner.n > 0 &&
	       (isdigit((unsigned char)*banner.p) || *banner.p == ' ' || *banner.p == '-'))
		banner = span_of(banner.p + 1, banner.n - 1);
	while (n < banner.n && banner.p[n] != ' ')
		n++;
	return span_of(banner.p, n);
}

/* "192.0" of 192.0.2.1, the first two groups of IPv6: far apart when they differ. */
static void network_of(struct span address, char out[16])
{
	unsigned parts = 0;
	size_t n = 0;

	while (n < address.n && n < 15) {
		if ((address.p[n] == '.' || address.p[n] == ':') && ++parts == 2)
			break;
		out[n] = address.p[n];
		n++;
	}
	out[n] = '\0';
}

static void note_network(struct host_canary *c, struct span address)
{
	char network[16];

	network_of(address, network);
	for (unsigned i = 0; i < c->networks_n; i++)
		if (strcmp(c->networks[i], network) == 0)
			return;
	if (c->networks_n < CANARY_ALIKE)
		memcpy(c->networks[c->networks_n++], network, sizeof(network));
}

static bool holds(struct span text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++)
		if (strncasecmp(text.p + i, word, n) == 0)
			return true;
	return false;
}

/* A greeting from an operator that had not greeted before. */
static void learn_greeting(struct host_canary *c, struct span key, const struct record_mx_host *h)
{
	struct span word = greeting_word(h->probe.banner);
	char text[sizeof(c->first)], own[256];

	snprintf(text, sizeof(text), "%.*s", (int)word.n, word.n > 0 ? word.p : "");
	snprintf(own, sizeof(own), "%.*s", (int)key.n, key.p);
	if (c->greeted_keys == 0)
		memcpy(c->first, text, sizeof(text));
	c->different =
		c->different || text[0] == '*' || strcmp(c->first, text) != 0 || holds(word, own);
	note_network(c, h->probe.address);
	c->greeted_keys++;
	if (c->state != CANARY_UNPROVEN)
		return;
	if (c->different)
		c->state = CANARY_PROVEN;
	else if (c->greeted_keys >= CANARY_ALIKE)
		c->state = c->networks_n >= CANARY_ALIKE ? CANARY_INTERCEPTED : CANARY_PROVEN;
}

static bool speaks_of_lists(const struct record_mx_host *h)
{
	static const char *const words[] = {
		"spamhaus", "block list", "blocklist",	   "blacklist", "block-list", "dnsbl",
		"rbl",	    "reputation", "blocked using", "your ip",	"poor sender"};

	if (h->tls != MX_TLS_BLOCKED || h->probe.text.p == NULL)
		return false;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (holds(h->probe.text, words[i]))
			return true;
	return false;
}

static void learn_silence(struct host_canary *c, struct canary_key *k)
{
	c->failed_row++;
	if (k->failed_in != c->rows + 1) {
		k->failed_in = c->rows + 1;
		c->failed_keys++;
	}
	bool proven = c->state == CANARY_PROVEN;
	if (c->failed_keys >= CANARY_KEYS && (!proven || c->failed_row >= CANARY_CUT))
		c->state = CANARY_CLOSED;
}

bool host_canary_learn(struct host_canary *c, struct canary_key *k, struct span key,
		       const struct record_mx_host *h, uint64_t now_ms)
{
	if (c->state == CANARY_CLOSED || c->state == CANARY_INTERCEPTED)
		return false;
	if (is_silent(h)) {
		if (now_ms >= c->heard_ms + (h->probe.took_ms > 0 ? (uint64_t)h->probe.took_ms : 0))
			learn_silence(c, k);
		return false;
	}
	if (h->probe.tried == 0)
		return false;
	c->rows += c->failed_row > 0;
	c->failed_row = c->failed_keys = 0;
	c->heard_ms = now_ms;
	if (!k->listed && speaks_of_lists(h)) {
		k->listed = true;
		c->listed_keys++;
	}
	if (!k->greeted) {
		k->greeted = true;
		learn_greeting(c, key, h);
	}
	return c->state == CANARY_PROVEN;
}

bool host_canary_doubts(const struct host_canary *c, const struct record_mx_host *h)
{
	return h->probe.tried > 0 && (c->state != CANARY_PROVEN || is_silent(h));
}

enum canary_listed host_canary_listed(const struct host_canary *c)
{
	if (c->greeted_keys < CANARY_LISTED_MIN || 20 * c->listed_keys <= c->greeted_keys)
		return CANARY_WELCOME;
	return 5 * c->listed_keys <= c->greeted_keys ? CANARY_LISTED : CANARY_SHUNNED;
}

void host_canary_explain(const struct host_canary *c, unsigned port, struct errmsg *why)
{
	if (c->state == CANARY_CLOSED)
		errmsg_set(
			why,
			"nobody answers on port %u: our own network keeps it closed, as most "
			"do. Ask the provider to open it, or probe from another machine. No host "
			"is blamed",
			port);
	else
		errmsg_set(
			why,
			"everybody greets alike on port %u ('%s'), in networks that have nothing "
			"to do with each other: a relay of our own network answers for them. Ask "
			"the provider to let port %u through, or probe from another machine. No "
			"host is blamed",
			port, c->first, port);
}
