/* clock_file.h - the agent's time of day over its restarts: beside the journal, so that a report of a
 * boot that nobody heard is dated right even if the machine's clock was wrong for a while. */
#ifndef LW_CLOCK_FILE_H
#define LW_CLOCK_FILE_H

/* Take up what an earlier run of this boot of the machine left in `folder`. */
void clock_file_restore(const char *folder);
/* Write it down anew when it has changed; cheap when it has not. */
void clock_file_keep(const char *folder);

#endif
