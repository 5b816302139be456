/* A record through the emitter, a real JSON parser and our reader. */
#include <criterion/criterion.h>
#include <jansson.h>

#include "tests/support/guard.h"
#include "output/record/fields.h"
#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "tests/support/sample.h"

struct fixture {
	struct arena arena, back;
	struct buf out, again;
	struct record_reader reader;
};

static void setup(struct fixture *x)
{
	cr_assert_eq(arena_init(&x->arena, 65536, 1u << 22), 0);
	cr_assert_eq(arena_init(&x->back, 65536, 1u << 24), 0);
	buf_init(&x->out, RECORD_LINE_MAX);
	buf_init(&x->again, RECORD_LINE_MAX);
	record_reader_init(&x->reader);
}

static void teardown(struct fixture *x)
{
	arena_release(&x->arena);
	arena_release(&x->back);
	buf_release(&x->out);
	buf_release(&x->again);
}

/* Reads the line in x->out from a guarded copy. */
static enum record_read_status read_guarded(struct fixture *x, struct record *r, struct guard *g)
{
	*g = guard_copy(x->out.p, x->out.n - 1);
	return record_read(&x->reader, span_of(g->p, g->n), &x->back, r);
}

Test(record, thousands_survive_the_way_to_disk_and_back)
{
	struct fixture x;
	setup(&x);
	for (uint64_t line = 1; line <= 3000; line++) {
		struct record r, back;
		struct guard g;
		arena_reset(&x.arena);
		arena_reset(&x.back);
		buf_reset(&x.out);
		buf_reset(&x.again);
		sample_record(&r, &x.arena, 7, line, 500);
		cr_assert_eq(record_emit_once(&r, &x.out), 0);
		cr_assert_eq(x.out.p[x.out.n - 1], '\n');
		cr_assert_null(memchr(x.out.p, '\n', x.out.n - 1));
		cr_assert_eq(read_guarded(&x, &back, &g), RECORD_READ_OK, "line %llu: %s at %zu",
			     (unsigned long long)line, x.reader.error, x.reader.at);
		cr_assert_eq(x.reader.missing, 0);
		cr_assert_eq(x.reader.unknown_keys, 0);
		cr_assert_eq(record_emit_once(&back, &x.again), 0);
		cr_assert_eq(x.out.n, x.again.n);
		cr_assert_arr_eq(x.out.p, x.again.p, x.out.n);
		guard_free(&g);
	}
	teardown(&x);
}

/* Every key of the table is there, in its order, and jansson agrees that it is JSON. */
static void check_keys(const struct object *o, json_t *value)
{
	void *at = json_object_iter(value);

	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		cr_assert_not_null(at, "%s.%s", o->name, f->key);
		cr_assert_str_eq(json_object_iter_key(at), f->key);
		json_t *v = json_object_iter_value(at);
		if (f->kind == FIELD_OBJECT && !json_is_null(v))
			check_keys(f->object, v);
		size_t k;
		json_t *element;
		if (f->kind == FIELD_OBJECTS)
			json_array_foreach(v, k, element) check_keys(f->object, element);
		at = json_object_iter_next(value, at);
	}
	cr_assert_null(at);
}

Test(record, jansson_reads_every_key_in_order)
{
	struct fixture x;
	setup(&x);
	for (uint64_t line = 1; line <= 500; line++) {
		struct record r;
		json_error_t error;
		arena_reset(&x.arena);
		buf_reset(&x.out);
		sample_record(&r, &x.arena, 3, line, 700);
		cr_assert_eq(record_emit_once(&r, &x.out), 0);
		json_t *v = json_loadb(x.out.p, x.out.n, JSON_REJECT_DUPLICATES, &error);
		cr_assert_not_null(v, "%s", error.text);
		check_keys(fields_record(), v);
		json_decref(v);
	}
	teardown(&x);
}

Test(record, bytes_that_text_cannot_hold_come_back_exactly)
{
	static const char hostile[] = "\x00\xff\xc0\x80\xed\xa0\x80\xf5 \"\\\x7f\xe2\x80\xa8";
	struct fixture x;
	struct record r, back;
	struct guard g;
	setup(&x);
	struct span bytes = {hostile, sizeof(hostile) - 1};
	struct span txt[2] = {SPAN_LIT("v=STSv1; id=1;"), bytes};
	static const uint16_t pieces[2] = {1, 3};
	record_init(&r);
	r.line = 1;
	r.sts.answer.txt = txt;
	r.sts.answer.txt_pieces = pieces;
	r.sts.answer.txt_n = 2;
	r.policy.stage = STAGE_SYNTAX;
	r.policy.body = bytes;
	cr_assert_eq(record_emit_once(&r, &x.out), 0);
	cr_assert_eq(read_guarded(&x, &back, &g), RECORD_READ_OK);
	cr_assert(span_eq(back.policy.body, bytes));
	cr_assert(span_eq(back.sts.answer.txt[0], txt[0]));
	cr_assert(span_eq(back.sts.answer.txt[1], bytes));
	cr_assert_eq(back.sts.answer.txt_pieces[1], 3);
	json_t *v = json_loadb(x.out.p, x.out.n, 0, NULL);
	cr_assert_not_null(v);
	const char *body = json_string_value(json_object_get(json_object_get(v, "policy"), "body"));
	cr_assert_not_null(strstr(body, "\xef\xbf\xbd"), "replaced by U+FFFD");
	cr_assert_not_null(strstr(body, "\xe2\x80\xa8"), "U+2028 stays");
	json_decref(v);
	guard_free(&g);
	teardown(&x);
}

Test(record, any_key_order_and_unknown_keys)
{
	static const char line[] =
		" { \"verdict\" : \"enforce\", \"future\": [1, {\"a\": \"}\\\"\"}, -2.5e3, null], "
		"\"policy\": {\"max_age\": 86400, \"mode\": \"enforce\", \"new\": true, \"stage\": "
		"\"ok\"}, "
		"\"issues\": [{\"code\": \"no_such_code_yet\"}, {\"code\": "
		"\"domain_syntax_invalid\"}], "
		"\"domain\": \"b\\u00fccher.\\uD83D\\uDE00\", \"line\": 12, \"schema\": 2, "
		"\"rank\": null } ";
	struct fixture x;
	struct record r;
	setup(&x);
	struct guard g = guard_copy(line, sizeof(line) - 1);
	cr_assert_eq(record_read(&x.reader, span_of(g.p, g.n), &x.back, &r), RECORD_READ_OK, "%s",
		     x.reader.error);
	cr_assert_eq(x.reader.schema, 2);
	cr_assert_eq(r.line, 12);
	cr_assert_eq(r.verdict, VERDICT_ENFORCE);
	cr_assert_eq(r.policy.max_age, 86400);
	cr_assert_eq(r.policy.mode, MODE_ENFORCE);
	cr_assert_eq(r.rank, -1);
	cr_assert_eq(r.issues_n, 1, "the unknown finding is left out");
	cr_assert_eq(r.issues[0].code, ISSUE_domain_syntax_invalid);
	cr_assert_eq(x.reader.unknown_words, 1);
	cr_assert_eq(x.reader.unknown_keys, 2);
	cr_assert_gt(x.reader.missing, 10);
	cr_assert(span_eq(r.domain, SPAN_LIT("b\xc3\xbc"
					     "cher.\xf0\x9f\x98\x80")));
	guard_free(&g);
	teardown(&x);
}

Test(record, lines_that_are_no_records)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{"", "an object was expected"},
		{"[]", "an object was expected"},
		{"{}", "an object, but no record of this program"},
		{"{\"schema\":1}", "an object, but no record of this program"},
		{"{\"schema\":1,\"line\":3} x", "something follows the object"},
		{"{\"line\":-3}", "an integer out of range"},
		{"{\"line\":1.5}", "an integer was expected"},
		{"{\"line\":99999999999999999999}", "an integer out of range"},
		{"{\"input\":\"a", "a string without an end"},
		{"{\"input\":\"a\\", "a string without an end"},
		{"{\"input\":\"\\u12\"}", "a \\u escape is broken"},
		{"{\"input\":\"\\q\"}", "an escape that JSON does not have"},
		{"{\"input\":\"\x01\"}", "a control byte inside a string"},
		{"{\"input\":3}", "a string was expected"},
		{"{\"line\" 3}", "a ':' was expected"},
		{"{\"line\":3 \"schema\":1}", "a ',' or '}' was expected"},
		{"{\"interoperable\":maybe}", "true or false was expected"},
		{"{\"scanned_at\":\"yesterday\"}",
		 "a time as in 2026-01-31T23:59:59.000Z was expected"},
		{"{\"sts\":{\"txt\":[\"a\" \"b\"]}}", "a list is broken"},
		{"{\"sts\":{\"txt\":\"a\"}}", "a list was expected"},
		{"{\"x\":", "the line ends inside a value"},
		{"{\"x\":]", "a value was expected"},
		{"{\"x\":?}", "a value was expected"},
	};
	struct fixture x;
	struct record r;
	setup(&x);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct guard g = guard_copy(bad[i].line, strlen(bad[i].line));
		cr_expect_eq(record_read(&x.reader, span_of(g.p, g.n), &x.back, &r),
			     RECORD_READ_BAD, "%s", bad[i].line);
		cr_expect_str_eq(x.reader.error ? x.reader.error : "", bad[i].why, "%s: %s",
				 bad[i].line, x.reader.error);
		guard_free(&g);
	}
	teardown(&x);
}

Test(record, a_skipped_value_cannot_nest_without_end)
{
	struct fixture x;
	struct record r;
	char line[4096] = "{\"x\":";
	setup(&x);
	memset(line + 5, '[', sizeof(line) - 6);
	cr_assert_eq(record_read(&x.reader, span_str(line), &x.back, &r), RECORD_READ_BAD);
	cr_assert_str_eq(x.reader.error, "values are nested too deeply");
	teardown(&x);
}

Test(record, a_full_buffer_fails_and_keeps_earlier_lines)
{
	struct fixture x;
	struct record r;
	struct buf small;
	setup(&x);
	buf_init(&small, 6000);
	record_init(&r);
	r.line = 1;
	cr_assert_eq(record_emit_once(&r, &small), 0);
	size_t n = small.n;
	char big[8192];
	memset(big, '\x01', sizeof(big));
	r.input = span_of(big, sizeof(big));
	cr_assert_eq(record_emit_once(&r, &small), -1);
	cr_assert_eq(small.n, n);
	cr_assert_eq(small.p[n - 1], '\n');
	buf_release(&small);
	teardown(&x);
}

Test(record, memory_is_a_failure_of_ours_not_of_the_line)
{
	struct fixture x;
	struct record r;
	struct arena tiny;
	setup(&x);
	cr_assert_eq(arena_init(&tiny, 16, 0), 0);
	cr_assert_eq(record_read(&x.reader, SPAN_LIT("{\"sts\":{\"txt\":[\"a\",\"b\",\"c\"]}}"),
				 &tiny, &r),
		     RECORD_READ_MEMORY);
	arena_release(&tiny);
	teardown(&x);
}

Test(record, nothing_is_allocated_once_warm)
{
	struct fixture x;
	struct record r;
	setup(&x);
	sample_record(&r, &x.arena, 1, 1, 1000);
	cr_assert_eq(record_emit_once(&r, &x.out), 0);
	buf_reset(&x.out);
	char *p = x.out.p;
	size_t cap = x.out.cap;
	cr_assert_eq(record_emit_once(&r, &x.out), 0);
	cr_assert_eq(x.out.p, p);
	cr_assert_eq(x.out.cap, cap);
	teardown(&x);
}
