/* template.h - a configured body with {to} {sms} {text} {subject} {link} {key} filled in, each value
 * escaped for the body's content type: as a JSON string with its quotes, as a form field, or plain. */
#ifndef LW_NOTIFY_TEMPLATE_H
#define LW_NOTIFY_TEMPLATE_H

#include "common/notify/message.h"

/* malloc'ed; NULL: no memory. A name in braces that is not known stays as it is. */
char *template_fill(const char *body, const char *content_type, const struct message *m,
		    const char *address);

#endif
