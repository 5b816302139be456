/* share.c - see share.h. */
#include "scanner/options/share.h"

#include <assert.h>
#include <stdio.h>

/* One visit at a time at an address, and a pause behind it: what strangers bear. An operator has
 * several addresses; at the default rate one is visited every other second. */
#define SMTP_ADDRESS_AT_ONCE 1.0
#define SMTP_ADDRESS_SHARE 0.25 /* of --smtp-rate */

struct share share_of(const struct scan_options *o)
{
	double n = o->shards > 1 ? o->shards : 1;
	double key_n = o->by_operator ? 1 : n; /* nobody else visits the operators that we have */
	struct share s = {
		.dns_rate = o->dns_rate / n,
		.hosts =
			{
				.at_once = (o->host_concurrency > 0 ? o->host_concurrency : 1) / n,
				.rate = o->host_rate / n,
				.saved = 1,
			},
		.smtp = {.at_once = SMTP_ADDRESS_AT_ONCE / n,
			 .rate = SMTP_ADDRESS_SHARE * o->smtp_rate / n,
			 .saved = 1},
		.smtp_key_at_once = o->smtp_concurrency / key_n,
		.smtp_key_rate = o->smtp_rate / key_n,
	};

	s.hosts.network_at_once = GATE_NETWORK_HOSTS * s.hosts.at_once;
	s.hosts.network_rate = GATE_NETWORK_HOSTS * s.hosts.rate;
	assert(o->shards <= 1 || (o->shard >= 1 && o->shard <= o->shards));
	/* Of less than one connection a second each, all would make their first at the same time:
	 * they take turns. */
	if (s.hosts.rate > 0 && s.hosts.rate < 1)
		s.hosts.saved = o->shards > 1 ? o->shard / n : 1;
	s.smtp.saved = o->shards > 1 ? o->shard / n : 1;
	return s;
}

void share_text(const struct scan_options *o, char *out, size_t room)
{
	struct share s = share_of(o);
	char questions[64] = "any number of";
	char connections[64] = "any number of";

	if (s.dns_rate > 0)
		snprintf(questions, sizeof(questions), "%.4g", s.dns_rate);
	if (s.hosts.rate > 0)
		snprintf(connections, sizeof(connections), "%.4g", s.hosts.rate);
	snprintf(out, room,
		 "shard %u of %u; rates are the whole scan's, so this machine keeps to %s "
		 "questions a "
		 "second, and to %s new connections a second and %.4g at a time for each address",
		 o->shard, o->shards, questions, connections, s.hosts.at_once);
}
