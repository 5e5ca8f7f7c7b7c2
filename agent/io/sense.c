/* sense.c - the ways of asking that this program was built with, found by a URL's scheme. */
#include "agent/io/sense.h"

#include <string.h>

#include "agent/io/senses.h"

static const struct sense_type *const types[] = {
	&sense_snmp, &sense_nut,  &sense_sip,  &sense_http,    &sense_tcp,
	&sense_dns,  &sense_link, &sense_host, &sense_headset,
};

static bool speaks(const struct sense_type *t, const char *url, size_t scheme_length)
{
	for (const char *const *s = t->schemes; *s != NULL; s++)
		if (strlen(*s) == scheme_length && strncmp(*s, url, scheme_length) == 0)
			return true;
	return false;
}

const struct sense_type *sense_type_find(const char *url)
{
	const char *colon = strchr(url, ':');

	if (colon == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (speaks(types[i], url, (size_t)(colon - url)))
			return types[i];
	return NULL;
}
