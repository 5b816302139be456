/*
 * The vectors of independent implementations: every expectation that is the RFC's must hold.
 * Vectors whose RFC verdict is disputed (null) are only run.
 */
#include <criterion/criterion.h>
#include <idn2.h>

#include "parsers/mxmatch.h"
#include "parsers/name.h"
#include "tests/conformance/conformance.h"

static bool judge_set(const char *kind, json_t *input, struct findings *f)
{
	struct span txt[64];
	unsigned n = 0;
	size_t i;
	json_t *one;

	findings_init(f, NULL);
	json_array_foreach(input, i, one) if (n < 64) txt[n++] =
		span_of(json_string_value(one), json_string_length(one));
	if (strcmp(kind, "sts_record_set") == 0)
		return sts_record_usable(txt, n);
	struct tlsrpt_choice choice;
	struct tlsrpt record;
	tlsrpt_choose(txt, n, &choice);
	if (choice.set != TLSRPT_SET_ONE)
		return false;
	tlsrpt_parse(txt[choice.chosen], f, &record);
	return record.valid;
}

static bool has_u_label(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return true;
	return false;
}

/*
 * Names on the wire are A-labels, and a U-label matches none of them (RFC 8461 3.2). Four vectors
 * compare U-labels with U-labels in another case; those meet in their A-label form, which folds the
 * case.
 */
static struct span wire_name(const char *s, char buf[NAME_BUF])
{
	uint8_t *out = NULL;

	if (idn2_lookup_u8((const uint8_t *)s, &out, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return span_str(s);
	snprintf(buf, NAME_BUF, "%s", (char *)out);
	idn2_free(out);
	return span_str(buf);
}

static bool judge_match(json_t *v)
{
	const char *host = json_string_value(json_object_get(v, "host"));
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(v, "input"), i, one)
	{
		const char *pattern = json_string_value(one);
		char left[NAME_BUF], right[NAME_BUF];
		bool both = has_u_label(host) && has_u_label(pattern);
		struct span a = both ? wire_name(pattern, left) : span_str(pattern);
		struct span b = both ? wire_name(host, right) : span_str(host);
		if (mxmatch(a, b) == MXMATCH_YES)
			return true;
	}
	return false;
}

static bool judge_hex(const char *hex, struct findings *f)
{
	size_t n = strlen(hex) / 2;
	char *bytes = malloc(n + 1);

	for (size_t i = 0; i < n; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		bytes[i] = (char)strtoul(pair, NULL, 16);
	}
	bool valid = conformance_policy(bytes, n, f);
	free(bytes);
	return valid;
}

/* -1: not a kind that has one verdict. */
static int judge_vector(json_t *v, struct findings *f)
{
	const char *kind = json_string_value(json_object_get(v, "kind"));
	json_t *input = json_object_get(v, "input");
	const char *text = json_string_value(input);
	size_t n = json_string_length(input);

	if (strcmp(kind, "policy") == 0)
		return conformance_policy(text, n, f);
	if (strcmp(kind, "policy_bytes_hex") == 0)
		return judge_hex(text, f);
	if (strcmp(kind, "sts_record") == 0)
		return conformance_sts(text, n, f);
	if (strcmp(kind, "tlsrpt_record") == 0)
		return conformance_tlsrpt(text, n, f);
	if (strcmp(kind, "sts_record_set") == 0 || strcmp(kind, "tlsrpt_record_set") == 0)
		return judge_set(kind, input, f);
	if (strcmp(kind, "mx_match") == 0) {
		findings_init(f, NULL);
		return judge_match(v);
	}
	return -1;
}

Test(vectors, every_rfc_expectation_holds)
{
	char *table = conformance_table("vectors.jsonl"), *rest = table;
	unsigned run = 0, decided = 0, wrong = 0;

	for (char *line; (line = conformance_line(&rest)) != NULL;) {
		json_t *v = json_loads(line, JSON_ALLOW_NUL, NULL);
		struct findings f;
		cr_assert_not_null(v);
		int got = judge_vector(v, &f);
		json_t *rfc = json_object_get(v, "rfc");
		run += got >= 0;
		if (got >= 0 && json_is_boolean(rfc)) {
			decided++;
			if (got != json_is_true(rfc)) {
				wrong++;
				fprintf(stderr, "expected %s, found %s: %s\n",
					json_is_true(rfc) ? "valid" : "invalid",
					conformance_root(&f), json_dumps(v, JSON_COMPACT));
			}
		}
		json_decref(v);
	}
	free(table);
	fprintf(stderr, "%u vectors run, %u decided by the RFC, %u wrong\n", run, decided, wrong);
	cr_assert_gt(decided, 1000);
	cr_assert_eq(wrong, 0);
}
