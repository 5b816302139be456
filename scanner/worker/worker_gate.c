/* worker_gate.c - see worker_gate.h. */
#include "scanner/worker/worker_gate.h"

#include <assert.h>
#include <stdlib.h>

#include "scanner/base/list.h"

/* What is behind gate_ticket.place here. */
struct remote_ticket {
	struct gate_ticket *ticket; /* NULL when the id is free */
	uint32_t next_free;
	bool granted;
};

static int remote_ask(struct gate_door *door, struct gate_ticket *t)
{
	struct worker_gate *g = list_owner(door, struct worker_gate, door);
	const struct message_ticket message = {.id = g->free, .address = t->address};

	if (g->free >= g->tickets_n)
		return -1;
	struct remote_ticket *remote = &g->tickets[message.id];
	assert(remote->ticket == NULL);
	if (message_send_ticket(g->pipe, PROTO_ASK, &message) != 0)
		return -1;
	g->free = remote->next_free;
	remote->ticket = t;
	t->vain = t->late = false;
	t->place = remote;
	return 0;
}

static void remote_done(struct gate_door *door, struct gate_ticket *t)
{
	struct worker_gate *g = list_owner(door, struct worker_gate, door);
	struct remote_ticket *remote = t->place;

	assert(remote != NULL && remote->ticket == t && remote->granted);
	const struct message_ticket message = {
		.id = (uint32_t)(remote - g->tickets),
		.late = t->late,
	};
	t->place = NULL;
	*remote = (struct remote_ticket){.next_free = g->free};
	g->free = message.id;
	message_send_ticket(g->pipe, PROTO_DONE, &message); /* in vain when the pipe is gone */
}

int worker_gate_granted(struct worker_gate *g, const uint8_t *body, size_t n)
{
	struct message_ticket message;

	if (message_read_ticket(PROTO_GRANTED, body, n, &message) != 0 ||
	    message.id >= g->tickets_n)
		return -1;
	struct remote_ticket *remote = &g->tickets[message.id];
	if (remote->ticket == NULL || remote->granted)
		return -1;
	remote->granted = true;
	remote->ticket->vain = message.vain;
	remote->ticket->granted(remote->ticket);
	return 0;
}

int worker_gate_init(struct worker_gate *g, struct proto_pipe *pipe, uint32_t tickets_n)
{
	*g = (struct worker_gate){.door = {remote_ask, remote_done}, .pipe = pipe};
	g->tickets = calloc(tickets_n, sizeof(*g->tickets));
	if (g->tickets == NULL)
		return -1;
	g->tickets_n = tickets_n;
	for (uint32_t i = 0; i < tickets_n; i++)
		g->tickets[i].next_free = i + 1;
	return 0;
}

void worker_gate_release(struct worker_gate *g)
{
	free(g->tickets);
	*g = (struct worker_gate){0};
}
