/*
 * check_guide.c - see check_guide.h. What is to be typed or served stands on lines of its own, so
 * that it can be copied; tests/shell/guide.sh tries it.
 */
#include "scanner/check/check_guide.h"

#include <string.h>

#define GUIDE_BASICS                                                                               \
	"MTA-STS (RFC 8461) lets a domain say: deliver mail to us only over TLS, to these\n"       \
	"hosts, with a certificate that holds. It takes three things:\n"                           \
	"\n"                                                                                       \
	"  _mta-sts.example.com   TXT record: there is a policy, and this is its id\n"             \
	"  mta-sts.example.com    web server with a certificate of a public CA\n"                  \
	"  /.well-known/mta-sts.txt on it: the policy\n"                                           \
	"\n"                                                                                       \
	"A sender sees the record, fetches the policy, keeps it for max_age seconds, and\n"        \
	"asks again when the id is another one. TLS-RPT (RFC 8460) is one more record, at\n"       \
	"_smtp._tls: where senders report once a day what failed.\n"

#define GUIDE_MODES                                                                                \
	"  enforce  Deliver only over TLS, to an MX host that an mx line covers, with a\n"         \
	"           valid certificate for its name. What fails that is not delivered: it\n"        \
	"           is tried again, and comes back after some days.\n"                             \
	"  testing  The same is looked at, but mail is delivered in any case. Failures\n"          \
	"           are reported where a TLS-RPT record says where to. Begin here, and\n"          \
	"           go back to it whenever mail is lost.\n"                                        \
	"  none     There is no policy any more. For leaving: keep it until the longest\n"         \
	"           max_age that was ever published has passed.\n"                                 \
	"\n"                                                                                       \
	"  max_age  How long senders keep the policy, in seconds, 31557600 at most.\n"             \
	"           604800 (a week) while testing, 2592000 (30 days) when all is well,\n"          \
	"           86400 (a day) with mode none.\n"                                               \
	"  id       1 to 32 letters and digits. Another one each time the policy changes;\n"       \
	"           the date and time serve well.\n"                                               \
	"  mx       One line a host or pattern. \"*.example.com\" stands for exactly one\n"        \
	"           label: mail.example.com, but neither example.com nor a.b.example.com.\n"

#define GUIDE_SETUP                                                                                \
	"For example.com, whose MX host is mail.example.com. Do it in this order.\n"               \
	"\n"                                                                                       \
	"1. DNS: where reports go, and the policy host.\n"                                         \
	"\n"                                                                                       \
	"  _smtp._tls.example.com. IN TXT \"v=TLSRPTv1; rua=mailto:reports@example.com\"\n"        \
	"  mta-sts.example.com.    IN A    192.0.2.10\n"                                           \
	"  mta-sts.example.com.    IN AAAA 2001:db8::10\n"                                         \
	"\n"                                                                                       \
	"2. The policy, as /var/www/mta-sts/.well-known/mta-sts.txt:\n"                            \
	"\n"                                                                                       \
	"  version: STSv1\n"                                                                       \
	"  mode: testing\n"                                                                        \
	"  mx: mail.example.com\n"                                                                 \
	"  max_age: 604800\n"                                                                      \
	"\n"                                                                                       \
	"   mtasweep lint policy /var/www/mta-sts/.well-known/mta-sts.txt\n"                       \
	"\n"                                                                                       \
	"3. The web server, one of these. It answers with 200 and never redirects.\n"              \
	"\n"                                                                                       \
	"   Caddy: this alone; it has its certificate issued and renewed by itself.\n"             \
	"\n"                                                                                       \
	"  mta-sts.example.com {\n"                                                                \
	"    root * /var/www/mta-sts\n"                                                            \
	"    file_server\n"                                                                        \
	"  }\n"                                                                                    \
	"\n"                                                                                       \
	"   nginx and Apache: this first, and reload the server. By port 80 the\n"                 \
	"   certificate is issued, and renewed later, so it stays open.\n"                         \
	"\n"                                                                                       \
	"nginx, port 80:\n"                                                                        \
	"  server {\n"                                                                             \
	"    listen 80; listen [::]:80;\n"                                                         \
	"    server_name mta-sts.example.com;\n"                                                   \
	"    root /var/www/mta-sts;\n"                                                             \
	"  }\n"                                                                                    \
	"\n"                                                                                       \
	"Apache, port 80:\n"                                                                       \
	"  <VirtualHost *:80>\n"                                                                   \
	"    ServerName mta-sts.example.com\n"                                                     \
	"    DocumentRoot /var/www/mta-sts\n"                                                      \
	"    <Directory /var/www/mta-sts>\n"                                                       \
	"        Require all granted\n"                                                            \
	"    </Directory>\n"                                                                       \
	"  </VirtualHost>\n"                                                                       \
	"\n"                                                                                       \
	"4. nginx and Apache: a certificate by ACME, when the name is in DNS:\n"                   \
	"\n"                                                                                       \
	"   certbot certonly --webroot -w /var/www/mta-sts -d mta-sts.example.com\n"               \
	"\n"                                                                                       \
	"   Now the part for port 443, beside the other one. Reload the server, and\n"             \
	"   have certbot do so at each renewal: --deploy-hook \"systemctl reload nginx\"\n"        \
	"   (or apache2, httpd).\n"                                                                \
	"\n"                                                                                       \
	"nginx, port 443:\n"                                                                       \
	"  server {\n"                                                                             \
	"    listen 443 ssl; listen [::]:443 ssl;\n"                                               \
	"    server_name mta-sts.example.com;\n"                                                   \
	"    ssl_certificate     /etc/letsencrypt/live/mta-sts.example.com/fullchain.pem;\n"       \
	"    ssl_certificate_key /etc/letsencrypt/live/mta-sts.example.com/privkey.pem;\n"         \
	"    root /var/www/mta-sts;\n"                                                             \
	"    location = /.well-known/mta-sts.txt { default_type text/plain; }\n"                   \
	"  }\n"                                                                                    \
	"\n"                                                                                       \
	"Apache, port 443 (with mod_ssl: a2enmod ssl):\n"                                          \
	"  <VirtualHost *:443>\n"                                                                  \
	"    ServerName mta-sts.example.com\n"                                                     \
	"    DocumentRoot /var/www/mta-sts\n"                                                      \
	"    SSLEngine on\n"                                                                       \
	"    SSLCertificateFile /etc/letsencrypt/live/mta-sts.example.com/fullchain.pem\n"         \
	"    SSLCertificateKeyFile /etc/letsencrypt/live/mta-sts.example.com/privkey.pem\n"        \
	"  </VirtualHost>\n"                                                                       \
	"\n"                                                                                       \
	"5. When the file can be fetched, the record that tells of it:\n"                          \
	"\n"                                                                                       \
	"  _mta-sts.example.com.   IN TXT \"v=STSv1; id=20260101120000\"\n"                        \
	"\n"                                                                                       \
	"6. Look at the whole of it, and again from time to time:\n"                               \
	"\n"                                                                                       \
	"   mtasweep check example.com\n"                                                          \
	"\n"                                                                                       \
	"7. After two weeks without failures in the reports: \"mode: enforce\", then a new\n"      \
	"   id. After two more: \"max_age: 2592000\", then a new id.\n"

#define GUIDE_RISKS                                                                                \
	"- The policy host is down: senders with the policy in their cache go on with it\n"        \
	"  until max_age has passed; others deliver unprotected. No mail is lost by it.\n"         \
	"- The policy host's certificate has expired: the same. Renew it by ACME, and\n"           \
	"  watch it.\n"                                                                            \
	"- An MX host's certificate has expired, or an MX host is not in the policy:\n"            \
	"  with enforce, mail to it is not delivered. Policy first, MX record last: a new\n"       \
	"  host goes into the policy a max_age before it goes into DNS, an old one leaves\n"       \
	"  DNS first.\n"                                                                           \
	"- First use: a sender that has never seen the policy can be kept from seeing it\n"        \
	"  by whoever controls its DNS answers. A long max_age makes that rarer.\n"                \
	"- Propagation: a new policy counts when a sender has seen the new id: the TTL of\n"       \
	"  the record, and then its next delivery. A new policy without a new id counts\n"         \
	"  when max_age has passed.\n"                                                             \
	"- Not all senders honour MTA-STS. It protects mail from those that do.\n"                 \
	"- DANE (RFC 7672) needs no first use and no web server, but DNSSEC for the\n"             \
	"  domain and for the MX hosts. Both can be used together; DANE wins.\n"

#define GUIDE_PRACTICES                                                                            \
	"- Publish TLS-RPT first, and have somebody read the reports.\n"                           \
	"- Begin with mode testing, for two weeks at least.\n"                                     \
	"- mx lines match the MX records, all of them; compare after each change of MX.\n"         \
	"- A new id with each change of the policy, after the policy is in place.\n"               \
	"- max_age of a week or more; raise it last, in a step of its own.\n"                      \
	"- Exactly one record at _mta-sts, one at _smtp._tls, no other TXT beside them.\n"         \
	"- No redirect, no login, no bot check at the policy host; text/plain.\n"                  \
	"- Certificates of policy host and MX hosts renew themselves, and are watched.\n"          \
	"- Where a provider runs it for you, delegate both names (_mta-sts and mta-sts).\n"        \
	"- To leave: mode none, max_age 86400 and a new id; wait as long as the longest\n"         \
	"  max_age; then remove the record, and the policy last.\n"                                \
	"- Domains that take no mail say so with a null MX (\"0 .\") and need no policy.\n"

const struct guide_topic guide_topics[] = {
	{"basics", "What MTA-STS and TLS-RPT are", GUIDE_BASICS},
	{"modes", "Modes and fields of the policy", GUIDE_MODES},
	{"setup", "Set-up from nothing", GUIDE_SETUP},
	{"risks", "Limits and risks", GUIDE_RISKS},
	{"practices", "Best practices", GUIDE_PRACTICES},
	{NULL, NULL, NULL},
};

const struct guide_topic *guide_topic(const char *name)
{
	for (const struct guide_topic *t = guide_topics; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

void guide_print(FILE *out, const struct guide_topic *topic)
{
	fprintf(out, "%s\n\n%s", topic->title, topic->text);
}

void guide_print_all(FILE *out)
{
	for (const struct guide_topic *t = guide_topics; t->name != NULL; t++) {
		if (t != guide_topics)
			fputs("\n\n", out);
		guide_print(out, t);
	}
}
