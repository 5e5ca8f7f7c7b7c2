/* re_wrap.h - libre and librem as this folder includes them. The defines come from CMake. */
#ifndef LW_RE_WRAP_H
#define LW_RE_WRAP_H

#include <openssl/ssl.h>
#include <re.h>
#define DEBUG_MODULE "linewatch"
#define DEBUG_LEVEL  0
#include <re_dbg.h>
#include <rem.h>

#endif
