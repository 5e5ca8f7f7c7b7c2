#include "agent/io/snmp/usm.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "agent/io/snmp/packet.h"
#include "agent/io/snmp/usm_user.h"

enum { FLAG_AUTH = 1, FLAG_PRIV = 2, FLAG_REPORTABLE = 4, MAX_SIZE = 65507, USM_MODEL = 3 };
enum { SALT_BYTES = 8, IV_BYTES = 16, DES_BLOCK = 8 };

/* The header and the security parameters in front of what `b` holds; `mac_at` is where the MAC goes. */
static void write_front(struct ber *b, const struct usm_engine *e, const struct usm_user *u,
			uint32_t id, uint8_t flags, uint32_t time, const uint8_t *salt,
			size_t *ret_mac_end)
{
	static const uint8_t zeros[USM_KEY_MAX];
	size_t end = b->at;

	ber_octets(b, 0x04, salt, (flags & FLAG_PRIV) != 0 ? SALT_BYTES : 0);
	*ret_mac_end = b->at;
	ber_octets(b, 0x04, zeros, (flags & FLAG_AUTH) != 0 ? u->mac_length : 0);
	ber_octets(b, 0x04, u != NULL ? u->name : "", u != NULL ? strlen(u->name) : 0);
	ber_integer(b, 0x02, e != NULL ? time : 0);
	ber_integer(b, 0x02, e != NULL ? e->boots : 0);
	ber_octets(b, 0x04, e != NULL ? e->id : zeros, e != NULL ? e->id_length : 0);
	ber_wrap(b, 0x30, end);
	ber_wrap(b, 0x04, end);

	size_t header_end = b->at;
	ber_integer(b, 0x02, USM_MODEL);
	ber_octets(b, 0x04, &flags, 1);
	ber_integer(b, 0x02, MAX_SIZE);
	ber_integer(b, 0x02, id);
	ber_wrap(b, 0x30, header_end);
	ber_integer(b, 0x02, SNMP_V3);
}

static int deliver(const struct ber *b, size_t end, uint8_t *ret)
{
	if (b->full)
		return -E2BIG;
	memmove(ret, b->buf + b->at, end - b->at);
	return (int)(end - b->at);
}

int usm_write_discovery(uint32_t id, uint8_t *ret, size_t size)
{
	uint8_t buf[256];
	struct ber b = { buf, sizeof buf, false };
	size_t mac_end = 0;

	if (size < sizeof buf)
		return -E2BIG;
	ber_header(&b, 0x30, 0);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, id);
	ber_wrap(&b, PDU_GET, sizeof buf);
	ber_octets(&b, 0x04, "", 0);
	ber_octets(&b, 0x04, "", 0);
	ber_wrap(&b, 0x30, sizeof buf);
	write_front(&b, NULL, NULL, id, FLAG_REPORTABLE, 0, NULL, &mac_end);
	ber_wrap(&b, 0x30, sizeof buf);
	return deliver(&b, sizeof buf, ret);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static bool is_des(const struct usm_user *u)
{
	return u->priv == USM_CREATE_USER_PRIV_DES;
}

static uint32_t engine_time(const struct usm_engine *e, int64_t now_ms)
{
	return e->time + (uint32_t)((now_ms - e->time_at_ms) / 1000);
}

/* RFC 3826 3.1.2.1 (AES: boots, time, salt) and RFC 3414 8.1.1.1 (DES: salt xor pre-IV). */
static void make_iv(const struct usm_engine *e, const struct usm_user *u, uint32_t boots,
		    uint32_t time, const uint8_t *salt, uint8_t *iv)
{
	if (is_des(u)) {
		for (size_t i = 0; i < DES_BLOCK; i++)
			iv[i] = salt[i] ^ e->priv_key[DES_BLOCK + i];
		return;
	}
	put_u32(iv, boots);
	put_u32(iv + 4, time);
	memcpy(iv + 8, salt, SALT_BYTES);
}

static void next_salt(struct usm_engine *e, const struct usm_user *u, uint8_t *salt)
{
	if (e->salt == 0 && getrandom(&e->salt, sizeof e->salt, GRND_NONBLOCK) < 0)
		e->salt = 1;
	e->salt++;
	put_u32(salt, is_des(u) ? e->boots : (uint32_t)(e->salt >> 32));
	put_u32(salt + 4, (uint32_t)e->salt);
}

/* Encrypts what `b` holds (a scopedPDU up to `end`) into an OCTET STRING. */
static int encrypt(struct ber *b, size_t end, const struct usm_engine *e, const struct usm_user *u,
		   uint32_t time, const uint8_t *salt)
{
	uint8_t cipher[USM_MESSAGE_MAX + IV_BYTES], iv[IV_BYTES] = { 0 };
	size_t cipher_length = sizeof cipher;

	make_iv(e, u, e->boots, time, salt, iv);
	if (sc_encrypt(u->priv_oid, u->priv_oid_length, (u_char *)(uintptr_t)e->priv_key,
		       (u_int)e->priv_key_length, iv, is_des(u) ? DES_BLOCK : IV_BYTES,
		       b->buf + b->at, (u_int)(end - b->at), cipher,
		       &cipher_length) != SNMPERR_SUCCESS)
		return -EINVAL;
	b->at = end;
	ber_octets(b, 0x04, cipher, cipher_length);
	return b->full ? -E2BIG : 0;
}

static int sign(const struct usm_engine *e, const struct usm_user *u, uint8_t *whole, size_t length,
		uint8_t *mac)
{
	u_char digest[USM_KEY_MAX];
	size_t n = u->mac_length;

	if (sc_generate_keyed_hash(u->auth_oid, u->auth_oid_length, e->auth_key,
				   (u_int)e->auth_key_length, whole, (u_int)length, digest,
				   &n) != SNMPERR_SUCCESS)
		return -EINVAL;
	memcpy(mac, digest, u->mac_length);
	return 0;
}

/* What `b` holds up to `end` is the scopedPDU: encrypted, signed and wrapped. */
static int wrap(struct ber *b, size_t end, struct usm_engine *e, const struct usm_user *u,
		uint32_t id, bool reportable, int64_t now_ms)
{
	uint8_t salt[SALT_BYTES] = { 0 };
	size_t mac_end = 0;
	uint32_t time = engine_time(e, now_ms);
	uint8_t flags = (uint8_t)((u->auth != 0 ? FLAG_AUTH : 0) | (u->priv != 0 ? FLAG_PRIV : 0) |
				  (reportable ? FLAG_REPORTABLE : 0));

	if (b->full)
		return -E2BIG;
	if (u->priv != 0) {
		next_salt(e, u, salt);
		int r = encrypt(b, end, e, u, time, salt);
		if (r < 0)
			return r;
	}
	write_front(b, e, u, id, flags, time, salt, &mac_end);
	ber_wrap(b, 0x30, end);
	if (b->full)
		return -E2BIG;
	if (u->auth != 0 &&
	    sign(e, u, b->buf + b->at, end - b->at, b->buf + mac_end - u->mac_length) < 0)
		return -EINVAL;
	return 0;
}

int usm_write(struct usm_engine *e, const struct usm_user *u, uint32_t id, const uint8_t *pdu,
	      size_t pdu_length, bool reportable, int64_t now_ms, uint8_t *ret, size_t size)
{
	uint8_t buf[USM_MESSAGE_MAX];
	struct ber b = { buf, size < sizeof buf ? size : sizeof buf, false };
	size_t end = b.at;

	ber_bytes(&b, pdu, pdu_length);
	ber_octets(&b, 0x04, u->context, strlen(u->context));
	ber_octets(&b, 0x04, e->id, e->id_length);
	ber_wrap(&b, 0x30, end);
	int r = wrap(&b, end, e, u, id, reportable, now_ms);
	return r < 0 ? r : deliver(&b, end, ret);
}

int usm_write_back(struct usm_engine *e, const struct usm_user *u, const struct usm_message *m,
		   int64_t now_ms, uint8_t *ret, size_t size)
{
	uint8_t buf[USM_MESSAGE_MAX];
	struct ber b = { buf, size < sizeof buf ? size : sizeof buf, false };
	size_t end = b.at;

	ber_bytes(&b, m->scoped, m->scoped_length);
	int r = wrap(&b, end, e, u, m->id, false, now_ms);
	return r < 0 ? r : deliver(&b, end, ret);
}

/* --- reading --- */

/* The content of the next object with this tag; moves *p behind it. NULL: not there. */
static uint8_t *take(uint8_t **p, const uint8_t *end, uint8_t tag, size_t *ret_length)
{
	size_t left = (size_t)(end - *p);
	size_t n = left;
	u_char type = 0;

	if (left < 2 || **p != tag)
		return NULL;
	uint8_t *content = asn_parse_header(*p, &n, &type);
	if (content == NULL || n > (size_t)(end - content))
		return NULL;
	*p = content + n;
	*ret_length = n;
	return content;
}

static int take_u32(uint8_t **p, const uint8_t *end, uint32_t *ret)
{
	size_t n = 0;
	uint8_t *c = take(p, end, 0x02, &n);
	uint64_t v = 0;

	if (c == NULL || n == 0 || n > 5 || (c[0] & 0x80) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | c[i];
	if (v > UINT32_MAX)
		return -EBADMSG;
	*ret = (uint32_t)v;
	return 0;
}

static int read_header(uint8_t *p, size_t length, struct usm_message *m)
{
	const uint8_t *end = p + length;
	uint32_t size = 0, model = 0;
	size_t n = 0;

	if (take_u32(&p, end, &m->id) < 0 || take_u32(&p, end, &size) < 0)
		return -EBADMSG;
	uint8_t *flags = take(&p, end, 0x04, &n);
	if (flags == NULL || n != 1 || take_u32(&p, end, &model) < 0 || model != USM_MODEL)
		return -EBADMSG;
	m->flags = flags[0];
	return 0;
}

static int read_security(uint8_t *p, size_t length, struct usm_message *m)
{
	size_t n = 0;
	uint8_t *at = p;
	uint8_t *inner = take(&at, p + length, 0x30, &n);
	const uint8_t *end = inner != NULL ? inner + n : NULL;

	if (inner == NULL)
		return -EBADMSG;
	m->engine_id = take(&inner, end, 0x04, &m->engine_id_length);
	if (m->engine_id == NULL || m->engine_id_length > USM_ENGINE_MAX ||
	    take_u32(&inner, end, &m->boots) < 0 || take_u32(&inner, end, &m->time) < 0)
		return -EBADMSG;
	m->user = take(&inner, end, 0x04, &m->user_length);
	m->auth = m->user != NULL ? take(&inner, end, 0x04, &m->auth_length) : NULL;
	m->priv = m->auth != NULL ? take(&inner, end, 0x04, &m->priv_length) : NULL;
	return m->priv != NULL ? 0 : -EBADMSG;
}

int usm_read(uint8_t *buf, size_t length, struct usm_message *ret)
{
	struct usm_message m = { 0 };
	uint8_t *p = buf;
	size_t n = 0;
	uint32_t version = 0;
	uint8_t *whole = take(&p, buf + length, 0x30, &n);
	const uint8_t *end = whole != NULL ? whole + n : NULL;

	if (whole == NULL || take_u32(&whole, end, &version) < 0 || version != SNMP_V3)
		return -EBADMSG;
	uint8_t *header = take(&whole, end, 0x30, &n);
	if (header == NULL || read_header(header, n, &m) < 0)
		return -EBADMSG;
	uint8_t *security = take(&whole, end, 0x04, &n);
	if (security == NULL || read_security(security, n, &m) < 0)
		return -EBADMSG;
	m.scoped = whole;
	m.scoped_length = (size_t)(end - whole);
	m.whole = buf;
	m.whole_length = (size_t)(end - buf);
	*ret = m;
	return 0;
}

static bool same_engine(const struct usm_engine *e, const struct usm_message *m)
{
	return m->engine_id_length == e->id_length &&
	       memcmp(m->engine_id, e->id, e->id_length) == 0;
}

static enum usm_outcome verify(const struct usm_engine *e, const struct usm_user *u,
			       struct usm_message *m)
{
	uint8_t mac[USM_KEY_MAX], ours[USM_KEY_MAX], difference = 0;

	if (m->user_length != strlen(u->name) || memcmp(m->user, u->name, m->user_length) != 0)
		return USM_WRONG_USER;
	if (u->auth == 0)
		return USM_OK;
	if (!same_engine(e, m) || m->auth_length != u->mac_length)
		return USM_WRONG_DIGEST;
	memcpy(mac, m->auth, m->auth_length);
	memset(m->auth, 0, m->auth_length);
	if (sign(e, u, m->whole, m->whole_length, ours) < 0)
		return USM_WRONG_DIGEST;
	for (size_t i = 0; i < u->mac_length; i++)
		difference |= mac[i] ^ ours[i];
	return difference == 0 ? USM_OK : USM_WRONG_DIGEST;
}

static int decrypt(const struct usm_engine *e, const struct usm_user *u, struct usm_message *m)
{
	uint8_t iv[IV_BYTES] = { 0 }, *p = m->scoped;
	uint8_t plain[65536];
	size_t n = 0, plain_length = sizeof plain;
	uint8_t *cipher = take(&p, m->scoped + m->scoped_length, 0x04, &n);

	if (cipher == NULL || n == 0 || m->priv_length != SALT_BYTES ||
	    (is_des(u) && n % DES_BLOCK != 0))
		return -EBADMSG;
	make_iv(e, u, m->boots, m->time, m->priv, iv);
	if (sc_decrypt(u->priv_oid, u->priv_oid_length, (u_char *)(uintptr_t)e->priv_key,
		       (u_int)e->priv_key_length, iv, is_des(u) ? DES_BLOCK : IV_BYTES, cipher,
		       (u_int)n, plain, &plain_length) != SNMPERR_SUCCESS ||
	    plain_length > n)
		return -EBADMSG;
	memcpy(cipher, plain, plain_length);
	m->scoped = cipher;
	m->scoped_length = plain_length;
	return 0;
}

static int find_pdu(struct usm_message *m, uint8_t **ret_pdu, size_t *ret_length)
{
	uint8_t *p = m->scoped;
	size_t n = 0;
	uint8_t *scoped = take(&p, m->scoped + m->scoped_length, 0x30, &n);
	const uint8_t *end = scoped != NULL ? scoped + n : NULL;

	if (scoped == NULL || take(&scoped, end, 0x04, &n) == NULL ||
	    take(&scoped, end, 0x04, &n) == NULL || scoped >= end)
		return -EBADMSG;
	*ret_pdu = scoped;
	*ret_length = (size_t)(end - scoped);
	return 0;
}

static bool is_report(const uint8_t *pdu)
{
	return pdu[0] == PDU_REPORT;
}

int usm_open(const struct usm_engine *e, const struct usm_user *u, struct usm_message *m,
	     bool reports, uint8_t **ret_pdu, size_t *ret_length)
{
	bool auth = (m->flags & FLAG_AUTH) != 0, priv = (m->flags & FLAG_PRIV) != 0;
	int r;

	if (auth) {
		r = (int)verify(e, u, m);
		if (r != USM_OK || u->auth == 0)
			return r != USM_OK ? r : USM_WRONG_DIGEST;
	}
	if (priv && (!auth || u->priv == 0 || decrypt(e, u, m) < 0))
		return -EBADMSG;
	r = find_pdu(m, ret_pdu, ret_length);
	if (r < 0)
		return r;
	if ((u->auth != 0 && !auth) || (u->priv != 0 && !priv))
		return reports && is_report(*ret_pdu) ? USM_OK : USM_TOO_WEAK;
	return USM_OK;
}
