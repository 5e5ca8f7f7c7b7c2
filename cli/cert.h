/* cert.h - an agent's key and certificate, made and signed here: EC P-256, the common name is
 * "site/agent", for TLS clients only. */
#ifndef LW_CERT_H
#define LW_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cert_wish {
	const char *name;	      /* "danang/gw" */
	const char *ca_cert, *ca_key; /* PEM files */
	const char *out_cert, *out_key;
	unsigned days;
	bool replace;
};

/* 0 and *ret_until (Unix seconds); -EEXIST: a file is there (reterr names it); else negative, and
 * reterr says why. The key is written with mode 0600. */
int cert_make(const struct cert_wish *w, int64_t *ret_until, char *reterr, size_t reterr_size);

#endif
