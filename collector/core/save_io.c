#include <stdlib.h>
#include <string.h>

#include "collector/core/save.h"

enum { STRING_MAX = 4096 };

void io_bytes(struct io *io, void *p, size_t n)
{
	if (io->load) {
		if (io->bad || io->len - io->at < n) {
			io->bad = true;
			memset(p, 0, n);
			return;
		}
		memcpy(p, io->buf + io->at, n);
		io->at += n;
		return;
	}
	if (io->bad)
		return;
	if (io->len + n > io->size) {
		size_t size = (io->len + n) * 2;
		uint8_t *grown = realloc(io->buf, size);

		if (grown == NULL) {
			io->bad = true;
			return;
		}
		io->buf = grown;
		io->size = size;
	}
	memcpy(io->buf + io->len, p, n);
	io->len += n;
}

void io_ms(struct io *io, int64_t *ms)
{
	IO(io, *ms);
	if (io->load && *ms != INT64_MIN && *ms != INT64_MAX)
		*ms += io->shift_ms;
}

void io_string(struct io *io, char **s)
{
	uint32_t n = !io->load && *s != NULL ? (uint32_t)strlen(*s) + 1 : 0;

	IO(io, n);
	if (io->load) {
		*s = NULL;
		if (n == 0 || n > STRING_MAX || io->len - io->at < n) {
			io->bad = io->bad || n > 0;
			return;
		}
		*s = calloc(1, n);
		if (*s == NULL) {
			io->bad = true;
			return;
		}
	}
	if (n > 0)
		io_bytes(io, *s, n);
	if (io->load && n > 0)
		(*s)[n - 1] = '\0';
}

void io_entity(struct io *io, const struct topology *t, uint32_t *entity)
{
	uint8_t kind = !io->load && *entity != NO_ENTITY ? (uint8_t)t->entities[*entity].kind : 255;
	char *id = !io->load && *entity != NO_ENTITY ? t->entities[*entity].id : NULL;

	IO(io, kind);
	io_string(io, &id);
	if (!io->load)
		return;
	*entity = id != NULL && kind <= ENTITY_COLLECTOR
			  ? topology_find(t, (enum entity_kind)kind, id)
			  : NO_ENTITY;
	free(id);
}
