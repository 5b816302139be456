/* message.c - see message.h. */
#include "scanner/pipe/message.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- setup ------------------------------------------------------------------------------- */

int message_send_setup(struct proto_pipe *pipe, const struct message_setup *setup)
{
	return proto_send(pipe, PROTO_SETUP, &(struct proto_part){setup, sizeof(*setup)}, 1);
}

int message_read_setup(const uint8_t *body, size_t n, struct message_setup *out)
{
	struct message_setup setup;

	if (n != sizeof(setup))
		return -1;
	memcpy(&setup, body, sizeof(setup));
	if (setup.jobs == 0 || setup.fetch_slots == 0 || setup.seen_good > 1 ||
	    !isfinite(setup.dns_rate) || setup.dns_rate < 0)
		return -1;
	*out = setup;
	return 0;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Its text and its tag follow. */
struct line_head {
	uint64_t line;
	int64_t rank;
	uint32_t text_n, tag_n;
	uint8_t too_long, has_tag;
	uint8_t pad[6];
};

size_t message_line_size(const struct message_line *l)
{
	return sizeof(struct line_head) + l->text.n + l->tag.n;
}

void message_write_line(const struct message_line *l, uint8_t *out)
{
	struct line_head head = {
		.line = l->line,
		.rank = l->rank,
		.text_n = (uint32_t)l->text.n,
		.tag_n = (uint32_t)l->tag.n,
		.too_long = l->too_long,
		.has_tag = l->tag.p != NULL,
	};

	assert(l->line > 0 && l->rank >= -1);
	assert(message_line_size(l) <= PROTO_BODY_MAX);
	assert(l->tag.p != NULL || l->tag.n == 0);
	memcpy(out, &head, sizeof(head));
	if (l->text.n > 0)
		memcpy(out + sizeof(head), l->text.p, l->text.n);
	if (l->tag.n > 0)
		memcpy(out + sizeof(head) + l->text.n, l->tag.p, l->tag.n);
}

size_t message_read_line(const uint8_t *p, size_t n, struct message_line *out)
{
	struct line_head head;

	if (n < sizeof(head))
		return 0;
	memcpy(&head, p, sizeof(head));
	n -= sizeof(head);
	if (head.text_n > n || head.tag_n > n - head.text_n || head.line == 0 || head.rank < -1 ||
	    head.too_long > 1 || head.has_tag > 1 || (head.tag_n > 0 && head.has_tag == 0))
		return 0;
	const char *text = (const char *)p + sizeof(head);
	*out = (struct message_line){
		.line = head.line,
		.rank = head.rank,
		.text = span_of(text, head.text_n),
		.tag = head.has_tag ? span_of(text + head.text_n, head.tag_n) : SPAN_NULL,
		.too_long = head.too_long,
	};
	return sizeof(head) + head.text_n + head.tag_n;
}

bool message_lines_are_sound(const uint8_t *body, size_t n)
{
	struct message_line line;

	for (size_t at = 0; at < n;) {
		size_t took = message_read_line(body + at, n - at, &line);
		if (took == 0)
			return false;
		at += took;
	}
	return true;
}

/* ---- tickets ----------------------------------------------------------------------------- */

struct ticket_body {
	uint32_t id;
	uint8_t family;
	uint8_t bytes[16];
	uint8_t late, vain;
	uint8_t pad[1];
};

int message_send_ticket(struct proto_pipe *pipe, enum proto_kind kind,
			const struct message_ticket *t)
{
	struct ticket_body body = {
		.id = t->id,
		.family = t->address.family,
		.late = t->late,
		.vain = t->vain,
	};

	assert(kind == PROTO_ASK || kind == PROTO_GRANTED || kind == PROTO_DONE);
	assert(kind != PROTO_ASK || t->address.family == 4 || t->address.family == 6);
	memcpy(body.bytes, t->address.bytes, sizeof(body.bytes));
	return proto_send(pipe, kind, &(struct proto_part){&body, sizeof(body)}, 1);
}

int message_read_ticket(enum proto_kind kind, const uint8_t *p, size_t n,
			struct message_ticket *out)
{
	struct ticket_body body;

	if (n != sizeof(body))
		return -1;
	memcpy(&body, p, sizeof(body));
	if (body.late > (kind == PROTO_DONE) || body.vain > (kind == PROTO_GRANTED) ||
	    (kind == PROTO_ASK ? body.family != 4 && body.family != 6 : body.family != 0))
		return -1;
	*out = (struct message_ticket){
		.id = body.id,
		.address.family = body.family,
		.late = body.late,
		.vain = body.vain,
	};
	/* The rest stays zero: addresses are compared as a whole. */
	memcpy(out->address.bytes, body.bytes, body.family == 4 ? 4 : sizeof(body.bytes));
	return 0;
}

/* ---- heartbeat --------------------------------------------------------------------------- */

int message_send_stats(struct proto_pipe *pipe, const struct message_stats *stats,
		       const struct message_upstream *upstreams)
{
	const struct proto_part parts[] = {
		{stats, sizeof(*stats)},
		{upstreams, stats->upstreams_n * sizeof(*upstreams)},
	};

	return proto_send(pipe, PROTO_STATS, parts, 2);
}

int message_read_stats(const uint8_t *body, size_t n, uint32_t upstreams_n,
		       struct message_stats *stats, struct message_upstream *upstreams)
{
	struct message_stats head;

	if (n != sizeof(head) + (size_t)upstreams_n * sizeof(*upstreams))
		return -1;
	memcpy(&head, body, sizeof(head));
	if (head.upstreams_n != upstreams_n || head.ever_good > 1 || head.hopeless > 1)
		return -1;
	for (uint32_t i = 0; i < upstreams_n; i++) {
		struct message_upstream u;
		memcpy(&u, body + sizeof(head) + i * sizeof(u), sizeof(u));
		if (u.state >= MESSAGE_STATES)
			return -1;
	}
	*stats = head;
	memcpy(upstreams, body + sizeof(head), n - sizeof(head));
	return 0;
}

/* ---- frames ------------------------------------------------------------------------------ */

/* Line numbers, facts and text follow. */
struct frame_head {
	uint32_t lines_n; /* uint64_t each */
	uint32_t facts_n; /* bytes, like the next */
	uint32_t text_n;
	uint32_t pad;
};

int message_send_frame(struct proto_pipe *pipe, const struct message_frame *f,
		       const uint64_t *lines)
{
	const struct frame_head head = {
		.lines_n = f->lines_n,
		.facts_n = (uint32_t)f->facts_n,
		.text_n = (uint32_t)f->text.n,
	};
	const struct proto_part parts[] = {
		{&head, sizeof(head)},
		{lines, f->lines_n * sizeof(*lines)},
		{f->facts, f->facts_n},
		{f->text.p, f->text.n},
	};

	assert(f->lines_n > 0 && f->lines_n <= MESSAGE_FRAME_LINES_MAX && f->text.n > 0);
	return proto_send(pipe, PROTO_FRAME, parts, 4);
}

int message_read_frame(const uint8_t *body, size_t n, struct message_frame *out)
{
	struct frame_head head;

	if (n < sizeof(head))
		return -1;
	memcpy(&head, body, sizeof(head));
	if (head.lines_n == 0 || head.lines_n > MESSAGE_FRAME_LINES_MAX || head.text_n == 0 ||
	    head.pad != 0)
		return -1;
	size_t lines_size = head.lines_n * sizeof(uint64_t);
	if (sizeof(head) + lines_size + (uint64_t)head.facts_n + head.text_n != n)
		return -1;
	out->lines_n = head.lines_n;
	out->lines = body + sizeof(head);
	out->facts = out->lines + lines_size;
	out->facts_n = head.facts_n;
	out->text = span_of((const char *)out->facts + head.facts_n, head.text_n);
	return 0;
}

uint64_t message_frame_line(const struct message_frame *f, uint32_t i)
{
	uint64_t line;

	assert(i < f->lines_n);
	memcpy(&line, f->lines + i * sizeof(line), sizeof(line));
	return line;
}

/* ---- small ones -------------------------------------------------------------------------- */

int message_send_taken(struct proto_pipe *pipe, uint32_t lines)
{
	assert(lines > 0);
	return proto_send(pipe, PROTO_TAKEN, &(struct proto_part){&lines, sizeof(lines)}, 1);
}

int message_read_taken(const uint8_t *body, size_t n, uint32_t *lines)
{
	uint32_t taken;

	if (n != sizeof(taken))
		return -1;
	memcpy(&taken, body, sizeof(taken));
	if (taken == 0)
		return -1;
	*lines = taken;
	return 0;
}

int message_send_fail(struct proto_pipe *pipe, const char *why)
{
	return proto_send(pipe, PROTO_FAIL, &(struct proto_part){why, strlen(why)}, 1);
}

void message_read_fail(const uint8_t *body, size_t n, char why[MESSAGE_WHY_MAX])
{
	n = n < MESSAGE_WHY_MAX ? n : MESSAGE_WHY_MAX - 1;
	memcpy(why, body, n);
	why[n] = '\0';
}
