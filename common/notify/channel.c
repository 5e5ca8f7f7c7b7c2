#include "common/notify/channel.h"

#include "lazy_sodium.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/secret.h"

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

/* NULL with *ret negative: why not. */
static char *read_secret(const char *path, int *ret)
{
	char line[1024];
	char *secret = NULL;

	*ret = secret_read(path, line, sizeof line);
	if (*ret == 0)
		secret = strdup(line);
	sodium_memzero(line, sizeof line);
	return secret;
}

int channel_open(struct channel *c, uv_loop_t *loop, const struct notifier_conf *conf, char *reterr,
		 size_t reterr_size)
{
	const char *file = conf->token_file != NULL ? conf->token_file : conf->password_file;
	char why[160] = "";
	int r;

	*c = (struct channel){ .type = channel_type_find(conf->type), .conf = conf, .loop = loop };
	if (c->type == NULL) {
		(void)snprintf(reterr, reterr_size, "notifier %s: no such type: %s", conf->id,
			       conf->type);
		return -EINVAL;
	}
	if (file != NULL && (c->secret = read_secret(file, &r)) == NULL) {
		(void)snprintf(reterr, reterr_size, "notifier %s: cannot read %s: %s", conf->id,
			       file, secret_problem(r));
		return -EINVAL;
	}
	r = curl_loop_open(&c->curl, loop);
	if (r < 0)
		return r;
	r = c->type->open(c, why, sizeof why);
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "notifier %s: %s", conf->id, why);
	return r;
}

void channel_close(struct channel *c)
{
	if (c->type != NULL && c->state != NULL)
		c->type->close(c);
	curl_loop_close(&c->curl);
	if (c->secret != NULL)
		sodium_memzero(c->secret, strlen(c->secret));
	free(c->secret);
	c->secret = NULL;
}
