#include "collector/io/http/zones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 10, DAY_S = 86400 };

struct zones {
	struct zone *of_site;
	uint32_t n;
	struct zone vietnam; /* +07:00, no summer time */
};

static int read_zone(const char *name, struct zone *ret)
{
	char path[256];
	uint8_t *buf;
	size_t len;
	FILE *f;
	int r;

	if (name == NULL || strstr(name, "..") != NULL || name[0] == '/')
		return -EINVAL;
	(void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	buf = malloc(FILE_MAX);
	len = buf != NULL ? fread(buf, 1, FILE_MAX, f) : 0;
	(void)fclose(f);
	r = buf != NULL ? zone_parse(buf, len, ret) : -ENOMEM;
	free(buf);
	return r;
}

int zones_open(struct zones **ret, const struct topology *t)
{
	struct zones *z = calloc(1, sizeof *z);

	if (z == NULL)
		return -ENOMEM;
	z->vietnam.first_offset_s = 7 * 3600;
	z->of_site = calloc(t->n_sites + (size_t)1, sizeof *z->of_site);
	if (z->of_site == NULL) {
		zones_close(&z);
		return -ENOMEM;
	}
	z->n = t->n_sites;
	for (uint32_t i = 0; i < z->n; i++)
		if (read_zone(t->sites[i].timezone, &z->of_site[i]) < 0)
			z->of_site[i] = (struct zone){ .first_offset_s = 7 * 3600 };
	*ret = z;
	return 0;
}

void zones_close(struct zones **zp)
{
	if (*zp == NULL)
		return;
	for (uint32_t i = 0; i < (*zp)->n; i++)
		zone_fini(&(*zp)->of_site[i]);
	free((*zp)->of_site);
	free(*zp);
	*zp = NULL;
}

const struct zone *zones_of(const struct zones *z, uint32_t site)
{
	return site < z->n ? &z->of_site[site] : &z->vietnam;
}

int64_t zone_step(const struct zone *z, int64_t at_ms, int64_t step_ms)
{
	int64_t at_s = at_ms / 1000, step_s = step_ms / 1000, midnight, next;
	struct civil c = zone_civil(z, at_s);

	if (step_ms == 0)
		return zone_midnight(z, c.year, c.month + 1, 1) * 1000;
	if (step_s >= DAY_S)
		return zone_midnight(z, c.year, c.month, c.day + (int)(step_s / DAY_S)) * 1000;
	midnight = zone_midnight(z, c.year, c.month, c.day);
	next = midnight + ((at_s - midnight) / step_s + 1) * step_s;
	midnight = zone_midnight(z, c.year, c.month, c.day + 1);
	return (next < midnight ? next : midnight) * 1000;
}
