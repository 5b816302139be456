/*
 * Stored lines and the emitter. Any bytes as a line, of records or of the table of hosts: the
 * reader never reads outside it, and what it accepts is emitted as JSON that jansson accepts, reads
 * back and emits the same again. What is emitted, the supervisor takes; what it takes,
 * jansson takes. The bytes also go into a record as strings, so that the emitter meets every kind
 * of broken UTF-8. Of all of it a row can be packed, and a state for `diff`, which prints as text,
 * CSV and JSON.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "output/diff/diff_print.h"
#include "output/aggregate/facts.h"
#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "output/text/json_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(struct record_reader *reader, struct arena *arena, const struct record *r)
{
	struct buf first, second;
	struct record back;
	json_error_t error;

	buf_init(&first, RECORD_LINE_MAX);
	buf_init(&second, RECORD_LINE_MAX);
	assert(record_emit_once(r, &first) == 0);
	json_t *v = json_loadb(first.p, first.n, JSON_REJECT_DUPLICATES, &error);
	assert(v != NULL);
	json_decref(v);
	assert(json_walk_object(span_of(first.p, first.n - 1), SPAN_LIT("line")));
	assert(record_read(reader, span_of(first.p, first.n - 1), arena, &back) == RECORD_READ_OK);
	assert(reader->missing == 0 && reader->unknown_keys == 0 && reader->unknown_words == 0);
	assert(record_emit_once(&back, &second) == 0);
	assert(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
	buf_release(&first);
	buf_release(&second);
}

/* What is known of the host is new, or gone, in each format. */
static void host_changes(const struct record_mx_host *h)
{
	struct record_mx_host empty;
	struct host_change c = {.names = 1};

	record_mx_host_init(&empty);
	empty.host = h->host;
	empty.tls = MX_TLS_OK;
	empty.tlsa = 1;
	empty.dane = DANE_OK;
	for (unsigned i = 0; i < 8; i++) {
		struct diff_printer p;
		char *printed;
		size_t n;
		FILE *out = open_memstream(&printed, &n);
		host_compare(i % 2 == 0 ? h : &empty, i % 2 == 0 ? &empty : h, &c);
		assert(diff_print_begin(&p, out, (enum diff_format)(i / 2)) == 0);
		diff_print_host(&p, &c);
		assert(diff_print_end(&p) == 0 && fclose(out) == 0);
		json_t *v = p.format == DIFF_NDJSON ? json_loadb(printed, n, 0, NULL) : NULL;
		assert(p.format != DIFF_NDJSON || v != NULL);
		json_decref(v);
		free(printed);
	}
}

/* A line of the table of hosts. */
static void host_round_trip(struct record_reader *reader, struct arena *arena, struct span bytes)
{
	struct record_emitter *e = record_emitter_new();
	struct record_mx_host h;
	struct buf text[2];

	assert(e != NULL);
	for (unsigned i = 0; i < 2; i++) {
		buf_init(&text[i], RECORD_LINE_MAX);
		if (record_read_mx_host(reader, bytes, arena, &h) == RECORD_READ_OK) {
			assert(record_emit_mx_host(e, &h, &text[i]) == 0);
			host_changes(&h);
			bytes = span_of(text[i].p, text[i].n);
		}
	}
	assert(text[0].n == text[1].n);
	assert(text[0].n == 0 || memcmp(text[0].p, text[1].p, text[0].n) == 0);
	buf_release(&text[0]);
	buf_release(&text[1]);
	record_emitter_free(e);
}

/* The report packs a row of whatever was read. */
static void row(const struct record *r)
{
	static struct facts f;
	static uint8_t packed[FACTS_PACKED_MAX];

	facts_from_record(r, &f);
	size_t n = facts_pack(&f, packed);
	assert(facts_unpack(&f, packed, n) == n);
}

/* Everything about the name is new, and then gone. */
static void changes(const struct record *r)
{
	struct record empty;
	struct buf text[2];
	struct diff_state states[2];
	struct diff_change c = {.domain = r->domain};
	const char *const runs[2] = {"old", "new"};
	static struct diff_totals totals;
	static const struct host_totals hosts;
	static const struct remarks remarks;

	record_init(&empty);
	empty.verdict = VERDICT_ABSENT;
	for (unsigned i = 0; i < 2; i++) {
		buf_init(&text[i], RECORD_LINE_MAX);
		diff_state_write(i == 0 ? r : &empty, true, SPAN_LIT("Wait."), &text[i]);
		assert(!text[i].failed);
		assert(diff_state_read(span_of(text[i].p, text[i].n), &states[i]) == 0);
	}
	for (unsigned i = 0; i < 8; i++) {
		struct diff_printer p;
		char *printed;
		size_t n;
		FILE *out = open_memstream(&printed, &n);
		c.before = &states[i % 2];
		c.after = &states[1 - i % 2];
		diff_state_level(&states[0], &states[1]);
		diff_state_level(&states[0], &states[0]);
		c.appeared_n = diff_state_appeared(c.before, c.after, c.appeared);
		c.gone_n = diff_state_appeared(c.after, c.before, c.gone);
		/* What loses mail is told when nothing changed, too. */
		c.kind = i < 2 && diff_state_loses(c.after) ? DIFF_SAME : DIFF_CHANGED;
		c.direction = diff_direction(&c);
		c.gravity = diff_gravity(&c);
		assert(diff_print_begin(&p, out, (enum diff_format)(i / 2)) == 0);
		totals = (struct diff_totals){0};
		if (diff_state_comparable(c.before, c.after)) {
			totals.directions[c.direction] = 1;
			diff_print_change(&p, &c);
		}
		diff_print_totals(&p, runs, &totals, &hosts, &remarks);
		assert(diff_print_end(&p) == 0 && fclose(out) == 0);
		json_t *v = p.format == DIFF_NDJSON ? json_loadb(printed, n, 0, NULL) : NULL;
		assert(p.format != DIFF_NDJSON || n == 0 || v != NULL);
		json_decref(v);
		free(printed);
	}
	buf_release(&text[0]);
	buf_release(&text[1]);
}

/* Whatever the supervisor would store is JSON. */
static void walk(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	json_error_t error;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\n';
	if (json_walk_object(span_of(text, size), SPAN_LIT("line"))) {
		json_t *v = json_loadb(text, size, JSON_ALLOW_NUL, &error);
		/* jansson refuses numbers that it cannot keep, and half of a surrogate pair. */
		assert(v != NULL || strstr(error.text, "big") != NULL ||
		       strstr(error.text, "overflow") != NULL ||
		       strstr(error.text, "Unicode") != NULL ||
		       strstr(error.text, "\\\\u") != NULL);
		json_decref(v);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader reader;
	struct arena arena;
	struct record r;

	if (size > 65536 || arena_init(&arena, 65536, 1u << 26) != 0)
		return 0;
	walk(data, size);
	record_reader_init(&reader);
	struct span bytes = {(const char *)data, size};
	host_round_trip(&reader, &arena, bytes);
	if (record_read(&reader, bytes, &arena, &r) == RECORD_READ_OK) {
		round_trip(&reader, &arena, &r);
		row(&r);
		changes(&r);
	}

	struct span txt[2] = {bytes, span_of(bytes.p, size / 2)};
	record_init(&r);
	r.line = 1;
	r.input = r.tag = bytes;
	r.sts.answer.txt = txt;
	r.sts.answer.txt_n = 2;
	r.policy.stage = STAGE_SYNTAX;
	r.policy.body = bytes;
	r.policy.content_type = txt[1];
	round_trip(&reader, &arena, &r);
	row(&r);
	changes(&r);
	arena_release(&arena);
	return 0;
}
