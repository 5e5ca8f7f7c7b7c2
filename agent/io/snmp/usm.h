/* usm.h - SNMPv3's user-based security (RFC 3414, 3826, 7860), without net-snmp's sessions: those
 * block while they look for an engine. Messages in, messages out; no socket, no clock.
 *
 * The cryptography is net-snmp's. A passphrase is turned into its key once per process. */
#ifndef LW_SNMP_USM_H
#define LW_SNMP_USM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { USM_ENGINE_MAX = 32, USM_KEY_MAX = 64, USM_NAME_MAX = 32, USM_MESSAGE_MAX = 16384 };

/* Words as net-snmp's tools take them: MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512; DES AES AES-192
 * AES-256. NULL or "": not used. */
struct usm_credentials {
	const char *user;
	const char *auth, *auth_password;
	const char *priv, *priv_password;
	const char *context;
};

struct usm_user;

/* -EINVAL: what is wrong is in reterr. Users with the same credentials share one. */
int usm_user_open(struct usm_user **ret, const struct usm_credentials *c, char *reterr,
		  size_t reterr_size);
void usm_user_close(struct usm_user *u); /* accepts NULL */
const char *usm_user_name(const struct usm_user *u);

/* What is known of one device's SNMP engine. Visible value; zeroed: nothing known. */
struct usm_engine {
	uint8_t id[USM_ENGINE_MAX];
	size_t id_length;
	uint32_t boots, time;
	int64_t time_at_ms; /* monotonic, when `time` was true */
	uint8_t auth_key[USM_KEY_MAX], priv_key[USM_KEY_MAX];
	size_t auth_key_length, priv_key_length;
	uint64_t salt;
};

/* Sets the engine and derives the user's keys for it. -EINVAL when it cannot be one. */
int usm_engine_set(struct usm_engine *e, const struct usm_user *u, const uint8_t *id,
		   size_t length);

/* An empty request that asks "who are you?" (noAuth, reportable). Returns its length or -E2BIG. */
int usm_write_discovery(uint32_t id, uint8_t *ret, size_t size);

/* A message around `pdu`. Returns its length, negative errno. */
int usm_write(struct usm_engine *e, const struct usm_user *u, uint32_t id, const uint8_t *pdu,
	      size_t pdu_length, bool reportable, int64_t now_ms, uint8_t *ret, size_t size);

struct usm_message {
	uint32_t id;
	uint8_t flags; /* 1 auth, 2 priv, 4 reportable */
	const uint8_t *engine_id;
	size_t engine_id_length;
	uint32_t boots, time;
	const uint8_t *user;
	size_t user_length;
	/* for usm_open only: */
	uint8_t *auth, *priv, *scoped;
	size_t auth_length, priv_length, scoped_length;
	uint8_t *whole;
	size_t whole_length;
};

/* Takes the header apart; nothing is believed yet. -EBADMSG. */
int usm_read(uint8_t *buf, size_t length, struct usm_message *ret);

enum usm_outcome {
	USM_OK = 0,
	USM_WRONG_USER = 1,   /* not from the user we asked as */
	USM_WRONG_DIGEST = 2, /* not signed with our key */
	USM_TOO_WEAK = 3      /* less protected than we asked for, and no report */
};

/* Checks and decrypts in place. On USM_OK *ret_pdu is the PDU's tag. -EBADMSG. An unauthenticated
 * report passes only when `reports` is set: it may be forged, so it only makes us ask again. */
int usm_open(const struct usm_engine *e, const struct usm_user *u, struct usm_message *m,
	     bool reports, uint8_t **ret_pdu, size_t *ret_length);

/* Sends an opened message's scopedPDU back, its contexts as they came (an inform's answer): the
 * caller has turned the PDU into the response. Returns the length, negative errno. */
int usm_write_back(struct usm_engine *e, const struct usm_user *u, const struct usm_message *m,
		   int64_t now_ms, uint8_t *ret, size_t size);

#endif
