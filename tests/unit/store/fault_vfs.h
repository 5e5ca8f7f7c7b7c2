/* fault_vfs.h - an SQLite VFS for tests: files live in memory as the program sees them and as they
 * are on the platter. What was not synced may be lost, in part or whole, when the power is cut.
 *
 * fault_cut: the power goes at the n-th operation that touches the disk; from then on every call
 * fails, and fault_restart leaves what had been synced, plus a random part of what had not: whole
 * sectors in any order, as disks do. fault_full: writes beyond this size of all files fail. */
#ifndef LW_FAULT_VFS_H
#define LW_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

int fault_register(void);	   /* as "lw-fault", and as the default */
void fault_reset(uint64_t seed);   /* no files, no faults */
void fault_cut_at(long operation); /* -1: never */
bool fault_was_cut(void);
long fault_operations(void);	     /* since the last reset or restart */
void fault_restart(void);	     /* the power is back */
void fault_full_at(long long bytes); /* -1: there is always room */

#endif
