/* job.h - one question to a SIP peer: given to the SIP thread, given back answered. */
#ifndef LW_SIP_JOB_H
#define LW_SIP_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/core/fingerprint.h"

enum sip_ask { SIP_ASK_OPTIONS, SIP_ASK_BINDINGS, SIP_ASK_CALL };
enum sip_way { SIP_WAY_UDP, SIP_WAY_TCP, SIP_WAY_TLS };

enum { SIP_URI_MAX = 384, SIP_TEXT_MAX = 128, SIP_DIGITS_MAX = 16 };

/* Owned by the sense before sip_engine_ask and after `done`; by the SIP thread in between. */
struct sip_job {
	/* the question */
	enum sip_ask ask;
	char uri[SIP_URI_MAX];	    /* "sip:900@pbx.example": request URI of OPTIONS and INVITE */
	char domain[SIP_URI_MAX];   /* "sip:pbx.example": request URI of REGISTER */
	char from[SIP_URI_MAX];	    /* "": sip:linewatch@<our address> */
	struct sockaddr_storage to; /* next hop, resolved */
	bool route;		    /* the URI is not the next hop's address: say the way */
	enum sip_way way;
	bool verify;
	char server_name[256],
		ca[512];	      /* whom the certificate must name; "" system's authorities */
	char user[64], password[128]; /* "" none */
	unsigned timeout_ms;	      /* for the first sign of life */

	/* the test call */
	const struct fingerprint *reference; /* NULL: any voice; outlives the job */
	unsigned threshold_percent;
	unsigned ring_ms, listen_ms;
	char digits[SIP_DIGITS_MAX + 1];
	unsigned digits_after_ms;

	/* the answer */
	unsigned code; /* final SIP status, 0: none */
	int err;       /* why not, positive errno; 0 with a code */
	char reason[SIP_TEXT_MAX], agent[SIP_TEXT_MAX], trouble[SIP_TEXT_MAX];
	double latency_ms; /* to the first answer of any kind */
	unsigned n_bindings;
	bool has_certificate;
	int certificate_days;
	bool answered;
	double answer_ms, loss_percent;
	uint64_t packets;
	int peak_db;
	unsigned score_percent;

	void (*done)(struct sip_job *job); /* on the loop thread, exactly once */
	void *arg;

	/* the engine's */
	struct sip_job *next;
	bool cancelled; /* atomic: set by the loop thread, read by the SIP thread */
	uint64_t started_ns;
	void *state;		     /* what the SIP thread holds for it */
	void (*cancel)(void *state); /* ends it: ECANCELED */
};

#endif
