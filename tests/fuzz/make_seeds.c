/*
 * make_seeds.c - writes the seeds that follow the layout of a packed row
 * (output/aggregate/facts.h) into a folder of corpora: a row of each verdict for fuzz_facts,
 * frames of such rows as a worker sends them and one of each other message for fuzz_proto and
 * fuzz_message. To be run again whenever that layout or one of pipe/message.c changes;
 * tests/fuzz/reached tells.
 *
 *     make_seeds tests/fuzz/corpus
 */
#include <stdio.h>
#include <string.h>

#include "output/aggregate/facts.h"
#include "output/text/buf.h"
#include "parsers/terms.h"
#include "scanner/pipe/message.h"
#include "tests/support/hear.h"
#include "tests/support/sample.h"

#define LINES_MAX 4u

static const char *folder;
static struct hear hear;

static int write_seed(const char *corpus, const char *kind, const char *name, const void *p,
		      size_t n)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s%s", folder, corpus, kind, name);
	FILE *out = fopen(path, "wb");
	if (out == NULL || fwrite(p, 1, n, out) != n || fclose(out) != 0) {
		perror(path);
		return -1;
	}
	return 0;
}

/* A message as fuzz_message has it (kind, body) and as fuzz_proto has it: its first byte asks for
 * messages, then kind and length. */
static int write_message(const char *kind, const char *name)
{
	static uint8_t seed[4 + sizeof(hear.body)];

	hear_next(&hear);
	seed[0] = 1;
	seed[1] = (uint8_t)hear.kind;
	seed[2] = (uint8_t)(hear.n >> 8);
	seed[3] = (uint8_t)hear.n;
	memcpy(seed + 4, hear.body, hear.n);
	int rc = write_seed("proto", kind, name, seed, 4 + hear.n);
	seed[3] = (uint8_t)hear.kind;
	return rc | write_seed("message", kind, name, seed + 3, 1 + hear.n);
}

static int write_frame(const char *name, const uint64_t *lines, unsigned lines_n,
		       const uint8_t *facts, size_t facts_n)
{
	struct buf text;

	buf_init(&text, 65536);
	for (unsigned i = 0; i < lines_n; i++) {
		char line[80];
		snprintf(line, sizeof(line),
			 "{\"schema\":1,\"line\":%llu,\"input\":\"a.example.com\"}\n",
			 (unsigned long long)lines[i]);
		buf_text(&text, line);
	}
	const struct message_frame frame = {
		.lines_n = lines_n,
		.facts = facts,
		.facts_n = facts_n,
		.text = span_of(text.p, text.n),
	};
	int rc = message_send_frame(hear.from, &frame, lines);
	buf_release(&text);
	return rc != 0 ? -1 : write_message("frame_", name);
}

/* One of each of the others. */
static int write_messages(void)
{
	const struct message_setup setup = {.jobs = 8, .fetch_slots = 2, .dns_rate = 10};
	const struct message_line lines[] = {
		{.line = 1, .rank = -1, .text = SPAN_LIT("example.org")},
		{.line = 2, .rank = 5, .text = SPAN_LIT("a.example"), .tag = SPAN_LIT("tag")},
	};
	const struct message_ticket ask = {.id = 3, .address = {4, {127, 0, 0, 1}}};
	const struct message_ticket granted = {.id = 3, .vain = true};
	const struct message_ticket done = {.id = 3, .late = true};
	const struct message_stats stats = {.questions = 9, .ever_good = 1, .upstreams_n = 2};
	const struct message_upstream upstreams[2] = {{.asked = 9, .state = 1}};
	uint8_t body[256];
	size_t n = 0;
	int rc = 0;

	for (unsigned i = 0; i < 2; n += message_line_size(&lines[i++]))
		message_write_line(&lines[i], body + n);
	rc |= message_send_setup(hear.from, &setup) | write_message("one_", "setup");
	rc |= proto_send(hear.from, PROTO_LINES, &(struct proto_part){body, n}, 1) |
	      write_message("one_", "lines");
	rc |= message_send_ticket(hear.from, PROTO_ASK, &ask) | write_message("one_", "ask");
	rc |= message_send_ticket(hear.from, PROTO_GRANTED, &granted) |
	      write_message("one_", "granted");
	rc |= message_send_ticket(hear.from, PROTO_DONE, &done) | write_message("one_", "done");
	rc |= message_send_stats(hear.from, &stats, upstreams) | write_message("one_", "stats");
	rc |= message_send_taken(hear.from, 2) | write_message("one_", "taken");
	rc |= message_send_fail(hear.from, "out of memory") | write_message("one_", "fail");
	return rc;
}

/* The packed row of the first sample with this verdict; 0 when there is none. */
static size_t sample_row(enum verdict verdict, uint8_t packed[FACTS_PACKED_MAX])
{
	struct facts facts;
	struct arena arena;
	struct record r;
	size_t n = 0;

	if (arena_init(&arena, 65536, 1u << 20) != 0)
		return 0;
	for (uint64_t line = 1; n == 0 && line < 10000; line++) {
		arena_reset(&arena);
		sample_record(&r, &arena, 1, line, 500);
		if (r.verdict != verdict)
			continue;
		facts_from_record(&r, &facts);
		n = facts_pack(&facts, packed);
	}
	arena_release(&arena);
	return n;
}

int main(int argc, char **argv)
{
	static const uint64_t good[] = {5, 7, 6, 1}, twice[] = {5, 7, 5, 1},
			      foreign[] = {5, 7, 99, 1};
	static uint8_t rows[LINES_MAX * FACTS_PACKED_MAX];
	size_t rows_n = 0, all = 0;
	unsigned n = 0;
	int rc = 0;

	if (argc != 2)
		return 2;
	folder = argv[1];
	hear_open(&hear);
	for (unsigned v = 0; v < verdict_count; v++) {
		uint8_t row[FACTS_PACKED_MAX];
		size_t row_n = sample_row((enum verdict)v, row);
		if (row_n == 0)
			continue;
		rc |= write_seed("facts", "", verdict_name((enum verdict)v), row, row_n);
		if (n == LINES_MAX)
			continue;
		memcpy(rows + all, row, row_n);
		all += row_n;
		if (++n == 1)
			rows_n = row_n;
	}
	rc |= write_frame("one", good, 1, rows, rows_n);
	rc |= write_frame("four", good, n, rows, all);
	rc |= write_frame("line_twice", twice, n, rows, all);
	rc |= write_frame("line_not_out", foreign, n, rows, all);
	rc |= write_frame("row_missing", good, n, rows, all - 1);
	rc |= write_messages();
	hear_close(&hear);
	return rc == 0 && n == LINES_MAX ? 0 : 1;
}
