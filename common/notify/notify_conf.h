/* notify_conf.h - the `notifiers` section of the collector's file, as libcyaml loads it.
 *
 *   notifiers:
 *     - {id: email, type: email, url: "smtp://mail.example.vn:587", from: lw@example.vn,
 *        user: lw, password_file: /etc/linewatch/smtp, tls: required}
 *     - {id: telegram, type: telegram, token_file: /etc/linewatch/telegram}
 *     - {id: nms, type: alertmanager, url: "http://127.0.0.1:9093"}
 */
#ifndef LW_NOTIFY_CONF_H
#define LW_NOTIFY_CONF_H

#include <cyaml/cyaml.h>
#include <stdint.h>

struct notifier_conf {
	char *id;
	char *type;
	char *url;  /* server, gateway, target; each type says which forms it takes */
	char *from; /* email: sender; zalo: OA id */
	char *user;
	char *password_file; /* secrets stand in files, never here */
	char *token_file;
	char *template_id; /* zalo */
	char *body;	   /* sms_gateway, webhook: with {to} {sms} {text} {subject} {link} {key} */
	char *content_type; /* of body; default application/json */
	char *config;	    /* gammu: its smsdrc */
	char *tls;	    /* email: required (default), opportunistic, none */
	char *ca_file;
	char *community;	   /* snmp_trap */
	uint32_t limit_per_minute; /* 0: 60 */
	uint32_t timeout_ms;	   /* of one sending; 0: 10,000 */
};

/* Where a person is reached: members of `people` entries. */
struct person_address {
	char *email, *phone, *telegram, *zalo, *webhook, *slack;
};

extern const cyaml_schema_value_t notifier_schema; /* one entry, as CYAML_VALUE_MAPPING */

/* The address of a person for a notifier of that type; NULL: cannot be reached that way. */
const char *person_address_for(const struct person_address *a, const char *notifier_type);

/* Is the entry complete for its type? NULL: yes; else what is missing, e.g. "url: wants …". */
const char *notifier_conf_problem(const struct notifier_conf *c);

#endif
