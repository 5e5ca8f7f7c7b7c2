/* host.h (io) - this machine as a device: the sense "host:", class workstation.
 *
 * "host:" reads / of this machine; "host:/some/root" reads proc and sys below that folder. */
#ifndef LW_IO_HOST_H
#define LW_IO_HOST_H

#include "agent/io/sense.h"

extern const struct sense_type sense_host;

#endif
