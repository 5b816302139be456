/*
 * The sender matrix against the probes: what we find in a probe must predict which implementation
 * refuses it. Cells are what the implementations did ("ok...", "bad...").
 */
#include <criterion/criterion.h>

#include "parsers/senders.h"
#include "scanner/judge/judge.h"
#include "tests/conformance/conformance.h"

/* Column titles of the probes that are senders. */
static int sender_of(const char *title)
{
	static const struct {
		const char *title;
		enum sender sender;
	} titles[] = {{"mox", SENDER_MOX},
		      {"tlspol", SENDER_TLSPOL},
		      {"pmsr*", SENDER_PMSR},
		      {"go-mtasts", SENDER_GO_MTASTS},
		      {"mailauth4", SENDER_MAILAUTH},
		      {"chasquid", SENDER_CHASQUID},
		      {"stalwart", SENDER_STALWART},
		      {"mail-auth", SENDER_STALWART},
		      {"halon", SENDER_HALON},
		      {"kumo", SENDER_KUMOMTA}};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(title, titles[i].title) == 0)
			return (int)titles[i].sender;
	return -1;
}

/*
 * Where one finding covers several spellings that a sender treats differently, the table gives the
 * common case, and the probes of the rare spellings are listed here.
 */
static const struct {
	const char *probe;
	enum sender sender;
} exceptions[] = {
	{"line of spaces", SENDER_KUMOMTA}, /* wants a colon; skips lines without any byte */
	{"comment line with colon", SENDER_GO_MTASTS},
	{"comment line with colon", SENDER_KUMOMTA},
	{"max_age 9999999999", SENDER_MOX}, /* over 2^31 */
	{"max_age -1", SENDER_GO_MTASTS},
	{"max_age +5", SENDER_PMSR},
	{"max_age +5", SENDER_GO_MTASTS},
	{"max_age +5", SENDER_MAILAUTH},
	{"max_age +5", SENDER_CHASQUID},
	{"max_age +5", SENDER_KUMOMTA},
	{"max_age 1e3", SENDER_MAILAUTH},
	{"id with space", SENDER_GO_MTASTS},
	{"ext empty", SENDER_GO_MTASTS},
};

static bool excepted(const char *probe, int sender)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strcmp(exceptions[i].probe, probe) == 0 && (int)exceptions[i].sender == sender)
			return true;
	return false;
}

/* What the judge finds in a policy that is served as it should be. */
static bool judge_policy_probe(const char *text, size_t n, uint32_t *refusing)
{
	struct span txt = SPAN_LIT("v=STSv1; id=1");
	struct judge_config config;
	struct record r;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	judge_config_init(&config);
	record_init(&r);
	r.domain = SPAN_LIT("example.com");
	r.sts.answer.dns = DNS_OK;
	r.sts.answer.txt = &txt;
	r.sts.answer.txt_n = 1;
	r.policy.stage = STAGE_OK;
	r.policy.tls_verified = 1;
	r.policy.http_status = 200;
	r.policy.content_type = SPAN_LIT("text/plain");
	r.policy.body = span_of(text, n);
	r.policy.body_bytes = n;
	cr_assert_eq(judge(&config, &a, &r), 0);
	*refusing = 0;
	for (unsigned i = 0; i < r.issues_n; i++)
		*refusing |= senders_refusing(r.issues[i].code);
	bool valid = r.policy.valid;
	arena_release(&a);
	return valid;
}

static bool judge_sts_probe(const char *text, size_t n, uint32_t *refusing)
{
	struct findings f;
	bool valid = conformance_sts(text, n, &f);

	*refusing = 0;
	for (unsigned i = 0; i < f.n; i++)
		*refusing |= senders_refusing(f.v[i].code);
	return valid;
}

typedef bool probe_judge(const char *text, size_t n, uint32_t *refusing);

static void probes(const char *file, probe_judge *judge_probe)
{
	char *table = conformance_table(file), *rest = table, *title[CONFORMANCE_CELLS],
	     *cell[CONFORMANCE_CELLS];
	unsigned columns = conformance_cells(conformance_line(&rest), title), cells = 0, wrong = 0;

	for (char *line; (line = conformance_line(&rest)) != NULL;) {
		uint32_t refusing;
		unsigned n = conformance_cells(line, cell);
		json_t *value = json_loads(cell[1], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		cr_assert_not_null(value);
		bool valid =
			judge_probe(json_string_value(value), json_string_length(value), &refusing);
		cr_assert_eq(valid, strncmp(cell[2], "ok", 2) == 0, "%s", cell[0]);
		for (unsigned i = 3; i < columns && i < n; i++) {
			int sender = sender_of(title[i]);
			if (sender < 0 || cell[i][0] == '\0' || excepted(cell[0], sender))
				continue;
			bool bad = strncmp(cell[i], "bad", 3) == 0;
			cells++;
			if (bad != ((refusing >> sender & 1) != 0)) {
				wrong++;
				fprintf(stderr, "%s: %s is %s, the table says otherwise\n", cell[0],
					title[i], cell[i]);
			}
		}
		json_decref(value);
	}
	free(table);
	fprintf(stderr, "%s: %u cells, %u wrong\n", file, cells, wrong);
	cr_assert_gt(cells, 200);
	cr_assert_eq(wrong, 0);
}

Test(senders, policy_probes)
{
	probes("probes_policy.tsv", judge_policy_probe);
}

Test(senders, sts_probes)
{
	probes("probes_sts.tsv", judge_sts_probe);
}

Test(senders, every_sender_has_a_version)
{
	for (unsigned i = 0; i < sender_count; i++)
		cr_assert_not_null(senders_version((enum sender)i));
}
