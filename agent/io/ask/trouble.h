/* trouble.h - what libuv's errors mean to the person who wrote the address. */
#ifndef LW_TROUBLE_H
#define LW_TROUBLE_H

/* A constant text without a full stop for a negative status of libuv. */
const char *trouble_text(int status);

#endif
