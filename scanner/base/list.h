/*
 * list.h - intrusive queue: an element is embedded in what is queued and sits in at most one list.
 */
#ifndef MTASWEEP_LIST_H
#define MTASWEEP_LIST_H

#include <stddef.h>

struct list_item {
	struct list_item *next;
};

struct list {
	struct list_item *first, *last;
	size_t n;
};

#define list_owner(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))

static inline void list_push(struct list *l, struct list_item *item)
{
	item->next = NULL;
	if (l->last != NULL)
		l->last->next = item;
	else
		l->first = item;
	l->last = item;
	l->n++;
}

/* For lists of what is free: what was used last is still in the cache. */
static inline void list_push_front(struct list *l, struct list_item *item)
{
	item->next = l->first;
	if (l->last == NULL)
		l->last = item;
	l->first = item;
	l->n++;
}

static inline struct list_item *list_pop(struct list *l)
{
	struct list_item *item = l->first;
	if (item != NULL) {
		l->first = item->next;
		if (l->first == NULL)
			l->last = NULL;
		l->n--;
		item->next = NULL;
		/* With thousands in flight the next one is in no cache; it will be soon. */
		__builtin_prefetch(l->first);
	}
	return item;
}

#endif
