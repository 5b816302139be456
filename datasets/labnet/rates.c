/* rates.c - how often each situation occurs: defaults, overrides, files. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/labnet/situations.h"

static_assert(MAIL_COUNT <= 8 && MAIL_HOST_COUNT <= 16, "struct rates holds that many");

static const char *const rate_names[RATE_COUNT] = {
#define RATE(name, value, help) #name,
	RATES(RATE)
#undef RATE
};

void rates_init(struct rates *r)
{
	static const double shares[RATE_COUNT] = {
#define RATE(name, value, help) value,
		RATES(RATE)
#undef RATE
	};
	memcpy(r->share, shares, sizeof(shares));
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		r->self[i] = kinds[i].self;
		r->third[i] = kinds[i].third;
	}
	for (unsigned i = 0; i < MAIL_COUNT; i++) {
		r->mail_other[i] = mail_kinds[i].other;
		r->mail_adopter[i] = mail_kinds[i].adopter;
	}
	for (unsigned i = 0; i < MAIL_HOST_COUNT; i++)
		r->mail_host[i] = mail_hosts[i].weight;
}

/* A situation that costs a scanner its time-out. */
static bool is_slow(const struct kind *k)
{
	return k->record_act == ACT_SILENT || k->record_act == ACT_TC_ONLY ||
	       k->host_act == ACT_SILENT || k->host_act == ACT_DROPPED || k->web == WEB_HANG ||
	       k->web == WEB_DRIP;
}

int rates_mix(struct rates *r, const char *mix)
{
	if (strcmp(mix, "default") == 0)
		return 0;
	if (strcmp(mix, "full") != 0)
		return -1;
	for (unsigned i = 0; i < KIND_COUNT; i++)
		r->self[i] = r->third[i] = is_slow(&kinds[i]) ? 0 : 1;
	for (unsigned i = 0; i < MAIL_HOST_COUNT; i++)
		r->mail_host[i] = mail_hosts[i].smtp == SMTP_HANG || /* and who wants us later */
						  mail_hosts[i].smtp == SMTP_LATER ||
						  mail_hosts[i].smtp == SMTP_BUSY
					  ? 0
					  : 1;
	r->mail_host[MAIL_HOST_fine] = 10;
	r->self[KIND_nothing] = 30;
	r->self[KIND_fine] = r->third[KIND_fine] = 20;
	return 0;
}

static int parse_number(const char *text, double max, double *out)
{
	char *end;

	errno = 0;
	double v = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(v >= 0 && v <= max))
		return -1;
	*out = v;
	return 0;
}

/* A weight of mail: a form of it, mail_NAME, or a kind of MX host, mx_NAME. 0, or -1 as
 * rates_set(). */
static int rates_set_mail(struct rates *r, const char *name, const char *value)
{
	double v;

	if (parse_number(value, 1e9, &v) != 0)
		return -1;
	for (unsigned i = 0; i < MAIL_COUNT; i++)
		if (strncmp(name, "mail_", 5) == 0 && strcmp(name + 5, mail_kinds[i].name) == 0) {
			r->mail_other[i] = r->mail_adopter[i] = v;
			return 0;
		}
	for (unsigned i = 0; i < MAIL_HOST_COUNT; i++)
		if (strncmp(name, "mx_", 3) == 0 && strcmp(name + 3, mail_hosts[i].name) == 0) {
			r->mail_host[i] = v;
			return 0;
		}
	return -1;
}

int rates_set(struct rates *r, const char *name, const char *value)
{
	char plain[64];
	double v;

	snprintf(plain, sizeof(plain), "%s", name);
	for (char *c = plain; *c; c++)
		if (*c == '-')
			*c = '_';
	for (unsigned i = 0; i < RATE_COUNT; i++)
		if (strcmp(plain, rate_names[i]) == 0)
			return parse_number(value, 1, &r->share[i]);
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		if (strcmp(plain, kinds[i].name) != 0)
			continue;
		if (parse_number(value, 1e9, &v) != 0)
			return -1;
		r->self[i] = r->third[i] = v;
		return 0;
	}
	return rates_set_mail(r, plain, value);
}

int rates_read(struct rates *r, const char *path)
{
	char line[256], *save;
	int number = 0, bad = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	while (bad == 0 && fgets(line, sizeof(line), f)) {
		number++;
		line[strcspn(line, "#")] = '\0';
		const char *name = strtok_r(line, " \t=\r\n", &save);
		const char *value = name ? strtok_r(NULL, " \t=\r\n", &save) : NULL;
		if (name && (!value || rates_set(r, name, value) != 0))
			bad = number;
	}
	fclose(f);
	return bad;
}

void rates_help(void)
{
	puts("Shares (0..1, --NAME P or in a rates file):");
#define RATE(name, value, help) printf("  %-18s %-8g %s\n", #name, (double)(value), help);
	RATES(RATE)
#undef RATE
	puts("Situations (weights: names without MTA-STS; adopters with own host, with an "
	     "operator):");
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		const struct kind *k = &kinds[i];
		if (k->pool == POOL_OTHER)
			printf("  %-26s %6u\n", k->name, k->self);
		else
			printf("  %-26s        %6u %6u  %s\n", k->name, k->self, k->third,
			       k->cause ? k->cause : "-");
	}
	puts("Mail (weights: names without MTA-STS, adopters; what DNS does at MX; --mail_NAME "
	     "W):");
	for (unsigned i = 0; i < MAIL_COUNT; i++) {
		const struct mail_kind *k = &mail_kinds[i];
		printf("  mail_%-21s %6u %6u  %s\n", k->name, k->other, k->adopter,
		       act_name(k->act));
	}
	puts("MX hosts (weights; --mx_NAME W):");
	for (unsigned i = 0; i < MAIL_HOST_COUNT; i++)
		printf("  mx_%-23s %6u\n", mail_hosts[i].name, mail_hosts[i].weight);
}
