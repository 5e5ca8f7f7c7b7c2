/* cmd_enrol.c - an agent becomes a principal of its own: its key and certificate. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cert.h"
#include "cli/say.h"
#include "cli/when.h"

enum { DAYS = 825, DAYS_MAX = 3650 };

/* SITE/AGENT, each of a-z 0-9 - _ . */
static bool name_is_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t site = strspn(name, letters), agent;

	if (site == 0 || site > 31 || name[site] != '/')
		return false;
	agent = strspn(name + site + 1, letters);
	return agent > 0 && agent <= 31 && name[site + 1 + agent] == '\0';
}

/* "out/danang-gw.crt" */
static void file_name(char *buf, size_t size, const char *folder, const char *agent,
		      const char *extension)
{
	char *p;

	(void)snprintf(buf, size, "%s/%s%s", folder, agent, extension);
	p = strrchr(buf, '/');
	if (p != NULL)
		*p = '-';
}

static int finish(const struct cli *cli, const struct cert_wish *w, int64_t until)
{
	char when[64];

	if (cli->json) {
		(void)printf("{\"agent\": \"%s\", \"certificate\": \"%s\", \"key\": \"%s\", "
			     "\"ca\": \"%s\", "
			     "\"until\": %" PRId64 "}\n",
			     w->name, w->out_cert, w->out_key, w->ca_cert, until);
		return CLI_OK;
	}
	say(cli, "cli.enrol_done", "name", w->name, "until",
	    time_text(when, sizeof when, cli, until * 1000), NULL);
	say(cli, "cli.enrol_files", NULL);
	(void)printf("  %s\n  %s\n  %s\n", w->out_cert, w->out_key, w->ca_cert);
	return CLI_OK;
}

int cmd_enrol(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ca", required_argument, NULL, 'c' },	 { "ca-key", required_argument, NULL, 'k' },
		{ "out", required_argument, NULL, 'o' }, { "days", required_argument, NULL, 'd' },
		{ "force", no_argument, NULL, 'f' },	 { 0 }
	};
	char cert[512], key[512], why[256] = "";
	struct cert_wish w = { .ca_cert = "/etc/linewatch/pki/ca.crt",
			       .ca_key = "/etc/linewatch/pki/ca.key",
			       .out_cert = cert,
			       .out_key = key,
			       .days = DAYS };
	const char *folder = ".";
	int64_t until = 0, days = DAYS;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		w.ca_cert = o == 'c' ? optarg : w.ca_cert;
		w.ca_key = o == 'k' ? optarg : w.ca_key;
		folder = o == 'o' ? optarg : folder;
		if (o == 'd' && when_days(cli, optarg, DAYS_MAX, &days) != CLI_OK)
			return CLI_MISUSE;
		w.replace = w.replace || o == 'f';
	}
	if (argc - optind != 1)
		return cli_misuse(cli);
	w.days = (unsigned)days;
	w.name = argv[optind];
	if (!name_is_good(w.name)) {
		say_error(cli, "cli.enrol_bad", NULL);
		return CLI_MISUSE;
	}
	file_name(cert, sizeof cert, folder, w.name, ".crt");
	file_name(key, sizeof key, folder, w.name, ".key");
	r = cert_make(&w, &until, why, sizeof why);
	if (r == 0)
		return finish(cli, &w, until);
	if (r == -EEXIST)
		say_error(cli, "cli.enrol_exists", "path", why, NULL);
	else
		say_error(cli, "cli.enrol_fail", "why", why, NULL);
	return CLI_MISUSE;
}
