/* engine_priv.h - shared by engine.c (sockets, time) and peer.c (one device's questions). */
#ifndef LW_SNMP_ENGINE_PRIV_H
#define LW_SNMP_ENGINE_PRIV_H

#include "agent/io/snmp/engine.h"

enum peer_phase { PEER_IDLE, PEER_DISCOVER, PEER_ASK };

enum { PEER_TRIES = 3, MAX_PEERS = 65536 };

struct snmp_peer {
	struct snmp_engine *engine;
	struct snmp_address address;
	enum snmp_version version;
	bool guessing; /* which version it speaks */
	unsigned try_ms;
	uint16_t index;
	uint16_t generation; /* of the outstanding question: upper half of its id */
	enum peer_phase phase;
	unsigned tries;
	bool queued;
	bool resynced;	  /* the engine was discovered for this question */
	bool clock_taken; /* its clock was taken over once for this question */
	uint64_t deadline_ms;
	struct snmp_peer *prev, *next; /* in the list of those that wait, by deadline */
	struct packet *packet;
	snmp_answer_fn *fn;
	void *arg;
	struct usm_user *user;
	struct usm_engine usm;
	uint8_t *wrapped; /* v3: the message as sent */
	size_t wrapped_length;
};

/* engine.c */
void engine_queue(struct snmp_engine *e, struct snmp_peer *p);
void engine_wait(struct snmp_engine *e, struct snmp_peer *p, uint64_t wait_ms);
void engine_unwait(struct snmp_engine *e, struct snmp_peer *p);
int engine_add(struct snmp_engine *e, struct snmp_peer *p);
void engine_remove(struct snmp_engine *e, struct snmp_peer *p);
struct snmp_counters *engine_count(struct snmp_engine *e);
struct answer_room *engine_room(struct snmp_engine *e);
int64_t engine_now(const struct snmp_engine *e);

/* peer.c */
uint32_t peer_id(const struct snmp_peer *p);
/* The bytes to send now. Returns their length, negative errno. */
int peer_bytes(struct snmp_peer *p, const uint8_t **ret);
void peer_on_sent(struct snmp_peer *p);
void peer_on_deadline(struct snmp_peer *p);
void peer_on_community_message(struct snmp_peer *p, enum snmp_version version,
			       const struct answer *a);
void peer_on_usm_message(struct snmp_peer *p, struct usm_message *m);
void peer_fail(struct snmp_peer *p, int status);

#endif
