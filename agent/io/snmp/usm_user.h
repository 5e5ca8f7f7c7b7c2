/* usm_user.h - what usm.c and usm_user.c share. */
#ifndef LW_SNMP_USM_USER_H
#define LW_SNMP_USM_USER_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "agent/io/snmp/usm.h"

struct usm_user {
	struct usm_user *next;
	unsigned users;
	char name[USM_NAME_MAX + 1];
	char context[USM_NAME_MAX + 1];
	int auth, priv; /* net-snmp's types; 0: not used */
	const oid *auth_oid, *priv_oid;
	size_t auth_oid_length, priv_oid_length;
	size_t mac_length, priv_key_length;
	uint8_t auth_ku[USM_KEY_MAX], priv_ku[USM_KEY_MAX];
	size_t auth_ku_length, priv_ku_length;
	uint8_t fingerprint[USM_KEY_MAX]; /* of the passwords: which user is the same */
};

#endif
