/* Mail by SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH. Happy path: one connection per
 * message, a multipart/alternative built by libcurl's MIME, 250 after DATA means taken. Failure
 * paths: 4yz and transport errors are tried again, 5yz is the end of this channel for the message.
 * Sending twice (a crash between 250 and our commit) shows: the Message-ID is made of the key. */
#include "lazy_sodium.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/notify/sending.h"

enum { WORD_BYTES = 42 }; /* of text in one encoded-word: 42 -> 56 base64 + 12 of frame <= 75 */

/* RFC 2047: the subject as encoded-words, cut between characters. */
static void encode_subject(char *buf, size_t size, const char *subject)
{
	size_t n = (size_t)snprintf(buf, size, "Subject:");

	while (*subject != '\0' && n + 80 < size) {
		size_t len = strnlen(subject, WORD_BYTES);
		char word[WORD_BYTES * 2];

		while (len > 1 && ((unsigned char)subject[len] & 0xc0) == 0x80)
			len--;
		(void)sodium_bin2base64(word, sizeof word, (const unsigned char *)subject, len,
					sodium_base64_VARIANT_ORIGINAL);
		n += (size_t)snprintf(buf + n, size - n, " =?UTF-8?B?%s?=", word);
		subject += len;
	}
}

static void message_id(char *buf, size_t size, const char *key)
{
	unsigned char hash[16];
	char hex[33];

	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)key, strlen(key), NULL,
				 0);
	(void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	(void)snprintf(buf, size, "Message-ID: <%s@linewatch>", hex);
}

static int add_headers(struct sending *s, const struct channel *c, const struct message *m,
		       const char *address)
{
	time_t born = (time_t)(m->born_wall_ms / 1000);
	char line[1200];
	struct tm tm;
	int r;

	encode_subject(line, sizeof line, m->subject != NULL ? m->subject : "linewatch");
	r = sending_header(s, line);
	(void)snprintf(line, sizeof line, "From: %s", c->conf->from);
	if (r == 0)
		r = sending_header(s, line);
	(void)snprintf(line, sizeof line, "To: %s", address);
	if (r == 0)
		r = sending_header(s, line);
	message_id(line, sizeof line, m->key);
	if (r == 0)
		r = sending_header(s, line);
	(void)gmtime_r(&born, &tm);
	(void)strftime(line, sizeof line, "Date: %a, %d %b %Y %H:%M:%S +0000", &tm);
	if (r == 0)
		r = sending_header(s, line);
	if (r == 0)
		r = sending_header(s, "Auto-Submitted: auto-generated");
	return r;
}

static int add_part(curl_mime *mime, const char *type, const char *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	if (part == NULL || curl_mime_data(part, text, CURL_ZERO_TERMINATED) != CURLE_OK ||
	    curl_mime_type(part, type) != CURLE_OK || curl_mime_encoder(part, "base64") != CURLE_OK)
		return -ENOMEM;
	return 0;
}

static int add_body(struct sending *s, const struct message *m)
{
	const char *plain = m->mail != NULL ? m->mail : m->text != NULL ? m->text : "";
	curl_mime *mime = sending_mime(s), *forms;
	curl_mimepart *part;

	if (mime == NULL)
		return -ENOMEM;
	if (m->html == NULL)
		return add_part(mime, "text/plain; charset=utf-8", plain);
	forms = curl_mime_init(sending_easy(s));
	part = curl_mime_addpart(mime);
	if (forms == NULL || part == NULL ||
	    add_part(forms, "text/plain; charset=utf-8", plain) < 0 ||
	    add_part(forms, "text/html; charset=utf-8", m->html) < 0 ||
	    curl_mime_subparts(part, forms) != CURLE_OK) {
		curl_mime_free(forms);
		return -ENOMEM;
	}
	(void)curl_mime_type(part, "multipart/alternative");
	return 0;
}

static void secure(struct sending *s, const struct channel *c)
{
	const char *tls = c->conf->tls != NULL ? c->conf->tls : "required";
	long level = strcmp(tls, "none") == 0		 ? CURLUSESSL_NONE
		     : strcmp(tls, "opportunistic") == 0 ? CURLUSESSL_TRY
							 : CURLUSESSL_ALL;
	CURL *easy = sending_easy(s);

	(void)curl_easy_setopt(easy, CURLOPT_USE_SSL, level);
	if (c->conf->user == NULL)
		return;
	(void)curl_easy_setopt(easy, CURLOPT_USERNAME, c->conf->user);
	(void)curl_easy_setopt(easy, CURLOPT_PASSWORD, c->secret != NULL ? c->secret : "");
}

static int email_open(struct channel *c, char *reterr, size_t reterr_size)
{
	if (c->conf->from == NULL) {
		(void)snprintf(reterr, reterr_size, "from: missing, wants the sender's address");
		return -EINVAL;
	}
	return 0;
}

static int email_send(struct channel *c, const struct message *m, const char *address,
		      channel_done_fn *done, void *arg)
{
	struct sending *s = sending_new(c, c->conf->url, "smtp,smtps", sending_judge_smtp);
	int r;

	if (s == NULL)
		return -ENOMEM;
	(void)curl_easy_setopt(sending_easy(s), CURLOPT_MAIL_FROM, c->conf->from);
	secure(s, c);
	r = sending_recipient(s, address);
	if (r == 0)
		r = add_headers(s, c, m, address);
	if (r == 0)
		r = add_body(s, m);
	if (r < 0) {
		sending_free(s);
		return r;
	}
	return sending_start(s, done, arg);
}

const struct channel_type channel_email = { "email",	true, email_open,
					    email_send, NULL, sending_cancel_all };
