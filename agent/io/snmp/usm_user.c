/* usm_user.c - users and their keys: the slow step from passphrase to key is made once. */
#include "agent/io/snmp/usm_user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/tls_offer.h"

enum { MIN_PASSWORD = 8 };

static struct usm_user *users;

static bool given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static int refuse(char *reterr, size_t size, const char *why)
{
	(void)snprintf(reterr, size, "%s", why);
	return -EINVAL;
}

static int derive(const struct usm_user *u, const char *password, uint8_t *ku, size_t *ret_length)
{
	*ret_length = USM_KEY_MAX;
	if (generate_Ku(u->auth_oid, (u_int)u->auth_oid_length, (const u_char *)password,
			strlen(password), ku, ret_length) != SNMPERR_SUCCESS)
		return -EINVAL;
	return 0;
}

static int set_auth(struct usm_user *u, const struct usm_credentials *c, char *reterr, size_t size)
{
	if (!given(c->auth))
		return 0;
	u->auth = usm_lookup_auth_type(c->auth);
	if (u->auth <= NETSNMP_USMAUTH_NOAUTH)
		return refuse(reterr, size,
			      "auth must be MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512");
	if (!given(c->auth_password) || strlen(c->auth_password) < MIN_PASSWORD)
		return refuse(reterr, size, "the authentication password must have 8 characters");
	u->auth_oid = sc_get_auth_oid(u->auth, &u->auth_oid_length);
	u->mac_length = (size_t)sc_get_auth_maclen(u->auth);
	if (u->auth_oid == NULL || derive(u, c->auth_password, u->auth_ku, &u->auth_ku_length) < 0)
		return refuse(reterr, size, "this net-snmp cannot do that authentication");
	return 0;
}

static int set_priv(struct usm_user *u, const struct usm_credentials *c, char *reterr, size_t size)
{
	if (!given(c->priv))
		return 0;
	if (u->auth == 0)
		return refuse(reterr, size, "priv wants auth too");
	u->priv = usm_lookup_priv_type(c->priv);
	if (u->priv <= USM_CREATE_USER_PRIV_NONE)
		return refuse(reterr, size, "priv must be DES, AES, AES-192 or AES-256");
	if (!given(c->priv_password) || strlen(c->priv_password) < MIN_PASSWORD)
		return refuse(reterr, size, "the privacy password must have 8 characters");
	u->priv_oid = sc_get_priv_oid(u->priv, &u->priv_oid_length);
	u->priv_key_length = (size_t)sc_get_proper_priv_length_bytype(u->priv);
	if (u->priv_oid == NULL || u->priv_key_length > USM_KEY_MAX ||
	    derive(u, c->priv_password, u->priv_ku, &u->priv_ku_length) < 0)
		return refuse(reterr, size, "this net-snmp cannot do that encryption");
	return 0;
}

/* The same user again? Its passwords are compared as a digest: none is kept. */
static int fingerprint(const struct usm_credentials *c, uint8_t *ret)
{
	char all[512];
	size_t length = USM_KEY_MAX;
	int n = snprintf(all, sizeof all, "%s\n%s\n%s\n%s\n%s\n%s", c->user,
			 given(c->auth) ? c->auth : "", given(c->auth) ? c->auth_password : "",
			 given(c->priv) ? c->priv : "", given(c->priv) ? c->priv_password : "",
			 given(c->context) ? c->context : "");

	if (n < 0 || n >= (int)sizeof all)
		return -EINVAL;
	memset(ret, 0, USM_KEY_MAX);
	int r = sc_hash_type(NETSNMP_USMAUTH_HMACSHA1, (const u_char *)all, (size_t)n, ret,
			     &length);
	memset(all, 0, sizeof all);
	return r == SNMPERR_SUCCESS ? 0 : -EINVAL;
}

static struct usm_user *find(const uint8_t *print)
{
	for (struct usm_user *u = users; u != NULL; u = u->next)
		if (memcmp(u->fingerprint, print, USM_KEY_MAX) == 0)
			return u;
	return NULL;
}

static int make(struct usm_user **ret, const struct usm_credentials *c, char *reterr, size_t size)
{
	struct usm_user *u = calloc(1, sizeof *u);
	int r;

	if (u == NULL)
		return -ENOMEM;
	(void)snprintf(u->name, sizeof u->name, "%s", c->user);
	(void)snprintf(u->context, sizeof u->context, "%.32s", given(c->context) ? c->context : "");
	r = set_auth(u, c, reterr, size);
	if (r == 0)
		r = set_priv(u, c, reterr, size);
	if (r < 0)
		free(u);
	else
		*ret = u;
	return r;
}

int usm_user_open(struct usm_user **ret, const struct usm_credentials *c, char *reterr, size_t size)
{
	uint8_t print[USM_KEY_MAX];
	struct usm_user *u;
	int r;

	if (!given(c->user) || strlen(c->user) > USM_NAME_MAX)
		return refuse(reterr, size, "SNMPv3 wants a user name of at most 32 characters");
	if (given(c->context) && strlen(c->context) > USM_NAME_MAX)
		return refuse(reterr, size, "the context may have at most 32 characters");
	if (given(c->auth) && !given(c->auth_password))
		return refuse(reterr, size, "auth is given, but no password for it");
	if (given(c->priv) && !given(c->priv_password))
		return refuse(reterr, size, "priv is given, but no password for it");
	tls_offer_all(); /* digests and ciphers of old devices */
	if (fingerprint(c, print) < 0)
		return refuse(reterr, size, "names and passwords are too long");
	u = find(print);
	if (u == NULL) {
		r = make(&u, c, reterr, size);
		if (r < 0)
			return r;
		memcpy(u->fingerprint, print, sizeof print);
		u->next = users;
		users = u;
	}
	u->users++;
	*ret = u;
	return 0;
}

void usm_user_close(struct usm_user *u)
{
	if (u == NULL || --u->users > 0)
		return;
	for (struct usm_user **at = &users; *at != NULL; at = &(*at)->next) {
		if (*at == u) {
			*at = u->next;
			break;
		}
	}
	explicit_bzero(u, sizeof *u);
	free(u);
}

const char *usm_user_name(const struct usm_user *u)
{
	return u->name;
}

int usm_engine_set(struct usm_engine *e, const struct usm_user *u, const uint8_t *id, size_t length)
{
	struct usm_engine n = { .id_length = length };

	if (length < 5 || length > USM_ENGINE_MAX)
		return -EINVAL; /* RFC 3411 SnmpEngineID */
	memcpy(n.id, id, length);
	n.auth_key_length = n.priv_key_length = USM_KEY_MAX;
	if (u->auth != 0 &&
	    generate_kul(u->auth_oid, (u_int)u->auth_oid_length, id, length, u->auth_ku,
			 u->auth_ku_length, n.auth_key, &n.auth_key_length) != SNMPERR_SUCCESS)
		return -EINVAL;
	if (u->priv != 0) {
		u_char *key = malloc(USM_KEY_MAX * 2); /* netsnmp_extend_kul may move it */
		size_t key_length = USM_KEY_MAX, room = (size_t)USM_KEY_MAX * 2;
		int r;

		if (key == NULL)
			return -ENOMEM;
		r = generate_kul(u->auth_oid, (u_int)u->auth_oid_length, id, length, u->priv_ku,
				 u->priv_ku_length, key, &key_length);
		if (r == SNMPERR_SUCCESS)
			r = netsnmp_extend_kul((u_int)u->priv_key_length,
					       (oid *)(uintptr_t)u->auth_oid,
					       (u_int)u->auth_oid_length, u->priv, (u_char *)n.id,
					       (u_int)length, &key, &key_length, (u_int)room);
		if (r == SNMPERR_SUCCESS && key_length >= u->priv_key_length)
			/* all of it: DES takes its IV from behind its key */
			memcpy(n.priv_key, key,
			       key_length < USM_KEY_MAX ? key_length : USM_KEY_MAX);
		else
			r = SNMPERR_GENERR;
		free(key);
		if (r != SNMPERR_SUCCESS)
			return -EINVAL;
		n.priv_key_length = u->priv_key_length;
	}
	n.salt = e->salt;
	*e = n;
	return 0;
}
