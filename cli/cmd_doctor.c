/* cmd_doctor.c - what is misconfigured or unreachable, and what to do about it; and the messages that
 * could not be decoded, from the store's own file. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "cli/client.h"
#include "cli/store_file.h"
#include "cli/table.h"
#include "common/core/rfc3339.h"

enum { NEWEST = 50, FIRST_BYTES = 24 };

static enum style style_of(const char *severity)
{
	if (strcmp(severity, "fault") == 0)
		return STYLE_BAD;
	return strcmp(severity, "caution") == 0 ? STYLE_WARN : STYLE_DIM;
}

static void show(const struct cli *cli, const json_t *findings)
{
	const json_t *f;
	size_t n;

	json_array_foreach(findings, n, f)
	{
		enum style s = style_of(j_text(f, "severity", "info"));
		const char *mark = s == STYLE_BAD ? "◆" : s == STYLE_WARN ? "▲" : "·";
		const char *text = j_text(json_object_get(f, "text"), cli->lang, "?");
		const char *entity = j_text(f, "entity", "");
		bool named = entity[0] == '\0' || strstr(text, entity) != NULL;

		(void)printf("%s%s %s%s%s%s\n  ", style_on(cli, s), mark, text, named ? "" : " · ",
			     named ? "" : entity, style_off(cli, s));
		say(cli, "cli.doctor_do", "what",
		    j_text(json_object_get(f, "advice"), cli->lang, "?"), NULL);
	}
}

/* ---- messages in quarantine: whoever sent them chose their bytes ---- */

struct inmates {
	const struct cli *cli;
	struct table *table;
	json_t *list;
};

/* What a terminal would obey is not printed as it is. */
static void harmless(char *buf, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (; n < len && n + 1 < size; n++)
		buf[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '.';
	buf[n] = '\0';
}

static const char *hex(char *buf, const uint8_t *bytes, size_t len)
{
	buf[0] = '\0';
	for (size_t i = 0; i < len; i++)
		(void)snprintf(buf + 2 * i, 3, "%02x", bytes[i]);
	return buf;
}

/* store_quarantine_fn */
static int show_inmate(void *arg, const struct store_quarantine_row *row)
{
	struct inmates *in = arg;
	size_t n = row->len < FIRST_BYTES ? row->len : FIRST_BYTES;
	char first[2 * FIRST_BYTES + 1], at[64], plain[128];

	(void)hex(first, row->buf, n);
	if (in->cli->json) {
		char when[RFC3339_SIZE];

		harmless(plain, sizeof plain, row->topic, strlen(row->topic));
		(void)json_array_append_new(in->list,
					    json_pack("{s:s,s:s,s:s,s:I,s:s}", "at",
						      rfc3339_format(when, row->wall_ms), "topic",
						      plain, "reason", row->reason, "bytes",
						      (json_int_t)row->full_len, "first", first));
		return 0;
	}
	table_cell(in->table, STYLE_DIM, time_text(at, sizeof at, in->cli, row->wall_ms));
	harmless(plain, sizeof plain, row->topic, strlen(row->topic));
	table_cell(in->table, STYLE_BOLD, plain);
	harmless(plain, sizeof plain, row->reason, strlen(row->reason));
	table_cell(in->table, STYLE_PLAIN, plain);
	table_cellf(in->table, STYLE_PLAIN, "%zu", row->full_len);
	harmless(plain, sizeof plain, n > 0 ? row->buf : "", n);
	table_cellf(in->table, STYLE_DIM, "%s  %s", first, plain);
	return 0;
}

static int quarantine(const struct cli *cli, const char *path)
{
	static const char *const heads[] = { "cli.h_since", "cli.h_topic", "cli.h_reason",
					     "cli.h_bytes", "cli.h_first" };
	struct inmates in = { cli, NULL, json_array() };
	struct store_reader *r = NULL;
	char what[512] = "";
	int e = store_reader_open(&r, path, what, sizeof what);

	in.table = cli->json ? NULL : table_new(cli, 5, heads);
	if (e == 0)
		e = store_read_quarantine(r, NEWEST, show_inmate, &in);
	store_reader_close(&r);
	if (e == 0 && cli->json) {
		json_t *j = json_pack("{s:O}", "quarantine", in.list);
		print_json(j);
		json_decref(j);
	} else if (e == 0) {
		table_print(in.table);
	} else {
		say_error(cli, "cli.no_store", "what", what[0] != '\0' ? what : strerror(-e), NULL);
	}
	table_free(in.table);
	json_decref(in.list);
	return e == 0 ? CLI_OK : CLI_UNREACHABLE;
}

static int findings(const struct cli *cli)
{
	json_t *d = NULL;
	int r = client_get(cli, "/api/v1/doctor", &d);

	if (r != CLI_OK)
		return r;
	bool ok = json_is_true(json_object_get(d, "ok"));
	if (cli->json)
		print_json(d);
	else
		show(cli, json_object_get(d, "findings"));
	if (!cli->json && json_array_size(json_object_get(d, "findings")) == 0)
		say(cli, "cli.doctor_ok", NULL);
	json_decref(d);
	return ok ? CLI_OK : CLI_BAD_NEWS;
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "quarantine", no_argument, NULL, 'q' },
					       { "store", required_argument, NULL, 's' },
					       { NULL, 0, NULL, 0 } };
	const char *store = NULL;
	bool inmates = false;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return cli_misuse(cli);
		inmates = inmates || c == 'q';
		store = c == 's' ? optarg : store;
	}
	if (optind < argc || (store != NULL && !inmates))
		return cli_misuse(cli);
	return inmates ? quarantine(cli, store != NULL ? store : STORE_DEFAULT_PATH)
		       : findings(cli);
}
