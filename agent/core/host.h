/* host.h - what Linux says about itself in /proc and /sys, taken apart. Pure.
 *
 * Each function takes the text of one file and returns false where it does not hold what it should. */
#ifndef LW_HOST_H
#define LW_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool host_load1(const char *loadavg, double *ret);
bool host_uptime_seconds(const char *uptime, double *ret);
/* What programs took: buffers and caches, which the kernel gives back, are not used memory. */
bool host_memory_used_percent(const char *meminfo, double *ret);

struct host_cpu {
	uint64_t busy, total; /* jiffies since boot */
};
bool host_cpu(const char *stat, struct host_cpu *ret);
/* Over the time between two readings; false where no time passed. */
bool host_cpu_used_percent(const struct host_cpu *before, const struct host_cpu *now, double *ret);

/* The mount points of local disks, one call per file system; false at the end of `*mounts`. What
 * hangs off a network, or is no disk, is passed over. Octal escapes are undone. */
bool host_next_mount(const char **mounts, char *ret_device, char *ret_point, size_t size);

#endif
