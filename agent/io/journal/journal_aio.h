/* journal_aio.h - fdatasync carried out by the kernel alone: no thread of ours wakes for it. */
#ifndef LW_JOURNAL_AIO_H
#define LW_JOURNAL_AIO_H

#include <linux/aio_abi.h>
#include <stdbool.h>

/* Embedded and zeroed. */
struct quiet_sync {
	aio_context_t context;
	unsigned in_flight;
	bool opened, impossible;
};

/* Begins to sync what was written to `fd` so far, and looks how the earlier ones ended, without
 * waiting for any. 0: begun. -ENOSYS, -EBUSY: not this way. Else the error of an earlier one, and this
 * one is begun all the same. */
int quiet_sync(struct quiet_sync *q, int fd);

void quiet_sync_fini(struct quiet_sync *q); /* waits for what is under way */

#endif
