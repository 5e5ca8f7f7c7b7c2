/* media.h - the sound of one test call: RTP both ways, and what was heard as a fingerprint.
 *
 * SIP thread only. Nothing is kept but 16 bits per 16 ms and the level. */
#ifndef LW_SIP_MEDIA_H
#define LW_SIP_MEDIA_H

#include "agent/core/rtp.h"
#include "agent/io/sip/job.h"
#include "lazy_re.h"

struct media;

/* A UDP port on `local` (an even one) for the call. positive errno. */
int media_open(struct media **ret, const struct sa *local);
void media_close(struct media *m); /* NULL-safe */
const struct sa *media_local(const struct media *m);

/* The call stands: send 20 ms packets of silence with `payload_type` to `remote` and listen.
 * `digits` go out as telephone events of type `event_type` (0: the peer takes none) after
 * `digits_after_ms`; what was heard before the last of them is then forgotten. */
void media_start(struct media *m, const struct sa *remote, uint8_t payload_type);
void media_dial(struct media *m, const char *digits, unsigned digits_after_ms, uint8_t event_type);
bool media_dialled(const struct media *m); /* nothing left to dial */

const struct rtp_stats *media_stats(const struct media *m);
struct fingerprint *media_heard(struct media *m);

#endif
