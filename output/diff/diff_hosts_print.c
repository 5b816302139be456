/* diff_hosts_print.c - the MX hosts that changed, one by one and in total; see diff_print.h. */
#include "output/diff/diff_print.h"
#include "output/text/csv.h"
#include "output/text/number.h"
#include "output/text/plain.h"

#define KEY_WIDTH 21
#define TEXT_MAX 48 /* characters of a value: digests and lists are cut */

#define CSV_COLUMNS 7u

/* The value, in the printer's buffer where it has to be made. Null when it is. */
static struct span host_value(struct buf *b, const struct record_mx_host *h, enum host_diff_key key)
{
	const struct record_probe *p = &h->probe;

	buf_reset(b);
	switch (key) {
	case HOST_DIFF_TLS:
		return h->tls >= 0 ? span_str(mx_tls_name((enum mx_tls)h->tls)) : SPAN_NULL;
	case HOST_DIFF_DANE:
		return h->dane >= 0 ? span_str(dane_name((enum dane)h->dane)) : SPAN_NULL;
	case HOST_DIFF_VERSION:
		return p->tls_version;
	case HOST_DIFF_ISSUER:
		return p->cert_issuer;
	case HOST_DIFF_CERT:
		return p->cert_sha256;
	case HOST_DIFF_KEY:
		return p->spki_sha256;
	case HOST_DIFF_UNTIL:
		if (p->cert_not_after == INT64_MIN)
			return SPAN_NULL;
		buf_text(b, number_time(p->cert_not_after).s);
		return span_of(b->p, b->n);
	case HOST_DIFF_TLSA:
	case HOST_DIFF_COUNT:
		break;
	}
	for (unsigned i = 0; i < h->tlsa_records_n; i++) {
		buf_text(b, i == 0 ? "" : ", ");
		buf_bytes(b, h->tlsa_records[i].p, h->tlsa_records[i].n);
	}
	return h->tlsa_records_n > 0 ? span_of(b->p, b->n) : SPAN_NULL;
}

static struct span value_of(struct diff_printer *p, unsigned side, const struct host_change *c,
			    enum host_diff_key key)
{
	struct span v = host_value(&p->shown[side], side == 0 ? c->before : c->after, key);

	p->failed = p->failed || p->shown[side].failed;
	return v;
}

/* ---- text -------------------------------------------------------------------------------- */

static void put_value(FILE *out, struct span v)
{
	plain_put(out, v.p == NULL ? SPAN_LIT("-") : v, 0, TEXT_MAX);
	if (plain_width(v) > TEXT_MAX)
		fputs("...", out);
}

static void text_host(struct diff_printer *p, const struct host_change *c)
{
	FILE *out = p->hosts[c->direction];

	plain_put(out, c->after->host, 0, (int)c->after->host.n);
	fprintf(out, "  (%s %s)\n", number_grouped(c->names).s, c->names == 1 ? "name" : "names");
	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++)
		if ((c->events >> i & 1) != 0)
			fprintf(out, "  %s\n", host_event_name((enum host_event)i));
	for (unsigned i = 0; i < HOST_DIFF_COUNT; i++) {
		if ((c->keys >> i & 1) == 0)
			continue;
		struct span old = value_of(p, 0, c, i), new = value_of(p, 1, c, i);
		bool fits = 4 + KEY_WIDTH + plain_width(old) + 4 + plain_width(new) <= 80;
		fprintf(out, "    %-*s", KEY_WIDTH, host_diff_key_name((enum host_diff_key)i));
		put_value(out, old);
		if (!fits)
			fprintf(out, "\n%*s", KEY_WIDTH, "");
		fputs(" -> ", out);
		put_value(out, new);
		fputc('\n', out);
	}
}

/* ---- CSV, NDJSON ------------------------------------------------------------------------- */

static void csv_host(struct diff_printer *p, const struct host_change *c)
{
	struct span cells[CSV_COLUMNS] = {c->after->host, SPAN_NULL, SPAN_LIT("host_changed")};

	cells[6] = span_str(diff_direction_name(c->direction));
	for (unsigned i = 0; i < HOST_DIFF_COUNT; i++) {
		if ((c->keys >> i & 1) == 0)
			continue;
		cells[3] = span_str(host_diff_key_name((enum host_diff_key)i));
		cells[4] = value_of(p, 0, c, i);
		cells[5] = value_of(p, 1, c, i);
		csv_row(p->out, cells, CSV_COLUMNS);
	}
	cells[3] = SPAN_LIT("event");
	cells[4] = SPAN_NULL;
	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++) {
		cells[5] = span_str(host_event_name((enum host_event)i));
		if ((c->events >> i & 1) != 0)
			csv_row(p->out, cells, CSV_COLUMNS);
	}
}

static void ndjson_host(struct diff_printer *p, const struct host_change *c)
{
	struct buf *b = &p->line;
	const char *lead = "";

	buf_reset(b);
	buf_text(b, "{\"host\":");
	json_str(b, c->after->host);
	buf_text(b, ",\"names\":");
	json_uint(b, c->names);
	buf_text(b, ",\"change\":\"host_changed\",\"direction\":");
	json_str(b, span_str(diff_direction_name(c->direction)));
	buf_text(b, ",\"events\":[");
	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++) {
		if ((c->events >> i & 1) == 0)
			continue;
		buf_text(b, lead);
		json_str(b, span_str(host_event_name((enum host_event)i)));
		lead = ",";
	}
	buf_text(b, "],\"keys\":[");
	lead = "{\"key\":";
	for (unsigned i = 0; i < HOST_DIFF_COUNT; i++) {
		if ((c->keys >> i & 1) == 0)
			continue;
		buf_text(b, lead);
		json_str(b, span_str(host_diff_key_name((enum host_diff_key)i)));
		buf_text(b, ",\"old\":");
		json_str(b, value_of(p, 0, c, i));
		buf_text(b, ",\"new\":");
		json_str(b, value_of(p, 1, c, i));
		buf_text(b, "}");
		lead = ",{\"key\":";
	}
	buf_text(b, "]}\n");
	p->failed = p->failed || b->failed;
	if (!p->failed)
		fwrite(b->p, 1, b->n, p->out);
}

void diff_print_host(void *owner, const struct host_change *c)
{
	struct diff_printer *p = owner;

	if (p->format == DIFF_TEXT)
		text_host(p, c);
	else if (p->format == DIFF_CSV)
		csv_host(p, c);
	else if (p->format == DIFF_NDJSON)
		ndjson_host(p, c);
}

/* ---- totals ------------------------------------------------------------------------------ */

static void text_count(FILE *out, const char *label, uint64_t n)
{
	fprintf(out, "  %-44s%15s\n", label, number_grouped(n).s);
}

void diff_hosts_head(FILE *out, const struct host_totals *t)
{
	if (!t->compared)
		return;
	fprintf(out, "MX hosts: %s worse, %s better, %s changed otherwise; %s the same",
		number_grouped(t->directions[DIFF_WORSE]).s,
		number_grouped(t->directions[DIFF_BETTER]).s,
		number_grouped(t->directions[DIFF_OTHER]).s, number_grouped(t->same).s);
	if (t->unknown > 0)
		fprintf(out, "; %s not known in one of them", number_grouped(t->unknown).s);
	fputs(".\n", out);
}

void diff_hosts_text(FILE *out, const struct host_totals *t)
{
	if (t->changed == 0)
		return;
	fputs("\nMX hosts                                                     hosts\n", out);
	text_count(out, "in both", t->both);
	text_count(out, "  the same", t->same);
	text_count(out, "  changed", t->changed);
	text_count(out, "  inconclusive in one of them", t->unknown);
	text_count(out, "in OLD only", t->only_old);
	text_count(out, "in NEW only", t->only_new);
	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++)
		if (t->events[i] > 0)
			text_count(out, host_event_name((enum host_event)i), t->events[i]);
}

static void json_count(struct buf *b, const char *lead, uint64_t n)
{
	buf_text(b, lead);
	json_uint(b, n);
}

void diff_hosts_json(struct buf *b, const struct host_totals *t)
{
	static const enum diff_direction told[] = {DIFF_WORSE, DIFF_BETTER, DIFF_OTHER};

	buf_text(b,
		 t->compared ? ",\"hosts\":{\"compared\":true" : ",\"hosts\":{\"compared\":false");
	json_count(b, ",\"old\":", t->hosts[0]);
	json_count(b, ",\"new\":", t->hosts[1]);
	json_count(b, ",\"both\":", t->both);
	json_count(b, ",\"same\":", t->same);
	json_count(b, ",\"changed\":", t->changed);
	json_count(b, ",\"unknown\":", t->unknown);
	json_count(b, ",\"only_old\":", t->only_old);
	json_count(b, ",\"only_new\":", t->only_new);
	buf_text(b, ",\"directions\":{");
	for (unsigned i = 0; i < 3; i++) {
		buf_text(b, i == 0 ? "" : ",");
		json_str(b, span_str(diff_direction_name(told[i])));
		json_count(b, ":", t->directions[told[i]]);
	}
	buf_text(b, "},\"events\":{");
	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++) {
		buf_text(b, i == 0 ? "" : ",");
		json_str(b, span_str(host_event_name((enum host_event)i)));
		json_count(b, ":", t->events[i]);
	}
	buf_text(b, "}}");
}
