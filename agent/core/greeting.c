#include "agent/core/greeting.h"

#include <string.h>

#include "common/core/out.h"

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Printable ASCII only: what a stranger sends goes to logs and pages. */
static void copy_text(char *out, size_t size, const uint8_t *in, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && in[i] != '\0' && n + 1 < size; i++)
		out[n++] = in[i] >= ' ' && in[i] < 127 ? (char)in[i] : '?';
	out[n] = '\0';
}

size_t greeting_pg_hello(uint8_t buf[GREETING_BYTES_MAX], const char *user)
{
	enum { SSL_REQUEST = 80877103, PROTOCOL_3 = 196608, USER_MAX = 100 };

	if (user == NULL) {
		put32(buf, 8);
		put32(buf + 4, SSL_REQUEST);
		return 8;
	}
	put32(buf + 4, PROTOCOL_3);
	size_t len = 8 + sizeof "user", n = strnlen(user, USER_MAX);
	memcpy(buf + 8, "user", sizeof "user");
	memcpy(buf + len, user, n);
	len += n;
	buf[len++] = '\0';
	buf[len++] = '\0'; /* no more parameters */
	put32(buf, (uint32_t)len);
	return len;
}

/* ErrorResponse: fields of a type byte and a text; 'C' is the SQLSTATE, 'M' the message. */
static void read_pg_error(struct greeting *g, const uint8_t *p, size_t len)
{
	char state[6] = "", message[96] = "";

	for (size_t i = 0; i < len && p[i] != '\0';) {
		const uint8_t *text = p + i + 1;
		size_t n = strnlen((const char *)text, len - i - 1);

		if (p[i] == 'C')
			copy_text(state, sizeof state, text, n);
		else if (p[i] == 'M')
			copy_text(message, sizeof message, text, n);
		i += n + 2;
	}
	(void)out_join(g->text, sizeof g->text, state, " ", message, NULL);
	/* 28xxx: it did look at who asks, so it serves. 57P03, 53300 …: it does not. */
	g->result = strncmp(state, "28", 2) == 0 || strncmp(state, "3D", 2) == 0 ? GREETING_UP
										 : GREETING_REFUSES;
}

void greeting_pg_read(struct greeting *ret, const uint8_t *buf, size_t len)
{
	struct greeting g = { .result = GREETING_ALIEN, .text = "not a PostgreSQL server" };

	if (len == 0)
		g.result = GREETING_MORE;
	else if (len == 1 && (buf[0] == 'S' || buf[0] == 'N'))
		g = (struct greeting){ .result = GREETING_UP, .text = "PostgreSQL" };
	else if (len < 5)
		g.result = buf[0] == 'R' || buf[0] == 'E' ? GREETING_MORE : GREETING_ALIEN;
	else if (buf[0] == 'R' && get32(buf + 1) >= 8 && get32(buf + 1) < 2000)
		g = (struct greeting){ .result = GREETING_UP, .text = "PostgreSQL" };
	else if (buf[0] == 'E' && get32(buf + 1) >= 5 && get32(buf + 1) < 30000) {
		if (len >= 1 + (size_t)get32(buf + 1) || len >= GREETING_BYTES_MAX)
			read_pg_error(&g, buf + 5, len - 5);
		else
			g.result = GREETING_MORE;
	}
	*ret = g;
}

enum { MYSQL_HEAD = 4, MYSQL_ERROR = 0xff, MYSQL_ACCESS_DENIED = 1045 };

static void read_mysql_error(struct greeting *g, const uint8_t *p, size_t len)
{
	char text[96] = "";
	unsigned code = len >= 2 ? p[0] | (unsigned)p[1] << 8 : 0;
	struct out o = { g->text, sizeof g->text, 0 };

	if (len > 2)
		copy_text(text, sizeof text, p + 2, len - 2);
	out_put(&o, "error ");
	out_number(&o, code, 0);
	out_put(&o, " ");
	out_put(&o, text);
	g->result = code == MYSQL_ACCESS_DENIED ? GREETING_UP : GREETING_REFUSES;
}

void greeting_mysql_read(struct greeting *ret, const uint8_t *buf, size_t len)
{
	struct greeting g = { .result = GREETING_ALIEN, .text = "not a MySQL server" };
	size_t body = len >= MYSQL_HEAD ? buf[0] | (size_t)buf[1] << 8 | (size_t)buf[2] << 16 : 0;

	if (len <= MYSQL_HEAD) {
		g.result = GREETING_MORE;
	} else if (buf[MYSQL_HEAD] != 10 && buf[MYSQL_HEAD] != MYSQL_ERROR) {
		g.result = GREETING_ALIEN;
	} else if (body < 3 || body > 2000) {
		g.result = GREETING_ALIEN;
	} else if (len < MYSQL_HEAD + body && len < GREETING_BYTES_MAX) {
		g.result = GREETING_MORE;
	} else if (buf[MYSQL_HEAD] == MYSQL_ERROR) {
		read_mysql_error(&g, buf + MYSQL_HEAD + 1,
				 (len < MYSQL_HEAD + body ? len : MYSQL_HEAD + body) - MYSQL_HEAD -
					 1);
	} else {
		g.result = GREETING_UP;
		(void)out_join(g.text, sizeof g.text, "MySQL", NULL);
		copy_text(g.version, sizeof g.version, buf + MYSQL_HEAD + 1, len - MYSQL_HEAD - 1);
	}
	*ret = g;
}

/* HandshakeResponse41 of the user "linewatch" with an empty password: the server says "access
 * denied", which closes the handshake in order. */
size_t greeting_mysql_answer(uint8_t buf[GREETING_BYTES_MAX])
{
	static const uint8_t capabilities[] = { 0x00, 0x82, 0x08, 0x00 }; /* 4.1, secure, plugin */
	static const char who[] = "linewatch\0\0mysql_native_password";	  /* user, no auth data */
	size_t body = 32 + sizeof who;

	memset(buf, 0, MYSQL_HEAD + body);
	buf[0] = (uint8_t)body;
	buf[3] = 1; /* packet number */
	memcpy(buf + MYSQL_HEAD, capabilities, sizeof capabilities);
	buf[MYSQL_HEAD + 7] = 1;  /* 16 MiB at most */
	buf[MYSQL_HEAD + 8] = 33; /* utf8 */
	memcpy(buf + MYSQL_HEAD + 32, who, sizeof who);
	return MYSQL_HEAD + body;
}
