/* cost.c - see cost.h. */
#include "scanner/options/cost.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/text/number.h"
#include "scanner/input/input_decode.h"
#include "scanner/options/share.h"

/* Lists are sorted, and names at their beginning shorter or longer than others: lists of a million
 * names are read to the end. */
#define SAMPLE_BYTES (32u << 20)
#define SAMPLE_CHARS (64u << 20) /* whatever the bytes unpack to: 0.3 s of CPU */

/* Of one file, by how many lines its first bytes hold, compressed or not; 0 unknown. */
static double guess_lines(const char *path)
{
	char text[16384];
	struct stat st;
	uint64_t lines = 0, bytes = 0, chars = 0, rest = 0; /* chars behind the last line */
	ssize_t n = 0;
	/* What is no file may only be opened by who reads it. */
	int fd =
		stat(path, &st) == 0 && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct input_decode *d = fd >= 0 ? input_decode_open(fd) : NULL;

	if (d == NULL)
		return 0;
	/* Until more has to be read: then all that was read is decompressed. */
	while (chars < SAMPLE_CHARS && (n = input_decode_read(d, text, sizeof(text))) > 0) {
		if (bytes >= SAMPLE_BYTES && input_decode_bytes(d) > bytes)
			break;
		bytes = input_decode_bytes(d);
		chars += (uint64_t)n;
		for (ssize_t i = 0; i < n; i++) {
			lines += text[i] == '\n';
			rest = text[i] == '\n' ? 0 : rest + 1;
		}
	}
	input_decode_close(d);
	if (n < 0 || chars == 0)
		return 0;
	if (n == 0 || lines == 0)
		return (double)(lines + (rest > 0));
	return (double)lines * (double)chars / (double)(chars - rest) * (double)st.st_size /
	       (double)bytes;
}

uint64_t cost_guess_names(const struct scan_options *o)
{
	double all = 0;

	for (unsigned i = 0; i < o->inputs_n; i++) {
		double lines = strcmp(o->inputs[i], "-") == 0 ? 0 : guess_lines(o->inputs[i]);
		if (lines <= 0)
			return 0;
		all += lines;
	}
	all *= o->sample / (o->shards > 1 ? o->shards : 1);
	return all < 1 ? 1 : (uint64_t)all;
}

unsigned cost_questions(const struct scan_options *o)
{
	return o->lean ? 2 : 3;
}

void cost_text(const struct scan_options *o, const struct resolver_list *resolvers, uint64_t names,
	       char out[COST_TEXT])
{
	char rate[128] = "", questions[64];
	unsigned each = cost_questions(o);
	double each_s = share_of(o).dns_rate;

	assert(resolvers->n > 0);
	if (names > 0)
		snprintf(questions, sizeof(questions), "%s DNS questions, %u a name",
			 number_grouped(names * each).s, each);
	else
		snprintf(questions, sizeof(questions), "%u DNS questions a name", each);
	if (each_s > 0) {
		double ms = (double)((names > 0 ? names : 1000000) * each) / each_s * 1000;
		snprintf(rate, sizeof(rate), "; at %g a second that is at least %s%s", each_s,
			 number_duration(ms < 1e15 ? (uint64_t)ms : 1000000000000000).s,
			 names > 0 ? "" : " for a million names");
	} else {
		snprintf(rate, sizeof(rate),
			 "; no --dns-rate, so as fast as they answer: progress says how long");
	}
	snprintf(out, COST_TEXT, "%s%s, to %u resolver%s (%s%s)%s", questions,
		 o->lean ? "" : " (1 where the registry denies it)", resolvers->n,
		 resolvers->n == 1 ? "" : "s", resolvers->name[0], resolvers->n > 1 ? " ..." : "",
		 rate);
}

void cost_hosts_text(const struct scan_options *o, char out[COST_TEXT])
{
	struct share share = share_of(o);
	bool all = (o->mx_tls && o->mx_tls_all) || (o->dane && o->dane_all);
	const char *whose = all	      ? "all names"
			    : o->dane ? "names with a policy in mode enforce or testing, and of "
					"names whose MX records are signed those with TLSA records"
				      : "names with a policy in mode enforce or testing";
	int n = snprintf(out, COST_TEXT,
			 "then the MX hosts of %s, each once: how many they are is known when all "
			 "names are done; %u visits at a time",
			 whose, o->visits);
	n += snprintf(out + n, COST_TEXT - (size_t)n,
		      ", at one operator %.4g and %.4g new ones a second, at one address %.4g and "
		      "one every %.4g seconds",
		      share.smtp_key_at_once, share.smtp_key_rate, share.smtp.at_once,
		      1 / share.smtp.rate);
	snprintf(out + n, COST_TEXT - (size_t)n, "; a visit takes %.4g seconds at most%s",
		 o->timeout_smtp_ms / 1000.0,
		 o->smtp_retries > 0 ? ", and who says \"later\" is visited again" : "");
}

/* Those that everybody knows by heart; their operators limit and block scans. */
static bool is_public(const char *name)
{
	static const char *const known[] = {
		"1.1.1.1",
		"1.0.0.1",
		"8.8.8.8",
		"8.8.4.4",
		"9.9.9.9",
		"149.112.112.112",
		"9.9.9.10",
		"149.112.112.10",
		"208.67.222.222",
		"208.67.220.220",
		"94.140.14.14",
		"94.140.15.15",
		"193.110.81.0",
		"185.253.5.0",
		"4.2.2.1",
		"4.2.2.2",
		"2620:fe::fe",
		"2606:4700:4700::1111",
		"2606:4700:4700::1001",
		"2001:4860:4860::8888",
		"2620:fe::9",
		"2001:4860:4860::8844",
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

bool cost_warning(const struct scan_options *o, const struct resolver_list *resolvers,
		  uint64_t names, char out[COST_TEXT])
{
	bool system = o->resolver_args_n == 0 && o->resolvers_file == NULL;

	if (names < COST_MANY)
		return false;
	for (unsigned i = 0; i < resolvers->n; i++) {
		bool public = is_public(resolvers->name[i]);
		/* systemd-resolved passes on what it is asked; any other on loopback is our own. */
		bool access = system && (strcmp(resolvers->name[i], "127.0.0.53") == 0 ||
					 (strncmp(resolvers->name[i], "127.", 4) != 0 &&
					  strcmp(resolvers->name[i], "::1") != 0));
		if (!public && !access)
			continue;
		snprintf(out, COST_TEXT,
			 "about %s names are about to go to %s, %s; run a resolver of your "
			 "own (datasets/resolver) and name it with --resolver%s",
			 number_grouped(names).s, resolvers->name[i],
			 public ? "a public resolver, which limits and blocks scans"
				: "the resolver of the network that this machine is in",
			 public ? "" : ", or ask its operator");
		return true;
	}
	return false;
}
