/* scan_config.c - see scan_config.h. */
#include "scanner/options/scan_config.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output/text/json.h"
#include "scanner/options/share.h"

/* A path is bytes, JSON is not: of one that is no UTF-8, the odd bytes are written "%XX". */
static json_t *config_text(const char *s)
{
	struct buf b;

	if (s == NULL)
		return json_null();
	json_t *v = json_string(s);
	if (v != NULL)
		return v;
	buf_init(&b, 3 * strlen(s) + 1);
	for (; *s != '\0'; s++) {
		char odd[4];
		snprintf(odd, sizeof(odd), "%%%02X", (unsigned char)*s);
		buf_bytes(&b, (unsigned char)*s < 0x80 ? s : odd, (unsigned char)*s < 0x80 ? 1 : 3);
	}
	v = b.failed ? NULL : json_stringn(b.p, b.n);
	buf_release(&b);
	return v;
}

static json_t *strings(const char *const *v, unsigned n)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(array, config_text(v[i]));
	return array;
}

static json_t *severities(const struct scan_options *o)
{
	json_t *changed = json_object();

	for (int i = 0; i < ISSUE_COUNT; i++) {
		const struct issue_info *info = issue_info((enum issue)i);
		enum severity severity = (enum severity)o->judge.severity[i];
		if (severity != info->severity)
			json_object_set_new(changed, info->code,
					    json_string(severity_name(severity)));
	}
	return changed;
}

/* Of whose MX hosts; null: of nobody's. */
static json_t *scope(bool any, bool all)
{
	return any ? json_string(all ? "all" : "policy") : json_null();
}

/* What is asked of MX hosts; null: nothing. */
static json_t *hosts(const struct scan_options *o)
{
	if (!scan_visits_hosts(o))
		return json_null();
	return json_pack("{s:o, s:o, s:i, s:f}", "mx_tls", scope(o->mx_tls, o->mx_tls_all), "dane",
			 scope(o->dane, o->dane_all), "smtp_port", (int)o->smtp_port,
			 "timeout_smtp", o->timeout_smtp_ms / 1000.0);
}

/* And how hard. */
static json_t *hosts_pace(const struct scan_options *o)
{
	struct share share = share_of(o);

	if (!scan_visits_hosts(o))
		return json_null();
	return json_pack("{s:o, s:f, s:i, s:i, s:i, s:f, s:{s:f, s:f}}", "ehlo",
			 config_text(o->ehlo), "smtp_rate", o->smtp_rate, "smtp_concurrency",
			 (int)o->smtp_concurrency, "visits", (int)o->visits, "smtp_retries",
			 (int)o->smtp_retries, "smtp_pause", o->smtp_pause_ms / 1000.0, "share",
			 "smtp_rate", share.smtp_key_rate, "smtp_concurrency",
			 share.smtp_key_at_once);
}

char *scan_config_json(const struct scan_options *o, const struct resolver_list *resolvers)
{
	const char delimiter[] = {o->delimiter, '\0'};
	struct share share = share_of(o);

	assert(resolvers->n > 0);
	json_t *upstreams = json_array();

	for (unsigned i = 0; i < resolvers->n && i < 64; i++)
		json_array_append_new(upstreams, json_string(resolvers->name[i]));
	json_t *root = json_pack(
		"{s:o, s:i, s:i, s:i, s:f, s:f, s:i, s:f, s:f, s:i, s:o, s:i, s:o, s:o, s:o, s:o, "
		"s:b, s:i, s:i, s:f, s:I, s:o, s:b, s:o, s:o, s:b, s:i, s:o, s:o, s:{s:f, s:f, "
		"s:f}}",
		"resolvers", upstreams, "resolvers_n", (int)resolvers->n, "workers",
		(int)o->workers, "concurrency", (int)o->concurrency, "dns_rate", o->dns_rate,
		"host_rate", o->host_rate, "host_concurrency", (int)o->host_concurrency,
		"timeout_dns", o->timeout_dns_ms / 1000.0, "timeout_fetch",
		o->timeout_fetch_ms / 1000.0, "retries", (int)o->retries, "ca_file",
		config_text(o->ca_file), "https_port", (int)o->https_port, "allow_net",
		strings(o->allow_net, o->allow_net_n), "exclude", strings(o->exclude, o->exclude_n),
		"contact", config_text(o->contact), "tag_column", config_text(o->tag_column),
		"lean", o->lean, "shard", (int)o->shard, "shards", (int)o->shards, "sample",
		o->sample, "seed", (json_int_t)o->seed, "severity", severities(o), "sandbox",
		o->sandbox, "domain_column", config_text(o->domain_column), "delimiter",
		config_text(o->delimiter != '\0' ? delimiter : NULL), "no_header", o->no_header,
		"cert_days", (int)o->judge.cert_days, "mx_hosts", hosts(o), "mx_hosts_pace",
		hosts_pace(o), "share", "dns_rate", share.dns_rate, "host_rate", share.hosts.rate,
		"host_concurrency", share.hosts.at_once);
	char *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}

char *scan_config_hosts(const char *configuration)
{
	json_t *root = json_loads(configuration != NULL ? configuration : "{}", 0, NULL);
	const json_t *asked = json_object_get(root, "mx_hosts");
	char *text =
		json_is_object(asked) ? json_dumps(asked, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(root);
	return text;
}

static bool hosts_word(const json_t *asked, const char *key, bool *all)
{
	const char *word = json_string_value(json_object_get(asked, key));

	*all = word != NULL && strcmp(word, "all") == 0;
	return word != NULL;
}

void scan_config_take_hosts(const char *hosts, struct scan_options *o)
{
	json_t *asked = json_loads(hosts, 0, NULL);

	assert(asked != NULL); /* scan_config_hosts() wrote it */
	o->mx_tls = hosts_word(asked, "mx_tls", &o->mx_tls_all);
	o->dane = hosts_word(asked, "dane", &o->dane_all);
	json_decref(asked);
}
