/* Lines that wait in a worker come out as they went in, and memory follows what waits. */
#include <criterion/criterion.h>

#include "scanner/worker/line_queue.h"

/* The byte at a place of the whole stream. */
static uint8_t expected(uint64_t place)
{
	return (uint8_t)(place * 2654435761u >> 13);
}

static void add(struct line_queue *q, uint64_t *in, size_t n)
{
	uint8_t body[400];

	for (size_t i = 0; i < n; i++)
		body[i] = expected(*in + i);
	cr_assert_eq(line_queue_add(q, body, n), 0);
	*in += n;
}

static void take(struct line_queue *q, uint64_t *out, size_t n)
{
	cr_assert(n <= q->n - q->at);
	for (size_t i = 0; i < n; i++, q->at++)
		cr_assert_eq(q->bytes[q->at], expected(*out + i));
	*out += n;
}

Test(line_queue, bytes_come_out_in_order_and_memory_is_bounded)
{
	struct line_queue q = {0};
	uint64_t in = 0, out = 0, random = 1;
	size_t most = 0;

	for (unsigned turn = 0; turn < 200000; turn++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		size_t n = random >> 33 & 0xff, waits = q.n - q.at;
		if (waits < 1000)
			add(&q, &in, n);
		else
			take(&q, &out, waits < 4 * n ? waits : 4 * n);
		most = most > q.n - q.at ? most : q.n - q.at;
		cr_assert(q.cap <= 4 * most, "%zu bytes for %zu", q.cap, most);
	}
	take(&q, &out, q.n - q.at);
	cr_expect_eq(in, out);
	line_queue_release(&q);
}

Test(line_queue, memory_is_used_again)
{
	struct line_queue q = {0};
	uint64_t in = 0, out = 0;

	add(&q, &in, 0);
	cr_expect_null(q.bytes);
	add(&q, &in, 300);
	add(&q, &in, 300);
	take(&q, &out, 300);
	add(&q, &in, 300);
	const uint8_t *bytes = q.bytes;
	for (unsigned i = 0; i < 1000; i++) {
		take(&q, &out, 300);
		add(&q, &in, 300);
	}
	cr_expect_eq(q.bytes, bytes);
	cr_expect_eq(q.n - q.at, 600);
	line_queue_release(&q);
}
