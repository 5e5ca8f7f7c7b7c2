/* tls_layer.h - the client side of TLS between two memory buffers: no socket, never blocks. */
#ifndef LW_TLS_LAYER_H
#define LW_TLS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_layer;

/* See talk_secure. The client hello is ready to be taken. -EINVAL: the CA file cannot be read. */
int tls_layer_new(struct tls_layer **ret, const char *name, const char *ca_file, bool verify);
void tls_layer_free(struct tls_layer *t); /* NULL-safe */

void tls_layer_feed(struct tls_layer *t, const uint8_t *buf, size_t len); /* from the network */
size_t tls_layer_take(struct tls_layer *t, uint8_t *buf, size_t size);	  /* to the network */

/* Plain text: > 0 bytes read, 0 the peer ended TLS, -EAGAIN nothing yet, -EPROTO it failed. */
int tls_layer_read(struct tls_layer *t, uint8_t *buf, size_t size);
int tls_layer_write(struct tls_layer *t, const void *buf, size_t len);

bool tls_layer_ready(const struct tls_layer *t); /* the handshake is done */
const char *tls_layer_error(const struct tls_layer *t);

#endif
