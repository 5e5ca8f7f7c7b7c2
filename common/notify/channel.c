#include "common/notify/channel.h"

#include <string.h>

static const struct channel_type *const types[] = {
	&channel_email,	    &channel_telegram, &channel_zalo,	 &channel_sms_gateway,
	&channel_gammu,	    &channel_slack,    &channel_webhook, &channel_alertmanager,
	&channel_snmp_trap, &channel_syslog,
};

const struct channel_type *channel_type_at(size_t i)
{
	return i < sizeof types / sizeof *types ? types[i] : NULL;
}

const struct channel_type *channel_type_find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i]->name, name) == 0)
			return types[i];
	return NULL;
}
