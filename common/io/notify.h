/* notify.h - a word to systemd: ready, stopping, still alive (sd_notify(3)'s protocol).
 *
 * One datagram; libsystemd would bring six more libraries into an agent that must stay small. */
#ifndef LW_NOTIFY_H
#define LW_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1". Does nothing where no systemd listens. Never blocks. */
void notify_systemd(const char *state);

/* How often WATCHDOG=1 is expected at the latest; 0: nobody watches this process. */
uint64_t notify_watchdog_ms(void);

#endif
