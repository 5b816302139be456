/* The text known ahead for members that say nothing, against a walk over every field. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/record/record_plan.h"
#include "output/record/record_values.h"
#include "tests/support/sample.h"

/* The same objects with no step that is silent, so that every value is made; in the arena. */
static struct plan *walked(const struct plan *p, struct arena *a)
{
	struct plan *copy = arena_alloc(a, sizeof(*copy));

	cr_assert_not_null(copy);
	*copy = *p;
	for (unsigned i = 0; i < p->object->n; i++) {
		copy->steps[i].mask = 0;
		copy->steps[i].silent = 1;
		if (p->steps[i].inner != NULL)
			copy->steps[i].inner = walked(p->steps[i].inner, a);
	}
	return copy;
}

/* Gives a member a value that shows. */
static void raise(const struct field *f, char *base)
{
	static const uint16_t piece = 3;
	static const struct span words[] = {{"loud", 4}}, bytes[] = {{"\xff", 1}};
	static struct record_mx_host host;
	static const struct record_issue issue = {.line = 7};
	const void *list = NULL;

	record_mx_host_init(&host);
	host.host = SPAN_LIT("mx");

	switch ((enum field_kind)f->kind) {
	case FIELD_BOOL:
		memcpy(base + f->at, &(bool){true}, sizeof(bool));
		return;
	case FIELD_U16:
		memcpy(base + f->at, &(uint16_t){9}, sizeof(uint16_t));
		return;
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_TRI:
	case FIELD_WORDS:
		memcpy(base + f->at, &(int){1}, sizeof(int));
		return;
	case FIELD_WORD: /* one other than the silent */
		memcpy(base + f->at, &(int){*(const int *)(const void *)(base + f->at) == 0},
		       sizeof(int));
		return;
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		memcpy(base + f->at, &(int64_t){77777}, sizeof(int64_t));
		return;
	case FIELD_STR:
	case FIELD_RAW:
		memcpy(base + f->at, bytes, sizeof(bytes[0]));
		return;
	case FIELD_STRS:
		list = words;
		break;
	case FIELD_RAWS:
		list = bytes;
		break;
	case FIELD_PIECES: /* shares the count of the texts, which alone would make it show */
		list = &piece;
		memcpy(base + f->at, &list, sizeof(list));
		return;
	case FIELD_OBJECTS:
		list = strcmp(f->key, "hosts") == 0 ? (const void *)&host : (const void *)&issue;
		break;
	case FIELD_SCHEMA:
	case FIELD_OBJECT:
		return;
	}
	memcpy(base + f->at, &list, sizeof(list));
	memcpy(base + f->at_n, &(unsigned){1}, sizeof(unsigned));
}

struct fixture {
	struct arena arena;
	struct buf ahead, walk;
	unsigned raised;
};

static void compare(struct fixture *x, const struct plan *p, const char *base, const char *what)
{
	struct plan *plain = walked(p, &x->arena);

	buf_reset(&x->ahead);
	buf_reset(&x->walk);
	record_emit_object(&x->ahead, p, base);
	record_emit_object(&x->walk, plain, base);
	cr_assert_eq(x->ahead.n, x->walk.n, "%s: %.*s", what, (int)x->ahead.n, x->ahead.p);
	cr_assert_arr_eq(x->ahead.p, x->walk.p, x->walk.n, "%s", what);
	arena_reset(&x->arena);
}

/* Kinds whose every value has a text: how many bytes of the member that is. */
static size_t number_size(const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_U16:
		return sizeof(uint16_t);
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_TRI:
	case FIELD_WORDS:
		return sizeof(int);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return sizeof(int64_t);
	default:
		return 0;
	}
}

/* Every member of `o`, which lies `at` bytes into the object of `t`, raised alone. */
static void raise_each(struct fixture *x, const struct plan *p, const struct object *o, size_t at)
{
	char *base = malloc(p->object->size);

	cr_assert_not_null(base);
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->kind == FIELD_OBJECT) {
			raise_each(x, p, f->object, at + f->at);
			continue;
		}
		memcpy(base, p->silent, p->object->size);
		raise(f, base + at);
		compare(x, p, base, f->key);
		x->raised++;
		for (size_t k = 0; k < number_size(f); k++) {
			memcpy(base, p->silent, p->object->size);
			base[at + f->at + k] ^= 1;
			compare(x, p, base, f->key);
		}
	}
	free(base);
}

static void each_object(struct fixture *x, const struct plan *p)
{
	compare(x, p, p->silent, p->object->name);
	raise_each(x, p, p->object, 0);
	for (unsigned i = 0; i < p->object->n; i++)
		if (p->steps[i].inner != NULL)
			each_object(x, p->steps[i].inner);
}

static void setup(struct fixture *x)
{
	*x = (struct fixture){0};
	cr_assert_eq(arena_init(&x->arena, 65536, 1u << 22), 0);
	buf_init(&x->ahead, RECORD_LINE_MAX);
	buf_init(&x->walk, RECORD_LINE_MAX);
}

static void teardown(struct fixture *x)
{
	arena_release(&x->arena);
	buf_release(&x->ahead);
	buf_release(&x->walk);
}

Test(record_plan, no_member_that_says_something_is_passed_over)
{
	struct fixture x;
	struct record_emitter *e = record_emitter_new();

	setup(&x);
	cr_assert_not_null(e);
	each_object(&x, record_plan(e));
	cr_assert_geq(x.raised, 100);
	record_emitter_free(e);
	teardown(&x);
}

Test(record_plan, a_silent_object_is_known_ahead)
{
	struct record_emitter *e = record_emitter_new();
	cr_assert_not_null(e);
	const struct plan *p = record_plan(e);
	unsigned n = 0;

	for (unsigned i = 0; i < p->object->n; i++)
		if (p->steps[i].inner != NULL && ++n)
			cr_expect(plan_silent(p->steps[i].inner, p->steps[i].inner->silent), "%s",
				  p->steps[i].inner->object->name);
	cr_assert_geq(n, 5);
	record_emitter_free(e);
}

/* Not by its pointer, half of which may be zero. */
Test(record_plan, a_list_is_silent_by_its_count)
{
	struct record_emitter *e = record_emitter_new();
	cr_assert_not_null(e);
	const struct plan *p = record_plan(e);
	struct record r;

	record_init(&r);
	for (unsigned i = 0; i < p->object->n; i++) {
		const struct step *s = &p->steps[i];
		if (s->field->kind != FIELD_OBJECTS)
			continue;
		cr_assert_str_eq(s->field->key, "issues");
		r.issues = (struct record_issue[1]){0};
		cr_expect(step_silent(s, (const char *)&r));
		r.issues = NULL;
		r.issues_n = 1;
		cr_expect_not(step_silent(s, (const char *)&r));
	}
	cr_assert_eq(r.issues_n, 1);
	record_emitter_free(e);
}

Test(record_plan, a_population_reads_the_same)
{
	struct fixture x;
	struct arena records;
	struct record_emitter *e = record_emitter_new();

	setup(&x);
	cr_assert_not_null(e);
	cr_assert_eq(arena_init(&records, 65536, 1u << 22), 0);
	for (uint64_t line = 1; line <= 2000; line++) {
		struct record r;
		arena_reset(&records);
		sample_record(&r, &records, 11, line, 300);
		compare(&x, record_plan(e), (const char *)&r, "sample");
	}
	arena_release(&records);
	record_emitter_free(e);
	teardown(&x);
}
