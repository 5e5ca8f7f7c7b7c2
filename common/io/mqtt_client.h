/* mqtt_client.h - what libmosquitto's client lacks, for the files of the connection only. */
#ifndef LW_MQTT_CLIENT_H
#define LW_MQTT_CLIENT_H

#include <mosquitto.h>
#include <stdbool.h>
#include <stdint.h>

/* While it is on, what is sent waits in the kernel for a full segment (200 ms at most): the library
 * writes each packet by itself, and a segment for every 4-byte PUBACK costs both ends more than the
 * message that it is for. */
void client_gather(struct mosquitto *client, bool on);
void client_push(struct mosquitto *client); /* what is gathered goes now, gathering goes on */

/* A set of message ids: a bit each. */
enum { MID_BYTES = 65536 / 8 };
void mids_add(uint8_t *set, int mid);
bool mids_take(uint8_t *set, int mid); /* false: it was not in the set */

/* The library tells what failed in TLS to its log alone: for mosquitto_log_callback_set. Kept for this
 * thread until client_begin. */
void client_on_log(struct mosquitto *client, void *arg, int level, const char *text);
void client_begin(void);

/* The library has no words for every code of its own. joining: the broker has not answered to the connect
 * yet; then what failed in TLS comes first, and all algorithms are offered from then on. */
const char *client_words(int mosq_err, bool joining);
int client_errno(int mosq_err); /* of a publish: -ENOMEM, -ENOTCONN or -EINVAL */

#endif
