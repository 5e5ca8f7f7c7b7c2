/* access.h - an SNMP URL and its options taken apart: where, how, as whom. */
#ifndef LW_SNMP_ACCESS_H
#define LW_SNMP_ACCESS_H

#include "agent/io/sense.h"
#include "agent/io/snmp/packet.h"

enum { ACCESS_TEXT_MAX = 128 };

struct snmp_access {
	enum snmp_version version;
	bool version_told; /* else a community device may turn out to speak version 1 only */
	char host[ACCESS_TEXT_MAX];
	char port[8];
	char community[ACCESS_TEXT_MAX];		      /* v1, v2c */
	char user[ACCESS_TEXT_MAX], context[ACCESS_TEXT_MAX]; /* v3, as the next */
	char auth[16], auth_password[ACCESS_TEXT_MAX];
	char priv[16], priv_password[ACCESS_TEXT_MAX];
};

/* snmp://community@host[:port][?version=1], snmp3://user@host[:port][?auth=SHA-256&
 * auth_password_file=F&priv=AES&priv_password_file=F&context=C]; parts percent-encoded. The same keys
 * in target->options_json; there `auth_password` and `priv_password` too. -EINVAL: why is in reterr. */
int snmp_access_parse(struct snmp_access *ret, const struct sense_target *t, char *reterr,
		      size_t reterr_size);

#endif
