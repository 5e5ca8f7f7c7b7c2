/* dns_answer.h - one DNS question and what an answer to it says. No socket; glibc's parser. */
#ifndef LW_DNS_ANSWER_H
#define LW_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_TEXT_MAX = 256 };

struct dns_question {
	uint16_t id;
	char name[DNS_TEXT_MAX], expect[DNS_TEXT_MAX]; /* expect "": any answer */
	int type;
};

struct dns_answer {
	unsigned n; /* records of the type that was asked */
	char first[DNS_TEXT_MAX];
	bool good;	 /* an answer, and the expected one */
	const char *why; /* where not good */
};

int dns_question_init(struct dns_question *q, const char *name, const char *type,
		      const char *expect); /* -EINVAL: no such type, or too long */

/* 0, or -EINVAL: broken, or not an answer to this question. */
int dns_answer_read(struct dns_answer *ret, const struct dns_question *q, const uint8_t *buf,
		    size_t len);

#endif
