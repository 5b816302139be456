/* fields.c - the tables of fields.def; see fields.h. */
#include "output/record/fields.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* One vocabulary a macro: its words as the table's functions want them. */
#define WORDS_DEFINE(prefix)                                                                       \
	static const char *fields_word_##prefix(unsigned v)                                        \
	{                                                                                          \
		return prefix##_name((enum prefix)v);                                              \
	}
#define WORDS_TABLE(prefix, LIST)                                                                  \
	WORDS_DEFINE(prefix)                                                                       \
	static const struct field_word quoted_##prefix[] = {LIST(WORDS_QUOTED)};                   \
	static const struct field_words words_##prefix = {                                         \
		#prefix, sizeof(quoted_##prefix) / sizeof(struct field_word),                      \
		fields_word_##prefix, prefix##_parse, quoted_##prefix};
#define WORDS_QUOTED(id, ...) WORDS_QUOTED_FIRST(__VA_ARGS__, 0)
#define WORDS_QUOTED_FIRST(text, ...) {sizeof("\"" text "\"") - 1, "\"" text "\""},

WORDS_TABLE(dns_outcome, DNS_OUTCOMES)
WORDS_TABLE(verdict, VERDICTS)
WORDS_TABLE(impact, IMPACTS)
WORDS_TABLE(severity, SEVERITIES)
WORDS_TABLE(stage, STAGES)
WORDS_TABLE(tls_reason, TLS_REASONS)
WORDS_TABLE(newline, NEWLINES)
WORDS_TABLE(mode, MODES)
WORDS_TABLE(mismatch, MISMATCHES)
WORDS_TABLE(mx_tls, MX_TLS_OUTCOMES)
WORDS_TABLE(sender, SENDERS)
WORDS_TABLE(dane, DANE_OUTCOMES)
WORDS_TABLE(probe_how, PROBE_HOWS)

static const char *fields_word_issue(unsigned v)
{
	return issue_info((enum issue)v)->code;
}
static const struct field_word quoted_issue[ISSUE_COUNT] = {
#define ISSUE(code, severity, impact, group, traits, rfc, title, why, fix) WORDS_QUOTED(0, #code)
#include "parsers/issues.def"
#undef ISSUE
};
static const struct field_words words_issue = {"issue", ISSUE_COUNT, fields_word_issue, issue_parse,
					       quoted_issue};

static bool fields_policy_tried(const void *policy)
{
	return ((const struct record_policy *)policy)->stage != STAGE_NONE;
}

static bool fields_mx_probed(const void *host)
{
	return ((const struct record_mx_host *)host)->probe.how >= 0;
}

/* The member's offset, and a compile error when it has not the type that the kind expects. */
#define AT(member, type)                                                                           \
	(uint32_t)(offsetof(T, member) + 0 * sizeof(_Generic(((T *)0)->member, type : 0)))
#define KEY(key) #key, ",\"" #key "\":", sizeof(#key) - 1, sizeof(",\"" #key "\":") - 1

#define PLAIN(KIND, key, member, type, nullable, doc)                                              \
	{KEY(key), KIND, nullable, AT(member, type), 0, 0, NULL, NULL, doc},
#define NUMBER(KIND, key, member, type, null, doc)                                                 \
	{KEY(key), KIND, true, AT(member, type), 0, null, NULL, NULL, doc},
#define LIST(KIND, key, member, type, count, doc)                                                  \
	{KEY(key), KIND, false, AT(member, type), AT(count, unsigned), 0, NULL, NULL, doc},

#define SCHEMA(key, doc) {KEY(key), FIELD_SCHEMA, false, 0, 0, 0, NULL, NULL, doc},
#define I64(key, member, doc) PLAIN(FIELD_I64, key, member, int64_t, false, doc)
#define I64_N(key, member, null, doc) NUMBER(FIELD_I64, key, member, int64_t, null, doc)
#define U64(key, member, doc) PLAIN(FIELD_U64, key, member, uint64_t, false, doc)
#define INT(key, member, doc) PLAIN(FIELD_INT, key, member, int, false, doc)
#define INT_N(key, member, null, doc) NUMBER(FIELD_INT, key, member, int, null, doc)
#define U32(key, member, doc) PLAIN(FIELD_U32, key, member, uint32_t, false, doc)
#define U16(key, member, doc) PLAIN(FIELD_U16, key, member, uint16_t, false, doc)
#define BOOL(key, member, doc) PLAIN(FIELD_BOOL, key, member, bool, false, doc)
#define TRI(key, member, doc) PLAIN(FIELD_TRI, key, member, int, true, doc)
#define FLAG(key, member, doc) PLAIN(FIELD_TRI, key, member, int, false, doc)
#define WORD(key, member, list, doc)                                                               \
	{KEY(key), FIELD_WORD, false, AT(member, enum list), 0, 0, &words_##list, NULL, doc},
#define WORD_N(key, member, list, doc)                                                             \
	{KEY(key), FIELD_WORD, true, AT(member, int), 0, 0, &words_##list, NULL, doc},
#define WORDS(key, member, list, doc)                                                              \
	{KEY(key), FIELD_WORDS, false, AT(member, uint32_t), 0, 0, &words_##list, NULL, doc},
#define STR(key, member, doc) PLAIN(FIELD_STR, key, member, struct span, false, doc)
#define STR_N(key, member, doc) PLAIN(FIELD_STR, key, member, struct span, true, doc)
#define STRS(key, member, count, doc) LIST(FIELD_STRS, key, member, const struct span *, count, doc)
#define PIECES(key, member, count, doc)                                                            \
	LIST(FIELD_PIECES, key, member, const uint16_t *, count, doc)
#define RAW(key, member, doc) PLAIN(FIELD_RAW, key, member, struct span, true, doc)
#define RAWS(key, member, count, doc) LIST(FIELD_RAWS, key, member, const struct span *, count, doc)
#define TIME_MS(key, member, doc) PLAIN(FIELD_TIME_MS, key, member, int64_t, false, doc)
#define TIME_S(key, member, doc) PLAIN(FIELD_TIME_S, key, member, int64_t, true, doc)
#define OBJ(key, member, id, doc)                                                                  \
	{KEY(key), FIELD_OBJECT, false, (uint32_t)offsetof(T, member), 0, 0,                       \
	 NULL,	   &object_##id, doc},
#define SELF(key, id, doc) {KEY(key), FIELD_OBJECT, false, 0, 0, 0, NULL, &object_##id, doc},
#define SELF_N(key, id, doc) {KEY(key), FIELD_OBJECT, true, 0, 0, 0, NULL, &object_##id, doc},
#define OBJS(key, member, count, type, id, doc)                                                    \
	{KEY(key), FIELD_OBJECTS, false, AT(member, type), AT(count, unsigned), 0,                 \
	 NULL,	   &object_##id,  doc},

#define OBJECT(id) static const struct field fields_of_##id[] = {
#define END_N(id, fn)                                                                              \
	}                                                                                          \
	;                                                                                          \
	static_assert(sizeof(fields_of_##id) / sizeof(struct field) <= FIELDS_MAX, #id);           \
	static const struct object object_##id = {#id, sizeof(T),                                  \
						  sizeof(fields_of_##id) / sizeof(struct field),   \
						  fields_of_##id, fn};
#define END(id) END_N(id, NULL)

/* clang-format off */
#include "output/record/fields.def"
/* clang-format on */

static void silence_fields(const struct object *o, char *base)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->kind == FIELD_OBJECT) { /* its members are of this struct */
			assert(f->at == 0);
			silence_fields(f->object, base);
		} else if (!f->nullable) {
			continue;
		} else if (f->kind == FIELD_TRI || f->kind == FIELD_WORD) {
			memcpy(base + f->at, &(int){-1}, sizeof(int));
		} else if (f->kind == FIELD_INT) {
			memcpy(base + f->at, &(int){(int)f->null_value}, sizeof(int));
		} else if (f->kind == FIELD_I64) {
			memcpy(base + f->at, &f->null_value, sizeof(int64_t));
		} else if (f->kind == FIELD_TIME_S) {
			memcpy(base + f->at, &(int64_t){INT64_MIN}, sizeof(int64_t));
		}
	}
}

void fields_silence(const struct object *o, void *base)
{
	memset(base, 0, o->size);
	silence_fields(o, base);
}

const struct object *fields_record(void)
{
	return &object_record;
}

const struct object *fields_mx_host(void)
{
	return &object_mx_host;
}

const struct object *fields_host(void)
{
	static_assert(offsetof(struct record_host, mx) == 0, "one for the other");
	return &object_host_line;
}
