/* engine_cache.c - one small file per device: "id boots". Written by rename, read once at open.
 * A file that cannot be written costs one more question after a restart and nothing else. */
#include "agent/io/snmp/engine_cache.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 1024 };

static char folder[PATH_ROOM / 2];
static bool chosen;

void engine_cache_use(const char *path)
{
	chosen = true;
	(void)snprintf(folder, sizeof folder, "%s", path != NULL ? path : "");
}

static const char *the_folder(void)
{
	const char *state = getenv("STATE_DIRECTORY");

	if (!chosen && state != NULL)
		engine_cache_use(state);
	return folder;
}

static bool file_of(const struct snmp_address *a, char *ret, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool six = a->sa.sa_family == AF_INET6;
	const void *address = six ? (const void *)&a->in6.sin6_addr : (const void *)&a->in.sin_addr;
	unsigned port = ntohs(six ? a->in6.sin6_port : a->in.sin_port);

	if (the_folder()[0] == '\0' ||
	    inet_ntop(a->sa.sa_family, address, host, sizeof host) == NULL)
		return false;
	return snprintf(ret, size, "%s/snmp-engine-%s-%u", folder, host, port) < (int)size;
}

void engine_cache_load(struct usm_engine *e, const struct usm_user *u, const struct snmp_address *a)
{
	char path[PATH_ROOM], hex[2 * USM_ENGINE_MAX + 2] = "";
	uint8_t id[USM_ENGINE_MAX];
	size_t n = 0;

	if (!file_of(a, path, sizeof path))
		return;
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(hex, sizeof hex, f) != NULL) {
		for (; n < sizeof id; n++) {
			const char two[3] = { hex[2 * n],
					      hex[2 * n] != '\0' ? hex[2 * n + 1] : '\0', '\0' };
			char *end = NULL;

			id[n] = (uint8_t)strtoul(two, &end, 16);
			if (end != two + 2)
				break;
		}
	}
	(void)fclose(f);
	if (n > 0)
		(void)usm_engine_set(e, u, id, n);
}

void engine_cache_save(const struct usm_engine *e, const struct snmp_address *a)
{
	char path[PATH_ROOM], tmp[PATH_ROOM + 8];

	if (!file_of(a, path, sizeof path))
		return;
	(void)snprintf(tmp, sizeof tmp, "%s.new", path);
	FILE *f = fopen(tmp, "we");
	if (f == NULL)
		return;
	for (size_t i = 0; i < e->id_length; i++)
		(void)fprintf(f, "%02x", e->id[i]);
	(void)fputc('\n', f);
	if (fclose(f) != 0 || rename(tmp, path) != 0)
		(void)unlink(tmp);
}
