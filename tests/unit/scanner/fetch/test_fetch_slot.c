/* Headers by their meaning: which of several counts, and what is no coding. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scanner/fetch/fetch_slot.h"

static struct fetch_slot *slot_of(const char *headers)
{
	static struct fetch_slot s;
	static struct fetch f = {.host = "mta-sts.example.com"};

	fetch_slot_reset(&s, &f);
	for (const char *at = headers; *at != '\0';) {
		size_t n = strcspn(at, "\n") + 1;
		char line[512];
		cr_assert_lt(n, sizeof(line));
		memcpy(line, at, n);
		cr_assert_eq(fetch_slot_header(line, 1, n, &s), n, "%s", headers);
		at += n;
	}
	return &s;
}

Test(fetch_slot, the_first_content_type_counts)
{
	static const struct {
		const char *headers, *type;
		unsigned n;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", "text/plain", 1},
		{"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX: y\r\n"
		 "content-type: text/plain\r\n",
		 "application/octet-stream", 2},
		{"HTTP/2 200\r\ncontent-type: text/plain\r\ncontent-type: text/html\r\n",
		 "text/plain", 2},
		{"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Type: Text/Plain\r\n",
		 "text/plain", 1},
		/* A head before the head: its headers are of another answer. */
		{"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\nHTTP/1.1 200 OK\r\n"
		 "Content-Type: text/plain\r\n",
		 "text/plain", 1},
		{"HTTP/1.1 200 OK\r\nContent-Type:\r\nContent-Type: text/plain\r\n", "text/plain",
		 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fetch_slot *s = slot_of(rows[i].headers);
		cr_expect(s->has_content_type, "%s", rows[i].headers);
		cr_expect_str_eq(s->content_type, rows[i].type, "%s", rows[i].headers);
		cr_expect_eq(s->content_types, rows[i].n, "%s", rows[i].headers);
	}
	cr_expect_not(slot_of("HTTP/1.1 200 OK\r\nContent-Type:  \r\n")->has_content_type);
}

Test(fetch_slot, what_is_no_coding)
{
	static const struct {
		const char *value;
		bool coded;
	} rows[] = {
		{"identity", false},	  {"", false},	    {"utf-8", false},
		{"none", false},	  {"7bit", false},  {"gzip", true},
		{"GZip", true},		  {"br", true},	    {"zstd", true},
		{"identity, gzip", true}, {"x-gzip", true}, {" deflate ", true},
		{"gzipped", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char head[128];
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n",
			 rows[i].value);
		cr_expect_eq(slot_of(head)->content_encoded, rows[i].coded, "'%s'", rows[i].value);
	}
}
