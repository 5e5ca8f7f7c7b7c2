#include "collector/io/store/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	char *text;
	int64_t id;
};

struct name_map {
	struct slot *slots;
	size_t n, cap; /* cap: a power of two */
};

static uint64_t hash_text(const char *text)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a */

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 1099511628211u;
	return h;
}

static struct slot *seek(struct slot *slots, size_t cap, const char *text)
{
	size_t i = (size_t)hash_text(text) & (cap - 1);

	while (slots[i].text != NULL && strcmp(slots[i].text, text) != 0)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

int name_map_new(struct name_map **ret)
{
	struct name_map *m = calloc(1, sizeof *m);

	if (m == NULL)
		return -ENOMEM;
	m->cap = 64;
	m->slots = calloc(m->cap, sizeof *m->slots);
	if (m->slots == NULL) {
		free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

void name_map_clear(struct name_map *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].text);
	memset(m->slots, 0, m->cap * sizeof *m->slots);
	m->n = 0;
}

void name_map_free(struct name_map *m)
{
	if (m == NULL)
		return;
	name_map_clear(m);
	free(m->slots);
	free(m);
}

int64_t name_map_get(const struct name_map *m, const char *text)
{
	return seek(m->slots, m->cap, text)->id;
}

static int grow(struct name_map *m)
{
	size_t cap = m->cap * 2;
	struct slot *slots = calloc(cap, sizeof *slots);

	if (slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].text != NULL)
			*seek(slots, cap, m->slots[i].text) = m->slots[i];
	}
	free(m->slots);
	m->slots = slots;
	m->cap = cap;
	return 0;
}

void name_map_set(struct name_map *m, const char *text, int64_t id)
{
	if ((m->n + 1) * 4 > m->cap * 3 && grow(m) < 0)
		return;
	struct slot *s = seek(m->slots, m->cap, text);
	if (s->text == NULL) {
		s->text = strdup(text);
		if (s->text == NULL)
			return;
		m->n++;
	}
	s->id = id;
}
