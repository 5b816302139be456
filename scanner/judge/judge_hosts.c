/* judge_hosts.c - see judge_hosts.h. */
#include "scanner/judge/judge_hosts.h"

#include <assert.h>
#include <stdio.h>

#include "output/text/quote.h"

static struct hosts_code *code_of(struct hosts_said *s, enum issue code)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->code[i].code == code)
			return &s->code[i];
	assert(s->n < HOSTS_CODES_MAX);
	struct hosts_code *one = &s->code[s->n++];
	one->code = code;
	one->hosts = one->left_out = 0;
	one->text_n = 0;
	one->text[0] = '\0';
	return one;
}

void hosts_say(struct hosts_said *s, enum issue code, struct span host, struct span remark)
{
	struct hosts_code *one = code_of(s, code);
	size_t room = sizeof(one->text) - one->text_n;
	struct quote said = quote_of(remark);

	one->hosts++;
	int n = snprintf(one->text + one->text_n, room, "%s\"%s\"%s%s%s",
			 one->text_n > 0 ? ", " : "", quote_of(host).text, remark.n > 0 ? " (" : "",
			 remark.n > 0 ? said.text : "", remark.n > 0 ? ")" : "");
	if (one->left_out == 0 && n > 0 && (size_t)n < room)
		one->text_n += (size_t)n;
	else
		one->left_out++;
	one->text[one->text_n] = '\0';
}

void hosts_report(struct judging *j, const struct hosts_said *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct hosts_code *one = &s->code[i];
		struct record_issue *issue = judge_add(j, one->code);
		if (one->left_out > 0)
			judge_detail(j, issue, "MX %s and %u more", one->text, one->left_out);
		else
			judge_detail(j, issue, "MX %s", one->text);
	}
}
