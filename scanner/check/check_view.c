/* check_view.c - see check_view.h: the order of the sections. */
#include "scanner/check/check_view.h"

#include <assert.h>

#include "scanner/check/check_parts.h"

void check_view(struct text *t, const struct record *r, const struct check_page *page)
{
	assert((t->width >= CHECK_WIDTH_MIN && t->width <= CHECK_WIDTH_MAX) ||
	       t->width == CHECK_WIDTH_UNBROKEN);
	check_head(t, r, page);
	if (page->brief)
		return;
	if (r->domain.p != NULL && r->verdict != VERDICT_EXCLUDED) {
		check_published(t, r);
		check_hosts(t, r);
	}
	check_issues(t, r);
	check_recommend(t, r, page);
}
