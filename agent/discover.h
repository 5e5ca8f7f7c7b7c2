/* discover.h - `linewatch-agent discover RANGE`: what answers SNMP there, as a configuration to
 * review. */
#ifndef LW_DISCOVER_H
#define LW_DISCOVER_H

/* The command with its own arguments; returns the exit status: 0 something answered, 1 nothing did,
 * 2 misuse or not confirmed. */
int discover_main(int argc, char **argv);

#endif
