/* page_text.h - what a page says: the cause, what it costs, what to do first, until when, and what
 * happens if nobody answers. Pure: from the engine's state into a buffer. */
#ifndef LW_PAGE_TEXT_H
#define LW_PAGE_TEXT_H

#include <stddef.h>

#include "collector/core/engine.h"
#include "collector/core/oncall.h"
#include "collector/core/rules.h"

enum page_form {
	PAGE_FORM_SUBJECT,  /* one line, for a mail's subject */
	PAGE_FORM_CHAT,	    /* at most ten lines */
	PAGE_FORM_LONG,	    /* the chat form, then the evidence and who was told */
	PAGE_FORM_SMS,	    /* at most 160 characters of ASCII, no diacritics */
	PAGE_FORM_SMS_UCS2, /* at most 70 UTF-16 units */
	PAGE_FORM_END
};

struct page_request {
	const struct engine *engine;
	const struct topology *topology;
	const struct ruleset *rules;
	const struct oncall_plan *plan;
	uint32_t incident;
	enum page_reason reason;
	const char *language; /* "vi" or "en" */
	const char *link;     /* opens the incident; NULL: none */
	int64_t wall_ms;      /* now */
};

/* Returns the length without NUL; cut at `size`, never inside a character. */
size_t page_text(char *buf, size_t size, const struct page_request *r, enum page_form form);

/* Vietnamese without its marks, other letters beyond ASCII as '?'; in place. */
void page_fold_ascii(char *text);
size_t page_utf16_length(const char *text); /* units of a UTF-8 text */

#endif
