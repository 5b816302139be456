/*
 * fuzz_policy.c - the policy parser. Besides its bounds: a valid policy has what the RFC requires,
 * stays valid without its last newline, and its mx iterator agrees with the count.
 */
#include <assert.h>
#include <stdint.h>

#include "parsers/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(const struct findings *f, struct span body)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct finding *one = &f->v[i];
		if (one->at.p == NULL)
			continue;
		assert(one->at.p >= body.p && one->at.p + one->at.n <= body.p + body.n);
		if (one->line == 0)
			continue;
		/* The column counts from the start of a line. */
		const char *start = one->at.p - (one->column - 1);
		assert(start >= body.p);
		assert(start == body.p || start[-1] == '\n' || start[-1] == '\r' ||
		       start - body.p == 3 /* behind a byte order mark */);
	}
}

static void check_valid(const struct policy *p)
{
	struct policy_mx it = policy_mx_start(p);
	struct span pattern;
	uint32_t n = 0;

	assert(p->mode >= 0 && p->max_age >= 0 && p->max_age <= POLICY_MAX_AGE_MAX);
	assert(p->mode == MODE_NONE || p->mx_n > 0);
	while (policy_mx_next(&it, &pattern)) {
		assert(policy_mx_valid(pattern));
		n++;
	}
	assert(n == p->mx_n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = span_of((const char *)data, size);
	struct findings f;
	struct policy p, shorter;

	policy_parse(body, &f, &p);
	assert(p.valid == (f.root < 0) && f.n <= FINDINGS_MAX);
	check_places(&f, body);
	if (!p.valid)
		return 0;
	check_valid(&p);
	if (body.p[body.n - 1] == '\n') {
		body.n -= 1 + (body.n > 1 && body.p[body.n - 2] == '\r');
		policy_parse(body, &f, &shorter);
		assert(shorter.valid && shorter.mx_n == p.mx_n && shorter.max_age == p.max_age);
	}
	return 0;
}
