/*
 * main.c - labnet: the command line, and the life of `labnet serve`.
 *
 * Every option but --ranked takes a value, as "--name value" or "--name=value", in any order.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datasets/labnet/certs.h"
#include "datasets/labnet/dns_server.h"
#include "datasets/labnet/lab.h"
#include "datasets/labnet/server.h"
#include "datasets/labnet/situations.h"
#include "datasets/labnet/truth.h"

#define EXIT_USAGE 2
#define EXIT_LAB 3

struct command_line {
	struct lab lab;
	uint64_t names;
	unsigned mx_hosts;
	bool ranked;
	const char *file;
};

static const char usage[] =
	"labnet serve [OPTION VALUE]...     serve DNS, HTTPS and SMTP on loopback\n"
	"labnet names -n N [OPTION VALUE]... print N names of the population\n"
	"labnet truth [OPTION VALUE]... [FILE|-]\n"
	"                                   print what a scan of these names must find\n"
	"                                   (without FILE: of the first -n N own names)\n"
	"labnet rates                       list shares and situations\n"
	"\n"
	"  --seed N             which internet (1); the same in serve, names and truth\n"
	"  --rate NAME=VALUE    a share or a situation's weight; --NAME VALUE does it too\n"
	"  --rates FILE         lines of NAME VALUE\n"
	"  --error-mix full     all faults equally often\n"
	"  --mail_NAME W        the weight of a form of mail: mx_servfail, mx_tc ...\n"
	"  --mx_NAME W          the weight of a kind of MX host\n"
	"  --mx-hosts N         mail at N hosts, each with an address of its own (0: none)\n"
	"names:\n"
	"  --ranked             rank,name\n"
	"serve:\n"
	"  --dir DIR            where ca.pem is written (.)\n"
	"  --dns-port P --https-port P --smtp-port P   0 picks a free one (0)\n"
	"  --dns-threads N --https-threads N           (1; they serve SMTP, too)\n"
	"  --profile TEXT       how the resolver on --dns-port behaves, for example\n"
	"                       loss=0.02,delay=5..50,reorder=0.1,dup=0.01,servfail=0.01,\n"
	"                       burst=0.1,qps=20000,drop,slip,lying,denying,dead or good\n"
	"  --loss P, --delay MS[..MS]                  short for the same\n"
	"  --resolver PORT:TEXT another resolver with its own profile (repeatable)\n";

static int parse_unsigned(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *text != '-' && *out <= max ? 0 : -1;
}

static int parse_port(const char *text, uint16_t *out)
{
	uint64_t v;

	if (parse_unsigned(text, UINT16_MAX, &v) != 0)
		return -1;
	*out = (uint16_t)v;
	return 0;
}

static int parse_threads(const char *text, unsigned *out)
{
	uint64_t v;

	if (parse_unsigned(text, LAB_THREADS_MAX, &v) != 0 || v == 0)
		return -1;
	*out = (unsigned)v;
	return 0;
}

/* PORT:PROFILE */
static int parse_resolver(struct lab *lab, const char *text)
{
	char port[8];
	size_t n = strcspn(text, ":");

	if (lab->resolver_n == LAB_RESOLVERS_MAX || n >= sizeof(port) || text[n] == '\0')
		return -1;
	memcpy(port, text, n);
	port[n] = '\0';
	struct lab_resolver *r = &lab->resolvers[lab->resolver_n++];
	if (parse_port(port, &r->port) != 0)
		return -1;
	return dns_fault_parse(&r->profile, text + n + 1);
}

static int parse_profile_item(struct lab *lab, const char *name, const char *value)
{
	char text[128];

	if ((size_t)snprintf(text, sizeof(text), "%s=%s", name, value) >= sizeof(text))
		return -1;
	return dns_fault_parse(&lab->resolvers[0].profile, text);
}

static int parse_rate(struct rates *r, const char *value)
{
	char name[64];
	size_t n = strcspn(value, "=");

	if (n >= sizeof(name) || value[n] == '\0')
		return -1;
	memcpy(name, value, n);
	name[n] = '\0';
	return rates_set(r, name, value + n + 1);
}

static int parse_number_option(struct command_line *c, const char *name, const char *value)
{
	struct lab *lab = &c->lab;

	if (strcmp(name, "seed") == 0)
		return parse_unsigned(value, UINT64_MAX, &lab->seed);
	if (strcmp(name, "n") == 0)
		return parse_unsigned(value, (uint64_t)1 << 40, &c->names);
	if (strcmp(name, "mx-hosts") == 0) {
		uint64_t v;
		if (parse_unsigned(value, ESTATE_MAX, &v) != 0)
			return -1;
		c->mx_hosts = (unsigned)v;
		return 0;
	}
	if (strcmp(name, "dns-port") == 0)
		return parse_port(value, &lab->resolvers[0].port);
	if (strcmp(name, "https-port") == 0)
		return parse_port(value, &lab->https_port);
	if (strcmp(name, "smtp-port") == 0)
		return parse_port(value, &lab->smtp_port);
	if (strcmp(name, "dns-threads") == 0)
		return parse_threads(value, &lab->dns_threads);
	if (strcmp(name, "https-threads") == 0)
		return parse_threads(value, &lab->https_threads);
	return rates_set(&lab->rates, name, value);
}

static int parse_option(struct command_line *c, const char *name, const char *value)
{
	struct lab *lab = &c->lab;

	if (strcmp(name, "dir") == 0) {
		lab->dir = value;
		return 0;
	}
	if (strcmp(name, "rate") == 0)
		return parse_rate(&lab->rates, value);
	if (strcmp(name, "rates") == 0)
		return rates_read(&lab->rates, value);
	if (strcmp(name, "error-mix") == 0)
		return rates_mix(&lab->rates, value);
	if (strcmp(name, "profile") == 0)
		return dns_fault_parse(&lab->resolvers[0].profile, value);
	if (strcmp(name, "loss") == 0 || strcmp(name, "delay") == 0)
		return parse_profile_item(lab, name, value);
	if (strcmp(name, "resolver") == 0)
		return parse_resolver(lab, value);
	return parse_number_option(c, name, value);
}

/* 0, or -1 after a sentence on standard error. */
static int parse_command_line(struct command_line *c, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		const char *arg = argv[i];
		if (strcmp(arg, "--help") == 0) {
			fputs(usage, stdout);
			exit(0);
		}
		if (arg[0] != '-' || arg[1] == '\0') {
			c->file = arg;
			continue;
		}
		if (strcmp(arg, "--ranked") == 0) {
			c->ranked = true;
			continue;
		}
		char name[64];
		arg += arg[1] == '-' ? 2 : 1;
		size_t n = strcspn(arg, "=");
		const char *value = arg[n] == '=' ? arg + n + 1 : i + 1 < argc ? argv[++i] : NULL;
		snprintf(name, sizeof(name), "%.*s", (int)n, arg);
		if (!value || parse_option(c, name, value) != 0) {
			fprintf(stderr, "labnet: cannot use --%s %s; see labnet help\n", name,
				value ? value : "without a value");
			return -1;
		}
	}
	return 0;
}

static int command_names(const struct command_line *c)
{
	char name[NAME_BUF];

	for (uint64_t i = 0; i < c->names; i++) {
		population_name(c->lab.seed, i, name);
		if (c->ranked)
			printf("%" PRIu64 ",%s\n", i + 1, name);
		else
			puts(name);
	}
	return fflush(stdout) == 0 ? 0 : EXIT_LAB;
}

static void print_truth(const struct population *p, const char *name)
{
	struct situation s;

	population_look(p, span_str(name), &s);
	truth_print(stdout, p, &s);
}

static int command_truth(const struct command_line *c)
{
	char name[NAME_BUF];
	bool standard = c->file && strcmp(c->file, "-") == 0;

	if (!c->file)
		for (uint64_t i = 0; i < c->names; i++) {
			population_name(c->lab.seed, i, name);
			print_truth(&c->lab.population, name);
		}
	FILE *in = !c->file ? NULL : standard ? stdin : fopen(c->file, "r");
	if (c->file && !in) {
		fprintf(stderr, "labnet: cannot read %s: %s\n", c->file, strerror(errno));
		return EXIT_USAGE;
	}
	while (in && truth_read_name(in, name))
		print_truth(&c->lab.population, name);
	if (in && !standard)
		fclose(in);
	return fflush(stdout) == 0 ? 0 : EXIT_LAB;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void announce(const struct lab *lab)
{
	printf("ready dns=127.0.0.1:%u https=%u smtp=%u ca=%s/ca.pem", lab->resolvers[0].port,
	       lab->https_port, lab->smtp_port, lab->dir);
	for (unsigned i = 1; i < lab->resolver_n; i++)
		printf("%s127.0.0.1:%u", i == 1 ? " resolvers=" : ",", lab->resolvers[i].port);
	putchar('\n');
	fflush(stdout);
}

/* Everything that runs; started and joined in one order. */
struct servers {
	struct authority *authority;
	struct server *server;
	struct dns_server *dns[LAB_RESOLVERS_MAX];
};

/* 0, or -1 with a sentence in err; the program then ends and the kernel cleans up. */
static int start(struct servers *s, struct lab *lab, char err[LAB_ERROR_MAX])
{
	int six = lab_socket("::1", 0, SOCK_STREAM);

	lab->ipv6 = six >= 0;
	if (six >= 0)
		close(six);
	if (mkdir(lab->dir, 0777) != 0 && errno != EEXIST) {
		snprintf(err, LAB_ERROR_MAX, "cannot make %s: %s", lab->dir, strerror(errno));
		return -1;
	}
	if (lab->population.estate > 0 && !(lab->book = estate_book_new(lab->population.estate))) {
		snprintf(err, LAB_ERROR_MAX, "no memory for %u MX hosts", lab->population.estate);
		return -1;
	}
	s->authority = authority_new(lab->dir, err);
	if (!s->authority)
		return -1;
	s->server = server_start(lab, s->authority, &lab->https_port, &lab->smtp_port, err);
	if (!s->server)
		return -1;
	for (unsigned i = 0; i < lab->resolver_n; i++) {
		struct lab_resolver *r = &lab->resolvers[i];
		s->dns[i] = dns_server_start(lab, &r->profile, &r->port, err);
		if (!s->dns[i])
			return -1;
	}
	return 0;
}

static int command_serve(struct lab *lab)
{
	char err[LAB_ERROR_MAX];
	struct servers s;
	sigset_t signals;
	int got;

	raise_descriptor_limit();
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before threads inherit the mask */
	lab->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (start(&s, lab, err) != 0) {
		fprintf(stderr, "labnet: %s\n", err);
		return EXIT_LAB;
	}
	announce(lab);
	while (sigwait(&signals, &got) == 0 && got == SIGUSR1)
		server_tell(lab);
	eventfd_write(lab->stop_fd, 1);
	for (unsigned i = 0; i < lab->resolver_n; i++)
		dns_server_join(s.dns[i]);
	server_join(s.server);
	server_tell(lab);
	estate_book_free(lab->book);
	authority_free(s.authority);
	return 0;
}

int main(int argc, char **argv)
{
	struct command_line c = {.lab = {.seed = 1,
					 .dir = ".",
					 .dns_threads = 1,
					 .https_threads = 1,
					 .slow_ms = 300,
					 .resolver_n = 1},
				 .names = 0};
	const char *command = argc > 1 ? argv[1] : "help";

	rates_init(&c.lab.rates);
	if (parse_command_line(&c, argc, argv) != 0)
		return EXIT_USAGE;
	if (c.mx_hosts > 0) /* one listener takes all calls: no port of theirs is closed */
		c.lab.rates.mail_host[MAIL_HOST_closed] = 0;
	population_init(&c.lab.population, c.lab.seed, &c.lab.rates);
	c.lab.population.estate = c.mx_hosts;
	if (strcmp(command, "serve") == 0)
		return command_serve(&c.lab);
	if (strcmp(command, "names") == 0)
		return command_names(&c);
	if (strcmp(command, "truth") == 0)
		return command_truth(&c);
	if (strcmp(command, "rates") == 0) {
		rates_help();
		return 0;
	}
	bool help = strcmp(command, "help") == 0 || strcmp(command, "--help") == 0;
	fputs(usage, help ? stdout : stderr);
	return help ? 0 : EXIT_USAGE;
}
