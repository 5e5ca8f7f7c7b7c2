/* message.h - what is to be said to one person or one machine: as a struct, and as the JSON that
 * waits in the store's outbox. */
#ifndef LW_NOTIFY_MESSAGE_H
#define LW_NOTIFY_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/delivery.h"

enum message_kind {
	MESSAGE_PAGE,  /* to a person, about an incident */
	MESSAGE_ALARM, /* to a machine: alarm raised or cleared */
	MESSAGE_TEST   /* a drill or a proof that a channel works */
};

enum { MESSAGE_MAX_CHANNELS = 8 };

/* Strings are owned by the message (message_fini); NULL where there is nothing. */
struct message {
	char *key;	   /* idempotency: a message with this key is sent once */
	char *subject;	   /* one line */
	char *text;	   /* the chat form: at most ten lines */
	char *mail;	   /* complete, plain text */
	char *html;	   /* complete, or NULL */
	char *sms;	   /* without diacritics, at most 160 */
	char *sms_unicode; /* with diacritics, at most 70 UTF-16 units */
	char *link;	   /* opens the incident */
	char *person;	   /* id; NULL for machines */
	char *language;	   /* "vi", "en" */
	char *site, *entity, *code, *severity; /* of the alarm or the incident's root */
	char *reason;			       /* "opened", "raised", "cleared" … */
	uint64_t alarm;			       /* id; 0: none */
	uint32_t incident;		       /* number; 0: none */
	enum message_kind kind;
	bool wants_receipt;
	int64_t born_wall_ms;
	char *channels[MESSAGE_MAX_CHANNELS];  /* notifier ids in order of preference */
	char *addresses[MESSAGE_MAX_CHANNELS]; /* where to, by that channel */
	uint32_t n_channels;
	struct delivery delivery;
};

void message_fini(struct message *m);

char *message_to_json(const struct message *m); /* malloc'ed; NULL: no memory */
/* 0, -EBADMSG (not ours), -ENOMEM. On success *ret is to be message_fini'ed. */
int message_from_json(struct message *ret, const char *json);

const char *message_kind_name(enum message_kind k);

#endif
