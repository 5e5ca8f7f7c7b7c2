/* save.h - the engine's state as bytes and back, for engine_save.c and its parts. One walk over the
 * fields serves both ways: `io` writes what it is given, or fills it in. */
#ifndef LW_SAVE_H
#define LW_SAVE_H

#include "collector/core/engine_priv.h"

enum { SAVE_OLDEST = 1, SAVE_VERSION = 2 };

struct io {
	bool load, bad;
	uint32_t version; /* of what is read; SAVE_VERSION when writing */
	uint8_t *buf;
	size_t len, size; /* of what is there, of the memory */
	size_t at;
	int64_t shift_ms; /* from the saved monotonic clock to ours */
};

#define IO(io, field) io_bytes((io), &(field), sizeof(field))

/* save_io.c */
void io_bytes(struct io *io, void *p, size_t n);
void io_ms(struct io *io, int64_t *ms);	 /* monotonic: moved to our clock */
void io_string(struct io *io, char **s); /* loading: *s is freshly allocated, or NULL */
/* By kind and id; NO_ENTITY after loading: it is no more. */
void io_entity(struct io *io, const struct topology *t, uint32_t *entity);

/* save_alarms.c: by name, so that they survive a changed topology. Incidents first. `same`: the
 * topology is, and conditions have their old numbers. */
void save_incidents(struct io *io, struct engine *e);
void load_incidents(struct io *io, struct engine *e);
void save_alarms(struct io *io, struct engine *e);
void load_alarms(struct io *io, struct engine *e, bool same);

/* save_live.c */
void io_agents(struct io *io, struct engine *e);
void io_windows(struct io *io, struct engine *e);
void io_silences(struct io *io, struct engine *e);
void io_numbered(struct io *io,
		 struct engine *e); /* by number: only where the topology is the same */

#endif
